package page

import "github.com/dmplens/dmplens/report"

// suspect appends the module that what the dump says points to and how sure that is, and why; else why there is none. What the row of the fault
// says is not said again, nor that nothing explains or refutes the fault.
func (s *Section) suspect(r *report.Report, verbose bool) {
	x := r.Suspect
	switch {
	case x == nil:
	case x.Module == "":
		s.row("Suspect", "none: "+x.Reason)
	default:
		*s = append(*s, Row{Label: "Suspect", Value: x.Module, Beside: string(x.Confidence), BesideTone: confidenceTones[x.Confidence]})
		if verbose || !faultSaysWhy(r) {
			s.row("", x.Reason)
		}
	}
}

// faultSaysWhy says whether the suspect is the module of the fault, and that says all: its code explains the fault, or there is nothing to judge
// by.
func faultSaysWhy(r *report.Report) bool {
	if r.Fault == nil || r.Fault.Module != r.Suspect.Module {
		return false
	}
	switch r.Fault.Verdict {
	case report.FaultConsistent:
		return r.Suspect.Confidence == report.Likely
	case report.FaultNoBytes, report.FaultRegisterUnknown:
		return true
	}
	return false
}
