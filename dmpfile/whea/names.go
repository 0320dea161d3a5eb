package whea

// creatorWindows is the creator of records that Windows made (WHEA_RECORD_CREATOR_GUID).
const creatorWindows = "cf07c4bd-b789-4e18-b3c4-1f732cb57131"

// GUIDs of what has a meaning beyond its name.
const (
	typeProcessor    = "9876ccad-47b4-4bdb-b65e-16f193c4f3db"
	typeMachineCheck = "8a1e1d01-42f9-4557-9c33-565e5cc3f7e8"
)

// creators are names of creators (ntddk.h).
var creators = map[string]string{
	creatorWindows:                         "Windows",
	"57217c8d-5e66-44fb-8033-9b74cacedf5b": "a device driver",
}

// notifications are the ways in which the hardware tells: UEFI specification, appendix N.2.1.1, and ntddk.h for Microsoft's own.
var notifications = map[string]string{
	"2dce8bb1-bdd7-450e-b9ad-9cf4ebd4f890": "corrected machine check",
	"4e292f96-d843-4a55-a8c2-d481f27ebeee": "corrected platform error",
	"e8f56ffe-919c-4cc5-ba88-65abe14913bb": "machine check exception",
	"cf93c01f-1a16-4dfc-b8bc-9c4daf67c104": "PCI Express error",
	"cc5263e8-9308-454a-89d0-340bd39bc98e": "INIT record",
	"5bad89ff-b7e6-42c9-814a-cf2485d6e98a": "non-maskable interrupt",
	"3d61a466-ab40-409a-a698-f362d464b38f": "boot error",
	"667dd791-c6b3-4c27-8a6b-0f8e722deb41": "DMA remapping error",
	"9a78788a-bbe8-11e4-809e-67611e5d46b0": "synchronous external abort",
	"5c284c81-b0ae-4e87-a322-b04c85624323": "SError interrupt",
	"09a9d5ac-5204-4214-96e5-94992e752bcd": "platform error interrupt",
	"69293bc9-41df-49a3-b4bd-4fb0db3041f6": "Compute Express Link error",
	"487565ba-6494-4367-95ca-4eff893522f6": "baseboard management controller",
	"919448b2-3739-4b7f-a8f1-e0062805c2a3": "corrected machine check interrupt",
	"0033f803-2e70-4e88-992c-6f26daf3db7a": "device driver",
	"fe84086e-b557-43cf-ac1b-17982e078470": "external interrupt",
	"3e62a467-ab40-409a-a698-f362d464b38f": "generic error source",
	"e9d59197-94ee-4a4f-8ad8-9b7d8bd93d2e": "system control interrupt",
}

// sectionType is the name of a type of sections, and what reads its fields; nil where it is known by name alone.
type sectionType struct {
	name   string
	decode func(f *fields, s *Section)
}

// sectionTypes are those of the UEFI specification (appendix N.2.2), and those of ntddk.h.
var sectionTypes = map[string]sectionType{
	typeProcessor:                          {"processor", processorGeneric},
	"dc3ea0b0-a144-4797-b95b-53fa242b6e1d": {"x86 processor", processorX86},
	"e429faf1-3cb7-11d4-bca7-0080c73c8881": {"Itanium processor", nil},
	"e19e3d16-bc11-11e4-9caa-c2051d5d46b0": {"ARM processor", processorARM},
	"a5bc1114-6f64-4ede-b863-3e83ed7c83b1": {"memory", memory},
	"61ec04fc-48e6-d813-25c9-8daa44750b12": {"memory", memory2},
	"d995e954-bbc1-430f-ad91-b44dcb3c6f35": {"PCI Express", pciExpress},
	"c5753963-3b84-4095-bf78-eddad3f9c9dd": {"PCI bus", pciBus},
	"eb5e4685-ca66-4769-b6a2-26068b001326": {"PCI device", pciDevice},
	"81212a96-09ed-4996-9471-8d729c8e69ed": {"firmware error record", firmware},
	"5b51fef7-c79d-4434-8f1b-aa62de3e2c64": {"DMA remapping", remapping},
	"71761d37-32b2-45cd-a7d0-b0fedd93e8cf": {"DMA remapping of Intel VT-d", remappingIntel},
	"036f84e1-7f37-428c-a79e-575fdfaa84ec": {"DMA remapping of an AMD IOMMU", remappingAMD},
	"91335ef6-ebfb-4478-a6a6-88b728cf75d7": {"CCIX error log", nil},
	"80b9efb4-52b5-4de3-a777-68784b771048": {"CXL protocol", nil},
	"fbcd0a77-c260-417f-85a9-088b1621eba6": {"CXL general media event", nil},
	"601dcbb3-9c06-4eab-b8af-4e9bfb5c9624": {"CXL DRAM event", nil},
	"fe927475-dd59-4339-a586-79bab113b774": {"CXL memory module event", nil},
	"5e4706c1-5356-48c6-930b-52f2120a4458": {"poisoned memory of a part", nil},

	// Microsoft's.
	typeMachineCheck:                       {"x86 machine check", machineCheck},
	"e71254e7-c1b9-4940-ab76-909703a4320f": {"non-maskable interrupt", interrupt},
	"e71254e8-c1b9-4940-ab76-909703a4320f": {"generic error", nil},
	"e71254e9-c1b9-4940-ab76-909703a4320f": {"error packet of Windows", packet},
	"6f3380d1-6eb0-497f-a578-4d4c65a71617": {"Itanium SAL record", nil},
	"1c15b445-9b06-4667-ac25-33c056b88803": {"registers read over IPMI", nil},
	"0e36c93e-ca15-4a83-ba8a-cbe80f7f0017": {"summary of corrected memory errors", nil},
	"e96eca99-53e2-4f52-9be7-d2dbe9508ed0": {"summary of corrected PCI Express errors", nil},
	"81687003-dbfd-4728-9ffd-f0904f97597d": {"persistent memory (address range scrub)", persistentMemory},
	"85183a8b-9c41-429c-939c-5c3c087ca280": {"firmware telemetry of Project Mu", nil},
	"c34832a1-02c3-4c52-a9f1-9f1d5d7723fc": {"recovery", recovery},
	"ec49534b-30e7-4358-972f-eca6958fae3b": {"PCI Express downstream port containment", nil},
	"dd060800-f6e1-4204-ac27-c4bca9568402": {"PCI recovery", nil},
	"e3ebf4a2-df50-4708-b2d7-0b29ec2f7aa9": {"ARM RAS node", nil},
	"f5fe48a6-84ce-4c1e-aa64-20c9a53099f1": {"ARM synchronous external abort", nil},
	"f2a4a152-9c6d-4020-aecf-7695b389251b": {"ARM SError interrupt", nil},
	"e16edb28-6113-4263-a41d-e53f8de78751": {"memory (Intel's extension)", nil},
}

// TypeName says in words what a section describes, or is its GUID where that is not known.
func (s *Section) TypeName() string {
	guid := s.Type.String()
	if t, ok := sectionTypes[guid]; ok {
		return t.name
	}
	return guid
}

// Decoded says whether the fields of a section of this type can be read.
func (s *Section) Decoded() bool { return sectionTypes[s.Type.String()].decode != nil }

// NotificationName says in words how the hardware told, "" where that is not known.
func (r *Record) NotificationName() string { return notifications[r.Notification.String()] }

// CreatorName says who made the record, "" where that is not known.
func (r *Record) CreatorName() string { return creators[r.Creator.String()] }

// FlagNames lists the flags of the record (UEFI specification, table N.1).
func (r *Record) FlagNames() []string {
	return setBits(uint64(r.Flags), []string{"recovered", "of an earlier boot", "simulated"})
}

// FlagNames lists the flags of the section (UEFI specification, table N.2).
func (s *Section) FlagNames() []string {
	return setBits(uint64(s.Flags), []string{"primary", "containment warning", "reset", "threshold exceeded", "resource not accessible",
		"latent error", "propagated", "overflow"})
}

// errorTypes are the types of an error status (UEFI specification, table N.28).
var errorTypes = map[uint64]string{
	1: "internal error", 4: "storage error in memory", 5: "storage error in a TLB", 6: "storage error in a cache", 7: "error in a functional unit",
	8: "self-test failed", 9: "overflow of an internal queue", 16: "bus error", 17: "virtual address not found", 18: "improper access",
	19: "access to an address that is not mapped", 20: "loss of lockstep", 21: "response without a request", 22: "bus parity error",
	23: "bus protocol error", 24: "bus path error", 25: "bus time-out", 26: "read of poisoned data",
}

// status adds an error status: its type, and what the error was in.
func (f *fields) status(bit int, name string, off int) (kind string) {
	v, ok := f.number(bit, off, 8)
	if !ok {
		return ""
	}
	kind = nameOf(v>>8&0xFF, errorTypes)
	value := kind
	for _, s := range setBits(v>>16&0x7F, []string{"address", "control", "data", "seen by the responder", "seen by the requester", "first error",
		"more were not logged"}) {
		value += ", " + s
	}
	f.add(name, value)
	return kind
}
