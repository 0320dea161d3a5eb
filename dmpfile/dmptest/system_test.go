package dmptest

import (
	"fmt"
	"math/bits"
	"testing"
	"time"
)

// testSystem has three modules, two processors and four processes.
func testSystem(mode Mode, build *Build) System {
	return System{
		Build: build, Mode: mode,
		Header:   Header{Code: new(uint32(0x161)), Attributes: new(uint32(AttrLive))},
		BuildLab: "19041.1.synthetic",
		Modules: []SystemModule{
			{Name: "ntoskrnl.exe", Image: &PE{TimeDateStamp: 0x1234, CodeView: RSDS([16]byte{1}, 1, "ntkrnlmp.pdb")}},
			{Name: "hal.dll", Size: 0x6000, TimeDateStamp: 0x5678},
			{Name: "lens.sys", Image: &PE{TimeDateStamp: 0x9ABC, CheckSum: 0x777, EntryPoint: 0x1000}},
		},
		Unloaded: []UnloadedDriver{{Name: "old.sys", Start: 0x1000, End: 0x2000, Time: sampleTime}, {Name: "new.sys"}},
		Processors: []SystemProcessor{
			{Process: 2, Context: Context{IP: 0x1234}, Stack: []byte("a stack")},
			{Idle: true, Embedded: true, Context: Context{IP: 0x5678}},
		},
		Processes: []Process{{}, {PID: 0x1D4, Name: "smss.exe", ParentPID: 4}, {Name: "lens.exe"}, {PID: 0x2000, Name: "x"}},
		Shared:    &SharedData{InterruptTime: 5 * time.Second, SystemTime: sampleTime, ProductType: 1},
	}
}

// link reads a pointer.
func link(t *testing.T, sp *Space, va uint64) uint64 {
	t.Helper()
	if sp.pointer() == 4 {
		return uint64(u32(readVirtual(t, sp, va, 4), 0))
	}
	return u64(readVirtual(t, sp, va, 8), 0)
}

func TestSystem(t *testing.T) {
	for mode, x := range allModes {
		for _, large := range []bool{false, true} {
			t.Run(fmt.Sprint(mode, large), func(t *testing.T) {
				s := testSystem(mode, x.build)
				s.Large = large
				checkSystem(t, s, s.Space())
			})
		}
	}
}

func checkSystem(t *testing.T, s System, sp *Space) {
	ptr := uint64(sp.pointer())
	read := func(va uint64, n int) []byte { return readVirtual(t, sp, va, n) }
	signed := func(va uint64) uint64 {
		if ptr == 4 {
			return va | 0xFFFFFFFF00000000
		}
		return va
	}
	base := uint64(0xFFFFF80312400000)
	if ptr == 4 {
		base = 0x82800000
	}

	// the header
	b := s.Bitmap(sp).Image().Data()
	width := map[uint64]struct{ sub, root, modules, block int }{
		8: {0x2000, 0x10, 0x20, 0x80}, 4: {0x1000, 0x10, 0x18, 0x60},
	}[ptr]
	expect(t, b, at{width.sub, "SDMPDUMP"}, at{width.root, uint32(sp.Root())}, at{width.modules, uint32(s.ModuleHeadAt())},
		at{width.modules + int(ptr), uint32(s.ProcessHeadAt())}, at{width.block, uint32(s.KdbgAt())})
	if ptr == 4 {
		expect(t, b, at{0x20, uint32(0x14C)}, at{0x24, uint32(2)}, at{0x5C, map[Mode]uint8{ModeX86PAE: 1}[sp.Mode]})
	} else {
		expect(t, b, at{0x34, uint32(2)}, at{0x30, uint32(s.Build.Machine)})
	}

	// the debugger data block
	block := read(s.KdbgAt(), 0x340)
	expect(t, block, at{0x10, "KDBG"}, at{0x18, signed(base)}, at{0x48, signed(s.ModuleHeadAt())}, at{0x50, signed(s.ProcessHeadAt())})
	expect(t, read(u64(block, 0x208), 18), at{0, "19041.1.synthetic\x00"})
	expect(t, read(u64(block, 0x88), 4), at{0, uint32(0x161)})

	// modules
	var names []string
	for e := link(t, sp, s.ModuleHeadAt()); e != s.ModuleHeadAt(); e = link(t, sp, e) {
		if back := link(t, sp, link(t, sp, e)+ptr); back != e {
			t.Errorf("the entry behind %#x points back to %#x", e, back)
		}
		off := map[uint64]uint64{8: 0x58, 4: 0x2C}[ptr]
		names = append(names, text(t, sp, e+off))
	}
	if got := fmt.Sprint(names); got != "[ntoskrnl.exe hal.dll lens.sys]" {
		t.Error(got)
	}
	if ptr == 8 {
		expect(t, read(s.EntryAt(2), 0xA0), at{0x30, base + 0x2000000}, at{0x38, base + 0x2001000}, at{0x40, uint32(0x1000)},
			at{0x78, uint32(0x777)}, at{0x98, uint32(0x1000)}, at{0x9C, uint32(0x9ABC)})
		if got := text(t, sp, s.EntryAt(2)+0x48); got != `\SystemRoot\System32\drivers\lens.sys` {
			t.Error(got)
		}
	} else {
		expect(t, read(s.EntryAt(2), 0x5C), at{0x18, uint32(base + 0x800000)}, at{0x1C, uint32(base + 0x801000)},
			at{0x20, uint32(0x1000)}, at{0x40, uint32(0x777)}, at{0x58, uint32(0x9ABC)})
	}
	expect(t, read(base, 0x100), at{0, "MZ"}, at{0x88, uint32(0x1234)}, at{0x84, s.Build.Machine})
	expect(t, read(base+0x8060, 4), at{0, "RSDS"})
	if _, ok := sp.Frame(s.BaseAt(1)); ok && !s.Large {
		t.Error("the HAL has an image")
	}

	// processes
	o := s.Build.Process
	var pids []uint64
	for e := link(t, sp, s.ProcessHeadAt()); e != s.ProcessHeadAt(); e = link(t, sp, e) {
		pids = append(pids, link(t, sp, e-ptr))
	}
	if got := fmt.Sprint(pids); got != "[4 468 516 8192]" {
		t.Error(got)
	}
	if root := link(t, sp, s.ProcessAt(2)+uint64(o.DirectoryTableBase)); root != sp.Root() || sp != sp.Processes[2] {
		t.Errorf("root %#x, %#x", root, sp.Root())
	}
	for i, other := range sp.Processes {
		if link(t, other, s.ProcessAt(i)+uint64(o.DirectoryTableBase)) != other.Root() {
			t.Errorf("process %d", i)
		}
	}

	// processors
	c := s.Build.Processor
	ip := map[uint16]int{AMD64: 0xF8, ARM64: 0x108, X86: 0xB8}[s.Build.Machine]
	sps := map[uint16]uint64{AMD64: 0x98, ARM64: 0x100, X86: 0xC4}[s.Build.Machine]
	first := link(t, sp, u64(block, 0x218))
	second := link(t, sp, u64(block, 0x218)+ptr)
	if first != s.PrcbAt(0) || second != s.PrcbAt(1) {
		t.Errorf("%#x, %#x", first, second)
	}
	context := link(t, sp, first+uint64(c.Context))
	expect(t, read(context, 0x200), at{ip, uint16(0x1234)})
	expect(t, read(link(t, sp, context+sps), 0x10), at{0, "a stack\x00"})
	expect(t, read(second+uint64(c.StateContext), 0x200), at{ip, uint16(0x5678)})
	if s.Build.Machine == AMD64 {
		expect(t, read(first+uint64(c.SpecialRegisters), 0x20), at{0x10, sp.Root()})
		expect(t, read(second+uint64(c.SpecialRegisters), 0x20), at{0x10, sp.Processes[0].Root()})
	}

	// threads
	cid := uint64(s.Build.Thread.Cid)
	running := link(t, sp, first+uint64(c.CurrentThread))
	if running != s.ThreadAt(0) || link(t, sp, running+cid) != 516 || link(t, sp, running+cid+ptr) != 0x1000 {
		t.Errorf("thread %#x", running)
	}
	idle := link(t, sp, second+uint64(c.CurrentThread))
	if idle != s.IdleThreadAt(1) || link(t, sp, idle+cid) != 0 {
		t.Errorf("idle thread %#x", idle)
	}
	if stack := link(t, sp, idle+uint64(s.Build.Thread.StackBase)); stack != s.StackAt(1) {
		t.Errorf("stack %#x", stack)
	}
	read(s.StackAt(1)-0x1000, 0x1000)

	// unloaded drivers
	array := link(t, sp, u64(block, 0x220))
	expect(t, read(u64(block, 0x228), 4), at{0, uint32(2)})
	stride, end := uint64(0x28), 0x18
	if ptr == 4 {
		stride, end = 0x18, 0xC
	}
	if a, b := text(t, sp, array), text(t, sp, array+stride); a != "old.sys" || b != "new.sys" {
		t.Error(a, b)
	}
	expect(t, read(array, 0x30), at{end, uint32(0x2000)}, at{end + int(ptr), FileTime(sampleTime)})

	shared := uint64(0xFFFFF78000000000)
	if ptr == 4 {
		shared = 0xFFDF0000
	}
	expect(t, read(shared, 0x400), at{0x08, uint64(50000000)}, at{0x10, uint32(0)}, at{0x14, FileTime(sampleTime)},
		at{0x1C, uint32(FileTime(sampleTime) >> 32)}, at{0x30, "C\x00:\x00\\\x00W\x00"}, at{0x260, 0xF0000000 | s.Build.Number},
		at{0x264, uint32(1)}, at{0x268, uint8(1)}, at{0x26C, uint32(10)}, at{0x3C0, uint32(2)})
}

// text reads the text of a UNICODE_STRING.
func text(t *testing.T, sp *Space, va uint64) string {
	t.Helper()
	b := readVirtual(t, sp, link(t, sp, va+uint64(sp.pointer())), u16(readVirtual(t, sp, va, 2), 0))
	var s []byte
	for i := 0; i < len(b); i += 2 {
		s = append(s, b[i])
	}
	return string(s)
}

func TestSystemEncoded(t *testing.T) {
	s := testSystem(ModeAMD64, Build19041)
	plain := readVirtual(t, s.Space(), s.KdbgAt(), 0x380)
	s.Encoded = true
	sp := s.Space()
	got := readVirtual(t, sp, s.KdbgAt(), 0x380)
	key := readVirtual(t, sp, s.EncodingAt(), 0x11)
	never, always := u64(key, 0), u64(key, 8)
	if key[0x10] != 1 {
		t.Error("the mark is not set")
	}
	for off := 0; off < len(got); off += 8 {
		x := bits.RotateLeft64(u64(got, off)^never, int(never&0xFF))
		x = bits.ReverseBytes64(x^(s.EncodingAt()+0x10)) ^ always
		if x != u64(plain, off) {
			t.Fatalf("at %#x: %#x, want %#x", off, x, u64(plain, off))
		}
	}
}

func TestSystemParts(t *testing.T) {
	for _, build := range []*Build{nil, Build22000ARM64, Build7601X86} {
		s := System{Build: build, NoKDBG: true}
		sp := s.Space()
		if link(t, sp, s.ModuleHeadAt()) != s.ModuleHeadAt() || link(t, sp, s.ProcessHeadAt()) != s.ProcessHeadAt() {
			t.Error("the lists are not empty")
		}
		if readVirtual(t, sp, s.KdbgAt(), 0x20)[0x10] != 0 {
			t.Error("there is a block")
		}
		if build == nil {
			expect(t, s.Full(sp).Image().Data(), at{0x80, "PAGE"}, at{0x88, uint32(1)}, at{0x90, uint64(10)}, at{0x98, uint64(0x1AD)})
		}
	}
	s := System{Modules: []SystemModule{{Name: "a"}, {Name: "b"}}}
	for i := range 53 {
		s.Unloaded = append(s.Unloaded, UnloadedDriver{Name: fmt.Sprint(i)})
	}
	sp := s.Space()
	if got := text(t, sp, s.UnloadedAt()+0x28*2) + text(t, sp, s.UnloadedAt()+0x28*3); got != "523" {
		t.Error(got)
	}
	expect(t, readVirtual(t, sp, s.UnloadedVariablesAt(), 0x10), at{0x8, uint32(3)})
	sp.PutPtr(s.EntryAt(1), s.EntryAt(0))
	if link(t, sp, s.EntryAt(1)) != s.EntryAt(0) {
		t.Error("no cycle")
	}
	before := len(sp.Pages())
	sp.Drop(s.ProcessHeadAt(), 1)
	if len(sp.Pages()) != before-1 {
		t.Error("nothing is missing")
	}
}
