package nt

import (
	"errors"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/paging"
)

// store is what a dump keeps of its kernel's memory: pages, which the page tables in them find, or the blocks and copies of a triage
// dump. All that differs between the two goes through it.
type store interface {
	Memory
	// hasPage says whether the page of memory at a was in memory, and whether it is in the dump.
	hasPage(a dmpfile.VirtAddr) (mapped, have bool, err error)
	// fileOffset returns where in the file the memory at a is.
	fileOffset(a dmpfile.VirtAddr) (off int64, ok bool)
	// debuggerData finds the debugger data block. The error says why there is none.
	debuggerData(k *Kernel) (*DebuggerData, DebuggerDataState, error)
	// modules and unloadedModules are Kernel.Modules and Kernel.UnloadedModules.
	modules(k *Kernel) (Modules, error)
	unloadedModules(k *Kernel) ([]UnloadedModule, error)
	// current fills in what is known of the processor that crashed or captured the dump.
	current(k *Kernel, s *Snapshot)
}

// newStore returns what a dump keeps, whose pages m reads. The error is ErrNoAddressSpace.
func newStore(f *dmpfile.File, m paging.Memory) (store, error) {
	if f.Triage != nil {
		return &blocks{f.Triage, f}, nil
	}
	space, err := kernelSpace(m, f)
	if err != nil {
		return nil, err
	}
	return &pages{space, f}, nil
}

// pages are the pages of a dump, seen through the page tables that its header names.
type pages struct {
	*paging.Space
	file *dmpfile.File
}

func (p *pages) hasPage(a dmpfile.VirtAddr) (mapped, have bool, err error) {
	pa, err := p.Translate(a)
	if err != nil {
		if errors.Is(err, ErrLimit) {
			return false, false, ErrLimit
		}
		return false, false, nil
	}
	_, have, err = p.file.Page(uint64(pa) / dmpfile.PageSize)
	return true, have, err
}

func (p *pages) fileOffset(a dmpfile.VirtAddr) (off int64, ok bool) {
	pa, err := p.Translate(a)
	if err != nil {
		return 0, false
	}
	off, ok, err = p.file.Page(uint64(pa) / dmpfile.PageSize)
	return off + int64(pa%dmpfile.PageSize), ok && err == nil
}

// debuggerData reads the block that the header points to, decoded if need be.
func (p *pages) debuggerData(k *Kernel) (*DebuggerData, DebuggerDataState, error) {
	at, ok := p.file.KdDebuggerDataBlock()
	if !ok {
		return nil, DebuggerDataMissing, ErrNotThere
	}
	b := make([]byte, maxKDBGSize)
	n, err := p.ReadVirtual(b, at)
	b = b[:n]
	if n < minKDBGSize {
		if err == nil || n > 0 {
			return nil, DebuggerDataUnreadable, err
		}
		return nil, DebuggerDataMissing, err
	}
	state := DebuggerDataPlain
	d, err := parseDebuggerData(b, p.file.Bits)
	if err != nil {
		modules, _ := p.file.PsLoadedModuleList()
		processes, _ := p.file.PsActiveProcessHead()
		plain, ok := decodeDebuggerData(b, modules, processes)
		if !ok || p.file.Bits != 64 {
			return nil, DebuggerDataUnreadable, err
		}
		state = DebuggerDataEncoded
		d, _ = parseDebuggerData(plain, p.file.Bits)
	}
	high, swizzle := d.l1tf()
	p.SetKernel(paging.Kernel{Build: k.build(), L1TFHighBit: high, L1TFSwizzleBit: swizzle})
	return d, state, nil
}

// blocks are what a triage dump keeps: blocks of virtual memory, lists of modules of its own, and copies of the current processor's
// structures, whose addresses it does not say.
type blocks struct {
	*dmpfile.Triage
	file *dmpfile.File
}

func (b *blocks) hasPage(a dmpfile.VirtAddr) (mapped, have bool, err error) {
	_, err = readAll(b, a, dmpfile.PageSize)
	return err == nil, err == nil, nil
}

func (b *blocks) fileOffset(dmpfile.VirtAddr) (int64, bool) { return 0, false }

func (b *blocks) debuggerData(*Kernel) (*DebuggerData, DebuggerDataState, error) {
	if b.DebuggerDataOffset == 0 {
		return nil, DebuggerDataMissing, ErrNotThere
	}
	block, err := b.DebuggerData()
	if err != nil {
		return nil, DebuggerDataUnreadable, err
	}
	d, err := parseDebuggerData(block, b.file.Bits)
	if err != nil {
		var at *dmpfile.FormatError
		if errors.As(err, &at) {
			at.Offset += int64(b.DebuggerDataOffset) // from the block to the file
		}
		return nil, DebuggerDataUnreadable, err
	}
	return d, DebuggerDataPlain, nil
}

func (b *blocks) modules(*Kernel) (Modules, error) {
	copies, err := b.ModuleList()
	return Modules{make([]*Module, copies.Len()), copies}, err
}

func (b *blocks) unloadedModules(*Kernel) ([]UnloadedModule, error) {
	modules, err := b.UnloadedModules()
	if len(modules) == 0 {
		return nil, err
	}
	list := make([]UnloadedModule, len(modules))
	for i, m := range modules {
		list[i].UnloadedModule = m
	}
	return list, err
}
