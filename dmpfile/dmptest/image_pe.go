package dmptest

// PE is a small PE image: PE32 for X86 and ARM, PE32+ for every other machine. The PE header is at 0x80, sections begin at page 1,
// and their data in the file at 0x400.
type PE struct {
	Machine       uint16 // 0 is AMD64
	TimeDateStamp uint32
	CheckSum      uint32
	EntryPoint    uint32
	ImageBase     uint64
	Subsystem     uint16      // 0 is 1, a driver
	Sections      []PESection // ahead of those that the fields below make
	Exceptions    []byte      // the table of functions: section .pdata
	CodeView      []byte      // from RSDS or NB10: section .rdata, which begins with the debug directory
	Version       []byte      // from VersionInfo: section .rsrc
	Dated         bool        // TimeDateStamp is a date: the debug directory does not say that the build is reproducible
}

// PESection is a section of a PE image.
type PESection struct {
	Name            string
	Data            []byte
	Size            uint32 // in memory; 0: as long as Data
	Characteristics uint32 // 0 is 0x48000040: data, read, not paged
}

// RSDS returns the CodeView record that names a PDB.
func RSDS(guid [16]byte, age uint32, name string) []byte {
	var m Image
	m.PutASCII(0x0, "RSDS")
	m.PutBytes(0x4, guid[:])
	m.PutU32(0x14, age)
	m.PutASCII(0x18, name+"\x00")
	return m.Data()
}

// NB10 returns the older CodeView record, of linkers before 2002.
func NB10(timeDateStamp, age uint32, name string) []byte {
	var m Image
	m.PutASCII(0x0, "NB10")
	m.PutU32(0x4, 0, timeDateStamp, age)
	m.PutASCII(0x10, name+"\x00")
	return m.Data()
}

// VersionInfo returns a VS_VERSIONINFO with nothing but its fixed part.
func VersionInfo(file, product [4]uint16) []byte {
	var m Image
	m.PutU16(0x0, 0x5C, 0x34, 0)
	m.PutUTF16(0x6, "VS_VERSION_INFO")
	m.PutU32(0x28, 0xFEEF04BD, 0x00010000)
	m.PutU16(0x30, file[1], file[0], file[3], file[2])
	m.PutU16(0x38, product[1], product[0], product[3], product[2])
	m.PutU32(0x40, 0x3F, 0, 0x00040004, 3, 7)
	m.Grow(0x5C)
	return m.Data()
}

// Mapped returns the image as it is in memory.
func (p PE) Mapped() *Image { return p.image(false) }

// File returns the image as it is in a file.
func (p PE) File() *Image { return p.image(true) }

// Section returns the RVA and the file offset of a section; zeros if there is none.
func (p PE) Section(name string) (rva, off int) {
	for _, s := range p.place() {
		if s.Name == name {
			return s.rva, s.off
		}
	}
	return 0, 0
}

// SizeOfImage returns the length of the image in memory.
func (p PE) SizeOfImage() int {
	end := PageSize
	for _, s := range p.place() {
		end = s.rva + roundUp(int(s.Size), PageSize)
	}
	return end
}

type placedSection struct {
	PESection
	rva, off, raw int // raw is the length of the data in the file
	directory     int // number of the data directory that it serves, 0 for none
	size          int // of what the directory names
}

// place gives every section its place in memory and in the file.
func (p PE) place() []placedSection {
	var list []placedSection
	rva, off := PageSize, 0x400
	add := func(s PESection, directory, size int) {
		s.Size = orElse(s.Size, uint32(len(s.Data)))
		s.Characteristics = orElse(s.Characteristics, 0x48000040)
		raw := roundUp(len(s.Data), 0x200)
		list = append(list, placedSection{s, rva, off, raw, directory, size})
		rva += roundUp(int(s.Size), PageSize)
		off += raw
	}
	for _, s := range p.Sections {
		add(s, 0, 0)
	}
	if p.Exceptions != nil {
		add(PESection{Name: ".pdata", Data: p.Exceptions}, 3, len(p.Exceptions))
	}
	if p.CodeView != nil {
		add(PESection{Name: ".rdata", Data: debugDirectory(rva, off, p.CodeView, p.Dated)}, 6, 2*0x1C)
	}
	if p.Version != nil {
		data := versionResource(rva, p.Version)
		add(PESection{Name: ".rsrc", Data: data, Characteristics: 0x42000040}, 2, len(data))
	}
	return list
}

// debugDirectory returns a section with two entries, of which the second one leads to the CodeView record at 0x60.
func debugDirectory(rva, off int, record []byte, dated bool) []byte {
	first := uint32(16) // a reproducible build
	if dated {
		first = 12 // features that the compiler used
	}
	var m Image
	m.PutU32(0xC, first)
	m.PutU32(0x1C+0xC, 2, uint32(len(record)), uint32(rva+0x60), uint32(off+0x60))
	m.PutBytes(0x60, record)
	return m.Data()
}

// versionResource returns a section with a resource named MUI, one of type 3, and a version at 0x90, in US English.
func versionResource(rva int, version []byte) []byte {
	const dir = 0x80000000
	var m Image
	m.PutU16(0x0C, 1, 2)
	m.PutU32(0x10, dir|0x68, dir|0x70, 3, dir|0x70, 16, dir|0x28)
	m.PutU16(0x28+0xE, 1)
	m.PutU32(0x38, 1, dir|0x40)
	m.PutU16(0x40+0xE, 1)
	m.PutU32(0x50, 0x409, 0x58)
	m.PutU32(0x58, uint32(rva+0x90), uint32(len(version)))
	m.PutU16(0x68, 3)
	m.PutUTF16(0x6A, "MUI")
	m.PutBytes(0x90, version)
	return m.Data()
}

func (p PE) image(inFile bool) *Image {
	p.Machine = orElse(p.Machine, AMD64)
	sections := p.place()
	m := &Image{}
	m.Grow(0x400)
	m.PutASCII(0x0, "MZ")
	m.PutU32(0x3C, 0x80)
	m.PutASCII(0x80, "PE\x00\x00")
	m.PutU16(0x84, p.Machine, uint16(len(sections)))
	m.PutU32(0x88, p.TimeDateStamp)

	m.PutU32(0x98+0x10, p.EntryPoint, PageSize)
	m.PutU32(0x98+0x20, PageSize, 0x200)
	m.PutU32(0x98+0x38, uint32(p.SizeOfImage()), 0x400, p.CheckSum)
	m.PutU16(0x98+0x44, orElse(p.Subsystem, 1))
	directories := 0x98 + 0x70
	if p.Machine == X86 || p.Machine == ARM {
		m.PutU16(0x94, 0xE0, 0x102)
		m.PutU16(0x98, 0x10B)
		m.PutU32(0x98+0x1C, uint32(p.ImageBase))
		directories = 0x98 + 0x60
	} else {
		m.PutU16(0x94, 0xF0, 0x22)
		m.PutU16(0x98, 0x20B)
		m.PutU64(0x98+0x18, p.ImageBase)
	}
	m.PutU32(directories-4, 16)

	for i, s := range sections {
		header := directories + 16*8 + i*0x28
		m.PutASCII(header, s.Name)
		m.PutU32(header+0x8, s.Size, uint32(s.rva), uint32(s.raw), uint32(s.off))
		m.PutU32(header+0x24, s.Characteristics)
		if s.directory != 0 {
			m.PutU32(directories+8*s.directory, uint32(s.rva), uint32(s.size))
		}
	}
	for _, s := range sections {
		if inFile {
			m.PutBytes(s.off, s.Data)
			m.Grow(s.off + s.raw)
		} else {
			m.PutBytes(s.rva, s.Data)
		}
	}
	if !inFile {
		m.Grow(p.SizeOfImage())
	}
	return m
}
