package paging_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/paging"
)

var _ paging.Memory = (*dmpfile.File)(nil)

// ram is physical memory by page frame. What is not in it is not in the dump; a page can be cut short.
type ram map[uint64][]byte

func (m ram) ReadPhysical(p []byte, a dmpfile.PhysAddr) (n int, err error) {
	for n < len(p) {
		at := uint64(a) + uint64(n)
		page := m[at/0x1000]
		if in := at % 0x1000; in < uint64(len(page)) {
			n += copy(p[n:], page[in:])
			continue
		}
		return n, &dmpfile.PageMissingError{Address: dmpfile.PhysAddr(at), Read: n, Truncated: page != nil}
	}
	return n, nil
}

// page returns the page of an address, which it adds where there is none.
func (m ram) page(a uint64) []byte {
	p := m[a/0x1000]
	if p == nil {
		p = make([]byte, 0x1000)
		m[a/0x1000] = p
	}
	return p
}

func (m ram) put64(a, v uint64) { binary.LittleEndian.PutUint64(m.page(a)[a%0x1000:], v) }

func (m ram) put32(a uint64, v uint32) { binary.LittleEndian.PutUint32(m.page(a)[a%0x1000:], v) }

// stamped is memory without limit: what is not in tables has contents that depend on the address. Some frames are missing.
type stamped struct {
	tables ram
	holes  bool
}

func (m stamped) frame(a uint64) (contents uint64, ok bool) {
	contents = a / 0x1000 * 0x9E3779B97F4A7C15
	return contents, !m.holes || contents>>61 != 0
}

func (m stamped) ReadPhysical(p []byte, a dmpfile.PhysAddr) (n int, err error) {
	for n < len(p) {
		at := uint64(a) + uint64(n)
		room := min(len(p)-n, 0x1000-int(at%0x1000))
		if page := m.tables[at/0x1000]; page != nil {
			n += copy(p[n:n+room], page[at%0x1000:])
			continue
		}
		contents, ok := m.frame(at)
		if !ok {
			return n, &dmpfile.PageMissingError{Address: dmpfile.PhysAddr(at), Read: n}
		}
		for i := range room {
			p[n+i] = byte(contents>>32) ^ byte(at+uint64(i)) ^ byte((at+uint64(i))>>8)
		}
		n += room
	}
	return n, nil
}

// Benchmarks: 1 GiB from base on, whose tables are a few pages behind 0x100000000.
const base = 0xFFFFA00040000000

// gigabyte maps 1 GiB with pages of 4 KiB, in shuffled order, or with 2 MiB pages.
func gigabyte(big bool) ram {
	m := ram{}
	m.put64(0x1000+320*8, 0x2003)
	m.put64(0x2000+1*8, 0x3003)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range uint64(512) {
		if big {
			m.put64(0x3000+i*8, 0x40000000+i<<21|0xE3)
			continue
		}
		m.put64(0x3000+i*8, 0x10000+i<<12|3)
		for j := range uint64(512) {
			m.put64(0x10000+i<<12+j*8, r.Uint64N(1<<22)<<12|3)
		}
	}
	return m
}

func benchmarkTranslate(b *testing.B, m ram, next func(i int) uint64) {
	s := paging.New(m, paging.AMD64, 0x1000)
	const count = 1 << 20
	list := make([]dmpfile.VirtAddr, count)
	for i := range list {
		list[i] = dmpfile.VirtAddr(base + next(i)&^0xFFF%(1<<30))
	}
	for _, a := range list { // the dump is read once
		if _, err := s.Translate(a); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	var sum dmpfile.PhysAddr
	for i := range b.N {
		pa, err := s.Translate(list[i%count])
		if err != nil {
			b.Fatal(err)
		}
		sum += pa
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "M/s")
	_ = sum
}

func BenchmarkTranslate(b *testing.B) {
	random := func(int) uint64 { return rand.Uint64N(1 << 30) }
	sequential := func(i int) uint64 { return uint64(i) * 0x1000 % (1 << 30) }
	for _, size := range []string{"4KiB", "2MiB"} {
		m := gigabyte(size == "2MiB")
		b.Run("random/"+size, func(b *testing.B) { benchmarkTranslate(b, m, random) })
		b.Run("sequential/"+size, func(b *testing.B) { benchmarkTranslate(b, m, sequential) })
	}
}

// cheap is memory that costs no more than a copy: what is not in the tables is the same page everywhere.
type cheap struct {
	tables ram
	page   []byte
}

func (m cheap) ReadPhysical(p []byte, a dmpfile.PhysAddr) (int, error) {
	if page := m.tables[uint64(a)/0x1000]; page != nil {
		return copy(p, page[a%0x1000:]), nil
	}
	return copy(p, m.page[a%0x1000:]), nil
}

func BenchmarkReadVirtual(b *testing.B) {
	for _, size := range []string{"4KiB", "2MiB"} {
		b.Run(size, func(b *testing.B) {
			m := gigabyte(size == "2MiB")
			s := paging.New(cheap{m, make([]byte, 0x1000)}, paging.AMD64, 0x1000)
			p := make([]byte, 0x1000)
			b.ReportAllocs()
			b.SetBytes(int64(len(p)))
			x := uint64(1)
			for b.Loop() {
				x = x*6364136223846793005 + 1442695040888963407
				if _, err := s.ReadVirtual(p, dmpfile.VirtAddr(base+x>>34&^0xFFF)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
