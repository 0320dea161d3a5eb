package nt

import (
	"errors"

	"github.com/dmplens/dmplens/dmpfile"
)

// UserUse says what the user half of the page tables maps, and how much of that is in a dump.
type UserUse struct {
	Have, Of      uint64 // pages that are in the dump, of so many that are mapped
	MissingTables int    // page tables that the dump does not have
	Impossible    int    // entries that no page table has
}

// UserPages looks at the user half of the page tables that the header names, which are those of the process that was current, and
// counts how many of the pages that are mapped there the dump has. It looks at no more than most of them. KUSER_SHARED_DATA, which every
// process maps and which is the kernel's, does not count. The error is ErrUnknownLayout for a triage dump, ErrLimit where nothing was seen
// before, or that of reading the file.
func (k *Kernel) UserPages(most uint64) (u UserUse, err error) {
	if k.space == nil {
		return u, ErrUnknownLayout
	}
	last := dmpfile.VirtAddr(0x7FFFFFFFFFFF)
	if k.file.Bits == 32 {
		last = 0x7FFFFFFF
	}
	shared, err := k.space.Translate(SharedDataAddress(k.file.Bits))
	hasShared := err == nil
	odd := oddEntries{end: memoryEnd(k.file)}
	var failed error
	faults, err := k.space.EachTable(0, last, func(_ dmpfile.VirtAddr, pa dmpfile.PhysAddr) bool {
		odd.table(pa)
		return true
	}, func(_ dmpfile.VirtAddr, pa dmpfile.PhysAddr, size uint64) bool {
		odd.page(pa)
		for n := uint64(0); n < size && u.Of < most && failed == nil; n += dmpfile.PageSize {
			if hasShared && pa+dmpfile.PhysAddr(n) == shared {
				continue
			}
			var ok bool
			_, ok, failed = k.file.Page((uint64(pa) + n) / dmpfile.PageSize)
			u.Of++
			if ok {
				u.Have++
			}
		}
		return u.Of < most && failed == nil
	})
	u.MissingTables, u.Impossible = faults.Missing, odd.count()+faults.Reserved
	switch {
	case errors.Is(err, ErrLimit) && u.Of > 0:
		err = nil
	case errors.Is(err, ErrLimit):
		err = ErrLimit
	}
	return u, errors.Join(err, failed)
}
