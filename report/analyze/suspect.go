package analyze

import (
	"slices"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/unwind"
	"github.com/dmplens/dmplens/report"
)

// suspect is the conclusion about the module that what the dump says points to. Its rule is nil where nothing happened that a module could
// be suspected of; its module is "" where the rule says that there is no suspect.
type suspect struct {
	rule       *suspectRule
	module     string
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
	caller    spot                // who called KeBugCheckEx, proven by what it passed
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

// found is what a rule has found.
type found struct {
	spot
	by     unwind.Trust // of the frame that it was found by, "" for none
	detail string       // what the reason leaves open
}

// suspectOf tries the rules in their order. The first that applies is the answer.
func suspectOf(l *leads) suspect {
	for i := range suspectRules {
		r := &suspectRules[i]
		if r.codes != nil && !slices.Contains(r.codes, l.code) {
			continue
		}
		x, ok := r.find(l)
		if !ok {
			continue
		}
		s := suspect{rule: r, module: x.module, confidence: r.confidence}
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
	return &report.Suspect{Module: report.ValidUTF8(s.module), Reason: s.reason, Confidence: s.confidence}
}

// nearest is the first frame of those that has a property.
func nearest(frames []step, is func(s step) bool) (found, bool) {
	i := slices.IndexFunc(frames, is)
	if i < 0 {
		return found{}, false
	}
	return found{spot: frames[i].spot, by: frames[i].trust}, true
}

// run is the first module that has at least so many frames in a row right behind one that is wanted.
func run(frames []step, atLeast int, behind func(s step) bool) (found, bool) {
	for i := 1; i < len(frames); i++ {
		if !behind(frames[i-1]) || !frames[i].ofOthers() {
			continue
		}
		worst, n := frames[i].trust, 0
		for _, s := range frames[i:] {
			if s.module != frames[i].module {
				break
			}
			if s.trust.Rank() > worst.Rank() {
				worst = s.trust
			}
			n++
		}
		if n >= atLeast {
			return found{spot: frames[i].spot, by: worst}, true
		}
	}
	return found{}, false
}

// scanned says whether frames were found by scan alone.
func scanned(frames []step) bool {
	return slices.ContainsFunc(frames, func(s step) bool { return s.trust == unwind.Scan })
}

// spotOf is where an address of code lies.
func (f *facts) spotOf(a dmpfile.VirtAddr) spot {
	if p := f.placeOf(a); p.module != nil {
		kernel := f.inKernel(a)
		return spot{module: p.module.Name, own: kernel || ofWindows(p.module.Name, p.module.Path), kernel: kernel}
	}
	if m, ok := f.unloadedAt(a); ok && m.Name != "" {
		return spot{module: m.Name, own: ofWindowsCut(m.Name), unloaded: true}
	}
	return spot{}
}
