package analyze

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
)

// counting counts the reads of a file.
type counting struct {
	r     io.ReaderAt
	reads atomic.Int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.reads.Add(1)
	return c.r.ReadAt(p, off)
}

// sparse writes a bitmap dump of a machine with so many page frames; its pages are a hole in the file.
func sparse(tb testing.TB, pfns uint64) (*os.File, int64) {
	tb.Helper()
	f, err := os.Create(filepath.Join(tb.TempDir(), "sparse.dmp"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	code, attributes := uint32(0x161), uint32(dmptest.AttrLive)
	h := dmptest.Header{
		Build: 26100, Processors: 64, Code: &code, Params: [4]uint64{taskmgr}, Attributes: &attributes, DumpType: 6,
		Time: time.Date(2025, 2, 3, 9, 14, 7, 0, time.UTC),
	}
	secondary := dmptest.Secondary(26100, dmptest.CPURegistry("Contoso C1", "ContosoCPU00", "AMD64 Family 25", 3700))
	if _, err := dmptest.SparseBitmap(f, h, pfns, secondary); err != nil {
		tb.Skipf("no sparse files here: %v", err)
	}
	info, err := f.Stat()
	if err != nil {
		tb.Fatal(err)
	}
	return f, info.Size()
}

// Page frames of machines. Half of them are in the dump.
const (
	small = 2 << 20 >> 12
	large = 64 << 30 >> 12
)

// However large the dump is, a report takes a handful of reads.
func TestReadsOfSparseDump(t *testing.T) {
	f, size := sparse(t, large)
	c := &counting{r: f}
	r, err := (&Analyzer{}).Report(Reader(c, size, report.File{Path: "sparse.dmp"}))
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != report.Complete || len(r.Streams) != 1 || r.Hardware == nil || r.Origin.Source != report.SourceTaskManager {
		t.Errorf("%s, %d streams, %+v, %v", r.Verdict, len(r.Streams), r.Origin, r.Findings)
	}
	if n := c.reads.Load(); n > 16 {
		t.Errorf("%d reads of a dump of %d bytes", n, size)
	}
}

// By headers alone, a small dump takes one read of its head and one of what is behind its data.
func TestReadsOfSamples(t *testing.T) {
	for _, s := range dmptest.Samples() {
		c := &counting{r: bytes.NewReader(s.Data)}
		if _, err := (&Analyzer{Depth: report.DepthHeader, Brief: true}).Report(Reader(c, int64(len(s.Data)), report.File{Path: s.Name})); err != nil {
			t.Fatal(err)
		}
		if n := c.reads.Load(); n > 2 {
			t.Errorf("%s: %d reads", s.Name, n)
		}
	}
}

// BenchmarkReport is for dumps of 1 MiB and 32 GiB without a kernel, and for one of a machine with 200 drivers.
func BenchmarkReport(b *testing.B) {
	for _, depth := range []report.Depth{report.DepthHeader, report.DepthFull} {
		b.Run(string(depth)+"/2MiB", func(b *testing.B) {
			f, size := sparse(b, small)
			benchmarkReport(b, depth, f, size)
		})
		b.Run(string(depth)+"/64GiB", func(b *testing.B) {
			f, size := sparse(b, large)
			benchmarkReport(b, depth, f, size)
		})
		b.Run(string(depth)+"/kernel", func(b *testing.B) {
			s := liveSystem("Taskmgr.exe", 200)
			data := s.Bitmap(s.Space()).Image().Data()
			benchmarkReport(b, depth, bytes.NewReader(data), int64(len(data)))
		})
	}
}

func benchmarkReport(b *testing.B, depth report.Depth, r io.ReaderAt, size int64) {
	c := &counting{r: r}
	a := &Analyzer{Depth: depth}
	var d Dump // one for many files, as who looks at many has it
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Reset(a, Reader(c, size, report.File{Path: "sparse.dmp"})); err != nil {
			b.Fatal(err)
		}
		d.Report()
	}
	b.ReportMetric(float64(c.reads.Load())/float64(b.N), "reads/op")
}

// BenchmarkBrief makes the reports that a scan makes by headers alone, of each sample.
func BenchmarkBrief(b *testing.B) {
	a := &Analyzer{Depth: report.DepthHeader, Brief: true}
	samples := dmptest.Samples()
	var d Dump
	report := func(b *testing.B, i int) {
		s := samples[i%len(samples)]
		if err := d.Reset(a, Reader(bytes.NewReader(s.Data), int64(len(s.Data)), report.File{Path: "share/host1/" + s.Name})); err != nil {
			b.Fatal(err)
		}
		d.Report()
	}
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			report(b, i)
		}
	})
	for i, s := range samples {
		b.Run(s.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				report(b, i)
			}
		})
	}
}

// BenchmarkCorpus makes the reports of a scan, and whole ones, of real dumps: one op is each of them once.
func BenchmarkCorpus(b *testing.B) {
	folder := os.Getenv("DMPLENS_CORPUS")
	names, _ := filepath.Glob(filepath.Join(folder, "dumps", "*.dmp"))
	if folder == "" || len(names) == 0 {
		b.Skip("DMPLENS_CORPUS names no folder of real dumps")
	}
	for name, a := range map[string]*Analyzer{"brief": {Brief: true}, "whole": {}} {
		b.Run(name, func(b *testing.B) {
			var d Dump
			b.ReportAllocs()
			for b.Loop() {
				for _, name := range names {
					if err := d.Reset(a, File(name)); err != nil {
						b.Fatal(err)
					}
					d.Report()
				}
			}
			d.Close()
			b.ReportMetric(float64(len(names))*float64(b.N)/b.Elapsed().Seconds(), "dumps/s")
		})
	}
}
