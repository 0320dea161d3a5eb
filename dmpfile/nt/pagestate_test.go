package nt_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

// TestTableEntries has pages that are used as page tables.
func TestTableEntries(t *testing.T) {
	s := windows(dmptest.Build19041, dmptest.ModeAMD64)
	k, err := nt.ReadKernel(open(t, s.Bitmap(s.Space()).Image().Data()), nt.BudgetOf(100))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name       string
		entry      func(i uint64) uint64
		valid, odd int
	}{
		{"zeros", func(uint64) uint64 { return 0 }, 0, 0},
		{"memory", func(i uint64) uint64 { return i<<12 | 0x63 }, 512, 0},
		{"encrypted memory", func(i uint64) uint64 { return 1<<51 | i<<12 | 0x63 }, 512, 0},
		{"a device", func(i uint64) uint64 { return 0x3F00_0000_0000 + i<<21 | 0x63 }, 512, 0},
		{"all ones", func(uint64) uint64 { return ^uint64(0) }, 512, 512},
		{"not valid", func(i uint64) uint64 { return i * 0x9E3779B97F4A7C15 &^ 1 }, 0, 0},
		{"other bytes", func(i uint64) uint64 { return i*0x9E3779B97F4A7C15 | 1 }, 512, 511}, // one of them is 1
	} {
		var b []byte
		for i := range uint64(512) {
			b = binary.LittleEndian.AppendUint64(b, c.entry(i))
		}
		if valid, odd := k.TableEntries(b); valid != c.valid || odd != c.odd {
			t.Errorf("%s: %d valid, %d odd, want %d, %d", c.name, valid, odd, c.valid, c.odd)
		}
	}
}

// TestEachTable visits no more page tables than it is told, and none below those that are not to be looked into.
func TestEachTable(t *testing.T) {
	s := windows(dmptest.Build19041, dmptest.ModeAMD64)
	k, err := nt.ReadKernel(open(t, s.Bitmap(s.Space()).Image().Data()), nt.BudgetOf(100))
	if err != nil {
		t.Fatal(err)
	}
	const first, last = 0xFFFF800000000000, 0xFFFFFFFFFFFFFFFF
	count := func(most int, into bool) (n int) {
		if err := k.EachTable(first, last, most, func(int64, []byte) bool { n++; return into }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	all, top := count(1000, true), count(1000, false)
	if top == 0 || all <= top || count(2, true) != 2 || count(0, true) != 0 {
		t.Errorf("%d tables, %d of the second level, %d of 2", all, top, count(2, true))
	}
	at := dmpfile.VirtAddr(s.SharedAt())
	var to []int64
	if err := k.TablesTo(at, func(off int64, _ []byte) bool { to = append(to, off); return true }); err != nil || !slices.Equal(to, k.Tables(at)[1:]) {
		t.Errorf("%x, %x, %v", to, k.Tables(at), err)
	}
}

// TestOldProcessorNumber has PRCBs of Windows Vista, of which the number is a byte and NestingLevel follows, and a thread that is locked.
func TestOldProcessorNumber(t *testing.T) {
	for _, number := range []uint32{6002, 7600} {
		s := windows(dmptest.Build19041, dmptest.ModeAMD64)
		build := *dmptest.Build19041
		build.Processor.Number = 4
		s.Build, s.Header.Build = &build, number
		sp := s.Space()
		sp.Map(s.PrcbAt(0)+5, []byte{1})
		sp.Map(s.ThreadAt(0), []byte{0x86})
		k, err := nt.ReadKernel(open(t, s.Bitmap(sp).Image().Data()), nt.BudgetOf(100))
		if err != nil {
			t.Fatal(err)
		}
		p, err := k.Processor(0)
		if old := number < 7600; (err == nil) != old || old && p.Thread == nil {
			t.Errorf("build %d: %+v, %v", number, p, err)
		}
	}
}

// TestPageState changes the entry of a page table that maps KUSER_SHARED_DATA.
func TestPageState(t *testing.T) {
	s := windows(dmptest.Build19041, dmptest.ModeAMD64)
	data := s.Bitmap(s.Space()).Image().Data()
	at := dmpfile.VirtAddr(s.SharedAt())
	k, err := nt.ReadKernel(open(t, data), nt.BudgetOf(100))
	if err != nil {
		t.Fatal(err)
	}
	tables := k.Tables(at)
	entry := tables[len(tables)-1] + int64(at>>12&0x1FF)*8
	for _, c := range []struct {
		name  string
		entry uint64
		want  nt.PageState
	}{
		{"as it is", binary.LittleEndian.Uint64(data[entry:]), nt.PageStored},
		{"zero", 0, nt.PageUnmapped},
		{"in a page file", 0x1234_00000080, nt.PageUnmapped},
		{"a page that is left out", 0x7FFF_F063, nt.PageLeftOut},
		{"a page in transition that is left out", 0x7FFF_F860, nt.PageLeftOut},
		{"far behind the end of memory", 0x0012_3456_7890_0063, nt.PageLeftOut},
		{"the same in transition", 0x0000_1456_7890_0870, nt.PageLeftOut},
		{"all ones", ^uint64(0), nt.PageLeftOut},
	} {
		binary.LittleEndian.PutUint64(data[entry:], c.entry)
		k, err := nt.ReadKernel(open(t, data), nt.BudgetOf(100))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := k.PageState(at); got != c.want || err != nil {
			t.Errorf("%s: %d, %v, want %d", c.name, got, err, c.want)
		}
	}
}
