package nt

import (
	"slices"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// ReadException reads an EXCEPTION_RECORD of a kernel of 32 or 64 bits.
func ReadException(m Memory, a dmpfile.VirtAddr, bits int) (dmpfile.Exception, error) {
	b, err := readAll(m, a, dmpfile.ExceptionSize(bits))
	if err != nil {
		return dmpfile.Exception{}, err
	}
	e, ok := dmpfile.ParseException(b, bits)
	if !ok || e.Code == 0 { // no exception has that code: this is memory that was never written
		return dmpfile.Exception{}, ErrNotThere
	}
	return e, nil
}

// ReadContext reads a CONTEXT of the machine.
func ReadContext(m Memory, a dmpfile.VirtAddr, machine dmpfile.Machine) (dmpfile.Context, error) {
	b, err := readAll(m, a, dmpfile.ContextSize(machine))
	if err != nil {
		return dmpfile.Context{}, err
	}
	c, ok := dmpfile.ParseContext(b, machine)
	if !ok {
		return dmpfile.Context{}, ErrNotThere
	}
	return c, nil
}

// Register is a register and its value.
type Register struct {
	Name  string // in lower case
	Value uint64
}

// TrapFrame is what a KTRAP_FRAME tells for certain: where the processor was. It has places for registers too that Windows does not save
// in it, which are left out: of amd64 rbx, rdi, rsi and r12 to r15.
type TrapFrame struct {
	IP, SP    dmpfile.VirtAddr
	User      bool // the processor was in user mode
	Registers []Register

	// FaultAddress and ErrorCode are those of a page fault; of other traps they say nothing. Amd64 only.
	FaultAddress dmpfile.VirtAddr
	ErrorCode    uint64
	// Handler is the word right below the frame: where the call returns to that the trap's handler made. It is 0 where it is not in the
	// dump, and for x86. In the image of the kernel, it proves that the frame is one.
	Handler dmpfile.VirtAddr
}

// Bits of the error code that the processor pushes for a page fault.
const (
	PageFaultPresent = 1 << 0
	PageFaultWrite   = 1 << 1
	PageFaultExecute = 1 << 4
)

// trapField is where a trap frame has a register.
type trapField struct {
	name string
	off  int
}

// trapLayout is where a trap frame has what an interrupt pushes, and what the handler saved. The selectors are those of a Windows kernel.
type trapLayout struct {
	size, ip, cs, sp, ss, width        int
	kernelCS, userCS, kernelSS, userSS []uint16
	registers                          []trapField
}

// trapLayouts: the amd64 frame is verified on real dumps, the x86 one is that of the SDK's ntddk.h.
var trapLayouts = map[dmpfile.Machine]trapLayout{
	dmpfile.MachineAMD64: {size: 0x190, ip: 0x168, cs: 0x170, sp: 0x180, ss: 0x188, width: 64,
		kernelCS: []uint16{0x10}, userCS: []uint16{0x33, 0x23}, kernelSS: []uint16{0x18, 0}, userSS: []uint16{0x2B},
		registers: []trapField{{"rax", 0x30}, {"rcx", 0x38}, {"rdx", 0x40}, {"r8", 0x48}, {"r9", 0x50}, {"r10", 0x58}, {"r11", 0x60}, {"rbp", 0x158}}},
	dmpfile.MachineX86: {size: 0x8C, ip: 0x68, cs: 0x6C, sp: 0x74, ss: 0x78, width: 32,
		kernelCS: []uint16{0x08}, userCS: []uint16{0x1B}, userSS: []uint16{0x23},
		registers: []trapField{{"ebx", 0x5C}, {"esi", 0x58}, {"edi", 0x54}, {"ebp", 0x60}}},
}

// ReadTrapFrame reads a KTRAP_FRAME, and takes it for one only where its code and stack selectors are those of Windows.
func ReadTrapFrame(m Memory, a dmpfile.VirtAddr, machine dmpfile.Machine) (TrapFrame, error) {
	l, known := trapLayouts[machine]
	if !known {
		return TrapFrame{}, ErrUnknownLayout
	}
	b, err := readAll(m, a, l.size)
	if err != nil {
		return TrapFrame{}, err
	}
	t, ok := l.parse(b, a)
	if !ok {
		return TrapFrame{}, ErrNotThere
	}
	if l.width == 64 {
		if b, err := readAll(m, a-8, 8); err == nil {
			v, _ := bin.U64(b, 0)
			t.Handler = dmpfile.VirtAddr(v)
		}
	}
	return t, nil
}

// parse reads the trap frame at an address. ok is false where its selectors are no kernel's, so that it is none.
func (l *trapLayout) parse(b []byte, a dmpfile.VirtAddr) (t TrapFrame, ok bool) {
	ip, _ := bin.Pointer(b, l.ip, l.width)
	sp, _ := bin.Pointer(b, l.sp, l.width)
	cs, _ := bin.U16(b, l.cs)
	ss, _ := bin.U16(b, l.ss)
	t = TrapFrame{IP: dmpfile.VirtAddr(ip), SP: dmpfile.VirtAddr(sp), User: slices.Contains(l.userCS, cs)}
	switch {
	case !t.User && !slices.Contains(l.kernelCS, cs), t.User && !slices.Contains(l.userSS, ss):
		return TrapFrame{}, false
	case !t.User && l.width == 32:
		t.SP = a + dmpfile.VirtAddr(l.sp) // a trap from kernel mode pushes no stack pointer: the stack begins there
	case !t.User && !slices.Contains(l.kernelSS, ss):
		return TrapFrame{}, false
	}
	for _, f := range l.registers {
		v, _ := bin.Pointer(b, f.off, l.width)
		t.Registers = append(t.Registers, Register{f.name, v})
	}
	names := [2]string{"rsp", "rip"}
	if l.width == 32 {
		names = [2]string{"esp", "eip"}
	} else {
		address, _ := bin.U64(b, 0xD0)
		t.FaultAddress = dmpfile.VirtAddr(address)
		t.ErrorCode, _ = bin.U64(b, 0x160)
	}
	t.Registers = append(t.Registers, Register{names[0], uint64(t.SP)}, Register{names[1], ip})
	return t, true
}
