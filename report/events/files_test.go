package events

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/etw"
	"github.com/dmplens/dmplens/dmpfile/evtx"
	"github.com/dmplens/dmplens/report"
)

// liveStep is an event of Kernel-LiveDump, which writes to two logs: the Operational one is an event log, the Analytic one a trace.
type liveStep struct {
	ms       int
	analytic bool
	id       uint16
	version  uint8
	fields   []liveField
}

type liveField struct {
	name  string
	typ   uint8 // of binary XML: 8 and 0xA unsigned numbers, 0x14 and 0x15 hexadecimal ones, 0xD a Boolean
	value uint64
}

func (f liveField) bytes() []byte {
	b := binary.LittleEndian.AppendUint64(nil, f.value)
	if f.typ == 8 || f.typ == 0x14 || f.typ == 0xD {
		return b[:4]
	}
	return b
}

const liveDumpProvider = "bef2aa8e-81cd-11e2-a7bb-5eac6188709b"

// liveLogs writes the steps to both logs and reads them.
func liveLogs(t *testing.T, steps []liveStep) (list []Event) {
	t.Helper()
	filetime := func(ms int) uint64 {
		const unix = 116444736000000000 // 1970 in FILETIME
		return unix + uint64(stop.UnixNano()/100) + uint64(ms)*10_000
	}
	var operational []dmptest.EVTXRecord
	var analytic [][]byte
	for _, s := range steps {
		if s.analytic {
			e := dmptest.ETWEvent{Stamp: filetime(s.ms), Provider: liveDumpProvider, ID: s.id, Version: s.version, Channel: 16, Level: 4}
			for _, f := range s.fields {
				e.Payload = append(e.Payload, f.bytes()...)
			}
			analytic = append(analytic, e.Record())
			continue
		}
		r := dmptest.EVTXRecord{Number: uint64(len(operational) + 100), Time: stop.Add(time.Duration(s.ms) * time.Millisecond), Provider: providerLiveDump, GUID: "{" + liveDumpProvider + "}",
			ID: s.id, Version: s.version, Level: 4, Channel: providerLiveDump + "/Operational", Computer: "PC"}
		for _, f := range s.fields {
			r.Data = append(r.Data, dmptest.EVTXData{Name: f.name, Type: f.typ, Value: f.bytes()})
		}
		operational = append(operational, r)
	}
	b := dmptest.EVTX{Chunks: [][]dmptest.EVTXRecord{operational}}.Image().Data()
	log, err := evtx.NewFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range log.Records(Wanted) {
		if err != nil {
			t.Fatal(err)
		}
		e, ok := FromRecord(r)
		if !ok {
			t.Errorf("event %d is not known", r.ID)
		}
		e.File = "Operational.evtx"
		list = append(list, e)
	}
	b = dmptest.ETL{ETWSession: dmptest.ETWSession{Name: "EventLog-" + providerLiveDump + "-Analytic", Clock: 2, BufferSize: 0x10000, Reference: filetime(-1000),
		ReferenceClock: filetime(-1000), Buffers: []dmptest.ETWBuffer{{State: 3, Records: analytic}}}, Build: 26100, Frequency: 10_000_000, End: filetime(1 << 30)}.Image().Data()
	trace, err := etw.NewFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range trace.Events() {
		if err != nil {
			t.Fatal(err)
		}
		if r.Form == etw.Other {
			continue // the head of the file
		}
		e, ok := FromETW(r, "")
		if !ok {
			t.Errorf("event %d is not known", r.ID)
		}
		e.Source, e.File = report.EventFromTrace, "Analytic.etl"
		list = append(list, e)
	}
	if len(list) != len(steps) {
		t.Errorf("%d events of %d", len(list), len(steps))
	}
	return list
}

func liveRequest(ms int, flags, pages uint64) liveStep {
	return liveStep{ms, true, 1, 1, []liveField{{"ControlFlags", 0xA, flags}, {"AddPagesControl", 0xA, pages}}}
}

func liveBody(ms int) []liveStep {
	return []liveStep{
		{ms + 1, false, 101, 1, nil}, {ms + 2, true, 102, 0, nil}, {ms + 3, true, 103, 0, nil}, {ms + 4, false, 104, 0, nil}, {ms + 9, false, 105, 0, nil},
		{ms + 10, false, 106, 0, []liveField{{"NtEstimatedRequiredPrimaryDataBytes", 0xA, 1}, {"NtEstimatedPrimaryDataBytes", 0xA, 0x8000}, {"HvEstimatedPrimaryDataBytes", 0xA, 0}, {"HvEstimatedSecondaryDataBytes", 0xA, 0}}},
		{ms + 20, true, 151, 0, nil}, {ms + 21, false, 154, 0, nil}, {ms + 22, true, 158, 0, []liveField{{"Duration_ms", 0xA, 1}}}, {ms + 23, false, 156, 0, nil}, {ms + 60, false, 157, 0, nil},
		{ms + 61, false, 155, 0, nil},
	}
}

func liveWritten(ms int, id uint16, header, primary, secondary int64) liveStep {
	return liveStep{ms, false, id, 1, []liveField{{"NTStatus", 0x14, 0}, {"TotalBytes", 0xA, uint64(header + primary + secondary)}, {"HeaderBytes", 0xA, uint64(header)},
		{"PrimaryDataBytes", 0xA, uint64(primary)}, {"SecondaryDataBytes", 0xA, uint64(secondary)}, {"DumpWriteDuration_ms", 0xA, 12}}}
}

func liveEnd(ms int, id uint16, status, selective uint64) liveStep {
	return liveStep{ms, false, id, 5, []liveField{{"NTStatus", 0x14, status}, {"BugcheckCode", 8, 0x161}, {"BugCheckParameter1", 0x15, 0x77}, {"BugCheckParameter2", 0x15, 0},
		{"BugCheckParameter3", 0x15, 0}, {"BugCheckParameter4", 0x15, 0}, {"AbortIfMemoryPressure", 8, 0}, {"DumpCaptureDuration_ms", 0xA, 70}, {"SelectiveDump", 8, selective},
		{"DynamicLowMemoryThresholdBytes", 0xA, 0}, {"AvailablePhysicalMemoryInBytes", 0xA, 1 << 32}, {"TotalPhysicalMemoryInBytes", 0xA, 1 << 33}, {"IOSpaceEnabled", 0xD, 0}}}
}

// liveDump is a live dump of so many pages, and what can be compared of it.
func liveDump(t *testing.T, pages int, captured time.Time) Facts {
	t.Helper()
	code, attributes := uint32(0x161), uint32(0)
	dump := dmptest.Bitmap{Header: dmptest.Header{Build: 26100, Processors: 1, Code: &code, Params: [4]uint64{0x77}, Attributes: &attributes, Time: captured}, Pages: dmptest.Pages{},
		Secondary: dmptest.Secondary(26100, dmptest.Blob{Tag: "d03dc06f-d88e-44c5-ba2a-fae035172d19", Data: make([]byte, 100)})}
	for i := range pages {
		dump.Pages[uint64(i)] = dmptest.PageBytes(uint64(i))
	}
	b := dump.Image().Data()
	f, err := dmpfile.NewFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if !f.Regions.Known {
		t.Fatal("the dump has no regions")
	}
	d := Facts{Total: f.Regions.Total, Header: f.Regions.Header, Primary: f.Regions.Primary, Secondary: f.Regions.Secondary, Live: true, Path: "live.dmp"}
	d.Code, _ = f.Header.BugCheckCode()
	for i := range d.Parameters {
		d.Parameters[i], d.Known[i] = f.Header.BugCheckParameter(i + 1)
	}
	d.Captured, _ = f.Header.SystemTime()
	return d
}

// The logs of four captures, as files: a full one and one of kernel stacks that Task Manager asked for, one for which memory was short, and one
// whose file was written later. Beside them stands a dump with the same numbers, and one with a page more.
func TestLiveDumpFiles(t *testing.T) {
	d := liveDump(t, 8, stop.Add(25*time.Millisecond))
	const later = 3600 * 1000
	steps := slices.Concat(
		[]liveStep{liveRequest(0, 0, 0)}, liveBody(0), []liveStep{{70, false, 3, 0, nil}, liveWritten(80, 4, d.Header, d.Primary, d.Secondary), liveEnd(81, 2, 0, 0)},
		[]liveStep{liveRequest(later, 0x10, 0)}, liveBody(later), []liveStep{{later + 70, false, 3, 0, nil}, liveWritten(later+80, 4, d.Header, 0x3000, d.Secondary), liveEnd(later+81, 2, 0, 1)},
		[]liveStep{liveRequest(2*later, 8, 0)}, liveBody(2 * later)[:6], []liveStep{{2*later + 30, true, 5, 0, nil}, liveEnd(2*later+31, 2, 0xC000009A, 0)},
		[]liveStep{liveRequest(3*later, 4, 3)}, liveBody(3*later), []liveStep{liveEnd(3*later+81, 2, 0, 0), {3*later + 5000, true, 201, 0, nil}, {3*later + 5001, false, 203, 0, nil},
			liveWritten(3*later+6000, 204, d.Header, 0x5000, d.Secondary), liveEnd(3*later+6001, 202, 0, 0)})
	list := liveLogs(t, steps)
	captures := Captures(list)
	want := []string{
		"16 events; live dump captured and written; 0x161 LIVE_SYSTEM_DUMP; 45,204 bytes (header 12,288, primary 32,768, secondary 148); the system stood still for 45 ms; step end; flags ",
		"16 events; live dump captured and written; 0x161 LIVE_SYSTEM_DUMP; 24,724 bytes (header 12,288, primary 12,288, secondary 148); kernel stacks only; the system stood still for 45 ms; step end; flags kernel stacks only",
		"9 events; live dump aborted, as memory was short, status 0xc000009a; 0x161 LIVE_SYSTEM_DUMP; abort if memory is short; the system stood still for 5 ms; step sizing; flags abort if memory is short",
		"18 events; live dump captured, written later; 0x161 LIVE_SYSTEM_DUMP; 32,916 bytes (header 12,288, primary 20,480, secondary 148); user pages, hypervisor pages, non-essential hypervisor pages; the system stood still for 45 ms; step end; flags user pages|hypervisor pages|non-essential hypervisor pages",
	}
	var got []string
	for i := range captures {
		got = append(got, captures[i].line())
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got  %q\nwant %q", got, want)
	}

	compare := func(d Facts) (m *report.Log, different []string) {
		m = Match(d, list, captures)
		for _, c := range m.Compared {
			if c.Equal == nil || !*c.Equal {
				different = append(different, c.Field)
			}
		}
		return m, different
	}
	m, different := compare(d)
	if !m.Matched || m.File != "Operational.evtx" || m.Record != 109 || len(m.Compared) != 10 || different != nil {
		t.Errorf("%+v", m)
	}
	if m, different = compare(liveDump(t, 9, d.Captured)); !m.Matched || !slices.Equal(different, []string{"total", "primary"}) {
		t.Errorf("a page more: %+v", m)
	}
	if m, different = compare(liveDump(t, 3, stop.Add(time.Hour))); !m.Matched || m.Record != 120 || different != nil {
		t.Errorf("kernel stacks: %+v", m)
	}
	if m, different = compare(liveDump(t, 5, stop.Add(3*time.Hour+25*time.Millisecond))); !m.Matched || different != nil || m.Time.Sub(stop) != 3*time.Hour+6*time.Second {
		t.Errorf("written later: %+v", m)
	}
	if m, _ = compare(liveDump(t, 7, stop.Add(24*time.Hour))); m.Matched {
		t.Errorf("no capture of this dump: %+v", m)
	}
}
