package bin

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
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
	return string(appendUTF16(make([]byte, 0, 64), b)) // most texts fit
}

func appendUTF16(text, b []byte) []byte {
	for len(b) >= 2 {
		r := unit(b)
		b = b[2:]
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if len(b) >= 2 {
				pair = utf16.DecodeRune(r, unit(b))
			}
			if r = pair; r != utf8.RuneError {
				b = b[2:]
			}
		}
		text = utf8.AppendRune(text, r)
	}
	return text
}

func unit(b []byte) rune { return rune(b[0]) | rune(b[1])<<8 }

// UTF16Z decodes little-endian UTF-16 up to the first NUL unit, or all of b where there is none.
func UTF16Z(b []byte) string { return UTF16(untilNUL(b)) }

// AppendUTF16Z appends what UTF16Z decodes.
func AppendUTF16Z(text, b []byte) []byte { return appendUTF16(text, untilNUL(b)) }

func untilNUL(b []byte) []byte {
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] == 0 && b[i+1] == 0 {
			return b[:i]
		}
	}
	return b
}
