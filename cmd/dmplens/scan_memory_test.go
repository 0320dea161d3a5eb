package main

import "testing"

func TestReadSize(t *testing.T) {
	for s, want := range map[string]int64{
		"0": 0, "65536": 65536, "64k": 64 << 10, "512M": 512 << 20, "2G": 2 << 30, "2GiB": 2 << 30, "2gb": 2 << 30, "1T": 1 << 40, "8388607T": 8388607 << 40,
		"": -1, "M": -1, "-1": -1, "+1": -1, "1.5G": -1, "9999999999T": -1, "8388608T": -1, "1P": -1, "0x10": -1, "10 M": -1,
	} {
		n, err := readSize(s)
		if err != nil {
			n = -1
		}
		if n != want {
			t.Errorf("%q: %d, want %d", s, n, want)
		}
	}
	if n, err := scanMemory("63M"); err == nil {
		t.Errorf("%d bytes are enough", n)
	}
	if n, err := scanMemory(""); err != nil || n < leastMemory || n > defaultMemory {
		t.Errorf("%d bytes by default, %v", n, err)
	}
}
