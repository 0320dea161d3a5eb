package bugcheck

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	tests := []struct {
		value uint64
		want  string // empty: no text
	}{
		{0x005461736b6d6772, "Taskmgr"},
		{0x4e4f4f4d, "NOOM"},
		{0x5461736b6d677231, "Taskmgr1"},
		{0x6c69766520, "live "}, // one that is no letter, at the end
		{0x6c2d6476, "l-dv"},
		{0x5f5f616263, "__abc"},
		{0x31616263, "1abc"},
		{0x7e616263, "~abc"},

		{0, ""},
		{0x616263, ""},           // three characters
		{0x20616263, ""},         // a space first
		{0x6100626364, ""},       // a zero inside
		{0x6162636400, ""},       // a zero at the end
		{0x61622d2d63, ""},       // two that are no letters
		{0x61623132, ""},         // two letters
		{0x31323334, ""},         // none
		{0x7f616263, ""},         // DEL
		{0x1f616263, ""},         // control
		{0x61626380, ""},         // not ASCII
		{0x7200670066006900, ""}, // UTF-16
		{0xfffff80012345678, ""},
		{0xffffffffffffffff, ""},
	}
	for _, tt := range tests {
		got, ok := Text(tt.value)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("Text(%#x) = %q, %v, want %q", tt.value, got, ok, tt.want)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add(uint64(0x005461736b6d6772))
	f.Add(uint64(0x4e4f4f4d))
	f.Add(uint64(0x6100626364))
	f.Add(uint64(0xfffff80012345678))
	f.Fuzz(func(t *testing.T, v uint64) {
		text, ok := Text(v)
		if !ok {
			if text != "" {
				t.Errorf("Text(%#x) = %q and false", v, text)
			}
			return
		}
		var back uint64
		for _, c := range []byte(text) {
			back = back<<8 | uint64(c)
		}
		if back != v {
			t.Errorf("Text(%#x) = %q, which is %#x", v, text, back)
		}
		if len(text) < 4 || text[0] == ' ' || strings.Trim(text, " ~") == "" {
			t.Errorf("Text(%#x) = %q", v, text)
		}
		for _, c := range []byte(text) {
			if c < 0x20 || c > 0x7e {
				t.Errorf("Text(%#x) = %q", v, text)
			}
		}
	})
}
