package paging_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/paging"
)

// twenty is memory where 20 pages from 0xfffff80312340000 on lie in frames 0x200 to 0x213, backwards from the third on. Half of each
// 16 bytes say which of its page's they are, the other half which page it is.
func twenty() ram {
	m := puts{0x1F80: 0x2063, 0x2060: 0x3063, 0x3488: 0x4063}.ram(paging.AMD64, nil)
	for i := range uint64(20) {
		frame := 0x200 + i
		if i >= 2 {
			frame = 0x213 - (i - 2)
		}
		m.put64(0x4A00+i*8, frame<<12|0x963)
		copy(m.page(frame<<12), contents(i))
	}
	return m
}

func contents(page uint64) []byte {
	b := make([]byte, 0x1000)
	for i := range b {
		b[i] = byte(i >> 4)
		if i&8 != 0 {
			b[i] = byte(page)
		}
	}
	return b
}

func TestReadVirtual(t *testing.T) {
	const start = dmpfile.VirtAddr(0xFFFFF80312340000)
	var all []byte
	for i := range uint64(20) {
		all = append(all, contents(i)...)
	}
	page := func(m ram, i, v uint64) { m.put64(0x4A00+i*8, v) }
	notMapped := func(i dmpfile.VirtAddr) error { return &paging.NotMappedError{Address: start + i*0x1000, Level: 1} }
	for _, c := range []struct {
		name   string
		change func(m ram)
		off    dmpfile.VirtAddr
		want   int
		n      int
		err    error // the reason, without *PartialError
	}{
		{name: "nothing", off: 0x123},
		{name: "nothing, not mapped", off: 0x100000},
		{name: "one byte", off: 0x1FFF, want: 1, n: 1},
		{name: "one page", off: 0x1000, want: 0x1000, n: 0x1000},
		{name: "2 pages, one behind the other", off: 0xFF9, want: 0x20, n: 0x20},
		{name: "2 pages", off: 0x1FF9, want: 0x20, n: 0x20},
		{name: "2 pages, first not mapped", change: func(m ram) { page(m, 1, 0) }, off: 0x1FF9, want: 0x20, err: &paging.NotMappedError{Address: start + 0x1FF9, Level: 1}},
		{name: "2 pages, second not mapped", change: func(m ram) { page(m, 2, 0) }, off: 0x1FF9, want: 0x20, n: 7, err: notMapped(2)},
		{name: "3 pages", off: 0x1234, want: 0x2468, n: 0x2468},
		{name: "3 pages, second paged out", change: func(m ram) { page(m, 2, 0x7700000080) }, off: 0x1234, want: 0x2468, n: 0xDCC,
			err: inPageFile(start+0x2000, 1, 0x7700000080, 0, 0x77)},
		{name: "3 pages, third not in the dump", change: func(m ram) { delete(m, 0x212) }, off: 0x1234, want: 0x2468, n: 0x1DCC,
			err: &paging.NotInDumpError{Address: start + 0x3000, Physical: 0x212000, Err: missing(0x212000)}},
		{name: "3 pages, second not in the dump, in one stretch", change: func(m ram) { delete(m, 0x201) }, off: 0x234, want: 0x2468, n: 0xDCC,
			err: &paging.NotInDumpError{Address: start + 0x1000, Physical: 0x201000, Err: &dmpfile.PageMissingError{Address: 0x201000, Read: 0xDCC}}},
		{name: "3 pages, second cut", change: func(m ram) { m[0x213] = m[0x213][:0x777] }, off: 0x1234, want: 0x2468, n: 0xDCC + 0x777,
			err: &paging.NotInDumpError{Address: start + 0x2777, Physical: 0x213777, Err: &dmpfile.PageMissingError{Address: 0x213777, Read: 0x777, Truncated: true}}},
		{name: "3 pages, the last a transition page", change: func(m ram) { page(m, 3, 0x2000_0021_2880) }, off: 0x1234, want: 0x2468, n: 0x2468},
		{name: "17 pages", off: 0x678, want: 0x10DEF, n: 0x10DEF},
		{name: "17 pages, last not mapped", change: func(m ram) { page(m, 17, 0) }, off: 0x678, want: 0x10DEF, n: 0x10988, err: notMapped(17)},
		{name: "17 pages, first not in the dump", change: func(m ram) { delete(m, 0x200) }, off: 0x678, want: 0x10DEF,
			err: &paging.NotInDumpError{Address: start + 0x678, Physical: 0x200678, Err: missing(0x200678)}},
		{name: "17 pages, holes of all kinds", change: func(m ram) { page(m, 9, 0); page(m, 11, 0x80); delete(m, 0x208) }, off: 0x678, want: 0x10DEF, n: 0x8988, err: notMapped(9)},
		{name: "17 pages, no page table", change: func(m ram) { delete(m, 4) }, off: 0x678, want: 0x10DEF,
			err: &paging.TableError{Address: start + 0x678, Level: 1, Physical: 0x4A00, Err: missing(0x4000)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := twenty()
			if c.change != nil {
				c.change(m)
			}
			if c.n > 0 && c.err != nil {
				c.err = &paging.PartialError{Address: start + c.off, Read: c.n, Want: c.want, Err: c.err}
			}
			s := paging.New(m, paging.AMD64, 0x1000)
			for range 2 {
				p := bytes.Repeat([]byte{0xEE}, c.want+16)
				n, err := s.ReadVirtual(p[:c.want], start+c.off)
				if n != c.n {
					t.Errorf("%#x bytes, want %#x", n, c.n)
				}
				if d := cmp.Diff(c.err, err); d != "" {
					t.Errorf("error (-want +got):\n%s", d)
				}
				if c.n > 0 && !bytes.Equal(p[:n], all[c.off:][:n]) {
					t.Error("wrong bytes")
				}
				if !bytes.Equal(p[c.want:], bytes.Repeat([]byte{0xEE}, 16)) {
					t.Error("bytes behind the end were written")
				}
			}
		})
	}
}

// What is not in the dump is found by the error that a triage dump gives, too.
func TestNotInDump(t *testing.T) {
	m := twenty()
	delete(m, 0x213)
	_, err := paging.New(m, paging.AMD64, 0x1000).ReadVirtual(make([]byte, 0x1800), 0xFFFFF80312341000)
	var hole *dmpfile.NotInDumpError
	var page *dmpfile.PageMissingError
	if !errors.As(err, &hole) || hole.Address != 0xFFFFF80312342000 || !errors.As(err, &page) || page.Address != 0x213000 {
		t.Errorf("%v: %v, %v", err, hole, page)
	}
}

// A dump with page tables is read as plain memory is.
func TestFile(t *testing.T) {
	m := twenty()
	delete(m, 0x205)
	data := dmptest.Bitmap{Pages: dmptest.Pages(m)}.Image().Data()
	f, err := dmpfile.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	plain, dump := paging.New(m, paging.AMD64, 0x1000), paging.New(f, paging.AMD64, 0x1000)
	for a := dmpfile.VirtAddr(0xFFFFF8031233F234); a < 0xFFFFF80312355000; a += 0x789 {
		p, q := make([]byte, 0x3210), make([]byte, 0x3210)
		n, err := plain.ReadVirtual(p, a)
		n2, err2 := dump.ReadVirtual(q, a)
		if n != n2 || !bytes.Equal(p, q) {
			t.Errorf("%#x: %#x bytes, want %#x", a, n2, n)
		}
		if d := cmp.Diff(err, err2); d != "" {
			t.Errorf("%#x: error (-want +got):\n%s", a, d)
		}
	}
}

// Reads end at the ends of the address space, even if the first page is the next one in physical memory.
func TestReadVirtualEnds(t *testing.T) {
	top := puts{0x1000: 0x2063, 0x17F8: 0x2063, 0x1FF8: 0x2063, 0x2000: 0x3063, 0x2FF8: 0x3063, 0x3000: 0x9A000E3, 0x3FF8: 0x98000E3}
	for _, c := range []struct {
		name string
		mode paging.Mode
		puts puts
		a    dmpfile.VirtAddr
		err  error
	}{
		{"top", paging.AMD64, top, 0xFFFFFFFFFFFFF800, paging.ErrEnd},
		{"end of user space", paging.AMD64, top, 0x00007FFFFFFFF800, &paging.NotCanonicalError{Address: 0x0000800000000000}},
		{"x86", paging.X86, puts{0x1FFC: 0x98000E3, 0x1000: 0x9C000E3}, 0xFFFFF800, &paging.NotCanonicalError{Address: 0x100000000}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := paging.New(stamped{tables: c.puts.ram(c.mode, nil)}, c.mode, 0x1000)
			p := make([]byte, 0x1000)
			n, err := s.ReadVirtual(p, c.a)
			want := error(&paging.PartialError{Address: c.a, Read: 0x800, Want: 0x1000, Err: c.err})
			if d := cmp.Diff(want, err, cmp.Comparer(func(a, b error) bool { return a.Error() == b.Error() })); n != 0x800 || d != "" {
				t.Errorf("%#x bytes (-want +got):\n%s", n, d)
			}
			if !errors.Is(err, c.err) && c.err == paging.ErrEnd {
				t.Errorf("%v", err)
			}
		})
	}
}

// rogue is a Memory that fails, or breaks its contract.
type rogue struct {
	ram
	err error
}

func (m rogue) ReadPhysical(p []byte, a dmpfile.PhysAddr) (int, error) {
	if a >= 0x200000 {
		return 0, m.err
	}
	return m.ram.ReadPhysical(p, a)
}

func TestReadErrors(t *testing.T) {
	for _, c := range []struct{ err, want error }{{io.ErrClosedPipe, io.ErrClosedPipe}, {nil, io.ErrUnexpectedEOF}} {
		n, err := paging.New(rogue{twenty(), c.err}, paging.AMD64, 0x1000).ReadVirtual(make([]byte, 8), 0xFFFFF80312340000)
		if n != 0 || err != c.want {
			t.Errorf("%d, %v, want %v", n, err, c.want)
		}
		_, err = paging.New(rogue{nil, c.err}, paging.AMD64, 0x200000).Translate(0)
		if d := cmp.Diff(error(&paging.TableError{Level: 4, Physical: 0x200000, Err: c.want}), err, cmp.Comparer(func(a, b error) bool { return a.Error() == b.Error() })); d != "" {
			t.Errorf("error (-want +got):\n%s", d)
		}
	}
}

func TestAllocations(t *testing.T) {
	m := twenty()
	m.put64(0x4A00, 0x200000200880) // in transition
	m.put64(0x3490, 0x5000E3)       // a large page
	s := paging.New(m, paging.AMD64, 0x1000)
	for _, a := range []dmpfile.VirtAddr{0xFFFFF80312340000, 0xFFFFF80312341000, 0xFFFFF80312400000} {
		if n := testing.AllocsPerRun(100, func() { s.Translate(a) }); n != 0 {
			t.Errorf("%#x: %v allocations", a, n)
		}
	}
	p := make([]byte, 0x1800)
	if n := testing.AllocsPerRun(100, func() { s.ReadVirtual(p, 0xFFFFF80312345678) }); n != 0 {
		t.Errorf("ReadVirtual: %v allocations", n)
	}
}

// builder makes page tables. It shares nothing with the package but the names of the modes.
type builder struct {
	m    ram
	mode paging.Mode
	next uint64
}

// level is the table index of an address at a level, from the top down, and the size of an entry.
type level struct {
	shift, bits uint
}

var layouts = map[paging.Mode][]level{
	paging.X86:         {{22, 10}, {12, 10}},
	paging.X86PAE:      {{30, 2}, {21, 9}, {12, 9}},
	paging.AMD64:       {{39, 9}, {30, 9}, {21, 9}, {12, 9}},
	paging.AMD64Level5: {{48, 9}, {39, 9}, {30, 9}, {21, 9}, {12, 9}},
	paging.ARM64:       {{39, 9}, {30, 9}, {21, 9}, {12, 9}},
}

// put maps a to pa by a page of 1 << size bytes, where nothing is mapped yet; else it reports false.
func (b *builder) put(a, pa uint64, size uint) bool {
	table := uint64(0x1000)
	for _, l := range layouts[b.mode] {
		index := a >> l.shift % (1 << l.bits)
		at := table + index*8
		if b.mode == paging.X86 {
			at = table + index*4
		}
		read := func() uint64 {
			if b.mode == paging.X86 {
				return uint64(binary.LittleEndian.Uint32(b.m.page(at)[at%0x1000:]))
			}
			return binary.LittleEndian.Uint64(b.m.page(at)[at%0x1000:])
		}
		write := func(v uint64) {
			if b.mode == paging.X86 {
				b.m.put32(at, uint32(v))
			} else {
				b.m.put64(at, v)
			}
		}
		e := read()
		arm := b.mode == paging.ARM64
		if l.shift == size {
			if e != 0 {
				return false
			}
			switch {
			case arm && size > 12:
				write(pa | 0x701)
			case arm:
				write(pa | 0x703)
			case size > 12:
				write(pa | 0xE3)
			default:
				write(pa | 0x63)
			}
			return true
		}
		if e == 0 {
			b.next += 0x1000
			b.m.page(b.next)
			e = b.next | 3
			write(e)
		}
		if !arm && e&0x80 != 0 && l.shift != 39 && l.shift != 48 || arm && e&2 == 0 {
			return false // a large page
		}
		table = e &^ 0xFFF
	}
	return false
}

// mapping is a page of the model.
type mapping struct {
	a, pa uint64
	size  uint
}

// find returns where the model has an address.
func find(list []mapping, a uint64) (uint64, bool) {
	for _, m := range list {
		if a>>m.size == m.a>>m.size {
			return m.pa + a - m.a, true
		}
	}
	return 0, false
}

// Random mappings answer as a plain list of them does.
func TestProperty(t *testing.T) {
	sizes := map[paging.Mode][]uint{
		paging.X86: {12, 12, 22}, paging.X86PAE: {12, 12, 21}, paging.AMD64: {12, 12, 12, 21, 30}, paging.AMD64Level5: {12, 12, 12, 21, 30}, paging.ARM64: {12, 12, 12, 21, 30},
	}
	regions := map[paging.Mode][]uint64{
		paging.X86:         {0, 0x7FFFC000, 0x80000000, 0xFFFF8000},
		paging.X86PAE:      {0, 0x7FFFC000, 0x80000000, 0xFFFF8000},
		paging.AMD64:       {0, 0x00007FFFFFFF8000, 0xFFFF800000000000, 0xFFFFF8031FFFE000, 0xFFFFF8033FFFC000, 0xFFFFFFFFFFFF8000},
		paging.AMD64Level5: {0, 0x00FFFFFFFFFF8000, 0xFF00000000000000, 0xFF11F8031FFFE000, 0xFF11F8033FFFC000, 0xFFFFFFFFFFFF8000},
		paging.ARM64:       {0, 0x00007FFFFFFF8000, 0xFFFF800000000000, 0xFFFFF8031FFFE000, 0xFFFFF8033FFFC000, 0xFFFFFFFFFFFF8000},
	}
	rapid.Check(t, func(t *rapid.T) {
		mode := paging.Mode(rapid.IntRange(int(paging.X86), int(paging.ARM64)).Draw(t, "mode"))
		memory := stamped{tables: ram{}, holes: true}
		b := builder{memory.tables, mode, 0x1000}
		b.m.page(0x1000)
		address := rapid.Custom(func(t *rapid.T) uint64 {
			a := rapid.SampledFrom(regions[mode]).Draw(t, "region") + rapid.Uint64Range(0, 0x9FFF).Draw(t, "in it")
			if mode == paging.X86 || mode == paging.X86PAE {
				a = uint64(uint32(a))
			}
			return a
		})
		var list []mapping
		last := uint64(0x40000000)
		for range rapid.IntRange(1, 40).Draw(t, "mappings") {
			size := rapid.SampledFrom(sizes[mode]).Draw(t, "size")
			m := mapping{address.Draw(t, "address") >> size << size, rapid.Uint64Range(1<<18, 1<<20-1).Draw(t, "frame") << 12 >> size << size, size}
			if size == 12 && rapid.Bool().Draw(t, "behind the last") {
				m.pa = last
			}
			if unused := map[paging.Mode]uint{paging.AMD64: 16, paging.AMD64Level5: 7, paging.ARM64: 16}[mode]; int64(m.a<<unused)>>unused != int64(m.a) {
				continue // not canonical
			}
			if b.put(m.a, m.pa, size) {
				list = append(list, m)
				last = (m.pa + 0x1000) % (1 << 32)
				if last == 0 {
					last = 0x40000000
				}
			}
		}
		s := paging.New(memory, mode, 0x1000)
		for range 60 {
			a := address.Draw(t, "asked")
			want, ok := find(list, a)
			got, err := s.Translate(dmpfile.VirtAddr(a))
			if ok && (err != nil || uint64(got) != want) || !ok && err == nil {
				t.Fatalf("%#x: %#x, %v, want %#x, %v", a, uint64(got), err, want, ok)
			}
			var unmapped *paging.NotMappedError
			var alien *paging.NotCanonicalError
			if !ok && !errors.As(err, &unmapped) && !errors.As(err, &alien) {
				t.Fatalf("%#x: %v", a, err)
			}
		}
		for range 20 {
			a := address.Draw(t, "read")
			p := make([]byte, rapid.IntRange(0, 0x6000).Draw(t, "length"))
			var want []byte
			reason := "none"
			for i := range p {
				at := a + uint64(i)
				pa, ok := find(list, at)
				if at < a || !ok {
					reason = "not mapped"
					break
				}
				var one [1]byte
				if _, err := memory.ReadPhysical(one[:], dmpfile.PhysAddr(pa)); err != nil {
					reason = "not in the dump"
					break
				}
				want = append(want, one[0])
			}
			n, err := s.ReadVirtual(p, dmpfile.VirtAddr(a))
			if !bytes.Equal(p[:n], want) {
				t.Fatalf("%#x: %#x bytes, want %#x", a, n, len(want))
			}
			var partial *paging.PartialError
			if errors.As(err, &partial) != (n > 0 && n < len(p)) || partial != nil && (partial.Read != n || partial.Want != len(p)) {
				t.Fatalf("%#x: %v with %d bytes", a, err, n)
			}
			var hole *paging.NotInDumpError
			if errors.As(err, &hole) != (reason == "not in the dump") || hole != nil && hole.Address != dmpfile.VirtAddr(a)+dmpfile.VirtAddr(n) || (err != nil) != (reason != "none") {
				t.Fatalf("%#x: %v, want %s", a, err, reason)
			}
		}
	})
}
