package dmptest

import "time"

// Tags of secondary data of the machine.
const (
	TagRegisters      = "d03dc06f-d88e-44c5-ba2a-fae035172d19"
	TagACPI           = "e83b40d2-b0a0-4842-abea-71c9e3463dd1"
	TagBootStatus     = "f57308df-cc45-4e01-ad76-29a4ebb010ec"
	TagWinlogon       = "80cc79cf-a719-4af1-bf97-fe29ff76ebc1"
	TagPnP            = "b7631941-532a-4cd6-b1b1-edb5917d4557"
	TagCodeIntegrity  = "4ee76bd8-3cf4-44a0-a0ac-3937643e37a3"
	TagCrashedProcess = "be84d651-a550-4367-8e63-ab792b631f94"
	TagNTFS           = "00afe9c4-940d-4213-8016-cd3719b5bc20"
)

// MemoryModule is a slot for memory in an SMBIOS table. Numbers are as the table has them.
type MemoryModule struct {
	Slot, Bank, Manufacturer, Serial, Part string
	Form, Type                             uint8
	Size                                   uint16 // 0 is an empty slot, 0xFFFF unknown; bit 15: KiB, else MiB; 0x7FFF: WideSize
	WideSize                               uint32 // MiB
	Speed, Configured                      uint16 // MT/s; 0xFFFF: the wide ones
	WideSpeed, WideConfigured              uint32
	Maker                                  [2]uint8 // of the module, by JEDEC: continuation codes with parity, number
	Flash                                  bool     // it belongs to an array of flash memory
}

// appendMemory appends the tables of the modules, types 16 and 17, where there are any.
func appendMemory(tables *Image, modules []MemoryModule) {
	if len(modules) == 0 {
		return
	}
	array := func(use uint8) uint16 {
		a := smbiosTable{typ: 16, length: 0x17}
		handle := uint16(tables.Len())
		a.PutU8(0x4, 3, use, 3)  // on the board; what for; no error correction
		a.PutU32(0x7, 0x4000000) // 64 GiB, in KiB
		a.PutU16(0xB, 0xFFFE, 4) // no error information; slots
		a.PutU64(0xF, 0)         // the size in bytes, of a larger one
		a.appendTo(tables)
		return handle
	}
	main, flash := array(3), array(5)
	for _, m := range modules {
		t := smbiosTable{typ: 17, length: 0x5C}
		t.PutU16(0x4, main, 0xFFFE, 64, 64, m.Size)
		if m.Flash {
			t.PutU16(0x4, flash)
		}
		t.PutU8(0xE, m.Form)
		t.text(0x10, m.Slot)
		t.text(0x11, m.Bank)
		t.PutU8(0x12, m.Type)
		t.PutU16(0x15, m.Speed)
		t.text(0x17, m.Manufacturer)
		t.text(0x18, m.Serial)
		t.text(0x1A, m.Part)
		t.PutU32(0x1C, m.WideSize)
		t.PutU16(0x20, m.Configured)
		t.PutU8(0x2C, m.Maker[0], m.Maker[1])
		t.PutU32(0x54, m.WideSpeed, m.WideConfigured)
		t.appendTo(tables)
	}
}

// Register is a record of a processor's registers: EAX, EBX, ECX, EDX of a CPUID leaf, or the low and the high dword of an MSR, twice.
type Register struct {
	MSR           bool
	Index         uint32
	First, Second [4]uint32
}

// Registers returns the blob that holds the records.
func Registers(records ...Register) Blob {
	var m Image
	for _, r := range records {
		at := m.Len()
		m.PutU32(at, 0, r.Index)
		if r.MSR {
			m.PutU32(at, 1)
		}
		m.PutU32(at+0x8, r.First[:]...)
		m.PutU32(at+0x18, r.Second[:]...)
	}
	return Blob{Tag: TagRegisters, Data: m.Data()}
}

// ACPITable is a table of the firmware: what follows its header of 36 bytes is Body.
type ACPITable struct {
	Signature, OEM, OEMTable string
	Body                     []byte
}

// ProductKeyTable returns the table MSDM with a product key of 29 characters.
func ProductKeyTable(key string) ACPITable {
	var m Image
	m.PutU32(0x0, 1, 0, 1, 0, uint32(len(key)))
	m.PutASCII(0x14, key)
	return ACPITable{Signature: "MSDM", OEM: "CONTOS", OEMTable: "CONTOSO", Body: m.Data()}
}

// ACPI returns the blob that holds the tables, each cut as Windows does it: to 4 bytes a table that there is, and an SSDT to its header.
func ACPI(tables ...ACPITable) Blob {
	var m Image
	for _, t := range tables {
		var table Image
		table.PutASCII(0x0, t.Signature)
		table.PutU32(0x4, uint32(0x24+len(t.Body)))
		table.PutU8(0x8, 2, 0x55) // revision, checksum
		table.PutASCII(0xA, t.OEM)
		table.PutASCII(0x10, t.OEMTable)
		table.PutU32(0x18, 1)
		table.PutASCII(0x1C, "TEST")
		table.PutU32(0x20, 1)
		table.PutBytes(0x24, t.Body)
		kept := min(4*len(tables), table.Len())
		if t.Signature == "SSDT" {
			kept = min(kept, 0x24)
		}
		m.Append(table.Data()[:kept])
	}
	return Blob{Tag: TagACPI, Data: m.Data()}
}

// BootStatus is the boot status data.
type BootStatus struct {
	Size                                           int // 0xB0, 0xC0, 0xC8
	BootID, LastGoodShutdown, LastReportedAbnormal uint32
	Flags                                          uint8 // bit 0 running ... and a sleep state in the high half
	PowerButton, Reference                         time.Time
	PressTime, ReleaseTime                         time.Time
	PressBootID                                    uint16
	PressCount                                     uint32
	LongPress                                      string // a GUID
	Error                                          [5]uint32
	FeatureState                                   uint32
}

// Blob returns the blob that holds it.
func (s BootStatus) Blob() Blob {
	var m Image
	m.Grow(s.Size)
	m.PutU32(0x0, uint32(s.Size), 1)
	m.PutU8(0x8, 0, 30, 1, 0, 0)
	m.PutU64(0x10, fileTime(s.PowerButton))
	m.PutU8(0x18, s.Flags)
	m.PutU16(0x1C, 2)
	m.PutU64(0x20, fileTime(s.Reference))
	m.PutU32(0x28, 0x12345678, s.BootID)
	m.PutU8(0x30, 1, 1, 0x77)
	m.PutU32(0x34, s.BootID, s.LastGoodShutdown, s.LastReportedAbnormal)
	m.PutU32(0x40, s.Error[:]...)
	m.PutU64(0x58, fileTime(s.PressTime))
	m.PutU32(0x60, s.PressCount)
	m.PutU16(0x64, s.PressBootID)
	if s.LongPress != "" {
		m.PutBytes(0x68, GUID(s.LongPress))
	}
	m.PutU64(0x78, fileTime(s.ReleaseTime))
	feature := 0xB8
	if s.Size == 0xB0 {
		feature = 0xA8
	}
	m.PutU32(feature, s.FeatureState)
	return Blob{Tag: TagBootStatus, Data: m.Data()}
}

// Winlogon returns the blob with a notification.
func Winlogon(name string, pending bool) Blob {
	var m Image
	m.PutU32(0x0, 1, 0, 0)
	if pending {
		m.PutU32(0x8, 1)
	}
	m.Append(utf16Z(name))
	m.Align(4)
	m.PutU32(0x4, uint32(m.Len()))
	return Blob{Tag: TagWinlogon, Data: m.Data()}
}

// CrashedProcess returns the blob with the path of a program that crashed.
func CrashedProcess(path string) Blob {
	var m Image
	m.PutU32(0x0, 1, 0)
	m.Append(utf16Z(path))
	m.PutU32(0x4, uint32(m.Len()))
	return Blob{Tag: TagCrashedProcess, Data: m.Data()}
}

// PnP is what Plug and Play noted of a device.
type PnP struct {
	Activity string // a GUID, or none
	Time     time.Time
	Busy     bool
	Problem  uint32
	VetoType uint32
	Veto     string
	Device   string // its whole id
}

// Blob returns the blob that holds it.
func (p PnP) Blob() Blob {
	var m Image
	m.Grow(0x2C)
	if p.Activity != "" {
		m.PutBytes(0x0, GUID(p.Activity))
	}
	m.PutU64(0x10, fileTime(p.Time))
	m.PutU32(0x18, 3)
	if p.Busy {
		m.PutU8(0x1C, 1)
	}
	m.PutU32(0x20, p.Problem, p.VetoType)
	m.Append(utf16Z(p.Device))
	if p.Veto != "" {
		m.PutU32(0x28, uint32(m.Len()))
		m.Append(utf16Z(p.Veto))
	}
	m.Append([]byte{0, 0, 0, 0})
	return Blob{Tag: TagPnP, Data: m.Data()}
}

// CodeIntegrity is what Code Integrity noted of an image.
type CodeIntegrity struct {
	Version       uint16 // 2 or 3
	Failure       time.Time
	Status, Count uint32
	Path          string
}

// Blob returns the blob that holds it.
func (c CodeIntegrity) Blob() Blob {
	size, at := 0x1D6, 0xD4
	if c.Version == 3 {
		size, at = 0x1E6, 0xE4
	}
	var m Image
	m.Grow(size)
	m.PutU16(0x0, uint16(size), c.Version)
	m.PutU32(0x8, 0x2006)
	m.PutU64(0x18, fileTime(c.Failure))
	m.PutU32(0x38, c.Status)
	m.PutU32(0x48, c.Count)
	m.PutU16(at, uint16(2*len(c.Path)))
	m.PutUTF16(at+2, c.Path)
	return Blob{Tag: TagCodeIntegrity, Data: m.Data()}
}

// NTFS is what the file system noted.
type NTFS struct {
	Time    time.Time
	Slots   [8][3]uint64 // IRP, SCB, thread
	Records []uint16     // their kinds
}

// Blob returns the blob that holds it.
func (n NTFS) Blob() Blob {
	var m Image
	m.Grow(0x1000)
	m.PutU16(0x0, 0, 0x1000, 0x118, 0)
	m.PutU64(0x8, fileTime(n.Time))
	m.PutU16(0x10, 8, 0x18)
	for i, s := range n.Slots {
		m.PutU64(0x18+0x20*i, s[:]...)
	}
	for i, kind := range n.Records {
		at := 0x118 + 0x40*i
		m.PutU16(at, kind, 0x40, uint16(at+0x40))
	}
	return Blob{Tag: TagNTFS, Data: m.Data()}
}

// fileTime is FileTime, 0 for no time.
func fileTime(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return FileTime(t)
}
