package dmpfile

import (
	"fmt"
	"iter"
	"sync"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Context is a processor's CONTEXT record. Its registers are read out of the record when they are asked for.
type Context struct {
	Machine Machine
	Flags   uint32   // ContextFlags
	IP      VirtAddr // instruction pointer
	SP      VirtAddr // stack pointer

	record []byte
	layout *contextLayout
}

// registerField is where a register stands in a CONTEXT. Sizes are in bytes; a segment register keeps garbage in its upper half
// on x86, so it is read as 2 bytes.
type registerField struct {
	name string
	off  int
	size int
}

// contextLayout describes the CONTEXT of a machine (SDK winnt.h).
type contextLayout struct {
	size      int    // least number of bytes that hold all of the registers
	flags     int    // offset of ContextFlags
	arch      uint32 // the bit of ContextFlags that names the machine
	ip, sp    int    // which of the registers are the instruction and stack pointers
	registers []registerField
}

// contextMachines are the bits of ContextFlags that name a machine other than x86.
const contextMachines = 0xF00000

// contextControl is the bit of ContextFlags that says that the instruction and stack pointers are set.
const contextControl = 1

var contextLayouts = sync.OnceValue(func() map[Machine]*contextLayout {
	return map[Machine]*contextLayout{
		MachineX86: {
			size: 0xCC, flags: 0, arch: 0x10000, ip: 6, sp: 7,
			registers: []registerField{
				{"eax", 0xB0, 4}, {"ebx", 0xA4, 4}, {"ecx", 0xAC, 4}, {"edx", 0xA8, 4}, {"esi", 0xA0, 4}, {"edi", 0x9C, 4},
				{"eip", 0xB8, 4}, {"esp", 0xC4, 4}, {"ebp", 0xB4, 4}, {"efl", 0xC0, 4},
				{"cs", 0xBC, 2}, {"ss", 0xC8, 2}, {"ds", 0x98, 2}, {"es", 0x94, 2}, {"fs", 0x90, 2}, {"gs", 0x8C, 2},
			},
		},
		MachineAMD64: {
			size: 0x100, flags: 0x30, arch: 0x100000, ip: 6, sp: 7,
			registers: []registerField{
				{"rax", 0x78, 8}, {"rbx", 0x90, 8}, {"rcx", 0x80, 8}, {"rdx", 0x88, 8}, {"rsi", 0xA8, 8}, {"rdi", 0xB0, 8},
				{"rip", 0xF8, 8}, {"rsp", 0x98, 8}, {"rbp", 0xA0, 8}, {"r8", 0xB8, 8}, {"r9", 0xC0, 8}, {"r10", 0xC8, 8},
				{"r11", 0xD0, 8}, {"r12", 0xD8, 8}, {"r13", 0xE0, 8}, {"r14", 0xE8, 8}, {"r15", 0xF0, 8}, {"efl", 0x44, 4},
				{"cs", 0x38, 2}, {"ss", 0x42, 2}, {"ds", 0x3A, 2}, {"es", 0x3C, 2}, {"fs", 0x3E, 2}, {"gs", 0x40, 2},
				{"mxcsr", 0x34, 4},
			},
		},
		MachineARM: {
			size: 0x48, flags: 0, arch: 0x200000, ip: 15, sp: 13,
			registers: append(numbered("r", 13, 0x04, 4),
				registerField{"sp", 0x38, 4}, registerField{"lr", 0x3C, 4}, registerField{"pc", 0x40, 4}, registerField{"cpsr", 0x44, 4}),
		},
		MachineARM64: {
			size: 0x318, flags: 0, arch: 0x400000, ip: 32, sp: 31,
			registers: append(numbered("x", 29, 0x08, 8),
				registerField{"fp", 0xF0, 8}, registerField{"lr", 0xF8, 8}, registerField{"sp", 0x100, 8}, registerField{"pc", 0x108, 8},
				registerField{"cpsr", 0x04, 4}, registerField{"fpcr", 0x310, 4}, registerField{"fpsr", 0x314, 4}),
		},
	}
})

func numbered(prefix string, n, off, size int) []registerField {
	fields := make([]registerField, n)
	for i := range fields {
		fields[i] = registerField{fmt.Sprint(prefix, i), off + i*size, size}
	}
	return fields
}

// ContextSize returns how many bytes ParseContext needs for a machine, 0 where its CONTEXT is not known.
func ContextSize(m Machine) int {
	if l, ok := contextLayouts()[m]; ok {
		return l.size
	}
	return 0
}

// ParseContext reads a CONTEXT record of the machine, and keeps b. ok is false where ContextFlags do not name that machine or do not
// say that the instruction and stack pointers are set, so that filler is no context.
func ParseContext(b []byte, m Machine) (c Context, ok bool) {
	l, known := contextLayouts()[m]
	if !known || len(b) < l.size {
		return Context{}, false
	}
	flags, _ := bin.U32(b, l.flags)
	if flags == filler32 || flags&l.arch == 0 || flags&contextControl == 0 || flags&contextMachines&^l.arch != 0 {
		return Context{}, false
	}
	ip, sp := fieldValue(b, l.registers[l.ip]), fieldValue(b, l.registers[l.sp])
	return Context{Machine: m, Flags: flags, IP: VirtAddr(ip), SP: VirtAddr(sp), record: b, layout: l}, true
}

func fieldValue(b []byte, f registerField) uint64 {
	switch f.size {
	case 2:
		v, _ := bin.U16(b, f.off)
		return uint64(v)
	case 4:
		v, _ := bin.U32(b, f.off)
		return uint64(v)
	}
	v, _ := bin.U64(b, f.off)
	return v
}

// Registers yields the name of each register, in lower case as debuggers print it, with its value of 32 or 64 bits, in the order in which
// debuggers print them.
func (c *Context) Registers() iter.Seq2[string, uint64] {
	return func(yield func(string, uint64) bool) {
		if c.layout == nil {
			return
		}
		for _, f := range c.layout.registers {
			if !yield(f.name, fieldValue(c.record, f)) {
				return
			}
		}
	}
}

// Register returns the value of a register by name.
func (c *Context) Register(name string) (uint64, bool) {
	for n, v := range c.Registers() {
		if n == name {
			return v, true
		}
	}
	return 0, false
}

// Context returns the context record of the header, at FieldContextRecord: of the processor that crashed or captured. In small dumps
// that Windows made from a large one, an exception's context can stand there instead.
func (h *Header) Context() (Context, bool) {
	m, _ := h.Machine()
	b, _ := bin.Slice(h.raw, h.layout.offsets[FieldContextRecord], h.layout.contextSize)
	return ParseContext(b, m)
}

// Exception is an EXCEPTION_RECORD.
type Exception struct {
	Code        uint32
	Flags       uint32
	Address     VirtAddr
	Information []uint64 // up to 15 words; their meaning depends on Code
}

// maxExceptionParameters is EXCEPTION_MAXIMUM_PARAMETERS.
const maxExceptionParameters = 15

// exceptionLayout is where the fields of an EXCEPTION_RECORD32 or 64 are (SDK winnt.h); the code and flags are the first two words.
type exceptionLayout struct{ size, address, count, information int }

var (
	exception64 = exceptionLayout{size: 0x98, address: 0x10, count: 0x18, information: 0x20}
	exception32 = exceptionLayout{size: 0x50, address: 0x0C, count: 0x10, information: 0x14}
)

func exceptionLayoutOf(bits int) exceptionLayout {
	if bits == 64 {
		return exception64
	}
	return exception32
}

// ExceptionSize returns the length of an EXCEPTION_RECORD of 32 or 64 bits.
func ExceptionSize(bits int) int { return exceptionLayoutOf(bits).size }

// ParseException reads an EXCEPTION_RECORD of 32 or 64 bits. ok is false where its code, flags or address is the filler of a dump
// header, or its number of parameters is impossible.
func ParseException(b []byte, bits int) (e Exception, ok bool) {
	l := exceptionLayoutOf(bits)
	code, ok1 := bin.U32(b, 0)
	flags, _ := bin.U32(b, 4)
	address, _ := bin.Pointer(b, l.address, bits)
	n, ok2 := bin.U32(b, l.count)
	filler := uint64(filler64)
	if bits == 32 {
		filler = filler32
	}
	if !ok1 || !ok2 || code == filler32 || flags == filler32 || address == filler || n > maxExceptionParameters {
		return Exception{}, false
	}
	e = Exception{Code: code, Flags: flags, Address: VirtAddr(address)}
	for i := range int(n) {
		v, ok := bin.Pointer(b, l.information+i*bits/8, bits)
		if !ok || v == filler {
			break
		}
		e.Information = append(e.Information, v)
	}
	return e, true
}

// Exception returns the exception record of the header. Code 0 is that of no exception.
func (h *Header) Exception() (Exception, bool) {
	b, ok := bin.Slice(h.raw, h.layout.offsets[FieldException], ExceptionSize(h.Bits))
	if !ok {
		return Exception{}, false
	}
	e, ok := ParseException(b, h.Bits)
	return e, ok && e.Code != 0
}
