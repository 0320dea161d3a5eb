package analyze

import (
	"fmt"
	"io"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/etw"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/events"
)

// maxEventStream is more than the event trace buffers of any dump that was seen, in bytes.
const maxEventStream = 64 << 20

// eventStream reads the event trace buffers of a dump, as much of them as the file has; nil where it has none. What has more bytes than Windows writes is an
// error.
func eventStream(f *dmpfile.File) ([]byte, error) {
	for _, s := range f.Secondary().Streams {
		switch {
		case s.GUID.String() != etw.StreamGUID:
			continue
		case s.Size > maxEventStream:
			return nil, fmt.Errorf("the event trace buffers have %d bytes, which is more than Windows writes: they are not read", s.Size)
		}
		b := make([]byte, s.Size)
		n, err := f.ReadAt(b, s.Offset)
		if err == io.EOF {
			err = nil
		}
		return b[:n], err
	}
	return nil, nil
}

// traced are the events of the event trace buffers in the dump, in their order: those that tell something. What can be read is true, however much
// of it there is.
func (f *facts) traced() (list []events.Event) {
	b, _ := eventStream(f.File)
	log, _ := etw.ReadStream(b)
	if log == nil {
		return nil
	}
	for e, err := range log.Events() {
		if err != nil || !events.Tells(e) {
			continue // a damaged piece, behind which is read on; or noise
		}
		if x, ok := events.FromETW(e, e.Name); ok && x.Rank > 0 {
			list = append(list, x)
		}
	}
	return list
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

// writeEvents fills in the telling events of the last minutes before the stop, with what is private of them where that was asked for, and what
// logs say of the dump.
func (f *facts) writeEvents(rep *report.Report, logs Logs, private bool) {
	own := f.traced()
	if stop := f.stopTime(); !stop.IsZero() {
		for _, e := range events.Before(own, stop) {
			rep.Events = append(rep.Events, e.Reported(stop, private))
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
