package etw_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/etw"
)

// corpus returns the paths of real files, which are no part of the repository.
func corpus(t testing.TB, pattern string) []string {
	dir := os.Getenv("DMPLENS_CORPUS")
	if dir == "" {
		t.Skip("NO REAL FILES: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %q, %v", pattern, paths, err)
	}
	return paths
}

// realStream is the ETW stream of a real dump.
type realStream struct {
	name string
	data []byte
	stop time.Time // when the dump was captured
}

func realStreams(t testing.TB) (list []realStream) {
	for _, path := range corpus(t, "dumps/*") {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		d, err := dmpfile.NewFile(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			continue
		}
		for _, s := range d.Secondary().Streams {
			if s.GUID.String() == etw.StreamGUID {
				stop, _ := d.Header.SystemTime()
				list = append(list, realStream{filepath.Base(path), b[s.Offset : s.Offset+s.Size], stop})
			}
		}
	}
	return list
}

// Every byte of the streams of real dumps belongs to a session or a buffer, and every record decodes that describes itself.
func TestCorpusStreams(t *testing.T) {
	var sessions, buffers, bytes int
	var all etw.Counts
	streams := realStreams(t)
	for _, s := range streams {
		l, err := etw.ReadStream(s.data)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		bytes += len(s.data)
		sessions += len(l.Sessions)
		for _, session := range l.Sessions {
			buffers += session.Buffers
		}
		c := l.Count()
		if c.Damaged != 0 || c.Other != 0 {
			t.Errorf("%s: %+v", s.name, c)
		}
		all.Records += c.Records
		all.Manifest += c.Manifest
		all.TraceLogging += c.TraceLogging
		all.Legacy += c.Legacy
		all.WPP += c.WPP
		for e, err := range l.Events() {
			if err != nil {
				t.Errorf("%s: %v", s.name, err)
				continue
			}
			if _, ok := e.Fields(); !ok && e.Form != etw.Manifest {
				t.Errorf("%s: an event of form %v of %v is not decoded", s.name, e.Form, e.Provider)
			}
			if e.Form == etw.TraceLogging && (e.Name == "" || e.EventName == "") {
				t.Errorf("%s: an event without a name: %q of %q", s.name, e.EventName, e.Name)
			}
			session := &l.Sessions[e.Session]
			if e.Time.IsZero() || e.About != (session.Clock != etw.SystemTime) {
				t.Errorf("%s: time %v, about %v, of %s", s.name, e.Time, e.About, session.Name)
			}
			if late := e.Time.Sub(s.stop); session.Name == "EventLog-System" && late > time.Millisecond {
				t.Errorf("%s: an event %v after the stop", s.name, late)
			}
		}
	}
	t.Logf("%d streams, %d bytes, %d sessions, %d buffers, %d records: %d manifest, %d TraceLogging, %d legacy, %d WPP", len(streams), bytes, sessions, buffers,
		all.Records, all.Manifest, all.TraceLogging, all.Legacy, all.WPP)
	if len(streams) != 17 || sessions != 62 || buffers != 940 || all.WPP != 146985 || all.Records != 146985+18864 || all.TraceLogging != 6475 || all.Legacy != 16 {
		t.Error("other numbers than an independent reading gave")
	}
}

// Events for which a layout exists have exactly its bytes in all real dumps.
func TestCorpusLayouts(t *testing.T) {
	known := map[etw.Key]int{}
	for _, s := range realStreams(t) {
		l, err := etw.ReadStream(s.data)
		if err != nil {
			t.Fatal(err)
		}
		for e, err := range l.Events() {
			if err != nil || e.Form != etw.Manifest {
				continue
			}
			if _, has := etw.LayoutOf(e.Provider, e.ID, e.Version); !has {
				continue
			}
			key := etw.Key{Provider: e.Provider, ID: e.ID, Version: e.Version}
			if _, ok := e.Fields(); !ok {
				t.Errorf("%s: %s %d v%d: %d bytes do not fit its layout", s.name, etw.ProviderName(e.Provider), e.ID, e.Version, len(e.Payload))
			}
			known[key]++
		}
	}
	for key, n := range known {
		t.Logf("%d of %s %d v%d", n, etw.ProviderName(key.Provider), key.ID, key.Version)
	}
	if len(known) < 11 {
		t.Errorf("only %d kinds of events have a layout", len(known))
	}
}

// Events of a dump that its event log has too have the log's time to the last digit, legacy ones as well.
func TestCorpusEventLog(t *testing.T) {
	log, err := os.ReadFile(corpus(t, "evtx/NoamHuang__dell__system_eventlog.evtx")[0])
	if err != nil {
		t.Fatal(err)
	}
	found := map[uint16]bool{}
	for _, s := range realStreams(t) {
		if s.name != "NoamHuang__dell__040124-5218-01.dmp" {
			continue
		}
		l, err := etw.ReadStream(s.data)
		if err != nil {
			t.Fatal(err)
		}
		for e := range l.Events() {
			if e != nil && l.Sessions[e.Session].Name == "EventLog-System" {
				filetime := uint64(e.Time.Unix()+11644473600)*1e7 + uint64(e.Time.Nanosecond())/100
				found[e.ID] = found[e.ID] || bytes.Contains(log, binary.LittleEndian.AppendUint64(nil, filetime))
			}
		}
	}
	if !found[19] || !found[7045] {
		t.Errorf("%v", found)
	}
}

// A session of a real dump, written as an .etl file by dmptest, reads the same.
func TestCorpusSessionsAsFiles(t *testing.T) {
	files := 0
	for _, s := range realStreams(t) {
		l, err := etw.ReadStream(s.data)
		if err != nil {
			t.Fatal(err)
		}
		bySession := make([][]*etw.Event, len(l.Sessions))
		list, _ := all(l)
		for _, e := range list {
			bySession[e.Session] = append(bySession[e.Session], e)
		}
		for i, file := range etw.AsFiles(l) {
			got, errs := all(open(t, file))
			want := bySession[i]
			if len(got) != len(want)+1 || len(errs) != 0 {
				t.Errorf("%s: %s: %d events, want %d: %v", s.name, l.Sessions[i].Name, len(got)-1, len(want), errs)
				continue
			}
			files++
			for j, g := range got[1:] {
				w := *want[j]
				w.Session, w.Unflushed = g.Session, g.Unflushed
				if !reflect.DeepEqual(*g, w) {
					t.Errorf("%s: %s: event %d differs", s.name, l.Sessions[i].Name, j)
					break
				}
			}
		}
	}
	t.Logf("%d sessions as files", files)
	if files != 62 {
		t.Errorf("%d files", files)
	}
}

// The records of real .etl files, against counts by a reader that shares nothing with this one.
func TestCorpusFiles(t *testing.T) {
	want := map[string]struct {
		buffers  int
		unclosed bool
		events   map[string]int
		names    map[string]int
	}{
		"AMSITrace.etl": {6, false, map[string]int{
			"2 other 00000000-0000-0000-0000-000000000000 0": 1, "2 other 00000000-0000-0000-0000-000000000000 80": 1,
			"13 tracelogging 8e805eb3-6a8f-4a1e-90fa-a831d94e54a1 0": 19,
		}, map[string]int{"AmsiScript": 19}},
		"WindowsUpdate.20250426.052353.702.1.etl": {12, true, map[string]int{
			"2 other 00000000-0000-0000-0000-000000000000 0": 1, "2 other 00000000-0000-0000-0000-000000000000 80": 1,
			"13 tracelogging 0b7a6f19-47c4-454e-8c5c-e868d637e4d8 0": 127,
		}, map[string]int{"Shared": 8, "Misc": 37, "Test": 1, "Agent": 23, "DataStore": 2, "DownloadManager": 6, "Handler": 4, "IdleTimer": 13, "ComApi": 15, "SLS": 16, "Api": 2}},
		"lxcore_kernel.etl": {3, false, map[string]int{
			"2 other 00000000-0000-0000-0000-000000000000 0": 1, "2 other 00000000-0000-0000-0000-000000000000 80": 1,
			"13 tracelogging 0cd1c309-0878-4515-83db-749843b3f5c9 0": 2,
		}, map[string]int{"BreakPoint": 2}},
	}
	for _, path := range corpus(t, "etl/*.etl") {
		name := filepath.Base(path)
		w, known := want[name]
		if !known {
			t.Errorf("%s is new", name)
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		l := open(t, b)
		if l.Sessions[0].Buffers != w.buffers || l.Unclosed != w.unclosed || l.Compressed {
			t.Errorf("%s: %d buffers, unclosed %v", name, l.Sessions[0].Buffers, l.Unclosed)
		}
		got, names := map[string]int{}, map[string]int{}
		for _, e := range events(t, l) {
			got[fmt.Sprintf("%x %v %v %d", e.Type, e.Form, e.Provider, e.ID)]++
			if e.EventName != "" {
				names[e.EventName]++
			}
			if e.Time.Before(l.Started) || !l.Ended.IsZero() && e.Time.After(l.Ended) {
				t.Errorf("%s: an event at %v of a trace from %v to %v", name, e.Time, l.Started, l.Ended)
			}
			if _, ok := e.Fields(); !ok && e.Form != etw.Other {
				t.Errorf("%s: an event %q is not decoded", name, e.EventName)
			}
		}
		if !maps.Equal(got, w.events) || !maps.Equal(names, w.names) {
			t.Errorf("%s: %v, %v", name, got, names)
		}
	}
}

func BenchmarkCorpusStream(b *testing.B) {
	var largest realStream
	for _, s := range realStreams(b) {
		if len(s.data) > len(largest.data) {
			largest = s
		}
	}
	b.SetBytes(int64(len(largest.data)))
	b.ReportAllocs()
	for b.Loop() {
		l, err := etw.ReadStream(largest.data)
		if err != nil {
			b.Fatal(err)
		}
		for e := range l.Events() {
			e.Fields()
		}
	}
}
