package analyze

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
)

// liveSystem is a machine of two processors whose live dump a process of that name asked for.
func liveSystem(process string, modules int) dmptest.System {
	s := dmptest.System{
		Build: dmptest.Build26100,
		Header: dmptest.Header{
			Code: new(uint32(0x161)), Attributes: new(uint32(dmptest.AttrLive)), Time: time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC), Uptime: time.Hour,
			Runs: []dmptest.Run{{Base: 1, Count: 0x1000}},
		},
		Modules: []dmptest.SystemModule{
			{Name: "ntoskrnl.exe", Image: &dmptest.PE{Sections: []dmptest.PESection{{Name: ".text", Data: make([]byte, 0x8000)}}}},
			{Name: "hal.dll", Image: &dmptest.PE{}},
		},
		Processors: []dmptest.SystemProcessor{{Process: 1}, {Idle: true}},
		Processes:  []dmptest.Process{{}, {PID: 0x7D4, Name: process}},
		Shared:     &dmptest.SharedData{SystemTime: time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC), ProductType: 1, BootID: 42},
	}
	for i := range modules {
		s.Modules = append(s.Modules, dmptest.SystemModule{Name: fmt.Sprintf("example%d.sys", i), Size: 0x1000})
	}
	s.Header.Context = new(s.Registers(0))
	return s
}

// dumped is the report on the dump of a system, with what a test changed in its memory.
func dumped(t *testing.T, a Analyzer, s dmptest.System, change func(sp *dmptest.Space)) *report.Report {
	t.Helper()
	sp := s.Space()
	if change != nil {
		change(sp)
	}
	return analyzedBy(t, a, s.Bitmap(sp).Image().Data())
}

func analyzedBy(t *testing.T, a Analyzer, data []byte) *report.Report {
	t.Helper()
	r, err := a.Report(Reader(bytes.NewReader(data), int64(len(data)), report.File{Path: "x.dmp"}))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func contentsOf(r *report.Report) string {
	var list []string
	for _, c := range r.Contents {
		s := string(c.Item) + " " + string(c.State)
		if c.Pages != nil {
			s += fmt.Sprintf(" %d/%d", *c.Pages, *c.Of)
		}
		list = append(list, s)
	}
	return strings.Join(list, "\n")
}

const wholeContents = `KdDebuggerBlock present 1/1
loaded module list present
KiProcessorBlock present 1/1
PRCBs present 28/28
current stack present 1/1
current page directory present 1/1
KI_USER_SHARED_DATA present 1/1
NTOS image present 16/16
HAL image present 1/1
user-mode pages not-applicable
hypervisor pages unknown`

// largeKernel makes the image of the kernel 4 MiB large, of which its 16 pages are mapped.
func largeKernel(s *dmptest.System) {
	s.Modules = slices.Clone(s.Modules)
	s.Modules[0].Size = 0x400000
}

// TestKernelFindings breaks one thing at a time. found is the findings, contents the lines of wholeContents that differ.
func TestKernelFindings(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 1)
	s.Header.Params = [4]uint64{taskmgr}
	user := func(sp *dmptest.Space) *dmptest.Space { return sp.Processes[1] }
	for _, c := range []struct {
		name     string
		change   func(sp *dmptest.Space)
		system   func(s *dmptest.System)
		verdict  report.Verdict
		found    string
		contents string
		live     report.LiveKind
	}{
		{name: "whole", verdict: report.Complete, live: "full"},
		{name: "no top page table", change: func(sp *dmptest.Space) { sp.DropTable(s.KdbgAt(), 4) }, verdict: report.Damaged, found: "error page-tables", live: "unknown"},
		{name: "no table of the kernel", change: func(sp *dmptest.Space) { sp.DropTable(s.ModuleHeadAt(), 1) }, verdict: report.Damaged, found: "error page-tables", live: "unknown"},
		{name: "no debugger data", change: func(sp *dmptest.Space) { sp.Drop(s.KdbgAt(), 0x3A0) }, verdict: report.Complete, found: "warning kdbg-missing",
			contents: "KdDebuggerBlock absent 0/1\nKiProcessorBlock unknown\nPRCBs unknown\nNTOS image partial 15/16", live: "full"},
		{name: "its place not said", system: func(s *dmptest.System) { s.NoKDBG = true }, verdict: report.Complete, found: "warning kdbg-missing",
			contents: "KdDebuggerBlock unknown\nKiProcessorBlock unknown\nPRCBs unknown", live: "full"},
		{name: "encoded", system: func(s *dmptest.System) { s.Encoded = true }, verdict: report.Complete, found: "info kdbg-encoded", live: "full"},
		{name: "garbage for debugger data", change: func(sp *dmptest.Space) { sp.Map(s.KdbgAt(), bytes.Repeat([]byte("garbage "), 0x74)) }, verdict: report.Complete,
			found: "warning kdbg-unreadable", contents: "KdDebuggerBlock unknown 1/1\nKiProcessorBlock unknown\nPRCBs unknown", live: "full"},
		{name: "a cycle of modules", change: func(sp *dmptest.Space) { sp.PutPtr(s.EntryAt(2), s.EntryAt(1)) }, verdict: report.Complete,
			found: "warning module-list", contents: "loaded module list partial", live: "full"},
		{name: "no first module", change: func(sp *dmptest.Space) { sp.Drop(s.EntryAt(0), 1) }, verdict: report.Complete, found: "warning module-list",
			contents: "loaded module list absent\nNTOS image unknown\nHAL image unknown", live: "unknown"},
		{name: "a part of a processor", change: func(sp *dmptest.Space) { sp.Drop(s.PrcbAt(1)+0x4000, 0x1000) }, verdict: report.Complete, contents: "PRCBs partial 26/28", live: "full"},
		{name: "no shared data, no stack", change: func(sp *dmptest.Space) { sp.Drop(s.SharedAt(), 1); sp.Drop(s.StackAt(0)-8, 8) }, verdict: report.Complete,
			contents: "current stack absent 0/1\nKI_USER_SHARED_DATA absent 0/1", live: "full"},
		{name: "half of the kernel", change: func(sp *dmptest.Space) { sp.Drop(s.BaseAt(0), 0x8000) }, verdict: report.Complete, contents: "NTOS image partial 8/16", live: "full"},
		{name: "less of the kernel", change: func(sp *dmptest.Space) { sp.Drop(s.BaseAt(0), 0x9000) }, verdict: report.Complete, contents: "NTOS image partial 7/16", live: "unknown"},
		{name: "kernel stacks", system: largeKernel, change: func(sp *dmptest.Space) {
			sp.Map(s.BaseAt(0)+0x10000, make([]byte, 0x3F0000))
			sp.Drop(s.BaseAt(0)+0x10000, 0x3F0000)
		}, verdict: report.Complete, contents: "NTOS image partial 16/1024", live: "kernel-stacks"},
		{name: "a kernel of which much was discarded", system: largeKernel, verdict: report.Complete, contents: "NTOS image present 16/1024", live: "full"},
		{name: "user pages", change: func(sp *dmptest.Space) { user(sp).Map(0x10000, make([]byte, 0x2000)); user(sp).Drop(0x10000, 1) }, verdict: report.Complete,
			contents: "user-mode pages partial 1/2", live: "full"},
		{name: "no user pages", change: func(sp *dmptest.Space) { user(sp).Map(0x10000, make([]byte, 0x2000)); user(sp).Drop(0x10000, 0x2000) }, verdict: report.Complete,
			contents: "user-mode pages absent 0/2", live: "full"},
		{name: "no user tables", change: func(sp *dmptest.Space) { user(sp).Map(0x10000, make([]byte, 0x2000)); user(sp).DropTable(0x10000, 2) }, verdict: report.Complete,
			contents: "user-mode pages unknown", live: "full"},
		{name: "no HAL", system: func(s *dmptest.System) { s.Modules = s.Modules[:1] }, verdict: report.Complete, contents: "HAL image not-applicable", live: "full"},
		{name: "an impossible context", system: func(s *dmptest.System) { s.Header.Context = &dmptest.Context{IP: 0x1234567812345678, SP: 1} }, verdict: report.Complete,
			found: "warning context-implausible", contents: "current stack absent 0/1", live: "full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := s
			if c.system != nil {
				c.system(&x)
			}
			r := dumped(t, Analyzer{}, x, c.change)
			want := strings.Split(wholeContents, "\n")
			for line := range strings.SplitSeq(c.contents, "\n") {
				for i, old := range want {
					item := regexp.MustCompile(` (present|not-applicable|unknown).*`).ReplaceAllString(old, "")
					if c.contents != "" && strings.HasPrefix(line, item+" ") {
						want[i] = line
					}
				}
			}
			if c.found != "error page-tables" {
				if d := cmp.Diff(strings.Join(want, "\n"), contentsOf(r)); d != "" {
					t.Errorf("contents (-want +got)\n%s", d)
				}
			}
			var found []string
			for _, f := range r.Findings {
				found = append(found, string(f.Severity)+" "+string(f.ID))
				if strings.Contains(f.Message, "%!") || f.Offset == nil {
					t.Errorf("finding %+v", f)
				}
			}
			if strings.Join(found, ", ") != c.found || r.Verdict != c.verdict || r.LiveContent.Kind != c.live {
				t.Errorf("%q, %s, %s live dump; want %q, %s, %s", found, r.Verdict, r.LiveContent.Kind, c.found, c.verdict, c.live)
			}
		})
	}
}

// TestCapturer is for the process as evidence of where a live dump came from.
func TestCapturer(t *testing.T) {
	for _, c := range []struct {
		process    string
		p1         uint64
		source     string
		confidence string
		evidence   bool
	}{
		{"Taskmgr.exe", taskmgr, "task-manager", "certain", true},
		{"svchost.exe", 0, "storage-diagnostics", "possible", true},
		{"WmiPrvSE.exe", 0, "storage-diagnostics", "possible", true},
		{"example.exe", 0, "unlabelled-request", "certain", true},
		{"svchost.exe", 0x1234, "unlabelled-request", "certain", true},
	} {
		s := liveSystem(c.process, 1)
		s.Header.Params = [4]uint64{c.p1}
		r := dumped(t, Analyzer{}, s, nil)
		evidence := slices.ContainsFunc(r.Origin.Evidence, func(f report.Fact) bool {
			return f.Fact == "captured in the process "+c.process+" (2004)" && strings.HasPrefix(f.Where, "process object 0xffff")
		})
		if string(r.Origin.Source) != c.source || string(r.Origin.Confidence) != c.confidence || evidence != c.evidence {
			t.Errorf("%s: %+v", c.process, r.Origin)
		}
	}
	// Where the folder says so too, it is likely.
	s := liveSystem("svchost.exe", 1)
	b := s.Bitmap(s.Space()).Image().Data()
	r, err := new(Analyzer).Report(Reader(bytes.NewReader(b), int64(len(b)), report.File{Path: "/dumps/localhost/LiveDump.dmp"}))
	if err != nil || r.Origin.Source != "storage-diagnostics" || r.Origin.Confidence != "likely" {
		t.Errorf("%+v, %v", r.Origin, err)
	}
}

// countedReader counts the pages and other reads of a dump whose pages begin at an offset.
type countedReader struct {
	*bytes.Reader
	first        int64
	pages, other int
}

func (r *countedReader) ReadAt(p []byte, off int64) (int, error) {
	if off >= r.first {
		r.pages += (len(p) + 0xFFF) / 0x1000
	} else {
		r.other++
	}
	return r.Reader.ReadAt(p, off)
}

// TestReads counts what one look at a dump of a large machine reads.
func TestReads(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 400)
	for range 30 {
		s.Processors = append(s.Processors, dmptest.SystemProcessor{Idle: true})
	}
	b := s.Bitmap(s.Space())
	image := b.Image().Data()
	const first = 0x3000
	for _, c := range []struct {
		depth        report.Depth
		pages, reads int
		modules      bool // all of them
	}{{report.DepthHeader, 0, 16, false}, {report.DepthFull, 320, 16, false}} {
		in := &countedReader{Reader: bytes.NewReader(image), first: first}
		r, err := (&Analyzer{Depth: c.depth}).Report(Reader(in, int64(len(image)), report.File{Path: "x.dmp"}))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d pages, %d other reads, %d modules", c.depth, in.pages, in.other, len(r.Modules))
		// One read looks for secondary data behind the pages, and one looks at the last 64 KiB of the file for zeros.
		if in.pages > c.pages+17 || in.other > c.reads { // one read looks for secondary data behind the pages
			t.Errorf("%s: %d pages, %d other reads", c.depth, in.pages, in.other)
		}
		if c.depth == report.DepthFull && (len(r.Modules) < 50 || len(r.Modules) > 400 || r.Process == nil || r.Findings[0].ID != "modules-cut" || r.Verdict != report.Complete) {
			t.Errorf("%d modules, process %v, %+v", len(r.Modules), r.Process, r.Findings)
		}
		if c.depth == report.DepthHeader && (r.Modules != nil || r.Process != nil || r.Contents != nil || r.Depth != "header") {
			t.Errorf("more than headers: %+v", r)
		}
	}
	if r := analyzedBy(t, Analyzer{Pages: 10000}, image); len(r.Modules) != 402 || len(r.Findings) != 0 {
		t.Errorf("with more pages: %d modules, %+v", len(r.Modules), r.Findings)
	}
}

// failing is a file of which a part cannot be read.
type failing struct {
	*bytes.Reader
	from, to int64
}

func (r failing) ReadAt(p []byte, off int64) (int, error) {
	if off < r.to && off+int64(len(p)) > r.from {
		return 0, io.ErrNoProgress
	}
	return r.Reader.ReadAt(p, off)
}

func TestDeep(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 1)
	s.Header.Params = [4]uint64{taskmgr}
	x := s.Bitmap(s.Space())
	for pfn := range uint64(600) {
		x.Pages[0x800+pfn] = nil // has contents
	}
	whole := x.Image().Data()
	var calls, last uint64
	a := Analyzer{Depth: report.DepthDeep, Progress: func(done, of uint64) {
		if calls++; done > of || done < last {
			t.Errorf("progress %d of %d after %d", done, of, last)
		}
		last = done
	}}
	r := analyzedBy(t, a, whole)
	if pages := uint64(len(x.Pages)); last != pages || calls < 2 || r.Verdict != report.Complete || len(r.Findings) != 1 || !strings.HasPrefix(r.Findings[0].Message, fmt.Sprint(pages, " pages were read")) {
		t.Errorf("%d of %d pages in %d calls, %s, %+v", last, pages, calls, r.Verdict, r.Findings)
	}
	zeros := bytes.Clone(whole)
	clear(zeros[len(zeros)-400*0x1000:])
	a.Progress = nil
	r = analyzedBy(t, a, zeros)
	begin := int64(len(zeros)) - 400*0x1000
	if r.Findings[0].ID != "zero-tail" || r.Verdict != report.Partial || *r.Findings[0].Offset > begin || *r.Findings[0].Offset < begin-0x20 {
		t.Errorf("%s, %+v, want zeros from %#x on", r.Verdict, r.Findings, begin)
	}
	if sum := sha256.Sum256(zeros); r.File.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("SHA-256 %s", r.File.SHA256)
	}
	full := bytes.Clone(zeros)
	full[0xF98], full[0x2000] = 5, 'F' // a dump of all memory can end with free memory
	if r = analyzedBy(t, a, full); r.Findings[0].ID != "zero-tail" || r.Findings[0].Severity != "info" || r.Verdict != report.Complete {
		t.Errorf("%+v", r.Findings)
	}
	in := failing{bytes.NewReader(whole), int64(len(whole)) - 0x5000, int64(len(whole))}
	r, err := a.Report(Reader(in, int64(len(whole)), report.File{Path: "x.dmp"}))
	if err != nil || r.Verdict != report.Damaged || !slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.ID == "read-error" && f.Next != "" }) {
		t.Errorf("%v, %+v", err, r)
	}
}

func item(r *report.Report, name string) report.Content {
	for _, c := range r.Contents {
		if string(c.Item) == name {
			return c
		}
	}
	return report.Content{}
}

// TestManyProcessors finds the current one of a large machine, all of whose processors use the same page tables.
func TestManyProcessors(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 20)
	s.Processors = nil
	for range 40 {
		s.Processors = append(s.Processors, dmptest.SystemProcessor{Idle: true})
	}
	s.Processors = append(s.Processors, dmptest.SystemProcessor{Process: 0})
	s.Header.Context = new(s.Registers(40))
	r := dumped(t, Analyzer{}, s, nil)
	if r.Processor == nil || *r.Processor != 40 || r.Process == nil || r.Process.Name != "System" || len(r.Modules) != 22 || r.Dump.Product != "workstation" {
		t.Errorf("processor %v, process %v, %d modules, %s", r.Processor, r.Process, len(r.Modules), r.Dump.Product)
	}
}

// TestRootFlags has flags in the directory table base, as processors keep them there.
func TestRootFlags(t *testing.T) {
	for _, c := range []struct {
		build *dmptest.Build
		flags uint64
	}{{dmptest.Build26100, 0x8000000000000002}, {dmptest.Build22000ARM64, 0x0004000000000000}} {
		s := liveSystem("Taskmgr.exe", 1)
		s.Build = c.build
		s.Modules = s.Modules[1:]
		s.Header.Machine = c.build.Machine
		s.Header.Context = new(s.Registers(0))
		sp := s.Space()
		s.Header.DirectoryTableBase = sp.Root() | c.flags
		r := analyzedBy(t, Analyzer{}, s.Bitmap(sp).Image().Data())
		if r.Verdict != report.Complete || item(r, "current page directory").State != report.StatePresent || r.Process == nil {
			t.Errorf("%d: %s, %+v, %v", c.build.Number, r.Verdict, r.Findings, r.Process)
		}
	}
}

func TestHALs(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 0)
	s.Modules = append(s.Modules, dmptest.SystemModule{Name: "HalExtExampleDMA.dll", Size: 0x5000})
	r := dumped(t, Analyzer{}, s, nil)
	if c := item(r, "HAL image"); c.State != report.StatePresent || c.Note != "hal.dll" {
		t.Errorf("%+v", c)
	}
}

// TestSharedUserPages has a kernel dump that was captured in a process: of the user's half it has what the kernel maps too.
func TestSharedUserPages(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 0)
	r := dumped(t, Analyzer{}, s, func(sp *dmptest.Space) {
		sp.Map(0x10000, make([]byte, 0x14000))
		sp.Drop(0x10000, 0x13000)
		shared, _ := sp.Frame(s.SharedAt())
		sp.Map(0x7FFE0000, nil)
		sp.PutEntry(0x7FFE0000, 1, shared<<12|0x25)
	})
	if c := item(r, "user-mode pages"); c.State != report.StateAbsent || *c.Pages != 1 || *c.Of != 20 {
		t.Errorf("%s, %d of %d", c.State, *c.Pages, *c.Of)
	}
}

// TestManyImages has thousands of entries that all have the kernel's base: its pages are counted once.
func TestManyImages(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 100)
	for i := range s.Modules[2:] {
		s.Modules[2+i].Base = s.BaseAt(0)
	}
	s.Modules[0].Size = 0xFFFF000
	r := dumped(t, Analyzer{Pages: 100000}, s, nil)
	if c := item(r, "NTOS image"); len(r.Modules) != 102 || *c.Of != 0xFFFF {
		t.Errorf("%d modules, %+v", len(r.Modules), c)
	}
}

// TestDPCStack is a capture on the stack of deferred calls: the thread was only interrupted.
func TestDPCStack(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 0)
	const top = 0xFFFFF80310E00000
	s.Processors[0].Processor.DpcStack = top
	s.Header.Context = &dmptest.Context{IP: s.BaseAt(0) + 0x1000, SP: top - 0x80}
	r := dumped(t, Analyzer{}, s, func(sp *dmptest.Space) { sp.Map(top-0x1000, make([]byte, 0x1000)) })
	if r.Captured == nil || r.Captured.Kind != "dpc" || r.Captured.High != "0xfffff80310e00000" || !*r.Process.Interrupted || item(r, "current stack").State != report.StatePresent {
		t.Errorf("%+v, %+v, %+v", r.Captured, r.Process, item(r, "current stack"))
	}
}

// TestMemoryImage is of a tool that saves memory while the processors run: what they had saved is not of that time.
func TestMemoryImage(t *testing.T) {
	s := liveSystem("example.exe", 0)
	s.Header.Code = new(uint32(codeDumpIt))
	s.Header.Params = [4]uint64{moon, sols, moon, sols}
	name := filepath.Join(t.TempDir(), "x.dmp")
	if err := os.WriteFile(name, s.Bitmap(s.Space()).Image().Data(), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := new(Analyzer).Open(File(name))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	all := d.Registers(-1)
	if len(all.Processors) != 2 || all.Processors[0].Context != nil || all.Context == nil || all.Processors[0].Process.Name != "example.exe" {
		t.Errorf("%+v", all)
	}
	one := d.Registers(0)
	if one.Error == nil || !strings.Contains(one.Error.Message, "a tool saved the memory") {
		t.Errorf("%+v", one)
	}
}

// TestAttachedThread runs a thread of System that is attached to another process, on a build that is not in the table: nothing says whose
// it is.
func TestAttachedThread(t *testing.T) {
	s := liveSystem("example.exe", 0)
	s.Processors[0].Process = 0
	s.Processors[0].Thread.Attached = s.ProcessAt(1)
	if r := dumped(t, Analyzer{}, s, nil); r.Process == nil || r.Process.Name != "System" {
		t.Errorf("a known build: %+v", r.Process)
	}
	s.Header.Build = 22631
	if r := dumped(t, Analyzer{}, s, nil); r.Process != nil || r.Processor == nil {
		t.Errorf("another build: %+v", r.Process)
	}
}

// TestSharedDataOfReport has a header that says little: the shared data says it.
func TestSharedDataOfReport(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 0)
	s.Header.Time, s.Header.Uptime = time.Time{}, 0
	s.Shared.InterruptTime, s.Shared.SuiteMask, s.Shared.SafeBootMode = 90*time.Minute, 0x300, 1
	d := dumped(t, Analyzer{}, s, nil).Dump
	if d.CapturedAt == nil || !d.CapturedAt.Equal(s.Shared.SystemTime) || *d.UptimeSeconds != 5400 || *d.BootID != 42 || d.Version != "10.0" || d.Product != "workstation" ||
		!slices.Equal(d.Suites, []string{"single-user-terminal-server", "home"}) || !*d.SafeMode || d.SystemRoot != `C:\Windows` {
		t.Errorf("%+v", d)
	}
}

// TestContentsOfCutTriage proves that nothing is called present, or not kept, that may have stood behind the end of the file.
func TestContentsOfCutTriage(t *testing.T) {
	b, err := os.ReadFile("../../testdata/triage-amd64.dmp")
	if err != nil {
		t.Fatal(err)
	}
	stack := int(binary.LittleEndian.Uint32(b[0x2028:])) // CallStackOffset
	for _, test := range []struct {
		name  string
		size  int
		stack string
	}{
		{"whole", len(b), "present"},
		{"in the stack", stack + 8, "partial"},
		{"before the stack", stack, "absent"},
		{"behind the directory", 0x2100, "absent"},
	} {
		states := map[string]string{}
		for _, c := range analyzedBy(t, Analyzer{}, b[:test.size]).Contents {
			states[string(c.Item)] = string(c.State)
		}
		if got := states["current stack"]; got != test.stack {
			t.Errorf("%s: the current stack is %q, want %q", test.name, got, test.stack)
		}
		if test.size == 0x2100 && (states["PRCBs"] != "unknown" || states["KI_USER_SHARED_DATA"] != "unknown") {
			t.Errorf("%s: PRCBs %q, KI_USER_SHARED_DATA %q, want unknown", test.name, states["PRCBs"], states["KI_USER_SHARED_DATA"])
		}
	}
}

// TestLongList has a list of modules with more entries than any kernel's: that is said of the list, and the reader is not sent to look on.
func TestLongList(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 0)
	r := dumped(t, Analyzer{Pages: 10_000}, s, func(sp *dmptest.Space) { s.PutModules(sp, 20_001) })
	i := slices.IndexFunc(r.Findings, func(f report.Finding) bool { return f.ID == "module-list" })
	if i < 0 || !strings.Contains(r.Findings[i].Message, "longer than any real one") || slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.ID == "modules-cut" }) {
		t.Errorf("%+v", r.Findings)
	}
	if c := item(r, "loaded module list"); c.State != report.StatePartial || !strings.HasPrefix(c.Note, "19999 modules, then ") {
		t.Errorf("%+v", c)
	}
}
