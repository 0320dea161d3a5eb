package page

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/dmplens/dmplens/report"
)

// ErrorRecord is all that a record of a hardware error says.
func ErrorRecord(e *report.ExplainedRecord) *Page {
	p := &Page{Title: e.Path, About: []string{"error record of the hardware"}}
	if e.Error != nil {
		p.About = nil
		var s Section
		s.toned("Error", e.Error.Message, Bad)
		p.add(s)
		return p
	}
	records := append([]*report.ErrorRecord{e.Record}, e.More...)
	for i, r := range records {
		if len(records) > 1 {
			p.add(Section{Note{Text: fmt.Sprintf("record %d of %d", i+1, len(records)), Tone: Strong}})
		}
		for _, s := range errorRecord(r) {
			p.add(s)
		}
	}
	var last Section
	if e.Rest > 0 {
		last.toned("Behind it", plural(uint64(e.Rest), "byte")+" of the file that are of no record", Warning)
	}
	if e.Zero > 0 {
		last.row("Behind it", plural(uint64(e.Zero), "byte")+" of the file, all zero")
	}
	if e.Cut > 0 {
		last.toned("Not read", "the file goes on: no more of one is read than "+plural(uint64(e.Cut), "byte"), Warning)
	}
	p.add(last)
	return p
}

// errorRecord is a section of the page for the record itself, and one for each of its sections.
func errorRecord(r *report.ErrorRecord) []Section {
	var head Section
	head.row("Hardware", strings.Join(append(known(r.Severity, r.Notification), r.Flags...), ", "))
	if r.Time != nil {
		noted := r.Time.Format(time.DateTime)
		switch {
		case r.UTC != nil && *r.UTC:
			noted += " UTC"
		default:
			noted += ", of a clock whose zone the record does not say"
		}
		if r.Precise != nil && *r.Precise {
			noted += " (that of the error)"
		}
		head.row("Time", noted)
	}
	head.row("Made by", r.Creator)
	head.row("Platform", r.Platform)
	head.row("Partition", r.Partition)
	head.row("Record", fmt.Sprintf("id %s, revision %s, %d bytes", r.ID, r.Revision, r.Length))
	if r.Stopped != "" {
		head.toned("Problem", r.Stopped, Warning)
	}
	if r.Hidden > 0 {
		head.row("Private", hidden(r.Hidden))
	}
	sections := []Section{head}
	for _, x := range r.Sections {
		sections = append(sections, errorSection(x))
	}
	return sections
}

func errorSection(x report.ErrorSection) Section {
	var s Section
	title := append(known(x.Type, x.Severity), x.Flags...)
	s.toned("Section", strings.Join(append(title, fmt.Sprintf("%d bytes at %#x", x.Length, x.Offset)), ", "), Strong)
	s.row("Part", strings.Join(known(x.FRUText, x.FRU), ", "))
	s.row("Says", x.Says)
	var items List
	for i := 0; i < len(x.Fields); {
		f := x.Fields[i]
		if f.Group == "" {
			items = append(items, fieldItem(f))
			i++
			continue
		}
		group := Item{Term: f.Group}
		for ; i < len(x.Fields) && x.Fields[i].Group == f.Group; i++ {
			group.List = append(group.List, fieldItem(x.Fields[i]))
		}
		items = append(items, group)
	}
	if len(items) > 0 {
		s = append(s, items)
	}
	if !x.Decoded {
		s.row("Fields", "not known for a section of this type")
	}
	if x.Stopped != "" {
		s.toned("Problem", x.Stopped, Warning)
	}
	return s
}

func fieldItem(f report.ErrorField) Item {
	return Item{Term: f.Name, Meaning: cmp.Or(f.Value, "private, shown with --show-private")}
}

// known are the texts that are not empty.
func known(texts ...string) (list []string) {
	for _, s := range texts {
		list = appendKnown(list, s)
	}
	return list
}
