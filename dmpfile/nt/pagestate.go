package nt

import (
	"errors"
	"math/bits"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/paging"
)

// PageState says where the page tables lead for an address, and whether the dump has the page there.
type PageState int

// States of a page.
const (
	PageUnmapped     PageState = iota // it was not in memory, as far as the page tables say
	PageStored                        // it is in the dump
	PageLeftOut                       // it was in memory, and the dump does not have it
	PageInTransition                  // as PageLeftOut, far behind the end of memory and by an entry that is not valid
	PageTableLeftOut                  // the dump does not have a page table on the way
	PageImpossible                    // entries on the way are such as no page table has: they are other bytes
)

// PageState looks where the page of a is. The error is ErrLimit, or that of reading the file.
func (k *Kernel) PageState(a dmpfile.VirtAddr) (PageState, error) { return k.store.pageState(a) }

func (p *pages) pageState(a dmpfile.VirtAddr) (PageState, error) {
	pa, err := p.Translate(a)
	state := PageLeftOut
	var table *paging.TableError
	switch {
	case errors.Is(err, ErrLimit):
		return PageUnmapped, ErrLimit
	case errors.As(err, &table):
		state, pa = PageTableLeftOut, table.Physical
	case err != nil:
		return PageUnmapped, nil
	default:
		if _, have, err := p.file.Page(uint64(pa) / dmpfile.PageSize); err != nil {
			return PageLeftOut, err
		} else if have {
			return PageStored, nil
		}
	}
	if pa < p.end {
		return state, nil
	}
	// The frame of an entry that is not valid can have a bit that is wrong on purpose: only valid ones count.
	far, valid := false, false
	faults, err := p.EachTable(a, a, func(_ dmpfile.VirtAddr, pa dmpfile.PhysAddr) bool {
		far = far || pa >= p.end
		return !far
	}, func(_ dmpfile.VirtAddr, pa dmpfile.PhysAddr, _ uint64) bool {
		far, valid = pa >= p.end, true
		return false
	})
	switch {
	case errors.Is(err, ErrLimit):
		return state, ErrLimit
	case far, faults.Reserved > 0:
		return PageImpossible, nil
	case !valid && faults.Missing == 0:
		return PageInTransition, nil
	}
	return state, nil
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

// oddEntries counts entries that no page table has, beside those with reserved bits. Tables are always in memory. Pages of devices are not, and a processor that encrypts
// memory can have a high bit set in the address of any page; but not one after another.
type oddEntries struct {
	end    dmpfile.PhysAddr // see memoryEnd
	tables int
	pages  int
	tops   uint16 // the upper four bits of the addresses of pages that were seen
}

func (o *oddEntries) table(pa dmpfile.PhysAddr) {
	if pa >= o.end {
		o.tables++
	}
}

func (o *oddEntries) page(pa dmpfile.PhysAddr) {
	const top, last = 48, 1<<52 - dmpfile.PageSize
	switch {
	case pa&^0x3FFFFFFF == last&^0x3FFFFFFF: // all ones, of a page of any size
		o.tables++
	case pa>>top != 0:
		o.pages++
		o.tops |= 1 << (pa >> top & 0xF)
	}
}

func (o *oddEntries) count() int {
	if bits.OnesCount16(o.tops) < 3 {
		return o.tables
	}
	return o.tables + o.pages
}
