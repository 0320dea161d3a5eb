package nt

import (
	"errors"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/paging"
)

// PageState says where the page tables lead for an address, and whether the dump has the page there.
type PageState int

// States of a page.
const (
	PageUnmapped PageState = iota // it was not in memory, or a page table was not, as far as the page tables say
	PageStored                    // it is in the dump
	PageLeftOut                   // the dump does not have it, or a page table on the way
)

// PageState looks where the page of a is. The error is ErrLimit, ErrUnknownLayout for a triage dump, or that of reading the file.
func (k *Kernel) PageState(a dmpfile.VirtAddr) (PageState, error) {
	if k.space == nil {
		return PageUnmapped, ErrUnknownLayout
	}
	pa, err := k.space.Translate(a)
	var table *paging.TableError
	switch {
	case errors.Is(err, ErrLimit):
		return PageUnmapped, ErrLimit
	case errors.As(err, &table) && table.Physical < memoryEnd(k.file):
		return PageLeftOut, nil
	case err != nil:
		return PageUnmapped, nil
	}
	_, have, err := k.file.Page(uint64(pa) / dmpfile.PageSize)
	if err != nil || !have { // also behind the end of memory: a processor that encrypts memory can have a high bit set in the address of any page
		return PageLeftOut, err
	}
	return PageStored, nil
}

// memoryEnd returns a physical address that no page of the kernel and no page table is at, nor any behind it. It lies far behind the end of
// memory: tools have written headers that do not name all of it.
func memoryEnd(f *dmpfile.File) dmpfile.PhysAddr {
	const most = 1 << 36 // frames: what no processor of today can address
	end, sure := f.MemoryEnd()
	factor, least := uint64(4), uint64(1<<20)
	if !sure {
		factor, least = 64, 1<<24
	}
	if end == 0 || end >= most/factor {
		return most * dmpfile.PageSize
	}
	return dmpfile.PhysAddr(max(factor*end, least)) * dmpfile.PageSize
}

// TableEntries counts the valid entries of a page that is used as a page table, and those of them that are odd: that lead
// far behind the end of memory, each to another place. Entries of devices and of encrypted memory, which do too, have high bits in common.
// Of 32-bit kernels without PAE none is odd, and of a triage dump none is an entry.
func (k *Kernel) TableEntries(table []byte) (valid, odd int) {
	const last = 1<<52 - dmpfile.PageSize // all bits set
	if k.space == nil {
		return 0, 0
	}
	end := memoryEnd(k.file)
	common := ^dmpfile.PhysAddr(0)
	far := func(pa dmpfile.PhysAddr) bool { return pa >= end && pa != last }
	for pa := range k.space.Entries(table) {
		if far(pa) {
			common &= pa
		}
	}
	for pa := range k.space.Entries(table) {
		valid++
		if pa == last || far(pa&^common) {
			odd++
		}
	}
	return valid, odd
}
