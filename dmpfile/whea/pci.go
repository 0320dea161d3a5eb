package whea

import "fmt"

// PCI is what a section of a PCI or PCI Express device says. A field is nil where the section does not say it.
type PCI struct {
	Segment               uint16
	Bus, Device, Function uint8
	Located               bool // the four above are said
	Vendor, DeviceID      uint16
	Identified            bool   // Vendor and DeviceID are said
	Class                 uint32 // 24 bits, with Identified
	Port                  string // kind of the device or port, "" where it is not said
	Bridge                bool   // it is a port or a bridge: what fails can be behind it
	Uncorrectable         *uint32
	UncorrectableMask     *uint32
	UncorrectableSeverity *uint32 // bits that are fatal
	Correctable           *uint32
	CorrectableMask       *uint32
}

// Location names the device as Device Manager does: "bus 1, device 0, function 0". It is "" where the section does not say it.
func (p *PCI) Location() string {
	if !p.Located {
		return ""
	}
	s := fmt.Sprintf("bus %d, device %d, function %d", p.Bus, p.Device, p.Function)
	if p.Segment != 0 {
		s = fmt.Sprintf("segment %d, ", p.Segment) + s
	}
	return s
}

// Errors names the errors that the device's Advanced Error Reporting has noted and that are not masked, the uncorrectable ones first.
func (p *PCI) Errors() []string {
	var list []string
	unmasked := func(status, mask *uint32, names []string) {
		if status == nil {
			return
		}
		v := *status
		if mask != nil {
			v &^= *mask
		}
		list = append(list, setBits(uint64(v), names)...)
	}
	unmasked(p.Uncorrectable, p.UncorrectableMask, uncorrectable)
	unmasked(p.Correctable, p.CorrectableMask, correctable)
	return list
}

var (
	ports = map[uint64]string{0: "endpoint", 1: "legacy endpoint", 4: "root port", 5: "upstream switch port", 6: "downstream switch port",
		7: "PCI Express to PCI bridge", 8: "PCI to PCI Express bridge", 9: "root complex integrated endpoint", 10: "root complex event collector"}
	commandBits = []string{"I/O space", "memory space", "bus master", "special cycles", "memory write and invalidate", "VGA palette snoop",
		"parity error response", "", "SERR#", "fast back-to-back", "interrupts off"}
	statusBits = []string{3: "interrupt", 4: "capabilities", 5: "66 MHz", 7: "fast back-to-back", 8: "master data parity error", 11: "signaled target abort",
		12: "received target abort", 13: "received master abort", 14: "signaled system error", 15: "detected parity error"}
	// Bits of Advanced Error Reporting (PCI Express base specification, 7.8.4).
	uncorrectable = []string{4: "data link protocol error", 5: "surprise down", 12: "poisoned TLP", 13: "flow control protocol error",
		14: "completion time-out", 15: "completer abort", 16: "unexpected completion", 17: "receiver overflow", 18: "malformed TLP", 19: "ECRC error",
		20: "unsupported request", 21: "ACS violation", 22: "uncorrectable internal error", 23: "MC blocked TLP", 24: "AtomicOp egress blocked",
		25: "TLP prefix blocked", 26: "poisoned TLP egress blocked"}
	correctable = []string{0: "receiver error", 6: "bad TLP", 7: "bad DLLP", 8: "replay number rollover", 12: "replay timer time-out",
		13: "advisory non-fatal error", 14: "corrected internal error", 15: "header log overflow"}
	speeds = map[uint64]string{1: "2.5 GT/s", 2: "5 GT/s", 3: "8 GT/s", 4: "16 GT/s", 5: "32 GT/s", 6: "64 GT/s"}
)

// pciExpress reads a section of a PCI Express device (UEFI specification, table N.33; WHEA_PCIEXPRESS_ERROR_SECTION).
func pciExpress(f *fields, s *Section) {
	p := &PCI{}
	s.PCI = p
	f.validation(0, 8)
	if v, ok := f.number(0, 8, 4); ok {
		p.Port = nameOf(v, ports)
		p.Bridge = v >= 4 && v <= 8
		f.add("port type", p.Port)
	}
	if v, ok := f.number(1, 0xC, 2); ok { // digits, four bits each
		f.add("version", fmt.Sprintf("%x.%x", v>>8, v&0xFF))
	}
	f.flags(2, "command", 0x10, 2, commandBits)
	f.flags(2, "status", 0x12, 2, statusBits)
	if f.valid>>3&1 != 0 {
		f.pciID(p, 0x18)
	}
	f.hex(4, "serial number", 0x28, 8)
	f.private("serial number")
	f.flags(5, "secondary status", 0x30, 2, statusBits)
	f.hex(5, "bridge control", 0x32, 2)
	if f.valid>>6&1 != 0 {
		f.group("capability", f.capability)
	}
	if f.valid>>7&1 != 0 {
		f.group("advanced error reporting", func() { f.advanced(p) })
	}
}

// pciID reads the vendor, the class and the place of a PCI Express device (UEFI specification, table N.33, device id).
func (f *fields) pciID(p *PCI, at int) {
	id, ok := f.slice(at, 0x10)
	if !ok {
		return
	}
	p.Vendor, p.DeviceID = uint16(id[0])|uint16(id[1])<<8, uint16(id[2])|uint16(id[3])<<8
	p.Class = uint32(id[4]) | uint32(id[5])<<8 | uint32(id[6])<<16
	p.Function, p.Device, p.Segment, p.Bus = id[7], id[8], uint16(id[9])|uint16(id[10])<<8, id[11]
	p.Identified, p.Located = true, true
	f.identity(p)
	if p.Bridge || id[12] != 0 {
		f.add("secondary bus", fmt.Sprint(id[12]))
	}
	if slot := (uint16(id[13]) | uint16(id[14])<<8) >> 3; slot != 0 {
		f.add("slot", fmt.Sprint(slot))
	}
}

func (f *fields) identity(p *PCI) {
	f.add("device", p.Location())
	f.add("id", fmt.Sprintf("%04x:%04x", p.Vendor, p.DeviceID))
	f.add("class", fmt.Sprintf("%#06x", p.Class))
}

// capability reads the PCI Express capability structure (PCI Express base specification, 7.5.3).
func (f *fields) capability() {
	const at, idPCIExpress = 0x34, 0x10
	id, ok := f.number(always, at, 1)
	if !ok || id != idPCIExpress {
		f.hex(always, "id", at, 1)
		return
	}
	f.flags(always, "device status", at+0xA, 2, []string{"correctable error", "non-fatal error", "fatal error", "unsupported request", "auxiliary power",
		"transactions pending"})
	link := func(name string, off int) {
		if v, ok := f.number(always, off, 2); ok && v&0x3F != 0 {
			f.add(name, fmt.Sprintf("%s x%d", nameOf(v&0xF, speeds), v>>4&0x3F))
		}
	}
	link("link", at+0x12)
	link("link at most", at+0xC)
}

// advanced reads the extended capability Advanced Error Reporting (PCI Express base specification, 7.8.4).
func (f *fields) advanced(p *PCI) {
	const at = 0x70
	register := func(name string, off int, names []string) *uint32 {
		v, ok := f.number(always, at+off, 4)
		if !ok {
			return nil
		}
		f.add(name, bitNames(v, names))
		return new(uint32(v))
	}
	p.Uncorrectable = register("uncorrectable status", 4, uncorrectable)
	p.UncorrectableMask = register("uncorrectable mask", 8, uncorrectable)
	p.UncorrectableSeverity = register("uncorrectable severity", 0xC, uncorrectable)
	p.Correctable = register("correctable status", 0x10, correctable)
	p.CorrectableMask = register("correctable mask", 0x14, correctable)
	if v, ok := f.number(always, at+0x18, 4); ok {
		f.add("control", hex(v))
		if p.Uncorrectable != nil && *p.Uncorrectable != 0 {
			f.add("first error", nameOfBit(v&0x1F, uncorrectable))
		}
	}
	if log, ok := f.slice(at+0x1C, 16); ok && string(log) != string(make([]byte, 16)) {
		f.add("header log", fmt.Sprintf("%08x %08x %08x %08x", le32(log), le32(log[4:]), le32(log[8:]), le32(log[12:])))
	}
	if p.Port == ports[4] || p.Port == ports[10] {
		register("root error status", 0x30, []string{"correctable", "several correctable", "fatal or non-fatal", "several fatal or non-fatal",
			"first was fatal", "non-fatal messages", "fatal messages"})
		for i, name := range []string{"source of the correctable error", "source of the uncorrectable error"} {
			if v, ok := f.number(always, at+0x34+2*i, 2); ok && v != 0 {
				f.add(name, requester(v))
			}
		}
	}
}

// requester names a device by its requester id.
func requester(v uint64) string {
	return fmt.Sprintf("bus %d, device %d, function %d", v>>8&0xFF, v>>3&0x1F, v&7)
}

func nameOfBit(n uint64, names []string) string { return setBits(1<<n, names)[0] }

func le32(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// pciBus reads a section of a PCI or PCI-X bus (UEFI specification, table N.34; WHEA_PCIXBUS_ERROR_SECTION).
func pciBus(f *fields, _ *Section) {
	f.validation(0, 8)
	f.status(0, "error status", 8)
	f.named(1, "error type", 0x10, 2, map[uint64]string{0: "unknown", 1: "data parity", 2: "system", 3: "master abort", 4: "bus time-out",
		5: "master data parity", 6: "address parity", 7: "command parity"})
	f.decimal(2, "bus", 0x12, 1)
	f.decimal(2, "segment", 0x13, 1)
	f.hex(3, "bus address", 0x18, 8)
	f.hex(4, "bus data", 0x20, 8)
	f.hex(5, "bus command", 0x28, 8)
	f.hex(6, "requester", 0x30, 8)
	f.hex(7, "completer", 0x38, 8)
	f.hex(8, "target", 0x40, 8)
}

// pciDevice reads a section of a PCI or PCI-X device (UEFI specification, table N.35; WHEA_PCIXDEVICE_ERROR_SECTION).
func pciDevice(f *fields, s *Section) {
	p := &PCI{}
	s.PCI = p
	f.validation(0, 8)
	f.status(0, "error status", 8)
	if f.valid>>1&1 != 0 {
		if id, ok := f.slice(0x10, 0x10); ok {
			p.Vendor, p.DeviceID = uint16(id[0])|uint16(id[1])<<8, uint16(id[2])|uint16(id[3])<<8
			p.Class = uint32(id[4]) | uint32(id[5])<<8 | uint32(id[6])<<16
			p.Function, p.Device, p.Bus, p.Segment = id[7], id[8], id[9], uint16(id[10])
			p.Identified, p.Located = true, true
			f.identity(p)
		}
	}
	memory, _ := f.number(2, 0x20, 4)
	ports, _ := f.number(3, 0x24, 4)
	if f.valid>>4&1 == 0 {
		return
	}
	const most = 64 // more are not read
	for i := uint64(0); i < min(memory+ports, most) && f.err == nil; i++ {
		name := "memory register"
		if i >= memory {
			name = "I/O register"
		}
		at := 0x28 + int(i)*16
		register, _ := f.number(always, at, 8)
		if v, ok := f.number(always, at+8, 8); ok {
			f.add(name, hex(register)+": "+hex(v))
		}
	}
}
