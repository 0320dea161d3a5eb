package events

import (
	"cmp"
	"slices"
	"time"

	"github.com/dmplens/dmplens/report"
)

// Limits of what stands before a stop.
const (
	maxBefore  = 6
	window     = 10 * time.Minute     // the oldest event in the buffers of a real dump is from 514 s before the stop
	clockSlack = time.Millisecond     // events are up to 0.2 ms after the stop, by its time in the header
	sameEvent  = 2 * time.Millisecond // between what a dump and a log have as the time of one event
	aboutSlack = 30 * time.Second     // a performance counter was seen to drift by 28 s
)

// Before picks the telling events of the last ten minutes before a stop: at most six, the most telling and of these the latest, by time.
// Equal ones are one with a count, and one that several logs have is one. The list stays as it is.
func Before(list []Event, stop time.Time) []Event {
	var near []Event
	for _, e := range list {
		if e.Rank < rankTelling || e.Time.IsZero() || e.Time.Before(stop.Add(-window)) {
			continue
		}
		after := clockSlack
		if e.About {
			after = aboutSlack
		}
		if e.Source == report.EventFromDumpStack || e.Time.After(stop.Add(after)) || e.Kind == report.EventCrash && !e.Time.Before(stop.Add(-clockSlack)) {
			continue // the stop itself, and what came later
		}
		near = append(near, e)
	}
	near = Merge(near)
	slices.SortStableFunc(near, func(a, b Event) int {
		return cmp.Or(cmp.Compare(b.Rank, a.Rank), b.Time.Compare(a.Time))
	})
	near = near[:min(len(near), maxBefore)]
	SortByTime(near)
	return near
}

// SortByTime puts the earliest first.
func SortByTime(list []Event) {
	slices.SortStableFunc(list, func(a, b Event) int { return a.Time.Compare(b.Time) })
}

// Merge makes one of what several logs have of one event, and one with a count, at the time of the last, of events that say the same.
func Merge(list []Event) []Event {
	type key struct {
		kind           report.EventKind
		provider, text string
		id             uint16
	}
	at := map[key]int{}
	var times [][]time.Time
	var out []Event
	for _, e := range list {
		k := key{e.Kind, e.Provider, e.Text, e.ID}
		i, ok := at[k]
		if !ok {
			at[k] = len(out)
			out = append(out, e)
			times = append(times, []time.Time{e.Time})
			continue
		}
		first := &out[i]
		if first.Source != e.Source || first.File != e.File {
			if slices.ContainsFunc(times[i], func(t time.Time) bool { return t.Sub(e.Time).Abs() <= sameEvent }) {
				if first.Record == 0 && first.Source == report.EventFromDump {
					first.Record = e.Record
				}
				continue
			}
		}
		times[i] = append(times[i], e.Time)
		count := max(first.Count, 1) + max(e.Count, 1)
		if e.Time.After(first.Time) {
			*first = e
		}
		first.Count = count
	}
	return out
}

// Reported is the event as a report has it. Its private fields are in it only where asked for.
func (e *Event) Reported(stop time.Time, private bool) report.Event {
	out := report.Event{About: e.About, Kind: e.Kind, Provider: e.Provider, ID: e.ID, Text: e.Text, Source: e.Source, File: e.File,
		Record: e.Record, Unflushed: e.Unflushed}
	if e.Count > 1 {
		out.Count = e.Count
	}
	if !e.Time.IsZero() {
		out.Time = &e.Time
		if !stop.IsZero() {
			seconds := stop.Sub(e.Time).Seconds()
			out.SecondsBefore = &seconds
		}
	}
	if private {
		for _, f := range e.Private {
			out.Private = append(out.Private, report.EventField(f))
		}
	}
	return out
}
