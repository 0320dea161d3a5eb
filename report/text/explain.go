package text

import (
	"fmt"
	"io"
	"strings"

	"github.com/dmplens/dmplens/report"
)

var uses = map[string]string{
	"crash": "a bug check: the system stops",
	"live":  "a live dump: the system runs on",
	"both":  "a bug check or a live dump",
}

// Explain writes what a code means: with parameters what they say, without what they can be.
func Explain(w io.Writer, e *report.Explanation, style Style) error {
	p := &page{style: style}
	b := e.Bugcheck
	if e.Asked != "" {
		p.row("Unknown", fmt.Sprintf("no code is named %s, and it is no number of 32 bits", e.Asked))
		p.row("Nearest", strings.Join(e.NearestNames, ", "))
		_, err := w.Write(p.Bytes())
		return err
	}
	name := b.Name
	if name == "" {
		name = "no code that dmplens knows"
	}
	fmt.Fprintf(p, "%s   %s\n\n", p.paint(bold, b.Code), Clean(name))
	for _, r := range e.Read {
		p.row("Read as", r.Word+" is "+r.Value)
	}
	if b.RawCode != b.Code {
		p.row("", fmt.Sprintf("%s is the same code, with the bit that small dumps often have", b.RawCode))
	}
	p.row("Also named", strings.Join(e.Aliases, ", "))
	p.row("Marks", uses[e.Use])
	p.row("Asked by", e.Requester)
	p.row("What", b.Summary)
	if e.Documented != nil && !*e.Documented {
		p.row("", "only the name is published")
	}
	var rows [][]string
	for _, x := range b.Parameters {
		rows = append(rows, []string{fmt.Sprint(x.Index), x.Value, parameterSays(x)})
	}
	if err := p.rows("Parameters", rows); err != nil {
		return err
	}
	for _, f := range b.Facts {
		p.row("", f.Fact)
	}
	p.row("Look first", b.FirstLook)
	key := "Note"
	for _, n := range b.Notes {
		p.row(key, n)
		key = ""
	}
	if len(b.Parameters) == 0 && len(e.KnownValues) > 0 {
		p.WriteByte('\n')
		p.roles(e.KnownValues, 2)
	}
	_, err := w.Write(p.Bytes())
	return err
}

// roles writes what parameters can be, indented, and below each its values.
func (p *page) roles(list []report.Role, indent int) {
	for _, r := range list {
		about := r.Label
		if kind := strings.ReplaceAll(r.Type, "-", " "); kind != "" && kind != "enum" && kind != "value" {
			if about != "" {
				about += " "
			}
			about += "(" + kind + ")"
		}
		if r.On != "" {
			about += " [on " + r.On + "]"
		}
		p.hang(indent, fmt.Sprintf("parameter %d  ", r.Index), about)
		for _, v := range r.Values {
			meaning := v.Meaning
			if v.On != "" {
				meaning += " [on " + v.On + "]"
			}
			p.hang(indent+4, v.Match+"  ", meaning)
			p.roles(v.Parameters, indent+8)
		}
	}
}

// hang writes a text behind a head, wrapped behind it; a long head stands on a line of its own.
func (p *page) hang(indent int, head, s string) {
	lines := wrap(Clean(s), max(p.style.width()-indent-len(head), 20))
	if len(lines) == 0 {
		lines = []string{""}
	}
	for i, line := range lines {
		if i > 0 {
			head = strings.Repeat(" ", len(head))
		}
		fmt.Fprintf(p, "%s\n", strings.TrimRight(strings.Repeat(" ", indent)+head+line, " "))
	}
}

// Codes writes a list of codes as a table.
func Codes(w io.Writer, l *report.CodeList) error {
	rows := make([][]string, 0, len(l.Codes))
	for _, c := range l.Codes {
		rows = append(rows, []string{c.Code, c.Use, c.Name})
	}
	if err := grid(w, "", rows, 0); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d codes, %d of them of live dumps (%d documented); %d with what their parameters are, %d whose parameter 1 selects what the others are\n",
		l.Counts.Codes, l.Counts.Live, l.Counts.LiveDocumented, l.Counts.Explained, l.Counts.Tables)
	return err
}
