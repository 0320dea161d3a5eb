package pe

import (
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Header holds the facts of the COFF and the optional header, as they stand there.
type Header struct {
	Machine          dmpfile.Machine
	Bits             int              // 32 (PE32) or 64 (PE32+)
	TimeDateStamp    uint32           // seconds since 1970; for reproducible builds a hash
	Characteristics  uint16           // IMAGE_FILE bits
	EntryPoint       uint32           // RVA; 0 where there is none
	ImageBase        dmpfile.VirtAddr // preferred address; Windows relocates the copy in memory
	SectionAlignment uint32
	SizeOfImage      uint32 // of the mapped image, in bytes
	SizeOfHeaders    uint32 // in bytes
	CheckSum         uint32
	Subsystem        uint16 // 1 for drivers and the kernel
}

// Directory is a place in an image that its optional header names.
type Directory struct {
	RVA, Size uint32
}

// Section is a row of the section table.
type Section struct {
	Name            string // up to 8 bytes, as they are
	RVA             uint32
	Size            uint32 // in memory, in bytes
	FileOffset      uint32 // of its data in the file
	FileSize        uint32 // of its data in the file, in bytes
	Characteristics uint32 // IMAGE_SCN bits
}

// Lengths of the parts of the headers (winnt.h), in bytes.
const (
	dosHeaderSize  = 0x40
	coffHeaderSize = 0x18 // with the signature "PE" ahead of it
	sectionSize    = 0x28
)

// maxSections is what Microsoft's "PE Format" allows. Windows kernels have some 30.
const maxSections = 96

// maxDirectories is how many data directories are defined.
const maxDirectories = 16

// Indexes of data directories.
const (
	directoryResource  = 2
	directoryException = 3
	directoryDebug     = 6
)

// optionalLayout says where the fields are that differ by width. Those between 0x20 and 0x48 do not.
type optionalLayout struct{ bits, imageBase, directories int }

var optionalLayouts = map[uint16]optionalLayout{
	0x10B: {bits: 32, imageBase: 0x1C, directories: 0x60},
	0x20B: {bits: 64, imageBase: 0x18, directories: 0x70},
}

// headers reads the headers, which are short and stand at the same offset in a file and in memory. One read takes what
// nearly every image has; the rest is read where it is asked for.
type headers struct {
	source source
	limit  int64 // length of what is read from
	first  []byte
}

// slice returns n bytes at off, all of them or none.
func (h *headers) slice(what string, off int64, n int) ([]byte, error) {
	if off > h.limit-int64(n) {
		return nil, &dmpfile.FormatError{Offset: off, What: "the image is too short for its " + what + "; it has a size of", Value: h.limit}
	}
	if b, ok := bin.Slice(h.first, int(off), n); ok {
		return b, nil
	}
	b := make([]byte, n)
	if _, err := h.source.readAt(b, uint32(off)); err != nil {
		return nil, err
	}
	return b, nil
}

// parse reads the headers of an image of which limit bytes can be read.
func parse(s source, limit int64) (*Image, error) {
	h := &headers{source: s, limit: limit, first: make([]byte, max(0, min(dmpfile.PageSize, limit)))}
	got, _ := s.readAt(h.first, 0) // what is missing and needed gives the error once more
	h.first = h.first[:got]

	dos, err := h.slice("DOS header", 0, dosHeaderSize)
	if err != nil {
		return nil, err
	}
	if sig, _ := bin.U16(dos, 0); sig != 0x5A4D {
		return nil, &dmpfile.FormatError{Offset: 0, What: "no PE image: it does not begin with MZ", Value: sig}
	}
	start, _ := bin.U32(dos, 0x3C)
	coffAt := int64(start)
	coff, err := h.slice("PE header", coffAt, coffHeaderSize)
	if err != nil {
		return nil, err
	}
	if sig, _ := bin.U32(coff, 0); sig != 0x00004550 {
		return nil, &dmpfile.FormatError{Offset: coffAt, What: "no PE image: the signature PE is missing", Value: sig}
	}
	machine, _ := bin.U16(coff, 0x4)
	sections, _ := bin.U16(coff, 0x6)
	optionalSize, _ := bin.U16(coff, 0x14)
	im := &Image{Header: Header{Machine: dmpfile.Machine(machine)}}
	im.TimeDateStamp, _ = bin.U32(coff, 0x8)
	im.Characteristics, _ = bin.U16(coff, 0x16)
	if sections > maxSections {
		return nil, &dmpfile.FormatError{Offset: coffAt + 0x6, What: "an impossible number of sections", Value: sections}
	}

	optionalAt := coffAt + coffHeaderSize
	optional, err := h.slice("optional header", optionalAt, int(optionalSize))
	if err != nil {
		return nil, err
	}
	if err := im.parseOptional(optional, optionalAt); err != nil {
		return nil, err
	}

	tableAt := optionalAt + int64(optionalSize)
	table, err := h.slice("section table", tableAt, int(sections)*sectionSize)
	if err != nil {
		return nil, err
	}
	if end := tableAt + int64(len(table)); end > int64(im.SizeOfImage) {
		return nil, &dmpfile.FormatError{Offset: optionalAt + 0x38, What: fmt.Sprintf("the image is smaller than its headers, which end at %#x; its size", end), Value: im.SizeOfImage}
	}
	im.Sections = make([]Section, sections)
	for i := range im.Sections {
		im.Sections[i] = parseSection(table[i*sectionSize:])
	}
	return im, nil
}

// parseOptional reads the optional header, which stands at an offset.
func (im *Image) parseOptional(b []byte, at int64) error {
	magic, _ := bin.U16(b, 0)
	l, ok := optionalLayouts[magic]
	if !ok {
		return &dmpfile.FormatError{Offset: at, What: "the optional header has an unknown magic number", Value: magic}
	}
	count, ok := bin.U32(b, l.directories-4)
	if !ok {
		return &dmpfile.FormatError{Offset: at, What: "the optional header is too short; its size", Value: len(b)}
	}
	im.Bits = l.bits
	im.EntryPoint, _ = bin.U32(b, 0x10)
	base, _ := bin.Pointer(b, l.imageBase, l.bits)
	im.ImageBase = dmpfile.VirtAddr(base)
	im.SectionAlignment, _ = bin.U32(b, 0x20)
	im.SizeOfImage, _ = bin.U32(b, 0x38)
	im.SizeOfHeaders, _ = bin.U32(b, 0x3C)
	im.CheckSum, _ = bin.U32(b, 0x40)
	im.Subsystem, _ = bin.U16(b, 0x44)
	for i := range int(min(count, maxDirectories)) {
		rva, _ := bin.U32(b, l.directories+8*i)
		size, ok := bin.U32(b, l.directories+8*i+4)
		if !ok {
			break // the size of the optional header ends the list too
		}
		im.directories = append(im.directories, Directory{rva, size})
	}
	return nil
}

func parseSection(b []byte) Section {
	s := Section{Name: bin.ASCIIZ(b[:8])}
	s.Size, _ = bin.U32(b, 0x8)
	s.RVA, _ = bin.U32(b, 0xC)
	s.FileSize, _ = bin.U32(b, 0x10)
	s.FileOffset, _ = bin.U32(b, 0x14)
	s.Characteristics, _ = bin.U32(b, 0x24)
	if s.Size == 0 { // as linkers of old left it; Windows takes the size of the data then
		s.Size = s.FileSize
	}
	return s
}

// SectionAt returns the section that an RVA lies in. The headers lie in none, nor does what fills up the last page of a section.
func (im *Image) SectionAt(rva uint32) (Section, bool) {
	for _, s := range im.Sections {
		if rva >= s.RVA && rva-s.RVA < s.Size {
			return s, true
		}
	}
	return Section{}, false
}

// directory returns a data directory that lies in the image.
func (im *Image) directory(i int, what string) (Directory, error) {
	if i >= len(im.directories) || im.directories[i].RVA == 0 || im.directories[i].Size == 0 {
		return Directory{}, ErrNone
	}
	d := im.directories[i]
	if uint64(d.RVA)+uint64(d.Size) > uint64(im.size) {
		return Directory{}, &dmpfile.FormatError{Offset: int64(d.RVA), What: what + " lies outside the image; its size", Value: d.Size}
	}
	return d, nil
}

// CertificatesEnd returns the offset in the file at which its signatures end, which follow everything else; 0 if there are none. Unlike every other
// data directory that of the signatures has an offset in the file where the others have an RVA; in memory they are not.
func (im *Image) CertificatesEnd() int64 {
	const certificates = 4
	if len(im.directories) <= certificates || im.directories[certificates].RVA == 0 {
		return 0
	}
	d := im.directories[certificates]
	return int64(d.RVA) + int64(d.Size)
}

// ExceptionDirectory returns where the table of functions is that unwinding needs (.pdata). It lies in the image; whether it can be
// read is not known.
func (im *Image) ExceptionDirectory() (Directory, error) {
	return im.directory(directoryException, "the exception directory")
}
