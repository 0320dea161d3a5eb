package bin

import (
	"bytes"
	"unicode/utf16"
)

// ASCIIZ returns the text before the first NUL, or all of b where there is none.
func ASCIIZ(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// UTF16 decodes little-endian UTF-16. A last odd byte is dropped; a lone surrogate becomes U+FFFD.
func UTF16(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
	}
	return string(utf16.Decode(units))
}

// UTF16Z decodes little-endian UTF-16 up to the first NUL unit, or all of b where there is none.
func UTF16Z(b []byte) string {
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] == 0 && b[i+1] == 0 {
			return UTF16(b[:i])
		}
	}
	return UTF16(b)
}
