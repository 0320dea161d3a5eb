// Package unwind walks the stacks of a dump: by the unwind data of the images that are in its memory or in a store, and by what the dump has
// without them: registers that were saved, the arguments of the call that stopped Windows, trap frames, the kernel's own unwinding that it left on
// the stack, frame pointers, and code behind return addresses. Each frame says what it was found by.
package unwind

import (
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
	"github.com/dmplens/dmplens/dmpfile/unwind/xdata"
)

// Trust says how a frame was found. Its text is the word of reports.
type Trust string

// Ways to a frame.
const (
	Context      Trust = "context"       // the registers are saved: the header's, those of a record or trap frame, or of a processor
	Exact        Trust = "exact"         // proven by what stands beside it: the arguments of KeBugCheckEx, or the trap frame of the fault
	Unwind       Trust = "unwind"        // by the unwind data of the image, and nothing that the dump has itself disagrees
	History      Trust = "history"       // the function is one that the kernel unwound itself
	FramePointer Trust = "frame-pointer" // by the chain of frame pointers
	Code         Trust = "code"          // the code behind the return address was followed to its return
	Scan         Trust = "scan"          // a word on the stack that can be a return address
)

// Rank is 0 for what is surest and grows: a frame is no surer than the one that it was reached from, but where registers were saved.
func (t Trust) Rank() int {
	for i, x := range [...]Trust{Context, Exact, Unwind, History, FramePointer, Code} {
		if t == x {
			return i
		}
	}
	return 6
}

// Frame is a frame of a stack.
type Frame struct {
	IP     dmpfile.VirtAddr // of the instruction, or where a call returns to
	SP     dmpfile.VirtAddr // the stack pointer in that function, when a call has returned
	FP     dmpfile.VirtAddr // the frame pointer of arm64 (x29) and x86 (ebp); 0 where it is not known
	Slot   dmpfile.VirtAddr // where the return address stands on the stack; 0 where registers were saved
	Record dmpfile.VirtAddr // where the trap frame or record is that the frame is of; 0 for none
	Trust  Trust

	Gap      bool // there are frames between this one and the one before that are not known
	User     bool // the code is that of user mode, where a walk goes on by unwind data alone
	Unloaded bool // the code was of a module that has been unloaded

	Registers insn.Registers       // those that are known in that function, of amd64; of x86 under the numbers of the processor
	ARM64     xdata.RegistersARM64 // those of arm64

	byLink bool   // IP was in the link register, and not on the stack
	params uint32 // bytes of parameters that the caller had pushed, of x86

	// Err says why the unwind data of the function does not tell its caller; nil where it does, or no image is at hand.
	Err error
	// Dispute is where the function returns to by its unwind data, where the kernel's own unwinding, its code or the trap frame of the fault
	// say otherwise: 0 where they agree.
	Dispute dmpfile.VirtAddr
}

// ContextFrame is the frame that a context record has the registers of.
func ContextFrame(c dmpfile.Context, record dmpfile.VirtAddr) Frame {
	f := Frame{IP: c.IP, SP: c.SP, Record: record, Trust: Context}
	for name, v := range c.Registers() {
		f.set(c.Machine, name, v)
		switch {
		case name == "cs":
			f.User = v&3 != 0
		case name == "cpsr" && c.Machine == dmpfile.MachineARM64:
			f.User = v&0xF == 0
		}
	}
	return f
}

// TrapFrame is the frame of what a trap interrupted.
func TrapFrame(t nt.TrapFrame, at dmpfile.VirtAddr, machine dmpfile.Machine) Frame {
	f := Frame{IP: t.IP, SP: t.SP, Record: at, Trust: Context, User: t.User}
	for _, r := range t.Registers {
		f.set(machine, r.Name, r.Value)
	}
	return f
}

// set takes a register of amd64, arm64 or x86.
func (f *Frame) set(machine dmpfile.Machine, name string, v uint64) {
	switch machine {
	case dmpfile.MachineAMD64:
		if r, ok := insn.RegisterOf(name); ok {
			f.Registers.Set(r, v)
		}
	case dmpfile.MachineX86:
		if r, ok := insn.RegisterOf(strings.Replace(name, "e", "r", 1)); ok {
			f.Registers.Set(r, v)
		}
		if name == "ebp" {
			f.FP = dmpfile.VirtAddr(v)
		}
	case dmpfile.MachineARM64:
		switch n, err := strconv.Atoi(strings.TrimPrefix(name, "x")); {
		case name == "fp":
			f.FP = dmpfile.VirtAddr(v)
			f.ARM64.Set(29, v)
		case name == "lr":
			f.ARM64.Set(30, v)
		case err == nil && name[0] == 'x' && 0 <= n && n < 29:
			f.ARM64.Set(n, v)
		}
	}
}

// Returned says whether the instruction is one that a call returns to.
func (f *Frame) Returned() bool { return f.Slot != 0 || f.byLink }
