package page

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/report"
)

// raw is a string that a renderer has to clean: a page holds it as it is.
const raw = "\x1b[31m\u202e\r\nx"

// crash is a report with something to say in every part.
func crash() *report.Report {
	pid, yes, total, page := uint64(4), true, int64(3<<20), int64(4096)
	pages, missing := uint64(700), uint64(2)
	build, at := uint32(26100), time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC)
	return &report.Report{
		File: report.File{Path: raw},
		Dump: &report.Dump{Format: report.FormatBitmapKernel, Machine: "amd64", Build: &build, CapturedAt: &at, Comment: raw, StatusLine: raw,
			Banner: "Mini Kernel Dump", Attributes: []string{"live-dump"}},
		Origin: &report.Origin{Kind: report.KindLive, Source: report.SourceTaskManager, Confidence: report.Certain,
			Evidence: []report.Fact{{Fact: "a fact", Where: "header+0x38"}}},
		Process: &report.Process{Name: raw, PID: &pid, Interrupted: &yes, Address: "0x10"}, Thread: &report.Thread{ID: &pid},
		Bugcheck: &report.Bugcheck{Code: "0x161", RawCode: "0x10000161", Name: "LIVE_SYSTEM_DUMP",
			Facts:      []report.Fact{{Fact: "one", Where: "memory at 0x1"}, {Fact: "two", Where: "header+0x8"}},
			Parameters: []report.Parameter{{Index: 1, Value: "0x1", Module: "nt", Offset: "0x2", Label: "address"}}},
		Context:     &report.Context{From: report.ContextHeader, InstructionPointer: "0x0000000000000001", Module: "nt", Offset: "0x2"},
		Hardware:    &report.Hardware{Processor: "a  processor "},
		Signature:   &report.Signature{Coarse: "0x161|nt"},
		Processors:  []report.Processor{{Number: 0, Current: &yes}, {Number: 1, Missing: "not there"}},
		Processes:   []report.Process{{Name: "a.exe", PID: &pid, Address: "0x10"}, {Name: raw}},
		Streams:     []report.Stream{{GUID: raw, Name: raw, Offset: 16, Size: 1234}},
		Modules:     []report.Module{{Name: raw, Base: "0x1", Size: 16, PDB: &report.PDB{Name: "a.pdb", GUID: "ab-cd", Age: 26}}, {Missing: []string{"headers"}}},
		Contents:    []report.Content{{Item: report.ItemModuleList, State: report.StatePartial, Pages: &missing, Of: &pages}, {Item: report.ItemUserPages, State: report.StateAbsent}},
		LiveContent: &report.LiveContent{Kind: report.LiveStacks, Evidence: []report.Fact{{Fact: "few pages"}}},
		Sizes:       &report.Sizes{Total: total, Header: &page, Secondary: &page, Pages: &pages, MissingPages: &missing},
		Findings: []report.Finding{
			{ID: report.FindingTruncated, Severity: report.SeverityError, Message: "cut", Next: "copy it again", Offset: &page},
			{ID: report.FindingModuleList, Severity: report.SeverityWarning, Message: "list"},
			{ID: report.FindingTrailingBytes, Message: "tail"}},
		Verdict: report.Partial,
	}
}

// row is the first row with a label; more are the rows that continue it.
func row(t *testing.T, p *Page, label string) (row Row, more []Row) {
	t.Helper()
	var rows []Row
	for _, s := range p.Sections {
		for _, b := range s {
			r, ok := b.(Row)
			if table, labelled := b.(Table); labelled && table.Label != "" {
				r, ok = Row{Label: table.Label}, true
			}
			if ok {
				rows = append(rows, r)
			}
		}
	}
	i := slices.IndexFunc(rows, func(r Row) bool { return r.Label == label })
	if i < 0 {
		t.Fatalf("no row %q in %+v", label, rows)
	}
	for _, r := range rows[i+1:] {
		if r.Label != "" {
			break
		}
		more = append(more, r)
	}
	return rows[i], more
}

func table(t *testing.T, p *Page, label string) Table {
	t.Helper()
	for _, s := range p.Sections {
		for _, b := range s {
			if x, ok := b.(Table); ok && x.Label == label {
				return x
			}
		}
	}
	t.Fatalf("no table %q", label)
	return Table{}
}

func TestInfo(t *testing.T) {
	p := Info(crash())
	if d := cmp.Diff([]string{"kernel live dump (bitmap, kernel memory)", "amd64", "3.00 MiB"}, p.About); p.Title != raw || d != "" {
		t.Errorf("the title is %q, and beside it (-want +got):\n%s", p.Title, d)
	}
	for label, want := range map[string][]Row{
		"What": {{Value: "LIVE_SYSTEM_DUMP (0x161): a live dump, the system ran on"},
			{Value: "the header says 0x10000161: the same code, with the bit that small dumps often have"}},
		"Facts": {{Value: "one"}, {Value: "two [header+0x8]"}},
		"Origin": {{Value: "Task Manager", Beside: "certain", BesideTone: Good},
			{Value: "a fact [header+0x38]", Tone: Dim}},
		"Captured":  {{Value: "2025-03-14 09:26:53 UTC"}},
		"System":    {{Value: "Windows build 26100"}},
		"Machine":   {{Value: "a processor"}},
		"Comment":   {{Value: raw}},
		"Process":   {{Value: raw + " (4), thread 4: not known to be the capture's, which is on another stack"}},
		"Context":   {{Value: "nt+0x2"}},
		"Contents":  {{Value: "looks like a live dump of kernel stacks only; lacks a part of loaded module list; no user-mode pages"}},
		"Signature": {{Value: "0x161|nt"}},
		"Verdict": {{Value: "partial: by its own word the dump lacks content", Tone: Warning}, {Value: "WinDbg says: Mini Kernel Dump", Tone: Dim},
			{Value: "truncated: cut [offset 0x1000]"}, {Value: "module-list: list"}, {Value: "trailing-bytes: tail"}},
	} {
		r, got := row(t, p, label)
		r.Label = ""
		if d := cmp.Diff(want, append([]Row{r}, got...)); d != "" {
			t.Errorf("%s (-want +got):\n%s", label, d)
		}
	}
	if d := cmp.Diff([][]string{{"1", "0x1", "address: nt+0x2"}}, table(t, p, "Parameters").Rows); d != "" {
		t.Errorf("parameters (-want +got):\n%s", d)
	}
	sizes := table(t, p, "Sizes")
	want := [][]string{{"total", "3,145,728", "3.00 MiB", ""}, {"header", "4,096", "4.0 KiB", ""}, {"secondary", "4,096", "4.0 KiB", "1 stream"}}
	if d := cmp.Diff(want, sizes.Rows); d != "" || !sizes.Columns[1].Right {
		t.Errorf("sizes (-want +got):\n%s", d)
	}
}

// A machine without a name is named by its board, and a text that the writer left is shown.
func TestMachineAndText(t *testing.T) {
	for want, h := range map[string]report.Hardware{
		"Contoso C1":   {Manufacturer: "Contoso", Model: "C1", Board: "Fabrikam F2"},
		"board F 2":    {Manufacturer: "Contoso", Board: "F  2"},
		"board F2":     {Model: "C1", Board: "F2"},
		"C1":           {Model: "C1"},
		"board F2 (x)": {Board: "F2 (x)"},
	} {
		r := crash()
		r.Hardware, r.Dump.VersionUser = &h, "PhylaRAM"
		p := Info(r)
		if got, _ := row(t, p, "Machine"); got.Value != want {
			t.Errorf("%+v: %q, want %q", h, got.Value, want)
		}
		if got, _ := row(t, p, "Text"); !strings.Contains(got.Value, `"PhylaRAM"`) {
			t.Errorf("text %q", got.Value)
		}
	}
}

// Titles call an active memory dump that, and name the kind of a dump whose requester alone is in doubt.
func TestTitles(t *testing.T) {
	yes := true
	for want, r := range map[string]*report.Report{
		"kernel crash dump (bitmap, active memory)": {
			Dump:   &report.Dump{Format: report.FormatBitmapFull, Active: &yes},
			Origin: &report.Origin{Kind: report.KindCrash, Source: report.SourceBugCheck, Confidence: report.Certain}},
		"kernel live dump (bitmap, kernel memory)": {
			Dump:   &report.Dump{Format: report.FormatBitmapKernel},
			Origin: &report.Origin{Kind: report.KindLive, Source: report.SourceUnlabelled, Confidence: report.Likely}},
		"kernel dump (triage: a small dump)": {
			Dump:   &report.Dump{Format: report.FormatTriage},
			Origin: &report.Origin{Source: report.SourceUnknown, Summary: "either", Confidence: report.ConfidenceUnknown}},
		"kernel dump (full memory)": {
			Dump:   &report.Dump{Format: report.FormatFull},
			Origin: &report.Origin{Kind: report.KindMemory, Source: report.SourceWinPmem, Confidence: report.Likely}},
	} {
		if got := Info(r).About[0]; got != want {
			t.Errorf("title %q, want %q", got, want)
		}
	}
}

func TestTonesOfVerdictAndConfidence(t *testing.T) {
	for verdict, want := range map[report.Verdict]Tone{report.Complete: Good, report.Partial: Warning, report.Damaged: Bad, "": Warning} {
		if r, _ := row(t, Info(&report.Report{Verdict: verdict}), "Verdict"); r.Tone != want {
			t.Errorf("the tone of the verdict %q is %d, want %d", verdict, r.Tone, want)
		}
	}
	for confidence, want := range map[report.Confidence]Tone{report.Certain: Good, report.Likely: Warning, report.ConfidenceUnknown: Bad, "": Plain} {
		r, _ := row(t, Info(&report.Report{Origin: &report.Origin{Source: report.SourceBugCheck, Confidence: confidence}}), "Origin")
		if r.BesideTone != want || r.Beside != string(confidence) || r.Value != "a bug check" {
			t.Errorf("the row of confidence %q is %+v", confidence, r)
		}
	}
}

func TestNoDump(t *testing.T) {
	r := &report.Report{Error: &report.Error{Message: "a zip archive", Next: "unpack it"}, Dump: &report.Dump{Format: report.FormatNotADump}}
	want := Section{Row{Label: "This is", Value: "a zip archive"}, Row{Label: "Do next", Value: "unpack it"}}
	for name, build := range pages {
		p := build(r)
		if d := cmp.Diff([]Section{want}, p.Sections); d != "" || !slices.Equal(p.About, []string{"not a dump"}) {
			t.Errorf("%s: %q (-want +got):\n%s", name, p.About, d)
		}
	}
	r.Dump.Format, r.Exception = report.FormatUserMinidump, &report.Exception{Code: "0xc0000005", Name: "STATUS_ACCESS_VIOLATION", Address: "0x1"}
	if got, _ := row(t, Info(r), "Exception"); got.Value != "STATUS_ACCESS_VIOLATION (0xc0000005) at 0x1" {
		t.Errorf("the exception is %q", got.Value)
	}
	r.Dump.Format, r.Process = report.FormatTriage, &report.Process{Name: "a.exe"}
	if got, _ := row(t, Modules(r), "None"); got.Value != "a zip archive" {
		t.Errorf("the list of modules is %q", got.Value)
	}
	if got, _ := row(t, Processes(r), "Current"); got.Value != "a.exe" {
		t.Errorf("the current process is %q", got.Value)
	}
}

func TestCheck(t *testing.T) {
	p := Check(crash())
	want := []Row{{Label: "Findings", Value: "error truncated, offset 0x1000", Tone: Bad}, {Value: "cut"}, {Value: "To do: copy it again"},
		{Value: "warning module-list", Tone: Warning}, {Value: "list"}, {Value: " trailing-bytes"}, {Value: "tail"}}
	r, more := row(t, p, "Findings")
	if d := cmp.Diff(want, append([]Row{r}, more...)); d != "" {
		t.Errorf("findings (-want +got):\n%s", d)
	}
	if d := cmp.Diff([][]string{{"loaded module list", "partial", "2 of 700 pages"}, {"user-mode pages", "absent", ""}}, table(t, p, "Contents").Rows); d != "" {
		t.Errorf("contents (-want +got):\n%s", d)
	}
	if r, more := row(t, p, "Live dump"); r.Value != "looks like one of kernel stacks only" || more[0] != (Row{Value: "few pages", Tone: Dim}) {
		t.Errorf("the live dump: %+v, %+v", r, more)
	}
	if r, _ := row(t, Check(&report.Report{}), "Findings"); r.Value != "none" {
		t.Errorf("without findings: %q", r.Value)
	}
}

func TestLists(t *testing.T) {
	for name, test := range map[string]struct {
		page *Page
		want [][]string
	}{
		"modules":   {Modules(crash()), [][]string{{"0x1", "0x10", "-", "-", raw, "a.pdb ABCD1A"}, {"", "0x0", "-", "not in dump", "-", "not in dump"}}},
		"processes": {Processes(crash()), [][]string{{"4", "-", "-", "0x10", "a.exe  (current)"}, {"-", "-", "-", "-", raw}}},
		"streams":   {Streams(crash()), [][]string{{"0", raw, "0x10", "1,234", raw}}},
		"registers": {Registers(crash()), [][]string{{"0", "-", "nt+0x2", "(current)"}}},
	} {
		if d := cmp.Diff(test.want, table(t, test.page, "").Rows); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	if r, _ := row(t, Modules(crash()), "Finding"); r.Value != "module-list: list" {
		t.Errorf("the finding is %q", r.Value)
	}
	if r, _ := row(t, Streams(crash()), "Finding"); r.Value != "trailing-bytes: tail" {
		t.Errorf("the finding is %q", r.Value)
	}
	if r, _ := row(t, Registers(crash()), "Unknown"); r.Value != "1 processor: the dump has nothing of them" {
		t.Errorf("the unknown processors are %q", r.Value)
	}
}

func TestRegisters(t *testing.T) {
	r := &report.Report{Context: &report.Context{From: report.ContextHeader, Module: "nt", Offset: "0x1", Registers: map[string]string{
		"rip": "0x00000000000000ff", "cs": "0x0000000000000010", "ss": "0x0000000100000010", "rax": "0x0000000000000000", "efl": "0x00000246"}}}
	want := []Section{{Note{Text: "from: header", Tone: Dim},
		Pairs{{"rax", "0x0000000000000000"}, {"rip", "0x00000000000000ff"}, {"efl", "0x00000246"}, {"cs", "0x0010"}, {"ss", "0x0000000100000010"}},
		Note{Text: "at nt+0x1"}}}
	if d := cmp.Diff(want, Registers(r).Sections); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestMemory(t *testing.T) {
	p, err := Memory(&report.Memory{Address: "0x00001000", Data: "4142430a00ff206162" + "00000000000000" + "78", Missing: "not in this dump"})
	if err != nil {
		t.Fatal(err)
	}
	want := Lines{
		"0x00001000   41 42 43 0a 00 ff 20 61  62 00 00 00 00 00 00 00  ABC... ab.......",
		"0x00001010   78                                                x",
		"0x00001011  not in this dump",
	}
	if d := cmp.Diff([]Section{{want}}, p.Sections); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, m := range []report.Memory{{Address: "0x1", Data: "4"}, {Address: "x", Data: "41"}} {
		if _, err := Memory(&m); err == nil {
			t.Errorf("%+v has a page", m)
		}
	}
}

func TestExplain(t *testing.T) {
	no := false
	p := Explain(&report.Explanation{
		Use: report.UseBoth, Documented: &no, Bugcheck: report.Bugcheck{Code: "0xd1", RawCode: "0xd1", Notes: []string{"one", "two"}},
		KnownValues: []report.Role{{Index: 1, Type: "code-address", Label: "where", On: "x86", Values: []report.KnownValue{
			{Match: "0x1", Meaning: "a value", On: "arm64", Parameters: []report.Role{{Index: 2, Type: "enum"}}}}}},
	})
	want := &Page{Title: "0xd1", About: []string{"no code that dmplens knows"}, Sections: []Section{
		{Row{Label: "Marks", Value: "a bug check or a live dump"}, Row{Value: "only the name is published"}, Row{Label: "Note", Value: "one"}, Row{Value: "two"}},
		{List{{Term: "parameter 1", Meaning: "where (code address) [on x86]", List: List{
			{Term: "0x1", Meaning: "a value [on arm64]", List: List{{Term: "parameter 2"}}}}}}},
	}}
	if d := cmp.Diff(want, p); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	p = Explain(&report.Explanation{Asked: "X", NearestNames: []string{"A", "B"}})
	if r, _ := row(t, p, "Nearest"); r.Value != "A, B" || p.Title != "" {
		t.Errorf("nearest to a name that is none: %q", r.Value)
	}
}

func TestCodes(t *testing.T) {
	p := Codes(&report.CodeList{Counts: report.CodeCounts{Codes: 1}, Codes: []report.CodeEntry{{Code: "0x1", Use: report.UseLive, Name: "N"}}})
	if got := p.Sections[0][0].(Table).Rows; !slices.Equal(got[0], []string{"0x1", "live", "N"}) {
		t.Errorf("%q", got)
	}
	if note := p.Sections[1][0].(Note).Text; !strings.HasPrefix(note, "1 codes, 0 of them") {
		t.Errorf("%q", note)
	}
}

var pages = map[string]func(*report.Report) *Page{"info": Info, "check": Check, "modules": Modules, "registers": Registers, "streams": Streams}

// Every field of a report is optional, and what renderers may rely on holds.
func TestPagesOfAnyReport(t *testing.T) {
	empty := &report.Error{}
	for _, r := range []*report.Report{
		crash(), {}, {Error: empty}, {Error: empty, Dump: &report.Dump{Format: report.FormatUserMinidump}},
		{Dump: &report.Dump{}, Sizes: &report.Sizes{}, Bugcheck: &report.Bugcheck{Facts: make([]report.Fact, 2), Parameters: make([]report.Parameter, 1)},
			Origin: &report.Origin{}, Process: &report.Process{}, Context: &report.Context{}, Hardware: &report.Hardware{}, Captured: &report.StackRange{},
			Contents: make([]report.Content, 1), LiveContent: &report.LiveContent{}, Findings: make([]report.Finding, 1), Signature: &report.Signature{},
			Modules: make([]report.Module, 1), UnloadedModules: make([]report.UnloadedModule, 1), Streams: make([]report.Stream, 1),
			Processors: make([]report.Processor, 2), Processes: make([]report.Process, 1)},
	} {
		list := []*Page{Processes(r)}
		for _, build := range pages {
			list = append(list, build(r))
		}
		for _, p := range list {
			for _, s := range p.Sections {
				if len(s) == 0 {
					t.Error("a section is empty")
				}
				for _, b := range s {
					switch b := b.(type) {
					case Row:
						if b.Value == "" {
							t.Errorf("a row has no value: %+v", b)
						}
					case Table:
						for _, cells := range b.Rows {
							if len(cells) != len(b.Columns) {
								t.Errorf("%d columns, and %q", len(b.Columns), cells)
							}
						}
					}
				}
			}
		}
	}
}
