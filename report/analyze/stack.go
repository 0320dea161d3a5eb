package analyze

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/unwind"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
	"github.com/dmplens/dmplens/report"
)

// stackFacts are who stopped Windows, the frames of the stack, and whether the fault makes sense. Most rows of a scan need none of them, so each
// is found when it is asked for first: by bugCheckCall, stack and sense.
type stackFacts struct {
	captured *unwind.Stack // see stackAround
	stored   *unwind.Stack // the same with the images of the store, see walkable
	frames   []unwind.Frame
	walked   bool

	user     nt.Modules  // see userModules
	userMode nt.UserMode // of the same
	userRead bool

	call   call
	called bool

	sense  senseFacts
	judged bool
}

// call is the call of KeBugCheckEx.
type call struct {
	ok     bool             // whether it is proven by its arguments
	at     *dmpfile.Context // of the call
	frame  unwind.Frame
	passed [5]uint64 // the code and the parameters
}

// stackAround is the stack that a stack pointer is on, as far as the dump tells where it ends: the captured one, that of the current thread,
// or of any other what follows.
func (f *facts) stackAround(sp dmpfile.VirtAddr) *unwind.Stack {
	const most = 0x8000 // more than most kernel stacks have in use
	if f.isCaptured(sp) {
		if f.lazy.captured == nil {
			f.lazy.captured = f.newStack(f.capturedStack())
			f.lazy.captured.Module = f.currentRange
			f.userModules()
			f.lazy.captured.UserLow, f.lazy.captured.UserHigh = f.lazy.userMode.StackLimit, f.lazy.userMode.StackBase
		}
		return f.lazy.captured
	}
	if t := f.snapshot.Thread; t != nil && t.StackLimit <= sp && sp < t.StackBase {
		return f.newStack(sp, t.StackBase)
	}
	s := f.newStack(sp, max(sp, sp+most))
	s.Open = true
	return s
}

// walkable is stackAround with the images of the store, for walks: nothing that a signature rests on may be read by it.
func (f *facts) walkable(sp dmpfile.VirtAddr) *unwind.Stack {
	s := f.stackAround(sp)
	if s != f.lazy.captured {
		return f.withStore(s)
	}
	if f.lazy.stored == nil {
		f.lazy.stored = f.withStore(s)
	}
	return f.lazy.stored
}

func (f *facts) withStore(s *unwind.Stack) *unwind.Stack {
	if f.symbols == nil {
		return s
	}
	return s.With(f.imageAt, f.frameDataAt)
}

func (f *facts) newStack(low, high dmpfile.VirtAddr) *unwind.Stack {
	s := &unwind.Stack{Memory: f.memory, Low: low, High: high, Module: f.moduleRange, Unloaded: f.isUnloaded}
	s.Machine, _ = f.Machine()
	if f.modules.Len() > 0 {
		s.Kernel = f.modules.At(0).Base
	}
	if p, ok := f.faultingInstruction(); ok {
		s.Fault = dmpfile.VirtAddr(p.Value)
	}
	return s
}

// currentRange is moduleRange with the user mode of the current thread.
func (f *facts) currentRange(a dmpfile.VirtAddr) (base, end dmpfile.VirtAddr, ok bool) {
	if m := f.userModule(a); m != nil {
		return m.Base, m.Base + dmpfile.VirtAddr(m.Size), true
	}
	return f.moduleRange(a)
}

// userModule is the module of the current thread's user mode that an address lies in, nil for none.
func (f *facts) userModule(a dmpfile.VirtAddr) *nt.Module {
	if a >= f.userEnd() {
		return nil
	}
	list := f.userModules()
	return list.Find(a)
}

// userModules are the modules of the current thread's user mode, as far as the dump has their list.
func (f *facts) userModules() nt.Modules {
	if l := &f.lazy; !l.userRead && f.kernel != nil {
		l.userRead = true
		thread := f.snapshot.CurrentThread
		if t := f.snapshot.Thread; t != nil {
			thread = t.Address
		}
		if u, err := f.kernel.UserMode(thread); err == nil {
			l.userMode = u
			l.user, _ = f.kernel.UserModules(u)
		}
	}
	return f.lazy.user
}

func (f *facts) moduleRange(a dmpfile.VirtAddr) (base, end dmpfile.VirtAddr, ok bool) {
	m := f.modules.Find(a)
	if m == nil {
		return 0, 0, false
	}
	return m.Base, m.Base + dmpfile.VirtAddr(m.Size), true
}

func (f *facts) isUnloaded(a dmpfile.VirtAddr) bool {
	_, ok := f.unloadedAt(a)
	return ok
}

// bugCheckCall is the call of KeBugCheckEx, by the registers of the header or those that the processor saved. There is none in what is no
// crash, and in a dump that has neither as they were at the call.
func (f *facts) bugCheckCall() call {
	l := &f.lazy
	if l.called {
		return l.call
	}
	l.called = true
	if f.kernel == nil || !f.code.known || !f.code.has[3] || f.isLive() {
		return l.call
	}
	for c := range f.contexts() {
		if !f.inKernel(c.IP) {
			continue
		}
		if l.call.frame, l.call.passed, l.call.ok = f.stackAround(c.SP).Caller(c.SP, f.code.value, f.code.values[3]); l.call.ok {
			l.call.at = c
			break
		}
	}
	return l.call
}

// contexts are the registers that a walk of the captured stack can begin with: those of the header, then those that the processor saved.
func (f *facts) contexts() iter.Seq[*dmpfile.Context] {
	return func(yield func(*dmpfile.Context) bool) {
		if f.hasContext && !yield(&f.context) {
			return
		}
		if c := f.snapshot.Context(f.memory); c != nil {
			yield(c)
		}
	}
}

// callerPlace is where the call of KeBugCheckEx returns to. ok is false where the call is not proven.
func (f *facts) callerPlace() (p place, ok bool) {
	c := f.bugCheckCall()
	return f.placeOf(c.frame.IP), c.ok
}

// stack is the frames of the stack that the dump was captured on, the innermost first, and through the fault that a record shows.
func (f *facts) stack() []unwind.Frame {
	if l := &f.lazy; !l.walked {
		l.walked = true
		l.frames = f.walkCaptured()
	}
	return f.lazy.frames
}

// walkCaptured begins with the registers at the call that stopped Windows, else with those of the header or processor. The frames of the handler that was called
// for the fault end where the registers of the fault are: those are better than what leads to them.
func (f *facts) walkCaptured() []unwind.Frame {
	if f.kernel == nil {
		return nil
	}
	var frames []unwind.Frame
	if c := f.startContext(); c != nil {
		known := []unwind.Frame{unwind.ContextFrame(*c, 0)}
		if call := f.bugCheckCall(); call.ok {
			known = append(known, call.frame)
		}
		frames = f.walkable(c.SP).Walk(known...)
	}
	fault, ok := f.faultFrame()
	if !ok || len(frames) > 0 && frames[0].IP == fault.IP && frames[0].SP == fault.SP {
		return frames
	}
	end := dmpfile.VirtAddr(0) // without a place of the fault on this stack, what called the handler is not known
	if f.isCaptured(fault.SP) {
		end = fault.SP
	}
	if f.isCaptured(fault.Record) {
		end = max(end, fault.Record)
		if f.isCaptured(fault.SP) {
			end = min(fault.SP, fault.Record)
		}
	}
	for i, x := range frames {
		if x.Record == fault.Record {
			return frames
		}
		if i > 0 && x.Trust != unwind.Exact && x.SP >= end {
			frames = frames[:i]
			break
		}
	}
	return append(frames, f.walkable(fault.SP).Walk(fault)...)
}

func (f *facts) isCaptured(sp dmpfile.VirtAddr) bool {
	low, high := f.capturedStack()
	return low <= sp && sp < high
}

// startContext is the registers that a walk of the captured stack begins with, nil where there are none. A header can have those of the
// exception, where those of the call that stopped Windows are the processor's.
func (f *facts) startContext() *dmpfile.Context {
	if c := f.bugCheckCall().at; c != nil {
		return c
	}
	for c := range f.contexts() {
		return c
	}
	return nil
}

// faultFrame is the frame of the record of the fault, with the registers that the exception frame beside a trap frame has.
func (f *facts) faultFrame() (unwind.Frame, bool) {
	r := f.faultRecord()
	if r == nil {
		return unwind.Frame{}, false
	}
	switch v := r.value.(type) {
	case dmpfile.Context:
		return unwind.ContextFrame(v, r.at), true
	case nt.TrapFrame:
		machine, _ := f.Machine()
		x := unwind.TrapFrame(v, r.at, machine)
		if e, ok := f.stackAround(r.at).ExceptionFrame(unwind.Trap{At: r.at, TrapFrame: v}, f.bugCheckCall().frame.SP); ok {
			for n := insn.RAX; n <= insn.R15; n++ {
				if v, ok := e.Registers.Get(n); ok {
					x.Registers.Set(n, v)
				}
			}
		}
		return x, true
	}
	return unwind.Frame{}, false
}

// reportFrames writes frames. Modules of user mode are known of the current thread alone.
func (f *facts) reportFrames(frames []unwind.Frame, current bool) []report.Frame {
	var list []report.Frame
	for _, x := range frames {
		r := report.Frame{Instruction: f.pointer(x.IP), StackPointer: f.pointer(x.SP), Trust: report.Trust(x.Trust)}
		if x.Record != 0 {
			r.Record = f.pointer(x.Record)
		}
		switch m := f.userModule(x.IP); {
		case !x.User:
			r.Module, r.Offset, r.Unloaded, r.Known = f.frameNames(x.IP)
			r.Symbol, r.Displacement = f.symbolAt(x.IP, x.Returned())
		case current && m != nil && m.Name != "":
			r.Module, r.Offset = report.ValidUTF8(m.Name), report.Hex(x.IP-m.Base)
			r.Symbol, r.Displacement = f.symbolAt(x.IP, x.Returned())
		}
		if x.User {
			r.User = &x.User
		}
		list = append(list, r)
	}
	return list
}

// noteDisputes notes where the unwind data of an image has another caller than what the dump has itself, which is shown.
func (f *facts) noteDisputes(frames []unwind.Frame) {
	for i, x := range frames {
		if x.Dispute == 0 {
			continue
		}
		says := "no other"
		if i+1 < len(frames) {
			says = f.text(f.placeOf(frames[i+1].IP)) + ", found by " + string(frames[i+1].Trust)
		}
		at, _ := f.kernel.FileOffset(x.SP)
		f.note(report.SeverityWarning, report.FindingUnwindDisputed, at, "by the unwind data of its image, frame %d (%s) was called from %s; what the dump has itself disagrees: %s, which is shown",
			i, f.text(f.placeOf(x.IP)), f.text(f.placeOf(x.Dispute)), says)
	}
}

// frameNames names the module of an address, loaded or unloaded, and says whether it is one of Windows' own.
func (f *facts) frameNames(a dmpfile.VirtAddr) (module, offset string, unloaded, ofOwn *bool) {
	p := f.placeOf(a)
	switch m, gone := f.unloadedAt(a); {
	case p.named():
		module, offset = p.names()
		ofOwn = new(ofWindows(p.module.Name, p.module.Path))
	case p.module == nil && gone && m.Name != "":
		module, offset = report.ValidUTF8(m.Name), report.Hex(a-m.Base)
		unloaded, ofOwn = new(true), new(ofWindowsCut(m.Name))
	}
	return module, offset, unloaded, ofOwn
}

// caller writes who called KeBugCheckEx, and what was passed otherwise than the header has it.
func (f *facts) caller() *report.Caller {
	c := f.bugCheckCall()
	if !c.ok {
		return nil
	}
	r := &report.Caller{Address: f.pointer(c.frame.IP)}
	r.Module, r.Offset, r.Unloaded, r.Known = f.frameNames(c.frame.IP)
	if code := bugcheck.Base(uint32(c.passed[0])); code != f.code.value {
		says := report.Hex(code)
		if info, ok := bugcheck.Lookup(code); ok && info.Name != "" {
			says = info.Name + " (" + says + ")"
		}
		r.Passed = append(r.Passed, "the code "+says+", not the header's "+report.Hex(f.code.value))
	}
	for i, v := range c.passed[1:] {
		if f.code.has[i] && v != f.code.values[i] {
			says := fmt.Sprintf("parameter %d as %s", i+1, f.pointer(dmpfile.VirtAddr(v)))
			for _, x := range f.records {
				if x.from == report.RecordArgument && x.parameter == i+1 {
					says += ", the " + x.kind
				}
			}
			r.Passed = append(r.Passed, says+", not the header's "+f.pointer(dmpfile.VirtAddr(f.code.values[i])))
		}
	}
	if r.Passed != nil {
		r.Arguments = append(r.Arguments, report.Hex(uint32(c.passed[0])))
		for _, v := range c.passed[1:] {
			r.Arguments = append(r.Arguments, f.pointer(dmpfile.VirtAddr(v)))
		}
	}
	return r
}

// limits says what limits a walk, "" where nothing does: how many frames are sure and how many are words that the stack has, and which
// images would tell.
func (f *facts) limits(frames []unwind.Frame) string {
	const most = 6
	switch {
	case len(frames) == 0:
		return ""
	case len(frames) == 1:
		return "only this frame: what called it is not known" + prefixed(": ", f.whyNotUnwound(frames)) + f.stackMissing(frames[0])
	case !slices.ContainsFunc(frames, func(x unwind.Frame) bool { return x.Trust == unwind.Scan }):
		return f.whyEnded(len(frames)-1, frames[len(frames)-1])
	}
	var images []string
	for i, x := range frames {
		settles := x.Trust == unwind.Scan || i+1 < len(frames) && frames[i+1].Trust == unwind.Scan
		if module, _, unloaded, _ := f.frameNames(x.IP); settles && module != "" && unloaded == nil && !slices.Contains(images, module) && !f.hasUnwindData(x.IP) {
			images = append(images, module)
		}
	}
	if more := len(images) - most; more > 0 {
		images = append(images[:most], fmt.Sprintf("%d more", more))
	}
	says := countFrames(frames[1:]) + ": " + f.whyScan(frames) + prefixed("; ", f.whyNotUnwound(frames))
	if len(images) == 0 {
		return says
	}
	return says + "; images that would settle it: " + strings.Join(images, ", ") + " (see dmplens symbols --stack)"
}

// hasUnwindData says whether the image of an address is at hand with its unwind data.
func (f *facts) hasUnwindData(a dmpfile.VirtAddr) bool {
	m := f.moduleOf(a)
	if m == nil {
		return false
	}
	if im := f.imageAt(m.Base); im != nil {
		return true
	}
	im, err := pe.NewMapped(f.memory, m.Base, m.Size)
	if err != nil {
		return false
	}
	d, err := im.ExceptionDirectory()
	if err != nil {
		return false
	}
	_, err = im.ReadAt(make([]byte, 1), int64(d.RVA))
	return err == nil
}

// whyEnded says why what called the last frame of a stack is not known, "" where a thread began there, or nothing tells.
func (f *facts) whyEnded(n int, x unwind.Frame) string {
	says := fmt.Sprintf("what called frame %d is not known: ", n)
	m := f.moduleOf(x.IP)
	switch {
	case x.Err == nil:
		return ""
	case f.stackMissing(x) != "":
		return says + strings.TrimPrefix(f.stackMissing(x), ", ")
	case isMissing(x.Err):
		return says + "what unwinds it is " + missing(x.Err)
	case !errors.Is(x.Err, unwind.ErrNoImage):
		return says + report.ValidUTF8(x.Err.Error())
	case m == nil || m.Name == "":
		return says + "the module that it lies in is not known"
	}
	return says + "the image of " + report.ValidUTF8(m.Name) + " is not at hand (see dmplens symbols --stack)"
}

// whyNotUnwound says of the first frame whose image or PDB is at hand, and does not tell its caller, why; "" where there is none.
func (f *facts) whyNotUnwound(frames []unwind.Frame) string {
	for _, x := range frames {
		if x.Err != nil && !isMissing(x.Err) && !errors.Is(x.Err, unwind.ErrNoImage) {
			return f.text(f.placeOf(x.IP)) + " is not unwound, " + report.ValidUTF8(x.Err.Error())
		}
	}
	return ""
}

// countFrames says how many frames there are of each trust, the surest first: 1 exact frame, 18 by scan.
func countFrames(frames []unwind.Frame) string {
	var list []string
	for _, t := range []struct {
		trust unwind.Trust
		says  string // with a place for "frame" where it is the first
	}{
		{unwind.Context, "%s from a record"}, {unwind.Exact, "exact%s"}, {unwind.Unwind, "%s by unwind data"}, {unwind.History, "%s by history"},
		{unwind.FramePointer, "%s by frame pointers"}, {unwind.Code, "%s by code"}, {unwind.Scan, "%s by scan"},
	} {
		n, noun := 0, ""
		for _, x := range frames {
			if x.Trust == t.trust {
				n++
			}
		}
		switch {
		case n == 0:
			continue
		case len(list) == 0 && n == 1:
			noun = " frame"
		case len(list) == 0:
			noun = " frames"
		}
		list = append(list, strings.Join(strings.Fields(fmt.Sprintf("%d "+t.says, n, noun)), " "))
	}
	return strings.Join(list, ", ")
}

// whyScan says why frames could not be found better than by a scan: of how many the dump has the code, and of the last one that is not by scan.
func (f *facts) whyScan(frames []unwind.Frame) string {
	has, of := 0, 0
	var b [16]byte
	for i, x := range frames {
		if x.Trust == unwind.Scan || i+1 < len(frames) && frames[i+1].Trust == unwind.Scan {
			of++
			if _, err := f.memory.ReadVirtual(b[:], x.IP); err == nil {
				has++
			}
		}
	}
	switch has {
	case 0:
		return "this dump holds no code for these addresses"
	case of:
		return "this dump holds code for these addresses, which does not settle them"
	}
	return fmt.Sprintf("this dump holds code for %d of these %d addresses, which does not settle them", has, of)
}

// stackMissing says why nothing above a frame is known, where the dump does not have the stack.
func (f *facts) stackMissing(x unwind.Frame) string {
	var b [1]byte
	_, err := f.memory.ReadVirtual(b[:], x.SP)
	switch {
	case err == nil:
		return ""
	case x.User:
		return ", it is user mode, whose stack is " + missing(err)
	}
	return ", its stack is " + missing(err)
}
