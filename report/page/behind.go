package page

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// briefFacts is how many facts stand above the fold.
const briefFacts = 8

// behind appends what stands behind the bug check: what was found where parameters point, the code that ran, and the process. Who called
// for the bug check, what its records say and who is suspected belong before the facts.
func (s *Section) behind(r *report.Report, verbose bool) {
	s.code(r)
	s.stoppedBy(r)
	s.fault(r, verbose)
	s.suspect(r, verbose)
	s.found(r, verbose)
	s.deviceStack(r)
	s.records(r, verbose)
	s.registersAt(r, verbose)
	s.process(r, verbose)
}

// code appends the places of code that parameters are.
func (s *Section) code(r *report.Report) {
	if r.Bugcheck == nil {
		return
	}
	var places []string
	for _, x := range r.Bugcheck.Parameters {
		if x.Module == "" {
			continue
		}
		says := x.Module + "+" + x.Offset
		if x.Label != "" {
			says += ", " + lowerFirst(x.Label)
		}
		if other, ok := contradiction(r, x); ok {
			says += fmt.Sprintf(" by parameter %d alone: %s", x.Index, other)
		}
		places = append(places, says)
	}
	s.rows("Code", places...)
}

// contradiction says which record has another place than the parameter that is the instruction at fault. A breakpoint leaves the processor
// behind its instruction of one byte.
func contradiction(r *report.Report, x report.Parameter) (string, bool) {
	if !strings.HasSuffix(x.Label, " instruction") {
		return "", false
	}
	at, err := strconv.ParseUint(x.Value, 0, 64)
	for _, record := range r.Records {
		ip, ipErr := strconv.ParseUint(record.InstructionPointer, 0, 64)
		if record.From != report.RecordParameter || err != nil || ipErr != nil || ip == at || record.Kind == report.RecordContext && ip == at+1 {
			continue
		}
		where := record.InstructionPointer
		if record.Module != "" {
			where = record.Module + "+" + record.Offset
		}
		return fmt.Sprintf("the %s says %s", record.Kind.Phrase(), where), true
	}
	return "", false
}

// found appends the facts of the bug check.
func (s *Section) found(r *report.Report, verbose bool) {
	if r.Bugcheck == nil {
		return
	}
	var facts []string
	ofRecord, more := 0, 0
	for _, f := range r.Bugcheck.Facts {
		if !verbose && inErrorRecord(r, f.Parameter) {
			if ofRecord++; ofRecord > briefRecord {
				more++ // the sections that tell less
				continue
			}
		}
		switch {
		case !verbose && (inDeviceStack(r, f.Parameter) || inStack(r, f.Parameter) || inFault(r, f.Parameter)):
			continue // another row says it
		case f.Parameter > 0:
			f.Where = "" // the address stands with the parameter
		}
		facts = append(facts, withPlace(f.Fact, f.Where))
	}
	facts = withoutRepeatedStatus(facts)
	if over := len(facts) - briefFacts; over > 1 && !verbose {
		facts = facts[:briefFacts:briefFacts]
		more += over
	}
	if more > 0 {
		facts = append(facts, fmt.Sprintf("and %d more", more))
	}
	s.rows("Facts", facts...)
}

// withoutRepeatedStatus leaves out the status that parameters 3 and 4 of a machine check are where a section of the error record says the same.
func withoutRepeatedStatus(facts []string) []string {
	i := slices.IndexFunc(facts, func(s string) bool { return strings.HasPrefix(s, report.StatusFact) })
	if i < 0 {
		return facts
	}
	status, _, _ := strings.Cut(strings.TrimPrefix(facts[i], report.StatusFact), " [") // without its place
	says := slices.IndexFunc(facts, func(s string) bool { return strings.Contains(s, "section: ") && strings.Contains(s+",", status+",") })
	if says < 0 {
		return facts
	}
	facts[says] += " (parameters 3 and 4 are the same status)"
	return slices.Delete(facts, i, i+1)
}

// briefRecord is how many facts of an error record stand above the fold: the record, and what three sections say.
const briefRecord = 4

// inErrorRecord says whether a parameter is that of the hardware's error record.
func inErrorRecord(r *report.Report, parameter int) bool {
	if r.Bugcheck.ErrorRecord == nil || parameter == 0 {
		return false
	}
	for _, p := range r.Bugcheck.Parameters {
		if p.Index == parameter {
			return p.Type == "whea-record"
		}
	}
	return false
}

// inFault says whether the row of the fault has what a parameter points to: the exception's record.
func inFault(r *report.Report, parameter int) bool {
	if r.Fault == nil || r.Fault.Bytes == "" || parameter == 0 {
		return false
	}
	for _, x := range r.Records {
		if x.Parameter == parameter && x.Kind == report.RecordException && x.InstructionPointer == r.Fault.Address {
			return true
		}
	}
	return false
}

// inDeviceStack says whether the device stack has what a parameter points to: the IRP by its locations, and the physical device object.
func inDeviceStack(r *report.Report, parameter int) bool {
	const device, irp = 2, 4 // parameters of the codes that have a device stack
	for _, d := range r.DeviceStack {
		switch parameter {
		case irp:
			if d.Location != nil {
				return true
			}
		case device:
			for _, x := range r.Bugcheck.Parameters {
				if x.Index == device && x.Value == d.Device && d.Missing == "" {
					return true
				}
			}
		}
	}
	return false
}

// inStack says whether the stack has the frame of the record that a parameter leads to, and what called it.
func inStack(r *report.Report, parameter int) bool {
	for _, x := range r.Records {
		if parameter == 0 || x.Parameter != parameter || x.Kind == report.RecordException || onRequest(r) {
			continue
		}
		for i, frame := range r.Stack {
			if i > 0 && i < len(r.Stack)-1 && frame.Record == x.Address && x.Address != "" {
				return true
			}
		}
	}
	return false
}

// registersAt appends where the registers of the dump were taken, unless that says nothing: of most crashes it is the call that stopped
// Windows, which is no place of a fault.
func (s *Section) registersAt(r *report.Report, verbose bool) {
	c := r.Context
	if c == nil {
		return
	}
	says := "at " + place(c)
	if phrase := c.At.Phrase(); phrase != "" {
		says += ": " + phrase
	}
	nothing := c.At == report.PointBugCheck || c.At == report.PointCapture || c.Module == "" || ofParameter(r, c) || inKernel(r, c)
	if !nothing || verbose {
		s.row("Registers", says)
	}
}

// ofParameter says whether a parameter names the same place.
func ofParameter(r *report.Report, c *report.Context) bool {
	if r.Bugcheck == nil || c.Module == "" {
		return false
	}
	for _, x := range r.Bugcheck.Parameters {
		if x.Module == c.Module && x.Offset == c.Offset {
			return true
		}
	}
	return false
}

// inKernel says whether a processor was in the kernel's image, which is the first module of every list.
func inKernel(r *report.Report, c *report.Context) bool {
	return len(r.Modules) > 0 && c.Module == r.Modules[0].Name
}

// process appends the process and thread that were current, and whether they have a part in what happened.
func (s *Section) process(r *report.Report, verbose bool) {
	says := processName(r)
	switch {
	case says == "" && r.Captured != nil && r.Captured.Kind != "" && !verbose:
		s.row("Stack area", r.Captured.Kind.Phrase())
	case says == "" || r.Process.Interrupted == nil:
		s.row("Process", says)
	case *r.Process.Interrupted:
		s.row("Process", says+": "+interrupted(r))
	default:
		s.row("Process", says+": the "+eventOf(r)+" is on "+report.StackThread.Phrase())
	}
	if says != "" && verbose && len(r.Process.Name) == 14 {
		s.row("", "(Windows keeps 14 characters of the name: it may be cut)")
	}
	if c := r.Captured; c != nil && verbose {
		s.row("Stack area", fmt.Sprintf("%s, %s to %s", c.Kind.Phrase(), c.Low, c.High))
	}
}

// processName names the process and thread, "" where none is known.
func processName(r *report.Report) string {
	if r.Process == nil {
		return ""
	}
	if idle(r.Thread) {
		if r.Processor != nil {
			return fmt.Sprintf("the idle thread of processor %d", *r.Processor)
		}
		return "an idle thread"
	}
	s := threadName(r.Process, r.Thread)
	if r.Processor != nil {
		s += fmt.Sprintf(", on processor %d", *r.Processor)
	}
	return s
}

func idle(t *report.Thread) bool { return t != nil && t.Idle != nil && *t.Idle }

// threadName is a process and its thread, as far as they are known.
func threadName(p *report.Process, t *report.Thread) string {
	s := p.Name
	if p.PID != nil {
		s += fmt.Sprintf(" (%d)", *p.PID)
	}
	if t != nil && t.ID != nil {
		s += fmt.Sprintf(", thread %d", *t.ID)
	}
	return s
}

// interrupted says what a captured stack that is not the thread's own means for the process.
func interrupted(r *report.Report) string {
	kind := report.StackKind("")
	switch {
	case r.HungProcessor != nil:
		return fmt.Sprintf("only interrupted, it is processor %d that hung", *r.HungProcessor)
	case r.FaultStack != nil:
		kind = r.FaultStack.Kind
	case r.Captured != nil:
		kind = r.Captured.Kind
	}
	if kind == report.StackDPC || kind == report.StackInterrupt {
		return "only interrupted, the " + eventOf(r) + " is on " + kind.Phrase()
	}
	return "not known to be the " + eventOf(r) + "'s, which is on another stack"
}

// eventOf is what is known to be on a stack: the fault, where there is a record of it, else what the dump was written for.
func eventOf(r *report.Report) string {
	if r.FaultStack != nil {
		return "fault"
	}
	return event(r)
}

// place is where a processor was.
func place(c *report.Context) string {
	if c.Module != "" {
		return c.Module + "+" + c.Offset
	}
	return c.InstructionPointer
}

// event is what a dump was written for.
func event(r *report.Report) string {
	if r.Origin != nil && (r.Origin.Kind == report.KindLive || r.Origin.Kind == report.KindMemory) {
		return "capture"
	}
	return "crash"
}

// details appends the size of lists that other verbs have.
func (s *Section) details(r *report.Report) {
	if len(r.Modules) > 0 {
		says := fmt.Sprintf("%d loaded", len(r.Modules))
		if n := len(r.UnloadedModules); n > 0 {
			says += fmt.Sprintf(", %d unloaded", n)
		}
		s.row("Modules", says)
	}
}
