package whea

import "fmt"

// Processor is what a section of a processor says.
type Processor struct {
	ID        *uint64 // the local APIC id
	Signature uint32  // CPUID 1 in EAX: family, model, stepping; 0 where it is not said
	Kind      string  // of the error: cache, TLB, bus, micro-architectural; "" where it is not said
	Address   *uint64 // the physical address that was accessed
}

// processorGeneric reads a section of any processor (UEFI specification, table N.5; WHEA_PROCESSOR_GENERIC_ERROR_SECTION).
func processorGeneric(f *fields, s *Section) {
	p := &Processor{}
	s.Processor = p
	f.validation(0, 8)
	f.named(0, "processor type", 8, 1, map[uint64]string{0: "x86", 1: "Itanium", 2: "ARM"})
	f.named(1, "instruction set", 9, 1, map[uint64]string{0: "x86", 1: "Itanium", 2: "x64", 3: "ARM, 32 bits", 4: "ARM, 64 bits"})
	if v, ok := f.number(2, 0xA, 1); ok {
		p.Kind = joinBits(v, []string{"cache", "TLB", "bus", "micro-architectural"})
		f.add("error type", p.Kind)
		if v == 0 {
			p.Kind = ""
		}
	}
	f.named(3, "operation", 0xB, 1, map[uint64]string{0: "unknown", 1: "data read", 2: "data write", 3: "instruction execution"})
	f.flags(4, "flags", 0xC, 1, []string{"restartable", "precise instruction pointer", "overflow", "corrected"})
	f.decimal(5, "level", 0xD, 1)
	if v, ok := f.number(6, 0x10, 8); ok {
		p.Signature = uint32(v)
		f.add("version", hex(v))
	}
	f.text(7, "brand", 0x18, 128)
	if v, ok := f.number(8, 0x98, 8); ok {
		p.ID = &v
		f.add("processor id", fmt.Sprint(v))
	}
	if v, ok := f.number(9, 0xA0, 8); ok {
		p.Address = &v
		f.add("target address", hex(v))
	}
	f.hex(10, "requester", 0xA8, 8)
	f.hex(11, "responder", 0xB0, 8)
	f.hex(12, "instruction pointer", 0xB8, 8)
}

// Types of the error information of an x86 processor (UEFI specification, table N.9).
const (
	checkCache = "a55701f5-e3ef-43de-ac72-249b573fad2c"
	checkTLB   = "fc06b535-5e1f-4562-9f25-0a3b9adb63c3"
	checkBus   = "1cf3f8b3-c5b1-49a2-aa59-5eef92ffa63c"
	checkMS    = "48ab7f57-dc34-4f6c-a7d3-b0b5b0a74314"
)

var checks = map[string]string{checkCache: "cache", checkTLB: "TLB", checkBus: "bus", checkMS: "micro-architectural"}

// processorX86 reads a section of an x86 processor (UEFI specification, table N.6; WHEA_XPF_PROCESSOR_ERROR_SECTION).
func processorX86(f *fields, s *Section) {
	p := &Processor{}
	s.Processor = p
	f.validation(0, 8)
	infos, contexts := int(f.valid>>2&0x3F), int(f.valid>>8&0x3F)
	if v, ok := f.number(0, 8, 8); ok {
		p.ID = &v
		f.add("APIC id", fmt.Sprint(v))
	}
	f.bytes(1, "CPUID", 0x10, 0x30)
	at := 0x40
	const infoSize, contextSize = 0x40, 0x10
	for i := 0; i < infos && f.err == nil; i++ {
		f.checkX86(at, p)
		at += infoSize
	}
	for i := 0; i < contexts && f.err == nil; i++ {
		size, _ := f.number(always, at+2, 2)
		f.contextX86(at, int(size))
		at += contextSize + (int(size)+15)&^15 // each begins at a multiple of 16
	}
}

// checkX86 reads the error information at an offset (UEFI specification, table N.8).
func (f *fields) checkX86(at int, p *Processor) {
	guid, ok := f.slice(at, 0x10)
	if !ok {
		return
	}
	kind := guidAt(guid, 0).String()
	name := checks[kind]
	if name == "" {
		name = kind
	} else if p.Kind == "" {
		p.Kind = name
	}
	part := f.part(at, 0x40)
	part.validation(0x10, 8)
	if v, ok := part.number(0, 0x18, 8); ok {
		inner := part.part(0x18, 8)
		inner.valid = v & 0xFFFF
		switch kind {
		case checkMS:
			inner.checkMS(v)
		default:
			inner.checkOther(v, kind == checkBus, false)
		}
		part.add("check", hex(v), inner.list...)
	}
	if v, ok := part.number(1, 0x20, 8); ok {
		if p.Address == nil {
			p.Address = &v
		}
		part.add("target address", hex(v))
	}
	part.hex(2, "requester", 0x28, 8)
	part.hex(3, "responder", 0x30, 8)
	part.hex(4, "instruction pointer", 0x38, 8)
	f.err = part.err
	f.add(name+" error", "", part.list...)
}

var (
	transactions   = map[uint64]string{0: "instruction", 1: "data", 2: "generic"}
	participations = map[uint64]string{0: "requested it", 1: "responded to it", 2: "observed it", 3: "generic"}
	operations     = map[uint64]string{0: "generic", 1: "generic read", 2: "generic write", 3: "data read", 4: "data write", 5: "instruction fetch",
		6: "prefetch", 7: "eviction", 8: "snoop"}
)

// bit adds a flag, yes or no, where it is valid.
func (f *fields) bit(valid int, name string, v uint64, n int) {
	if f.valid>>valid&1 != 0 {
		f.add(name, yesNo(v>>n&1 != 0))
	}
}

// choice adds a small number that has a name, where it is valid.
func (f *fields) choice(valid int, name string, v uint64, names map[uint64]string) {
	if f.valid>>valid&1 != 0 {
		f.add(name, nameOf(v, names))
	}
}

// checkOther reads the check information of a cache, a TLB or a bus, whose first fields are the same (UEFI specification, tables N.10 to N.12, and
// N.20 to N.22 for ARM, where one bit has another meaning and the validation bits of a bus begin one lower).
func (f *fields) checkOther(v uint64, bus, arm bool) {
	f.choice(0, "transaction", v>>16&3, transactions)
	f.choice(1, "operation", v>>18&0xF, operations)
	f.choice(2, "level", v>>22&7, levels)
	f.bit(3, "context corrupt", v, 25)
	next := 8
	if arm {
		f.bit(4, "corrected", v, 26)
		f.bit(5, "precise instruction pointer", v, 27)
		f.bit(6, "restartable", v, 28)
		next = 7
	} else {
		f.bit(4, "uncorrected", v, 26)
		f.bit(5, "precise instruction pointer", v, 27)
		f.bit(6, "restartable", v, 28)
		f.bit(7, "overflow", v, 29)
	}
	if !bus {
		return
	}
	from := 30
	if arm {
		from = 29
	}
	f.choice(next, "participation", v>>from&3, participations)
	f.bit(next+1, "time-out", v, from+2)
	spaces := map[uint64]string{0: "memory", 2: "I/O", 3: "other"}
	if arm {
		spaces = map[uint64]string{0: "external memory", 1: "internal memory", 3: "device memory"}
	}
	f.choice(next+2, "address space", v>>(from+3)&3, spaces)
	if arm {
		f.choice(10, "memory attributes", v>>34&0x1FF, nil)
		f.choice(11, "access mode", v>>43&1, map[uint64]string{0: "secure", 1: "normal"})
	}
}

var levels = map[uint64]string{0: "0", 1: "1", 2: "2", 3: "3", 4: "4", 5: "5", 6: "6", 7: "7"}

// checkMS reads the check information of the micro-architecture (UEFI specification, table N.13).
func (f *fields) checkMS(v uint64) {
	f.choice(0, "error", v>>16&7, map[uint64]string{0: "none", 1: "unclassified", 2: "microcode ROM parity", 3: "external", 4: "redundancy check",
		5: "internal unclassified"})
	f.bit(1, "context corrupt", v, 19)
	f.bit(2, "uncorrected", v, 20)
	f.bit(3, "precise instruction pointer", v, 21)
	f.bit(4, "restartable", v, 22)
	f.bit(5, "overflow", v, 23)
}

// contextX86 reads the header of registers (UEFI specification, table N.14), and says what they are. The registers themselves are given as bytes.
func (f *fields) contextX86(at, size int) {
	part := f.part(at, 0x10+size)
	names := map[uint64]string{0: "unclassified", 1: "MSRs", 2: "32-bit registers", 3: "64-bit registers", 4: "FXSAVE", 5: "32-bit debug registers",
		6: "64-bit debug registers", 7: "memory-mapped registers"}
	part.named(always, "type", 0, 2, names)
	part.hex(always, "first MSR", 4, 4)
	part.hex(always, "address", 8, 8)
	part.bytes(always, "registers", 0x10, size)
	f.err = part.err
	f.add("context", "", part.list...)
}

func yesNo(v bool) string {
	if v {
		return "yes"
	}
	return "no"
}

// joinBits names the bits of a number, unknown where none is set.
func joinBits(v uint64, names []string) string {
	s := ""
	for i, name := range setBits(v, names) {
		if i > 0 {
			s += ", "
		}
		s += name
	}
	if s == "" {
		return "unknown"
	}
	return s
}
