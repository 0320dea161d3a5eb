package nt

import (
	"errors"

	"github.com/dmplens/dmplens/dmpfile"
)

// UserPages looks at the user half of the page tables that the header names, which are those of the process that was current, and
// counts how many of the pages that are mapped there the dump has. It looks at no more than most of them. KUSER_SHARED_DATA, which every
// process maps and which is the kernel's, does not count. missing is how many tables of that half the dump does not have. The error is
// ErrUnknownLayout for a triage dump, ErrLimit where nothing was seen before, or that of reading the file.
func (k *Kernel) UserPages(most uint64) (have, of uint64, missing int, err error) {
	if k.space == nil {
		return 0, 0, 0, ErrUnknownLayout
	}
	last := dmpfile.VirtAddr(0x7FFFFFFFFFFF)
	if k.file.Bits == 32 {
		last = 0x7FFFFFFF
	}
	shared, err := k.space.Translate(SharedDataAddress(k.file.Bits))
	hasShared := err == nil
	var failed error
	missing, err = k.space.EachPage(0, last, func(_ dmpfile.VirtAddr, pa dmpfile.PhysAddr, size uint64) bool {
		for n := uint64(0); n < size && of < most && failed == nil; n += dmpfile.PageSize {
			if hasShared && pa+dmpfile.PhysAddr(n) == shared {
				continue
			}
			var ok bool
			_, ok, failed = k.file.Page((uint64(pa) + n) / dmpfile.PageSize)
			of++
			if ok {
				have++
			}
		}
		return of < most && failed == nil
	})
	switch {
	case errors.Is(err, ErrLimit) && of > 0:
		err = nil
	case errors.Is(err, ErrLimit):
		err = ErrLimit
	}
	return have, of, missing, errors.Join(err, failed)
}
