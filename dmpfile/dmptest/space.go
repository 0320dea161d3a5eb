package dmptest

import (
	"encoding/binary"
	"fmt"
	"maps"
)

// Mode is how page tables are laid out.
type Mode int

// The modes of Windows kernels. Levels of tables are counted from the pages upwards: 1 is the table of PTEs.
const (
	ModeAMD64 Mode = iota
	ModeAMD64Level5
	ModeARM64
	ModeX86
	ModeX86PAE
)

// modeLayout says what the tables of a mode look like.
type modeLayout struct {
	levels, entry int    // entry is the size of one in bytes
	bits          uint   // of an address that choose an entry
	large         uint64 // pages in a large page
	top           uint64 // entries of the top table; the upper half is the kernel's
	selfMap       uint64 // index in the top table; 0 for none

	// Flags of an entry: for a page, a large page, a table, a table that the top table leads to, and more for what the user may see.
	page, block, table, topmost, user uint64
}

var modeLayouts = map[Mode]modeLayout{
	ModeAMD64:       {4, 8, 9, 512, 512, 0x1ED, 0x63, 0xE3, 0x63, 0x63, 4},
	ModeAMD64Level5: {5, 8, 9, 512, 512, 0x1ED, 0x63, 0xE3, 0x63, 0x63, 4},
	ModeARM64:       {4, 8, 9, 512, 512, 0x1ED, 0x703, 0x701, 0x703, 0x703, 0},
	ModeX86:         {2, 4, 10, 1024, 1024, 0, 0x63, 0xE3, 0x63, 0x63, 4},
	ModeX86PAE:      {3, 8, 9, 512, 4, 0, 0x63, 0xE3, 0x63, 1, 4},
}

// Space is virtual memory under construction: page tables and the pages that they map, for one address space.
type Space struct {
	Mode      Mode
	Processes []*Space // of System.Space: the address space of each process; one of them is this one

	root   uint64 // frame
	memory *memory
}

// memory holds the frames of all spaces that have the same kernel.
type memory struct {
	next    uint64
	pages   Pages
	dropped map[uint64]bool
	spaces  []*Space
}

// NewSpace returns an address space without pages. Frames are handed out from firstFrame on; the first one is the top table.
func NewSpace(mode Mode, firstFrame uint64) *Space {
	m := &memory{next: firstFrame, pages: Pages{}, dropped: map[uint64]bool{}}
	return m.space(mode)
}

// Fork returns the address space of another process: the kernel's half is the same, now and later, and the user's half is empty.
// Frames come from the same memory.
func (s *Space) Fork() *Space {
	f := s.memory.space(s.Mode)
	l := f.layout()
	for i := l.top / 2; i < l.top; i++ {
		if i != l.selfMap {
			f.put(f.root, i, s.get(s.root, i))
		}
	}
	return f
}

func (m *memory) space(mode Mode) *Space {
	if _, ok := modeLayouts[mode]; !ok {
		panic(fmt.Sprintf("dmptest: no mode %d", mode))
	}
	s := &Space{Mode: mode, memory: m, root: m.page()}
	m.spaces = append(m.spaces, s)
	if l := s.layout(); l.selfMap != 0 {
		s.put(s.root, l.selfMap, s.root<<12|l.table)
	}
	return s
}

// page takes the next frame for a page of zeros.
func (m *memory) page() uint64 {
	frame := m.next
	m.next++
	m.pages[frame] = make([]byte, PageSize)
	return frame
}

func (s *Space) layout() modeLayout { return modeLayouts[s.Mode] }

func (s *Space) pointer() int {
	if s.Mode == ModeX86 || s.Mode == ModeX86PAE {
		return 4
	}
	return 8
}

// index is that of the entry for va in a table of a level.
func (s *Space) index(va uint64, level int) uint64 {
	l := s.layout()
	if s.pointer() == 4 {
		va = uint64(uint32(va))
	}
	return va >> (12 + l.bits*uint(level-1)) & (1<<l.bits - 1)
}

func (s *Space) get(table, index uint64) uint64 {
	page := s.table(table)
	if s.layout().entry == 4 {
		return uint64(binary.LittleEndian.Uint32(page[4*index:]))
	}
	return binary.LittleEndian.Uint64(page[8*index:])
}

func (s *Space) put(table, index, entry uint64) {
	page := s.table(table)
	if s.layout().entry == 4 {
		binary.LittleEndian.PutUint32(page[4*index:], uint32(entry))
	} else {
		binary.LittleEndian.PutUint64(page[8*index:], entry)
	}
}

func (s *Space) table(frame uint64) []byte {
	page := s.memory.pages[frame]
	if page == nil {
		panic(fmt.Sprintf("dmptest: no page table in frame %#x", frame))
	}
	return page
}

// putAt is put; an entry for the kernel in the top table goes to every space.
func (s *Space) putAt(table, index uint64, level int, entry uint64) {
	l := s.layout()
	s.put(table, index, entry)
	if level == l.levels && index >= l.top/2 && index != l.selfMap {
		for _, other := range s.memory.spaces {
			other.put(other.root, index, entry)
		}
	}
}

// flags returns those of an entry for va, in a table of a level.
func (s *Space) flags(va uint64, level int, usual uint64) uint64 {
	l := s.layout()
	switch {
	case level == l.levels && l.topmost != l.table: // a PDPTE has no others
		return l.topmost
	case s.index(va, l.levels) < l.top/2:
		return usual | l.user
	}
	return usual
}

// find returns the table of a level that has the entry for va, or the one whose entry is a large page: at is its level. Without
// create, ok is false where a table is missing.
func (s *Space) find(va uint64, level int, create bool) (table uint64, at int, ok bool) {
	l := s.layout()
	table = s.root
	for at = l.levels; at > level; at-- {
		index := s.index(va, at)
		e := s.get(table, index)
		switch {
		case e&1 != 0 && s.isLarge(e, at):
			return table, at, true
		case e&1 != 0:
		case !create:
			return 0, at, false
		case e != 0:
			panic(fmt.Sprintf("dmptest: the entry %#x of level %d for %#x is not valid", e, at, va))
		default:
			e = s.memory.page()<<12 | s.flags(va, at, l.table)
			s.putAt(table, index, at, e)
		}
		table = e >> 12 & (1<<36 - 1)
	}
	return table, at, true
}

func (s *Space) isLarge(e uint64, level int) bool {
	if level != 2 {
		return false
	}
	if s.Mode == ModeARM64 {
		return e&3 == 1
	}
	return e&0x80 != 0
}

// Frame returns which frame is mapped at va, whether it is in the dump or not.
func (s *Space) Frame(va uint64) (pfn uint64, ok bool) {
	table, at, ok := s.find(va, 1, false)
	if !ok {
		return 0, false
	}
	e := s.get(table, s.index(va, at))
	pfn = e >> 12 & (1<<36 - 1)
	if at == 2 {
		pfn += va >> 12 & (s.layout().large - 1)
	}
	return pfn, e&1 != 0
}

// Map writes data at va. Pages that are not mapped yet are, and hold zeros beside the data; one that was left out of the dump
// is in it again.
func (s *Space) Map(va uint64, data []byte) {
	s.write(va, data, func(va uint64) {
		table, at, _ := s.find(va, 1, true)
		s.place(table, at, va, s.layout().page, s.memory.page)
	})
}

// MapLarge is Map with pages of 2 MiB (x86 without PAE: 4 MiB). Only the parts of them that data covers are in the dump.
func (s *Space) MapLarge(va uint64, data []byte) {
	s.write(va, data, func(va uint64) {
		table, at, _ := s.find(va, 2, true)
		s.place(table, at, va, s.layout().block, func() uint64 {
			n := s.layout().large
			first := roundUp(s.memory.next, n)
			s.memory.next = first + n
			return first
		})
	})
}

// place fills in the entry for va in a table, if it is free.
func (s *Space) place(table uint64, level int, va, flags uint64, frame func() uint64) {
	index := s.index(va, level)
	switch e := s.get(table, index); {
	case e == 0:
		s.putAt(table, index, level, frame()<<12|s.flags(va, level, flags))
	case e&1 == 0:
		panic(fmt.Sprintf("dmptest: the entry %#x for %#x is not valid", e, va))
	}
}

func (s *Space) write(va uint64, data []byte, need func(va uint64)) {
	for len(data) > 0 {
		need(va)
		frame, ok := s.Frame(va)
		if !ok {
			panic(fmt.Sprintf("dmptest: %#x has a table of small pages", va))
		}
		page := s.memory.pages[frame]
		if page == nil { // of a large page, or one that the caller's entry chose
			page = make([]byte, PageSize)
			s.memory.pages[frame] = page
		}
		delete(s.memory.dropped, frame)
		n := copy(page[va%PageSize:], data)
		va += uint64(n)
		data = data[n:]
	}
}

// PutPtr is Map for pointers, one after the other.
func (s *Space) PutPtr(va uint64, v ...uint64) {
	var m Image
	m.PutPtr(0, s.pointer(), v...)
	s.Map(va, m.Data())
}

// Entry returns the page-table entry for va in the table of a level: 1 is a PTE, 2 a PDE. It is 0 where there is no such table.
func (s *Space) Entry(va uint64, level int) uint64 {
	table, at, ok := s.find(va, level, false)
	if !ok || at != level {
		return 0
	}
	return s.get(table, s.index(va, level))
}

// PutEntry sets the page-table entry for va in the table of a level. Tables above it are made as needed. The entry may be anything,
// as one in transition; what it leads to counts as not mapped then.
func (s *Space) PutEntry(va uint64, level int, entry uint64) {
	table, at, _ := s.find(va, level, true)
	if at != level {
		panic(fmt.Sprintf("dmptest: %#x is in a large page", va))
	}
	s.putAt(table, s.index(va, level), level, entry)
}

// Drop leaves the pages behind [va, va+n) out of the dump. They stay mapped.
func (s *Space) Drop(va uint64, n int) {
	for end := va + uint64(n); va != end; va += min(PageSize-va%PageSize, end-va) {
		if frame, ok := s.Frame(va); ok {
			s.memory.dropped[frame] = true
		}
	}
}

// DropTable leaves the page out of the dump that is the table of a level for va. It is still used.
func (s *Space) DropTable(va uint64, level int) {
	table, at, ok := s.find(va, level, false)
	if !ok || at != level {
		panic(fmt.Sprintf("dmptest: no table of level %d for %#x", level, va))
	}
	s.memory.dropped[table] = true
}

// Root is the physical address of the top table, the DirectoryTableBase.
func (s *Space) Root() uint64 { return s.root << 12 }

// Pages are all pages that are in the dump: tables too, and those of other processes.
func (s *Space) Pages() Pages {
	p := maps.Clone(s.memory.pages)
	for frame := range s.memory.dropped {
		delete(p, frame)
	}
	return p
}
