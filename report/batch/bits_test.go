package batch

import (
	"strings"
	"testing"

	"github.com/dmplens/dmplens/report"
)

func bitRow(path, board string, bit int) *report.Report {
	return &report.Report{File: report.File{Path: path}, Hardware: &report.Hardware{Board: board}, Fault: &report.Fault{Bit: &bit}}
}

func TestSameBits(t *testing.T) {
	var s SameBits
	entry := bitRow("e.dmp", "Contoso X", 0)
	entry.Fault, entry.Bugcheck = nil, &report.Bugcheck{Bit: new(37)}
	copied := bitRow("copy.dmp", "Contoso Y", 35)
	copied.File.DuplicateOf = "d.dmp"
	none := bitRow("none.dmp", "Contoso Y", 35)
	none.Fault.Bit = nil
	other := bitRow("f.dmp", "Contoso X", 37)
	other.Hardware.BIOS = "another"
	for _, r := range []*report.Report{
		bitRow("a.dmp", "Contoso X", 37), bitRow("b.dmp", "Contoso X", 38), bitRow("c.dmp", "", 37), bitRow("c2.dmp", "", 37), bitRow("d.dmp", "Contoso Y", 35), bitRow("g.dmp", "Contoso X", 5), bitRow("h.dmp", "Contoso X", 5),
		copied, none, other, {},
	} {
		s.Add(r)
	}
	if list := s.Sentences(); len(list) != 0 {
		t.Errorf("one of each: %q", list)
	}
	s.Add(entry)
	list := s.Sentences()
	if len(list) != 1 || !strings.HasPrefix(list[0], "bit 37 looks wrong in 2 dumps of one board, Contoso X: ") || !strings.HasSuffix(list[0], "is likely: a.dmp, e.dmp") {
		t.Errorf("%q", list)
	}
	for range 4 {
		s.Add(bitRow("z.dmp", "Contoso X", 37))
	}
	if list = s.Sentences(); len(list) != 1 || !strings.HasSuffix(list[0], "a.dmp, e.dmp, z.dmp and 3 more") {
		t.Errorf("%q", list)
	}
}
