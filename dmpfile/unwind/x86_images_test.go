package unwind_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/pdb"
	"github.com/dmplens/dmplens/dmpfile/unwind"
	"github.com/dmplens/dmplens/dmpfile/unwind/fpo"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// The sample frames of package pdb, as a driver of x86, and return addresses in it.
const (
	x86At    = 0x8F000000
	x86End   = x86At + 0x4000
	stackX86 = 0x8B91A000
	inStd3   = x86At + 0x1009 // has nothing on the stack but its return address, and 3 parameters
	fast2    = x86At + 0x102D // pushed these, and has nothing itself
	saves    = x86At + 0x105B // saved 4 registers, and has 4 parameters
	locals   = x86At + 0x1098 // saved esi, and has 0x20 bytes and a parameter
	pointer  = x86At + 0x118B // has its frame at ebp
	entry    = x86At + 0x11BC // the same
)

// newX86Machine has a stack on which std3 was called by fast2, and so on up to entry, which nothing called. Only pointer and entry link their frames.
func newX86Machine(t testing.TB) *machine {
	t.Helper()
	data, err := dmptest.ReadPacked("../pdb/testdata/frames.pdb.gz")
	if err != nil {
		t.Fatal(err)
	}
	f, err := pdb.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	x := &machine{CallStack: dmptest.NewCallStack(stackX86, 0x1000), memory: memory{}}
	x.stack = unwind.Stack{
		Memory: x.memory, Machine: dmpfile.MachineX86, Low: stackX86, High: stackX86 + 0x1000,
		Module: func(a dmpfile.VirtAddr) (base, end dmpfile.VirtAddr, ok bool) {
			return x86At, x86End, x86At <= a && a < x86End
		},
		FrameData: func(a dmpfile.VirtAddr) (pdb.Frame, uint32, bool) {
			frame, ok := f.FrameAt(uint32(a - x86At))
			return frame, uint32(a - x86At), ok
		},
	}
	x.words32(0x100, fast2, 1, 2, 3)
	x.words32(0x110, saves, 0x51, 0xD1, 0xB1, stackX86+0x200, locals) // esi, edi, ebx, ebp
	x.words32(0x158, 0x52, pointer)
	x.words32(0x200, stackX86+0x300, entry)
	return x
}

// words32 writes words of 32 bits at an offset on the stack.
func (x *machine) words32(off uint64, v ...uint32) {
	b := x.Block().Data
	for i, w := range v {
		for k := range 4 {
			b[off+uint64(4*i+k)] = byte(w >> (8 * k))
		}
	}
}

// atX86 is a frame whose registers were saved.
func atX86(ip, sp, ebp uint64) unwind.Frame {
	f := at(ip, sp)
	f.FP = dmpfile.VirtAddr(ebp)
	f.Registers.Set(insn.RBP, ebp)
	return f
}

func TestWalkFrameData(t *testing.T) {
	from := atX86(inStd3, stackX86+0x100, stackX86+0x200)
	const first = "8f001009 8b91a100 context"
	whole := []string{first, "8f00102d 8b91a104 unwind", "8f00105b 8b91a114 unwind", "8f001098 8b91a128 unwind", "8f00118b 8b91a160 unwind",
		"8f0011bc 8b91a208 unwind error"}
	for _, c := range []struct {
		name string
		from unwind.Frame
		put  func(*machine)
		want []string
	}{
		{"frame data", from, func(*machine) {}, whole},
		{"no frame data", from, func(x *machine) { x.stack.FrameData = nil }, []string{first, "8f0011bc 8b91a208 frame-pointer"}},
		{"frame data of some", from, func(x *machine) {
			all := x.stack.FrameData
			x.stack.FrameData = func(a dmpfile.VirtAddr) (pdb.Frame, uint32, bool) {
				f, rva, ok := all(a)
				return f, rva, ok && a != fast2-1
			}
		}, []string{first, whole[1], "8f0011bc 8b91a208 frame-pointer error"}},
		{"no return address where it is to be", from, func(x *machine) { x.words32(0x15C, x86End) },
			[]string{first, whole[1], whole[2], whole[3] + " error", "8f0011bc 8b91a208 frame-pointer error"}},
		{"a return address that was searched", atX86(x86At+0x1028, stackX86+0x104, stackX86+0x200), func(*machine) {},
			[]string{"8f001028 8b91a104 context", "8f00105b 8b91a114 scan", "8f001098 8b91a128 scan", "8f00118b 8b91a160 scan", "8f0011bc 8b91a208 scan error"}},
		{"by the frame pointer, and frame data again", atX86(x86At+0x100, stackX86+0x100, stackX86+0x400), func(x *machine) {
			x.words32(0x400, stackX86+0x500, saves)
			x.words32(0x408, 0x51, 0xD1, 0xB1, stackX86+0x600, locals)
		}, []string{"8f000100 8b91a100 context", "8f00105b 8b91a408 frame-pointer", "8f001098 8b91a41c frame-pointer error"}},
		{"to user mode", from, func(x *machine) { x.words32(0x15C, 0x401000) },
			[]string{first, whole[1], whole[2], whole[3] + " error", "8f0011bc 8b91a208 frame-pointer error"}},
		{"down the stack", atX86(pointer, stackX86+0x160, stackX86+0x100), func(x *machine) { x.words32(0x100, stackX86+0x80, entry) },
			[]string{"8f00118b 8b91a160 context error", "8f0011bc 8b91a108 frame-pointer"}},
	} {
		x := newX86Machine(t)
		c.put(x)
		expectWalk(t, c.name, x.build().Walk(c.from), c.want...)
	}

	x := newX86Machine(t)
	got := x.build().Walk(from)
	for r, want := range map[insn.Register]uint64{insn.RBX: 0xB1, insn.RSI: 0x51, insn.RDI: 0xD1, insn.RBP: stackX86 + 0x200, insn.RSP: stackX86 + 0x128} {
		if v, ok := got[3].Registers.Get(r); !ok || v != want {
			t.Errorf("%s is %#x, known: %t; want %#x", r, v, ok, want)
		}
	}
	if got[3].Slot != stackX86+0x124 || got[3].FP != stackX86+0x200 || !got[3].Returned() {
		t.Errorf("the frame of locals is %+v", got[3])
	}
	if err := got[5].Err; !errors.Is(err, fpo.ErrReturn) {
		t.Errorf("where the stack begins: %v", err)
	}
}
