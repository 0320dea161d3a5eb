package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/record"
)

// crashRow is a row of a crash.
func crashRow(path, signature, machine string, at time.Time) *report.Report {
	build, live := uint32(26100), false
	code, _, _ := strings.Cut(signature, "|")
	return &report.Report{
		SchemaVersion: report.SchemaVersion, Depth: report.DepthFull, Verdict: report.Complete, File: report.File{Path: path},
		Dump: &report.Dump{Format: report.FormatTriage, Build: &build, CapturedAt: &at, Live: &live}, Bugcheck: &report.Bugcheck{Code: code, RawCode: code},
		Origin: &report.Origin{Kind: report.KindCrash}, Signature: &report.Signature{Version: "1", Coarse: signature, Fine: signature},
		Hardware: &report.Hardware{MachineID: strings.Repeat(machine, 16), Board: "Contoso B1"},
	}
}

func rowsFile(t *testing.T, name string, rows ...*report.Report) string {
	t.Helper()
	var b []byte
	for _, r := range rows {
		var err error
		if b, err = record.AppendJSONL(b, r); err != nil {
			t.Fatal(err)
		}
	}
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

var tags = regexp.MustCompile(`(?s)<(script|style|title).*?</(script|style|title)>|<[^>]*>`)

// words are what a page says, between single spaces.
func words(page string) string {
	return strings.Join(strings.Fields(tags.ReplaceAllString(page, " ")), " ")
}

// TestShareByHand has a share that can be counted by hand: 8 stops of x.sys on two machines, a whole and a damaged dump of y.sys on the second,
// a copy, an archive that is no dump; before, 3 stops of x.sys and 2 of z.sys.
func TestShareByHand(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2025, 3, n, 12, 0, 0, 0, time.UTC) }
	var rows, older []*report.Report
	for i := range 7 {
		rows = append(rows, crashRow(fmt.Sprintf("a/%d.dmp", i), "0x50|x.sys", "a1", day(1+i)))
	}
	older = append(older, rows[:3]...)
	older = append(older, crashRow("old/1.dmp", "0x1a|z.sys", "c3", day(1)), crashRow("old/2.dmp", "0x1a|z.sys", "c3", day(2)))
	copied := crashRow("copy.dmp", "0x50|x.sys", "a1", day(1))
	copied.File.DuplicateOf = "a/0.dmp"
	damaged := crashRow("b/3.dmp", "0xd1|y.sys", "b2", day(10))
	damaged.Verdict = report.Damaged
	damaged.Findings = []report.Finding{{ID: report.FindingTruncated, Severity: report.SeverityError, Message: "the file ends 4 KiB early"}}
	rows = append(rows, crashRow("b/1.dmp", "0x50|x.sys", "b2", day(3)), crashRow("b/2.dmp", "0xd1|y.sys", "b2", day(9)), damaged, copied,
		&report.Report{SchemaVersion: report.SchemaVersion, Verdict: report.NotADump, File: report.File{Path: "old.rar"},
			Dump: &report.Dump{Format: report.FormatNotADump, What: "rar"}, Error: &report.Error{Message: "a RAR archive"}})
	newer, before := rowsFile(t, "new.jsonl", rows...), rowsFile(t, "old.jsonl", older...)

	var page, stderr bytes.Buffer
	if code := run([]string{"report", newer, "--html", "--baseline", before}, nil, &page, &stderr); code != exitOK {
		t.Fatalf("code %d: %s", code, &stderr)
	}
	said := words(page.String())
	for _, part := range []string{
		"10 kernel dumps From " + newer + ". crashes 10 copies 1 machines 2 groups 3 damaged or partial 1 files that are no dumps 1 first captured 2025-03-01 last captured 2025-03-10",
		"10 dumps on 9 days; most, 2, on 2025-03-03",
		"Groups: 1 new, 1 growing, 0 shrinking, 1 gone, 0 same. Gone: signature dumps before example 0x1a|z.sys 2 old/",
		"0xd1|y.sys new", " 2 0 1 2025-03-09 2025-03-10 damaged 26100 2 dumps : b/3.dmp",
		"0x50|x.sys growing", " 8 + 1 copy 3 2 2025-03-01 2025-03-07 complete 26100 newest 5 of 9 dumps : a/6.dmp",
		"b2b2b2b2 Contoso B1 3 2 0 2025-03-03 2025-03-10 0xd1|y.sys, 0x50|x.sys a1a1a1a1 Contoso B1 7 1 0 2025-03-01 2025-03-07 0x50|x.sys",
		"Damaged and partial damaged: truncated (1). path verdict why b/3.dmp damaged the file ends 4 KiB early",
		"Files that are no dumps rar (1). path verdict why old.rar not-a-dump a RAR archive",
	} {
		if !strings.Contains(said, part) {
			t.Errorf("the page does not say %q", part)
		}
	}
	for _, picture := range []string{"2 dumps on as many days", "8 dumps on 7 days; most, 2, on 2025-03-03"} {
		if !strings.Contains(page.String(), "<title>"+picture+"</title>") {
			t.Errorf("there is no picture of %s", picture)
		}
	}
	if t.Failed() {
		t.Log(said)
	}

	page.Reset()
	if code := run([]string{"diff", before, newer, "--html"}, nil, &page, &stderr); code != exitOK {
		t.Fatalf("code %d: %s", code, &stderr)
	}
	said = words(page.String())
	for _, part := range []string{
		"new group 1 growing group 1 shrinking groups 0 gone group 1 same groups 0", "New signature dumps before machines", "Growing signature",
		"0x50|x.sys 8 + 1 copy 3 2 2025-03-01", "Gone signature", "0x1a|z.sys", " 0 2 1 2025-03-01 2025-03-02 complete 26100 2 dumps : old/2.dmp",
		"before now dumps 5 10 crashes 5 10 copies 0 1 machines 2 2 groups 2 2 damaged or partial 0 1 files that are no dumps 0 1 first captured 2025-03-01 2025-03-01",
	} {
		if !strings.Contains(said, part) {
			t.Errorf("the page of changes does not say %q", part)
		}
	}
	if t.Failed() {
		t.Log(said)
	}
}

// TestPageSaysCondition has pages of a part of the rows: each says which part.
func TestPageSaysCondition(t *testing.T) {
	row := crashRow("a.dmp", "0x50|x.sys", "a1", time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC))
	rows, older := rowsFile(t, "new.jsonl", row), rowsFile(t, "old.jsonl", row)
	for _, args := range [][]string{
		{"report", rows, "--html"}, {"report", rows, "--html", "--baseline", older}, {"diff", older, rows, "--html"},
		{"scan", "../../testdata/triage-machine.dmp", "--html", "-", "--output", filepath.Join(t.TempDir(), "rows.jsonl")},
	} {
		var page, stderr bytes.Buffer
		if code := run(append(args, "--where", `depth == "full"`), nil, &page, &stderr); code != exitOK {
			t.Fatalf("%q: code %d: %s", args, code, &stderr)
		}
		if !strings.Contains(page.String(), "Only rows where <code>depth == &#34;full&#34;</code>") {
			t.Errorf("%q: the page does not say of which rows it is", args)
		}
	}
}
