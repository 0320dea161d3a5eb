package paging

// Mode is how a machine translates addresses.
type Mode int

// Modes of Windows kernels.
const (
	X86         Mode = iota // 32 bits, pages of 4 KiB and 4 MiB
	X86PAE                  // 32 bits, entries of 64 bits, pages of 4 KiB and 2 MiB
	AMD64                   // 4 levels, pages of 4 KiB, 2 MiB and 1 GiB
	AMD64Level5             // the same with 5 levels, 57 bits of address
	ARM64                   // 4 KiB granule, 4 levels, 48 bits, one root for both halves; pages as AMD64
)

// geometry is what differs between modes. Levels index from 1.
type geometry struct {
	levels    int
	bits      uint // of an address
	signed    bool // the bits above repeat the highest one; else they are zero
	shift     [6]uint8
	entry     int    // size of an entry in bytes
	rootCount int    // entries of the top table, where those are few
	root      uint64 // bits of a directory table base that are its address
	frame     uint64 // bits of a valid entry that are a physical address
	valid     uint64 // bits that are all set in a valid entry of a page table
	largest   int    // the highest level that can map a large page
	arm       bool

	transition uint64 // bits of an entry in transition that are a physical address
	l1tf       uint64 // those of them that are ignored while the swizzle bit is clear
}

// Bits of entries.
const (
	present      = 1 << 0
	armTable     = 1 << 1 // ARM: a table, or at level 1 a page; clear: a block
	large        = 1 << 7 // x86: a large page
	prototype    = 1 << 10
	inTransition = 1 << 11
)

const (
	frame52 = 0x000FFFFFFFFFF000
	frame48 = 0x0000FFFFFFFFF000
	frame38 = 0x0000003FFFFFF000 // MMPTE_TRANSITION of PAE: 26 bits of page frame
	frame32 = 0x00000000FFFFF000
)

// unknownL1TF are the bits that the L1TF mitigation can have flipped where the kernel does not say which.
const unknownL1TF = 0x7 << 45

var geometries = [...]geometry{
	X86: {
		levels: 2, bits: 32, shift: [6]uint8{1: 12, 2: 22}, entry: 4,
		root: frame32, frame: frame32, valid: present, largest: 2, transition: frame32,
	},
	X86PAE: {
		levels: 3, bits: 32, shift: [6]uint8{1: 12, 2: 21, 3: 30}, entry: 8, rootCount: 4,
		root: 0xFFFFFFE0, frame: frame52, valid: present, largest: 2, transition: frame38,
	},
	AMD64: {
		levels: 4, bits: 48, signed: true, shift: [6]uint8{1: 12, 2: 21, 3: 30, 4: 39}, entry: 8,
		root: frame52, frame: frame52, valid: present, largest: 3, transition: frame48, l1tf: unknownL1TF,
	},
	AMD64Level5: {
		levels: 5, bits: 57, signed: true, shift: [6]uint8{1: 12, 2: 21, 3: 30, 4: 39, 5: 48}, entry: 8,
		root: frame52, frame: frame52, valid: present, largest: 3, transition: frame48, l1tf: unknownL1TF,
	},
	ARM64: {
		levels: 4, bits: 48, signed: true, shift: [6]uint8{1: 12, 2: 21, 3: 30, 4: 39}, entry: 8,
		root: frame48, frame: frame48, valid: present | armTable, largest: 3, arm: true, transition: frame48,
	},
}

// canonical says whether a is an address in this mode.
func (g *geometry) canonical(a uint64) bool {
	if !g.signed {
		return a>>g.bits == 0
	}
	unused := 64 - g.bits
	return uint64(int64(a<<unused)>>unused) == a
}

// decode says whether an entry is valid at a level, and if so, whether it maps a page.
func (g *geometry) decode(level int, e uint64) (valid, page bool) {
	switch {
	case e&present == 0:
		return false, false
	case !g.arm:
		return true, level == 1 || level <= g.largest && e&large != 0
	case e&armTable != 0:
		return true, level == 1
	}
	return level > 1 && level <= g.largest, true
}
