package nt_test

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

func TestSwitchedOut(t *testing.T) {
	const kernelStack, switchFrame = 0x58, 0x40 // in KTHREAD; the size of the frame
	s := dmptest.System{
		Build:      dmptest.Build26100,
		Modules:    []dmptest.SystemModule{{Name: "ntoskrnl.exe", Image: &dmptest.PE{Sections: []dmptest.PESection{{Name: ".text", Data: make([]byte, 0x8000)}}}}},
		Processors: []dmptest.SystemProcessor{{}, {Idle: true}},
		Processes:  []dmptest.Process{{}},
	}
	s.Header.Context = new(s.Registers(0))
	thread := s.IdleThreadAt(0) // does not run: its stack pointer is 0x80 below the top
	word := func(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }
	for _, c := range []struct {
		name   string
		change func(sp *dmptest.Space, at uint64)
		err    error // nil: where it goes on is found
	}{
		{"a thread that waits", func(*dmptest.Space, uint64) {}, nil},
		{"no stack pointer", func(sp *dmptest.Space, _ uint64) { sp.Map(thread+kernelStack, word(0)) }, nt.ErrNotThere},
		{"of another stack", func(sp *dmptest.Space, at uint64) { sp.Map(thread+kernelStack, word(at+0x10000)) }, nt.ErrNotThere},
		{"not aligned", func(sp *dmptest.Space, at uint64) { sp.Map(thread+kernelStack, word(at+4)) }, nt.ErrNotThere},
		{"without room for the frame", func(sp *dmptest.Space, at uint64) { sp.Map(thread+kernelStack, word(at+0x80-0x38)) }, nt.ErrNotThere},
		{"to no code of the kernel", func(sp *dmptest.Space, at uint64) { sp.Map(at+0x38, word(0x1234)) }, nt.ErrNotThere},
		{"below the kernel", func(sp *dmptest.Space, at uint64) { sp.Map(at+0x38, word(s.BaseAt(0)-1)) }, nt.ErrNotThere},
	} {
		sp := s.Space()
		first := func() (nt.SwitchedOut, error) {
			k, err := nt.ReadKernel(open(t, s.Bitmap(sp).Image().Data()), nt.BudgetOf(1000))
			if err != nil {
				t.Fatal(err)
			}
			return k.SwitchedOut(dmpfile.VirtAddr(thread))
		}
		top := s.IdleStackAt(0)
		at := top - 0x80
		sp.Map(at, make([]byte, 0x80))
		sp.Map(at+0x30, word(0x77))
		sp.Map(at+0x38, word(s.BaseAt(0)+0x1100))
		c.change(sp, at)
		got, err := first()
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
		want := nt.SwitchedOut{
			IP: dmpfile.VirtAddr(s.BaseAt(0) + 0x1100), SP: dmpfile.VirtAddr(at + switchFrame), BP: 0x77, At: dmpfile.VirtAddr(at),
			Limit: dmpfile.VirtAddr(top - 0x6000), Top: dmpfile.VirtAddr(top),
		}
		if c.err == nil && got != want {
			t.Errorf("%s: %#x, want %#x", c.name, got, want)
		}
	}
}
