package machine

import (
	"bytes"
	"strings"
)

// SMBIOSHeader is how many bytes stand before the structures in Windows' copy of the SMBIOS tables (RawSMBIOSData).
const SMBIOSHeader = 8

// EndOfTables is the type of the structure that ends the tables.
const EndOfTables = 127

// Structure is a structure of the SMBIOS tables, by the DMTF's specification (DSP0134). Its fields and texts are parts of the tables.
type Structure struct {
	Type      uint8
	Formatted []byte // its fields, from the four bytes of its header on
	texts     []byte
	Cut       bool // the tables end inside its texts
}

// NextStructure returns the first structure of b, and how many bytes it has with its texts. ok is false where b begins with none.
func NextStructure(b []byte) (s Structure, n int, ok bool) {
	if len(b) < 4 || int(b[1]) < 4 || int(b[1]) > len(b) {
		return Structure{}, 0, false
	}
	s = Structure{Type: b[0], Formatted: b[:b[1]]}
	// The texts end with an empty one; a structure without texts has two zero bytes.
	texts := b[b[1]:]
	end := bytes.Index(texts, []byte{0, 0})
	if end < 0 {
		s.texts, s.Cut = texts, true
		return s, len(b), true
	}
	s.texts = texts[:end]
	return s, int(b[1]) + end + 2, true
}

// Text returns the text whose number is at off, without spaces around it; "" where there is none.
func (s Structure) Text(off int) string {
	if off >= len(s.Formatted) || s.Formatted[off] == 0 {
		return ""
	}
	rest, more := s.texts, true
	for n := s.Formatted[off]; n > 1 && more; n-- {
		_, rest, more = bytes.Cut(rest, []byte{0})
	}
	rest, _, _ = bytes.Cut(rest, []byte{0})
	return strings.TrimSpace(string(rest))
}

// Name is Text, "" where nobody chose it.
func (s Structure) Name(off int) string { return Named(s.Text(off)) }
