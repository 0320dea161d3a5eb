package secondary

import "github.com/dmplens/dmplens/dmpfile"

// TriageData says who added which memory to a triage dump. The bytes of it are in the dump's data blocks.
type TriageData struct {
	Groups []TriageGroup
}

// TriageGroup is the memory that one part of Windows added.
type TriageGroup struct {
	Name   string // "IoTriageDumpData", or a tag
	Ranges []VirtualRange
}

// VirtualRange is a range of virtual memory.
type VirtualRange struct {
	VA   dmpfile.VirtAddr
	Size uint64 // bytes
}

// ReadTriageData decodes the stream 2b4ae195.
func ReadTriageData(b []byte) (*TriageData, int, error) { return &TriageData{}, 0, nil }

// Fields returns a group for each name.
func (t *TriageData) Fields() []Field { return nil }
