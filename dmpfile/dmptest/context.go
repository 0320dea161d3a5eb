package dmptest

import "fmt"

// Context is a processor's registers. What is not set is zero, but for flags and segments.
type Context struct {
	IP, SP, FP uint64            // FP is rbp, ebp, fp
	Regs       map[string]uint64 // by lower-case name: "rcx", "x19", "eax", "eflags"
	Flags      uint32            // ContextFlags; 0 is the usual value of a bug check
}

type contextLayout struct {
	size, pointer  int
	flags          int
	usual          uint32
	ip, sp, fp     int
	registers      map[string]int
	words          map[int]uint16 // segments, present in every context
	doubles        map[int]uint32
	statusRegister string
	status         int
}

var contextLayouts = map[uint16]contextLayout{
	AMD64: {
		size: 0x4D0, pointer: 8, flags: 0x30, usual: 0x10000F, ip: 0xF8, sp: 0x98, fp: 0xA0,
		registers: map[string]int{
			"rax": 0x78, "rcx": 0x80, "rdx": 0x88, "rbx": 0x90, "rsi": 0xA8, "rdi": 0xB0, "r8": 0xB8, "r9": 0xC0,
			"r10": 0xC8, "r11": 0xD0, "r12": 0xD8, "r13": 0xE0, "r14": 0xE8, "r15": 0xF0,
		},
		words:          map[int]uint16{0x38: 0x10, 0x3A: 0x2B, 0x3C: 0x2B, 0x3E: 0x53, 0x40: 0x2B, 0x42: 0x18},
		doubles:        map[int]uint32{0x34: 0x1F80, 0x44: 0x246},
		statusRegister: "eflags", status: 0x44,
	},
	ARM64: {
		size: 0x390, pointer: 8, flags: 0x0, usual: 0x400007, ip: 0x108, sp: 0x100, fp: 0xF0,
		registers:      numbered("x", 0x8, 8, 29, map[string]int{"lr": 0xF8}),
		doubles:        map[int]uint32{0x4: 0x80000144},
		statusRegister: "cpsr", status: 0x4,
	},
	X86: {
		size: 0x2CC, pointer: 4, flags: 0x0, usual: 0x10007, ip: 0xB8, sp: 0xC4, fp: 0xB4,
		registers: map[string]int{
			"edi": 0x9C, "esi": 0xA0, "ebx": 0xA4, "edx": 0xA8, "ecx": 0xAC, "eax": 0xB0,
		},
		words:          map[int]uint16{0x90: 0x30, 0x94: 0x23, 0x98: 0x23, 0xBC: 0x8, 0xC8: 0x10},
		doubles:        map[int]uint32{0xC0: 0x246},
		statusRegister: "eflags", status: 0xC0,
	},
	ARM: {
		size: 0x1A0, pointer: 4, flags: 0x0, usual: 0x200007, ip: 0x40, sp: 0x38, fp: 0x30,
		registers:      numbered("r", 0x4, 4, 13, map[string]int{"lr": 0x3C}),
		doubles:        map[int]uint32{0x44: 0x80000133},
		statusRegister: "cpsr", status: 0x44,
	},
}

// numbered adds the registers name0, name1 ... to more.
func numbered(name string, off, size, n int, more map[string]int) map[string]int {
	for i := range n {
		more[fmt.Sprint(name, i)] = off + size*i
	}
	return more
}

// Bytes returns the CONTEXT structure of a machine. It panics where the machine or a register is unknown.
func (c Context) Bytes(machine uint16) []byte {
	l, ok := contextLayouts[machine]
	if !ok {
		panic(fmt.Sprintf("dmptest: no context for machine %#x", machine))
	}
	var m Image
	m.Grow(l.size)
	for off, v := range l.words {
		m.PutU16(off, v)
	}
	for off, v := range l.doubles {
		m.PutU32(off, v)
	}
	m.PutU32(l.flags, l.usual)
	if c.Flags != 0 {
		m.PutU32(l.flags, c.Flags)
	}
	m.PutPtr(l.ip, l.pointer, c.IP)
	m.PutPtr(l.sp, l.pointer, c.SP)
	m.PutPtr(l.fp, l.pointer, c.FP)
	for name, v := range c.Regs {
		off, ok := l.registers[name]
		switch {
		case name == l.statusRegister:
			m.PutU32(l.status, uint32(v))
		case ok:
			m.PutPtr(off, l.pointer, v)
		default:
			panic(fmt.Sprintf("dmptest: machine %#x has no register %q", machine, name))
		}
	}
	return m.Data()
}

// Exception is an EXCEPTION_RECORD.
type Exception struct {
	Code, Flags uint32
	Record      uint64
	Address     uint64
	Info        []uint64 // its length is NumberParameters; what is behind them stays as it is
}

// BreakpointException is the record that a bug check leaves in the header: a breakpoint at ip.
func BreakpointException(ip uint64) *Exception {
	return &Exception{Code: 0x80000003, Flags: 1, Address: ip}
}

// Bytes returns the whole record, 0x98 or 0x50 bytes, for a pointer size of 8 or 4.
func (e Exception) Bytes(pointer int) []byte {
	var m Image
	m.Grow(0x98)
	if pointer == 4 {
		m.Truncate(0x50)
	}
	e.put(&m, 0, pointer)
	return m.Data()
}

func (e Exception) put(m *Image, off, pointer int) {
	m.PutU32(off, e.Code, e.Flags)
	m.PutPtr(off+0x8, pointer, e.Record, e.Address)
	count, info := 0x18, 0x20
	if pointer == 4 {
		count, info = 0x10, 0x14
	}
	m.PutU32(off+count, uint32(len(e.Info)))
	m.PutPtr(off+info, pointer, e.Info...)
}
