package dmpfile_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// storedPages is the plain model of a dump of pages: the page frame of each stored page, in file order.
type storedPages struct {
	first  int64 // file offset of the first one
	size   int64 // of the file
	frames []uint64
}

// at returns which stored page holds a page frame: the first one of that number.
func (m storedPages) at(pfn uint64) (i int64, ok bool) {
	i = int64(slices.Index(m.frames, pfn))
	return i, i >= 0
}

// check compares every answer about pages with the model, for all frames that are stored and their neighbours, and some others.
func (m storedPages) check(t rapid.TB, f *dmpfile.File) {
	t.Helper()
	probe := []uint64{0, 1, 63, 64, 1<<18 - 1, 1 << 18, 1 << 23, 1 << 40, 1<<52 - 1, 1<<64 - 1}
	for _, pfn := range m.frames {
		probe = append(probe, pfn-1, pfn, pfn+1)
	}
	slices.Sort(probe)
	page := make([]byte, dmpfile.PageSize)
	for _, pfn := range slices.Compact(probe) {
		i, stored := m.at(pfn)
		want := m.first + i*dmpfile.PageSize
		whole := stored && want+dmpfile.PageSize <= m.size
		off, ok, err := f.Page(pfn)
		if err != nil || ok != whole || ok && off != want {
			t.Fatalf("page frame %#x is at %#x, %v, %v; want %#x, %v", pfn, off, ok, err, want, whole)
		}
		if whole {
			if _, err := f.ReadPhysical(page, dmpfile.PhysAddr(pfn*dmpfile.PageSize)); err != nil || !bytes.Equal(page, dmptest.PageBytes(pfn)) {
				t.Fatalf("page frame %#x: %v, stamp %#x", pfn, err, page[:8])
			}
		}
	}
	for i, want := range m.frames {
		start := m.first + int64(i)*dmpfile.PageSize
		for _, off := range []int64{start, start + 0x7FF, start + 0xFFF} {
			pfn, ok, err := f.PageFrame(off)
			if err != nil || ok != (off < m.size) || ok && pfn != want {
				t.Fatalf("offset %#x is page frame %#x, %v, %v; want %#x", off, pfn, ok, err, want)
			}
		}
	}
	for _, off := range []int64{-1 << 63, -1, 0, m.first - 1, m.first + int64(len(m.frames))*dmpfile.PageSize, 1<<63 - 1} {
		if pfn, ok, err := f.PageFrame(off); ok || err != nil {
			t.Fatalf("offset %#x is page frame %#x, %v", off, pfn, err)
		}
	}
	for _, cells := range []int{1, 7, 4096} {
		m.checkMap(t, f, cells)
	}
}

// checkMap compares a map of so many cells with the model.
func (m storedPages) checkMap(t rapid.TB, f *dmpfile.File, cells int) {
	t.Helper()
	got, err := f.PageMap(cells)
	if err != nil || len(got.Present) > cells || got.First%got.PerCell != 0 {
		t.Fatalf("%d cells of %#x from %#x, %v", len(got.Present), got.PerCell, got.First, err)
	}
	present, missing := make([]uint64, len(got.Present)), make([]uint64, len(got.Present))
	met, gone := map[uint64]bool{}, false
	for i, pfn := range m.frames {
		whole := m.first+int64(i+1)*dmpfile.PageSize <= m.size
		if !whole && !gone && got.FirstMissing != pfn {
			t.Fatalf("the first page that is missing is %#x, want %#x", got.FirstMissing, pfn)
		}
		gone = gone || !whole
		switch cell := (pfn - got.First) / got.PerCell; {
		case met[pfn]:
		case whole:
			present[cell]++
		default:
			missing[cell]++
		}
		met[pfn] = true
	}
	if !slices.Equal(present, got.Present) || gone != (got.Missing != nil) || gone && !slices.Equal(missing, got.Missing) {
		t.Fatalf("in cells of %#x from %#x there are %v, and %v are missing; want %v and %v", got.PerCell, got.First, got.Present, got.Missing, present, missing)
	}
}

// frameSets draws ascending page frames: about 1 %, 50 % or all of a stretch of memory, with holes at its ends and in the middle. Some
// stretches lie across the borders of the blocks in which bitmaps are read and indexed.
func frameSets() *rapid.Generator[[]uint64] {
	return rapid.Custom(func(t *rapid.T) []uint64 {
		base := rapid.SampledFrom([]uint64{1, 64, 1<<18 - 100, 1<<23 - 100}).Draw(t, "base")
		n := rapid.Uint64Range(1, 300).Draw(t, "frames")
		percent := rapid.SampledFrom([]int{1, 50, 100}).Draw(t, "density")
		holeAt := base + rapid.Uint64Range(0, n).Draw(t, "hole at")
		holeEnd := holeAt + rapid.Uint64Range(0, 130).Draw(t, "hole")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var pfns []uint64
		for pfn := base; pfn < base+n; pfn++ {
			if random.IntN(100) < percent && (pfn < holeAt || pfn >= holeEnd) {
				pfns = append(pfns, pfn)
			}
		}
		if len(pfns) == 0 {
			pfns = append(pfns, base)
		}
		return pfns
	})
}

// drawDump draws a dump in any layout, perhaps cut behind the place where its pages begin.
func drawDump(t *rapid.T) (*dmpfile.File, storedPages) {
	pfns := frameSets().Draw(t, "page frames")
	runs := runsOf(pfns)
	layouts := []string{"bitmap", "summary", "range"}
	if len(runs) <= 42 {
		layouts = append(layouts, "full")
	}
	h := dmptest.Header{Machine: rapid.SampledFrom([]uint16{dmptest.AMD64, dmptest.X86}).Draw(t, "machine")}
	bits := pfns[len(pfns)-1] + 1 + rapid.SampledFrom([]uint64{0, 1, 7, 8, 63, 64, 65, 1 << 18}).Draw(t, "bits behind the last page")
	var m *dmptest.Image
	switch rapid.SampledFrom(layouts).Draw(t, "layout") {
	case "bitmap":
		h.DumpType = rapid.Uint32Range(5, 7).Draw(t, "type")
		m = dmptest.Bitmap{Header: h, Pages: pagesOf(pfns...), Unaligned: rapid.Bool().Draw(t, "unaligned"), Bits: bits}.Image()
	case "summary":
		layout := rapid.SampledFrom([]dmptest.SummaryLayout{dmptest.SummaryShort, dmptest.SummaryLong}).Draw(t, "layout of counts")
		m = dmptest.Summary{Header: h, Pages: pagesOf(pfns...), Layout: layout, Bits: bits}.Image()
	case "full":
		h.Runs = runs
		m = dmptest.Full{Header: h}.Image()
	case "range":
		h = dmptest.Header{DumpType: rapid.Uint32Range(8, 10).Draw(t, "type")}
		m = dmptest.Range{Header: h, Ranges: runs}.Image()
	}
	first := int64(m.Len() - dmpfile.PageSize*len(pfns))
	size := int64(m.Len())
	if rapid.Bool().Draw(t, "cut") {
		size = rapid.Int64Range(first, size).Draw(t, "size")
	}
	return open(t, m.Data()[:size]), storedPages{first, size, pfns}
}

// In every layout and at every density, each page frame is found at its offset, and each offset leads back to its page frame.
func TestPages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, model := drawDump(t)
		model.check(t, f)
		counts, err := f.PageCounts()
		if n := uint64(len(model.frames)); err != nil || counts != (dmpfile.PageCounts{Declared: n, Listed: n}) {
			t.Fatalf("%+v, %v; want %d", counts, err, n)
		}
	})
}

// Runs and ranges that overlap or descend: the first in the file has the page.
func TestOverlappingRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var runs []dmptest.Run
		var frames []uint64
		for range rapid.IntRange(1, 30).Draw(t, "runs") {
			r := dmptest.Run{Base: rapid.Uint64Range(1, 60).Draw(t, "base"), Count: rapid.Uint64Range(1, 20).Draw(t, "count")}
			runs = append(runs, r)
			for i := range r.Count {
				frames = append(frames, r.Base+i)
			}
		}
		var m *dmptest.Image
		if rapid.Bool().Draw(t, "full") {
			m = dmptest.Full{Header: dmptest.Header{Runs: runs}}.Image()
		} else {
			m = dmptest.Range{Header: dmptest.Header{DumpType: rapid.Uint32Range(8, 10).Draw(t, "type")}, Ranges: runs}.Image()
		}
		f := open(t, m.Data())
		size := int64(m.Len())
		storedPages{size - int64(len(frames))*dmpfile.PageSize, size, frames}.check(t, f)
		n := uint64(len(frames))
		slices.Sort(frames)
		counts, err := f.PageCounts()
		if want := (dmpfile.PageCounts{Declared: n, Listed: n, Repeated: n - uint64(len(slices.Compact(frames)))}); err != nil || counts != want {
			t.Fatalf("%+v, %v; want %+v", counts, err, want)
		}
	})
}

// Where the header and the bitmap or runs disagree, the smaller count holds.
func TestPageCounts(t *testing.T) {
	h := dmptest.Header{Runs: []dmptest.Run{{Base: 3, Count: 2}, {Base: 9, Count: 1}}}
	dumps := []struct {
		name     string
		image    func() *dmptest.Image
		first    int64
		declared int // offset of the field
	}{
		{"bitmap", dmptest.Bitmap{Bits: 60, Pages: pagesOf(3, 4, 9)}.Image, 0x3000, 0x2028},
		{"full", dmptest.Full{Header: h}.Image, 0x2000, 0x90},
		{"range", dmptest.Range{Ranges: h.Runs}.Image, 0x2050, 0x2028},
	}
	for _, d := range dumps {
		for declared := uint64(0); declared <= 5; declared++ {
			m := d.image()
			m.PutU64(d.declared, declared)
			m.Append(make([]byte, 4*dmpfile.PageSize))
			f := open(t, m.Data())
			counts, err := f.PageCounts()
			want := dmpfile.PageCounts{Declared: declared, Listed: 3}
			if d.name == "range" { // the list is read until it has enough, in whole ranges
				want.Listed = []uint64{0, 2, 2, 3, 3, 3}[declared]
			}
			if counts != want || err != nil {
				t.Errorf("%s, %d declared: %+v, %v", d.name, declared, counts, err)
			}
			model := storedPages{d.first, int64(m.Len()), []uint64{3, 4, 9}[:min(declared, 3)]}
			for end := range uint64(12) {
				below := uint64(0)
				for _, pfn := range model.frames {
					if pfn < end {
						below++
					}
				}
				if n, err := f.CountPages(0, end); n != below || err != nil {
					t.Errorf("%s, %d declared: %d pages below %d, %v; want %d", d.name, declared, n, end, err, below)
				}
			}
			model.check(t, f)
			model.checkRead(t, f, 0x3800, 0x1000)
		}
	}
}

// An empty range ends the list, and what stands behind it is no range.
func TestEmptyRange(t *testing.T) {
	for dumpType, declared := range map[uint32]uint64{8: 2, 10: 3} {
		m := dmptest.Range{Header: dmptest.Header{DumpType: dumpType}, Ranges: []dmptest.Run{{Base: 3, Count: 2}, {Base: 7}, {Base: 9, Count: 1}}}.Image()
		f := open(t, m.Data())
		counts, err := f.PageCounts()
		if counts != (dmpfile.PageCounts{Declared: declared, Listed: 2}) || err != nil {
			t.Errorf("type %d: %+v, %v", dumpType, counts, err)
		}
		storedPages{f.Regions.Header, int64(m.Len()), []uint64{3, 4}}.check(t, f)
	}
}

// Damaged and foreign files: what is asked of them ends in the right error, and takes little memory.
func TestPagesOfDamagedFiles(t *testing.T) {
	bitmap := dmptest.Bitmap{Bits: 64, Pages: pagesOf(3, 4, 9)}
	full := dmptest.Full{Header: dmptest.Header{Runs: []dmptest.Run{{Base: 3, Count: 2}}}}
	patch := func(m *dmptest.Image, off int, v ...uint64) *dmptest.Image {
		m.PutU64(off, v...)
		return m
	}
	cut := func(m *dmptest.Image, size int) *dmptest.Image {
		m.Truncate(size)
		return m
	}
	format := new(*dmpfile.FormatError)
	for _, c := range []struct {
		name  string
		image *dmptest.Image
		want  any // error or nil: no error, and no page
	}{
		{"a run of 2^40 pages", patch(full.Image(), 0xA0, 1<<40), dmpfile.ErrPagesUnknown},
		{"a run of 2^40-1 pages", patch(full.Image(), 0xA0, 1<<40-1), "page"},
		{"a bitmap of 2^60 bits", patch(bitmap.Image(), 0x2030, 1<<60), dmpfile.ErrPagesUnknown},
		{"a bitmap of 2^33 bits", patch(bitmap.Image(), 0x2020, 1<<30+0x3000, 3, 1<<33), format},
		{"a bitmap of 2^40-1 bits", patch(bitmap.Image(), 0x2020, 1<<37+0x3000, 3, 1<<40-1), format},
		{"a bitmap that is cut", cut(dmptest.Bitmap{Bits: 0x10000, Pages: pagesOf(3)}.Image(), 0x3000), format},
		{"the first page past the end", patch(bitmap.Image(), 0x2020, 1<<30), nil},
		{"a list of ranges that is cut", cut(dmptest.Range{Ranges: []dmptest.Run{{Base: 3, Count: 1}, {Base: 5, Count: 1}}}.Image(), 0x2048), format},
		{"a list of ranges of 2^37 bytes", patch(dmptest.Range{Ranges: []dmptest.Run{{Base: 3, Count: 1}}}.Image(), 0x2010, 1<<37-0x2020, 1<<37), format},
		{"encrypted", sample(t, "encrypted.dmp"), dmpfile.ErrPagesUnknown},
		{"no sub-header", cut(bitmap.Image(), 0x2000), dmpfile.ErrPagesUnknown},
		{"triage", dmptest.Triage{}.Image(), nil},
		{"header only", dmptest.HeaderOnly(dmptest.Header{}), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open(t, c.image.Data())
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, ok, err := f.Page(3)
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 2<<20 {
				t.Errorf("%d bytes allocated", n)
			}
			switch want := c.want.(type) {
			case nil:
				if ok || err != nil {
					t.Errorf("%v, %v", ok, err)
				}
			case string:
				if !ok || err != nil {
					t.Errorf("%v, %v", ok, err)
				}
			case error:
				if !errors.Is(err, want) {
					t.Errorf("error %v", err)
				}
			default:
				if !errors.As(err, want) || err.Error() == "" {
					t.Errorf("error %v", err)
				}
			}
			_, _, err2 := f.PageFrame(f.Regions.Header)
			_, err3 := f.PageCounts()
			if err2 != err || err3 != err {
				t.Errorf("%v; %v; %v", err, err2, err3)
			}
			if n, err4 := f.ReadPhysical(make([]byte, 1), 0); n != 0 || err != nil && err4 != err || err4 == nil {
				t.Errorf("ReadPhysical: %d, %v", n, err4)
			}
		})
	}
}

// evenRanges are n ranges of one page, every step page frames from 1 on.
func evenRanges(n, step uint64) []dmptest.Run {
	runs := make([]dmptest.Run, n)
	for i := range runs {
		runs[i] = dmptest.Run{Base: 1 + step*uint64(i), Count: 1}
	}
	return runs
}

// rangesFile writes a dump of ranges whose pages are a hole in the file, and returns its name.
func rangesFile(t testing.TB, runs []dmptest.Run) string {
	t.Helper()
	m := dmptest.Range{}.Image()
	first, pages := uint64(0x2030+16*len(runs)), uint64(0)
	m.Grow(int(first))
	for i, r := range runs {
		m.PutU64(0x2030+16*i, r.Base, r.Count)
		pages += r.Count
	}
	m.PutU64(0x2010, first-0x2020, first)
	m.PutU64(0x2028, pages)
	name := filepath.Join(t.TempDir(), "MEMORY.DMP")
	if err := os.WriteFile(name, m.Data(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, int64(first+pages*dmpfile.PageSize)); err != nil {
		t.Skipf("this file system has no sparse files: %v", err)
	}
	return name
}

// openRanges opens a dump of rangesFile.
func openRanges(t testing.TB, runs []dmptest.Run) *dmpfile.File {
	t.Helper()
	f, err := dmpfile.Open(rangesFile(t, runs))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestManyRanges(t *testing.T) {
	const n = 1 << 20
	for _, step := range []uint64{3, 300} { // a bitmap and spans
		f := openRanges(t, evenRanges(n, step))
		first := f.Regions.Header
		for i := range uint64(n) {
			want, pfn := first+int64(i)*dmpfile.PageSize, 1+step*i
			if off, ok, err := f.Page(pfn); !ok || err != nil || off != want {
				t.Fatalf("page frame %#x: %#x, %v, %v; want %#x", pfn, off, ok, err, want)
			}
			if got, ok, err := f.PageFrame(want + 1); !ok || err != nil || got != pfn {
				t.Fatalf("offset %#x: page frame %#x, %v, %v; want %#x", want+1, got, ok, err, pfn)
			}
			if _, ok, _ := f.Page(pfn + 1); ok {
				t.Fatalf("page frame %#x was found", pfn+1)
			}
		}
	}
}

// Every page frame of a large fragmented bitmap, against the bits themselves.
func TestLargeBitmap(t *testing.T) {
	w, pages := sparse(t, frames8GiB)
	bitmap := make([]byte, frames8GiB/8)
	if _, err := w.ReadAt(bitmap, 0x2038); err != nil {
		t.Fatal(err)
	}
	f, err := dmpfile.Open(w.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	next := f.Regions.Header
	for pfn := range uint64(frames8GiB) {
		set := bitmap[pfn/8]>>(pfn%8)&1 == 1
		off, ok, err := f.Page(pfn)
		if err != nil || ok != set || ok && off != next {
			t.Fatalf("page frame %#x: %#x, %v, %v; want %#x, %v", pfn, off, ok, err, next, set)
		}
		if !ok {
			continue
		}
		if back, ok, err := f.PageFrame(off); !ok || err != nil || back != pfn {
			t.Fatalf("offset %#x: page frame %#x, %v, %v; want %#x", off, back, ok, err, pfn)
		}
		next += dmpfile.PageSize
	}
	if next != f.Regions.Header+int64(pages)*dmpfile.PageSize {
		t.Errorf("the last page ends at %#x", next)
	}
}

// The bitmap is read once, when the first page is asked for; look-ups and reads of pages take no memory.
func TestIndexIsReadOnce(t *testing.T) {
	r, size, _ := sparse64GiB(t)
	f := openCounted(t, r, size)
	opened := r.reads.Load()
	page := make([]byte, dmpfile.PageSize)
	off, ok, err := f.Page(0)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if n := r.reads.Load() - opened; n != 2 { // 2 MiB
		t.Errorf("%d reads for the first page", n)
	}
	dumps := map[string]*dmpfile.File{"bitmap": f, "ranges": openRanges(t, evenRanges(1000, 3)), "many ranges": openRanges(t, evenRanges(5000, 3))}
	for name, f := range dumps {
		if n := testing.AllocsPerRun(100, func() {
			f.Page(1)
			f.Page(3)
			f.PageFrame(off)
			f.ReadPhysical(page, 0x1000)
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	if n := r.reads.Load() - opened - 2; n != 101 { // AllocsPerRun warms up with one call
		t.Errorf("%d reads for 101 pages", n)
	}
}

// failingReader cannot read from an offset on.
type failingReader struct {
	io.ReaderAt
	from int64
	err  error
}

func (r failingReader) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > r.from {
		return 0, r.err
	}
	return r.ReaderAt.ReadAt(p, off)
}

// An error of the system is passed on as it is; so is a file that has become shorter since it was opened.
func TestPageReadErrors(t *testing.T) {
	broken := errors.New("bad sector")
	data := dmptest.Bitmap{Bits: 0x10000, Pages: pagesOf(3)}.Image().Data() // the bitmap ends at 0x4038
	for _, c := range []struct {
		from       int64
		err        error
		page, read error
	}{
		{0x4038, broken, nil, broken},
		{0x4037, broken, broken, broken},
		{0x4037, io.EOF, io.ErrUnexpectedEOF, io.ErrUnexpectedEOF},
	} {
		f, err := dmpfile.NewFile(failingReader{bytes.NewReader(data), c.from, c.err}, int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok, err := f.Page(3); err != c.page || ok != (c.page == nil) {
			t.Errorf("%#x, %v: Page: %v", c.from, c.err, err)
		}
		if n, err := f.ReadPhysical(make([]byte, 1), 0x3000); err != c.read || n != 0 {
			t.Errorf("%#x, %v: ReadPhysical: %d, %v", c.from, c.err, n, err)
		}
	}
}

// A File may be used by several goroutines, from the first page on.
func TestPagesConcurrently(t *testing.T) {
	pages := dmptest.Pages{}
	var frames []uint64
	for pfn := uint64(0); pfn < 200; pfn += 1 + pfn%3 {
		pages[pfn] = nil
		frames = append(frames, pfn)
	}
	bitmap := dmptest.Bitmap{Pages: pages}.Image()
	ranges := dmptest.Range{Ranges: runsOf(frames)[1:]}.Image()
	for _, m := range []*dmptest.Image{bitmap, ranges} {
		f := open(t, m.Data())
		var group sync.WaitGroup
		for g := range 8 {
			group.Go(func() {
				page := make([]byte, dmpfile.PageSize)
				for i := range frames {
					pfn := frames[(i+g*len(frames)/8)%len(frames)]
					off, ok, err := f.Page(pfn)
					if m == ranges && pfn < 2 {
						continue
					}
					if !ok || err != nil {
						t.Errorf("page frame %#x: %v, %v", pfn, ok, err)
					}
					if back, _, _ := f.PageFrame(off); back != pfn {
						t.Errorf("page frame %#x: back %#x", pfn, back)
					}
					if _, err := f.ReadPhysical(page, dmpfile.PhysAddr(pfn*dmpfile.PageSize)); err != nil || !bytes.Equal(page, dmptest.PageBytes(pfn)) {
						t.Errorf("page frame %#x: %v", pfn, err)
					}
				}
			})
		}
		group.Wait()
	}
}
