package analyze_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/events"
)

var stopped = time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC)

func filetime(t time.Time) uint64 { return uint64(t.Unix()+11644473600) * 1e7 }

// eventDump is a small dump of a crash, whose event buffers have a driver's installation and a noise.
func eventDump() []byte {
	words := func(v ...uint32) (b []byte) {
		for _, x := range v {
			b = binary.LittleEndian.AppendUint32(b, x)
		}
		return b
	}
	text := func(s string) (b []byte) {
		for _, c := range append(utf16.Encode([]rune(s)), 0) {
			b = binary.LittleEndian.AppendUint16(b, c)
		}
		return b
	}
	account := append([]byte{1, 5, 0, 0, 0, 0, 0, 5}, words(21, 1, 2, 3, 1001)...)
	event := func(before time.Duration, provider string, id uint16, version uint8, payload []byte) []byte {
		return dmptest.ETWEvent{Stamp: filetime(stopped) - uint64(before/100), Provider: provider, ID: id, Version: version, Channel: 8, SID: account, Payload: payload}.Record()
	}
	const kernelPower, userPnP = "331c3b3a-2005-44c2-ac5e-77220c37d6b4", "96f4a050-7e31-453c-88be-9634f4e02139"
	installed := append(append(append(text("exampledrv"), text("example.sys")...), text(`PCI\VEN_1234&DEV_0001\4&1234567&0&00E0`)...), words(1, 1, 0)...)
	stream := dmptest.ETWStream{Build: 19041, MHz: 3700, Boot: filetime(stopped.Add(-time.Hour)), Frequency: 1e7, Sessions: []dmptest.ETWSession{{
		Name: "EventLog-System", LoggerID: 3, Clock: 2, BufferSize: 0x10000, Start: filetime(stopped.Add(-time.Hour)),
		Buffers: []dmptest.ETWBuffer{{State: 1, Records: [][]byte{
			event(3*time.Second, userPnP, 20003, 0, installed),
			event(350*time.Millisecond, kernelPower, 42, 3, words(4, 4, 0, 0, 1)),
			event(time.Second, "00000000-1111-2222-3333-444444444444", 7, 0, words(1)),
			event(-time.Minute, kernelPower, 42, 3, words(4, 4, 0, 0, 1)), // behind the stop: a clock that is wrong
		}}},
	}}}
	return dmptest.Triage{
		Header: dmptest.Header{
			Build: 19041, Code: new(uint32(0xD1)), Params: [4]uint64{0x20, 2, 1, 0xFFFFF803214B334C}, Time: stopped, Uptime: time.Hour,
		},
		Stack:     dmptest.Block{VA: 0xFFFFF5825DE0EA00, Data: make([]byte, 0x100)},
		Secondary: dmptest.Secondary(19041, dmptest.Blob{Tag: "2b88b710-1c93-4f7c-b06c-655ecc50decc", Data: stream.Image().Data()}),
	}.Image().Data()
}

func TestEventsBeforeTheStop(t *testing.T) {
	r, err := new(analyze.Analyzer).Report(sourceOf(eventDump()))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Events) != 2 {
		t.Fatalf("%d events: %+v", len(r.Events), r.Events)
	}
	for i, want := range []struct {
		seconds float64
		kind    report.EventKind
		piece   string
	}{{3, report.EventInstall, "exampledrv"}, {0.35, report.EventPowerTransition, "sleep"}} {
		e := r.Events[i]
		if e.SecondsBefore == nil || *e.SecondsBefore != want.seconds || e.Kind != want.kind || !strings.Contains(e.Text, want.piece) || e.Source != report.EventFromDump {
			t.Errorf("event %d: %+v", i, e)
		}
	}
	if text, err := json.Marshal(r.Events); err != nil || bytes.Contains(text, []byte("1234567")) || bytes.Contains(text, []byte("S-1-5-21")) || bytes.Contains(text, []byte(`"private"`)) {
		t.Errorf("what is private is shown unasked: %s, %v", text, err)
	}
	r, err = (&analyze.Analyzer{Private: true}).Report(sourceOf(eventDump()))
	if err != nil || len(r.Events) != 2 {
		t.Fatalf("%+v, %v", r.Events, err)
	}
	for _, want := range []report.EventField{{Name: "DeviceInstanceID", Value: `PCI\VEN_1234&DEV_0001\4&1234567&0&00E0`}, {Name: "UserID", Value: "S-1-5-21-1-2-3-1001"}} {
		if !slices.Contains(r.Events[0].Private, want) {
			t.Errorf("%s is not shown: %+v", want.Name, r.Events[0].Private)
		}
	}
	if r.Log != nil {
		t.Errorf("a log where there is none: %+v", r.Log)
	}
	if brief, err := (&analyze.Analyzer{Depth: report.DepthHeader}).Report(sourceOf(eventDump())); err != nil || len(brief.Events) != 0 {
		t.Errorf("with the depth of headers: %v, %v", brief.Events, err)
	}
	row, err := (&analyze.Analyzer{Brief: true}).Report(sourceOf(eventDump()))
	if err != nil || len(row.Events) != 1 || row.Events[0].Kind != report.EventInstall {
		t.Errorf("a row: %v, %v", row.Events, err)
	}
	cut := eventDump()
	if r, err := new(analyze.Analyzer).Report(sourceOf(cut[:len(cut)-0x80])); err != nil || len(r.Events) != 2 {
		t.Errorf("cut: what is before the end of the file is there: %+v, %v", r.Events, err)
	}
	d, err := new(analyze.Analyzer).Open(sourceOf(cut[:len(cut)-0x80]))
	if err != nil {
		t.Fatal(err)
	}
	if l, _, err := d.Events(nil, func(*events.Event) {}); err != nil || !strings.Contains(strings.Join(l.Problems, "\n"), "in the stream of event trace buffers, at 0x") {
		t.Errorf("the offset is one in the stream: %v", l)
	}
}

// TestCrashBesideLogs puts the dump beside an event log that has its crash, one that has another, and a DumpStack.log in its folder.
func TestCrashBesideLogs(t *testing.T) {
	crash := func(code string) []byte {
		return dmptest.EVTX{Chunks: [][]dmptest.EVTXRecord{{{
			Number: 77, Time: stopped.Add(4 * time.Hour), Provider: "Microsoft-Windows-WER-SystemErrorReporting", GUID: "abce23e7-de45-4366-8631-84fa6c525952",
			Source: "BugCheck", ID: 1001, Level: 2, Channel: "System", Computer: "INVENTED-PC",
			Data: []dmptest.EVTXData{
				dmptest.EVTXText("param1", code+" (0x0000000000000020, 0x0000000000000002, 0x0000000000000001, 0xfffff803214b334c)"),
				dmptest.EVTXText("param2", `C:\Windows\Minidump\031425-5218-01.dmp`), dmptest.EVTXText("param3", "00000000-0000-0000-0000-000000000000"),
			},
		}}}}.Image().Data()
	}
	for _, c := range []struct {
		code    string
		matched bool
	}{{"0x000000d1", true}, {"0x0000001e", false}} {
		logs := new(analyze.Logs)
		b := crash(c.code)
		if problems, err := logs.Add(bytes.NewReader(b), int64(len(b)), "System.evtx"); err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		r, err := (&analyze.Analyzer{Logs: logs}).Report(sourceOf(eventDump()))
		if err != nil || r.Log == nil || r.Log.Matched != c.matched {
			t.Fatalf("%s: %+v, %v", c.code, r.Log, err)
		}
		evidence := r.Origin.Evidence[len(r.Origin.Evidence)-1]
		if c.matched != (r.Log.Record == 77 && evidence.Where == "System.evtx, record 77") {
			t.Errorf("%s: %+v, evidence %+v", c.code, r.Log, evidence)
		}
	}
	if _, err := new(analyze.Logs).Add(strings.NewReader("no log"), 6, "x"); err == nil {
		t.Error("a text is a log")
	}

	folder := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	dump := write("031425-5218-01.dmp", eventDump())
	write("DumpStack.log", dmptest.DumpStack{Closed: true, Lines: []string{
		"Dump stack initialized at UTC: 2025/03/14 09:26:53, local time: 2025/03/14 10:26:53.", "#BugCheckCode 0x00000000000000D1",
		"#BugCheckP1 0x0000000000000020", "#BugCheckP2 0x0000000000000002", "#BugCheckP3 0x0000000000000001", "#BugCheckP4 0xFFFFF803214B334C",
	}}.Image().Data())
	r, err := new(analyze.Analyzer).Report(analyze.File(dump))
	if err != nil || r.Log == nil || !r.Log.Matched || !strings.HasPrefix(filepath.Base(r.Log.File), "DumpStack.log") {
		t.Errorf("beside a DumpStack.log: %+v, %v", r.Log, err)
	}

	// One that merely lies there and is of another stop is not spoken of, unlike one that is named.
	other := dmptest.DumpStack{Closed: true, Lines: []string{
		"Dump stack initialized at UTC: 2025/03/10 09:26:53, local time: 2025/03/10 10:26:53.", "#BugCheckCode 0x000000000000001E", "#BugCheckP1 0x1",
	}}.Image().Data()
	write("DumpStack.log", other)
	if r, err := new(analyze.Analyzer).Report(analyze.File(dump)); err != nil || r.Log != nil {
		t.Errorf("beside a DumpStack.log of another stop: %+v, %v", r.Log, err)
	}
	logs := new(analyze.Logs)
	if _, err := logs.Add(bytes.NewReader(other), int64(len(other)), "DumpStack.log"); err != nil {
		t.Fatal(err)
	}
	if r, err := (&analyze.Analyzer{Logs: logs}).Report(analyze.File(dump)); err != nil || r.Log == nil || r.Log.Matched {
		t.Errorf("a DumpStack.log of another stop is named: %+v, %v", r.Log, err)
	}
	power := crash("0x0000001e")
	logs = new(analyze.Logs)
	if _, err := logs.Add(bytes.NewReader(power), int64(len(power)), "System.evtx"); err != nil {
		t.Fatal(err)
	}
	if r, err := (&analyze.Analyzer{Logs: logs}).Report(analyze.File(dump)); err != nil || r.Log == nil || !strings.HasPrefix(r.Log.Reason, "the only stop that the logs record is another one: 0x1e") {
		t.Errorf("an event log is named, and a DumpStack.log is there: %+v, %v", r.Log, err)
	}
}
