package dmpfile_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// Page frames of two machines.
const (
	frames8GiB  = 1 << 21
	frames64GiB = 1 << 24
)

// countingReader counts reads.
type countingReader struct {
	io.ReaderAt
	reads atomic.Int64
}

func (r *countingReader) ReadAt(p []byte, off int64) (int, error) {
	r.reads.Add(1)
	return r.ReaderAt.ReadAt(p, off)
}

// sparse makes the dump of a machine with so many page frames, half of which are in the dump, as a file of holes.
func sparse(t testing.TB, pfns uint64) (w *os.File, pages uint64) {
	t.Helper()
	w, err := os.Create(filepath.Join(t.TempDir(), "MEMORY.DMP"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	secondary := dmptest.Secondary(26100, contoso.Blob(), dmptest.CPURegistry("Contoso C1", "Contoso", "AMD64 Family 25", 3700))
	pages, err = dmptest.SparseBitmap(w, dmptest.Header{Build: 26100}, pfns, secondary)
	if err != nil {
		t.Skipf("this file system has no sparse files: %v", err)
	}
	return w, pages
}

// sparse64GiB makes the dump of a machine of 64 GiB.
func sparse64GiB(t testing.TB) (r *countingReader, size int64, pages uint64) {
	t.Helper()
	w, pages := sparse(t, frames64GiB)
	info, err := w.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return &countingReader{ReaderAt: w}, info.Size(), pages
}

func openCounted(t testing.TB, r *countingReader, size int64) *dmpfile.File {
	f, err := dmpfile.NewFile(r, size)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(f.Secondary().Streams); n != 2 {
		t.Fatalf("%d streams", n)
	}
	return f
}

// Opening a large dump and finding its secondary data takes a few reads.
func TestOpenLarge(t *testing.T) {
	r, size, pages := sparse64GiB(t)
	f := openCounted(t, r, size)
	if n := r.reads.Load(); n > 16 {
		t.Errorf("%d reads", n)
	}
	expect(t, "header", f.Regions.Header, int64(0x203000)) // with sub-header and 2 MiB of bitmap, rounded up
	expect(t, "pages", f.Regions.Pages, pages)
	expect(t, "findings", f.Findings(), []dmpfile.Finding(nil))
	// The last word of the bitmap is the complement of the word before it, so one of the last 128 frames is stored last.
	if pfn, ok, err := f.StoredPage(pages - 1); !ok || err != nil || pfn < 0x1000000-128 || pfn >= 0x1000000 {
		t.Errorf("last page: %#x, %v, %v", pfn, ok, err)
	}
}

func BenchmarkOpenSmall(b *testing.B) {
	pages := dmptest.Pages{}
	for pfn := range uint64(253) {
		pages[2*pfn] = nil
	}
	data := dmptest.Bitmap{Pages: pages}.Image().Data()
	if len(data) != 1<<20 {
		b.Fatalf("%d bytes", len(data))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := dmpfile.NewFile(bytes.NewReader(data), int64(len(data))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenSparse64GiB(b *testing.B) {
	r, size, _ := sparse64GiB(b)
	b.ReportAllocs()
	for b.Loop() {
		openCounted(b, r, size)
	}
	b.ReportMetric(float64(r.reads.Load())/float64(b.N), "reads/op")
}

func BenchmarkTriageMemory(b *testing.B) {
	const base, count = 0xFFFFF80000000000, 2000
	var t dmptest.Triage
	for i := range uint64(count) {
		t.Blocks = append(t.Blocks, dmptest.Block{VA: base + i*0x1000, Data: make([]byte, 0x100)})
	}
	f := open(b, t.Image().Data())
	p := make([]byte, 8)
	i := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Triage.ReadVirtual(p, dmpfile.VirtAddr(base+i%count*0x1000)); err != nil {
			b.Fatal(err)
		}
		i += 7
	}
}

// openSparse opens a dump of sparse, with its index.
func openSparse(b *testing.B, pfns uint64) (*dmpfile.File, *os.File) {
	w, _ := sparse(b, pfns)
	f, err := dmpfile.Open(w.Name())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	if counts, err := f.PageCounts(); err != nil || counts.Declared != counts.Listed {
		b.Fatal(counts, err)
	}
	return f, w
}

// From the name of a file to the bytes of its first page.
func BenchmarkFirstPage(b *testing.B) {
	for _, c := range []struct {
		name string
		pfns uint64
	}{{"8GiB", frames8GiB}, {"64GiB", frames64GiB}} {
		b.Run(c.name, func(b *testing.B) {
			w, _ := sparse(b, c.pfns)
			page := make([]byte, dmpfile.PageSize)
			first := func() *dmpfile.File {
				f, err := dmpfile.Open(w.Name())
				if err == nil {
					_, err = f.ReadPhysical(page, 0)
				}
				if err != nil {
					b.Fatal(err)
				}
				return f
			}
			b.ReportAllocs()
			for b.Loop() {
				first().Close()
			}
			b.StopTimer()
			before := heapInUse()
			f := first()
			b.ReportMetric(heapInUse()-before, "B-held")
			f.Close()
		})
	}
}

// From the name of a file with a long list of ranges to its index.
func BenchmarkOpenRanges(b *testing.B) {
	for _, c := range []struct {
		name string
		step uint64 // page frames from one range to the next
	}{{"fragmented", 3}, {"scattered", 300}} {
		b.Run(c.name, func(b *testing.B) {
			const n = 700_000
			name := rangesFile(b, evenRanges(n, c.step))
			index := func() *dmpfile.File {
				f, err := dmpfile.Open(name)
				if err != nil {
					b.Fatal(err)
				}
				if counts, err := f.PageCounts(); err != nil || counts.Listed != n {
					b.Fatal(counts, err)
				}
				return f
			}
			b.ReportAllocs()
			for b.Loop() {
				index().Close()
			}
			b.StopTimer()
			before := heapInUse()
			f := index()
			b.ReportMetric(heapInUse()-before, "B-held")
			f.Close()
		})
	}
}

// heapInUse returns how many bytes of the heap are in use.
func heapInUse() float64 {
	runtime.GC()
	runtime.GC() // the first one does not finish what has finalizers
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// Look-ups of page frames that the dump has, in random order; "any" are those of the machine, every other one a miss.
func BenchmarkPage(b *testing.B) {
	for _, c := range []struct {
		name string
		pfns uint64
		any  bool
	}{{"8GiB", frames8GiB, false}, {"64GiB", frames64GiB, false}, {"64GiB-any", frames64GiB, true}} {
		b.Run(c.name, func(b *testing.B) {
			f, _ := openSparse(b, c.pfns)
			pfns := randomFrames(b, f, c.pfns, 1<<16, c.any)
			lookUp(b, f, pfns, !c.any)
		})
	}
}

// The other way round: the page frame at a random file offset.
func BenchmarkPageFrame(b *testing.B) {
	f, _ := openSparse(b, frames64GiB)
	offsets := make([]int64, 1<<16)
	for i, pfn := range randomFrames(b, f, frames64GiB, len(offsets), false) {
		offsets[i], _, _ = f.Page(pfn)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, off := range offsets {
			if _, ok, err := f.PageFrame(off); !ok || err != nil {
				b.Fatal(off, err)
			}
		}
	}
	reportRate(b, len(offsets))
}

// Look-ups in dumps of 2^20 ranges: an index by a bitmap, and one by spans.
func BenchmarkPageOfRanges(b *testing.B) {
	for _, c := range []struct {
		name string
		step uint64 // page frames from one range to the next
	}{{"fragmented", 3}, {"scattered", 300}} {
		b.Run(c.name, func(b *testing.B) {
			const n = 1 << 20
			f := openRanges(b, evenRanges(n, c.step))
			if _, err := f.PageCounts(); err != nil {
				b.Fatal(err)
			}
			pfns := make([]uint64, 1<<16)
			for i := range pfns {
				pfns[i] = 1 + c.step*rand.Uint64N(n)
			}
			lookUp(b, f, pfns, true)
		})
	}
}

// randomFrames returns n random page frames, of the dump or of the machine.
func randomFrames(b *testing.B, f *dmpfile.File, pfns uint64, n int, any bool) []uint64 {
	random := rand.New(rand.NewPCG(1, 2))
	var list []uint64
	for len(list) < n {
		pfn := random.Uint64N(pfns)
		_, ok, err := f.Page(pfn)
		if err != nil {
			b.Fatal(err)
		}
		if ok || any {
			list = append(list, pfn)
		}
	}
	return list
}

// lookUp looks all page frames up in each iteration.
func lookUp(b *testing.B, f *dmpfile.File, pfns []uint64, mustBeThere bool) {
	b.ReportAllocs()
	for b.Loop() {
		for _, pfn := range pfns {
			if _, ok, err := f.Page(pfn); err != nil || mustBeThere && !ok {
				b.Fatal(pfn, ok, err)
			}
		}
	}
	reportRate(b, len(pfns))
}

// reportRate says how many look-ups a second n in each iteration are.
func reportRate(b *testing.B, n int) {
	b.ReportMetric(float64(b.N)*float64(n)/b.Elapsed().Seconds()/1e6, "Mpages/s")
}
