package dmptest

import (
	"bytes"
	"encoding/binary"
)

// Fuzzed is a dump whose words a fuzzer changes.
type Fuzzed struct {
	data  []byte
	words []int // offsets of the words of the pages that are not zero
}

// NewFuzzed takes a dump whose header has 0x2000 bytes.
func NewFuzzed(data []byte) Fuzzed {
	f := Fuzzed{data: data}
	for off := 0x2000; off+8 <= len(data); off += 8 {
		if binary.LittleEndian.Uint64(data[off:]) != 0 {
			f.words = append(f.words, off)
		}
	}
	return f
}

// Change returns the dump with up to 64 words changed: of 12 bytes each, 4 say which word and 8 what it becomes. A value from 2^63 on
// that is no kernel address stands for another word of the dump, so that pointers lead to wrong places that exist.
func (f Fuzzed) Change(changes []byte) []byte {
	data := bytes.Clone(f.data)
	for range min(64, len(changes)/12) {
		at, v := int(binary.LittleEndian.Uint32(changes)), binary.LittleEndian.Uint64(changes[4:])
		if v>>63 != 0 && v>>48 != 0xFFFF {
			v = binary.LittleEndian.Uint64(data[f.words[v%uint64(len(f.words))]:])
		}
		binary.LittleEndian.PutUint64(data[f.words[at%len(f.words)]:], v)
		changes = changes[12:]
	}
	return data
}
