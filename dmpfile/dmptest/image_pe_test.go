package dmptest

import (
	"bytes"
	"testing"
)

func TestPE(t *testing.T) {
	p := PE{
		TimeDateStamp: 0xC9C03000, CheckSum: 0x1234, EntryPoint: 0x27A0, ImageBase: 0x1C0000000,
		Sections:   []PESection{{Name: ".text", Data: []byte("code"), Size: 0x1800, Characteristics: 0x68000020}},
		Exceptions: make([]byte, 12),
		CodeView:   RSDS([16]byte{0xDB, 0xFD}, 1, "a.pdb"),
		Version:    VersionInfo([4]uint16{10, 0, 19041, 1110}, [4]uint16{1, 2, 3, 4}),
	}
	if n := p.SizeOfImage(); n != 0x6000 {
		t.Fatalf("SizeOfImage = %#x", n)
	}
	for name, want := range map[string][2]int{".text": {0x1000, 0x400}, ".pdata": {0x3000, 0x600}, ".rdata": {0x4000, 0x800}, ".rsrc": {0x5000, 0xA00}, "none": {}} {
		if rva, off := p.Section(name); rva != want[0] || off != want[1] {
			t.Errorf("%s is at %#x, in the file at %#x", name, rva, off)
		}
	}
	file, mapped := p.File().Data(), p.Mapped().Data()
	if len(file) != 0xC00 || len(mapped) != 0x6000 || !bytes.Equal(file[:0x400], mapped[:0x400]) {
		t.Errorf("%#x bytes in the file, %#x mapped", len(file), len(mapped))
	}
	expect(t, file,
		at{0, "MZ"}, at{0x3C, uint32(0x80)}, at{0x80, "PE\x00\x00\x64\x86\x04\x00"}, at{0x88, uint32(0xC9C03000)},
		at{0x94, uint16(0xF0)}, at{0x96, uint16(0x22)},
		at{0x98, uint16(0x20B)}, at{0x98 + 0x10, uint32(0x27A0)}, at{0x98 + 0x18, uint64(0x1C0000000)}, at{0x98 + 0x20, uint32(0x1000)},
		at{0x98 + 0x38, uint32(0x6000)}, at{0x98 + 0x3C, uint32(0x400)}, at{0x98 + 0x40, uint32(0x1234)}, at{0x98 + 0x44, uint16(1)},
		at{0x98 + 0x6C, uint32(16)}, at{0x98 + 0x80, uint32(0x5000)}, at{0x98 + 0x84, uint32(0xEC)}, at{0x98 + 0x88, uint32(0x3000)}, at{0x98 + 0x8C, uint32(12)},
		at{0x98 + 0xA0, uint32(0x4000)}, at{0x98 + 0xA4, uint32(0x38)},
		at{0x188, ".text\x00\x00\x00"}, at{0x190, uint32(0x1800)}, at{0x194, uint32(0x1000)}, at{0x198, uint32(0x200)}, at{0x19C, uint32(0x400)}, at{0x1AC, uint32(0x68000020)})
	for _, x := range []struct {
		data         []byte
		text, rd, rs int
	}{{file, 0x400, 0x800, 0xA00}, {mapped, 0x1000, 0x4000, 0x5000}} {
		expect(t, x.data,
			at{x.text, "code\x00"},
			at{x.rd + 0x28, uint32(2)}, at{x.rd + 0x2C, uint32(0x1E)}, at{x.rd + 0x30, uint32(0x4060)}, at{x.rd + 0x34, uint32(0x860)},
			at{x.rd + 0x60, "RSDS\xdb\xfd\x00"}, at{x.rd + 0x74, "\x01\x00\x00\x00a.pdb\x00"},
			at{x.rs + 0x20, uint32(16)}, at{x.rs + 0x24, uint32(0x80000028)}, at{x.rs + 0x3C, uint32(0x80000040)}, at{x.rs + 0x54, uint32(0x58)},
			at{x.rs + 0x58, uint32(0x5090)}, at{x.rs + 0x5C, uint32(0x5C)},
			at{x.rs + 0xB8, "\xbd\x04\xef\xfe\x00\x00\x01\x00\x00\x00\x0a\x00\x56\x04\x61\x4a\x02\x00\x01\x00\x04\x00\x03\x00"})
	}

	narrow := PE{Machine: X86, ImageBase: 0x10000, CodeView: NB10(0x3B7D8410, 2, "b.pdb")}
	expect(t, narrow.Mapped().Data(),
		at{0x84, uint16(X86)}, at{0x94, uint16(0xE0)}, at{0x98, uint16(0x10B)}, at{0x98 + 0x1C, uint32(0x10000)}, at{0x98 + 0x5C, uint32(16)},
		at{0x98 + 0x90, uint32(0x1000)}, at{0x178, ".rdata\x00\x00"}, at{0x1060, "NB10\x00\x00\x00\x00\x10\x84\x7d\x3b\x02\x00\x00\x00b.pdb\x00"})
}
