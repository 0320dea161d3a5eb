package dmpfile_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
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

// sparse64GiB makes the dump of a machine of 64 GiB, half of whose pages are in the dump, as a file of holes.
func sparse64GiB(t testing.TB) (r *countingReader, size int64, pages uint64) {
	t.Helper()
	w, err := os.Create(filepath.Join(t.TempDir(), "MEMORY.DMP"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	secondary := dmptest.Secondary(26100, contoso.Blob(), dmptest.CPURegistry("Contoso C1", "Contoso", "AMD64 Family 25", 3700))
	pages, err = dmptest.SparseBitmap(w, dmptest.Header{Build: 26100}, 0x1000000, secondary)
	if err != nil {
		t.Skipf("this file system has no sparse files: %v", err)
	}
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
