package batch

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// FuzzIsValid compares what is JSON with what jsontext takes for it.
func FuzzIsValid(f *testing.F) {
	for _, line := range sampleLines(f) {
		f.Add(line)
	}
	for _, line := range []string{
		``, ` `, `nul`, `null`, `nulls`, `true`, `false `, `truefalse`, "\t[\r\n]", `[1,2 , 3]`, `[1,]`, `[,1]`, `[1 2]`, `{"a":1}`, `{"a":1,}`, `{"a"}`, `{a:1}`, `{"a":}`, `{"a",1}`, `[}`, `{]`,
		`{"a":1]`, `[1}`, `{,}`, `{"a":1,"a":2}`, `-`, `-0`, `00`, `-01`, `1.`, `.1`, `1.5`, `1e`, `1e+`, `1E-7`, `1.e1`, `0x1`, `+1`, `1 1`, `"`, `"a`, `"a"b`, `"\"`, `"\\"`, `"\`, `"\u`, `"\u12`, `"\u123"`,
		`"\u12g4"`, `"\uD834\udd1e"`, `"\ud800"`, `"\ud800\u0041"`, `"\udc00x"`, `"\'"`, `"\a\b"`, `"\/\b\f\n\r\t"`, "\"\x00\"", "\"12345678\x1f12345678\"", "\"1234567\x7f\x80\xff é €\"", "\"tab\there\"",
		"\x00", "[\x00]", "\ufeff1", "\u00a01", `"12345678\"12345678"`, `"1234567!#[]^"`,
		strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
		strings.Repeat(`{"":`, 10_000) + `0` + strings.Repeat("}", 10_000), strings.Repeat(`{"":`, 10_001) + `0` + strings.Repeat("}", 10_001),
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var c cursor
		if got, want := c.isValid(line), jsontext.Value(line).IsValid(asWritten); got != want {
			t.Errorf("%.200q: %v, want %v: %v", line, got, want, c.err)
		}
	})
}

// TestPlainText has each byte at each place of the eight that are looked at together.
func TestPlainText(t *testing.T) {
	for b := range 256 {
		for at := range 16 {
			text := []byte(`"----------------"`)
			text[1+at] = byte(b)
			end, plain := skipText(text, 0)
			switch {
			case b == '"' && (end != at+2 || !plain), b < ' ' && end >= 0, b == '\\' && end >= 0:
				t.Errorf("%q: %d, %v", text, end, plain)
			case b >= ' ' && b != '"' && b != '\\' && (end != len(text) || plain != (b < 0x80)):
				t.Errorf("%q: %d, %v", text, end, plain)
			}
		}
	}
}
