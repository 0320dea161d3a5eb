package etw_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/etw"
)

const (
	providerA = "11111111-2222-3333-4444-555555555555"
	providerB = "66666666-7777-8888-9999-aaaaaaaaaaaa"

	noon = 133000000000000000 // a FILETIME: 2022-06-18 04:26:40 UTC
	boot = noon - 6000000000
)

var noonTime = time.Date(2022, 6, 18, 4, 26, 40, 0, time.UTC)

// one returns the event that a stream with this one record has.
func one(t testing.TB, e dmptest.ETWEvent) *etw.Event {
	t.Helper()
	if e.Stamp == 0 {
		e.Stamp = noon
	}
	list := events(t, read(t, stream(dmptest.ETWSession{Name: "S", LoggerID: 7, Clock: 2, Buffers: []dmptest.ETWBuffer{{Records: [][]byte{e.Record()}}}})))
	if len(list) != 1 {
		t.Fatalf("%d events", len(list))
	}
	return list[0]
}

func stream(sessions ...dmptest.ETWSession) []byte {
	for i := range sessions {
		if sessions[i].BufferSize == 0 {
			sessions[i].BufferSize = 0x1000
		}
	}
	return dmptest.ETWStream{Build: 0xF0000000 | 19041, MHz: 3000, Boot: boot, Frequency: 10_000_000, Sessions: sessions}.Image().Data()
}

func read(t testing.TB, b []byte) *etw.Log {
	t.Helper()
	l, err := etw.ReadStream(b)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// events returns copies of all records.
func events(t testing.TB, l *etw.Log) []*etw.Event {
	t.Helper()
	list, errs := all(l)
	for _, err := range errs {
		t.Error(err)
	}
	return list
}

func all(l *etw.Log) (list []*etw.Event, errs []error) {
	for e, err := range l.Records() {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		list = append(list, e.Clone())
	}
	return list, errs
}

func listed(fields []etw.Field) string {
	var parts []string
	for _, f := range fields {
		parts = append(parts, f.Name+"="+f.String())
	}
	return strings.Join(parts, " ")
}

func event(stamp uint64, id uint16) []byte {
	return dmptest.ETWEvent{Stamp: stamp, Provider: providerA, ID: id, Payload: []byte{1, 2, 3}}.Record()
}

func ids(list []*etw.Event) (ids []uint16) {
	for _, e := range list {
		ids = append(ids, e.ID)
	}
	return ids
}

func TestStream(t *testing.T) {
	full := dmptest.ETWEvent{
		Stamp: noon + 25, Provider: providerB, ID: 0x1234, Version: 3, Channel: 16, Level: 2, Opcode: 11, Task: 5, Keyword: 1 << 63,
		Process: 4, Thread: 88, SID: []byte{1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0}, Payload: []byte{9},
	}
	l := read(t, stream(
		dmptest.ETWSession{Name: "EventLog-System", LoggerID: 9, Mode: 0x80000000, Clock: 2, BufferSize: 0x10000, Start: noon - 100, Reference: noon - 200,
			ReferenceClock: noon - 200, Stale: []byte("whatever the pool held"), Buffers: []dmptest.ETWBuffer{
				{Processor: 3, State: 1, Records: [][]byte{full.Record(), event(noon+30, 2)}},
				{State: 0, Full: true, Records: [][]byte{event(noon-9, 3)}},
			}},
		dmptest.ETWSession{Name: "Empty", LoggerID: 10, Clock: 1, Stale: []byte{}},
		dmptest.ETWSession{Name: "WiFiSession", LoggerID: 11, Clock: 1, Reference: noon, ReferenceClock: 1000, Buffers: []dmptest.ETWBuffer{
			{Unused: true},
			{Records: [][]byte{event(1000+10_000_000, 4), dmptest.ETWMessage(999, providerB, 77, 8, 4, []byte("text")), event(0, 5)}},
		}},
	))
	if l.Build != 19041 || l.MHz != 3000 || l.Frequency != 10_000_000 || !l.Boot.Equal(noonTime.Add(-10*time.Minute)) || l.Compressed || l.Unclosed {
		t.Errorf("%+v", l)
	}
	var sessions []string
	for _, s := range l.Sessions {
		sessions = append(sessions, fmt.Sprint(s.Name, " ", s.LoggerID, " ", s.Clock, " ", s.About, " ", s.Buffers))
	}
	if want := []string{"EventLog-System 9 system time false 2", "Empty 10 performance counter true 0", "WiFiSession 11 performance counter true 2"}; !slices.Equal(sessions, want) {
		t.Errorf("sessions %q", sessions)
	}
	if s := l.Sessions[0]; s.Mode != 0x80000000 || s.BufferSize != 0x10000 || !s.Start.Equal(noonTime.Add(-10*time.Microsecond)) || !s.Reference.Equal(noonTime.Add(-20*time.Microsecond)) {
		t.Errorf("%+v", s)
	}
	list := events(t, l)
	if got := ids(list); !slices.Equal(got, []uint16{0x1234, 2, 3, 4, 77, 5}) {
		t.Fatalf("events %v", got)
	}
	e := *list[0]
	want := etw.Event{
		Time: noonTime.Add(2500 * time.Nanosecond), Unflushed: true, Provider: guid(providerB), ID: 0x1234, Version: 3, Channel: 16, Level: 2, Opcode: 11,
		Task: 5, Keyword: 1 << 63, Process: 4, Thread: 88, Processor: 3, SID: full.SID, Form: etw.Manifest, Type: 0x13, Payload: []byte{9},
	}
	for _, name := range []string{"Time", "About", "Unflushed", "Session", "Provider", "Name", "ID", "Version", "Level", "Channel", "Opcode", "Task", "Keyword",
		"Process", "Thread", "Processor", "SID", "Form", "Type", "EventName", "Payload"} {
		got, want := reflect.ValueOf(e).FieldByName(name).Interface(), reflect.ValueOf(want).FieldByName(name).Interface()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %v, should be %v", name, got, want)
		}
	}
	if e := list[2]; e.Unflushed || e.About || !e.Time.Equal(noonTime.Add(-900*time.Nanosecond)) {
		t.Errorf("%+v", e)
	}
	if e := list[3]; !e.About || e.Session != 2 || !e.Time.Equal(noonTime.Add(time.Second)) {
		t.Errorf("%+v", e)
	}
	if e := list[4]; e.Form != etw.WPP || e.Provider != guid(providerB) || e.Thread != 8 || e.Process != 4 || string(e.Payload) != "text" ||
		!e.Time.Equal(noonTime.Add(-100*time.Nanosecond)) {
		t.Errorf("%+v", e)
	}
	if e := list[5]; !e.Time.Equal(noonTime.Add(-100 * time.Microsecond)) {
		t.Errorf("%+v", e)
	}
	n := 0
	for e, err := range l.Events() {
		if err != nil || e.Form == etw.WPP {
			t.Errorf("%+v, %v", e, err)
		}
		n++
	}
	c := l.Count()
	if n != 5 || c.Records != 6 || c.Manifest != 5 || c.WPP != 1 || c.Damaged != 0 || len(c.Undecoded) != 5 || c.Undecoded[etw.Key{Provider: guid(providerA), ID: 4}] != 1 {
		t.Errorf("%d events, %+v", n, c)
	}
	for range l.Events() {
		break // stops
	}
}

// The buffers begin behind the name or behind as many stale bytes again. Stale bytes that look like a buffer, or like the next session,
// do not mislead.
func TestNameLength(t *testing.T) {
	buffers := func(id uint16) []dmptest.ETWBuffer {
		return []dmptest.ETWBuffer{{Records: [][]byte{event(noon, id)}}, {Records: [][]byte{event(noon, id+1)}}}
	}
	name := strings.Repeat("N", 0x48)
	fake := new(dmptest.Image)
	fake.PutU32(0, 0x1000, 0, 0x48)
	fake.PutU16(0x28, 0, 7)
	fake.Grow(2 * len(name))
	marker := new(dmptest.Image)
	marker.PutU32(0, 0x01EBAFE1)
	marker.Grow(2 * len(name))
	for what, stale := range map[string][]byte{"none": nil, "zeros": {}, "a buffer": fake.Data(), "a session": marker.Data()} {
		for _, long := range []string{name, "A", "EventLog-System", ""} {
			l := read(t, stream(
				dmptest.ETWSession{Name: long, LoggerID: 7, Clock: 2, Stale: stale, Buffers: buffers(1)},
				dmptest.ETWSession{Name: "B", LoggerID: 8, Clock: 2, Stale: stale, Buffers: buffers(3)},
			))
			if got := ids(events(t, l)); !slices.Equal(got, []uint16{1, 2, 3, 4}) || l.Sessions[0].Name != long {
				t.Errorf("stale bytes: %s, name %q: events %v of %d sessions", what, long, got, len(l.Sessions))
			}
		}
	}
	// In a buffer of 26100 its own header, seen from the wrong place, has the size of a buffer.
	odd := dmptest.ETWBuffer{Records: [][]byte{event(noon, 1)}}
	b := stream(dmptest.ETWSession{Name: "ABCDEFGH", LoggerID: 7, Clock: 2, Buffers: []dmptest.ETWBuffer{odd, {Records: [][]byte{event(noon, 2)}}}})
	m := dmptest.Load(b)
	m.PutU32(0x20+0x30+0x10+0x10, 0x1000) // the low half of the time stamp of the buffer
	if got := ids(events(t, read(t, m.Data()))); !slices.Equal(got, []uint16{1, 2}) {
		t.Errorf("events %v", got)
	}
}

// A stream that is cut has the sessions and events before the cut, and the error says where it is.
func TestStreamCut(t *testing.T) {
	b := stream(
		dmptest.ETWSession{Name: "A", LoggerID: 7, Clock: 2, Stale: []byte{}, Buffers: []dmptest.ETWBuffer{{Records: [][]byte{event(noon, 1), event(noon, 2)}}}},
		dmptest.ETWSession{Name: "B", LoggerID: 8, Clock: 2, Buffers: []dmptest.ETWBuffer{{Records: [][]byte{event(noon, 3)}}, {Records: [][]byte{event(noon, 4)}}}},
	)
	want := []uint16{1, 2, 3, 4}
	whole := 0
	for n := range len(b) + 1 {
		l, err := etw.ReadStream(b[:n:n])
		var format *dmpfile.FormatError
		if err != nil && (!errors.As(err, &format) || format.Offset < 0 || format.Offset > int64(n)) {
			t.Fatalf("%d bytes: %#v", n, err)
		}
		if (l == nil) != (n < 0x20) {
			t.Fatalf("%d bytes: %v, %v", n, l, err)
		}
		if l == nil {
			continue
		}
		list, errs := all(l)
		if got := ids(list); !slices.Equal(got, want[:len(got)]) {
			t.Errorf("%d bytes: %v", n, got)
		}
		if err == nil {
			whole++
			if len(errs) != 0 {
				t.Errorf("%d bytes: %v", n, errs)
			}
		}
	}
	if whole > 8 { // the header alone, each session, each buffer and the few places that cannot be told from one
		t.Errorf("%d cuts go unnoticed", whole)
	}
}

// Damage costs the rest of its buffer, not more, and its place is told.
func TestDamagedRecord(t *testing.T) {
	session := dmptest.ETWSession{Name: "A", LoggerID: 7, Clock: 2, Buffers: []dmptest.ETWBuffer{
		{Records: [][]byte{event(noon, 1), event(noon, 2)}}, {Records: [][]byte{event(noon, 3)}},
	}}
	second := 0x20 + 0x30 + 2 + 0x48 + 0x58
	for what, damage := range map[string]func(m *dmptest.Image){
		"no record":        func(m *dmptest.Image) { m.PutU32(second, 0x12345678) },
		"size 0":           func(m *dmptest.Image) { m.PutU16(second, 0) },
		"too small":        func(m *dmptest.Image) { m.PutU16(second, 0x4F) },
		"too large":        func(m *dmptest.Image) { m.PutU16(second, 0x60) },
		"unknown type":     func(m *dmptest.Image) { m.PutU8(second+2, 0x7F) },
		"extended items":   func(m *dmptest.Image) { m.PutU16(second+4, 0x41) },
		"perfinfo, size 8": func(m *dmptest.Image) { m.PutU8(second+2, 0x11); m.PutU16(second+4, 8) },
		"a small message":  func(m *dmptest.Image) { m.PutU8(second+2, 0, 0x90); m.PutU16(second, 0x10, 0, 1, 0x2) },
	} {
		m := dmptest.Load(stream(session))
		damage(m)
		list, errs := all(read(t, m.Data()))
		var format *dmpfile.FormatError
		if got := ids(list); !slices.Equal(got, []uint16{1, 3}) || len(errs) != 1 || !errors.As(errs[0], &format) || format.Offset != int64(second) {
			t.Errorf("%s: events %v, errors %v", what, got, errs)
		}
	}
}

// A session is no stream of its own: what is wrong with its header ends the reading, and what came before stays.
func TestDamagedSession(t *testing.T) {
	good := dmptest.ETWSession{Name: "A", LoggerID: 7, Clock: 2, Buffers: []dmptest.ETWBuffer{{Records: [][]byte{event(noon, 1)}}}}
	start := len(stream(good))
	for what, damage := range map[string]func(m *dmptest.Image){
		"marker":        func(m *dmptest.Image) { m.PutU32(start, 1) },
		"logger":        func(m *dmptest.Image) { m.PutU32(start+0x4, 8) },
		"buffer size":   func(m *dmptest.Image) { m.PutU32(start+0x10, 0x2000) },
		"long name":     func(m *dmptest.Image) { m.PutU32(start+0x14, 0xFFFFFFFF) },
		"stored length": func(m *dmptest.Image) { m.PutU32(start+0x30+2+8, 0x20) },
	} {
		m := dmptest.Load(stream(good, good))
		damage(m)
		l, err := etw.ReadStream(m.Data())
		if err == nil || l == nil || len(l.Sessions) < 1 {
			t.Errorf("%s: %+v, %v", what, l, err)
			continue
		}
		if list, _ := all(l); len(list) != 1 {
			t.Errorf("%s: %d events", what, len(list))
		}
	}
	if _, err := etw.ReadStream(make([]byte, 0x1F)); err == nil {
		t.Error("31 bytes are no stream")
	}
	if l, err := etw.ReadStream(make([]byte, 0x20)); err != nil || len(l.Sessions) != 0 {
		t.Errorf("a stream without sessions: %+v, %v", l, err)
	}
}

// Sessions whose buffers overlap are given up, not looked at again and again.
func TestOverlappingSessions(t *testing.T) {
	const n = 20000
	m := new(dmptest.Image)
	m.Grow(0x20)
	for i := range n { // each leads to the chain of buffers behind all of them, which ends badly
		off := 0x20 + i*0x30
		m.PutU32(off, 0x01EBAFE1, 7, 0, 2, 0x1000, 0)
	}
	for range n {
		off := m.Grow(m.Len())
		m.PutU32(off, 0x1000, 0, 0x48)
		m.PutU16(off+0x28, 0, 7)
		m.Grow(off + 0x48)
	}
	m.PutU32(m.Len(), 1, 2, 3)
	l, err := etw.ReadStream(m.Data())
	if err == nil || len(l.Sessions) != n {
		t.Errorf("%v", err)
	}
}
