package events

import (
	"slices"
	"time"

	"github.com/dmplens/dmplens/report"
)

// Stop is a bug check that logs record: by event 1001, by Kernel-Power 41, by a DumpStack.log or by several of them.
type Stop struct {
	Text    string    // its code and parameters
	Time    time.Time // of the first record, which Windows mostly writes at the next boot
	Records []Record  // at least one
}

// Record is an event in a log.
type Record struct {
	File   string
	Number uint64 // in an event log; 0 in a DumpStack.log

	provider string
	id       uint16
	time     time.Time
}

// sameBoot is the longest time between two records of one stop: Windows writes both while it starts.
const sameBoot = 30 * time.Minute

// Stops are the bug checks that logs record, the earliest first.
func Stops(list []Event) []Stop {
	var records []Event
	for _, e := range list {
		if _, ok := crashOf(&e); ok && e.Source != report.EventFromDump {
			records = append(records, e)
		}
	}
	SortByTime(records)
	var out []Stop
	for i := range records {
		e := &records[i]
		c, _ := crashOf(e)
		text, here := c.String(), Record{e.File, e.Record, e.Provider, e.ID, e.Time}
		if at := slices.IndexFunc(out, func(s Stop) bool { return s.Text == text && s.takes(here) }); at >= 0 {
			out[at].Records = append(out[at].Records, here)
			continue
		}
		out = append(out, Stop{Text: text, Time: e.Time, Records: []Record{here}})
	}
	return out
}

// takes says whether a record can be one more of the stop: of the same boot, and not a second one of its kind, but for copies of a log.
func (s *Stop) takes(r Record) bool {
	for _, x := range s.Records {
		apart := sameBoot
		if x.provider == providerStack || r.provider == providerStack {
			apart = promptly // that is of the stop itself
		}
		if r.time.Sub(x.time) > apart || x.provider == r.provider && x.id == r.id && !x.time.Equal(r.time) {
			return false
		}
	}
	return true
}
