package analyze

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
)

// sampleData is the content of a sample.
func sampleData(t testing.TB, name string) []byte {
	t.Helper()
	samples := dmptest.Samples()
	i := slices.IndexFunc(samples, func(s dmptest.Sample) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("there is no sample %s", name)
	}
	return slices.Clone(samples[i].Data)
}

// frames are the frames of a stack in short: where each is, and what it was found by.
func frames(list []report.Frame) string {
	var says []string
	for _, x := range list {
		at := x.Instruction
		if x.Module != "" {
			at = x.Module + "+" + x.Offset
		}
		if x.Unloaded != nil && *x.Unloaded {
			at += " unloaded"
		}
		says = append(says, at+" "+string(x.Trust))
	}
	return strings.Join(says, ", ")
}

// replaced puts another word in the place of one that data has once.
func replaced(t *testing.T, data []byte, word, by uint64) []byte {
	t.Helper()
	from, to := binary.LittleEndian.AppendUint64(nil, word), binary.LittleEndian.AppendUint64(nil, by)
	if n := bytes.Count(data, from); n != 1 {
		t.Fatalf("%#x is there %d times", word, n)
	}
	return bytes.Replace(slices.Clone(data), from, to, 1)
}

func TestStack(t *testing.T) {
	const (
		kernel, driver = 0xFFFFF80312400000, 0xFFFFF803214B0000
		unloaded       = 0xFFFFF803215B0123 // in dam.sys
		above          = "ntoskrnl.exe+0x4b1f20 context, "
		handler        = "ntoskrnl.exe+0x4c8069 exact, ntoskrnl.exe+0x4d0e23 exact, "
		fault          = "example.sys+0x334c context, example.sys+0x3480 code, ndis.sys+0x1a2c code, "
	)
	data := sampleData(t, "triage-amd64-kernel.dmp")
	for _, c := range []struct {
		name   string
		data   []byte
		frames string
		caller string // "" where it is not proven
		limit  string
	}{
		{"as it is", data, above + handler + fault + "ntoskrnl.exe+0x2a1c55 scan", "ntoskrnl.exe+0x4c8069",
			"1 frame from a record, 2 exact, 2 by code, 1 by scan: this dump holds no code for these addresses; images that would settle it: ndis.sys, ntoskrnl.exe (see dmplens symbols --stack)"},
		{"a driver called", replaced(t, data, kernel+0x4C8069, driver+0x3480), "", "example.sys+0x3480", ""},
		{"the last word is of an unloaded module", replaced(t, data, kernel+0x2A1C55, unloaded), above + handler + fault + "dam.sys+0x123 unloaded scan", "ntoskrnl.exe+0x4c8069",
			"1 frame from a record, 2 exact, 2 by code, 1 by scan: this dump holds no code for these addresses; images that would settle it: ndis.sys (see dmplens symbols --stack)"},
	} {
		r := analyzed(t, "x.dmp", c.data)
		if got := frames(r.Stack); c.frames != "" && got != c.frames {
			t.Errorf("%s: %s, want %s", c.name, got, c.frames)
		}
		caller := ""
		if r.Caller != nil {
			caller = r.Caller.Module + "+" + r.Caller.Offset
		}
		if caller != c.caller || c.limit != "" && r.StackLimit != c.limit {
			t.Errorf("%s: called by %q, want %q, limit %q", c.name, caller, c.caller, r.StackLimit)
		}
		brief := analyzedBy(t, Analyzer{Brief: true}, c.data)
		if len(brief.Stack) > 0 || brief.StackLimit != "" || (brief.Fault != nil) != (r.Fault != nil) || (brief.Caller != nil) != (c.caller != "") {
			t.Errorf("%s: brief: %+v, %+v", c.name, brief.Stack, brief.Caller)
		}
	}
	r := analyzed(t, "x.dmp", data)
	if got := fmt.Sprint(r.Caller.Passed, r.Caller.Arguments); got != "[the code IRQL_NOT_LESS_OR_EQUAL (0xa), not the header's 0xd1] "+
		"[0xa 0x0000000000000020 0x0000000000000002 0x0000000000000001 0xfffff803214b334c]" {
		t.Errorf("passed: %s", got)
	}
	if x := r.Stack[3]; x.Record != "0xfffff80317c89950" || x.Known == nil || *x.Known || !*r.Stack[0].Known {
		t.Errorf("the frame of the fault: %+v", x)
	}
}

func TestSense(t *testing.T) {
	kernel := sampleData(t, "triage-amd64-kernel.dmp")
	at := bytes.Index(kernel, []byte{0x89, 0x41, 0x20, 0x48, 0x83, 0xC4, 0x28, 0xC3})
	with := func(code ...byte) []byte {
		b := slices.Clone(kernel)
		copy(b[at:], code)
		return b
	}
	for _, c := range []struct {
		name    string
		data    []byte
		verdict report.FaultVerdict
		reason  string
	}{
		{"what it names", kernel, report.FaultConsistent, "rcx + 0x20 is 0x20 (null + 0x20), with rcx = 0x0, as the fault says"},
		{"another address", with(0x89, 0x41, 0x21), report.FaultContradicts, "rcx + 0x21 is 0x21 (null + 0x21), with rcx = 0x0, the fault says 0x20 (null + 0x20); " +
			"the two differ in bit 0 alone: a bit that memory or a processor got wrong is possible"},
		{"no memory", with(0x89, 0xC1, 0x90), report.FaultContradicts, "it reads and writes no memory, the fault says 0x20 (null + 0x20)"},
		{"a register of the exception frame", with(0x89, 0x43, 0x20), report.FaultConsistent, "rbx + 0x20 is 0x20 (null + 0x20), with rbx = 0x0, as the fault says"},
		{"a segment", with(0x65, 0x89, 0x41, 0x20), report.FaultRegisterUnknown,
			"it depends on what is not recorded: a segment's base, a vector register, or memory that the dump does not have"},
	} {
		x := analyzed(t, "x.dmp", c.data).Fault
		if x == nil || x.Verdict != c.verdict || x.Reason != c.reason || x.Module != "example.sys" || x.Offset != "0x334c" {
			t.Errorf("%s: %+v, want %s: %s", c.name, x, c.verdict, c.reason)
		}
	}
	for _, name := range []string{"task-manager-live.dmp", "header-only.dmp", "triage-arm64.dmp", "triage-x86.dmp"} {
		if x := analyzed(t, name, sampleData(t, name)).Fault; x != nil {
			t.Errorf("%s: %+v", name, x)
		}
	}
}

func TestEntryBit(t *testing.T) {
	for _, c := range []struct {
		name   string
		code   uint32
		params [4]uint64
		fact   string
	}{
		{"one bit", 0x1A, [4]uint64{0x41792, 0xffffd680a6737650, 1 << 46}, "the page table entry has bit 46 alone: one that was zero, and a bit that memory or a processor got wrong, is possible"},
		{"two bits", 0x1A, [4]uint64{0x41792, 0xffffd680a6737650, 1<<46 | 1}, ""},
		{"no bit", 0x1A, [4]uint64{0x41792, 0xffffd680a6737650, 0}, ""},
		{"another violation", 0x1A, [4]uint64{0x41790, 0xffffd680a6737650, 1 << 46}, ""},
		{"another code", 0x19, [4]uint64{0x41792, 0xffffd680a6737650, 1 << 46}, ""},
	} {
		got := ""
		for _, f := range (crash{code: c.code, params: c.params}).report(t).Bugcheck.Facts {
			if strings.Contains(f.Fact, "page table entry") {
				got = f.Fact
			}
		}
		if got != c.fact {
			t.Errorf("%s: %q, want %q", c.name, got, c.fact)
		}
	}
}

func TestStackVerb(t *testing.T) {
	s := liveSystem("example.exe", 1)
	sp := s.Space()
	top, kernel := s.IdleStackAt(0), s.BaseAt(0)
	frame := make([]byte, 0x80)
	binary.LittleEndian.PutUint64(frame[0x38:], kernel+0x1100)
	sp.Map(top-0x80, frame)
	data := s.Bitmap(sp).Image().Data()
	d, err := new(Analyzer).Open(Reader(bytes.NewReader(data), int64(len(data)), report.File{Path: "x.dmp"}))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	first := func(r *report.Report) string {
		switch {
		case r.Error != nil:
			return r.Error.Message
		case len(r.Stack) > 0:
			return fmt.Sprintf("%s %s", r.Context.From, r.Stack[0].StackPointer)
		}
		return fmt.Sprintf("processor %d %s", r.Processors[0].Number, r.Processors[0].Stack[0].StackPointer)
	}
	current := "header " + report.Pointer(s.Header.Context.SP, 64)
	other := "processor 1 " + report.Pointer(s.Registers(1).SP, 64)
	for _, c := range []struct {
		name string
		r    *report.Report
		want string
	}{
		{"captured", d.Stack(), current},
		{"the current processor", d.ProcessorStack(0), current},
		{"another one", d.ProcessorStack(1), other},
		{"none", d.ProcessorStack(2), "there is no processor 2: this dump has 2, from 0 on"},
		{"the current thread", d.ThreadStack(s.ThreadAt(0)), current},
		{"that of another processor", d.ThreadStack(s.IdleThreadAt(1)), other},
		{"one that waits", d.ThreadStack(s.IdleThreadAt(0)), "stack " + report.Pointer(top-0x40, 64)},
		{"no thread", d.ThreadStack(s.ThreadAt(0) + 8), "the stack of the thread " + report.Pointer(s.ThreadAt(0)+8, 64) + " is not known: what is there is no thread that waits"},
		{"nothing", d.ThreadStack(0x1234), "the stack of the thread 0x0000000000001234 is not known: not in this dump, by its page tables"},
	} {
		if got := first(c.r); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	all := d.Stacks()
	if len(all.Processors) != 2 || len(all.Stack) == 0 || len(all.Processors[0].Stack) > 0 || len(all.Processors[1].Stack) == 0 {
		t.Errorf("all: %+v", all.Processors)
	}
}

// Of a processor that hung, what it has saved is old.
func TestLastSaved(t *testing.T) {
	s := liveSystem("example.exe", 1)
	s.Header.Code, s.Header.Attributes = new(uint32(0x101)), nil
	s.Header.Params = [4]uint64{0xC, 0, s.PrcbAt(1), 1}
	data := s.Bitmap(s.Space()).Image().Data()
	d, err := new(Analyzer).Open(Reader(bytes.NewReader(data), int64(len(data)), report.File{Path: "x.dmp"}))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for n, r := range []*report.Report{d.Registers(-1), d.Stacks()} {
		if c := r.Processors[1].Context; c == nil || c.At != report.PointLastSaved {
			t.Errorf("%d: %+v", n, c)
		}
		if c := r.Processors[0].Context; c == nil || c.At == report.PointLastSaved {
			t.Errorf("%d: the one that noticed: %+v", n, c)
		}
	}
}
