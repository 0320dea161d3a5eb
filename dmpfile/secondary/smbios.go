package secondary

import (
	"fmt"
	"maps"
	"slices"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
	"github.com/dmplens/dmplens/dmpfile/internal/machine"
)

// SMBIOS is what the firmware says of the machine: the tables of the DMTF's SMBIOS specification (DSP0134). A text is empty where the firmware has none,
// or a word that says that its maker filled in none.
type SMBIOS struct {
	Version    string // of the specification, as in "3.3"
	System     System
	Board      Board
	BIOS       BIOS
	Chassis    string // the kind: "notebook", "desktop" ...
	Processors []SMBIOSProcessor
	Arrays     []MemoryArray  // of the main memory
	Memory     []MemoryDevice // of the main memory: the slots that hold one, in the order of the tables
	EmptySlots int            // slots for main memory that hold none
	Structures map[uint8]int  // how many there are of each type
}

// System is the computer as its maker names it. Serial and UUID are private, and empty where they are no number that tells it from others.
type System struct {
	Manufacturer, Product, Version, SKU, Family string
	Serial, UUID                                string
}

// Board is the main board. Serial and AssetTag are private, and empty where they are no number that tells it from others.
type Board struct {
	Manufacturer, Product, Version string
	Serial, AssetTag               string
}

// BIOS is the firmware.
type BIOS struct {
	Vendor, Version string
	Date            string // as the firmware writes it, usually MM/DD/YYYY
}

// SMBIOSProcessor is a processor, or the socket for one.
type SMBIOSProcessor struct {
	Socket, Manufacturer, Name string
	Populated                  bool
	MaxMHz, CurrentMHz         uint32 // 0 is unknown; MaxMHz is what the socket takes, and CurrentMHz what it was set to at the start
	Cores, Enabled, Threads    uint32 // 0 is unknown
}

// MemoryArray is what the board has slots for.
type MemoryArray struct {
	Slots      uint32
	MaxSize    uint64 // in bytes, 0 is unknown
	Correction string // "none", "single-bit ECC" ..., "" is unknown
}

// MemoryDevice is a module of memory, or memory soldered on.
type MemoryDevice struct {
	Slot, Bank         string
	Manufacturer, Part string // a manufacturer that is given by its JEDEC number is named
	Serial             string // private; empty where it is no number that tells it from others
	Type               string // "DDR4" ..., "" is unknown
	Form               string // "DIMM", "SODIMM" ..., "" is unknown
	Size               uint64 // in bytes, 0 is unknown, as more is than a module can have
	Rated, Configured  uint32 // MT/s, 0 is unknown, as what no memory runs at is: what the device can (as the firmware says, which can include an overclocking profile), and what it was set to
}

// maxStructures bounds how many structures are read: real tables have up to 120.
const maxStructures = 10000

// ReadSMBIOS reads a stream bc5c008f: Windows' RawSMBIOSData, a header of 8 bytes and the structures.
func ReadSMBIOS(b []byte) (*SMBIOS, int, error) {
	s := &SMBIOS{Structures: map[uint8]int{}}
	size, ok := bin.U32(b, 4)
	if !ok {
		return s, 0, stopped(0, "the stream ends in the header of the SMBIOS tables: its size in bytes", len(b))
	}
	s.Version = fmt.Sprintf("%d.%d", b[1], b[2])
	n := machine.SMBIOSHeader
	if int64(size) > int64(len(b)-n) {
		size = uint32(len(b) - n)
	}
	tables := b[:n+int(size)]
	others := map[uint16]bool{} // the arrays of memory that are not the machine's main memory, by their handles
	var devices []structure
	ended := false
	for count := 0; n < len(tables) && !ended; count++ {
		if count == maxStructures {
			return s.finish(devices, others), n, stopped(n, "more SMBIOS structures than are read: their bound", maxStructures)
		}
		m, length, ok := machine.NextStructure(tables[n:])
		if !ok {
			return s.finish(devices, others), n, stopped(n, "no SMBIOS structure: how many bytes are left", len(tables)-n)
		}
		if m.Cut {
			return s.finish(devices, others), n, stopped(n, "the stream ends inside the texts of an SMBIOS structure of type", m.Type)
		}
		x := structure{m}
		s.Structures[m.Type]++
		first := s.Structures[m.Type] == 1
		switch m.Type {
		case 0:
			if first {
				s.BIOS = BIOS{Vendor: x.Name(4), Version: x.Name(5), Date: x.Name(8)}
			}
		case 1:
			if first {
				s.System = x.system()
			}
		case 2:
			if first {
				s.Board = Board{x.Name(4), x.Name(5), x.Name(6), x.Text(7), x.Text(8)}
			}
		case 3:
			if first {
				s.Chassis = chassisTypes[x.u8(5)&0x7F]
			}
		case 4:
			s.Processors = append(s.Processors, x.processor())
		case 16:
			if x.u8(5) != 3 {
				others[x.u16(2)] = true
				break
			}
			s.Arrays = append(s.Arrays, x.array())
		case 17:
			devices = append(devices, x)
		case machine.EndOfTables:
			ended = true
		}
		n += length
	}
	s.finish(devices, others)
	if !ended {
		return s, n, stopped(n, "the SMBIOS tables have no end: their size in bytes", size)
	}
	n, err := whole(b, n)
	return s, n, err
}

// finish takes the devices that are of the main memory, and drops the serial numbers that are none.
func (s *SMBIOS) finish(devices []structure, others map[uint16]bool) *SMBIOS {
	names := []string{
		s.System.Manufacturer, s.System.Product, s.System.Version, s.System.SKU, s.System.Family, s.System.Manufacturer + s.System.Product,
		s.Board.Manufacturer, s.Board.Product, s.Board.Version, s.Board.Manufacturer + s.Board.Product, s.BIOS.Version,
	}
	for _, number := range []*string{&s.System.Serial, &s.Board.Serial, &s.Board.AssetTag} {
		*number = machine.Serial(*number, names...)
	}
	for _, x := range devices {
		switch d, ok := x.device(); {
		case others[x.u16(4)] || notMain[x.u8(0x12)]:
		case ok:
			s.Memory = append(s.Memory, d)
		default:
			s.EmptySlots++
		}
	}
	return s
}

// structure is one that is read. A field that lies beyond its end is 0.
type structure struct{ machine.Structure }

func (x structure) u8(off int) uint8   { return le(x.Formatted).u8(off) }
func (x structure) u16(off int) uint16 { return le(x.Formatted).u16(off) }
func (x structure) u32(off int) uint32 { return le(x.Formatted).u32(off) }

// system is a structure of type 1.
func (x structure) system() System {
	s := System{
		Manufacturer: x.Name(4), Product: x.Name(5), Version: x.Name(6), SKU: x.Name(0x19), Family: x.Name(0x1A),
		Serial: x.Text(7),
	}
	if id, ok := bin.Slice(x.Formatted, 8, 16); ok {
		s.UUID = machine.Serial(dmpfile.GUID(id).String()) // little-endian since version 2.6 of the specification, and in practice before
	}
	return s
}

// processor is a structure of type 4.
func (x structure) processor() SMBIOSProcessor {
	// count is a number of cores or threads: a byte, or where that is 0xFF a word behind.
	count := func(off, wide int) uint32 {
		if n := x.u8(off); n != 0xFF {
			return uint32(n)
		}
		return uint32(x.u16(wide))
	}
	return SMBIOSProcessor{
		Socket: x.Name(4), Manufacturer: x.Name(7), Name: x.Name(0x10), Populated: x.u8(0x18)&0x40 != 0,
		MaxMHz: uint32(x.u16(0x14)), CurrentMHz: uint32(x.u16(0x16)), Cores: count(0x23, 0x2A), Enabled: count(0x24, 0x2C), Threads: count(0x25, 0x2E),
	}
}

// array is a structure of type 16.
func (x structure) array() MemoryArray {
	a := MemoryArray{Slots: uint32(x.u16(0xD)), Correction: corrections[x.u8(6)]}
	const wide = 0x80000000 // the size is behind, in bytes
	if kib := x.u32(7); kib != wide {
		a.MaxSize = uint64(kib) << 10
	} else {
		a.MaxSize = le(x.Formatted).u64(0xF)
	}
	return a
}

// device is a structure of type 17; ok is false for a slot that is empty.
func (x structure) device() (d MemoryDevice, ok bool) {
	const (
		empty   = 0
		inKiB   = 0x8000 // a bit of the size, which is else in MiB
		wide    = 0x7FFF // the size is behind, in MiB
		unknown = 0xFFFF

		maxModule = 16 << 40
	)
	d = MemoryDevice{
		Slot: x.Name(0x10), Bank: x.Name(0x11), Manufacturer: machine.Part(x.Text(0x17)), Part: machine.Part(x.Text(0x1A)), Serial: machine.Serial(x.Text(0x18)),
		Type: memoryTypes[x.u8(0x12)], Form: memoryForms[x.u8(0xE)], Rated: x.speed(0x15, 0x54), Configured: x.speed(0x20, 0x58),
	}
	if name := machine.MemoryMakerText(d.Manufacturer); name != "" {
		d.Manufacturer = name
	} else if d.Manufacturer == "" {
		d.Manufacturer = machine.MemoryMaker(x.u8(0x2C), x.u8(0x2D)) // the module's, as its own description (SPD) has it
	}
	switch size := x.u16(0xC); {
	case size == empty:
		return d, false
	case size == unknown:
	case size == wide:
		d.Size = uint64(x.u32(0x1C)&0x7FFFFFFF) << 20
	case size&inKiB != 0:
		d.Size = uint64(size&^inKiB) << 10
	default:
		d.Size = uint64(size) << 20
	}
	if d.Size > maxModule {
		d.Size = 0
	}
	return d, true
}

// speed is a speed in MT/s: a word, or where that is 0xFFFF a dword behind. It is 0 where no memory has it: what a table holds then is no speed.
func (x structure) speed(off, wide int) uint32 {
	const slowest, fastest = 100, 20000
	v := uint32(x.u16(off))
	if v == 0xFFFF {
		v = x.u32(wide) & 0x7FFFFFFF
	}
	if v < slowest || v > fastest {
		return 0
	}
	return v
}

// Names of the specification for the kinds of a chassis, of memory devices, and of error correction; others are left out.
var (
	chassisTypes = map[uint8]string{
		0x03: "desktop", 0x04: "low-profile desktop", 0x05: "pizza box", 0x06: "mini tower", 0x07: "tower", 0x08: "portable", 0x09: "laptop",
		0x0A: "notebook", 0x0B: "hand-held", 0x0C: "docking station", 0x0D: "all-in-one", 0x0E: "sub-notebook", 0x0F: "space-saving", 0x10: "lunch box",
		0x11: "main server chassis", 0x12: "expansion chassis", 0x13: "sub-chassis", 0x14: "bus expansion chassis", 0x15: "peripheral chassis",
		0x16: "RAID chassis", 0x17: "rack-mount chassis", 0x18: "sealed-case PC", 0x19: "multi-system chassis", 0x1A: "CompactPCI", 0x1B: "AdvancedTCA",
		0x1C: "blade", 0x1D: "blade enclosure", 0x1E: "tablet", 0x1F: "convertible", 0x20: "detachable", 0x21: "IoT gateway", 0x22: "embedded PC",
		0x23: "mini PC", 0x24: "stick PC",
	}
	memoryTypes = map[uint8]string{
		0x03: "DRAM", 0x0F: "SDRAM", 0x11: "RDRAM", 0x12: "DDR", 0x13: "DDR2", 0x14: "DDR2 FB-DIMM", 0x18: "DDR3", 0x19: "FBD2", 0x1A: "DDR4",
		0x1B: "LPDDR", 0x1C: "LPDDR2", 0x1D: "LPDDR3", 0x1E: "LPDDR4", 0x1F: "logical non-volatile device", 0x20: "HBM", 0x21: "HBM2", 0x22: "DDR5",
		0x23: "LPDDR5", 0x24: "HBM3",
	}
	// The types of memory that no main memory is of: VRAM, SRAM, ROM, flash, EEPROM, FEPROM, EPROM, SGRAM.
	notMain     = map[uint8]bool{0x05: true, 0x06: true, 0x08: true, 0x09: true, 0x0A: true, 0x0B: true, 0x0C: true, 0x10: true}
	memoryForms = map[uint8]string{
		0x03: "SIMM", 0x05: "chip", 0x09: "DIMM", 0x0B: "row of chips", 0x0C: "RIMM", 0x0D: "SODIMM", 0x0E: "SRIMM", 0x0F: "FB-DIMM", 0x10: "die",
	}
	corrections = map[uint8]string{0x03: "none", 0x04: "parity", 0x05: "single-bit ECC", 0x06: "multi-bit ECC", 0x07: "CRC"}
)

// Fields is all of it.
func (s *SMBIOS) Fields() []Field {
	f := addText(nil, "SMBIOS version", s.Version)
	system := addText(nil, "manufacturer", s.System.Manufacturer)
	system = addText(system, "product", s.System.Product)
	system = addText(system, "version", s.System.Version)
	system = addText(system, "SKU", s.System.SKU)
	system = addText(system, "family", s.System.Family)
	system = addPrivate(system, "serial", s.System.Serial)
	f = addGroup(f, "system", addPrivate(system, "UUID", s.System.UUID))

	board := addText(nil, "manufacturer", s.Board.Manufacturer)
	board = addText(board, "product", s.Board.Product)
	board = addText(board, "version", s.Board.Version)
	board = addPrivate(board, "serial", s.Board.Serial)
	f = addGroup(f, "board", addPrivate(board, "asset tag", s.Board.AssetTag))

	bios := addText(nil, "vendor", s.BIOS.Vendor)
	bios = addText(bios, "version", s.BIOS.Version)
	f = addGroup(f, "BIOS", addText(bios, "date", s.BIOS.Date))
	f = addText(f, "chassis", s.Chassis)
	for _, p := range s.Processors {
		f = addGroup(f, "processor", p.fields())
	}
	for _, a := range s.Arrays {
		array := []Field{countField("slots", uint64(a.Slots))}
		array = addText(array, "most memory", byteSize(a.MaxSize))
		f = addGroup(f, "memory array", addText(array, "error correction", a.Correction))
	}
	for _, d := range s.Memory {
		f = addGroup(f, "memory", d.fields())
	}
	f = append(f, countField("empty slots", uint64(s.EmptySlots)))
	for _, kind := range slices.Sorted(maps.Keys(s.Structures)) {
		f = append(f, countField(fmt.Sprintf("structures of type %d", kind), uint64(s.Structures[kind])))
	}
	return f
}

func (p SMBIOSProcessor) fields() []Field {
	f := addText(nil, "socket", p.Socket)
	f = append(f, yesField("populated", p.Populated))
	f = addText(f, "manufacturer", p.Manufacturer)
	f = addText(f, "name", p.Name)
	f = addCount(f, "maximum speed", uint64(p.MaxMHz), " MHz")
	f = addCount(f, "speed", uint64(p.CurrentMHz), " MHz")
	f = addCount(f, "cores", uint64(p.Cores), "")
	f = addCount(f, "enabled cores", uint64(p.Enabled), "")
	return addCount(f, "threads", uint64(p.Threads), "")
}

func (d MemoryDevice) fields() []Field {
	f := addText(nil, "slot", d.Slot)
	f = addText(f, "bank", d.Bank)
	f = addText(f, "manufacturer", d.Manufacturer)
	f = addText(f, "part", d.Part)
	f = addPrivate(f, "serial", d.Serial)
	f = addText(f, "size", byteSize(d.Size))
	f = addText(f, "type", d.Type)
	f = addText(f, "form", d.Form)
	f = addCount(f, "rated speed", uint64(d.Rated), " MT/s")
	return addCount(f, "configured speed", uint64(d.Configured), " MT/s")
}

// byteSize is a size in the largest unit that divides it, "" where it is unknown, which 0 is.
func byteSize(n uint64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB"}
	for n != 0 && n%1024 == 0 && len(units) > 1 {
		n, units = n/1024, units[1:]
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d %s", n, units[0])
}
