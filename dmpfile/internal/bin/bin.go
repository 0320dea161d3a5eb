// Package bin reads little-endian fields out of bytes that cannot be trusted.
//
// Every function takes an offset that may come from the file itself. An offset outside the bytes is reported, never a panic.
package bin

import "encoding/binary"

// U16 returns the 16-bit number at off.
func U16(b []byte, off int) (v uint16, ok bool) {
	if s, ok := Slice(b, off, 2); ok {
		return binary.LittleEndian.Uint16(s), true
	}
	return 0, false
}

// U32 returns the 32-bit number at off.
func U32(b []byte, off int) (v uint32, ok bool) {
	if s, ok := Slice(b, off, 4); ok {
		return binary.LittleEndian.Uint32(s), true
	}
	return 0, false
}

// U64 returns the 64-bit number at off.
func U64(b []byte, off int) (v uint64, ok bool) {
	if s, ok := Slice(b, off, 8); ok {
		return binary.LittleEndian.Uint64(s), true
	}
	return 0, false
}

// Pointer returns the pointer of the given width (32 or 64 bits) at off, zero-extended.
func Pointer(b []byte, off, bits int) (v uint64, ok bool) {
	if bits == 64 {
		return U64(b, off)
	}
	v32, ok := U32(b, off)
	return uint64(v32), ok
}

// Slice returns the n bytes at off.
func Slice(b []byte, off, n int) ([]byte, bool) {
	if off < 0 || n < 0 || off > len(b) || n > len(b)-off {
		return nil, false
	}
	return b[off : off+n : off+n], true
}
