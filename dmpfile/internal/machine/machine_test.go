package machine_test

import (
	"testing"

	"github.com/dmplens/dmplens/dmpfile/internal/machine"
)

func TestNextStructure(t *testing.T) {
	for _, c := range []struct {
		name, data string
		ok         bool
		n          int
		first      string
		cut        bool
	}{
		{"two texts", "\x01\x05\x00\x00\x02one\x00 two \x00\x00rest", true, 16, "two", false},
		{"no texts", "\x02\x04\x00\x00\x00\x00rest", true, 6, "", false},
		{"a text that there is not", "\x01\x05\x00\x00\x03one\x00\x00", true, 10, "", false},
		{"cut in a text", "\x01\x05\x00\x00\x01on", true, 7, "on", true},
		{"cut behind a text", "\x01\x05\x00\x00\x01one\x00", true, 9, "one", true},
		{"3 bytes", "\x01\x03\x00\x00\x00\x00", false, 0, "", false},
		{"longer than the tables", "\x01\x07\x00\x00\x00\x00", false, 0, "", false},
		{"cut in its head", "\x01\x04\x00", false, 0, "", false},
		{"empty", "", false, 0, "", false},
	} {
		s, n, ok := machine.NextStructure([]byte(c.data))
		if ok != c.ok || n != c.n || s.Cut != c.cut || ok && s.Text(4) != c.first {
			t.Errorf("%s: %+v, %d bytes, %v", c.name, s, n, ok)
		}
	}
}

func TestNextRegister(t *testing.T) {
	b := make([]byte, 80)
	for i := range b {
		b[i] = byte(i)
	}
	r, ok := machine.NextRegister(b)
	want := machine.Register{Kind: 0x03020100, Index: 0x07060504, First: [4]uint32{0x0B0A0908, 0x0F0E0D0C, 0x13121110, 0x17161514},
		Second: [4]uint32{0x1B1A1918, 0x1F1E1D1C, 0x23222120, 0x27262524}}
	if !ok || r != want {
		t.Errorf("%+v, want %+v", r, want)
	}
	if _, ok := machine.NextRegister(b[:39]); ok {
		t.Error("39 bytes are a record")
	}
}
