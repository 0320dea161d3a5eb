package nt

import (
	"errors"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/paging"
)

// How much MappedPages looks at: the kernel's half of the address space in equal parts, so that one that maps much does not hide the
// others.
const (
	mappedParts  = 256
	partTables   = 8   // page tables that are read of a part
	partPages    = 512 // mapped pages of a part
	mostTables   = 64  // page tables of a part, with those that were read before: tables can point to one another
	mappedTables = 512 // page tables that are read of all
)

// MappedPages calls visit for pages of the kernel's half of the address space that the page tables have in memory and that the dump has,
// with their file offset, and for page tables below the top one, with the first address that the table maps; of a large page with the first
// page of it. It looks at some hundred page tables at most, in all parts of that half, and at nothing of a triage dump. The budget of the
// Kernel does not count for it.
func (k *Kernel) MappedPages(visit func(a dmpfile.VirtAddr, off int64)) error {
	if k.space == nil {
		return nil
	}
	first, part := dmpfile.VirtAddr(0xFFFF800000000000), dmpfile.VirtAddr(1)<<47/mappedParts
	if k.file.Bits == 32 {
		first, part = 0x80000000, 1<<31/mappedParts
	}
	left := mappedTables
	var reader pageReader
	reader.reset(k.file, 0)
	space := k.space.Over(&reader)
	stored := func(a dmpfile.VirtAddr, pa dmpfile.PhysAddr) {
		if off, ok, err := k.file.Page(uint64(pa) / dmpfile.PageSize); err == nil && ok {
			visit(a, off)
		}
	}
	for range mappedParts {
		reader.left = min(left, partTables)
		pages, tables := 0, 0
		err := space.EachTable(first, first+part-1, func(a dmpfile.VirtAddr, pa dmpfile.PhysAddr) bool {
			stored(a, pa)
			tables++
			return tables < mostTables
		}, func(a dmpfile.VirtAddr, pa dmpfile.PhysAddr, _ uint64) bool {
			stored(a, pa)
			pages++
			return pages < partPages
		})
		left -= min(left, partTables) - reader.left
		if err != nil && !errors.Is(err, ErrLimit) {
			return err
		}
		if left == 0 {
			break
		}
		first += part
	}
	return nil
}

// EachTable calls visit with the file offset and the page of page tables that map addresses from first to last, below the top one, where the
// dump has them, and looks into those for which it returns true: at no more than most. The budget of the Kernel does not count for it.
func (k *Kernel) EachTable(first, last dmpfile.VirtAddr, most int, visit func(off int64, table []byte) bool) error {
	if k.space == nil {
		return nil
	}
	var reader pageReader
	reader.reset(k.file, most+1) // the top one too
	return k.eachTable(k.space.Over(&reader), &reader, first, last, most, visit)
}

// TablesTo is EachTable for those on the way to the page of a, within the budget of the Kernel: most were read before.
func (k *Kernel) TablesTo(a dmpfile.VirtAddr, visit func(off int64, table []byte) bool) error {
	if k.space == nil {
		return nil
	}
	return k.eachTable(k.space, k.reader, a, a, 5, visit)
}

// eachTable reads the tables of a space by r.
func (k *Kernel) eachTable(space *paging.Space, r *pageReader, first, last dmpfile.VirtAddr, most int, visit func(off int64, table []byte) bool) error {
	var table [dmpfile.PageSize]byte
	left := most
	err := space.EachTable(first, last, func(_ dmpfile.VirtAddr, pa dmpfile.PhysAddr) bool {
		off, ok, err := k.file.Page(uint64(pa) / dmpfile.PageSize)
		if left--; err != nil || !ok || left < 0 {
			return false
		}
		if _, err := r.ReadPhysical(table[:], pa); err != nil {
			return false
		}
		return visit(off, table[:])
	}, func(dmpfile.VirtAddr, dmpfile.PhysAddr, uint64) bool { return left > 0 })
	if errors.Is(err, ErrLimit) {
		return nil
	}
	return err
}

// Tables returns the file offsets of the page tables on the way from the top one, which is the first, to the page of a. It returns those
// that the dump has as far as they lead; none for a triage dump.
func (k *Kernel) Tables(a dmpfile.VirtAddr) (offsets []int64) {
	if k.space == nil {
		return nil
	}
	add := func(_ dmpfile.VirtAddr, pa dmpfile.PhysAddr) bool {
		if off, ok, err := k.file.Page(uint64(pa) / dmpfile.PageSize); err == nil && ok {
			offsets = append(offsets, off)
		}
		return true
	}
	add(0, k.space.Root())
	_ = k.space.EachTable(a, a, add, func(dmpfile.VirtAddr, dmpfile.PhysAddr, uint64) bool { return false }) // what was found before counts
	return offsets
}
