package nt_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

// memory is the memory of a machine: pieces, by the address that each begins at. All else is not in the dump.
type memory map[dmpfile.VirtAddr][]byte

func (m memory) ReadVirtual(p []byte, a dmpfile.VirtAddr) (n int, err error) {
	for n < len(p) {
		at := a + dmpfile.VirtAddr(n)
		got := copy(p[n:], m.from(at))
		if got == 0 || at < a {
			return n, &dmpfile.NotInDumpError{Address: at}
		}
		n += got
	}
	return n, nil
}

// from returns the rest of the piece that an address lies in.
func (m memory) from(a dmpfile.VirtAddr) []byte {
	for start, b := range m {
		if off := a - start; off < dmpfile.VirtAddr(len(b)) {
			return b[off:]
		}
	}
	return nil
}

// base is where the structures of the tests stand.
const base = 0xFFFFA18C41E8B000

// Outcomes of a read that finds no structure.
const (
	notThere = "something else"
	refused  = "refused" // for whichever reason
)

func hole(off int) string { return fmt.Sprintf("a hole at %#x", base+uint64(off)) }

// outcome says how a read ended; "" is well.
func outcome(err error) string {
	var h *dmpfile.NotInDumpError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &h):
		return hole(int(h.Address - base))
	case errors.Is(err, nt.ErrNotThere):
		return notThere
	}
	return err.Error()
}

type patch func(m *dmptest.Image)

// look is what a reader finds in a structure at base.
type look[T any] struct {
	name  string
	patch patch // nil: the structure is whole
	have  int   // how many bytes of it the dump has; 0: all
	want  T
	err   string
}

func (c look[T]) image(whole patch) []byte {
	m := &dmptest.Image{}
	whole(m)
	if c.patch != nil {
		c.patch(m)
	}
	if c.have != 0 {
		m.Truncate(c.have)
	}
	return m.Data()
}

// looks changes a structure in the ways of the list and reads each. A read that fails has to give nothing.
func looks[T any](t *testing.T, whole patch, read func(nt.Memory, dmpfile.VirtAddr) (T, error), list []look[T]) {
	t.Helper()
	for _, c := range list {
		got, err := read(memory{base: c.image(whole)}, base)
		expect(t, c.name, got, c.want)
		if s := outcome(err); s != c.err && (s == "" || c.err != refused) {
			t.Errorf("%s: the outcome is %q, want %q", c.name, s, c.err)
		}
	}
}

func u8(off int, v ...uint8) patch   { return func(m *dmptest.Image) { m.PutU8(off, v...) } }
func u16(off int, v ...uint16) patch { return func(m *dmptest.Image) { m.PutU16(off, v...) } }
func u32(off int, v ...uint32) patch { return func(m *dmptest.Image) { m.PutU32(off, v...) } }
func u64(off int, v ...uint64) patch { return func(m *dmptest.Image) { m.PutU64(off, v...) } }

// all puts a structure together. It is size bytes long, at least.
func all(size int, fields ...patch) patch {
	return func(m *dmptest.Image) {
		m.Grow(size)
		for _, f := range fields {
			f(m)
		}
	}
}

var (
	exception64 = all(0x98, u32(0, 0xC0000005, 1), u64(8, 0x1111), u64(0x10, 0xFFFFF80320001234), u32(0x18, 2), u64(0x20, 1, 0xFFFF8000DEAD0000, 0x77))
	exception32 = all(0x50, u32(0, 0xC0000005, 1, 0x1111, 0x8B001234, 2, 1, 0xDEAD0000, 0x77))
)

func TestReadException(t *testing.T) {
	of := func(bits int) func(nt.Memory, dmpfile.VirtAddr) (dmpfile.Exception, error) {
		return func(m nt.Memory, a dmpfile.VirtAddr) (dmpfile.Exception, error) { return nt.ReadException(m, a, bits) }
	}
	found := func(a dmpfile.VirtAddr, info ...uint64) dmpfile.Exception {
		return dmpfile.Exception{Code: 0xC0000005, Flags: 1, Address: a, Information: info}
	}
	fifteen := []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	const at, info = 0xFFFFF80320001234, 0xFFFF8000DEAD0000
	looks(t, exception64, of(64), []look[dmpfile.Exception]{
		{name: "64-bit", want: found(at, 1, info)},
		{name: "64-bit, no words", patch: u32(0x18, 0), want: found(at)},
		{name: "64-bit, all words", patch: all(0, u32(0x18, 15), u64(0x20, fifteen...)), want: found(at, fifteen...)},
		{name: "64-bit, too many words", patch: u32(0x18, 16), err: notThere},
		{name: "64-bit, filler", patch: func(m *dmptest.Image) { m.PutFiller(0, 0x98) }, err: notThere},
		{name: "64-bit, cut", have: 0x97, err: hole(0x97)},
	})
	looks(t, exception32, of(32), []look[dmpfile.Exception]{
		{name: "32-bit", want: found(0x8B001234, 1, 0xDEAD0000)},
		{name: "32-bit, too many words", patch: u32(0x10, 16), err: notThere},
		{name: "32-bit, cut", have: 0x4F, err: hole(0x4F)},
	})
}

// registers are what a test looks at in a context.
type registers struct {
	Machine dmpfile.Machine
	IP, SP  dmpfile.VirtAddr
	Others  [2]uint64
}

// Contexts, with the sizes that are read of them.
var (
	contextAMD64 = all(0x100, u32(0x30, 0x10005F), u64(0x80, 0x11), u64(0xF0, 0x22), u64(0x98, 0xFFFFF5825DE0E558), u64(0xF8, 0xFFFFF803120B1F20))
	contextARM64 = all(0x318, u32(0, 0x400007, 0x60000144), u64(0xE8, 0x11), u64(0xF8, 0x22), u64(0x100, 0xFFFFF5825DE0E558, 0xFFFFF803120B1F20))
	contextX86   = all(0xCC, u32(0, 0x10007), u32(0xAC, 0x11), u32(0xB8, 0x8B001234, 0x77780008, 0x22, 0x8B91BC00))
)

func TestReadContext(t *testing.T) {
	amd64, arm64, x86 := dmpfile.MachineAMD64, dmpfile.MachineARM64, dmpfile.MachineX86
	of := func(m dmpfile.Machine, a, b string) func(nt.Memory, dmpfile.VirtAddr) (registers, error) {
		return func(mem nt.Memory, at dmpfile.VirtAddr) (registers, error) {
			c, err := nt.ReadContext(mem, at, m)
			r := registers{Machine: c.Machine, IP: c.IP, SP: c.SP}
			r.Others[0], _ = c.Register(a)
			r.Others[1], _ = c.Register(b)
			return r, err
		}
	}
	wide := func(m dmpfile.Machine) registers {
		return registers{m, 0xFFFFF803120B1F20, 0xFFFFF5825DE0E558, [2]uint64{0x11, 0x22}}
	}
	looks(t, contextAMD64, of(amd64, "rcx", "r15"), []look[registers]{
		{name: "amd64", want: wide(amd64)},
		{name: "amd64, flags of arm64", patch: u32(0x30, 0x40000F), err: notThere},
		{name: "amd64, flags of two machines", patch: u32(0x30, 0x50000F), err: notThere},
		{name: "amd64, without the stack pointer", patch: u32(0x30, 0x10000E), err: notThere},
		{name: "amd64, cut", have: 0xFF, err: hole(0xFF)},
	})
	looks(t, contextARM64, of(arm64, "x28", "lr"), []look[registers]{
		{name: "arm64", want: wide(arm64)},
		{name: "arm64, flags of amd64", patch: u32(0, 0x10000F), err: notThere},
		{name: "arm64, cut", have: 0x300, err: hole(0x300)},
	})
	looks(t, contextX86, of(x86, "ecx", "efl"), []look[registers]{
		{name: "x86", want: registers{x86, 0x8B001234, 0x8B91BC00, [2]uint64{0x11, 0x22}}},
		{name: "x86, flags of amd64", patch: u32(0, 0x100007), err: notThere},
		{name: "x86, cut", have: 4, err: hole(4)},
	})
	looks(t, contextAMD64, of(dmpfile.Machine(0x200), "", ""), []look[registers]{{name: "no such machine", err: notThere}})
}

// Trap frames of the kernel's own code: instruction pointer, code selector, flags, stack pointer, stack selector.
var (
	trapAMD64 = all(0x190, u64(0x30, 1, 2, 3, 8, 9, 10, 11), u64(0xD0, 0x289), u64(0x140, 0xBB, 0xDD, 0x55, 0xEB, 0x12), u64(0x168, 0xFFFFF80320001234, 0x10, 0x246, 0xFFFFF5825DE0E558, 0x18))
	trapX86   = all(0x8C, u32(0x54, 0xED, 0xE5, 0xEB, 0xE0), u32(0x68, 0x8B001234, 0x8, 0x246, 0x11111111, 0x22222222))
)

func TestReadTrapFrame(t *testing.T) {
	of := func(machine dmpfile.Machine) func(nt.Memory, dmpfile.VirtAddr) (nt.TrapFrame, error) {
		return func(m nt.Memory, a dmpfile.VirtAddr) (nt.TrapFrame, error) { return nt.ReadTrapFrame(m, a, machine) }
	}
	// frame is an amd64 frame; rbx, rdi and rsi are no part of it.
	frame := func(ip, sp dmpfile.VirtAddr, user bool) nt.TrapFrame {
		return nt.TrapFrame{IP: ip, SP: sp, User: user, FaultAddress: 0x289, ErrorCode: 0x12, Registers: []nt.Register{
			{Name: "rax", Value: 1}, {Name: "rcx", Value: 2}, {Name: "rdx", Value: 3}, {Name: "r8", Value: 8}, {Name: "r9", Value: 9}, {Name: "r10", Value: 10},
			{Name: "r11", Value: 11}, {Name: "rbp", Value: 0xEB}, {Name: "rsp", Value: uint64(sp)}, {Name: "rip", Value: uint64(ip)},
		}}
	}
	frame32 := func(ip, sp dmpfile.VirtAddr, user bool) nt.TrapFrame {
		return nt.TrapFrame{IP: ip, SP: sp, User: user, Registers: []nt.Register{
			{Name: "ebx", Value: 0xEB}, {Name: "esi", Value: 0xE5}, {Name: "edi", Value: 0xED}, {Name: "ebp", Value: 0xE0}, {Name: "esp", Value: uint64(sp)}, {Name: "eip", Value: uint64(ip)},
		}}
	}
	kernel := frame(0xFFFFF80320001234, 0xFFFFF5825DE0E558, false)
	user := func(ip, sp dmpfile.VirtAddr) nt.TrapFrame { return frame(ip, sp, true) }
	looks(t, trapAMD64, of(dmpfile.MachineAMD64), []look[nt.TrapFrame]{
		{name: "amd64, kernel", want: kernel},
		{name: "amd64, kernel, null stack selector", patch: u16(0x188, 0), want: kernel},
		{name: "amd64, garbage above the selectors", patch: all(0, u16(0x172, 0xFFFF), u16(0x18A, 0xFFFF)), want: kernel},
		{name: "amd64, user", patch: u64(0x168, 0x7FF612341000, 0x33, 0x246, 0x14FE28, 0x2B), want: user(0x7FF612341000, 0x14FE28)},
		{name: "amd64, 32-bit user", patch: u64(0x168, 0x401000, 0x23, 0x246, 0x19FE28, 0x2B), want: user(0x401000, 0x19FE28)},
		{name: "amd64, code selector of data", patch: u64(0x170, 0x18), err: notThere},
		{name: "amd64, no code selector", patch: u64(0x170, 0), err: notThere},
		{name: "amd64, wrong stack selector", patch: u64(0x188, 0x10), err: notThere},
		{name: "amd64, user stack of kernel code", patch: u64(0x188, 0x2B), err: notThere},
		{name: "amd64, cut", have: 0x18F, err: hole(0x18F)},
	})
	looks(t, trapX86, of(dmpfile.MachineX86), []look[nt.TrapFrame]{
		{name: "x86, kernel: nothing was pushed where the stack pointer stands", want: frame32(0x8B001234, base+0x74, false)},
		{name: "x86, user", patch: u32(0x68, 0x401000, 0x1B, 0x246, 0x19FE28, 0x23), want: frame32(0x401000, 0x19FE28, true)},
		{name: "x86, selector of amd64", patch: u32(0x6C, 0x10), err: notThere},
		{name: "x86, cut", have: 0x74, err: hole(0x74)},
	})
	looks(t, trapAMD64, of(dmpfile.MachineARM64), []look[nt.TrapFrame]{{name: "arm64, whose frame is not known", err: refused}})
}

func TestFindTrapFrame(t *testing.T) {
	const handler, ip = 0xFFFFF80300412BA9, 0xFFFFF80320001234
	// frameAt is a stack of 0x600 bytes with a frame at an offset, below which is the handler's return address.
	frameAt := func(off int) []byte {
		m := &dmptest.Image{}
		m.Grow(0x600)
		m.PutBytes(off, look[int]{}.image(trapAMD64))
		m.PutU64(off-8, handler)
		return m.Data()
	}
	pointing := func(words ...uint64) []byte {
		m := &dmptest.Image{}
		m.Grow(0x200)
		m.PutU64(0x80, words...)
		return m.Data()
	}
	var many []uint64
	for i := range uint64(300) {
		many = append(many, 0xFFFF900000000000+0x1000*i)
	}
	const other = 0xFFFFA18C50000000
	for _, c := range []struct {
		name string
		m    memory
		size int // of the stack
		want dmpfile.VirtAddr
	}{
		{"on the stack", memory{base: frameAt(0x140)}, 0x600, base + 0x140},
		{"at the end of the stack", memory{base: frameAt(0x470)}, 0x600, base + 0x470},
		{"beyond the end", memory{base: frameAt(0x470)}, 0x5FF, 0},
		{"not aligned", memory{base: frameAt(0x148)}, 0x600, 0},
		{"on another stack", memory{base: pointing(other + 0x30), other: frameAt(0x30)}, 0x200, other + 0x30},
		{"on another stack, behind other pointers", memory{base: pointing(0, 8, other, 0xFFFFF78000000000, other+0x30), other: frameAt(0x30)}, 0x200, other + 0x30},
		{"on another stack, not aligned", memory{base: pointing(other + 0x38), other: frameAt(0x38)}, 0x200, 0},
		{"a pointer to user memory", memory{base: pointing(0x7FF000000030), 0x7FF000000000: frameAt(0x30)}, 0x200, 0},
		{"behind more pointers than are followed", memory{base: pointing(append(many, other+0x30)...), other: frameAt(0x30)}, 0xC00, 0},
		{"cut", memory{base: frameAt(0x140)[:0x2CF]}, 0x600, 0},
		{"no stack", memory{}, 0x600, 0},
		{"an end before the beginning", memory{base: frameAt(0x140)}, -1, 0},
	} {
		a, got, ok := nt.FindTrapFrame(c.m, base, base+dmpfile.VirtAddr(c.size), func(t nt.TrapFrame) bool { return t.Handler == handler && t.IP == ip })
		if ok != (c.want != 0) || a != c.want || ok && got.SP != 0xFFFFF5825DE0E558 {
			t.Errorf("%s: found %t at %#x: %+v", c.name, ok, a, got)
		}
	}
	if _, _, ok := nt.FindTrapFrame(memory{base: frameAt(0x140)}, base, base+0x600, func(nt.TrapFrame) bool { return false }); ok {
		t.Error("a frame that is not looked for")
	}
}
