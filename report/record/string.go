package record

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// appendString appends a JSON string, as encoding/json writes it when it leaves HTML alone, with hidden characters escaped.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	if plain(s) {
		b = append(b, s...)
	} else {
		b = appendUnplain(b, s)
	}
	return append(b, '"')
}

// plain says whether all of a string is printable ASCII that needs no escape. It looks at eight bytes at a time, and collects in the top
// bit of each whether the byte is another.
func plain(s string) bool {
	const ones = 0x0101010101010101
	for ; len(s) >= 8; s = s[8:] {
		x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		quote, backslash := x^'"'*ones, x^'\\'*ones
		below := (x-' '*ones)&^x | (quote-ones)&^quote | (backslash-ones)&^backslash
		above := x | (x + ones)
		if (below|above)&(0x80*ones) != 0 {
			return false
		}
	}
	for i := range len(s) {
		if !plainByte(s[i]) {
			return false
		}
	}
	return true
}

func plainByte(c byte) bool { return ' ' <= c && c < 0x7f && c != '"' && c != '\\' }

func appendUnplain(b []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		if plainByte(s[i]) {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		invalid := r == utf8.RuneError && size == 1
		if r >= 0x7f && !invalid && r != '\u2028' && r != '\u2029' && !hidden(r) {
			i += size
			continue
		}
		b = append(b, s[start:i]...)
		if k := strings.IndexByte("\"\\\b\f\n\r\t", s[i]); k >= 0 {
			b = append(b, '\\', `"\bfnrt`[k])
		} else {
			b = appendEscaped(b, r)
		}
		i += size
		start = i
	}
	return append(b, s[start:]...)
}

// appendEscaped appends a character as \uXXXX, two of them where it takes two.
func appendEscaped(b []byte, r rune) []byte {
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return appendEscaped(appendEscaped(b, high), low)
	}
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}
