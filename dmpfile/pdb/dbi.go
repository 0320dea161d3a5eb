package pdb

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/dmplens/dmplens/dmpfile"
)

// header is what the DBI stream (debug information) says about the others.
type header struct {
	age     uint32
	machine dmpfile.Machine
	records int               // the stream of symbol records
	debug   [debugStreams]int // the optional streams
}

// Fields of the header of the DBI stream. Seven sizes of what follows it are not in the order in which that follows.
const (
	dbiSignature  = 0x00 // -1
	dbiVersion    = 0x04
	dbiAge        = 0x08
	dbiRecords    = 0x14
	dbiModules    = 0x18
	dbiTypeServer = 0x28
	dbiDebug      = 0x30 // bytes of the list of optional streams, which is last
	dbiEditing    = 0x34
	dbiMachine    = 0x3A
	dbiSize       = 0x40
)

// Optional streams, by their place in the list.
const (
	debugFPO              = 0
	debugOMAPToSource     = 3
	debugOMAPFromSource   = 4
	debugSections         = 5
	debugFrameData        = 9
	debugOriginalSections = 10
	debugStreams          = 11
)

// openHeader reads the DBI stream. The error is errNoStream where there is none.
func openHeader(c *container) (*header, error) {
	s, err := c.open(streamDBI)
	if err != nil {
		return nil, err
	}
	b, err := s.read(0, dbiSize)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	if v := le.Uint32(b[dbiSignature:]); v != math.MaxUint32 {
		return nil, &dmpfile.FormatError{Offset: s.offset(dbiSignature), What: "the debug information is of a form from before 1997; it begins", Value: v}
	}
	h := &header{
		age:     le.Uint32(b[dbiAge:]),
		machine: dmpfile.Machine(le.Uint16(b[dbiMachine:])),
		records: int(le.Uint16(b[dbiRecords:])),
	}
	at := int64(dbiSize)
	for _, field := range [...]int{dbiModules, dbiModules + 4, dbiModules + 8, dbiModules + 12, dbiTypeServer, dbiEditing} {
		n := int32(le.Uint32(b[field:]))
		if at += int64(n); n < 0 || at > s.size {
			return nil, &dmpfile.FormatError{Offset: s.offset(int64(field)), What: "a part of the debug information ends outside its stream; its size", Value: uint32(n)}
		}
	}
	n := min(int64(le.Uint32(b[dbiDebug:])), 2*debugStreams)
	if b, err = s.read(at, n&^1); err != nil {
		return nil, err
	}
	for i := range h.debug {
		h.debug[i] = noStream
		if 2*i < len(b) {
			h.debug[i] = int(le.Uint16(b[2*i:]))
		}
	}
	return h, nil
}

// section is a section of the image.
type section struct {
	rva, end   uint32 // end is exclusive
	executable bool
}

// Fields of an IMAGE_SECTION_HEADER (winnt.h).
const (
	sectionVirtualSize = 0x08
	sectionRVA         = 0x0C
	sectionRawSize     = 0x10
	sectionFlags       = 0x24
	sectionSize        = 0x28
	sectionExecute     = 0x20000000
)

// layout says where symbols are. They name sections as they were when the image was linked.
type layout struct {
	linked []section // by number, less 1
	places []section // as the image is now, by RVA
	moved  []mapping // from the one to the other; nil for an image that was not reordered
}

// layout reads the sections and the map between them. Without sections no symbol has a place.
func (h *header) layout(c *container) (l layout, err error) {
	now, err := readSections(c, h.debug[debugSections])
	if err != nil {
		return l, err
	}
	l.linked = now
	if l.moved, err = readMap(c, h.debug[debugOMAPFromSource]); err != nil {
		return l, err
	}
	if l.moved != nil {
		was, err := readSections(c, h.debug[debugOriginalSections])
		if err != nil {
			return l, err
		}
		if was != nil {
			l.linked = was
		}
	}
	l.places = slices.Clone(now)
	slices.SortStableFunc(l.places, func(a, b section) int { return cmp.Compare(a.rva, b.rva) })
	return l, nil
}

func readSections(c *container, number int) ([]section, error) {
	s, err := c.open(number)
	if err == errNoStream {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	// Symbols have 16 bits for the number of a section.
	b, err := s.read(0, min(s.size/sectionSize, math.MaxUint16)*sectionSize)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	var list []section
	for ; len(b) > 0; b = b[sectionSize:] {
		x := section{rva: le.Uint32(b[sectionRVA:]), executable: le.Uint32(b[sectionFlags:])&sectionExecute != 0}
		size := le.Uint32(b[sectionVirtualSize:])
		if size == 0 {
			size = le.Uint32(b[sectionRawSize:])
		}
		x.end = x.rva + min(size, math.MaxUint32-x.rva)
		list = append(list, x)
	}
	return list, nil
}

// sectionAt returns the section that an address is in, of sections by RVA.
func sectionAt(list []section, rva uint32) (section, bool) {
	i, found := slices.BinarySearchFunc(list, rva, func(s section, rva uint32) int { return cmp.Compare(s.rva, rva) })
	if !found {
		i--
	}
	if i < 0 || rva >= list[i].end {
		return section{}, false
	}
	return list[i], true
}

// place turns section and offset of a symbol into its RVA. A symbol can lie outside (an absolute number, such as __guard_flags), or have
// been removed with the code that it named.
func (l *layout) place(number uint16, offset uint32) (rva uint32, ok bool) {
	if number == 0 || int(number) > len(l.linked) {
		return 0, false
	}
	s := l.linked[number-1]
	if offset >= s.end-s.rva {
		return 0, false
	}
	rva = s.rva + offset
	if l.moved == nil {
		return rva, true
	}
	if rva, ok = translate(l.moved, rva); !ok {
		return 0, false
	}
	_, ok = sectionAt(l.places, rva)
	return rva, ok
}
