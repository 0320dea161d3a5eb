package paging

import (
	"errors"
	"io"

	"github.com/dmplens/dmplens/dmpfile"
)

// Memory is the physical memory of a dumped machine. A *dmpfile.File is one.
type Memory interface {
	// ReadPhysical returns how many bytes it read before the first that is not there; the error is then a
	// *dmpfile.PageMissingError. Other errors are those of reading the file.
	ReadPhysical(p []byte, a dmpfile.PhysAddr) (n int, err error)
}

// Space is an address space of a dumped machine. It holds caches of its page tables, so one goroutine at a time may use it.
type Space struct {
	geometry
	memory Memory
	mode   Mode
	top    uint64 // physical address of the top table
	kernel Kernel
	caches *caches
}

// New returns the address space of a directory table base: the header's, or KPROCESS.DirectoryTableBase, or CR3 or TTBR as they
// were. Flags in its low bits, and the ASID in the high bits on ARM64, are ignored. Nothing is read before an address is asked for.
func New(m Memory, mode Mode, root dmpfile.PhysAddr) *Space {
	s := &Space{geometry: geometries[mode], memory: m, mode: mode}
	s.top = uint64(root) & s.root
	s.SetKernel(Kernel{})
	return s
}

// Root returns where the top table is: the directory table base without its flags.
func (s *Space) Root() dmpfile.PhysAddr { return dmpfile.PhysAddr(s.top) }

// Translate returns the physical address of a. That the dump has the page there is not said. The error is a *NotCanonicalError,
// *NotMappedError, *PagedOutError or *TableError. Only errors, and tables that are cached for the first time, allocate memory.
func (s *Space) Translate(a dmpfile.VirtAddr) (dmpfile.PhysAddr, error) {
	place := &s.caches.tables[a>>regionShift%dmpfile.VirtAddr(len(s.caches.tables))]
	if place.key == uint64(a>>regionShift+1) {
		if place.large != 0 {
			return dmpfile.PhysAddr(place.large&^1 | uint64(a)%(1<<regionShift)), nil
		}
		if e := place.table[a/dmpfile.PageSize%entries]; e&s.valid == s.valid {
			return dmpfile.PhysAddr(e&s.frame | uint64(a)%dmpfile.PageSize), nil
		}
	}
	return s.walk(a, true)
}

// walk translates an address from the lowest table that is cached. With follow, it follows one prototype.
func (s *Space) walk(at dmpfile.VirtAddr, follow bool) (dmpfile.PhysAddr, error) {
	a := uint64(at)
	if !s.canonical(a) {
		return 0, &NotCanonicalError{at}
	}
	level := 1
	e, ok := s.cached(a, level)
	for !ok && level < s.levels {
		level++
		e, ok = s.cached(a, level)
	}
	table := s.top
	for {
		if !ok {
			var err error
			if e, err = s.read(a, level, table); err != nil {
				return 0, err
			}
		}
		valid, page := s.decode(level, e)
		switch {
		case valid:
			table = e & s.frame
		case level == 1 && e&(present|prototype) == prototype && follow:
			return s.followPrototype(at, e)
		default:
			var err error
			if table, err = s.software(at, level, e); err != nil {
				return 0, err
			}
			page = level == 1
		}
		if page {
			in := uint64(1)<<s.shift[level] - 1
			pa := table&^in | a&in
			if level > 1 {
				s.keepLarge(a, pa)
			}
			return dmpfile.PhysAddr(pa), nil
		}
		level--
		ok = false
	}
}

// ReadVirtual reads the memory at a. It returns how many bytes it read before a hole. Where there are none, the error is one of
// Translate's, a *NotInDumpError, or one of reading the file; else it is a *PartialError around one of these or ErrEnd.
func (s *Space) ReadVirtual(p []byte, a dmpfile.VirtAddr) (n int, err error) {
	for n < len(p) && err == nil {
		at := a + dmpfile.VirtAddr(n)
		if at < a {
			err = ErrEnd
			break
		}
		var pa dmpfile.PhysAddr
		if pa, err = s.Translate(at); err != nil {
			break
		}
		var got int
		got, err = s.readPhysical(p[n:n+s.stretch(at, pa, len(p)-n)], pa)
		n += got
		if err != nil {
			var missing *dmpfile.PageMissingError
			if errors.As(err, &missing) {
				err = &NotInDumpError{at + dmpfile.VirtAddr(got), pa + dmpfile.PhysAddr(got), err}
			}
		}
	}
	if err != nil && n > 0 {
		err = &PartialError{a, n, len(p), err}
	}
	return n, err
}

// stretch returns how many bytes from a on, which is at pa, lie one behind the other in physical memory too, up to most.
func (s *Space) stretch(a dmpfile.VirtAddr, pa dmpfile.PhysAddr, most int) int {
	n := dmpfile.PageSize - int(a%dmpfile.PageSize)
	for n < most {
		next := a + dmpfile.VirtAddr(n)
		if next < a {
			break
		}
		if follows, err := s.Translate(next); err != nil || follows != pa+dmpfile.PhysAddr(n) {
			break
		}
		n += dmpfile.PageSize
	}
	return min(n, most)
}

// readPhysical fills p or returns an error.
func (s *Space) readPhysical(p []byte, a dmpfile.PhysAddr) (n int, err error) {
	n, err = s.memory.ReadPhysical(p, a)
	switch {
	case n == len(p):
		err = nil
	case err == nil:
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// SelfMapIndex returns which entry of the top table, in the kernel's half, points to the top table itself. Windows maps the page
// tables there: the index << 39, or << 48 with 5 levels, with the sign extended, is PteBase. A root without such an entry is none
// of the Windows kernel. It is false too where the root is not in the dump, and always for x86, where nothing looks for it yet.
func (s *Space) SelfMapIndex() (int, bool) {
	if s.entry == 4 || s.rootCount != 0 {
		return 0, false
	}
	shift := s.shift[s.levels]
	for i := entries / 2; i < entries; i++ {
		a := ^uint64(0)<<(shift+9) | uint64(i)<<shift
		e, ok := s.cached(a, s.levels)
		if !ok {
			var err error
			if e, err = s.read(a, s.levels, s.top); err != nil {
				return 0, false
			}
		}
		if valid, _ := s.decode(s.levels, e); valid && e&s.frame == s.top {
			return i, true
		}
	}
	return 0, false
}

// Over returns the same address space, whose pages m reads.
func (s *Space) Over(m Memory) *Space {
	over := New(m, s.mode, dmpfile.PhysAddr(s.top))
	over.SetKernel(s.kernel)
	return over
}
