package events

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dumpstack"
	"github.com/dmplens/dmplens/dmpfile/etw"
	"github.com/dmplens/dmplens/dmpfile/evtx"
	"github.com/dmplens/dmplens/report"
)

// channelSystem is the number that events for the event log System have as their channel (winmeta.xml).
const channelSystem = 8

// toEventLog says whether an event is one for an event log: those of TraceLogging, and manifest ones without a channel, are not.
func toEventLog(e *etw.Event) bool {
	return e.Form == etw.Legacy || e.Form == etw.Manifest && e.Channel != 0
}

// FromETW tells a record of a trace or of the buffers in a dump: the caller sets Source and File where it is not a dump. provider is its name
// where the caller knows better than the event and the table of names. The bool is whether every byte of the payload is understood: where it
// is not the event has no fields and no rank.
func FromETW(e *etw.Event, provider string) (Event, bool) {
	if provider == "" {
		provider = providerOf(e)
	}
	out := Event{Time: e.Time, About: e.About, Unflushed: e.Unflushed && toEventLog(e), Provider: provider, ID: e.ID, Version: e.Version,
		Source: report.EventFromDump, System: e.Channel == channelSystem || e.Form == etw.Legacy, Kind: report.EventOther}
	list, ok := e.Fields()
	if !ok {
		return out, false
	}
	f := make(fields, 0, len(list))
	var private []Field
	for _, x := range list {
		field := Field{x.Name, x.String()}
		switch {
		case e.Form == etw.Legacy && (x.Name == "Source" || x.Name == "EventID"): // said already
		case e.Form == etw.Legacy && x.Name == "UserSID", x.Private && e.Form == etw.TraceLogging:
			private = append(private, field)
		default:
			f = append(f, field)
		}
	}
	out.fill(f)
	out.Private = append(out.Private, private...)
	if sid := etw.SIDText(e.SID); sid != "" {
		out.Private = append(out.Private, Field{"UserID", sid})
	}
	return out, true
}

// Tells says whether a record can tell something: who wants no others can skip them before their fields are read.
func Tells(e *etw.Event) bool {
	return (e.Form == etw.Manifest || e.Form == etw.Legacy) && Wanted(providerOf(e), e.ID)
}

// providerOf names the provider of a record by what the record says itself, by the table of names, or by its GUID.
func providerOf(e *etw.Event) string {
	for _, name := range [...]string{e.Source(), e.Name, etw.ProviderName(e.Provider)} {
		if name != "" {
			return name
		}
	}
	return "{" + e.Provider.String() + "}"
}

// FromRecord tells a record of an event log; the caller sets File. The bool is whether there is a rule for it.
func FromRecord(r *evtx.Record) (Event, bool) {
	out := Event{Time: r.Time, Provider: r.Provider, ID: r.ID, Version: r.Version, Record: r.Number,
		Source: report.EventFromLog, System: r.Channel == "System"}
	if r.ProviderGUID == liveDumpGUID {
		out.Provider = providerLiveDump
	}
	f := make(fields, 0, len(r.Data)+1)
	for _, x := range r.Data {
		f = append(f, Field(x))
	}
	if len(r.Binary) > 0 {
		f = append(f, Field{"Binary", hex.EncodeToString(r.Binary)})
	}
	if r.ID == 6008 {
		if t, ok := lastRan(r.Binary); ok {
			f = append(f, Field{"LastRan", t.Format(time.DateTime + " UTC")})
		}
	}
	out.fill(f)
	if r.UserSID != "" {
		out.Private = append(out.Private, Field{"UserID", r.UserSID})
	}
	if r.Computer != "" {
		out.Private = append(out.Private, Field{"Computer", r.Computer})
	}
	return out, out.Text != ""
}

// lastRan reads the time at which Windows last ran from the bytes of event 6008: two SYSTEMTIMEs, local and UTC.
func lastRan(b []byte) (time.Time, bool) {
	if len(b) < 32 {
		return time.Time{}, false
	}
	part := func(i int) int { return int(binary.LittleEndian.Uint16(b[16+2*i:])) }
	t := time.Date(part(0), time.Month(part(1)), part(3), part(4), part(5), part(6), part(7)*1e6, time.UTC)
	return t, part(0) >= 1980 && int(t.Month()) == part(1) && t.Day() == part(3) && t.Hour() == part(4)
}

// FromDumpStack tells a DumpStack.log: the stop, and why there is no dump or a smaller one; the caller sets File. The events have ids of
// their own, as the log has none.
func FromDumpStack(l *dumpstack.Log) []Event {
	if l == nil || l.Ending == dumpstack.Empty || !l.Says() { // no stop is logged
		return nil
	}
	stop := Event{Time: l.Time, Provider: providerStack, ID: 1, Source: report.EventFromDumpStack, Kind: report.EventCrash, Rank: rankCrash}
	stop.Text = "Windows stopped (this log does not say the code)"
	if l.Code != nil {
		stop.Text = "bug check " + named(*l.Code)
		if p := l.Parameters; p[0] != nil && p[1] != nil && p[2] != nil && p[3] != nil {
			stop.Text += fmt.Sprintf(" (%#x, %#x, %#x, %#x)", *p[0], *p[1], *p[2], *p[3])
		}
		stop.Fields = append(stop.Fields, Field{"Code", fmt.Sprintf("%#x", *l.Code)})
		for i, p := range l.Parameters {
			if p != nil {
				stop.Fields = append(stop.Fields, Field{"Parameter" + strconv.Itoa(i+1), fmt.Sprintf("%#x", *p)})
			}
		}
	}
	if l.Type != 0 {
		stop.Text += "; " + dumpOfType(l.Type)
		stop.Fields = append(stop.Fields, Field{"Type", strconv.Itoa(l.Type)})
	}
	for _, x := range []struct {
		name  string
		value *uint64
	}{{"Total", l.Total}, {"Secondary", l.Secondary}, {"Pages", l.Pages}, {"Written", l.Written}} {
		if x.value != nil {
			stop.Fields = append(stop.Fields, Field{x.name, strconv.FormatUint(*x.value, 10)})
		}
	}
	if l.Elapsed > 0 {
		stop.Fields = append(stop.Fields, Field{"Elapsed_ms", strconv.FormatInt(l.Elapsed.Milliseconds(), 10)})
	}
	if l.Completed {
		stop.Text += ", completed"
		stop.Fields = append(stop.Fields, Field{"Completed", "true"})
	}
	list := []Event{stop}
	more := func(id uint16, text string) *Event {
		list = append(list, Event{Time: l.Time.Add(l.Elapsed), Provider: providerStack, ID: id, Source: report.EventFromDumpStack,
			Kind: report.EventDumpNotWritten, Rank: rankCrash, Text: text})
		return &list[len(list)-1]
	}
	if t := l.TooSmall; t != nil {
		small := more(2, fmt.Sprintf("the dump file of %s bytes was too small for %s of %s bytes", report.Commas(t.Have), dumpOfType(t.Type), report.Commas(t.Need)))
		small.Time = l.Time // it is found before anything is written
		switch {
		case l.Switched && l.Completed:
			small.Kind = report.EventCrash // there is a dump
			small.Text += ": Windows wrote a small memory dump instead"
		case l.Switched:
			small.Text += ": Windows began a small memory dump instead"
		}
	}
	switch { // where the writing ended is no cause: the driver of a callback was only asked for its data
	case l.Completed:
	case l.In != "":
		more(3, fmt.Sprintf("writing the dump was not finished: its log ends inside the callback %q", clip(l.In)))
	case l.Writing != "":
		more(3, fmt.Sprintf("writing the dump was not finished: its log ends while the data of the callback %q was written", clip(l.Writing)))
	case l.Ending == dumpstack.Unclosed && l.Percent != nil && *l.Percent < 100:
		more(3, fmt.Sprintf("writing the dump was not finished: its log ends at %d%% of the memory", *l.Percent))
	case l.Part != "":
		more(3, fmt.Sprintf("writing the dump was not finished: its log ends inside the part %q", clip(l.Part)))
	case l.Ending == dumpstack.Unclosed:
		more(3, "writing the dump was not finished")
	}
	return list
}

// dumpOfType names a type of dump, by its number in the header, as Windows' settings do. One of all memory can be active memory alone.
func dumpOfType(t int) string {
	switch t {
	case 0:
		return "a dump"
	case 1:
		return "a complete memory dump"
	case 2, 6: // the settings "kernel" and "automatic" both
		return "a kernel memory dump"
	case 4:
		return "a small memory dump"
	case 5:
		return "a complete or active memory dump"
	}
	return fmt.Sprintf("a dump of type %d", t)
}
