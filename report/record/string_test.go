package record

import (
	"encoding/json"
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

// sameString compares a string with what encoding/json makes of it, and reads it back.
func sameString(t *testing.T, s string) {
	t.Helper()
	line, err := marshal(s, "")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(appendString(nil, s)), strings.TrimSuffix(string(line), "\n"); got != want {
		t.Errorf("%q becomes %q, want %q", s, got, want)
	}
	var back string
	if err := json.Unmarshal(line, &back); err != nil || back != string([]rune(s)) {
		t.Errorf("%q comes back as %q: %v", s, back, err)
	}
}

func TestString(t *testing.T) {
	const want = `"\u009b\u202e\udb40\udc01\u007f\u001b\ufffd\u2028\n\\<é>"`
	if got := string(appendString(nil, "\u009b\u202e\U000e0001\x7f\x1b\xff\u2028\n\\<é>")); got != want {
		t.Errorf("%s, want %s", got, want)
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
