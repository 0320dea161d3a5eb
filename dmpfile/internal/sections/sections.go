// Package sections reads the stream 0d910545 of secondary data: named memory that parts of Windows added to a triage dump, with its bytes. The layout was
// worked out on real dumps of build 26100.
//
// The stream has a header: u32 length, u16 version, u16 number of sections, u32 size of the stream. A section has one too: u32 length with its name, u32
// number of blocks, u32 size of the blocks, u32 0, u32 length of the name, name. A block is u64 address, u64 size, bytes.
package sections

import "github.com/dmplens/dmplens/dmpfile/internal/bin"

// Tag is the tag of the stream.
const Tag = "0d910545-e694-4b15-870c-01625fb32a6f"

// Section is the memory that one part of Windows added.
type Section struct {
	Name   string
	Blocks []Block
}

// Block is a piece of virtual memory.
type Block struct {
	VA        uint64
	Off, Size int // in the stream
}

// Stop says where a stream is not understood any more.
type Stop struct {
	Offset int
	What   string
	Value  uint64
}

const (
	streamHeader  = 0x18
	sectionHeader = 0x14
	blockHeader   = 0x10
)

// Read returns the sections, and where it stopped; nil where that is the end of what the stream says of itself, which is n bytes.
func Read(b []byte) (list []Section, n int, stop *Stop) {
	u32 := func(off int) int64 { v, _ := bin.U32(b, off); return int64(v) }
	fits := func(off, n int) bool { _, ok := bin.Slice(b, off, n); return ok }
	if !fits(0, streamHeader) || u32(0) < streamHeader || u32(0) > int64(len(b)) {
		return nil, 0, &Stop{0, "the header of the sections is cut or of another form: its length", uint64(u32(0))}
	}
	off := int(u32(0))
	count, _ := bin.U16(b, 6)
	for range count {
		begin, size, nameSize := u32(off), u32(off+8), u32(off+0x10)
		if !fits(off, sectionHeader) || begin < sectionHeader || begin+size > int64(len(b)-off) || nameSize > begin-sectionHeader {
			return list, off, &Stop{off, "a section does not end in the stream: the length of its header", uint64(begin)}
		}
		name := off + sectionHeader
		list = append(list, Section{Name: bin.ASCIIZ(b[name : name+int(nameSize)])})
		section := &list[len(list)-1]
		at, end := off+int(begin), off+int(begin+size)
		for range u32(off + 4) {
			va, _ := bin.U64(b, at)
			size, _ := bin.U64(b, at+8)
			if at+blockHeader > end || size > uint64(end-at-blockHeader) {
				return list, at, &Stop{at, "a block of memory does not end in its section: its size", size}
			}
			at += blockHeader
			section.Blocks = append(section.Blocks, Block{va, at, int(size)})
			at += int(size)
		}
		if at != end {
			return list, at, &Stop{at, "bytes follow the blocks of a section: how many", uint64(end - at)}
		}
		off = end
	}
	return list, off, nil
}
