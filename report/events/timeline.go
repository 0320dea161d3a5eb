package events

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/dmplens/dmplens/report"
)

// Timeline puts the events of several dumps and logs together.
type Timeline struct {
	All      bool      // also what tells nothing, and each step of a live dump
	Provider string    // of this provider alone: its name, which may lack Microsoft-Windows-; empty for all
	Since    time.Time // from then on; zero for all
	Private  bool      // with what is private

	logs   []report.EventLog
	events []*Event
	words  map[string]string // texts and names of providers: in a log they are the same over and over
}

// Want is what a reader of logs is given for this time line: see [ReadLog].
func (t *Timeline) Want() func(provider string, id uint16) bool {
	switch {
	case t.Provider == "" && t.All:
		return nil
	case t.Provider == "":
		return Wanted
	}
	name := shortProvider(canonical(t.Provider))
	return func(provider string, id uint16) bool {
		return strings.EqualFold(shortProvider(canonical(provider)), name) && (t.All || Wanted(provider, id))
	}
}

// shortProvider is a provider's name without what most have in common.
func shortProvider(name string) string {
	const common = "microsoft-windows-"
	if len(name) > len(common) && strings.EqualFold(name[:len(common)], common) {
		return name[len(common):]
	}
	return name
}

// Take is what takes the events of a file, for a reader of logs: see [ReadLog]. What no line can show is not kept.
func (t *Timeline) Take(path string) func(*Event) {
	path = report.ValidUTF8(path)
	if t.words == nil {
		t.words = map[string]string{}
	}
	return func(e *Event) {
		if e.Rank == rankNoise && !t.All {
			return
		}
		x := *e
		x.File, x.Text, x.Provider = path, t.word(x.Text), t.word(x.Provider)
		if y := x.Time.UTC().Year(); y < 1601 || y > 9999 { // of a time stamp that is none: RFC 3339 cannot write it
			x.Time = time.Time{}
		}
		if x.Provider != providerLiveDump && x.Kind != report.EventCrash { // of which captures are made, and codes are told
			x.Fields = nil
		}
		if !t.Private {
			x.Private = nil
		}
		t.events = append(t.events, &x)
	}
}

// word is a text, the same in memory for equal ones.
func (t *Timeline) word(s string) string {
	w, ok := t.words[s]
	if !ok {
		w = s
		t.words[s] = s
	}
	return w
}

// Add adds what was read of a file besides its events.
func (t *Timeline) Add(path string, l *Log) {
	path = report.ValidUTF8(path)
	t.logs = append(t.logs, report.EventLog{
		Path: path, Source: l.Source, Read: l.Read, Messages: l.Messages, Unknown: l.Unknown, Problems: l.Problems,
	})
}

// AddOther adds a file that has no events, and why.
func (t *Timeline) AddOther(path string, why *report.Error) {
	t.logs = append(t.logs, report.EventLog{Path: report.ValidUTF8(path), Error: why})
}

// List is the time line. Without All each live dump is one event, and so are equal events that follow one another within an hour.
func (t *Timeline) List() *report.EventList {
	list := &report.EventList{SchemaVersion: report.EventsSchemaVersion, All: t.All, Provider: report.ValidUTF8(t.Provider), Logs: t.logs, Events: []report.Event{}}
	if list.Logs == nil {
		list.Logs = []report.EventLog{}
	}
	if !t.Since.IsZero() {
		list.Since = &t.Since
	}
	var chosen []*Event
	for _, c := range Captures(t.steps()) {
		e := c.Events[0]
		e.Text, e.Rank, e.Private, e.capture = c.Text(), rankCrash, nil, &c
		chosen = append(chosen, &e)
	}
	for _, e := range t.events {
		if t.All || !isStep(e) {
			chosen = append(chosen, e)
		}
	}
	chosen = slices.DeleteFunc(chosen, func(e *Event) bool { return !t.Since.IsZero() && e.Time.Before(t.Since) })
	slices.SortStableFunc(chosen, func(a, b *Event) int {
		if a.Time.IsZero() != b.Time.IsZero() {
			return cmp.Compare(b.Time.Year(), a.Time.Year())
		}
		return a.Time.Compare(b.Time)
	})
	chosen = once(chosen)
	if !t.All {
		chosen = counted(chosen)
	}
	shown := map[string]int{}
	for _, e := range chosen {
		list.Events = append(list.Events, e.Reported(time.Time{}, t.Private))
		if !t.All || !isCapture(e) { // its steps are shown too
			shown[e.File] += max(e.Count, 1)
		}
	}
	for i := range list.Logs {
		list.Logs[i].Shown = shown[list.Logs[i].Path]
	}
	return list
}

// steps are the events that captures are made of.
func (t *Timeline) steps() (list []Event) {
	for _, e := range t.events {
		if isStep(e) || e.Kind == report.EventBoot || e.Kind == report.EventPowerLoss {
			list = append(list, *e)
		}
	}
	return list
}

// isStep says whether an event is a step of a live dump.
func isStep(e *Event) bool {
	return e.Kind == report.EventLiveCapture && e.Provider == providerLiveDump
}

// isCapture says whether an event stands for a live dump, not for a step of it.
func isCapture(e *Event) bool { return e.Provider == providerLiveDump && e.Rank == rankCrash }

// sameText says whether two events say the same.
func sameText(a, b *Event) bool {
	return a.Kind == b.Kind && a.ID == b.ID && a.Text == b.Text && a.Provider == b.Provider
}

// maxTogether bounds how many events of one moment are compared with each other.
const maxTogether = 32

// once leaves out what another file has too: of an event in a dump and in the event log the latter stays. The list is sorted by time.
func once(list []*Event) []*Event {
	out := list[:0]
next:
	for _, e := range list {
		for i := len(out) - 1; i >= max(0, len(out)-maxTogether) && !e.Time.IsZero() && e.Time.Sub(out[i].Time) <= sameEvent; i-- {
			if x := out[i]; x.File != e.File && sameText(x, e) {
				if x.Source == report.EventFromDump && e.Source == report.EventFromLog {
					out[i] = e // it has been written after all
				}
				continue next
			}
		}
		out = append(out, e)
	}
	return out
}

// counted makes one of equal events of one file that follow one another within an hour: that of the last.
func counted(list []*Event) []*Event {
	out := list[:0]
	for _, e := range list {
		if n := len(out) - 1; n >= 0 && sameText(out[n], e) && out[n].File == e.File && !e.Time.IsZero() && e.Time.Sub(out[n].Time) <= time.Hour {
			last := *e // the events that were taken stay as they are
			last.Count = max(out[n].Count, 1) + 1
			if out[n].Count == 0 {
				out[n] = new(Event)
			}
			*out[n] = last
			continue
		}
		out = append(out, e)
	}
	return out
}
