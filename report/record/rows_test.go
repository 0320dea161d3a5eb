package record

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/report"
)

func columns(t testing.TB, names string) []report.Column[*report.Report] {
	t.Helper()
	c, err := report.Columns(names)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func hostileRows() []*report.Report {
	size, when := int64(-1), time.Date(2025, 3, 14, 9, 26, 53, 589, time.UTC)
	return []*report.Report{
		{File: report.File{Path: "=cmd|'/c calc'!A1"}, Process: &report.Process{Name: "a\nb\r\tc"}, Sizes: &report.Sizes{Total: 5, Missing: &size}},
		{File: report.File{Path: "-5+\x1b[31m", Member: "a|b`c`"}, Process: &report.Process{Name: "user\u202exe.sys"}},
		{File: report.File{Path: "\tx, \"y\""}, Process: &report.Process{Name: "\xff<b>*_[]"}, Dump: &report.Dump{CapturedAt: &when}},
		{File: report.File{Path: "＝1"}, Process: &report.Process{Name: "-1.5"}},
		{File: report.File{Path: "@a"}, Process: &report.Process{Name: "+1+1"}},
		{},
	}
}

func TestCSV(t *testing.T) {
	var b strings.Builder
	c, err := NewCSV(&b, columns(t, "path,process,total,missing,captured"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range hostileRows() {
		if err := c.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	want := `path,process,total,missing,captured
'=cmd|'/c calc'!A1,a�b��c,5,-1,
'-5+�[31m!a|b` + "`c`" + `,user�xe.sys,,,
"�x, ""y""",\xff<b>*_[],,,2025-03-14T09:26:53Z
'＝1,-1.5,,,
'@a,'+1+1,,,
,,,,
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
	if rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll(); err != nil || len(rows) != 7 {
		t.Errorf("%d rows: %v", len(rows), err)
	}
}

func TestMarkdown(t *testing.T) {
	var b strings.Builder
	m, err := NewMarkdown(&b, columns(t, "path,process,total"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range hostileRows() {
		if err := m.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	want := `| path | process | total |
| --- | --- | ---: |
| =cmd\|'/c calc'!A1 | a�b��c | 5 |
| -5+�\[31m!a\|b\` + "`c\\`" + ` | user�xe.sys |  |
| �x, "y" | \\xff&lt;b&gt;\*\_\[\] |  |
| ＝1 | -1.5 |  |
| ` + "`@`" + `a | +1+1 |  |
|  |  |  |
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

func BenchmarkCSV(b *testing.B) {
	var out strings.Builder
	c, err := NewCSV(&out, report.AllColumns())
	if err != nil {
		b.Fatal(err)
	}
	rows := hostileRows()
	for i := 0; b.Loop(); i++ {
		out.Reset()
		if err := c.Write(rows[i%len(rows)]); err != nil {
			b.Fatal(err)
		}
	}
}

func TestFormulas(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", " =1+1": "' =1+1", `"=1+1`: `'"=1+1`, "\t=1+1": "'\t=1+1", "＝1": "'＝1",
		"a;=1+1": "a;'=1+1", `a";"=1+1`: `a";'"=1+1`, "a; @SUM(1)": "a;' @SUM(1)", "=1;=2": "'=1;'=2",
		"-5": "-5", "+1.5": "+1.5", "a;b": "a;b", "a=b": "a=b", "a,-b": "a,-b", "": "",
	} {
		if got := defused(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
