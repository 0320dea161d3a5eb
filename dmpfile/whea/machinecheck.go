package whea

import (
	"fmt"
	"strings"
	"time"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Vendor is the maker of a processor (WHEA_CPU_VENDOR of ntddk.h).
type Vendor uint32

// Vendors.
const (
	Other Vendor = iota
	Intel
	AMD
)

// String returns the name.
func (v Vendor) String() string {
	switch v {
	case Intel:
		return "Intel"
	case AMD:
		return "AMD"
	}
	return "other"
}

// MachineCheck is what a section of an x86 machine check says (WHEA_XPF_MCA_SECTION of ntddk.h). A field is nil where the section does not say it.
type MachineCheck struct {
	Vendor    Vendor
	Processor uint32 // by the count of Windows
	APIC      *uint32
	Time      time.Time // zero where it is not said
	Bank      uint32
	BankName  string // of the unit whose bank it is; "" where it is not known
	Status    Status
	Address   *uint64 // MCi_ADDR, where the status calls it valid
	Misc      *uint64 // MCi_MISC, likewise
	IPID      *uint64 // MCA_IPID of AMD
	Syndrome  *uint64 // MCA_SYND of AMD, where the status calls it valid
	Others    []Bank  // other banks that had an error at the same time
}

// Bank is another bank of a MachineCheck.
type Bank struct {
	Number        uint32
	Name          string
	Status        Status
	Address, Misc *uint64
}

// machineCheck reads a section of an x86 machine check. Its versions 1 to 4 only add fields.
func machineCheck(f *fields, s *Section) {
	const maxRegisters, maxBanks = 24, 32
	const named = 0x110 // the length from which on the extended registers of AMD have names
	m := &MachineCheck{}
	version, _ := f.number(always, 0, 4)
	f.decimal(always, "version", 0, 4)
	if v, ok := f.number(always, 4, 4); ok {
		m.Vendor = Vendor(v)
		f.add("vendor", m.Vendor.String())
	}
	if v, ok := f.number(always, 8, 8); ok {
		if t, ok := bin.EventTime(v); ok {
			m.Time = t
			f.add("time", t.Format(time.RFC3339Nano))
		}
	}
	if v, ok := f.number(always, 0x10, 4); ok {
		m.Processor = uint32(v)
		f.add("processor", fmt.Sprint(v))
	}
	if version >= 2 {
		if v, ok := f.number(always, 0x44, 4); ok {
			m.APIC = new(uint32(v))
			f.add("APIC id", fmt.Sprint(v))
		}
	}
	f.flags(always, "MCG_STATUS", 0x14, 8, []string{"RIPV", "EIPV", "MCIP", "LMCES"})
	if g, ok := f.number(always, 0x14, 8); ok && g&3 != 0 { // an instruction is said where one of RIPV and EIPV is
		f.hex(always, "instruction pointer", 0x1C, 8)
	}
	number, _ := f.number(always, 0x24, 4)
	m.Bank = uint32(number)
	f.decimal(always, "bank", 0x24, 4)
	status, ok := f.number(always, 0x28, 8)
	if !ok {
		return
	}
	m.Status = Status(status)
	f.add("status", m.Status.String())
	m.Address = f.where(m.Status&StatusADDRV != 0, "address", 0x30)
	m.Misc = f.where(m.Status&StatusMISCV != 0, "misc", 0x38)
	for _, x := range m.Status.details(m.Vendor) {
		f.add(x.Name, x.Value)
	}
	if port := m.RootPort(); port != "" {
		f.add("reported by the root port", port)
	}
	if m.Status.Valid() {
		s.MachineCheck = m
	}
	if s.Length <= 0x40 {
		return
	}
	if count, ok := f.number(always, 0x40, 4); ok && count <= maxRegisters {
		f.group("extended registers", func() { f.extended(m, int(count), s.Length >= named) })
	}
	// What follows came with later versions: how long the section is says what it has.
	if s.Length < named || version < 2 {
		return
	}
	f.hex(always, "MCG_CAP", 0x108, 8)
	if version < 3 {
		return
	}
	f.group("recovery", func() {
		f.flags(always, "failed for", 0x110, 4, []string{"not supported", "overflow", "context corrupt", "no valid instruction pointer",
			"no context to recover in", "address not valid", "address mode", "high IRQL", "interrupts off", "swap busy", "stack overflow"})
		f.flags(always, "action", 0x114, 4, []string{"attempted", "handled by the hypervisor"})
		f.boolean("action required", 0x118)
		f.boolean("succeeded", 0x119)
		f.boolean("in the kernel", 0x11A)
	})
	if version < 4 {
		return
	}
	count, _ := f.number(always, 0x124, 4)
	for i := range int(min(count, maxBanks)) {
		var b Bank
		number, _ := f.number(always, 0x128+4*i, 4)
		status, ok := f.number(always, 0x1A8+8*i, 8)
		if !ok {
			return
		}
		b.Number, b.Status = uint32(number), Status(status)
		f.group(fmt.Sprintf("bank %d", number), func() {
			f.add("status", b.Status.String())
			b.Address = f.where(b.Status&StatusADDRV != 0, "address", 0x2A8+8*i)
			b.Misc = f.where(b.Status&StatusMISCV != 0, "misc", 0x3A8+8*i)
		})
		if b.Status.Valid() {
			m.Others = append(m.Others, b)
		}
	}
}

// where adds a register that the status says is valid.
func (f *fields) where(valid bool, name string, off int) *uint64 {
	if !valid {
		return nil
	}
	return f.keepHex(always, name, off, 8)
}

// extended reads the extended registers. Those of AMD have names (WHEA_AMD_EXTENDED_REGISTERS) but in the first sections, which had no more behind them.
func (f *fields) extended(m *MachineCheck, count int, named bool) {
	names := []string{"MCA_IPID", "MCA_SYND", "MCA_CONFIG", "MCA_DESTAT", "MCA_DEADDR", "MCA_MISC1", "MCA_MISC2", "MCA_MISC3", "MCA_MISC4", "RAS_CAP"}
	for i := range count {
		v, ok := f.number(always, 0x48+8*i, 8)
		name := fmt.Sprintf("register %d", i)
		if m.Vendor == AMD && i < len(names) && named {
			name = names[i]
		}
		if !ok {
			return
		}
		const syndromeValid = 1 << 53
		switch {
		case name == "MCA_IPID" && v != 0:
			m.IPID = &v
		case name == "MCA_SYND" && m.Status&syndromeValid != 0:
			m.Syndrome = &v
		}
		if v != 0 {
			f.add(name, hex(v))
		}
	}
}

// finish names the banks, now that the other sections may have said which processor it is.
func (m *MachineCheck) finish(signature uint32) {
	m.BankName = bankName(m.Vendor, signature, m.Bank, m.IPID)
	for i := range m.Others {
		m.Others[i].Name = bankName(m.Vendor, signature, m.Others[i].Number, nil)
	}
}

// RootPort is the PCI Express root port that an I/O machine check of Intel names in MCi_MISC (Intel SDM volume 3B, 16.9.3.3), "" where it is none: the
// error behind it is in the port's own registers.
func (m *MachineCheck) RootPort() string {
	const filtered, ioError = 0x1000, 0x0E0B
	if m.Vendor != Intel || m.Misc == nil || uint16(m.Status)&^filtered != ioError {
		return ""
	}
	return (&PCI{Segment: uint16(*m.Misc >> 32 & 0xFF), Bus: uint8(*m.Misc >> 24), Device: uint8(*m.Misc >> 19 & 0x1F), Function: uint8(*m.Misc >> 16 & 7),
		Located: true}).Location()
}

// Status is an MCi_STATUS register.
type Status uint64

// Bits of a Status that Intel and AMD share.
const (
	StatusPCC   Status = 1 << (57 + iota) // the processor's context is corrupt
	StatusADDRV                           // MCi_ADDR is valid
	StatusMISCV                           // MCi_MISC is valid
	StatusEN                              // the error was enabled
	StatusUC                              // it was not corrected
	StatusOVER                            // there was another one before
	StatusVAL                             // the register is valid
)

// Valid says whether the register holds an error.
func (s Status) Valid() bool { return s&StatusVAL != 0 }

// String says what the register holds: its number, the architectural bits that are set, and the meaning of its error code.
func (s Status) String() string {
	parts := []string{fmt.Sprintf("MCi_STATUS %#x", uint64(s))}
	var set []string
	for i, name := range []string{"VAL", "OVER", "UC", "EN", "MISCV", "ADDRV", "PCC"} {
		if s&(StatusVAL>>i) != 0 {
			set = append(set, name)
		}
	}
	if len(set) > 0 {
		parts = append(parts, strings.Join(set, " "))
	}
	if kind := s.Kind(); kind != "" {
		parts = append(parts, kind)
	}
	return strings.Join(parts, ", ")
}

// details are fields of a status that the vendors have for themselves (Intel SDM volume 3B, 16.3.2.2; AMD APM volume 2, 9.3.2).
func (s Status) details(v Vendor) []Field {
	var list []Field
	add := func(name string, value string) { list = append(list, Field{Name: name, Value: value}) }
	add("model-specific code", hex(uint64(s)>>16&0xFFFF))
	switch v {
	case Intel:
		if n := uint64(s) >> 38 & 0x7FFF; s&StatusUC == 0 && n != 0 {
			add("corrected errors", fmt.Sprint(n))
		}
	case AMD:
		add("extended code", hex(uint64(s)>>16&0x3F))
		for _, x := range []struct {
			bit  int
			name string
		}{{43, "poisoned data"}, {44, "deferred"}, {45, "uncorrectable ECC"}, {46, "correctable ECC"}, {55, "task context corrupt"}} {
			if uint64(s)>>x.bit&1 != 0 {
				add(x.name, "yes")
			}
		}
	}
	return list
}

// Kind says what the error code in the low 16 bits means, where it is one of the simple codes, or of the compound ones that Intel and AMD share
// (Intel SDM volume 3B, 16.9; AMD APM volume 2, 9.5). "" is another.
func (s Status) Kind() string {
	code := uint16(s)
	level := []string{"level 0", "level 1", "level 2", "any level"}[code&3]
	transaction := []string{"instruction", "data", "generic", "reserved"}[code>>2&3]
	const filtered = 1 << 12 // in all compound codes: some such errors were left out
	compound := code &^ filtered
	switch {
	case code == 0:
		return "no error code"
	case code == 1:
		return "unclassified error"
	case code == 2:
		return "microcode ROM parity error"
	case code == 3:
		return "external error"
	case code == 4:
		return "redundancy check error"
	case code == 5:
		return "internal parity error"
	case code == 6:
		return "SMM handler code access violation"
	case code == 0x400:
		return "internal timer error"
	case code&0xfc00 == 0x400:
		return "internal unclassified error"
	case compound&0xfffc == 0x000c:
		return "cache hierarchy error, " + level
	case compound&0xfff0 == 0x0010:
		return "TLB error, " + transaction + ", " + level
	case compound&0xff80 == 0x0080:
		return "memory controller error" + memoryAccess(compound)
	case compound&0xff80 == 0x0280:
		return "error of memory used as a cache" + memoryAccess(compound)
	case compound&0xff00 == 0x0100:
		return "cache error, " + transaction + ", " + level + request(compound)
	case compound&0xf800 == 0x0800:
		return "bus or interconnect error, " + level + bus(compound)
	}
	return ""
}

// request is what was asked of a cache or a bus, "" where the code does not say.
func request(code uint16) string {
	switch r := uint64(code >> 4 & 0xF); {
	case r == 0:
		return ""
	case operations[r] != "":
		return ", " + operations[r]
	}
	return ""
}

// memoryAccess is the kind of access and the channel of a memory controller's error.
func memoryAccess(code uint16) string {
	s := ""
	if kind := []string{"", "read", "write", "address or command", "scrub"}; int(code>>4&7) < len(kind) && kind[code>>4&7] != "" {
		s = ", " + kind[code>>4&7]
	}
	if channel := code & 0xF; channel != 0xF {
		s += fmt.Sprintf(", channel %d", channel)
	}
	return s
}

// bus is the part of the processor in the transaction, and whether it timed out.
func bus(code uint16) string {
	s := request(code)
	if space := []string{"memory", "", "I/O", ""}[code>>2&3]; space != "" {
		s += ", " + space
	}
	if code&0x100 != 0 {
		s += ", timed out"
	}
	return s
}
