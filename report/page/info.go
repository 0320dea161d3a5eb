package page

import (
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// Info is what a dump is, what happened, and where it came from.
func Info(r *report.Report) *Page {
	r = filled(r)
	p := titled(r)
	var top, end Section
	if r.Error != nil {
		top.notDump(r)
		p.add(top)
		return p
	}
	top.whatHappened(r)
	top.origin(r.Origin)
	top.machine(r)
	top.kernel(r)
	end.sizes(r)
	end.verdict(r)
	for _, f := range r.Findings {
		end.row("", withPlace(string(f.ID)+": "+f.Message, offset(f)))
	}
	p.add(top)
	p.add(end)
	return p
}

// filled returns a copy of a report that has the parts that every report of ours has: a record from elsewhere may lack them.
func filled(r *report.Report) *report.Report {
	c := *r
	if c.Dump == nil {
		c.Dump = &report.Dump{}
	}
	if c.Sizes == nil {
		c.Sizes = &report.Sizes{}
	}
	return &c
}

// titled returns a page with a title: the file, what it is, the machine type and the size.
func titled(r *report.Report) *Page {
	r = filled(r)
	p := &Page{Title: r.File.Path, About: []string{kindOf(r)}}
	if r.File.Member != "" {
		p.Title += ": " + r.File.Member
	}
	if r.Dump.Machine != "" {
		p.About = append(p.About, r.Dump.Machine)
	}
	if sized(r) {
		p.About = append(p.About, human(r.Sizes.Total))
	}
	return p
}

// sized says whether the length of the file is known: that of a member of an archive may not be.
func sized(r *report.Report) bool { return r.Sizes.Total != 0 || r.File.Size != nil }

// kindOf says what the file is in a few words.
func kindOf(r *report.Report) string {
	layout := r.Dump.Layout()
	switch {
	case layout == "":
		return "kernel dump of an unknown type"
	case r.Dump.Format == report.FormatNotADump || r.Verdict == report.NotADump:
		return layout
	}
	kind := "kernel dump"
	if r.Origin != nil && r.Origin.KindKnown() && r.Origin.Kind != "" {
		kind = "kernel " + r.Origin.Kind.Phrase()
	}
	return kind + " (" + layout + ")"
}

// whatHappened appends the bug check and its parameters.
func (s *Section) whatHappened(r *report.Report) {
	b := r.Bugcheck
	if b == nil {
		s.row("What", "no bug check code: the header does not have one")
		return
	}
	what := b.Code
	if b.Name != "" && b.RawCode != "0x0" { // code 0 has a name, but means that there is no bug check
		what = fmt.Sprintf("%s (%s)", b.Name, b.Code)
	}
	switch {
	case b.Summary != "":
		what += ": " + lowerFirst(strings.TrimSuffix(b.Summary, "."))
	case r.Origin != nil && r.Origin.Kind.Event() != "":
		what += ": "
		if !r.Origin.KindKnown() {
			what += "probably "
		}
		what += r.Origin.Kind.Event()
	}
	s.row("What", what)
	if b.RawCode != b.Code {
		s.row("", fmt.Sprintf("the header says %s: the same code, with the bit that small dumps often have", b.RawCode))
	}
	s.parameters(b.Parameters)
	var facts []string
	for _, f := range b.Facts {
		if strings.HasPrefix(f.Where, "memory at ") { // the address of which stands with the parameter
			f.Where = ""
		}
		facts = append(facts, withPlace(f.Fact, f.Where))
	}
	s.rows("Facts", facts...)
	s.row("Look first", b.FirstLook)
}

func (s *Section) parameters(list []report.Parameter) {
	var rows [][]string
	for _, x := range list {
		rows = append(rows, []string{fmt.Sprint(x.Index), x.Value, parameterSays(x)})
	}
	s.table("Parameters", make([]Column, 3), rows)
}

// parameterSays is what is known of a parameter's value, and what the parameter is.
func parameterSays(x report.Parameter) string {
	var says []string
	if x.Module != "" {
		says = append(says, x.Module+"+"+x.Offset)
	}
	if x.Text != "" {
		says = append(says, fmt.Sprintf("%q", x.Text))
	}
	if x.Meaning != "" {
		says = append(says, x.Meaning)
	}
	s := strings.Join(says, ", ")
	if x.Label != "" {
		if s == "" {
			return x.Label
		}
		return x.Label + ": " + s
	}
	if s == "" && x.Type != "" && x.Type != "reserved" && x.Type != "text" && strings.Trim(x.Value, "0x") != "" {
		return strings.ReplaceAll(x.Type, "-", " ")
	}
	return s
}

// origin appends the conclusion, its confidence, and the evidence.
func (s *Section) origin(o *report.Origin) {
	if o == nil {
		return
	}
	name, summary := o.Phrase(), o.Summary
	if (o.Source == report.SourceBugCheck || o.Source == report.SourceUnknown) && summary != "" {
		name, summary = summary, "" // it says all that the name does
	}
	*s = append(*s, Row{Label: "Origin", Value: name, Beside: string(o.Confidence), BesideTone: confidenceTones[o.Confidence]})
	s.row("", summary)
	s.facts(o.Evidence)
}

// verdict appends the verdict, and what WinDbg says when it opens such a dump.
func (s *Section) verdict(r *report.Report) {
	says := r.Verdict.Phrase()
	switch {
	case r.Verdict == "" && !sized(r):
		says = "unknown: only the header was looked at, and nothing says how long the dump is"
	case r.Verdict != report.Complete:
	case r.Dump.Format == report.FormatHeaderOnly:
		says = "complete, but it is a header alone: there is no memory to look at"
	case r.Dump.Format != report.FormatTriage && readable(r):
		says = "complete: length, page count and page tables agree, a debugger can open it"
	case r.Sizes.Pages != nil:
		says = "complete: its length fits its page count, a debugger can open it"
	}
	s.toned("Verdict", says, verdictTones[r.Verdict])
	if r.Dump.Banner != "" && (r.Verdict == report.Complete || r.Verdict == report.Partial) {
		s.toned("", "WinDbg says: "+r.Dump.Banner, Dim)
	}
}

// readable says whether the page tables were followed to the list of modules.
func readable(r *report.Report) bool {
	for _, c := range r.Contents {
		if c.Item == report.ItemModuleList {
			return c.State == report.StatePresent
		}
	}
	return false
}

// offset is where in the file a finding is, "" where it is nowhere.
func offset(f report.Finding) string {
	if f.Offset == nil {
		return ""
	}
	return fmt.Sprintf("offset %#x", *f.Offset)
}

// notDump appends what a file is that is no kernel dump, and what to do.
func (s *Section) notDump(r *report.Report) {
	s.row("This is", r.Error.Message)
	if r.Dump.Format == report.FormatUserMinidump {
		s.row("Process", processName(r))
		if e := r.Exception; e != nil {
			says := e.Code
			if e.Name != "" {
				says = e.Name + " (" + e.Code + ")"
			}
			says += " at " + e.Address
			if e.Module != "" {
				says += ", " + e.Module + "+" + e.Offset
			}
			s.row("Exception", says)
		}
		s.machine(r)
	}
	s.row("Do next", r.Error.Next)
}

// lowerFirst lowers the first letter of a sentence that continues another. A word in capitals stays.
func lowerFirst(s string) string {
	if len(s) > 1 && 'A' <= s[0] && s[0] <= 'Z' && (s[1] == ' ' || 'a' <= s[1] && s[1] <= 'z') {
		return string(s[0]+'a'-'A') + s[1:]
	}
	return s
}
