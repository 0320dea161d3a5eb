package nt_test

import (
	"encoding/binary"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

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
