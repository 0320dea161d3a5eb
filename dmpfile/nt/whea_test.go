package nt_test

import (
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

// guid writes a GUID from its usual form.
func guid(off int, s string) patch {
	g, err := dmpfile.ParseGUID(s)
	if err != nil {
		panic(err)
	}
	return func(m *dmptest.Image) { m.PutBytes(off, g[:]) }
}

// section writes the descriptor of a section.
func section(off int, at, length uint32, id string, severity uint32) patch {
	return all(off+0x48, u32(off, at, length), guid(off+0x10, id), u32(off+0x30, severity))
}

const machineCheckGUID = "8a1e1d01-42f9-4557-9c33-565e5cc3f7e8"

// record is an error record with two sections: a processor, and the machine check of it behind the descriptors.
var record = all(0x300, u32(0, 0x52455043), u16(4, 0x210), u32(6, 0xFFFFFFFF), u16(0xA, 2), u32(0xC, 1), u32(0x14, 0x300),
	guid(0x50, "e8f56ffe-919c-4cc5-ba88-65abe14913bb"),
	section(0x80, 0x110, 0xC0, "9876ccad-47b4-4bdb-b65e-16f193c4f3db", 1),
	section(0xC8, 0x200, 0x100, machineCheckGUID, 2),
	u32(0x200, 1, 1), u32(0x210, 7), u64(0x214, 0x1111, 0x2222), u32(0x224, 5), u64(0x228, 0xBE00000000800400, 0x12345000))

func TestReadErrorRecord(t *testing.T) {
	const unknown = "01234567-89ab-cdef-0123-456789abcdef"
	check := nt.MachineCheck{Processor: 7, Bank: 5, Status: 0xBE00000000800400}
	processor := nt.ErrorSection{Type: "processor", Severity: "fatal", Offset: 0x110}
	machineCheck := nt.ErrorSection{Type: "x86 machine check", Severity: "corrected", Offset: 0x200, MachineCheck: &check}
	without := nt.ErrorSection{Type: "x86 machine check", Severity: "corrected", Offset: 0x200} // its section is not in the dump
	of := func(sections ...nt.ErrorSection) nt.ErrorRecord {
		return nt.ErrorRecord{Severity: "fatal", Notify: "machine check exception", Sections: sections}
	}
	both := func(severity, notify string) nt.ErrorRecord {
		return nt.ErrorRecord{Severity: severity, Notify: notify, Sections: []nt.ErrorSection{processor, machineCheck}}
	}
	looks(t, record, nt.ReadErrorRecord, []look[nt.ErrorRecord]{
		{name: "two sections", want: both("fatal", "machine check exception")},
		{name: "unknown notification", patch: guid(0x50, unknown), want: both("fatal", "")},
		{name: "severity 3", patch: u32(0xC, 3), want: both("informational", "machine check exception")},
		{name: "severity 4", patch: u32(0xC, 4), want: both("", "machine check exception")},
		{name: "unknown section", patch: guid(0x90, unknown), want: of(nt.ErrorSection{Type: unknown, Severity: "fatal", Offset: 0x110}, machineCheck)},
		{name: "section without severity", patch: u32(0xB0, 9), want: of(nt.ErrorSection{Type: "processor", Offset: 0x110}, machineCheck)},
		{name: "no sections", patch: u16(0xA, 0), want: of()},
		{name: "one section of two", patch: u16(0xA, 1), want: of(processor)},
		{name: "more sections than the record has room for", patch: u16(0xA, 9), err: notThere},
		{name: "a record of its headers alone", patch: u32(0x14, 0x110), err: notThere},
		{name: "a record that ends in its sections", patch: u32(0x14, 0x2FF), err: notThere},
		{name: "a section in the header", patch: u32(0x80, 0), err: notThere},
		{name: "a section in the descriptors", patch: u32(0x80, 0x10F), err: notThere},
		{name: "a status that is not valid", patch: u64(0x228, 0x3E00000000800400), want: of(processor, without)},
		{name: "machine check too short", patch: u32(0xCC, 0x3F), want: of(processor, without)},
		{name: "machine check as short as can be", patch: u32(0xCC, 0x40), want: both("fatal", "machine check exception")},
		{name: "machine check elsewhere", patch: u32(0xC8, 0xFFFFFFF0), err: notThere},
		{name: "machine check cut", have: 0x23F, want: of(processor, without)},
		{name: "second descriptor cut", have: 0x10F, want: of(processor)},
		{name: "no descriptors", have: 0x80, want: of()},
		{name: "header cut", have: 0x7F, err: hole(0x7F)},
		{name: "wrong signature", patch: u32(0, 0x52455044), err: notThere},
		{name: "wrong end of the signature", patch: u32(6, 0xFFFFFFFE), err: notThere},
	})
	// However many sections a record claims to have, a bounded number is read.
	many := all(0x80+0x10000*0x48, record, u16(0xA, 65), u32(0x14, 0x100000))
	m := &dmptest.Image{}
	many(m)
	_, err := nt.ReadErrorRecord(memory{base: m.Data()}, base)
	expect(t, "outcome of very many", outcome(err), notThere)
}
