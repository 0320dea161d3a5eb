package analyze

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
)

// Addresses of the scenes that the tests invent.
const (
	kernelBase = 0xfffff80300000000
	bugCheckIP = kernelBase + 0x3fe350 // of KeBugCheckEx
	handlerIP  = kernelBase + 0x412ba9 // in the handler of a trap
	threadLow  = 0xffffa60940009000    // the thread's stack
	threadHigh = 0xffffa60940010000
	dpcHigh    = 0xfffff80317c89fb0
	isrHigh    = 0xfffff80317c92fb0
	otherHigh  = 0xfffff80311a8c000 // a stack of the processor that is none of these
	threadVA   = 0xffff908b069fd080
)

// scene is a small dump of a bug check on amd64: the kernel and example.sys, the thread 500 of System with its stack, and the stack that was
// captured.
type scene struct {
	code    uint32
	params  [4]uint64
	args    [5]uint64 // that KeBugCheckEx left on the stack; none: those of the header
	stack   uint64    // the top of the captured stack, which is 0x800 bytes; 0: the thread's
	put     func(m *dmptest.Image, at func(va uint64) int)
	context *dmptest.Context // nil: at the call of KeBugCheckEx
	memory  map[uint64][]byte
	more    func(*dmptest.Triage)
}

func (s scene) low() uint64 {
	if s.stack == 0 {
		return threadHigh - 0x800
	}
	return s.stack - 0x800
}

func (s scene) report(t *testing.T) *report.Report {
	t.Helper()
	b := dmptest.Build19041
	m := &dmptest.Image{}
	m.Grow(0x800)
	m.PutU64(0, handlerIP)
	if s.args == [5]uint64{} {
		s.args = [5]uint64{uint64(s.code), s.params[0], s.params[1], s.params[2], s.params[3]}
	}
	m.PutU64(8, s.args[:]...)
	if s.put != nil {
		s.put(m, func(va uint64) int { return int(va - s.low()) })
	}
	h := dmptest.Header{Machine: dmptest.AMD64, Build: b.Number, Code: &s.code, Params: s.params, WriterStatus: new(uint32(0)), Context: s.context}
	if h.Context == nil {
		h.Context = &dmptest.Context{IP: bugCheckIP, SP: s.low()}
	}
	x := dmptest.Triage{
		Header: h, KDBG: &dmptest.KDBG{Build: b, KernBase: kernelBase},
		Modules: []dmptest.Module{
			{Path: `\SystemRoot\system32\ntoskrnl.exe`, Base: kernelBase, Size: 0x1046000}, {Path: `\SystemRoot\System32\drivers\example.sys`, Base: exampleBase, Size: 0x10000},
		},
		Unloaded:  []dmptest.Unloaded{{Name: "gone.sys", Start: 0xfffff80330000000, End: 0xfffff80330010000}},
		Stack:     dmptest.Block{VA: s.low(), Data: m.Data()},
		Processor: &dmptest.Processor{Build: b, Number: 5, CurrentThread: threadVA, IdleThread: threadVA + 0x10000, DpcStack: dpcHigh, IsrStack: isrHigh},
		Process:   &dmptest.Process{Build: b, PID: 4, Name: "System"},
		Thread:    &dmptest.Thread{Build: b, Self: threadVA, PID: 4, TID: 500, StackLimit: threadLow, StackBase: threadHigh},
	}
	for a, data := range s.memory {
		x.Blocks = append(x.Blocks, dmptest.Block{VA: a, Data: data})
	}
	if s.more != nil {
		s.more(&x)
	}
	return analyzed(t, "x.dmp", x.Image().Data())
}

// trap is a trap frame of kernel code, and below it the return address into the handler.
func trap(ip, sp, fault, errorCode uint64) []byte {
	return bytesOf(0x198, func(m *dmptest.Image) {
		m.PutU64(0, handlerIP)
		m.PutU64(8+0x30, 0xa, 0xc, 0xd, 0x8, 0x9, 0x10, 0x11)
		m.PutU64(8+0xd0, fault)
		m.PutU64(8+0x140, 0xbad, 0xbad, 0xbad, 0xb)
		m.PutU64(8+0x160, errorCode, ip, 0x10, 0x246, sp, 0x18)
	})
}

// onStack puts a trap frame at an address of the captured stack.
func onStack(va uint64, frame []byte) func(m *dmptest.Image, at func(uint64) int) {
	return func(m *dmptest.Image, at func(uint64) int) { m.PutBytes(at(va-8), frame) }
}

// pointing puts a pointer on the captured stack, some words above its end.
func pointing(to uint64) func(m *dmptest.Image, at func(uint64) int) {
	return func(m *dmptest.Image, _ func(uint64) int) { m.PutU64(0x6a0, to) }
}

// recordLine sums up the record that says where the fault was, and whose stack that is.
func recordLine(r *report.Report) string {
	s := "none"
	for _, x := range r.Records {
		if x.Kind != report.RecordException {
			s = fmt.Sprintf("%s of %d by %s: %s+%s on %s", x.Kind, x.Parameter, x.From, x.Module, x.Offset, x.Stack)
		}
	}
	if r.Process == nil || r.Process.Interrupted == nil {
		return s
	}
	if *r.Process.Interrupted {
		return s + ", interrupted"
	}
	return s + ", the thread's"
}

func TestFaultRecord(t *testing.T) {
	const frameVA = threadHigh - 0x400
	const elsewhereVA = 0xffffa6094003e330
	const sp, dpcSP = threadHigh - 0x270, dpcHigh - 0x200
	// page is a bug check of a page fault at null + 0x29, by a read.
	page := func(code uint32) scene { return scene{code: code, params: [4]uint64{0x29, 2, 0, exampleIP}} }
	with := func(s scene, change func(*scene)) scene {
		change(&s)
		return s
	}
	good := trap(exampleIP, sp, 0x29, 0)
	exception := scene{code: 0x1e, params: [4]uint64{0xffffffffc000001d, exampleIP, threadVA, 0}}
	fault50 := scene{code: 0x50, params: [4]uint64{0xffffe78f90345f71, 0, exampleIP, 2}, args: [5]uint64{0x50, 0xffffe78f90345f71, 0, frameVA, 2},
		put: onStack(frameVA, trap(exampleIP, sp, 0xffffe78f90345f71, 0))}
	for _, c := range []struct {
		name string
		scene
		want string
	}{
		{"0xD1", with(page(0xd1), func(s *scene) { s.put = onStack(frameVA, good) }), "trap-frame of 4 by stack: example.sys+0x1234 on thread, the thread's"},
		{"0xA, a deferred call", with(page(0xa), func(s *scene) { s.put = onStack(frameVA, trap(exampleIP, dpcSP, 0x29, 0)) }),
			"trap-frame of 4 by stack: example.sys+0x1234 on dpc, interrupted"},
		{"0xD1, captured on another stack", with(page(0xd1), func(s *scene) {
			s.stack, s.put, s.memory = otherHigh, pointing(elsewhereVA), map[uint64][]byte{elsewhereVA - 8: good}
		}), "trap-frame of 4 by stack: example.sys+0x1234 on thread, the thread's"},
		{"0xD1, another instruction", with(page(0xd1), func(s *scene) { s.put = onStack(frameVA, trap(exampleIP+4, sp, 0x29, 0)) }), "none, the thread's"},
		{"0xD1, another address", with(page(0xd1), func(s *scene) { s.put = onStack(frameVA, trap(exampleIP, sp, 0x28, 0)) }), "none, the thread's"},
		{"0xD1, no handler", with(page(0xd1), func(s *scene) { s.put = onStack(frameVA, append(make([]byte, 8), good[8:]...)) }), "none, the thread's"},
		{"0xD1, nothing found on another stack", with(page(0xd1), func(s *scene) { s.stack = otherHigh }), "none, interrupted"},
		{"0x1E", with(exception, func(s *scene) { s.put = onStack(frameVA, good) }), "trap-frame of 2 by stack: example.sys+0x1234 on thread, the thread's"},
		{"0x1E, on the stack of exceptions", with(exception, func(s *scene) {
			s.stack, s.put, s.memory = otherHigh, pointing(elsewhereVA), map[uint64][]byte{elsewhereVA - 8: trap(exampleIP, dpcSP, 0, 0)}
		}), "trap-frame of 2 by stack: example.sys+0x1234 on dpc, interrupted"},
		{"0x1E, a breakpoint", with(exception, func(s *scene) {
			s.params[0], s.put = 0xffffffff80000003, onStack(frameVA, trap(exampleIP+1, sp, 0, 0))
		}), "trap-frame of 2 by stack: example.sys+0x1235 on thread, the thread's"},
		{"0x1E, behind the instruction", with(exception, func(s *scene) { s.put = onStack(frameVA, trap(exampleIP+1, sp, 0, 0)) }), "none, the thread's"},
		{"0x50", fault50, "trap-frame of 3 by argument: example.sys+0x1234 on thread, the thread's"},
		{"0x50, arguments of another call", with(fault50, func(s *scene) { s.args[0], s.put = 0x51, nil }), "none, the thread's"},
		{"0x50, another parameter 4", with(fault50, func(s *scene) { s.args[4], s.put = 3, nil }), "none, the thread's"},
		{"0x50, by the stack", with(fault50, func(s *scene) { s.args[4] = 3 }), "trap-frame of 3 by stack: example.sys+0x1234 on thread, the thread's"},
		{"0xBE", scene{code: 0xbe, params: [4]uint64{0xfffff80320005000, 0x8900000212345121, frameVA, 0xa}, put: onStack(frameVA, trap(exampleIP, dpcSP, 0xfffff80320005000, 3))},
			"trap-frame of 3 by parameter: example.sys+0x1234 on dpc, interrupted"},
		{"0xBE, no frame", scene{code: 0xbe, params: [4]uint64{0xfffff80320005000, 0x8900000212345121, frameVA, 0xa}}, "none, the thread's"},
		{"0x3B, captured on another stack", scene{code: 0x3b, params: [4]uint64{0xc0000005, exampleIP, memoryVA}, stack: otherHigh,
			memory: map[uint64][]byte{memoryVA: (&dmptest.Context{IP: exampleIP, SP: sp}).Bytes(dmptest.AMD64)}}, "context of 3 by parameter: example.sys+0x1234 on thread, the thread's"},
		{"0x3B, no context", scene{code: 0x3b, params: [4]uint64{0xc0000005, exampleIP, memoryVA}, put: onStack(frameVA, good)},
			"trap-frame of 2 by stack: example.sys+0x1234 on thread, the thread's"},
		{"0x133, in a thread", scene{code: 0x133, params: [4]uint64{1, 0x1e00}, stack: isrHigh, put: func(m *dmptest.Image, _ func(uint64) int) { m.PutU64(0x7f0, elsewhereVA) },
			memory: map[uint64][]byte{elsewhereVA - 8: trap(exampleIP, sp, 0, 0)}}, "trap-frame of 0 by interrupted: example.sys+0x1234 on thread, the thread's"},
		{"0x133, in a deferred call", scene{code: 0x133, params: [4]uint64{0, 0x501, 0x500}, stack: isrHigh,
			put:    func(m *dmptest.Image, _ func(uint64) int) { m.PutU64(0x7f0, elsewhereVA) },
			memory: map[uint64][]byte{elsewhereVA - 8: trap(exampleIP, dpcSP, 0, 0)}}, "trap-frame of 0 by interrupted: example.sys+0x1234 on dpc, interrupted"},
		{"0x133, not in the dump", scene{code: 0x133, params: [4]uint64{0, 0x501, 0x500}, stack: isrHigh, put: pointing(elsewhereVA)}, "none, interrupted"},
		{"0x101", scene{code: 0x101, params: [4]uint64{0xc, 0, memoryVA - 0x10, 2}, stack: isrHigh, put: func(m *dmptest.Image, _ func(uint64) int) { m.PutU64(0x7f0, elsewhereVA) },
			memory: map[uint64][]byte{elsewhereVA - 8: trap(exampleIP, sp, 0, 0)}}, "none, interrupted"},
	} {
		if got := recordLine(c.report(t)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestRecordFields looks at all fields of a trap frame and of an exception record.
func TestRecordFields(t *testing.T) {
	const frameVA = threadHigh - 0x400
	s := scene{code: 0xd1, params: [4]uint64{0x29, 2, 0, exampleIP}, put: onStack(frameVA, trap(exampleIP, threadHigh-0x270, 0x29, 0))}
	r := s.report(t)
	want := []report.Record{{
		Parameter: 4, Kind: "trap-frame", From: "stack", Address: "0xffffa6094000fc00", InstructionPointer: "0xfffff80320001234", Module: "example.sys", Offset: "0x1234",
		User: new(false), StackPointer: "0xffffa6094000fd90", Stack: "thread", Registers: map[string]string{
			"rax": "0x000000000000000a", "rcx": "0x000000000000000c", "rdx": "0x000000000000000d", "r8": "0x0000000000000008", "r9": "0x0000000000000009",
			"r10": "0x0000000000000010", "r11": "0x0000000000000011", "rbp": "0x000000000000000b", "rsp": "0xffffa6094000fd90", "rip": "0xfffff80320001234",
		},
	}}
	if d := cmp.Diff(want, r.Records); d != "" {
		t.Errorf("trap frame (-want +got):\n%s", d)
	}
	if d := cmp.Diff(&report.FaultStack{Kind: "thread", StackPointer: "0xffffa6094000fd90"}, r.FaultStack); d != "" {
		t.Error(d)
	}
	violation := func(words ...uint64) []byte {
		return (&dmptest.Exception{Code: 0xc0000005, Address: exampleIP, Info: words}).Bytes(8)
	}
	for _, c := range []struct {
		name            string
		record          []byte
		access, address string
		missing         string
	}{
		{"read", violation(0, 0x20), "read", "0x0000000000000020", ""},
		{"write", violation(1, 0x20), "write", "0x0000000000000020", ""},
		{"execution", violation(8, exampleIP), "execute", "0xfffff80320001234", ""},
		{"general protection fault", violation(0, ^uint64(0)), "", "", ""},
		{"general protection fault, said to be a write", violation(1, ^uint64(0)), "", "", ""},
		{"one word", violation(1), "", "", ""},
		{"no words", violation(), "", "", ""},
		{"another kind", violation(5, 0x20), "", "", ""},
		{"not in the dump", nil, "", "", "not in this dump"},
		{"something else", make([]byte, 0x98), "", "", "the dump has something else there"},
	} {
		s := scene{code: 0x7e, params: [4]uint64{0xffffffffc0000005, exampleIP, recordVA, 0}}
		if c.record != nil {
			s.memory = map[uint64][]byte{recordVA: c.record}
		}
		want := report.Record{Parameter: 3, Kind: "exception", From: "parameter", Address: "0xffffa18c41e8b000", Missing: c.missing}
		if c.missing == "" {
			want.Code, want.Name, want.Access, want.ReferencedAddress = "0xc0000005", "STATUS_ACCESS_VIOLATION", report.Access(c.access), c.address
			want.InstructionPointer, want.Module, want.Offset = "0xfffff80320001234", "example.sys", "0x1234"
		}
		if d := cmp.Diff([]report.Record{want}, s.report(t).Records); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
	// The header's own exception record counts too, but not the one that Windows makes up.
	s = scene{code: 0x1234, more: func(x *dmptest.Triage) {
		x.Header.Exception = &dmptest.Exception{Code: 0xc0000005, Address: exampleIP, Info: []uint64{0, ^uint64(0)}}
	}}
	header := report.Record{Kind: "exception", From: "header", Code: "0xc0000005", Name: "STATUS_ACCESS_VIOLATION", InstructionPointer: "0xfffff80320001234", Module: "example.sys", Offset: "0x1234"}
	if d := cmp.Diff([]report.Record{header}, s.report(t).Records); d != "" {
		t.Errorf("header (-want +got):\n%s", d)
	}
	s.more = func(x *dmptest.Triage) { x.Header.Exception = dmptest.BreakpointException(bugCheckIP) }
	if got := s.report(t).Records; got != nil {
		t.Errorf("made up: %+v", got)
	}
}

func TestContextPoint(t *testing.T) {
	elsewhere := &dmptest.Context{IP: kernelBase + 0x1000, SP: threadHigh - 0x800}
	madeUp := func(ip uint64) func(*dmptest.Triage) {
		return func(x *dmptest.Triage) { x.Header.Exception = dmptest.BreakpointException(ip) }
	}
	violation := scene{code: 0x7e, params: [4]uint64{0xc0000005, exampleIP, 0, memoryVA}, context: &context, memory: map[uint64][]byte{memoryVA: context.Bytes(dmptest.AMD64)}}
	for _, c := range []struct {
		name string
		scene
		want report.ContextPoint
	}{
		{"arguments on the stack", scene{code: 0x50, params: [4]uint64{1, 2, 3, 4}}, "bug-check"},
		{"0xD1 that was passed as 0xA", scene{code: 0xd1, params: [4]uint64{1, 2, 3, 4}, args: [5]uint64{0xa, 1, 2, 3, 4}}, "bug-check"},
		{"0xA that was passed as 0xD1", scene{code: 0xa, params: [4]uint64{1, 2, 3, 4}, args: [5]uint64{0xd1, 1, 2, 3, 4}}, "unknown"},
		{"with the bit of small dumps", scene{code: 0x100000ea, params: [4]uint64{threadVA}, args: [5]uint64{0xea, threadVA}}, "bug-check"},
		{"other arguments", scene{code: 0x50, params: [4]uint64{1, 2, 3, 4}, args: [5]uint64{0x50, 1, 2, 3, 5}}, "unknown"},
		{"the record that Windows makes up", scene{code: 0x50, params: [4]uint64{1, 2, 3, 4}, args: [5]uint64{1}, more: madeUp(bugCheckIP)}, "bug-check"},
		{"that of another place", scene{code: 0x50, params: [4]uint64{1, 2, 3, 4}, args: [5]uint64{1}, context: elsewhere, more: madeUp(bugCheckIP)}, "unknown"},
		{"not in the kernel", scene{code: 0x50, params: [4]uint64{1, 2, 3, 4}, context: &dmptest.Context{IP: exampleIP, SP: threadHigh - 0x800}}, "unknown"},
		{"the context record", violation, "exception"},
		{"live", scene{code: 0x161, more: func(x *dmptest.Triage) { x.Kernel, x.Header.Attributes = true, new(uint32(0x14)) }}, "capture"},
	} {
		r := c.report(t)
		if r.Context == nil || r.Context.At != c.want {
			t.Errorf("%s: %+v, want %s", c.name, r.Context, c.want)
		}
	}
}

func TestPlaces(t *testing.T) {
	readable := map[uint64][]byte{memoryVA: make([]byte, 16)}
	for _, c := range []struct {
		name  string
		code  uint32
		n     int
		value uint64
		want  string
	}{
		{"null", 0xd1, 1, 0, ""}, // the meaning says it
		{"null and a bit", 0xd1, 1, 0x289, "null + 0x289"},
		{"the last of null", 0xd1, 1, 0xffff, "null + 0xffff"},
		{"user mode", 0xd1, 1, 0x10000, "a user-mode address"},
		{"the end of user mode", 0xd1, 1, 0x7fffffffffff, "a user-mode address"},
		{"shared data of users", 0x50, 1, 0x7ffe0320, "KUSER_SHARED_DATA + 0x320 (tick count)"},
		{"shared data of the kernel", 0x50, 1, 0xfffff78000000014, "KUSER_SHARED_DATA + 0x14 (system time)"},
		{"shared data, no field", 0x50, 1, 0xfffff78000000ff8, "KUSER_SHARED_DATA + 0xff8"},
		{"behind the shared data", 0x50, 1, 0xfffff78000001000, "not in this dump"},
		{"not canonical", 0x50, 1, 0x1234567812345678, "not canonical: the processor has no such address"},
		{"in the dump", 0x50, 1, memoryVA, ""},
		{"not in the dump", 0x50, 1, 0xffffe78f90345f71, "not in this dump"},
		{"code in a module", 0xd1, 4, exampleIP, ""},
		{"code in none", 0xd1, 4, 0xffffe78f90345f71, "in no module"},
		{"code that was unloaded", 0xd1, 4, 0xfffff80330001234, "gone.sys + 0x1234, which was unloaded"},
		{"code behind that", 0xd1, 4, 0xfffff80330010000, "in no module"},
		{"data that was unloaded", 0xd1, 1, 0xfffff8033000fff8, "gone.sys + 0xfff8, which was unloaded"},
		{"no address", 0xd1, 2, 0x289, ""},
	} {
		s := scene{code: c.code, memory: readable}
		s.params[c.n-1] = c.value
		p := s.report(t).Bugcheck.Parameters[c.n-1]
		if p.Place != c.want {
			t.Errorf("%s: %q, want %q", c.name, p.Place, c.want)
		}
	}
}

func TestThreadParameter(t *testing.T) {
	const otherVA = 0xffff908b07000080
	current := scene{code: 0xea, params: [4]uint64{threadVA}}.report(t)
	if p := current.Bugcheck.Parameters[0]; p.CurrentThread == nil || !*p.CurrentThread || current.Bugcheck.Facts[0].Fact != "parameter 1: thread 500 of System (4), the one that was current" {
		t.Errorf("%+v, %+v", p, current.Bugcheck.Facts)
	}
	other := scene{code: 0xea, params: [4]uint64{otherVA}, memory: map[uint64][]byte{
		otherVA: dmptest.Thread{Build: dmptest.Build19041, Self: otherVA, PID: 0x7d4, TID: 0x7d8, Process: memoryVA}.Image().Data(), memoryVA: process}}
	r := other.report(t)
	if p := r.Bugcheck.Parameters[0]; p.CurrentThread == nil || *p.CurrentThread || r.Bugcheck.Facts[0].Fact != "parameter 1: thread 2008 of example.exe (2004)" {
		t.Errorf("%+v, %+v", p, r.Bugcheck.Facts)
	}
	other.memory[memoryVA] = make([]byte, len(process))
	if r := other.report(t); r.Bugcheck.Facts[0].Fact != "parameter 1: thread 2008" {
		t.Errorf("%+v", r.Bugcheck.Facts)
	}
	delete(other.memory, otherVA)
	if r := other.report(t); r.Bugcheck.Facts[0].Fact != "parameter 1: thread: not in this dump" {
		t.Errorf("%+v", r.Bugcheck.Facts)
	}
}

// TestHungProcessor is for 0x101, whose dump is of the processor that noticed.
func TestHungProcessor(t *testing.T) {
	const prcbVA = 0xffff98802b36a180
	prcb := func(n uint32) map[uint64][]byte {
		return map[uint64][]byte{prcbVA: dmptest.Processor{Build: dmptest.Build19041, Number: n}.Image().Data()}
	}
	for _, c := range []struct {
		name   string
		p3, p4 uint64
		memory map[uint64][]byte
		want   string
		facts  string
	}{
		{"its PRCB in the dump", prcbVA, 2, prcb(2), "2", "parameter 3: PRCB of processor 2; processor 2 hung, processor 5 noticed it: stack, thread and process are of the latter"},
		{"its PRCB not in the dump", prcbVA, 2, nil, "2", "parameter 3: PRCB: not in this dump; processor 2 hung, processor 5 noticed it: stack, thread and process are of the latter"},
		{"the PRCB of another one", prcbVA, 2, prcb(3), "",
			"parameter 3: PRCB of processor 3; contradiction: parameter 3 is the PRCB of processor 3, parameter 4 says 2"},
		{"no processor's number", prcbVA, 99, prcb(3), "", "parameter 3: PRCB of processor 3; " +
			"contradiction: parameter 3 is the PRCB of processor 3, parameter 4 says 99; contradiction: parameter 4 says that processor 99 hung, the header has 8 processors, from 0"},
		{"as many as there are", prcbVA, 8, nil, "", "parameter 3: PRCB: not in this dump; contradiction: parameter 4 says that processor 8 hung, the header has 8 processors, from 0"},
		{"something else", prcbVA, 2, map[uint64][]byte{prcbVA: make([]byte, 0x8000)}, "", "parameter 3: PRCB: the dump has something else there"},
		{"the one that noticed", prcbVA, 5, nil, "", "parameter 3: PRCB: not in this dump; contradiction: parameter 4 says that processor 5 hung, which is the one that noticed it"},
		{"no PRCB", 0, 2, nil, "", ""},
		{"an impossible number", prcbVA, 0x10000, nil, "", "contradiction: parameter 4 says that processor 65536 hung, the header has 8 processors, from 0"},
	} {
		eight := func(x *dmptest.Triage) { x.Header.Processors = 8 }
		r := scene{code: 0x101, params: [4]uint64{0xc, 0, c.p3, c.p4}, memory: c.memory, more: eight}.report(t)
		if strings.Contains(r.Bugcheck.FirstLook, "parameter 4") != (c.want != "" || c.p3 == 0 || c.name == "something else") {
			t.Errorf("%s: look %q", c.name, r.Bugcheck.FirstLook)
		}
		var facts []string
		for _, f := range r.Bugcheck.Facts {
			facts = append(facts, f.Fact)
		}
		hung := ""
		if r.HungProcessor != nil {
			hung = fmt.Sprint(*r.HungProcessor)
		}
		if got := strings.Join(facts, "; "); hung != c.want || got != c.facts || c.want != "" && !*r.Process.Interrupted {
			t.Errorf("%s: %q, %q, interrupted %v", c.name, hung, got, *r.Process.Interrupted)
		}
	}
}

func TestDisagreements(t *testing.T) {
	const frameVA = threadHigh - 0x400
	frame := func(code uint64) func(*dmptest.Image, func(uint64) int) {
		return onStack(frameVA, trap(exampleIP, threadHigh-0x270, 0x29, code))
	}
	contextAt := func(ip uint64) map[uint64][]byte {
		return map[uint64][]byte{memoryVA: (&dmptest.Context{IP: ip, SP: exampleSP}).Bytes(dmptest.AMD64)}
	}
	exceptionAt := func(ip uint64) map[uint64][]byte {
		return map[uint64][]byte{recordVA: (&dmptest.Exception{Code: 0xc0000005, Address: ip}).Bytes(8)}
	}
	header := func(code uint32) func(*dmptest.Triage) {
		return func(x *dmptest.Triage) { x.Header.Exception = &dmptest.Exception{Code: code, Address: exampleIP} }
	}
	for _, c := range []struct {
		name string
		scene
		want string // what the fact contains, "" for none
	}{
		{"0x50, present and not", scene{code: 0x50, params: [4]uint64{recordVA, 0x11, exampleIP, 2}}, "by parameter 2 the page was present"},
		{"0x50, a write to a page that is present, and not", scene{code: 0x50, params: [4]uint64{recordVA, 3, exampleIP, 2}}, "by parameter 2 the page was present"},
		{"0x50, not present", scene{code: 0x50, params: [4]uint64{recordVA, 0x10, exampleIP, 2}}, ""},
		{"0x50, present", scene{code: 0x50, params: [4]uint64{recordVA, 0x11, exampleIP, 0xf}}, ""},
		{"0x50 before Windows 10: a write", scene{code: 0x50, params: [4]uint64{recordVA, 1, exampleIP, 2}, more: func(x *dmptest.Triage) { x.Header.Build = 9600 }}, ""},
		{"0xD1, a read", scene{code: 0xd1, params: [4]uint64{0x29, 2, 0, exampleIP}, put: frame(0)}, ""},
		{"0xD1, a read that was a write", scene{code: 0xd1, params: [4]uint64{0x29, 2, 0, exampleIP}, put: frame(2)}, "by the error code of the trap the access was write, by the parameter read"},
		{"0xA, a write", scene{code: 0xa, params: [4]uint64{0x29, 2, 1, exampleIP}, put: frame(2)}, ""},
		{"0xA, execution", scene{code: 0xa, params: [4]uint64{0x29, 2, 8, exampleIP}, put: frame(0x10)}, ""},
		{"0xA, an access that is not known", scene{code: 0xa, params: [4]uint64{0x29, 2, 4, exampleIP}, put: frame(2)}, ""},
		{"0x3B", scene{code: 0x3b, params: [4]uint64{0xc0000005, exampleIP, memoryVA}, memory: contextAt(exampleIP)}, ""},
		{"0x3B, a context of another place", scene{code: 0x3b, params: [4]uint64{0xc0000005, exampleIP, memoryVA}, memory: contextAt(exampleIP + 8)},
			"the context record is at example.sys+0x123c, parameter 2 says example.sys+0x1234"},
		{"0x3B, behind a breakpoint", scene{code: 0x3b, params: [4]uint64{0x80000003, exampleIP, memoryVA}, memory: contextAt(exampleIP + 1)}, ""},
		{"0x7E", scene{code: 0x7e, params: [4]uint64{0xc0000005, exampleIP, recordVA}, memory: exceptionAt(exampleIP)}, ""},
		{"0x7E, a record of another place", scene{code: 0x7e, params: [4]uint64{0xc0000005, exampleIP, recordVA}, memory: exceptionAt(exampleIP + 8)},
			"the exception record is of example.sys+0x123c, parameter 2 says example.sys+0x1234"},
		{"0x7E, a record of another exception", scene{code: 0x7e, params: [4]uint64{0xc0000094, exampleIP, recordVA}, memory: exceptionAt(exampleIP)},
			"the exception record has the code 0xc0000005, parameter 1 says 0xc0000094"},
		{"0xEF, a process for a thread", scene{code: 0xef, params: [4]uint64{memoryVA, 1}, memory: map[uint64][]byte{memoryVA: process}},
			"parameter 2 says that a thread ended, parameter 1 is the process example.exe (2004)"},
		{"0xEF, a process", scene{code: 0xef, params: [4]uint64{memoryVA, 0}, memory: map[uint64][]byte{memoryVA: process}}, ""},
		{"0xEF, a thread", scene{code: 0xef, params: [4]uint64{threadVA, 1}}, ""},
		{"0xF7", scene{code: 0xf7, params: [4]uint64{0, 0x7318e1dd58b, ^uint64(0x7318e1dd58b)}}, ""},
		{"0xF7, another complement", scene{code: 0xf7, params: [4]uint64{0, 0x7318e1dd58b, 1}}, "parameter 3 is not the complement"},
		{"0x50, a trap frame of another place", scene{code: 0x50, params: [4]uint64{0x29, 0, exampleIP + 8, 2}, args: [5]uint64{0x50, 0x29, 0, frameVA, 2}, put: frame(0)},
			"the trap frame is at example.sys+0x1234, parameter 3 says example.sys+0x123c"},
		{"0x50, a trap frame of another address", scene{code: 0x50, params: [4]uint64{0x30, 0, exampleIP + 8, 2}, args: [5]uint64{0x50, 0x30, 0, frameVA, 2}, put: frame(0)}, ""},
		{"0x8E, a trap frame of another place", scene{code: 0x8e, params: [4]uint64{0xc0000005, exampleIP + 8, frameVA}, put: frame(0)},
			"the trap frame is at example.sys+0x1234, parameter 2 says example.sys+0x123c"},
		{"0x1E, another code in the header", scene{code: 0x1e, params: [4]uint64{0xc0000005, exampleIP}, more: header(0xc000001d)}, "has the code 0xc000001d, parameter 1 says 0xc0000005"},
		{"0x1E, the code in the header", scene{code: 0x1e, params: [4]uint64{0xffffffffc0000005, exampleIP}, more: header(0xc0000005)}, ""},
	} {
		got := ""
		for _, f := range c.report(t).Bugcheck.Facts {
			if strings.HasPrefix(f.Fact, "contradiction: ") {
				got = f.Fact
			}
		}
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestDeviceStack is for the stack of 0x9F.
func TestDeviceStack(t *testing.T) {
	const pdo, middle, top = deviceVA, deviceVA + 0x1000, deviceVA + 0x2000
	on := func(attached uint64) []byte {
		return bytesOf(0x150, func(m *dmptest.Image) { m.PutU16(0, 3, 0x150); m.PutU64(8, driverVA); m.PutU64(0x18, attached) })
	}
	// request is at the second of three locations, of which the third has been used too.
	request := bytesOf(0xd0+3*0x48, func(m *dmptest.Image) {
		m.PutU16(0, 6, 0x1a8)
		m.PutU8(0x42, 3, 2)
		m.PutU64(0xb8, irpVA+0xd0+0x48)
		for i, d := range []uint64{middle, top} {
			m.PutU8(0xd0+0x48*(i+1), 0x16, 2)
			m.PutU64(0xd0+0x48*(i+1)+8, 0x15400, 1, 4, 3)
			m.PutU64(0xd0+0x48*(i+1)+0x28, d)
		}
		m.PutU64(0xd0+0x48+0x38, exampleIP)
	})
	whole := map[uint64][]byte{pdo: on(middle), middle: on(top), top: on(0), driverVA: driver, nameVA: driverName, irpVA: request}
	with := func(changes map[uint64][]byte) map[uint64][]byte {
		m := map[uint64][]byte{}
		for a, b := range whole {
			m[a] = b
		}
		for a, b := range changes {
			if m[a] = b; b == nil {
				delete(m, a)
			}
		}
		return m
	}
	line := func(d report.StackedDevice) string {
		s := d.Device[12:] + " " + d.Driver + " " + d.Image
		if d.Location != nil {
			s += fmt.Sprintf(" %d", *d.Location)
		}
		if d.Current != nil {
			s += " current"
		}
		for _, x := range []string{d.PowerState, d.Completion, d.Missing} {
			if x != "" {
				s += " " + x
			}
		}
		return s
	}
	const named = ` \Driver\example example.sys`
	const topLine, middleLine = "002000" + named + " 3 PowerDeviceD3", "001000" + named + " 2 current PowerDeviceD3 example.sys+0x1234"
	stuck := [4]uint64{3, pdo, 0, irpVA}
	for _, c := range []struct {
		name   string
		params [4]uint64
		memory map[uint64][]byte
		want   []string
	}{
		{"whole", stuck, whole, []string{topLine, middleLine, "000000" + named}},
		{"no IRP", stuck, with(map[uint64][]byte{irpVA: nil}), []string{"002000" + named, "001000" + named, "000000" + named}},
		{"no physical device", stuck, with(map[uint64][]byte{pdo: nil}), []string{topLine, middleLine}},
		{"no device in the middle", stuck, with(map[uint64][]byte{middle: nil}),
			[]string{topLine, "001000   2 current PowerDeviceD3 example.sys+0x1234 not in this dump", "000000" + named}},
		{"no device at all", stuck, with(map[uint64][]byte{pdo: nil, middle: nil, top: nil}),
			[]string{"002000   3 PowerDeviceD3 not in this dump", "001000   2 current PowerDeviceD3 example.sys+0x1234 not in this dump"}},
		{"no driver", stuck, with(map[uint64][]byte{driverVA: nil, irpVA: nil, middle: nil, top: nil}), []string{"000000   not in this dump"}},
		{"a circle", stuck, with(map[uint64][]byte{top: on(pdo)}), []string{topLine, middleLine, "000000" + named}},
		{"sent to another stack", stuck, with(map[uint64][]byte{pdo: on(0)}), []string{"000000" + named, topLine, middleLine}},
		{"200 locations", stuck, with(map[uint64][]byte{irpVA: bytesOf(0xd0+200*0x48, func(m *dmptest.Image) {
			m.PutU16(0, 6, 0xd0+200*0x48)
			m.PutU8(0x42, 200, 200)
			m.PutU64(0xb8, irpVA+0xd0+199*0x48)
		})}), []string{"002000" + named, "001000" + named, "000000" + named}},
		{"nothing", stuck, nil, nil},
		{"another kind of failure", [4]uint64{4, pdo, 0, irpVA}, whole, nil},
	} {
		var got []string
		for _, d := range (scene{code: 0x9f, params: c.params, memory: c.memory}).report(t).DeviceStack {
			got = append(got, line(d))
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

// TestFaultingInstructions holds what the search for a trap frame takes for the instruction at fault.
func TestFaultingInstructions(t *testing.T) {
	for code, want := range map[uint32]int{0xa: 4, 0xd1: 4, 0x50: 3, 0x1e: 2, 0x3b: 2, 0x7e: 2, 0x8e: 2, 0xd5: 3, 0xfc: 0, 0x116: 0, 0x133: 0} {
		f := facts{code: codeOf(code)}
		p, _ := f.faultingInstruction()
		if p.Index != want {
			t.Errorf("%#x: parameter %d, want %d", code, p.Index, want)
		}
	}
}

// codeOf is a code whose parameters are all the same address of code.
func codeOf(value uint32) code {
	c := code{known: true, value: value, values: [4]uint64{exampleIP, exampleIP, exampleIP, exampleIP}, has: [4]bool{true, true, true, true}}
	c.Decoded = bugcheck.DecodeOn(bugcheck.System{Machine: "amd64", Build: 19041}, value, c.values)
	return c
}

// TestFirstLookNames has what a parameter leads to in the sentence on what to look at first.
func TestFirstLookNames(t *testing.T) {
	objects := map[uint64][]byte{deviceVA: device, driverVA: driver, nameVA: driverName, irpVA: irp(0x16, 2, deviceVA)}
	for _, c := range []struct {
		name string
		scene
		want, without string
	}{
		{"code in a driver", scene{code: 0xd1, params: [4]uint64{0x29, 2, 0, exampleIP}}, "See example.sys", "parameter 4"},
		{"code in the kernel", scene{code: 0xd1, params: [4]uint64{0x29, 2, 0, handlerIP}}, "See the caller of ntoskrnl.exe", "parameter 4"},
		{"an IRP", scene{code: 0x9f, params: [4]uint64{3, deviceVA, 0, irpVA}, memory: objects}, "See example.sys", "parameter 4"},
		{"an IRP that is not in the dump", scene{code: 0x9f, params: [4]uint64{3, deviceVA, 0, irpVA}}, "parameter 4", "example.sys"},
		{"a null name", scene{code: 0xea, params: [4]uint64{threadVA}}, "parameter 1", "parameter 3"},
		{"a thread of user mode", scene{code: 0xea, params: [4]uint64{0xdeadbeef}}, "display adapter", "parameter"},
		{"a name of user mode", scene{code: 0xea, params: [4]uint64{threadVA, 0, 0x1234}}, "parameter 1", "parameter 3"},
		{"an IRP, and a device that is none", scene{code: 0x9f, params: [4]uint64{3, irpVA, 0, irpVA}, memory: objects}, "See example.sys", "parameter 2"},
		{"an IRP, and no device", scene{code: 0x9f, params: [4]uint64{3, 0, 0, irpVA}, memory: objects}, "See example.sys", "parameter 2"},
		{"a device, and an IRP that is none", scene{code: 0x9f, params: [4]uint64{3, deviceVA, 0, deviceVA}, memory: objects}, "device stack of parameter 2", "parameter 4"},
		{"neither device nor IRP", scene{code: 0x9f, params: [4]uint64{3, irpVA, 0, deviceVA}, memory: objects}, "which driver holds a power IRP", "parameter"},
		{"an instruction of user mode", scene{code: 0x50, params: [4]uint64{recordVA, 0, 0x7ff612345678, 2}}, "the address in parameter 1", "parameter 3"},
		{"a null instruction", scene{code: 0xd1, params: [4]uint64{0x30, 2, 0, 0x29}}, "where the execution of a bad address came from", "parameter 4"},
		{"an instruction of an unloaded driver", scene{code: 0xd1, params: [4]uint64{0xfffff80330000010, 2, 8, 0xfffff80330000010}}, "See gone.sys (unloaded)", "parameter 4"},
		{"an instruction that both records name", scene{code: 0x7e, params: [4]uint64{0xc0000005, kernelBase - 0x1000, recordVA, memoryVA},
			memory: map[uint64][]byte{recordVA: accessViolation.Bytes(8), memoryVA: context.Bytes(dmptest.AMD64)}}, "See example.sys; the context record in parameter 4", "parameter 2"},
		{"an instruction that the records do not agree on", scene{code: 0x7e, params: [4]uint64{0xc0000005, kernelBase - 0x1000, recordVA, memoryVA},
			memory: map[uint64][]byte{recordVA: accessViolation.Bytes(8), memoryVA: (&dmptest.Context{IP: handlerIP, SP: exampleSP}).Bytes(dmptest.AMD64)}}, "where the exception came from", "parameter 2"},
		{"a context that is none", scene{code: 0x7e, params: [4]uint64{0xc0000005, exampleIP, recordVA, recordVA},
			memory: map[uint64][]byte{recordVA: append(accessViolation.Bytes(8), make([]byte, 0x500)...)}}, "See example.sys.", "parameter 4"},
		{"a bad call", scene{code: 0x50, params: [4]uint64{recordVA, 0x11, recordVA, 2}, args: [5]uint64{0x50, recordVA, 0x11, threadHigh - 0x400, 2}, put: func(m *dmptest.Image, at func(uint64) int) {
			onStack(threadHigh-0x400, trap(recordVA, threadHigh-0x1f8, recordVA, 0x11))(m, at)
			m.PutU64(at(threadHigh-0x1f8), exampleIP)
		}}, "Control went to a bad address: see example.sys+0x1234", "parameter"},
		{"a bad call by nobody", scene{code: 0x50, params: [4]uint64{recordVA, 0x11, recordVA, 2}, args: [5]uint64{0x50, recordVA, 0x11, threadHigh - 0x400, 2},
			put: onStack(threadHigh-0x400, trap(recordVA, threadHigh-0x1f8, recordVA, 0x11))}, "at the stack pointer of the trap frame, 0xffffa6094000fe08", "parameter"},
		{"a bad call, and a word that is no return address", scene{code: 0x50, params: [4]uint64{recordVA, 0x11, recordVA, 2}, args: [5]uint64{0x50, recordVA, 0x11, threadHigh - 0x400, 2}, put: func(m *dmptest.Image, at func(uint64) int) {
			onStack(threadHigh-0x400, trap(recordVA, threadHigh-0x1f8, recordVA, 0x11))(m, at)
			m.PutU64(at(threadHigh-0x1f8), exampleBase+0x10) // in the headers of the image
		}}, "at the stack pointer of the trap frame, 0xffffa6094000fe08", "example.sys"},
		{"a bad call without a record", scene{code: 0xd1, params: [4]uint64{0x29, 2, 8, 0x29}}, "see who called it", "parameter"},
	} {
		if got := c.report(t).Bugcheck.FirstLook; !strings.Contains(got, c.want) || strings.Contains(got, c.without) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
