package page

import (
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// Info is what a dump is, what happened, and where it came from, for a reader who has a ticket: first what he acts on, in as many lines as
// a screen has. InfoVerbose has all that there is.
func Info(r *report.Report) *Page { return info(r, false) }

// InfoVerbose is Info with all evidence, and with what says something only to those who look into dumps themselves.
func InfoVerbose(r *report.Report) *Page { return info(r, true) }

func info(r *report.Report, verbose bool) *Page {
	r = filled(r)
	p := titled(r)
	var top, stack, before, made, file Section
	if r.Error != nil {
		top.notDump(r, verbose)
		p.add(top)
		return p
	}
	complete := r.Verdict == report.Complete
	top.happened(r, verbose)
	if !complete {
		top.verdict(r)
		top.problem(r)
	}
	top.behind(r, verbose)
	if b := r.Bugcheck; b != nil {
		if verbose || !empty(b.Parameters) {
			top.parameters(b.Parameters)
		}
		top.row("Look first", b.FirstLook)
	}
	if complete {
		top.problem(r)
	}
	stack.firstFrames(r, verbose)
	before.noticed(r, verbose)
	before.before(r)
	before.log(r, verbose)
	made.origin(r.Origin, verbose)
	made.machine(r, verbose)
	file.sizes(r, verbose)
	file.row("Contents", contentsSummary(r))
	file.memoryMap(r, verbose)
	if complete {
		file.verdict(r)
	}
	file.otherFindings(r, verbose)
	var hardware []Section
	if verbose {
		file.details(r)
		if b := r.Bugcheck; b != nil && b.ErrorRecord != nil {
			hardware = errorRecord(b.ErrorRecord)
		}
	}
	if r.Signature != nil {
		file.row("Signature", r.Signature.Coarse)
	}
	p.add(top)
	for _, s := range hardware {
		p.add(s)
	}
	p.add(stack)
	p.add(before)
	p.add(made)
	p.add(file)
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
	p := &Page{Title: r.File.Path, About: []string{kindOf(r)}, ToolVersion: r.ToolVersion, Verdict: "no verdict", VerdictTone: verdictTones[r.Verdict]}
	if r.Verdict != "" {
		p.Verdict = strings.ReplaceAll(string(r.Verdict), "-", " ")
	}
	if r.Suspect != nil && r.Suspect.Module != "" {
		p.Suspect = fmt.Sprintf("%s (%s)", r.Suspect.Module, r.Suspect.Confidence)
	}
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

// happened appends the name of the bug check or live dump, its code, and what that means.
func (s *Section) happened(r *report.Report, verbose bool) {
	b := r.Bugcheck
	if b == nil {
		s.row("What", "no bug check code: the header does not have one")
		return
	}
	what := b.Code
	if b.Name != "" && b.RawCode != "0x0" { // older records have a name for code 0, which means that there is no bug check
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
	if verbose && b.RawCode != b.Code {
		s.row("", fmt.Sprintf("the header says %s: the same code, with the bit that small dumps often have", b.RawCode))
	}
}

func (s *Section) parameters(list []report.Parameter) {
	var rows [][]string
	for _, x := range list {
		rows = append(rows, []string{fmt.Sprint(x.Index), x.Value, parameterSays(x)})
	}
	s.table("Parameters", make([]Column, 3), rows)
}

// empty says whether parameters are zeros that mean nothing.
func empty(list []report.Parameter) bool {
	for _, x := range list {
		if !zero(x.Value) || blank[x.Type] == "" && parameterSays(x) != "" {
			return false
		}
	}
	return true
}

// zero says whether a number is zero, however many digits it has.
func zero(value string) bool { return strings.Trim(value, "0x") == "" }

// blank is what is said of parameters that say nothing, by their types.
var blank = map[string]string{
	"reserved":     "reserved",
	"undocumented": "undocumented",
	"not-valid":    "not valid here: it holds what was there before",
}

// parameterSays is what is known of a parameter's value, and what the parameter is.
func parameterSays(x report.Parameter) string {
	var says []string
	if x.Module != "" {
		says = append(says, x.Module+"+"+x.Offset)
	}
	if x.Place != "" {
		says = append(says, x.Place)
	}
	if x.Text != "" {
		says = append(says, fmt.Sprintf("%q", x.Text))
	}
	if x.Meaning != "" && !(strings.HasPrefix(x.Place, "null + ") && strings.HasSuffix(x.Meaning, "a null pointer")) { // which says no more
		says = append(says, x.Meaning)
	}
	s := strings.Join(says, ", ")
	if says, ok := blank[x.Type]; ok && s == "" {
		return says
	}
	if x.Label != "" {
		if s == "" {
			return x.Label
		}
		return x.Label + ": " + s
	}
	if s == "" && x.Type != "" && x.Type != "text" && !zero(x.Value) {
		return strings.ReplaceAll(x.Type, "-", " ")
	}
	return s
}

// origin appends the conclusion, its confidence, and the evidence: the first piece, which weighs most, or all.
func (s *Section) origin(o *report.Origin, verbose bool) {
	if o == nil {
		return
	}
	name, summary := o.Phrase(), o.Summary
	if (o.Source == report.SourceBugCheck || o.Source == report.SourceUnknown) && summary != "" {
		name, summary = summary, "" // it says all that the name does
	}
	*s = append(*s, Row{Label: "Origin", Value: name, Beside: string(o.Confidence), BesideTone: confidenceTones[o.Confidence]})
	s.row("", summary)
	shown := o.Evidence
	if !verbose {
		shown = shown[:min(1, len(shown))]
	}
	for _, f := range shown {
		says := withPlace(f.Fact, f.Where)
		if rest := o.Evidence[len(shown):]; len(rest) > 0 {
			more := Fold{Text: fmt.Sprintf("%s, and %d more", says, len(rest)), First: says, Tone: Dim}
			for _, f := range rest {
				more.Rest = append(more.Rest, Row{Value: withPlace(f.Fact, f.Where), Tone: Dim})
			}
			more.Summary = plural(len(rest), "more piece") + " of evidence"
			*s = append(*s, more)
			break
		}
		s.toned("", says, Dim)
	}
}

// notDump appends what a file is that is no kernel dump, and what to do.
func (s *Section) notDump(r *report.Report, verbose bool) {
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
		s.machine(r, verbose)
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
