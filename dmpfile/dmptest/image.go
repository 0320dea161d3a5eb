package dmptest

import (
	"encoding/binary"
	"unicode/utf16"
)

// PageSize is the size of a page in every dump.
const PageSize = 0x1000

// Image is a dump under construction. The Put methods write little-endian values at absolute offsets and grow the image
// with zero bytes when needed. The zero Image is empty.
type Image struct {
	b []byte
}

// NewImage returns an image of size bytes that hold nothing but the filler "PAGE".
func NewImage(size int) *Image {
	m := &Image{}
	m.PutFiller(0, size)
	return m
}

// Load returns an image that holds a copy of data.
func Load(data []byte) *Image {
	return &Image{b: append([]byte(nil), data...)}
}

// at makes sure that n bytes exist at off, and returns them.
func (m *Image) at(off, n int) []byte {
	if missing := off + n - len(m.b); missing > 0 {
		m.b = append(m.b, make([]byte, missing)...)
	}
	return m.b[off : off+n]
}

// PutU8 writes the values one after the other at off.
func (m *Image) PutU8(off int, v ...uint8) {
	copy(m.at(off, len(v)), v)
}

// PutU16 writes the values one after the other at off.
func (m *Image) PutU16(off int, v ...uint16) {
	for i, x := range v {
		binary.LittleEndian.PutUint16(m.at(off+2*i, 2), x)
	}
}

// PutU32 writes the values one after the other at off.
func (m *Image) PutU32(off int, v ...uint32) {
	for i, x := range v {
		binary.LittleEndian.PutUint32(m.at(off+4*i, 4), x)
	}
}

// PutU64 writes the values one after the other at off.
func (m *Image) PutU64(off int, v ...uint64) {
	for i, x := range v {
		binary.LittleEndian.PutUint64(m.at(off+8*i, 8), x)
	}
}

// PutPtr writes the values one after the other at off, in size (4 or 8) bytes each.
func (m *Image) PutPtr(off, size int, v ...uint64) {
	for i, x := range v {
		if size == 4 {
			m.PutU32(off+4*i, uint32(x))
		} else {
			m.PutU64(off+8*i, x)
		}
	}
}

// PutBytes writes b at off.
func (m *Image) PutBytes(off int, b []byte) {
	copy(m.at(off, len(b)), b)
}

// PutASCII writes the bytes of s at off, without a terminator.
func (m *Image) PutASCII(off int, s string) {
	m.PutBytes(off, []byte(s))
}

// PutUTF16 writes s in UTF-16 at off, without a terminator.
func (m *Image) PutUTF16(off int, s string) {
	m.PutU16(off, utf16.Encode([]rune(s))...)
}

// PutZero writes n zero bytes at off.
func (m *Image) PutZero(off, n int) {
	clear(m.at(off, n))
}

// PutFiller writes n bytes of filler at off: each byte is the one of "PAGE" that belongs to its offset.
func (m *Image) PutFiller(off, n int) {
	b := m.at(off, n)
	for i := range b {
		b[i] = "PAGE"[(off+i)%4]
	}
}

// Append writes b at the end and returns the offset it went to.
func (m *Image) Append(b []byte) int {
	off := len(m.b)
	m.b = append(m.b, b...)
	return off
}

// Align grows the image with zero bytes to a multiple of n, and returns its new length.
func (m *Image) Align(n int) int {
	return m.Grow(roundUp(len(m.b), n))
}

// Grow makes the image at least size bytes long, with zero bytes, and returns its new length.
func (m *Image) Grow(size int) int {
	if size > len(m.b) {
		m.at(size, 0)
	}
	return len(m.b)
}

// Truncate cuts the image to size bytes.
func (m *Image) Truncate(size int) {
	m.b = m.b[:size]
}

// Len is the length of the image.
func (m *Image) Len() int { return len(m.b) }

// Data returns the bytes of the image, not a copy.
func (m *Image) Data() []byte { return m.b }

func roundUp[T int | uint64](n, unit T) T {
	return (n + unit - 1) / unit * unit
}

func utf16Bytes(s string) []byte {
	var m Image
	m.PutUTF16(0, s)
	return m.b
}

// utf16Z returns s in UTF-16 with its terminator.
func utf16Z(s string) []byte {
	return append(utf16Bytes(s), 0, 0)
}
