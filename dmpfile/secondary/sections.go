package secondary

import (
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/sections"
)

// Sections is memory that parts of Windows added to a triage dump, with its bytes: newer builds (26100) write it where older ones have TriageData, and
// the dump's data blocks lack most of those bytes. dmpfile.Triage.ReadVirtual serves them too.
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

// ReadSections decodes the stream 0d910545. Its layout was worked out on real dumps.
func ReadSections(b []byte) (*Sections, int, error) {
	t := &Sections{}
	list, n, stop := sections.Read(b)
	for _, s := range list {
		section := Section{Name: s.Name}
		for _, m := range s.Blocks {
			section.Blocks = append(section.Blocks, MemoryBlock{dmpfile.VirtAddr(m.VA), b[m.Off : m.Off+m.Size : m.Off+m.Size]})
		}
		t.Sections = append(t.Sections, section)
	}
	if stop != nil {
		return t, n, stopped(stop.Offset, stop.What, stop.Value)
	}
	return readTo(t, n, b)
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
