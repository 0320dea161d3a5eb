package unwind

import (
	"errors"
	"math"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/unwind/fpo"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
	"github.com/dmplens/dmplens/dmpfile/unwind/xdata"
)

// images are what there is of the image of a module; nil where it is not at hand.
type images struct {
	mapped *pe.Image // in the memory of the machine, some of which the dump may lack
	stored *pe.Image // in a store
}

// all are those at hand. What the machine had comes first.
func (i images) all() []*pe.Image {
	var list []*pe.Image
	for _, im := range [...]*pe.Image{i.mapped, i.stored} {
		if im != nil {
			list = append(list, im)
		}
	}
	return list
}

func (s *Stack) imagesOf(m module) images {
	i, ok := s.images[m.base]
	if ok || !m.loaded {
		return i
	}
	i.mapped, _ = pe.NewMapped(s.Memory, m.base, uint32(min(m.end-m.base, math.MaxUint32)))
	if s.Image != nil {
		i.stored = s.Image(m.base)
	}
	if s.images == nil {
		s.images = map[dmpfile.VirtAddr]images{}
	}
	if len(s.images) < maxKept {
		s.images[m.base] = i
	}
	return i
}

// readCode reads code as the dump has it, or else as a store does, up to the first byte that neither has. A store's lacks what was written over it
// when it was loaded.
func (s *Stack) readCode(p []byte, a dmpfile.VirtAddr) []byte {
	n, _ := s.Memory.ReadVirtual(p, a)
	m := s.moduleOf(a)
	if im := s.imagesOf(m).stored; n <= 0 && im != nil {
		n, _ = im.ReadAt(p, int64(a-m.base))
	}
	return p[:max(0, min(n, len(p)))]
}

// ErrNoImage says that no image with unwind data is at hand, nor frame data of a PDB.
var ErrNoImage = errors.New("no image is at hand")

var errNoReturn = errors.New("what the unwind data leads to is no return address")

// unwound finds what called a frame by the unwind data of its image: of those that are at hand the first that leads to what can be. A caller at 0 is
// none: see beginsThread.
func (s *Stack) unwound(f *Frame) (c xdata.Caller, err error) {
	m := s.moduleOf(f.IP)
	registers := f.Registers
	registers.Set(rsp, uint64(f.SP))
	err = ErrNoImage
	var end *xdata.Caller
	for _, im := range s.imagesOf(m).all() {
		if im.Machine != dmpfile.MachineAMD64 || hasNoUnwindData(im) {
			continue
		}
		c, err = xdata.CallerAMD64(im, m.base, s.Memory, f.IP, registers, f.Slot != 0)
		switch {
		case err != nil:
		case c.Machine || f.canHold(c.Slot) && s.canReturn(c.IP, f):
			return c, nil
		case c.IP == 0 && s.beginsThread(f, c.Slot):
			end = &c
		default:
			err = errNoReturn
		}
	}
	if end != nil {
		return *end, nil
	}
	return c, err
}

// beginsThread says whether a thread can have begun in a frame, whose return address at a slot is 0: that is so near the end of a stack alone.
func (s *Stack) beginsThread(f *Frame, slot dmpfile.VirtAddr) bool {
	const kernel, user = 0x400, 0x2000 // bytes that are at the end of a stack at most: of the kernel 0x378 were seen
	switch {
	case f.Slot == 0:
		return false
	case f.User:
		return s.UserHigh == 0 || slot < s.UserHigh && s.UserHigh-slot <= user
	case s.Open:
		return true
	}
	return slot < s.High && s.High-slot <= kernel
}

// hasNoUnwindData says whether an image has none at all: that its functions are leaves cannot be told from that.
func hasNoUnwindData(im *pe.Image) bool {
	_, err := im.ExceptionDirectory()
	return err == pe.ErrNone
}

// unwoundOther finds what called a frame of arm64 by the unwind data of its image, or of x86 by the frame data of its PDB. A function that a thread
// begins with was called from 0.
func (s *Stack) unwoundOther(f *Frame) (called Frame, ok bool) {
	var err error
	switch s.Machine {
	case dmpfile.MachineARM64:
		called, err = s.unwoundARM64(f)
	case dmpfile.MachineX86:
		called, err = s.unwoundX86(f)
	}
	if err == ErrNoImage {
		return Frame{}, false
	}
	if err == nil && (called.IP != 0 || !f.Returned()) {
		p := s.placeOf(called.IP)
		called.Unloaded = p.unloaded
		called.User = s.isUser(called.IP)
		if !p.isCode() || called.Slot != 0 && called.Slot < f.SP && called.User == f.User || f.User && !called.User {
			err = errNoReturn
		}
	}
	f.Err = err
	return called, err == nil
}

// isUser says whether an address is one of user mode.
func (s *Stack) isUser(a dmpfile.VirtAddr) bool {
	if s.Machine == dmpfile.MachineX86 {
		return a < 0x80000000
	}
	return a>>47 == 0
}

func (s *Stack) unwoundARM64(f *Frame) (called Frame, err error) {
	m := s.moduleOf(f.IP)
	registers := f.ARM64
	if f.Trust != FramePointer { // which does not tell where the stack of the function ends
		registers.Set(31, uint64(f.SP))
	}
	err = ErrNoImage
	for _, im := range s.imagesOf(m).all() {
		if im.Machine != dmpfile.MachineARM64 || hasNoUnwindData(im) {
			continue
		}
		var c xdata.CallerOfARM64
		if c, err = xdata.CallerARM64(im, m.base, s.Memory, f.IP, registers, f.Returned()); err != nil {
			continue
		}
		if f.Returned() && c.Slot == 0 {
			return Frame{}, xdata.ErrLeaf // it has called another
		}
		sp, _ := c.Registers.Get(31)
		fp, _ := c.Registers.Get(29)
		called = Frame{IP: c.IP, SP: dmpfile.VirtAddr(sp), FP: dmpfile.VirtAddr(fp), Trust: worse(f.Trust, Unwind), ARM64: c.Registers}
		if !c.Machine {
			called.Slot, called.byLink = c.Slot, c.Slot == 0
		}
		return called, nil
	}
	return Frame{}, err
}

func (s *Stack) unwoundX86(f *Frame) (called Frame, err error) {
	if s.FrameData == nil {
		return Frame{}, ErrNoImage
	}
	at := f.IP
	if f.Returned() {
		at-- // a call can be the last instruction of a function
	}
	data, rva, ok := s.FrameData(at)
	if !ok {
		return Frame{}, ErrNoImage
	}
	registers := f.Registers
	registers.Set(rsp, uint64(f.SP))
	c, err := fpo.Unwind(s.Memory, data, rva, registers, f.params, func(a dmpfile.VirtAddr) bool { return s.placeOf(a).isCode() })
	if err != nil {
		return Frame{}, err
	}
	sp, _ := c.Registers.Get(rsp)
	fp, _ := c.Registers.Get(insn.RBP)
	trust := Unwind
	if c.Searched {
		trust = Scan
	}
	called = Frame{IP: c.IP, SP: dmpfile.VirtAddr(sp), FP: dmpfile.VirtAddr(fp), Slot: c.Slot, Trust: worse(f.Trust, trust)}
	called.Registers, called.params = c.Registers, c.Params
	return called, nil
}

// unwind finds the caller by the unwind data of a frame's image. Where what the dump has itself proves another, that is the caller.
func (w *walker) unwind(f *Frame) bool {
	c, err := w.unwound(f)
	switch {
	case err == ErrNoImage:
		return false
	case err != nil:
		f.Err = err
		return false
	case c.Machine:
		return w.byMachineFrame(f, c)
	case c.IP == 0 && w.fault == nil:
		w.ended = true
		return false
	case c.IP == 0:
		f.Err = errNoReturn
		return false
	}
	if t := w.trapAbove(f); t != nil && c.Slot >= t.At && (f.Trust == Scan || t == w.fault) || !w.agrees(f, c) {
		f.Dispute = c.IP
		return false
	}
	if len(w.history) > 0 && w.history[0].holds(c.IP) {
		w.history = w.history[1:]
	}
	w.add(f, c.Slot, c.IP, Unwind, c.Registers)
	return true
}

// canHold says whether the return address of a frame of amd64 can stand at a slot.
func (f *Frame) canHold(slot dmpfile.VirtAddr) bool {
	return slot%callAlign == callAlign-8 && (f.Slot == 0 || slot >= f.SP+homeArea) && slot >= f.SP
}

// agrees says whether the code of a frame, as far as the dump has it, leads to a caller, or else the kernel's own unwinding has nothing against it.
// Some functions are kept apart and are not in that, so what the code agrees with is right.
func (w *walker) agrees(f *Frame, c xdata.Caller) bool {
	if slot, _, _, ok := w.coded(f); ok {
		return slot == c.Slot
	}
	return len(w.history) == 0 || w.history[0].holds(c.IP) || w.isUnwound(c.IP)
}

// byMachineFrame goes on with what the processor saved when a handler was entered: rip, cs, the flags, rsp and ss. Where that is a part of a trap frame
// that is proven, it goes on with all of it.
func (w *walker) byMachineFrame(handler *Frame, c xdata.Caller) bool {
	sp, _ := c.Registers.Get(rsp)
	cs, ok := w.word(c.Slot + 8)
	f := Frame{IP: c.IP, SP: dmpfile.VirtAddr(sp), Trust: worse(handler.Trust, Unwind), User: cs&3 != 0, Registers: c.Registers}
	m, up := w.moduleOf(c.IP), f.SP > handler.SP
	loaded := m.loaded && c.IP-m.base >= dmpfile.PageSize && !w.isData(c.IP, m)
	switch t := w.trapAbove(handler); {
	case t != nil && t.IP == f.IP && t.SP == f.SP:
		return w.interrupted(handler, *t)
	case t != nil && t == w.fault && c.Slot >= t.At:
		handler.Dispute = c.IP
		return false
	case !ok, f.User != w.isUser(c.IP), f.User != w.isUser(f.SP), m.loaded && !loaded, !w.isOnUserStack(&f),
		handler.User && !(f.User && loaded && up), !f.User && (!loaded || !up && w.isCaptured(f.SP)):
		handler.Err = errNoReturn
		return false
	}
	w.frames = append(w.frames, f)
	w.begin(f)
	return true
}

// isOnUserStack says whether a frame of user mode has its stack pointer on the stack of user mode, as far as that is known.
func (s *Stack) isOnUserStack(f *Frame) bool {
	return !f.User || s.UserHigh == 0 || s.UserLow <= f.SP && f.SP < s.UserHigh
}

// keep takes from the unwind data of a handler the registers that its trap frame lacks.
func (w *walker) keep(f *Frame, handler *Frame) {
	c, err := w.unwound(handler)
	if sp, _ := c.Registers.Get(rsp); err != nil || !c.Machine || c.IP != f.IP || sp != uint64(f.SP) {
		return
	}
	for _, r := range keptRegisters {
		if _, known := f.Registers.Get(r); known {
			continue
		}
		if v, ok := c.Registers.Get(r); ok {
			f.Registers.Set(r, v)
		}
	}
}

// user finds the caller in user mode, which is done by unwind data alone.
func (w *walker) user(f *Frame) bool {
	c, err := w.unwound(f)
	switch {
	case err != nil:
		f.Err = err
		return false
	case c.Machine: // as where the kernel calls back, or has an exception handled
		return w.byMachineFrame(f, c)
	case c.IP == 0:
		return false
	}
	w.add(f, c.Slot, c.IP, Unwind, c.Registers)
	w.frames[len(w.frames)-1].User = true
	return true
}
