package dmptest

// Range is a dump of type 8, 9 or 10 (0 is 10), as newer debuggers write it: a list of runs, then their pages. It is
// always 64-bit.
type Range struct {
	Header       Header
	Ranges       []Run
	MetadataSize uint64 // 0: as much as the list needs
	Pages        Pages  // contents, for pages of Ranges
	Secondary    []byte // appended
}

// Image returns the dump. The list of types 8 and 9 ends with a zero entry, the one of type 10 is counted.
func (r Range) Image() *Image {
	h := r.Header
	h.DumpType = orElse(h.DumpType, 10)
	m := h.Image64()
	m.PutU32(0x2000, 0x40)
	m.PutASCII(0x2004, "RDMPDUMP")
	m.PutU32(0x200C, 0)
	m.PutZero(0x2020, 0x10)
	if h.DumpType == 10 {
		m.PutU32(0x2020, uint32(len(r.Ranges)))
		m.PutU64(0x2028, pageCount(r.Ranges))
	}
	for i, x := range r.Ranges {
		m.PutU64(0x2030+0x10*i, x.Base, x.Count)
	}
	if h.DumpType != 10 {
		m.Append(make([]byte, 0x10))
	}
	r.MetadataSize = orElse(r.MetadataSize, uint64(m.Len()-0x2020))
	m.PutU64(0x2010, r.MetadataSize, 0x2020+r.MetadataSize)
	m.Grow(int(0x2020 + r.MetadataSize))
	for _, x := range r.Ranges {
		for i := range x.Count {
			r.Pages.put(m, x.Base+i)
		}
	}
	m.Append(r.Secondary)
	h.putRequired(m, uint64(m.Len()))
	return m
}
