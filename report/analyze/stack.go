package analyze

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/unwind"
)

// stackFacts are who stopped Windows, and the frames of the stack. Most rows of a scan need none of them, so each is found when it is asked
// for first: caller by callerPlace, frames by stack.
type stackFacts struct {
	frames []unwind.Frame
	walked bool

	caller   place
	passed   [5]uint64 // the code and the parameters that the caller passed
	isCaller bool
	asked    bool
}

// stack is the frames of the stack that the dump was captured on, the innermost first, through the fault that a record shows.
func (f *facts) stack() []unwind.Frame {
	if !f.lazy.walked {
		f.lazy.walked = true
	}
	return f.lazy.frames
}

// callerPlace is where the call of KeBugCheckEx returns to, proven by its arguments.
func (f *facts) callerPlace() (place, bool) {
	if !f.lazy.asked {
		f.lazy.asked = true
	}
	return f.lazy.caller, f.lazy.isCaller
}

// framePlace is where a frame is: in a loaded module, in one that was unloaded, or in none. Its name is "" then.
func (f *facts) framePlace(a dmpfile.VirtAddr) (p place, unloaded string) {
	p = f.placeOf(a)
	if p.module == nil {
		if m, ok := f.unloadedAt(a); ok {
			unloaded = m.Name
		}
	}
	return p, unloaded
}
