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

	kinds []Record // of Records, one of each kind: the others are copies of it
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
	at := map[string][]int{} // the stops by their text, in their order
	for i := range records {
		e := &records[i]
		c, _ := crashOf(e)
		text, here := c.String(), Record{e.File, e.Record, e.Provider, e.ID, e.Time}
		same := at[text]
		same = same[max(0, len(same)-maxAtOnce):]
		if n := slices.IndexFunc(same, func(i int) bool { return out[i].takes(here) }); n >= 0 {
			out[same[n]].add(here)
			continue
		}
		at[text] = append(at[text], len(out))
		out = append(out, Stop{Text: text, Time: e.Time})
		out[len(out)-1].add(here)
	}
	return out
}

// maxAtOnce bounds the stops with one text among which that of a record is looked for: a machine does not start more often within sameBoot.
const maxAtOnce = 64

// add adds a record that the stop takes.
func (s *Stop) add(r Record) {
	s.Records = append(s.Records, r)
	if !slices.ContainsFunc(s.kinds, r.kindOf) {
		s.kinds = append(s.kinds, r)
	}
}

// kindOf says whether two records are of one kind.
func (r Record) kindOf(x Record) bool { return r.provider == x.provider && r.id == x.id }

// takes says whether a record can be one more of the stop: of the same boot, and not a second one of its kind, but for copies of a log.
func (s *Stop) takes(r Record) bool {
	for _, x := range s.kinds {
		apart := sameBoot
		if x.provider == providerStack || r.provider == providerStack {
			apart = promptly // that is of the stop itself
		}
		if r.time.Sub(x.time) > apart || r.kindOf(x) && !x.time.Equal(r.time) {
			return false
		}
	}
	return true
}
