package whea

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// fields takes the fields of a section, or of a structure in one. What the validation bits call invalid is left out; the first field that lies beyond the
// end is where the reading stops.
type fields struct {
	b     []byte
	base  int64  // where b is in the record
	valid uint64 // the validation bits
	list  []Field
	err   error
}

// always is the validation bit of a field that has none.
const always = -1

// number reads a field of 1 to 8 bytes. ok is false where it is not valid or not there.
func (f *fields) number(bit, off, size int) (v uint64, ok bool) {
	if bit != always && f.valid>>bit&1 == 0 {
		return 0, false
	}
	s, ok := f.slice(off, size)
	for i := len(s) - 1; i >= 0; i-- {
		v = v<<8 | uint64(s[i])
	}
	return v, ok
}

func (f *fields) slice(off, n int) ([]byte, bool) {
	s, ok := bin.Slice(f.b, off, n)
	if !ok && f.err == nil {
		f.err = cut(int(f.base)+len(f.b), "a section ends in its fields")
	}
	return s, ok
}

// validation reads the validation bits.
func (f *fields) validation(off, size int) { f.valid, _ = f.number(always, off, size) }

func (f *fields) add(name, value string, of ...Field) {
	f.list = append(f.list, Field{Name: name, Value: value, Fields: of})
}

// hex and decimal add a number.
func (f *fields) hex(bit int, name string, off, size int) {
	if v, ok := f.number(bit, off, size); ok {
		f.add(name, hex(v))
	}
}

func (f *fields) decimal(bit int, name string, off, size int) {
	if v, ok := f.number(bit, off, size); ok {
		f.add(name, fmt.Sprint(v))
	}
}

// named adds a number that has a name, or the number where there is none.
func (f *fields) named(bit int, name string, off, size int, names map[uint64]string) {
	if v, ok := f.number(bit, off, size); ok {
		f.add(name, nameOf(v, names))
	}
}

// flags adds the names of the bits that are set.
func (f *fields) flags(bit int, name string, off, size int, names []string) {
	if v, ok := f.number(bit, off, size); ok {
		f.add(name, bitNames(v, names))
	}
}

// text adds a text that ends with the field or at a zero.
func (f *fields) text(bit int, name string, off, size int) {
	if bit != always && f.valid>>bit&1 == 0 {
		return
	}
	if s, ok := f.slice(off, size); ok {
		if t := strings.TrimSpace(bin.ASCIIZ(s)); t != "" {
			f.add(name, t)
		}
	}
}

// bytes adds bytes as they are.
func (f *fields) bytes(bit int, name string, off, size int) {
	if bit != always && f.valid>>bit&1 == 0 {
		return
	}
	const shown = 1024
	if s, ok := f.slice(off, size); ok && len(s) > shown {
		f.add(name, fmt.Sprintf("%x ... (%d bytes)", s[:shown], len(s)))
	} else if ok && len(s) > 0 {
		f.add(name, fmt.Sprintf("%x", s))
	}
}

// private marks the field that was added last, if it is this one.
func (f *fields) private(name string) {
	if n := len(f.list); n > 0 && f.list[n-1].Name == name {
		f.list[n-1].Private = true
	}
}

// group adds the fields that fill takes as those of a group. Nothing is added where there are none.
func (f *fields) group(name string, fill func()) {
	outer := f.list
	f.list = nil
	fill()
	if inner := f.list; len(inner) > 0 {
		outer = append(outer, Field{Name: name, Fields: inner})
	}
	f.list = outer
}

// part is a structure in the section, with validation bits of its own. It has as much of n bytes as there is.
func (f *fields) part(off, n int) fields {
	off = min(max(off, 0), len(f.b))
	return fields{b: f.b[off:min(off+n, len(f.b))], base: f.base + int64(off), err: f.err}
}

func hex(v uint64) string { return fmt.Sprintf("%#x", v) }

// nameOf is a number's name, with the number where it has none.
func nameOf(v uint64, names map[uint64]string) string {
	if s, ok := names[v]; ok {
		return s
	}
	return hex(v)
}

// setBits lists the names of the bits that are set, lowest first. A bit without a name has its number.
func setBits(v uint64, names []string) []string {
	var set []string
	for ; v != 0; v &= v - 1 {
		if i := bits.TrailingZeros64(v); i < len(names) && names[i] != "" {
			set = append(set, names[i])
		} else {
			set = append(set, fmt.Sprintf("bit %d", i))
		}
	}
	return set
}

// bitNames is a number and the names of its bits.
func bitNames(v uint64, names []string) string {
	if v == 0 {
		return hex(v)
	}
	return hex(v) + ": " + strings.Join(setBits(v, names), ", ")
}
