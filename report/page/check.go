package page

import (
	"fmt"

	"github.com/dmplens/dmplens/report"
)

// Check is whether a dump is whole: the verdict, all findings with what to do, what the dump holds, and the sizes of its parts.
func Check(r *report.Report) *Page {
	r = filled(r)
	p := titled(r)
	var s Section
	if r.Error != nil {
		s.instead("This is", r.Error)
	} else {
		s.verdict(r)
		s.findings(r.Findings)
		s.contents(r.Contents)
		if r.LiveContent != nil {
			s.row("Live dump", r.LiveContent.Kind.Phrase())
			s.facts(r.LiveContent.Evidence)
		}
		s.sizes(r, true)
		if r.File.SHA256 != "" {
			s.row("SHA-256", r.File.SHA256)
		}
	}
	p.add(s)
	p.private(r)
	return p
}

// contents appends what the dump should hold, and whether it does.
func (s *Section) contents(list []report.Content) {
	var rows [][]string
	for _, c := range list {
		pages := ""
		if c.Pages != nil && c.Of != nil {
			pages = plural(*c.Of, "page")
			if *c.Pages != *c.Of {
				pages = report.Commas(*c.Pages) + " of " + pages
			}
			if c.Note != "" {
				pages += ", "
			}
		}
		rows = append(rows, []string{string(c.Item), string(c.State), pages + c.Note})
	}
	s.table("Contents", make([]Column, 3), rows)
}

// findings appends each finding as rows of its own: its severity, id and offset, then what it says and what to do.
func (s *Section) findings(list []report.Finding) {
	label := "Findings"
	if len(list) == 0 {
		s.row(label, "none")
	}
	for _, f := range list {
		head := fmt.Sprintf("%s %s", f.Severity, f.ID)
		if f.Offset != nil {
			head += ", " + offset(f)
		}
		s.toned(label, head, severityTones[f.Severity])
		label = ""
		s.row("", f.Message)
		if f.Next != "" {
			s.row("", "To do: "+f.Next)
		}
	}
}
