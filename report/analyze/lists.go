package analyze

import (
	"errors"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// listPages is how many pages of memory a list may take: 512 MiB, far more than real ones do.
const listPages = 1 << 17

// Modules reports on the loaded and unloaded modules, each with what its image in memory says of it.
func (d *Dump) Modules() *report.Report {
	return d.list(func(f *facts, rep *report.Report) {
		if f.Triage == nil { // the list of a small dump says all that there is
			for _, m := range f.modules.All() {
				f.kernel.Identify(m)
			}
		}
		rep.Modules, rep.UnloadedModules = f.moduleLists()
		f.dateModules(rep)
		knowModules(rep)
		if f.modules.Len() == 0 {
			rep.Error = f.noModules()
		}
	})
}

// noModules says why no module is known.
func (f *facts) noModules() *report.Error {
	return &report.Error{Message: "this dump has no list of loaded modules" + because(f.listed)}
}

// Processes reports on the processes: all of them for a dump of pages, the current one for a small dump.
func (d *Dump) Processes() *report.Report {
	return d.list(func(f *facts, rep *report.Report) {
		f.current(rep)
		list, err := f.kernel.Processes()
		for i := range list {
			rep.Processes = append(rep.Processes, *f.process(&list[i]))
		}
		var broken *nt.ListError
		var entries *nt.EntriesError
		switch {
		case len(list) > 0 && errors.As(err, &entries):
			f.note(report.SeverityWarning, report.FindingProcessList, 0, "the list of processes is whole, but %v", err)
		case len(list) > 0 && errors.As(err, &broken):
			off, _ := f.kernel.FileOffset(broken.At)
			f.note(report.SeverityWarning, report.FindingProcessList, off, "the list of processes is broken behind %d processes: %v", len(list), err)
		case len(list) > 0:
		case f.Triage != nil && rep.Process != nil:
			rep.Processes = []report.Process{*rep.Process}
			f.note(report.SeverityInfo, report.FindingProcessList, 0, "a small dump has no list of processes, only the process that was current")
		case f.Triage != nil:
			rep.Error = &report.Error{Message: "a small dump has no list of processes, and which one was current is not known", Next: "Take the larger dump, if there is one."}
		case errors.Is(err, nt.ErrUnknownLayout):
			rep.Error = &report.Error{Message: "how this build of Windows lays out a process is not known, and its list of processes does not show it"}
		default:
			rep.Error = &report.Error{Message: "this dump has no list of processes" + because(err)}
		}
	})
}

// Registers reports on the processors and their registers: one, or with a negative cpu all of them, with the context of the header and the
// records that parameters lead to.
func (d *Dump) Registers(cpu int) *report.Report {
	const leaveOut = "Leave out --cpu to see the registers of the header."
	return d.part(func(f *facts, rep *report.Report) {
		if f.kernel != nil {
			f.current(rep)
		}
		count, _ := f.NumberProcessors()
		count = min(count, maxProcessors)
		switch {
		case cpu < 0:
			rep.Records = f.recordList()
			if rep.Context = f.contextOfDump(); rep.Context == nil {
				rep.Error = &report.Error{Message: "the header of this dump has no registers"}
			}
			for n := uint32(0); f.kernel != nil && n < count; n++ {
				rep.Processors = append(rep.Processors, f.processor(n))
			}
		case cpu >= int(count):
			rep.Error = noProcessor(cpu, count)
		case f.kernel == nil:
			rep.Error = &report.Error{Message: noMemoryReason(f), Next: leaveOut}
		default:
			p := f.processor(uint32(cpu))
			if rep.Processors = []report.Processor{p}; p.Context == nil {
				rep.Error = f.noProcessorContext(p, leaveOut)
			}
		}
	})
}

// contextOfDump is headerContext, with what it was taken at.
func (f *facts) contextOfDump() *report.Context {
	c := f.headerContext()
	if c != nil && c.From == report.ContextHeader {
		c.At = contextPoint(f, originOf(f))
	}
	return c
}

// list reports on a part of the dump that is in its memory; where that cannot be read, the report says why.
func (d *Dump) list(fill func(*facts, *report.Report)) *report.Report {
	return d.part(func(f *facts, rep *report.Report) {
		if f.kernel == nil {
			rep.Error = &report.Error{Message: noMemoryReason(f)}
			return
		}
		fill(f, rep)
	})
}

// part reports on a part of the dump, with what of the header a reader needs beside it.
func (d *Dump) part(fill func(*facts, *report.Report)) *report.Report {
	rep := d.begin()
	if d.other != nil {
		return rep
	}
	f := &d.facts
	f.read(d, d.a.Depth, nt.BudgetOf(listPages))
	f.readRecords()
	o := originOf(f)
	rep.Dump, rep.Origin, rep.Sizes = f.dump(), f.origin(o), f.sizes()
	fill(f, rep)
	verdictOf(f, o).write(rep)
	return rep
}

// noMemoryReason says why there is nothing to be listed.
func noMemoryReason(f *facts) string {
	switch {
	case f.Encrypted():
		return "the memory in this dump is encrypted"
	case f.Format == dmpfile.HeaderOnly:
		return "this dump is a header alone: it has no memory"
	case f.Regions.Primary < dmpfile.PageSize:
		return "the file ends before its first page of memory"
	}
	return "the header does not say how the memory in this dump is laid out"
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}

// processor is what a processor was doing; for one that is not in the dump, why that is not known.
func (f *facts) processor(n uint32) report.Processor {
	r := report.Processor{Number: n}
	if current := f.snapshot.Processor; current != nil {
		r.Current = known(*current == n, true)
	}
	copied := f.Triage != nil && r.Current != nil && *r.Current // a small dump has copies of the current one's structures
	k := f.snapshot
	p, err := f.kernel.Processor(n)
	switch {
	case err != nil && copied:
		f.running(&r, k.Process, k.Thread, k.Idle, k.Context(f.memory))
		return r
	case errors.Is(err, nt.ErrUnknownLayout):
		r.Missing = "the debugger data block says where it is, and cannot be read"
		return r
	case err != nil:
		r.Missing = missing(err)
		return r
	case copied && (p.Thread == nil || p.Process == nil):
		p.Process, p.Thread, p.Idle = k.Process, k.Thread, k.Idle
	}
	if f.runningWhenSaved() {
		p.Context = nil // left from something that happened before
	}
	r.PRCB, r.MHz = f.pointer(p.PRCB), p.Mhz
	f.running(&r, p.Process, p.Thread, p.Idle, p.Context)
	return r
}

// runningWhenSaved says whether a tool saved the memory without stopping the processors, so that what they had saved is of another time.
func (f *facts) runningWhenSaved() bool { return originOf(f).kind == report.KindMemory }

// running fills in what a processor was doing.
func (f *facts) running(r *report.Processor, p *nt.Process, t *nt.Thread, idle bool, c *dmpfile.Context) {
	if p != nil {
		r.Process = f.process(p)
	}
	if t != nil {
		r.Thread = f.thread(t, idle)
	}
	if c != nil {
		r.Context = f.registers(report.ContextProcessor, c)
		if hung, ok := f.hungProcessor(); ok && hung == r.Number {
			r.Context.At = report.PointLastSaved
		}
	}
}
