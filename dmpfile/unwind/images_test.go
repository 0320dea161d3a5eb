package unwind_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/unwind"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
	"github.com/dmplens/dmplens/dmpfile/unwind/xdata"
)

// sample is an image that has unwind data: the sources are beside it.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("xdata", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func openImage(t testing.TB, file []byte) *pe.Image {
	t.Helper()
	im, err := pe.NewFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return im
}

// store is the images that a store has, by where they are loaded.
type store map[dmpfile.VirtAddr]*pe.Image

func (s store) image(base dmpfile.VirtAddr) *pe.Image { return s[base] }

// Return addresses in functions of the sample v1, and the bytes from their stack pointer to their own return addresses.
const (
	pushes   = driverAt + 0x1110
	large    = driverAt + 0x120C
	home     = driverAt + 0x141B
	framed   = driverAt + 0x151D // by rbp
	inPushes = driverAt + 0x1108 // behind its prologue
	inLarge  = driverAt + 0x1207
)

// newSampleMachine has the sample v1 for a driver, in a store, and a stack: pushes was called by large, that by home, that by pushes, and that by
// nothing.
func newSampleMachine(t testing.TB) *machine {
	x := newMachine(dmpfile.MachineAMD64)
	x.stack.Image = store{driverAt: openImage(t, sample(t, "amd64/v1.dll"))}.image
	x.Words(stackAt+0x120, 0xC1, 0xD1, 0xB1, large) // r12, rdi, rbx
	x.Words(stackAt+0x1148, home)
	x.Words(stackAt+0x1190, 0xD2, pushes, 0xB2, 0, 0x52) // rdi, rbx and rsi
	return x
}

// sampleCode puts the code of the sample into the dump, but none of its unwind data.
func (x *machine) sampleCode(t testing.TB) []byte {
	code := dmptest.MapImage(sample(t, "amd64/v1.dll"), driverAt)[0x1000:0x2000]
	x.code(driverAt+0x1000, code)
	return code
}

var sampleWalk = []string{"driver+1108 +100 context", "driver+120c +140 unwind", "driver+141b +1150 unwind", "driver+1110 +11a0 unwind"}

// sampleRest is what a scan finds of it from anywhere in the frame of large.
var sampleRest = []string{"driver+141b +1150 scan", "driver+1110 +11a0 scan"}

// Entries of the table of functions that the kernel unwound.
var (
	pushesEntry = dmptest.RuntimeFunction{Base: driverAt, At: driverAt + 0x8000, Begin: 0x1100, End: 0x1129}
	largeEntry  = dmptest.RuntimeFunction{Base: driverAt, At: driverAt + 0x8010, Begin: 0x1200, End: 0x1214}
	homeEntry   = dmptest.RuntimeFunction{Base: driverAt, At: driverAt + 0x8020, Begin: 0x1400, End: 0x1434}
	kernelEntry = dmptest.RuntimeFunction{Base: kernelAt, At: kernelAt + 0x8000, Begin: 0x5000, End: 0x5200}
)

func (x *machine) history(list ...dmptest.RuntimeFunction) {
	x.History(stackAt, list...)
	for _, f := range list {
		x.add(f.Block())
	}
}

func TestWalkImages(t *testing.T) {
	for _, c := range []struct {
		name string
		put  func(*machine)
		want []string
	}{
		{"an image in a store", func(*machine) {}, sampleWalk},
		{"an image in memory", func(x *machine) {
			x.stack.Image = nil
			x.code(driverAt, dmptest.MapImage(sample(t, "amd64/v1.dll"), driverAt))
		}, sampleWalk},
		{"code in memory", func(x *machine) { x.sampleCode(t) }, sampleWalk},
		{"the kernel's own unwinding", func(x *machine) { x.history(pushesEntry, largeEntry, homeEntry) }, sampleWalk},
		{"other code in memory", func(x *machine) {
			x.code(large, dmptest.ReturnCode(0x28))
			x.Words(stackAt+0x168, kernelAt+0x5001)
		}, []string{sampleWalk[0], "driver+120c +140 unwind not driver+141b", "nt+5001 +170 code", sampleRest[0], sampleRest[1]}},
		{"other code in memory, which leads to what is no code", func(x *machine) {
			x.code(large, dmptest.ReturnCode(0x28))
			x.Words(stackAt+0x168, kernelEnd)
		}, sampleWalk},
		{"other code where the walk begins", func(x *machine) {
			x.code(inPushes, []byte("\x48\x83\xC4\x48\xC3")) // add rsp, 0x48; ret
			x.Words(stackAt+0x148, kernelAt+0x5001)
		}, []string{"driver+1108 +100 context not driver+120c", "nt+5001 +150 code", sampleRest[0], sampleRest[1]}},
		{"another function was unwound", func(x *machine) {
			x.history(pushesEntry, kernelEntry)
			x.Words(stackAt+0x158, kernelAt+0x5100)
		}, []string{"driver+1108 +100 context not driver+120c", "nt+5100 +160 history", sampleRest[0], sampleRest[1]}},
		{"a function that is not in the table of those unwound, but the code leads there", func(x *machine) {
			x.sampleCode(t)
			x.history(pushesEntry, homeEntry)
		}, sampleWalk},
		{"the table goes on behind a function without an image", func(x *machine) {
			x.history(pushesEntry, kernelEntry, homeEntry)
			x.Words(stackAt+0x138, kernelAt+0x5100)
			x.Words(stackAt+0x168, kernelAt+0x6001)
		}, []string{sampleWalk[0], "nt+5100 +140 unwind", "driver+141b +1150 history", "driver+1110 +11a0 history"}},
		{"a function that was unwound before", func(x *machine) {
			x.history(pushesEntry, kernelEntry)
			x.Words(stackAt+0x138, pushes)
			x.Words(stackAt+0x178, kernelAt+0x5100)
		}, []string{sampleWalk[0], "driver+1110 +140 unwind", "nt+5100 +180 unwind", sampleRest[0], sampleRest[1]}},
		{"the trap frame of the fault in the frame", func(x *machine) {
			x.stack.Fault = driverAt + 0x1001
			x.Trap(stackAt+0x400, dmptest.Trap{IP: driverAt + 0x1001, SP: stackAt + 0x6F8, Handler: kernelAt + 0x4D78})
			x.Words(stackAt+0x6F8, pushes) // a leaf: its return address is the first word
		}, []string{sampleWalk[0], "driver+120c +140 unwind not driver+141b", "nt+4d78 +400 exact gap", "driver+1001 +6f8 context",
			"driver+1110 +700 unwind"}},
		{"an older trap frame in the frame", func(x *machine) {
			x.Trap(stackAt+0x400, dmptest.Trap{IP: driverAt + 0x1001, SP: stackAt + 0x6F8, Handler: kernelAt + 0x4D78})
			x.Words(stackAt+0x6F8, pushes)
		}, sampleWalk},
	} {
		x := newSampleMachine(t)
		c.put(x)
		got := x.build().Walk(at(inPushes, stackAt+0x100))
		expectWalk(t, c.name, got, c.want...)
	}
}

func TestWalkImagesRegisters(t *testing.T) {
	x := newSampleMachine(t)
	from := at(inPushes, stackAt+0x100)
	for r := insn.RAX; r <= insn.R15; r++ {
		from.Registers.Set(r, 0x100+uint64(r))
	}
	got := x.build().Walk(from)
	expectWalk(t, "the sample", got, sampleWalk...)
	type values map[insn.Register]uint64
	for i, want := range []values{
		1: {insn.RBX: 0xB1, insn.RDI: 0xD1, insn.R12: 0xC1, insn.R13: 0x10D, insn.RSP: stackAt + 0x140},
		2: {insn.RBX: 0xB1, insn.RDI: 0xD1, insn.R12: 0xC1, insn.RSP: stackAt + 0x1150},
		3: {insn.RBX: 0xB2, insn.RDI: 0xD2, insn.R12: 0xC1, insn.RSI: 0x52, insn.RSP: stackAt + 0x11A0},
	} {
		for r, v := range want {
			if g, ok := got[i].Registers.Get(r); !ok || g != v {
				t.Errorf("frame %d: %s is %#x, known: %t; want %#x", i, r, g, ok, v)
			}
		}
		if _, ok := got[i].Registers.Get(insn.RAX); ok && i > 0 {
			t.Errorf("frame %d: rax is known after a call", i)
		}
	}
	if !got[1].Returned() || got[0].Returned() || got[1].Slot != stackAt+0x138 {
		t.Errorf("the first call: %+v", got[1])
	}
}

// TestWalkImageErrors has functions whose unwind data does not tell their caller.
func TestWalkImageErrors(t *testing.T) {
	odd := store{driverAt: openImage(t, sample(t, "amd64/odd.dll"))}.image
	for _, c := range []struct {
		name string
		from unwind.Frame
		put  func(*machine)
		err  error  // of the first frame
		says string // of the first frame, where err is not exported
		want []string
	}{
		{"a version that is not known, with code", at(driverAt+0x1300, stackAt+8), func(x *machine) {
			x.stack.Image = odd
			x.code(driverAt+0x1300, []byte("\x90\xC3"))
			x.Words(stackAt+8, kernelAt+0x5001)
		}, xdata.ErrVersion, "", []string{"driver+1300 +8 context error", "nt+5001 +10 code"}},
		{"a version that is not known, without code", at(driverAt+0x1300, stackAt), func(x *machine) {
			x.stack.Image = odd
			x.Words(stackAt+0x28, kernelAt+0x5001)
		}, xdata.ErrVersion, "", []string{"driver+1300 +0 context error", "nt+5001 +30 scan"}},
		{"a register that is not known", unwind.Frame{IP: framed, SP: stackAt, Slot: stackAt - 8, Trust: unwind.Exact}, func(x *machine) {
			x.Words(stackAt+0x48, kernelAt+0x5001)
		}, xdata.ErrRegister, "", []string{"driver+151d +0 exact error", "nt+5001 +50 scan"}},
		{"what is no return address", at(inLarge, stackAt), func(x *machine) {
			x.Words(stackAt+0x1008, kernelEnd)
			x.Words(stackAt+0x1018, kernelAt+0x5001)
		}, nil, "no return address", []string{"driver+1207 +0 context error", "nt+5001 +1020 scan"}},
		{"an address of user mode", at(inLarge, stackAt), func(x *machine) {
			x.Words(stackAt+0x1008, 0x7FFA12345678)
		}, nil, "no return address", []string{"driver+1207 +0 context error"}},
		{"data", at(inLarge, stackAt), func(x *machine) {
			x.Words(stackAt+0x1008, driverAt+0x2010)
		}, nil, "no return address", []string{"driver+1207 +0 context error"}},
		{"inside of an instruction", at(inLarge, stackAt), func(x *machine) {
			x.Words(stackAt+0x1008, home+1)
		}, nil, "no return address", []string{"driver+1207 +0 context error"}},
		{"a stack that is not aligned", at(inLarge, stackAt+8), func(x *machine) {
			x.Words(stackAt+0x1010, home)
		}, nil, "no return address", []string{"driver+1207 +8 context error", "driver+141b +1020 scan"}},
		{"no room for what the callee may use", unwind.Frame{IP: driverAt + 0x1102, SP: stackAt, Slot: stackAt - 8, Trust: unwind.Exact}, func(x *machine) {
			x.stack.Image = odd // which has only saved rbx there
			x.Words(stackAt+8, kernelAt+0x5001)
			x.Words(stackAt+0x28, kernelAt+0x6001)
		}, nil, "no return address", []string{"driver+1102 +0 exact error", "nt+6001 +30 scan"}},
		{"the frame is not in the dump", at(inLarge, stackAt+stackSize-0x100), func(*machine) {}, &dmpfile.NotInDumpError{Address: stackAt + stackSize + 0xF08}, "",
			[]string{"driver+1207 +1f00 context error"}},
		{"a return address outside of functions", unwind.Frame{IP: driverAt + 0x1050, SP: stackAt, Slot: stackAt - 8, Trust: unwind.Exact}, func(x *machine) {
			x.Words(stackAt+0x48, kernelAt+0x5001)
		}, xdata.ErrLeaf, "", []string{"driver+1050 +0 exact error", "nt+5001 +50 scan"}},
	} {
		x := newSampleMachine(t)
		x.CallStack = dmptest.NewCallStack(stackAt, stackSize)
		c.put(x)
		if c.name == "a stack that is not aligned" {
			x.Words(stackAt+0x1018, home)
		}
		known := []unwind.Frame{c.from}
		got := x.build().Walk(known...)
		expectWalk(t, c.name, got, c.want...)
		if known[0] != c.from {
			t.Errorf("%s: the frame that the walk began with is changed: %+v", c.name, known[0])
		}
		var missing, wanted *dmpfile.NotInDumpError
		switch err := got[0].Err; {
		case errors.As(c.err, &wanted):
			if !errors.As(err, &missing) || missing.Address != wanted.Address {
				t.Errorf("%s: %v, want %v", c.name, err, c.err)
			}
		case c.err != nil && !errors.Is(err, c.err), err == nil || !strings.Contains(err.Error(), c.says):
			t.Errorf("%s: %v, want %v%s", c.name, err, c.err, c.says)
		}
	}

	// With the register the frame is known.
	x := newSampleMachine(t)
	x.Words(stackAt+0x138, kernelAt+0x5001)
	from := unwind.Frame{IP: framed, SP: stackAt, Slot: stackAt - 8, Trust: unwind.Exact}
	from.Registers.Set(insn.RBP, stackAt+0x120)
	expectWalk(t, "by the frame register", x.build().Walk(from), "driver+151d +0 exact", "nt+5001 +140 unwind", sampleRest[0], sampleRest[1])
}

// TestWalkImageEnds has return addresses of 0, with a word above that a scan would take.
func TestWalkImageEnds(t *testing.T) {
	begin := func() *machine {
		x := newSampleMachine(t)
		x.Words(stackAt+0x138, 0)
		return x
	}
	from := unwind.Frame{IP: pushes, SP: stackAt + 0x100, Slot: stackAt + 0xF8, Trust: unwind.Exact}
	expectWalk(t, "a thread's first function", begin().build().Walk(from), "driver+1110 +100 exact")

	// Where control is there itself a bad function was called: nothing has begun.
	got := begin().build().Walk(at(inPushes, stackAt+0x100))
	expectWalk(t, "no call", got, "driver+1108 +100 context error", sampleRest[0], sampleRest[1])

	// But the trap frame of the fault is above.
	x := begin()
	x.stack.Fault = driverAt + 0x1001
	x.Trap(stackAt+0x400, dmptest.Trap{IP: driverAt + 0x1001, SP: stackAt + 0x6F8, Handler: kernelAt + 0x4D78})
	x.Words(stackAt+0x6F8, pushes)
	expectWalk(t, "below the fault", x.build().Walk(from), "driver+1110 +100 exact error",
		"nt+4d78 +400 exact gap", "driver+1001 +6f8 context", "driver+1110 +700 unwind")

	// The stack of interrupts ends, and what was interrupted goes on.
	const thread = 0xFFFFF5825DE0E000
	other := dmptest.NewCallStack(thread, 0x400)
	other.Trap(thread+0x70, dmptest.Trap{IP: inPushes, SP: thread + 0x200, Handler: kernelAt + 0x4D78})
	other.Words(thread+0x238, kernelAt+0x5001)
	other.Words(thread+0x288, pushes)
	x = begin()
	x.add(other.Block())
	trap := unwind.Trap{At: thread + 0x70}
	trap.IP, trap.SP, trap.Handler = inPushes, thread+0x200, kernelAt+0x4D78
	x.stack.Interrupted = &trap
	expectWalk(t, "across stacks", x.build().Walk(from), "driver+1110 +100 exact",
		"driver+1108 fffff5825de0e200 context gap", "nt+5001 fffff5825de0e240 unwind", "driver+1110 fffff5825de0e290 scan")
}

// TestWalkImageScan has a frame that is reached by a scan: nothing that it leads to is surer.
func TestWalkImageScan(t *testing.T) {
	x := newSampleMachine(t)
	x.code(large, []byte("\x48\x81\xC4\x08\x10\x00\x00\xC3"))
	x.history(largeEntry, homeEntry)
	expectWalk(t, "a scan", x.build().Walk(at(kernelAt+0x5001, stackAt+0x110)),
		"nt+5001 +110 context", "driver+120c +140 scan", "driver+141b +1150 scan", "driver+1110 +11a0 scan")

	// A trap frame in a frame that a scan came to is not passed over.
	x = newSampleMachine(t)
	x.Trap(stackAt+0x400, dmptest.Trap{IP: driverAt + 0x1001, SP: stackAt + 0x6F8, Handler: kernelAt + 0x4D78})
	x.Words(stackAt+0x6F8, pushes)
	expectWalk(t, "a trap frame", x.build().Walk(at(kernelAt+0x5001, stackAt+0x110)), "nt+5001 +110 context",
		"driver+120c +140 scan not driver+141b", "nt+4d78 +400 scan", "driver+1001 +6f8 scan", "driver+1110 +700 scan")

	// A word whose unwind data leads to a zero can be where a thread begins, but only where there is no other.
	x = newSampleMachine(t)
	expectWalk(t, "a thread's begin", x.build().Walk(at(kernelAt+0x5001, stackAt+0x1150)), "nt+5001 +1150 context", "driver+1110 +11a0 scan")
	x = newSampleMachine(t)
	x.Words(stackAt+0x118, large)
	expectWalk(t, "a word that leads nowhere", x.build().Walk(at(kernelAt+0x5001, stackAt+0x100)),
		"nt+5001 +100 context", "driver+120c +140 scan", "driver+141b +1150 scan", "driver+1110 +11a0 scan")
}

// TestWalkImageScanLeads has a word that can be a return address, but whose unwind data leads to what is none.
func TestWalkImageScanLeads(t *testing.T) {
	for _, c := range []struct {
		leads uint64
		want  bool
	}{{kernelAt + 0x6001, true}, {0, true}, {1, false}, {kernelEnd, false}, {driverAt + 0x2010, false}, {home + 1, false}, {0x7FFA12345678, false}} {
		x := newSampleMachine(t)
		x.CallStack = dmptest.NewCallStack(stackAt, stackSize)
		x.Words(stackAt+0x48, pushes)
		x.Words(stackAt+0x50+0x38, c.leads)
		got := x.build().Walk(at(kernelAt+0x5001, stackAt))
		if found := len(got) > 1 && got[1].IP == pushes; found != c.want {
			t.Errorf("to %#x: the walk is\n%s", c.leads, text(got))
		}
	}
}

// Functions of the sample that handle interrupts, and where user mode is.
const (
	inInterrupt = 0x190C // behind a call, with rbp, rcx and rax saved from 0x28 on, and a machine frame at 0x40
	inFault     = 0x1A15 // a trap frame is at rbp-0x80, and all of it stands on the machine frame
	userAt      = 0x7FF612340000
	userStack   = 0xA00000F008 // where a leaf function was called
)

// newHandlerMachine has the sample for a kernel too, and for a module of user mode.
func newHandlerMachine(t testing.TB) *machine {
	x := newSampleMachine(t)
	im := openImage(t, sample(t, "amd64/v1.dll"))
	x.stack.Image = store{driverAt: im, kernelAt: im, userAt: im}.image
	kernel := x.stack.Module
	x.stack.Module = func(a dmpfile.VirtAddr) (base, end dmpfile.VirtAddr, ok bool) {
		if userAt <= a && a < userAt+0x4000 {
			return userAt, userAt + 0x4000, true
		}
		return kernel(a)
	}
	return x
}

// machineFrame writes what the processor saves when it is interrupted.
func (x *machine) machineFrame(at, ip, cs, sp uint64) {
	x.Words(at, ip, cs, 0x10246, sp, map[uint64]uint64{0x10: 0x18, 0x33: 0x2B}[cs])
}

func TestWalkMachineFrame(t *testing.T) {
	const user = 0xA000000F00
	handler := func(trust unwind.Trust) unwind.Frame {
		return unwind.Frame{IP: kernelAt + inInterrupt, SP: stackAt, Slot: stackAt - 8, Trust: trust}
	}
	for _, c := range []struct {
		name       string
		from       unwind.Frame
		ip, cs, sp uint64
		want       []string
	}{
		{"the kernel", handler(unwind.Exact), inPushes, 0x10, stackAt + 0x100, sampleWalk[1:]},
		{"the kernel, reached by a scan", handler(unwind.Scan), inPushes, 0x10, stackAt + 0x100, nil},
		{"user mode", handler(unwind.Exact), userAt + 0x1001, 0x33, user, nil},
		{"user mode where nothing is", handler(unwind.Exact), 0x7FF700000000, 0x33, user, nil},
		{"no module", handler(unwind.Exact), driverEnd, 0x10, stackAt + 0x100, nil},
		{"a null pointer", handler(unwind.Exact), 0, 0x10, stackAt + 0x100, nil},
		{"code of user mode in the kernel", handler(unwind.Exact), userAt + 0x1001, 0x10, stackAt + 0x100, nil},
		{"code of the kernel in user mode", handler(unwind.Exact), inPushes, 0x33, stackAt + 0x100, nil},
		{"no address of the processor", handler(unwind.Exact), 0x1234567812345678, 0x33, user, nil},
		{"down the stack", handler(unwind.Exact), inPushes, 0x10, stackAt, nil},
		{"the headers of an image", handler(unwind.Exact), driverAt + 0x20, 0x10, stackAt + 0x100, nil},
		{"data of an image", handler(unwind.Exact), driverAt + 0x2010, 0x10, stackAt + 0x100, nil},
		{"a stack of user mode in the kernel", handler(unwind.Exact), inPushes, 0x10, user, nil},
		{"a stack of the kernel in user mode", handler(unwind.Exact), userAt + 0x1001, 0x33, stackAt + 0x100, nil},
		{"off the stack of the thread", handler(unwind.Exact), userAt + 0x1001, 0x33, user, nil},
	} {
		x := newHandlerMachine(t)
		if c.name == "off the stack of the thread" {
			x.stack.UserLow, x.stack.UserHigh = 0x1000, user
		}
		x.machineFrame(stackAt+0x40, c.ip, c.cs, c.sp)
		x.Words(stackAt+0x28, 0xB0, 0xC0, 0xA0)
		got := x.build().Walk(c.from)
		first := "nt+190c +0 " + string(c.from.Trust)
		switch c.name {
		case "the kernel":
			expectWalk(t, c.name, got, append([]string{first, "driver+1108 +100 unwind"}, c.want...)...)
			for r, want := range map[insn.Register]uint64{insn.RBP: 0xB0, insn.RCX: 0xC0, insn.RAX: 0xA0} {
				if v, ok := got[1].Registers.Get(r); !ok || v != want {
					t.Errorf("%s is %#x, known: %t", r, v, ok)
				}
			}
			if got[1].Returned() {
				t.Error("what was interrupted is a call")
			}
		case "the kernel, reached by a scan":
			expectWalk(t, c.name, got, first, "driver+1108 +100 scan", "driver+120c +140 scan", "driver+141b +1150 scan", "driver+1110 +11a0 scan")
		case "user mode": // whose stack is not in the dump
			expectWalk(t, c.name, got, first, "7ff612341001 a000000f00 unwind user error")
		case "user mode where nothing is":
			expectWalk(t, c.name, got, first, "7ff700000000 a000000f00 unwind user")
		default:
			expectWalk(t, c.name, got, first+" error", "driver+120c +140 scan", "driver+141b +1150 scan", "driver+1110 +11a0 scan")
		}
	}
}

// TestWalkMachineFrameAboveFault has a machine frame that unwind data leads to across the trap frame of the fault.
func TestWalkMachineFrameAboveFault(t *testing.T) {
	const trap = stackAt + 0x200
	x := newHandlerMachine(t)
	x.stack.Fault = driverAt + 0x1001
	x.Trap(trap, dmptest.Trap{IP: driverAt + 0x1001, SP: stackAt + 0x6F8, Handler: kernelAt + 0x1110})
	x.Words(stackAt+0x6F8, pushes)
	x.machineFrame(stackAt+0x400+0x168, inPushes, 0x10, stackAt+0x900)
	from := unwind.Frame{IP: kernelAt + inFault, SP: stackAt + 0x100, Slot: stackAt + 0xF8, Trust: unwind.Exact}
	from.Registers.Set(insn.RBP, stackAt+0x400+0x80)
	expectWalk(t, "across the fault", x.build().Walk(from), "nt+1a15 +100 exact not driver+1108",
		"nt+1110 +200 exact gap", "driver+1001 +6f8 context", "driver+1110 +700 unwind")
}

// TestWalkKeeps takes registers that a trap frame lacks from the unwind data of the handler.
func TestWalkKeeps(t *testing.T) {
	const trap = stackAt + 0x40 // behind the return address of pushes, which the handler called
	walk := func(rbp uint64, change func(*machine)) []unwind.Frame {
		x := newHandlerMachine(t)
		x.CallStack = dmptest.NewCallStack(stackAt, stackSize)
		x.Words(stackAt+0x20, 0xC1, 0xD1, 0xB1, kernelAt+inFault)
		x.Trap(trap, dmptest.Trap{IP: inPushes, SP: stackAt + 0x400, Handler: kernelAt + inFault, Rax: 0xAA, Rbp: 0xEB})
		x.Words(stackAt+0x438, kernelAt+0x1110)
		change(x)
		from := at(kernelAt+0x1108, stackAt)
		from.Registers.Set(insn.RBP, rbp)
		from.Registers.Set(insn.RSI, 0x51)
		return x.build().Walk(from)
	}
	want := []string{"nt+1108 +0 context", "nt+1a15 +40 unwind", "driver+1108 +400 context", "nt+1110 +440 unwind"}
	got := walk(trap+0x80, func(*machine) {})
	expectWalk(t, "a trap", got, want...)
	for r, want := range map[insn.Register]uint64{insn.RBX: 0xB1, insn.RDI: 0xD1, insn.R12: 0xC1, insn.RSI: 0x51, insn.RBP: 0xEB, insn.RAX: 0xAA} {
		if v, ok := got[2].Registers.Get(r); !ok || v != want {
			t.Errorf("%s is %#x, known: %t; want %#x", r, v, ok, want)
		}
	}
	if _, ok := got[2].Registers.Get(insn.R13); ok {
		t.Error("r13 is known")
	}

	// What the trap frame has is right.
	const away = stackAt + 0x800
	got = walk(away+0x80, func(x *machine) {
		x.machineFrame(away+0x168, inPushes, 0x10, stackAt+0x400)
		x.Words(away+0x158, 0xBAD)
	})
	if v, ok := got[2].Registers.Get(insn.RBP); !ok || v != 0xEB {
		t.Errorf("rbp is %#x, known: %t", v, ok)
	}
	got = walk(away+0x80, func(x *machine) { x.machineFrame(away+0x168, inLarge, 0x10, stackAt+0x400) })
	if _, ok := got[2].Registers.Get(insn.RBX); ok {
		t.Error("rbx is known by a machine frame of another place")
	}
	got = walk(away+0x80, func(x *machine) { x.machineFrame(away+0x168, inPushes, 0x10, stackAt+0x500) })
	if _, ok := got[2].Registers.Get(insn.RBX); ok {
		t.Error("rbx is known by a machine frame of another stack")
	}

	// Where the data does not lead to the trap frame, it has no registers of what was interrupted.
	for name, rbp := range map[string]uint64{"rbp is of something else": trap + 0x90, "rbp leads out of the dump": stackAt + stackSize} {
		got := walk(rbp, func(*machine) {})
		expectWalk(t, name, got, want...)
		if _, ok := got[2].Registers.Get(insn.RBX); ok {
			t.Errorf("%s: rbx is known", name)
		}
	}
}

// callback makes a stack of user mode on which the kernel has called a function that stands on a machine frame.
func (x *machine) callback(from, sp uint64) {
	s := dmptest.NewCallStack(userStack, 0x200)
	s.Words(userStack, userAt+inInterrupt)
	s.Words(userStack+0x48, from, 0x33, 0x10246, sp, 0x2B)
	s.Words(userStack+0x100, userAt+0x1110)
	x.add(s.Block())
}

// TestWalkSystemCall goes from a system call to user mode, by the unwind data of the images of the capture.
func TestWalkSystemCall(t *testing.T) {
	const trap = stackAt + 0x400
	images, err := dmptest.ReadImages("../../testdata/capture/symbols")
	if err != nil {
		t.Fatal(err)
	}
	kernel, sampleImage := openImage(t, images["ntoskrnl.exe"]), openImage(t, sample(t, "amd64/v1.dll"))
	for _, c := range []struct {
		name string
		put  func(*machine)
		want []string
	}{
		{"a whole stack", func(*machine) {}, []string{"7ff612341110 a00000f010 unwind user", "7ff61234141b a00000f050 unwind user", "7ff612341110 a00000f0a0 unwind user"}},
		{"without its images", func(x *machine) { x.stack.Image = store{kernelAt: kernel}.image }, nil},
		{"a trap frame that is proven", func(x *machine) {
			x.Words(trap-8, kernelAt+0x1191) // what else the handler called
			x.stack.Image = store{kernelAt: kernel}.image
		}, []string{"7ff612341001 a00000f008 context user"}},
		{"to the kernel", func(x *machine) {
			copy(x.memory[userStack][0x40:], "\x10\x11\x00\x20\x03\xF8\xFF\xFF")
		},
			[]string{"7ff612341110 a00000f010 unwind user error"}},
		{"to no module", func(x *machine) { x.memory[userStack][0x42] = 0xFF }, []string{"7ff612341110 a00000f010 unwind user error"}},
		{"to itself", func(x *machine) {
			b := dmptest.NewCallStack(userStack, 0x10000)
			for a := uint64(userStack); a < userStack+0x10000; a += 8 {
				b.Words(a, userAt+0x1110)
			}
			x.add(b.Block())
		}, nil},
		{"a callback of the kernel", func(x *machine) { x.callback(userAt+0x1002, userStack+0x100) },
			[]string{"7ff61234190c a00000f010 unwind user", "7ff612341002 a00000f108 unwind user", "7ff612341110 a00000f110 unwind user"}},
		{"a callback from no module", func(x *machine) { x.callback(userAt-0x1002, userStack+0x100) }, []string{"7ff61234190c a00000f010 unwind user error"}},
		{"a callback down the stack", func(x *machine) { x.callback(userAt+0x1002, userStack+8) }, []string{"7ff61234190c a00000f010 unwind user error"}},
		{"a callback from the kernel", func(x *machine) { x.callback(inPushes, userStack+0x100) }, []string{"7ff61234190c a00000f010 unwind user error"}},
	} {
		x := newHandlerMachine(t)
		x.stack.Image = store{kernelAt: kernel, userAt: sampleImage}.image
		x.CallStack = dmptest.NewCallStack(stackAt, stackSize)
		x.Words(trap+0x140, 0xB, 0xD, 0x5, 0xEB) // rbx, rdi, rsi, rbp
		x.machineFrame(trap+0x168, userAt+0x1001, 0x33, userStack)
		x.Words(trap+0x198, kernelAt+0x10B7) // a scan would take it
		other := dmptest.NewCallStack(userStack, 0x100)
		other.Words(userStack, userAt+0x1110)
		other.Words(userStack+0x40, userAt+0x141B)
		other.Words(userStack+0x90, userAt+0x1110)
		x.add(other.Block())
		c.put(x)
		from := unwind.Frame{IP: kernelAt + 0x126C, SP: trap - 0x70, Slot: trap - 0x78, Trust: unwind.Exact}
		from.Registers.Set(insn.RBP, trap+0x80)
		got := x.build().Walk(from)
		first := []string{"nt+126c +390 exact", "7ff612341001 a00000f008 unwind user"}
		switch c.name {
		case "a trap frame that is proven":
			first = first[:1]
			if got[1].Record != trap {
				t.Errorf("%s: it is at %#x", c.name, uint64(got[1].Record))
			}
			expectWalk(t, c.name, got, append(first, c.want...)...)
		case "to itself":
			if len(got) != 200 || !got[199].User || got[199].IP != userAt+0x1110 {
				t.Errorf("%s: %d frames, the last is %+v", c.name, len(got), got[len(got)-1])
			}
		case "without its images", "a whole stack":
			if v, ok := got[1].Registers.Get(insn.RSI); !ok || v != 5 {
				t.Errorf("%s: rsi is %#x, known: %t", c.name, v, ok)
			}
			fallthrough
		default:
			expectWalk(t, c.name, got, append(first, c.want...)...)
		}
	}
}

// codeImage is an image whose code at RVA 0x1000 is given, and that has no unwind data.
func codeImage(t testing.TB, code []byte) *pe.Image {
	text := append(bytes.Repeat([]byte{0x90}, 0x100), code...)
	text = append(text, bytes.Repeat([]byte{0x90}, 0x1000-len(text))...)
	p := dmptest.PE{Sections: []dmptest.PESection{{Name: ".text", Data: text, Characteristics: 0x68000020}}}
	return openImage(t, p.File().Data())
}

// TestWalkStoredCode has code only in a store, which lacks what Windows writes over calls when it loads an image. The return address is behind the bytes
// before the bar.
func TestWalkStoredCode(t *testing.T) {
	for _, c := range []struct {
		name, code string
		want       bool
	}{
		{"call rel32", "\xE8\x01\x02\x03\x00|", true},
		{"call [rip+rel32]", "\xFF\x15\x01\x02\x03\x00|", true},
		{"call [rip+rel32], written over", "\xFF\x15\x01\x02\x03|\x00", true},
		{"a byte earlier", "\xFF\x15\x01\x02|\x03\x00", false},
		{"call [rip+rel32] of a kernel, written over", "\x48\xFF\x15\x01\x02\x03\x00\x0F\x1F\x44\x00\x00|", true},
		{"behind the call alone", "\x48\xFF\x15\x01\x02\x03\x00|\x0F\x1F\x44\x00\x00", true},
		{"its last byte", "\x48\xFF\x15\x01\x02\x03|\x00\x0F\x1F\x44\x00\x00", true},
		{"inside of its nop", "\x48\xFF\x15\x01\x02\x03\x00\x0F\x1F\x44\x00|\x00", false},
		{"inside of its nop, earlier", "\x48\xFF\x15\x01\x02\x03\x00\x0F|\x1F\x44\x00\x00", false},
		{"without the prefix", "\x90\xFF\x15\x01\x02\x03\x00\x0F\x1F\x44\x00\x00|", false},
		{"a long nop behind a jump", "\x48\xFF\x25\x01\x02\x03\x00\x0F\x1F\x44\x00\x00|", false},
		{"call rax, written over", "\xFF\xD0\x0F\x1F\x00|", true},
		{"call rax", "\xFF\xD0|\x0F\x1F\x00", true},
		{"call r10, written over", "\x41\xFF\xD2\x0F\x1F\x00|", true},
		{"call rax, inside of its nop", "\xFF\xD0\x0F|\x1F\x00", false},
		{"jmp rax and a nop", "\xFF\xE0\x0F\x1F\x00|", false},
		{"no call", "\x48\x8B\xC8\x48\x8B\xD0|", false},
	} {
		code, _, _ := strings.Cut(c.code, "|")
		ip := driverAt + 0x1100 + uint64(len(code))
		whole := []byte(strings.Replace(c.code, "|", "", 1))
		walk := func(put func(*machine)) []unwind.Frame {
			x := newMachine(dmpfile.MachineAMD64)
			x.stack.Image = store{driverAt: codeImage(t, whole)}.image
			x.Words(stackAt+0x48, ip)
			put(x)
			return x.build().Walk(at(kernelAt+0x5001, stackAt))
		}
		if got := walk(func(*machine) {}); (len(got) == 2) != c.want {
			t.Errorf("%s: the walk is\n%s", c.name, text(got))
		}
		// The dump's own code is what was run.
		if got := walk(func(x *machine) { x.code(ip-8, []byte("\x90\x90\x90\xE8\x01\x02\x03\x00")) }); len(got) != 2 {
			t.Errorf("%s, and a call in memory: the walk is\n%s", c.name, text(got))
		}
		if got := walk(func(x *machine) { x.code(ip-8, []byte("\x48\x8B\xC8\x48\x8B\xD0\x33\xC0")) }); len(got) != 1 {
			t.Errorf("%s, and no call in memory: the walk is\n%s", c.name, text(got))
		}
		if got := walk(func(x *machine) { x.code(ip-8, []byte("\x90\x90\x90\xFF\x15\x01\x02\x03")) }); len(got) != 1 {
			t.Errorf("%s, and a part of a call in memory: the walk is\n%s", c.name, text(got))
		}
		if got := walk(func(x *machine) { x.code(ip-2, []byte("\x33\xC0\x40\x53\x48\x83\xEC\x20")) }); len(got) != 1 {
			t.Errorf("%s, and the begin of a function in memory: the walk is\n%s", c.name, text(got))
		}
	}
}

// TestWalkWhichImage has an image in memory and in a store.
func TestWalkWhichImage(t *testing.T) {
	file := sample(t, "amd64/v1.dll")
	mapped := dmptest.MapImage(file, driverAt)
	for _, c := range []struct {
		name   string
		stored *pe.Image // nil: none
		put    func(*machine)
		want   []string
	}{
		// In memory large has a frame of 0x2008 bytes less 0x1000: the size is in the second slot of its code.
		{"that in memory is used", openImage(t, file), func(x *machine) {
			m := bytes.Clone(mapped)
			at := bytes.Index(m[0x2000:0x3000], []byte("\x01\x07\x02\x00\x07\x01\x01\x02")) // 0x1008 bytes: 0x201 units of 8
			if at < 0 {
				t.Fatal("no unwind data of large")
			}
			m[0x2000+at+7] = 1 // 0x808 bytes
			x.code(driverAt, m)
			clear(m[0x1200:0x1300]) // its code, which would disagree
			x.Words(stackAt+0x948, kernelAt+0x5001)
		}, []string{"driver+1207 +140 context", "nt+5001 +950 unwind", sampleRest[0], sampleRest[1]}},
		{"its pages of .pdata are missing", openImage(t, file), func(x *machine) {
			x.code(driverAt, mapped[:0x3000])
		}, []string{"driver+1207 +140 context", "driver+141b +1150 unwind", "driver+1110 +11a0 unwind"}},
		{"its pages of unwind data are missing", openImage(t, file), func(x *machine) {
			x.code(driverAt, mapped[:0x2000])
			x.code(driverAt+0x3000, mapped[0x3000:])
		}, []string{"driver+1207 +140 context", "driver+141b +1150 unwind", "driver+1110 +11a0 unwind"}},
		{"they are missing, and there is no other", nil, func(x *machine) {
			x.code(driverAt, mapped[:0x1000])
		}, []string{"driver+1207 +140 context error", "driver+141b +1150 scan error", "driver+1110 +11a0 scan error"}},
		{"neither has unwind data", codeImage(t, bytes.Repeat([]byte("\x90\xE8\x01\x02\x03\x00"), 0x280)), func(x *machine) {
			x.code(driverAt, headers())
			x.Words(stackAt+0x140, kernelAt+0x5001) // where a leaf function would have its own
		}, []string{"driver+1207 +140 context", "driver+1400 +1150 scan"}},
		{"that in memory has none", openImage(t, file), func(x *machine) { x.code(driverAt, headers()) },
			[]string{"driver+1207 +140 context", "driver+141b +1150 unwind", "driver+1110 +11a0 unwind"}},
		{"an image of another machine", openImage(t, sample(t, "arm64/frames.sys")), func(*machine) {}, nil},
	} {
		x := newSampleMachine(t)
		x.stack.Image = store{driverAt: c.stored}.image
		if c.name == "neither has unwind data" {
			x.CallStack = dmptest.NewCallStack(stackAt, stackSize)
			x.Words(stackAt+0x1148, driverAt+0x1400)
		}
		c.put(x)
		got := x.build().Walk(at(inLarge, stackAt+0x140))
		if c.want == nil {
			if got[0].Err != nil || len(got) > 1 && got[1].Trust == unwind.Unwind {
				t.Errorf("%s: the walk is\n%s", c.name, text(got))
			}
			continue
		}
		expectWalk(t, c.name, got, c.want...)
	}
}

// TestWalkWith walks a stack again with what a store has.
func TestWalkWith(t *testing.T) {
	x := newSampleMachine(t)
	image := x.stack.Image
	x.stack.Image = nil
	s := x.build()
	without := []string{"driver+1108 +100 context", "driver+120c +140 scan", "driver+141b +1150 scan", "driver+1110 +11a0 scan"}
	expectWalk(t, "without a store", s.Walk(at(inPushes, stackAt+0x100)), without...)
	expectWalk(t, "with one", s.With(image, nil).Walk(at(inPushes, stackAt+0x100)), sampleWalk...)
	expectWalk(t, "without it again", s.Walk(at(inPushes, stackAt+0x100)), without...)
}

// TestWalkUserTrap goes from the trap frame of a fault in user mode to what called the code there.
func TestWalkUserTrap(t *testing.T) {
	const trap = stackAt + 0x400
	walk := func(put func(*machine)) []unwind.Frame {
		x := newHandlerMachine(t)
		x.CallStack = dmptest.NewCallStack(stackAt, stackSize)
		x.Trap(trap, dmptest.Trap{IP: userAt + 0x1108, SP: userStack + 8, Handler: kernelAt + inFault, User: true})
		x.Words(trap+0x198, pushes) // a scan would take it
		other := dmptest.NewCallStack(userStack, 0x100)
		other.Words(userStack+0x40, userAt+0x141B)
		other.Words(userStack+0x90, userAt+0x1110)
		x.add(other.Block())
		put(x)
		return x.build().Walk(unwind.Frame{IP: kernelAt + inFault, SP: trap, Slot: trap - 8, Trust: unwind.Exact})
	}
	const handler, user = "nt+1a15 +400 exact", "7ff612341108 a00000f010 context user"
	expectWalk(t, "with an image", walk(func(*machine) {}), handler, user, "7ff61234141b a00000f050 unwind user", "7ff612341110 a00000f0a0 unwind user")
	expectWalk(t, "without one", walk(func(x *machine) { x.stack.Image = nil }), handler, user)
	expectWalk(t, "without its stack", walk(func(x *machine) { delete(x.memory, userStack) }), handler, user+" error")
	expectWalk(t, "to what is no code", walk(func(x *machine) { x.memory[userStack][0x41] = 0x24 }), handler, user+" error")
	expectWalk(t, "a frame that is not aligned", walk(func(x *machine) {
		x.Trap(trap, dmptest.Trap{IP: userAt + 0x1108, SP: userStack, Handler: kernelAt + inFault, User: true})
		x.memory[userStack] = x.memory[userStack][8:]
	}), handler, "7ff612341108 a00000f008 context user error")
}

// TestWalkEndsNearTheTop has a return address of 0. A thread has begun there where the stack ends, and nowhere else.
func TestWalkEndsNearTheTop(t *testing.T) {
	for _, c := range []struct {
		name string
		size uint64 // of the stack
		last string
	}{
		{"near the end", 0x1500, "driver+1110 +11a0 unwind"},
		{"far below it", 0x2000, "driver+1110 +11a0 unwind error"},
	} {
		x := newSampleMachine(t)
		x.stack.High, x.stack.Open = dmpfile.VirtAddr(stackAt+c.size), false
		expectWalk(t, c.name, x.build().Walk(at(inPushes, stackAt+0x100)), sampleWalk[0], sampleWalk[1], sampleWalk[2], c.last)
	}

	// A word that was left behind, and leads to a zero, is passed over.
	x := newSampleMachine(t)
	x.stack.Open = false
	x.stack.High = stackAt + 0x1500
	x.Words(stackAt+0x138, kernelAt+0x5001)
	x.Words(stackAt+0x168, pushes, 0, 0, 0, 0, 0, 0, 0, 0)
	expectWalk(t, "a word that leads to a zero", x.build().Walk(at(inPushes, stackAt+0x100)), "driver+1108 +100 context", "nt+5001 +140 unwind",
		"driver+141b +1150 scan", "driver+1110 +11a0 scan")
}

// TestWalkTriesBothImages has unwind data in memory that was overwritten: what it leads to is no return address, and the store's is taken.
func TestWalkTriesBothImages(t *testing.T) {
	file := sample(t, "amd64/v1.dll")
	mapped := dmptest.MapImage(file, driverAt)
	x := newSampleMachine(t)
	x.code(driverAt, mapped[:0x1000])
	im := openImage(t, file)
	d, err := im.ExceptionDirectory()
	if err != nil {
		t.Fatal(err)
	}
	clear(mapped[d.RVA : d.RVA+d.Size])
	x.code(driverAt+0x2000, mapped[0x2000:])
	expectWalk(t, "zeros for a table", x.build().Walk(at(inPushes, stackAt+0x100)), sampleWalk...)
}
