package page

import "github.com/dmplens/dmplens/report"

// suspect appends the module that what the dump says points to and how sure that is, and why; else why there is none.
func (s *Section) suspect(r *report.Report) {
	x := r.Suspect
	switch {
	case x == nil:
	case x.Module == "":
		s.row("Suspect", "none: "+x.Reason)
	default:
		*s = append(*s, Row{Label: "Suspect", Value: x.Module, Beside: string(x.Confidence), BesideTone: confidenceTones[x.Confidence]})
		s.row("", x.Reason)
	}
}
