package page

import (
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// machine appends when and on what system the dump was captured.
func (s *Section) machine(r *report.Report, verbose bool) {
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
		s.rows("Machine", machineName(h), report.Unpadded(h.Processor), report.Unpadded(bios))
	}
	s.row("Comment", d.Comment)
	if verbose {
		attributes := strings.Join(d.Attributes, ", ")
		if attributes != "" && r.Origin != nil && r.Origin.Source == report.SourceDumpIt {
			attributes += " (left over from a header that the tool copied)"
		}
		s.row("Attributes", attributes)
		s.row("Status", d.StatusLine)
	}
	if d.VersionUser != "" {
		s.row("Text", fmt.Sprintf("%q, which the writer left in the header (VersionUser)", d.VersionUser))
	}
}

// machineName is the manufacturer and model of the machine, or the board's where the firmware does not have both.
func machineName(h *report.Hardware) string {
	if h.Board != "" && (h.Manufacturer == "" || h.Model == "") {
		return "board " + report.Unpadded(h.Board)
	}
	return report.Unpadded(h.Manufacturer + " " + h.Model)
}

// system is the build of Windows and the size of the machine.
func system(d *report.Dump) string {
	var parts []string
	if d.Build != nil {
		build := fmt.Sprintf("Windows build %d", *d.Build)
		if d.Release != "" {
			build = fmt.Sprintf("%s, build %d", d.Release, *d.Build)
		}
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
	if d.PhysicalMemory != nil && *d.PhysicalMemory > 0 { // no machine has none: such a list of memory says nothing
		parts = append(parts, human(int64(*d.PhysicalMemory))+" of memory")
	}
	return strings.Join(parts, ", ")
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
