package record

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// hostile are texts that need escaping, and some that look so.
var hostile = []string{
	"\"", "\\", "\x00", "\b", "\f", "\n", "\r", "\t", "\x1b[31m", "\x1f", " ", "\x7f", "<&>", "/", "\u0080", "\u009b", "\u00ad", "é",
	"\u200b", "\u202e", "\u2028", "\u2029", "\u2066", "\ufeff", "\ufffd", "\uffff", "\U0001f600", "\U000e0001", "\U0010ffff",
	"\xff", "\xc3", "\xe2\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", `C:\Windows`, "plain",
}

func sameString(t *testing.T, s string) {
	t.Helper()
	line, err := marshal(s, "")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(appendString(nil, s)), strings.TrimSuffix(string(line), "\n"); got != want {
		t.Errorf("%q becomes %q, want %q", s, got, want)
	}
}

// TestEveryByte has each byte at each place of strings that are looked at eight bytes at a time.
func TestEveryByte(t *testing.T) {
	for c := range 256 {
		for at := range 18 {
			sameString(t, strings.Repeat("a", at)+string([]byte{byte(c)})+strings.Repeat("~", 17-at))
		}
	}
}

func TestEveryCharacter(t *testing.T) {
	for page := rune(0); page <= utf8.MaxRune; page += 256 {
		var b []byte
		for r := page; r < page+256; r++ {
			b = utf8.AppendRune(b, r)
		}
		sameString(t, string(b))
	}
}

func FuzzString(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(sameString)
}
