package secondary

import (
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Sections is memory that parts of Windows added to a triage dump, with its bytes: newer builds (26100) write it where older ones have TriageData, and
// the dump's data blocks do not have those bytes. The memory of a triage dump (dmpfile.Triage.ReadVirtual) has them too.
type Sections struct {
	Sections []Section
}

// Section is the memory that one part of Windows added.
type Section struct {
	Name   string // "IoTriageDumpData", or a tag of one letter
	Blocks []MemoryBlock
}

// MemoryBlock is a piece of virtual memory.
type MemoryBlock struct {
	VA   dmpfile.VirtAddr
	Data []byte // shares the memory of the stream
}

// The stream has a header: u32 length, u16 version, u16 number of sections, u32 size of the stream. A section has one too: u32 length with its name, u32
// number of blocks, u32 size of the blocks, u32 0, u32 length of the name, name. A block is u64 address, u64 size, bytes.
const (
	sectionsHeader = 0x18
	sectionHeader  = 0x14
	sectionBlock   = 0x10
)

// ReadSections decodes the stream 0d910545. Its layout was worked out on real dumps.
func ReadSections(b []byte) (*Sections, int, error) {
	t := &Sections{}
	s := le(b)
	if !s.has(0, sectionsHeader) || s.u32(0) < sectionsHeader || int64(s.u32(0)) > int64(len(b)) {
		return t, 0, stopped(0, "the header of the sections is cut or of another form: its length", s.u32(0))
	}
	off := int(s.u32(0))
	for range s.u16(6) {
		begin, size, nameSize := int64(s.u32(off)), int64(s.u32(off+8)), int64(s.u32(off+0x10))
		if !s.has(off, sectionHeader) || begin < sectionHeader || begin+size > int64(len(b)-off) || nameSize > begin-sectionHeader {
			return t, off, stopped(off, "a section does not end in the stream: the length of its header", begin)
		}
		section := Section{Name: bin.ASCIIZ(b[off+sectionHeader : off+sectionHeader+int(nameSize)])}
		at, end := off+int(begin), off+int(begin+size)
		for range s.u32(off + 4) {
			n := s.u64(at + 8)
			if at+sectionBlock > end || n > uint64(end-at-sectionBlock) {
				t.Sections = append(t.Sections, section)
				return t, at, stopped(at, "a block of memory does not end in its section: its size", n)
			}
			data := at + sectionBlock
			section.Blocks = append(section.Blocks, MemoryBlock{dmpfile.VirtAddr(s.u64(at)), b[data : data+int(n) : data+int(n)]})
			at = data + int(n)
		}
		t.Sections = append(t.Sections, section)
		if at != end {
			return t, at, stopped(at, "bytes follow the blocks of a section: how many", end-at)
		}
		off = end
	}
	return readTo(t, off, b)
}

// Fields returns a group for each section. The memory is not shown: it can hold names.
func (t *Sections) Fields() []Field {
	f := make([]Field, len(t.Sections))
	for i, s := range t.Sections {
		f[i].Name = s.Name
		for _, m := range s.Blocks {
			f[i].Fields = append(f[i].Fields, textField(fmt.Sprintf("%016x", uint64(m.VA)), fmt.Sprintf("%d bytes", len(m.Data))))
		}
	}
	return f
}
