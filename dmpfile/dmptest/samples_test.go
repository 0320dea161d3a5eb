package dmptest

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func sample(t *testing.T, name string) []byte {
	t.Helper()
	for _, s := range Samples() {
		if s.Name == name {
			return s.Data
		}
	}
	t.Fatalf("no sample %s", name)
	return nil
}

func TestSamples(t *testing.T) {
	again := Samples()
	seen := map[string]bool{}
	for i, s := range Samples() {
		if !bytes.Equal(s.Data, again[i].Data) {
			t.Errorf("%s differs from call to call", s.Name)
		}
		if len(s.Data) >= 420<<10 {
			t.Errorf("%s has %d bytes", s.Name, len(s.Data))
		}
		if seen[s.Name] || !strings.HasSuffix(s.Name, ".dmp") {
			t.Errorf("name %q", s.Name)
		}
		seen[s.Name] = true
		t.Logf("%6d %s", len(s.Data), s.Name)
	}
}

func TestSampleLive(t *testing.T) {
	b := sample(t, "task-manager-live.dmp")
	expect(t, b, at{0xC, uint32(26100)}, at{0x10, uint64(0x1B2002)}, at{0x20, uint64(0xFFFFF803124037A0)},
		at{0x28, uint64(0xFFFFF80312404200)}, at{0x34, uint32(2)}, at{0x38, uint32(0x161)}, at{0x40, "rgmksaT\x00"},
		at{0x80, uint64(0xFFFFF80312402B20)}, at{0x348 + 0x98, uint64(0xFFFFF5825DE0E558)}, at{0x348 + 0xF8, uint64(0xFFFFF80312401F20)},
		at{0xF10, uint64(0xFFFFF80312401F20)}, at{0xF98, uint32(6)}, at{0x1050, uint32(0x1010)}, at{0x11F0, "Dump completed successfully.\x00"},
		at{0x1300, uint32(4946)}, at{0x2000, "SDMPDUMP"}, at{0x2020, uint64(0x4000)}, at{0x2028, uint64(96)}, at{0x2030, uint64(0x8000)},
		at{0x4000 + 96*0x1000, "DumpBlob"}, at{0xFA0, uint64(len(b))})
	if n := popcount(b[0x2038:0x4000]); n != 96 {
		t.Errorf("%d bits", n)
	}
	expect(t, b, at{0x4000 + 0xFF*8 + 5*0x1000, uint64(0x20C067)}, at{0x4000 + 0x1ED*8 + 5*0x1000, uint64(0x1B2063)}, // Taskmgr.exe's tables
		at{0xD000, "MZ"}, at{0xFB30, "KDBG\xa0\x03"}, at{0x16060, "RSDS"}, at{0x29C00, "e\x00x\x00a\x00m\x00p\x00l\x00e\x00.\x00s\x00y\x00s"},
		at{0x2F210, uint64(0x3F4)}, at{0x2F378, "svchost.exe\x00"}, at{0x31210, uint64(0x2324)}, at{0x31310, uint64(0x10C8)},
		at{0x31378, "Taskmgr.exe\x00"}, at{0x5B000, "d\x00a\x00m\x00."}, at{0x602C4, uint32(42)}, at{0x602D0, uint32(0x110)}, at{0x603C0, uint32(2)})
	b = sample(t, "powershell-live.dmp")
	expect(t, b, at{0x10, uint64(0x1B0002)}, at{0x38, uint32(0x161)}, at{0x40, make([]byte, 32)}, at{0x1050, uint32(0x1010)},
		at{0x31378, "Taskmgr.exe\x00"}, at{0x14100, uint64(0x9C5D3A1E8F4B6B27)})
	if string(b[0xFB30:0xFB34]) == "KDBG" {
		t.Error("the debugger data is not encoded")
	}
	expect(t, sample(t, "live-ndis.dmp"), at{0x10, uint64(0x1AD002)}, at{0x34, uint32(1)}, at{0x38, uint32(0x15E)}, at{0x1050, uint32(0x10)},
		at{0x2028, uint64(72)}, at{0xCB30, "KDBG"})
}

func TestSampleFull(t *testing.T) {
	b := sample(t, "dumpit-full.dmp")
	expect(t, b, at{0x10, uint64(0x1B0002)}, at{0x38, "MATTPAGEMOON\x00\x00\x00\x00SOLS\x00\x00\x00\x00MOON\x00\x00\x00\x00SOLS"},
		at{0x80, uint64(0xFFFFC509C41E8080)}, at{0x88, uint32(3)}, at{0x90, uint64(0x5E)},
		at{0x98, [6]uint64{0x2, 0x3, 0x100, 0x4, 0x1AD, 0x57}}, at{0xF98, uint32(1)}, at{0xFA0, uint64(0x60000)},
		at{0x2000, uint64(2)}, at{0x355E8, "DumpIt.exe\x00"}, at{0x542E8, uint32(0x5E)}, at{0x58080, uint64(0xFFFFF80312402B20)}, at{0x58090, "KDBG"})
	if len(b) != 0x60000 {
		t.Errorf("length %#x", len(b))
	}
	expect(t, sample(t, "full-x86-pae.dmp"), at{4, "DUMP"}, at{0x10, uint32(0x185000)}, at{0x18, uint32(0x828A37A0)}, at{0x24, uint32(2)},
		at{0x5C, uint8(1)}, at{0x60, uint32(0x828A2B20)}, at{0x64, [8]uint32{3, 0x44, 0x1, 0x2, 0x100, 0x2, 0x185, 0x40}},
		at{0x320 + 0xB8, uint32(0x828A1F20)}, at{0x320 + 0xC4, uint32(0x8B91BA5C)}, at{0xF88, uint32(1)}, at{0x1000, uint64(1)},
		at{0xDB30, "KDBG"}, at{0x291AC, "example.exe\x00"}, at{0x442E8, uint32(0x44)})
}

func TestSampleTriage(t *testing.T) {
	b := sample(t, "triage-amd64.dmp")
	stack, size, top := u32(b, 0x2028), u32(b, 0x202C), u64(b, 0x2048)
	thread := u32(b, 0x2024)
	if limit, base := u64(b, thread+0x30), u64(b, thread+0x38); top < limit || top+uint64(size) != base {
		t.Errorf("the stack does not belong to the thread: %#x, %#x-%#x", top, limit, base)
	}
	expect(t, b, at{0x38, uint32(0x1000007E)}, at{stack + int(u64(b, 0x58)-top) + 0x30, uint32(0x10001F)},
		at{stack + int(u64(b, 0x50)-top), uint32(0xC0000005)}, at{0x378, uint32(0x10001F)})

	b = sample(t, "triage-amd64-kernel.dmp")
	prcb, thread := u32(b, 0x201C), u32(b, 0x2024)
	end := u64(b, 0x2048) + uint64(u32(b, 0x202C))
	if end != u64(b, prcb+0x38A0) || end == u64(b, thread+0x38) {
		t.Errorf("the stack ends at %#x", end)
	}
	expect(t, b, at{0x38, uint32(0xD1)}, at{0x1050, uint32(0x21008)}, at{0x12F0, "2\x006\x00"}, at{0x2044, uint32(0x41)})

	expect(t, sample(t, "triage-arm64.dmp"), at{0x30, uint32(0xAA64)}, at{0x38, uint32(0x1C8)}, at{0x348, uint32(0x400007)})
	expect(t, sample(t, "triage-x86.dmp"), at{0x20, uint32(0x14C)}, at{0x28, uint32(0x1000008E)})
}

func TestSamplePages(t *testing.T) {
	b := sample(t, "truncated.dmp")
	declared := int(u64(b, 0x2020) + u64(b, 0x2028)*0x1000)
	if missing := declared - len(b); missing != 0x1800 || int(u64(b, 0xFA0)) != declared {
		t.Errorf("%#x bytes are missing", missing)
	}
	expect(t, b, at{0x10, uint64(0x1B0002)}, at{0x2028, uint64(76)}, at{0xCB30, "KDBG"}, at{0x2F5E8, "example.exe\x00"},
		at{len(b) - 0x800, uint64(0x1F8063)}) // the last page, of what the kernel shares, is mapped and missing
	b = sample(t, "bitmap-full.dmp")
	expect(t, b, at{0xC, uint32(19041)}, at{0x48, uint64(0xFFFFF803214B334C)}, at{0xF98, uint32(5)}, at{0x2000, "FDMP"},
		at{0x2020, uint64(0x2438)}, at{0x2028, uint64(87)}, at{0x2030, uint64(0x2000)}, at{0x1B784, "\x8B\x41\x20\xCC"},
		at{0x51438, "MZ"}, at{0x53498, "RSDS"}, at{len(b) - 0xFF0, uint64(0x7FF612340000)})
	expect(t, sample(t, "summary.dmp"), at{0x10, uint64(0x1AD000)}, at{0xF98, uint32(2)}, at{0x200C, uint32(0x3000)}, at{0x2014, uint32(70)},
		at{0xCB30, "KDBG\x60\x03"}, at{0x1C34C, "\x8B\x41\x20\xCC"}, at{0x2F478, "example.exe\x00"})
	expect(t, sample(t, "summary-x86.dmp"), at{0x10, uint32(0x188000)}, at{0xF88, uint32(2)}, at{0x100C, uint32(0x2000)}, at{0x1014, uint32(66)},
		at{0xAB30, "KDBG\x40\x03"}, at{0x1734C, "\x8B\x41\x20\xCC"}, at{0x261AC, "example.exe\x00"})
	expect(t, sample(t, "range.dmp"), at{0x10, uint64(0x1AD002)}, at{0xF98, uint32(10)}, at{0x2018, uint64(0x2060)}, at{0x2020, uint32(3)},
		at{0x2028, uint64(80)}, at{0x2030, [6]uint64{0x1, 0x2, 0x1AD, 0x4C, 0x1000, 0x2}}, at{0xDB90, "KDBG"}, at{0x51060, uint64(0x1001)})
	expect(t, sample(t, "header-only.dmp"), at{0xF98, uint32(3)})
}

func TestSampleContainers(t *testing.T) {
	expect(t, sample(t, "encrypted.dmp"), at{0, "PAGEDU64"}, at{0x1050, uint32(0x110)})
	b := sample(t, "offline-raw.dmp")
	expect(t, b, at{0, uint64(0x21706D445F776152)}, at{8, uint16(1)}, at{0xC, uint32(1)}, at{0x24, uint64(len(b))},
		at{0x34, uint32(3)}, at{0x38 + 8, uint32(1)}, at{0x38 + 0xC, uint64(0xF8)}, at{0x38 + 0x14, uint64(0x1000)},
		at{0x38 + 0x2C, "DDR0\x00"}, at{0xF8, uint64(0x80000)})
	b = OfflineEncrypted(0x40).Data()
	expect(t, b, at{0, uint64(0x21706D445F636E45)}, at{8, uint32(0x18)}, at{0xC, uint32(0x18)}, at{0x10, uint32(0x138)},
		at{0x18, uint32(16)}, at{0x1C, uint32(3)}, at{0x20, uint32(16)}, at{0x24, uint32(256)})
	if len(b) != 0x138+0x40 {
		t.Errorf("length %#x", len(b))
	}
}

func TestSampleMinidump(t *testing.T) {
	b := sample(t, "user-minidump.dmp")
	stamp := time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC).Unix()
	expect(t, b, at{0, "MDMP\x93\xa7"}, at{8, uint32(3)}, at{0xC, uint32(0x20)}, at{0x14, uint32(stamp)}, at{0x20, uint32(7)},
		at{0x24, uint32(0x38)}, at{0x2C, uint32(4)}, at{0x30, uint32(0x70)}, at{0x38, uint32(6)}, at{0x3C, uint32(0xA8)})
	info, modules, exception := u32(b, 0x28), u32(b, 0x34), u32(b, 0x40)
	expect(t, b, at{info, uint16(9)}, at{info + 6, uint8(8)}, at{info + 8, uint32(10)}, at{info + 0x10, uint32(26100)}, at{info + 0x14, uint32(2)},
		at{modules, uint32(1)}, at{modules + 4, uint64(0x7FF612340000)}, at{modules + 0xC, uint32(0x54000)},
		at{u32(b, modules+0x18) + 4, "C\x00:\x00"}, at{exception, uint32(4242)}, at{exception + 8, uint32(0xC0000005)},
		at{exception + 0x20, uint32(2)}, at{exception + 0x30, uint64(0x10)}, at{exception + 0xA0, uint32(0x4D0)},
		at{u32(b, exception+0xA4) + 0x30, uint32(0x10001F)})
}
