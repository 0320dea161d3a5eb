package analyze

import (
	"fmt"
	"io"
	"time"

	"github.com/dmplens/dmplens/dmpfile/etw"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/events"
)

// maxEventStream is more than the event trace buffers of any dump that was seen, in bytes.
const maxEventStream = 64 << 20

// traced are the events of the event trace buffers in the dump, in their order: those that tell something. The error says what could not be read.
func (f *facts) traced() ([]events.Event, error) {
	var list []events.Event
	for _, s := range f.Secondary().Streams {
		if s.GUID.String() != etw.StreamGUID || s.Size > maxEventStream {
			continue
		}
		b := make([]byte, s.Size)
		if n, err := f.ReadCached(b, s.Offset); n < len(b) && err != io.EOF && err != nil {
			return list, err
		}
		log, err := etw.ReadStream(b)
		if log == nil {
			return list, err
		}
		for e, err := range log.Events() {
			if err != nil || !events.Tells(e) {
				continue // a damaged piece, behind which is read on; or noise
			}
			if x, ok := events.FromETW(e, e.Name); ok && x.Rank > 0 {
				x.Source = report.EventFromDump
				list = append(list, x)
			}
		}
		if err != nil {
			return list, err
		}
	}
	return list, nil
}

// stopTime is when the dump says that the system stopped or was captured, zero where it does not.
func (f *facts) stopTime() time.Time {
	if t, ok := f.SystemTime(); ok {
		return t
	}
	if f.shared != nil {
		return f.shared.SystemTime
	}
	return time.Time{}
}

// writeEvents fills in the telling events of the last minutes before the stop, and what logs say of the dump.
func (f *facts) writeEvents(rep *report.Report, logs Logs) {
	own, _ := f.traced() // what can be read is true, however much of it there is
	if stop := f.stopTime(); !stop.IsZero() {
		for _, e := range events.Before(own, stop) {
			rep.Events = append(rep.Events, e.Reported(stop, false))
		}
	}
	rep.Log = f.sideBySide(logs, own)
	if l := rep.Log; l != nil && l.Matched && rep.Origin != nil {
		where := l.File
		if l.Record != 0 {
			where += fmt.Sprintf(", record %d", l.Record)
		}
		rep.Origin.Evidence = append(rep.Origin.Evidence, report.Fact{Fact: l.Reason, Where: where})
	}
}
