package nt

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// ErrorRecord is a WHEA_ERROR_RECORD: a Common Platform Error Record (UEFI specification, appendix N).
type ErrorRecord struct {
	Severity string // recoverable, fatal, corrected, informational; "" where it is another number
	Notify   string // how the hardware told, "" where the GUID is not known
	Sections []ErrorSection
}

// ErrorSection is a section of an ErrorRecord.
type ErrorSection struct {
	Type     string // what it describes; the GUID where that is not known
	Severity string
	Offset   uint32 // from the start of the record
	// MachineCheck is set for a section of an x86 machine check.
	MachineCheck *MachineCheck
}

// MachineCheck is what a WHEA_XPF_MCA_SECTION says (ntddk.h).
type MachineCheck struct {
	Processor, Bank uint32
	Status          uint64 // MCi_STATUS
}

const (
	sizeErrorRecord  = 0x80
	sizeErrorSection = 0x48
	maxErrorSections = 64
	sigCPER          = 0x52455043 // "CPER"
)

var severities = map[uint32]string{0: "recoverable", 1: "fatal", 2: "corrected", 3: "informational"}

// Names of notification and section GUIDs: UEFI specification, and ntddk.h for Microsoft's own.
var (
	notifyNames = map[string]string{
		"2dce8bb1-bdd7-450e-b9ad-9cf4ebd4f890": "corrected machine check",
		"4e292f96-d843-4a55-a8c2-d481f27ebeee": "corrected platform error",
		"e8f56ffe-919c-4cc5-ba88-65abe14913bb": "machine check exception",
		"cf93c01f-1a16-4dfc-b8bc-9c4daf67c104": "PCI Express error",
		"cc5263e8-9308-454a-89d0-340bd39bc98e": "INIT record",
		"5bad89ff-b7e6-42c9-814a-cf2485d6e98a": "non-maskable interrupt",
		"3d61a466-ab40-409a-a698-f362d464b38f": "boot error",
	}
	sectionNames = map[string]string{
		"9876ccad-47b4-4bdb-b65e-16f193c4f3db": "processor",
		"dc3ea0b0-a144-4797-b95b-53fa242b6e1d": "x86 processor",
		"e429faf1-3cb7-11d4-bca7-0080c73c8881": "Itanium processor",
		"e19e3d16-bc11-11e4-9caa-c2051d5d46b0": "ARM processor",
		"a5bc1114-6f64-4ede-b863-3e83ed7c83b1": "memory",
		"d995e954-bbc1-430f-ad91-b44dcb3c6f35": "PCI Express",
		"c5753963-3b84-4095-bf78-eddad3f9c9dd": "PCI bus",
		"eb5e4685-ca66-4769-b6a2-26068b001326": "PCI device",
		"81212a96-09ed-4996-9471-8d729c8e69ed": "firmware error record",
		"e71254e7-c1b9-4940-ab76-909703a4320f": "non-maskable interrupt",
		guidMachineCheck:                       "x86 machine check",
	}
)

const guidMachineCheck = "8a1e1d01-42f9-4557-9c33-565e5cc3f7e8"

// ReadErrorRecord reads a WHEA error record: its header, and the headers of the sections that are in the dump.
func ReadErrorRecord(m Memory, a dmpfile.VirtAddr) (ErrorRecord, error) {
	b, err := readAll(m, a, sizeErrorRecord)
	if err != nil {
		return ErrorRecord{}, err
	}
	signature, _ := bin.U32(b, 0)
	end, _ := bin.U32(b, 6)
	if signature != sigCPER || end != 0xFFFFFFFF {
		return ErrorRecord{}, ErrNotThere
	}
	count, _ := bin.U16(b, 0xA)
	severity, _ := bin.U32(b, 0xC)
	length, _ := bin.U32(b, 0x14)
	headers := uint64(sizeErrorRecord) + uint64(count)*sizeErrorSection
	if headers > uint64(length) || count > maxErrorSections {
		return ErrorRecord{}, ErrNotThere
	}
	r := ErrorRecord{Severity: severities[severity], Notify: notifyNames[guidAt(b, 0x50)]}
	for i := range int(count) {
		d, err := readAll(m, a+dmpfile.VirtAddr(sizeErrorRecord+i*sizeErrorSection), sizeErrorSection)
		if err != nil {
			break // the record is longer than what the dump has of it
		}
		s, ok := section(m, a, d, uint32(headers), length)
		if !ok {
			return ErrorRecord{}, ErrNotThere
		}
		r.Sections = append(r.Sections, s)
	}
	return r, nil
}

// section reads the section that a descriptor of the record at a speaks of. ok is false where it does not lie in the record, after
// the headers.
func section(m Memory, a dmpfile.VirtAddr, d []byte, headers, recordLength uint32) (s ErrorSection, ok bool) {
	offset, _ := bin.U32(d, 0)
	length, _ := bin.U32(d, 4)
	if offset < headers || offset > recordLength || length > recordLength-offset {
		return ErrorSection{}, false
	}
	severity, _ := bin.U32(d, 0x30)
	guid := guidAt(d, 0x10)
	s = ErrorSection{Type: sectionNames[guid], Severity: severities[severity], Offset: offset}
	if s.Type == "" {
		s.Type = guid
	}
	const sizeMachineCheck = 0x40
	if guid != guidMachineCheck || length < sizeMachineCheck {
		return s, true
	}
	b, err := readAll(m, a+dmpfile.VirtAddr(offset), sizeMachineCheck)
	const valid = 1 << 63 // of MCi_STATUS
	if status, _ := bin.U64(b, 0x28); err == nil && status&valid != 0 {
		s.MachineCheck = &MachineCheck{Status: status}
		s.MachineCheck.Processor, _ = bin.U32(b, 0x10)
		s.MachineCheck.Bank, _ = bin.U32(b, 0x24)
	}
	return s, true
}

func guidAt(b []byte, off int) string {
	var g dmpfile.GUID
	copy(g[:], b[off:])
	return g.String()
}
