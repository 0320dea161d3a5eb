package record

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/report"
)

// hostile are texts that need escaping, and some that look so.
var hostile = []string{
	"\"", "\\", "\x00", "\b", "\f", "\n", "\r", "\t", "\x1b[31m", "\x1f", " ", "\x7f", "<&>", "/", "\u0080", "\u009b", "\u00ad", "é",
	"\u200b", "\u202e", "\u2028", "\u2029", "\u2066", "\ufeff", "\ufffd", "\uffff", "\U0001f600", "\U000e0001", "\U0010ffff",
	"\xff", "\xc3", "\xe2\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", `C:\Windows`, "plain",
}

func TestEscapes(t *testing.T) {
	const text = "\u009b\u202e\U000e0001\x7f\x1b\xff\u2028\n\\<é>"
	const want = `before{"message":"\u009b\u202e\udb40\udc01\u007f\u001b\ufffd\u2028\n\\<é>"}` + "\n"
	got, err := appendJSON([]byte("before"), report.Error{Message: text}, "")
	if err != nil || string(got) != want {
		t.Errorf("%s, want %s: %v", got, want, err)
	}
}

func TestIndexBeyond(t *testing.T) {
	for _, c := range []byte{0, ' ', 0x7e, 0x7f, 0x80, 0xff} {
		for n := range 20 {
			for at := range n {
				b := bytes.Repeat([]byte{0x7e}, n)
				b[at] = c
				want := at
				if c < 0x7f {
					want = n
				}
				if got := indexBeyond(b); got != want {
					t.Errorf("%q: %d, want %d", b, got, want)
				}
			}
		}
	}
}

// readBack says that a text has nothing that a terminal obeys when it is a value of a record, and means the same. Bytes that are no UTF-8
// are replaced.
func readBack(t *testing.T, text string) {
	t.Helper()
	r := &report.Report{File: report.File{Path: text}, Process: &report.Process{Name: text}}
	var indented, row bytes.Buffer
	for b, write := range map[*bytes.Buffer]func(io.Writer, any) error{&indented: JSON, &row: JSONL} {
		if err := write(b, r); err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexFunc(b.String(), hidden); i >= 0 {
			t.Errorf("hidden character at %d of %q", i, b.String())
		}
		var back report.Report
		if err := json.Unmarshal(b.Bytes(), &back); err != nil {
			t.Fatal(err)
		}
		if want := string([]rune(text)); back.File.Path != want || back.Process.Name != want {
			t.Errorf("%q comes back as %q", text, back.File.Path)
		}
	}
	if s := row.String(); strings.Count(s, "\n") != 1 || !strings.HasSuffix(s, "\n") {
		t.Errorf("%q is not one line", s)
	}
}

func TestHostileTexts(t *testing.T) {
	for _, s := range hostile {
		readBack(t, s)
	}
	readBack(t, strings.Join(hostile, "é"))
}

func FuzzText(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(readBack)
}

func TestUnwritableValues(t *testing.T) {
	late := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, r := range []*report.Report{
		{Dump: &report.Dump{UptimeSeconds: new(math.NaN())}},
		{File: report.File{Modified: &late}},
		{Processes: []report.Process{{CreatedAt: &late}}},
	} {
		if b, err := AppendJSONL([]byte("before"), r); err == nil || string(b) != "before" {
			t.Errorf("%v, and %q", err, b)
		}
		var b bytes.Buffer
		if err := JSONL(&b, r); err == nil || b.Len() > 0 {
			t.Errorf("%v, and %q is written", err, b.String())
		}
	}
}

func TestRows(t *testing.T) {
	var b, want strings.Builder
	rows := NewRows[*report.Report](&b)
	for _, r := range hostileRows() {
		if err := JSONL(&want, r); err != nil {
			t.Fatal(err)
		}
		if err := rows.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(want.String(), b.String()); d != "" {
		t.Error(d)
	}
}

// typicalRow is a report as a scan makes it.
func typicalRow(t testing.TB) *report.Report {
	t.Helper()
	b, err := os.ReadFile("../../testdata/live-ndis.json")
	if err != nil {
		t.Fatal(err)
	}
	r := new(report.Report)
	if err := json.Unmarshal(b, r); err != nil {
		t.Fatal(err)
	}
	r.File.Modified = r.Dump.CapturedAt
	r.Dump.MemoryRuns, r.Context.Registers = nil, nil
	r.Streams, r.Modules, r.UnloadedModules, r.Contents, r.LiveContent = nil, nil, nil, nil, nil
	return r
}

func BenchmarkAppendJSONL(b *testing.B) {
	r := typicalRow(b)
	room := make([]byte, 0, 8<<10)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := AppendJSONL(room, r); err != nil {
			b.Fatal(err)
		}
	}
}
