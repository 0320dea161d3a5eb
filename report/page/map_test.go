package page

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/report"
)

// mapped is a report on a dump of memory of 16 page frames from 0x10 on, in cells of 4.
func mapped() *report.Report {
	return &report.Report{
		Dump: &report.Dump{MemoryRuns: []report.Run{{BasePage: "0x10", PageCount: 6}, {BasePage: "0x1c", PageCount: 4}}}, Sizes: &report.Sizes{},
		PageMap: &report.PageMap{
			First: "0x10", End: "0x1f", PagesPerCell: 4, Present: []uint64{4, 1, 0, 1}, Missing: []uint64{0, 0, 0, 2}, FirstMissing: "0x1d", Ascending: true,
			Areas: []report.MapArea{
				{Item: report.ItemPageDirectory, Page: "0x11", State: report.StatePresent}, {Item: report.ItemKernelImage, Name: "ntoskrnl.exe", Page: "0x1d", State: report.StateAbsent, BehindEnd: true},
				{Item: report.ItemThread, Page: "0x99", State: report.StateAbsent}, {Item: report.ItemStack, State: report.StateUnknown},
			},
		},
	}
}

func mapOf(r *report.Report, verbose bool) *MemoryMap {
	var s Section
	if s.memoryMap(r, verbose); len(s) > 0 {
		m := s[0].(MemoryMap)
		return &m
	}
	return nil
}

func rowsOf(t Table) string {
	var b strings.Builder
	for _, cells := range t.Rows {
		b.WriteString(strings.Join(cells, "|") + "\n")
	}
	return b.String()
}

func TestMemoryMap(t *testing.T) {
	m := mapOf(mapped(), true)
	if got := fmt.Sprintf("%#x %#x %v cut %d pins %v aside %v", m.First, m.CellSize, m.Cells, m.Cut, m.Pins, m.Aside); got != "0x10000 0x4000 [{4 4 0} {2 1 0} {0 0 0} {3 1 2}] cut 3 pins [0 3 -1 -1] aside false" {
		t.Error(got)
	}
	want := "memory|9 pages|36.0 KiB|from 0x10000 to 0x1ffff, in 2 runs\nin the file|6 pages|24.0 KiB|66.7 %\ncut off|2 pages|8.0 KiB|behind the end of the file, from page frame 0x1d on\nnot in this dump|1 page|4.0 KiB|a debugger shows ?? there, not zeros\n"
	if got := rowsOf(m.Table); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := rowsOf(m.Areas); got != "current page directory|0x11|in the file\nNTOS image (ntoskrnl.exe)|0x1d|cut off\ncurrent thread|0x99|not in this dump\ncurrent stack||not known where\n" {
		t.Errorf("areas\n%s", got)
	}
	if m := mapOf(mapped(), false); !m.Aside {
		t.Error("without verbose it is no picture alone")
	}
	r := mapped()
	r.Dump.MemoryRuns, r.PageMap.Ascending = nil, false
	m = mapOf(r, true)
	if got := rowsOf(m.Table); got != "in the file|6 pages|24.0 KiB|\ncut off|2 pages|8.0 KiB|behind the end of the file; the first is page frame 0x1d\n" || m.Cut != -1 || m.Cells[2].Of != 4 || m.Cells[3].Of != 3 {
		t.Errorf("where memory is not known: %+v\n%s", m, got)
	}
}

// A record from elsewhere can have any numbers: what cannot be drawn is not, and no cell has more pages than there is room for.
func TestMemoryMapOfOtherRecords(t *testing.T) {
	for name, change := range map[string]func(*report.PageMap){
		"no cells":                func(m *report.PageMap) { m.Present = nil },
		"too many":                func(m *report.PageMap) { m.Present, m.Missing, m.End = make([]uint64, 4097), nil, "0xffff" },
		"cells of nothing":        func(m *report.PageMap) { m.PagesPerCell = 0 },
		"cells of more than all":  func(m *report.PageMap) { m.PagesPerCell = 1<<63 + 1 },
		"that overflow":           func(m *report.PageMap) { m.PagesPerCell = 1 << 62 },
		"fewer that are missing":  func(m *report.PageMap) { m.Missing = m.Missing[1:] },
		"no number":               func(m *report.PageMap) { m.First = "<b>" },
		"a page beyond 2^52":      func(m *report.PageMap) { m.First, m.End = "0x10000000000000", "0x10000000000010" },
		"the end before the head": func(m *report.PageMap) { m.End = "0x10" },
		"the end behind the last": func(m *report.PageMap) { m.End = "0x21" },
	} {
		r := mapped()
		change(r.PageMap)
		if m := mapOf(r, true); m != nil {
			t.Errorf("%s: %+v", name, m)
		}
	}
	r := mapped()
	r.PageMap.Present, r.PageMap.Missing = []uint64{1<<64 - 1, 0, 0, 2}, []uint64{9, 0, 0, 1<<64 - 1}
	r.PageMap.FirstMissing, r.PageMap.Areas[0].Page = "0xfffffffffffffffff", "0xfffffffffffff"
	r.Dump.MemoryRuns = []report.Run{{BasePage: "0x0", PageCount: 1<<64 - 1}, {BasePage: "0xffffffffffffffff", PageCount: 5}, {BasePage: "x"}, {BasePage: "0x11", PageCount: 1<<64 - 1}}
	m := mapOf(r, true)
	if got := fmt.Sprint(m.Cells, m.Cut, m.Pins[0]); got != "[{4 4 0} {4 0 0} {4 0 0} {4 2 1}] -1 -1" {
		t.Error(got)
	}
}

func TestShareOf(t *testing.T) {
	for want, n := range map[string]uint64{"0.0 %": 0, "less than 0.1 %": 1, "0.1 %": 1000, "50.0 %": 500_000, "99.9 %": 999_000, "more than 99.9 %": 999_999, "all": 1_000_000} {
		if got := shareOf(n, 1_000_000); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	if got := shareOf(3, 2); got != "all" {
		t.Errorf("more than all: %s", got)
	}
}

func TestTimeLine(t *testing.T) {
	seconds := 12.5
	r := &report.Report{Dump: &report.Dump{UptimeSeconds: new(93903.0)}, Events: []report.Event{{SecondsBefore: &seconds, Text: "x", Source: report.EventFromDump}}}
	var s Section
	s.before(r)
	line := s[0].(TimeLine)
	if fmt.Sprintf("%v %v %s, %s", line.Before, line.Boot, line.Booted, line.End) != "[12.5] 93903 1 d 02:05:03, stop" {
		t.Errorf("%+v", line)
	}
	r.Dump, r.Origin = nil, &report.Origin{Kind: report.KindLive}
	s = nil
	s.before(r)
	if line := s[0].(TimeLine); line.Boot != 0 || line.End != "capture" {
		t.Errorf("%+v", line)
	}
}
