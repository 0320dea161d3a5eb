package nt

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
	"github.com/dmplens/dmplens/dmpfile/paging"
)

// DebuggerDataState says how the debugger data block lies in a dump.
type DebuggerDataState string

// States of the debugger data block.
const (
	DebuggerDataPlain      DebuggerDataState = "plain"
	DebuggerDataEncoded    DebuggerDataState = "encoded"    // as kernels keep it that run without a debugger; it was decoded
	DebuggerDataUnreadable DebuggerDataState = "unreadable" // what is there is neither plain nor can it be decoded
	DebuggerDataMissing    DebuggerDataState = "missing"    // the dump does not have it, or does not say where it is
)

// Kernel is what the Windows kernel left in the memory of a dump. Nothing but the debugger data is read before it is asked for. Use it
// from one goroutine at a time.
type Kernel struct {
	Memory // as the kernel saw it

	DebuggerData  *DebuggerData // nil where it cannot be read
	DebuggerState DebuggerDataState
	DebuggerErr   error // why DebuggerData is nil

	file    *dmpfile.File
	store   store
	space   *paging.Space // nil for a triage dump, which keeps too little to follow page tables or lists in it
	reader  *pageReader
	budget  Budget
	machine dmpfile.Machine
	process *processLayout // see layout
}

// ReadKernel finds the kernel of a dump. It and the methods of the Kernel read no more pages than the budget says; then they fail with
// ErrLimit. The error is ErrNoAddressSpace, or that of reading the file.
func ReadKernel(f *dmpfile.File, b Budget) (*Kernel, error) { return new(Reader).Kernel(f, b) }

// Reader finds the kernels of one dump after another, and reads their pages into the same memory: at most 1 MiB. Its zero value works.
// Use it from one goroutine at a time.
type Reader struct{ pages pageReader }

// Kernel is ReadKernel. The Kernel that the Reader gave before is no longer valid.
func (r *Reader) Kernel(f *dmpfile.File, b Budget) (*Kernel, error) {
	r.pages.reset(f, b.Lists+b.Rest)
	k := &Kernel{file: f, reader: &r.pages, budget: b}
	k.machine, _ = f.Machine()
	var err error
	if k.store, err = newStore(f, k.reader); err != nil {
		return nil, err
	}
	if _, err := f.PageCounts(); err != nil {
		return nil, err
	}
	k.Memory = k.store
	if p, ok := k.store.(*pages); ok {
		k.space = p.Space
	}
	k.DebuggerData, k.DebuggerState, k.DebuggerErr = k.store.debuggerData(k)
	return k, nil
}

// KernelMemory returns the virtual memory of a dump as the kernel saw it, for who wants nothing else: no budget limits it. Use it from
// one goroutine at a time. The error is ErrNoAddressSpace.
func KernelMemory(f *dmpfile.File) (Memory, error) { return newStore(f, f) }

func (k *Kernel) pointerSize() int { return k.file.Bits / 8 }

func (k *Kernel) build() uint32 {
	build, _ := k.file.MinorVersion()
	return build
}

// Base is the address of the kernel image: by the debugger data, else of the first module.
func (k *Kernel) Base() (dmpfile.VirtAddr, bool) {
	if k.DebuggerData != nil {
		if base, ok := k.DebuggerData.KernBase(); ok {
			return base, true
		}
	}
	head, ok := k.file.PsLoadedModuleList()
	if !ok || k.space == nil {
		return 0, false
	}
	first, _, err := k.links(head)
	if err != nil {
		return 0, false
	}
	m, err := k.moduleAt(first)
	return m.Base, err == nil
}

// BuildLab is the text that names the build, "26100.1.amd64fre.ge_release.240331-1435".
func (k *Kernel) BuildLab() (string, error) {
	if k.DebuggerData == nil {
		return "", ErrNotThere
	}
	at, ok := k.DebuggerData.NtBuildLab()
	if !ok {
		return "", ErrNotThere
	}
	b := make([]byte, 128)
	n, err := k.ReadVirtual(b, at)
	text := bin.ASCIIZ(b[:n])
	switch {
	case len(text) == n && err != nil:
		return "", err // without its end the text may be cut
	case len(text) == n || !printable(text):
		return "", ErrNotThere
	}
	return text, nil
}

// DirectoryTable is the physical address of the top paging table that the kernel's memory is read by. ok is false for a triage dump.
func (k *Kernel) DirectoryTable() (dmpfile.PhysAddr, bool) {
	if k.space == nil {
		return 0, false
	}
	return k.space.Root(), true
}

// Physical returns where the memory at a is in physical memory. That the dump has the page there is not said. The error is
// ErrUnknownLayout for a triage dump, ErrLimit, or that of the page tables.
func (k *Kernel) Physical(a dmpfile.VirtAddr) (dmpfile.PhysAddr, error) {
	if k.space == nil {
		return 0, ErrUnknownLayout
	}
	return k.space.Translate(a)
}

// PageUse says how much of a range of virtual memory is in a dump, in pages.
type PageUse struct {
	Of     uint64 // pages that the range touches
	Mapped uint64 // pages of them that the page tables have in memory; what was discarded or paged out is not
	Have   uint64 // pages of them that are in the dump
}

// maxRange is more than the size of any kernel image, stack or structure, in pages: 256 MiB.
const maxRange = 1 << 16

// Pages looks which pages of n bytes from a on are in the dump. The error is ErrLimit, ErrNotThere for a range of more than 256 MiB or
// past the end of the address space, or that of reading the file.
func (k *Kernel) Pages(a dmpfile.VirtAddr, n uint64) (u PageUse, err error) {
	if n == 0 {
		return u, nil
	}
	first, last := a&^(dmpfile.PageSize-1), (a+dmpfile.VirtAddr(n-1))&^(dmpfile.PageSize-1)
	if last < first {
		return u, ErrNotThere
	}
	if u.Of = uint64(last-first)/dmpfile.PageSize + 1; u.Of > maxRange {
		return PageUse{}, ErrNotThere
	}
	for i := range u.Of {
		mapped, have, err := k.store.hasPage(first + dmpfile.VirtAddr(i*dmpfile.PageSize))
		if err != nil {
			return u, err
		}
		if mapped {
			u.Mapped++
		}
		if have {
			u.Have++
		}
	}
	return u, nil
}

// FileOffset returns where in the file the memory at a is. ok is false where it is not in the dump, and for triage dumps.
func (k *Kernel) FileOffset(a dmpfile.VirtAddr) (off int64, ok bool) { return k.store.fileOffset(a) }
