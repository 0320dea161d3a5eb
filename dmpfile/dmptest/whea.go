package dmptest

// ErrorRecord builds a record of a hardware error: a Common Platform Error Record (UEFI specification, appendix N).
type ErrorRecord struct {
	Severity uint32
	Notify   string // GUID
	Creator  string // GUID; empty: that of Windows
	Time     []byte // 8 bytes of the time stamp; empty: it is not valid
	Platform string // GUID; empty: it is not valid
	Flags    uint32
	Sections []ErrorSection
}

// ErrorSection is a section of an ErrorRecord.
type ErrorSection struct {
	Type     string // GUID
	Severity uint32
	Flags    uint32
	FRU      string // GUID; empty: it is not valid
	FRUText  string // empty: it is not valid
	Data     []byte
}

// GUIDs of error records.
const (
	NotifyMachineCheck = "e8f56ffe-919c-4cc5-ba88-65abe14913bb"
	NotifyPCIExpress   = "cf93c01f-1a16-4dfc-b8bc-9c4daf67c104"

	SectionProcessor    = "9876ccad-47b4-4bdb-b65e-16f193c4f3db"
	SectionX86          = "dc3ea0b0-a144-4797-b95b-53fa242b6e1d"
	SectionARM          = "e19e3d16-bc11-11e4-9caa-c2051d5d46b0"
	SectionMemory       = "a5bc1114-6f64-4ede-b863-3e83ed7c83b1"
	SectionMemory2      = "61ec04fc-48e6-d813-25c9-8daa44750b12"
	SectionPCIExpress   = "d995e954-bbc1-430f-ad91-b44dcb3c6f35"
	SectionPCIBus       = "c5753963-3b84-4095-bf78-eddad3f9c9dd"
	SectionPCIDevice    = "eb5e4685-ca66-4769-b6a2-26068b001326"
	SectionFirmware     = "81212a96-09ed-4996-9471-8d729c8e69ed"
	SectionDMAr         = "5b51fef7-c79d-4434-8f1b-aa62de3e2c64"
	SectionVTd          = "71761d37-32b2-45cd-a7d0-b0fedd93e8cf"
	SectionIOMMU        = "036f84e1-7f37-428c-a79e-575fdfaa84ec"
	SectionMachineCheck = "8a1e1d01-42f9-4557-9c33-565e5cc3f7e8"
	SectionNMI          = "e71254e7-c1b9-4940-ab76-909703a4320f"
	SectionPacket       = "e71254e9-c1b9-4940-ab76-909703a4320f"
	SectionRecovery     = "c34832a1-02c3-4c52-a9f1-9f1d5d7723fc"
	SectionPMEM         = "81687003-dbfd-4728-9ffd-f0904f97597d"
	SectionItanium      = "e429faf1-3cb7-11d4-bca7-0080c73c8881"
)

// Image returns the record: its header, the descriptors, and the sections behind them.
func (r ErrorRecord) Image() *Image {
	m := &Image{}
	m.Grow(0x80)
	m.PutASCII(0, "CPER")
	m.PutU16(4, 0x0210)
	m.PutU32(6, 0xFFFFFFFF)
	m.PutU16(0xA, uint16(len(r.Sections)))
	m.PutU32(0xC, r.Severity)
	var valid uint32
	if r.Platform != "" {
		valid |= 1
		m.PutBytes(0x20, GUID(r.Platform))
	}
	if len(r.Time) > 0 {
		valid |= 2
		m.PutBytes(0x18, r.Time)
	}
	m.PutU32(0x10, valid)
	creator := r.Creator
	if creator == "" {
		creator = "cf07c4bd-b789-4e18-b3c4-1f732cb57131"
	}
	m.PutBytes(0x40, GUID(creator))
	if r.Notify != "" {
		m.PutBytes(0x50, GUID(r.Notify))
	}
	m.PutU64(0x60, 0x1234)
	m.PutU32(0x68, r.Flags)
	at := 0x80 + 0x48*len(r.Sections)
	for i, s := range r.Sections {
		d := 0x80 + 0x48*i
		m.PutU32(d, uint32(at), uint32(len(s.Data)))
		m.PutU16(d+8, 0x0300)
		m.PutU32(d+0xC, s.Flags)
		m.PutBytes(d+0x10, GUID(s.Type))
		var valid uint8
		if s.FRU != "" {
			valid |= 1
			m.PutBytes(d+0x20, GUID(s.FRU))
		}
		m.PutU32(d+0x30, s.Severity)
		m.PutBytes(d+0x34, make([]byte, 20))
		if s.FRUText != "" {
			valid |= 2
			m.PutASCII(d+0x34, s.FRUText)
		}
		m.PutU8(d+0xA, valid, 0)
		m.PutBytes(at, s.Data)
		at += len(s.Data)
	}
	m.PutU32(0x14, uint32(at))
	return m
}

// section builds the data of one.
func section(size int, put func(m *Image)) []byte {
	m := &Image{}
	m.Grow(size)
	put(m)
	return m.Data()
}

// ProcessorSection is a section of any processor: a cache error of processor 5, an Intel one of family 6, model 0x55. Its brand is not valid.
func ProcessorSection() ErrorSection {
	return ErrorSection{Type: SectionProcessor, Severity: 1, Data: section(0xC0, func(m *Image) {
		m.PutU64(0, 0x1F7F) // all but the brand
		m.PutU8(8, 0, 2, 1, 1, 3, 2)
		m.PutU64(0x10, 0x50654)
		m.PutASCII(0x18, "not valid")
		m.PutU64(0x98, 5, 0x12345680, 0xA1, 0xA2, 0xFFFFF80000001234)
	})}
}

// X86Section is a section of an x86 processor: a cache check, a TLB check, a bus check and one of the micro-architecture, and the registers of a bank.
func X86Section() ErrorSection {
	return ErrorSection{Type: SectionX86, Severity: 1, Data: section(0x170, func(m *Image) {
		m.PutU64(0, 3|4<<2|1<<8)
		m.PutU64(8, 5)
		m.PutU64(0x10, 0x50654)
		// A data read in level 1, uncorrected; the overflow is not valid.
		m.PutBytes(0x40, GUID("a55701f5-e3ef-43de-ac72-249b573fad2c"))
		m.PutU64(0x50, 3)
		m.PutU64(0x58, 0x7F|1<<16|3<<18|1<<22|1<<26|1<<29)
		m.PutU64(0x60, 0x12345680)
		// A TLB check that says its level alone.
		m.PutBytes(0x80, GUID("fc06b535-5e1f-4562-9f25-0a3b9adb63c3"))
		m.PutU64(0x90, 1)
		m.PutU64(0x98, 4|2<<22)
		// A bus check: observed, timed out, of I/O.
		m.PutBytes(0xC0, GUID("1cf3f8b3-c5b1-49a2-aa59-5eef92ffa63c"))
		m.PutU64(0xD0, 0x1D)
		m.PutU64(0xD8, 0x700|2<<30|1<<32|2<<33)
		m.PutU64(0xE8, 0xB1, 0xB2, 0xFFFFF80000005678)
		// An internal error that is unclassified.
		m.PutBytes(0x100, GUID("48ab7f57-dc34-4f6c-a7d3-b0b5b0a74314"))
		m.PutU64(0x110, 1)
		m.PutU64(0x118, 1|5<<16)
		// Four registers of a bank.
		m.PutU16(0x140, 1, 0x20)
		m.PutU32(0x144, 0x400)
		m.PutU64(0x150, 0xF, 0xBE00000000800400, 0x1000, 0x86)
	})}
}

// MachineCheckSection is a section of a machine check in version 3, of Intel: bank 5 of processor 7, an internal timer error.
func MachineCheckSection() ErrorSection {
	return ErrorSection{Type: SectionMachineCheck, Severity: 1, Flags: 1, Data: section(0x124, func(m *Image) {
		m.PutU32(0, 3, 1)
		m.PutU64(8, 0x01DC18E58C5E1073)
		m.PutU32(0x10, 7)
		m.PutU64(0x14, 5)
		m.PutU64(0x1C, 0x1111)
		m.PutU32(0x24, 5)
		m.PutU64(0x28, 0xBE00000000800400, 0x12345000, 0x86)
		m.PutU32(0x40, 0, 14)
		m.PutU64(0x108, 0xF000C14)
		m.PutU32(0x110, 4, 1)
		m.PutU8(0x118, 1, 0, 1)
	})}
}

// AMDSection is a section of a machine check in version 4, of AMD: bank 20 of processor 3, which is the memory controller by its MCA_IPID. Bank 0 had
// an error too, and bank 1 none.
func AMDSection() ErrorSection {
	return ErrorSection{Type: SectionMachineCheck, Severity: 1, Flags: 1, Data: section(0x4A8, func(m *Image) {
		m.PutU32(0, 4, 2)
		m.PutU32(0x10, 3)
		m.PutU64(0x14, 4)
		m.PutU64(0x1C, 0x2222) // not valid: neither RIPV nor EIPV
		m.PutU32(0x24, 20)
		m.PutU64(0x28, 0x9420300000000813, 0xABC0, 0x77) // deferred, an uncorrectable ECC error; ADDRV, SyndV, and no MISCV
		m.PutU32(0x40, 10, 6)
		m.PutU64(0x48, 0x0000009600050F00, 0x5D)
		m.PutU32(0x124, 2, 0, 1)
		m.PutU64(0x1A8, 0xBEA0000000000108, 0)
		m.PutU64(0x2A8, 0x4000)
	})}
}

// MemorySection is a section of the memory: a single-bit error in a module. The device and the column are not valid.
func MemorySection() ErrorSection {
	return ErrorSection{Type: SectionMemory, Severity: 2, FRUText: "DIMM_A2 4711", Data: section(0x50, func(m *Image) {
		m.PutU64(0, 0x7FFFF&^(1<<7|1<<9))
		m.PutU64(8, 4<<8|1<<18|1<<21, 0x23456780, 0xFFFFFFFFFFFFFFC0)
		m.PutU16(0x20, 0, 1, 2, 3, 0xDEAD, 0x1234, 0xBEEF, 6)
		m.PutU64(0x30, 0xC1, 0xC2, 0xC3)
		m.PutU8(0x48, 2, 1)
		m.PutU16(0x4A, 1, 0x11, 0x12)
	})}
}

// Memory2Section is a section of the memory in its second form: a bank by its group and address.
func Memory2Section() ErrorSection {
	return ErrorSection{Type: SectionMemory2, Severity: 1, Data: section(0x60, func(m *Image) {
		m.PutU64(0, 0x3FFFFF&^(1<<6|1<<9))
		m.PutU64(8, 4<<8, 0x34567880, 0xFFFFFFFFFFFFFFC0)
		m.PutU16(0x20, 1, 2, 3, 0x0205)
		m.PutU32(0x28, 4, 0x12345, 0xBEEF, 1, 63)
		m.PutU8(0x3C, 2, 3, 1)
		m.PutU64(0x40, 1, 2, 3)
		m.PutU32(0x58, 0x21, 0x22)
	})}
}

// PCIExpressSection is a section of a PCI Express root port at bus 0, device 28, function 4, behind which a transaction timed out.
func PCIExpressSection() ErrorSection {
	return ErrorSection{Type: SectionPCIExpress, Severity: 1, Flags: 1, Data: section(0xD0, func(m *Image) {
		m.PutU64(0, 0xFF)
		m.PutU32(8, 4, 0x0101)
		m.PutU16(0x10, 0x0407, 0x4010)
		m.PutU16(0x18, 0x8086, 0xA114)
		m.PutU8(0x1C, 0x00, 0x04, 0x06, 4, 28, 0, 0, 0, 3, 0x28, 0)
		m.PutU64(0x28, 0x00112233AABBCCDD)
		m.PutU16(0x30, 0x2000, 0x0002)
		m.PutU8(0x34, 0x10)
		m.PutU16(0x34+0xA, 0x0004)
		m.PutU32(0x34+0xC, 0x43)
		m.PutU16(0x34+0x12, 0x1041)
		m.PutU32(0x70+4, 0x4000|0x100000, 0x100000, 0x62030, 1, 0, 14)
		m.PutU32(0x70+0x1C, 0x4A000001, 0x1, 0x2, 0x3)
		m.PutU32(0x70+0x30, 0x14)
		m.PutU16(0x70+0x36, 0x0300)
	})}
}

// PCIBusSection is a section of a PCI bus: a parity error of its data. The target is not valid.
func PCIBusSection() ErrorSection {
	return ErrorSection{Type: SectionPCIBus, Severity: 1, Data: section(0x48, func(m *Image) {
		m.PutU64(0, 0xFF)
		m.PutU64(8, 22<<8|1<<18)
		m.PutU16(0x10, 1, 0x0203)
		m.PutU64(0x18, 0xFEB00000, 0xD1, 0xD2, 0xD3, 0xD4, 0xD5)
	})}
}

// PCIDeviceSection is a section of a PCI device with one register of each kind.
func PCIDeviceSection() ErrorSection {
	return ErrorSection{Type: SectionPCIDevice, Severity: 1, Data: section(0x48, func(m *Image) {
		m.PutU64(0, 0x1F)
		m.PutU64(8, 16<<8)
		m.PutU16(0x10, 0x10EC, 0x8168)
		m.PutU8(0x14, 0, 0, 2, 1, 3, 5)
		m.PutU32(0x20, 1, 1)
		m.PutU64(0x28, 0xFEB00010, 0x55, 0x3F8, 0x66)
	})}
}

// ARMSection is a section of an ARM processor: an error of a bus by the later numbers, and registers.
func ARMSection() ErrorSection {
	return ErrorSection{Type: SectionARM, Severity: 0, Data: section(0x28+0x20+0x10, func(m *Image) {
		m.PutU32(0, 7)
		m.PutU16(4, 1, 1)
		m.PutU32(8, 0x58)
		m.PutU8(0xC, 1)
		m.PutU64(0x10, 0x80000001, 0x410FD490)
		m.PutU32(0x20, 0, 3)
		m.PutU8(0x28, 0, 0x20)
		m.PutU16(0x2A, 0x17)
		m.PutU8(0x2C, 8, 0, 0, 1)
		m.PutU64(0x30, 0x387|1<<16|3<<18|2<<22|1<<29|1<<31|1<<32)
		m.PutU64(0x38, 0xBAD, 0x80001000)
		m.PutU16(0x48, 0, 4)
		m.PutU32(0x4C, 8)
		m.PutU64(0x50, 0x99)
	})}
}

// FirmwareSection refers to a record of the firmware.
func FirmwareSection() ErrorSection {
	return ErrorSection{Type: SectionFirmware, Severity: 1, Data: section(0x20, func(m *Image) {
		m.PutU8(0, 2, 1)
		m.PutU64(8, 0x77)
		m.PutBytes(0x10, GUID("01234567-89ab-cdef-0123-456789abcdef"))
	})}
}

// DMArSection is a fault of DMA remapping: a write of the device at bus 1, device 0, function 0.
func DMArSection() ErrorSection {
	return ErrorSection{Type: SectionDMAr, Severity: 1, Data: section(0x20, func(m *Image) {
		m.PutU16(0, 0x100, 0)
		m.PutU8(4, 6, 1, 0, 1)
		m.PutU64(8, 0xFFFF0000)
	})}
}

// VTdSection and IOMMUSection are what the units of Intel and AMD say of such a fault.
func VTdSection() ErrorSection {
	return ErrorSection{Type: SectionVTd, Severity: 1, Data: section(0x90, func(m *Image) {
		m.PutU8(0, 1, 0)
		m.PutU64(8, 0xD2008C40660462, 0xF050DA)
		m.PutU32(0x18, 0x80000000, 0xC0000000, 2)
		m.PutU64(0x30, 0x31, 0x32)
		m.PutU64(0x88, 0x7)
	})}
}

// IOMMUSection is what an IOMMU of AMD says of a fault.
func IOMMUSection() ErrorSection {
	return ErrorSection{Type: SectionIOMMU, Severity: 1, Data: section(0x90, func(m *Image) {
		m.PutU8(0, 1)
		m.PutU64(8, 0x11, 0x22)
		m.PutU64(0x20, 0x33)
		m.PutU64(0x60, 0x6)
	})}
}

// NMISection is a section of a non-maskable interrupt that the hypervisor reported.
func NMISection() ErrorSection {
	return ErrorSection{Type: SectionNMI, Severity: 1, Data: section(12, func(m *Image) {
		m.PutU8(0, 0xA0, 1)
		m.PutU32(8, 1)
	})}
}

// PacketSection is the head of the packet of an error source.
func PacketSection() ErrorSection {
	return ErrorSection{Type: SectionPacket, Severity: 1, Data: section(0x50, func(m *Image) {
		m.PutASCII(0, "WHEA")
		m.PutU32(4, 3, 0x50)
		m.PutU32(0x10, 2, 1, 9, 4)
	})}
}

// RecoverySection is a section of what Windows did: it ended the process example.exe.
func RecoverySection() ErrorSection {
	return ErrorSection{Type: SectionRecovery, Severity: 3, Data: section(39, func(m *Image) {
		m.PutU64(1, 2)
		m.PutU32(9, 1)
		m.PutU8(0xD, 2, 1)
		m.PutASCII(0x13, "example.exe")
	})}
}

// PMEMSection is a section of an address range scrub that found 2 pages bad.
func PMEMSection() ErrorSection {
	return ErrorSection{Type: SectionPMEM, Severity: 2, Data: section(0x70, func(m *Image) {
		m.PutU64(0, 7)
		m.PutASCII(8, "slot 3")
		m.PutU64(0x48, 4<<8)
		m.PutU32(0x50, 0x21, 1)
		m.PutU64(0x58, 0x1000, 2, 3)
	})}
}

// ErrorSections are one section of each type that has one here.
func ErrorSections() []ErrorSection {
	return []ErrorSection{ProcessorSection(), X86Section(), MachineCheckSection(), AMDSection(), MemorySection(), Memory2Section(), PCIExpressSection(),
		PCIBusSection(), PCIDeviceSection(), ARMSection(), FirmwareSection(), DMArSection(), VTdSection(), IOMMUSection(), NMISection(), PacketSection(),
		RecoverySection(), PMEMSection(), {Type: SectionItanium, Severity: 1, Data: make([]byte, 16)}}
}
