package unwind_test

import (
	"bytes"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/unwind"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// called is where the call of KeBugCheckEx puts its return address.
const called = stackAt + 8

// stopped puts that call on the stack, and returns its frame.
func (x *machine) stopped(t *testing.T, ip uint64) unwind.Frame {
	t.Helper()
	x.BugCheck(called, ip, [5]uint64{0x7E, 1, 2, 3, 4})
	x.add(x.Block())
	f, _, ok := x.stack.Caller(called, 0x7E, 4)
	if !ok {
		t.Fatal("no caller")
	}
	return f
}

func TestWalkException(t *testing.T) {
	x := newMachine(dmpfile.MachineAMD64)
	x.stack.Fault = dmpfile.VirtAddr(fault.IP)
	x.Words(stackAt+0x98, kernelAt+0x6666) // left there: the handling of the exception is not looked through
	x.History(stackAt+0x300, functions...)
	for _, f := range functions {
		x.add(f.Block())
	}
	x.Words(faultAt-0x1E0-8, kernelAt+0x7BAC)
	x.Kept(faultAt-0x1E0, 0xB, 0xD1, 0x51, 12, 13, 14, 15)
	x.Exception(faultAt-0xA8, dmptest.Exception{Code: 0xC0000005, Address: fault.IP})
	x.Trap(faultAt, fault)
	x.Words(stackAt+0xBA8, kernelAt+0x6666, 0) // no function that was unwound
	x.Words(stackAt+0xBD8, driverAt+0x3050)
	x.Words(stackAt+0xC58, kernelAt+0x5200) // a call at the end of the function
	x.code(kernelAt+0x5200, dmptest.ReturnCode(0x28))
	x.Words(stackAt+0xC88, driverAt+0x4000+0x10)
	frames := x.stack.Walk(x.stopped(t, kernelAt+0x1A55))
	expectWalk(t, "dispatched", frames,
		"nt+1a55 +10 exact", "nt+7bac +820 exact gap", "nt+4d78 +a00 exact", "driver+2222 +b98 context",
		"driver+3050 +be0 history", "nt+5200 +c60 history", "driver+4010 +c90 code")
	for r, want := range map[insn.Register]uint64{insn.RAX: 0x11, insn.RBP: 0x33, insn.RBX: 0xB, insn.RDI: 0xD1, insn.R15: 15, insn.RSP: stackAt + 0xB98} {
		if v, ok := frames[3].Registers.Get(r); !ok || v != want {
			t.Errorf("%s is %#x, known: %t", r, v, ok)
		}
	}
	if frames[3].Record != faultAt || frames[3].Slot != 0 || frames[4].Slot != stackAt+0xBD8 {
		t.Errorf("places: %+v", frames[3:5])
	}
}

func TestWalkBugCheckDispatch(t *testing.T) {
	const trap = called + 8 + 0x140
	x := newMachine(dmpfile.MachineAMD64)
	f := fault
	f.SP = trap + 0x190
	x.Kept(called+8, 0xB, 0, 0x51, 12, 13, 14, 15)
	x.Trap(trap, f)
	x.code(f.IP, dmptest.ReturnCode(0x48, 3, 5)) // pops rbx and rbp
	x.Words(f.SP+0x48, 0xBB, 0x99, driverAt+0x3051)
	x.code(driverAt+0x3051, dmptest.ReturnCode(0x28))
	x.Words(f.SP+0x60+0x28, kernelAt+0x5101)
	frames := x.stack.Walk(x.stopped(t, kernelAt+0x12BA9))
	expectWalk(t, "at once", frames,
		"nt+12ba9 +10 exact", "nt+4d78 +150 exact", "driver+2222 +2e0 context", "driver+3051 +340 code", "nt+5101 +370 code")
	if v, ok := frames[2].Registers.Get(insn.RDI); !ok || v != 0 {
		t.Errorf("rdi is %#x, known: %t", v, ok)
	}
	for r, want := range map[insn.Register]uint64{insn.RBX: 0xBB, insn.RBP: 0x99, insn.R12: 12} {
		if v, ok := frames[3].Registers.Get(r); !ok || v != want {
			t.Errorf("%s of the caller is %#x, known: %t", r, v, ok)
		}
	}
	if _, ok := frames[3].Registers.Get(insn.RAX); ok {
		t.Error("rax is known after a call")
	}
}

// TestWalkScan looks at one word on the stack, and the code around it.
func TestWalkScan(t *testing.T) {
	const ip = driverAt + 0x3456
	before := func(b string) func(*machine) { return func(x *machine) { x.code(ip-uint64(len(b)), []byte(b)) } }
	behind := func(b string) func(*machine) {
		return func(x *machine) { x.code(ip, append([]byte(b), bytes.Repeat([]byte{0x90}, 32)...)) }
	}
	around := func(b, c string) func(*machine) {
		return func(x *machine) { x.code(ip-uint64(len(b)), append([]byte(b+c), bytes.Repeat([]byte{0x90}, 32)...)) }
	}
	for _, c := range []struct {
		name string
		ip   uint64
		slot uint64
		put  func(*machine)
		want bool
	}{
		{"a driver", ip, 0x48, nil, true},
		{"an unloaded driver", unloadedAt + 0x123, 0x48, nil, true},
		{"no module", 0xFFFFF80340000123, 0x48, nil, false},
		{"an address of user mode", 0x7FFA12345678, 0x48, nil, false},
		{"the header page", driverAt + 0xFFF, 0x48, nil, false},
		{"behind the header page", driverAt + 0x1001, 0x48, nil, true},
		{"the begin of a page", driverAt + 0x3000, 0x48, nil, false},
		{"the end of the image", driverEnd, 0x48, nil, false},
		{"a slot that calls do not use", ip, 0x40, nil, false},
		{"a slot in the home area", ip, 0x18, nil, false},
		{"the first slot", ip, 0x28, nil, true},
		{"the last slot", ip, stackSize - 8, nil, true},
		{"behind call rel32", ip, 0x48, before("\x90\x90\x90\xE8\x01\x02\x03\x00"), true},
		{"behind call [rip+rel32]", ip, 0x48, before("\x90\x90\xFF\x15\x01\x02\x03\x00"), true},
		{"behind a patched call", ip, 0x48, before("\x48\x8B\xE8\x01\x02\x03\x00\x90"), true},
		{"ahead of the nop of a patched call", ip, 0x48, around("\x90\x90\x90\xE8\x01\x02\x03\x00", "\x90\x8B\xF8"), true},
		{"behind call rax", ip, 0x48, before("\x90\x90\x90\x90\x90\x90\xFF\xD0"), true},
		{"behind call [rax+8]", ip, 0x48, before("\x90\x90\x90\x90\x90\xFF\x50\x08"), true},
		{"behind call [rsp+rax*8+0x10]", ip, 0x48, before("\x90\x90\x90\x90\xFF\x54\xC4\x10"), true},
		{"behind call [rax*8+disp32]", ip, 0x48, before("\x90\xFF\x14\xC5\x00\x00\x01\x00"), true},
		{"behind call [r10+disp32]", ip, 0x48, before("\x90\x41\xFF\x92\x00\x01\x00\x00"), true},
		{"behind a jump", ip, 0x48, before("\x90\x90\xFF\x25\x01\x02\x03\x00"), false},
		{"behind no call", ip, 0x48, before("\x48\x8B\xC8\x48\x8B\xD0\x33\xC0"), false},
		{"with too few bytes before it", ip, 0x48, before("\x33\xC0"), true},
		{"ahead of mov", ip, 0x48, behind("\x8B\xF8\x85\xC0"), true},
		{"ahead of the fifth argument", ip, 0x48, behind("\x48\x89\x44\x24\x20\x48\x8B\xCB"), true},
		{"ahead of vzeroupper", ip, 0x48, behind("\xC5\xF8\x77\x8B\xF8"), true},
		{"ahead of clac", ip, 0x48, behind("\x0F\x01\xCA\x8B\xF8"), true},
		{"a function: push", ip, 0x48, behind("\x40\x53\x48\x83\xEC\x20"), false},
		{"a function: sub rsp", ip, 0x48, behind("\x48\x83\xEC\x28\x8B\x01"), false},
		{"a function: mov rax, rsp", ip, 0x48, behind("\x48\x8B\xC4\x48\x89\x58\x08"), false},
		{"a function: mov [rsp+8], rbx", ip, 0x48, behind("\x48\x89\x5C\x24\x08\x57"), false},
		{"a function: mov [rsp+0x18], r8d", ip, 0x48, behind("\x44\x89\x44\x24\x18\x53"), false},
		{"a function: mov [rsp+0x20], rbx; push", ip, 0x48, behind("\x48\x89\x5C\x24\x20\x55\x56"), false},
		{"a push behind a call", ip, 0x48, around("\x90\x90\x90\xE8\x01\x02\x03\x00", "\x40\x53\x8B\xF8"), true},
		{"padding", ip, 0x48, behind("\xCC\xCC\xCC\xCC"), false},
		{"padding behind a call", ip, 0x48, around("\x90\x90\x90\xE8\x01\x02\x03\x00", "\xCC\xCC"), true},
		{"zeros", ip, 0x48, behind("\x00\x00\x00\x00"), false},
		{"text", ip, 0x48, behind("R\x00e\x00g\x00i\x00"), false},
		{"pointers", ip, 0x48, behind("\x34\x12\x00\x20\x03\xF8\xFF\xFF\x64\x12\x00\x20\x03\xF8\xFF\xFF"), false},
		{"an opcode that was taken out", ip, 0x48, behind("\x60\x8B\xF8\x90"), false},
		{"code that returns to nothing", ip, 0x48, func(x *machine) { x.code(ip, dmptest.ReturnCode(0x28)) }, false},
		{"code that returns beyond the stack", ip, 0x48, func(x *machine) { x.code(ip, dmptest.ReturnCode(0x10008)) }, true},
	} {
		x := newMachine(dmpfile.MachineAMD64)
		x.Words(stackAt+c.slot, c.ip)
		if c.put != nil {
			c.put(x)
		}
		from := unwind.Frame{IP: driverAt + 0x1111, SP: stackAt, Slot: stackAt - 8, Trust: unwind.Code}
		got := x.build().Walk(from)
		if found := len(got) == 2 && uint64(got[1].IP) == c.ip && uint64(got[1].Slot) == stackAt+c.slot && got[1].Trust == unwind.Scan; found != c.want || !found && len(got) != 1 {
			t.Errorf("%s: the walk is\n%s", c.name, text(got))
		}
		if len(got) == 2 && got[1].Unloaded != (c.ip >= unloadedAt) {
			t.Errorf("%s: unloaded is %t", c.name, got[1].Unloaded)
		}
	}
}

// TestWalkSections has the headers of the driver in the dump: only the sections with code can be returned to.
func TestWalkSections(t *testing.T) {
	for _, c := range []struct {
		off  uint64
		want int
	}{{0x1020, 2}, {0x2020, 1}, {0x8020, 1}} {
		x := newMachine(dmpfile.MachineAMD64)
		x.code(driverAt, headers())
		x.Words(stackAt+0x48, driverAt+c.off)
		if got := x.build().Walk(at(kernelAt+0x1111, stackAt)); len(got) != c.want {
			t.Errorf("driver+%x: the walk is\n%s", c.off, text(got))
		}
	}
}

func TestWalkFalseAndOldTraps(t *testing.T) {
	const low = stackAt + 0x200
	old := dmptest.Trap{IP: driverAt + 0x8888, SP: low + 0x190, Handler: kernelAt + 0x4999}
	put := func(faultAddress uint64) *machine {
		x := newMachine(dmpfile.MachineAMD64)
		x.stack.Fault = dmpfile.VirtAddr(faultAddress)
		x.Trap(low, old)
		x.Trap(faultAt, fault)
		x.Words(fault.SP+0x30, kernelAt+0x5001) // 0xBC8
		return x
	}
	x := put(fault.IP)
	expectWalk(t, "an old trap frame below that of the fault", x.stack.Walk(x.stopped(t, kernelAt+0x1A55)),
		"nt+1a55 +10 exact", "nt+4d78 +a00 exact gap", "driver+2222 +b98 context", "nt+5001 +bd0 scan")

	// Without a fault a trap frame that a scan comes to proves nothing of the walk.
	x = put(0)
	expectWalk(t, "trap frames that are reached by a scan", x.stack.Walk(x.stopped(t, kernelAt+0x1A55)),
		"nt+1a55 +10 exact", "nt+4999 +200 scan", "driver+8888 +390 scan", "nt+4d78 +a00 scan", "driver+2222 +b98 scan", "nt+5001 +bd0 scan")

	// Code that leads to the handler does.
	x = put(0)
	x.code(kernelAt+0x1A55, dmptest.ReturnCode(0x1F8-0x10))
	expectWalk(t, "a trap frame that code leads to", x.stack.Walk(x.stopped(t, kernelAt+0x1A55)),
		"nt+1a55 +10 exact", "nt+4999 +200 code", "driver+8888 +390 context", "nt+4d78 +a00 scan", "driver+2222 +b98 scan", "nt+5001 +bd0 scan")

	// Code that steps over one tells that it is old.
	x = put(0)
	x.code(kernelAt+0x1A55, dmptest.ReturnCode(0x5B8))
	x.Words(stackAt+0x10+0x5B8, kernelAt+0x7001)
	expectWalk(t, "code that steps over a trap frame", x.stack.Walk(x.stopped(t, kernelAt+0x1A55)),
		"nt+1a55 +10 exact", "nt+7001 +5d0 code", "nt+4d78 +a00 scan", "driver+2222 +b98 scan", "nt+5001 +bd0 scan")

	// But not over the one of the fault.
	x = put(fault.IP)
	x.code(kernelAt+0x1A55, dmptest.ReturnCode(0xCF8))
	x.Words(stackAt+0x10+0xCF8, kernelAt+0x7001)
	expectWalk(t, "code that steps over the fault", x.stack.Walk(x.stopped(t, kernelAt+0x1A55)),
		"nt+1a55 +10 exact", "nt+4d78 +a00 exact gap", "driver+2222 +b98 context", "nt+5001 +bd0 scan", "nt+7001 +d10 scan")

	// A false one is none.
	x = put(fault.IP)
	f := fault
	f.Handler = driverAt + 0x4D78
	x.Trap(faultAt, f)
	x.Words(low-8, 0)
	expectWalk(t, "false trap frames", x.stack.Walk(x.stopped(t, kernelAt+0x1A55)),
		"nt+1a55 +10 exact", "driver+8888 +370 scan", "driver+4d78 +a00 scan", "driver+2222 +b70 scan", "nt+5001 +bd0 scan")
}

func TestWalkUserMode(t *testing.T) {
	const trap = stackAt + stackSize - 0x190
	x := newMachine(dmpfile.MachineAMD64)
	x.Words(trap-0x78, kernelAt+0x4D78) // where the service returns to; the arguments that lie between are copies
	x.Trap(trap, dmptest.Trap{IP: 0x7FFA00001234, SP: 0x12FF00, Handler: kernelAt + 0x4D78, User: true})
	expectWalk(t, "a service", x.stack.Walk(x.stopped(t, kernelAt+0x1A55)),
		"nt+1a55 +10 exact", "nt+4d78 +1e00 scan", "7ffa00001234 12ff00 context user")
}

func TestWalkBadAddress(t *testing.T) {
	x := newMachine(dmpfile.MachineAMD64)
	x.code(0xFFFFA18C00001234, dmptest.ReturnCode(0x28)) // data, which can look like code
	x.Words(stackAt+0x8, driverAt+0x3001)                // the call left it
	x.Words(stackAt+0x28, kernelAt+0x5001)
	expectWalk(t, "a call to a bad address", x.build().Walk(at(0xFFFFA18C00001234, stackAt+8)),
		"ffffa18c00001234 +8 context", "driver+3001 +10 scan")
	x = newMachine(dmpfile.MachineAMD64)
	x.Words(stackAt+0x8, unloadedAt+0x123)
	x.code(unloadedAt+0x123, dmptest.ReturnCode(0x48)) // what is there now is not what was
	x.Words(stackAt+0x38, kernelAt+0x5001)
	x.Words(stackAt+0x58, kernelAt+0x6001)
	expectWalk(t, "an unloaded driver", x.build().Walk(at(driverAt+0x2222, stackAt)),
		"driver+2222 +0 context", "fffff80330000123 +10 scan unloaded", "nt+5001 +40 scan")
}

func TestWalkNoReturn(t *testing.T) {
	x := newMachine(dmpfile.MachineAMD64)
	for _, a := range []uint64{kernelAt + 0x1A55, driverAt + 0x3001, driverAt + 0x4001} {
		x.code(a, bytes.Repeat([]byte{0xCC}, 16))
	}
	x.Words(stackAt+0x38, driverAt+0x3001)
	x.Words(stackAt+0x78, kernelAt+0x5001)
	x.Words(stackAt+0xA8, driverAt+0x4001) // the kernel's function returns
	x.code(kernelAt+0x5001, bytes.Repeat([]byte{0x90}, 16))
	expectWalk(t, "functions that do not return", x.stack.Walk(x.stopped(t, kernelAt+0x1A55)),
		"nt+1a55 +10 exact", "driver+3001 +40 scan", "nt+5001 +80 scan")
}

// TestWalkEntered has the begin of a function, but not its end.
func TestWalkEntered(t *testing.T) {
	const begin = driverAt + 0x3010
	body := "\x48\x8B\xF9\x33\xC0\xE8\x01\x02\x03\x00" // ends in a call
	for _, c := range []struct {
		name, code string
		want       string
	}{
		{"room", "\x48\x83\xEC\x58" + body, "nt+5001 +60 code"},
		{"pushes and room", "\x48\x89\x5C\x24\x08\x57\x48\x83\xEC\x50" + body, "nt+5001 +60 code"},
		{"a return on the way", "\x48\x83\xEC\x58\x85\xC9\x75\x05\x48\x83\xC4\x58\xC3" + body, "nt+5001 +60 code"},
		{"a function that has ended", "\x48\x83\xEC\x58\x48\x83\xC4\x58\xC3\xCC\xCC" + body, ""},
		{"another function behind it", "\x48\x83\xEC\x58\x48\x83\xC4\x58\xC3\x89\xC8\x48\x83\xEC\x28" + body, ""},
		{"room by a register", "\xB8\x00\x10\x00\x00\xE8\x01\x02\x03\x00\x48\x2B\xE0" + body, ""},
		{"no room for a call", "\x48\x83\xEC\x18" + body, ""},
		{"no begin", "\x48\x8B\xC8" + body, ""},
		{"a stack pointer that is aligned", "\x48\x83\xEC\x58\x48\x83\xE4\xF0" + body, ""},
	} {
		x := newMachine(dmpfile.MachineAMD64)
		x.code(begin, []byte(c.code))
		ip := begin + uint64(len(c.code))
		x.Words(stackAt+0x58, kernelAt+0x5001)
		x.Words(stackAt+0x48, kernelAt+0x6001) // a scan comes to it first
		got := x.build().Walk(unwind.Frame{IP: dmpfile.VirtAddr(ip), SP: stackAt, Slot: stackAt - 8, Trust: unwind.Exact})
		want := c.want
		if want == "" {
			expectWalk(t, c.name, got[:2], text(got[:1])[:len(text(got[:1]))-1], "nt+6001 +50 scan")
			continue
		}
		expectWalk(t, c.name, got[:2], text(got[:1])[:len(text(got[:1]))-1], want)
	}
}

func TestWalkHistory(t *testing.T) {
	put := func() *machine {
		x := newMachine(dmpfile.MachineAMD64)
		x.History(stackAt+0x100, functions...)
		for _, f := range functions {
			x.add(f.Block())
		}
		x.Words(stackAt+0xC08, driverAt+0x3050)
		x.Words(stackAt+0xC48, kernelAt+0x5100)
		return x
	}
	from := at(fault.IP, stackAt+0xBC0)
	expectWalk(t, "by words", put().build().Walk(from), "driver+2222 +bc0 context", "driver+3050 +c10 history", "nt+5100 +c50 history")

	x := put()
	x.code(fault.IP, dmptest.ReturnCode(0x18)) // to a function that is not in the table, as Windows keeps some apart
	x.Words(stackAt+0xBD8, kernelAt+0x6001)
	expectWalk(t, "code between", x.build().Walk(from), "driver+2222 +bc0 context", "nt+6001 +be0 code", "driver+3050 +c10 code", "nt+5100 +c50 code")

	x = put()
	x.code(fault.IP, dmptest.ReturnCode(0x18)) // it called itself
	x.Words(stackAt+0xBD8, driverAt+0x2280)
	expectWalk(t, "a function that calls itself", x.build().Walk(from),
		"driver+2222 +bc0 context", "driver+2280 +be0 history", "driver+3050 +c10 history", "nt+5100 +c50 history")

	x = put()
	x.Words(stackAt+0xC08, 0)
	expectWalk(t, "a function without its word", x.build().Walk(from), "driver+2222 +bc0 context", "nt+5100 +c50 scan")

	x = put()
	x.History(stackAt+0x100, functions[1:]...)
	x.Words(stackAt+0xBF8, kernelAt+0x6001)
	expectWalk(t, "a stale table", x.build().Walk(from), "driver+2222 +bc0 context", "nt+6001 +c00 scan", "nt+5100 +c50 scan")
}

// TestWalkHistoryCopies has more than one word in the function that was unwound next: driver+3050 at 0xC08 is the true one.
func TestWalkHistoryCopies(t *testing.T) {
	plant := func(slot uint64, ip uint64) func(*machine) { return func(x *machine) { x.Words(stackAt+slot, ip) } }
	code := func(put func(*machine)) func(*machine) {
		return func(x *machine) {
			put(x)
			x.code(driverAt+0x3050, dmptest.ReturnCode(0x38)) // from 0xC08 it returns to nt+5100
		}
	}
	const context = "driver+2222 +bc0 context"
	for _, c := range []struct {
		name string
		put  func(*machine)
		want []string
	}{
		{"a copy below", plant(0xBE8, driverAt+0x3050), []string{"driver+3050 +bf0 scan", "nt+5100 +c50 scan"}},
		{"another address of the function below", plant(0xBE8, driverAt+0x3061), []string{"driver+3061 +bf0 scan", "nt+5100 +c50 scan"}},
		{"a copy above", plant(0xC38, driverAt+0x3050), []string{"driver+3050 +c10 scan", "nt+5100 +c50 scan"}},
		{"a copy above the function that called it", plant(0xE08, driverAt+0x3050),
			[]string{"driver+3050 +c10 scan", "nt+5100 +c50 scan", "driver+3050 +e10 scan"}},
		{"a copy above an old trap frame", func(x *machine) {
			x.Trap(stackAt+0xD00, dmptest.Trap{IP: driverAt + 0x8888, SP: stackAt + 0xF00, Handler: kernelAt + 0x4999})
			x.Words(stackAt+0x1008, driverAt+0x3050)
		}, []string{"driver+3050 +c10 scan", "nt+5100 +c50 scan", "nt+4999 +d00 scan", "driver+8888 +f00 scan", "driver+3050 +1010 scan"}},
		{"a copy of the next", plant(0xC88, kernelAt+0x5100), []string{"driver+3050 +c10 history", "nt+5100 +c50 scan", "nt+5100 +c90 scan"}},
		{"a copy where no call puts it", plant(0xBE0, driverAt+0x3050), []string{"driver+3050 +c10 history", "nt+5100 +c50 history"}},
		{"a copy below the stack pointer", plant(0xBB8, driverAt+0x3050), []string{"driver+3050 +c10 history", "nt+5100 +c50 history"}},
		{"the begin of the function", plant(0xBE8, driverAt+0x3000), []string{"driver+3050 +c10 history", "nt+5100 +c50 history"}},
		{"a copy below, with the code", code(plant(0xBE8, driverAt+0x3050)), []string{"driver+3050 +c10 history", "nt+5100 +c50 history"}},
		{"a copy above, with the code", code(plant(0xC68, driverAt+0x3050)), []string{"driver+3050 +c10 history", "nt+5100 +c50 history"}},
		{"16 copies above, with the code", code(func(x *machine) {
			for i := range uint64(16) {
				x.Words(stackAt+0xC68+0x30*i, driverAt+0x3050)
			}
		}), []string{"driver+3050 +c10 history", "nt+5100 +c50 history"}},
		{"more copies above than are told apart", code(func(x *machine) {
			for i := range uint64(17) {
				x.Words(stackAt+0xC68+0x30*i, driverAt+0x3050)
			}
		}), []string{"driver+3050 +c10 scan", "nt+5100 +c50 scan"}},
		{"a copy below and what its code leads to", code(func(x *machine) {
			x.Words(stackAt+0xBE8, driverAt+0x3050)
			x.Words(stackAt+0xC28, kernelAt+0x6001)
		}), []string{"driver+3050 +bf0 scan", "nt+6001 +c30 scan"}},
	} {
		x := newMachine(dmpfile.MachineAMD64)
		x.History(stackAt+0x100, functions...)
		for _, f := range functions {
			x.add(f.Block())
		}
		x.Words(stackAt+0xC08, driverAt+0x3050)
		x.Words(stackAt+0xC48, kernelAt+0x5100)
		c.put(x)
		expectWalk(t, c.name, x.build().Walk(at(fault.IP, stackAt+0xBC0)), append([]string{context}, c.want...)...)
	}
}

// TestWalkInterrupted goes from the stack of interrupts to the one that was interrupted.
func TestWalkInterrupted(t *testing.T) {
	const thread = 0xFFFFF5825DE0E000
	other := dmptest.NewCallStack(thread, 0x400)
	f := dmptest.Trap{IP: driverAt + 0x2222, SP: thread + 0x200, Handler: kernelAt + 0x4D78}
	other.Trap(thread+0x70, f)
	other.Words(thread+0x238, driverAt+0x3050)
	walk := func(handler uint64, blocks ...dmptest.Block) []unwind.Frame {
		x := newMachine(dmpfile.MachineAMD64)
		x.add(blocks...)
		trap := unwind.Trap{At: thread + 0x70}
		trap.IP, trap.SP, trap.Handler = driverAt+0x2222, thread+0x200, dmpfile.VirtAddr(handler)
		x.stack.Interrupted = &trap
		x.Words(stackAt+0x48, kernelAt+0x5001)
		return x.stack.Walk(x.stopped(t, kernelAt+0x1A55))
	}
	const stopped, called, interrupted = "nt+1a55 +10 exact", "nt+5001 +50 scan", "driver+2222 fffff5825de0e200 context gap"
	expectWalk(t, "with the other stack", walk(kernelAt+0x4D78, other.Block()), stopped, called, interrupted, "driver+3050 fffff5825de0e240 scan")
	expectWalk(t, "without it", walk(kernelAt+0x4D78), stopped, called, interrupted)
	expectWalk(t, "not proven", walk(driverAt+0x4D78, other.Block()), stopped, called)
	expectWalk(t, "a handler in the headers", walk(kernelAt+0x20, other.Block()), stopped, called)
}

func TestWalkIsBounded(t *testing.T) {
	x := newMachine(dmpfile.MachineAMD64)
	for i := range uint64(stackSize / 8) {
		x.Words(stackAt+8*i, driverAt+0x2001+i)
	}
	got := x.build().Walk(at(driverAt+0x2222, stackAt))
	if len(got) < 100 || len(got) > 200 {
		t.Errorf("%d frames", len(got))
	}
	for i := 1; i < len(got); i++ {
		if got[i].SP <= got[i-1].SP {
			t.Fatalf("frame %d is not above the one before", i)
		}
	}
	if got := x.stack.Walk(); got != nil {
		t.Errorf("a walk from nowhere: %+v", got)
	}
}
