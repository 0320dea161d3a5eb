package whea

import "fmt"

// armKinds are the types of an ARM error: a number up to UEFI 2.9, a bit from its errata A on. 2 was a bus error, and is one of a cache now: what it is
// in a record nothing says.
var armKinds = map[uint64]string{
	0: "cache", 1: "TLB", 2: "cache (by UEFI 2.9A and later) or bus (before)", 3: "micro-architectural", 4: "TLB", 8: "bus", 16: "micro-architectural",
}

// processorARM reads a section of an ARM processor (UEFI specification, table N.16; WHEA_ARM_PROCESSOR_ERROR_SECTION).
func processorARM(f *fields, s *Section) {
	p := &Processor{}
	s.Processor = p
	f.validation(0, 4)
	infos, _ := f.number(always, 4, 2)
	contexts, _ := f.number(always, 6, 2)
	f.decimal(1, "affinity level", 0xC, 1)
	f.hex(0, "MPIDR_EL1", 0x10, 8)
	f.hex(always, "MIDR_EL1", 0x18, 8)
	if v, ok := f.number(2, 0x20, 4); ok {
		f.add("running", yesNo(v&1 != 0))
		if v&1 == 0 {
			f.hex(2, "PSCI state", 0x24, 4)
		}
	}
	const most = 255 // by the specification
	if infos > most || contexts > most {
		f.err = contradicts(f.base+4, "more error information than there can be", max(infos, contexts))
		return
	}
	at := 0x28
	for i := 0; i < int(infos) && f.err == nil; i++ {
		size, _ := f.number(always, at+1, 1)
		if f.err == nil && size < 0x20 {
			f.err = contradicts(f.base+int64(at)+1, "error information is shorter than its fields", size)
			return
		}
		f.errorARM(at, p)
		at += int(size)
	}
	for i := 0; i < int(contexts) && f.err == nil; i++ {
		size, _ := f.number(always, at+4, 4)
		f.contextARM(at, int(size))
		at += (8 + int(size) + 15) &^ 15
	}
}

// errorARM reads the error information at an offset (UEFI specification, table N.17).
func (f *fields) errorARM(at int, p *Processor) {
	part := f.part(at, 0x20)
	part.validation(2, 2)
	kind, ok := part.number(always, 4, 1)
	if !ok {
		f.err = part.err
		return
	}
	name := nameOf(kind, armKinds)
	if p.Kind == "" {
		p.Kind = name
	}
	if v, ok := part.number(0, 5, 2); ok {
		part.add("errors", map[bool]string{true: "one", false: fmt.Sprint(v + 1)}[v == 0])
		if v == 1 {
			part.list[len(part.list)-1].Value = "several"
		}
	}
	part.flags(1, "flags", 7, 1, []string{"first error captured", "last error captured", "propagated", "overflow"})
	if v, ok := part.number(2, 8, 8); ok {
		inner := part.part(8, 8)
		inner.valid = v & 0xFFFF
		if kind != 3 && kind != 16 {
			inner.checkOther(v, kind == 8, true)
		}
		part.add("information", hex(v), inner.list...)
	}
	part.hex(3, "virtual address", 0x10, 8)
	if v, ok := part.number(4, 0x18, 8); ok {
		if p.Address == nil {
			p.Address = &v
		}
		part.add("physical address", hex(v))
	}
	f.err = part.err
	f.add(name+" error", "", part.list...)
}

// contextARM reads the header of registers (UEFI specification, table N.23), and says what they are. The registers themselves are given as bytes.
func (f *fields) contextARM(at, size int) {
	part := f.part(at, 8+size)
	part.named(always, "type", 2, 2, map[uint64]string{0: "AArch32 general", 1: "AArch32 EL1", 2: "AArch32 EL2", 3: "AArch32 secure",
		4: "AArch64 general", 5: "AArch64 EL1", 6: "AArch64 EL2", 7: "AArch64 EL3", 8: "other system registers"})
	part.bytes(always, "registers", 8, size)
	f.err = part.err
	f.add("context", "", part.list...)
}
