package page

import (
	"fmt"
	"strconv"
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
			bios = "BIOS " + short(h.BIOS)
		}
		processor := short(report.Unpadded(h.Processor))
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
		return "board " + short(report.Unpadded(h.Board))
	}
	return report.Unpadded(short(h.Manufacturer) + " " + short(h.Model))
}

// What of the modules of memory is shown: real machines have up to 64, and firmware can say anything.
const (
	mostKinds   = 3  // in the line that sums them up, of each thing
	mostModules = 64 // one by one
)

// memoryModules is the memory in one line: how many modules of which size, of which kinds, and how fast they run.
func memoryModules(h *report.Hardware) string {
	if len(h.Memory) == 0 {
		return ""
	}
	var sizes, types, names, speeds tally
	var above *report.MemoryModule
	for i, m := range h.Memory {
		size := "module of unknown size"
		if m.Size > 0 {
			size = capacity(m.Size)
		}
		sizes.add(size)
		types.add(m.Type)
		names.add(moduleName(m))
		if m.Configured > 0 {
			speeds.add(strconv.Itoa(int(m.Configured)))
		}
		if above == nil && m.AboveRating() {
			above = &h.Memory[i]
		}
	}
	each := make([]string, len(sizes.names))
	for i, size := range sizes.names {
		each[i] = fmt.Sprintf("%d x %s", sizes.counts[size], size)
	}
	line := list(each, "size", " and ")
	if len(types.names) > 0 {
		line += " " + list(types.names, "type", "/")
		if n := types.sum(); n < len(h.Memory) {
			line += fmt.Sprintf(" (%d of %d)", n, len(h.Memory))
		}
	}
	if len(names.names) > 0 {
		line += ", " + list(names.names, "kind", ", ")
	}
	if len(speeds.names) > 0 {
		line += ", " + list(speeds.names, "speed", " and ") + " MT/s"
	}
	switch {
	case above == nil:
	case len(speeds.names) == 1:
		line += fmt.Sprintf(", above its rating of %d (usually an XMP profile)", above.Rated)
	default:
		line += fmt.Sprintf(", %d above its rating of %d (usually an XMP profile)", above.Configured, above.Rated)
	}
	return report.Unpadded(line)
}

// tally counts what is said, in the order of its first times. What is empty is not counted.
type tally struct {
	names  []string
	counts map[string]int
}

func (t *tally) add(name string) {
	if name == "" {
		return
	}
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	if t.counts[name]++; t.counts[name] == 1 {
		t.names = append(t.names, name)
	}
}

// sum is how many were counted.
func (t *tally) sum() (n int) {
	for _, count := range t.counts {
		n += count
	}
	return n
}

// list joins the first few of a list, and says how many there are more of what.
func list(items []string, what, between string) string {
	more := len(items) - mostKinds
	if more <= 0 {
		return strings.Join(items, between)
	}
	return strings.Join(items[:mostKinds], between) + fmt.Sprintf(" and %s more", plural(more, what))
}

// capacity is the size of a module as its maker writes it.
func capacity(bytes uint64) string {
	switch {
	case bytes >= 1<<40 && bytes%(1<<40) == 0:
		return fmt.Sprintf("%d TB", bytes>>40)
	case bytes >= 1<<30 && bytes%(1<<30) == 0:
		return fmt.Sprintf("%d GB", bytes>>30)
	case bytes%(1<<20) == 0:
		return fmt.Sprintf("%d MB", bytes>>20)
	}
	return fmt.Sprintf("%d KB", bytes>>10)
}

// moduleName is the manufacturer and the part of a module.
func moduleName(m report.MemoryModule) string {
	return strings.TrimSpace(short(m.Manufacturer) + " " + short(m.Part))
}

// eachModule are the modules of memory with their slots.
func eachModule(h *report.Hardware) (rows []string) {
	for i, m := range h.Memory {
		if i == mostModules {
			rows = append(rows, fmt.Sprintf("and %s more", plural(len(h.Memory)-i, "module")))
			break
		}
		facts := appendKnown(nil, moduleName(m))
		if m.Size > 0 {
			facts = append(facts, capacity(m.Size))
		}
		if m.Rated > 0 {
			facts = append(facts, fmt.Sprintf("rated %d MT/s", m.Rated))
		}
		if m.Configured > 0 {
			facts = append(facts, fmt.Sprintf("runs at %d MT/s", m.Configured))
		}
		rows = append(rows, report.Unpadded(short(m.Slot)+": "+strings.Join(facts, ", ")))
	}
	if h.Slots != nil && len(h.Memory) > 0 {
		rows = append(rows, fmt.Sprintf("%s of %s in use", report.Commas(int64(len(h.Memory))), plural(*h.Slots, "slot")))
	}
	return rows
}

// short is a name that firmware gives, without its end where no name is as long.
func short(name string) string {
	const most = 100
	if r := []rune(name); len(r) > most {
		return string(r[:most]) + "..."
	}
	return name
}

// noticed appends what the dump says of the machine and that matters for this stop.
func (s *Section) noticed(r *report.Report, verbose bool) {
	const most = 4
	var rows []string
	for _, n := range r.Noticed {
		rows = append(rows, n.Text+" ["+n.Source+"]")
	}
	s.first("Noticed", rows, most, verbose)
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
		parts = append(parts, "not in the file: "+strings.Join(lacks, ", "))
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
