package text

import (
	"fmt"
	"io"

	"github.com/dmplens/dmplens/report"
)

// Check renders whether a dump is whole: the verdict, what it holds, the sizes of its parts, and all findings with what to do.
func Check(w io.Writer, r *report.Report, style Style) error {
	p := &page{style: style}
	r = filled(r)
	p.title(r)
	p.WriteByte('\n')
	if r.Error != nil {
		p.row("This is", r.Error.Message)
		p.row("Do next", r.Error.Next)
	} else {
		p.verdictLine(r)
		if err := p.contents(r); err != nil {
			return err
		}
		p.liveContent(r)
		if err := p.sizes(r); err != nil {
			return err
		}
		p.findings(r)
	}
	_, err := w.Write(p.Bytes())
	return err
}

// contents writes what the dump should hold, and whether it does.
func (p *page) contents(r *report.Report) error {
	if len(r.Contents) == 0 {
		return nil
	}
	var rows [][]string
	for _, c := range r.Contents {
		pages := ""
		switch {
		case c.Pages != nil && c.Of != nil:
			pages = fmt.Sprintf("%s of %s", commas(*c.Pages), plural(*c.Of, "page"))
			if *c.Pages == *c.Of {
				pages = plural(*c.Of, "page")
			}
			if c.Note != "" {
				pages += ", "
			}
		}
		rows = append(rows, []string{string(c.Item), string(c.State), pages + c.Note})
	}
	return p.rows("Contents", rows)
}

func (p *page) liveContent(r *report.Report) {
	if r.LiveContent == nil {
		return
	}
	p.row("Live dump", r.LiveContent.Kind.Phrase())
	for _, f := range r.LiveContent.Evidence {
		p.fact(f)
	}
}

var severityColors = map[report.Severity]string{report.SeverityError: red, report.SeverityWarning: yellow}

// findings writes each finding on lines of its own: its severity, id and offset, then what it says and what to do.
func (p *page) findings(r *report.Report) {
	if len(r.Findings) == 0 {
		p.row("Findings", "none")
		return
	}
	key := "Findings"
	for _, f := range r.Findings {
		head := string(f.Severity) + " " + string(f.ID)
		if f.Offset != nil {
			head += fmt.Sprintf(", offset %#x", *f.Offset)
		}
		p.paintedRow(key, head, severityColors[f.Severity])
		key = ""
		p.row("", "  "+f.Message)
		if f.Next != "" {
			p.row("", "  To do: "+f.Next)
		}
	}
}
