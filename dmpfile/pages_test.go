package dmpfile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// The signature of the sub-header decides the format before DumpType does, and a contradiction is a finding.
func TestFormat(t *testing.T) {
	// Columns: DumpType filler, 1 ... 11. F full, S summary, H header-only, T triage, B bitmap-full, K bitmap-kernel,
	// R range, . none; behind it: m dump-type-mismatch, ? dump-type-missing, u dump-type-unknown, s subheader-missing,
	// c page-count-unknown.
	rows := map[string]string{
		"SDMP":   "K? Km S  Km Km B  K  K  Km Km Km Km",
		"FDMP":   "B? Bm S  Bm Bm B  K  K  Bm Bm Bm Bm",
		"RDMP":   "R? Rm Rm Rm Rm Rm Rm Rm R  R  R  Rm",
		"triage": "T? F  Tm H  T  Tm Tm Tm Tm Tm Tm Tm",
		"zeros":  ".? F  Ss H  Tc Bs Ks Ks Rs Rs Rs .u",
	}
	formats := map[byte]dmpfile.Format{'F': dmpfile.Full, 'S': dmpfile.Summary, 'H': dmpfile.HeaderOnly, 'T': dmpfile.TriageDump,
		'B': dmpfile.BitmapFull, 'K': dmpfile.BitmapKernel, 'R': dmpfile.Range}
	findings := map[byte]string{'m': "warning dump-type-mismatch", '?': "warning dump-type-missing", 'u': "error dump-type-unknown",
		's': "error subheader-missing", 'c': "error page-count-unknown"}

	for signature, row := range rows {
		for dumpType, cell := range strings.Fields(row) {
			for _, machine := range []uint16{dmptest.AMD64, dmptest.X86} {
				if signature == "RDMP" && machine == dmptest.X86 {
					continue // no writer makes one
				}
				t.Run(fmt.Sprintf("%s, type %d, machine %#x", signature, dumpType, machine), func(t *testing.T) {
					m := withSubHeader(signature, dumpType == 2, dmptest.Header{Machine: machine, Runs: []dmptest.Run{{Base: 3, Count: 1}}})
					at := map[uint16]int{dmptest.AMD64: 0xF98, dmptest.X86: 0xF88}[machine]
					m.PutU32(at, uint32(dumpType))
					if dumpType == 0 {
						m.PutFiller(at, 4)
					}
					f := open(t, m.Data())
					expect(t, "format", f.Format, formats[cell[0]])
					var want []string
					if len(cell) > 1 {
						want = []string{findings[cell[1]]}
					}
					if cell == ".?" { // nothing at all says what the file is
						want = []string{"error dump-type-missing"}
					}
					expectIDs(t, f.Findings(), want...)
					known := len(cell) == 1 || strings.ContainsRune("m?", rune(cell[1])) && cell[0] != '.'
					if f.Regions.Known != known {
						t.Errorf("regions known: %v", f.Regions.Known)
					}
				})
			}
		}
	}
}

// withSubHeader builds a dump with one page (frame 3), or a triage dump, whose DumpType is to be set.
func withSubHeader(signature string, summary bool, h dmptest.Header) *dmptest.Image {
	switch signature {
	case "RDMP":
		return dmptest.Range{Header: h, Ranges: h.Runs}.Image()
	case "triage":
		return dmptest.Triage{Header: h, Stack: dmptest.Block{VA: 1, Data: make([]byte, 0x1000)}}.Image()
	case "zeros":
		return dmptest.Full{Header: h, Pages: dmptest.Pages{3: make([]byte, 1)}}.Image()
	}
	if summary {
		m := dmptest.Summary{Header: h, Pages: pagesOf(3)}.Image()
		m.PutASCII(h.Size(), signature)
		return m
	}
	return dmptest.Bitmap{Header: h, Signature: signature, Pages: pagesOf(3)}.Image()
}

// Counts and offsets that cannot be leave the regions unknown; those that only disagree are findings.
func TestImpossibleCounts(t *testing.T) {
	h := dmptest.Header{Runs: []dmptest.Run{{Base: 3, Count: 2}, {Base: 9, Count: 1}}}
	type8 := dmptest.Header{DumpType: 8}
	builders := map[string]func() *dmptest.Image{
		"full":   dmptest.Full{Header: h}.Image,
		"bitmap": dmptest.Bitmap{Header: h, Bits: 64, Pages: pagesOf(3, 4, 9)}.Image,
		"short":  dmptest.Summary{Header: h, Bits: 64, Pages: pagesOf(3, 4, 9)}.Image,
		"type8":  dmptest.Range{Header: type8, Ranges: h.Runs}.Image,
		"type10": dmptest.Range{Header: h, Ranges: h.Runs}.Image,
	}
	for _, c := range []struct {
		name, builder string
		off           int
		values        []uint64
		pages         int // declared; -1 for not known
		findings      string
	}{
		{"all runs of filler", "full", 0x88, []uint64{0x4547415045474150}, -1, "error page-count-unknown"},
		{"2^40 pages", "full", 0x90, []uint64{1 << 40}, -1, "error page-count-unknown"},
		{"a run of 2^40 pages", "full", 0xA0, []uint64{1 << 40}, -1, "error run-invalid, error page-count-unknown"},
		{"a run at 2^40", "full", 0xA8, []uint64{1 << 40}, -1, "error run-invalid, error page-count-unknown"},
		{"runs that overlap", "full", 0xA8, []uint64{4}, 3, "error run-overlap"},
		{"runs that descend", "full", 0xA8, []uint64{0}, 3, "error run-overlap"},
		{"runs that touch", "full", 0xA8, []uint64{5}, 3, ""},
		{"fewer pages than the runs", "full", 0x90, []uint64{2}, 2, "error run-count"},

		{"no pages", "full", 0x90, []uint64{0}, 0, "error run-count, error no-pages"},
		{"no pages", "bitmap", 0x2028, []uint64{0}, 0, "error no-pages"},

		{"as many pages as bits", "bitmap", 0x2028, []uint64{64}, 64, "error truncated"},
		{"more pages than bits", "bitmap", 0x2028, []uint64{65}, -1, "error page-count-unknown"},
		{"pages of filler", "bitmap", 0x2028, []uint64{0x4547415045474150}, -1, "error page-count-unknown"},
		{"2^40 bits", "bitmap", 0x2030, []uint64{1 << 40}, -1, "error page-count-unknown"},
		{"bits up to the first page", "bitmap", 0x2030, []uint64{8 * (0x3000 - 0x2038)}, 3, ""},
		{"a bit more", "bitmap", 0x2030, []uint64{8*(0x3000-0x2038) + 1}, -1, "error page-count-unknown"},
		{"a first page inside the bitmap", "bitmap", 0x2020, []uint64{0x203F}, -1, "error page-count-unknown"},
		{"a first page right behind the bitmap", "bitmap", 0x2020, []uint64{0x2040}, 3, ""},
		{"no second signature", "bitmap", 0x2004, []uint64{0}, -1, "error subheader-missing"},
		{"a first page at 2^63", "bitmap", 0x2020, []uint64{1 << 63}, -1, "error page-count-unknown"},

		{"more pages than bits", "short", 0x2010, []uint64{64 | 65<<32}, -1, "error page-count-unknown"},
		{"pages of filler", "short", 0x2010, []uint64{64 | 0x45474150<<32}, -1, "error page-count-unknown"},

		{"a range of 2^40 pages", "type8", 0x2038, []uint64{1 << 40}, -1, "error range-invalid, error page-count-unknown"},
		{"a range at 2^64-1", "type8", 0x2030, []uint64{1<<64 - 1}, -1, "error range-invalid, error page-count-unknown"},
		{"an empty range ends the list", "type8", 0x2048, []uint64{0}, 2, ""},
		{"metadata of another size", "type8", 0x2010, []uint64{1}, -1, "error page-count-unknown"},
		{"a range at 2^40", "type10", 0x2040, []uint64{1 << 40}, -1, "error range-invalid, error page-count-unknown"},
		{"2^40 pages", "type10", 0x2028, []uint64{1 << 40}, -1, "error page-count-unknown"},
		{"more pages than the ranges", "type10", 0x2028, []uint64{4}, 4, "error range-count, error truncated"},
		{"pages as far as the first range", "type10", 0x2028, []uint64{2}, 2, ""},
		{"pages that end inside a range", "type10", 0x2028, []uint64{1}, 1, "error range-count"},
		{"a range at page frame 0", "type10", 0x2030, []uint64{0}, 3, ""},
		{"pages inside the list", "type10", 0x2010, []uint64{8, 0x2028}, -1, "error page-count-unknown"},
		{"a first page at 2^60", "type10", 0x2010, []uint64{1<<60 - 0x2020, 1 << 60}, -1, "error page-count-unknown"},
	} {
		t.Run(c.builder+": "+c.name, func(t *testing.T) {
			m := builders[c.builder]()
			m.PutU64(c.off, c.values...)
			f := open(t, m.Data())
			got := -1
			if f.Regions.Known {
				got = int(f.Regions.Pages)
			}
			expect(t, "pages", got, c.pages)
			expect(t, "findings", strings.Join(ids(f.Findings()), ", "), c.findings)
		})
	}
}

// Bits behind the end of the bitmap name no pages, and a bitmap may be longer than what one read takes.
func TestBitmapEnds(t *testing.T) {
	m := dmptest.Bitmap{Bits: 13, Pages: pagesOf(3, 12)}.Image()
	m.PutU8(0x2038+1, 0xF0) // frames 12 to 15
	m.PutU64(0x2028, 5)
	f := open(t, m.Data())
	for i, want := range []uint64{3, 12} {
		if pfn, ok, err := f.StoredPage(uint64(i)); !ok || err != nil || pfn != want {
			t.Errorf("stored page %d: %#x, %v, %v", i, pfn, ok, err)
		}
	}
	if pfn, ok, _ := f.StoredPage(2); ok {
		t.Errorf("a bit behind the bitmap gave page frame %#x", pfn)
	}

	last := uint64(9<<20 - 1) // the bitmap takes more than 1 MiB
	f = open(t, dmptest.Bitmap{Pages: pagesOf(7, 8<<20-1, 8<<20, last)}.Image().Data())
	if pfn, ok, err := f.StoredPage(3); !ok || err != nil || pfn != last {
		t.Errorf("last page of a long bitmap: %#x, %v, %v", pfn, ok, err)
	}
}

// A 64-bit summary dump has one of two layouts. Where the numbers of both could be, the set bits decide.
func TestSummaryLayouts(t *testing.T) {
	// The bitmap of the short layout begins with what would be the counts of the long one: 3 pages of 0x1000 bits.
	pfns := []uint64{0, 1, 64 + 12}
	short := dmptest.Summary{Bits: 0x1000, Pages: pagesOf(pfns...)}.Image()
	short.PutU64(0x2020, 0x4000) // the meaningless pointer is where the long layout has the first page
	long := dmptest.Summary{Bits: 0x1000, Layout: dmptest.SummaryLong, Pages: pagesOf(pfns...)}.Image()
	long.PutU32(0x200C, 0x4000, 0x1000, 3)
	for name, m := range map[string]*dmptest.Image{"short": short, "long": long} {
		f := open(t, m.Data())
		var got []uint64
		for i := range uint64(4) {
			if pfn, ok, _ := f.StoredPage(i); ok {
				got = append(got, pfn)
			}
		}
		expect(t, name+" layout: pages", got, pfns)
		expect(t, name+" layout: header", f.Regions.Header, int64(0x3000))
		expectIDs(t, f.Findings())
	}
}

// pageSets draws up to 40 page frames in ascending order, in runs and alone.
func pageSets(least, most uint64) *rapid.Generator[[]uint64] {
	return rapid.Custom(func(t *rapid.T) []uint64 {
		set := rapid.SliceOfNDistinct(rapid.Uint64Range(least, most), 1, 30, rapid.ID).Draw(t, "frames")
		base := rapid.Uint64Range(least, most-10).Draw(t, "run")
		for i := range rapid.Uint64Range(0, 10).Draw(t, "run length") {
			set = append(set, base+i)
		}
		slices.Sort(set)
		return slices.Compact(set)
	})
}

// runsOf joins ascending page frames to runs.
func runsOf(pfns []uint64) []dmptest.Run {
	var runs []dmptest.Run
	for _, pfn := range pfns {
		if n := len(runs); n > 0 && runs[n-1].Base+runs[n-1].Count == pfn {
			runs[n-1].Count++
		} else {
			runs = append(runs, dmptest.Run{Base: pfn, Count: 1})
		}
	}
	return runs
}

// In whatever way pages are listed, the i-th stored page is the i-th that was put in.
func TestStoredPages(t *testing.T) {
	short := make([]byte, 1) // a page's content does not matter here
	rapid.Check(t, func(t *rapid.T) {
		pfns := pageSets(1, 5000).Draw(t, "pages")
		pages := dmptest.Pages{}
		for _, pfn := range pfns {
			pages[pfn] = short
		}
		h := dmptest.Header{Machine: rapid.SampledFrom([]uint16{dmptest.AMD64, dmptest.X86}).Draw(t, "machine")}
		runs := runsOf(pfns)
		var m *dmptest.Image
		layout := rapid.SampledFrom([]string{"bitmap", "summary", "full", "range"}).Draw(t, "layout")
		switch layout {
		case "bitmap":
			h.DumpType = rapid.Uint32Range(5, 7).Draw(t, "type")
			m = dmptest.Bitmap{
				Header: h, Pages: pages, Unaligned: rapid.Bool().Draw(t, "unaligned"),
				Bits: rapid.Uint64Range(pfns[len(pfns)-1]+1, 9000).Draw(t, "bits"),
			}.Image()
		case "summary":
			m = dmptest.Summary{Header: h, Pages: pages, Layout: rapid.SampledFrom([]dmptest.SummaryLayout{dmptest.SummaryShort, dmptest.SummaryLong}).Draw(t, "layout of counts")}.Image()
		case "full":
			h.Runs = runs
			m = dmptest.Full{Header: h, Pages: pages}.Image()
		case "range":
			h = dmptest.Header{DumpType: rapid.Uint32Range(8, 10).Draw(t, "type")}
			m = dmptest.Range{Header: h, Ranges: runs, Pages: pages}.Image()
		}
		first := int64(m.Len() - 0x1000*len(pfns))
		size := rapid.Int64Range(first, int64(m.Len())).Draw(t, "size")
		f := open(t, m.Data()[:size])
		r := f.Regions
		if !r.Known || r.Header != first || r.Pages != uint64(len(pfns)) || r.Header+r.Primary+r.Secondary != size || r.Missing != int64(m.Len())-size {
			t.Fatalf("%s: %+v of %#x bytes, the first page is at %#x", layout, r, size, first)
		}
		for i, want := range pfns {
			if got, ok, err := f.StoredPage(uint64(i)); !ok || err != nil || got != want {
				t.Fatalf("%s: stored page %d is %#x, %v, %v; want %#x", layout, i, got, ok, err, want)
			}
		}
		if got, ok, _ := f.StoredPage(uint64(len(pfns))); ok {
			t.Fatalf("%s: a page behind the last: %#x", layout, got)
		}
		whole := (size - first) / 0x1000
		if last := r.LastWholePage; (last != nil) != (r.Missing > 0 && whole > 0) || last != nil && *last != pfns[whole-1] {
			t.Fatalf("%s: the last whole page is %v", layout, last)
		}
	})
}
