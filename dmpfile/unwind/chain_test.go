package unwind_test

import (
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/unwind"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

func TestWalkARM64(t *testing.T) {
	const signed = 0x0080<<48 | 0x7F<<56 // of a return address of the kernel: bit 55 stays
	places := []uint64{stackAt + 0x100, stackAt + 0x180, stackAt + 0x400}
	returns := []uint64{driverAt + 0x3050, kernelAt + 0x5004, kernelAt + 0x6008}
	from := func(fp uint64) unwind.Frame {
		return unwind.Frame{IP: driverAt + 0x2220, SP: stackAt + 0xF0, FP: dmpfile.VirtAddr(fp), Trust: unwind.Context}
	}
	const first = "driver+2220 +f0 context"
	for _, c := range []struct {
		name string
		put  func(*machine)
		fp   uint64
		want []string
	}{
		{"whole", func(*machine) {}, places[0], []string{"driver+3050 +110 frame-pointer", "nt+5004 +190 frame-pointer", "nt+6008 +410 frame-pointer"}},
		{"signed return addresses", func(x *machine) {
			x.Words(places[0]+8, returns[0]&^(0xFFFF<<48)|signed)
		}, places[0], []string{"driver+3050 +110 frame-pointer", "nt+5004 +190 frame-pointer", "nt+6008 +410 frame-pointer"}},
		{"to an unloaded module", func(x *machine) { x.Words(places[1]+8, unloadedAt+0x40) }, places[0],
			[]string{"driver+3050 +110 frame-pointer", "fffff80330000040 +190 frame-pointer unloaded", "nt+6008 +410 frame-pointer"}},
		{"to no module", func(x *machine) { x.Words(places[1]+8, 0xFFFFF80340000000) }, places[0], []string{"driver+3050 +110 frame-pointer"}},
		{"to the headers of an image", func(x *machine) { x.Words(places[1]+8, driverAt+0x10) }, places[0], []string{"driver+3050 +110 frame-pointer"}},
		{"to no instruction", func(x *machine) { x.Words(places[1]+8, kernelAt+0x5006) }, places[0], []string{"driver+3050 +110 frame-pointer"}},
		{"to no instruction of an unloaded module", func(x *machine) { x.Words(places[1]+8, unloadedAt+0x41) }, places[0],
			[]string{"driver+3050 +110 frame-pointer"}},
		{"to data", func(x *machine) {
			x.code(kernelAt, headers())
			x.Words(places[1]+8, kernelAt+0x2020)
		}, places[0], []string{"driver+3050 +110 frame-pointer"}},
		{"to the section of code, at the begin of a page", func(x *machine) {
			x.code(kernelAt, headers())
			x.Words(places[1]+8, kernelAt+0x1000)
			x.Words(places[2]+8, kernelAt+0x1FFC)
		}, places[0], []string{"driver+3050 +110 frame-pointer", "nt+1000 +190 frame-pointer", "nt+1ffc +410 frame-pointer"}},
		{"down", func(x *machine) { x.Words(places[1], places[0]) }, places[0], []string{"driver+3050 +110 frame-pointer", "nt+5004 +190 frame-pointer"}},
		{"to itself", func(x *machine) { x.Words(places[0], places[0]) }, places[0], []string{"driver+3050 +110 frame-pointer"}},
		{"to what is not there", func(x *machine) { x.Words(places[0], stackAt+stackSize) }, places[0], []string{"driver+3050 +110 frame-pointer"}},
		{"not aligned", func(x *machine) { x.Words(places[0], places[1]+4) }, places[0], []string{"driver+3050 +110 frame-pointer"}},
		{"no frame pointer", func(*machine) {}, 0, nil},
	} {
		x := newMachine(dmpfile.MachineARM64)
		x.Linked(8, places, returns)
		c.put(x)
		expectWalk(t, c.name, x.build().Walk(from(c.fp)), append([]string{first}, c.want...)...)
	}

	// From one stack to another, once.
	const thread = stackAt + 0x100000
	x := newMachine(dmpfile.MachineARM64)
	x.Linked(8, places, returns)
	x.Words(places[2], thread+0x10)
	other := dmptest.NewCallStack(thread, 0x100)
	other.Linked(8, []uint64{thread + 0x10, thread + 0x40}, []uint64{driverAt + 0x7000, driverAt + 0x7100})
	x.add(other.Block())
	if got := x.build().Walk(from(places[0])); len(got) != 6 || got[5].IP != driverAt+0x7100 {
		t.Errorf("from one stack to another:\n%s", text(got))
	}
}

func TestWalkX86(t *testing.T) {
	const low, kernel = 0x8B91A000, 0x82800000
	s := dmptest.NewCallStack(low, 0x1000)
	m := memory{}
	stack := unwind.Stack{
		Memory: m, Machine: dmpfile.MachineX86, Low: low, High: low + 0x1000, Kernel: kernel,
		Module: func(a dmpfile.VirtAddr) (base, end dmpfile.VirtAddr, ok bool) {
			return kernel, kernel + 0x400000, kernel <= a && a < kernel+0x400000
		},
	}
	s.Linked(4, []uint64{low + 0x20, low + 0x7C, low + 0x100}, []uint64{kernel + 0x1234, kernel + 0x2345, kernel + 0x3456})
	m[low] = s.Block().Data
	other := stack
	got := stack.Walk(unwind.Frame{IP: kernel + 0x9999, SP: low + 0x10, FP: low + 0x20, Trust: unwind.Context})
	want := unwind.Frame{IP: kernel + 0x1234, SP: low + 0x28, FP: low + 0x7C, Slot: low + 0x24, Trust: unwind.FramePointer}
	want.Registers.Set(insn.RBP, low+0x7C)
	if len(got) != 4 || got[1] != want || got[3].IP != kernel+0x3456 {
		t.Errorf("the walk is %+v", got)
	}
	if got := stack.Walk(unwind.Frame{IP: kernel + 0x9999, SP: low + 0x10, FP: low + 0x21, Trust: unwind.Context}); len(got) != 1 {
		t.Errorf("a frame pointer that is not aligned leads to %+v", got)
	}
	s.Linked(4, []uint64{low + 0x20, low + 0x7C, low + 0x100}, []uint64{kernel + 0x1233, kernel + 0xFFF, kernel + 0x3456})
	if got := other.Walk(unwind.Frame{IP: kernel + 0x9999, SP: low + 0x10, FP: low + 0x20, Trust: unwind.Context}); len(got) != 2 {
		t.Errorf("the headers of an image are frames: %+v", got)
	}
	stack.Machine = dmpfile.MachineARM
	if got := stack.Walk(unwind.Frame{FP: low + 0x20}); len(got) != 1 {
		t.Errorf("a walk of a machine that is not known: %+v", got)
	}
}
