package etw_test

import (
	"bytes"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/etw"
)

// records are of every kind.
func records(stamp uint64) [][]byte {
	return [][]byte{
		event(stamp, 1),
		dmptest.ETWEvent{Stamp: stamp, Provider: liveDump, ID: 4, Version: 1, Payload: make([]byte, 44)}.Record(),
		dmptest.ETWEvent{Stamp: stamp, Provider: providerA, Channel: 11, Traits: dmptest.ETWTraits("P"), SID: []byte{1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0},
			Schema:  dmptest.ETWSchema("E", dmptest.ETWField("S", 24|0x80|0x40, 2), dmptest.ETWField("A", 1), dmptest.ETWField("B", 8|0x20, 2, 0)),
			Payload: []byte("\x01\x00a\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00")}.Record(),
		dmptest.ETWEvent{Stamp: stamp, Provider: providerB, Legacy: true, Payload: dmptest.ETWLegacy(stamp, 7, "disk", nil, []string{"a", "b"}, []byte{1})}.Record(),
		dmptest.ETWMessage(stamp, providerB, 10, 4, 8, []byte("text")),
	}
}

// exercise reads everything of a log that claims no more than its bytes.
func exercise(t *testing.T, l *etw.Log, size int) {
	n := 0
	for e, err := range l.Records() {
		if (e == nil) == (err == nil) {
			t.Fatalf("%v with %v", e, err)
		}
		if e == nil {
			continue
		}
		if n += len(e.Payload) + 8; n > size {
			t.Fatalf("%d bytes of records from %d", n, size)
		}
		fields, ok := e.Fields()
		if !ok && fields != nil {
			t.Fatalf("%v of a payload that is not known", fields)
		}
		if size := 2*len(e.Payload) + 0x10000; ok && len(fields) > size {
			t.Fatalf("%d fields", len(fields))
		}
		for _, f := range fields {
			_ = f.String()
		}
		if l, ok := e.Layout(); ok {
			l.Expand(fields)
		}
	}
	if c := l.Count(); c.Records != c.Manifest+c.TraceLogging+c.Legacy+c.WPP+c.Other {
		t.Fatalf("%+v", c)
	}
}

func FuzzStream(f *testing.F) {
	for _, stale := range [][]byte{nil, {}} {
		b := stream(
			dmptest.ETWSession{Name: "AB", LoggerID: 7, Clock: 2, Stale: stale, Buffers: []dmptest.ETWBuffer{{Records: records(noon)}, {Unused: true}}},
			dmptest.ETWSession{Name: "C", LoggerID: 8, Clock: 1, Stale: stale, Reference: noon, ReferenceClock: 5, Buffers: []dmptest.ETWBuffer{{Full: true, Records: records(9)}}},
		)
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := etw.ReadStream(b)
		if l == nil {
			if err == nil {
				t.Fatal("neither a log nor an error")
			}
			return
		}
		buffers := 0
		for _, s := range l.Sessions {
			buffers += s.Buffers
		}
		if buffers > len(b)/0x48+1 {
			t.Fatalf("%d buffers in %d bytes", buffers, len(b))
		}
		exercise(t, l, len(b))
	})
}

func FuzzFile(f *testing.F) {
	e := etl()
	e.Buffers = append(e.Buffers, dmptest.ETWBuffer{Records: records(6000)})
	f.Add(e.Image().Data())
	e.Pointer32 = true
	f.Add(e.Image().Data()[:0x2800])
	e.Compressed = true
	f.Add(e.Image().Data())
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := etw.NewFile(bytes.NewReader(b), int64(len(b)))
		if (l == nil) == (err == nil) {
			t.Fatalf("%v with %v", l, err)
		}
		if l != nil {
			exercise(t, l, len(b))
		}
	})
}
