package patterns

import (
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
)

// Collector keeps of each row what patterns are made of. Its zero value is ready.
type Collector struct {
	Left int // dumps that it did not keep, because it has as many as it keeps

	texts
	dumps []*dump
	free  []dump               // room for the next ones: a slice that grows would be copied
	ends  map[machineBoot]bool // boots that ended with a dump that is no pattern's
}

// machineBoot is a boot of a machine with an id.
type machineBoot struct {
	machine int32
	boot    uint32
}

// dump is a row. Texts are their numbers.
type dump struct {
	path          place
	machine       int32 // machine_id
	folder, model int32 // of the file, where there is no machine_id; model_id
	board         int32 // board, firmware and processor, where bits are compared without machine_id
	code, coarse  int32
	problem       int32  // the driver at fault, or the signature: dumps with different ones are unrelated
	family        family // of the code
	driver        int32  // the driver at fault, where it is none of Windows
	kit           int32  // what the machine had: the text of the numbers of its values
	stamp         uint32 // time stamp of the driver at fault, 0 for unknown
	build         uint32
	boot, clean   uint32  // boot id, and that of the last boot before which ended as it should; 0 for unknown
	uptime        float32 // seconds, negative for unknown
	at            int64   // seconds since 1970, 0 for unknown
	event         uint64  // equal for dumps of one event
	about         uint64  // equal for dumps with one signature and parameters
	bit           int8    // negative for none
	live          bool
	who           int32 // the machine, once List has told machines apart; 0 for unknown
}

// Attributes are what machines can have in common. A value is a text: the number of its attribute, and what that is.
const (
	attrBuild = iota
	attrBIOS
	attrMicrocode
	attrModel
	attrProcessor
	attrDevice
	attrStamp // of the driver at fault: it is compared among dumps of that driver
	attributes
)

var attributeNames = [attributes]string{"build", "firmware", "microcode", "model", "processor", "device", "driver time stamp"}

// maxDumps bounds what is kept: some 150 bytes each. What comes behind them does not count.
const maxDumps = 1 << 20

// longest is more than Windows runs, in seconds: 100 years.
const longest = 100 * 365 * 24 * 60 * 60

// leastBit is the lowest bit that counts: below, a difference can be an offset in a structure.
const leastBit = 12

// Add takes a row.
func (c *Collector) Add(r *report.Report) {
	if r.File.DuplicateOf != "" || r.Bugcheck == nil || r.Bugcheck.Code == "" || r.Dump == nil || r.Signature == nil || r.Signature.Coarse == "" || r.Origin == nil {
		return
	}
	o := r.Origin
	live := o.Kind == report.KindLive
	switch {
	case o.Deliberate != nil && *o.Deliberate, !live && o.Kind != report.KindCrash, live && o.Source != report.SourceComponent, !live && o.Source == report.SourceManual:
		c.end(r)
		return
	case len(c.dumps) == maxDumps, c.full():
		c.Left++
		return
	}
	path := report.PathOf(r)
	d := dump{
		path: c.keep([]byte(path)), live: live, uptime: -1, bit: -1,
		code: c.number(r.Bugcheck.Code), coarse: c.number(r.Signature.Coarse), event: eventOf(r),
	}
	if at := timeOf(r); at != nil {
		d.at = at.Unix()
	}
	if up := r.Dump.UptimeSeconds; up != nil && *up < longest {
		d.uptime = float32(*up)
	}
	if id := r.Dump.BootID; id != nil {
		d.boot = *id
		if last := r.Dump.LastCleanBoot; last != nil && *last < *id {
			d.clean = *last
		}
	}
	if bit := oddBit(r); bit != nil && *bit >= leastBit && *bit < 64 {
		d.bit, d.about = int8(*bit), aboutOf(r)
	}
	driver := driverOf(r)
	d.driver = c.number(driver)
	d.family = familyOf(r.Bugcheck.Code, r.Signature.Module)
	if d.problem = d.driver; d.problem == 0 {
		d.problem = d.coarse
		if !exceptions[r.Bugcheck.Code] { // with other parameters it is the same problem
			d.problem = d.code
		}
	}
	if driver != "" {
		d.stamp = stampOf(r, driver)
	}
	if r.Dump.Build != nil {
		d.build = *r.Dump.Build
	}
	d.kit = c.kitOf(r, d.stamp)
	if h := r.Hardware; h != nil {
		d.machine, d.model = c.number(h.MachineID), c.number(h.ModelID)
		if h.Board != "" && h.MachineID == "" {
			d.board = c.number(h.Board + "\x00" + h.BIOS + "\x00" + h.Processor)
		} else {
			d.board = c.number(h.Board)
		}
	}
	if d.machine == 0 {
		d.folder = c.number(path[:max(strings.LastIndexAny(path, `/\`), 0)])
	}
	if len(c.free) == 0 {
		c.free = make([]dump, min(max(len(c.dumps), 16), 4096))
	}
	c.free[0] = d
	c.dumps, c.free = append(c.dumps, &c.free[0]), c.free[1:]
}

// end notes that a boot ended with a dump, though it says nothing of problems.
func (c *Collector) end(r *report.Report) {
	if r.Origin.Kind != report.KindCrash || r.Dump.BootID == nil || r.Hardware == nil || r.Hardware.MachineID == "" || len(c.ends) == maxDumps || c.full() {
		return
	}
	if c.ends == nil {
		c.ends = map[machineBoot]bool{}
	}
	c.ends[machineBoot{c.number(r.Hardware.MachineID), *r.Dump.BootID}] = true
}

// eventOf is equal for dumps of one stop or capture, however many files there are of it: copies that no scan compared, and the small dump
// beside the large one. Dumps without a time are of one event where all that changes from boot to boot is equal.
func eventOf(r *report.Report) uint64 {
	h := fnv.New64a()
	var b [8]byte
	h.Write([]byte(r.Bugcheck.Code))
	if at := timeOf(r); at != nil {
		binary.LittleEndian.PutUint64(b[:], uint64(at.UnixNano()))
		h.Write(b[:])
		return h.Sum64()
	}
	if r.Dump.PsLoadedModuleList == "" { // nothing that changes from boot to boot: by its file
		h.Write([]byte(report.PathOf(r)))
		return h.Sum64()
	}
	for _, p := range r.Bugcheck.Parameters {
		h.Write([]byte(p.Value))
	}
	for _, s := range []string{r.Dump.PsLoadedModuleList, r.Dump.DirectoryTableBase, r.Dump.KdDebuggerDataBlock} {
		h.Write([]byte(s))
	}
	return h.Sum64()
}

// aboutOf is equal for dumps of one signature and with one set of parameters.
func aboutOf(r *report.Report) uint64 {
	h := fnv.New64a()
	h.Write([]byte(r.Signature.Coarse))
	if len(r.Bugcheck.Parameters) == 0 { // not known to be equal
		h.Write([]byte(report.PathOf(r)))
	}
	for _, p := range r.Bugcheck.Parameters {
		h.Write([]byte(p.Value))
	}
	return h.Sum64()
}

// timeOf is the time of a dump, nil where there is none: what lies before the first Windows NT or far ahead is filler.
func timeOf(r *report.Report) *time.Time {
	if at := r.Dump.CapturedAt; at != nil && at.Year() >= 1993 && at.Year() <= 2100 {
		return at
	}
	return nil
}

// maxKit bounds the values of a dump: one of each attribute, and devices.
const maxKit = int(attributes) + 32

// kitOf returns what the machine of a row has.
func (c *Collector) kitOf(r *report.Report, stamp uint32) int32 {
	var room [maxKit]int32
	var b [256]byte
	list := room[:0]
	add := func(attribute byte, text string) {
		if text != "" && len(list) < maxKit {
			list = append(list, c.numberOf(append(append(b[:0], attribute), text...)))
		}
	}
	if r.Dump.Build != nil {
		add(attrBuild, strconv.FormatUint(uint64(*r.Dump.Build), 10))
	}
	if stamp != 0 {
		add(attrStamp, report.Hex(stamp))
	}
	if h := r.Hardware; h != nil {
		add(attrBIOS, h.BIOS)
		add(attrMicrocode, h.Microcode)
		add(attrModel, report.Unpadded(strings.TrimSpace(h.Manufacturer+" "+h.Model)))
		add(attrProcessor, h.Processor)
		for _, d := range h.Devices {
			add(attrDevice, d)
		}
	}
	slices.Sort(list)
	key := b[:0]
	for _, v := range slices.Compact(list) {
		key = binary.LittleEndian.AppendUint32(key, uint32(v))
	}
	return c.numberOf(key)
}

// driverOf is the driver at fault, "" where there is none: where the row looked for one and names none, where it is one of Windows, that
// stops for what others did, or where the name is none of a driver.
func driverOf(r *report.Report) string {
	name := r.Signature.Module
	if s := r.Suspect; s != nil {
		name = s.Module
	}
	name = strings.ToLower(name)
	if !strings.HasSuffix(name, ".sys") && !strings.HasSuffix(name, ".dll") || analyze.WindowsModule(name) {
		return ""
	}
	return name
}

// stampOf is the time stamp of the driver at fault, 0 where that is not known.
func stampOf(r *report.Report, driver string) uint32 {
	text := ""
	switch s := r.Suspect; {
	case s != nil && s.Timestamp != "" && strings.EqualFold(s.Module, driver):
		text = s.Timestamp
	case strings.EqualFold(r.Signature.Module, driver):
		text = r.Signature.ModuleTimestamp
	}
	if text == "" { // rows without it can have the list
		i := slices.IndexFunc(r.Modules, func(m report.Module) bool { return strings.EqualFold(m.Name, driver) })
		if i >= 0 {
			text = r.Modules[i].Timestamp
		}
	}
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// oddBit is the one bit that would make a better value of what the dump is about, nil for none.
func oddBit(r *report.Report) *int {
	if r.Fault != nil && r.Fault.Bit != nil {
		return r.Fault.Bit
	}
	return r.Bugcheck.Bit
}
