package unwind

import (
	"encoding/binary"
	"slices"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pdb"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
	"github.com/dmplens/dmplens/dmpfile/unwind/xdata"
)

// Stack is a stack of a dumped machine, and what is needed to read it. It keeps what it has looked up: use it from one goroutine at a time.
type Stack struct {
	Memory    insn.Memory
	Machine   dmpfile.Machine
	Low, High dmpfile.VirtAddr // the part of it that was captured, from Low up to High
	Open      bool             // where it ends is not known: High is more than that
	// UserLow and UserHigh are the stack of the thread in user mode, both 0 where that is not known.
	UserLow, UserHigh dmpfile.VirtAddr
	// Module says which loaded module an address lies in: from where to where it goes.
	Module func(a dmpfile.VirtAddr) (base, end dmpfile.VirtAddr, ok bool)
	// Image is the image of the loaded module at base, as a store of symbols has it: nil for none. Its unwind data and code are used where the memory
	// does not have them. Nil where there is no store.
	Image func(base dmpfile.VirtAddr) *pe.Image
	// FrameData is what the PDB of x86 code at an address says of its frame, and the RVA of that address. Nil where there is none.
	FrameData func(a dmpfile.VirtAddr) (f pdb.Frame, rva uint32, ok bool)
	Kernel    dmpfile.VirtAddr // where the image of the kernel begins; 0 where that is not known: then no trap frame is proven
	// Unloaded says whether an address was of a module that has been unloaded; nil where that is not known.
	Unloaded func(a dmpfile.VirtAddr) bool
	// Fault is the instruction that the bug check is about, 0 for none: its trap frame is taken where others were left on the stack.
	Fault dmpfile.VirtAddr
	// Interrupted is the trap frame of what was interrupted when the processor changed to this stack, nil for none or where it is not known. It
	// lies on another stack.
	Interrupted *Trap
	// Most is how many frames a walk finds, those that are known beforehand among them; 0 for all.
	Most int

	captured []byte // from Low on; nil where it was not read yet
	traps    []Trap // nil where they were not looked for
	modules  map[dmpfile.VirtAddr]module
	places   map[dmpfile.VirtAddr]place
	images   map[dmpfile.VirtAddr]images // by base
}

// With is the same stack, walked with what a store has of its modules: see Image and FrameData.
func (s *Stack) With(image func(base dmpfile.VirtAddr) *pe.Image, frameData func(a dmpfile.VirtAddr) (pdb.Frame, uint32, bool)) *Stack {
	x := *s
	x.traps, x.captured = s.TrapFrames(), s.content() // what is there does not depend on images
	x.Image, x.FrameData, x.places, x.images = image, frameData, nil, nil
	return &x
}

// maxCaptured is more than any kernel stack, in bytes.
const maxCaptured = 1 << 17

// content is the captured stack, from Low on.
func (s *Stack) content() []byte {
	if s.captured == nil && s.High > s.Low {
		b := make([]byte, min(s.High-s.Low, maxCaptured))
		n, _ := s.Memory.ReadVirtual(b, s.Low)
		s.captured = b[:max(0, min(n, len(b)))]
	}
	return s.captured
}

// read reads n bytes, at most 16, all of them or none.
func (s *Stack) read(a dmpfile.VirtAddr, n int) ([16]byte, bool) {
	var b [16]byte
	if off := a - s.Low; a >= s.Low && off+dmpfile.VirtAddr(n) <= dmpfile.VirtAddr(len(s.content())) {
		copy(b[:n], s.captured[off:])
		return b, true
	}
	got, _ := s.Memory.ReadVirtual(b[:n], a)
	return b, got == n
}

// word is the word of 64 bits at an address.
func (s *Stack) word(a dmpfile.VirtAddr) (dmpfile.VirtAddr, bool) {
	b, ok := s.read(a, 8)
	return dmpfile.VirtAddr(binary.LittleEndian.Uint64(b[:])), ok
}

// inKernel says whether an address lies in the image of the kernel.
func (s *Stack) inKernel(a dmpfile.VirtAddr) bool {
	m := s.moduleOf(a)
	return s.Kernel != 0 && m.loaded && m.base == s.Kernel
}

// isHandler says whether a call in the kernel can return to an address, as those of its handlers of traps do.
func (s *Stack) isHandler(a dmpfile.VirtAddr) bool { return s.inKernel(a) && s.placeOf(a).isCode() }

// maxFrames is how many frames a walk finds at most.
const maxFrames = 200

// most is how many frames a walk finds at most.
func (s *Stack) most() int {
	if s.Most > 0 {
		return min(s.Most, maxFrames)
	}
	return maxFrames
}

// Walk returns the frames that are known beforehand, of which there has to be one, and those that called the last one, as far as they are
// found.
func (s *Stack) Walk(known ...Frame) []Frame {
	if len(known) == 0 {
		return nil
	}
	known = slices.Clone(known)
	switch s.Machine {
	case dmpfile.MachineAMD64:
		return s.walkAMD64(known)
	case dmpfile.MachineARM64:
		return s.walkChain(known, chain{width: 8, name: "fp", clean: xdata.StripSignature})
	case dmpfile.MachineX86:
		return s.walkChain(known, chain{width: 4, name: "ebp"})
	}
	return known
}
