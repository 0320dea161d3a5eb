package report

import (
	"slices"
	"testing"
)

func TestCompareValues(t *testing.T) {
	for _, want := range [][]string{
		{"9", "10", "100", ""},
		{"0x9", "0x1a", "0x0000000000000020", "0x161", ""},
		{"9600", "26100.946", "26100.4946"},
		{"2024-12-31T00:00:00Z", "2025-01-01T00:00:00Z"},
		{"10", "9.dmp", "a10", "a9"}, // texts are as they are
		{"0x1", "0x1|example.sys"},
	} {
		list := slices.Clone(want)
		slices.Reverse(list)
		slices.SortFunc(list, compareValues)
		if !slices.Equal(list, want) {
			t.Errorf("%q, want %q", list, want)
		}
	}
}
