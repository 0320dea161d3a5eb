package bin

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestReadsInsideOnly(t *testing.T) {
	b := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	if v, ok := U64(b, 0); !ok || v != 0x0807060504030201 {
		t.Errorf("U64 = %#x, %v", v, ok)
	}
	if v, ok := U32(b, 4); !ok || v != 0x08070605 {
		t.Errorf("U32 = %#x, %v", v, ok)
	}
	if v, ok := U16(b, 6); !ok || v != 0x0807 {
		t.Errorf("U16 = %#x, %v", v, ok)
	}
	if v, ok := Pointer(b, 0, 32); !ok || v != 0x04030201 {
		t.Errorf("Pointer = %#x, %v", v, ok)
	}
	if v, ok := Pointer(b, 5, 32); ok {
		t.Errorf("a pointer at 5 of 8 bytes is %#x", v)
	}
	if v, ok := U16(b, 7); ok {
		t.Errorf("U16 at 7 of 8 bytes is %#x", v)
	}
	maxInt := int(^uint(0) >> 1)
	for _, off := range []int{-1, 1, 8, 9, maxInt, -maxInt} {
		if _, ok := U64(b, off); ok {
			t.Errorf("U64 at %d of 8 bytes was read", off)
		}
	}
	if _, ok := Slice(b, 4, maxInt); ok {
		t.Error("a slice past the end was given")
	}
}

func TestText(t *testing.T) {
	if s := ASCIIZ([]byte("ab\x00cd")); s != "ab" {
		t.Errorf("ASCIIZ = %q", s)
	}
	if s := ASCIIZ([]byte("ab")); s != "ab" {
		t.Errorf("ASCIIZ without NUL = %q", s)
	}
	if s := UTF16Z([]byte{'a', 0, 0xe9, 0, 0, 0, 'x', 0}); s != "aé" {
		t.Errorf("UTF16Z = %q", s)
	}
	if s := UTF16([]byte{'a', 0, 0x00, 0xd8, 'b', 0, 'c'}); s != "a\ufffdb" {
		t.Errorf("UTF16 with a lone surrogate and an odd byte = %q", s)
	}
}

func TestFiletime(t *testing.T) {
	got, ok := Filetime(132553883029877650)
	want := time.Date(2021, 1, 17, 20, 18, 22, 987765000, time.UTC)
	if !ok || !got.Equal(want) {
		t.Errorf("Filetime = %v, want %v", got, want)
	}
	for _, v := range []uint64{0, maxFiletime + 1, 0x4547415045474150, ^uint64(0)} {
		if tm, ok := Filetime(v); ok {
			t.Errorf("Filetime(%d) = %v, want none", v, tm)
		}
	}
	if tm, ok := Filetime(maxFiletime); !ok || tm.Year() != 9999 {
		t.Errorf("the last time = %v, %v", tm, ok)
	}
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Uint64Range(1, maxFiletime).Draw(t, "filetime")
		tm, ok := Filetime(v)
		if !ok {
			t.Fatalf("Filetime(%d) is no time", v)
		}
		if back := uint64(tm.Unix()-filetimeEpoch)*1e7 + uint64(tm.Nanosecond())/100; back != v {
			t.Fatalf("Filetime(%d) comes back as %d", v, back)
		}
	})
}
