package dmptest

import (
	"bytes"
	"testing"
	"time"
)

func testTriage(machine uint16, b *Build) Triage {
	return Triage{
		Header: Header{Machine: machine, Build: b.Number, PsLoadedModuleList: 0xFFFFF80000001000},
		Modules: []Module{
			{`\SystemRoot\nt.exe`, 0x80010000, 0x80010010, 0x2000, 0x11111111, 0x22222222},
			{`\SystemRoot\example.sys`, 0x80020000, 0, 0x3000, 0x33333333, 0x44444444},
			{`\SystemRoot\last.sys`, 0x80030000, 0, 0x4000, 0x55555555, 0x66666666},
		},
		Unloaded:  []Unloaded{{"a.sys", 0x1000, 0x2000}, {"longer-than-twelve.sys", 0x3000, 0x4000}},
		Stack:     Block{0x80500010, []byte("0123456789abcdef")},
		KDBG:      &KDBG{Build: b, KernBase: 0x80010000},
		Processor: &Processor{Build: b, CurrentThread: 0x80600000, Number: 3},
		Process:   &Process{Build: b, PID: 44, Name: "much-too-long-name.exe"},
		Thread:    &Thread{Build: b, Self: 0x80600000, PID: 44, TID: 48, Process: 0x80700000, StackLimit: 0x80500000, StackBase: 0x80501000},
		Blocks:    []Block{{0x80800000, []byte("block")}, {0x80900000, []byte("other block")}},
		Secondary: Secondary(b.Number, Blob{Tag: TagETW, Data: []byte("etw")}),
	}
}

// TestTriage64 follows each offset of the sub-header.
func TestTriage64(t *testing.T) {
	tr := testTriage(AMD64, Build19041)
	tr.BrokenDriver = "example.sys"
	tr.DataPage = Block{0x80A00000, []byte("data page")}
	b := tr.Image().Data()
	part := func(field int) int { return u32(b, 0x2000+field) }
	expect(t, b,
		at{0xF98, uint32(4)}, at{0x1038, uint32(0xCFF)}, at{0x1048, uint32(0)}, at{0x104D, uint8(0)}, at{0x1050, filler32},
		at{0xFA0, uint64(len(b))}, at{0x88, filler32}, at{0x60, filler32}, at{0x103C, filler32},
		at{0x200C, uint32(0x348)}, at{0x2010, uint32(0xF00)}, at{0x2014, uint32(0x2080)}, at{0x2080, uint32(1)},
		at{0x2084, uint32(0x50)}, at{0x2044, uint32(0xFFFFFFFF)}, at{0x2048, uint64(0x80500010)}, at{0x2060, uint64(0x80A00000)},
		at{0x202C, uint32(16)}, at{0x2034, uint32(3)}, at{0x206C, uint32(9)}, at{0x2074, uint32(0x380)}, at{0x207C, uint32(2)})
	size := part(0x4)
	expect(t, b, at{size - 4, "TRGD"}, at{part(0x8), "TRGDDumpBlob"})
	order := []int{0x14, 0x18, 0x1C, 0x20, 0x24, 0x28, 0x70, 0x30, 0x38, 0x78, 0x8}
	for i, field := range order[1:] {
		if part(field) <= part(order[i]) {
			t.Errorf("part %#x is not behind part %#x", field, order[i])
		}
	}
	if part(0x20)-part(0x1C) != 0xAF00 || part(0x24)-part(0x20) != 0xA40 || part(0x28)-part(0x24) != 0x898 {
		t.Error("sizes of PRCB, EPROCESS, ETHREAD")
	}
	unloaded, drivers, pool, blocks := part(0x18), part(0x30), part(0x38), part(0x78)
	expect(t, b,
		at{unloaded, uint64(2)}, at{unloaded + 8, uint16(10)}, at{unloaded + 8 + 0x10, "a\x00.\x00s\x00"},
		at{unloaded + 8 + 0x28, uint64(0x1000)}, at{unloaded + 8 + 0x30, uint64(0x2000)}, at{unloaded + 0x40, uint16(24)},
		at{unloaded + 0x40 + 0x10 + 22, "-\x00"}, at{unloaded + 0x40 + 0x28, uint64(0x3000)},
		at{part(0x28), "0123456789abcdef"}, at{part(0x70) + 0x10, "KDBG"},
		at{part(0x1C) + 8, uint64(0x80600000)}, at{part(0x1C) + 0x24, uint32(3)}, at{part(0x20) + 0x440, uint64(44)},
		at{part(0x20) + 0x5A8, "much-too-long-n\x00"}, at{part(0x24) + 0x478, uint64(44)}, at{part(0x24) + 0x480, uint64(48)},
		at{part(0x40), "\x0b\x00\x00\x00e\x00x\x00"}, at{part(0x68), "data page"})
	if (pool-drivers)/3 != 0x90 || part(0x3C) != part(0x68)-pool {
		t.Errorf("stride %#x, pool %#x", (pool-drivers)/3, part(0x3C))
	}
	for i, name := range []string{`\SystemRoot\nt.exe`, `\SystemRoot\example.sys`, `\SystemRoot\last.sys`} {
		off := drivers + 0x90*i
		expect(t, b, at{u32(b, off), uint32(len(name))}, at{u32(b, off) + 4, string(utf16Z(name))}, at{off + 8, uint64(0)},
			at{off + 0x38, uint64(0x80010000) + 0x10000*uint64(i)}, at{off + 0x48, uint32(0x2000 + 0x1000*i)},
			at{off + 0x80, 0x22222222 * uint32(i+1)}, at{off + 0x88, 0x22222222*uint32(i) + 0x11111111})
		if u32(b, off)%8 != pool%8 {
			t.Errorf("string %d is not aligned", i)
		}
	}
	expect(t, b, at{blocks, uint64(0x80800000)}, at{blocks + 0xC, uint32(5)}, at{u32(b, blocks+8), "block"},
		at{u32(b, blocks+0x18), "other block"})
}

func TestTriageKernel(t *testing.T) {
	tr := testTriage(AMD64, Build26100)
	tr.Kernel, tr.Reserve, tr.Stale = true, 0x500, true
	b := tr.Image().Data()
	part := func(field int) int { return u32(b, 0x2000+field) }
	expect(t, b, at{0x60, make([]byte, 32)}, at{0x1038, uint32(0xDFF)}, at{0x103C, uint32(0)}, at{0x1048, filler32},
		at{0x104D, uint8('A')}, at{0x1050, uint32(8)}, at{0x2044, uint32(0x41)}, at{part(0x4) - 4, "TRGDDumpBlob"},
		at{0xFA0, uint64(len(b))})
	size := part(0x4)
	if size%0x200 != 0 || len(b)%0x200 != 0 || len(b) != size+0x600 {
		t.Errorf("size %#x, length %#x", size, len(b))
	}
	blobs := size + 0x10 + 0x23
	if sector := b[blobs : size+0x200]; !bytes.Equal(sector, make([]byte, len(sector))) {
		t.Error("the sector of the last blob is not zero")
	}
	if bytes.Equal(b[size+0x200:], make([]byte, 0x400)) {
		t.Error("no stale bytes")
	}
	order := []int{0x14, 0x1C, 0x20, 0x24, 0x28, 0x70, 0x18, 0x30, 0x38, 0x78, 0x8}
	for i, field := range order[1:] {
		if part(field) <= part(order[i]) {
			t.Errorf("part %#x is not behind part %#x", field, order[i])
		}
	}
	drivers := part(0x30)
	expect(t, b, at{u32(b, drivers), "\x06\x00\x00\x00n\x00t\x00.\x00"}, at{drivers + 0x10, uint64(0xFFFFF80000001000)},
		at{drivers + 0x50, uint16(36)}, at{drivers + 0x60, uint16(12)}, at{drivers + 0x90 + 0x60, uint16(22)})
	if u64(b, drivers+0x8)+0x100 != u64(b, drivers+0x98) || u64(b, drivers+0x128) != 0xFFFFF80000001000 {
		t.Error("links of the drivers")
	}
	if drivers-part(0x18) < 8+50*0x38 {
		t.Error("no room for 50 unloaded drivers")
	}
}

func TestTriage32(t *testing.T) {
	tr := testTriage(X86, Build7601X86)
	tr.DataPage = Block{0x80A00000, []byte("data page")}
	b := tr.Image().Data()
	part := func(field int) int { return u32(b, 0x1000+field) }
	unloaded, drivers, pool := part(0x18), part(0x30), part(0x38)
	expect(t, b,
		at{0xF88, uint32(4)}, at{0xF8C, uint32(0xCFF)}, at{0x8A0, filler32}, at{0xFA0, uint64(len(b))},
		at{0x100C, uint32(0x320)}, at{0x1010, uint32(0x7D0)}, at{0x1014, uint32(0x1080)}, at{0x1084, uint32(0x34)},
		at{0x1044, uint32(0xFFFFFFFF)}, at{0x1048, uint32(0x80500010)}, at{0x104C, uint32(0x80A00000)}, at{0x1054, uint32(9)},
		at{0x105C, uint32(0x340)}, at{0x1064, uint32(2)}, at{part(0x4) - 4, "TRGDDumpBlob"}, at{part(0x8), "TRGD"},
		at{part(0x50), "data page"}, at{part(0x58) + 0x10, "KDBG"}, at{part(0x58) + 0x18, uint64(0xFFFFFFFF80010000)},
		at{part(0x60), uint64(0xFFFFFFFF80800000)}, at{part(0x60) + 0xC, uint32(5)}, at{u32(b, part(0x60)+8), "block"},
		at{unloaded, uint32(2)}, at{unloaded + 4, uint16(10)}, at{unloaded + 4 + 8, "a\x00.\x00"}, at{unloaded + 4 + 0x20, uint32(0x1000)},
		at{unloaded + 4 + 0x24, uint32(0x2000)}, at{unloaded + 4 + 0x28, uint16(24)},
		at{drivers + 0x1C, uint32(0x80010000)}, at{drivers + 0x20, uint32(0x80010010)}, at{drivers + 0x24, uint32(0x2000)},
		at{drivers + 0x44, uint32(0x22222222)}, at{drivers + 0x48, uint32(0x11111111)}, at{u32(b, drivers+0x4C), uint32(23)},
		at{part(0x1C) + 4, uint32(0x80600000)}, at{part(0x20) + 0xB4, uint32(44)}, at{part(0x20) + 0x16C, "much-too-long-n\x00"})
	if (pool-drivers)/3 != 0x4C {
		t.Errorf("stride %#x", (pool-drivers)/3)
	}
}

// A triage dump of which nothing is set has only offsets of the header, and its end.
func TestTriageEmpty(t *testing.T) {
	b := Triage{NoMM: true, Options: new(uint32(0x100))}.Image().Data()
	expect(t, b, at{0x2004, uint32(0x2084)}, at{0x2008, uint32(0x2080)}, at{0x2014, make([]byte, 0x30)},
		at{0x2044, uint32(0x100)}, at{0x2048, make([]byte, 0x38)}, at{0x2080, "TRGD"})
	if len(b) != 0x2084 {
		t.Errorf("length %#x", len(b))
	}
}

// TestKDBG checks the columns of the reference: what stands at which offset of the block, by build.
func TestKDBG(t *testing.T) {
	offsets := []int{0x14, 0x29A, 0x29C, 0x29E, 0x2A0, 0x2A2, 0x340, 0x344, 0x35C, 0x2A8, 0x2AA, 0x2AC, 0x2AE, 0x2B0, 0x2B4,
		0x2B6, 0x2B8, 0x2BA, 0x2BC, 0x2BE, 0x2C0, 0x338, 0x2F2, 0x2E0, 0x2E2, 0x2E4, 0x2E6, 0x350, 0x354, 0x356,
		0x2F4, 0x2F6, 0x2FA, 0x2FC, 0x302, 0x304, 0x306, 0x36}
	for _, x := range []struct {
		b      *Build
		values []int
	}{
		{Build9600, []int{0x360, 0xF0, 0x58, 0x28, 0xB8, 0x184, 0x30, 0x38, 0, 0x6F0, 0x3E8, 0x3D0, 0x28, 0x5D80, 8,
			0x5F4, 0x5F0, 0x5958, 0x120, 0x24, 0x778, 0x5980, 0x40, 0x5F00, 0x18, 0x20, 0x180, 0, 0, 0,
			0x10, 0x18, 0x33, 0x2B, 0x40, 0x23, 0x53, 0x1}},
		{Build19041, []int{0x380, 0xF0, 0x58, 0x28, 0xB8, 0x184, 0x30, 0x38, 0x283, 0xA40, 0x550, 0x540, 0x28, 0xAF00, 8,
			0x44, 0x40, 0x8590, 0x1F0, 0x24, 0x898, 0x85C0, 0x100, 0xB080, 0x18, 0x20, 0x180, 0x18, 0x3110, 0x85D8,
			0x10, 0x18, 0x33, 0x2B, 0x40, 0x23, 0x53, 0x1}},
		{Build26100, []int{0x3A0, 0xF0, 0x58, 0x28, 0xB8, 0x184, 0x30, 0x38, 0x283, 0x840, 0x2E0, 0x2D0, 0x28, 0xCF00, 8,
			0x44, 0x40, 0x8F90, 0x1F0, 0x24, 0x788, 0x8FC0, 0x100, 0xD080, 0x18, 0x20, 0x180, 0x18, 0x38A0, 0x8FD8,
			0x10, 0x18, 0x30, 0x28, 0x40, 0x20, 0x50, 0x11}},
		{Build22000ARM64, []int{0x380, 0xE8, 0x58, 0x28, 0xB0, 0x17C, 0x30, 0x38, 0x2A3, 0xC80, 0x508, 0x4F8, 0x28, 0x9680, 8,
			0x6F4, 0x6F0, 0x890, 0x360, 0x24, 0x910, 0x8A0, 0x40, 0xA000, 0x18, 0, 0x980, 0x18, 0xAF8, 0x18E0,
			0, 0, 0, 0, 0, 0, 0, 0x10}},
	} {
		k := KDBG{Build: x.b, Self: 1, KernBase: 2, PsLoadedModuleList: 3, PsActiveProcessHead: 4, KiBugcheckData: 5,
			MmPfnDatabase: 6, NtBuildLab: 7, KiProcessorBlock: 8, MmUnloadedDrivers: 9, MmLastUnloadedDriver: 10,
			MmPhysicalMemoryBlock: 11, KeLoaderBlock: 12, PteBase: 13, PointerAuthMask: 14}
		b := k.Image().Data()
		if len(b) != x.values[0] {
			t.Errorf("build %d: length %#x", x.b.Number, len(b))
		}
		for i, off := range offsets {
			if off+2 > len(b) {
				continue
			}
			if got := u16(b, off); got != x.values[i] {
				t.Errorf("build %d: %#x at %#x, want %#x", x.b.Number, got, off, x.values[i])
			}
		}
		expect(t, b, at{0, uint64(1)}, at{8, uint64(1)}, at{0x10, "KDBG"}, at{0x18, uint64(2)}, at{0x48, uint64(3)},
			at{0x50, uint64(4)}, at{0x88, uint64(5)}, at{0xC0, uint64(6)}, at{0x138, uint64(0x1000)}, at{0x208, uint64(7)},
			at{0x218, uint64(8)}, at{0x220, uint64(9)}, at{0x228, uint64(10)}, at{0x270, uint64(11)}, at{0x2D8, uint64(12)})
		if len(b) > 0x360 {
			expect(t, b, at{0x360, uint64(13)})
		}
		if len(b) > 0x390 {
			expect(t, b, at{0x390, uint64(14)})
		}
	}
}

// TestObjects checks the tables of EPROCESS and ETHREAD.
func TestObjects(t *testing.T) {
	when := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	const created = uint64(133801632000000000)
	for _, x := range []struct {
		b                                                    *Build
		pid, name, created, dtb, peb, parent                 int
		apc, process, trap, cid, threadCreated, limit, state int
	}{
		{Build9600, 0x2E0, 0x438, 0x2D0, 0x28, 0x3E8, 0x3D0, 0xB8, 0x220, 0x90, 0x620, 0x5D0, 0x30, 0x184},
		{Build19041, 0x440, 0x5A8, 0x468, 0x28, 0x550, 0x540, 0xB8, 0x220, 0x90, 0x478, 0x430, 0x30, 0x184},
		{Build26100, 0x1D0, 0x338, 0x1F8, 0x28, 0x2E0, 0x2D0, 0xB8, 0x220, 0x90, 0x508, 0x4C0, 0x30, 0x184},
		{Build22000ARM64, 0x3F8, 0x560, 0x420, 0x28, 0x508, 0x4F8, 0xB0, 0x240, 0, 0x4E8, 0x4A0, 0x30, 0x17C},
	} {
		p := Process{Build: x.b, PID: 8, ParentPID: 4, Name: "example.exe", DirectoryTableBase: 0x1000, Peb: 0x2000,
			Next: 0x3000, Previous: 0x4000, Created: when}
		expect(t, p.Image().Data(), at{x.pid, uint64(8)}, at{x.pid + 8, uint64(0x3000)}, at{x.pid + 16, uint64(0x4000)},
			at{x.name, "example.exe\x00"}, at{x.created, created}, at{x.dtb, uint64(0x1000)}, at{x.peb, uint64(0x2000)},
			at{x.parent, uint64(4)})
		th := Thread{Build: x.b, Self: 0x5000, PID: 8, TID: 12, Process: 0x6000, Attached: 0x7000, StackLimit: 0x8000,
			StackBase: 0x9000, KernelStack: 0x8800, TrapFrame: 0x8F00, Created: when}
		b := th.Image().Data()
		expect(t, b, at{8, uint64(0x5008)}, at{0x10, uint64(0x5008)}, at{x.apc, uint64(0x7000)}, at{x.process, uint64(0x6000)},
			at{x.cid, uint64(8)}, at{x.cid + 8, uint64(12)}, at{x.threadCreated, created}, at{0x28, uint64(0x9000)},
			at{0x30, uint64(0x8000)}, at{0x38, uint64(0x9000)}, at{0x58, uint64(0x8800)}, at{x.state, uint8(2)})
		if x.trap != 0 {
			expect(t, b, at{x.trap, uint64(0x8F00)})
		}
	}
	p := Processor{Build: Build26100, CurrentThread: 1, IdleThread: 2, DpcStack: 3, IsrStack: 4, Context: 5, Number: 6, Mhz: 7, Vendor: "V"}
	expect(t, p.Image().Data(), at{8, uint64(1)}, at{0x18, uint64(2)}, at{0x38A0, uint64(3)}, at{0x8FD8, uint64(4)},
		at{0x8FC0, uint64(5)}, at{0x24, uint32(6)}, at{0x44, uint32(7)}, at{0x8F90, "V\x00"})
}
