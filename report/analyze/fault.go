package analyze

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// faultPlace is the place that the facts hold at fault. Signature, suspect and what to look at first go by this one.
type faultPlace struct {
	place               // its module is nil where it lies in none that is known
	spot      spot      // the same for rules on suspects; they know modules that were unloaded, too
	by        faultFrom // what says so
	elsewhere string    // what of the dump has it in another module, "" where nothing has
}

// faultFrom is what says where the fault is.
type faultFrom int

// Ways to the place at fault, the first that there is counts.
const (
	faultUnknown     faultFrom = iota
	faultByParameter           // an address of code, by the meaning of the bug check
	faultByException           // where the header's exception happened, of a crash
	faultByCaller              // who called for a bug check that is not Microsoft's
	faultByRecord              // the registers of the processor when it met what the bug check is about
)

// faultOf is the place at fault: the address of code that a parameter has by the meaning of the bug check; else, of a crash, where the
// header's exception happened; else, for codes that are not Microsoft's, the one that called for the bug check; else where the record of the
// fault has the processor.
func faultOf(f *facts) faultPlace {
	p := faultPlace{}
	p.place, p.by = namedFault(f)
	if r := f.faultRecord(); r != nil && p.by == faultUnknown && r.from != report.RecordInterrupted {
		if ip, kernel := instructionOf(r.value); kernel {
			p.place, p.by = f.placeOf(ip), faultByRecord
		}
	}
	if p.by != faultUnknown {
		p.spot = f.spotOf(p.address)
	}
	if p.by != faultByCaller && !f.isLive() {
		p.elsewhere = f.faultElsewhere(p.place)
	}
	return p
}

// ofSignature is the place that the signature has, which goes by no record, and by who called in small dumps alone.
func (p faultPlace) ofSignature(f *facts) place {
	if p.by == faultByRecord || p.by == faultByCaller && f.Triage == nil || !p.named() {
		return place{}
	}
	return p.place
}

// namedFault is the place at fault without what records say, and with it if it lies in no module that is known.
func namedFault(f *facts) (place, faultFrom) {
	for i := range f.code.Parameters {
		if p := f.parameterPlace(i); p.named() {
			return p, faultByParameter
		}
	}
	if e, ok := f.exception(); ok && !f.isLive() {
		if p := f.placeOf(e.Address); p.named() {
			return p, faultByException
		}
	}
	if !f.code.listed && !markedByCode(f) {
		if p, ok := f.callerPlace(); ok && p.named() {
			return p, faultByCaller
		}
	}
	if p, ok := f.faultingInstruction(); ok {
		return f.placeOf(dmpfile.VirtAddr(p.Value)), faultByParameter
	}
	return place{}, faultUnknown
}

// instructionOf is where a record has the processor, and whether that is code of the kernel's.
func instructionOf(record any) (ip dmpfile.VirtAddr, kernel bool) {
	switch v := record.(type) {
	case dmpfile.Exception:
		return v.Address, true
	case dmpfile.Context:
		return v.IP, true
	case nt.TrapFrame:
		return v.IP, !v.User
	}
	return 0, false
}

// faultElsewhere names a record that a parameter points to and that has the fault in another module than the place at fault.
func (f *facts) faultElsewhere(p place) string {
	for _, r := range f.records {
		ip, kernel := instructionOf(r.value)
		if q := f.placeOf(ip); r.from == report.RecordParameter && kernel && p.named() && q.module != p.module {
			return "the " + r.kind
		}
	}
	return ""
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
