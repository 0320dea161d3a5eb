//go:build unix

package dmpfile_test

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
)

// Random pages of 4 KiB through ReadPhysical, and others by pread at offsets known beforehand. They take turns, so that
// what else the machine does hits both.
func BenchmarkReadPage(b *testing.B) {
	f, w := openSparse(b, frames8GiB)
	pfns := randomFrames(b, f, frames8GiB, 1<<15, false)
	offsets := make([]int64, len(pfns))
	page := make([]byte, dmpfile.PageSize)
	for i, pfn := range pfns {
		offsets[i], _, _ = f.Page(pfn)
		if _, err := w.ReadAt(page, offsets[i]); err != nil { // into the cache
			b.Fatal(err)
		}
	}
	const turn = 256
	fd := int(w.Fd())
	var ours, bare []time.Duration // of each turn
	i, other := 0, len(pfns)/2     // not the same pages: those would be in the processor's cache for the second
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		for _, pfn := range pfns[i : i+turn] {
			if _, err := f.ReadPhysical(page, dmpfile.PhysAddr(pfn*dmpfile.PageSize)); err != nil {
				b.Fatal(err)
			}
		}
		ours = append(ours, time.Since(start))
		start = time.Now()
		for _, off := range offsets[other : other+turn] {
			if n, err := syscall.Pread(fd, page, off); n != len(page) || err != nil {
				b.Fatal(n, err)
			}
		}
		bare = append(bare, time.Since(start))
		i, other = (i+turn)%len(pfns), (other+turn)%len(pfns)
	}
	a, c := median(ours), median(bare)
	b.ReportMetric(a/turn, "ns/page")
	b.ReportMetric(c/turn, "pread-ns/page")
	b.ReportMetric(100*c/a, "%-of-pread")
}

// median returns that of times in nanoseconds: one that the machine gave to others does not count.
func median(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)/2].Nanoseconds())
}
