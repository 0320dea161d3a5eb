package events

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dumpstack"
	"github.com/dmplens/dmplens/dmpfile/etw"
	"github.com/dmplens/dmplens/dmpfile/evtx"
	"github.com/dmplens/dmplens/report"
)

// Log is what was read of one log, besides its events.
type Log struct {
	Source report.EventSource
	Read   int // events that were looked at: those that nobody wants among them, and those without a layout

	// Unknown counts events whose fields no layout tells, and Messages those of WPP, whose text only the symbols of their drivers have.
	// Neither are events that are taken.
	Unknown  []report.EventCount
	Messages int

	Problems []string // what could not be read or is not there, each a sentence; at most maxProblems
	Damaged  bool     // something of it could not be read
	problems int
	take     func(*Event)
	asked    bool // a record that is wanted is counted and not yet read
}

// RankStop is the rank of a crash or a live dump.
const RankStop = rankCrash

const (
	maxProblems = 8    // of one log; what comes after is counted
	maxUnknown  = 1000 // kinds of unknown events that are counted each on its own
)

// NotLogError says that a file is no log of events.
type NotLogError struct {
	What string // what it is instead
	Dump bool   // it is a kernel dump, which has its events in its secondary data
}

func (e *NotLogError) Error() string { return "no log of events: " + e.What }

// ReadLog reads the events of a file of size bytes that is told by its content: an event log (EVTX, or XML of Event Viewer or wevtutil), a trace
// (.etl) or a DumpStack.log. want chooses events by provider and id, as [Wanted] does; nil takes all. They are given to take one after the other
// in the order of the file: a log has more of them than it is good to hold. The error is a *NotLogError where the file is something else, or
// what kept its head from being read, and then none was given; what could not be read of the rest is in Problems.
func ReadLog(r io.ReaderAt, size int64, want func(provider string, id uint16) bool, take func(*Event)) (*Log, error) {
	head := make([]byte, min(max(size, 0), 4096))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		if head = head[:n]; err != io.EOF {
			return nil, err
		}
	}
	l := &Log{take: take}
	switch {
	case bytes.HasPrefix(head, []byte(evtx.Magic)):
		f, err := evtx.NewFile(r, size)
		if err != nil {
			return nil, err
		}
		l.Source = report.EventFromLog
		if f.HeaderDamaged {
			l.damage("the header of the event log is damaged: its checksum is wrong")
		}
		l.eventLog(f)
		l.records(f.Records(l.counted(want)), want == nil)
		return l, nil
	case bytes.HasPrefix(head, []byte("DLOGFILE")):
		d, err := dumpstack.Read(r, size)
		if err != nil {
			return nil, err
		}
		l.Source = report.EventFromDumpStack
		l.dumpStack(d, want)
		return l, nil
	case evtx.IsXML(head):
		l.Source = report.EventFromLog
		l.records(evtx.ReadXML(io.NewSectionReader(r, 0, size), l.counted(want)), want == nil)
		if l.Read > 0 || l.problems > 0 {
			return l, nil
		}
		return nil, &NotLogError{What: "XML or HTML without events of Windows"}
	}
	t, traceErr := etw.NewFile(r, size)
	if traceErr == nil {
		l.Source = report.EventFromTrace
		if t.Unclosed && !t.Compressed {
			l.problem("the trace was not closed: its last events can be missing")
		}
		l.trace(t, want)
		return l, nil
	}
	_, err := dmpfile.NewFile(r, size)
	if other, ok := errors.AsType[*dmpfile.NotDumpError](err); ok {
		if other.What == dmpfile.EventTrace {
			return nil, fmt.Errorf("the event trace (.etl) cannot be read: %w", traceErr)
		}
		what := strings.Replace(other.Message, ", not a dump", "", 1)
		if _, err := dumpstack.Read(r, size); other.What == dmpfile.Unknown {
			if no, ok := errors.AsType[*dumpstack.NotLogError](err); ok {
				what = no.What // it knows files in which a log was to be
			}
		}
		return nil, &NotLogError{What: what}
	}
	if err != nil {
		return nil, err
	}
	return nil, &NotLogError{What: "a kernel dump", Dump: true}
}

// ReadStream reads the events of a dump: the data of the stream that has the GUID [etw.StreamGUID]. want and take are as for
// [ReadLog].
func ReadStream(b []byte, want func(provider string, id uint16) bool, take func(*Event)) *Log {
	l := &Log{Source: report.EventFromDump, take: take}
	t, err := etw.ReadStream(b)
	if err != nil {
		l.damage(err.Error())
	}
	if t != nil {
		l.trace(t, want)
	}
	return l
}

// damage notes what could not be read.
func (l *Log) damage(what string) {
	l.Damaged = true
	if l.Source == report.EventFromDump { // offsets are those in the stream
		what = "in the stream of event trace buffers, " + what
	}
	l.problem(what)
}

// problem notes what could not be read, or is not there.
func (l *Log) problem(what string) {
	l.problems++
	switch {
	case l.problems <= maxProblems-1:
		l.Problems = append(l.Problems, what)
	case l.problems == maxProblems:
		l.Problems = append(l.Problems, "")
		fallthrough
	default:
		l.Problems[maxProblems-1] = fmt.Sprintf("and %d problems more", l.problems-maxProblems+1)
	}
}

// eventLog says what an event log lacks, and how far it can be trusted.
func (l *Log) eventLog(f *evtx.File) {
	for _, what := range f.Missing {
		l.damage(what)
	}
	if f.Dirty {
		l.problem("the event log was not closed: its newest records can be missing")
	}
	if n := f.Open.Records; n > 0 {
		l.problem(fmt.Sprintf("records of its newest chunk that are read without a checksum, which Windows had not written yet: %d", n))
	}
	if n := f.Open.LeftOut; n > 0 {
		l.problem(fmt.Sprintf("its newest chunk goes on with record %d, which does not follow: it is not read", n))
	}
}

// counted is want, and counts what it is asked. It is nil where all are wanted: those are counted as they come.
func (l *Log) counted(want func(provider string, id uint16) bool) func(provider string, id uint16) bool {
	if want == nil {
		return nil
	}
	return func(provider string, id uint16) bool {
		l.Read++
		l.asked = want(provider, id)
		return l.asked
	}
}

// records takes the records of an event log.
func (l *Log) records(list iter.Seq2[*evtx.Record, error], count bool) {
	for r, err := range list {
		if l.asked && err != nil {
			l.Read-- // nobody has seen what it tells
		}
		l.asked = false
		if err != nil {
			l.damage(err.Error())
			continue
		}
		if count {
			l.Read++
		}
		e, _ := FromRecord(r)
		l.take(&e)
	}
}

// dumpStack takes what a DumpStack.log says, and says how it ends.
func (l *Log) dumpStack(d *dumpstack.Log, want func(provider string, id uint16) bool) {
	switch d.Ending {
	case dumpstack.Empty:
		l.problem("the log is empty: no stop has been written down")
		return
	case dumpstack.Full:
		l.problem("the text fills the log: what came after it is lost")
	case dumpstack.Unsure:
		l.problem("the length of the log does not fit its text: another program may have changed it")
	}
	switch {
	case !d.Says():
		l.damage("no line of the log is one that Windows is known to write: it tells of no stop")
	case d.Ending == dumpstack.Full && d.Unknown == 1: // the last line is cut
	case d.Unknown > 0:
		what := fmt.Sprintf("lines of the log that Windows is not known to write, and that are not read: %d", d.Unknown)
		if !private(d.UnknownLine) {
			what += fmt.Sprintf(", the first %q", clip(d.UnknownLine))
		}
		l.problem(what)
	}
	if d.Stops > 1 {
		l.problem(fmt.Sprintf("the log has %d stops: the last of them is told", d.Stops))
	}
	for _, e := range FromDumpStack(d) {
		l.Read++
		if want == nil || want(e.Provider, e.ID) {
			l.take(&e)
		}
	}
}

// trace takes the events of a trace, or of the buffers in a dump.
func (l *Log) trace(t *etw.Log, want func(provider string, id uint16) bool) {
	lost := 0
	for _, s := range t.Sessions {
		lost += max(s.Lost, 0)
	}
	if lost > 0 {
		says := fmt.Sprintf("%d events are lost: Windows could not write them into the trace", lost)
		if lost == 1 {
			says = "an event is lost: Windows could not write it into the trace"
		}
		l.problem(says)
	}
	at := map[etw.Key]int{}
	for e, err := range t.Records() {
		switch {
		case err != nil:
			l.damage(err.Error())
			continue
		case e.Form == etw.WPP:
			l.Messages++
			if want != nil && want(ProviderMessages, e.ID) {
				l.message(e)
			}
			continue
		}
		l.Read++
		x, known := FromETW(e, "")
		x.Source = l.Source
		switch wanted := want == nil || want(x.Provider, x.ID); {
		case !wanted:
		case !known:
			l.unknown(at, etw.Key{Provider: e.Provider, ID: e.ID, Version: e.Version}, x.Provider)
		default:
			x.Text = cmp.Or(x.Text, e.EventName)
			l.take(&x)
		}
	}
	slices.SortStableFunc(l.Unknown, func(a, b report.EventCount) int { return cmp.Compare(b.Count, a.Count) })
}

// ProviderMessages is what stands for the provider of all messages of software traces where a reader of logs is asked whether it wants them.
const ProviderMessages = "WPP"

// message takes the texts in a message of a software trace. All of them can name somebody.
func (l *Log) message(e *etw.Event) {
	texts := e.Texts()
	if len(texts) == 0 {
		return
	}
	l.take(&Event{Time: e.Time, About: e.About, Kind: report.EventOther, Provider: "{" + e.Provider.String() + "}", ID: e.ID, Source: l.Source,
		Private: []Field{{"Text", strings.Join(texts, " | ")}}, message: true})
}

// unknown counts an event whose fields no layout tells.
func (l *Log) unknown(at map[etw.Key]int, key etw.Key, provider string) {
	i, met := at[key]
	if !met {
		if i = len(l.Unknown); i == maxUnknown {
			return
		}
		at[key] = i
		l.Unknown = append(l.Unknown, report.EventCount{Provider: provider, ID: key.ID, Version: key.Version})
	}
	l.Unknown[i].Count++
}
