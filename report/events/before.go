package events

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/dmplens/dmplens/bugcheck"
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
	telling := ranked(list, stop)
	telling = telling[:min(len(telling), maxBefore)]
	SortByTime(telling)
	return telling
}

// Top is the most telling of them, and of these the latest; none where there is none.
func Top(list []Event, stop time.Time) []Event {
	telling := ranked(list, stop)
	return telling[:min(len(telling), 1)]
}

// ranked are the telling events of the last ten minutes before a stop, the most telling first and of these the latest.
func ranked(list []Event, stop time.Time) []Event {
	var telling []Event
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
		telling = append(telling, e)
	}
	telling = Merge(telling)
	slices.SortStableFunc(telling, func(a, b Event) int {
		return cmp.Or(cmp.Compare(b.Rank, a.Rank), b.Time.Compare(a.Time))
	})
	return telling
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
	type place struct{ source, file string }
	at := map[key]int{}
	seen := map[key]map[int64]place{} // by time
	var out []Event
	for _, e := range list {
		k := key{e.Kind, e.Provider, e.Text, e.ID}
		here := place{string(e.Source), e.File}
		i, ok := at[k]
		if !ok {
			at[k], seen[k] = len(out), map[int64]place{tick(e.Time): here}
			out = append(out, e)
			continue
		}
		first := &out[i]
		if there, ok := near(seen[k], e.Time); ok && there != here {
			if first.Record == 0 {
				first.Record = e.Record
			}
			continue
		}
		seen[k][tick(e.Time)] = here
		count := max(first.Count, 1) + max(e.Count, 1)
		if e.Time.After(first.Time) {
			*first = e
		}
		first.Count = count
	}
	return out
}

// tick counts what a dump and a log can differ by in the time of one event.
func tick(t time.Time) int64 { return t.UnixNano() / int64(sameEvent) }

// near finds what stands in a table by tick at a time, or in the tick before or behind.
func near[T any](m map[int64]T, t time.Time) (v T, ok bool) {
	for _, d := range [...]int64{0, -1, 1} {
		if v, ok = m[tick(t)+d]; ok {
			return v, true
		}
	}
	return v, false
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
	if c := e.capture; c != nil {
		setStop(&out, c.Code, c.Parameters)
		out.Sizes = sizesOf(c.Total, c.Header, c.Primary, c.Secondary)
	} else if c, ok := crashOf(e); ok {
		setStop(&out, &c.code, c.parameters)
		if e.Provider == providerStack {
			f := fields(e.Fields)
			out.Sizes = sizesOf(f.pointer("Total"), nil, nil, f.pointer("Secondary"))
		}
	}
	if private {
		for _, f := range e.Private {
			out.Private = append(out.Private, report.EventField(f))
		}
	}
	return out
}

// setStop sets code and parameters, those that are known.
func setStop(out *report.Event, code *uint32, parameters [4]*uint64) {
	if code == nil {
		return
	}
	out.Code = fmt.Sprintf("%#x", *code)
	if c, ok := bugcheck.Lookup(*code); ok {
		out.Name = c.Name
	}
	out.Parameters = make([]string, len(parameters))
	for i, p := range parameters {
		if p != nil {
			out.Parameters[i] = report.Hex(*p)
		}
	}
}

// sizesOf are the sizes of a dump, nil where the total is not known.
func sizesOf(total, header, primary, secondary *uint64) *report.Sizes {
	if total == nil || *total > math.MaxInt64 {
		return nil
	}
	size := func(v *uint64) *int64 {
		if v == nil || *v > math.MaxInt64 {
			return nil
		}
		return new(int64(*v))
	}
	return &report.Sizes{Total: int64(*total), Header: size(header), Primary: size(primary), Secondary: size(secondary)}
}
