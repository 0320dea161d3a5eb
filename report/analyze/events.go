package analyze

import (
	"strings"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/events"
)

// Events reads the events of the event trace buffers in the dump, and what the dump itself is: a crash, or a live dump. want chooses events by
// provider and id, and take gets them, as for [events.ReadLog]; the dump itself is always one. The report is that on the dump. The error says what the file is that
// is no kernel dump, or why it cannot be read.
func (d *Dump) Events(want func(provider string, id uint16) bool, take func(*events.Event)) (*events.Log, *report.Report, error) {
	rep := d.Report()
	if d.other != nil {
		return nil, rep, d.other
	}
	l := &events.Log{Source: report.EventFromDump}
	b, err := eventStream(d.f, maxEventStream)
	switch {
	case err != nil:
		l.Problems = append(l.Problems, err.Error())
	case b != nil:
		l = events.ReadStream(b, want, take)
	}
	if rep.Verdict == report.Damaged || rep.Verdict == report.Partial {
		l.Problems = append(l.Problems, "this dump is "+string(rep.Verdict)+": dmplens check says how")
	}
	stop := stopOf(rep)
	take(&stop)
	l.Read++
	return l, rep, nil
}

// stopOf is the dump as an event.
func stopOf(r *report.Report) events.Event {
	e := events.Event{Kind: report.EventCrash, Source: report.EventFromDump, Text: "the stop of this dump", Rank: events.RankStop}
	if r.Origin != nil {
		switch r.Origin.Kind {
		case report.KindLive:
			e.Kind, e.Text = report.EventLiveCapture, "the capture of this live dump"
		case report.KindMemory:
			e.Kind, e.Text = report.EventOther, "the capture of this memory image"
		}
	}
	if r.Dump != nil && r.Dump.CapturedAt != nil {
		e.Time = *r.Dump.CapturedAt
	}
	if b := r.Bugcheck; b != nil && b.Code != "" && e.Kind != report.EventOther {
		e.Text += ": " + b.Code
		if b.Name != "" {
			e.Text += " " + b.Name
		}
		var p []string
		for _, x := range b.Parameters {
			p = append(p, short(x.Value))
		}
		if len(p) > 0 {
			e.Text += " (" + strings.Join(p, ", ") + ")"
		}
	}
	return e
}

// short is a hexadecimal number without the zeros that pad it.
func short(s string) string {
	digits, ok := strings.CutPrefix(s, "0x")
	if !ok {
		return s
	}
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		digits = "0"
	}
	return "0x" + digits
}
