package page

import (
	"testing"

	"github.com/dmplens/dmplens/report"
)

// How many PDBs are known, and of how many images they are not.
func TestPDBCounts(t *testing.T) {
	for want, c := range map[string]report.SymbolCounts{
		"0 known":                       {},
		"2 known: 1 at hand, 1 missing": {Needed: 2, Have: 1, Missing: 1},
		"unknown until the missing image is there":                            {Unknown: 1},
		"unknown until the 3 missing images are there":                        {Unknown: 3},
		"1 known: 1 at hand; 1 more unknown until its image is there":         {Needed: 1, Have: 1, Unknown: 1},
		"1 known: 1 missing; 1,200 more unknown until their images are there": {Needed: 1, Missing: 1, Unknown: 1200},
	} {
		if got := pdbCounts(c); got != want {
			t.Errorf("%+v: %q, not %q", c, got, want)
		}
	}
}
