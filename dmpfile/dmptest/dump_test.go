package dmptest

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"testing"
	"time"
)

// at is a value that must stand at an offset: an integer of its size, or the bytes of a string.
type at struct {
	off  int
	want any
}

// expect compares literal bytes of data.
func expect(t *testing.T, data []byte, values ...at) {
	t.Helper()
	for _, v := range values {
		var want []byte
		switch x := v.want.(type) {
		case string:
			want = []byte(x)
		default:
			var err error
			if want, err = binary.Append(nil, binary.LittleEndian, x); err != nil {
				t.Fatalf("%T: %v", x, err)
			}
		}
		if v.off+len(want) > len(data) {
			t.Errorf("offset %#x is behind the end, %#x", v.off, len(data))
			continue
		}
		if got := data[v.off : v.off+len(want)]; !bytes.Equal(got, want) {
			t.Errorf("at %#x: got % x, want % x (%v)", v.off, got, want, v.want)
		}
	}
}

func u16(b []byte, off int) int    { return int(binary.LittleEndian.Uint16(b[off:])) }
func u32(b []byte, off int) int    { return int(binary.LittleEndian.Uint32(b[off:])) }
func u64(b []byte, off int) uint64 { return binary.LittleEndian.Uint64(b[off:]) }

func popcount(b []byte) (n int) {
	for _, x := range b {
		n += bits.OnesCount8(x)
	}
	return n
}

const filler32 = uint32(0x45474150)

func TestImage(t *testing.T) {
	m := &Image{}
	m.PutU8(0, 1, 2)
	m.PutU16(2, 0x1122)
	m.PutU32(4, 0x33445566)
	m.PutU64(8, 0x778899AABBCCDDEE)
	m.PutPtr(0x10, 4, 0x100000002, 3)
	m.PutUTF16(0x18, "aä")
	m.PutFiller(0x1D, 3)
	if m.Append([]byte("x")) != 0x20 || m.Align(8) != 0x28 || m.Len() != 0x28 {
		t.Errorf("length %#x", m.Len())
	}
	expect(t, m.Data(),
		at{0, "\x01\x02\x22\x11\x66\x55\x44\x33\xee\xdd\xcc\xbb\xaa\x99\x88\x77"},
		at{0x10, uint64(0x300000002)}, at{0x18, "a\x00\xe4\x00\x00AGEx\x00"})
	l := Load(m.Data())
	l.PutZero(0, 4)
	l.Truncate(4)
	if m.Data()[0] != 1 || !bytes.Equal(l.Data(), make([]byte, 4)) {
		t.Error("Load shares memory")
	}
}

func TestFileTime(t *testing.T) {
	if got := FileTime(time.Date(1970, 1, 1, 0, 0, 0, 100, time.UTC)); got != 116444736000000001 {
		t.Error(got)
	}
}

func TestHeader64(t *testing.T) {
	h := Header{
		Build: 26100, Processors: 12, DirectoryTableBase: 0x1AD002, PfnDataBase: 0x1, PsLoadedModuleList: 0x2,
		PsActiveProcessHead: 0x3, KdDebuggerDataBlock: 0x4, Code: new(uint32(0xD1)), Params: [4]uint64{5, 6, 7, 8},
		DumpType: 6, Required: new(uint64(0x123456789)), Attributes: new(uint32(0x1010)), BootID: new(uint32(9)),
		MiniDumpFields: new(uint32(0xDFF)), SecondaryDataState: new(uint32(0)), ProductType: new(uint32(3)),
		SuiteMask: new(uint32(0x110)), WriterStatus: new(uint32(1)), KdSecondaryVersion: new(uint8(2)), VersionUser: []byte{0},
		Time: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), Uptime: 3 * time.Second, Comment: "text",
		Runs:      []Run{{1, 0x9F}, {0x100, 0x200}},
		Context:   &Context{IP: 0x11, SP: 0x12, FP: 0x13, Regs: map[string]uint64{"rcx": 0x14, "r15": 0x15, "eflags": 0x16}},
		Exception: BreakpointException(0x11),
		Diagnostics: &Diagnostics{
			LastLine: "Dump completed successfully.", BuildText: "26100", Revision: 4946,
		},
	}
	b := h.Image().Data()
	if len(b) != 0x2000 {
		t.Fatalf("length %#x", len(b))
	}
	expect(t, b,
		at{0x0, "PAGEDU64"}, at{0x8, uint32(0xF)}, at{0xC, uint32(26100)}, at{0x10, uint64(0x1AD002)}, at{0x18, uint64(1)},
		at{0x20, uint64(2)}, at{0x28, uint64(3)}, at{0x30, uint32(0x8664)}, at{0x34, uint32(12)}, at{0x38, uint32(0xD1)},
		at{0x3C, filler32}, at{0x40, uint64(5)}, at{0x48, uint64(6)}, at{0x50, uint64(7)}, at{0x58, uint64(8)},
		at{0x60, "\x00AGEPAGE"}, at{0x80, uint64(4)},
		at{0x88, uint32(2)}, at{0x8C, filler32}, at{0x90, uint64(0x29F)}, at{0x98, uint64(1)}, at{0xA0, uint64(0x9F)},
		at{0xA8, uint64(0x100)}, at{0xB0, uint64(0x200)}, at{0xB8, filler32}, at{0x344, filler32},
		at{0x378, uint32(0x10000F)}, at{0x380, uint16(0x10)}, at{0x38C, uint32(0x16)}, at{0x348 + 0x80, uint64(0x14)},
		at{0x348 + 0x98, uint64(0x12)}, at{0x348 + 0xA0, uint64(0x13)}, at{0x348 + 0xF0, uint64(0x15)},
		at{0x348 + 0xF8, uint64(0x11)}, at{0x818, filler32}, // the context has 0x4D0 bytes
		at{0xF00, uint32(0x80000003)}, at{0xF04, uint32(1)}, at{0xF08, uint64(0)}, at{0xF10, uint64(0x11)},
		at{0xF18, uint32(0)}, at{0xF1C, filler32}, at{0xF98, uint32(6)}, at{0xF9C, filler32}, at{0xFA0, uint64(0x123456789)},
		at{0xFA8, uint64(133801632000000000)}, at{0xFB0, "text\x00AGE"}, at{0x1030, uint64(30000000)},
		at{0x1038, uint32(0xDFF)}, at{0x103C, uint32(0)}, at{0x1040, uint32(3)}, at{0x1044, uint32(0x110)},
		at{0x1048, uint32(1)}, at{0x104C, "P\x02GE"}, at{0x1050, uint32(0x1010)}, at{0x1054, uint32(9)},
		at{0x1058, uint32(0x298)}, at{0x105C, uint32(0x298)}, at{0x1060, uint32(0)},
		at{0x11F0, "Dump completed successfully.\x00"}, at{0x12F0, "2\x006\x001\x000\x000\x00\x00\x00PAGE"},
		at{0x1300, uint32(4946)}, at{0x1304, uint32(10)}, at{0x1308, uint32(0)}, at{0x130C, filler32}, at{0x1FFC, filler32})
}

func TestHeader32(t *testing.T) {
	h := Header{
		Machine: X86, Build: 7601, Processors: 2, DirectoryTableBase: 0xBF62F2E0, PfnDataBase: 1, PsLoadedModuleList: 2,
		PsActiveProcessHead: 3, KdDebuggerDataBlock: 4, Code: new(uint32(0xA)), Params: [4]uint64{5, 6, 7, 8}, DumpType: 1,
		Required: new(uint64(0xBFF7D000)), Attributes: new(uint32(0x10)), BootID: new(uint32(9)),
		MiniDumpFields: new(uint32(0xCFF)), SecondaryDataState: new(uint32(10)), ProductType: new(uint32(1)),
		SuiteMask: new(uint32(0x110)), WriterStatus: new(uint32(0)), KdSecondaryVersion: new(uint8(1)), PAE: new(uint8(1)),
		Time: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), Uptime: 3 * time.Second, Comment: "text",
		Runs:      []Run{{1, 0x9E}, {0x100, 0xBFEDF}},
		Context:   &Context{IP: 0x11, SP: 0x12, FP: 0x13, Regs: map[string]uint64{"eax": 0x14}},
		Exception: &Exception{Code: 0xC0000005, Address: 0x11, Info: []uint64{1, 2}},
	}
	b := h.Image().Data()
	if len(b) != 0x1000 {
		t.Fatalf("length %#x", len(b))
	}
	expect(t, b,
		at{0x0, "PAGEDUMP"}, at{0x8, uint32(0xF)}, at{0xC, uint32(7601)}, at{0x10, uint32(0xBF62F2E0)}, at{0x14, uint32(1)},
		at{0x18, uint32(2)}, at{0x1C, uint32(3)}, at{0x20, uint32(0x14C)}, at{0x24, uint32(2)}, at{0x28, uint32(0xA)},
		at{0x2C, uint32(5)}, at{0x38, uint32(8)}, at{0x3C, filler32}, at{0x5C, "\x01\x01GE"}, at{0x60, uint32(4)},
		at{0x64, uint32(2)}, at{0x68, uint32(0xBFF7D)}, at{0x6C, uint32(1)}, at{0x70, uint32(0x9E)}, at{0x74, uint32(0x100)},
		at{0x78, uint32(0xBFEDF)}, at{0x7C, filler32}, at{0x320, uint32(0x10007)}, at{0x320 + 0xB0, uint32(0x14)},
		at{0x320 + 0xB4, uint32(0x13)}, at{0x320 + 0xB8, uint32(0x11)}, at{0x320 + 0xBC, uint32(8)},
		at{0x320 + 0xC4, uint32(0x12)}, at{0x5EC, filler32}, // the context has 0x2CC bytes
		at{0x7D0, uint32(0xC0000005)}, at{0x7DC, uint32(0x11)}, at{0x7E0, uint32(2)}, at{0x7E4, uint32(1)},
		at{0x7E8, uint32(2)}, at{0x7EC, filler32}, at{0x820, "text\x00AGE"}, at{0x8A0, uint32(0x10)}, at{0x8A4, uint32(9)},
		at{0xF88, uint32(1)}, at{0xF8C, uint32(0xCFF)}, at{0xF90, uint32(10)}, at{0xF94, uint32(1)}, at{0xF98, uint32(0x110)},
		at{0xF9C, uint32(0)}, at{0xFA0, uint64(0xBFF7D000)}, at{0xFA8, filler32}, at{0xFB8, uint64(30000000)},
		at{0xFC0, uint64(133801632000000000)}, at{0xFC8, filler32})
}

// A header in which nothing is set is filler.
func TestHeaderFiller(t *testing.T) {
	for _, h := range []Header{{}, {Machine: X86}, {Machine: ARM64}} {
		b := h.Image().Data()
		for off := 0xC; off < len(b); off += 4 {
			if v := u32(b, off); v != int(filler32) && v != int(h.machine()) {
				t.Errorf("machine %#x: %#x at %#x", h.machine(), v, off)
			}
		}
	}
}

func TestHeaderManyRuns(t *testing.T) {
	for _, x := range []struct {
		machine                 uint16
		count, last, afterwards int
	}{{AMD64, 0x88, 0x98 + 41*16, 0x338}, {X86, 0x64, 0x6C + 85*8, 0x31C}} {
		runs := make([]Run, 90)
		for i := range runs {
			runs[i] = Run{uint64(2 * i), 1}
		}
		b := Header{Machine: x.machine, Runs: runs}.Image().Data()
		expect(t, b, at{x.count, uint32(90)}, at{x.afterwards, filler32})
		if u32(b, x.last) == int(filler32) {
			t.Error("the last run that fits is missing")
		}
	}
}

func TestContextARM64(t *testing.T) {
	c := Context{IP: 1, SP: 2, FP: 3, Regs: map[string]uint64{"x0": 4, "x28": 5, "lr": 6, "cpsr": 7}}
	b := c.Bytes(ARM64)
	if len(b) != 0x390 {
		t.Errorf("length %#x", len(b))
	}
	expect(t, b, at{0, uint32(0x400007)}, at{4, uint32(7)}, at{8, uint64(4)}, at{0xE8, uint64(5)}, at{0xF0, uint64(3)},
		at{0xF8, uint64(6)}, at{0x100, uint64(2)}, at{0x108, uint64(1)})
	c = Context{Flags: 0x20000F, IP: 1, SP: 2, Regs: map[string]uint64{"r12": 5, "lr": 6}}
	expect(t, c.Bytes(ARM), at{0, uint32(0x20000F)}, at{0x34, uint32(5)}, at{0x38, uint32(2)}, at{0x3C, uint32(6)}, at{0x40, uint32(1)})
}
