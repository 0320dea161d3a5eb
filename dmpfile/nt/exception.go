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

// TrapFrame is what a KTRAP_FRAME tells for certain: where the processor was. It has registers that were not saved too, which are
// left out.
type TrapFrame struct {
	IP, SP dmpfile.VirtAddr
	User   bool // the processor was in user mode
}

// trapLayout is where a trap frame has what an interrupt pushes. The selectors are those of a Windows kernel.
type trapLayout struct {
	size, ip, cs, sp, ss, width        int
	kernelCS, userCS, kernelSS, userSS []uint16
}

// trapLayouts: the amd64 frame is verified on real dumps, the x86 one is that of the SDK's ntddk.h.
var trapLayouts = map[dmpfile.Machine]trapLayout{
	dmpfile.MachineAMD64: {size: 0x190, ip: 0x168, cs: 0x170, sp: 0x180, ss: 0x188, width: 64,
		kernelCS: []uint16{0x10}, userCS: []uint16{0x33, 0x23}, kernelSS: []uint16{0x18, 0}, userSS: []uint16{0x2B}},
	dmpfile.MachineX86: {size: 0x8C, ip: 0x68, cs: 0x6C, sp: 0x74, ss: 0x78, width: 32,
		kernelCS: []uint16{0x08}, userCS: []uint16{0x1B}, userSS: []uint16{0x23}},
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
	ip, _ := bin.Pointer(b, l.ip, l.width)
	sp, _ := bin.Pointer(b, l.sp, l.width)
	cs, _ := bin.U16(b, l.cs)
	ss, _ := bin.U16(b, l.ss)
	t := TrapFrame{IP: dmpfile.VirtAddr(ip), SP: dmpfile.VirtAddr(sp), User: slices.Contains(l.userCS, cs)}
	switch {
	case !t.User && !slices.Contains(l.kernelCS, cs), t.User && !slices.Contains(l.userSS, ss):
		return TrapFrame{}, ErrNotThere
	case !t.User && machine == dmpfile.MachineX86:
		t.SP = a + dmpfile.VirtAddr(l.sp) // a trap from kernel mode pushes no stack pointer: the stack begins there
	case !t.User && !slices.Contains(l.kernelSS, ss):
		return TrapFrame{}, ErrNotThere
	}
	return t, nil
}
