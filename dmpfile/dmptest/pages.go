package dmptest

import (
	"maps"
	"slices"
)

// Pages are the physical pages of a dump, by page frame number. A page that is nil holds what PageBytes says; a shorter
// one is padded with zeros.
type Pages map[uint64][]byte

// PageBytes returns the contents of a page that say which one it is: its number and the offset in the page, in turn, as
// u64.
func PageBytes(pfn uint64) []byte {
	var m Image
	for off := 0; off < PageSize; off += 16 {
		m.PutU64(off, pfn, uint64(off))
	}
	return m.Data()
}

// put appends page pfn to m.
func (p Pages) put(m *Image, pfn uint64) {
	data := p[pfn]
	if data == nil {
		data = PageBytes(pfn)
	}
	if len(data) > PageSize {
		panic("dmptest: more than a page")
	}
	end := m.Len() + PageSize
	m.Append(data)
	m.Grow(end)
}

// numbers are the page frame numbers, ascending.
func (p Pages) numbers() []uint64 {
	return slices.Sorted(maps.Keys(p))
}

// bits returns how many bits a bitmap of these pages needs, in whole bytes.
func (p Pages) bits() uint64 {
	n := p.numbers()
	if len(n) == 0 {
		return 8
	}
	return roundUp(n[len(n)-1]+1, 8)
}

// bitmap returns ceil(bits/8) bytes, the lowest bit of the first one for page 0.
func (p Pages) bitmap(bits uint64) []byte {
	b := make([]byte, (bits+7)/8)
	for pfn := range p {
		b[pfn/8] |= 1 << (pfn % 8)
	}
	return b
}
