package analyze

import (
	"github.com/dmplens/dmplens/dmpfile"
)

// faultOf is the place that the facts hold at fault: the address of code that a parameter has by the meaning of the bug check; else, of a
// crash, where the header's exception happened; else, for codes that are not Microsoft's, the one that called for the bug check. Its
// module is nil where there is none of these in a module that is known.
func faultOf(f *facts) place {
	for i := range f.code.Parameters {
		if p := f.parameterPlace(i); p.named() {
			return p
		}
	}
	if e, ok := f.exception(); ok && !f.isLive() {
		if p := f.placeOf(e.Address); p.named() {
			return p
		}
	}
	if !f.code.listed && !markedByCode(f) {
		if p, ok := f.callerPlace(); ok && p.named() {
			return p
		}
	}
	return place{}
}

// exception is the header's exception record. For a bug check that no exception led to, Windows writes a breakpoint at the place of the
// call; that is none, because nothing of the kind happened.
func (f *facts) exception() (dmpfile.Exception, bool) {
	e, ok := f.Exception()
	if !ok || madeUp(e) {
		return dmpfile.Exception{}, false
	}
	return e, true
}

const statusBreakpoint = 0x80000003

// madeUp says whether an exception record is the one that Windows writes where there was no exception.
func madeUp(e dmpfile.Exception) bool {
	const noncontinuable = 1
	return e.Code == statusBreakpoint && e.Flags == noncontinuable && len(e.Information) == 0
}
