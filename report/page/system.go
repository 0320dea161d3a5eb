package page

import (
	"fmt"
	"slices"
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
		processor := report.Unpadded(h.Processor)
		if h.Microcode != "" {
			processor = strings.TrimPrefix(processor+", microcode "+h.Microcode, ", ")
		}
		s.rows("Machine", machineName(h), processor, report.Unpadded(bios), memoryModules(h))
		if verbose {
			s.rows("Memory", eachModule(h)...)
			s.row("Machine id", h.MachineID)
			s.row("Model id", h.ModelID)
		}
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

// memoryModules is the memory in one line: how many modules of which size, of which kinds, and how fast they run.
func memoryModules(h *report.Hardware) string {
	if len(h.Memory) == 0 {
		return ""
	}
	var sizes, kinds, names []string
	counts := map[string]int{}
	rated, configured := uint32(0), uint32(0)
	for _, m := range h.Memory {
		size := "module of unknown size"
		if m.Size > 0 {
			size = capacity(m.Size)
		}
		if counts[size]++; counts[size] == 1 {
			sizes = append(sizes, size)
		}
		if m.Type != "" && !slices.Contains(kinds, m.Type) {
			kinds = append(kinds, m.Type)
		}
		if name := strings.TrimSpace(m.Manufacturer + " " + m.Part); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
		rated, configured = max(rated, m.Rated), max(configured, m.Configured)
	}
	for i, size := range sizes {
		sizes[i] = fmt.Sprintf("%d x %s", counts[size], size)
	}
	line := strings.Join(sizes, " and ")
	if len(kinds) > 0 {
		line += " " + strings.Join(kinds, "/")
	}
	if len(names) > 0 {
		line += ", " + strings.Join(names, ", ")
	}
	switch {
	case configured > 0 && rated > 0 && configured > rated:
		line += fmt.Sprintf(", %d MT/s, above its rating of %d (usually an XMP profile)", configured, rated)
	case configured > 0:
		line += fmt.Sprintf(", %d MT/s", configured)
	}
	return report.Unpadded(line)
}

// capacity is the size of a module as its maker writes it.
func capacity(bytes uint64) string {
	switch {
	case bytes >= 1<<40 && bytes%(1<<40) == 0:
		return fmt.Sprintf("%d TB", bytes>>40)
	case bytes >= 1<<30 && bytes%(1<<30) == 0:
		return fmt.Sprintf("%d GB", bytes>>30)
	}
	return fmt.Sprintf("%d MB", bytes>>20)
}

// eachModule are the modules of memory with their slots.
func eachModule(h *report.Hardware) (rows []string) {
	for _, m := range h.Memory {
		row := strings.TrimSpace(m.Slot + ": " + m.Manufacturer + " " + m.Part)
		if m.Size > 0 {
			row += ", " + capacity(m.Size)
		}
		if m.Configured > 0 || m.Rated > 0 {
			row += fmt.Sprintf(", rated %d, runs at %d MT/s", m.Rated, m.Configured)
		}
		rows = append(rows, report.Unpadded(row))
	}
	if h.Slots != nil && len(h.Memory) > 0 {
		rows = append(rows, fmt.Sprintf("%d of %s in use", len(h.Memory), plural(*h.Slots, "slot")))
	}
	return rows
}

// noticed appends what the dump says of the machine and that matters for this stop.
func (s *Section) noticed(r *report.Report, verbose bool) {
	const most = 4
	var rows []string
	for i, n := range r.Noticed {
		if i == most && !verbose {
			rows = append(rows, fmt.Sprintf("and %d more, see --verbose", len(r.Noticed)-most))
			break
		}
		rows = append(rows, n.Text+" ["+n.Source+"]")
	}
	s.rows("Noticed", rows...)
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
