package text

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dmplens/dmplens/report"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"ntoskrnl.exe":           "ntoskrnl.exe",
		"\x1b[2Jgone":            "\ufffd[2Jgone",
		"a\r\nb\tc\x00":          "a\ufffd\ufffdb\ufffdc\ufffd",
		"user\u202exe.sys":       "user\ufffdxe.sys",
		"\u2066a\u2069\u200f":    "\ufffda\ufffd\ufffd",
		"zero\u200bwidth\ufeff":  "zero\ufffdwidth\ufffd",
		"\u009b31mC1 control":    "\ufffd31mC1 control",
		"line\u2028par\u2029end": "line\ufffdpar\ufffdend",
		"Grüße, 計算機":             "Grüße, 計算機",
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`([a-z+.\\]{1,30} {0,2}){0,20}`).Draw(t, "text")
		width := rapid.IntRange(1, 60).Draw(t, "width")
		lines := wrap(s, width)
		if got, want := strings.Fields(strings.Join(lines, " ")), strings.Fields(s); !slices.Equal(got, want) {
			t.Fatalf("wrapped text is %q, want %q", got, want)
		}
		for i, line := range lines {
			if i > 0 && strings.HasPrefix(line, " ") || strings.HasSuffix(line, " ") {
				t.Fatalf("line %q has blanks at an end", line)
			}
			if len(line) > width && strings.Contains(line, " ") {
				t.Fatalf("line %q has more than %d columns", line, width)
			}
			if i > 0 && len(lines[i-1])+1+len(strings.Fields(line)[0]) < width {
				t.Fatalf("%q would have had room behind %q", line, lines[i-1])
			}
		}
	})
}

func TestUnits(t *testing.T) {
	for v, want := range map[int64]string{0: "0 bytes", 1: "1 byte", 1023: "1,023 bytes", 1024: "1.0 KiB", 1536: "1.5 KiB", 1056768: "1.01 MiB", 4 << 30: "4.00 GiB", 1<<63 - 1: "8.00 EiB"} {
		if got := human(v); got != want {
			t.Errorf("human(%d) = %q, want %q", v, got, want)
		}
	}
	for v, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 4294967296: "4,294,967,296", -1234: "-1,234", 1<<63 - 1: "9,223,372,036,854,775,807"} {
		if got := commas(v); got != want {
			t.Errorf("commas(%d) = %q, want %q", v, got, want)
		}
	}
	if got := commas(^uint64(0)); got != "18,446,744,073,709,551,615" {
		t.Errorf("the largest number is %q", got)
	}
	for seconds, want := range map[float64]string{0: "00:00:00", 59.9: "00:00:59", 93903.14: "1 d 02:05:03"} {
		if got := uptime(seconds); got != want {
			t.Errorf("uptime(%g) = %q, want %q", seconds, got, want)
		}
	}
}

// hostile fills every string of a report with what a terminal must not see.
func hostile() *report.Report {
	const s = "\x1b[31m\u202e\r\nx"
	n, yes, size := uint64(4), true, int64(1)
	return &report.Report{
		File:    report.File{Path: s},
		Dump:    &report.Dump{Format: "triage", Machine: "amd64", Comment: s, StatusLine: s, BuildLab: s, Attributes: []string{"bit-3"}},
		Origin:  &report.Origin{Kind: "live-dump", Source: "labelled-request", Label: s, Summary: s, Confidence: "certain", Evidence: []report.Fact{{Fact: s, Where: s}}},
		Process: &report.Process{Name: s, PID: &n, Interrupted: &yes}, Thread: &report.Thread{ID: &n},
		Bugcheck: &report.Bugcheck{Code: "0xd1", RawCode: "0xd1", Facts: []report.Fact{{Fact: s, Where: s}},
			Parameters: []report.Parameter{{Index: 1, Value: "0x1", Module: s, Offset: "0x1", Text: s, Meaning: s, Label: s}}},
		Context:   &report.Context{InstructionPointer: "0x1", Module: s, Offset: "0x2"},
		Signature: &report.Signature{Coarse: s, Fine: s},
		Hardware:  &report.Hardware{Manufacturer: s, Model: s, BIOS: s, Processor: s},
		Modules:   []report.Module{{Name: s}},
		Streams:   []report.Stream{{GUID: s, Name: s}},
		Sizes:     &report.Sizes{Total: 1, Header: &size, Primary: &size, Secondary: &size},
		Findings:  []report.Finding{{ID: "truncated", Severity: "error", Message: s}, {ID: "stream-truncated", Message: s}},
		Verdict:   report.Damaged,
	}
}

func TestHostileStringsDoNotReachTheTerminal(t *testing.T) {
	notDump := hostile()
	notDump.Error = &report.Error{Message: "\x1b[31m", Next: "\u202e"}
	notDump.Dump.Format = "user-minidump"
	notDump.Exception = &report.Exception{Code: "0x1", Name: "\x1b", Address: "0x1", Module: "\x1b", Offset: "0x1"}
	for _, r := range []*report.Report{hostile(), notDump} {
		var b strings.Builder
		if err := Write(&b, r, Style{}); err != nil {
			t.Fatal(err)
		}
		if err := Streams(&b, r, Style{}); err != nil {
			t.Fatal(err)
		}
		if !strings.ContainsRune(b.String(), unicode.ReplacementChar) {
			t.Error("the strings are not shown at all")
		}
		for line := range strings.Lines(b.String()) {
			if line = strings.TrimSuffix(line, "\n"); Clean(strings.ReplaceAll(line, "\ufffd", "")) != strings.ReplaceAll(line, "\ufffd", "") {
				t.Errorf("%q", line)
			}
		}
	}
}

// No line of prose is longer than the width, and colour does not move a column.
func TestWidthAndColour(t *testing.T) {
	r := hostile()
	r.Findings[0].Message = strings.Repeat("some words of a long message ", 20)
	for _, width := range []int{60, 80, 120} {
		var plain, colour strings.Builder
		if err := Write(&plain, r, Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		if err := Write(&colour, r, Style{Width: width, Color: true}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(plain.String()) {
			if strings.Contains(line, "\"\\x1b[31m") {
				continue // a word that long is never cut
			}
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > width {
				t.Errorf("at %d columns a line has %d: %q", width, n, line)
			}
		}
		stripped := colour.String()
		if stripped == plain.String() {
			t.Error("colour changes nothing")
		}
		for _, code := range []string{"0", bold, red, green, yellow, dim} {
			stripped = strings.ReplaceAll(stripped, "\x1b["+code+"m", "")
		}
		if stripped != plain.String() {
			t.Errorf("colour changes more than colour (-plain +colour):\n%s", cmp.Diff(plain.String(), stripped))
		}
	}
}

// A report with nothing but a file name is rendered too: every field is optional.
func TestEmptyReport(t *testing.T) {
	for _, r := range []*report.Report{
		{File: report.File{Path: "x"}},
		{File: report.File{Path: "x"}, Dump: &report.Dump{}, Sizes: &report.Sizes{}, Bugcheck: &report.Bugcheck{}, Origin: &report.Origin{}, Process: &report.Process{}, Context: &report.Context{}},
		{File: report.File{Path: "x"}, Error: &report.Error{}},
	} {
		var b strings.Builder
		if err := Write(&b, r, Style{}); err != nil {
			t.Fatal(err)
		}
		if err := Streams(&b, r, Style{}); err != nil {
			t.Fatal(err)
		}
	}
}
