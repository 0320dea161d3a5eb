package analyze

import (
	"strings"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// Codes whose records are looked for.
const (
	codeIRQL             = 0xA
	codeMemoryManagement = 0x1A
	codePageFault        = 0x50
	codePowerState       = 0x9F
	codeVerifier         = 0xC4
	codeReadOnlyWrite    = 0xBE
	codeDriverIRQL       = 0xD1
	codeClockWatchdog    = 0x101
	codeCriticalProcess  = 0xEF
	codeStackCookie      = 0xF7
	codeDPCWatchdog      = 0x133
)

// inKernel says whether an address lies in the image of the kernel, which is the first of the modules.
func (f *facts) inKernel(a dmpfile.VirtAddr) bool {
	return f.modules.Len() > 0 && f.modules.At(0).Contains(a)
}

// isProven says whether a trap frame is one for certain: the handler of the trap called a function of the kernel right below it.
func (f *facts) isProven(t nt.TrapFrame) bool { return f.inKernel(t.Handler) }

// findTrapFrame looks for the trap frame of the instruction that the bug check is about, where no parameter has led to it.
func (f *facts) findTrapFrame() {
	if machine, _ := f.Machine(); machine != dmpfile.MachineAMD64 || f.faultRecord() != nil {
		return
	}
	f.readArgument()
	if f.code.value == codeDPCWatchdog && f.snapshot.Stack == nt.InterruptStack {
		// The clock interrupt found out: what had run too long is what it interrupted.
		if a, t, err := f.snapshot.Interrupted(f.memory); err == nil && f.isProven(t) {
			f.records = append(f.records, record{at: a, from: report.RecordInterrupted, kind: "trap frame", value: t, fault: true})
		}
	}
	p, ok := f.faultingInstruction()
	low, high := f.capturedStack()
	if !ok || high == 0 || f.faultRecord() != nil {
		return
	}
	at, t, found := nt.FindTrapFrame(f.memory, low, high, func(t nt.TrapFrame) bool { return f.isProven(t) && f.isFault(t) })
	if found {
		f.records = append(f.records, record{parameter: p.Index, at: at, from: report.RecordStack, kind: "trap frame", value: t, fault: true})
	}
}

// readArgument follows the parameters that are documented as nothing, or differ from what was passed to KeBugCheckEx, to a trap frame.
func (f *facts) readArgument() {
	c := f.bugCheckCall()
	for i, p := range f.code.Parameters {
		v, from := p.Value, report.RecordParameter
		switch {
		case c.ok && c.passed[i+1] != v:
			v, from = c.passed[i+1], report.RecordArgument
		case !f.code.has[i] || p.Type != bugcheck.TypeReserved:
			continue
		}
		a := dmpfile.VirtAddr(v)
		t, err := nt.ReadTrapFrame(f.memory, a, dmpfile.MachineAMD64)
		if a == 0 || err != nil || !f.isProven(t) {
			continue
		}
		fault := f.isFault(t) || f.code.value == codeReadOnlyWrite && t.FaultAddress == dmpfile.VirtAddr(f.code.values[0])
		f.records = append(f.records, record{parameter: p.Index, at: a, from: from, kind: "trap frame", value: t, fault: fault})
	}
}

// faultingInstruction is the parameter that the code documents as the instruction at fault.
func (f *facts) faultingInstruction() (bugcheck.Parameter, bool) {
	for i, p := range f.code.Parameters {
		if f.code.has[i] && p.Value != 0 && p.Type == bugcheck.TypeCodeAddress && strings.HasSuffix(p.Label, " instruction") {
			return p, true
		}
	}
	return bugcheck.Parameter{}, false
}

// isFault says whether a trap frame is that of the instruction at fault. Of a page fault it has to be that of the address, too.
func (f *facts) isFault(t nt.TrapFrame) bool {
	p, ok := f.faultingInstruction()
	if !ok || t.User {
		return false
	}
	if f.isPageFault() && t.FaultAddress != dmpfile.VirtAddr(f.code.values[0]) {
		return false
	}
	return f.isInstruction(t.IP, p)
}

// isPageFault says whether the bug check is of a page fault, so that parameter 1 is the address that was referenced.
func (f *facts) isPageFault() bool {
	switch f.code.value {
	case codeIRQL, codeDriverIRQL, codePageFault:
		return f.code.has[0]
	}
	return false
}

// isInstruction says whether a processor whose instruction pointer is ip met something at the instruction that a parameter names. A
// breakpoint leaves it behind that instruction of one byte.
func (f *facts) isInstruction(ip dmpfile.VirtAddr, p bugcheck.Parameter) bool {
	at, c := dmpfile.VirtAddr(p.Value), &f.code
	return ip == at || ip == at+1 && c.has[0] && uint32(c.values[0]) == statusBreakpoint
}

// capturedStack is the part of the stack that the dump was captured on, from the stack pointer up; both are 0 where it is not known.
func (f *facts) capturedStack() (low, high dmpfile.VirtAddr) {
	if f.Triage != nil {
		if low, high, ok := f.Triage.Stack(); ok {
			return low, high
		}
		return 0, 0
	}
	if !f.hasContext || f.snapshot.StackTop <= f.context.SP {
		return 0, 0
	}
	return f.context.SP, f.snapshot.StackTop
}

// faultRecord is the record that has the registers of the processor when it met what the bug check is about, nil where there is none. A
// context record has more than a trap frame.
func (f *facts) faultRecord() *record {
	var found *record
	for i := range f.records {
		r := &f.records[i]
		if !r.fault {
			continue
		}
		if _, ok := r.value.(dmpfile.Context); ok {
			return r
		}
		if found == nil {
			found = r
		}
	}
	return found
}

// faultStack says on which stack of the current processor the fault was: by the record of the fault, "" where there is none, or where it was
// in user mode or the stack is not known.
func (f *facts) faultStack() (kind nt.StackKind, sp dmpfile.VirtAddr) {
	r := f.faultRecord()
	if r == nil {
		return "", 0
	}
	switch v := r.value.(type) {
	case dmpfile.Context:
		sp = v.SP
	case nt.TrapFrame:
		if v.User {
			return "", 0
		}
		sp = v.SP
	}
	return f.snapshot.StackOf(sp), sp
}
