package page

import (
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// machine appends when and on what system the dump was captured.
func (s *Section) machine(r *report.Report) {
	d := r.Dump
	captured := "unknown when"
	if d.CapturedAt != nil {
		captured = instant(*d.CapturedAt)
	}
	if d.UptimeSeconds != nil {
		captured += ", " + uptime(*d.UptimeSeconds) + " after boot"
	}
	s.row("Captured", captured)
	s.row("System", system(d))
	s.row("", d.BuildLab)
	if r.Origin != nil && r.Origin.Source == report.SourceLiveKD {
		s.row("", "LiveKD writes its own idea of the build, which can be wrong")
	}
	if h := r.Hardware; h != nil {
		bios := ""
		if h.BIOS != "" {
			bios = "BIOS " + h.BIOS
		}
		s.rows("Machine", machineName(h), unpadded(h.Processor), unpadded(bios))
	}
	s.row("Comment", d.Comment)
	if d.VersionUser != "" {
		s.row("Text", fmt.Sprintf("%q, which the writer left in the header (VersionUser)", d.VersionUser))
	}
}

// machineName is the manufacturer and model of the machine, or the board's where the firmware does not have both.
func machineName(h *report.Hardware) string {
	if h.Board != "" && (h.Manufacturer == "" || h.Model == "") {
		return "board " + unpadded(h.Board)
	}
	return unpadded(h.Manufacturer + " " + h.Model)
}

// system is the build of Windows and the size of the machine.
func system(d *report.Dump) string {
	var parts []string
	if d.Build != nil {
		build := fmt.Sprintf("Windows build %d", *d.Build)
		if d.Revision != nil {
			build += fmt.Sprintf(".%d", *d.Revision)
		}
		if d.Checked != nil && *d.Checked {
			build += " (checked)"
		}
		parts = append(parts, build)
	}
	if d.Product != "" {
		parts = append(parts, strings.ReplaceAll(d.Product, "-", " "))
	}
	if d.Processors != nil {
		parts = append(parts, plural(*d.Processors, "processor"))
	}
	if d.PhysicalMemory != nil {
		parts = append(parts, human(int64(*d.PhysicalMemory))+" of memory")
	}
	return strings.Join(parts, ", ")
}

// unpadded removes the blanks that firmware pads its texts with.
func unpadded(s string) string { return strings.Join(strings.Fields(s), " ") }

// kernel appends the process and thread, whose stack it is, and how many modules there are.
func (s *Section) kernel(r *report.Report) {
	if says := processName(r); says != "" {
		if r.Process.Interrupted != nil && *r.Process.Interrupted {
			says += ": " + interrupted(r)
		}
		s.row("Process", says)
		if len(r.Process.Name) == 14 {
			s.row("", "(Windows keeps 14 characters of the name: it may be cut)")
		}
	}
	if c := r.Captured; c != nil {
		s.row("Stack", fmt.Sprintf("%s, %s to %s", c.Kind.Phrase(), c.Low, c.High))
	}
	if r.Context != nil {
		s.row("Context", place(r.Context))
	}
	if len(r.Modules) > 0 {
		says := fmt.Sprintf("%d loaded", len(r.Modules))
		if n := len(r.UnloadedModules); n > 0 {
			says += fmt.Sprintf(", %d unloaded", n)
		}
		s.row("Modules", says)
	}
	s.row("Contents", contentsSummary(r))
	attributes := strings.Join(r.Dump.Attributes, ", ")
	if attributes != "" && r.Origin != nil && r.Origin.Source == report.SourceDumpIt {
		attributes += " (left over from a header that the tool copied)"
	}
	s.row("Attributes", attributes)
	s.row("Status", r.Dump.StatusLine)
	if r.Signature != nil {
		s.row("Signature", r.Signature.Coarse)
	}
}

// processName names the process and thread, "" where none is known.
func processName(r *report.Report) string {
	if r.Process == nil {
		return ""
	}
	if idle(r.Thread) {
		if r.Processor != nil {
			return fmt.Sprintf("the idle thread of processor %d", *r.Processor)
		}
		return "an idle thread"
	}
	s := threadName(r.Process, r.Thread)
	if r.Processor != nil {
		s += fmt.Sprintf(", on processor %d", *r.Processor)
	}
	return s
}

func idle(t *report.Thread) bool { return t != nil && t.Idle != nil && *t.Idle }

// threadName is a process and its thread, as far as they are known.
func threadName(p *report.Process, t *report.Thread) string {
	s := p.Name
	if p.PID != nil {
		s += fmt.Sprintf(" (%d)", *p.PID)
	}
	if t != nil && t.ID != nil {
		s += fmt.Sprintf(", thread %d", *t.ID)
	}
	return s
}

// interrupted says what a captured stack that is not the thread's own means for the process.
func interrupted(r *report.Report) string {
	event := "crash"
	if r.Origin != nil && r.Origin.Kind == report.KindLive {
		event = "capture"
	}
	if r.Captured != nil && (r.Captured.Kind == report.StackDPC || r.Captured.Kind == report.StackInterrupt) {
		return "only interrupted, the " + event + " is on " + r.Captured.Kind.Phrase()
	}
	return "not known to be the " + event + "'s, which is on another stack"
}

// place is where a processor was.
func place(c *report.Context) string {
	if c.Module != "" {
		return c.Module + "+" + c.Offset
	}
	return c.InstructionPointer
}

// contentsSummary sums up what a dump of pages holds. The HAL and the hypervisor are nothing that a debugger needs.
func contentsSummary(r *report.Report) string {
	if len(r.Contents) == 0 || r.Dump.Format == report.FormatTriage { // whose contents are what they are by design
		return ""
	}
	var parts, lacks, unknown []string
	if r.LiveContent != nil {
		parts = appendKnown(parts, r.LiveContent.Kind.Summary())
	}
	user := ""
	for _, c := range r.Contents {
		switch {
		case c.Item == report.ItemUserPages:
			user = c.State.UserPages()
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
	return strings.Join(appendKnown(parts, user), "; ")
}

// appendKnown appends a text that is not empty.
func appendKnown(list []string, s string) []string {
	if s == "" {
		return list
	}
	return append(list, s)
}

// sizes appends the parts of the file.
func (s *Section) sizes(r *report.Report) {
	z := r.Sizes
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
		add("total", &z.Total, "")
	}
	add("header", z.Header, "")
	pages, missing := "", ""
	if z.Pages != nil {
		pages = plural(*z.Pages, "page")
	}
	if z.MissingPages != nil {
		missing = plural(*z.MissingPages, "page")
		if pages != "" {
			pages += " declared"
		}
	}
	add("primary", z.Primary, pages)
	streams := ""
	if z.Secondary != nil && *z.Secondary > 0 && r.Streams != nil {
		streams = plural(len(r.Streams), "stream")
		if z.SecondaryUsed != nil && *z.SecondaryUsed < *z.Secondary {
			streams += " in " + commas(*z.SecondaryUsed)
		}
	}
	add("secondary", z.Secondary, streams)
	add("missing", z.Missing, missing)
	if z.Required != nil && *z.Required < 1<<62 {
		v := int64(*z.Required)
		add("required", &v, "by the header")
	}
	s.table("Sizes", []Column{{}, {Right: true}, {}, {}}, rows)
}
