package unwind

import (
	"slices"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// What every function of amd64 Windows keeps to when it calls another: the stack is aligned to 16 bytes, and 32 of them above the return
// address are the callee's.
const (
	callAlign  = 16
	homeArea   = 0x20
	maxScanned = 0x6000 // bytes that are looked through for a return address, off the captured stack
	maxCopies  = 16     // words in a function whose code is followed to tell them apart
)

const rsp = insn.RSP

// keptRegisters are those that a function keeps for its caller.
var keptRegisters = [...]insn.Register{insn.RBX, insn.RBP, insn.RSI, insn.RDI, insn.R12, insn.R13, insn.R14, insn.R15}

// walker is a walk up a stack of amd64.
type walker struct {
	*Stack
	frames  []Frame
	called  dmpfile.VirtAddr // the stack pointer in what called KeBugCheckEx; 0 where that is not proven
	traps   []Trap           // those that were not reached yet, from the lowest up
	fault   *Trap            // the one of the fault, until it is reached; nil where there is none
	history []Function       // the callers that are to come, the next one first
	looked  []Function       // all of them
	crossed bool             // the walk has gone on with what was interrupted
	ended   bool             // the thread began in the last frame
}

func (s *Stack) walkAMD64(known []Frame) []Frame {
	w := walker{Stack: s, frames: known, traps: s.TrapFrames()}
	for _, f := range known {
		if f.Trust == Exact {
			w.called = f.SP
		}
	}
	last := known[len(known)-1]
	w.fault = w.findFault(last.SP)
	w.begin(last)
	for len(w.frames) < w.most() && (w.next() || w.cross()) {
	}
	return w.frames
}

// findFault finds the trap frame of the fault above a stack pointer: the one that led to the bug check at once; else of those of the instruction
// the lowest with the record of its exception, else the lowest.
func (w *walker) findFault(sp dmpfile.VirtAddr) (found *Trap) {
	for i := range w.traps {
		t := &w.traps[i]
		switch {
		case t.At < sp:
			continue
		case w.called != 0 && t.At == w.called+bugCheckFrame:
			return t
		case w.Fault == 0 || t.User || t.IP != w.Fault && t.IP != w.Fault+1: // a breakpoint leaves it behind
			continue
		}
		if _, dispatched := w.ExceptionFrame(*t, 0); dispatched {
			return t
		}
		if found == nil {
			found = t
		}
	}
	return found
}

// begin takes up a frame whose registers were saved.
func (w *walker) begin(f Frame) {
	w.history = nil
	if f.Trust != Context || f.User {
		return
	}
	if list := w.History(f.IP, f.SP); len(list) > 0 {
		w.history, w.looked = list[1:], list
	}
}

// next finds the frame above the last one. It is false where there is none.
func (w *walker) next() bool {
	f := &w.frames[len(w.frames)-1]
	if f.User {
		return w.user(f)
	}
	if t := w.trapAbove(f); t != nil && f.Slot != 0 && (t.At == f.SP || t.Handler == f.IP) {
		return w.interrupted(f, *t)
	}
	return w.unwind(f) || !w.ended && (w.follow(f) || w.jump(f) || w.scan(f))
}

// trapAbove is the next trap frame on the way up from a frame: that of the fault, else the lowest one.
func (w *walker) trapAbove(f *Frame) *Trap {
	if !w.isCaptured(f.SP) {
		return nil
	}
	for len(w.traps) > 0 && w.traps[0].At < f.SP {
		w.traps = w.traps[1:]
	}
	switch {
	case w.fault != nil && w.fault.At >= f.SP:
		return w.fault
	case len(w.traps) > 0:
		return &w.traps[0]
	}
	return nil
}

// interrupted goes on where a trap frame says that the processor was. A trap frame that was reached by a scan, and is not the one of the fault, may
// be one of a trap that has returned long ago; that of a call from user mode always has the same place.
func (w *walker) interrupted(handler *Frame, t Trap) bool {
	f := TrapFrame(t.TrapFrame, t.At, dmpfile.MachineAMD64)
	isFault := w.fault != nil && w.fault.At == t.At
	if handler.Trust == Scan && !isFault && !t.User {
		f.Trust = Scan
	}
	if e, ok := w.ExceptionFrame(t, w.called); ok {
		for _, r := range exceptionRegisters {
			v, _ := e.Registers.Get(r.register)
			f.Registers.Set(r.register, v)
		}
	}
	w.keep(&f, handler)
	f.Unloaded = !t.User && w.placeOf(t.IP).unloaded
	if isFault {
		w.fault, w.called = nil, 0
	}
	w.traps = slices.DeleteFunc(slices.Clone(w.traps), func(x Trap) bool { return x.At <= t.At })
	w.frames = append(w.frames, f)
	w.begin(f)
	return true
}

// cross goes on with what was interrupted when the processor changed to this stack.
func (w *walker) cross() bool {
	t := w.Interrupted
	if t == nil || w.crossed || !w.isHandler(t.Handler) || !w.isCaptured(w.frames[len(w.frames)-1].SP) {
		return false
	}
	w.crossed, w.ended = true, false
	f := TrapFrame(t.TrapFrame, t.At, dmpfile.MachineAMD64)
	f.Gap = true
	f.Unloaded = !t.User && w.placeOf(t.IP).unloaded
	w.frames = append(w.frames, f)
	w.begin(f)
	return true
}

// jump goes on with what the trap frame of the fault proves, where the code does not lead there: the return addresses of the handler and, of an
// exception, of what dispatched it. What lies between is Windows handling the fault.
func (w *walker) jump(f *Frame) bool {
	t := w.fault
	if t == nil || t.At < f.SP {
		return false
	}
	slot, gap := t.At-8, true
	if e, ok := w.ExceptionFrame(*t, w.called); ok {
		gap = e.At != f.SP
		if ip, ok := w.word(e.At - 8); e.At > f.SP && ok && w.isHandler(ip) {
			slot = e.At - 8
		}
	}
	ip, ok := w.word(slot)
	if !ok || slot < f.SP {
		return false
	}
	w.add(&Frame{Trust: Exact}, slot, ip, Exact, insn.Registers{})
	w.frames[len(w.frames)-1].Gap = gap
	return true
}

// canReturn says whether a frame can return to an address. What called KeBugCheckEx can be a function that does not return, and so on up.
func (s *Stack) canReturn(ip dmpfile.VirtAddr, f *Frame) bool {
	if f.User {
		return s.isUser(ip) && s.placeOf(ip).isCode()
	}
	if !isKernelAddress(ip) {
		return false
	}
	p := s.placeOf(ip)
	return p.isCode() || p.noReturn && (f.Trust == Exact || s.placeOf(f.IP).noReturn)
}

// limit is up to where the return address of a frame can stand.
func (w *walker) limit(f *Frame) (end dmpfile.VirtAddr) {
	if !w.isCaptured(f.SP) {
		return f.SP + maxScanned
	}
	end = w.Low + dmpfile.VirtAddr(len(w.content()))
	if t := w.trapAbove(f); t != nil {
		end = min(end, t.At) // above it is the stack of what it interrupted
	}
	return end
}

// coded finds the slot of a frame's return address by its code, and the word there.
func (w *walker) coded(f *Frame) (slot, ip dmpfile.VirtAddr, r insn.Return, ok bool) {
	if r, ok = w.returnOf(f); !ok {
		return 0, 0, r, false
	}
	slot = f.SP + dmpfile.VirtAddr(r.Size)
	ip, ok = w.word(slot)
	return slot, ip, r, ok && slot%callAlign == callAlign-8 && w.canReturn(ip, f)
}

// follow finds the caller by the code of a frame.
func (w *walker) follow(f *Frame) bool {
	slot, ip, r, ok := w.coded(f)
	if !ok {
		return false
	}
	if t := w.trapAbove(f); t != nil && slot >= t.At && (f.Trust == Scan || t == w.fault) {
		return false // a trap frame that code steps over was left behind, but that of the fault was not
	}
	trust := Code
	if len(w.history) > 0 && w.history[0].holds(ip) {
		trust, w.history = History, w.history[1:]
	} else if w.isUnwound(ip) {
		trust = History // a function that calls itself is in the table once
	}
	w.add(f, slot, ip, trust, r.Caller(w.Memory, f.SP, f.Registers))
	return true
}

func (w *walker) isUnwound(ip dmpfile.VirtAddr) bool {
	if len(w.history) == 0 {
		return false
	}
	for i := range w.looked {
		if w.looked[i].holds(ip) {
			return true
		}
	}
	return false
}

// returnOf follows the code of a frame to its return, or from where its function begins.
func (w *walker) returnOf(f *Frame) (insn.Return, bool) {
	known := f.Registers
	known.Set(rsp, uint64(f.SP))
	if p := w.placeOf(f.IP); !p.loaded {
		return insn.Return{}, false // where control went to a bad address there is no code
	}
	if f.Slot == 0 {
		return insn.FollowCode(w.Memory, f.IP, known)
	}
	if r, ok := insn.FollowCall(w.Memory, f.IP, known); ok {
		return r, true
	}
	return w.entered(f.IP)
}

func (w *walker) add(from *Frame, slot, ip dmpfile.VirtAddr, trust Trust, registers insn.Registers) {
	f := Frame{IP: ip, SP: slot + 8, Slot: slot, Trust: worse(from.Trust, trust), Unloaded: w.placeOf(ip).unloaded, Registers: registers}
	f.Registers.Set(rsp, uint64(f.SP))
	w.frames = append(w.frames, f)
}

// scan looks for a word above a frame that can be its return address: first for one into the function that the kernel unwound next.
func (w *walker) scan(f *Frame) bool {
	if len(w.history) > 0 {
		function := w.history[0]
		if slot, ip, ok := w.find(f, function.holds); ok {
			w.history = w.history[1:]
			trust := Scan
			if w.isOnly(slot, function) {
				trust = History
			}
			w.add(f, slot, ip, trust, insn.Registers{})
			return true
		}
		w.history = nil
	}
	slot, ip, ok := w.find(f, func(dmpfile.VirtAddr) bool { return true })
	if ok {
		w.add(f, slot, ip, Scan, insn.Registers{})
	}
	return ok
}

// isOnly says whether no other word above a slot on the captured stack can be a return address into a function. Copies that were left there have the
// same code: where that is followed, it tells them apart.
func (w *walker) isOnly(slot dmpfile.VirtAddr, function Function) bool {
	if !w.isCaptured(slot) {
		return false // where the stack ends is not known
	}
	followed := 0
	for end := w.Low + dmpfile.VirtAddr(len(w.content())); slot+callAlign < end; {
		slot += callAlign
		ip, _ := w.word(slot)
		if !function.holds(ip) || !w.placeOf(ip).isCode() {
			continue
		}
		if followed++; followed > maxCopies || !w.returnsToNothing(&Frame{IP: ip, SP: slot + 8, Slot: slot}) {
			return false
		}
	}
	return true
}

// find finds the lowest slot above a frame whose word can be its return address, and is one that is wanted. One in a function that a thread begins
// with, by its unwind data, is taken where there is no other: a word that was left behind can lead to a zero as well.
func (w *walker) find(f *Frame, wanted func(dmpfile.VirtAddr) bool) (slot, ip dmpfile.VirtAddr, ok bool) {
	at := f.SP
	if f.Slot != 0 {
		at += homeArea
	}
	at += (callAlign - 8 - at%callAlign + callAlign) % callAlign
	for end := w.limit(f); at < end; at += callAlign {
		word, there := w.word(at)
		if !there {
			break
		}
		if !wanted(word) || !w.canReturn(word, f) || w.leadsNowhere(at, word) {
			continue
		}
		if !w.leadsToZero(at, word) {
			return at, word, true
		}
		if !ok {
			slot, ip, ok = at, word, true
		}
	}
	return slot, ip, ok
}

// leadsToZero says whether the function of a return address returns to 0 by its unwind data, as that does which a thread begins with.
func (w *walker) leadsToZero(slot, ip dmpfile.VirtAddr) bool {
	c, err := w.unwound(&Frame{IP: ip, SP: slot + 8, Slot: slot})
	return err == nil && !c.Machine && c.IP == 0
}

// leadsNowhere says whether the code at a return address returns, by what it does to the stack, to what is no code, or has no room below
// the next trap frame.
func (w *walker) leadsNowhere(slot, ip dmpfile.VirtAddr) bool {
	f := Frame{IP: ip, SP: slot + 8, Slot: slot}
	if t := w.trapAbove(&f); t != nil {
		switch {
		case t.At == f.SP || t.Handler == ip:
			return false
		case t.At-8 < f.SP+homeArea:
			return true
		}
	}
	return w.returnsToNothing(&f)
}

// returnsToNothing says whether the unwind data or the code of a frame leads to what is no code.
func (w *walker) returnsToNothing(f *Frame) bool {
	switch _, err := w.unwound(f); err {
	case nil:
		return false
	case errNoReturn:
		return true
	}
	r, ok := w.returnOf(f)
	if !ok {
		return false
	}
	next, ok := w.word(f.SP + dmpfile.VirtAddr(r.Size))
	return ok && !w.canReturn(next, f)
}
