package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes a string from a dump or a file name safe to show: control, escape and bidirectional characters become U+FFFD, so that
// they can neither move a cursor nor change how the text around them reads. Bytes that are no UTF-8 become \xNN.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return unicode.ReplacementChar
		}
		return r
	}, ValidUTF8(s))
}

// plain says whether a text is of ASCII that can be seen, and blanks, as most are.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Unpadded removes the blanks that firmware pads its texts with.
func Unpadded(s string) string { return strings.Join(strings.Fields(s), " ") }

// ValidUTF8 writes the bytes of a string that are no UTF-8 as \xNN.
func ValidUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[0])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}
