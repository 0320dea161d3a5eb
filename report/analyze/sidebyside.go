package analyze

import (
	"io"
	"path/filepath"
	"slices"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/events"
)

// Logs are event logs, traces and DumpStack.logs that dumps are put beside. Nothing changes them once the first dump is looked at.
type Logs struct {
	events   []events.Event
	captures []events.Capture
	beside   int // of the events, the last ones: of logs that nobody named
}

// Add adds what a log tells of crashes, captures and what came before them. It returns what of it could not be read; the error is an
// *events.NotLogError where it is no log.
func (l *Logs) Add(r io.ReaderAt, size int64, name string) (problems []string, err error) {
	name = report.ValidUTF8(name)
	log, err := events.ReadLog(r, size, events.Wanted, func(e *events.Event) {
		e.File = name
		l.events = append(l.events, *e)
	})
	if err != nil {
		return nil, err
	}
	l.captures = events.Captures(l.events)
	return log.Problems, nil
}

// Stops are the bug checks that the logs record, the earliest first.
func (l *Logs) Stops() []events.Stop { return events.Stops(l.events) }

// dumpStackNames are the logs that Windows leaves where it writes a dump.
var dumpStackNames = [...]string{"DumpStack.log", "DumpStack.log.tmp"}

// logsBeside are the logs that were given and those that lie beside the file of the dump.
func (d *Dump) logsBeside() Logs {
	var all Logs
	if d.a.Logs != nil {
		all = Logs{events: slices.Clone(d.a.Logs.events), captures: d.a.Logs.captures}
	}
	named := len(all.events)
	if d.opened == nil {
		return all
	}
	for _, name := range dumpStackNames {
		f, info, err := dmpfile.OpenRegular(filepath.Join(filepath.Dir(d.place), name))
		if err != nil {
			continue
		}
		all.Add(f, info.Size, name) // one that is none says nothing
		f.Close()
	}
	all.beside = len(all.events) - named
	return all
}

// sideBySide compares the dump with logs, nil where there are none. That a log which merely lies beside it is of another stop is not said.
func (f *facts) sideBySide(logs Logs, own []events.Event) *report.Log {
	if len(logs.events) == 0 {
		return nil
	}
	d := events.Facts{
		Code: f.code.value, Parameters: f.code.values, Known: f.code.has, Captured: f.stopTime(), Total: -1, Header: -1, Primary: -1, Secondary: -1,
		Live: f.isLive(), Path: f.place,
	}
	if !f.code.known {
		if len(logs.events) == logs.beside {
			return nil
		}
		return &report.Log{Reason: "the header of this file has no bug check to look for"}
	}
	if t, ok := f.DumpType(); ok {
		d.DumpType = int(t)
	}
	if f.Regions.Total > 0 {
		d.Total = f.Regions.Total
	}
	if s := f.sizes(); s.Header != nil && s.Primary != nil && s.Secondary != nil {
		d.Header, d.Primary, d.Secondary = *s.Header, *s.Primary, *s.Secondary
	}
	match := events.Match(d, append(slices.Clone(own), logs.events...), logs.captures)
	if match != nil && !match.Matched && logs.beside > 0 {
		named := logs.events[:len(logs.events)-logs.beside]
		match = events.Match(d, append(slices.Clone(own), named...), logs.captures)
	}
	return match
}
