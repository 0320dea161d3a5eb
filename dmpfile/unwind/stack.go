package unwind

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// Stack is a stack of a dumped machine, and what is needed to read it. It keeps what it has looked up: use it from one goroutine at a time.
type Stack struct {
	Memory    insn.Memory
	Machine   dmpfile.Machine
	Low, High dmpfile.VirtAddr // the part of it that was captured, from Low up to High
	// Module says which loaded module an address lies in: from where to where it goes.
	Module func(a dmpfile.VirtAddr) (base, end dmpfile.VirtAddr, ok bool)
	Kernel dmpfile.VirtAddr // where the image of the kernel begins; 0 where that is not known: then no anchor is proven
	// Unloaded says whether an address was of a module that has been unloaded; nil where that is not known.
	Unloaded func(a dmpfile.VirtAddr) bool
	// Fault is the instruction that the bug check is about, 0 for none: its trap frame is taken where others were left on the stack.
	Fault dmpfile.VirtAddr
}

// Trap is a trap frame on a stack.
type Trap struct {
	At dmpfile.VirtAddr
	nt.TrapFrame
}

// ExceptionFrame is a KEXCEPTION_FRAME: the registers which the calls of a handler keep, and which a trap frame lacks.
type ExceptionFrame struct {
	At        dmpfile.VirtAddr
	Registers insn.Registers // rbx, rdi, rsi and r12 to r15
	// Exception is what was dispatched, with its code; of a bug check that the trap led to at once it is zero.
	Exception dmpfile.Exception
}

// Function is one that the kernel looked up when it unwound.
type Function struct{ Base, Begin, End dmpfile.VirtAddr } // of its image; of its code, from Begin up to End

// Caller returns who called KeBugCheckEx, and what it passed: the code, and the parameters. sp is the stack pointer at the beginning of that
// function, where the captured stack begins; code and last are the header's code and parameter 4. The function begins by storing its
// arguments above its return address, and these are what proves the frame: the code, but for its highest bits (0xD1 may have been passed as
// 0xA), and parameter 4. Other parameters may differ from the header's. A code of 0 proves nothing. Do not ask for a live dump, or one that
// the kernel did not make.
func (s *Stack) Caller(sp dmpfile.VirtAddr, code uint32, last uint64) (f Frame, passed [5]uint64, ok bool) {
	return Frame{}, passed, false
}

// TrapFrames returns the trap frames on the captured stack that are proven by the word below them, which lies in the image of the kernel,
// from the lowest up. Those that were left there by what has long returned are among them. Amd64 only.
func (s *Stack) TrapFrames() []Trap { return nil }

// ExceptionFrame finds the KEXCEPTION_FRAME that belongs to a trap frame: of an exception that was dispatched, proven by its
// EXCEPTION_RECORD, or of a trap whose handler stopped the system itself. For that, called is the stack pointer of the frame that called
// KeBugCheckEx, where that is proven, else 0.
func (s *Stack) ExceptionFrame(t Trap, called dmpfile.VirtAddr) (ExceptionFrame, bool) {
	return ExceptionFrame{}, false
}

// History returns the functions that the kernel unwound when it dispatched the exception at ip, where the stack pointer was sp: the first
// one holds ip, each other one called the one before.
func (s *Stack) History(ip, sp dmpfile.VirtAddr) []Function { return nil }

// Walk returns the frames that are known beforehand, of which there has to be one, and those that called the last one, as far as they are
// found.
func (s *Stack) Walk(known ...Frame) []Frame { return known }
