package analyze

import (
	"errors"
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// listPages is how many pages of memory a list may take: 512 MiB, far more than real ones do.
const listPages = 1 << 17

// Modules reports on the loaded and unloaded modules of the named file, each with what its image in memory says of it. The errors are
// those of File.
func (a *Analyzer) Modules(name string) (*report.Report, error) {
	return a.part(name, func(d *dump, rep *report.Report) {
		if d.Triage == nil { // the list of a small dump says all that there is
			for i := range d.modules {
				d.kernel.Identify(&d.modules[i])
			}
		}
		rep.Modules, rep.UnloadedModules = d.moduleLists()
		if len(d.modules) == 0 {
			rep.Error = &report.Error{Message: "this dump has no list of loaded modules" + because(d.listed)}
		}
	})
}

// Processes reports on the processes of the named file: all of them for a dump of pages, the current one for a small dump. The errors
// are those of File.
func (a *Analyzer) Processes(name string) (*report.Report, error) {
	return a.part(name, func(d *dump, rep *report.Report) {
		d.current(rep)
		list, err := d.kernel.Processes()
		for _, p := range list {
			rep.Processes = append(rep.Processes, *d.newProcess(p))
		}
		var broken *nt.ListError
		var entries *nt.EntriesError
		switch {
		case len(list) > 0 && errors.As(err, &entries):
			d.note(report.SeverityWarning, report.FindingProcessList, 0, "the list of processes is whole, but %v", err)
		case len(list) > 0 && errors.As(err, &broken):
			off, _ := d.kernel.FileOffset(broken.At)
			d.note(report.SeverityWarning, report.FindingProcessList, off, "the list of processes is broken behind %d processes: %v", len(list), err)
		case len(list) > 0:
		case d.Triage != nil:
			rep.Error = &report.Error{Message: "a small dump has no list of processes, only the process that was current", Next: "Take the larger dump, if there is one."}
		case errors.Is(err, nt.ErrUnknownLayout):
			rep.Error = &report.Error{Message: "how this build of Windows lays out a process is not known, and its list of processes does not show it"}
		default:
			rep.Error = &report.Error{Message: "this dump has no list of processes" + because(err)}
		}
	})
}

// Registers reports on the processors of the named file and their registers: one, or with a negative cpu all of them, and the context
// of the header. The errors are those of File.
func (a *Analyzer) Registers(name string, cpu int) (*report.Report, error) {
	return a.headerPart(name, func(d *dump, rep *report.Report) {
		if d.kernel != nil {
			d.current(rep)
		}
		count, _ := d.NumberProcessors()
		switch {
		case cpu < 0:
			if rep.Context = d.context(); rep.Context == nil {
				rep.Error = &report.Error{Message: "the header of this dump has no registers"}
			}
			for n := uint32(0); d.kernel != nil && n < min(count, maxProcessors); n++ {
				rep.Processors = append(rep.Processors, d.processor(n))
			}
		case cpu >= int(min(count, maxProcessors)):
			rep.Error = &report.Error{Message: fmt.Sprintf("there is no processor %d: this dump has %d, from 0 on", cpu, count)}
		case d.kernel == nil:
			rep.Error = &report.Error{Message: noMemoryReason(d), Next: "Leave out --cpu to see the registers of the header."}
		default:
			p := d.processor(uint32(cpu))
			rep.Processors = []report.Processor{p}
			if p.Context == nil {
				reason := p.Missing
				switch {
				case reason != "":
				case d.runningWhenSaved():
					reason = "a tool saved the memory while they ran on"
				default:
					reason = "it saved none"
				}
				rep.Error = &report.Error{Message: fmt.Sprintf("the registers of processor %d are not known: %s", cpu, reason), Next: "Leave out --cpu to see the registers of the header."}
			}
		}
	})
}

// part reports on a part of the named file. fill is not called for a file whose memory cannot be read; the report says why.
func (a *Analyzer) part(name string, fill func(d *dump, rep *report.Report)) (*report.Report, error) {
	return a.headerPart(name, func(d *dump, rep *report.Report) {
		if d.kernel == nil {
			rep.Error = &report.Error{Message: noMemoryReason(d)}
			return
		}
		fill(d, rep)
	})
}

// headerPart is part for what the header can say too.
func (a *Analyzer) headerPart(name string, fill func(d *dump, rep *report.Report)) (*report.Report, error) {
	f, rep, place, err := a.open(name)
	if f == nil {
		return rep, err
	}
	defer f.Close()
	full := *a
	full.Pages = listPages
	d := new(dump)
	d.read(&full, f, place)
	rep.Dump, rep.Origin, rep.Sizes = d.header(), d.origin(), d.sizes()
	fill(d, rep)
	rep.Verdict, rep.Findings = d.verdict(rep.Origin)
	return rep, nil
}

// noMemoryReason says why there is nothing to be listed.
func noMemoryReason(d *dump) string {
	switch {
	case d.Encrypted():
		return "the memory in this dump is encrypted"
	case d.Format == dmpfile.HeaderOnly:
		return "this dump is a header alone: it has no memory"
	case d.Regions.Primary < dmpfile.PageSize:
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
func (d *dump) processor(n uint32) report.Processor {
	r := report.Processor{Number: n}
	if current := d.snapshot.Processor; current != nil {
		r.Current = known(*current == n, true)
	}
	copied := d.Triage != nil && r.Current != nil && *r.Current // a small dump has copies of the current one's structures
	k := d.snapshot
	p, err := d.kernel.Processor(n)
	switch {
	case err != nil && copied:
		d.running(&r, k.Process, k.Thread, k.Idle, k.Context)
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
	if d.runningWhenSaved() {
		p.Context = nil // left from something that happened before
	}
	r.PRCB, r.MHz = d.pointer(p.PRCB), p.Mhz
	d.running(&r, p.Process, p.Thread, p.Idle, p.Context)
	return r
}

// runningWhenSaved says whether a tool saved the memory without stopping the processors, so that what they had saved is of another time.
func (d *dump) runningWhenSaved() bool { return d.origin().Kind == report.KindMemory }

// running fills in what a processor was doing.
func (d *dump) running(r *report.Processor, p *nt.Process, t *nt.Thread, idle bool, c *dmpfile.Context) {
	if p != nil {
		r.Process = d.newProcess(*p)
	}
	if t != nil {
		r.Thread = d.newThread(*t, idle)
	}
	if c != nil {
		r.Context = d.newContext(report.ContextProcessor, *c)
	}
}
