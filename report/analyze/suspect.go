package analyze

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/unwind"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
	"github.com/dmplens/dmplens/report"
)

// suspect is the conclusion about the module that what the dump says points to. Its rule is nil where nothing happened that a module could
// be suspected of; its module is "" where the rule says that there is no suspect.
type suspect struct {
	rule       *suspectRule
	module     string
	stamp      uint32 // time stamp of the module, 0 where that is not known
	reason     string
	confidence report.Confidence
}

// leads are what the rules on suspects go by, and all of it: places of code, by what they were found.
type leads struct {
	code       uint32
	params     [4]uint64 // 0 where the header does not have them
	deliberate bool      // somebody crashed the system on purpose

	fault     spot                // the place at fault
	elsewhere string              // what of the dump has the fault in another module: "the context record"; "" where nothing has
	sense     report.FaultVerdict // whether the fault makes sense there, "" where that is not known
	explained bool                // the instruction and its registers are the reason of the fault
	notRead   bool                // the exception is that of a page that could not be read
	caller    spot                // who called KeBugCheckEx, proven by what it passed
	chosen    bool                // the code is not Microsoft's: who called chose it
	atCall    bool                // the stack is proven to be that of the call
	clock     spot                // what the clock interrupt that called for the bug check had interrupted
	named     spot                // the driver that the parameters name
	freed     bool                // the memory that was touched had been freed, by the word of the bug check
	current   bool                // the thread that parameter 1 is was the current one
	devices   []stackDriver       // those of the device stack that holds an IRP, the highest first

	// Stacks are walked for those rules alone that ask for them. The innermost frame is the first; nil is a stack that is not known.
	frames func() []step // of the fault, or of the call that stopped Windows
	locker func() []step // of the thread that holds the lock which the bug check is about
}

// spot is where code lies, as far as it matters for whom to suspect.
type spot struct {
	module   string // its name, "" where it lies in none that is known
	own      bool   // by its name and folder it is one of Windows' own that dmplens knows
	kernel   bool   // it is the kernel's image
	unloaded bool   // it had been unloaded
	stamp    uint32 // time stamp of its header, 0 where that is not known
}

// step is a frame of a stack.
type step struct {
	spot
	trust unwind.Trust
}

// stackDriver is the driver of a device.
type stackDriver struct {
	spot
	current bool // it has the IRP
}

// ofOthers says whether the place is in a module that is not one of Windows' own that dmplens knows. Who made it is not known.
func (s spot) ofOthers() bool { return s.module != "" && !s.own }

// lead is what a rule has found.
type lead struct {
	spot
	by     unwind.Trust // of the frame that it was found by, "" for none
	detail string       // what the reason leaves open
}

// suspectOf tries the rules in their order. The first that applies is the answer.
func suspectOf(l *leads) suspect {
	if l == nil {
		return suspect{}
	}
	for i := range suspectRules {
		r := &suspectRules[i]
		if r.codes != nil && !slices.Contains(r.codes, l.code) {
			continue
		}
		x, ok := r.find(l)
		if !ok {
			continue
		}
		s := suspect{rule: r, module: x.module, stamp: x.stamp, confidence: r.confidence}
		reason := r.reason
		switch {
		case r.confidence == report.ConfidenceUnknown:
			s.module = ""
		case x.own:
			if r.own == "" {
				continue
			}
			s.module, s.confidence, reason = "", report.ConfidenceUnknown, r.own
		case x.by == unwind.Scan:
			s.confidence = report.Possible // no rule that goes by frames says less
			if r.scanned != "" {
				reason = r.scanned
			}
			reason += byScan
		}
		s.reason = strings.NewReplacer("{module}", report.ValidUTF8(x.module), "{detail}", report.ValidUTF8(x.detail)).Replace(reason)
		return s
	}
	return suspect{}
}

// byScan is what is said of frames that nothing but a word on the stack speaks for.
const byScan = "; found by scan: such a word can be left over from a call before"

// report writes the suspect, nil where there is nothing to suspect anybody of.
func (s suspect) report() *report.Suspect {
	if s.rule == nil {
		return nil
	}
	r := &report.Suspect{Module: report.ValidUTF8(s.module), Reason: s.reason, Confidence: s.confidence}
	if s.module != "" && s.stamp != 0 {
		r.Timestamp = report.Hex(s.stamp)
	}
	return r
}

// nearest is the first frame of those that has a property.
func nearest(frames []step, is func(s step) bool) (lead, bool) {
	i := slices.IndexFunc(frames, is)
	if i < 0 {
		return lead{}, false
	}
	return lead{spot: frames[i].spot, by: frames[i].trust}, true
}

// run is the module of others that stands right behind a frame that is wanted, if it has at least so many frames in a row. Single words of
// Windows' own modules that a scan shows between them do not end a row: they can be left over.
func run(frames []step, atLeast int, behind func(s step) bool) (lead, bool) {
	for i := 1; i < len(frames); i++ {
		first := frames[i]
		if !behind(frames[i-1]) || !first.ofOthers() {
			continue
		}
		worst, n, strays := first.trust, 0, 0
		for _, s := range frames[i:] {
			if s.module != first.module {
				if strays++; strays > 1 || !s.own || s.trust != unwind.Scan || behind(s) {
					break
				}
				continue
			}
			if strays = 0; s.trust.Rank() > worst.Rank() {
				worst = s.trust
			}
			n++
		}
		if n >= atLeast {
			return lead{spot: first.spot, by: worst}, true
		}
	}
	return lead{}, false
}

// scanned says whether frames were found by scan alone.
func scanned(frames []step) bool {
	return slices.ContainsFunc(frames, func(s step) bool { return s.trust == unwind.Scan })
}

// leadsOf collects what the rules go by; nil where there was no crash, or no modules are known. A display driver that did not respond
// is named by live dumps, too.
func leadsOf(f *facts, o origin, fault faultPlace) *leads {
	c := &f.code
	display := slices.Contains(displayCodes, c.value)
	if !c.known || c.raw == 0 || f.modules.Len() == 0 || o.kind != report.KindCrash && !(o.kind == report.KindLive && display) {
		return nil
	}
	l := &leads{
		code: c.value, deliberate: o.deliberate, fault: fault.spot, elsewhere: fault.elsewhere, named: f.namedDriver(),
		sense: f.faultVerdict(), explained: f.isExplained(), notRead: f.isNotRead(), chosen: fault.by == faultByCaller,
		freed:   c.value == codePageFault && c.has[3] && c.Parameters[3].Type == bugcheck.TypeEnum && c.values[3] == 0,
		current: orZero(f.isCurrentThread(1)),
		frames:  f.faultSteps,
	}
	for i, v := range c.values {
		if c.has[i] {
			l.params[i] = v
		}
	}
	if fault.by == faultByCaller {
		l.fault = spot{} // which is of no fault
	}
	if p, ok := f.callerPlace(); ok {
		_, hasFault := f.faultFrame()
		l.caller, l.atCall = f.spotOf(p.address), !hasFault
	}
	for _, r := range f.records {
		if ip, kernel := instructionOf(r.value); r.from == report.RecordInterrupted && kernel {
			l.clock = f.spotOf(ip)
		}
	}
	for _, d := range f.devices {
		l.devices = append(l.devices, stackDriver{f.spotOf(d.driver.Start), d.current})
	}
	switch current := f.isCurrentThread(3); {
	case c.value != codePowerState || l.params[0] != pnpTimeout:
	case orZero(current):
		l.locker = f.faultSteps
	case f.Triage == nil && f.kernel != nil:
		l.locker = func() []step { return f.switchedSteps(dmpfile.VirtAddr(l.params[2])) }
	}
	return l
}

// faultVerdict says whether the fault makes sense, "" where that is not known.
func (f *facts) faultVerdict() report.FaultVerdict {
	if s, ok := f.sense(); ok {
		return verdicts[s.Verdict]
	}
	return ""
}

// isExplained says whether the instruction at fault and its registers are the reason of the fault.
func (f *facts) isExplained() bool {
	s, ok := f.sense()
	return ok && explains(&s)
}

// isNotRead says whether the exception that the bug check is about is that of a page which could not be read.
func (f *facts) isNotRead() bool {
	const inPageError = 0xC0000006
	if s, ok := f.code.status(); ok {
		return s == inPageError
	}
	for _, r := range f.records {
		if e, ok := r.value.(dmpfile.Exception); ok && r.from == report.RecordParameter && e.Code == inPageError {
			return true
		}
	}
	return false
}

// namedDriver is the driver that the parameters name: by an address of code, by an object of its own, or by an address where it had been before
// it was unloaded. Of 0xCE and 0xD4 that is the one of parameter 1 alone.
func (f *facts) namedDriver() spot {
	c := &f.code
	touched := c.value == 0xCE || c.value == 0xD4
	if touched {
		if s := f.spotOf(dmpfile.VirtAddr(c.values[0])); c.has[0] && s.unloaded {
			return s
		}
	}
	for i := range c.Parameters {
		if p := f.parameterPlace(i); p.named() {
			return f.spotOf(p.address)
		}
		if c.has[i] && c.Parameters[i].Type == bugcheck.TypeCodeAddress && !touched {
			if s := f.spotOf(dmpfile.VirtAddr(c.values[i])); s.unloaded {
				return s
			}
		}
	}
	for _, r := range f.records {
		if v, ok := r.value.(nt.Driver); ok && r.parameter > 0 {
			return f.spotOf(v.Start)
		}
	}
	return spot{}
}

// faultSteps are the first frames of the stack from the fault on, where there are registers of it; else from who called KeBugCheckEx. Frames
// of user mode are none of them. They are nil where the stack is not known, and none where it has no word that can be of a module of others:
// most stacks need not be walked then.
func (f *facts) faultSteps() []step {
	const most = 32 // what is farther away has less to do with the fault than with how the thread came to run
	if f.kernel == nil {
		return nil
	}
	if others, known := f.hasWordOfOthers(); known && !others {
		return []step{}
	}
	return f.stepsOf(f.fromFault(most))
}

// switchedSteps are the frames of a thread that did not run, nil where they are not known.
func (f *facts) switchedSteps(thread dmpfile.VirtAddr) []step {
	x, err := f.kernel.SwitchedOut(thread)
	if err != nil {
		return nil
	}
	from := unwind.Frame{IP: x.IP, SP: x.SP, Record: x.At, Trust: unwind.Context}
	from.Registers.Set(insn.RBP, uint64(x.BP))
	return f.stepsOf(f.withStore(f.newStack(x.SP, x.Top)).Walk(from))
}

// stepsOf are frames but for those of user mode.
func (f *facts) stepsOf(frames []unwind.Frame) []step {
	var list []step
	for _, x := range frames {
		if x.User {
			break
		}
		at := x.IP
		if x.Returned() {
			at-- // a call can be the last instruction of a function
		}
		list = append(list, step{f.spotOf(at), x.Trust})
	}
	return list
}

// fromFault is the first frames of what stack has from the fault on, or from the call that stopped Windows where there are no registers of a
// fault. Those before it are of the handler that was called for it.
func (f *facts) fromFault(most int) []unwind.Frame {
	var known []unwind.Frame
	if x, ok := f.faultFrame(); ok {
		known = append(known, x)
	} else if c := f.startContext(); c != nil {
		known = append(known, unwind.ContextFrame(*c, 0))
		if call := f.bugCheckCall(); call.ok {
			known = append(known, call.frame)
		}
	}
	if len(known) == 0 {
		return nil
	}
	s := *f.walkable(known[0].SP)
	s.Most = most
	return s.Walk(known...)
}

// hasWordOfOthers says whether the stack of the fault, or the captured one, has a word that points into a module, loaded or unloaded, that is not
// one of Windows' own. known is false where the stack is not there, and for other machines than amd64.
func (f *facts) hasWordOfOthers() (others, known bool) {
	machine, _ := f.Machine()
	sp := f.context.SP
	if c := f.startContext(); c != nil {
		sp = c.SP
	}
	if x, ok := f.faultFrame(); ok {
		sp = x.SP
	}
	if machine != dmpfile.MachineAMD64 {
		return false, false
	}
	const most = 1 << 16 // more than a kernel stack has
	s := f.stackAround(sp)
	b := make([]byte, min(s.High-sp, most)&^7)
	n, _ := f.memory.ReadVirtual(b, sp)
	if n < 8 {
		return false, false
	}
	pages := map[dmpfile.VirtAddr]bool{} // that were looked at; modules begin and end with pages
	for b = b[:n&^7]; len(b) > 0; b = b[8:] {
		a := dmpfile.VirtAddr(binary.LittleEndian.Uint64(b))
		page := a &^ (dmpfile.PageSize - 1)
		if a < f.userEnd() || !canonical(a) || pages[page] {
			continue
		}
		pages[page] = true
		if s := f.spotOf(a); s.ofOthers() || s.unloaded {
			return true, true
		}
	}
	return false, true
}

// orZero is what a pointer points to, or a zero value.
func orZero[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}

// spotOf is where an address of code lies.
func (f *facts) spotOf(a dmpfile.VirtAddr) spot {
	if p := f.placeOf(a); p.module != nil {
		kernel := f.inKernel(a)
		return spot{module: p.module.Name, own: kernel || ofWindows(p.module.Name, p.module.Path), kernel: kernel, stamp: p.module.TimeStamp}
	}
	if m, ok := f.unloadedAt(a); ok && m.Name != "" {
		return spot{module: m.Name, own: ofWindowsCut(m.Name), unloaded: true}
	}
	return spot{}
}
