package nt_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/whea"
)

// guid writes a GUID from its usual form.
func guid(off int, s string) patch {
	return func(m *dmptest.Image) { m.PutBytes(off, dmptest.GUID(s)) }
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
	const head = "fatal, machine check exception"
	const processor, check = "; processor fatal at 0x110", "; x86 machine check corrected at 0x200: processor 7, bank 5, MCi_STATUS 0xbe00000000800400"
	const without = "; x86 machine check corrected at 0x200"
	// read says what was read, as whea's own tests have the rest.
	read := func(m nt.Memory, a dmpfile.VirtAddr) (string, error) {
		r, err := nt.ReadErrorRecord(m, a)
		if r == nil {
			return "", err
		}
		s := r.Severity.String() + ", " + r.NotificationName()
		for _, x := range r.Sections {
			s += fmt.Sprintf("; %s %s at %#x", x.TypeName(), x.Severity, x.Offset)
			if c := x.MachineCheck; c != nil {
				s += fmt.Sprintf(": processor %d, bank %d, MCi_STATUS %#x", c.Processor, c.Bank, uint64(c.Status))
			}
			var format *dmpfile.FormatError
			if errors.As(x.Err, &format) {
				s += fmt.Sprintf(" (stopped at %#x)", format.Offset)
			}
		}
		return s, err
	}
	looks(t, record, read, []look[string]{
		{name: "two sections", want: head + processor + check},
		{name: "unknown notification", patch: guid(0x50, unknown), want: "fatal, " + processor + check},
		{name: "severity 3", patch: u32(0xC, 3), want: "informational, machine check exception" + processor + check},
		{name: "severity 4", patch: u32(0xC, 4), want: "unknown (4), machine check exception" + processor + check},
		{name: "unknown section", patch: guid(0x90, unknown), want: head + "; " + unknown + " fatal at 0x110" + check},
		{name: "no sections", patch: u16(0xA, 0), want: head},
		{name: "one section of two", patch: u16(0xA, 1), want: head + processor},
		{name: "more sections than the record has room for", patch: u16(0xA, 11), err: notThere},
		{name: "a record of its headers alone", patch: u32(0x14, 0x110), want: head + processor + " (stopped at 0x110)" + without + " (stopped at 0x200)"},
		{name: "a section in the header", patch: u32(0x80, 0), want: head + "; processor fatal at 0x0 (stopped at 0x0)" + check},
		{name: "a status that is not valid", patch: u64(0x228, 0x3E00000000800400), want: head + processor + without},
		{name: "machine check too short", patch: u32(0xCC, 0x2F), want: head + processor + without + " (stopped at 0x22f)"},
		{name: "machine check elsewhere", patch: u32(0xC8, 0xFFFFFFF0), want: head + processor + "; x86 machine check corrected at 0xfffffff0 (stopped at 0xfffffff0)"},
		{name: "machine check cut in its status", have: 0x22F, want: head + processor + without + " (stopped at 0x22f)"},
		{name: "machine check cut", have: 0x23F, want: head + processor + check + " (stopped at 0x23f)"},
		{name: "second descriptor cut", have: 0x10F, want: head + processor + " (stopped at 0x10f)"},
		{name: "no descriptors", have: 0x80, want: head},
		{name: "header cut", have: 0x7F, err: hole(0x7F)},
		{name: "wrong signature", patch: u32(0, 0x52455044), err: notThere},
		{name: "wrong end of the signature", patch: u32(6, 0xFFFFFFFE), err: notThere},
	})
	// However long a record claims to be, a bounded part is read.
	long := all(1<<20, record, u32(0x14, 1<<20), u32(0xC8, 0xFFF00))
	m := &dmptest.Image{}
	long(m)
	c := &counted{Memory: memory{base: m.Data()}}
	r, err := nt.ReadErrorRecord(c, base)
	if err != nil || len(r.Sections) != 2 || !r.Sections[1].Limited || c.bytes > 2*whea.MaxSize {
		t.Errorf("a record of 1 MiB: %v, %d bytes read", err, c.bytes)
	}
}
