package analyze

import (
	"errors"
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// listPages is how many pages of memory a list may take: 256 MiB, far more than real ones do.
const listPages = 1 << 16

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
		switch {
		case len(list) > 0 && errors.As(err, &broken):
			off, _ := d.kernel.FileOffset(broken.At)
			d.note(dmpfile.Warning, "process-list", off, "the list of processes is broken behind %d processes: %v", len(list), err)
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

// Registers reports on the processors of the named file and their registers: one, or with a negative cpu all of them, beside the
// context of the header. The errors are those of File.
func (a *Analyzer) Registers(name string, cpu int) (*report.Report, error) {
	return a.part(name, func(d *dump, rep *report.Report) {
		if rep.Context = d.context(); rep.Context == nil {
			rep.Error = &report.Error{Message: "the header of this dump has no registers"}
		}
		d.current(rep)
		count, _ := d.NumberProcessors()
		first, last := uint32(0), min(count, maxProcessors)
		if cpu >= 0 {
			if uint32(cpu) >= last {
				rep.Error = &report.Error{Message: fmt.Sprintf("this dump has %d processors, from 0 on: there is no processor %d", count, cpu)}
				return
			}
			first, last = uint32(cpu), uint32(cpu)+1
		}
		for n := first; n < last; n++ {
			rep.Processors = append(rep.Processors, d.processor(n))
		}
	})
}

// part reports on a part of the named file. fill is not called for a file whose memory cannot be read; the report says why.
func (a *Analyzer) part(name string, fill func(d *dump, rep *report.Report)) (*report.Report, error) {
	f, rep, place, err := a.open(name)
	if f == nil {
		return rep, err
	}
	defer f.Close()
	full := *a
	full.Pages = listPages
	d := full.dump(f, place)
	rep.Dump, rep.Sizes = d.header(), d.sizes()
	if d.kernel != nil {
		d.kernel.Allow(listPages)
		fill(d, rep)
	} else {
		rep.Error = &report.Error{Message: noMemoryReason(d)}
	}
	rep.Verdict, rep.Findings = d.verdict(d.origin())
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
	p, err := d.kernel.Processor(n)
	if err != nil {
		if r.Current != nil && *r.Current && d.Triage != nil {
			return d.copiedProcessor(r)
		}
		r.Missing = missing(err)
		if errors.Is(err, nt.ErrUnknownLayout) {
			r.Missing = "the debugger data block says where it is, and cannot be read"
		}
		return r
	}
	r.PRCB, r.MHz = d.pointer(p.PRCB), p.Mhz
	if p.Process != nil {
		r.Process = d.newProcess(*p.Process)
	}
	if p.Thread != nil {
		r.Thread = d.newThread(*p.Thread, p.Idle)
	}
	if p.Context != nil {
		r.Context = d.newContext("processor", *p.Context)
	}
	return r
}

// copiedProcessor takes the current processor of a small dump, which has copies of its structures.
func (d *dump) copiedProcessor(r report.Processor) report.Processor {
	k := d.snapshot
	if k.Process != nil {
		r.Process = d.newProcess(*k.Process)
	}
	if k.Thread != nil {
		r.Thread = d.newThread(*k.Thread, k.Idle)
	}
	if k.Context != nil {
		r.Context = d.newContext("processor", *k.Context)
	}
	return r
}
