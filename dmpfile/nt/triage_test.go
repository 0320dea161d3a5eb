package nt_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

func open(t testing.TB, data []byte) *dmpfile.File {
	t.Helper()
	f, err := dmpfile.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Addresses of the machine that the tests invent, in the upper half of the address space of either width.
const (
	stackLimit = 0x8B916000
	stackBase  = 0x8B91C000
	stackTop   = stackBase - 0x100 // where the captured part begins
	dpcStack   = 0x8C000FB0
	isrStack   = 0x8D000FB0
	threadVA   = 0x85C1D030
	idleVA     = 0x82978380
	contextVA  = 0x84000000
	labVA      = 0x829664A0
	lab        = "19041.1.amd64fre.vb_release.191206-1406"
)

// machine returns a triage dump of a build, every part of which is in order.
func machine(b *dmptest.Build) *dmptest.Triage {
	context := &dmptest.Context{IP: 0x82001234, SP: stackTop}
	number := uint32(3)
	return &dmptest.Triage{
		Header: dmptest.Header{Machine: b.Machine, Build: b.Number, Context: context},
		Stack:  dmptest.Block{VA: stackTop, Data: make([]byte, 0x100)},
		KDBG:   &dmptest.KDBG{Build: b, KernBase: 0x82843000, NtBuildLab: labVA},
		Processor: &dmptest.Processor{
			Build: b, Number: number, CurrentThread: threadVA, IdleThread: idleVA, DpcStack: dpcStack, IsrStack: isrStack, Context: contextVA,
		},
		Process: &dmptest.Process{Build: b, PID: 0x7D4, Name: "example.exe"},
		Thread:  &dmptest.Thread{Build: b, PID: 0x7D4, TID: 0x8A8, StackLimit: stackLimit, StackBase: stackBase},
		Blocks: []dmptest.Block{
			{VA: labVA, Data: []byte(lab + "\x00")}, {VA: contextVA, Data: context.Bytes(b.Machine)},
		},
	}
}

// facts are what a test looks at in an nt.Snapshot.
type facts struct {
	Lab       string
	Processor int // -1: not known
	Process   nt.Process
	Thread    nt.Thread
	Idle      bool
	Stack     nt.StackKind
	IP        dmpfile.VirtAddr // of the processor's context, 0 where there is none
}

func factsOf(x *nt.Snapshot, m nt.Memory) facts {
	f := facts{Lab: x.BuildLab, Processor: -1, Idle: x.Idle, Stack: x.Stack}
	if x.Processor != nil {
		f.Processor = int(*x.Processor)
	}
	if x.Process != nil {
		f.Process = *x.Process
	}
	if x.Thread != nil {
		f.Thread = *x.Thread
	}
	if c := x.Context(m); c != nil {
		f.IP = c.IP
	}
	return f
}

// triageKernel opens the kernel of a triage dump, of which no pages are read.
func triageKernel(t testing.TB, data []byte) *nt.Kernel {
	t.Helper()
	k, err := nt.ReadKernel(open(t, data), nt.Budget{})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSnapshotOfTriage(t *testing.T) {
	whole := facts{
		Lab: lab, Processor: 3, Process: nt.Process{Name: "example.exe", ID: 0x7D4},
		Thread: nt.Thread{Address: threadVA, ProcessID: 0x7D4, ID: 0x8A8}, Stack: nt.ThreadStack, IP: 0x82001234,
	}
	nobody := func(f *facts) { f.Process, f.Thread = nt.Process{}, nt.Thread{} } // neither process nor thread is known
	sp := func(v uint64) func(*dmptest.Triage) {
		return func(x *dmptest.Triage) { x.Header.Context.SP = v }
	}
	stack := func(kind nt.StackKind) func(*facts) { return func(f *facts) { f.Stack = kind } }
	change := func(b *dmptest.Build, do func(*dmptest.Build)) *dmptest.Build {
		c := *b
		do(&c)
		return &c
	}
	b := dmptest.Build19041
	for _, c := range []struct {
		name  string
		build *dmptest.Build // nil: 19041
		set   func(x *dmptest.Triage)
		want  func(f *facts)
	}{
		{name: "build 19041"},
		{name: "build 19045", set: func(x *dmptest.Triage) { x.Header.Build = 19045 }},
		{name: "build 9600", build: dmptest.Build9600},
		{name: "build 26100", build: dmptest.Build26100},
		{name: "build 26100 of another revision", build: change(dmptest.Build26100, func(b *dmptest.Build) { b.Thread.Size = 0x798 })},
		{name: "build 22000 on ARM64", build: dmptest.Build22000ARM64},
		{name: "32-bit: no table, and debugger data without stack limits", build: dmptest.Build7601X86, want: func(f *facts) { nobody(f); f.Stack = "" }},

		{name: "a build that is in no table", set: func(x *dmptest.Triage) { x.Header.Build = 22631 }, want: nobody},
		{name: "another size of ETHREAD", build: change(b, func(b *dmptest.Build) { b.Thread.Size += 8 }), want: nobody},
		{name: "another size of EPROCESS", build: change(b, func(b *dmptest.Build) { b.Process.Size += 8 }), want: nobody},
		{name: "another offset of Peb", build: change(b, func(b *dmptest.Build) { b.Process.Peb += 8 }), want: nobody},
		{name: "another offset of the parent", build: change(b, func(b *dmptest.Build) { b.Process.ParentPID += 8 }), want: nobody},
		{name: "another machine", set: func(x *dmptest.Triage) { x.Header.Machine = dmptest.ARM64 }, want: func(f *facts) { nobody(f); f.IP = 0 }},

		{name: "a thread of another process", set: func(x *dmptest.Triage) { x.Thread.PID += 4 }, want: nobody},
		{name: "process 0", set: func(x *dmptest.Triage) { x.Process.PID, x.Thread.PID = 0, 0 }, want: nobody},
		{name: "a process number that is none", set: func(x *dmptest.Triage) { x.Process.PID, x.Thread.PID = 0x7D5, 0x7D5 }, want: nobody},
		{name: "a process number of 2^32", set: func(x *dmptest.Triage) { x.Process.PID, x.Thread.PID = 1<<32, 1<<32 }, want: nobody},
		{name: "thread 0", set: func(x *dmptest.Triage) { x.Thread.TID = 0 }, want: nobody},
		{name: "a thread number that is none", set: func(x *dmptest.Triage) { x.Thread.TID = 0x8A9 }, want: nobody},
		{name: "a thread number of 2^32", set: func(x *dmptest.Triage) { x.Thread.TID = 1 << 32 }, want: nobody},
		{name: "a name with control characters", set: func(x *dmptest.Triage) { x.Process.Name = "a\x01b" }, want: nobody},
		{name: "no name", set: func(x *dmptest.Triage) { x.Process.Name = "" }, want: nobody},
		{name: "the longest name", set: func(x *dmptest.Triage) { x.Process.Name = "123456789012345" }, want: func(f *facts) { f.Process.Name = "123456789012345" }},

		{name: "idle", set: func(x *dmptest.Triage) { x.Processor.CurrentThread, x.Thread.PID, x.Thread.TID = idleVA, 0, 0 },
			want: func(f *facts) {
				f.Idle, f.Process, f.Thread = true, nt.Process{Name: "Idle"}, nt.Thread{Address: idleVA}
			}},
		{name: "numbers of the idle thread on another", set: func(x *dmptest.Triage) { x.Thread.PID, x.Thread.TID = 0, 0 }, want: nobody},
		{name: "the idle thread with numbers", set: func(x *dmptest.Triage) { x.Processor.CurrentThread = idleVA }, want: func(f *facts) { f.Thread.Address = idleVA }},

		{name: "no processor", set: func(x *dmptest.Triage) { x.Processor = nil }, want: func(f *facts) { f.Processor, f.Thread.Address, f.IP = -1, 0, 0 }},
		{name: "no process", set: func(x *dmptest.Triage) { x.Process = nil }, want: nobody},
		{name: "no thread", set: func(x *dmptest.Triage) { x.Thread = nil }, want: func(f *facts) { nobody(f); f.Stack = "" }},
		{name: "no blocks", set: func(x *dmptest.Triage) { x.Blocks = nil }, want: func(f *facts) { f.Lab, f.IP = "", 0 }},
		{name: "half a context", set: func(x *dmptest.Triage) { x.Blocks[1].Data = x.Blocks[1].Data[:0x80] }, want: func(f *facts) { f.IP = 0 }},
		{name: "a context of zeros", set: func(x *dmptest.Triage) { clear(x.Blocks[1].Data) }, want: func(f *facts) { f.IP = 0 }},
		{name: "no address of the build text", set: func(x *dmptest.Triage) { x.KDBG.NtBuildLab = 0 }, want: func(f *facts) { f.Lab = "" }},
		{name: "a build text without end", set: func(x *dmptest.Triage) { x.Blocks[0].Data = bytes.Repeat([]byte("x"), 200) }, want: func(f *facts) { f.Lab = "" }},
		{name: "the longest build text", set: func(x *dmptest.Triage) { x.Blocks[0].Data = append(bytes.Repeat([]byte("x"), 127), 0) },
			want: func(f *facts) { f.Lab = strings.Repeat("x", 127) }},
		{name: "a build text that is none", set: func(x *dmptest.Triage) { x.Blocks[0].Data[2] = 0x1B }, want: func(f *facts) { f.Lab = "" }},

		{name: "stack: its lowest address", set: sp(stackLimit)},
		{name: "stack: its base", set: sp(stackBase)},
		{name: "stack: below", set: sp(stackLimit - 1), want: stack(nt.OtherStack)},
		{name: "stack: above", set: sp(stackBase + 1), want: stack(nt.OtherStack)},
		{name: "stack: that of deferred calls", set: sp(dpcStack - 0x10), want: stack(nt.DPCStack)},
		{name: "stack: the base of that", set: sp(dpcStack), want: stack(nt.DPCStack)},
		{name: "stack: the last word of that", set: sp(dpcStack - 0x5FFF), want: stack(nt.DPCStack)},
		{name: "stack: below that", set: sp(dpcStack - 0x6000), want: stack(nt.OtherStack)},
		{name: "stack: above that", set: sp(dpcStack + 8), want: stack(nt.OtherStack)},
		{name: "stack: that of interrupts", set: sp(isrStack - 0x10), want: stack(nt.InterruptStack)},
		{name: "stack: that of deferred calls on a build that does not say", build: dmptest.Build9600, set: sp(dpcStack - 0x10), want: stack(nt.OtherStack)},
		{name: "stack: that of deferred calls on ARM64", build: dmptest.Build22000ARM64, set: sp(dpcStack - 0x10), want: stack(nt.OtherStack)},
		{name: "stack: without limits", set: func(x *dmptest.Triage) { x.Thread.StackLimit = 0 }, want: stack("")},
		{name: "stack: limits in the wrong order", set: func(x *dmptest.Triage) { x.Thread.StackLimit = stackBase }, want: stack("")},
		{name: "stack: no context in the header", set: func(x *dmptest.Triage) { x.Header.Context = nil }},
		{name: "stack: no context, another stack captured", set: func(x *dmptest.Triage) { x.Header.Context, x.Stack.VA = nil, dpcStack-0x100 }, want: stack(nt.DPCStack)},
		{name: "stack: nothing says where", set: func(x *dmptest.Triage) { x.Header.Context, x.Stack.Data = nil, nil }, want: stack("")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.build == nil {
				c.build = b
			}
			x := machine(c.build)
			if c.set != nil {
				c.set(x)
			}
			want := whole
			if c.want != nil {
				c.want(&want)
			}
			k := triageKernel(t, x.Image().Data())
			got := k.Snapshot()
			if k.DebuggerErr != nil || k.DebuggerState != nt.DebuggerDataPlain {
				t.Fatal(k.DebuggerState, k.DebuggerErr)
			}
			expect(t, "facts", factsOf(got, k), want)
			expect(t, "size of the debugger data", got.DebuggerData.Size(), c.build.KDBGSize)
		})
	}
}

func TestDebuggerDataOfTriage(t *testing.T) {
	kdbg := func(patch func(m *dmptest.Image, off int)) []byte {
		m := machine(dmptest.Build19041).Image()
		patch(m, bytes.Index(m.Data(), []byte("KDBG"))-0x10)
		return m.Data()
	}
	for _, c := range []struct {
		name  string
		data  []byte
		state nt.DebuggerDataState
	}{
		{"no debugger data", dmptest.Triage{}.Image().Data(), nt.DebuggerDataMissing},
		{"debugger data encoded", kdbg(func(m *dmptest.Image, off int) { m.PutASCII(off+0x10, "tag of-an-encoded-block") }), nt.DebuggerDataUnreadable},
		{"debugger data behind the file", kdbg(func(m *dmptest.Image, _ int) { m.PutU32(0x2070, uint32(m.Len())-0x100) }), nt.DebuggerDataUnreadable},
		{"debugger data of no size", kdbg(func(m *dmptest.Image, _ int) { m.PutU32(0x2074, 0) }), nt.DebuggerDataUnreadable},
	} {
		k := triageKernel(t, c.data)
		var format *dmpfile.FormatError
		if k.DebuggerData != nil || k.DebuggerState != c.state || k.DebuggerErr == nil || errors.As(k.DebuggerErr, &format) != (c.state == nt.DebuggerDataUnreadable) {
			t.Errorf("%s: %s, %v", c.name, k.DebuggerState, k.DebuggerErr)
		}
		if s := k.Snapshot(); *s != (nt.Snapshot{}) {
			t.Errorf("%s: %+v", c.name, s)
		}
		if want := int64(bytes.Index(c.data, []byte("of-an-encoded-block"))) - 4; want > 0 && format.Offset != want {
			t.Errorf("%s: error at %#x, want it at %#x", c.name, format.Offset, want)
		}
	}
}
