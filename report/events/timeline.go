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
	Provider []string  // of these alone: their names, which may lack Microsoft-Windows-; none for all
	Since    time.Time // from then on; zero for all
	Until    time.Time // up to then; zero for all
	Private  bool      // with what is private
	Messages bool      // the messages of software traces (WPP) too, as far as they have text; all of it is private

	logs   []report.EventLog
	events []*Event
	words  map[string]string // texts and names of providers: in a log they are the same over and over
}

// Want is what a reader of logs is given for this time line: see [ReadLog].
func (t *Timeline) Want() func(provider string, id uint16) bool {
	want := t.wantEvents()
	if !t.Messages {
		return want
	}
	return func(provider string, id uint16) bool {
		return provider == ProviderMessages || want == nil || want(provider, id)
	}
}

func (t *Timeline) wantEvents() func(provider string, id uint16) bool {
	switch {
	case len(t.Provider) == 0 && t.All:
		return nil
	case len(t.Provider) == 0:
		return Wanted
	}
	names := make([]string, len(t.Provider))
	for i, p := range t.Provider {
		names[i] = shortProvider(canonical(p))
	}
	return func(provider string, id uint16) bool {
		provider = canonical(provider)
		short := shortProvider(provider)
		return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, short) }) && (t.All || Wanted(provider, id))
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
		if e.Rank == rankNoise && !t.All && !e.message {
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

// List is the time line. Without All each live dump is one event.
func (t *Timeline) List() *report.EventList {
	list := &report.EventList{SchemaVersion: report.EventsSchemaVersion, All: t.All, Provider: report.ValidUTF8(strings.Join(t.Provider, ", ")), Logs: t.logs, Events: []report.Event{}}
	if list.Logs == nil {
		list.Logs = []report.EventLog{}
	}
	if !t.Since.IsZero() {
		list.Since = &t.Since
	}
	if !t.Until.IsZero() {
		list.Until = &t.Until
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
	chosen = slices.DeleteFunc(chosen, func(e *Event) bool {
		return !t.Since.IsZero() && e.Time.Before(t.Since) || !t.Until.IsZero() && (e.Time.After(t.Until) || e.Time.IsZero())
	})
	slices.SortStableFunc(chosen, func(a, b *Event) int {
		if a.Time.IsZero() != b.Time.IsZero() {
			return cmp.Compare(b.Time.Year(), a.Time.Year())
		}
		return a.Time.Compare(b.Time)
	})
	chosen = once(chosen)
	shown := map[string]int{}
	for _, e := range chosen {
		list.Events = append(list.Events, e.Reported(time.Time{}, t.Private))
		if !t.All || !isCapture(e) { // its steps are shown too
			shown[e.File]++
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

// once leaves out what another file has too, and a record that a file has twice: of an event in a dump and in the event log the latter stays. The list
// is sorted by time.
func once(list []*Event) []*Event {
	out := list[:0]
next:
	for _, e := range list {
		for i := len(out) - 1; i >= max(0, len(out)-maxTogether) && !e.Time.IsZero() && e.Time.Sub(out[i].Time) <= sameEvent; i-- {
			if x := out[i]; (x.File != e.File || x.Record != 0 && x.Record == e.Record && x.Time.Equal(e.Time)) && sameText(x, e) {
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
