package dmpfile_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// stampedDump is a dump whose pages take no memory: what is behind head is as dmptest.PageBytes has it.
type stampedDump struct {
	head   []byte
	frames []uint64 // of the pages, in file order
}

func (d stampedDump) size() int64 {
	return int64(len(d.head)) + int64(len(d.frames))*dmpfile.PageSize
}

func (d stampedDump) ReadAt(p []byte, off int64) (n int, err error) {
	if off < int64(len(d.head)) {
		n = copy(p, d.head[off:])
	}
	for n < len(p) {
		in := off + int64(n) - int64(len(d.head))
		i := in / dmpfile.PageSize
		if i >= int64(len(d.frames)) {
			return n, io.EOF
		}
		var stamp [16]byte
		binary.LittleEndian.PutUint64(stamp[:], d.frames[i])
		binary.LittleEndian.PutUint64(stamp[8:], uint64(in%dmpfile.PageSize)&^15)
		n += copy(p[n:], stamp[in%16:])
	}
	return n, nil
}

// bitmapDump makes a dump of type 6 with so many bits, whose first page is at an offset, or behind the bitmap where that is 0.
func bitmapDump(frames []uint64, bits, first uint64) stampedDump {
	end := 0x2038 + (bits+7)/8
	if first == 0 {
		first = end
	}
	m := dmptest.Bitmap{Bits: bits, HeaderSize: first}.Image()
	m.PutU64(0x2020, first, uint64(len(frames)), bits)
	bitmap := make([]byte, (bits+7)/8)
	for _, pfn := range frames {
		bitmap[pfn/8] |= 1 << (pfn % 8)
	}
	m.PutBytes(0x2038, bitmap)
	return stampedDump{m.Data(), frames}
}

// rangeDump makes a dump of type 8 or 10.
func rangeDump(dumpType uint32, frames []uint64) stampedDump {
	ranges := runsOf(frames)
	size := 0x10 + 16*len(ranges)
	if dumpType != 10 {
		size += 16
	}
	m := dmptest.Range{Header: dmptest.Header{DumpType: dumpType}, MetadataSize: uint64(size)}.Image()
	for i, x := range ranges {
		m.PutU64(0x2030+16*i, x.Base, x.Count)
	}
	if dumpType == 10 {
		m.PutU64(0x2028, uint64(len(frames)))
	}
	return stampedDump{m.Data(), frames}
}

// check asks for every page frame below end, and reads each page that is there by a stamp somewhere in it.
func (d stampedDump) check(t *testing.T, end uint64) {
	t.Helper()
	f, err := dmpfile.NewFile(d, d.size())
	if err != nil {
		t.Fatal(err)
	}
	expectIDs(t, f.Findings())
	n := uint64(len(d.frames))
	if counts, err := f.PageCounts(); err != nil || counts != (dmpfile.PageCounts{Declared: n, Listed: n}) {
		t.Fatalf("%+v, %v; want %d", counts, err, n)
	}
	at := make(map[uint64]int64, n)
	for i, pfn := range d.frames {
		at[pfn] = int64(len(d.head)) + int64(i)*dmpfile.PageSize
	}
	stamp := make([]byte, 16)
	for pfn := range end {
		want, there := at[pfn]
		off, ok, err := f.Page(pfn)
		if err != nil || ok != there || off != want {
			t.Fatalf("page frame %#x is at %#x, %v, %v; want %#x, %v", pfn, off, ok, err, want, there)
		}
		if !there && pfn%8 != 0 {
			continue
		}
		in := pfn * 16 % dmpfile.PageSize
		read, err := f.ReadPhysical(stamp, dmpfile.PhysAddr(pfn*dmpfile.PageSize+in))
		if !there {
			if read != 0 || err == nil {
				t.Fatalf("page frame %#x: %d bytes of it were read, %v", pfn, read, err)
			}
			continue
		}
		if err != nil || binary.LittleEndian.Uint64(stamp) != pfn || binary.LittleEndian.Uint64(stamp[8:]) != in {
			t.Fatalf("page frame %#x: %v, stamp %x", pfn, err, stamp)
		}
		if back, ok, err := f.PageFrame(off + int64(in)); !ok || err != nil || back != pfn {
			t.Fatalf("offset %#x: page frame %#x, %v, %v; want %#x", off, back, ok, err, pfn)
		}
	}
}

// Every page of memory that is filled by 1 %, 50 % or 100 %, with holes at both ends, and one in the middle that has the whole of a
// block of the index in it (2^18 page frames). The bitmaps have odd lengths, and the first page stands anywhere behind them.
func TestDensity(t *testing.T) {
	const start, holeAt, holeEnd, last = 1<<18 - 777, 1<<18 + 5000, 3<<18 + 3333, 3<<18 + 9000
	for i, c := range []struct {
		percent int
		bits    uint64 // behind the last page
		gap     uint64 // between bitmap and first page
	}{{1, 1, 0}, {1, 70, 1}, {50, 0, 0x777}, {50, 13, 0xFFF}, {100, 3, 8}, {100, 1<<18 + 63, 0x1234}} {
		random := rand.New(rand.NewPCG(uint64(c.percent), uint64(i)))
		var frames []uint64
		for pfn := uint64(start); pfn < last; pfn++ {
			if random.IntN(100) < c.percent && (pfn < holeAt || pfn >= holeEnd) {
				frames = append(frames, pfn)
			}
		}
		bits := frames[len(frames)-1] + 1 + c.bits
		if bits%8 == 0 {
			bits++
		}
		t.Run(fmt.Sprintf("bitmap of %d bits, %d%%, gap %#x", bits, c.percent, c.gap), func(t *testing.T) {
			bitmapDump(frames, bits, 0x2038+(bits+7)/8+c.gap).check(t, bits+100)
		})
		if c.gap == 0 || c.gap == 0x777 || c.gap == 8 {
			for _, dumpType := range []uint32{8, 10} {
				t.Run(fmt.Sprintf("ranges of type %d, %d%%", dumpType, c.percent), func(t *testing.T) {
					rangeDump(dumpType, frames).check(t, last+100)
				})
			}
		}
	}
}

// More than 2^20 runs in a bitmap: every second page frame, then one and two of them in turn.
func TestManyRunsInBitmap(t *testing.T) {
	var frames []uint64
	runs := 0
	pfn := uint64(5)
	for ; runs < 1<<20+100; runs++ {
		frames = append(frames, pfn)
		switch {
		case runs < 1<<19:
			pfn += 2
		case runs%2 == 0:
			pfn += 3
		default:
			frames = append(frames, pfn+1)
			pfn += 4
		}
	}
	if n := len(runsOf(frames)); n != runs {
		t.Fatalf("%d runs", n)
	}
	bits := frames[len(frames)-1] + 2
	bits += 3 - bits%2 // no multiple of 8
	bitmapDump(frames, bits, 0).check(t, bits)
}
