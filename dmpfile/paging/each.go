package paging

import (
	"errors"

	"github.com/dmplens/dmplens/dmpfile"
)

// EachPage calls visit for the pages that are mapped and valid from first up to last, ascending, with their size in bytes, until it
// returns false. It does not look whether the dump has them. missing is how many page tables on the way the dump does not have. The
// error is ErrTables, or that of reading the file.
func (s *Space) EachPage(first, last dmpfile.VirtAddr, visit func(a dmpfile.VirtAddr, pa dmpfile.PhysAddr, size uint64) bool) (missing int, err error) {
	faults, err := s.EachTable(first, last, nil, visit)
	return faults.Missing, err
}

// Faults counts what EachTable met that leads nowhere.
type Faults struct {
	Missing  int // page tables that the dump does not have
	Reserved int // entries of large pages with address bits below the size of the page, which processors of x86 refuse; they are not visited
}

// EachTable is EachPage that calls table too, for each page table below the top one, before what the table maps: with the first address of
// the range that the table maps, and where the table is in physical memory. Either of them ends it by returning false.
func (s *Space) EachTable(first, last dmpfile.VirtAddr, table func(a dmpfile.VirtAddr, pa dmpfile.PhysAddr) bool, visit func(a dmpfile.VirtAddr, pa dmpfile.PhysAddr, size uint64) bool) (Faults, error) {
	if !s.canonical(uint64(first)) || !s.canonical(uint64(last)) {
		return Faults{}, &NotCanonicalError{first}
	}
	w := pageWalk{Space: s, visit: visit, table: table, left: maxTables}
	_, err := w.each(s.levels, s.top, uint64(first), uint64(last))
	return w.faults, err
}

// ErrTables says that there are more page tables than EachPage follows: 65,536, which can map 128 GiB with pages of 4 KiB. Tables that
// point to one another have no end.
var ErrTables = errors.New("too many page tables")

const maxTables = 1 << 16

// largePAT is a bit of an entry of a large page that belongs to its caching, where others have the first one of an address.
const largePAT = 1 << 12

// pageWalk is a run of EachPage.
type pageWalk struct {
	*Space
	visit  func(a dmpfile.VirtAddr, pa dmpfile.PhysAddr, size uint64) bool
	table  func(a dmpfile.VirtAddr, pa dmpfile.PhysAddr) bool // nil where nobody asks
	left   int                                                // tables that may still be followed
	faults Faults
}

// each visits what one table maps. It says whether to go on.
func (s *pageWalk) each(level int, table, first, last uint64) (bool, error) {
	if s.left--; s.left < 0 {
		return false, ErrTables
	}
	size := uint64(1) << s.shift[level]
	for a := first; a <= last; {
		end := a | (size - 1)
		e, ok := s.cached(a, level)
		if !ok {
			var err error
			if e, err = s.read(a, level, table); err != nil {
				var absent *dmpfile.PageMissingError
				if errors.As(err, &absent) {
					s.faults.Missing++
					return true, nil
				}
				return false, err
			}
		}
		switch valid, page := s.decode(level, e); {
		case !valid:
		case page && !s.arm && s.entry == 8 && level > 1 && e&s.frame&(size-1)&^largePAT != 0:
			s.faults.Reserved++
		case page:
			if !s.visit(dmpfile.VirtAddr(a&^(size-1)), dmpfile.PhysAddr(e&s.frame&^(size-1)), size) {
				return false, nil
			}
		default:
			if s.table != nil && !s.table(dmpfile.VirtAddr(a&^(size-1)), dmpfile.PhysAddr(e&s.frame)) {
				return false, nil
			}
			if more, err := s.each(level-1, e&s.frame, a, min(end, last)); !more {
				return false, err
			}
		}
		if a = end + 1; a == 0 {
			break
		}
	}
	return true, nil
}
