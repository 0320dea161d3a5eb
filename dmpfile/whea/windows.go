package whea

import (
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// interrupt reads a section of a non-maskable interrupt (WHEA_NMI_ERROR_SECTION).
func interrupt(f *fields, s *Section) {
	f.bytes(always, "data", 0, 8)
	if s.Length > 8 { // the first ones had no flags
		f.flags(always, "flags", 8, 4, []string{"the hypervisor's error"})
	}
}

// packet reads the head of what the error source gave to Windows (WHEA_ERROR_PACKET_V2); its data stand in the other sections.
func packet(f *fields, _ *Section) {
	const signatureV2 = 0x41454857 // "WHEA"
	if v, ok := f.number(always, 0, 4); !ok || v != signatureV2 {
		f.hex(always, "signature", 0, 4)
		return
	}
	f.decimal(always, "version", 4, 4)
	f.named(always, "error type", 0x10, 4, map[uint64]string{0: "processor", 1: "memory", 2: "PCI Express", 3: "non-maskable interrupt", 4: "PCI bus",
		5: "PCI device", 6: "generic", 7: "persistent memory"})
	if v, ok := f.number(always, 0x14, 4); ok {
		f.add("severity", Severity(v).String())
	}
	f.decimal(always, "error source", 0x18, 4)
	f.named(always, "source type", 0x1C, 4, sources)
}

// sources are the types of error sources (WHEA_ERROR_SOURCE_TYPE).
var sources = map[uint64]string{
	0: "machine check exception", 1: "corrected machine check", 2: "corrected platform error", 3: "non-maskable interrupt", 4: "PCI Express",
	5: "generic", 6: "INIT", 7: "boot", 8: "system control interrupt", 9: "Itanium machine check", 10: "Itanium corrected machine check",
	11: "Itanium corrected platform error", 12: "generic, version 2", 13: "system control interrupt, version 2", 14: "baseboard management controller",
	15: "address range scrub", 16: "device driver", 17: "ARM synchronous external abort", 18: "ARM SError interrupt",
}

// recovery reads what Windows did about an error (WHEA_ERROR_RECOVERY_INFO_SECTION). The name of the process is cut at 20 bytes, and private.
func recovery(f *fields, _ *Section) {
	f.boolean("in the kernel", 0)
	f.flags(always, "action", 1, 8, []string{"none", "process ended", "passed to the virtual machine", "page taken out of use", "page was not present"})
	f.named(always, "type", 9, 4, map[uint64]string{1: "action required", 2: "action optional"})
	f.decimal(always, "IRQL", 0xD, 1)
	f.boolean("recovered", 0xE)
	f.named(always, "why not", 0xF, 4, map[uint64]string{
		0: "not said", 1: "the page could not be taken out of use", 2: "taking the page out of use timed out", 3: "no context to recover in",
		4: "not continuable", 5: "the processor's context is corrupt", 6: "overflow", 7: "not supported", 8: "the address is not valid",
		9: "invalid address mode", 10: "the IRQL was high", 11: "too few contexts", 12: "interrupts were off", 13: "swap was busy", 14: "stack overflow",
		15: "unexpected failure", 16: "the kernel would fault at this IRQL", 17: "the fault address is not valid"})
	f.text(always, "process", 0x13, 20)
	f.private("process")
}

func (f *fields) boolean(name string, off int) {
	if v, ok := f.number(always, off, 1); ok {
		f.add(name, yesNo(v != 0))
	}
}

// persistentMemory reads the pages that an address range scrub found bad (WHEA_PMEM_ERROR_SECTION).
func persistentMemory(f *fields, _ *Section) {
	f.validation(0, 8)
	if b, ok := f.slice(8, 0x40); ok && f.valid>>2&1 != 0 {
		if s := strings.TrimSpace(bin.ASCIIZ(b)); s != "" {
			f.add("location", s)
			f.private("location")
		}
	}
	f.status(0, "error status", 0x48)
	f.hex(1, "NFIT handle", 0x50, 4)
	count, _ := f.number(always, 0x54, 4)
	const most = 50 // WHEA_PMEM_ERROR_SECTION_MAX_PAGES
	if count > most {
		f.err = contradicts(f.base+0x54, "more ranges of pages than there can be", count)
		return
	}
	for i := 0; i < int(count) && f.err == nil; i++ {
		at := 0x58 + i*24
		first, _ := f.number(always, at, 8)
		pages, _ := f.number(always, at+8, 8)
		if bad, ok := f.number(always, at+16, 8); ok {
			f.add("pages", fmt.Sprintf("%d from page frame %#x, taken out of use: %#x", pages, first, bad))
		}
	}
}
