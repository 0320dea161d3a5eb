package analyze_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report/analyze"
)

// TestErrorRecordHidden: no GUID or text that can name a machine or a part stands in a record unless it is asked for, and each that is left out is counted.
func TestErrorRecordHidden(t *testing.T) {
	const platform, partition, fru, text = "01234567-89ab-cdef-0123-456789abcdef", "11234567-89ab-cdef-0123-456789abcdef", "21234567-89ab-cdef-0123-456789abcdef", "DIMM_A2 4711"
	section := dmptest.PCIExpressSection() // it has a serial number
	section.FRU, section.FRUText = fru, text
	m := dmptest.ErrorRecord{Platform: platform, Sections: []dmptest.ErrorSection{section, dmptest.RecoverySection()}}.Image()
	m.PutU32(0x10, 1|4)
	m.PutBytes(0x30, dmptest.GUID(partition))
	for private, hidden := range map[bool]int{false: 6, true: 0} {
		a := analyze.Analyzer{Private: private}
		e := a.ExplainRecord("x.bin", m.Data())
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if e.Record.Hidden != hidden {
			t.Errorf("private %v: %d values are hidden, want %d: %s", private, e.Record.Hidden, hidden, b)
		}
		for _, s := range []string{platform, partition, fru, text} {
			if strings.Contains(string(b), s) != private {
				t.Errorf("private %v: %q in %s", private, s, b)
			}
		}
	}
	// What is not there is not hidden.
	a := analyze.Analyzer{}
	if r := a.ExplainRecord("", dmptest.ErrorRecord{Sections: []dmptest.ErrorSection{dmptest.NMISection()}}.Image().Data()).Record; r.Hidden != 0 {
		t.Errorf("%d values of a record that has none are hidden", r.Hidden)
	}
}

// TestExplainRecords reads all that is in a file.
func TestExplainRecords(t *testing.T) {
	one := dmptest.ErrorRecord{Sections: []dmptest.ErrorSection{dmptest.NMISection()}}.Image().Data()
	join := func(parts ...string) []byte { return []byte(strings.Join(parts, "")) }
	r, zeros := string(one), strings.Repeat("\x00", 50)
	for name, x := range map[string]struct {
		parts            [][]byte
		more, rest, zero int
		err              bool
	}{
		"one":               {parts: [][]byte{one}},
		"two":               {parts: [][]byte{join(r, r)}, more: 1},
		"in two texts":      {parts: [][]byte{one, one}, more: 1},
		"zeros between":     {parts: [][]byte{join(r, zeros, r, zeros)}, more: 1, zero: 100},
		"others between":    {parts: [][]byte{join(r, "CPER", r, "x")}, more: 1, rest: 5},
		"a header in part":  {parts: [][]byte{join(r, r[:127])}, rest: 127},
		"cut second record": {parts: [][]byte{join(r, r[:140])}, more: 1},
		"empty":             {parts: [][]byte{nil}, err: true},
		"none":              {parts: [][]byte{join("x", r)}, err: true},
	} {
		a := analyze.Analyzer{}
		e := a.ExplainRecord("", x.parts...)
		if len(e.More) != x.more || e.Rest != x.rest || e.Zero != x.zero || (e.Error != nil) != x.err || (e.Record == nil) != x.err {
			t.Errorf("%s: %+v", name, e)
		}
	}
}
