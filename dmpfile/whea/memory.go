package whea

import (
	"fmt"
	"strings"
)

// Memory is what a section of the memory says. A field is nil, and a text empty, where the section does not say it.
type Memory struct {
	Kind                                                     string // of the error: single-bit ECC ...
	Address, AddressMask                                     *uint64
	Node, Card, Module, Bank, Device, Row, Column, Rank, Bit *uint64
}

// Location names the parts that the error is in, from the outermost on: "node 0, card 1, module 2". It is "" where the section names none.
func (m *Memory) Location() string {
	var list []string
	for _, x := range []struct {
		name string
		v    *uint64
	}{{"node", m.Node}, {"card", m.Card}, {"module", m.Module}, {"rank", m.Rank}, {"bank", m.Bank}, {"device", m.Device}, {"row", m.Row},
		{"column", m.Column}, {"bit", m.Bit}} {
		if x.v != nil {
			list = append(list, fmt.Sprintf("%s %d", x.name, *x.v))
		}
	}
	return strings.Join(list, ", ")
}

// memoryErrors are the types of a memory error (UEFI specification, table N.31).
var memoryErrors = map[uint64]string{
	0: "unknown", 1: "no error", 2: "single-bit ECC", 3: "multi-bit ECC", 4: "single-symbol chipkill ECC", 5: "multi-symbol chipkill ECC",
	6: "master abort", 7: "target abort", 8: "parity", 9: "watchdog time-out", 10: "invalid address", 11: "mirror broken", 12: "memory sparing",
	13: "scrub corrected an error", 14: "scrub found an uncorrected error", 15: "physical memory map-out",
}

// keep adds a number in decimal and returns it, nil where it is not valid.
func (f *fields) keep(bit int, name string, off, size int) *uint64 {
	v, ok := f.number(bit, off, size)
	if !ok {
		return nil
	}
	f.add(name, fmt.Sprint(v))
	return &v
}

func (f *fields) keepHex(bit int, name string, off, size int) *uint64 {
	v, ok := f.number(bit, off, size)
	if !ok {
		return nil
	}
	f.add(name, hex(v))
	return &v
}

// memory reads a section of the platform's memory (UEFI specification, table N.31; WHEA_MEMORY_ERROR_SECTION). Its last fields came with UEFI 2.3.
func memory(f *fields, s *Section) {
	m := &Memory{}
	s.Memory = m
	f.validation(0, 8)
	f.status(0, "error status", 8)
	m.memoryKind(f, 14, 0x48)
	m.Address = f.keepHex(1, "physical address", 0x10, 8)
	m.AddressMask = f.keepHex(2, "address mask", 0x18, 8)
	m.Node = f.keep(3, "node", 0x20, 2)
	m.Card = f.keep(4, "card", 0x22, 2)
	m.Module = f.keep(5, "module", 0x24, 2)
	bank := f.valid>>6&1 != 0
	if bank {
		m.Bank = f.keep(6, "bank", 0x26, 2)
	} else if group, ok := f.number(19, 0x27, 1); ok {
		f.add("bank group", fmt.Sprint(group))
		m.Bank = f.keep(20, "bank", 0x26, 1)
	} else {
		m.Bank = f.keep(20, "bank", 0x26, 1)
	}
	m.Device = f.keep(7, "device", 0x28, 2)
	if v, ok := f.number(8, 0x2A, 2); ok {
		if high, ok := f.number(18, 0x49, 1); ok { // bits 16 and 17 of the row
			v |= high & 3 << 16
		}
		m.Row = &v
		f.add("row", fmt.Sprint(v))
	}
	m.Column = f.keep(9, "column", 0x2C, 2)
	m.Bit = f.keep(10, "bit", 0x2E, 2)
	f.hex(11, "requester", 0x30, 8)
	f.hex(12, "responder", 0x38, 8)
	f.hex(13, "target", 0x40, 8)
	if v, ok := f.number(21, 0x49, 1); ok {
		f.add("chip", fmt.Sprint(v>>5))
	}
	m.Rank = f.keep(15, "rank", 0x4A, 2)
	f.hex(16, "SMBIOS handle of the card", 0x4C, 2)
	f.hex(17, "SMBIOS handle of the module", 0x4E, 2)
}

// memory2 reads the longer section of the platform's memory (UEFI specification, table N.32).
func memory2(f *fields, s *Section) {
	m := &Memory{}
	s.Memory = m
	f.validation(0, 8)
	f.status(0, "error status", 8)
	m.memoryKind(f, 13, 0x3D)
	m.Address = f.keepHex(1, "physical address", 0x10, 8)
	m.AddressMask = f.keepHex(2, "address mask", 0x18, 8)
	m.Node = f.keep(3, "node", 0x20, 2)
	m.Card = f.keep(4, "card", 0x22, 2)
	m.Module = f.keep(5, "module", 0x24, 2)
	if f.valid>>6&1 != 0 {
		m.Bank = f.keep(6, "bank", 0x26, 2)
	} else {
		f.decimal(20, "bank group", 0x27, 1)
		m.Bank = f.keep(21, "bank", 0x26, 1)
	}
	m.Device = f.keep(7, "device", 0x28, 4)
	m.Row = f.keep(8, "row", 0x2C, 4)
	m.Column = f.keep(9, "column", 0x30, 4)
	m.Rank = f.keep(10, "rank", 0x34, 4)
	m.Bit = f.keep(11, "bit", 0x38, 4)
	f.decimal(12, "chip", 0x3C, 1)
	f.named(14, "status", 0x3E, 1, map[uint64]string{0: "corrected", 1: "uncorrected"})
	f.hex(15, "requester", 0x40, 8)
	f.hex(16, "responder", 0x48, 8)
	f.hex(17, "target", 0x50, 8)
	f.hex(18, "SMBIOS handle of the card", 0x58, 4)
	f.hex(19, "SMBIOS handle of the module", 0x5C, 4)
}

func (m *Memory) memoryKind(f *fields, bit, off int) {
	if v, ok := f.number(bit, off, 1); ok {
		m.Kind = nameOf(v, memoryErrors)
		f.add("error type", m.Kind)
		if v == 0 {
			m.Kind = ""
		}
	}
}
