package analyze

import (
	"errors"
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/unwind"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
	"github.com/dmplens/dmplens/report"
)

// Stack reports on the frames of the stack that the dump was captured on.
func (d *Dump) Stack() *report.Report {
	return d.list(func(f *facts, rep *report.Report) { f.capturedFrames(rep) })
}

// Stacks is Stack, with the stack of each processor from the registers on that it saved.
func (d *Dump) Stacks() *report.Report {
	return d.list(func(f *facts, rep *report.Report) {
		f.capturedFrames(rep)
		rep.Error = nil // there may be other ones
		count, _ := f.NumberProcessors()
		found := len(rep.Stack) > 0
		for n := range min(count, maxProcessors) {
			p := f.processor(n)
			if p.Current == nil || !*p.Current {
				f.walkProcessor(&p, n)
			}
			found = found || len(p.Stack) > 0
			rep.Processors = append(rep.Processors, p)
		}
		if !found {
			rep.Error = &report.Error{Message: noRegisters}
		}
	})
}

// ProcessorStack reports on the frames of the stack of a processor, from the registers on that it saved; of the one that crashed or captured
// the dump it is Stack.
func (d *Dump) ProcessorStack(cpu int) *report.Report {
	return d.list(func(f *facts, rep *report.Report) {
		count, _ := f.NumberProcessors()
		count = min(count, maxProcessors)
		current := f.snapshot.Processor
		switch {
		case cpu < 0 || cpu >= int(count):
			rep.Error = noProcessor(cpu, count)
			return
		case current != nil && int(*current) == cpu:
			f.capturedFrames(rep)
			return
		}
		f.current(rep)
		rep.Stack, rep.StackLimit = nil, ""
		p := f.processor(uint32(cpu))
		f.walkProcessor(&p, uint32(cpu))
		if rep.Processors = []report.Processor{p}; p.Context == nil {
			rep.Error = f.noProcessorContext(p, "")
		}
	})
}

// ThreadStack reports on the frames of a thread's stack: of one that was current on a processor that of the processor, of others from where
// they go on.
func (d *Dump) ThreadStack(address uint64) *report.Report {
	return d.list(func(f *facts, rep *report.Report) {
		a := dmpfile.VirtAddr(address)
		if f.Bits == 32 {
			a &= 1<<32 - 1
		}
		if t := f.snapshot.Thread; t != nil && t.Address == a || f.snapshot.CurrentThread == a && a != 0 {
			f.capturedFrames(rep)
			return
		}
		count, _ := f.NumberProcessors()
		for n := range min(count, maxProcessors) {
			if p, err := f.kernel.Processor(n); err == nil && p.Thread != nil && p.Thread.Address == a {
				x := f.processor(n)
				f.walkProcessor(&x, n)
				if rep.Processors = []report.Processor{x}; x.Context == nil {
					rep.Error = f.noProcessorContext(x, "")
				}
				return
			}
		}
		f.waitingThread(rep, a)
	})
}

// waitingThread reports on a thread that no processor ran.
func (f *facts) waitingThread(rep *report.Report, a dmpfile.VirtAddr) {
	t, process, err := f.kernel.ThreadAt(a)
	if err == nil {
		rep.Thread = f.thread(&t, false)
		if process != nil {
			rep.Process = f.process(process)
		}
	}
	s, switched := f.kernel.SwitchedOut(a)
	if err = errors.Join(err, switched); err != nil {
		why := missing(err)
		switch {
		case errors.Is(err, nt.ErrUnknownLayout):
			why = "where such a thread goes on is known for amd64 alone, with the debugger data block"
		case errors.Is(err, nt.ErrNotThere):
			why = "what is there is no thread that waits"
		case f.Triage != nil:
			why = "a small dump keeps the current thread alone"
		}
		rep.Error = &report.Error{Message: fmt.Sprintf("the stack of the thread %s is not known: %s", f.pointer(a), why)}
		return
	}
	from := unwind.Frame{IP: s.IP, SP: s.SP, Record: s.At, Trust: unwind.Context}
	from.Registers.Set(insn.RBP, uint64(s.BP))
	frames := f.withStore(f.newStack(s.SP, s.Top)).Walk(from)
	rep.Stack, rep.StackLimit = f.reportFrames(frames, false), f.limits(frames)
	rep.Context = &report.Context{From: report.ContextStack, InstructionPointer: f.pointer(s.IP), StackPointer: f.pointer(s.SP)}
	rep.Context.Module, rep.Context.Offset = f.placeOf(s.IP).names()
}

const noRegisters = "this dump has no registers that a stack could begin with"

// capturedFrames fills in the stack that the dump was captured on, and what it begins with.
func (f *facts) capturedFrames(rep *report.Report) {
	f.current(rep)
	rep.Bugcheck, rep.Caller, rep.Records = f.bugcheck(originOf(f)), f.caller(), f.recordList()
	switch c := f.startContext(); {
	case c != nil && c != &f.context && c == f.bugCheckCall().at: // where the header has those of the exception
		rep.Context = f.registers(report.ContextProcessor, c)
		rep.Context.At = report.PointBugCheck
	default:
		rep.Context = f.contextOfDump()
	}
	f.noteDisputes(f.stack())
	rep.Stack, rep.StackLimit = f.reportFrames(f.stack(), true), f.limits(f.stack())
	if len(rep.Stack) == 0 {
		rep.Error = &report.Error{Message: noRegisters}
	}
}

// walkProcessor adds the stack of a processor from the registers on that it saved.
func (f *facts) walkProcessor(r *report.Processor, n uint32) {
	if r.Context == nil {
		return
	}
	p, err := f.kernel.Processor(n)
	if err != nil || p.Context == nil {
		return
	}
	s := f.walkable(p.Context.SP)
	if t := p.Thread; t != nil && t.StackLimit <= p.Context.SP && p.Context.SP < t.StackBase {
		s = f.withStore(f.newStack(p.Context.SP, t.StackBase))
	}
	frames := s.Walk(unwind.ContextFrame(*p.Context, 0))
	r.Stack, r.Limit = f.reportFrames(frames, false), f.limits(frames)
}

func noProcessor(cpu int, count uint32) *report.Error {
	return &report.Error{Message: fmt.Sprintf("there is no processor %d: this dump has %d, from 0 on", cpu, count)}
}

// noProcessorContext says why the registers of a processor are not known.
func (f *facts) noProcessorContext(p report.Processor, next string) *report.Error {
	reason := p.Missing
	switch {
	case reason != "":
	case f.runningWhenSaved():
		reason = "a tool saved the memory while they ran on"
	default:
		reason = "it saved none"
	}
	return &report.Error{Message: fmt.Sprintf("the registers of processor %d are not known: %s", p.Number, reason), Next: next}
}
