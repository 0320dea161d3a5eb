package unwind

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// Caller returns who called KeBugCheckEx, and what it passed: the code, and the parameters. sp is the stack pointer at the beginning of that
// function, where the captured stack begins; code and last are the header's code and parameter 4. The function begins by storing its
// arguments above its return address, which has to be one of code, and these are what proves the frame: the code, but for its bit 28 (0xD1 may have been passed as
// 0xA), and parameter 4. Other parameters may differ from the header's. A code of 0 proves nothing. Do not ask for a live dump, or one that
// the kernel did not make. Amd64 only.
func (s *Stack) Caller(sp dmpfile.VirtAddr, code uint32, last uint64) (f Frame, passed [5]uint64, ok bool) {
	const debugger, irql, driverIRQL = 1 << 28, 0xA, 0xD1
	if s.Machine != dmpfile.MachineAMD64 || code&^debugger == 0 {
		return Frame{}, passed, false
	}
	ip, ok := s.word(sp)
	p := s.placeOf(ip)
	if !ok || !p.isCode() && !p.noReturn {
		return Frame{}, passed, false
	}
	for i := range passed {
		v, ok := s.word(sp + 8 + dmpfile.VirtAddr(8*i))
		if !ok {
			return Frame{}, [5]uint64{}, false
		}
		passed[i] = uint64(v)
	}
	was := uint32(passed[0]) &^ debugger
	code &^= debugger
	if was != code && !(was == irql && code == driverIRQL) || passed[4] != last {
		return Frame{}, [5]uint64{}, false
	}
	f = Frame{IP: ip, SP: sp + 8, Slot: sp, Trust: Exact, Unloaded: p.unloaded}
	f.Registers.Set(insn.RSP, uint64(f.SP))
	return f, passed, true
}

// Trap is a trap frame on a stack.
type Trap struct {
	At dmpfile.VirtAddr
	nt.TrapFrame
}

const maxTraps = 100 // more than a stack has room for

// TrapFrames returns the trap frames on the captured stack that are proven by the word below them, which a call in the kernel returns to,
// from the lowest up. Those that were left there by what has long returned are among them. Amd64 only.
func (s *Stack) TrapFrames() []Trap {
	if s.traps != nil || s.Machine != dmpfile.MachineAMD64 {
		return s.traps
	}
	s.traps = []Trap{}
	for a, t := range nt.TrapFrames(s.Memory, s.content(), s.Low) {
		if s.isHandler(t.Handler) && !(t.User && isKernelAddress(t.IP)) && len(s.traps) < maxTraps {
			s.traps = append(s.traps, Trap{a, t})
		}
	}
	return s.traps
}

// isKernelAddress says whether amd64 has an address in the half of the kernel.
func isKernelAddress(a dmpfile.VirtAddr) bool { return a>>47 == 1<<17-1 }

// ExceptionFrame is a KEXCEPTION_FRAME: the registers which the calls of a handler keep, and which a trap frame lacks.
type ExceptionFrame struct {
	At        dmpfile.VirtAddr
	Registers insn.Registers // rbx, rdi, rsi and r12 to r15
	// Exception is what was dispatched, with its code; of a bug check that the trap led to at once it is zero.
	Exception dmpfile.Exception
}

// Where a KEXCEPTION_FRAME and an EXCEPTION_RECORD stand below the trap frame, and what is in the former: seen in real dumps.
const (
	bugCheckFrame   = 0x140 // of KiBugCheckDispatch: its return address is the word below the trap frame
	dispatchFrame   = 0x1E0 // of KiExceptionDispatch, with the record above it
	exceptionRecord = 0xA8
)

var exceptionRegisters = [...]struct {
	register insn.Register
	off      dmpfile.VirtAddr
}{{insn.RBX, 0x100}, {insn.RDI, 0x108}, {insn.RSI, 0x110}, {insn.R12, 0x118}, {insn.R13, 0x120}, {insn.R14, 0x128}, {insn.R15, 0x130}}

// ExceptionFrame finds the KEXCEPTION_FRAME that belongs to a trap frame: of an exception that was dispatched, proven by its
// EXCEPTION_RECORD, or of a trap whose handler stopped the system itself. For that, called is the stack pointer in what called
// KeBugCheckEx, where that is proven, else 0.
func (s *Stack) ExceptionFrame(t Trap, called dmpfile.VirtAddr) (ExceptionFrame, bool) {
	f := ExceptionFrame{At: t.At - bugCheckFrame}
	if called == 0 || called != f.At {
		f.At = t.At - dispatchFrame
		e, err := nt.ReadException(s.Memory, t.At-exceptionRecord, 64)
		if err != nil || !isDispatched(e, t.IP) {
			return ExceptionFrame{}, false
		}
		f.Exception = e
	}
	for _, r := range exceptionRegisters {
		v, ok := s.word(f.At + r.off)
		if !ok {
			return ExceptionFrame{}, false
		}
		f.Registers.Set(r.register, uint64(v))
	}
	return f, true
}

// isDispatched says whether an exception is of the instruction that was interrupted. A breakpoint leaves the instruction pointer behind it.
func isDispatched(e dmpfile.Exception, ip dmpfile.VirtAddr) bool {
	const breakpoint = 0x80000003
	return e.Code >= 0x80000000 && (e.Address == ip || e.Address+1 == ip && e.Code == breakpoint)
}
