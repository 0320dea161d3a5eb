package events

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
)

func readLog(t *testing.T, data []byte, want func(string, uint16) bool) (l *Log, list []Event) {
	t.Helper()
	l, err := ReadLog(bytes.NewReader(data), int64(len(data)), want, func(e *Event) { list = append(list, *e) })
	if err != nil {
		t.Fatal(err)
	}
	return l, list
}

// addTo gives events to a time line.
func addTo(line *Timeline, path string, l *Log, list ...Event) {
	take := line.Take(path)
	for i := range list {
		take(&list[i])
	}
	line.Add(path, l)
}

func sampleLogs() map[string][]byte {
	m := map[string][]byte{}
	for _, s := range dmptest.SampleLogs() {
		m[s.Name] = s.Data
	}
	return m
}

// Logs are told by their content.
func TestReadLog(t *testing.T) {
	for name, want := range map[string]struct {
		source       report.EventSource
		read, events int
	}{
		"System.evtx":   {report.EventFromLog, 7, 6},
		"LiveDump.evtx": {report.EventFromLog, 4, 4},
		"storage.etl":   {report.EventFromTrace, 3, 2},
		"DumpStack.log": {report.EventFromDumpStack, 2, 2},
	} {
		l, list := readLog(t, sampleLogs()[name], Wanted)
		telling := 0
		for _, e := range list {
			if e.Rank > rankNoise {
				telling++
			}
			if e.Source != want.source {
				t.Errorf("%s: source %s", name, e.Source)
			}
		}
		if l.Source != want.source || l.Read != want.read || telling != want.events || l.Damaged || len(l.Problems) > 0 {
			t.Errorf("%s: %s, %d read, %d telling, %q", name, l.Source, l.Read, telling, l.Problems)
		}
	}
	if l, list := readLog(t, sampleLogs()["System.evtx"], nil); l.Read != 7 || len(list) != 7 {
		t.Errorf("all: %d of %d", len(list), l.Read)
	}
}

// What is no log is named.
func TestReadLogOfOtherFiles(t *testing.T) {
	for _, c := range []struct {
		data, what string
		dump       bool
	}{
		{"", "empty file", false},
		{"text of somebody\n", "text", false},
		{"PK\x03\x04" + strings.Repeat("x", 100), "zip", false},
		{`<?xml version="1.0"?><root/>`, "without events", false},
		{"<!DOCTYPE html><html></html>", "HTML", false},
		{"PAGEDU64" + strings.Repeat("PAGE", 2048), "a kernel dump", true},
	} {
		_, err := ReadLog(strings.NewReader(c.data), int64(len(c.data)), nil, func(e *Event) { t.Errorf("%s: %+v is taken", c.data, e) })
		other, ok := errors.AsType[*NotLogError](err)
		if !ok || !strings.Contains(other.What, c.what) || other.Dump != c.dump {
			t.Errorf("%.20q: %v", c.data, err)
		}
	}
}

// A damaged log gives what it has, and says what it lacks.
func TestReadDamagedLog(t *testing.T) {
	whole := sampleLogs()["storage.etl"]
	l, list := readLog(t, whole[:len(whole)-3750], nil)
	if !l.Damaged || len(l.Problems) == 0 || len(list) == 0 {
		t.Errorf("a cut trace: %d events, %q", len(list), l.Problems)
	}
	var many Log
	for range 20 {
		many.damage("x")
	}
	if n := len(many.Problems); n != maxProblems || many.Problems[n-1] != "and 13 problems more" {
		t.Errorf("%q", many.Problems)
	}
}

// What a trace has lost is said, in the number that it is.
func TestLostEvents(t *testing.T) {
	for lost, want := range map[uint32]string{
		0: "", 1: "an event is lost: Windows could not write it into the trace", 3: "3 events are lost: Windows could not write them into the trace",
	} {
		session := dmptest.ETWSession{Name: "x", LoggerID: 1, Clock: 2, BufferSize: 4096}
		l, _ := readLog(t, dmptest.ETL{ETWSession: session, Build: 26100, MHz: 3000, Frequency: 10_000_000, End: 1, Lost: lost}.Image().Data(), nil)
		if got := strings.Join(l.Problems, "; "); got != want {
			t.Errorf("%d lost: %q", lost, got)
		}
	}
}

// What a log lacks is said in words, and what only looks like a stop is none.
func TestLogProblems(t *testing.T) {
	record := dmptest.EVTXRecord{Time: at(0), Provider: "disk", ID: 7, Data: []dmptest.EVTXData{dmptest.EVTXText("", "x")}}
	holed := dmptest.EVTX{Chunks: [][]dmptest.EVTXRecord{{record}, {record}, {record}}}.Image()
	holed.PutZero(0x11000, 0x10000)
	open := dmptest.EVTX{Dirty: true, Chunks: [][]dmptest.EVTXRecord{{record, record}}}.Image()
	open.PutU32(0x107C, 1)
	begins := "Dump stack initialized at UTC: 2026/03/04 05:06:07, local time: x."
	event := func(body string) []byte {
		return []byte(`<Events><Event><System><Provider Name="disk"/><EventID>7</EventID></System>` + body + `</Event>` +
			`<Event><System><Provider Name="disk"/><EventID>7</EventID></System><EventData><Data>x</Data></EventData></Event></Events>`)
	}
	for _, c := range []struct {
		name    string
		data    []byte
		want    string
		damaged bool
		read    int
	}{
		{"holed", holed.Data(), "record 2 is missing: the chunk is not in the file, or is damaged | the header counts chunks that are not in the file: 1 of 3", true, 2},
		{"not closed", open.Data(), "the event log was not closed: its newest records can be missing | " +
			"records of its newest chunk that are read without a checksum, which Windows had not written yet: 2", false, 2},
		{"rubbish behind the head of a DumpStack.log", dmptest.DumpStack{Lines: []string{"\x01\x02\xff"}, Closed: true}.Image().Data(),
			"no line of the log is one that Windows is known to write: it tells of no stop", true, 0},
		{"an unknown line", dmptest.DumpStack{Lines: []string{begins, "Dump file is too small - switching to minidump. Dump file size = 100, required size = 99999999999999999999."},
			Closed: true}.Image().Data(), `lines of the log that Windows is not known to write, and that are not read: 1, the first "Dump file is too small ` +
			`- switching to minidump. Dump file size = 100, required size = 99999999999999999999."`, false, 1},
		{"an unknown line that names a person", dmptest.DumpStack{Lines: []string{begins, `C:\Users\Somebody`}, Closed: true}.Image().Data(),
			"lines of the log that Windows is not known to write, and that are not read: 1", false, 1},
		{"two stops", dmptest.DumpStack{Lines: []string{begins, begins}, Closed: true}.Image().Data(), "the log has 2 stops: the last of them is told", false, 1},
		{"an entity", event(`<EventData><Data>&a;</Data></EventData>`), "event 1 of the XML: XML syntax error on line 1: invalid character entity &a;", true, 1},
		{"a large event", event(`<EventData><Data>` + strings.Repeat("x", 3<<20) + `</Data></EventData>`),
			"event 1 of the XML: it is longer than 1048576 bytes, and is not read", true, 1},
		{"an event that is cut", event("")[:50], "event 1 of the XML: it does not end", true, 0},
	} {
		l, _ := readLog(t, c.data, Wanted)
		if got := strings.Join(l.Problems, " | "); got != c.want || l.Damaged != c.damaged || l.Read != c.read {
			t.Errorf("%s: %q, damaged %v, %d read", c.name, got, l.Damaged, l.Read)
		}
	}
	trace := sampleLogs()["storage.etl"][:100]
	_, err := ReadLog(bytes.NewReader(trace), 100, nil, func(*Event) {})
	if _, ok := errors.AsType[*NotLogError](err); ok || err == nil || !strings.HasPrefix(err.Error(), "the event trace (.etl) cannot be read: at 0x0: too short") {
		t.Errorf("a cut trace: %v", err)
	}
}

func at(seconds float64) time.Time {
	return time.Date(2025, 3, 14, 9, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

// An event that a dump and a log have is one; two are two, even if they say the same.
func TestTimeline(t *testing.T) {
	disk := Event{Kind: report.EventStorageError, Provider: "disk", ID: 7, Text: "bad block", Rank: rankStorage}
	when := func(e Event, seconds float64, source report.EventSource) Event {
		e.Time, e.Source = at(seconds), source
		return e
	}
	inDump := when(disk, 10, report.EventFromDump)
	inDump.Unflushed = true
	inLog := when(disk, 10.001, report.EventFromLog)
	inLog.Record = 5
	add := func(line *Timeline) {
		addTo(line, "a.dmp", &Log{Source: report.EventFromDump, Read: 2}, inDump,
			Event{Time: time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC), Kind: report.EventBoot, Text: "boot", Rank: rankLine})
		addTo(line, "b.evtx", &Log{Source: report.EventFromLog, Read: 4}, inLog, when(disk, 20, report.EventFromLog),
			when(disk, 2*3600, report.EventFromLog), when(Event{Text: "noise", Kind: report.EventOther}, 5, report.EventFromLog))
	}
	var line Timeline
	add(&line)
	if n := len(line.events); n != 5 {
		t.Errorf("%d events are held: want those that are not noise", n)
	}
	line.List() // it changes nothing
	list := line.List()
	var got []string
	for _, e := range list.Events {
		when := "-"
		if e.Time != nil {
			when = e.Time.Format("15:04:05")
		}
		got = append(got, when+" "+e.Text+" "+e.File)
	}
	want := "09:00:10 bad block b.evtx | 09:00:20 bad block b.evtx | 11:00:00 bad block b.evtx | - boot a.dmp"
	if strings.Join(got, " | ") != want {
		t.Errorf("%q", got)
	}
	if list.Logs[0].Shown != 1 || list.Logs[1].Shown != 3 {
		t.Errorf("%+v", list.Logs)
	}

	line.Since = at(3600)
	if n := len(line.List().Events); n != 1 {
		t.Errorf("since: %d events", n)
	}
	line.Since, line.Until = time.Time{}, at(30)
	if got := line.List().Events; len(got) == 0 || got[len(got)-1].Time == nil || got[len(got)-1].Time.After(at(30)) {
		t.Errorf("until: %v", got)
	}
	all := Timeline{All: true}
	add(&all)
	if n := len(all.List().Events); n != 5 {
		t.Errorf("all: %d events", n)
	}
}

// Of the events of a large log no more is held than lines can show, and a text that is there a thousand times once.
func TestTakeHolds(t *testing.T) {
	event := func(provider string) Event {
		return Event{Time: at(1), Kind: report.EventStorageError, Provider: strings.Clone(provider), ID: 7, Text: strings.Clone("bad block"),
			Rank: rankStorage, Fields: []Field{{"a", "b"}}, Private: []Field{{"c", "d"}}}
	}
	var line Timeline
	addTo(&line, "a.evtx", &Log{}, event("disk"), event("disk"), event(providerLiveDump))
	first, second, step := line.events[0], line.events[1], line.events[2]
	switch {
	case unsafe.StringData(first.Text) != unsafe.StringData(second.Text) || unsafe.StringData(first.Provider) != unsafe.StringData(second.Provider):
		t.Error("equal texts are held twice")
	case first.Fields != nil || first.Private != nil || step.Private != nil:
		t.Errorf("fields that are not shown are held: %+v, %+v", first, step)
	case len(step.Fields) != 1:
		t.Error("what captures are made of is not held")
	}
	stop := Event{Time: at(2), Kind: report.EventCrash, Provider: providerStack, ID: 1, Rank: rankCrash, Text: "bug check 0x7e", Fields: []Field{{"Code", "0x7e"}}}
	addTo(&line, "DumpStack.log", &Log{}, stop)
	if list := line.List().Events; list[len(list)-1].Code != "0x7e" {
		t.Errorf("a crash has lost its code: %+v", list[len(list)-1])
	}
	private := Timeline{Private: true}
	addTo(&private, "a.evtx", &Log{}, event("disk"))
	if e := private.List().Events[0]; len(e.Private) != 1 {
		t.Errorf("%+v", e)
	}
}

// A provider is asked for by its name, with or without what most have in common.
func TestTimelineProvider(t *testing.T) {
	for _, c := range []struct {
		name, provider string
		id             uint16
		all, want      bool
	}{
		{"kernel-power", "Microsoft-Windows-Kernel-Power", 41, false, true},
		{"Microsoft-Windows-Kernel-Power", "Microsoft-Windows-Kernel-Power", 41, false, true},
		{"Kernel-Power", "Microsoft-Windows-Kernel-Power", 9999, false, false},
		{"Kernel-Power", "Microsoft-Windows-Kernel-Power", 9999, true, true},
		{"Kernel-Power", "disk", 7, true, false},
		{"BugCheck", "Microsoft-Windows-WER-SystemErrorReporting", 1001, false, true},
	} {
		line := Timeline{Provider: []string{"nobody", c.name}, All: c.all}
		if line.Want()(c.provider, c.id) != c.want {
			t.Errorf("%+v", c)
		}
	}
	if (&Timeline{All: true}).Want() != nil {
		t.Error("not all are wanted")
	}
}

// Every record of a log is asked for: that takes no memory.
func TestWantedAllocates(t *testing.T) {
	for _, provider := range []string{"Microsoft-Windows-DistributedCOM", "Ntfs", "BUGCHECK", "Contoso-Service"} {
		if n := testing.AllocsPerRun(10, func() { Wanted(provider, 10016) }); n > 0 {
			t.Errorf("%s: %v allocations", provider, n)
		}
	}
}

func FuzzReadLog(f *testing.F) {
	for _, data := range sampleLogs() {
		f.Add(data)
	}
	f.Add([]byte(`<Event><System><Provider Name="disk"/><EventID>7</EventID></System><EventData><Data>x</Data></EventData></Event>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		line := Timeline{All: len(data)%2 == 1}
		l, err := ReadLog(bytes.NewReader(data), int64(len(data)), nil, line.Take("x"))
		if err != nil {
			return
		}
		line.Add("x", l)
		for _, e := range line.List().Events {
			if e.Time != nil {
				if _, err := e.Time.MarshalJSON(); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

// Messages of software traces are counted; their texts are given where they are asked for, and as what is private.
func TestMessages(t *testing.T) {
	stamp := dmptest.FileTime(at(1))
	message := dmptest.ETWMessage(stamp, "331c3b3a-2005-44c2-ac5e-77220c37d6b4", 12, 4, 4, []byte("\x01\x00\x00\x00SSID=Invented\x00"))
	trace := dmptest.ETL{ETWSession: dmptest.ETWSession{LoggerID: 1, Clock: 2, BufferSize: 4096, Start: stamp, Reference: stamp, ReferenceClock: stamp,
		Buffers: []dmptest.ETWBuffer{{Records: [][]byte{message}}}}, Build: 26100, Frequency: 1e7, End: stamp}.Image().Data()
	for _, line := range []Timeline{{}, {All: true}, {Messages: true, Private: true}} {
		l, err := ReadLog(bytes.NewReader(trace), int64(len(trace)), line.Want(), line.Take("x.etl"))
		if err != nil || l.Messages != 1 {
			t.Fatalf("%+v, %v", l, err)
		}
		line.Add("x.etl", l)
		list := line.List().Events
		switch {
		case line.Messages && (len(list) != 1 || list[0].ID != 12 || list[0].PrivateText() != "Text=SSID=Invented"):
			t.Errorf("asked for: %+v", list)
		case !line.Messages && len(list) != 0:
			t.Errorf("not asked for: %+v", list)
		}
	}
}
