package secondary

import (
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// TriageData says who added which memory to a triage dump. The bytes of it are in the dump's data blocks.
type TriageData struct {
	Groups []TriageGroup
}

// TriageGroup is the memory that one part of Windows added.
type TriageGroup struct {
	Name   string // "IoTriageDumpData", or a tag of one letter
	Ranges []VirtualRange
}

// VirtualRange is a range of virtual memory.
type VirtualRange struct {
	VA   dmpfile.VirtAddr
	Size uint64 // bytes
}

// ReadTriageData decodes the stream 2b4ae195 (nt!GUID_TRIAGEDUMP_DATA): groups of u32 count, u32 length of the name, ranges of u64 address and u64 size,
// name. The layout was worked out on real dumps.
func ReadTriageData(b []byte) (*TriageData, int, error) {
	t := &TriageData{}
	s := le(b)
	off := 0
	for off < len(b) {
		count, length := int64(s.u32(off)), int64(s.u32(off+4))
		if !s.has(off, 8) || count*16+length > int64(len(b)-off-8) {
			return t, off, stopped(off, "a group of ranges of memory does not end in the stream: its count", count)
		}
		g := TriageGroup{}
		at := off + 8
		for range count {
			g.Ranges = append(g.Ranges, VirtualRange{dmpfile.VirtAddr(s.u64(at)), s.u64(at + 8)})
			at += 16
		}
		g.Name = bin.ASCIIZ(b[at : at+int(length)])
		t.Groups = append(t.Groups, g)
		off = at + int(length)
	}
	return t, off, nil
}

// Fields returns a group for each name.
func (t *TriageData) Fields() []Field {
	f := make([]Field, len(t.Groups))
	for i, g := range t.Groups {
		f[i].Name = g.Name
		for _, r := range g.Ranges {
			f[i].Fields = append(f[i].Fields, textField(fmt.Sprintf("%016x", uint64(r.VA)), fmt.Sprintf("%d bytes", r.Size)))
		}
	}
	return f
}
