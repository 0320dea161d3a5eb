//go:build unix

package paging_test

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/paging"
)

// mappedFile makes the sparse dump of a machine of 8 GiB with so many page tables, which map 2 MiB each from address 0 on to random pages of
// the dump. It returns the file offset of each page that is mapped.
func mappedFile(b *testing.B, tables int) (f *dmpfile.File, w *os.File, root dmpfile.PhysAddr, offsets []int64) {
	const frames = 1 << 21
	w, err := os.Create(filepath.Join(b.TempDir(), "MEMORY.DMP"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { w.Close() })
	if _, err := dmptest.SparseBitmap(w, dmptest.Header{Build: 26100}, frames, nil); err != nil {
		b.Skipf("this file system has no sparse files: %v", err)
	}
	if f, err = dmpfile.Open(w.Name()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	at := map[uint64]int64{}
	var stored []uint64
	for pfn := range uint64(frames) {
		off, ok, err := f.Page(pfn)
		if err != nil {
			b.Fatal(err)
		}
		if ok {
			at[pfn] = off
			stored = append(stored, pfn)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(stored), func(i, j int) { stored[i], stored[j] = stored[j], stored[i] })
	next := func() uint64 {
		pfn := stored[0]
		stored = stored[1:]
		return pfn
	}
	table := func(entries ...uint64) (entry uint64) {
		page := make([]byte, dmpfile.PageSize)
		for i, e := range entries {
			binary.LittleEndian.PutUint64(page[8*i:], e)
		}
		pfn := next()
		if _, err := w.WriteAt(page, at[pfn]); err != nil {
			b.Fatal(err)
		}
		return pfn<<12 | 0x63
	}
	var directory []uint64
	for range tables {
		var entries []uint64
		for range 512 {
			pfn := next()
			offsets = append(offsets, at[pfn])
			entries = append(entries, pfn<<12|0x63)
		}
		directory = append(directory, table(entries...))
	}
	return f, w, dmpfile.PhysAddr(table(table(table(directory...))) &^ 0xFFF), offsets
}

// Random pages through page tables that were read before, and others by pread at offsets known beforehand. They take turns, so that what
// else the machine does hits both.
func BenchmarkReadVirtualFile(b *testing.B) {
	b.Run("128MiB", func(b *testing.B) { benchmarkReadVirtualFile(b, 64) })
	b.Run("1GiB", func(b *testing.B) { benchmarkReadVirtualFile(b, 512) })
}

func benchmarkReadVirtualFile(b *testing.B, tables int) {
	f, w, root, offsets := mappedFile(b, tables)
	fd := int(w.Fd())
	s := paging.New(f, paging.AMD64, root)
	page := make([]byte, dmpfile.PageSize)
	addresses, bareOffsets := make([]dmpfile.VirtAddr, 1<<15), make([]int64, 1<<15)
	for n, i := range rand.New(rand.NewPCG(3, 4)).Perm(len(offsets))[:len(addresses)] {
		addresses[n], bareOffsets[n] = dmpfile.VirtAddr(i*dmpfile.PageSize), offsets[i]
		if _, err := s.ReadVirtual(page, addresses[n]); err != nil { // into the caches
			b.Fatal(err)
		}
	}
	const turn = 256
	var ours, bare []time.Duration   // of each turn
	at, other := 0, len(addresses)/2 // not the same pages: those would be in the processor's cache for the second
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		for _, a := range addresses[at : at+turn] {
			if _, err := s.ReadVirtual(page, a); err != nil {
				b.Fatal(err)
			}
		}
		ours = append(ours, time.Since(start))
		start = time.Now()
		for _, off := range bareOffsets[other : other+turn] {
			if n, err := syscall.Pread(fd, page, off); n != len(page) || err != nil {
				b.Fatal(n, err)
			}
		}
		bare = append(bare, time.Since(start))
		at, other = (at+turn)%len(addresses), (other+turn)%len(addresses)
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
