package analyze

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// contextPoint says what the header's context was taken at. Of a crash it is mostly the call of KeBugCheckEx, which says nothing of what went
// wrong: the arguments at its stack pointer prove it, or that the header's exception record is the breakpoint that Windows makes up for it at
// the same instruction.
func contextPoint(f *facts, o origin) report.ContextPoint {
	if !f.hasContext {
		return report.PointUnknown
	}
	c := f.context
	if r := f.faultRecord(); r != nil {
		if v, ok := r.value.(dmpfile.Context); ok && v.IP == c.IP && v.SP == c.SP {
			return report.PointException
		}
	}
	switch o.kind {
	case report.KindLive, report.KindMemory:
		return report.PointCapture
	}
	if f.bugCheckCall().at == &f.context {
		return report.PointBugCheck
	}
	if e, ok := f.Exception(); ok && e.Address == c.IP {
		if madeUp(e) {
			return report.PointBugCheck
		}
		return report.PointException
	}
	return report.PointUnknown
}
