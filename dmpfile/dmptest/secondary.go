package dmptest

import "strconv"

// Tags of secondary data.
const (
	TagSMBIOS      = "bc5c008f-1e3a-44d7-988d-86f6884c6758"
	TagCPURegistry = "6c7ac389-4313-47dc-9f34-a8800a0fb56c"
	TagETW         = "2b88b710-1c93-4f7c-b06c-655ecc50decc"
	TagNull        = "00000000-0000-0000-0000-000000000000"
)

// Blob is one item of the secondary data.
type Blob struct {
	Tag             string // a GUID in text form
	Data            []byte
	PrePad, PostPad int
}

// Secondary returns the secondary data of a dump, to be appended to it: the header "DumpBlob" and the blobs.
func Secondary(build uint32, blobs ...Blob) []byte {
	var m Image
	m.PutASCII(0x0, "DumpBlob")
	m.PutU32(0x8, 0x10, 0xF0000000|build)
	for _, b := range blobs {
		off := m.Len()
		m.PutU32(off, 0x20)
		m.PutBytes(off+0x4, GUID(b.Tag))
		m.PutU32(off+0x14, uint32(len(b.Data)), uint32(b.PrePad), uint32(b.PostPad))
		m.PutBytes(off+0x20+b.PrePad, b.Data)
		m.Grow(off + 0x20 + b.PrePad + len(b.Data) + b.PostPad)
	}
	return m.Data()
}

// PadBlobs gives each blob the padding that fills it up to a multiple of 8 bytes, as in a dump written by a debugger.
func PadBlobs(blobs ...Blob) []Blob {
	padded := make([]Blob, len(blobs))
	for i, b := range blobs {
		n := b.PrePad + len(b.Data)
		b.PostPad = roundUp(n, 8) - n
		padded[i] = b
	}
	return padded
}

// GUID returns the 16 bytes of a GUID in text form: the first three groups little-endian. It panics if s is none.
func GUID(s string) []byte {
	if len(s) != 36 {
		panic("dmptest: bad GUID " + s)
	}
	hex := func(from, to int) uint64 {
		v, err := strconv.ParseUint(s[from:to], 16, 64)
		if err != nil {
			panic("dmptest: bad GUID " + s)
		}
		return v
	}
	var m Image
	m.PutU32(0x0, uint32(hex(0, 8)))
	m.PutU16(0x4, uint16(hex(9, 13)), uint16(hex(14, 18)))
	for i, at := range []int{19, 21, 24, 26, 28, 30, 32, 34} {
		m.PutU8(0x8+i, uint8(hex(at, at+2)))
	}
	return m.Data()
}

// SMBIOS holds the strings of a firmware's tables.
type SMBIOS struct {
	BIOSVendor, BIOSVersion, BIOSDate      string // type 0
	Manufacturer, Product, Version, Serial string // type 1
	SKU, Family                            string // type 1
	BoardManufacturer, BoardProduct        string // type 2, which is left out where they are empty
	BoardVersion, BoardSerial              string // type 2
	CPUManufacturer, CPU                   string // type 4
	UUID                                   []byte // type 1: 16 bytes, or none
	Chassis                                uint8  // type 3, which is left out where it is 0
	Memory                                 []MemoryModule
}

// Blob returns the tables 0, 1, 2, 4, 3, 16, 17 and 127 behind a RawSMBIOSData header.
func (s SMBIOS) Blob() Blob {
	var tables Image
	bios := smbiosTable{typ: 0, length: 0x1A}
	bios.text(0x4, s.BIOSVendor)
	bios.text(0x5, s.BIOSVersion)
	bios.PutU16(0x6, 0xF000)
	bios.text(0x8, s.BIOSDate)
	bios.PutU8(0x9, 0xFF)
	bios.appendTo(&tables)

	system := smbiosTable{typ: 1, length: 0x1B}
	for i, text := range []string{s.Manufacturer, s.Product, s.Version, s.Serial} {
		system.text(0x4+i, text)
	}
	system.PutBytes(0x8, s.UUID)
	system.PutU8(0x18, 6) // wake-up: power switch
	system.text(0x19, s.SKU)
	system.text(0x1A, s.Family)
	system.appendTo(&tables)

	if s.BoardManufacturer != "" || s.BoardProduct != "" {
		board := smbiosTable{typ: 2, length: 0xF}
		board.text(0x4, s.BoardManufacturer)
		board.text(0x5, s.BoardProduct)
		board.text(0x6, s.BoardVersion)
		board.text(0x7, s.BoardSerial)
		board.PutU8(0xD, 10) // motherboard
		board.appendTo(&tables)
	}

	cpu := smbiosTable{typ: 4, length: 0x30}
	cpu.PutU8(0x5, 3) // central processor
	cpu.text(0x7, s.CPUManufacturer)
	cpu.text(0x10, s.CPU)
	cpu.PutU16(0x14, 4000, 3200) // MHz: greatest, current
	cpu.appendTo(&tables)

	if s.Chassis != 0 {
		chassis := smbiosTable{typ: 3, length: 0x16}
		chassis.PutU8(0x5, s.Chassis)
		chassis.appendTo(&tables)
	}
	appendMemory(&tables, s.Memory)

	end := smbiosTable{typ: 127, length: 0x4}
	end.appendTo(&tables)

	var m Image
	m.PutU8(0x0, 0, 3, 3, 0) // version 3.3
	m.PutU32(0x4, uint32(tables.Len()))
	m.Append(tables.Data())
	return Blob{Tag: TagSMBIOS, Data: m.Data()}
}

// smbiosTable is one structure with its strings.
type smbiosTable struct {
	Image
	typ, length uint8
	strings     []string
}

// text makes the byte at off the number of a string.
func (t *smbiosTable) text(off int, s string) {
	if s == "" {
		return
	}
	t.strings = append(t.strings, s)
	t.PutU8(off, uint8(len(t.strings)))
}

func (t *smbiosTable) appendTo(m *Image) {
	t.PutU8(0x0, t.typ, t.length)
	t.PutU16(0x2, uint16(m.Len())) // handle
	t.Grow(int(t.length))
	for _, s := range t.strings {
		t.Append([]byte(s + "\x00"))
	}
	if t.strings == nil {
		t.Append([]byte{0})
	}
	t.Append([]byte{0})
	m.Append(t.Data())
}

// Registry types of a RegistryValue.
const (
	RegSZ     = 1
	RegBinary = 3
	RegDWORD  = 4
)

// RegistryValue is a value of the processor's registry key.
type RegistryValue struct {
	Name string
	Type uint32
	Data []byte
}

// RegistryText returns a value of type REG_SZ.
func RegistryText(name, text string) RegistryValue {
	return RegistryValue{name, RegSZ, utf16Z(text)}
}

// RegistryDWORD returns a value of type REG_DWORD.
func RegistryDWORD(name string, v uint32) RegistryValue {
	var m Image
	m.PutU32(0, v)
	return RegistryValue{name, RegDWORD, m.Data()}
}

// RegistryBlob returns the blob that holds the values.
func RegistryBlob(values ...RegistryValue) Blob {
	var m Image
	for _, v := range values {
		name := utf16Z(v.Name)
		m.PutU32(m.Len(), uint32(len(name)))
		m.Append(name)
		m.PutU32(m.Len(), v.Type, uint32(len(v.Data)))
		m.Append(v.Data)
	}
	return Blob{Tag: TagCPURegistry, Data: m.Data()}
}

// CPURegistry returns the blob with the usual values of a processor, in their usual order.
func CPURegistry(name, vendor, identifier string, mhz uint32) Blob {
	return RegistryBlob(
		RegistryDWORD("~MHz", mhz),
		RegistryValue{"Component Information", RegBinary, make([]byte, 16)},
		RegistryText("Identifier", identifier),
		RegistryText("ProcessorNameString", name),
		RegistryDWORD("Update Status", 6),
		RegistryText("VendorIdentifier", vendor),
	)
}
