package analyze

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
)

// mapText is a page map on one line, with the cells that are not empty: number of the cell, pages that are there, pages that are missing.
func mapText(m *report.PageMap) string {
	if m == nil {
		return "none"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s-%s/%d, %d cells", m.First, m.End, m.PagesPerCell, len(m.Present))
	var present, missing uint64
	for i, n := range m.Present {
		present += n
		if m.Missing != nil {
			missing += m.Missing[i]
		}
	}
	fmt.Fprintf(&b, ", %d pages", present)
	if missing > 0 {
		fmt.Fprintf(&b, ", %d missing from %s", missing, m.FirstMissing)
	}
	return b.String()
}

// What the samples have is known from how they are built: the pages of the system, of all that the header or the bitmap says.
func TestPageMapOfSamples(t *testing.T) {
	want := map[string]string{
		"task-manager-live.dmp": "0x0-0x7f00/8, 4064 cells, 96 pages",
		"bitmap-full.dmp":       "0x1-0x1000/1, 4095 cells, 87 pages",
		"truncated.dmp":         "0x0-0x2000/2, 4096 cells, 74 pages, 2 missing from 0x1f7",
		"summary.dmp":           "0x0-0x1000/1, 4096 cells, 70 pages",
		"range.dmp":             "0x0-0x1002/2, 2049 cells, 80 pages",
		"dumpit-full.dmp":       "0x2-0x204/1, 514 cells, 94 pages",
		"full-x86-pae.dmp":      "0x1-0x1c5/1, 452 cells, 68 pages",
		"header-only.dmp":       "none", "triage-amd64.dmp": "none", "triage-x86.dmp": "none", "encrypted.dmp": "none", "offline-raw.dmp": "none",
	}
	for _, s := range dmptest.Samples() {
		w, ok := want[s.Name]
		if !ok {
			continue
		}
		if got := mapText(analyzedBy(t, Analyzer{}, s.Data).PageMap); got != w {
			t.Errorf("%s: %s, want %s", s.Name, got, w)
		}
		for name, a := range map[string]Analyzer{"brief": {Brief: true}, "header": {Depth: report.DepthHeader}} {
			if r := analyzedBy(t, a, s.Data); r.PageMap != nil {
				t.Errorf("%s, %s: a page map", s.Name, name)
			}
		}
	}
}

// Where what a debugger needs begins, and what of it is cut off with the end of the file.
func TestMapAreas(t *testing.T) {
	text := func(r *report.Report) (list []string) {
		for _, a := range r.PageMap.Areas {
			s := strings.TrimSpace(fmt.Sprintf("%s %s", a.Item, a.Page)) + " " + string(a.State)
			if a.BehindEnd {
				s += " behind end"
			}
			list = append(list, s)
		}
		return list
	}
	s := liveSystem("x.exe", 0)
	data := s.Bitmap(s.Space()).Image().Data()
	whole := analyzedBy(t, Analyzer{}, data)
	got := text(whole)
	if len(got) != 9 {
		t.Errorf("areas: %q", got)
	}
	for _, x := range got {
		if !strings.HasSuffix(x, " present") {
			t.Errorf("%s of a dump that is whole", x)
		}
	}
	// The file ends in the page of the last area by its page frame: that one is cut off, all others are there.
	last := whole.PageMap.Areas[0]
	for _, a := range whole.PageMap.Areas {
		if len(a.Page) > len(last.Page) || len(a.Page) == len(last.Page) && a.Page > last.Page {
			last = a
		}
	}
	number := func(hex string) (n uint64) {
		if _, err := fmt.Sscanf(hex, "0x%x", &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	cells, behind := whole.PageMap, 0
	for _, n := range cells.Present[number(last.Page)-number(cells.First):] {
		behind += int(n)
	}
	if cells.PagesPerCell != 1 || behind == 0 {
		t.Fatalf("the map has %d pages in a cell, %d from %s on", cells.PagesPerCell, behind, last.Page)
	}
	cut := analyzedBy(t, Analyzer{}, data[:len(data)-behind*0x1000+1])
	if cut.PageMap.FirstMissing != last.Page {
		t.Errorf("cut at %s, want %s", cut.PageMap.FirstMissing, last.Page)
	}
	gone := 0
	for _, a := range cut.PageMap.Areas {
		if a.BehindEnd != (a.Page == last.Page) || a.BehindEnd != (a.State == report.StateAbsent) {
			t.Errorf("%+v", a)
		}
		if a.BehindEnd {
			gone++
		}
	}
	if gone == 0 {
		t.Error("nothing is cut off")
	}
}

// A map of a large fragmented dump has as many cells as any, and takes no more memory than them.
func TestPageMapOfLargeDump(t *testing.T) {
	f, size := sparse(t, large)
	open := func(f *os.File) *facts {
		var a Analyzer
		d, err := a.Open(Reader(f, size, report.File{}))
		if err != nil {
			t.Fatal(err)
		}
		d.Report()
		return &d.facts
	}
	facts := open(f)
	m := facts.pageMap()
	if got := mapText(m); got != "0x0-0x1000000/4096, 4096 cells, 8388608 pages" {
		t.Error(got)
	}
	if n := testing.AllocsPerRun(10, func() { facts.pageMap() }); n > 20 {
		t.Errorf("%v allocations", n)
	}
}
