package dmptest

import "testing"

func TestSecondary(t *testing.T) {
	b := Secondary(9600, Blob{Tag: TagSMBIOS, Data: []byte("abc"), PrePad: 4, PostPad: 1}, Blob{Tag: TagNull})
	expect(t, b,
		at{0, "DumpBlob"}, at{8, uint32(0x10)}, at{0xC, uint32(0xF0002580)}, at{0x10, uint32(0x20)},
		at{0x14, "\x8f\x00\x5c\xbc\x3a\x1e\xd7\x44\x98\x8d\x86\xf6\x88\x4c\x67\x58"}, at{0x24, uint32(3)}, at{0x28, uint32(4)},
		at{0x2C, uint32(1)}, at{0x30, uint32(0)}, at{0x34, "abc\x00"}, at{0x38, uint32(0x20)}, at{0x4C, uint32(0)})
	if len(b) != 0x58 {
		t.Errorf("length %#x", len(b))
	}
	p := PadBlobs(Blob{Data: make([]byte, 9)}, Blob{Data: make([]byte, 8)})
	if p[0].PostPad != 7 || p[1].PostPad != 0 {
		t.Error(p[0].PostPad, p[1].PostPad)
	}
}

func TestSMBIOS(t *testing.T) {
	s := SMBIOS{BIOSVendor: "V", BIOSDate: "01/02/2025", Manufacturer: "M", Product: "P", CPU: "C"}
	b := s.Blob().Data
	expect(t, b,
		at{1, uint16(0x303)}, at{4, uint32(len(b) - 8)},
		at{8, "\x00\x1a\x00\x00\x01\x00"}, at{8 + 8, uint8(2)}, at{8 + 0x1A, "V\x0001/02/2025\x00\x00"})
	system := 8 + 0x1A + 14
	expect(t, b, at{system, "\x01\x1b\x28\x00\x01\x02\x00\x00"}, at{system + 0x1B, "M\x00P\x00\x00"})
	cpu := system + 0x1B + 5
	expect(t, b, at{cpu, "\x04\x30"}, at{cpu + 0x10, uint8(1)}, at{cpu + 0x30, "C\x00\x00"})
	expect(t, b, at{len(b) - 6, "\x7f\x04"}, at{len(b) - 2, uint16(0)})
}

func TestCPURegistry(t *testing.T) {
	b := CPURegistry("Name", "Vendor", "Id", 3693).Data
	expect(t, b,
		at{0, uint32(10)}, at{4, "~\x00M\x00H\x00z\x00\x00\x00"}, at{0xE, uint32(4)}, at{0x12, uint32(4)},
		at{0x16, uint32(3693)}, at{0x1A, uint32(0x2C)}, at{0x1E, "C\x00o\x00"}, at{0x4A, uint32(3)}, at{0x4E, uint32(16)},
		at{0x62, uint32(22)}, at{0x66, "I\x00d\x00"}, at{0x7C, uint32(1)}, at{0x80, uint32(6)}, at{0x84, "I\x00d\x00\x00\x00"})
}
