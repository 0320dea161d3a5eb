package unwind_test

import (
	"bytes"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/unwind"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

func TestCaller(t *testing.T) {
	const ip = driverAt + 0x1234
	stopped := func(code uint64, ip uint64) func(*machine) {
		return func(x *machine) { x.BugCheck(stackAt, ip, [5]uint64{code, 1, 2, 3, 0xFFFFF80320001111}) }
	}
	for _, c := range []struct {
		name string
		put  func(*machine)
		code uint32 // of the header
		last uint64
		want bool
	}{
		{"as passed", stopped(0x50, ip), 0x50, 0xFFFFF80320001111, true},
		{"under a debugger's code", stopped(0x7E, ip), 0x1000007E, 0xFFFFF80320001111, true},
		{"a code of a driver", stopped(0xA0000001, ip), 0xA0000001, 0xFFFFF80320001111, true},
		{"0xD1, passed as 0xA", stopped(0xA, ip), 0xD1, 0xFFFFF80320001111, true},
		{"0xD1", stopped(0xD1, ip), 0xD1, 0xFFFFF80320001111, true},
		{"0xA, passed as 0xD1", stopped(0xD1, ip), 0xA, 0xFFFFF80320001111, false},
		{"garbage above the code", stopped(0x1234500000050, ip), 0x50, 0xFFFFF80320001111, true},
		{"from an unloaded module", stopped(0x50, unloadedAt+0x123), 0x50, 0xFFFFF80320001111, true},
		{"from a call that does not return", func(x *machine) {
			stopped(0x50, ip)(x)
			x.code(ip, []byte("\xCC\xCC\xCC\xCC"))
		}, 0x50, 0xFFFFF80320001111, true},
		{"from the headers", stopped(0x50, driverAt+0x20), 0x50, 0xFFFFF80320001111, false},
		{"from the begin of a function", func(x *machine) {
			stopped(0x50, ip)(x)
			x.code(ip, []byte("\x40\x53\x48\x83\xEC\x20"))
		}, 0x50, 0xFFFFF80320001111, false},
		{"from data", func(x *machine) {
			stopped(0x50, driverAt+0x2020)(x)
			x.code(driverAt, headers())
		}, 0x50, 0xFFFFF80320001111, false},
		{"from the section of code", func(x *machine) {
			stopped(0x50, driverAt+0x1020)(x)
			x.code(driverAt, headers())
		}, 0x50, 0xFFFFF80320001111, true},
		{"another code", stopped(0x51, ip), 0x50, 0xFFFFF80320001111, false},
		{"another last parameter", stopped(0x50, ip), 0x50, 0xFFFFF80320001112, false},
		{"no code", stopped(0, ip), 0, 0xFFFFF80320001111, false},
		{"no code, but the debugger's bit", stopped(0, ip), 0x10000000, 0xFFFFF80320001111, false},
		{"from no module", stopped(0x50, 0xFFFFF80340000123), 0x50, 0xFFFFF80320001111, false},
		{"a stack that begins elsewhere", func(x *machine) { x.BugCheck(stackAt+8, ip, [5]uint64{0x50, 1, 2, 3, 4}) }, 0x50, 4, false},
	} {
		x := newMachine(dmpfile.MachineAMD64)
		c.put(x)
		f, passed, ok := x.build().Caller(stackAt, c.code, c.last)
		if ok != c.want {
			t.Errorf("%s: found %t", c.name, ok)
			continue
		}
		switch {
		case !ok && (f != unwind.Frame{} || passed != [5]uint64{}):
			t.Errorf("%s: nothing is found, but %+v", c.name, f)
		case ok && (f.SP != stackAt+8 || f.Slot != stackAt || f.Trust != unwind.Exact || f.Unloaded != (f.IP >= unloadedAt) || passed[2] != 2 || passed[4] != c.last):
			t.Errorf("%s: %+v passed %x", c.name, f, passed)
		}
	}
	for _, m := range []dmpfile.Machine{dmpfile.MachineARM64, dmpfile.MachineX86} {
		x := newMachine(m)
		stopped(0x50, ip)(x)
		if _, _, ok := x.build().Caller(stackAt, 0x50, 0xFFFFF80320001111); ok {
			t.Errorf("a caller on machine %#x", uint16(m))
		}
	}
}

// fault is a trap frame as the tests have it: of an instruction of the driver, whose stack begins behind the frame.
var fault = dmptest.Trap{IP: driverAt + 0x2222, SP: stackAt + 0xB98, Handler: kernelAt + 0x4D78, Rax: 0x11, Rcx: 0x22, Rbp: 0x33}

const faultAt = stackAt + 0xA00

func TestTrapFrames(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*dmptest.Trap)
		at     uint64
		want   int
	}{
		{"in the kernel", nil, faultAt, 1},
		{"in user mode", func(f *dmptest.Trap) { f.User, f.IP, f.SP = true, 0x7FFA00001234, 0x12FF00 }, faultAt, 1},
		{"at the end of the stack", nil, stackAt + stackSize - 0x190, 1},
		{"cut off by the end of the stack", nil, stackAt + stackSize - 0x180, 0},
		{"not aligned", nil, faultAt + 8, 0},
		{"false: the word below is of a driver", func(f *dmptest.Trap) { f.Handler = driverAt + 0x100 }, faultAt, 0},
		{"false: the word below is zero", func(f *dmptest.Trap) { f.Handler = 0 }, faultAt, 0},
		{"false: the word below is in the headers of the kernel", func(f *dmptest.Trap) { f.Handler = kernelAt + 0x20 }, faultAt, 0},
		{"false: the word below is the begin of a page", func(f *dmptest.Trap) { f.Handler = kernelAt + 0x4000 }, faultAt, 0},
		{"false: the word below is in the data of the kernel", func(f *dmptest.Trap) { f.Handler = kernelAt + 0x2020 }, faultAt, 0},
		{"false: no call is before the word below", func(f *dmptest.Trap) { f.Handler = kernelAt + 0x1820 }, faultAt, 0},
		{"the word below is in the code of the kernel", func(f *dmptest.Trap) { f.Handler = kernelAt + 0x1020 }, faultAt, 1},
		{"in the kernel, which called 0", func(f *dmptest.Trap) { f.IP = 0 }, faultAt, 1},
		{"false: a selector of user mode with an address of the kernel", func(f *dmptest.Trap) { f.User = true }, faultAt, 0},
	} {
		x := newMachine(dmpfile.MachineAMD64)
		f := fault
		if c.change != nil {
			c.change(&f)
		}
		x.Trap(c.at, f)
		if f.Handler < kernelAt+0x3000 {
			x.code(kernelAt, headers())
			x.code(kernelAt+0x1818, bytes.Repeat([]byte{0x90}, 0x40))
		}
		got := x.build().TrapFrames()
		if len(got) != c.want {
			t.Errorf("%s: %d trap frames", c.name, len(got))
			continue
		}
		if len(got) == 1 && (uint64(got[0].At) != c.at || uint64(got[0].IP) != f.IP || uint64(got[0].SP) != f.SP || got[0].User != f.User) {
			t.Errorf("%s: %+v", c.name, got[0])
		}
	}
	x := newMachine(dmpfile.MachineAMD64)
	x.Trap(faultAt, fault)
	x.stack.Kernel = 0
	if got := x.build().TrapFrames(); len(got) != 0 {
		t.Errorf("%d trap frames are proven without a kernel", len(got))
	}
}

func TestExceptionFrame(t *testing.T) {
	kept := func(x *machine, at uint64) { x.Kept(at, 0xB, 0xD1, 0x51, 12, 13, 14, 15) }
	record := func(code uint32, address uint64) func(*machine) {
		return func(x *machine) {
			kept(x, faultAt-0x1E0)
			x.Exception(faultAt-0xA8, dmptest.Exception{Code: code, Address: address})
		}
	}
	for _, c := range []struct {
		name   string
		put    func(*machine)
		called uint64
		want   uint64 // where it is
		code   uint32
	}{
		{"of a bug check", func(x *machine) { kept(x, faultAt-0x140) }, faultAt - 0x140, faultAt - 0x140, 0},
		{"of a bug check that another call made", func(x *machine) { kept(x, faultAt-0x140) }, faultAt - 0x150, 0, 0},
		{"of no bug check", func(x *machine) { kept(x, faultAt-0x140) }, 0, 0, 0},
		{"dispatched", record(0xC0000005, fault.IP), 0, faultAt - 0x1E0, 0xC0000005},
		{"a breakpoint", record(0x80000003, fault.IP-1), 0, faultAt - 0x1E0, 0x80000003},
		{"of another instruction", record(0xC0000005, fault.IP-1), 0, 0, 0},
		{"with no code of an exception", record(5, fault.IP), 0, 0, 0},
		{"filler", record(0x45474150, fault.IP), 0, 0, 0},
	} {
		x := newMachine(dmpfile.MachineAMD64)
		x.Trap(faultAt, fault)
		c.put(x)
		s := x.build()
		e, ok := s.ExceptionFrame(s.TrapFrames()[0], dmpfile.VirtAddr(c.called))
		if ok != (c.want != 0) || uint64(e.At) != c.want || e.Exception.Code != c.code {
			t.Errorf("%s: %t at %#x, code %#x", c.name, ok, uint64(e.At), e.Exception.Code)
			continue
		}
		for r, want := range map[insn.Register]uint64{insn.RBX: 0xB, insn.RDI: 0xD1, insn.RSI: 0x51, insn.R12: 12, insn.R15: 15} {
			if v, known := e.Registers.Get(r); known != ok || ok && v != want {
				t.Errorf("%s: %s is %#x, known: %t", c.name, r, v, known)
			}
		}
	}
	// A stack that begins within it.
	x := newMachine(dmpfile.MachineAMD64)
	x.Trap(stackAt+0xC0, fault)
	x.Exception(stackAt+0xC0-0xA8, dmptest.Exception{Code: 0xC0000005, Address: fault.IP})
	s := x.build()
	if _, ok := s.ExceptionFrame(s.TrapFrames()[0], 0); ok {
		t.Error("an exception frame that the dump does not have")
	}
}

// functions are those that were unwound: of the driver, and the kernel's that called it.
var functions = []dmptest.RuntimeFunction{
	{Base: driverAt, At: driverAt + 0x80000, Begin: 0x2200, End: 0x2300},
	{Base: driverAt, At: driverAt + 0x80030, Begin: 0x3000, End: 0x3100},
	{Base: kernelAt, At: kernelAt + 0x900000, Begin: 0x5000, End: 0x5200},
}

func TestHistory(t *testing.T) {
	put := func(x *machine, at uint64, list ...dmptest.RuntimeFunction) {
		x.History(at, list...)
		for _, f := range list {
			x.add(f.Block())
		}
	}
	for _, c := range []struct {
		name string
		put  func(*machine)
		want int
	}{
		{"whole", func(x *machine) { put(x, stackAt+0x100, functions...) }, 3},
		{"above the stack pointer", func(x *machine) { put(x, uint64(fault.SP)+0x48, functions...) }, 0},
		{"across the stack pointer", func(x *machine) { put(x, uint64(fault.SP)-0x18, functions...) }, 0},
		{"stale: of another instruction", func(x *machine) { put(x, stackAt+0x100, functions[1:]...) }, 0},
		{"stale, below the one that is looked for", func(x *machine) {
			put(x, stackAt+0x100, functions[1:]...)
			put(x, stackAt+0x300, functions...)
		}, 3},
		{"stale, above the one that is looked for", func(x *machine) {
			put(x, stackAt+0x100, functions...)
			put(x, stackAt+0x300, functions[1:]...)
		}, 3},
		{"two of the instruction", func(x *machine) {
			put(x, stackAt+0x100, functions...)
			put(x, stackAt+0x300, functions[:2]...)
		}, 2},
		{"a function that the dump does not have", func(x *machine) {
			x.History(stackAt+0x100, functions...)
			x.add(functions[0].Block(), functions[2].Block())
		}, 1},
		{"no function that the dump has", func(x *machine) { x.History(stackAt+0x100, functions...) }, 0},
		{"a count of 13", func(x *machine) {
			put(x, stackAt+0x100, functions...)
			x.Words(stackAt+0x100, 0x0001010000000000|13)
		}, 0},
		{"bounds that are not those of the functions", func(x *machine) {
			put(x, stackAt+0x100, functions...)
			x.Words(stackAt+0x108, kernelAt)
		}, 0},
		{"an entry of no module", func(x *machine) {
			put(x, stackAt+0x100, functions...)
			x.Words(stackAt+0x100+0x18+0x10+8, 0xFFFFF80340000000)
		}, 0},
		{"an entry of another module", func(x *machine) {
			put(x, stackAt+0x100, functions...)
			x.Words(stackAt+0x100+0x18+0x10, kernelAt)
		}, 0},
		{"a function that ends before it begins", func(x *machine) {
			f := functions[0]
			f.End = f.Begin
			put(x, stackAt+0x100, f)
		}, 0},
	} {
		x := newMachine(dmpfile.MachineAMD64)
		c.put(x)
		got := x.build().History(dmpfile.VirtAddr(fault.IP), dmpfile.VirtAddr(fault.SP))
		if len(got) != c.want {
			t.Errorf("%s: %d functions: %x", c.name, len(got), got)
		}
		if len(got) > 0 && got[0] != (unwind.Function{Base: driverAt, Begin: driverAt + 0x2200, End: driverAt + 0x2300}) {
			t.Errorf("%s: the first is %x", c.name, got[0])
		}
	}
}

func TestContextFrame(t *testing.T) {
	for _, c := range []struct {
		machine uint16
		context dmptest.Context
		patch   func(m *dmptest.Image)
		user    bool
		fp      dmpfile.VirtAddr
	}{
		{dmptest.AMD64, dmptest.Context{IP: driverAt + 0x2222, SP: stackAt, FP: 0x33}, nil, false, 0},
		{dmptest.AMD64, dmptest.Context{SP: stackAt, FP: 0x33}, nil, false, 0}, // the kernel called 0
		{dmptest.AMD64, dmptest.Context{IP: 0x7FFA00001234}, func(m *dmptest.Image) { m.PutU16(0x38, 0x33) }, true, 0},
		{dmptest.ARM64, dmptest.Context{IP: driverAt + 0x2222, SP: stackAt, FP: stackAt + 0x10}, nil, false, stackAt + 0x10},
		{dmptest.ARM64, dmptest.Context{IP: 0x7FFA00001234, FP: 0x10}, func(m *dmptest.Image) { m.PutU32(0x4, 0x80000000) }, true, 0x10},
		{dmptest.X86, dmptest.Context{IP: 0x8C41234C, SP: 0x8B91A000, FP: 0x8B91A010}, nil, false, 0x8B91A010},
		{dmptest.X86, dmptest.Context{IP: 0x401000, FP: 0x12FF00}, func(m *dmptest.Image) { m.PutU16(0xBC, 0x1B) }, true, 0x12FF00},
	} {
		m := dmptest.Load(c.context.Bytes(c.machine))
		if c.patch != nil {
			c.patch(m)
		}
		context, ok := dmpfile.ParseContext(m.Data(), dmpfile.Machine(c.machine))
		if !ok {
			t.Fatalf("no context of machine %#x", c.machine)
		}
		f := unwind.ContextFrame(context, 0x1234)
		rbp, known := f.Registers.Get(insn.RBP) // of x86 ebp
		if fp, ok := f.ARM64.Get(29); ok != (c.machine == dmptest.ARM64) || ok && fp != c.context.FP {
			t.Errorf("fp is %#x, known: %v", fp, ok)
		}
		if f.IP != context.IP || f.SP != context.SP || f.FP != c.fp || f.User != c.user || f.Record != 0x1234 || f.Trust != unwind.Context ||
			known != (c.machine != dmptest.ARM64) || known && rbp != c.context.FP {
			t.Errorf("machine %#x: %+v", c.machine, f)
		}
	}
}
