package paging

import (
	"encoding/binary"

	"github.com/dmplens/dmplens/dmpfile"
)

// entries is how many entries of a table are read and cached together. They are widened to 64 bits. A table of x86 without PAE has
// two such pieces, which a level above seems to have two entries for.
const entries = 512

// regionShift is the size of what one cached piece of a page table maps: 2 MiB, in every mode.
const regionShift = 21

// slot caches one piece of a table, or the large page that stands in its place.
type slot struct {
	key   uint64 // the bits of the address above what the piece maps, plus one
	table *[entries]uint64
	large uint64 // in caches.tables: the physical address of the region's large page, with bit 0 set
}

// caches are direct-mapped by the bits of the address that are next above a piece. The pieces themselves are allocated when they are
// first needed: 4 KiB for each 2 MiB of address space that is touched, 2 MiB at most for page tables (they are what it takes to
// have every entry for 1 GiB of address space), and 176 KiB for the levels above. Whether an entry is valid makes no
// difference: it was in the dump, and the dump does not change. What could not be read is not cached.
type caches struct {
	tables      [512]slot  // level 1
	directories [32]slot   // level 2
	upper       [3][4]slot // levels 3 to 5
	buf         [0x1000]byte
}

// noCaches stands for caches that are not allocated yet. Its slots match no address, and nothing writes to them.
var noCaches caches

// slot returns the place of the table for an address, and the key that is in it if it is that table.
func (s *Space) slot(a uint64, level int) (place *slot, key uint64) {
	key = a >> (s.shift[level] + 9)
	switch level {
	case 1:
		place = &s.caches.tables[key%uint64(len(s.caches.tables))]
	case 2:
		place = &s.caches.directories[key%uint64(len(s.caches.directories))]
	default:
		upper := &s.caches.upper[level-3]
		place = &upper[key%uint64(len(upper))]
	}
	return place, key + 1
}

// cached returns the entry for an address in the table of a level, if that is cached.
func (s *Space) cached(a uint64, level int) (e uint64, ok bool) {
	place, key := s.slot(a, level)
	if place.key != key || place.large != 0 {
		return 0, false
	}
	return place.table[a>>s.shift[level]%entries], true
}

// read reads the entry for an address from the table of a level, which is at a physical address, and caches what is around it.
func (s *Space) read(a uint64, level int, table uint64) (uint64, error) {
	if s.caches == &noCaches {
		s.caches = new(caches)
	}
	count := entries
	if level == s.levels && s.rootCount != 0 {
		count = s.rootCount
	}
	if s.entry == 4 {
		table += a >> (s.shift[level] + 9) & 1 * entries * 4
	}
	buf := s.caches.buf[:count*s.entry]
	off := int(a>>s.shift[level]%entries) * s.entry
	n, err := s.readPhysical(buf, dmpfile.PhysAddr(table))
	if n < off+s.entry {
		return 0, &TableError{dmpfile.VirtAddr(a), level, dmpfile.PhysAddr(table) + dmpfile.PhysAddr(off), err}
	}
	if n < len(buf) { // the file ends inside the table
		return s.widen(buf[off:]), nil
	}
	place, key := s.slot(a, level)
	if place.table == nil {
		place.table = new([entries]uint64)
	}
	for i := range count {
		place.table[i] = s.widen(buf[i*s.entry:])
	}
	place.key, place.large = key, 0
	return s.widen(buf[off:]), nil
}

// widen returns the entry at the start of b.
func (s *Space) widen(b []byte) uint64 {
	if s.entry == 4 {
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}

// keepLarge caches that a, which a large page maps, is at pa.
func (s *Space) keepLarge(a, pa uint64) {
	place, key := s.slot(a, 1)
	place.key, place.large = key, pa>>regionShift<<regionShift|1
}
