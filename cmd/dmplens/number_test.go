package main

import "testing"

func TestReadNumber(t *testing.T) {
	for word, want := range map[string]struct {
		value uint64
		read  bool // whether how it was read is said
	}{
		"0x161":                  {0x161, false},
		"161":                    {0x161, true},
		"9F":                     {0x9f, false},
		"5":                      {5, false},
		"0n29":                   {29, true},
		"0N29":                   {29, true},
		"00546173`6b6d6772":      {0x005461736b6d6772, false},
		"0000000000000028":       {0x28, false},
		"00000124":               {0x124, false},
		"00000000`00000161":      {0x161, false},
		"0xfffff803`12400000":    {0xfffff80312400000, false},
		"ffffffffffffffff":       {^uint64(0), false},
		"0n18446744073709551615": {^uint64(0), true},
	} {
		v, read, err := readNumber(word, 64)
		if err != nil || v != want.value || (len(read) > 0) != want.read {
			t.Errorf("%s: %#x, %v, %v", word, v, read, err)
		}
	}
	for _, word := range []string{"", "0x", "0n", "xyz", "-1", "+1", "0x-1", "0n1f", "1_0", "10000000000000000", "0x1g", "`"} {
		if v, _, err := readNumber(word, 64); err == nil {
			t.Errorf("%q is %#x", word, v)
		}
	}
	if _, _, err := readNumber("100000000", 32); err == nil {
		t.Error("a code of 33 bits")
	}
}
