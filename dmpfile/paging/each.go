package paging

import (
	"errors"
	"iter"

	"github.com/dmplens/dmplens/dmpfile"
)

// EachPage calls visit for the pages that are mapped and valid from first up to last, ascending, with their size in bytes, until it
// returns false. It does not look whether the dump has them. missing is how many page tables on the way the dump does not have. The
// error is ErrTables, or that of reading the file.
func (s *Space) EachPage(first, last dmpfile.VirtAddr, visit func(a dmpfile.VirtAddr, pa dmpfile.PhysAddr, size uint64) bool) (missing int, err error) {
	if !s.canonical(uint64(first)) || !s.canonical(uint64(last)) {
		return 0, &NotCanonicalError{first}
	}
	w := pageWalk{Space: s, visit: visit, left: maxTables}
	_, err = w.each(s.levels, s.top, uint64(first), uint64(last))
	return w.missing, err
}

// EachTable is EachPage that calls table too, for each page table below the top one, before what the table maps: with the first address of
// the range that the table maps, and where the table is in physical memory. A table for which it returns false is not looked into; visit ends
// all by that.
func (s *Space) EachTable(first, last dmpfile.VirtAddr, table func(a dmpfile.VirtAddr, pa dmpfile.PhysAddr) bool, visit func(a dmpfile.VirtAddr, pa dmpfile.PhysAddr, size uint64) bool) error {
	if !s.canonical(uint64(first)) || !s.canonical(uint64(last)) {
		return &NotCanonicalError{first}
	}
	w := pageWalk{Space: s, visit: visit, table: table, left: maxTables}
	_, err := w.each(s.levels, s.top, uint64(first), uint64(last))
	return err
}

// Entries yields where the valid entries of a page table of the last level lead, in physical memory. table is a page of it.
func (s *Space) Entries(table []byte) iter.Seq[dmpfile.PhysAddr] {
	return func(yield func(dmpfile.PhysAddr) bool) {
		for ; len(table) >= s.entry; table = table[s.entry:] {
			e := s.widen(table[:s.entry])
			if valid, _ := s.decode(1, e); valid && !yield(dmpfile.PhysAddr(e&s.frame)) {
				return
			}
		}
	}
}

// ErrTables says that there are more page tables than EachPage follows: 65,536, which can map 128 GiB with pages of 4 KiB. Tables that
// point to one another have no end.
var ErrTables = errors.New("too many page tables")

const maxTables = 1 << 16

// pageWalk is a run of EachPage.
type pageWalk struct {
	*Space
	visit   func(a dmpfile.VirtAddr, pa dmpfile.PhysAddr, size uint64) bool
	table   func(a dmpfile.VirtAddr, pa dmpfile.PhysAddr) bool // nil where nobody asks
	left    int                                                // tables that may still be followed
	missing int
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
					s.missing++
					return true, nil
				}
				return false, err
			}
		}
		switch valid, page := s.decode(level, e); {
		case !valid:
		case page:
			if !s.visit(dmpfile.VirtAddr(a&^(size-1)), dmpfile.PhysAddr(e&s.frame&^(size-1)), size) {
				return false, nil
			}
		default:
			if s.table != nil && !s.table(dmpfile.VirtAddr(a&^(size-1)), dmpfile.PhysAddr(e&s.frame)) {
				break
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
