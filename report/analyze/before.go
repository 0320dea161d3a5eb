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

// firstSession are the bytes in which the first session of the event trace buffers is looked for. It is the event log's own, all that tells anything is in
// it, and it has two buffers of 64 KiB in real dumps, mostly far from full.
var firstSession = [...]int64{24 << 10, 160 << 10}

// eventStream reads the event trace buffers of a dump, as much of them as the file has, up to a limit; nil where it has none. What has more bytes than
// Windows writes is an error.
func eventStream(f *dmpfile.File, limit int64) ([]byte, error) {
	streams := f.Secondary().Streams
	if cut := f.Secondary().Cut; cut != nil { // the events before the end of the file are there
		streams = append(streams[:len(streams):len(streams)], *cut)
	}
	for _, s := range streams {
		switch {
		case s.GUID != tagEvents:
			continue
		case s.Size > maxEventStream:
			return nil, fmt.Errorf("the event trace buffers have %d bytes, which is more than Windows writes: they are not read", s.Size)
		}
		b := make([]byte, min(s.Size, limit))
		n, err := f.ReadAt(b, s.Offset)
		if err == io.EOF {
			err = nil
		}
		return b[:n], err
	}
	return nil, nil
}

// traced are the events of the event trace buffers in the dump, in their order: those that tell something. What can be read is true, however much
// of it there is. A brief report has those of the first session.
func (f *facts) traced() (list []events.Event) {
	log := f.eventLog()
	if log == nil {
		return nil
	}
	for e, err := range log.Events() {
		if f.brief && e != nil && e.Session > 0 {
			break
		}
		if err != nil || !events.Tells(e) {
			continue // a damaged piece, behind which is read on; or noise
		}
		if x, ok := events.FromETW(e, e.Name); ok && x.Rank > 0 {
			list = append(list, x)
		}
	}
	return list
}

// eventLog is what can be read of the event trace buffers, for a brief report of their first session; nil where there is nothing.
func (f *facts) eventLog() (log *etw.Log) {
	if !f.brief {
		b, _ := eventStream(f.File, maxEventStream)
		log, _ = etw.ReadStream(b)
		return log
	}
	for _, limit := range firstSession {
		b, _ := eventStream(f.File, limit)
		if log, _ = etw.ReadStream(b); log == nil || len(log.Sessions) > 1 || int64(len(b)) < limit {
			break
		}
	}
	return log
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

// writeEvents fills in the telling events of the last minutes before the stop, of which a brief report has the first, with what is private of
// them where that was asked for. It returns all that the dump has.
func (f *facts) writeEvents(rep *report.Report, private bool) []events.Event {
	own := f.traced()
	stop := f.stopTime()
	if stop.IsZero() {
		return own
	}
	pick := events.Before
	if f.brief {
		pick = events.Top
	}
	for _, e := range pick(own, stop) {
		rep.Events = append(rep.Events, e.Reported(stop, private))
	}
	return own
}

// writeLog fills in what logs say of the dump, beside its own events.
func (f *facts) writeLog(rep *report.Report, logs Logs, own []events.Event) {
	rep.Log = f.sideBySide(logs, own)
	if l := rep.Log; l != nil && l.Matched && rep.Origin != nil {
		where := l.File
		if l.Record != 0 {
			where += fmt.Sprintf(", record %d", l.Record)
		}
		rep.Origin.Evidence = append(rep.Origin.Evidence, report.Fact{Fact: l.Reason, Where: where})
	}
}
