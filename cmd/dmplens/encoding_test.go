package main

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestDecoded(t *testing.T) {
	for in, want := range map[string]string{
		"":                              "",
		"a":                             "a",
		"a\xff\xfe":                     "a\xff\xfe",
		"\xef\xbb\xbfa\n":               "a\n",
		"\xef\xbba":                     "\xef\xbba",
		"\xff\xfea\x00\n\x00":           "a\n",
		"\xfe\xff\x00a\x00\n":           "a\n",
		"\xff\xfe":                      "",
		"\xff\xfe\xe9\x00b":             "é\ufffd",
		"\xff\xfe\x3d\xd8\x00\xde!\x00": "😀!",
		"\xff\xfe\x3d\xd8!\x00":         "\ufffd!",
		"\xff\xfe\x00\xde":              "\ufffd",
		"\xff\xfe\x3d\xd8":              "\ufffd",
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(in), "bytes": iotest.OneByteReader(strings.NewReader(in))} {
			b, err := io.ReadAll(decoded(r))
			if err != nil || string(b) != want {
				t.Errorf("%q by %s: %q, %v, want %q", in, name, b, err, want)
			}
		}
	}
	long := "\xff\xfe" + strings.Repeat("x\x00", 100_000)
	if b, err := io.ReadAll(decoded(strings.NewReader(long))); err != nil || string(b) != strings.Repeat("x", 100_000) {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	if _, err := io.ReadAll(decoded(iotest.ErrReader(io.ErrClosedPipe))); err != io.ErrClosedPipe {
		t.Errorf("%v", err)
	}
}
