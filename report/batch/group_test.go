package batch

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

// samples are the reports of all samples, and an empty one.
func samples(t testing.TB) []*report.Report {
	t.Helper()
	list := []*report.Report{{File: report.File{Path: "empty.dmp"}}}
	for _, s := range dmptest.Samples() {
		r, err := (&analyze.Analyzer{}).Report(analyze.Reader(bytes.NewReader(s.Data), int64(len(s.Data)), report.File{Path: s.Name}))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

// row is a report with what groups look at. Hour 0 is no time.
func row(path, signature string, verdict report.Verdict, hour int) *report.Report {
	r := &report.Report{File: report.File{Path: path}, Verdict: verdict}
	if signature != "" {
		r.Signature = &report.Signature{Version: "1", Coarse: signature, Fine: signature + "|26100"}
	}
	if hour > 0 {
		at := time.Date(2025, 3, 14, hour, 0, 0, 0, time.UTC)
		r.Dump = &report.Dump{CapturedAt: &at}
	}
	return r
}

func grouped(t testing.TB, by string, rows ...*report.Report) *Groups {
	t.Helper()
	g, err := NewGroups(by)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if _, err := g.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// writeAll writes a list as a table, as CSV and as Markdown.
func writeAll[T any](t *testing.T, b *bytes.Buffer, list []T, short, columns []report.Column[T], style text.Style) {
	t.Helper()
	table := text.NewTable(b, short, style)
	must(t, each(list, table.Write))
	must(t, table.Close())
	csv, err := record.NewCSV(b, columns)
	must(t, err)
	must(t, each(list, csv.Write))
	markdown, err := record.NewMarkdown(b, columns)
	must(t, err)
	must(t, each(list, markdown.Write))
}

func each[T any](list []T, write func(T) error) error {
	for _, v := range list {
		if err := write(v); err != nil {
			return err
		}
	}
	return nil
}

const hostileKey = "=cmd|\x1b[31m\n\u202e`"

func rowsBefore() []*report.Report {
	return []*report.Report{
		row("b.dmp", "0x161:task-manager", report.Complete, 9), row("c.dmp", "0x161:task-manager", report.Damaged, 0),
		row("a.dmp", "0x161:task-manager", report.Damaged, 33), row("d.dmp", "0xd1|x.sys", report.Complete, 2),
		row("-e\x1b.txt", "", report.NotADump, 0), row("f.dmp", hostileKey, report.Partial, 5), row("g", "", "", 0),
		row("h", "0x1", report.Complete, 1), row("i", "0x1", report.Complete, 1),
	}
}

func TestGroups(t *testing.T) {
	rows := rowsBefore()
	for _, r := range rows[len(rows)-2:] {
		r.Bugcheck = &report.Bugcheck{Name: "APC_INDEX_MISMATCH"}
	}
	var b bytes.Buffer
	list := grouped(t, "signature", rows...).List()
	writeAll(t, &b, list, report.GroupTable(list), report.GroupColumns(), text.Style{Width: 120})
	if err := record.JSONL(&b, list[0]); err != nil {
		t.Fatal(err)
	}
	want := `count  first       last        worst       signature           name                example
    3  2025-03-14  2025-03-15  damaged     0x161:task-manager  -                   b.dmp
    2  -           -           not-a-dump  (none)              -                   g
    2  2025-03-14  2025-03-14  complete    0x1                 APC_INDEX_MISMATCH  h
    1  2025-03-14  2025-03-14  complete    0xd1|x.sys          -                   d.dmp
    1  2025-03-14  2025-03-14  partial     =cmd|�[31m��` + "`" + `       -                   f.dmp
by,signature_version,key,count,first_seen,last_seen,worst_verdict,example,name,copies
signature,1,0x161:task-manager,3,2025-03-14T09:00:00Z,2025-03-15T09:00:00Z,damaged,b.dmp,,0
signature,1,(none),2,,,not-a-dump,g,,0
signature,1,0x1,2,2025-03-14T01:00:00Z,2025-03-14T01:00:00Z,complete,h,APC_INDEX_MISMATCH,0
signature,1,0xd1|x.sys,1,2025-03-14T02:00:00Z,2025-03-14T02:00:00Z,complete,d.dmp,,0
signature,1,'=cmd|�[31m��` + "`" + `,1,2025-03-14T05:00:00Z,2025-03-14T05:00:00Z,partial,f.dmp,,0
| by | signature\_version | key | count | first\_seen | last\_seen | worst\_verdict | example | name | copies |
| --- | --- | --- | ---: | --- | --- | --- | --- | --- | ---: |
| signature | 1 | 0x161:task-manager | 3 | 2025-03-14T09:00:00Z | 2025-03-15T09:00:00Z | damaged | b.dmp |  | 0 |
| signature | 1 | (none) | 2 |  |  | not-a-dump | g |  | 0 |
| signature | 1 | 0x1 | 2 | 2025-03-14T01:00:00Z | 2025-03-14T01:00:00Z | complete | h | APC\_INDEX\_MISMATCH | 0 |
| signature | 1 | 0xd1\|x.sys | 1 | 2025-03-14T02:00:00Z | 2025-03-14T02:00:00Z | complete | d.dmp |  | 0 |
| signature | 1 | =cmd\|�\[31m��\` + "`" + ` | 1 | 2025-03-14T05:00:00Z | 2025-03-14T05:00:00Z | partial | f.dmp |  | 0 |
{"by":"signature","signature_version":"1","key":"0x161:task-manager","count":3,"first_seen":"2025-03-14T09:00:00Z","last_seen":"2025-03-15T09:00:00Z","example":"b.dmp","worst_verdict":"damaged"}
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
	// Workers finish in any order.
	for range 20 {
		rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		if d := cmp.Diff(list, grouped(t, "signature", rows...).List()); d != "" {
			t.Fatalf("the order matters: %s", d)
		}
	}
}

func TestGroupsBy(t *testing.T) {
	for by, want := range map[string]string{
		"signature": "0x1d1|example.sys", "fine": "0x1d1|example.sys+0x1|26100", "code": "0x1d1", "origin": "task-manager", "module": "example.sys", "suspect": "other.sys",
		"process": "example.exe", "model": "Workbench 16", "build": "26100", "machine": "(none)", "day": "2025-03-14",
	} {
		build, when := uint32(26100), time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC)
		r := &report.Report{
			Dump: &report.Dump{Build: &build, CapturedAt: &when}, Bugcheck: &report.Bugcheck{Code: "0x1d1"},
			Origin:  &report.Origin{Source: report.SourceTaskManager},
			Suspect: &report.Suspect{Module: "other.sys", Confidence: report.Possible},
			Process: &report.Process{Name: "example.exe"}, Hardware: &report.Hardware{Model: "Workbench  16 "},
		}
		r.Signature = &report.Signature{Version: "1", Coarse: "0x1d1|example.sys", Module: "example.sys", Fine: "0x1d1|example.sys+0x1|26100"}
		if list := grouped(t, by, r).List(); len(list) != 1 || list[0].Key != want || list[0].By != by {
			t.Errorf("by %s: %v", by, list)
		}
	}
	for by, want := range map[string]string{"orgin": `no groups by "orgin": did you mean origin?`, "path": `no groups by "path": there are signature, fine`} {
		if _, err := NewGroups(by); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v", err)
		}
	}
	for _, by := range report.GroupKeys {
		g := grouped(t, by)
		n := 0
		for _, r := range samples(t) {
			if _, err := g.Add(r); err != nil {
				t.Error(err)
			}
			n++
		}
		for _, group := range g.List() {
			n -= group.Count
		}
		if n != 0 {
			t.Errorf("%d reports are in no group by %s", n, by)
		}
	}
}

// TestGroupsOfCopies counts the same content once, whatever comes first, and the same file under two spellings once.
func TestGroupsOfCopies(t *testing.T) {
	first, copied, again := row("share/a.dmp", "0x1", report.Complete, 1), row("b.dmp", "0x1", report.Complete, 1), row("./share//a.dmp", "0x1", report.Complete, 1)
	copied.File.DuplicateOf = "share/a.dmp"
	second := row("c.dmp", "0x1", report.Complete, 1)
	for _, rows := range [][]*report.Report{{first, copied, again, second}, {copied, again, second, first}, {second, again, copied, copied}} {
		if list := grouped(t, "signature", rows...).List(); len(list) != 1 || list[0].Count != 2 || list[0].Copies != 1 {
			t.Errorf("%+v", list)
		}
	}
	// A copy whose first file is in no row, because a condition left it out, is a dump.
	if list := grouped(t, "signature", copied).List(); list[0].Count != 1 || list[0].Copies != 0 {
		t.Errorf("%+v", list)
	}
	// What is inside an archive has rows of its own, unless something is wrong with it.
	n := 2
	archive, broken := row("a.zip", "", report.NotADump, 0), row("b.zip", "", report.NotADump, 0)
	archive.File.Members, broken.File.Members = &n, &n
	broken.Findings = []report.Finding{{ID: report.FindingTruncated, Severity: report.SeverityError}}
	if list := grouped(t, "signature", archive, broken).List(); len(list) != 1 || list[0].Example != "b.zip" {
		t.Errorf("%+v", list)
	}
}

func TestDaysInOrder(t *testing.T) {
	list := grouped(t, "day", row("a", "0x1", "", 60), row("b", "0x1", "", 61), row("c", "0x1", "", 1), row("d", "0x1", "", 0), row("e", "0x1", "", 30)).List()
	var days []string
	for _, g := range list {
		days = append(days, g.Key)
	}
	if got := strings.Join(days, " "); got != "(none) 2025-03-14 2025-03-15 2025-03-16" {
		t.Error(got)
	}
}

func TestDiff(t *testing.T) {
	old := grouped(t, "signature", rowsBefore()...)
	now := grouped(t, "signature", row("n1", "0x161:task-manager", "", 0), row("n2", "0xd1|x.sys", "", 0), row("n3", "0xd1|x.sys", "", 0),
		row("n4", "0xef", "", 0), row("n5", "0x9f", "", 0), row("n6", "0x9f", "", 0), row("n7", "", "", 0), row("n8", "", "", 0), row("n9", hostileKey, "", 0))
	changes, err := Diff(old, now)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	writeAll(t, &b, changes, report.ChangeTable(changes), report.ChangeColumns(), text.Style{})
	if err := record.JSONL(&b, changes[0]); err != nil {
		t.Fatal(err)
	}
	want := `change     old  new  signature           example
new          0    2  0x9f                n5
new          0    1  0xef                n4
growing      1    2  0xd1|x.sys          n2
shrinking    3    1  0x161:task-manager  n1
gone         2    0  0x1                 h
same         2    2  (none)              n7
same         1    1  =cmd|�[31m��` + "`" + `       n9
by,signature_version,key,change,old,new,example
signature,1,0x9f,new,0,2,n5
signature,1,0xef,new,0,1,n4
signature,1,0xd1|x.sys,growing,1,2,n2
signature,1,0x161:task-manager,shrinking,3,1,n1
signature,1,0x1,gone,2,0,h
signature,1,(none),same,2,2,n7
signature,1,'=cmd|�[31m��` + "`" + `,same,1,1,n9
| by | signature\_version | key | change | old | new | example |
| --- | --- | --- | --- | ---: | ---: | --- |
| signature | 1 | 0x9f | new | 0 | 2 | n5 |
| signature | 1 | 0xef | new | 0 | 1 | n4 |
| signature | 1 | 0xd1\|x.sys | growing | 1 | 2 | n2 |
| signature | 1 | 0x161:task-manager | shrinking | 3 | 1 | n1 |
| signature | 1 | 0x1 | gone | 2 | 0 | h |
| signature | 1 | (none) | same | 2 | 2 | n7 |
| signature | 1 | =cmd\|�\[31m��\` + "`" + ` | same | 1 | 1 | n9 |
{"by":"signature","signature_version":"1","key":"0x9f","change":"new","old":0,"new":2,"example":"n5"}
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

func TestDifferentVersionsAreNotCompared(t *testing.T) {
	later := row("x", "0x1", "", 0)
	later.Signature.Version = "2"
	const want = "signatures of version 1 and of version 2 cannot be compared: make all reports with one version of dmplens"
	old, now := grouped(t, "fine", rowsBefore()...), grouped(t, "fine", later)
	if _, err := Diff(old, now); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	if _, err := old.Add(later); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	if _, err := Diff(grouped(t, "fine"), now); err != nil {
		t.Errorf("of nothing: %v", err)
	}
	if _, err := Diff(old, grouped(t, "code")); err == nil {
		t.Error("groups by code and by fine are compared")
	}
	if _, err := grouped(t, "code", rowsBefore()...).Add(later); err != nil {
		t.Errorf("by code: %v", err)
	}
}

// Every sample can be written as a row of any kind, and stays on one line.
func TestSamplesAsRows(t *testing.T) {
	columns := report.AllColumns()
	all := samples(t)
	var c, m, s bytes.Buffer
	rows, err := record.NewCSV(&c, columns)
	if err != nil {
		t.Fatal(err)
	}
	markdown, err := record.NewMarkdown(&m, columns)
	if err != nil {
		t.Fatal(err)
	}
	table := text.NewTable(&s, columns, text.Style{Width: 160})
	for _, r := range all {
		for _, err := range []error{rows.Write(r), markdown.Write(r), table.Write(r)} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
	for i, b := range []*bytes.Buffer{&c, &m, &s} {
		want := len(all) + 1 + i%2
		if n := bytes.Count(b.Bytes(), []byte("\n")); n != want {
			t.Errorf("%d lines, want %d:\n%s", n, want, b)
		}
	}
}

func BenchmarkGroups(b *testing.B) {
	g := grouped(b, "signature")
	var rows []*report.Report
	for i := range 1000 {
		rows = append(rows, row(fmt.Sprintf("%d.dmp", i), fmt.Sprintf("0x%x", i%300), report.Complete, i))
	}
	for i := 0; b.Loop(); i++ {
		r := rows[i%len(rows)]
		r.File.Path = strconv.Itoa(i) // a file is counted once
		if _, err := g.Add(r); err != nil {
			b.Fatal(err)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
