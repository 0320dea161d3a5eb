package dmptest

// Tags of what devices and their drivers add to secondary data.
const (
	TagPCI        = "9276c055-eb87-425c-b8b5-04e4d247f6cd"
	TagStorage    = "da82441d-7142-4bc1-b844-0807c5a4b67f"
	TagDisplay    = "270a33fd-3da6-460d-ba89-3c1bae21e39b"
	TagWDF        = "f87e4a4c-c5a1-4d2f-bff0-d5de63a5e4c3"
	TagKMDF       = "54c84888-01d1-4c1e-bed6-282c98241303"
	TagTriageData = "2b4ae195-a64d-4f04-8ede-7e4f981bd42a"
	TagSections   = "0d910545-e694-4b15-870c-01625fb32a6f"
	TagBlamed     = "fe96ddbf-850d-4c4a-a7bf-c686be526047"
	TagStorePage  = "d6d379dc-c699-43e9-8c5e-f5fd8dd65780"
	TagPowerWatch = "5545f79e-5326-4467-ae69-81633ae33155"
	TagCrashDump  = "65755a40-f146-43ea-8c91-36b85728fd35"
	TagNVIDIA     = "bf2297dc-34ba-11dc-868a-e19155d89593"
	TagAMD        = "a5d4cd4e-c8ea-4f88-9e21-a73170a76a06"
	TagAMDRing    = "019c061a-6b6a-4dd6-ba34-b4738d85fca1"
	TagIntelGPU   = "d00ce1f5-d60c-41c2-af75-a4370c9976a3"
	TagIntelWiFi  = "41c9ed64-e466-41c3-9726-b1a68f6ebb1c"
	TagIntelBT    = "6752c89d-f789-48b8-a354-b868a3e6f989"
	TagRealtek    = "10ec8168-313c-488c-afea-272cd2094616"
	TagWPP        = "21ba7b61-05f9-41f1-9048-c09493dcfe38"
)

// PCIFunction is a function of a PCI device. Its capabilities are power management at 40h, PCI Express at 50h, and error reporting at 140h behind another one.
type PCIFunction struct {
	Bus, Device, Function uint8
	Gone                  bool // all of it reads as ones
	Vendor, DeviceID      uint16
	Class                 uint32
	Revision              uint8
	SubVendor, SubDevice  uint16
	Command, Status       uint16 // the status without the bit for capabilities
	Bridge                bool
	Behind                uint8 // bus behind a bridge
	Power                 uint8 // 0 to 3
	Express               *PCIExpress
	Errors                *PCIErrors
}

// PCIExpress is the capability with the link. Speeds are generations, widths are lanes.
type PCIExpress struct {
	Type                               uint8
	Status                             uint16
	Speed, Width, MostSpeed, MostWidth uint8
}

// PCIErrors is the capability for advanced error reporting.
type PCIErrors struct {
	Uncorrectable, UncorrectableMask, Severity, Correctable, CorrectableMask, Control uint32
	Log                                                                               [4]uint32
	Root                                                                              uint32
}

// Config returns the configuration space.
func (f PCIFunction) Config() *Image {
	var m Image
	m.PutZero(0, 0x1000)
	m.PutU16(0x00, f.Vendor, f.DeviceID, f.Command, f.Status|0x10)
	m.PutU32(0x08, f.Class<<8|uint32(f.Revision))
	m.PutU8(0x34, 0x40)
	m.PutU8(0x40, 0x01, 0x50) // power management
	m.PutU16(0x44, uint16(f.Power)|0x8)
	if f.Bridge {
		m.PutU8(0x0E, 0x81) // with the bit for more than one function
		m.PutU8(0x19, f.Behind)
		m.PutU8(0x51, 0x90)
		m.PutU8(0x90, 0x0D, 0x00) // subsystem
		m.PutU16(0x94, f.SubVendor, f.SubDevice)
	} else {
		m.PutU16(0x2C, f.SubVendor, f.SubDevice)
	}
	m.PutU8(0x50, 0x09) // of the vendor, unless there is PCI Express
	if e := f.Express; e != nil {
		m.PutU8(0x50, 0x10)
		m.PutU16(0x52, 2|uint16(e.Type)<<4)
		m.PutU32(0x54, 0x8000)
		m.PutU16(0x5A, e.Status)
		m.PutU32(0x5C, uint32(e.MostSpeed)|uint32(e.MostWidth)<<4|0x00400C00)
		m.PutU16(0x62, uint16(e.Speed)|uint16(e.Width)<<4|0x1000)
	}
	m.PutU32(0x100, 0x14010019) // secondary PCI Express, and the next one at 140h
	if a := f.Errors; a != nil {
		m.PutU32(0x140, 0x00010001, a.Uncorrectable, a.UncorrectableMask, a.Severity, a.Correctable, a.CorrectableMask, a.Control)
		m.PutU32(0x15C, a.Log[0], a.Log[1], a.Log[2], a.Log[3])
		m.PutU32(0x170, a.Root)
	}
	return &m
}

// PCIBlob returns the blob that the PCI bus driver adds.
func PCIBlob(functions ...PCIFunction) Blob {
	var m Image
	for _, f := range functions {
		ranges := [][2]int{{0x00, 0x40}, {0x40, 8}, {0x50, 2}, {0x90, 8}, {0x100, 4}}
		if f.Express != nil {
			ranges[2][1] = 0x2C
		}
		if f.Errors != nil {
			ranges = append(ranges, [2]int{0x140, 0x4C})
		}
		config := f.Config().Data()
		if f.Gone {
			for i := range config {
				config[i] = 0xFF
			}
		}
		off := m.Len()
		m.PutASCII(off, "PCfg")
		m.PutU32(off+0x08, uint32(len(ranges)), uint32(f.Bus)<<8|uint32(f.Device)<<3|uint32(f.Function))
		m.PutU64(off+0x10, 0xFFFFD68FE34184B0, 1, 0xFFFFD68FE33F26E8, 0, 0xFFFFD68FE0FFE9F0)
		for _, r := range ranges {
			at := m.Len()
			m.PutU16(at, uint16(r[0]), uint16(r[1]))
			m.Append(config[r[0] : r[0]+r[1]])
		}
		m.PutU32(off+0x04, uint32(m.Len()-off))
	}
	return Blob{Tag: TagPCI, Data: m.Data()}
}

// StorageRequest is a request to a disk.
type StorageRequest struct {
	Command    []byte // SCSI command
	Registers  []byte // ATA registers, or the SRB function
	Start, End uint64
	Status     uint8
	Error      uint8
	Tag        uint32
}

// StorageBlob returns the blob of storport, or of ataport where driver says so. It is 4060 bytes long, or longer where there are more than 66 requests.
func StorageBlob(driver string, requests ...StorageRequest) Blob {
	var m Image
	m.PutZero(0, 4060)
	m.PutASCII(0x00, "DSTP")
	if driver == "ataport.sys" {
		m.PutASCII(0x00, "DATA")
	}
	m.PutU32(0x04, 0x60, 0xFDC)
	m.PutASCII(0x10, driver)
	m.PutU32(0x20, uint32(len(requests)))
	for i, q := range requests {
		off := 0x24 + i*60
		m.PutZero(off, 60)
		m.PutBytes(off, q.Command)
		m.PutBytes(off+0x10, q.Registers)
		m.PutU64(off+0x20, q.Start, q.End)
		m.PutU8(off+0x30, q.Status)
		m.PutU8(off+0x34, q.Error)
		m.PutU32(off+0x38, q.Tag)
	}
	return Blob{Tag: TagStorage, Data: m.Data()}
}

// DisplayAdapter is a display adapter: the version of its driver model in thousandths, and PCI identifiers.
type DisplayAdapter struct{ WDDM, Vendor, Device, Kind uint32 }

// DisplayTimeOut is the record of a graphics engine that timed out.
type DisplayTimeOut struct {
	Ticks        uint64 // of 15.625 ms
	Reason, Node uint32
	Owner        uint64
}

// DisplayBlob returns the blob of the display kernel. With a time-out it is packed: the zeros at the ends of parts are left out.
func DisplayBlob(timeOut *DisplayTimeOut, adapters ...DisplayAdapter) Blob {
	var m Image
	const entries = 21
	m.PutU32(0x0, entries)
	next := 0xA8
	directory := 0x8
	m.PutZero(directory, next-directory)
	add := func(id uint32, b []byte) {
		m.PutU32(directory, uint32(m.Append(b)), id)
		directory += 8
	}
	if t := timeOut; t != nil {
		var p Image
		p.PutZero(0, 0xAA8)
		p.PutASCII(0x00, "vTDR")
		p.PutU64(0x08, t.Ticks)
		p.PutU32(0x28, t.Reason)
		p.PutU32(0x38, t.Node)
		p.PutU64(0x50, t.Owner)
		add(0xFFFF, p.Data())
	}
	add(0x9, []byte{2, 0, 0, 0, 0, 0, 0, 0})
	for i, a := range adapters {
		var p Image
		p.PutU32(0x0, a.WDDM, a.Vendor, a.Device, a.Kind)
		b := p.Data()
		for timeOut != nil && len(b) > 1 && b[len(b)-1] == 0 {
			b = b[:len(b)-1]
		}
		add(uint32(0x20+i), b)
	}
	add(0x30, make([]byte, 8))
	add(0x12, []byte("some log"))
	add(0x14, nil) // an empty part, at the end
	return Blob{Tag: TagDisplay, Data: m.Data()}
}

// WDFDriver is a client of the driver framework.
type WDFDriver struct {
	Name                string
	Major, Minor, Build uint32
	Globals             uint64
}

// WDFBlob returns the blob with the framework's clients.
func WDFBlob(drivers ...WDFDriver) Blob {
	var m Image
	for i, d := range drivers {
		off := i * 56
		m.PutZero(off, 56)
		m.PutU64(off, d.Globals)
		m.PutU32(off+0x8, d.Major, d.Minor, d.Build)
		m.PutASCII(off+0x14, d.Name)
	}
	return Blob{Tag: TagWDF, Data: m.Data()}
}

// TraceRing returns a ring of records of trace messages of size bytes, and the offsets of the next and the last record. The records have 12 bytes and those of
// payload, and the numbers from first on. Where they do not fit, the newest overwrite the oldest.
func TraceRing(size int, first uint32, payload ...int) (ring []byte, next, last uint16) {
	var m Image
	m.PutZero(0, size)
	at, before := 0, 0
	for i, n := range payload {
		if at+12+n > size {
			at = 0
		}
		m.PutASCII(at, "LR")
		m.PutU16(at+2, uint16(12+n))
		m.PutU32(at+4, first+uint32(i))
		m.PutU16(at+8, uint16(before), 7)
		before, at = at, at+12+n
	}
	return m.Data()[:size], uint16(at), uint16(before)
}

// KMDFBlob returns the blob of a driver's recorder, with a ring that TraceRing made.
func KMDFBlob(driver string, ring []byte, next, last uint16) Blob {
	var m Image
	m.PutBytes(0x0, GUID("544d4c9d-942c-46d5-bf50-df5cd9524a50"))
	m.PutU64(0x10, 0xFFFFD68FFFEF5048)
	m.PutU32(0x18, uint32(len(ring)))
	m.PutU16(0x1C, next, last)
	m.PutU32(0x20, 333)
	m.PutZero(0x24, 0x24)
	m.PutASCII(0x24, driver)
	m.Append(ring)
	return Blob{Tag: TagKMDF, Data: m.Data()}
}

// WPPBlob returns the blob of a recorder of trace messages with two rings that TraceRing made: their bytes, next and last.
func WPPBlob(name string, trace []byte, next, last uint16, errors []byte, nextError, lastError uint16) Blob {
	var m Image
	m.PutZero(0, 0xA8)
	m.PutASCII(0x00, name)
	m.PutASCII(0x1C, "WPLg")
	m.PutU32(0x88, uint32(len(errors)))
	m.PutU16(0x8C, nextError, lastError)
	m.PutU32(0x98, uint32(len(trace)))
	m.PutU16(0x9C, next, last)
	m.PutU32(0xA0, uint32(len(trace)+len(errors)))
	m.Append(trace)
	m.Append(errors)
	return Blob{Tag: TagWPP, Data: m.Data()}
}

// AddedMemory is memory that a part of Windows added to a triage dump.
type AddedMemory struct {
	Name   string
	Blocks []Block
}

// TriageDataBlob returns the blob that says where that memory is.
func TriageDataBlob(groups ...AddedMemory) Blob {
	var m Image
	for _, g := range groups {
		off := m.Len()
		m.PutU32(off, uint32(len(g.Blocks)), uint32(len(g.Name)+1))
		for i, b := range g.Blocks {
			m.PutU64(off+8+16*i, b.VA, uint64(len(b.Data)))
		}
		m.Append([]byte(g.Name + "\x00"))
	}
	return Blob{Tag: TagTriageData, Data: m.Data()}
}

// SectionsBlob returns the blob that has the memory itself.
func SectionsBlob(groups ...AddedMemory) Blob {
	var m Image
	m.PutU32(0x00, 0x18)
	m.PutU16(0x04, 1, uint16(len(groups)))
	m.PutZero(0x08, 0x10)
	for _, g := range groups {
		off := m.Len()
		name := roundUp(len(g.Name)+1, 8)
		data := roundUp(off+0x14+name, 2) - off
		m.PutU32(off, uint32(data), uint32(len(g.Blocks)), 0, 0, uint32(name))
		m.PutZero(off+0x14, name)
		m.PutASCII(off+0x14, g.Name)
		m.Grow(off + data)
		for _, b := range g.Blocks {
			at := m.Len()
			m.PutU64(at, b.VA, uint64(len(b.Data)))
			m.Append(b.Data)
		}
		m.PutU32(off+8, uint32(m.Len()-off-data))
	}
	m.PutU32(0x08, uint32(m.Len()), uint32(m.Len()))
	return Blob{Tag: TagSections, Data: m.Data()}
}

// StorePageBlob returns the blob of stop 0x1C7.
func StorePageBlob(p2, p3, p4 uint64, page []byte) Blob {
	var m Image
	m.PutU64(0x00, 1, p2, uint64(len(page)), p3, 0x350A2252, p4)
	m.Append(page)
	return Blob{Tag: TagStorePage, Data: m.Data()}
}

// NVIDIABlob returns the beginning of what NVIDIA's driver adds: "NVCD" and a protocol buffer.
func NVIDIABlob(version, branch string) Blob {
	text := func(key byte, s string) []byte { return append([]byte{key, byte(len(s))}, s...) }
	versions := append([]byte{0x08, 0x00}, text(0x12, version)...)
	versions = append(append(versions, text(0x1A, branch)...), 0x20, 0xF3, 0xF8, 0x2A)
	general := []byte{0x5A, 0x04, 0x08, 0x80, 0xAD, 0x62, 0x60, 0x01, 0x21, 1, 2, 3, 4, 5, 6, 7, 8, 0x2D, 1, 2, 3, 4}
	general = append(general, text(0x32, string(versions))...)
	var m Image
	m.PutASCII(0x00, "NVCD")
	m.PutZero(0x04, 0x20)
	m.PutU32(0x20, 0x12E3C)
	m.Append(text(0x0A, string(general)))
	m.Append([]byte("what follows"))
	m.PutU32(0x14, uint32(m.Len()))
	return Blob{Tag: TagNVIDIA, Data: m.Data()}
}
