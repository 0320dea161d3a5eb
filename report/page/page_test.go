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
			Evidence: []report.Fact{{Fact: "a fact", Where: "header+0x38"}, {Fact: "another"}}},
		Process: &report.Process{Name: raw, PID: &pid, Interrupted: &yes, Address: "0x10"}, Thread: &report.Thread{ID: &pid},
		Bugcheck: &report.Bugcheck{Code: "0x161", RawCode: "0x10000161", Name: "LIVE_SYSTEM_DUMP",
			Facts:      []report.Fact{{Fact: "one", Where: "memory at 0x1", Parameter: 1}, {Fact: "two", Where: "header+0x8"}},
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
			r, ok := undrawn(b).(Row)
			b = undrawn(b)
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

// undrawn is the rows of a block that is drawn too.
func undrawn(b Block) Block {
	switch b := b.(type) {
	case SizeBar:
		return b.Table
	case MemoryMap:
		return b.Table
	case TimeLine:
		return b.Table
	case Frames:
		return b.Table
	case Fold:
		return Row{Value: b.Text, Tone: b.Tone}
	}
	return b
}

func table(t *testing.T, p *Page, label string) Table {
	t.Helper()
	for _, s := range p.Sections {
		for _, b := range s {
			b = undrawn(b)
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
		"What": {{Value: "LIVE_SYSTEM_DUMP (0x161): a live dump, the system ran on"}},
		"Verdict": {{Value: "partial: by its own word the dump lacks content", Tone: Warning}, {Value: "WinDbg says: Mini Kernel Dump", Tone: Dim},
			{Value: "truncated: cut [offset 0x1000]", Tone: Bad}, {Value: "To do: copy it again"}},
		"Code":  {{Value: "nt+0x2, address"}},
		"Facts": {{Value: "one"}, {Value: "two [header+0x8]"}},
		"Origin": {{Value: "Task Manager", Beside: "certain", BesideTone: Good},
			{Value: "a fact [header+0x38], and 1 more", Tone: Dim}},
		"Captured":  {{Value: "2025-03-14 09:26:53 UTC"}},
		"System":    {{Value: "Windows build 26100"}},
		"Machine":   {{Value: "a processor"}},
		"Comment":   {{Value: raw}},
		"Process":   {{Value: raw + " (4), thread 4: not known to be the capture's, which is on another stack"}},
		"Contents":  {{Value: "looks like a live dump of kernel stacks only; not in the file: a part of loaded module list; no user-mode pages"}},
		"Findings":  {{Value: "module-list: list"}, {Value: "trailing-bytes: tail"}},
		"Signature": {{Value: "0x161|nt"}},
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

func TestInfoVerbose(t *testing.T) {
	r := crash()
	r.Process.Name, r.Captured = "fourteen.chars", &report.StackRange{Kind: report.StackDPC, Low: "0x1", High: "0x2"}
	p := InfoVerbose(r)
	for label, want := range map[string][]Row{
		"What": {{Value: "LIVE_SYSTEM_DUMP (0x161): a live dump, the system ran on"},
			{Value: "the header says 0x10000161: the same code, with the bit that small dumps often have"}},
		"Origin":    {{Value: "Task Manager", Beside: "certain", BesideTone: Good}, {Value: "a fact [header+0x38]", Tone: Dim}, {Value: "another", Tone: Dim}},
		"Registers": {{Value: "at nt+0x2"}},
		"Process": {{Value: "fourteen.chars (4), thread 4: only interrupted, the capture is on the processor's DPC stack"},
			{Value: "(Windows keeps 14 characters of the name: it may be cut)"}},
		"Stack area": {{Value: "the processor's DPC stack, 0x1 to 0x2"}},
		"Attributes": {{Value: "live-dump"}},
		"Status":     {{Value: raw}},
		"Modules":    {{Value: "2 loaded"}},
	} {
		r, got := row(t, p, label)
		r.Label = ""
		if d := cmp.Diff(want, append([]Row{r}, got...)); d != "" {
			t.Errorf("%s (-want +got):\n%s", label, d)
		}
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

// labels are those of the rows and tables of a page, in order.
func labels(p *Page) (list []string) {
	for _, s := range p.Sections {
		for _, b := range s {
			switch b := undrawn(b).(type) {
			case Row:
				list = append(list, b.Label)
			case Table:
				list = append(list, b.Label)
			}
		}
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

func TestOrder(t *testing.T) {
	r := crash()
	r.Bugcheck.FirstLook = "look"
	want := "What Verdict Code Facts Process Parameters Look first Origin Captured System Machine Comment Sizes Contents Findings Signature"
	if got := strings.Join(labels(Info(r)), " "); got != want {
		t.Errorf("partial: %s", got)
	}
	r.Verdict = report.Complete
	want = "What Code Facts Process Parameters Look first Finding Origin Captured System Machine Comment Sizes Contents Verdict Findings Signature"
	if got := strings.Join(labels(Info(r)), " "); got != want {
		t.Errorf("complete: %s", got)
	}
}

// The worst finding stands with the verdict, and how many more there are to do something about.
func TestProblem(t *testing.T) {
	r := &report.Report{Verdict: report.Damaged, Findings: []report.Finding{
		{ID: "a", Severity: report.SeverityInfo, Message: "one", Next: "x"}, {ID: "b", Severity: report.SeverityInfo, Message: "two"},
		{ID: "c", Severity: report.SeverityError, Message: "three", Next: "y"}, {ID: "d", Severity: report.SeverityError, Message: "four"},
	}}
	_, more := row(t, Info(r), "Verdict")
	if d := cmp.Diff([]Row{{Value: "c: three", Tone: Bad}, {Value: "To do: y"}, {Value: "and 2 more findings below"}}, more); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	first, more := row(t, Info(r), "Findings")
	if d := cmp.Diff([]Row{{Label: "Findings", Value: "a: one"}, {Value: "To do: x"}, {Value: "b: two"}, {Value: "d: four"}}, append([]Row{first}, more...)); d != "" {
		t.Errorf("the others (-want +got):\n%s", d)
	}
}

// The place of the registers is no place of a fault where the kernel's image only wrote the dump, and the zeros of a dump are no size.
func TestWhatSaysNothing(t *testing.T) {
	zero, build := uint64(0), uint32(26100)
	r := &report.Report{
		Dump:     &report.Dump{PhysicalMemory: &zero, Build: &build},
		Modules:  []report.Module{{Name: "ntoskrnl.exe"}, {Name: "example.sys"}},
		Bugcheck: &report.Bugcheck{Code: "0x0", RawCode: "0x0", Parameters: []report.Parameter{{Index: 1, Value: "0x0000000000000000"}}},
		Context:  &report.Context{Module: "ntoskrnl.exe", Offset: "0x1"},
	}
	if got := strings.Join(labels(Info(r)), " "); got != "What Verdict Captured System" {
		t.Errorf("there is %s", got)
	}
	if got, _ := row(t, Info(r), "System"); got.Value != "Windows build 26100" {
		t.Errorf("the system is %q", got.Value)
	}
	if got, _ := row(t, InfoVerbose(r), "Registers"); got.Value != "at ntoskrnl.exe+0x1" {
		t.Errorf("the registers of the kernel: %q", got.Value)
	}
	r.Context = &report.Context{InstructionPointer: "0x1"}
	if got, _ := row(t, InfoVerbose(r), "Registers"); got.Value != "at 0x1" {
		t.Errorf("the registers of no module: %q", got.Value)
	}
	r.Context = &report.Context{Module: "example.sys", Offset: "0x1"}
	if got, _ := row(t, Info(r), "Registers"); got.Value != "at example.sys+0x1" {
		t.Errorf("the registers of a driver: %q", got.Value)
	}
	r.Context.At = report.PointBugCheck
	if got := strings.Join(labels(Info(r)), " "); got != "What Verdict Captured System" {
		t.Errorf("at the call of KeBugCheckEx, there is %s", got)
	}
	if got, _ := row(t, InfoVerbose(r), "Registers"); got.Value != "at example.sys+0x1: the call that stopped Windows" {
		t.Errorf("the registers at the call: %q", got.Value)
	}
	r.Context.At = report.PointException
	if got, _ := row(t, Info(r), "Registers"); got.Value != "at example.sys+0x1: the exception" {
		t.Errorf("the registers of the exception: %q", got.Value)
	}
	r.Bugcheck.Facts = make([]report.Fact, briefFacts+2)
	for i := range r.Bugcheck.Facts {
		r.Bugcheck.Facts[i].Fact = "x"
	}
	if _, more := row(t, Info(r), "Facts"); len(more) != briefFacts || more[briefFacts-1].Value != "and 2 more" {
		t.Errorf("many facts: %+v", more)
	}
	if _, more := row(t, InfoVerbose(r), "Facts"); len(more) != briefFacts+1 {
		t.Errorf("all facts: %+v", more)
	}
}

// What the required space of a small dump is about depends on who wrote it.
func TestRequiredSpace(t *testing.T) {
	required := uint64(200)
	r := &report.Report{
		Dump: &report.Dump{Format: report.FormatTriage}, Sizes: &report.Sizes{Total: 100, Required: &required}, Verdict: report.Complete,
		Findings: []report.Finding{{ID: report.FindingRequiredSpace, Message: "m"}},
	}
	shown := func(p *Page) bool {
		return slices.Contains(labels(p), "Findings") && len(table(t, p, "Sizes").Rows) == 2
	}
	if shown(Info(r)) || !shown(InfoVerbose(r)) {
		t.Error("of one that was made from a larger one")
	}
	r.Dump.Attributes = []string{"kernel-generated-triage-dump"}
	if !shown(Info(r)) {
		t.Error("of one that the kernel wrote")
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
	r.Dump.Format = report.FormatTriage
	if got, _ := row(t, Modules(r), "None"); got.Value != "a zip archive" {
		t.Errorf("the list of modules is %q", got.Value)
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
		"modules":   {Modules(crash()), [][]string{{"0x1", "0x10", "-", "-", raw, "-", "a.pdb ABCD1A"}, {"", "0x0", "-", "not in dump", "-", "-", "not in dump"}}},
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
	r := &report.Report{
		Memory:          &report.Memory{Address: "0x00001000", Data: "4142430a00ff206162000000000000000078", Missing: "not in this dump"},
		Modules:         []report.Module{{Name: "a.sys", Base: "0x0a434000", Size: 0x1000}, {Name: "zero.sys", Base: "0x00000000", Size: 0x10}},
		UnloadedModules: []report.UnloadedModule{{Name: "b.sys", Base: "0x6120ff00", End: "0x61210000"}},
	}
	for format, want := range map[MemoryFormat]Lines{
		MemoryBytes: {
			"0x00001000   41 42 43 0a 00 ff 20 61  62 00 00 00 00 00 00 00  ABC... ab.......",
			"0x00001010   00 78                                             .x",
			"0x00001012  not in this dump",
		},
		MemoryWords:  {"0x00001000  4241  0a43  ff00  6120  0062  0000  0000  0000", "0x00001010  7800", "0x00001012  not in this dump"},
		MemoryDwords: {"0x00001000  0a434241  6120ff00  00000062  00000000", "0x00001010  (00 78)", "0x00001012  not in this dump"},
		MemoryQwords: {"0x00001000  6120ff000a434241  0000000000000062", "0x00001010  (00 78)", "0x00001012  not in this dump"},
		MemoryPointers: {"0x00001000  0a434241  a.sys+0x241", "0x00001004  6120ff00  b.sys+0x0 (unloaded)", "0x00001008  00000062", "0x0000100c  00000000",
			"0x00001010  (00 78)", "0x00001012  not in this dump"},
		MemoryASCII: {"0x00001000  ABC... ab........x", "0x00001012  not in this dump"},
	} {
		p, err := Memory(r, format)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]Section{{want}}, p.Sections); d != "" {
			t.Errorf("%s (-want +got):\n%s", format, d)
		}
	}
	for _, m := range []report.Memory{{Address: "0x1", Data: "4"}, {Address: "x", Data: "41"}, {Address: "0x1", Data: "4141"}, {Data: "41"}, {Address: "0x123456789abcdef01", Data: "41"}} {
		for _, format := range MemoryFormats {
			if _, err := Memory(&report.Report{Memory: &m}, format); err == nil && m.Data != "4141" {
				t.Errorf("%+v has a page", m)
			}
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

var pages = map[string]func(*report.Report) *Page{"info": Info, "verbose": InfoVerbose, "check": Check, "modules": Modules, "registers": Registers, "streams": Streams}

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
					switch b := undrawn(b).(type) {
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

// Whose stack it is: by the record of the fault, where there is one, not by the stack that was captured.
func TestInterrupted(t *testing.T) {
	yes, no, hung, processor := true, false, uint32(2), uint32(5)
	stack := func(kind report.StackKind) *report.StackRange { return &report.StackRange{Kind: kind} }
	fault := func(kind report.StackKind) *report.FaultStack { return &report.FaultStack{Kind: kind} }
	for _, c := range []struct {
		name        string
		interrupted *bool
		captured    *report.StackRange
		fault       *report.FaultStack
		hung        *uint32
		want        string
	}{
		{"captured on the DPC stack", &yes, stack(report.StackDPC), nil, nil, "only interrupted, the crash is on the processor's DPC stack"},
		{"captured elsewhere", &yes, stack(report.StackOther), nil, nil, "not known to be the crash's, which is on another stack"},
		{"captured elsewhere, a fault of the DPC", &yes, stack(report.StackOther), fault(report.StackDPC), nil, "only interrupted, the fault is on the processor's DPC stack"},
		{"captured elsewhere, a fault elsewhere", &yes, stack(report.StackInterrupt), fault(report.StackOther), nil, "not known to be the fault's, which is on another stack"},
		{"captured on the DPC stack, a fault of the thread", &no, stack(report.StackDPC), fault(report.StackThread), nil, "the fault is on the thread's own stack"},
		{"another processor hung", &yes, stack(report.StackThread), nil, &hung, "only interrupted, it is processor 2 that hung"},
	} {
		r := &report.Report{Process: &report.Process{Name: "a.exe", Interrupted: c.interrupted}, Processor: &processor, Captured: c.captured, FaultStack: c.fault, HungProcessor: c.hung}
		if got, _ := row(t, Info(r), "Process"); got.Value != "a.exe, on processor 5: "+c.want {
			t.Errorf("%s: %q", c.name, got.Value)
		}
	}
}

// The devices of a stack are a table, and the registers of records stand behind the facts for those who look for more.
func TestRecords(t *testing.T) {
	yes, five := true, 5
	r := &report.Report{
		DeviceStack: []report.StackedDevice{
			{Device: "0x1", Driver: `\Driver\disk`, Image: "disk.sys", Location: &five, Current: &yes, Completion: "partmgr.sys+0x4930", PowerState: "PowerDeviceD3"},
			{Device: "0x2", Missing: "not in this dump"},
		},
		Records: []report.Record{{Kind: report.RecordTrapFrame, Address: "0x10", Registers: map[string]string{"rip": "0x2", "rax": "0x1"}}, {Kind: report.RecordException}},
	}
	want := []Block{Table{Label: "Devices", Columns: make([]Column, 4), Rows: [][]string{
		{"5", `\Driver\disk`, "disk.sys", "PowerDeviceD3, has the IRP, then partmgr.sys+0x4930"}, {"", "", "not in this dump", ""},
	}}}
	var brief, all Section
	brief.deviceStack(r)
	brief.records(r, false)
	all.records(r, true)
	if d := cmp.Diff(want, []Block(brief)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff([]Block{Row{Label: "Registers", Value: "of the trap frame at 0x10"}, Pairs{{"rax", "0x1"}, {"rip", "0x2"}}}, []Block(all)); d != "" {
		t.Errorf("verbose (-want +got):\n%s", d)
	}
}

// From the header alone, nothing says that a debugger can open a dump of pages.
func TestVerdictOfHeader(t *testing.T) {
	pages := uint64(3)
	r := &report.Report{Verdict: report.Complete, Depth: report.DepthHeader, Dump: &report.Dump{Format: report.FormatBitmapKernel}, Sizes: &report.Sizes{Total: 1, Pages: &pages}}
	for _, f := range []report.Format{report.FormatBitmapKernel, report.FormatFull, report.FormatSummary, report.FormatRange} {
		r.Dump.Format = f
		if got, _ := row(t, Info(r), "Verdict"); strings.Contains(got.Value, "can open") || !strings.Contains(got.Value, "the length fits; page tables were not looked at") {
			t.Errorf("%s: %q", f, got.Value)
		}
	}
	r.Depth = report.DepthFull
	for _, c := range []struct {
		contents []report.Content
		want     string
	}{
		{nil, "complete: its length fits its page count; its memory was not looked at"},
		{[]report.Content{{Item: report.ItemPRCBs, State: report.StatePresent}, {Item: report.ItemHALImage, State: report.StateAbsent}},
			"complete: length, page count and page tables agree; modules, processors and current stack are there for a debugger"},
		{[]report.Content{{Item: report.ItemModuleList, State: report.StatePartial}, {Item: report.ItemPRCBs, State: report.StateUnknown}, {Item: report.ItemSharedData, State: report.StateAbsent}},
			"complete: length and page count agree; not found in it: parts of loaded module list, PRCBs, KI_USER_SHARED_DATA"},
	} {
		r.Contents = c.contents
		if got, _ := row(t, Info(r), "Verdict"); got.Value != c.want {
			t.Errorf("of the whole: %q, want %q", got.Value, c.want)
		}
	}
}

// The device stack stands for the facts of the IRP and of the device only where it has them.
func TestFactsBesideDeviceStack(t *testing.T) {
	five := 5
	for _, c := range []struct {
		name string
		list []report.StackedDevice
		want int // facts that are shown
	}{
		{"both", []report.StackedDevice{{Device: "0x1", Location: &five}}, 1},
		{"no IRP", []report.StackedDevice{{Device: "0x1"}}, 2},
		{"no device", []report.StackedDevice{{Device: "0x7", Location: &five}}, 2},
		{"a device that is not in the dump", []report.StackedDevice{{Device: "0x1", Missing: "not in this dump", Location: &five}}, 2},
		{"none", nil, 3},
	} {
		r := &report.Report{DeviceStack: c.list, Bugcheck: &report.Bugcheck{
			Parameters: []report.Parameter{{Index: 2, Value: "0x1"}, {Index: 4, Value: "0x2"}}, Facts: []report.Fact{{Fact: "a", Parameter: 2}, {Fact: "b", Parameter: 3}, {Fact: "c", Parameter: 4}},
		}}
		_, more := row(t, Info(r), "Facts")
		if len(more)+1 != c.want {
			t.Errorf("%s: %d facts, want %d", c.name, len(more)+1, c.want)
		}
	}
}

// A place of code that a record contradicts is that of the parameter alone.
func TestContradictedCode(t *testing.T) {
	for _, c := range []struct {
		kind report.RecordKind
		from report.RecordFrom
		ip   string
		want string
	}{
		{report.RecordContext, report.RecordParameter, "0x1000", "a.sys+0x0, faulting instruction"},
		{report.RecordContext, report.RecordParameter, "0x1001", "a.sys+0x0, faulting instruction"},
		{report.RecordContext, report.RecordParameter, "0x1083", "a.sys+0x0, faulting instruction by parameter 2 alone: the context record says 0x1083"},
		{report.RecordException, report.RecordParameter, "0x1001", "a.sys+0x0, faulting instruction by parameter 2 alone: the exception record says 0x1001"},
		{report.RecordException, report.RecordHeader, "0x1083", "a.sys+0x0, faulting instruction"},
		{report.RecordContext, report.RecordParameter, "", "a.sys+0x0, faulting instruction"},
	} {
		r := &report.Report{
			Bugcheck: &report.Bugcheck{Parameters: []report.Parameter{{Index: 2, Value: "0x1000", Label: "Faulting instruction", Module: "a.sys", Offset: "0x0"}}},
			Records:  []report.Record{{Kind: c.kind, From: c.from, InstructionPointer: c.ip}},
		}
		if got, _ := row(t, Info(r), "Code"); got.Value != c.want {
			t.Errorf("%s, %s at %s: %q", c.kind, c.from, c.ip, got.Value)
		}
	}
}
