package page

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// Explain is what a code means: with parameters what they say, without what they can be.
func Explain(e *report.Explanation) *Page {
	p, b := &Page{}, e.Bugcheck
	var s Section
	if e.Asked != "" {
		says := "no code is named %s, and it is no number of 32 bits"
		if strings.Contains(e.Asked, " ") {
			says = "no bug check code is in this text: %s"
		}
		s.row("Unknown", fmt.Sprintf(says, e.Asked))
		s.row("Nearest", strings.Join(e.NearestNames, ", "))
		p.add(s)
		return p
	}
	p.Title, p.About = b.Code, []string{cmp.Or(b.Name, e.Status, "no code that dmplens knows")}
	if b.Code == "0x0" { // it has a name, but means that there is no bug check
		p.About = []string{"no bug check"}
	}
	for _, r := range e.Read {
		s.row("Read as", readAs(r))
	}
	var system []string
	system = appendKnown(system, e.Machine)
	if e.Build != 0 {
		system = append(system, fmt.Sprintf("build %d", e.Build))
	}
	s.row("On", strings.Join(system, ", "))
	if b.RawCode != b.Code {
		s.row("", fmt.Sprintf("%s is the same code, with the bit that small dumps often have", b.RawCode))
	}
	s.row("Also named", strings.Join(e.Aliases, ", "))
	if b.Name != "" && e.Status != "" {
		s.row("Also", "an NTSTATUS: "+e.Status)
	}
	s.row("Marks", e.Use.Phrase())
	s.row("Asked by", e.Requester)
	s.row("What", b.Summary)
	if e.Documented != nil && !*e.Documented {
		s.row("", "only the name is published")
	}
	s.parameters(b.Parameters)
	for _, f := range b.Facts {
		s.row("", f.Fact)
	}
	s.row("Look first", b.FirstLook)
	s.rows("Note", b.Notes...)
	p.add(s)
	if len(b.Parameters) == 0 && len(e.KnownValues) > 0 {
		p.add(Section{roles(e.KnownValues)})
	}
	return p
}

// readAs is a word, its value, and how that was read.
func readAs(r report.ReadAs) string {
	s := r.Word
	if r.Value != "" {
		s += " is " + r.Value
	}
	if r.How != "" {
		s += " (" + r.How + ")"
	}
	return s
}

// roles is what parameters can be, and below each its values.
func roles(list []report.Role) List {
	var items List
	for _, r := range list {
		var about []string
		about = appendKnown(about, r.Label)
		if kind := strings.ReplaceAll(r.Type, "-", " "); kind != "" && kind != "enum" && kind != "value" {
			about = append(about, "("+kind+")")
		}
		item := Item{Term: fmt.Sprintf("parameter %d", r.Index), Meaning: onlyOn(strings.Join(about, " "), r.On)}
		for _, v := range r.Values {
			item.List = append(item.List, Item{Term: v.Match, Meaning: onlyOn(v.Meaning, v.On), List: roles(v.Parameters)})
		}
		items = append(items, item)
	}
	return items
}

// onlyOn says on which machines and builds it is so, if not on all.
func onlyOn(text, on string) string {
	if on != "" {
		on = "on " + on
	}
	return withPlace(text, on)
}

// Codes is a list of codes.
func Codes(l *report.CodeList) *Page {
	t := Table{Columns: []Column{{Right: true}, {}, {}}}
	for _, c := range l.Codes {
		t.Rows = append(t.Rows, []string{c.Code, string(c.Use), c.Name})
	}
	n := l.Counts
	return &Page{Sections: []Section{{t}, {Note{Text: fmt.Sprintf(
		"%d codes, %d of them of live dumps (%d documented); %d with what their parameters are, %d whose parameter 1 selects what the others are",
		n.Codes, n.Live, n.LiveDocumented, n.Explained, n.Tables)}}}}
}
