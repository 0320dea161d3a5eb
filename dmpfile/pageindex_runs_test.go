package dmpfile_test

import (
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// emptyDump is a dump whose pages are zeros that take no memory.
type emptyDump struct {
	head []byte
	size int64
}

func (d emptyDump) ReadAt(p []byte, off int64) (n int, err error) {
	clear(p)
	if off < int64(len(d.head)) {
		copy(p, d.head[off:])
	}
	if n = len(p); int64(n) > d.size-off {
		n, err = int(max(0, d.size-off)), io.EOF
	}
	return n, err
}

// listDump makes the head of a dump of type 8 or 10 with the runs.
func listDump(dumpType uint32, runs []dmptest.Run) emptyDump {
	size := 0x10 + 16*len(runs)
	if dumpType != 10 {
		size += 16
	}
	m := dmptest.Range{Header: dmptest.Header{DumpType: dumpType}, MetadataSize: uint64(size)}.Image()
	pages := uint64(0)
	for i, x := range runs {
		m.PutU64(0x2030+16*i, x.Base, x.Count)
		pages += x.Count
	}
	if dumpType == 10 {
		m.PutU64(0x2028, pages)
	}
	return emptyDump{m.Data(), int64(m.Len()) + int64(pages)*dmpfile.PageSize}
}

// runModel answers by looking through all runs.
type runModel struct {
	first int64 // file offset of the first page
	size  int64
	runs  []dmptest.Run
}

// page returns which stored page has a page frame.
func (m runModel) page(pfn uint64) (i uint64, ok bool) {
	for _, r := range m.runs {
		if r.Base <= pfn && pfn < r.Base+r.Count {
			return i + pfn - r.Base, true
		}
		i += r.Count
	}
	return 0, false
}

// frame returns the page frame of a stored page.
func (m runModel) frame(i uint64) (pfn uint64, ok bool) {
	for _, r := range m.runs {
		if i < r.Count {
			return r.Base + i, true
		}
		i -= r.Count
	}
	return 0, false
}

// count returns how many page frames from first to end are stored, of a list that names none twice.
func (m runModel) count(first, end uint64) (n uint64) {
	for _, r := range m.runs {
		if from, to := max(first, r.Base), min(end, r.Base+r.Count); from < to {
			n += to - from
		}
	}
	return n
}

// check compares what is asked by page frame, by stored page and by offset, at the ends of some runs and between them.
func (m runModel) check(t rapid.TB, f *dmpfile.File, random *rand.Rand, overlaps bool) {
	t.Helper()
	frames := []uint64{0, 1, 1<<18 - 1, 1 << 18, 1<<40 - 1, 1 << 40, 1<<52 - 1, 1<<64 - 1}
	last := uint64(0)
	for _, r := range m.runs {
		last += r.Count
	}
	stored := []uint64{0, last - 1, last, last + 1, 1<<64 - 1}
	for range 30 {
		r := m.runs[random.IntN(len(m.runs))]
		frames = append(frames, r.Base-1, r.Base, r.Base+r.Count/2, r.Base+r.Count-1, r.Base+r.Count)
		i, _ := m.page(r.Base)
		stored = append(stored, i-1, i, i+r.Count-1, i+r.Count, random.Uint64N(last))
	}
	for _, pfn := range frames {
		i, ok := m.page(pfn)
		want := m.first + int64(i)*dmpfile.PageSize
		readable := ok && want+4 <= m.size
		ok = ok && want+dmpfile.PageSize <= m.size
		if off, got, err := f.Page(pfn); err != nil || got != ok || ok && off != want {
			t.Fatalf("page frame %#x is at %#x, %v, %v; want %#x, %v", pfn, off, got, err, want, ok)
		}
		if n, err := f.ReadPhysical(make([]byte, 3), dmpfile.PhysAddr(pfn*dmpfile.PageSize+1)); pfn < 1<<50 && (n == 3) != readable || (n == 3) != (err == nil) {
			t.Fatalf("page frame %#x: %d bytes were read, %v; want 3: %v", pfn, n, err, readable)
		}
		to := frames[random.IntN(len(frames))]
		if n, err := f.CountPages(pfn, to); err != nil || !overlaps && n != m.count(pfn, to) {
			t.Fatalf("%d pages from %#x to %#x, %v; want %d", n, pfn, to, err, m.count(pfn, to))
		}
	}
	for _, i := range stored {
		want, ok := m.frame(i)
		if pfn, got, err := f.StoredPage(i); err != nil || got != ok || pfn != want {
			t.Fatalf("stored page %d is %#x, %v, %v; want %#x, %v", i, pfn, got, err, want, ok)
		}
		if i > 1<<50 {
			continue
		}
		off := m.first + int64(i)*dmpfile.PageSize + 0x123
		ok = ok && off < m.size
		if pfn, got, err := f.PageFrame(off); err != nil || got != ok || ok && pfn != want {
			t.Fatalf("offset %#x is page frame %#x, %v, %v; want %#x, %v", off, pfn, got, err, want, ok)
		}
	}
}

// drawRuns draws up to some thousand runs, and sometimes some hundred thousand, one behind the other: stretches of memory in small pieces, stretches in large or scattered ones,
// and steps over memory of which nothing is there.
func drawRuns(t *rapid.T, random *rand.Rand) (runs []dmptest.Run) {
	pfn := rapid.SampledFrom([]uint64{1, 2, 1<<18 - 1, 1 << 18, 1 << 30}).Draw(t, "first page frame")
	numbers, counts := []int{1, 2, 100, 1023, 1024, 1800, 2100, 5000}, []uint64{1, 2, 7, 64, 100_000}
	gaps, steps := []uint64{1, 2, 100, 1 << 18, 1 << 20}, []uint64{0, 1, 63, 1 << 18, 1 << 19, 1 << 32, 1 << 37}
	if rapid.Bool().Draw(t, "dense") {
		numbers, counts, gaps, steps = numbers[5:], counts[:3], gaps[:2], steps[:5]
	}
	if rapid.IntRange(0, 7).Draw(t, "long") == 7 { // than what is kept when the dump is opened
		numbers = []int{2, 1800, 70_000}
	}
	for range rapid.IntRange(1, 5).Draw(t, "stretches") {
		n := rapid.SampledFrom(numbers).Draw(t, "runs")
		count := rapid.SampledFrom(counts).Draw(t, "pages of a run")
		gap := rapid.SampledFrom(gaps).Draw(t, "pages between runs")
		for range n {
			r := dmptest.Run{Base: pfn, Count: 1 + random.Uint64N(count)}
			runs = append(runs, r)
			pfn += r.Count + random.Uint64N(gap+1) // sometimes it follows at once
		}
		pfn += rapid.SampledFrom(steps).Draw(t, "pages to the next stretch")
	}
	return runs
}

// joined counts runs, of which those that follow one another are one.
func joined(runs []dmptest.Run) (n int) {
	end := ^uint64(0)
	for _, r := range runs {
		if r.Base != end {
			n++
		}
		end = r.Base + r.Count
	}
	return n
}

// The index of any list of runs gives the answers that the list itself does, be it by a bitmap or by spans; so does that of a dump with a
// bitmap of the same pages. It takes less memory than the spans of the list. A long list is
// read again for it.
func TestRunLists(t *testing.T) {
	if raceDetector {
		t.Skip("long lists, of one goroutine")
	}
	var bitmaps, spans, compared, again int
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		runs := drawRuns(t, random)
		order := rapid.SampledFrom([]string{"ascending", "ascending", "one is moved", "shuffled", "one is repeated"}).Draw(t, "order")
		from, to := random.IntN(len(runs)), random.IntN(len(runs))
		switch order {
		case "one is moved":
			runs[from], runs[to] = runs[to], runs[from]
		case "shuffled":
			random.Shuffle(len(runs), func(i, j int) { runs[i], runs[j] = runs[j], runs[i] })
		case "one is repeated":
			runs[from] = runs[to]
		}
		d := listDump(rapid.SampledFrom([]uint32{8, 10}).Draw(t, "type"), runs)
		m := runModel{int64(len(d.head)), d.size, runs}
		if rapid.Bool().Draw(t, "cut") {
			d.size = m.first + random.Int64N(d.size-m.first+1)
			m.size = d.size
		}
		r := &countingReader{ReaderAt: d}
		f, err := dmpfile.NewFile(r, d.size)
		if err != nil {
			t.Fatal(err)
		}
		opened := r.reads.Load()
		counts, err := f.PageCounts()
		if overlaps := order == "one is repeated" && from != to; overlaps && joined(runs) > 1<<16 {
			if err == nil {
				t.Fatal("so many runs that overlap have an index")
			}
			return
		}
		if r.reads.Load() != opened {
			again++
		}
		overlaps := order == "one is repeated" && from != to
		m.check(t, f, random, overlaps)
		end := runs[len(runs)-1].Base + runs[len(runs)-1].Count
		pages := m.count(0, 1<<64-1)
		if err != nil || counts.Declared != pages || counts.Listed != pages || (counts.Repeated != 0) != overlaps {
			t.Fatalf("%+v, %v; want %d", counts, err, pages)
		}
		bitmap, list := dmpfile.IndexBytes(f)
		if most := 28*len(runs) + 4; bitmap > most+cap(d.head)/100 || list > most+4 || bitmap > 0 && list > 0 || order != "ascending" && len(runs) > 1 && from != to && bitmap > 0 {
			t.Fatalf("%d runs: %d bytes of bitmap, %d of spans", len(runs), bitmap, list)
		}
		if bitmap > 0 {
			bitmaps++
		} else {
			spans++
		}
		if order == "ascending" && end < 1<<23 {
			compared++
			other := bitmapOf(runs, end)
			other.size -= d.size - m.size
			m := runModel{int64(len(other.head)), other.size, runs}
			f, err := dmpfile.NewFile(other, other.size)
			if err != nil {
				t.Fatal(err)
			}
			m.check(t, f, random, false)
		}
	})
	if bitmaps == 0 || spans == 0 || compared == 0 || again == 0 || again == bitmaps+spans {
		t.Errorf("%d indexes by bitmap, %d by spans, %d dumps with a bitmap, %d lists read again", bitmaps, spans, compared, again)
	}
}

// bitmapOf makes a dump of type 6 with the pages of runs.
func bitmapOf(runs []dmptest.Run, bits uint64) emptyDump {
	bitmap, pages := make([]byte, (bits+7)/8), uint64(0)
	for _, r := range runs {
		for pfn := r.Base; pfn < r.Base+r.Count; pfn++ {
			bitmap[pfn/8] |= 1 << (pfn % 8)
		}
		pages += r.Count
	}
	first := uint64(0x2038 + len(bitmap))
	m := dmptest.Bitmap{Bits: bits, HeaderSize: first}.Image()
	m.PutU64(0x2020, first, pages, bits)
	m.PutBytes(0x2038, bitmap)
	return emptyDump{m.Data(), int64(first + pages*dmpfile.PageSize)}
}

// A bitmap is taken where it is smaller than spans, wherever the list ends; the memory of a server with a run every few pages is so.
func TestSmallerIndex(t *testing.T) {
	for _, c := range []struct {
		runs, step, count uint64
		bitmap            bool
	}{{1700, 2, 1, false}, {1800, 2, 1, true}, {2048, 3, 1, true}, {5000, 2, 1, true}, {5000, 300, 299, false}, {5000, 300, 1, false}, {300_000, 5, 3, true}} {
		runs := evenRanges(c.runs, c.step)
		for i := range runs {
			runs[i].Count = c.count
		}
		for _, dumpType := range []uint32{8, 10} {
			d := listDump(dumpType, runs)
			f, err := dmpfile.NewFile(d, d.size)
			if err != nil {
				t.Fatal(err)
			}
			if bitmap, spans := dmpfile.IndexBytes(f); (bitmap > 0) != c.bitmap || (spans > 0) == c.bitmap {
				t.Errorf("%+v: %d bytes of bitmap, %d of spans", c, bitmap, spans)
			}
		}
	}
}

// The list of ranges is read once, be it for the count of pages, the last whole page or the index.
func TestRangesAreReadOnce(t *testing.T) {
	d := listDump(8, evenRanges(100_000, 3)) // 1,600,016 bytes of list
	d.size -= 5 * dmpfile.PageSize
	r := &countingReader{ReaderAt: d}
	f, err := dmpfile.NewFile(r, d.size)
	if err != nil {
		t.Fatal(err)
	}
	opened := r.reads.Load()
	if last := f.Regions.LastWholePage; last == nil || *last != 1+3*(100_000-6) {
		t.Errorf("the last whole page is %v", last)
	}
	if _, ok, err := f.Page(4); !ok || err != nil {
		t.Error(ok, err)
	}
	if n := r.reads.Load(); opened != 3 || n != opened { // the head, and two of the list
		t.Errorf("%d reads to open it, %d after that", opened, n-opened)
	}
}

// Lists that claim page frames far from one another, or endless runs, where a bitmap would have to be large, and lists that go to and fro
// between the two forms: the index stays smaller than the list in the file and half of it again, or than twice that while it is made.
func TestHostileRunLists(t *testing.T) {
	if raceDetector {
		t.Skip("long lists, of one goroutine")
	}
	const far = 1<<40 - 1
	dense := func(from uint64, n int) (runs []dmptest.Run) {
		for i := range n {
			runs = append(runs, dmptest.Run{Base: from + 2*uint64(i), Count: 1})
		}
		return runs
	}
	toAndFro := dense(1, 4096)
	for i := uint64(2); i < 300; i++ { // each stretch nearly pays for its block
		toAndFro = append(toAndFro, dense(i<<18, 1700+int(i%3)*100)...)
	}
	for _, c := range []struct {
		name string
		runs []dmptest.Run
	}{
		{"a dense start and the last page frame", append(dense(1, 10_000), dmptest.Run{Base: far, Count: 1})},
		{"a dense start and a run to the last page frame", append(dense(1, 10_000), dmptest.Run{Base: 1 << 20, Count: far - 1<<20})},
		{"a run to the last page frame and a dense start", append([]dmptest.Run{{Base: 1 << 20, Count: far - 1<<20}}, dense(1, 10_000)...)},
		{"only the last page frame", []dmptest.Run{{Base: far, Count: 1}}},
		{"a page in each block", func() (runs []dmptest.Run) {
			for i := range uint64(20_000) {
				runs = append(runs, dmptest.Run{Base: i<<18 + 5, Count: 1})
			}
			return runs
		}()},
		{"to and fro", toAndFro},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, dumpType := range []uint32{8, 10} {
				d := listDump(dumpType, c.runs)
				m := runModel{int64(len(d.head)), int64(len(d.head)) + 1<<30, c.runs}
				f, err := dmpfile.NewFile(emptyDump{d.head, m.size}, m.size)
				if err != nil {
					t.Fatal(err)
				}
				m.check(t, f, rand.New(rand.NewPCG(1, 2)), true)
				bitmap, spans := dmpfile.IndexBytes(f)
				if most := 28*len(c.runs) + 8; bitmap > most+most/10 || spans > most {
					t.Errorf("%d runs: %d bytes of bitmap, %d of spans", len(c.runs), bitmap, spans)
				}
			}
		})
	}
}

// A list is kept when the dump is opened where that takes little memory, whatever is in the list; else it is read again for the first page.
func TestOpenKeepsShortLists(t *testing.T) {
	if raceDetector {
		t.Skip("long lists, of one goroutine")
	}
	var descending, blocks, mixed, dense []dmptest.Run
	for i := range uint64(1 << 20) {
		descending = append(descending, dmptest.Run{Base: 1 + 3*(1<<20-i), Count: 1})
	}
	for i := range uint64(1 << 20) { // each block has just enough runs
		blocks = append(blocks, dmptest.Run{Base: 1 + i/1800<<18 + i%1800*2, Count: 1})
	}
	mixed = evenRanges(70_000, 300)
	for i := range uint64(200_000) {
		mixed = append(mixed, dmptest.Run{Base: 70_000*300 + 2*i, Count: 1})
	}
	dense = append(evenRanges(1<<17, 2), dmptest.Run{Base: 1<<40 - 1, Count: 1})
	for _, c := range []struct {
		name   string
		runs   []dmptest.Run
		bitmap bool
		again  bool
	}{
		{"few", evenRanges(1<<16, 300), false, false},
		{"one too many", evenRanges(1<<16+1, 300), false, true},
		{"fragmented", evenRanges(1<<20, 3), true, false},
		{"scattered", evenRanges(1<<20, 3000), false, true},
		{"descending", descending, false, true},
		{"a large bitmap", blocks, true, true},
		{"scattered, then dense", mixed, true, true},
		{"dense, and the last page frame", dense, false, true},
		{"dense, and back", append(evenRanges(1<<20, 3), dmptest.Run{Base: 3, Count: 1}), false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, dumpType := range []uint32{8, 10} {
				d := listDump(dumpType, c.runs)
				r := &countingReader{ReaderAt: d}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				f, err := dmpfile.NewFile(r, d.size)
				runtime.ReadMemStats(&after)
				if err != nil {
					t.Fatal(err)
				}
				if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
					t.Errorf("type %d: %d bytes were allocated to open it", dumpType, n)
				}
				opened := r.reads.Load()
				if most := int64(len(d.head)>>20 + 2); opened > most {
					t.Errorf("type %d: %d reads to open it, more than %d", dumpType, opened, most)
				}
				before = after
				bitmap, spans := dmpfile.IndexBytes(f)
				runtime.ReadMemStats(&after)
				if n, most := after.TotalAlloc-before.TotalAlloc, uint64(2<<20+60*len(c.runs)); n > most {
					t.Errorf("type %d: %d bytes were allocated for the index, more than %d", dumpType, n, most)
				}
				if again := r.reads.Load() != opened; again != c.again || bitmap > 0 != c.bitmap || spans > 0 == c.bitmap {
					t.Errorf("type %d: %d bytes of bitmap, %d of spans; read again: %v", dumpType, bitmap, spans, again)
				}
				if len(c.runs) > 300_000 {
					continue // the model takes long
				}
				runModel{int64(len(d.head)), d.size, c.runs}.check(t, f, rand.New(rand.NewPCG(1, 2)), c.name == "dense, and back")
			}
		})
	}
}

// changingReader is another file from some time on.
type changingReader struct{ io.ReaderAt }

// A list that is another when it is read again gives an error, and no more memory than for the first one.
func TestListChanges(t *testing.T) {
	runs := evenRanges(100_000, 300)
	for name, change := range map[string]func([]dmptest.Run){
		"a run is longer":   func(r []dmptest.Run) { r[5].Count = 2 },
		"a run is empty":    func(r []dmptest.Run) { r[5].Count = 0 },
		"a run goes back":   func(r []dmptest.Run) { r[5].Base = 1 },
		"a run is far away": func(r []dmptest.Run) { r[99_999].Base = 1 << 39 },
		"all is dense":      func(r []dmptest.Run) { copy(r, evenRanges(100_000, 2)) },
	} {
		r := &changingReader{listDump(8, runs)}
		f, err := dmpfile.NewFile(r, listDump(8, runs).size)
		if err != nil {
			t.Fatal(err)
		}
		other := slices.Clone(runs)
		change(other)
		r.ReaderAt = listDump(8, other)
		if _, _, err := f.Page(1); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
