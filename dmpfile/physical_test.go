package dmpfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// read returns what ReadPhysical must: the bytes from a on, as far as the file has them, and the error behind them.
func (m storedPages) read(a dmpfile.PhysAddr, size int) ([]byte, *dmpfile.PageMissingError) {
	var want []byte
	for len(want) < size {
		at := a + dmpfile.PhysAddr(len(want))
		pfn, in := uint64(at)/dmpfile.PageSize, int64(at)%dmpfile.PageSize
		i, ok := m.at(pfn)
		page := dmptest.PageBytes(pfn)
		have := min(dmpfile.PageSize, m.size-m.first-i*dmpfile.PageSize)
		if !ok || in >= have {
			return want, &dmpfile.PageMissingError{Address: at, Read: len(want), Truncated: ok}
		}
		want = append(want, page[in:min(have, in+int64(size-len(want)))]...)
	}
	return want, nil
}

// checkRead compares a read with the model. It must not touch the buffer behind what it read.
func (m storedPages) checkRead(t rapid.TB, f *dmpfile.File, a dmpfile.PhysAddr, size int) {
	t.Helper()
	p := bytes.Repeat([]byte{0xCC}, size)
	n, err := f.ReadPhysical(p, a)
	want, hole := m.read(a, size)
	if n != len(want) || !bytes.Equal(p[:n], want) {
		t.Fatalf("%#x bytes at %#x: read %#x, want %#x; %v", size, a, n, len(want), err)
	}
	if !bytes.Equal(p[n:], bytes.Repeat([]byte{0xCC}, size-n)) {
		t.Fatalf("%#x bytes at %#x: the buffer was written behind the %#x bytes read", size, a, n)
	}
	var got *dmpfile.PageMissingError
	if hole == nil && err != nil || hole != nil && (!errors.As(err, &got) || *got != *hole || got.Error() == "") {
		t.Fatalf("%#x bytes at %#x: error %v, want %v", size, a, err, hole)
	}
}

// Reads that begin and end anywhere, over pages of which some are missing, return the bytes up to the hole and name the hole.
func TestReadPhysical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, model := drawDump(t)
		for range 20 {
			page := rapid.SampledFrom(model.frames).Draw(t, "page frame") - rapid.Uint64Range(0, 1).Draw(t, "before")
			in := rapid.SampledFrom([]uint64{0, 1, 0x7F8, 0xFFF}).Draw(t, "offset")
			size := rapid.SampledFrom([]int{0, 1, 0xFFF, 0x1000, 0x1001, 0x2000, 0x2FFF, 0x11000, 0x12345}).Draw(t, "size")
			model.checkRead(t, f, dmpfile.PhysAddr(page*dmpfile.PageSize+in), size)
		}
	})
}

// Unaligned reads over 2, 3 and 17 pages, of which the first, one in the middle, the last or none is missing, with the file cut at
// all kinds of places.
func TestReadPhysicalHoles(t *testing.T) {
	const base = 61 // the pages lie in two words of the bitmap
	for _, span := range []uint64{2, 3, 17} {
		for _, missing := range slices.Compact([]uint64{0, span / 2, span - 1, span}) {
			var frames []uint64
			for i := range span {
				if i != missing {
					frames = append(frames, base+i)
				}
			}
			images := map[string]*dmptest.Image{
				"bitmap": dmptest.Bitmap{Pages: pagesOf(frames...), Unaligned: true}.Image(),
				"full":   dmptest.Full{Header: dmptest.Header{Runs: runsOf(frames)}}.Image(),
				"range":  dmptest.Range{Ranges: runsOf(frames)}.Image(),
			}
			for name, m := range images {
				t.Run(fmt.Sprintf("%s, page %d of %d is missing", name, missing, span), func(t *testing.T) {
					first := int64(m.Len() - len(frames)*dmpfile.PageSize)
					for size := int64(m.Len()); size >= first; size -= 0x7FF {
						f := open(t, m.Data()[:size])
						model := storedPages{first, size, frames}
						for _, in := range []uint64{0, 1, 0x123, 0xFFF} {
							a := dmpfile.PhysAddr(base*dmpfile.PageSize + in)
							model.checkRead(t, f, a, int((span-1)*dmpfile.PageSize))
							model.checkRead(t, f, a, int(span*dmpfile.PageSize-in))
							model.checkRead(t, f, a, int(span*dmpfile.PageSize))
						}
					}
				})
			}
		}
	}
}

// Pages that follow one another in memory but not in the file, and the other way round.
func TestReadPhysicalOutOfOrder(t *testing.T) {
	runs := []dmptest.Run{{Base: 20, Count: 3}, {Base: 17, Count: 3}, {Base: 23, Count: 2}, {Base: 30, Count: 1}}
	m := dmptest.Range{Ranges: runs}.Image()
	frames := []uint64{20, 21, 22, 17, 18, 19, 23, 24, 30}
	size := int64(m.Len())
	model := storedPages{size - int64(len(frames))*dmpfile.PageSize, size, frames}
	f := open(t, m.Data())
	for pfn := uint64(15); pfn < 32; pfn++ {
		for _, n := range []int{1, 0x1000, 0x2001, 0x8000, 0x9001} {
			model.checkRead(t, f, dmpfile.PhysAddr(pfn*dmpfile.PageSize+0x801), n)
		}
	}
}

// Pages that follow one another are read at once.
func TestReadPhysicalReads(t *testing.T) {
	pages := dmptest.Pages{}
	for pfn := range uint64(300) {
		pages[1000+pfn] = nil
	}
	data := dmptest.Bitmap{Pages: pages}.Image().Data()
	r := &countingReader{ReaderAt: bytes.NewReader(data)}
	f, err := dmpfile.NewFile(r, int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.PageCounts(); err != nil { // reads the bitmap
		t.Fatal(err)
	}
	for _, c := range []struct {
		address dmpfile.PhysAddr
		size    int
	}{{1000 * dmpfile.PageSize, 300 * dmpfile.PageSize}, {1000*dmpfile.PageSize + 1, 299 * dmpfile.PageSize}, {1024*dmpfile.PageSize - 1, 2}} {
		r.reads.Store(0)
		if _, err := f.ReadPhysical(make([]byte, c.size), c.address); err != nil {
			t.Fatal(err)
		}
		if n := r.reads.Load(); n != 1 {
			t.Errorf("%d reads for %#x bytes at %#x", n, c.size, c.address)
		}
	}
}

func FuzzReadPhysical(f *testing.F) {
	for _, seed := range damaged() {
		f.Add(seed, uint64(0x3000), uint16(0x1800))
	}
	f.Add(dmptest.Range{Ranges: []dmptest.Run{{Base: 3, Count: 2}, {Base: 1, Count: 3}, {Base: 4, Count: 4}}}.Image().Data(), uint64(0x1FFF), uint16(0x5000))
	f.Fuzz(func(t *testing.T, data []byte, address uint64, size uint16) {
		d, err := dmpfile.NewFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		p := make([]byte, size)
		n, err := d.ReadPhysical(p, dmpfile.PhysAddr(address))
		counts, unknown := d.PageCounts()
		var missing *dmpfile.PageMissingError
		switch {
		case n < 0 || n > len(p) || (n == len(p)) != (err == nil) && len(p) > 0:
			t.Fatalf("%d of %d bytes, %v", n, size, err)
		case unknown != nil:
			if err != unknown || n != 0 {
				t.Fatalf("%d bytes, %v; %v", n, err, unknown)
			}
			return
		case err != nil && (!errors.As(err, &missing) || missing.Read != n || missing.Address != dmpfile.PhysAddr(address)+dmpfile.PhysAddr(n)):
			t.Fatalf("%d of %d bytes, %v", n, size, err)
		case counts.Repeated > counts.Listed:
			t.Fatalf("%+v", counts)
		}
		if n > 0 {
			pfn := address / dmpfile.PageSize
			off, ok, err := d.Page(pfn)
			if err != nil || ok && p[0] != data[off+int64(address%dmpfile.PageSize)] {
				t.Fatalf("page frame %#x at %#x, %v", pfn, off, err)
			}
			if !ok && d.Regions.Missing == 0 {
				t.Fatalf("page frame %#x was read, but it is not there", pfn)
			}
			if back, found, err := d.PageFrame(off); ok && (!found || err != nil || back != pfn) {
				t.Fatalf("page frame %#x, and back %#x, %v", pfn, back, err)
			}
		}
		for i := range min(min(counts.Declared, counts.Listed), 100) {
			off := d.Regions.Header + int64(i)*dmpfile.PageSize
			pfn, ok, err := d.PageFrame(off)
			if err != nil || ok != (off < d.Size()) {
				t.Fatalf("offset %#x of %#x: %v, %v", off, d.Size(), ok, err)
			}
			if !ok {
				continue
			}
			if at, found, err := d.Page(pfn); err != nil || found && at > off || found && at < off && counts.Repeated == 0 && len(d.Findings()) == 0 {
				t.Fatalf("offset %#x is page frame %#x, which is at %#x", off, pfn, at)
			}
		}
	})
}
