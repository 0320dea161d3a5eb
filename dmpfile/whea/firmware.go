package whea

import "fmt"

// firmware reads a reference to a record of the firmware (UEFI specification, table N.36).
func firmware(f *fields, _ *Section) {
	f.named(always, "type", 0, 1, map[uint64]string{0: "Itanium SAL", 1: "SoC, type 1", 2: "SoC, type 2"})
	revision, _ := f.number(always, 1, 1)
	f.decimal(always, "revision", 1, 1)
	f.hex(always, "record id", 8, 8)
	if revision == 0 {
		return
	}
	if b, ok := f.slice(0x10, 0x10); ok {
		f.add("record GUID", guidAt(b, 0).String())
	}
}

// remapping reads a section of a fault of DMA remapping (UEFI specification, table N.37).
func remapping(f *fields, _ *Section) {
	if v, ok := f.number(always, 0, 2); ok {
		f.add("requester", requester(v))
	}
	f.decimal(always, "segment", 2, 2)
	f.named(always, "fault", 4, 1, map[uint64]string{
		1: "no entry in the domain mapping table", 2: "invalid entry in the domain mapping table", 3: "error while the domain mapping table was read",
		4: "reserved bits set in the domain mapping table", 5: "address out of the space of the translation", 6: "the access is not allowed",
		7: "invalid request", 8: "error while the translation table was read", 9: "reserved bits set in the translation table", 10: "invalid command",
		11: "error while the command buffer was read"})
	f.named(always, "access", 5, 1, map[uint64]string{0: "read", 1: "write"})
	f.named(always, "address type", 6, 1, map[uint64]string{0: "untranslated", 1: "translation request"})
	f.named(always, "architecture", 7, 1, map[uint64]string{1: "Intel VT-d", 2: "AMD IOMMU"})
	f.hex(always, "device address", 8, 8)
}

// remappingIntel reads what Intel's VT-d says of a fault (UEFI specification, table N.38).
func remappingIntel(f *fields, _ *Section) {
	f.decimal(always, "version", 0, 1)
	f.decimal(always, "revision", 1, 1)
	f.hex(always, "capability", 8, 8)
	f.hex(always, "extended capability", 0x10, 8)
	f.hex(always, "global command", 0x18, 4)
	f.hex(always, "global status", 0x1C, 4)
	f.hex(always, "fault status", 0x20, 4)
	f.bytes(always, "fault record", 0x30, 16)
	f.bytes(always, "root entry", 0x40, 16)
	f.bytes(always, "context entry", 0x50, 16)
	f.pageTables(0x60)
}

// remappingAMD reads what AMD's IOMMU says of a fault (UEFI specification, table N.39).
func remappingAMD(f *fields, _ *Section) {
	f.decimal(always, "revision", 0, 1)
	f.hex(always, "control", 8, 8)
	f.hex(always, "status", 0x10, 8)
	f.bytes(always, "event log entry", 0x20, 16)
	f.bytes(always, "device table entry", 0x40, 32)
	f.pageTables(0x60)
}

func (f *fields) pageTables(at int) {
	for i := range 6 {
		f.hex(always, fmt.Sprintf("page table entry, level %d", 6-i), at+8*i, 8)
	}
}
