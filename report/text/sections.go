package text

import (
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// whatHappened writes the bug check and its parameters.
func (p *page) whatHappened(r *report.Report) {
	b := r.Bugcheck
	if b == nil {
		p.row("What", "no bug check code: the header does not have one")
		return
	}
	what := b.Code
	if b.Name != "" && b.RawCode != "0x0" { // code 0 has a name, but means that there is no bug check
		what = fmt.Sprintf("%s (%s)", b.Name, b.Code)
	}
	switch {
	case b.Summary != "":
		what += ": " + lowerFirst(strings.TrimSuffix(b.Summary, "."))
	case r.Origin != nil && r.Origin.Kind == report.KindLive:
		what += ": " + probably(r.Origin) + "a live dump, the system ran on"
	case r.Origin != nil && r.Origin.Kind == report.KindCrash:
		what += ": " + probably(r.Origin) + "a bug check, the system stopped"
	}
	p.row("What", what)
	if b.RawCode != b.Code {
		p.row("", fmt.Sprintf("the header says %s: the same code, with the bit that small dumps often have", b.RawCode))
	}
	var rows [][]string
	for _, x := range b.Parameters {
		rows = append(rows, []string{fmt.Sprint(x.Index), x.Value, parameterSays(x)})
	}
	p.rows("Parameters", rows)
	key := "Facts"
	for _, f := range b.Facts {
		s := f.Fact
		if !strings.HasPrefix(f.Where, "memory at ") { // the address of which stands with the parameter
			s += " [" + f.Where + "]"
		}
		p.row(key, s)
		key = ""
	}
	p.row("Look first", b.FirstLook)
}

// probably is what to put before a kind that is not certain.
func probably(o *report.Origin) string {
	if o.KindKnown() {
		return ""
	}
	return "probably "
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

func (p *page) fact(f report.Fact) {
	s := f.Fact
	if f.Where != "" {
		s += " [" + f.Where + "]"
	}
	p.paintedRow("", s, dim)
}

// origin writes the conclusion, its confidence, and the evidence.
func (p *page) origin(r *report.Report) {
	o := r.Origin
	if o == nil {
		return
	}
	name, summary := o.Phrase(), o.Summary
	if o.Source == report.SourceBugCheck && summary != "" {
		name, summary = summary, "" // it says all that the name does
	}
	if len([]rune(name))+3+len(o.Confidence) <= p.style.width()-keyWidth {
		fmt.Fprintf(p, "  %-*s%s   %s\n", keyWidth-2, "Origin", Clean(name), p.paint(confidenceColors[o.Confidence], string(o.Confidence)))
	} else {
		p.row("Origin", name)
		p.paintedRow("", string(o.Confidence), confidenceColors[o.Confidence])
	}
	p.row("", summary)
	for _, f := range o.Evidence {
		p.fact(f)
	}
}

var confidenceColors = map[report.Confidence]string{report.Certain: green, report.Likely: yellow, report.Possible: yellow, report.ConfidenceUnknown: red}

// machine writes when and on what system the dump was captured.
func (p *page) machine(r *report.Report) {
	d := r.Dump
	captured := "unknown when"
	if d.CapturedAt != nil {
		captured = instant(*d.CapturedAt)
	}
	if d.UptimeSeconds != nil {
		captured += ", " + uptime(*d.UptimeSeconds) + " after boot"
	}
	p.row("Captured", captured)

	var system []string
	if d.Build != nil {
		build := fmt.Sprintf("Windows build %d", *d.Build)
		if d.Revision != nil {
			build += fmt.Sprintf(".%d", *d.Revision)
		}
		if d.Checked != nil && *d.Checked {
			build += " (checked)"
		}
		system = append(system, build)
	}
	if d.Product != "" {
		system = append(system, strings.ReplaceAll(d.Product, "-", " "))
	}
	if d.Processors != nil {
		system = append(system, plural(*d.Processors, "processor"))
	}
	if d.PhysicalMemory != nil {
		system = append(system, human(int64(*d.PhysicalMemory))+" of memory")
	}
	p.row("System", strings.Join(system, ", "))
	if d.BuildLab != "" {
		p.row("", d.BuildLab)
	}
	if r.Origin != nil && r.Origin.Source == report.SourceLiveKD {
		p.row("", "LiveKD writes its own idea of the build, which can be wrong")
	}
	if h := r.Hardware; h != nil {
		key := "Machine"
		for _, s := range []string{h.Manufacturer + " " + h.Model, h.Processor, prefixed("BIOS ", h.BIOS)} {
			s = strings.Join(strings.Fields(s), " ") // firmware pads its texts
			p.row(key, s)
			if s != "" {
				key = ""
			}
		}
	}
	p.row("Comment", d.Comment)
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// interruptedName says what a captured stack that is not the thread's own means for the process.
func interruptedName(r *report.Report) string {
	event := "crash"
	if r.Origin != nil && r.Origin.Kind == report.KindLive {
		event = "capture"
	}
	if r.Captured != nil && (r.Captured.Kind == report.StackDPC || r.Captured.Kind == report.StackInterrupt) {
		return "only interrupted, the " + event + " is on " + r.Captured.Kind.Phrase()
	}
	return "not known to be the " + event + "'s, which is on another stack"
}

// kernel writes the process and thread, whose stack it is, and how many modules there are.
func (p *page) kernel(r *report.Report) {
	if s := processLine(r); s != "" {
		if r.Process.Interrupted != nil && *r.Process.Interrupted {
			s += ": " + interruptedName(r)
		}
		p.row("Process", s)
		if len(r.Process.Name) == 14 {
			p.row("", "(Windows keeps 14 characters of the name: it may be cut)")
		}
	}
	if s := r.Captured; s != nil {
		p.row("Stack", fmt.Sprintf("%s, %s to %s", s.Kind.Phrase(), s.Low, s.High))
	}
	if c := r.Context; c != nil {
		at := c.InstructionPointer
		if c.Module != "" {
			at = c.Module + "+" + c.Offset
		}
		p.row("Context", at)
	}
	if len(r.Modules) > 0 {
		s := fmt.Sprintf("%d loaded", len(r.Modules))
		if n := len(r.UnloadedModules); n > 0 {
			s += fmt.Sprintf(", %d unloaded", n)
		}
		p.row("Modules", s)
	}
	p.row("Contents", contentsLine(r))
	if len(r.Dump.Attributes) > 0 {
		s := strings.Join(r.Dump.Attributes, ", ")
		if r.Origin != nil && r.Origin.Source == report.SourceDumpIt {
			s += " (left over from a header that the tool copied)"
		}
		p.row("Attributes", s)
	}
	p.row("Status", r.Dump.StatusLine)
	if r.Signature != nil {
		p.row("Signature", r.Signature.Coarse)
	}
}

// contentsLine sums up what a dump of pages holds. The HAL and the hypervisor are nothing that a debugger needs.
func contentsLine(r *report.Report) string {
	if len(r.Contents) == 0 || r.Dump.Format == report.FormatTriage { // whose contents are what they are by design
		return ""
	}
	var parts, lacks, unknown []string
	if r.LiveContent != nil && r.LiveContent.Kind != report.LiveUnknown {
		parts = append(parts, map[report.LiveKind]string{report.LiveFull: "looks like a full live dump", report.LiveStacks: "looks like a live dump of kernel stacks only"}[r.LiveContent.Kind])
	}
	user := ""
	for _, c := range r.Contents {
		switch {
		case c.Item == report.ItemUserPages:
			user = map[report.State]string{report.StatePresent: "user-mode pages too", report.StatePartial: "some user-mode pages", report.StateAbsent: "no user-mode pages"}[c.State]
		case c.Item == report.ItemHypervisorPages || c.Item == report.ItemHALImage:
		case c.State == report.StateAbsent:
			lacks = append(lacks, string(c.Item))
		case c.State == report.StatePartial:
			lacks = append(lacks, "a part of "+string(c.Item))
		case c.State == report.StateUnknown:
			unknown = append(unknown, string(c.Item))
		}
	}
	if len(lacks) > 0 {
		parts = append(parts, "lacks "+strings.Join(lacks, ", "))
	}
	if len(unknown) > 0 {
		parts = append(parts, "not known: "+strings.Join(unknown, ", "))
	}
	if len(lacks)+len(unknown) == 0 {
		parts = append(parts, "what a debugger needs is there")
	}
	if user != "" {
		parts = append(parts, user)
	}
	return strings.Join(parts, "; ")
}

// processLine names the process and thread, "" where none is known.
func processLine(r *report.Report) string {
	if r.Process == nil {
		return ""
	}
	if r.Thread != nil && r.Thread.Idle != nil && *r.Thread.Idle {
		if r.Processor != nil {
			return fmt.Sprintf("the idle thread of processor %d", *r.Processor)
		}
		return "an idle thread"
	}
	s := r.Process.Name
	if r.Process.PID != nil {
		s += fmt.Sprintf(" (%d)", *r.Process.PID)
	}
	if r.Thread != nil && r.Thread.ID != nil {
		s += fmt.Sprintf(", thread %d", *r.Thread.ID)
	}
	if r.Processor != nil {
		s += fmt.Sprintf(", on processor %d", *r.Processor)
	}
	return s
}

// sizes writes the parts of the file.
func (p *page) sizes(r *report.Report) error {
	s := r.Sizes
	var rows [][]string
	add := func(name string, v *int64, note string) {
		if v != nil {
			unit := human(*v)
			if *v < 1<<10 {
				unit = "" // the column before says it
			}
			rows = append(rows, []string{name, commas(*v), unit, note})
		}
	}
	if sized(r) {
		add("total", &s.Total, "")
	}
	add("header", s.Header, "")
	pages := ""
	if s.Pages != nil {
		pages = plural(*s.Pages, "page") + " declared"
		if s.MissingPages == nil {
			pages = plural(*s.Pages, "page")
		}
	}
	add("primary", s.Primary, pages)
	streams := ""
	if s.Secondary != nil && *s.Secondary > 0 && r.Streams != nil {
		streams = plural(len(r.Streams), "stream")
		if s.SecondaryUsed != nil && *s.SecondaryUsed < *s.Secondary {
			streams = fmt.Sprintf("%s in %s", streams, commas(*s.SecondaryUsed))
		}
	}
	add("secondary", s.Secondary, streams)
	missing := ""
	if s.MissingPages != nil {
		missing = plural(*s.MissingPages, "page")
	}
	add("missing", s.Missing, missing)
	if s.Required != nil && *s.Required < 1<<62 {
		v := int64(*s.Required)
		add("required", &v, "by the header")
	}
	return p.rows("Sizes", rows, 1)
}

var verdictColors = map[report.Verdict]string{report.Complete: green, report.Partial: yellow, report.Damaged: red, "": yellow}

// verdictLine writes the verdict, and what WinDbg says when it opens such a dump.
func (p *page) verdictLine(r *report.Report) {
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
	p.paintedRow("Verdict", says, verdictColors[r.Verdict])
	if r.Dump.Banner != "" && (r.Verdict == report.Complete || r.Verdict == report.Partial) {
		p.paintedRow("", "WinDbg says: "+r.Dump.Banner, dim)
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

// verdict writes the verdict and the findings.
func (p *page) verdict(r *report.Report) {
	p.verdictLine(r)
	for _, f := range r.Findings {
		s := string(f.ID) + ": " + f.Message
		if f.Offset != nil {
			s += fmt.Sprintf(" [offset %#x]", *f.Offset)
		}
		p.row("", s)
	}
}

// notDump writes what a file is that is no kernel dump, and what to do.
func (p *page) notDump(r *report.Report) {
	p.row("This is", r.Error.Message)
	if d := r.Dump; d.Format == report.FormatUserMinidump {
		if r.Process != nil {
			p.row("Process", processLine(r))
		}
		if e := r.Exception; e != nil {
			s := e.Code
			if e.Name != "" {
				s = e.Name + " (" + e.Code + ")"
			}
			s += " at " + e.Address
			if e.Module != "" {
				s += ", " + e.Module + "+" + e.Offset
			}
			p.row("Exception", s)
		}
		p.machine(r)
	}
	p.row("Do next", r.Error.Next)
}

// lowerFirst lowers the first letter of a sentence that continues another. A word in capitals stays.
func lowerFirst(s string) string {
	if len(s) > 1 && 'A' <= s[0] && s[0] <= 'Z' && (s[1] == ' ' || 'a' <= s[1] && s[1] <= 'z') {
		return string(s[0]+'a'-'A') + s[1:]
	}
	return s
}
