package dmpfile_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// short is a map on one line: first, end, pages of a cell, present, missing.
func short(m dmpfile.PageMap) string {
	s := fmt.Sprintf("%#x-%#x/%d %v", m.First, m.End, m.PerCell, m.Present)
	if m.Missing != nil {
		s += fmt.Sprintf(" %v from %#x", m.Missing, m.FirstMissing)
	}
	if !m.Ascending {
		s += " not ascending"
	}
	return s
}

func TestPageMap(t *testing.T) {
	frames := func(list ...uint64) dmptest.Pages {
		p := dmptest.Pages{}
		for _, pfn := range list {
			p[pfn] = nil
		}
		return p
	}
	bitmap := func(h dmptest.Header, bits uint64, pages ...uint64) []byte {
		return dmptest.Bitmap{Header: h, Bits: bits, Pages: frames(pages...)}.Image().Data()
	}
	full := func(runs ...dmptest.Run) []byte {
		return dmptest.Full{Header: dmptest.Header{Runs: runs}}.Image().Data()
	}
	ranges := func(runs ...dmptest.Run) []byte { return dmptest.Range{Ranges: runs}.Image().Data() }
	cut := func(b []byte, n int) []byte { return b[:len(b)-n] }
	memory := func(runs ...dmptest.Run) dmptest.Header { return dmptest.Header{Runs: runs} }
	for _, c := range []struct {
		name  string
		data  []byte
		cells int
		want  string
	}{
		{"a bitmap says where memory ends", bitmap(dmptest.Header{ClearRuns: true}, 16, 3, 4, 9), 16, "0x0-0x10/1 [0 0 0 1 1 0 0 0 0 1 0 0 0 0 0 0]"},
		{"cells are powers of two", bitmap(dmptest.Header{ClearRuns: true}, 16, 3, 4, 9), 5, "0x0-0x10/4 [1 1 1 0]"},
		{"the last cell is smaller", bitmap(dmptest.Header{ClearRuns: true}, 21, 3, 20), 8, "0x0-0x15/4 [1 0 0 0 0 1]"},
		{"one cell", bitmap(dmptest.Header{ClearRuns: true}, 21, 3, 20), 1, "0x0-0x15/32 [2]"},
		{"the runs of the header say it", bitmap(memory(dmptest.Run{Base: 8, Count: 3}, dmptest.Run{Base: 12, Count: 2}), 64, 9, 12), 16, "0x8-0xe/1 [0 1 0 0 1 0]"},
		{"pages beside the runs", bitmap(memory(dmptest.Run{Base: 8, Count: 4}), 64, 2, 9, 12), 16, "0x2-0xd/1 [1 0 0 0 0 0 0 1 0 0 1]"},
		{"the file is too short by two pages and a half", cut(bitmap(dmptest.Header{ClearRuns: true}, 16, 3, 4, 9, 12), 0x2800), 4, "0x0-0x10/4 [1 0 0 0] [0 1 1 1] from 0x4"},
		{"no page is whole", cut(bitmap(dmptest.Header{ClearRuns: true}, 8, 3), 1), 8, "0x0-0x8/1 [0 0 0 0 0 0 0 0] [0 0 0 1 0 0 0 0] from 0x3"},
		{"runs", full(dmptest.Run{Base: 1, Count: 2}, dmptest.Run{Base: 6, Count: 3}), 4, "0x0-0x9/4 [2 2 1]"},
		{"runs of a short file", cut(full(dmptest.Run{Base: 1, Count: 2}, dmptest.Run{Base: 6, Count: 3}), 0x1800), 4, "0x0-0x9/4 [2 1 0] [0 1 1] from 0x7"},
		{"overlapping runs name page frames once", full(dmptest.Run{Base: 1, Count: 4}, dmptest.Run{Base: 3, Count: 4}), 8, "0x0-0x7/1 [0 1 1 1 1 1 1] not ascending"},
		{"ranges in another order", ranges(dmptest.Run{Base: 8, Count: 2}, dmptest.Run{Base: 1, Count: 3}), 16, "0x0-0xa/1 [0 1 1 1 0 0 0 0 1 1] not ascending"},
		{"of which the file lacks the last", cut(ranges(dmptest.Run{Base: 8, Count: 2}, dmptest.Run{Base: 1, Count: 3}), 0x1000), 16,
			"0x0-0xa/1 [0 1 1 0 0 0 0 0 1 1] [0 0 0 1 0 0 0 0 0 0] from 0x3 not ascending"},
		{"triage dumps have no pages", dmptest.Triage{}.Image().Data(), 16, "0x0-0x0/0 [] not ascending"},
	} {
		f, err := dmpfile.NewFile(bytes.NewReader(c.data), int64(len(c.data)))
		if err != nil {
			t.Fatal(err)
		}
		m, err := f.PageMap(c.cells)
		if got := short(m); err != nil || got != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, got, err, c.want)
		}
	}
}

// The counts are those of CountPages, whatever the runs are, and a page frame near the greatest that there can be makes no more cells.
func TestPageMapOfLargeNumbers(t *testing.T) {
	for _, runs := range [][]dmptest.Run{
		{{Base: 1, Count: 1}, {Base: 1<<40 - 1, Count: 1}},
		{{Base: 1<<40 - 1, Count: 1<<39 + 5}},
		{{Base: 1 << 20, Count: 1 << 30}, {Base: 0x7FFF, Count: 1 << 21}, {Base: 1 << 39, Count: 3}},
	} {
		d := listDump(10, runs)
		f, err := dmpfile.NewFile(d, d.size)
		if err != nil {
			t.Fatal(err)
		}
		m, err := f.PageMap(4096)
		if err != nil || len(m.Present) > 4096 || len(m.Present) <= 2048 || m.Missing != nil {
			t.Fatalf("%v: %d cells of %d, %v", runs, len(m.Present), m.PerCell, err)
		}
		for i, n := range m.Present {
			first := m.First + uint64(i)*m.PerCell
			if want, err := f.CountPages(first, first+m.PerCell); err != nil || n != want {
				t.Errorf("%v: cell %d has %d pages, want %d, %v", runs, i, n, want, err)
			}
		}
	}
	for _, run := range []dmptest.Run{{Base: 1 << 52, Count: 1}, {Base: 1<<64 - 1, Count: 2}, {Base: 1, Count: 1 << 63}} {
		d := listDump(10, []dmptest.Run{run})
		f, err := dmpfile.NewFile(d, int64(len(d.head))+0x1000)
		if err != nil {
			t.Fatal(err)
		}
		if m, err := f.PageMap(4096); err == nil {
			t.Errorf("%v: a map of %d cells of what cannot be", run, len(m.Present))
		}
	}
}

// A list of a hundred thousand ranges is counted as a bitmap of the same pages is.
func TestPageMapOfManyRanges(t *testing.T) {
	var runs []dmptest.Run
	for i := range uint64(100_000) {
		runs = append(runs, dmptest.Run{Base: 16 * i, Count: 1 + i%7})
	}
	for range 2 {
		d := listDump(10, runs)
		f, err := dmpfile.NewFile(d, d.size)
		if err != nil {
			t.Fatal(err)
		}
		m, err := f.PageMap(1000)
		sum := uint64(0)
		for _, n := range m.Present {
			sum += n
		}
		if err != nil || m.PerCell != 2048 || len(m.Present) != 782 || sum != 399_995 {
			t.Errorf("%d pages in %d cells of %d, %v", sum, len(m.Present), m.PerCell, err)
		}
		slices.Reverse(runs[1:]) // the list begins with page frame 0 in either order
	}
}
