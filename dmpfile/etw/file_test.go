package etw_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/etw"
)

func etl() dmptest.ETL {
	return dmptest.ETL{
		ETWSession: dmptest.ETWSession{
			Name: "Trace", LoggerID: 20, Clock: 1, Mode: 1, BufferSize: 0x1000, Reference: noon, ReferenceClock: 5000,
			Buffers: []dmptest.ETWBuffer{
				{Processor: 2, State: 3, Records: [][]byte{event(5000, 1), event(5000+20_000_000, 2)}},
				{Processor: 1, State: 3, Records: [][]byte{event(4000, 3)}},
			},
		},
		Build: 26100, MHz: 2000, Boot: boot, Frequency: 10_000_000, End: noon + 600_000_000, Lost: 4, Path: `C:\trace.etl`,
	}
}

func open(t testing.TB, b []byte) *etw.Log {
	t.Helper()
	l, err := etw.NewFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestFile(t *testing.T) {
	for _, pointer32 := range []bool{false, true} {
		f := etl()
		f.Pointer32 = pointer32
		l := open(t, f.Image().Data())
		if l.Build != 26100 || l.MHz != 2000 || l.Frequency != 10_000_000 || !l.Boot.Equal(noonTime.Add(-10*time.Minute)) || !l.Started.Equal(noonTime) ||
			!l.Ended.Equal(noonTime.Add(time.Minute)) || l.Unclosed || l.Compressed || l.Path != `C:\trace.etl` || len(l.Sessions) != 1 {
			t.Errorf("%+v", l)
		}
		if s := l.Sessions[0]; s.Name != "Trace" || s.LoggerID != 20 || s.Clock != etw.PerformanceCounter || !s.About || s.Buffers != 3 || s.Lost != 4 || s.BufferSize != 0x1000 {
			t.Errorf("%+v", s)
		}
		list := events(t, l)
		if got := ids(list); !slices.Equal(got, []uint16{0, 1, 2, 3}) {
			t.Fatalf("events %v", got)
		}
		for i, want := range []time.Duration{0, 0, 2 * time.Second, -100 * time.Microsecond} {
			if e := list[i]; e.Time.Sub(noonTime) != want || !e.About || e.Unflushed {
				t.Errorf("event %d: %+v", i, e)
			}
		}
		if e := list[0]; e.Form != etw.Other || e.Type != 2 && !pointer32 || e.Type != 1 && pointer32 {
			t.Errorf("%+v", e)
		}
		if list[1].Processor != 2 || list[3].Processor != 1 || !bytes.Equal(list[3].Payload, []byte{1, 2, 3}) {
			t.Errorf("%+v", list[3])
		}
	}
}

// Each clock gives UTC; only the system time is exact.
func TestFileClocks(t *testing.T) {
	for _, c := range []struct {
		clock, mhz uint32
		frequency  uint64
		reference  uint64
		stamp      uint64
		want       time.Time
	}{
		{1, 0, 3_579_545, 5000, 5000 + 3_579_545*3, noonTime.Add(3 * time.Second)},
		{2, 0, 0, noon + 1, noon + 70_000_000, noonTime.Add(7 * time.Second)},
		{3, 2000, 0, 1 << 40, 1<<40 + 2_000_000_000, noonTime.Add(time.Second)},
		{1, 0, 0, 5000, 6000, time.Time{}},
		{3, 0, 10_000_000, 5000, 6000, time.Time{}},
		{9, 0, 0, 5000, 6000, time.Time{}},
		{1, 0, 10_000_000, 0, 1<<63 - 1, time.Time{}},
		{1, 0, 1, 0, 1<<64 - 1, time.Time{}},
		{2, 0, 0, 0, 1<<64 - 1, time.Time{}},
	} {
		f := etl()
		f.Clock, f.MHz, f.Frequency, f.ReferenceClock = c.clock, c.mhz, c.frequency, c.reference
		f.Buffers = []dmptest.ETWBuffer{{Records: [][]byte{event(c.stamp, 1)}}}
		list := events(t, open(t, f.Image().Data()))
		if e := list[1]; !e.Time.Equal(c.want) || e.About != (c.clock != 2) {
			t.Errorf("clock %d at %d: %v, about %v", c.clock, c.stamp, e.Time, e.About)
		}
	}
}

func TestFileOtherRecords(t *testing.T) {
	put := func(kind uint8, size int, sizeAt int) []byte {
		m := new(dmptest.Image)
		m.Grow(size)
		m.PutU8(2, kind, 0xC0)
		m.PutU16(sizeAt, uint16(size))
		return m.Data()
	}
	system, perfinfo, classic := put(2, 0x24, 4), put(0x11, 0x18, 4), put(0x14, 0x34, 0)
	for _, r := range [][]byte{system, perfinfo} {
		m := dmptest.Load(r)
		m.PutU16(6, 0x1234)
		copy(r, m.Data())
	}
	m := dmptest.Load(classic)
	m.PutU8(4, 7, 5)
	m.PutU16(6, 2)
	m.PutBytes(0x18, dmptest.GUID(providerB))
	f := etl()
	f.Buffers = []dmptest.ETWBuffer{{Records: [][]byte{system, perfinfo, m.Data(), put(4, 0x1C, 4), put(0x15, 0x40, 0)}}}
	list := events(t, open(t, f.Image().Data()))[1:]
	if len(list) != 5 {
		t.Fatalf("%d records", len(list))
	}
	if e := list[0]; e.ID != 0x1234 || e.Type != 2 || len(e.Payload) != 4 || e.Form != etw.Other {
		t.Errorf("%+v", e)
	}
	if e := list[1]; e.ID != 0x1234 || e.Type != 0x11 || len(e.Payload) != 8 {
		t.Errorf("%+v", e)
	}
	if e := list[2]; e.Provider != guid(providerB) || e.Opcode != 7 || e.Level != 5 || e.Version != 2 || len(e.Payload) != 4 {
		t.Errorf("%+v", e)
	}
	if fields, ok := list[2].Fields(); ok || fields != nil {
		t.Errorf("a classic record has fields %v", fields)
	}
}

func TestFileUnclosed(t *testing.T) {
	f := etl()
	f.End = 0
	l := open(t, f.Image().Data())
	if got := ids(events(t, l)); !l.Unclosed || !l.Ended.IsZero() || len(got) != 4 {
		t.Errorf("%+v: %v", l, got)
	}
	m := dmptest.Load(f.Image().Data())
	m.PutZero(0x3000, 0x4000) // set aside, never written
	if got := ids(events(t, open(t, m.Data()))); len(got) != 4 {
		t.Errorf("with space behind: %v", got)
	}
}

func TestFileCompressed(t *testing.T) {
	flagged, mode := etl(), etl()
	flagged.Compressed = true
	mode.Mode = 0x04000000
	for _, f := range []dmptest.ETL{flagged, mode} {
		l := open(t, f.Image().Data())
		list, errs := all(l)
		if !l.Compressed || len(list) != 0 || len(errs) != 1 || !errors.Is(errs[0], etw.ErrCompressed) {
			t.Errorf("%+v: %d events, %v", l, len(list), errs)
		}
	}
	// A head that is compressed too says nothing but that.
	h := dmptest.Load(flagged.Image().Data())
	h.PutU16(0x34, 0x40)
	h.PutZero(0x48, 0x200)
	if l := open(t, h.Data()); !l.Compressed || l.Build != 0 || len(l.Sessions) != 1 {
		t.Errorf("%+v", l)
	}
	// Mode 0x40 is that of a session that cannot be stopped: its buffers are plain.
	f := etl()
	f.Mode = 0x40
	if l := open(t, f.Image().Data()); l.Compressed || len(events(t, l)) != 4 {
		t.Errorf("%+v", l)
	}
	// One compressed buffer among others.
	m := dmptest.Load(etl().Image().Data())
	m.PutU16(0x2034, 0x40)
	list, errs := all(open(t, m.Data()))
	if got := ids(list); !slices.Equal(got, []uint16{0, 1, 2}) || len(errs) != 1 || !errors.Is(errs[0], etw.ErrCompressed) {
		t.Errorf("%v, %v", got, errs)
	}
}

// A trace that was appended to the file has a start and a clock of its own.
func TestFileAppended(t *testing.T) {
	first, second := etl(), etl()
	second.Reference, second.ReferenceClock = noon+36_000_000_000, 9
	second.Buffers = []dmptest.ETWBuffer{{Records: [][]byte{event(9, 7)}}}
	m := first.Image()
	m.Append(second.Image().Data())
	list := events(t, open(t, m.Data()))
	if e := list[len(list)-1]; e.ID != 7 || !e.Time.Equal(noonTime.Add(time.Hour)) {
		t.Errorf("%+v", e)
	}
}

// What is cut or damaged gives what it has.
func TestFileCut(t *testing.T) {
	b := etl().Image().Data()
	want := []uint16{0, 1, 2, 3}
	for n := 0; n <= len(b); n += 8 {
		l, err := etw.NewFile(bytes.NewReader(b[:n]), int64(n))
		if l == nil {
			var format *dmpfile.FormatError
			if n >= 0x200 || !errors.As(err, &format) {
				t.Fatalf("%d bytes: %v", n, err)
			}
			continue
		}
		list, errs := all(l)
		if got := ids(list); !slices.Equal(got, want[:len(got)]) {
			t.Errorf("%d bytes: %v", n, got)
		}
		if n == 0x3000-8 && len(errs)+len(list) != 4 {
			t.Errorf("only filler is missing: %d events, %v", len(list), errs)
		}
		if n == 0x1080 && (len(list) != 1 || len(errs) == 0) {
			t.Errorf("cut inside a record: %d events, %v", len(list), errs)
		}
	}
	for what, damage := range map[string]func(m *dmptest.Image){
		"size of a buffer": func(m *dmptest.Image) { m.PutU32(0x1000, 0x999) },
		"end of its data":  func(m *dmptest.Image) { m.PutU32(0x1030, 0x1001) },
		"a record":         func(m *dmptest.Image) { m.PutU32(0x1048, 0) },
	} {
		m := dmptest.Load(b)
		damage(m)
		list, errs := all(open(t, m.Data()))
		if got := ids(list); !slices.Equal(got, []uint16{0, 3}) || len(errs) != 1 {
			t.Errorf("%s: %v, %v", what, got, errs)
		}
	}
	for what, damage := range map[string]func(m *dmptest.Image){
		"zeros":                 func(m *dmptest.Image) { m.PutZero(0, 0x3000) },
		"a small first buffer":  func(m *dmptest.Image) { m.PutU32(0, 0x100) },
		"a great first buffer":  func(m *dmptest.Image) { m.PutU32(0, 0xFFFFFFFF) },
		"the first record":      func(m *dmptest.Image) { m.PutU8(0x4A, 0x13) },
		"its number":            func(m *dmptest.Image) { m.PutU16(0x4E, 0x50) },
		"its size":              func(m *dmptest.Image) { m.PutU16(0x4C, 0x40) },
		"its size, too large":   func(m *dmptest.Image) { m.PutU16(0x4C, 0xFFF0) },
		"an event log's header": func(m *dmptest.Image) { m.PutASCII(0, "ElfFile\x00") },
	} {
		m := dmptest.Load(b)
		damage(m)
		if l, err := etw.NewFile(bytes.NewReader(m.Data()), int64(len(m.Data()))); l != nil || err == nil {
			t.Errorf("%s: %+v, %v", what, l, err)
		}
	}
}

// A file that cannot be read says so.
func TestFileUnreadable(t *testing.T) {
	b := etl().Image().Data()
	bad := errors.New("bad sector")
	l, err := etw.NewFile(failing{bytes.NewReader(b), 0x2000, bad}, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if list, errs := all(l); len(list) != 3 || len(errs) != 1 || !errors.Is(errs[0], bad) {
		t.Errorf("%d events, %v", len(list), errs)
	}
	if _, err := etw.NewFile(failing{bytes.NewReader(b), 0, bad}, int64(len(b))); !errors.Is(err, bad) {
		t.Errorf("%v", err)
	}
}

// failing is a file of which the bytes from the offset on cannot be read.
type failing struct {
	*bytes.Reader
	off int64
	err error
}

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.off && off >= f.off {
		return 0, f.err
	}
	return f.Reader.ReadAt(p, off)
}

// Buffers that the head of a closed trace counts and the file does not have are said, whether the file is cut or holed.
func TestFileMissingBuffers(t *testing.T) {
	for _, c := range []struct {
		name  string
		patch func(f *dmptest.ETL)
		after func(m *dmptest.Image)
		want  string
		ids   []uint16
	}{
		{"whole", nil, nil, "", []uint16{0, 1, 2, 3}},
		{"cut at a buffer", nil, func(m *dmptest.Image) { m.Truncate(0x2000) },
			"at 0x8c: buffers that are missing, of the 3 that the head of the trace counts: 0x1", []uint16{0, 1, 2}},
		{"the head alone", nil, func(m *dmptest.Image) { m.Truncate(0x1000) },
			"at 0x8c: buffers that are missing, of the 3 that the head of the trace counts: 0x2", []uint16{0}},
		{"a hole", nil, func(m *dmptest.Image) { m.PutZero(0x1000, 0x1000) },
			"at 0x8c: buffers that are missing, of the 3 that the head of the trace counts: 0x1", []uint16{0, 3}},
		{"a damaged buffer is there", nil, func(m *dmptest.Image) { m.PutU32(0x1000, 7) }, "at 0x1000: no buffer of the trace begins here: its size: 0x7", []uint16{0, 3}},
		{"cut inside a buffer", nil, func(m *dmptest.Image) { m.Truncate(0x2020) },
			"at 0x2000: the .etl file ends inside the header of a buffer, bytes left: 0x20", []uint16{0, 1, 2}},
		{"not closed", func(f *dmptest.ETL) { f.End = 0 }, func(m *dmptest.Image) { m.Truncate(0x1000) }, "", []uint16{0}},
		{"goes around: more were written than it holds", func(f *dmptest.ETL) { f.Mode = 2 }, func(m *dmptest.Image) { m.PutU32(0x8C, 900) }, "", []uint16{0, 1, 2, 3}},
		{"more than is counted", nil, func(m *dmptest.Image) { m.PutU32(0x8C, 2) }, "", []uint16{0, 1, 2, 3}},
	} {
		f := etl()
		if c.patch != nil {
			c.patch(&f)
		}
		m := f.Image()
		if c.after != nil {
			c.after(m)
		}
		list, errs := all(open(t, m.Data()))
		got := ""
		for _, err := range errs {
			got += err.Error()
		}
		if got != c.want || !slices.Equal(ids(list), c.ids) {
			t.Errorf("%s: %q, %v", c.name, got, ids(list))
		}
	}
	l := open(t, func() []byte { m := etl().Image(); m.Truncate(0x1000); return m.Data() }())
	for range l.Records() {
		break // nothing comes behind
	}
}

// The head says twice how large a buffer is. Where the two differ the next buffer decides, and what does not look like a buffer says nothing
// of compression.
func TestFileBufferSize(t *testing.T) {
	for _, size := range []uint32{0x800, 0x2000} {
		m := etl().Image()
		m.PutU32(0, size)
		for at := 0x800; at < 0x1000; at++ {
			m.PutU8(at, 0xFF)
		}
		l := open(t, m.Data())
		list, errs := all(l)
		if l.Compressed || l.Sessions[0].BufferSize != 0x1000 || !slices.Equal(ids(list), []uint16{0, 1, 2, 3}) || len(errs) != 1 {
			t.Errorf("%#x: %+v, %v, %v", size, l, ids(list), errs)
		}
	}
	m := etl().Image()
	m.PutU32(0x68, 0x4000) // no buffer of that size is there
	if l := open(t, m.Data()); l.Sessions[0].BufferSize != 0x1000 || len(events(t, l)) != 4 {
		t.Errorf("%+v", l)
	}
	m = etl().Image()
	m.PutU16(0x1034, 0xFFFF)
	if l := open(t, m.Data()); l.Compressed || len(events(t, l)) != 4 {
		t.Errorf("flags that there are not: %+v", l)
	}
}

// A count of ticks is no time, and what has none is given.
func TestFileNoTime(t *testing.T) {
	f := etl()
	f.Clock = 2
	list := events(t, open(t, f.Image().Data()))
	if len(list) != 4 || !list[1].Time.IsZero() {
		t.Errorf("%+v", list[1])
	}
	f = etl()
	f.Reference = 116444736000000000 // 1970
	if list := events(t, open(t, f.Image().Data())); !list[1].Time.IsZero() {
		t.Errorf("%+v", list[1])
	}
}
