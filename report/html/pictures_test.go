package html

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
)

func TestNumbersText(t *testing.T) {
	for want, list := range map[string][]int{"": nil, "7": {7}, "1-2": {1, 2}, "1-4, 6, 8-9": {1, 2, 3, 4, 6, 8, 9}} {
		if got := numbersText(list); got != want {
			t.Errorf("%v is %q, want %q", list, got, want)
		}
	}
}

func TestSizeText(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 4096: "4 KiB", 1 << 20: "1 MiB", 3 << 29: "1.5 GiB", 1000 << 10: "1000 KiB", 1<<64 - 1: "16 EiB", 10 << 40: "10 TiB"} {
		if got := sizeText(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestLevelOf(t *testing.T) {
	for c, want := range map[page.MapCell]string{
		{}: "hole", {Of: 100}: "none", {Of: 100, Present: 100}: "full", {Of: 100, Present: 99}: "most", {Of: 100, Present: 50}: "most",
		{Of: 100, Present: 49}: "part", {Of: 100, Present: 10}: "part", {Of: 100, Present: 9}: "few", {Of: 100, Present: 1}: "few",
		{Present: 3}: "full", {Of: 2, Present: 3}: "full", {Of: 100, Missing: 1}: "gone", {Of: 100, Present: 99, Missing: 1}: "gone",
		{Of: 3, Present: 1}: "part", {Of: 1 << 40, Present: 1 << 40}: "full",
	} {
		if got := levelOf(c); got != want {
			t.Errorf("%+v is %s, want %s", c, got, want)
		}
	}
}

// A cell is a unit wide and high, those of one level that follow one another are one part of its path.
func TestMap(t *testing.T) {
	const full, none, gone = 4, 0, -1
	cells := func(list ...int) (out []page.MapCell) {
		for _, n := range list {
			c := page.MapCell{Of: 4, Present: uint64(max(n, 0))}
			if n == gone {
				c.Missing = 2
			}
			out = append(out, c)
		}
		return out
	}
	m := mapOf(page.MemoryMap{
		Table:    page.Table{Rows: [][]string{{"memory", "72 pages", "", "all of it"}, {"cut off", "2 pages", "8 KiB", ""}}},
		CellSize: 0x4000, First: 1 << 30, Cells: cells(full, full, none, 1, full, full, full, full, full, full, full, full, full, full, full, full, full, gone), Cut: 17,
		Pins: []int{0, -1, 1, 17, 99},
	})
	if m.Columns != 16 || m.Rows != 2 || m.Height != 1.5 || m.Cell != "16 KiB" || m.Cut != "M0 2H1V1H16" || m.Gone != "M1 2l1-1" {
		t.Errorf("%+v", m)
	}
	var paths []string
	for _, l := range m.Levels {
		paths = append(paths, l.Class+" "+l.Path)
	}
	if got := strings.Join(paths, "; "); got != "full M0 0h2v1h-2zM4 0h12v1h-12zM0 1h1v1h-1z; part M3 0h1v1h-1z; none M2 0h1v1h-1z; gone M1 1h1v1h-1z" {
		t.Errorf("paths: %s", got)
	}
	if got := fmt.Sprint(m.Labels); got != "[{0 1 GiB} {50 1 GiB}]" {
		t.Errorf("labels: %s", got)
	}
	if got := fmt.Sprint(m.Pins); got != "[{3.1 25 1, 3-4 right}]" {
		t.Errorf("pins: %s", got)
	}
	if m.Says != "Physical memory from 1 GiB to 1 GiB; memory, 72 pages, all of it; cut off, 2 pages, 8 KiB" {
		t.Errorf("says %q", m.Says)
	}
	if mapOf(page.MemoryMap{}) != nil {
		t.Error("nothing is drawn")
	}
	for n, want := range map[int]string{1: "16 1", 64: "16 4", 65: "32 3", 1024: "64 16", 2048: "128 16", 4064: "128 32", 4096: "128 32"} {
		m := mapOf(page.MemoryMap{CellSize: 1, Cells: make([]page.MapCell, n), Cut: -1})
		if got := fmt.Sprint(m.Columns, m.Rows); got != want || m.Cut != "" || len(m.Labels) > 8 {
			t.Errorf("%d cells: %s, want %s; %q, %d labels", n, got, want, m.Cut, len(m.Labels))
		}
	}
}

// On a telephone no pin of a map covers another, and one whose text grows takes in those that it reaches.
func TestPinsApart(t *testing.T) {
	for _, c := range []struct {
		pins []int
		want string
	}{
		{[]int{64, 74, 64 + 10*128}, "[{50.4 1.6 1 } {58.2 1.6 2 } {50.4 32.8 3 }]"},
		{[]int{64, 70, 64 + 2*128}, "[{50.4 1.6 1-3 }]"},
		{[]int{64, 75, 64, 75, 75}, "[{50.4 1.6 1-5 }]"}, // 1, 3 and 2, 4-5 are too wide
		{[]int{0, 127, 31 * 128, 4095}, "[{0.4 1.6 1 right} {99.6 1.6 2 left} {0.4 98.4 3 right} {99.6 98.4 4 left}]"},
	} {
		m := mapOf(page.MemoryMap{CellSize: 1, Cells: make([]page.MapCell, 4096), Cut: -1, Pins: c.pins})
		if got := fmt.Sprint(m.Pins); got != c.want {
			t.Errorf("%v: %s, want %s", c.pins, got, c.want)
		}
		for i, a := range m.Pins {
			for _, b := range m.Pins[:i] {
				if m.covers(a, b) {
					t.Errorf("%v covers %v", a, b)
				}
			}
		}
	}
}

// The axis has round numbers though the first page of memory is not the first of all, and the key has each line and number of the picture.
func TestMapKey(t *testing.T) {
	b := page.MemoryMap{First: 4096, CellSize: 1 << 20, Cells: make([]page.MapCell, 64), Cut: 20, Pins: []int{3}}
	if got := fmt.Sprint(mapOf(b).Labels); got != "[{0 0} {25 16 MiB} {50 32 MiB} {75 48 MiB}]" {
		t.Errorf("labels: %s", got)
	}
	with := written(t, &page.Page{Sections: []page.Section{{b}}})
	b.Cut, b.Pins = -1, nil
	without := written(t, &page.Page{Sections: []page.Section{{b}}})
	for _, part := range []string{"the file ends at this line", "the rows of the table below"} {
		if !strings.Contains(with, part) || strings.Contains(without, part) {
			t.Errorf("%q is not said just where it is drawn", part)
		}
	}
}

// However the cells alternate, the picture of a map stays small.
func TestMapIsSmall(t *testing.T) {
	b := page.MemoryMap{CellSize: 1 << 52, Cells: make([]page.MapCell, 4096), Cut: 4095}
	for i := range b.Cells {
		b.Cells[i] = page.MapCell{Of: 1000, Present: uint64(i*331) % 1000, Missing: uint64(i % 2)}
	}
	p := &page.Page{Sections: []page.Section{{b}}}
	if n := len(written(t, p)) - len(written(t, &page.Page{Sections: []page.Section{{page.Note{}}}})); n > 120<<10 {
		t.Errorf("%d bytes", n)
	}
}

func TestTimeLine(t *testing.T) {
	const day = 86400
	at := func(boot float64, before ...float64) *timeLine {
		b := page.TimeLine{Before: before, Boot: boot, Booted: "1 d", End: "stop"}
		for range before {
			b.Table.Rows = append(b.Table.Rows, []string{"1 s", "x"})
		}
		return lineOf(b)
	}
	for _, c := range []struct {
		name  string
		line  *timeLine
		marks string
		boot  int
		ticks string
		pins  string
	}{
		{"a day", at(day, 3600, 60, 30), "[340 765 828]", 0, "1 min 76.5, 1 h 34, 10 s 90.9, 10 min 53", "1 34, 2-3 79.7"},
		{"from milliseconds to days", at(30*day, 2*day, 0.5, 0.004), "[125 713 926]", 0, "1 s 68.1, 1 min 49.2, 1 h 30.4, 1 d 15.7", "1 12.5, 2 71.3, 3 92.6 left"},
		{"all at the stop", at(0, 0, -3), "[1000 1000]", -1, "", "1-2 100 left"},
		{"before the boot", at(10, 100), "[0]", 791, "1 min 24", "1 0 right"},
		{"impossible", at(math.Inf(1), math.NaN(), math.MaxFloat64), "[1000 0]", 0, "", ""},
	} {
		var marks, list []string
		for _, x := range c.line.Ticks {
			list = append(list, fmt.Sprintf("%s %v", x.Text, x.Left))
		}
		for _, p := range c.line.Pins {
			s := fmt.Sprintf("%s %v", p.Text, p.Left)
			marks = append(marks, strings.TrimSpace(s+" "+p.Side))
		}
		got, pins := strings.Join(list, ", "), strings.Join(marks, ", ")
		if fmt.Sprint(c.line.Marks) != c.marks || c.line.Boot != c.boot || c.name != "impossible" && (got != c.ticks || pins != c.pins) {
			t.Errorf("%s: %v, boot at %d, ticks %s; pins %s", c.name, c.line.Marks, c.line.Boot, got, pins)
		}
	}
	if says := at(day, 1).Says; says != "Time line up to the stop: boot, 1 d before; 1 s before: x" {
		t.Errorf("says %q", says)
	}
	if lineOf(page.TimeLine{Boot: 1}) != nil {
		t.Error("nothing is drawn")
	}
}

// Each word of trust has a colour and a sign, and it is said how far to believe it; what is no such word has the sign of what is least sure.
func TestFramesOf(t *testing.T) {
	list := []report.Trust{report.TrustScan, report.TrustContext, report.TrustExact, report.TrustUnwind, report.TrustHistory, report.TrustFramePointer, report.TrustCode, report.TrustScan}
	b := page.Frames{Table: page.Table{Columns: make([]page.Column, 2)}, Trust: append(list, "guess")}
	for _, x := range b.Trust {
		b.Table.Rows = append(b.Table.Rows, []string{"nt+0x1", string(x)})
	}
	b.Table.Rows = append(b.Table.Rows, []string{"nt+0x2", ""}) // of which nothing is said
	made, key := framesOf(b)
	var signs, words []string
	for _, l := range made.Lead {
		signs = append(signs, l.Sign)
	}
	if got := strings.Join(signs, " "); got != "scanned sure sure unwound unwound followed followed scanned scanned scanned" {
		t.Errorf("signs: %s", got)
	}
	for _, k := range key {
		if k.Sure == "" {
			t.Errorf("nothing says how sure %s is", k.Word)
		}
		if words = append(words, k.Word+" "+k.Class); k.Meaning == "" && k.Word != "guess" && k.Word != "" {
			t.Errorf("nothing says what %s means", k.Word)
		}
	}
	for _, want := range []string{"context sure", "exact sure", "unwind unwound", "history unwound", "frame-pointer followed", "code followed", "scan scanned"} {
		if !strings.Contains(strings.Join(words, "; "), want) {
			t.Errorf("%q lacks %s", words, want)
		}
	}
	document := written(t, &page.Page{Sections: []page.Section{{b}}})
	if strings.Count(document, `<svg class="trust-sign`) != len(b.Table.Rows)+len(key) || strings.Contains(document, "trust sign") {
		t.Error("not every frame and word has a sign")
	}
}

// Pictures have a text for who cannot see them, or are hidden beside a text that says the same.
func TestPicturesSayWhatTheyShow(t *testing.T) {
	document := written(t, &page.Page{Sections: []page.Section{blocks("some words")}})
	for part := range strings.SplitSeq(document, "<svg") {
		tag, _, _ := strings.Cut(part, ">")
		if strings.HasPrefix(part, "<!DOCTYPE") {
			continue
		}
		if hidden := strings.Contains(tag, `aria-hidden="true"`); !hidden && !(strings.Contains(tag, `role="img"`) && strings.Contains(tag, `aria-label="`)) && !strings.Contains(tag, `viewBox="0 0 10 10"`) && !strings.Contains(tag, `viewBox="0 0 6 10"`) {
			t.Errorf("<svg%s> says nothing", tag)
		}
	}
	if n := strings.Count(document, `role="img"`); n != 3 {
		t.Errorf("%d pictures", n)
	}
}
