package nt

import (
	"errors"

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

	file    *dmpfile.File
	pages   *pageReader   // nil for a triage dump
	space   *paging.Space // nil for a triage dump
	machine dmpfile.Machine
	process *processLayout // see layout
}

// ReadKernel finds the kernel of a dump. It and the methods of the Kernel read no more than so many pages of memory; then they fail
// with ErrLimit. The error is ErrNoAddressSpace, or that of reading the file.
func ReadKernel(f *dmpfile.File, pages int) (*Kernel, error) {
	k := &Kernel{file: f, DebuggerState: DebuggerDataMissing}
	k.machine, _ = f.Machine()
	if f.Triage != nil {
		k.Memory = f.Triage
		if t, err := ReadTriage(f); err == nil {
			k.DebuggerData, k.DebuggerState = t.DebuggerData, DebuggerDataPlain
		} else if f.Triage.DebuggerDataOffset != 0 {
			k.DebuggerState = DebuggerDataUnreadable
		}
		return k, nil
	}
	k.pages = newPageReader(f, pages)
	space, err := kernelSpace(k.pages, f)
	if err != nil {
		return nil, err
	}
	if _, err := f.PageCounts(); err != nil {
		return nil, err
	}
	k.Memory, k.space = space, space
	k.readDebuggerData()
	return k, nil
}

// Allow lets the Kernel read so many more pages.
func (k *Kernel) Allow(pages int) {
	if k.pages != nil {
		k.pages.left += pages
	}
}

// readDebuggerData reads the block that the header points to, decoded if need be.
func (k *Kernel) readDebuggerData() {
	at, ok := k.file.KdDebuggerDataBlock()
	if !ok {
		return
	}
	b := make([]byte, maxKDBGSize)
	n, err := k.ReadVirtual(b, at)
	b = b[:n]
	if n < minKDBGSize {
		if err == nil || n > 0 {
			k.DebuggerState = DebuggerDataUnreadable
		}
		return
	}
	k.DebuggerState = DebuggerDataPlain
	d, err := ParseDebuggerData(b, k.file.Bits)
	if err != nil {
		k.DebuggerState = DebuggerDataUnreadable
		modules, _ := k.file.PsLoadedModuleList()
		processes, _ := k.file.PsActiveProcessHead()
		plain, ok := decodeDebuggerData(b, modules, processes)
		if !ok || k.file.Bits != 64 {
			return
		}
		k.DebuggerState = DebuggerDataEncoded
		d, _ = ParseDebuggerData(plain, k.file.Bits)
	}
	k.DebuggerData = d
	high, swizzle := d.l1tf()
	k.space.SetKernel(paging.Kernel{Build: k.build(), L1TFHighBit: high, L1TFSwizzleBit: swizzle})
}

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
		mapped, have, err := k.hasPage(first + dmpfile.VirtAddr(i*dmpfile.PageSize))
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

// hasPage says whether the page of memory at a was in memory, and whether it is in the dump.
func (k *Kernel) hasPage(a dmpfile.VirtAddr) (mapped, have bool, err error) {
	if k.space == nil {
		_, err := readAll(k, a, dmpfile.PageSize)
		return err == nil, err == nil, nil
	}
	pa, err := k.space.Translate(a)
	if err != nil {
		if errors.Is(err, ErrLimit) {
			return false, false, ErrLimit
		}
		return false, false, nil
	}
	_, have, err = k.file.Page(uint64(pa) / dmpfile.PageSize)
	return true, have, err
}

// Fields of structures.

func (k *Kernel) u32(a dmpfile.VirtAddr) (uint32, error) {
	b, err := readAll(k, a, 4)
	v, _ := bin.U32(b, 0)
	return v, err
}

func (k *Kernel) u64(a dmpfile.VirtAddr) (uint64, error) {
	b, err := readAll(k, a, 8)
	v, _ := bin.U64(b, 0)
	return v, err
}

func (k *Kernel) pointer(a dmpfile.VirtAddr) (dmpfile.VirtAddr, error) {
	b, err := readAll(k, a, k.pointerSize())
	v, _ := bin.Pointer(b, 0, k.file.Bits)
	return dmpfile.VirtAddr(v), err
}

// FileOffset returns where in the file the memory at a is. ok is false where it is not in the dump, and for triage dumps.
func (k *Kernel) FileOffset(a dmpfile.VirtAddr) (off int64, ok bool) {
	if k.space == nil {
		return 0, false
	}
	pa, err := k.space.Translate(a)
	if err != nil {
		return 0, false
	}
	off, ok, err = k.file.Page(uint64(pa) / dmpfile.PageSize)
	return off + int64(pa%dmpfile.PageSize), ok && err == nil
}
