package analyze

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// corpus returns the folder of real dumps, which is no part of the repository.
func corpus(t testing.TB) string {
	dir := os.Getenv("DMPLENS_CORPUS")
	if dir == "" {
		t.Skip("NO REAL DUMPS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	return dir
}

func reportOn(t *testing.T, name string) *report.Report {
	t.Helper()
	r, err := (&Analyzer{}).Report(File(name))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func value[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

// manifest reads the rows of kernel dumps in the table that somebody else's program decoded.
func manifest(t *testing.T, dir string) []map[string]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	names := strings.Split(lines[0], "\t")
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, v := range strings.Split(line, "\t") {
			row[names[i]] = v
		}
		if strings.HasPrefix(row["magic"], "PAGE") {
			rows = append(rows, row)
		}
	}
	return rows
}

func number(t *testing.T, s string) uint64 {
	t.Helper()
	v, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestCorpusEqualsManifest(t *testing.T) {
	dir := corpus(t)
	rows := manifest(t, dir)
	if len(rows) < 27 {
		t.Fatalf("the manifest has %d kernel dumps", len(rows))
	}
	machines := map[string]uint64{"amd64": 0x8664, "arm64": 0xaa64, "x86": 0x14c}
	for _, row := range rows {
		t.Run(filepath.Base(row["file"]), func(t *testing.T) {
			r := reportOn(t, filepath.Join(dir, row["file"]))
			for _, c := range []struct {
				column string
				got    uint64
			}{
				{"size", uint64(r.Sizes.Total)},
				{"build", uint64(value(r.Dump.Build))},
				{"machine", machines[r.Dump.Machine]},
				{"nproc", uint64(value(r.Dump.Processors))},
				{"bugcheck", number(t, r.Bugcheck.RawCode)},
				{"p1", number(t, r.Bugcheck.Parameters[0].Value)},
				{"p2", number(t, r.Bugcheck.Parameters[1].Value)},
				{"p3", number(t, r.Bugcheck.Parameters[2].Value)},
				{"p4", number(t, r.Bugcheck.Parameters[3].Value)},
				{"dumptype", uint64(value(r.Dump.DumpType))},
				{"required", value(r.Sizes.Required)},
			} {
				if want := number(t, row[c.column]); c.got != want {
					t.Errorf("%s = %#x, want %#x", c.column, c.got, want)
				}
			}
			if got := r.Dump.CapturedAt.Format("2006-01-02T15:04:05.000000"); got != row["systemtime"] {
				t.Errorf("captured %s, want %s", got, row["systemtime"])
			}
			s := r.Sizes
			if sum := *s.Header + *s.Primary + *s.Secondary; sum != s.Total {
				t.Errorf("the parts are %d bytes, the file is %d", sum, s.Total)
			}
			if r.Dump.Format == "triage" {
				if r.Verdict != report.Complete {
					t.Errorf("verdict %s, findings %+v", r.Verdict, r.Findings)
				}
			} else if r.Verdict != report.Damaged || value(s.Missing) == 0 {
				t.Errorf("a fragment of a dump is %s and misses %d bytes", r.Verdict, value(s.Missing))
			}
		})
	}
}

func TestCorpusTriageContent(t *testing.T) {
	dir := corpus(t)
	own := 0
	for _, row := range manifest(t, dir) {
		if row["dumptype"] != "4" {
			continue
		}
		name := filepath.Join(dir, row["file"])
		f, err := dmpfile.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sizeOfDump := int64(binary.LittleEndian.Uint32(b[0x2004:]))
		if got := f.Regions.PrimaryEnd(); got != sizeOfDump {
			t.Errorf("%s: secondary data starts at %#x, SizeOfDump is %#x", row["file"], got, sizeOfDump)
		}
		if !bytes.HasPrefix(b[sizeOfDump:], []byte("DumpBlob")) || len(f.Secondary().Streams) < 10 || len(f.Secondary().Findings) > 0 {
			t.Errorf("%s: %d streams, %v", row["file"], len(f.Secondary().Streams), f.Secondary().Findings)
		}
		r := reportOn(t, name)
		if len(r.Modules) < 100 || r.Modules[0].Name != "ntoskrnl.exe" || r.Context.Module == "" {
			t.Errorf("%s: %d modules, the context is in %q", row["file"], len(r.Modules), r.Context.Module)
		}
		if r.Process == nil || r.Thread == nil || r.Captured.Kind == "" {
			t.Errorf("%s: process %v, thread %v, stack %q", row["file"], r.Process, r.Thread, r.Captured.Kind)
			continue
		}
		if thread := r.Captured.Kind == report.StackThread; thread == *r.Process.Interrupted {
			t.Errorf("%s: stack of the %s, and the process is called interrupted: %v", row["file"], r.Captured.Kind, *r.Process.Interrupted)
		} else if thread {
			own++
		}
	}
	// Counted with another program, from the same fields.
	if own != 17 {
		t.Errorf("%d of the stacks are the thread's own, want 17", own)
	}
}

// fields reads the lines "  Name : 0xVALUE" of a truth file.
func fields(truth string) map[string]uint64 {
	m := map[string]uint64{}
	for _, f := range regexp.MustCompile(`(?m)^ *(\w+)\s*[:=] 0x([0-9a-f]+)`).FindAllStringSubmatch(truth, -1) {
		v, _ := strconv.ParseUint(f[2], 16, 64)
		if _, ok := m[f[1]]; !ok {
			m[f[1]] = v
		}
	}
	return m
}

func truth(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(corpus(t), "truth", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCorpusEqualsRizin(t *testing.T) {
	dir := corpus(t)
	for _, name := range []string{"triage_x64", "triage_arm64"} {
		text := truth(t, "rizinorg__rizin-testbins__"+name+".truth.txt")
		want := fields(text)
		f, err := dmpfile.Open(filepath.Join(dir, "dumps", "rizinorg__rizin-testbins__"+name+".dmp"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		got := map[string]uint64{}
		put32 := func(name string, from func() (uint32, bool)) {
			if v, ok := from(); ok {
				got[name] = uint64(v)
			}
		}
		putAddress := func(name string, from func() (dmpfile.VirtAddr, bool)) {
			if v, ok := from(); ok {
				got[name] = uint64(v)
			}
		}
		put32("MajorVersion", f.MajorVersion)
		put32("MinorVersion", f.MinorVersion)
		dtb, _ := f.DirectoryTableBase()
		got["DirectoryTableBase"] = uint64(dtb)
		putAddress("PfnDataBase", f.PfnDataBase)
		putAddress("PsLoadedModuleList", f.PsLoadedModuleList)
		putAddress("PsActiveProcessHead", f.PsActiveProcessHead)
		machine, _ := f.Machine()
		got["MachineImageType"] = uint64(machine)
		put32("NumberProcessors", f.NumberProcessors)
		put32("BugCheckCode", f.BugCheckCode)
		for i := range 4 {
			got[fmt.Sprint("BugCheckParameter", i+1)], _ = f.BugCheckParameter(i + 1)
		}
		putAddress("KdDebuggerDataBlock", f.KdDebuggerDataBlock)
		got["SecondaryDataState"] = 0x45474150 // filler, which is no value here
		if v, ok := f.SecondaryDataState(); ok {
			t.Errorf("SecondaryDataState = %#x", v)
		}
		put32("ProductType", f.ProductType)
		put32("SuiteMask", f.SuiteMask)
		h := f.Triage.TriageHeader
		for name, v := range map[string]uint32{
			"ServicePackBuild": h.ServicePackBuild, "SizeOfDump": h.SizeOfDump, "ValidOffset": h.ValidOffset,
			"ContextOffset": h.ContextOffset, "ExceptionOffset": h.ExceptionOffset, "MmOffset": h.MmOffset,
			"UnloadedDriversOffset": h.UnloadedDriversOffset, "PrcbOffset": h.PrcbOffset, "ProcessOffset": h.ProcessOffset,
			"ThreadOffset": h.ThreadOffset, "CallStackOffset": h.CallStackOffset, "SizeOfCallStack": h.SizeOfCallStack,
			"DriverListOffset": h.DriverListOffset, "DriverCount": h.DriverCount, "StringPoolOffset": h.StringPoolOffset,
			"StringPoolSize": h.StringPoolSize, "BrokenDriverOffset": h.BrokenDriverOffset, "TriageOptions": h.TriageOptions,
			"DataPageOffset": h.DataPageOffset, "DataPageSize": h.DataPageSize, "DebuggerDataOffset": h.DebuggerDataOffset,
			"DebuggerDataSize": h.DebuggerDataSize, "DataBlocksOffset": h.DataBlocksOffset, "DataBlocksCount": h.DataBlocksCount,
			// IA64's backing store, which other machines do not have.
			"BStoreOffset": 0, "SizeOfBStore": 0, "LimitOfBStore": 0,
		} {
			got[name] = uint64(v)
		}
		got["TopOfStack"], got["DataPageAddress"] = uint64(h.TopOfStack), uint64(h.DataPageAddress)

		// The registers of the truth: the header's on ARM64, those that the processor saved on amd64.
		c, _ := f.Context()
		if name == "triage_x64" {
			k, err := nt.ReadKernel(f, nt.Budget{})
			if err != nil {
				t.Fatal(err)
			}
			saved := k.Snapshot().Context(k)
			if saved == nil {
				t.Fatalf("no context of the processor: %v", k.DebuggerErr)
			}
			c = *saved
		}
		for name, value := range c.Registers() {
			got[name] = value
		}
		got["rflags"] = got["efl"]
		if len(want) < 60 {
			t.Errorf("%s: only %d values of the truth were read", name, len(want))
		}
		for field, v := range want {
			if g, ok := got[field]; !ok || g != v {
				t.Errorf("%s: %s = %#x (known: %v), want %#x", name, field, g, ok, v)
			}
		}
	}
}

// A bitmap dump that was built from another tool's listing of a real one has the header, pages and extents of that listing.
func TestCorpusBitmapListing(t *testing.T) {
	text := truth(t, "rizinorg__rizin-testbins__bmp.dump-not-available.truth.txt")
	want := fields(text)
	pages := dmptest.Pages{}
	extents := regexp.MustCompile(`(?m)^ *\d+ fd: 4 \+0x([0-9a-f]+) 0x([0-9a-f]+) - 0x([0-9a-f]+) r-- fmap`).FindAllStringSubmatch(text, -1)
	if len(extents) != 398 {
		t.Fatalf("the listing has %d extents", len(extents))
	}
	for _, e := range extents {
		for pfn := number(t, "0x"+e[2]) >> 12; pfn <= number(t, "0x"+e[3])>>12; pfn++ {
			pages[pfn] = nil
		}
	}
	code := uint32(want["BugCheckCode"])
	b := dmptest.Bitmap{
		Header: dmptest.Header{
			MajorVersion: uint32(want["MajorVersion"]), Build: uint32(want["MinorVersion"]), Processors: uint32(want["NumberProcessors"]),
			DirectoryTableBase: want["DirectoryTableBase"], PfnDataBase: want["PfnDataBase"], Code: &code, DumpType: 5,
			PsLoadedModuleList: want["PsLoadedModuleList"], PsActiveProcessHead: want["PsActiveProcessHead"],
			KdDebuggerDataBlock: want["KdDebuggerDataBlock"],
		},
		Bits: want["BitmapSize"], HeaderSize: want["HeaderSize"], Pages: pages,
	}.Image().Data()
	f, err := dmpfile.NewFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if len(b) != 0x5455038 || uint64(f.Regions.Header) != want["HeaderSize"] || f.Regions.Pages != want["Pages"] || f.Regions.Secondary != 0 || len(f.Findings()) > 0 {
		t.Errorf("%#x bytes, %+v, %v", len(b), f.Regions, f.Findings())
	}
	build, _ := f.MinorVersion()
	dtb, _ := f.DirectoryTableBase()
	modules, _ := f.PsLoadedModuleList()
	if build != 18362 || uint64(dtb) != want["DirectoryTableBase"] || uint64(modules) != want["PsLoadedModuleList"] {
		t.Errorf("build %d, table %#x, modules %#x", build, dtb, modules)
	}
	for _, e := range extents {
		off, first, last := number(t, "0x"+e[1]), number(t, "0x"+e[2])>>12, number(t, "0x"+e[3])>>12
		i := (off - want["HeaderSize"]) / dmpfile.PageSize
		got, ok1, err1 := f.StoredPage(i)
		end, ok2, err2 := f.StoredPage(i + last - first)
		if !ok1 || !ok2 || err1 != nil || err2 != nil || got != first || end != last {
			t.Fatalf("the pages at %#x are frames %#x to %#x, want %#x to %#x", off, got, end, first, last)
		}
	}
}

// In the amd64 file the header's context is the exception's: frame 8 of the truth's stack.
func TestCorpusHeaderContextIsTheException(t *testing.T) {
	text := truth(t, "rizinorg__rizin-testbins__triage_x64.truth.txt")
	frame := regexp.MustCompile(`(?m)^8 +(0x[0-9a-f]+) sp: (0x[0-9a-f]+)`).FindStringSubmatch(text)
	r := reportOn(t, filepath.Join(corpus(t), "dumps", "rizinorg__rizin-testbins__triage_x64.dmp"))
	if r.Context.InstructionPointer != frame[1] || r.Context.StackPointer != frame[2] {
		t.Errorf("rip %s, rsp %s, want %s, %s", r.Context.InstructionPointer, r.Context.StackPointer, frame[1], frame[2])
	}
	if r.Context.Module != "amdppm.sys" || r.Context.Offset != "0x334c" {
		t.Errorf("the exception is at %s+%s", r.Context.Module, r.Context.Offset)
	}
}

// Event 1001 of the machine's own log gives code and parameters.
func TestCorpusEqualsEventLog(t *testing.T) {
	dir := corpus(t)
	event := regexp.MustCompile(`(0x[0-9a-f]{8}) \((0x[0-9a-f]{16}), (0x[0-9a-f]{16}), (0x[0-9a-f]{16}), (0x[0-9a-f]{16})\)`)
	files, err := filepath.Glob(filepath.Join(dir, "truth", "*.truth.txt"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, file := range files {
		name := filepath.Base(file)
		m := event.FindStringSubmatch(truth(t, name))
		if m == nil {
			continue
		}
		compared++
		r := reportOn(t, filepath.Join(dir, "dumps", strings.TrimSuffix(name, ".truth.txt")+".dmp"))
		if number(t, r.Bugcheck.Code) != number(t, m[1]) {
			t.Errorf("%s: code %s, the log says %s", name, r.Bugcheck.Code, m[1])
		}
		for i, p := range r.Bugcheck.Parameters {
			if p.Value != m[i+2] {
				t.Errorf("%s: parameter %d is %s, the log says %s", name, i+1, p.Value, m[i+2])
			}
		}
	}
	if compared != 8 {
		t.Errorf("%d dumps have an event, want 8", compared)
	}
}

func TestCorpusNegative(t *testing.T) {
	dir := corpus(t)
	for name, want := range map[string]struct{ format, what, process, exception string }{
		"negative/CriticalRocket__DriverProblems__111317-54687-01.allzero.dmp": {"not-a-dump", "zeros", "", ""},
		"negative/CriticalRocket__DriverProblems__111417-49031-01.empty.dmp":   {"not-a-dump", "empty", "", ""},
		"negative/README.txt":                                    {"not-a-dump", "text", "", ""},
		"user/google__breakpad__tiny-exe-fastfail.dmp":           {"user-minidump", "", "tiny.exe", "0xc0000409"},
		"user/google__breakpad__tiny-exe-with-cet-xsave-x86.dmp": {"user-minidump", "", "tiny.exe", ""},
		"user/log2timeline__plaso__WER1090.tmp.mdmp":             {"user-minidump", "", "notepad.exe", "0xc0000005"},
		"user/rust-minidump__test.dmp":                           {"user-minidump", "", "test_app.exe", "0xc0000005"},
	} {
		r := reportOn(t, filepath.Join(dir, name))
		got := want
		got.format, got.what, got.process, got.exception = string(r.Dump.Format), r.Dump.What, "", ""
		if r.Process != nil {
			got.process = r.Process.Name
		}
		if r.Exception != nil {
			got.exception = r.Exception.Code
		}
		if got != want || r.Verdict != report.NotADump {
			t.Errorf("%s: %+v (%s), want %+v", name, got, r.Verdict, want)
		}
	}
}

// Small files made after public reports, with what is right of them.
func TestCorpusReported(t *testing.T) {
	dir := filepath.Join(corpus(t), "reported")
	for name, want := range map[string]struct {
		kind   report.Kind
		source report.Source
		writer report.Writer
		sure   report.Confidence
	}{
		"filter5":         {"bug-check", "bug-check", "kernel", "certain"},
		"phyla":           {"memory-image", "other-tool", "unknown", "certain"},
		"si-code0":        {"live-dump", "unlabelled-request", "kernel", "certain"},
		"tm-zero-runs":    {"live-dump", "task-manager", "kernel", "certain"},
		"tri-live-144-a0": {"", "unknown", "unknown", "unknown"},
		"volatility":      {"memory-image", "volatility", "volatility", "certain"},
		"winpmem":         {"memory-image", "winpmem", "winpmem", "likely"},
	} {
		r := reportOn(t, filepath.Join(dir, name+".dmp"))
		got := want
		got.kind, got.source, got.writer, got.sure = r.Origin.Kind, r.Origin.Source, r.Origin.Writer, r.Origin.Confidence
		if got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		for _, f := range r.Findings {
			if f.ID == report.FindingRequiredSpace {
				t.Errorf("%s: %s", name, f.Message)
			}
		}
		if value(r.Dump.PhysicalMemory) == 0 && r.Dump.PhysicalMemory != nil {
			t.Errorf("%s: 0 bytes of memory", name)
		}
	}
	if r := reportOn(t, filepath.Join(dir, "phyla.dmp")); r.Dump.VersionUser != "PhylaRAM 0.1.0-alpha" || r.Dump.Attributes != nil {
		t.Errorf("phyla: %q, %v", r.Dump.VersionUser, r.Dump.Attributes)
	}
	if r := reportOn(t, filepath.Join(dir, "filter5.dmp")); !value(r.Dump.Active) || !strings.HasSuffix(r.Dump.Banner, "Active memory is available") {
		t.Errorf("filter5: %v, %q", r.Dump.Active, r.Dump.Banner)
	}
	if r := reportOn(t, filepath.Join(dir, "winpmem.dmp")); value(r.Sizes.Required) != 52*dmpfile.PageSize {
		t.Errorf("winpmem: %d", value(r.Sizes.Required))
	}
	for name, what := range map[string]string{
		"rar.dmp": "rar", "evtx.dmp": "evtx", "vhdx.dmp": "vhdx", "vmss.dmp": "vmware-state", "pg.dmp": "filler",
		"../etl/AMSITrace.etl": "etl", "../dumpstack/01-DumpStack.log": "dumpstack-log", "../evtx/log2timeline__plaso__System-b.evtx": "evtx",
	} {
		if r := reportOn(t, filepath.Join(dir, name)); r.Dump.What != what || r.Verdict != report.NotADump || r.Error.Next == "" {
			t.Errorf("%s: %s, %s", name, r.Dump.What, r.Verdict)
		}
	}
}

// The times of the user minidumps are in the manifest too.
func TestCorpusMinidumpTimes(t *testing.T) {
	dir := corpus(t)
	b, err := os.ReadFile(filepath.Join(dir, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		c := strings.Split(s.Text(), "\t")
		if c[6] != "MDMP" {
			continue
		}
		compared++
		r := reportOn(t, filepath.Join(dir, c[0]))
		if got := r.Dump.CapturedAt.Format("2006-01-02T15:04:05"); got != c[17] || fmt.Sprint(value(r.Dump.Build)) != c[7] {
			t.Errorf("%s: %s, build %d; want %s, %s", c[0], got, value(r.Dump.Build), c[17], c[7])
		}
	}
	if compared != 4 {
		t.Errorf("%d minidumps were compared, want 4", compared)
	}
}

// TestCorpusRowsHaveTheTopEvent compares the event of a row, which reads the first session alone, with those of the whole report.
func TestCorpusRowsHaveTheTopEvent(t *testing.T) {
	met := 0
	files, _ := filepath.Glob(filepath.Join(corpus(t), "dumps", "*.dmp"))
	for _, name := range files {
		whole := reportOn(t, name)
		row, err := (&Analyzer{Brief: true}).Report(File(name))
		if err != nil {
			t.Fatal(err)
		}
		if len(row.Events) != min(1, len(whole.Events)) {
			t.Errorf("%s: a row has %d events, the report %d", filepath.Base(name), len(row.Events), len(whole.Events))
		}
		for _, e := range row.Events {
			met++
			if !slices.ContainsFunc(whole.Events, func(x report.Event) bool { return x.Text == e.Text && x.Time.Equal(*e.Time) }) {
				t.Errorf("%s: %q is in the row, not in the report", filepath.Base(name), e.Text)
			}
		}
	}
	if met == 0 {
		t.Error("no row has an event")
	}
}
