package analyze

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/secondary"
	"github.com/dmplens/dmplens/report"
)

// noticing is what the rules of what is noticed look at.
type noticing struct {
	*facts
	code      uint32
	stop      time.Time // zero where it is not known
	uptime    time.Duration
	hardware  *report.Hardware // never nil
	stack     []report.Frame
	suspect   string // module
	oneBit    bool   // a bit that is wrong would explain the fault
	storage   *secondary.Storage
	registers *secondary.Registers
	from      map[dmpfile.GUID]string // sources of both
}

// noticeRule is a rule of what is noticed. What it must not say stands beside it: none of them names a cause.
type noticeRule struct {
	kind   string   // see report.Noticed
	weight int      // the more, the earlier in the list
	codes  []uint32 // of stops that it is for; nil is any
	find   func(n *noticing) (text, source string)
}

// Codes of stops by what they are about.
var (
	displayStops = []uint32{0x116, 0x117, 0x119, 0x141, 0x193, 0xEA}
	powerStops   = []uint32{0x9F, 0x13A, 0x15F, 0x1A1, 0x19C}
	storageStops = []uint32{0x77, 0x7A, 0xEF, 0xF4, 0x154, 0x1C7, 0xED, 0x7B, 0x24}
	memoryStops  = []uint32{0x1A, 0x4E, 0x12B, 0x1C7, 0x50, 0x18, 0x109, 0x154}
	// SECURE_KERNEL_ERROR, HYPERVISOR_ERROR, and stops by checks that virtualization-based security adds.
	hypervisorStops = []uint32{0x18B, 0x20001, 0x109, 0xFC, 0x139}

	hangStops = []uint32{0x101, 0x133, 0x1E, 0x124, 0x1CA}
)

// noticeRules are all that there are.
var noticeRules = []noticeRule{
	// Windows' own word. Neither names more than the place in which the stop was noticed: never the cause.
	{kind: "broken-driver", weight: 9, find: (*noticing).brokenDriver},
	{kind: "broken-driver", weight: 9, find: (*noticing).blamed},
	{kind: "verifier", weight: 8, find: (*noticing).verifier},
	// What was wrong at the time. A slow request is no failed disk, and its port need not be that of the stop's disk; never "no I/O since".
	{kind: "slow-request", weight: 9, find: (*noticing).slowRequest},
	{kind: "failed-request", weight: 8, find: (*noticing).failedRequest},
	{kind: "display-time-out", weight: 9, codes: displayStops, find: (*noticing).timeOut},
	{kind: "store-page", weight: 9, codes: []uint32{0x1C7}, find: (*noticing).storePage},
	{kind: "power-button", weight: 9, find: (*noticing).powerButton},
	// A device that is asleep or does not answer is usually powered off: never "broken".
	{kind: "device-asleep", weight: 8, codes: powerStops, find: (*noticing).asleep},
	{kind: "device-gone", weight: 6, codes: slices.Concat(displayStops, powerStops, storageStops), find: (*noticing).gone},
	// Most devices have errors of their bus noted, from when Windows looks for devices: never at stops that have nothing to do with one.
	{kind: "bus-errors", weight: 8, codes: slices.Concat([]uint32{0x124}, displayStops, storageStops), find: (*noticing).busErrors},
	// The processor. An update does not repair one that is damaged.
	{kind: "microcode", weight: 7, find: (*noticing).oldMicrocode},
	{kind: "hot", weight: 6, find: (*noticing).hot},
	// The memory. A fast profile and a mixed kit work on most machines.
	{kind: "one-module", weight: 5, find: (*noticing).oneModule},
	{kind: "mixed-kit", weight: 5, find: (*noticing).mixedKit},
	{kind: "above-rating", weight: 4, find: (*noticing).aboveRating},
	// What surrounds the stop.
	{kind: "filters", weight: 5, find: (*noticing).filters},
	{kind: "virtual-machine", weight: 4, codes: slices.Concat(hangStops, memoryStops), find: (*noticing).virtual},
	{kind: "hypervisor", weight: 4, codes: hypervisorStops, find: (*noticing).secured},
	{kind: "unclean-boots", weight: 3, find: (*noticing).noCleanShutdown},
}

// noticed is what the dump says of the machine that matters for this stop, the most telling first. A dump that somebody asked for has none: nothing was wrong.
func (f *facts) noticed(rep *report.Report, o origin) []report.Noticed {
	if !f.code.known || o.deliberate && o.kind == report.KindLive || o.kind == report.KindMemory || !f.Regions.Known || f.OnlyHead() {
		return nil
	}
	n := noticing{facts: f, code: f.code.value &^ (1 << 28), stop: f.stopTime(), hardware: rep.Hardware, stack: rep.Stack, from: map[dmpfile.GUID]string{}}
	if n.hardware == nil {
		n.hardware = new(report.Hardware)
	}
	n.oneBit = rep.Fault != nil && rep.Fault.Bit != nil
	if rep.Suspect != nil {
		n.suspect = rep.Suspect.Module
	}
	if rep.Dump != nil && rep.Dump.UptimeSeconds != nil {
		n.uptime = time.Duration(*rep.Dump.UptimeSeconds * float64(time.Second))
	}
	n.storage, n.from[tagStorage] = decoded(f, tagStorage, secondary.ReadStorage)
	n.registers, n.from[tagRegisters] = decoded(f, tagRegisters, secondary.ReadRegisters)
	type line struct {
		report.Noticed
		weight int
	}
	var lines []line
	for _, r := range noticeRules {
		if r.codes != nil && !slices.Contains(r.codes, n.code) {
			continue
		}
		if text, source := r.find(&n); text != "" {
			lines = append(lines, line{report.Noticed{Kind: r.kind, Text: report.ValidUTF8(text), Source: source}, r.weight})
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(b.weight, a.weight) })
	var list []report.Noticed
	for _, l := range lines {
		list = append(list, l.Noticed)
	}
	return list
}

func (n *noticing) brokenDriver() (text, source string) {
	if n.Triage == nil {
		return "", ""
	}
	if name := n.Triage.BrokenDriver(); name != "" {
		return "Windows itself names " + name + " as the driver at the stop: that is where it was noticed, which is no proof", "broken driver of the triage data"
	}
	return "", ""
}

func (n *noticing) blamed() (text, source string) {
	b, source := decoded(n.facts, tagBlamed, secondary.ReadBlamed)
	if b == nil || b.Driver == "" {
		return "", ""
	}
	return "Windows itself names " + b.Driver + " as the driver at the stop: that is where it was noticed, which is no proof", source
}

func (n *noticing) verifier() (text, source string) {
	if n.Triage == nil {
		return "", ""
	}
	v, ok := n.Triage.Verifier()
	if !ok {
		return "", ""
	}
	var parts []string
	if v.On() {
		parts = append(parts, fmt.Sprintf("Driver Verifier is on (settings %#x): the stop can be one that it makes of a fault which else nobody sees", v.Level))
	}
	if v.Kernel {
		parts = append(parts, "the kernel itself is verified")
	}
	if tag := v.SpecialPoolTag; tag != 0 && tag != 0xFFFFFFFF {
		parts = append(parts, fmt.Sprintf("special pool is on for the tag %#x", tag))
	}
	return strings.Join(parts, "; "), "memory management of the triage data"
}

// Limits of requests that are worth a line.
const (
	slowRequest = 5 * time.Second  // a healthy disk answers in milliseconds; one that spins up takes this long
	slowFlush   = 10 * time.Second // a disk with a large cache takes some seconds
	recently    = 10 * time.Minute // before the stop
)

func (n *noticing) slowRequest() (text, source string) {
	if n.storage == nil {
		return "", ""
	}
	var slow []secondary.StorageRequest // the slowest of each kind
	last, known, open := time.Duration(-1), false, ""
	for _, r := range n.storage.Requests {
		switch r.Operation {
		case "read", "write", "flush":
		default:
			continue // others can take long on purpose
		}
		if began, ok := n.storage.Started(&r, n.stop, n.uptime); ok && !r.Finished && r.End == 0 && began >= slowRequest && began <= recently {
			open = fmt.Sprintf("a %s that began %s before the stop had not ended", r.Operation, seconds(began))
		}
		if r.Duration < slowRequest || r.Operation == "flush" && r.Duration < slowFlush {
			continue
		}
		ended, ok := n.storage.Ended(&r, n.stop, n.uptime)
		if !ok || ended > recently || n.uptime > 0 && r.Duration > n.uptime {
			continue // long ago, or longer than Windows ran
		}
		if !known || ended < last {
			last, known = ended, true
		}
		at := slices.IndexFunc(slow, func(s secondary.StorageRequest) bool { return s.Operation == r.Operation })
		switch {
		case at < 0:
			slow = append(slow, r)
		case slow[at].Duration < r.Duration:
			slow[at] = r
		}
	}
	if len(slow) == 0 {
		if open != "" {
			open = "disk: " + open
		}
		return open, n.from[tagStorage]
	}
	slices.SortStableFunc(slow, func(a, b secondary.StorageRequest) int { return cmp.Compare(b.Duration, a.Duration) })
	var parts []string
	for _, r := range slow {
		parts = append(parts, fmt.Sprintf("a %s took %s", r.Operation, seconds(r.Duration)))
	}
	text = "disk: " + strings.Join(parts, ", ") + "; the last such request ended " + seconds(max(0, last)) + " before the stop"
	if len(slow) == 1 {
		text = "disk: " + parts[0] + ", ended " + seconds(max(0, last)) + " before the stop"
	}
	if open != "" {
		text += "; " + open
	}
	return text, n.from[tagStorage]
}

func (n *noticing) failedRequest() (text, source string) {
	if n.storage == nil {
		return "", ""
	}
	failed, first := 0, ""
	for _, r := range n.storage.Requests {
		switch r.Operation {
		case "read", "write", "flush":
		default:
			continue
		}
		if ended, ok := n.storage.Ended(&r, n.stop, n.uptime); !ok || ended > recently {
			continue
		}
		if r.Finished && r.Failed && r.StatusName != "BUSY" { // which is tried again
			failed++
			if first == "" {
				first = fmt.Sprintf("a %s failed (%s)", r.Operation, cmp.Or(r.StatusName, fmt.Sprintf("status %#x", r.Status)))
			}
		}
	}
	switch failed {
	case 0:
		return "", ""
	case 1:
		return "disk: " + first + " in the last minutes", n.from[tagStorage]
	}
	return fmt.Sprintf("disk: %d requests failed in the last minutes, the first of the list: %s", failed, first), n.from[tagStorage]
}

// seconds writes a time: to a tenth below half a minute, where that is worth saying.
func seconds(d time.Duration) string {
	switch {
	case d < 30*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f minutes", d.Minutes())
}

func (n *noticing) timeOut() (text, source string) {
	d, source := decoded(n.facts, tagDisplay, secondary.ReadDisplay)
	if d == nil || d.TimeOut == nil {
		return "", ""
	}
	t := d.TimeOut
	const most = 0x1000 // reasons and engines are small numbers
	if t.ReasonCode == 0 || t.ReasonCode > most || t.Node > most {
		return "", ""
	}
	text = fmt.Sprintf("display time-out: reason %d", t.ReasonCode)
	if t.Reason != "" {
		text += " (" + t.Reason + ")"
	}
	text += fmt.Sprintf(", engine (node) %d", t.Node)
	const tick = 15625 * time.Microsecond
	if at := time.Duration(t.Ticks) * tick; t.Ticks < 1<<40 && n.uptime > at && n.uptime-at < recently {
		text += ", noted " + seconds(n.uptime-at) + " before the stop"
	}
	return text, source
}

func (n *noticing) storePage() (text, source string) {
	p, source := decoded(n.facts, tagStorePage, secondary.ReadStorePage)
	if p == nil || len(p.Page) == 0 {
		return "", ""
	}
	return fmt.Sprintf("the page of compressed memory that failed its check (%d bytes) is in the dump: streams --extract %s writes it", len(p.Page), tagStorePage), source
}

func (n *noticing) powerButton() (text, source string) {
	b, source := decoded(n.facts, tagBoot, secondary.ReadBootStatus)
	if b == nil || n.stop.IsZero() {
		return "", ""
	}
	for _, pressed := range []time.Time{b.Press.Time, b.PowerButton} {
		if d := n.stop.Sub(pressed); !pressed.IsZero() && d >= 0 && d <= time.Minute {
			return "the power button was pressed " + seconds(d) + " before the stop", source
		}
	}
	return "", ""
}

// pciClasses are the classes of devices that a page names, by the base class (PCI Code and ID Assignment Specification).
var pciClasses = map[uint32]string{0x01: "storage controller", 0x02: "network controller", 0x03: "display adapter", 0x0D: "wireless controller"}

func (n *noticing) pci() (*secondary.PCI, string) {
	p, source := decoded(n.facts, tagPCI, secondary.ReadPCI)
	if p == nil {
		p = new(secondary.PCI)
	}
	return p, source
}

func (n *noticing) asleep() (text, source string) {
	p, source := n.pci()
	var list []string
	for i := range p.Devices {
		d := &p.Devices[i]
		class := pciClasses[d.Class>>16]
		says := fmt.Sprintf("%s %04x:%04x (%s)", class, d.Vendor, d.DeviceID, d.Location())
		if class != "" && !d.Gone && d.Power == "D3" && !slices.Contains(list, says) {
			list = append(list, says)
		}
	}
	switch len(list) {
	case 0:
		return "", ""
	case 1:
		return "the " + list[0] + " is powered down (D3)", source
	}
	return "powered down (D3): " + strings.Join(list[:min(len(list), 3)], ", "), source
}

func (n *noticing) gone() (text, source string) {
	p, source := n.pci()
	var list []string
	for i := range p.Devices {
		if at := p.Devices[i].Location(); p.Devices[i].Gone && !slices.Contains(list, at) {
			list = append(list, at)
		}
	}
	if len(list) == 0 || 2*len(list) > len(p.Devices) && len(p.Devices) > 1 { // then it is the reading that failed
		return "", ""
	}
	if len(list) == 1 {
		return "the PCI device " + list[0] + " does not answer, usually because it is powered off", source
	}
	return fmt.Sprintf("%d PCI devices do not answer, usually because they are powered off: %s", len(list), strings.Join(list[:min(len(list), 4)], ", ")), source
}

// enumerationErrors are those that reads of what is not there leave behind: unsupported request and completer abort.
const enumerationErrors = 1<<20 | 1<<15

func (n *noticing) busErrors() (text, source string) {
	p, source := n.pci()
	var list []string
	for i := range p.Devices {
		d := &p.Devices[i]
		if d.AER == nil || d.Gone || d.AER.Uncorrectable&^d.AER.UncorrectableMask&^enumerationErrors == 0 {
			continue
		}
		uncorrectable, _ := d.AER.Errors()
		list = append(list, fmt.Sprintf("%04x:%04x (%s): %s", d.Vendor, d.DeviceID, d.Location(), strings.Join(uncorrectable, ", ")))
	}
	if len(list) == 0 {
		return "", ""
	}
	text = "PCI Express errors are noted at " + strings.Join(list[:min(len(list), 2)], "; ")
	if more := len(list) - 2; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text, source
}

// microcodeFixes are published fixes of processors, by vendor, CPUID signature and brand. Revisions below the least are no processor's own: a hypervisor
// makes them up.
var microcodeFixes = []struct {
	vendor                  string
	signature, least, fixed uint32
	brand                   *regexp.Regexp
	about                   string
}{
	// Intel, "Intel Core 13th and 14th Gen Desktop Instability Root Cause Update", September 2024. Mobile processors and Xeons of this signature are not
	// affected.
	{"GenuineIntel", 0xB0671, 0x100, 0x12B, regexp.MustCompile(`Core\(TM\) i[579]-1[34][0-9]{3}(K|KF|KS|F|T|S)?\b`),
		"Intel published in September 2024 against instability of 13th and 14th generation desktop processors"},
}

func (n *noticing) oldMicrocode() (text, source string) {
	if n.registers == nil || guest(n.Hardware()) != "" {
		return "", ""
	}
	revision := n.registers.Microcode
	for _, fix := range microcodeFixes {
		if n.registers.Vendor == fix.vendor && n.registers.Signature() == fix.signature && revision >= fix.least && revision < fix.fixed &&
			fix.brand.MatchString(n.hardware.Processor) {
			return fmt.Sprintf("the processor's microcode %#x is older than %#x, which %s; an update does not repair a damaged processor", revision, fix.fixed, fix.about), n.from[tagRegisters]
		}
	}
	return "", ""
}

// nearLimit is how many degrees below its maximum a processor slows itself down for its temperature.
const nearLimit = 15

func (n *noticing) hot() (text, source string) {
	if n.registers == nil {
		return "", ""
	}
	_, t, ok := n.registers.Thermal()
	if !ok {
		return "", ""
	}
	var parts []string
	if t.Now(secondary.ThermalCritical) {
		parts = append(parts, "critical temperature")
	}
	if t.Now(secondary.ThermalThrottle) || t.Now(secondary.ThermalProchot) {
		parts = append(parts, "slowed down for its temperature")
	}
	degrees, ok := t.Below()
	if len(parts) == 0 || !ok || degrees > nearLimit { // a limit that holds far below the maximum is one of another part, or no reading
		return "", ""
	}
	return "the processor that stopped was at its thermal limit: " + strings.Join(parts, ", ") + fmt.Sprintf(", %d degrees below the maximum", degrees), n.from[tagRegisters]
}

// smbiosSource is the source of what is said of the memory.
func (n *noticing) smbiosSource() string {
	for _, s := range n.Secondary().Streams {
		if s.GUID == tagSMBIOS {
			return sourceOf(s)
		}
	}
	return ""
}

func (n *noticing) oneModule() (text, source string) {
	if !slices.Contains(memoryStops, n.code) && !n.oneBit || len(n.hardware.Memory) != 1 || guest(n.Hardware()) != "" {
		return "", ""
	}
	return "all memory is one module (" + moduleName(&n.hardware.Memory[0]) + "): where memory is at fault, it is that one, or what it sits in", n.smbiosSource()
}

// moduleName is maker, part and slot of a module.
func moduleName(m *report.MemoryModule) string {
	name := strings.TrimSpace(m.Manufacturer + " " + m.Part)
	if m.Slot != "" {
		name = strings.TrimSpace(name + " in " + m.Slot)
	}
	return cmp.Or(name, "unnamed")
}

// otherKind says whether two modules are of two kinds, by part or, where one has none, by maker. What nobody filled in differs from nothing.
func otherKind(a, b *report.MemoryModule) bool {
	if a.Part != "" && b.Part != "" {
		return !strings.EqualFold(a.Part, b.Part)
	}
	return a.Manufacturer != "" && b.Manufacturer != "" && !strings.EqualFold(a.Manufacturer, b.Manufacturer)
}

func (n *noticing) mixedKit() (text, source string) {
	if guest(n.Hardware()) != "" {
		return "", ""
	}
	var kinds []*report.MemoryModule
	for i := range n.hardware.Memory {
		m := &n.hardware.Memory[i]
		if !slices.ContainsFunc(kinds, func(k *report.MemoryModule) bool { return !otherKind(k, m) }) {
			kinds = append(kinds, m)
		}
	}
	if len(kinds) < 2 {
		return "", ""
	}
	const most = 3
	var names []string
	for _, m := range kinds[:min(len(kinds), most)] {
		names = append(names, strings.TrimSpace(m.Manufacturer+" "+m.Part))
	}
	text = fmt.Sprintf("memory modules of %d kinds are mixed: %s", len(kinds), strings.Join(names, ", "))
	if len(kinds) > most {
		text += " ..."
	}
	return text, n.smbiosSource()
}

func (n *noticing) aboveRating() (text, source string) {
	for _, m := range n.hardware.Memory {
		if m.AboveRating() {
			return fmt.Sprintf("memory runs at %d MT/s, above its rating of %d (usually an XMP profile)", m.Configured, m.Rated), n.smbiosSource()
		}
	}
	return "", ""
}

func (n *noticing) filters() (text, source string) {
	var others []string
	filtered := false
	for _, s := range n.stack {
		name := strings.ToLower(s.Module)
		if name == "" || s.Trust == report.TrustScan || s.User != nil && *s.User {
			continue
		}
		filtered = filtered || name == "fltmgr.sys"
		if !ofWindows(s.Module, "") && name != strings.ToLower(n.suspect) && !slices.Contains(others, s.Module) {
			others = append(others, s.Module)
		}
	}
	if !filtered || len(others) == 0 {
		return "", ""
	}
	return "the call went through the filter manager, and through drivers of others: " + strings.Join(others[:min(len(others), 3)], ", "), "the stack"
}

func (n *noticing) virtual() (text, source string) {
	if name := guest(n.Hardware()); name != "" {
		return "Windows ran in a virtual machine (" + name + "): its host can be at fault", n.smbiosSource()
	}
	return "", ""
}

// secured says that Windows ran on its own hypervisor, as with virtualization-based security.
func (n *noticing) secured() (text, source string) {
	if n.registers == nil || !n.registers.Hypervisor || guest(n.Hardware()) != "" {
		return "", ""
	}
	return "Windows ran on a hypervisor of its own (virtualization-based security, or Hyper-V)", n.from[tagRegisters]
}

// leastUnclean is how many boots without a clean shutdown are worth a line: a crash or two come before most.
const leastUnclean = 3

func (n *noticing) noCleanShutdown() (text, source string) {
	b, source := decoded(n.facts, tagBoot, secondary.ReadBootStatus)
	if b == nil || b.LastGoodShutdown == 0 || b.BootID < b.LastGoodShutdown || b.BootID-b.LastGoodShutdown < leastUnclean || b.BootID-b.LastGoodShutdown > 1000 {
		return "", ""
	}
	return fmt.Sprintf("no clean shutdown for %d boots, with this one", b.BootID-b.LastGoodShutdown), source
}
