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
