package share

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/report"
)

var update = flag.Bool("update", false, "write the golden page")

// dumpRow is a row of a dump of a machine.
func dumpRow(path, signature, machine string, at time.Time) *report.Report {
	build := uint32(26100)
	return &report.Report{
		File: report.File{Path: path}, Dump: &report.Dump{Build: &build, CapturedAt: &at}, Verdict: report.Complete,
		Signature: &report.Signature{Version: "2", Coarse: signature}, Hardware: &report.Hardware{MachineID: machine, Board: "Contoso B1"},
	}
}

func render(t *testing.T, s *Share) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var noon = time.Date(2025, 3, 14, 12, 0, 0, 0, time.UTC)

func few() *Share {
	s := &Share{
		Groups: []report.Group{
			{By: "signature", Key: "0x50|example.sys", Name: "PAGE_FAULT_IN_NONPAGED_AREA", Count: 2, Copies: 1, WorstVerdict: report.Damaged},
			{By: "signature", Key: "0x9f:0x3", Count: 1, WorstVerdict: report.Complete},
		},
		Baseline: "old.jsonl",
		Changes: []report.GroupChange{
			{Key: "0x9f:0x3", Change: report.ChangeNew, New: 1}, {Key: "0x50|example.sys", Change: report.ChangeGrowing, Old: 1, New: 2},
			{Key: "0x1a", Change: report.ChangeGone, Old: 4, Example: "old/1.dmp"},
		},
		Patterns: []Pattern{{"one machine, three problems", "likely", []string{"a/1.dmp"}}},
		Made:     Made{"1.2.3", []string{"rows.jsonl"}, noon},
	}
	s.Add(dumpRow("a/1.dmp", "0x50|example.sys", "0123456789abcdef", noon))
	copied := dumpRow("b/copy.dmp", "0x50|example.sys", "0123456789abcdef", noon)
	copied.File.DuplicateOf = "a/1.dmp"
	s.Add(copied)
	damaged := dumpRow("a/2.dmp", "0x50|example.sys", "0123456789abcdef", noon.AddDate(0, 0, 3))
	damaged.Verdict = report.Damaged
	damaged.Findings = []report.Finding{{ID: report.FindingTruncated, Severity: report.SeverityError, Message: "the file ends early"}}
	s.Add(damaged)
	s.Add(dumpRow("a/3.dmp", "0x9f:0x3", "", noon.AddDate(0, 0, 1)))
	s.Add(&report.Report{File: report.File{Path: "a/x.dmp"}, Dump: &report.Dump{What: "zip"}, Verdict: report.NotADump, Error: &report.Error{Message: "a zip archive"}})
	return s
}

func TestGolden(t *testing.T) {
	for name, got := range map[string]string{"testdata/share.html": render(t, few()), "testdata/diff.html": rendered(t, changed())} {
		if *update {
			if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: %s", name, cmp.Diff(string(want), got))
		}
	}
}

func TestNothing(t *testing.T) {
	render(t, &Share{})
	if got := rendered(t, &Diff{Old: &Share{}, New: &Share{}}); !strings.Contains(got, "No group is new or gone") {
		t.Errorf("no changes: %s", got)
	}
}

// hostile are texts that must not become a part of the document.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</table></script><svg onload=alert(1)>`, "nul\x00bidi\u202eescape\x1b[31m", "\xff\xfe",
	strings.Repeat("<", 10_000), `{{.Title}}`, `javascript:alert(1)`,
}

func TestHostileTexts(t *testing.T) {
	plain := render(t, few())
	for _, text := range hostile {
		s := few()
		r := dumpRow(text, text, text, time.Date(292277, 1, 1, 0, 0, 0, 0, time.UTC))
		r.Hardware.Board, r.Verdict = text, report.Damaged
		r.Findings = []report.Finding{{ID: report.FindingID(text), Severity: report.SeverityError, Message: text}}
		s.Add(r)
		s.Add(dumpRow("", text, text, time.Unix(-1<<40, 0)))
		s.Add(&report.Report{File: report.File{Path: text, Member: text}, Dump: &report.Dump{What: text}, Verdict: report.NotADump, Error: &report.Error{Message: text}})
		s.Groups = append(s.Groups, report.Group{Key: text, Name: text, Count: 2, WorstVerdict: report.Verdict(text)})
		s.Changes = append(s.Changes, report.GroupChange{Key: text + "!", Change: report.ChangeGone, Example: text})
		s.Baseline, s.Patterns = text, []Pattern{{text, text, []string{text}}}
		got := render(t, s)
		for _, tag := range []string{"<script", "<img", "<svg onload", "</table></script"} {
			if strings.Count(got, tag) != strings.Count(plain, tag) {
				t.Errorf("%.40q brings %q into the page", text, tag)
			}
		}
		if strings.ContainsAny(got, "\x00\x1b\u202e") {
			t.Errorf("%.40q is not cleaned", text)
		}
		if len(got) > len(plain)+40_000 {
			t.Errorf("%.40q makes the page %d bytes longer", text, len(got)-len(plain))
		}
	}
}

func TestSelfContained(t *testing.T) {
	for _, got := range []string{render(t, few()), rendered(t, changed())} {
		for _, part := range []string{"http:", "https:", "url(", "@import", "src="} {
			if strings.Contains(got, part) {
				t.Errorf("the page has %q", part)
			}
		}
		if n := strings.Count(got, "<script"); n != 1 {
			t.Errorf("%d scripts", n)
		}
	}
}

// TestOnPaper has what is folded on the screen: paper shows the newest paths of each group and some of each pattern, and what the page is.
func TestOnPaper(t *testing.T) {
	s := few()
	for i := range 4 {
		s.Add(dumpRow(fmt.Sprintf("more/%d.dmp", i), "0x9f:0x3", "", noon.AddDate(0, 1, i)))
	}
	s.Patterns[0].Examples = []string{"a/1.dmp", "a/2.dmp", "a/3.dmp", "a/4.dmp"}
	s.Made.From = []string{"1.jsonl", "2.jsonl", "3.jsonl", "4.jsonl", "<5>"}
	got := render(t, s)
	for _, want := range []string{
		`<span class="printed">: a/1.dmp, a/2.dmp, a/3.dmp</span>`, `: more/3.dmp<span class="printed">, more/2.dmp, more/1.dmp</span>`,
		"dmplens 1.2.3, from 1.jsonl, 2.jsonl, 3.jsonl and 2 more, made 2025-03-14 12:00:00 UTC",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	_, print, _ := strings.Cut(got, "@media print")
	print, _, _ = strings.Cut(print, "</style>")
	if strings.Contains(print, "details") {
		t.Error("paper hides details")
	}
	if got := rendered(t, changed()); strings.Contains(got, "<footer") {
		t.Error("a page of which nothing is known has a footer")
	}
}

// TestFarDays has a clock that was wrong: it must not make one cell of all other days.
func TestFarDays(t *testing.T) {
	var d days
	for i := range 200 {
		d.add(noon.AddDate(0, 0, i%10))
	}
	d.add(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
	s := scaleOf(d)
	if counts, outside := s.counts(d); s.cells != 10 || s.width != 1 || outside != 1 || counts[0] != 20 {
		t.Errorf("%+v: %v, %d outside", s, counts, outside)
	}
}

// TestDaysInWords says when dumps were captured, and names no day behind the last of them.
func TestDaysInWords(t *testing.T) {
	for _, c := range []struct {
		days []int // from noon on
		want string
		last string
	}{
		{[]int{0}, "1 dump: 2025-03-14", "2025-03-14"},
		{[]int{0, 2}, "2 dumps on as many days", "2025-03-16"},
		{[]int{0, 0, 1}, "3 dumps on 2 days; most, 2, on 2025-03-14", "2025-03-15"},
		{[]int{0, 1, 61}, "3 dumps in 2 periods of 2 days; most, 2, in 2025-03-14 to 2025-03-15", "2025-05-14"},
		{[]int{0, 60, 60}, "3 dumps in 2 periods of 2 days; most, 2, in 2025-05-13", "2025-05-13"},
	} {
		s := &Share{}
		for i, day := range c.days {
			s.Add(dumpRow(fmt.Sprint(i), "0x50", "", noon.AddDate(0, 0, day)))
		}
		if p := s.page(); p.HeatText != c.want || p.HeatTo != c.last {
			t.Errorf("%v: %q up to %s", c.days, p.HeatText, p.HeatTo)
		}
	}
}

// TestNoTime has dumps without a time, and with clocks that cannot be: they are counted, and spoil no picture.
func TestNoTime(t *testing.T) {
	s := &Share{Groups: []report.Group{{Key: "0x50", Count: 6}, {Key: "0x7e", Count: 1}}}
	for i, at := range []time.Time{{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1992, 12, 31, 23, 0, 0, 0, time.UTC), noon, noon, noon.AddDate(0, 0, 2)} {
		s.Add(dumpRow(fmt.Sprint(i), "0x50", "0123456789abcdef", at))
	}
	none := dumpRow("none", "0x7e", "fedcba9876543210", noon)
	none.Dump.CapturedAt = nil
	s.Add(none)
	p := s.page()
	if p.HeatText != "3 dumps on 2 days; most, 2, on 2025-03-14" || p.Timeless != 4 {
		t.Errorf("%s; %d without a time", p.HeatText, p.Timeless)
	}
	if g := p.Groups[0]; g.First != "2025-03-14" || g.Last != "2025-03-16" {
		t.Errorf("%s to %s", g.First, g.Last)
	}
	if g := p.Groups[1]; g.First != unknown || g.Last != unknown || g.Rows[0].Captured != unknown || g.Spark != nil {
		t.Errorf("%+v", g)
	}
	if got := render(t, s); !strings.Contains(got, "4 dumps have no time, or one that is not of 1993 to 2100.") {
		t.Error("the page does not say that dumps have no time")
	}
	alone := &Share{}
	alone.Add(none)
	if got := render(t, alone); !strings.Contains(got, "<h2>When</h2>") || !strings.Contains(got, "1 dump has no time") || strings.Contains(got, `class="strip"`) {
		t.Error("a page of dumps without a time does not say so")
	}
}

// TestWhyNotDumps counts files by what they are, and those of which nothing is known by their verdict alone.
func TestWhyNotDumps(t *testing.T) {
	s := &Share{}
	for _, format := range []report.Format{report.FormatOfflineRaw, report.FormatUserMinidump, report.FormatNotADump} {
		s.Add(&report.Report{File: report.File{Path: string(format)}, Dump: &report.Dump{Format: format}, Verdict: report.NotADump})
	}
	damaged := dumpRow("a.dmp", "0x50", "", noon)
	damaged.Verdict = report.Damaged
	s.Add(damaged)
	p := s.page()
	want := []counted{{"of a kind that dmplens does not know", 1}, {"offline-raw", 1}, {"user-minidump", 1}}
	if diff := cmp.Diff(want, p.NotDumpsBecause); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]counted{{"damaged", 1}}, p.DamagedBy); diff != "" {
		t.Error(diff)
	}
}

// TestSame lists the groups that have not changed, folded, as far as there is room.
func TestSame(t *testing.T) {
	d := changed()
	for i := range maxChanges + 7 {
		key := fmt.Sprintf("0x%x|stays.sys", i)
		d.Changes = append(d.Changes, report.GroupChange{Key: key, Change: report.ChangeSame, Old: 1, New: 1})
		for _, s := range []*Share{d.Old, d.New} {
			s.Groups = append(s.Groups, report.Group{Key: key, Count: 1})
		}
	}
	got := rendered(t, d)
	for part, n := range map[string]int{"<summary>107 groups with as many dumps as before<span": 1, "|stays.sys": maxChanges, "7 more are not shown": 1} {
		if strings.Count(got, part) != n {
			t.Errorf("%d times %q", strings.Count(got, part), part)
		}
	}
	if got := rendered(t, changed()); strings.Contains(got, "<h2>Same</h2>") {
		t.Error("no group is the same, and they have a heading")
	}
}

// TestHead has pages of a part of the rows: they say which, and where the rows came from.
func TestHead(t *testing.T) {
	s, d := few(), changed()
	s.Where, d.Where = `module == "<x>"`, "bits == 64"
	for _, c := range []struct{ page, want string }{
		{render(t, s), "<p>From rows.jsonl.</p>"}, {render(t, s), "<title>3 kernel dumps from rows.jsonl - dmplens</title>"},
		{render(t, s), "<p>Only rows where <code>module == &#34;&lt;x&gt;&#34;</code>, of these and of old.jsonl.</p>"},
		{rendered(t, d), "<p>Only rows where <code>bits == 64</code>, of both.</p>"},
	} {
		if !strings.Contains(c.page, c.want) {
			t.Errorf("the page lacks %s", c.want)
		}
	}
	s.Baseline, s.Changes = "", nil
	if got := render(t, s); !strings.Contains(got, "</code>.</p>") {
		t.Error("the condition has no end")
	}
	if strings.Contains(render(t, few()), "Only rows") || strings.Contains(rendered(t, changed()), "Only rows") {
		t.Error("a page of all rows has a condition")
	}
}

// TestNoSilentCells has files without a verdict, without a signature, and one that a tool made: the page says what they are.
func TestNoSilentCells(t *testing.T) {
	s := &Share{Groups: []report.Group{{Key: "0x5454414d", Count: 1}, {Key: report.NoKey, Count: 1}}}
	made := dumpRow("a.dmp", "0x5454414d", "", noon)
	made.Origin = &report.Origin{Kind: report.KindMemory, Source: report.SourceDumpIt}
	s.Add(made)
	s.Add(&report.Report{File: report.File{Path: "b.dmp"}, Error: &report.Error{Message: "permission denied"}})
	p := s.page()
	if g := p.Groups[0]; g.Name != report.SourceDumpIt.Phrase() || g.Worst != notJudged || g.What != "dump" {
		t.Errorf("%+v", g)
	}
	if g := p.Groups[1]; g.Name == "" || g.Rows[0].Verdict != notJudged || g.What != "file" {
		t.Errorf("%+v", g)
	}
	if !slices.ContainsFunc(p.Facts, func(f fact) bool { return f.Name == "groups" && f.Value == fmt.Sprint(len(p.Groups)) }) {
		t.Errorf("not as many groups as in the table: %v", p.Facts)
	}
}

func TestNewest(t *testing.T) {
	var n newest
	for _, i := range []int{3, 9, 1, 7, 8, 2, 6, 4, 5} {
		n.add(dumpRow(fmt.Sprint(i), "", "", noon.AddDate(0, 0, i)))
	}
	var got []string
	for _, r := range n.rows {
		got = append(got, r.Path)
	}
	if diff := cmp.Diff([]string{"9", "8", "7", "6", "5"}, got); diff != "" || n.of != 9 {
		t.Errorf("of %d rows: %s", n.of, diff)
	}
}

// TestManyRows has more rows, groups and machines than the page has room for.
func TestManyRows(t *testing.T) {
	s, groups := &Share{}, map[string]int{}
	for i := range 100_000 {
		key := fmt.Sprintf("0x%x|driver%d.sys", i%3000, i%3000)
		groups[key]++
		s.Add(dumpRow(fmt.Sprintf("/share/host-%d/%s%d.dmp", i%20000, strings.Repeat("x", 120), i), key, fmt.Sprintf("%032x", i%20000), noon.Add(time.Duration(i)*time.Minute)))
	}
	for key, n := range groups {
		s.Groups = append(s.Groups, report.Group{Key: key, Count: n})
	}
	got := render(t, s)
	if len(got) > 3_000_000 {
		t.Errorf("the page has %d bytes", len(got))
	}
	for _, part := range []string{"2,700 more groups, of ", "19,800 more are not shown", "newest 5 of "} {
		if !strings.Contains(got, part) {
			t.Errorf("the page does not say %q", part)
		}
	}
}
