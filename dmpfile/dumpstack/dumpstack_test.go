package dumpstack_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/dumpstack"
)

func read(data []byte) (*dumpstack.Log, error) {
	return dumpstack.Read(bytes.NewReader(data), int64(len(data)))
}

// mustRead reads a log that has to be one.
func mustRead(t *testing.T, d dmptest.DumpStack) *dumpstack.Log {
	t.Helper()
	l, err := read(d.Image().Data())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var (
	began  = []string{"Dump stack initialized at UTC: 2026/03/04 05:06:07, local time: 2026/03/04 06:06:07."}
	opened = slices.Concat(began, []string{
		"Dump Guid: {01234567-89ab-11f0-8d04-806e6f6e6963}",
		"#BugCheckCode 0x00000000000000D1",
		"#BugCheckP1 0xFFFFC4899E155720",
		"#BugCheckP2 0x0000000000000002",
		"#BugCheckP3 0x0000000000000000",
		"#BugCheckP4 0xFFFFF803999612D0",
		"Progress 0x00000042",
		"Elapsed BugCheck duration 00001299ms",
		"Starting get secondary dump callbacks size.",
		"Progress 0x00000052",
		"Finish get secondary dump callbacks size.",
	})
	// planned is a dump of 0x1000 pages, whose headers are 0x3000 bytes.
	planned = slices.Concat(opened, []string{
		"Dump Type: 6, Total Dump Size: 16794548, Secondary Dump Size: 5044, MaxTransferSize: 65536.",
		"Starting write of dump header.",
		"Finish write of dump header.",
		"Starting write of kernel bitmap dump header.",
		"Finish write of bitmap dump header.",
		"Starting write of memory dump data.",
		"Dumping physical memory to disk:  0% ",
		"WriteBitmapDump: pages written = 205, MB per sec = 41.",
		"Dumping physical memory to disk:  5% ",
	})
	written = slices.Concat(planned, []string{
		"Dumping physical memory to disk:  100% ",
		"Finish write of bitmap dump data. Total pages:4096 Pages written:4095 MB/s:61",
		"Progress 0x00000043",
		"Starting invoking secondary dump callbacks.",
	})
	ended = []string{
		"Finish calling secondary multi-part dump callbacks.",
		"Progress 0x00000045",
		"Finish invoking secondary dump callbacks.",
		"Starting invoking dump complete callbacks; Type: 0x04.",
		"Finished invoking dump complete callbacks; Type: 0x04.",
		"Progress 0x00000046",
		"Dump ended at UTC: 2026/03/04 05:06:07, local time: 2026/03/04 06:06:07.",
		"Elapsed BugCheck duration 00032851ms",
		"Progress 0x00000053",
		"Dump completed successfully.",
	}
	parts = []string{"Calling secondary multi-part dump callbacks.", "Starting Etw multi-part secondary callback.", "Finish Etw multi-part secondary callback."}
)

func TestCompleted(t *testing.T) {
	lines := slices.Concat(written, dmptest.CallbackLines(`\Device\DxgKrnl`, "a b", "a b"), parts, ended)
	l := mustRead(t, dmptest.DumpStack{Lines: lines, Closed: true})
	if l.Ending != dumpstack.Closed || !l.Completed || l.Edited || l.Unknown != 0 || l.In+l.Writing+l.Part != "" ||
		l.Switched || l.TooSmall != nil {
		t.Errorf("%+v", l)
	}
	if l.Type != 6 || *l.Total != 16794548 || *l.Secondary != 5044 || *l.Pages != 4096 || *l.Written != 4095 || *l.Percent != 100 {
		t.Errorf("type %d, total %d, secondary %d, pages %d and %d, %d%%", l.Type, *l.Total, *l.Secondary, *l.Pages, *l.Written, *l.Percent)
	}
	if headers, memory, ok := l.Split(); headers != 0x3000 || memory != 4096*4096 || !ok {
		t.Errorf("headers %#x, memory %#x, %v", headers, memory, ok)
	}
	for i, want := range []uint64{0xFFFFC4899E155720, 2, 0, 0xFFFFF803999612D0} {
		if *l.Code != 0xD1 || *l.Parameters[i] != want {
			t.Errorf("%#x, parameter %d is %#x", *l.Code, i+1, *l.Parameters[i])
		}
	}
	if want := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC); !l.Time.Equal(want) || l.Elapsed != 32851*time.Millisecond {
		t.Errorf("%v, %v", l.Time, l.Elapsed)
	}
	if want := []uint32{0x42, 0x52, 0x43, 0x45, 0x46, 0x53}; !slices.Equal(l.Progress, want) {
		t.Errorf("%#x", l.Progress)
	}
	whole := dumpstack.Callback{Entered: true, Left: true, Wrote: true}
	want := []dumpstack.Callback{whole, whole, whole, whole}
	want[0].Name, want[1].Name, want[2].Name, want[3].Name, want[3].MultiPart = `\Device\DxgKrnl`, "a b", "a b", "Etw", true
	if !slices.Equal(l.Callbacks, want) {
		t.Errorf("%+v", l.Callbacks)
	}
	if l.GUID.String() != "01234567-89ab-11f0-8d04-806e6f6e6963" || l.LastLine != "Dump completed successfully." {
		t.Errorf("%v %q", l.GUID, l.LastLine)
	}
}

// TestWhere has logs that end in the middle.
func TestWhere(t *testing.T) {
	inside := dmptest.CallbackLines("x", "y.sys")
	for _, c := range []struct {
		name              string
		lines             []string
		in, writing, part string
		callbacks         int
	}{
		{"sizes", opened[:len(opened)-2], "", "", "get secondary dump callbacks size", 0},
		{"after the sizes", opened, "", "", "", 0},
		{"memory", planned, "", "", "write of memory dump data", 0},
		{"a callback", slices.Concat(written, inside[:5]), "y.sys", "", "invoking secondary dump callbacks", 2},
		{"after a callback", slices.Concat(written, inside[:6]), "", "", "invoking secondary dump callbacks", 2},
		{"its data", slices.Concat(written, inside[:7]), "", "y.sys", "invoking secondary dump callbacks", 2},
		{"a callback behind one whose data was not done", slices.Concat(written, inside[:3], inside[4:5]), "y.sys", "", "invoking secondary dump callbacks", 2},
		{"the return of another", slices.Concat(written, inside[:1], inside[5:6]), "", "", "invoking secondary dump callbacks", 2},
		{"the end behind a callback that never returned", slices.Concat(written, inside[:1], ended[1:3]), "", "", "", 1},
		{"the end behind data that was not done", slices.Concat(written, inside[:3], ended[1:3]), "", "", "", 1},
		{"between callbacks", slices.Concat(written, inside), "", "", "invoking secondary dump callbacks", 2},
		{"one that never returned, another called", slices.Concat(written, inside[:1], inside[4:5]), "y.sys", "", "invoking secondary dump callbacks", 2},
		{"parts", slices.Concat(written, inside, parts[:2]), "Etw", "", "calling secondary multi-part dump callbacks", 3},
		{"after parts", slices.Concat(written, inside, parts), "", "", "calling secondary multi-part dump callbacks", 3},
		{"after all", slices.Concat(written, inside, parts, ended[:3]), "", "", "", 3},
		{"at the end", slices.Concat(written, inside, parts, ended[:4]), "", "", "invoking dump complete callbacks", 3},
		{"a return alone", slices.Concat(written, inside[1:2]), "", "", "invoking secondary dump callbacks", 1},
		{"the end alone", ended[:3], "", "", "", 0},
	} {
		for _, stale := range []string{"", "e.\r\nCalling z secondary callback.\r\nDump completed successfully.\r\n"} {
			l := mustRead(t, dmptest.DumpStack{Lines: c.lines, Stale: stale})
			if l.In != c.in || l.Writing != c.writing || l.Part != c.part || len(l.Callbacks) != c.callbacks ||
				l.Completed || l.Ending != dumpstack.Unclosed || l.LastLine != c.lines[len(c.lines)-1] || l.Unknown != 0 {
				t.Errorf("%s: in %q, writing %q, part %q, %d callbacks, %s, %q", c.name, l.In, l.Writing, l.Part, len(l.Callbacks), l.Ending, l.LastLine)
			}
		}
	}

	l := mustRead(t, dmptest.DumpStack{Lines: slices.Concat(written, inside[:1], inside[4:])})
	if x, y := l.Callbacks[0], l.Callbacks[1]; x.Left || !x.Entered || !y.Left || !y.Wrote {
		t.Errorf("%+v", l.Callbacks)
	}
	l = mustRead(t, dmptest.DumpStack{Lines: slices.Concat(written, inside[1:2])})
	if l.Callbacks[0].Entered || !l.Callbacks[0].Left {
		t.Errorf("%+v", l.Callbacks)
	}
}

// TestTooSmall has a dump that did not fit into its file: what was planned first is not what was written.
func TestTooSmall(t *testing.T) {
	first := slices.Concat(began, []string{
		"Dump Type: 6, Total Dump Size: 2848539231, Secondary Dump Size: 1667679.",
		"Progress 0x00000051",
		"Dump file is too small - switching to minidump. Dump file size = 2550136832, required size = 2848539231.",
	})
	l := mustRead(t, dmptest.DumpStack{Lines: first})
	if *l.TooSmall != (dumpstack.TooSmall{Type: 6, Have: 2550136832, Need: 2848539231}) || l.Switched || l.Type != 6 {
		t.Errorf("%+v %v", l.TooSmall, l.Switched)
	}
	l = mustRead(t, dmptest.DumpStack{Lines: slices.Concat(first, []string{"Dump Type: 4, Total Dump Size: 1805148, Secondary Dump Size: 1666396."})})
	if l.TooSmall.Type != 6 || !l.Switched || l.Type != 4 || *l.Total != 1805148 || *l.Secondary != 1666396 {
		t.Errorf("%+v", l)
	}
	if _, _, ok := l.Split(); ok {
		t.Error("a small memory dump was split")
	}
}

// TestSplit has numbers that are none of a bitmap dump.
func TestSplit(t *testing.T) {
	for _, c := range []struct {
		sizes, pages string
		ok           bool
	}{
		{"Dump Type: 6, Total Dump Size: 16794548, Secondary Dump Size: 5044.", "4096", true},
		{"Dump Type: 5, Total Dump Size: 16794548, Secondary Dump Size: 5044.", "4096", true},
		{"Dump Type: 4, Total Dump Size: 16794548, Secondary Dump Size: 5044.", "4096", false},
		{"Dump Type: 6, Total Dump Size: 16794549, Secondary Dump Size: 5044.", "4096", false}, // no whole pages
		{"Dump Type: 6, Total Dump Size: 16794548, Secondary Dump Size: 5044.", "4097", false}, // no room for one bit for each page
		{"Dump Type: 6, Total Dump Size: 0, Secondary Dump Size: 4096.", "0", false},
		{"Dump Type: 6, Total Dump Size: 16794548, Secondary Dump Size: 5044.", "4503599627370496", false},
		{"Dump Type: 6, Total Dump Size: 1152921504606846976, Secondary Dump Size: 0.", "4503599627370497", false}, // 2^52+1: its bytes do not fit 64 bits
		{"Dump Type: 6, Total Dump Size: 16794548, Secondary Dump Size: 5044.", "-1", false},
	} {
		l := mustRead(t, dmptest.DumpStack{Lines: []string{c.sizes, "Finish write of bitmap dump data. Total pages:" + c.pages + " Pages written:1"}})
		if headers, memory, ok := l.Split(); ok != c.ok || ok && (headers != 0x3000 || memory != 0x1000000) {
			t.Errorf("%s %s: %#x %#x %v", c.sizes, c.pages, headers, memory, ok)
		}
	}
}

// TestEnding has lengths that make sense and such that do not.
func TestEnding(t *testing.T) {
	lines := slices.Concat(written, dmptest.CallbackLines("x")[:1])
	closed := dmptest.DumpStack{Lines: lines, Closed: true}
	end := len(bytes.TrimRight(closed.Image().Data(), "\x00"))
	for _, c := range []struct {
		name   string
		make   func(m *dmptest.Image)
		ending dumpstack.Ending
		in     string
	}{
		{"closed", func(m *dmptest.Image) {}, dumpstack.Closed, "x"},
		{"stale text right behind", func(m *dmptest.Image) { m.PutASCII(end, "Return from x secondary callback.\r\n") }, dumpstack.Closed, "x"},
		{"of the file", func(m *dmptest.Image) { m.PutU32(0x14, 0x3000) }, dumpstack.Unclosed, "x"},
		{"behind the text", func(m *dmptest.Image) { m.PutU32(0x14, uint32(end+8)) }, dumpstack.Unsure, ""},
		{"inside a line", func(m *dmptest.Image) { m.PutU32(0x14, uint32(end-3)) }, dumpstack.Unsure, ""},
		{"beyond the file", func(m *dmptest.Image) { m.PutU32(0x14, 0x3001) }, dumpstack.Unsure, ""},
		{"nothing but ones", func(m *dmptest.Image) { m.PutU32(0x14, 1<<32-1) }, dumpstack.Unsure, ""},
		{"zero", func(m *dmptest.Image) { m.PutU32(0x14, 0) }, dumpstack.Unsure, ""},
		{"inside the head", func(m *dmptest.Image) { m.PutU32(0x14, 0x1F) }, dumpstack.Unsure, ""},
		{"no text", func(m *dmptest.Image) { m.PutU32(0x14, 0x20) }, dumpstack.Empty, ""},
		{"no more than the text", func(m *dmptest.Image) { m.PutU32(0x14, uint32(end)); m.Truncate(end) }, dumpstack.Full, ""},
		{"cut", func(m *dmptest.Image) { m.PutU32(0x14, 0x3000); m.Truncate(end) }, dumpstack.Unsure, ""},
	} {
		m := closed.Image()
		c.make(m)
		l, err := read(m.Data())
		if err != nil || l.Ending != c.ending || l.In != c.in || l.Edited {
			t.Errorf("%s: %v, %+v", c.name, err, l)
		}
	}

	// A log that is not closed but completed has lost power between the two, or its end is that of an older log.
	if l := mustRead(t, dmptest.DumpStack{Lines: slices.Concat(lines, ended)}); l.Ending != dumpstack.Unsure || l.In != "" {
		t.Errorf("%+v", l)
	}
	if l := mustRead(t, dmptest.DumpStack{}); l.Ending != dumpstack.Empty || l.Lines != nil {
		t.Errorf("%+v", l)
	}
}

// TestEdited has logs that an editor saved: it made spaces of zeros, other line ends, and added lines.
func TestEdited(t *testing.T) {
	data := dmptest.DumpStack{Lines: slices.Concat(written, []string{"my own words"}, ended), Closed: true}.Image().Data()
	spaces := bytes.ReplaceAll(data, []byte{0}, []byte(" "))
	for name, b := range map[string][]byte{
		"spaces":    spaces,
		"line ends": bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")),
		"both":      bytes.ReplaceAll(spaces, []byte("\r\n"), []byte("\n")),
	} {
		l, err := read(b)
		if err != nil || !l.Edited || l.Ending != dumpstack.Unsure || l.Unknown != 1 || !l.Completed || *l.Code != 0xD1 ||
			l.LastLine != "Dump completed successfully." {
			t.Errorf("%s: %v, %+v", name, err, l)
		}
	}
}

// TestUnknown has lines that are near to those that are known; none of them gives a value.
func TestUnknown(t *testing.T) {
	for _, line := range []string{
		"#BugCheckCode 0x000000010000000A", "#BugCheckCode ten", "#BugCheckP5 0x1", "Progress 0x100000042", "Progress x",
		"Elapsed BugCheck duration 12s", "Elapsed BugCheck duration 18446744073709551615ms",
		"Dumping physical memory to disk: 101% ", "Dump Type: 6, Total Dump Size: 1.", "Dump Type: 300, Total Dump Size: 1, Secondary Dump Size: 1.",
		"Dump Type: -6, Total Dump Size: 1, Secondary Dump Size: 1.", "Dump Type: 6, Total: 1, Secondary Dump Size: 1.", "Dump Guid: {01234567}",
		"Dump file is too small - switching to minidump. Dump file size = 1.", "Dump completed", "Calling home",
	} {
		l := mustRead(t, dmptest.DumpStack{Lines: slices.Concat(began, []string{line})})
		if l.Unknown != 1 || l.UnknownLine != line || !l.Says() || l.Code != nil || l.Elapsed != 0 || l.Percent != nil || l.Type != 0 || l.TooSmall != nil || l.Completed ||
			len(l.Callbacks)+len(l.Progress) != 0 || l.Time.Year() != 2026 {
			t.Errorf("%s: %+v", line, l)
		}
	}
	if l := mustRead(t, dmptest.DumpStack{Lines: []string{"Dump stack initialized at UTC: 2026/13/04 05:06:07, local time: x."}}); l.Unknown != 1 || !l.Time.IsZero() {
		t.Errorf("%+v", l)
	}
}

// TestTwoStops has logs of two stops: no value of the first is said of the second.
func TestTwoStops(t *testing.T) {
	first := []string{
		"Dump stack initialized at UTC: 2026/03/04 05:06:07, local time: 2026/03/04 06:06:07.", "#BugCheckCode 0x000000000000003B", "#BugCheckP1 0x0000000000000007",
		"Dump Type: 6, Total Dump Size: 4096, Secondary Dump Size: 0.", "nonsense", "Dump completed successfully.",
	}
	second := []string{"Dump stack initialized at UTC: 2026/05/06 07:08:09, local time: x.", "#BugCheckCode 0x000000000000001A"}
	l := mustRead(t, dmptest.DumpStack{Lines: slices.Concat(first, second)})
	if l.Stops != 2 || l.Code == nil || *l.Code != 0x1A || l.Parameters[0] != nil || l.Type != 0 || l.Total != nil || l.Completed || l.Unknown != 0 ||
		l.Time.Month() != 5 || len(l.Lines) != 8 {
		t.Errorf("%+v", l)
	}
	if l = mustRead(t, dmptest.DumpStack{Lines: slices.Concat(second, first, second[:1])}); l.Stops != 3 || l.Code != nil || l.Time.Month() != 5 {
		t.Errorf("%+v", l)
	}
	if l = mustRead(t, dmptest.DumpStack{Lines: first}); l.Stops != 1 || *l.Code != 0x3B || l.Unknown != 1 {
		t.Errorf("%+v", l)
	}
}

// TestSaysNothing has the head of a log, and behind it nothing that Windows writes.
func TestSaysNothing(t *testing.T) {
	for _, lines := range [][]string{{"\x01\xfe\x80rubbish"}, {"a", "b"}} {
		if l := mustRead(t, dmptest.DumpStack{Lines: lines}); l.Says() {
			t.Errorf("%+v", l)
		}
	}
	if !mustRead(t, dmptest.DumpStack{Lines: []string{"rubbish", "Progress 0x00000042"}}).Says() {
		t.Error("a line is known")
	}
}

func TestNotALog(t *testing.T) {
	random := make([]byte, 0x3000)
	source := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(source.Uint32())
	}
	log := dmptest.DumpStack{Lines: slices.Concat(written, dmptest.CallbackLines("x"))}.Image().Data()
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "0 bytes"},
		{"zeros", make([]byte, 0x3000), "zero"},
		{"random", random, "random"},
		{"random with zeros", append(bytes.Clone(random), make([]byte, 0x1000)...), "no format"},
		{"random but for one value", bytes.ReplaceAll(random, []byte{7}, []byte{8}), "no format"},
		{"text", []byte(strings.Repeat("My words. ", 100)), "text"},
		{"without its head", log[0x20:], "not its head"},
		{"another head", append([]byte("edited by me\r\n"), log[0x20:]...), "not its head"},
		{"dump", dmptest.Bitmap{Header: dmptest.Header{Build: 26100}, Pages: dmptest.Pages{1: nil}}.Image().Data(), "memory dump"},
		{"cut in its head", []byte("DLOGF"), "text"},
		{"event log", append([]byte("ElfFile\x00"), make([]byte, 0x1000)...), "event log"},
		{"other bytes", append([]byte{1, 2, 3, 0xFE, 0, 0xFF}, make([]byte, 100)...), "01 02 03"},
	} {
		l, err := read(c.data)
		var other *dumpstack.NotLogError
		if l != nil || !errors.As(err, &other) || !strings.Contains(other.What, c.want) {
			t.Errorf("%s: %v, %v", c.name, l, err)
		}
	}
	for _, c := range []struct {
		name string
		data []byte
		at   int64
	}{
		{"cut", log[:0x1F], 0x1F},
		{"version", []byte("DLOGFILE00020000DUMP" + string(log[0x14:])), 8},
		{"kind", []byte("DLOGFILE00010000LIVE" + string(log[0x14:])), 0x10},
	} {
		l, err := read(c.data)
		var format *dmpfile.FormatError
		if l != nil || !errors.As(err, &format) || format.Offset != c.at {
			t.Errorf("%s: %v, %v", c.name, l, err)
		}
	}
}

// TestReader has files that do not give what they promise.
func TestReader(t *testing.T) {
	log := dmptest.DumpStack{Lines: opened, Closed: true}.Image().Data()
	if l, err := dumpstack.Read(bytes.NewReader(log), 1<<62); err != nil || *l.Code != 0xD1 {
		t.Errorf("shorter than its size: %v, %v", l, err)
	}
	if _, err := dumpstack.Read(bytes.NewReader(log), -1); err == nil {
		t.Error("a size below zero was taken")
	}
	if l, err := dumpstack.Read(brokenReader{}, 0x3000); l != nil || !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("%v, %v", l, err)
	}
	// Of a file that is larger than any log no more than the beginning is read.
	large := io.NewSectionReader(bytes.NewReader(log), 0, int64(len(log)))
	if l, err := dumpstack.Read(zeros{large}, 1<<40); err != nil || l.Ending != dumpstack.Unsure || *l.Code != 0xD1 {
		t.Errorf("%v, %v", l, err)
	}
}

type brokenReader struct{}

func (brokenReader) ReadAt([]byte, int64) (int, error) { return 0, iotest.ErrTimeout }

// zeros reads zeros behind the end of what it has.
type zeros struct{ r io.ReaderAt }

func (z zeros) ReadAt(p []byte, off int64) (int, error) {
	n, _ := z.r.ReadAt(p, off)
	clear(p[n:])
	return len(p), nil
}
