package page

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/report"
)

const (
	pageSize = 4096
	mostMap  = 4096 // cells
)

// memoryMap appends which parts of physical memory the dump has. Without verbose it is a picture alone.
func (s *Section) memoryMap(r *report.Report, verbose bool) {
	m, ok := mapCells(r)
	if !ok {
		return
	}
	m.Aside = !verbose
	var of, present, missing uint64
	for _, c := range m.Cells {
		of, present, missing = of+c.Of, present+c.Present, missing+c.Missing
	}
	var rows [][]string
	add := func(what string, pages uint64, note string) {
		rows = append(rows, []string{what, plural(pages, "page"), human(int64(pages * pageSize)), note})
	}
	known := len(r.Dump.MemoryRuns) > 0
	note := ""
	if known && of > 0 {
		first, last := r.Dump.MemoryRuns[0], r.Dump.MemoryRuns[len(r.Dump.MemoryRuns)-1]
		base, _ := frame(first.BasePage)
		end, _ := frame(last.BasePage)
		add("memory", of, fmt.Sprintf("from %#x to %#x, in %s", base*pageSize, (end+last.PageCount)*pageSize-1, plural(len(r.Dump.MemoryRuns), "run")))
		note = shareOf(present, of)
	}
	add("in the file", present, note)
	if missing > 0 {
		add("cut off", missing, cutNote(r.PageMap))
	}
	if known && of > present+missing {
		add("not in this dump", of-present-missing, "a debugger shows ?? there, not zeros")
	}
	m.Table = Table{Label: "Memory map", Columns: []Column{{}, {Right: true}, {Right: true}, {}}, Rows: rows}
	m.Areas = Table{Label: "Areas", Columns: []Column{{Name: "first page of"}, {Name: "page frame"}, {Name: "state"}}}
	for _, a := range r.PageMap.Areas {
		what := string(a.Item)
		if a.Name != "" {
			what += " (" + a.Name + ")"
		}
		m.Areas.Rows = append(m.Areas.Rows, []string{what, a.Page, areaState(a)})
		m.Pins = append(m.Pins, m.cellOf(a.Page))
	}
	*s = append(*s, m)
}

// mapCells is what of a memory map is drawn. ok is false where the record has none, or one that cannot be.
func mapCells(r *report.Report) (m MemoryMap, ok bool) {
	x := r.PageMap
	if x == nil || len(x.Present) == 0 || len(x.Present) > mostMap || x.PagesPerCell == 0 || len(x.Missing) != 0 && len(x.Missing) != len(x.Present) {
		return m, false
	}
	first, ok1 := frame(x.First)
	end, ok2 := frame(x.End)
	high, all := bits.Mul64(x.PagesPerCell, uint64(len(x.Present)))
	const most = 1 << 50 // no number of bytes overflows
	if !ok1 || !ok2 || high > 0 || all >= most || first >= most || end <= first || end > first+all {
		return m, false
	}
	m = MemoryMap{First: first * pageSize, CellSize: x.PagesPerCell * pageSize, Cells: make([]MapCell, len(x.Present)), Cut: -1}
	for i := range m.Cells {
		c := &m.Cells[i]
		at := first + uint64(i)*x.PagesPerCell
		size := min(x.PagesPerCell, max(end, at)-at)
		c.Present = min(x.Present[i], size)
		if x.Missing != nil {
			c.Missing = min(x.Missing[i], size-c.Present)
		}
		if len(r.Dump.MemoryRuns) == 0 {
			c.Of = size
		}
	}
	for _, run := range r.Dump.MemoryRuns {
		base, ok := frame(run.BasePage)
		if !ok || base >= end {
			continue
		}
		m.memory(base, min(end-base, run.PageCount))
	}
	if x.FirstMissing != "" && x.Ascending {
		m.Cut = m.cellOf(x.FirstMissing)
	}
	return m, true
}

// memory adds a run of memory to the cells that it is in.
func (m *MemoryMap) memory(base, count uint64) {
	first, size := m.First/pageSize, m.CellSize/pageSize
	end := base + count
	for at := max(base, first); at < end; {
		i := (at - first) / size
		if i >= uint64(len(m.Cells)) {
			return
		}
		next := min(end, first+(i+1)*size)
		m.Cells[i].Of = min(size, m.Cells[i].Of+next-at)
		at = next
	}
}

// cellOf is the cell that a page frame is in, -1 for none.
func (m *MemoryMap) cellOf(page string) int {
	pfn, ok := frame(page)
	if first := m.First / pageSize; ok && pfn >= first {
		if i := (pfn - first) / (m.CellSize / pageSize); i < uint64(len(m.Cells)) {
			return int(i)
		}
	}
	return -1
}

// frame is the number that a text of the record has.
func frame(s string) (uint64, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "0x"), 16, 64)
	return n, err == nil && n < 1<<52
}

// cutNote says which pages are behind the end of the file.
func cutNote(x *report.PageMap) string {
	if x.Ascending {
		return "behind the end of the file, from page frame " + x.FirstMissing + " on"
	}
	return "behind the end of the file; the first is page frame " + x.FirstMissing
}

// areaState says whether the page that an area begins in is there.
func areaState(a report.MapArea) string {
	switch {
	case a.BehindEnd:
		return "cut off"
	case a.State == report.StatePresent:
		return "in the file"
	case a.State == report.StateAbsent:
		return "not in this dump"
	}
	return "not known where"
}

// shareOf is how much of all something is.
func shareOf(n, of uint64) string {
	p := float64(n) / float64(of) * 100
	switch {
	case n >= of: // a dump can have pages beside the memory of Windows
		return "all"
	case p >= 99.95:
		return "more than 99.9 %"
	case p < 0.1 && n > 0:
		return "less than 0.1 %"
	}
	return fmt.Sprintf("%.1f %%", p)
}
