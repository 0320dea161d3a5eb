package dmpfile_test

import (
	"fmt"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// numbers gives registers the values 1, 2, 3 ... in their order.
func numbers(names ...string) map[string]uint64 {
	m := map[string]uint64{}
	for i, name := range names {
		m[name] = uint64(i + 1)
	}
	return m
}

var contexts = []struct {
	machine uint16
	size    int // of what is needed of the record
	flags   int // their offset
	usual   uint32
	regs    map[string]uint64 // what the builder is given
	rename  map[string]string // where the record's name is not the builder's
	more    map[string]uint64 // what the builder sets by itself, and extra
	extra   map[int]uint32    // what the builder does not know: values by offset
	fp      string
}{
	{machine: dmptest.AMD64, size: 0x100, flags: 0x30, usual: 0x10000F, fp: "rbp",
		regs:   numbers("rax", "rcx", "rdx", "rbx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "eflags"),
		rename: map[string]string{"eflags": "efl", "ip": "rip", "sp": "rsp"},
		more:   map[string]uint64{"cs": 0x10, "ds": 0x2B, "es": 0x2B, "fs": 0x53, "gs": 0x2B, "ss": 0x18, "mxcsr": 0x1F80}},
	{machine: dmptest.X86, size: 0xCC, flags: 0, usual: 0x10007, fp: "ebp",
		regs:   numbers("eax", "ebx", "ecx", "edx", "esi", "edi", "eflags"),
		rename: map[string]string{"eflags": "efl", "ip": "eip", "sp": "esp"},
		more:   map[string]uint64{"cs": 8, "ss": 0x10, "ds": 0x23, "es": 0x23, "fs": 0x30, "gs": 0x1234}, extra: map[int]uint32{0x8C: 0xDEAD1234}},
	{machine: dmptest.ARM, size: 0x48, flags: 0, usual: 0x200007, fp: "r11",
		regs:   numbers("r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r12", "lr", "cpsr"),
		rename: map[string]string{"ip": "pc"}},
	{machine: dmptest.ARM64, size: 0x318, flags: 0, usual: 0x400007, fp: "fp",
		regs: numbers("x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20",
			"x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "lr", "cpsr"),
		rename: map[string]string{"ip": "pc"}, more: map[string]uint64{"fpcr": 0x51, "fpsr": 0x52}, extra: map[int]uint32{0x310: 0x51, 0x314: 0x52}},
}

func TestContext(t *testing.T) {
	const ip, sp, fp = 0x80001234, 0x80005678, 0x8000ABCD
	for _, c := range contexts {
		t.Run(fmt.Sprintf("%#x", c.machine), func(t *testing.T) {
			want := map[string]uint64{c.fp: fp}
			for _, m := range []map[string]uint64{c.regs, c.more, {"ip": ip, "sp": sp}} {
				for name, v := range m {
					if to, ok := c.rename[name]; ok {
						name = to
					}
					want[name] = v
				}
			}
			record := dmptest.Context{IP: ip, SP: sp, FP: fp, Regs: c.regs}
			h := dmptest.Header{Machine: c.machine, Context: &record}
			m := h.Image()
			at := 0x348
			if h.Size() == 0x1000 {
				at = 0x320
			}
			for off, v := range c.extra {
				m.PutU32(at+off, v)
			}
			got, ok := open(t, m.Data()).Context()
			if !ok {
				t.Fatal("no context")
			}
			values, count := map[string]uint64{}, 0
			for name, value := range got.Registers() {
				values[name] = value
				count++
				if v, ok := got.Register(name); !ok || v != value {
					t.Errorf("Register(%q) = %#x, %v", name, v, ok)
				}
			}
			expect(t, "registers", values, want)
			expect(t, "number of registers", count, len(values))
			expect(t, "context", []any{got.Machine, got.Flags, got.IP, got.SP}, []any{dmpfile.Machine(c.machine), c.usual, dmpfile.VirtAddr(ip), dmpfile.VirtAddr(sp)})
			if _, ok := got.Register("xyz"); ok {
				t.Error("there is a register xyz")
			}
		})
	}
}

func TestNoContext(t *testing.T) {
	for _, c := range contexts {
		m := dmpfile.Machine(c.machine)
		t.Run(m.String(), func(t *testing.T) {
			expect(t, "size", dmpfile.ContextSize(m), c.size)
			whole := dmptest.Context{IP: 1, SP: 2}.Bytes(c.machine)
			flags := func(v uint32) []byte {
				b := dmptest.Load(whole)
				b.PutU32(c.flags, v)
				return b.Data()
			}
			arch := c.usual &^ 0xFF
			for _, x := range []struct {
				name string
				data []byte
				want bool
			}{
				{"whole", whole, true},
				{"as much as is needed", whole[:c.size], true},
				{"a byte less", whole[:c.size-1], false},
				{"empty", nil, false},
				{"filler", dmptest.NewImage(len(whole)).Data(), false},
				{"zeros", make([]byte, len(whole)), false},
				{"all parts", flags(arch | 0x1F), true},
				{"control registers alone", flags(arch | 1), true},
				{"without control registers", flags(arch | 0x1E), false},
				{"no machine", flags(0xF), false},
				{"two machines", flags(0xF | 0x100000 | 0x400000), false},
				{"bits of exception reporting", flags(c.usual | 0x88000000), true},
			} {
				if _, ok := dmpfile.ParseContext(x.data, m); ok != x.want {
					t.Errorf("%s: a context: %v", x.name, ok)
				}
			}
			for _, other := range contexts {
				if _, ok := dmpfile.ParseContext(append(whole, make([]byte, 0x500)...), dmpfile.Machine(other.machine)); ok != (other.machine == c.machine) {
					t.Errorf("taken for one of machine %#x: %v", other.machine, ok)
				}
			}
		})
	}
	expect(t, "size for a machine not known", dmpfile.ContextSize(dmpfile.MachineIA64), 0)
	if _, ok := dmpfile.ParseContext(make([]byte, 0x1000), dmpfile.MachineIA64); ok {
		t.Error("a context of IA64")
	}
}
