package nt

import (
	"errors"

	"github.com/dmplens/dmplens/dmpfile"
)

// How much MappedPages looks at: the kernel's half of the address space in equal parts, so that one that maps much does not hide the
// others.
const (
	mappedParts  = 256
	partTables   = 8   // page tables that are read of a part
	partPages    = 512 // mapped pages of a part
	mappedTables = 512 // page tables that are read of all
)

// MappedPages calls visit for pages of the kernel's half of the address space that the page tables have in memory and that the dump has,
// with their file offset; of a large page with the first page of it. It looks at some hundred page tables at most, in all parts of that
// half, and not at all of a triage dump. The budget of the Kernel does not count for it.
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
	for range mappedParts {
		reader.left = min(left, partTables)
		pages := 0
		_, err := space.EachPage(first, first+part-1, func(a dmpfile.VirtAddr, pa dmpfile.PhysAddr, _ uint64) bool {
			if off, ok, err := k.file.Page(uint64(pa) / dmpfile.PageSize); err == nil && ok {
				visit(a, off)
			}
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
