package page

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/report"
)

// TestErrorRecordFacts: of an error record four facts stand above the fold, and none is lost with verbose. Facts of other parameters stay.
func TestErrorRecordFacts(t *testing.T) {
	r := &report.Report{Bugcheck: &report.Bugcheck{Code: "0x124", ErrorRecord: &report.ErrorRecord{},
		Parameters: []report.Parameter{{Index: 2, Type: "whea-record"}, {Index: 3}}}}
	for i := range 6 {
		r.Bugcheck.Facts = append(r.Bugcheck.Facts, report.Fact{Fact: fmt.Sprintf("section %d", i), Parameter: 2})
	}
	r.Bugcheck.Facts = append(r.Bugcheck.Facts, report.Fact{Fact: "another", Parameter: 3})
	for verbose, want := range map[bool]string{
		false: "section 0|section 1|section 2|section 3|another|and 2 more",
		true:  "section 0|section 1|section 2|section 3|section 4|section 5|another",
	} {
		var s Section
		s.found(r, verbose)
		var got []string
		for _, b := range s {
			got = append(got, b.(Row).Value)
		}
		if strings.Join(got, "|") != want {
			t.Errorf("verbose %v: %q, want %s", verbose, got, want)
		}
	}
}

// TestStatusOnce: the status that parameters 3 and 4 are stands once where a section has the same, and by itself where no fact that is shown has.
func TestStatusOnce(t *testing.T) {
	const status = "MCi_STATUS 0xbe00000000001136, VAL UC, cache error"
	section := func(s string) report.Fact {
		return report.Fact{Fact: "parameter 2: section: x86 machine check, fatal, processor 7, bank 5, " + s, Parameter: 2}
	}
	other := report.Fact{Fact: "parameter 2: section: memory", Parameter: 2}
	for name, x := range map[string]struct {
		facts []report.Fact
		want  string
	}{
		"same":         {[]report.Fact{section(status + ", address 0x1")}, section(status+", address 0x1").Fact + " (parameters 3 and 4 are the same status)"},
		"same, at end": {[]report.Fact{other, section(status)}, other.Fact + "|" + section(status).Fact + " (parameters 3 and 4 are the same status)"},
		"longer":       {[]report.Fact{section(status + "s")}, report.StatusFact + status + " [header+0x50]|" + section(status+"s").Fact},
		"another":      {[]report.Fact{section("MCi_STATUS 0x1, none")}, report.StatusFact + status + " [header+0x50]|" + section("MCi_STATUS 0x1, none").Fact},
		"not shown":    {[]report.Fact{other, other, other, other, section(status)}, report.StatusFact + status + " [header+0x50]" + strings.Repeat("|"+other.Fact, 4) + "|and 1 more"},
		"no section":   {nil, report.StatusFact + status + " [header+0x50]"},
	} {
		r := &report.Report{Bugcheck: &report.Bugcheck{ErrorRecord: &report.ErrorRecord{}, Parameters: []report.Parameter{{Index: 2, Type: "whea-record"}},
			Facts: append([]report.Fact{{Fact: report.StatusFact + status, Where: "header+0x50"}}, x.facts...)}}
		var s Section
		s.found(r, false)
		var got []string
		for _, b := range s {
			got = append(got, b.(Row).Value)
		}
		if strings.Join(got, "|") != x.want {
			t.Errorf("%s: %q, want %s", name, got, x.want)
		}
	}
}

// TestErrorRecords: each record of a file has its number, and what else is in the file is said.
func TestErrorRecords(t *testing.T) {
	var got []string
	for _, s := range ErrorRecord(&report.ExplainedRecord{Record: &report.ErrorRecord{ID: "0x1", Hidden: 2}, More: []*report.ErrorRecord{{ID: "0x2"}}, Rest: 7, Zero: 1, Cut: 9}).Sections {
		for _, b := range s {
			switch b := b.(type) {
			case Row:
				got = append(got, b.Label+": "+b.Value)
			case Note:
				got = append(got, b.Text)
			}
		}
	}
	const want = "record 1 of 2|Record: id 0x1, revision , 0 bytes|Private: 2 values that can name a person or a machine are left out; --show-private shows them|" +
		"record 2 of 2|Record: id 0x2, revision , 0 bytes|Behind it: 7 bytes of the file that are of no record|Behind it: 1 byte of the file, all zero|" +
		"Not read: the file goes on: no more of one is read than 9 bytes"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}

// TestErrorRecordPage: a group's fields stand below its name, and what is private says how to see it.
func TestErrorRecordPage(t *testing.T) {
	p := ErrorRecord(&report.ExplainedRecord{Path: "x.bin", Record: &report.ErrorRecord{Severity: "fatal", ID: "0x1", Sections: []report.ErrorSection{
		{Type: "PCI Express", Decoded: true, Fields: []report.ErrorField{
			{Name: "device", Value: "bus 0"}, {Group: "capability", Name: "link", Value: "x4"}, {Group: "capability", Name: "speed", Value: "1"}, {Name: "serial number", Private: true}}},
		{Type: "CXL protocol"},
	}}})
	list, ok := p.Sections[1][1].(List)
	if len(p.Sections) != 3 || !ok {
		t.Fatalf("%+v", p)
	}
	got := fmt.Sprint(list)
	const want = "[{device bus 0 []} {capability  [{link x4 []} {speed 1 []}]} {serial number private, shown with --show-private []}]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if last := p.Sections[2][len(p.Sections[2])-1].(Row); last.Label != "Fields" || !strings.HasPrefix(last.Value, "not known") {
		t.Errorf("of a section that is known by name: %+v", last)
	}
}
