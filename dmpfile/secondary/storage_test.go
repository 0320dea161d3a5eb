package secondary

import (
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// Times of 2025-01-05, 21:32:26.9427348 UTC and later.
const (
	at2132 = 0x1DB5FB950F5AA94
	second = 10_000_000
)

var stopTime = time.Date(2025, 1, 5, 21, 33, 19, 535_895_000, time.UTC)

func TestStoragePort(t *testing.T) {
	b := dmptest.StorageBlob("storport.sys",
		dmptest.StorageRequest{Command: []byte{0x28}, Start: at2132 + 50*second, Status: 0x20, Error: 0xE0, Tag: 7}, // the bytes behind an end of 0 are no status
		dmptest.StorageRequest{Command: []byte{0x35}, Start: at2132 + 2*second, End: at2132 + 22*second, Status: 1, Tag: 0xE3924750},
		dmptest.StorageRequest{Command: []byte{0x2A}, Start: at2132, End: at2132 + 20*second + 2268991, Status: 1, Tag: 0xBD867C0},
		dmptest.StorageRequest{Registers: []byte{0x08}, End: at2132, Status: 1},
		dmptest.StorageRequest{Command: []byte{0x42}, Start: 5, End: 4, Status: 0x84},
		dmptest.StorageRequest{Command: []byte{0xEE}, Start: at2132, End: at2132, Status: 0x4B},
		dmptest.StorageRequest{Registers: []byte{0x55}, Start: at2132, End: at2132 + 1, Status: 0x3F},
	).Data
	s, n, err := ReadStorage(b)
	expectWhole(t, b, n, err)
	if s.Driver != "storport.sys" || s.Clock != SystemTime || s.Signature != "DSTP" {
		t.Errorf("%q, %q, %q", s.Driver, s.Clock, s.Signature)
	}
	cdb := func(op byte) [16]byte { return [16]byte{op} }
	expectEqual(t, "requests", s.Requests, []StorageRequest{
		{Operation: "read", Command: "READ(10)", CDB: cdb(0x28), Start: at2132 + 50*second, Tag: 7},
		{Operation: "flush", Command: "SYNCHRONIZE CACHE(10)", CDB: cdb(0x35), Start: at2132 + 2*second, End: at2132 + 22*second, Duration: 20 * time.Second,
			Finished: true, Status: 1, StatusName: "SUCCESS", Tag: 0xE3924750},
		{Operation: "write", Command: "WRITE(10)", CDB: cdb(0x2A), Start: at2132, End: at2132 + 20*second + 2268991, Duration: 20*time.Second + 226_899_100,
			Finished: true, Status: 1, StatusName: "SUCCESS", Tag: 0xBD867C0},
		{Operation: "flush", Command: "FLUSH", Function: 8, End: at2132, Finished: true, Status: 1, StatusName: "SUCCESS"},
		{Operation: "trim", Command: "UNMAP", CDB: cdb(0x42), Start: 5, End: 4, Finished: true, Status: 0x84, StatusName: "ERROR", Failed: true},
		{Command: "SCSI command 0xee", CDB: cdb(0xEE), Start: at2132, End: at2132, Finished: true, Status: 0x4B, StatusName: "COMMAND_TIMEOUT", Failed: true},
		{Command: "SRB function 0x55", Function: 0x55, Start: at2132, End: at2132 + 1, Duration: 100, Finished: true, Status: 0x3F, StatusName: "SRB status 0x3f", Failed: true},
	})
	for i, want := range []struct {
		started, ended     time.Duration
		hasStart, hasEnded bool
	}{
		{2593160200, 0, true, false},
		{50593160200, 30593160200, true, true},
		{52593160200, 32366261100, true, true},
		{0, 52593160200, false, true},
	} {
		started, ok := s.Started(&s.Requests[i], stopTime, time.Hour)
		if ok != want.hasStart || ok && started != want.started {
			t.Errorf("request %d started %v before the stop, %v", i, started, ok)
		}
		ended, ok := s.Ended(&s.Requests[i], stopTime, time.Hour)
		if ok != want.hasEnded || ok && ended != want.ended {
			t.Errorf("request %d ended %v before the stop, %v", i, ended, ok)
		}
	}
	if _, ok := s.Ended(&s.Requests[1], time.Time{}, time.Hour); ok {
		t.Error("an end before no time at all")
	}
	expectField(t, s, "start", "2025-01-05T21:33:16.9427348Z", "2025-01-05T21:32:28.9427348Z", "2025-01-05T21:32:26.9427348Z", "1601-01-01T00:00:00.0000005Z",
		"2025-01-05T21:32:26.9427348Z", "2025-01-05T21:32:26.9427348Z")
	expectField(t, s, "state", "no end recorded")
	expectField(t, s, "duration", "20s", "20.2268991s", "0s", "100ns")
}

func TestStorageATA(t *testing.T) {
	read := []byte{0x28, 0, 0x18, 0x33, 0xFA, 0x3C, 0, 0, 0x28}
	b := dmptest.StorageBlob("ataport.sys",
		dmptest.StorageRequest{Command: read, Registers: []byte{0, 0x28, 0x3C, 0xFA, 0x33, 0xE0, 0x25, 0, 0, 0, 0x18}, Start: 826637000000, End: 826637001801, Status: 0x50},
		dmptest.StorageRequest{Command: []byte{0x8A, 0, 0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 1, 0}, Start: 826636000000, End: 826637000000, Status: 0x51, Error: 0x40},
		dmptest.StorageRequest{Command: []byte{0xA8, 0, 0, 0, 1, 0, 0, 0, 0, 2}, Start: 1, Status: 0x50, Error: 9},
		dmptest.StorageRequest{Command: []byte{0x35}, Start: 2, End: 3},
	).Data
	s, n, err := ReadStorage(b)
	expectWhole(t, b, n, err)
	if s.Driver != "ataport.sys" || s.Clock != SinceBoot {
		t.Errorf("%q, %q", s.Driver, s.Clock)
	}
	q := s.Requests
	if q[0].TaskFile != [16]byte{0, 0x28, 0x3C, 0xFA, 0x33, 0xE0, 0x25, 0, 0, 0, 0x18} || q[0].Function != 0 {
		t.Errorf("registers %x, function %d", q[0].TaskFile, q[0].Function)
	}
	for i := range q {
		q[i].TaskFile, q[i].CDB = [16]byte{}, [16]byte{}
	}
	expectEqual(t, "requests", q, []StorageRequest{
		{Operation: "read", Command: "READ(10)", Start: 826637000000, End: 826637001801, Duration: 180100, Finished: true, Status: 0x50, StatusName: "DRDY DSC",
			HasBlock: true, Block: 0x1833FA3C, Blocks: 40},
		{Operation: "write", Command: "WRITE(16)", Start: 826636000000, End: 826637000000, Duration: 100 * time.Millisecond, Finished: true, Status: 0x51, Error: 0x40,
			StatusName: "DRDY DSC ERR", Failed: true, HasBlock: true, Block: 0x102030405, Blocks: 256},
		{Operation: "read", Command: "READ(12)", Start: 1, HasBlock: true, Block: 256, Blocks: 2},
		{Operation: "flush", Command: "SYNCHRONIZE CACHE(10)", Start: 2, End: 3, Duration: 100, Finished: true},
	})
	up := 82666 * time.Second
	if d, ok := s.Ended(&q[0], stopTime, up); !ok || d != 2299819900 {
		t.Errorf("the read ended %v before the stop, %v", d, ok)
	}
	if d, ok := s.Started(&q[1], stopTime, 82663*time.Second); !ok || d != -600*time.Millisecond {
		t.Errorf("the write started %v before the stop, %v", d, ok)
	}
	if _, ok := s.Ended(&q[0], stopTime, 0); ok {
		t.Error("an end before a stop at no uptime")
	}
	if _, ok := s.Ended(&q[2], stopTime, up); ok {
		t.Error("a request without an end ended")
	}
	expectField(t, s, "start", "22h57m43.7s", "22h57m43.6s", "100ns", "200ns")
	expectField(t, s, "block", "0x1833fa3c", "0x102030405", "0x100")
	expectField(t, s, "error", "0x40")
}

func TestStorageStops(t *testing.T) {
	request := dmptest.StorageRequest{Command: []byte{0x28}, Start: 1, End: 2, Status: 1}
	whole := dmptest.StorageBlob("storport.sys", request, request).Data
	for _, c := range []struct {
		name     string
		patch    func(m *dmptest.Image)
		off      int64
		text     string
		requests int
	}{
		{"no header", func(m *dmptest.Image) { m.Truncate(0x23) }, 0, "header", 0},
		{"another signature", func(m *dmptest.Image) { m.PutASCII(0, "DXXX") }, 0, "DXXX", 0},
		{"more requests than fit", func(m *dmptest.Image) { m.PutU32(0x20, 0xFFFFFFFF) }, 0x24 + 67*60, "cut", 67},
		{"a cut request", func(m *dmptest.Image) { m.Truncate(0x24 + 119) }, 0x24 + 60, "cut", 1},
		{"bytes behind the requests", func(m *dmptest.Image) { m.PutU32(0x20, 1) }, 0x24 + 60, "bytes follow", 1},
	} {
		m := dmptest.Load(whole)
		c.patch(m)
		s, n, err := ReadStorage(m.Data())
		expectStop(t, c.name, n, err, c.off, c.text)
		if len(s.Requests) != c.requests {
			t.Errorf("%s: %d requests, want %d", c.name, len(s.Requests), c.requests)
		}
	}
}
