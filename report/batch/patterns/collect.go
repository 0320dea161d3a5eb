package patterns

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// Collector keeps of each row what patterns are made of. Its zero value is ready.
type Collector struct {
	Left int // dumps that it did not keep, because it has as many as it keeps

	texts map[string]int32 // every text once, from 1; 0 is none
	names []string
	dumps []*dump
	free  []dump // room for the next ones: a slice that grows would be copied
}

// dump is a row. Texts are numbers of names.
type dump struct {
	path          string
	machine       int32 // machine_id
	folder, model int32 // of the file; model_id
	board         int32 // board, firmware and processor, where bits are compared without machine_id
	coarse        int32
	problem       int32 // the driver at fault, or the signature: dumps with different ones are unrelated
	driver        int32 // the driver at fault, where it is none of Windows
	attributes    [attributes]int32
	at            int64   // seconds since 1970, 0 for unknown
	uptime        float32 // seconds, negative for unknown
	boot          int64   // negative for unknown
	bit           int8    // negative for none
	live          bool
	who           int32 // the machine, once List has told machines apart; 0 for unknown
}

// What machines can have in common.
const (
	attrBuild = iota
	attrBIOS
	attrMicrocode
	attrModel
	attrProcessor
	attrModule // version of the driver at fault by its time stamp, where rows have modules
	attributes
)

var attributeNames = [attributes]string{"build", "firmware", "microcode", "model", "processor", "driver time stamp"}

// maxDumps bounds what is kept: some 250 bytes each. What comes behind them does not count.
const maxDumps = 1 << 20

// maxText is more than firmware and drivers have for names.
const maxText = 1024

// leastBit is the lowest bit that counts: below, a difference can be an offset in a structure.
const leastBit = 12

func (c *Collector) number(s string) int32 {
	s = s[:min(len(s), maxText)]
	if s == "" {
		return 0
	}
	if n, ok := c.texts[s]; ok {
		return n
	}
	if c.texts == nil {
		c.texts, c.names = map[string]int32{}, []string{""}
	}
	s = strings.Clone(s) // it may be a part of a long text
	n := int32(len(c.names))
	c.texts[s], c.names = n, append(c.names, s)
	return n
}

func (c *Collector) name(n int32) string { return c.names[n] }

// Add takes a row.
func (c *Collector) Add(r *report.Report) {
	if r.File.DuplicateOf != "" || r.Bugcheck == nil || r.Bugcheck.Code == "" || r.Dump == nil || r.Signature == nil || r.Signature.Coarse == "" || r.Origin == nil {
		return
	}
	o := r.Origin
	live := o.Kind == report.KindLive
	switch {
	case o.Deliberate != nil && *o.Deliberate, !live && o.Kind != report.KindCrash:
		return
	case live && o.Source != report.SourceComponent, !live && o.Source == report.SourceManual:
		return
	case len(c.dumps) == maxDumps:
		c.Left++
		return
	}
	d := dump{path: strings.Clone(report.PathOf(r)), live: live, uptime: -1, boot: -1, bit: -1, coarse: c.number(r.Signature.Coarse)}
	d.folder = c.number(path.Dir(filepath.ToSlash(d.path)))
	if at := r.Dump.CapturedAt; at != nil {
		d.at = at.Unix()
	}
	if up := r.Dump.UptimeSeconds; up != nil {
		d.uptime = float32(*up)
	}
	if id := r.Dump.BootID; id != nil {
		d.boot = int64(*id)
	}
	if bit := oddBit(r); bit != nil && *bit >= leastBit && *bit < 64 {
		d.bit = int8(*bit)
	}
	d.driver = c.number(driverOf(r))
	if d.problem = d.driver; d.problem == 0 {
		d.problem = d.coarse
	}
	d.attributes[attrBuild] = c.number(r.GroupKey("build"))
	if h := r.Hardware; h != nil {
		d.machine, d.model = c.number(h.MachineID), c.number(h.ModelID)
		if h.Board != "" {
			d.board = c.number(strings.Join([]string{h.Board, h.BIOS, h.Processor}, "\x00"))
		}
		d.attributes[attrBIOS], d.attributes[attrMicrocode], d.attributes[attrProcessor] = c.number(h.BIOS), c.number(h.Microcode), c.number(h.Processor)
		d.attributes[attrModel] = c.number(report.Unpadded(strings.TrimSpace(h.Manufacturer + " " + h.Model)))
	}
	for _, m := range r.Modules {
		if d.driver != 0 && m.Timestamp != "" && strings.EqualFold(m.Name, c.name(d.driver)) {
			d.attributes[attrModule] = c.number(c.name(d.driver) + " " + m.Timestamp)
		}
	}
	if len(c.free) == 0 {
		c.free = make([]dump, min(max(len(c.dumps), 16), 4096))
	}
	c.free[0] = d
	c.dumps, c.free = append(c.dumps, &c.free[0]), c.free[1:]
}

// driverOf is the driver at fault, "" where there is none or it is one of Windows that stops for what others did.
func driverOf(r *report.Report) string {
	name := r.Signature.Module
	if s := r.Suspect; s != nil && s.Module != "" {
		name = s.Module
	}
	name = strings.ToLower(name)
	if windows[strings.TrimSuffix(strings.TrimSuffix(name, ".sys"), ".exe")] {
		return ""
	}
	return name
}

// windows are the modules in which code of others is often found out.
var windows = map[string]bool{
	"nt": true, "ntoskrnl": true, "ntkrnlmp": true, "hal": true, "win32k": true, "win32kbase": true, "win32kfull": true, "ks": true,
	"dxgkrnl": true, "dxgmms1": true, "dxgmms2": true, "fltmgr": true, "ndis": true, "tcpip": true, "netio": true, "ntfs": true,
	"wdf01000": true, "storport": true, "acpi": true, "pci": true, "usbport": true, "ucx01000": true, "usbhub3": true, "usbxhci": true,
	"portcls": true, "watchdog": true, "ci": true, "cng": true, "clfs": true, "volsnap": true, "intelppm": true, "amdppm": true,
}

// oddBit is the one bit that would make a better value of what the dump is about, nil for none.
func oddBit(r *report.Report) *int {
	if r.Fault != nil && r.Fault.Bit != nil {
		return r.Fault.Bit
	}
	return r.Bugcheck.Bit
}
