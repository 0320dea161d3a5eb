package secondary

import (
	"fmt"
	"strings"
)

// PCI is what the PCI bus driver kept of the configuration space of its devices.
type PCI struct {
	Devices []PCIDevice // in the order of the stream
}

// PCIDevice is one function of a device on the PCI bus.
type PCIDevice struct {
	Segment               uint16
	Bus, Device, Function uint8
	// Gone is set where the configuration space reads as ones (vendor FFFF): usually the device was powered off, or removed. It does not mean that it
	// is broken, and what it was is not known.
	Gone                 bool
	Vendor, DeviceID     uint16
	Class                uint32 // base class, subclass and programming interface: 24 bits
	Revision             uint8
	SubVendor, SubDevice uint16 // of the board; 0 where the ranges do not have it
	Command, Status      uint16
	HeaderType           uint8 // without the bit for more than one function: 0 an endpoint, 1 a bridge
	Secondary            uint8 // of a bridge: the bus behind it
	Express              *PCIExpress
	Link                 Link   // zero where there is none
	Power                string // D0 to D3 by the power management capability, "" where the ranges do not have it
	AER                  *AER
	Ranges               []PCIRange // all that the stream has of the configuration space, which shares the memory of the stream
}

// PCIRange is a part of a configuration space.
type PCIRange struct {
	Offset uint16
	Data   []byte
}

// PCIExpress is the PCI Express capability, without its link.
type PCIExpress struct {
	Type   uint8  // 0 endpoint, 4 root port, 5 upstream and 6 downstream port of a switch, 9 integrated endpoint
	Status uint16 // device status: 1 correctable, 2 non-fatal, 4 fatal error, 8 unsupported request seen
}

// Link is the state of a PCI Express link. An idle device often lowers its speed: less than it could have is no fault.
type Link struct {
	Speed, MaxSpeed LinkSpeed
	Width, MaxWidth uint8 // lanes; a width of 0 is a link that is down
}

// LinkSpeed is the generation of a link: 1 is 2.5 GT/s. 0 is unknown.
type LinkSpeed uint8

// String returns the speed in GT/s.
func (s LinkSpeed) String() string {
	if s == 0 || int(s) > len(linkSpeeds) {
		return fmt.Sprintf("speed %d", uint8(s))
	}
	return linkSpeeds[s-1]
}

var linkSpeeds = [...]string{"2.5 GT/s", "5 GT/s", "8 GT/s", "16 GT/s", "32 GT/s", "64 GT/s"}

// AER is the capability for advanced error reporting. The bits are those of the PCI Express specification.
type AER struct {
	Uncorrectable, UncorrectableMask, Severity uint32 // a set bit of Severity makes that error fatal
	Correctable, CorrectableMask               uint32
	FirstError                                 uint8     // the bit of the uncorrectable error to which HeaderLog belongs
	HeaderLog                                  [4]uint32 // of the packet with the first error
	RootStatus                                 uint32    // of a root port: what it was told; 0 where the ranges do not have it
}

// Bits of AER that looking for devices leaves behind on nearly every machine: they tell nothing. The last one is no error: the log had no room for one more.
const (
	unsupportedRequest = 0x100000
	advisoryNonFatal   = 0x2000
	headerLogOverflow  = 0x8000
)

// Real says whether an error is recorded besides those that looking for devices leaves behind. When it happened is not recorded: it can be long ago, and
// a correctable error was corrected.
func (a *AER) Real() bool {
	return a.RealUncorrectable() || a.Correctable&^(advisoryNonFatal|headerLogOverflow) != 0
}

// RealUncorrectable is Real for uncorrectable errors only.
func (a *AER) RealUncorrectable() bool { return a.Uncorrectable&^unsupportedRequest != 0 }

// Errors returns the names of the errors that are recorded, by the specification: all of them, those that Real leaves out too.
func (a *AER) Errors() (uncorrectable, correctable []string) {
	return aerNames(a.Uncorrectable, uncorrectableErrors), aerNames(a.Correctable, correctableErrors)
}

// Location returns the place of the function as bus:device.function in hexadecimal digits, with the segment before them where that is not 0.
func (d *PCIDevice) Location() string {
	if d.Segment != 0 {
		return fmt.Sprintf("%04x:%02x:%02x.%x", d.Segment, d.Bus, d.Device, d.Function)
	}
	return fmt.Sprintf("%02x:%02x.%x", d.Bus, d.Device, d.Function)
}

// A record begins with "PCfg", its size, the number of its ranges, the location (function 3 bits, device 5, bus 8, segment), and five kernel pointers.
// The ranges follow: u16 offset in the configuration space, u16 length, bytes.
const (
	pciHeader = 0x38
	pciRange  = 4
)

// What bounds the work for one device: its ranges, and the steps of each list of capabilities. Real ones have some twenty of both.
const (
	maxRanges       = 256
	maxCapabilities = 96
)

// ReadPCI decodes the stream 9276c055. Its layout was worked out on real dumps; what is in the ranges is that of the PCI and PCI Express specifications.
func ReadPCI(b []byte) (*PCI, int, error) {
	p := &PCI{}
	s := le(b)
	off := 0
	for off < len(b) {
		if string(s.upTo(off, 4)) != "PCfg" {
			return p, off, stopped(off, "no record of a device begins here", s.u32(off))
		}
		size := int(s.u32(off + 4))
		if size < pciHeader || size > len(b)-off {
			return p, off, stopped(off+4, "the record of a device does not end in the stream: its size", size)
		}
		d, err := readPCIDevice(s[off:off+size:off+size], off)
		if err != nil {
			return p, off, err
		}
		p.Devices = append(p.Devices, d)
		off += size
	}
	return p, off, nil
}

// readPCIDevice decodes one record, which is at an offset in the stream.
func readPCIDevice(r le, at int) (d PCIDevice, err error) {
	where := r.u32(0xC)
	d.Function, d.Device, d.Bus, d.Segment = uint8(where&7), uint8(where>>3&0x1F), uint8(where>>8), uint16(where>>16)
	count := r.u32(8)
	if count > maxRanges {
		return d, stopped(at+8, "a device has more ranges of configuration space than are read", count)
	}
	off := pciHeader
	for range count {
		n := int(r.u16(off + 2))
		if !r.has(off, pciRange) || !r.has(off+pciRange, n) {
			return d, stopped(at+off, "a range of configuration space does not end in its record: its length", n)
		}
		d.Ranges = append(d.Ranges, PCIRange{r.u16(off), r[off+pciRange : off+pciRange+n : off+pciRange+n]})
		off += pciRange + n
	}
	if off != len(r) {
		return d, stopped(at+off, "bytes follow the ranges of a device: how many", len(r)-off)
	}
	d.readConfig()
	return d, nil
}

// at returns n bytes of the configuration space, nil where no range has them.
func (d *PCIDevice) at(off, n int) le {
	for _, r := range d.Ranges {
		if start := off - int(r.Offset); start >= 0 && start+n <= len(r.Data) {
			return r.Data[start : start+n]
		}
	}
	return nil
}

// readConfig decodes the header and the capabilities.
func (d *PCIDevice) readConfig() {
	h := d.at(0, 0x40)
	if h == nil {
		return
	}
	d.Vendor, d.DeviceID = h.u16(0), h.u16(2)
	if d.Vendor == 0xFFFF {
		d.Gone = true // all of it reads as ones
		return
	}
	d.Command, d.Status = h.u16(4), h.u16(6)
	d.Revision, d.Class = h.u8(8), h.u32(8)>>8
	d.HeaderType = h.u8(0xE) & 0x7F
	switch d.HeaderType {
	case 0:
		d.SubVendor, d.SubDevice = h.u16(0x2C), h.u16(0x2E)
	case 1:
		d.Secondary = h.u8(0x19)
	}
	if d.Status&0x10 != 0 { // there is a list of capabilities
		next := int(h.u8(0x34) &^ 3)
		for range maxCapabilities {
			c := d.at(next, 2)
			if c == nil || next < 0x40 {
				break
			}
			d.readCapability(c.u8(0), next)
			next = int(c.u8(1) &^ 3)
		}
	}
	next := 0x100
	for range maxCapabilities {
		c := d.at(next, 4)
		if c == nil || next < 0x100 {
			break
		}
		if c.u16(0) == 1 && d.AER == nil {
			d.readAER(next)
		}
		next = int(c.u32(0) >> 20 &^ 3)
	}
}

// readCapability decodes those of the first 256 bytes that say something of the device's state.
func (d *PCIDevice) readCapability(id uint8, off int) {
	switch id {
	case 0x01: // power management
		if c := d.at(off, 6); c != nil && c.u16(4) != 0xFFFF {
			d.Power = fmt.Sprintf("D%d", c.u16(4)&3)
		}
	case 0x0D: // subsystem of a bridge
		if c := d.at(off, 8); c != nil && d.HeaderType == 1 {
			d.SubVendor, d.SubDevice = c.u16(4), c.u16(6)
		}
	case 0x10:
		c := d.at(off, 0x14)
		if c == nil || c.u32(4) == 0xFFFFFFFF || d.Express != nil {
			return
		}
		d.Express = &PCIExpress{Type: uint8(c.u16(2) >> 4 & 0xF), Status: c.u16(0xA)}
		if integrated := d.Express.Type == 9 || d.Express.Type == 10; !integrated && c.u16(0x12) != 0xFFFF {
			most, now := c.u32(0xC), c.u16(0x12)
			d.Link = Link{LinkSpeed(now & 0xF), LinkSpeed(most & 0xF), uint8(now >> 4 & 0x3F), uint8(most >> 4 & 0x3F)}
		}
	}
}

func (d *PCIDevice) readAER(off int) {
	c := d.at(off, 0x1C)
	if c == nil || c.u32(4)&c.u32(0x10) == 0xFFFFFFFF {
		return
	}
	a := &AER{
		Uncorrectable: c.u32(4), UncorrectableMask: c.u32(8), Severity: c.u32(0xC), Correctable: c.u32(0x10), CorrectableMask: c.u32(0x14),
		FirstError: c.u8(0x18) & 0x1F,
	}
	if log := d.at(off+0x1C, 16); log != nil {
		for i := range a.HeaderLog {
			a.HeaderLog[i] = log.u32(4 * i)
		}
	}
	if d.Express != nil && (d.Express.Type == 4 || d.Express.Type == 10) { // only these have it; in others a prefix log can be here
		a.RootStatus = d.at(off+0x30, 4).u32(0)
	}
	d.AER = a
}

// Fields returns one group for each function.
func (p *PCI) Fields() []Field {
	fields := make([]Field, len(p.Devices))
	for i := range p.Devices {
		fields[i] = p.Devices[i].field()
	}
	return fields
}

func (d *PCIDevice) field() Field {
	group := Field{Name: d.Location()}
	if d.Gone {
		group.Fields = []Field{textField("state", "gone: its configuration reads as ones, usually because it is powered off")}
		return group
	}
	f := []Field{textField("device", pciID(d.Vendor, d.DeviceID)), textField("class", fmt.Sprintf("%06x", d.Class))}
	if name := pciClasses[uint8(d.Class>>16)]; name != "" {
		f[1].Value += " (" + name + ")"
	}
	f = append(f, hexField("revision", uint64(d.Revision)))
	if d.SubVendor != 0 {
		f = append(f, textField("subsystem", pciID(d.SubVendor, d.SubDevice)))
	}
	f = append(f, hexField("command", uint64(d.Command)), hexField("status", uint64(d.Status)))
	if d.HeaderType == 1 {
		f = append(f, textField("bus behind it", fmt.Sprintf("%02x", d.Secondary)))
	}
	f = addText(f, "power", d.Power)
	if e := d.Express; e != nil {
		f = append(f, hexField("PCI Express device status", uint64(e.Status)))
	}
	if l := d.Link; l.MaxWidth != 0 {
		f = append(f, textField("link", l.String()))
	}
	if d.AER != nil {
		f = append(f, d.AER.field())
	}
	group.Fields = f
	return group
}

// String says how the link is and how it could be.
func (l Link) String() string {
	most := fmt.Sprintf("at most %v x%d", l.MaxSpeed, l.MaxWidth)
	if l.Width == 0 {
		return "down, " + most
	}
	return fmt.Sprintf("%v x%d, %s", l.Speed, l.Width, most)
}

func (a *AER) field() Field {
	uncorrectable, correctable := a.Errors()
	f := []Field{
		hexField("uncorrectable", uint64(a.Uncorrectable)), hexField("uncorrectable mask", uint64(a.UncorrectableMask)),
		hexField("fatal where uncorrectable", uint64(a.Severity)), hexField("correctable", uint64(a.Correctable)),
		hexField("correctable mask", uint64(a.CorrectableMask)),
	}
	f = addText(f, "uncorrectable errors", strings.Join(uncorrectable, ", "))
	f = addText(f, "correctable errors", strings.Join(correctable, ", "))
	f = addHex(f, "root error status", uint64(a.RootStatus))
	if a.HeaderLog != [4]uint32{} {
		f = append(f, textField("header log", fmt.Sprintf("%08x %08x %08x %08x", a.HeaderLog[0], a.HeaderLog[1], a.HeaderLog[2], a.HeaderLog[3])))
	}
	return Field{Name: "advanced error reporting", Fields: f}
}

// aerNames returns the names of the bits that are set; what has none is its number.
func aerNames(bits uint32, names map[int]string) []string {
	var list []string
	for i := range 32 {
		if bits>>i&1 == 0 {
			continue
		}
		name := names[i]
		if name == "" {
			name = fmt.Sprintf("bit %d", i)
		}
		list = append(list, name)
	}
	return list
}

// Names of the bits by the PCI Express base specification, section 7.8.4.
var (
	uncorrectableErrors = map[int]string{
		4: "data link protocol", 5: "surprise down", 12: "poisoned TLP", 13: "flow control protocol", 14: "completion timeout", 15: "completer abort",
		16: "unexpected completion", 17: "receiver overflow", 18: "malformed TLP", 19: "ECRC", 20: "unsupported request", 21: "ACS violation",
		22: "uncorrectable internal", 23: "MC blocked TLP", 24: "AtomicOp egress blocked", 25: "TLP prefix blocked", 26: "poisoned TLP egress blocked",
	}
	correctableErrors = map[int]string{
		0: "receiver", 6: "bad TLP", 7: "bad DLLP", 8: "replay number rollover", 12: "replay timer timeout", 13: "advisory non-fatal",
		14: "corrected internal", 15: "header log overflow",
	}
)

// pciClasses are the base classes by the PCI code and ID assignment specification.
var pciClasses = map[uint8]string{
	0x01: "storage", 0x02: "network", 0x03: "display", 0x04: "multimedia", 0x05: "memory", 0x06: "bridge", 0x07: "communication",
	0x08: "system peripheral", 0x09: "input", 0x0A: "docking station", 0x0B: "processor", 0x0C: "serial bus", 0x0D: "wireless",
	0x10: "encryption", 0x11: "signal processing", 0x12: "processing accelerator", 0x13: "non-essential instrumentation",
}
