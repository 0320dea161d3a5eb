package analyze

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
)

const (
	live   = uint32(dmptest.AttrLive)
	noLive = uint32(0)
)

// analyzed reports on a dump that is said to stand at a place.
func analyzed(t *testing.T, place string, b []byte) *report.Report {
	t.Helper()
	r, err := (&Analyzer{}).Report(Reader(bytes.NewReader(b), int64(len(b)), report.File{Path: place}))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// block is what the origin of a dump depends on.
type block struct {
	code       uint32
	params     [4]uint64
	dumpType   uint32 // 6 where 0
	attributes *uint32
	status     *uint32 // WriterStatus
	comment    string
	user       string // VersionUser
	required   *uint64
	place      string // x.dmp where ""
}

func (b block) origin(t *testing.T) *report.Origin {
	t.Helper()
	if b.place == "" {
		b.place = "x.dmp"
	}
	if b.dumpType == 0 {
		b.dumpType = 6
	}
	h := dmptest.Header{Build: 26100, Code: &b.code, Params: b.params, DumpType: b.dumpType, Attributes: b.attributes, Comment: b.comment, WriterStatus: b.status, Required: b.required}
	if b.user != "" {
		h.VersionUser = append([]byte(b.user), 0)
	}
	var m *dmptest.Image
	switch b.dumpType {
	case 1:
		h.Runs = []dmptest.Run{{Base: 1, Count: 2}}
		m = dmptest.Full{Header: h}.Image()
	case 2:
		m = dmptest.Summary{Header: h, Bits: 0x100, Pages: dmptest.Pages{1: nil, 5: nil}}.Image()
	case 4:
		m = dmptest.Triage{Header: h}.Image()
	default:
		m = dmptest.Bitmap{Header: h, Bits: 0x100, Pages: dmptest.Pages{1: nil, 5: nil}}.Image()
	}
	return analyzed(t, b.place, m.Data()).Origin
}

func TestOrigin(t *testing.T) {
	const (
		tm     = uint64(0x005461736b6d6772)
		folder = `C:\Users\me\AppData\Local\Microsoft\Windows\TaskManager\LiveKernelDumps\x.dmp`
		wer    = `C:\Windows\LiveKernelReports\NDIS\NDIS-20250101-1230.dmp`
	)
	yes, no, kernelTriage := live, noLive, uint32(dmptest.AttrKernelTriage)
	for name, c := range map[string]struct {
		in                               block
		kind, source, writer, confidence string
		says                             string // stands in the summary or evidence
	}{
		"task manager":                        {block{code: 0x161, params: [4]uint64{tm}, attributes: &yes}, "live-dump", "task-manager", "kernel", "certain", `the text "Taskmgr"|header+0x40`},
		"task manager, its file name":         {block{code: 0x161, params: [4]uint64{tm}, attributes: &yes, place: "/x/LiveDump.dmp"}, "live-dump", "task-manager", "kernel", "certain", "Taskmgr"},
		"task manager, attributes filler":     {block{code: 0x161, params: [4]uint64{tm}}, "live-dump", "task-manager", "unknown", "certain", "attributes not set"},
		"task manager without live bit":       {block{code: 0x161, params: [4]uint64{tm}, attributes: &no}, "live-dump", "task-manager", "kernel", "likely", "do not have the live dump bit"},
		"task manager in a full dump":         {block{code: 0x161, params: [4]uint64{tm}, dumpType: 1}, "live-dump", "task-manager", "unknown", "possible", "dump type 1"},
		"task manager in its folder":          {block{code: 0x161, params: [4]uint64{tm}, attributes: &yes, place: folder}, "live-dump", "task-manager", "kernel", "certain", "folder of Task Manager"},
		"task manager in WER's folder":        {block{code: 0x161, params: [4]uint64{tm}, attributes: &yes, place: wer}, "live-dump", "task-manager", "kernel", "certain", "LiveKernelReports"},
		"no label":                            {block{code: 0x161, attributes: &yes}, "live-dump", "unlabelled-request", "kernel", "certain", "no label"},
		"no label, named LiveDump.dmp":        {block{code: 0x161, attributes: &yes, place: `D:\out\localhost\LiveDump.dmp`}, "live-dump", "storage-diagnostics", "kernel", "likely", "Get-StorageDiagnosticInfo"},
		"no label, in localhost":              {block{code: 0x161, attributes: &yes, place: "out/localhost/a.dmp"}, "live-dump", "storage-diagnostics", "kernel", "likely", "localhost"},
		"no label, task manager's folder":     {block{code: 0x161, attributes: &yes, place: folder}, "live-dump", "unlabelled-request", "kernel", "likely", "which disagrees"},
		"other text":                          {block{code: 0x161, params: [4]uint64{0x57504143}, attributes: &yes}, "live-dump", "labelled-request", "kernel", "certain", `"WPAC"`},
		"neither null nor text":               {block{code: 0x161, params: [4]uint64{0x1589}, attributes: &yes}, "live-dump", "unlabelled-request", "kernel", "certain", "0x1589"},
		"QEMU":                                {block{code: 0x161, dumpType: 1}, "memory-image", "qemu", "qemu", "likely", "dump type 1"},
		"elf2dmp":                             {block{code: 0x161, dumpType: 1, comment: "Hello from elf2dmp!"}, "memory-image", "qemu", "qemu", "certain", "comment"},
		"component":                           {block{code: 0x15E, attributes: &yes, place: wer}, "live-dump", "component", "kernel", "certain", "named for the component NDIS"},
		"component, attributes filler":        {block{code: 0x15E}, "live-dump", "component", "unknown", "likely", "attributes not set"},
		"component, no live bit":              {block{code: 0x15E, attributes: &no}, "live-dump", "component", "kernel", "possible", "do not have the live dump bit"},
		"live bit, any code":                  {block{code: 0xD1, attributes: &yes}, "live-dump", "component", "kernel", "likely", "0xd1, DRIVER_IRQL_NOT_LESS_OR_EQUAL, known only from crashes, which disagrees"},
		"live bit, a crash's code with _M":    {block{code: 0x1000007E, attributes: &yes}, "live-dump", "component", "kernel", "likely", "known only from crashes, which disagrees"},
		"live bit, a code that nobody knows":  {block{code: 0x208, attributes: &yes}, "live-dump", "component", "kernel", "certain", "live dump bit"},
		"both kinds, live":                    {block{code: 0x144, attributes: &yes}, "live-dump", "component", "kernel", "certain", "USB 3"},
		"both kinds, not live":                {block{code: 0x144, attributes: &no}, "bug-check", "bug-check", "kernel", "certain", ""},
		"both kinds, unknown":                 {block{code: 0x144}, "bug-check", "bug-check", "unknown", "likely", "marks live dumps too"},
		"both kinds, unknown, WER folder":     {block{code: 0x144, place: `C:\Windows\LiveKernelReports\USBHUB3-20250101-1230.dmp`}, "live-dump", "component", "unknown", "likely", "component USBHUB3"},
		"power button, live":                  {block{code: 0x11C8, attributes: &yes}, "live-dump", "component", "kernel", "certain", "power button"},
		"black screen by hot key":             {block{code: 0x1A8, params: [4]uint64{1}, attributes: &yes}, "live-dump", "component", "kernel", "certain", "somebody pressed the hot key"},
		"black screen by itself":              {block{code: 0x1A8, params: [4]uint64{4}, attributes: &yes}, "live-dump", "component", "kernel", "certain", "asked for a live dump"},
		"crash":                               {block{code: 0xD1, attributes: &no}, "bug-check", "bug-check", "kernel", "certain", "Windows stopped"},
		"crash in WER's folder":               {block{code: 0xD1, attributes: &no, place: wer}, "bug-check", "bug-check", "kernel", "likely", "which disagrees"},
		"live dump among crash dumps":         {block{code: 0x15E, attributes: &yes, place: `C:\Windows\Minidump\a.dmp`}, "live-dump", "component", "kernel", "likely", "which disagrees"},
		"a name that looks like a code":       {block{code: 0x1A, attributes: &no, place: "be_1.dmp"}, "bug-check", "bug-check", "kernel", "certain", "0x1a"},
		"keyboard":                            {block{code: 0xE2, attributes: &no}, "bug-check", "manual-crash", "kernel", "certain", "on purpose"},
		"0xDEADDEAD":                          {block{code: 0xDEADDEAD, attributes: &no}, "bug-check", "manual-crash", "kernel", "certain", "on purpose"},
		"MemProcFS":                           {block{code: 0xDEADDEAD, params: [4]uint64{1, 2, 3, 4}, comment: "Dump file generated by MemProcFS v5", dumpType: 1}, "memory-image", "memprocfs", "memprocfs", "certain", "comment"},
		"MemProcFS without comment":           {block{code: 0xDEADDEAD, params: [4]uint64{1, 2, 3, 4}, dumpType: 1}, "bug-check", "manual-crash", "unknown", "possible", "1, 2, 3, 4"},
		"code 0 with the live bit":            {block{attributes: &yes}, "live-dump", "unlabelled-request", "kernel", "certain", "System Informer"},
		"a code that nobody knows":            {block{code: 0x208, attributes: &no}, "bug-check", "bug-check", "kernel", "likely", "not known"},
		"keyboard code with the live bit":     {block{code: 0xE2, attributes: &yes}, "live-dump", "component", "kernel", "likely", "asked for a live dump"},
		"no label, LiveDump.dmp, no live bit": {block{code: 0x161, attributes: &no, place: "LiveDump.dmp"}, "live-dump", "storage-diagnostics", "kernel", "possible", "do not have"},
		"power button, crash":                 {block{code: 0x1C8, attributes: &no}, "bug-check", "manual-crash", "kernel", "certain", "power button"},
		"NMI":                                 {block{code: 0x80, attributes: &no}, "bug-check", "manual-crash", "kernel", "possible", "non-maskable"},
		"critical process, never manual":      {block{code: 0xEF, attributes: &no}, "bug-check", "bug-check", "kernel", "certain", ""},
		"a driver's own code":                 {block{code: 0xA0000001, attributes: &no}, "bug-check", "bug-check", "kernel", "certain", "code of its own"},
		"LiveKD":                              {block{dumpType: 1, comment: "LiveKD live system view"}, "memory-image", "livekd", "livekd", "certain", "comment"},
		"DumpIt":                              {block{code: 0x5454414D, params: [4]uint64{0x4e4f4f4d, 0x534c4f53, 0x4e4f4f4d, 0x534c4f53}, dumpType: 1, attributes: &yes}, "memory-image", "dumpit", "dumpit", "certain", "MOON"},
		"DumpIt's parameters alone":           {block{code: 0xD1, params: [4]uint64{0x4e4f4f4d, 0x534c4f53, 0x4e4f4f4d, 0x534c4f53}, dumpType: 1}, "memory-image", "dumpit", "dumpit", "likely", "0xd1, DRIVER_IRQL_NOT_LESS_OR_EQUAL, which disagrees"},
		"DumpIt's parameters, code 0":         {block{params: [4]uint64{0x4e4f4f4d, 0x534c4f53, 0x4e4f4f4d, 0x534c4f53}, dumpType: 1}, "memory-image", "dumpit", "dumpit", "likely", "MOON"},
		"the kernel's small, with WinPmem":    {block{code: 0xD1, dumpType: 4, attributes: &kernelTriage, user: "WinPmem"}, "bug-check", "bug-check", "kernel", "likely", `VersionUser "WinPmem", which disagrees`},
		"the kernel's small, with LiveKD":     {block{code: 0x1000007E, dumpType: 4, attributes: &kernelTriage, user: "LiveKD"}, "bug-check", "bug-check", "kernel", "likely", `VersionUser "LiveKD", which disagrees`},
		"the kernel's small, with DumpIt":     {block{code: 0x1A, dumpType: 4, attributes: &kernelTriage, user: "DumpIt"}, "bug-check", "bug-check", "kernel", "likely", "which disagrees"},
		"another small, with WinPmem":         {block{dumpType: 4, user: "WinPmem"}, "memory-image", "winpmem", "winpmem", "likely", "the layout of a small dump speaks against it"},
		"a later small, with WinPmem":         {block{code: 0xD1, dumpType: 4, status: new(uint32(0)), user: "WinPmem"}, "bug-check", "bug-check", "unknown", "likely", `VersionUser "WinPmem", which disagrees`},
		"LiveKD's comment in a summary dump":  {block{code: 0xD1, dumpType: 2, comment: "LiveKD live system view"}, "memory-image", "livekd", "livekd", "likely", "the layout of a summary dump"},
		"a debugger's dump of no crash":       {block{status: new(uint32(0))}, "memory-image", "debugger", "debugger", "likely", "code 0"},
		"no crash, and no debugger's mark":    {block{}, "memory-image", "debugger", "unknown", "possible", "code 0"},
		"a debugger's dump with a comment":    {block{code: 0xD1, comment: "customer 42", status: new(uint32(0))}, "bug-check", "bug-check", "debugger", "certain", "customer 42"},
		"a comment, and no debugger's mark":   {block{code: 0xD1, comment: "customer 42"}, "bug-check", "bug-check", "unknown", "certain", "customer 42"},
		"Volatility":                          {block{dumpType: 1, comment: "File was converted with Volatility"}, "memory-image", "volatility", "volatility", "certain", "comment"},
		"Volatility, a system that crashed":   {block{code: 0xD1, dumpType: 1, comment: "File was converted with Volatility", status: new(uint32(0))}, "memory-image", "volatility", "volatility", "certain", "comment"},
		"Comae":                               {block{dumpType: 1, comment: "Microsoft Crash Dump file generated with Comae Toolkit - More"}, "memory-image", "other-tool", "unknown", "certain", "comment"},
		"WinPmem by its count of pages":       {block{dumpType: 1, required: new(uint64(4))}, "memory-image", "winpmem", "winpmem", "likely", "header+0xfa0"},
		"WinPmem by its name":                 {block{dumpType: 1, user: "WinPmem 1.6.2"}, "memory-image", "winpmem", "winpmem", "certain", "VersionUser \"WinPmem 1.6.2\"|header+0x60"},
		"a page more than WinPmem counts":     {block{dumpType: 1, required: new(uint64(5))}, "memory-image", "debugger", "unknown", "possible", "code 0"},
		"PhylaRAM with a valid type":          {block{code: 0x161, dumpType: 1, user: "PhylaRAM 0.2"}, "memory-image", "other-tool", "unknown", "certain", "PhylaRAM 0.2"},
		"VersionUser of no tool":              {block{code: 0xD1, attributes: &no, user: "Service Pack 1"}, "bug-check", "bug-check", "kernel", "certain", "Windows stopped"},
		"small, attributes 0, live only":      {block{code: 0x15E, dumpType: 4, attributes: &no}, "live-dump", "component", "unknown", "likely", "attributes 0"},
		"small, attributes 0, both":           {block{code: 0x124, dumpType: 4, attributes: &no}, "", "unknown", "unknown", "unknown", "a crash or a live dump"},
		"small, attributes 0, session pool":   {block{code: 0xAB, dumpType: 4, attributes: &no}, "", "unknown", "unknown", "unknown", "a crash or a live dump"},
		"small, attributes 0, WER's folder":   {block{code: 0x164, dumpType: 4, attributes: &no, place: wer}, "live-dump", "component", "unknown", "likely", "by its folder"},
		"small, attributes 0, a crash's code": {block{code: 0xD1, dumpType: 4, attributes: &no}, "bug-check", "bug-check", "unknown", "likely", "attributes 0"},
		"small, attributes 0, a request":      {block{code: 0x161, params: [4]uint64{tm}, dumpType: 4, attributes: &no}, "live-dump", "task-manager", "unknown", "certain", "Taskmgr"},
		"small, its kernel's bit, both":       {block{code: 0x124, dumpType: 4, attributes: new(uint32(dmptest.AttrKernelTriage))}, "bug-check", "bug-check", "kernel", "certain", "kernel wrote"},
		"session pool, attributes unknown":    {block{code: 0xAB}, "bug-check", "bug-check", "unknown", "likely", "marks live dumps too"},
		"session pool, live":                  {block{code: 0xAB, attributes: &yes}, "live-dump", "component", "kernel", "certain", "live dump bit"},
		"0x161 with the _M bit":               {block{code: 0x10000161, attributes: &yes}, "live-dump", "unlabelled-request", "kernel", "certain", "no label"},
	} {
		t.Run(name, func(t *testing.T) {
			o := c.in.origin(t)
			if string(o.Kind) != c.kind || string(o.Source) != c.source || string(o.Writer) != c.writer || string(o.Confidence) != c.confidence {
				t.Errorf("%s, %s, written by %s, %s; want %s, %s, %s, %s", o.Kind, o.Source, o.Writer, o.Confidence, c.kind, c.source, c.writer, c.confidence)
			}
			if len(o.Evidence) == 0 {
				t.Error("no evidence")
			}
			all := o.Summary
			for _, f := range o.Evidence {
				if f.Where == "" {
					t.Errorf("%q stands nowhere", f.Fact)
				}
				all += "|" + f.Fact + "|" + f.Where
			}
			if !strings.Contains(all, c.says) {
				t.Errorf("%q does not say %q", all, c.says)
			}
		})
	}
}

// What is absent behind the code does not make the code unknown.
func TestOriginWithoutAllParameters(t *testing.T) {
	code := uint32(0x161)
	m := dmptest.Bitmap{Header: dmptest.Header{Code: &code, Params: [4]uint64{taskmgr}, DumpType: 6}, Bits: 8, Pages: dmptest.Pages{1: nil}}.Image()
	m.PutFiller(0x50, 16) // parameters 3 and 4
	r := analyzed(t, "x.dmp", m.Data())
	if r.Origin.Source != report.SourceTaskManager || r.Origin.Confidence != report.Certain || len(r.Bugcheck.Parameters) != 2 {
		t.Errorf("without parameters 3 and 4: %+v, %+v", r.Origin, r.Bugcheck)
	}
	m.PutFiller(0x40, 8)
	if r = analyzed(t, "x.dmp", m.Data()); r.Origin.Kind != report.KindLive || r.Origin.Source != report.SourceUnknown {
		t.Errorf("without parameter 1: %+v", r.Origin)
	}
}

func TestOriginUnknown(t *testing.T) {
	b := dmptest.Bitmap{Header: dmptest.Header{DumpType: 6}, Bits: 8, Pages: dmptest.Pages{1: nil}}.Image().Data()
	r := analyzed(t, "x.dmp", b)
	if r.Origin.Source != "unknown" || r.Origin.Confidence != "unknown" || r.Bugcheck != nil {
		t.Errorf("a header without a code: %+v, %+v", r.Origin, r.Bugcheck)
	}
}

// triage builds a small dump with two modules, and on its stack what the caller of KeBugCheckEx left: the return address, and the arguments.
func triage(code uint32, params [4]uint64, caller uint64, driver string) []byte {
	const nt, base, sp = 0xfffff80312400000, 0xfffff80320000000, 0xffffa60940000000
	stack := dmptest.Image{}
	stack.PutU64(0, caller, uint64(code))
	stack.PutU64(0x10, params[:]...)
	stack.PutU64(0x30, base+0x10)
	return dmptest.Triage{
		Header: dmptest.Header{Build: 19041, Code: &code, Params: params, WriterStatus: new(uint32(0)), Context: &dmptest.Context{IP: nt + 0x1000, SP: sp}},
		Modules: []dmptest.Module{
			{Path: `\SystemRoot\system32\ntoskrnl.exe`, Base: nt, Size: 0x1000000},
			{Path: `\SystemRoot\System32\drivers\` + driver, Base: base, Size: 0x10000},
		},
		Stack: dmptest.Block{VA: sp, Data: stack.Data()},
		KDBG:  &dmptest.KDBG{Build: dmptest.Build19041},
	}.Image().Data()
}

func TestNotMyFault(t *testing.T) {
	const base = 0xfffff80320000000
	for driver, source := range map[string]string{"MyFault.sys": "manual-crash", "example.sys": "bug-check"} {
		r := analyzed(t, "x.dmp", triage(0xD1, [4]uint64{8, 2, 0, base + 0x1234}, 0, driver))
		confidence := map[string]report.Confidence{"manual-crash": report.Likely, "bug-check": report.Certain}[source] // the name is all there is to tell
		if string(r.Origin.Source) != source || r.Origin.Confidence != confidence || r.Origin.Writer != "windows-later" {
			t.Errorf("%s: %+v", driver, r.Origin)
		}
		if p := r.Bugcheck.Parameters[3]; p.Module != driver || p.Offset != "0x1234" {
			t.Errorf("%s: parameter 4 is in %s+%s", driver, p.Module, p.Offset)
		}
	}
	// The word is there, but not in a parameter that is a code address.
	r := analyzed(t, "x.dmp", triage(0xD1, [4]uint64{base + 0x1234, 2, 0, 0}, base+0x1234, "myfault.sys"))
	if r.Origin.Source != "bug-check" {
		t.Errorf("an address that is no code address makes it %+v", r.Origin)
	}
}

func TestCallerOfForeignCode(t *testing.T) {
	const base, parameter4 = 0xfffff80320000000, 0x58 // in the header
	caller := func(b []byte) string {
		r := analyzed(t, "x.dmp", b)
		if r.Bugcheck.Name != "" || r.Caller != nil && r.Caller.Arguments != nil {
			t.Errorf("%+v, %+v", r.Bugcheck, r.Caller)
		}
		if r.Caller == nil || r.Caller.Module == "" {
			return r.Signature.Module
		}
		return r.Caller.Module + "+" + r.Caller.Offset + " " + r.Signature.Module
	}
	b := triage(0xA0000001, [4]uint64{5, 0, 0, 7}, base+0x783e, "atikmdag.sys")
	if got := caller(b); got != "atikmdag.sys+0x783e atikmdag.sys" {
		t.Errorf("called by %s", got)
	}
	// Above other arguments than the header's, nothing proves that KeBugCheckEx was called there.
	b[parameter4]++
	if got := caller(b); got != "" {
		t.Errorf("with another argument: called by %s", got)
	}
	// An address outside every module is nobody's.
	if got := caller(triage(0xA0000001, [4]uint64{5}, 0x1234, "atikmdag.sys")); got != "" {
		t.Errorf("in no module: called by %s", got)
	}
}

// A header whose dump type is impossible is laid out otherwise: neither its code nor its attributes say anything, nor do its parameters.
func TestOriginImpossibleType(t *testing.T) {
	code := uint32(0x161)
	h := dmptest.Header{Build: 22631, Code: &code, Params: [4]uint64{taskmgr}, Attributes: new(uint32(0xBBBBBBBB)), DumpType: 11}
	m := h.Image()
	m.Grow(0x3000)
	check := func(source report.Source, label string, confidence report.Confidence, kind report.Kind) {
		t.Helper()
		r := analyzed(t, "x.dmp", m.Data())
		o := r.Origin
		if o.Source != source || o.Label != label || o.Confidence != confidence || o.Kind != kind || r.Dump.Attributes != nil || r.Dump.Live != nil || len(r.Bugcheck.Parameters) > 0 {
			t.Errorf("%+v, attributes %v, %+v", o, r.Dump.Attributes, r.Bugcheck)
		}
		if strings.Contains(r.Bugcheck.Summary, "snapshot") {
			t.Errorf("summary %q", r.Bugcheck.Summary)
		}
	}
	check("unknown", "", "unknown", "")
	m.PutASCII(0x5C, "PhylaRAM 0.1.0-alpha\x00")
	check("other-tool", "PhylaRAM 0.1.0-alpha", "certain", "memory-image")
	// Encrypted, by attributes that say nothing.
	m.PutZero(0x5C, 32)
	m.PutU32(0x1050, dmptest.AttrEncrypted)
	check("unknown", "", "unknown", "")
	if r := analyzed(t, "x.dmp", m.Data()); r.Verdict != report.Damaged {
		t.Errorf("verdict %q", r.Verdict)
	}
	// The layout of the data behind the header outweighs its type.
	h.Attributes = new(live)
	b := dmptest.Bitmap{Header: h, Signature: "SDMP", Bits: 8, Pages: dmptest.Pages{1: nil}}.Image().Data()
	if o := analyzed(t, "x.dmp", b).Origin; o.Source != report.SourceTaskManager || o.Kind != report.KindLive {
		t.Errorf("a bitmap dump of type 11: %+v", o)
	}
}

// WinPmem's count of pages is no length in bytes, and other lengths than the file's are nothing to report unless the kernel wrote it.
func TestRequiredSpace(t *testing.T) {
	finding := func(r *report.Report) bool {
		return slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.ID == report.FindingRequiredSpace })
	}
	full := dmptest.Full{Header: dmptest.Header{Code: new(uint32(0)), Runs: []dmptest.Run{{Base: 1, Count: 2}}, Required: new(uint64(4))}}.Image().Data()
	if r := analyzed(t, "x.dmp", full); value(r.Sizes.Required) != 0x4000 || finding(r) || r.Dump.VersionUser != "" {
		t.Errorf("counted in pages: %d, %v", value(r.Sizes.Required), r.Findings)
	}
	for name, c := range map[string]struct {
		attributes *uint32
		required   uint64
		want       bool
	}{
		"later, larger":   {nil, 3020824, false},
		"later, smaller":  {nil, 0x100, false},
		"kernel, larger":  {new(uint32(dmptest.AttrKernelTriage)), 3020824, true},
		"kernel, smaller": {new(uint32(dmptest.AttrKernelTriage)), 0x100, false},
		"zero":            {new(uint32(dmptest.AttrKernelTriage)), 0, false},
	} {
		h := dmptest.Header{Code: new(uint32(0xD1)), Attributes: c.attributes, Required: &c.required}
		r := analyzed(t, "x.dmp", dmptest.Triage{Header: h}.Image().Data())
		if finding(r) != c.want {
			t.Errorf("%s: %+v", name, r.Findings)
		}
		if want := c.required != 0; (r.Sizes.Required != nil) != want {
			t.Errorf("%s: required %v", name, r.Sizes.Required)
		}
	}
}

// Windows clears the list of memory runs of dumps with a bitmap: the size of memory is not known then, and no page is outside it.
func TestClearedRuns(t *testing.T) {
	formats := map[report.Format]int{}
	for _, s := range dmptest.Samples() {
		before := analyzed(t, "x.dmp", s.Data)
		switch before.Dump.Format {
		case report.FormatBitmapFull, report.FormatBitmapKernel, report.FormatSummary:
		default:
			continue
		}
		formats[before.Dump.Format]++
		m := dmptest.Load(s.Data)
		if off := 0x88; before.Dump.Bits == 64 {
			m.PutZero(off, 700)
		} else {
			m.PutZero(0x64, 700)
		}
		after := analyzed(t, "x.dmp", m.Data())
		if after.Dump.PhysicalMemory != nil || after.Dump.MemoryRuns != nil {
			t.Errorf("%s: %d bytes of memory, runs %v", s.Name, value(after.Dump.PhysicalMemory), after.Dump.MemoryRuns)
		}
		if b, _ := json.Marshal(after); bytes.Contains(b, []byte("outside the memory")) || bytes.Contains(b, []byte("of 0 pages")) {
			t.Errorf("%s: %s", s.Name, b)
		}
		if after.Verdict != before.Verdict || !slices.EqualFunc(after.Findings, before.Findings, func(a, b report.Finding) bool { return a.Message == b.Message }) {
			t.Errorf("%s: %s, %+v", s.Name, after.Verdict, after.Findings)
		}
	}
	if len(formats) != 3 {
		t.Errorf("%v", formats)
	}
}

// What other fields say nothing by being zero.
func TestClearedFields(t *testing.T) {
	m := dmptest.Bitmap{Header: dmptest.Header{Code: new(uint32(0xD1))}, Bits: 8, Pages: dmptest.Pages{1: nil}}.Image()
	m.PutZero(0x0C, 0x38-0x0C) // build, addresses, machine, processors
	m.PutZero(0x80, 8)         // KdDebuggerDataBlock
	m.PutZero(0xFA0, 0x10)     // required space, time
	m.PutZero(0x1030, 8)       // uptime
	m.PutZero(0x1054, 4)       // boot id
	r := analyzed(t, "x.dmp", m.Data())
	d := r.Dump
	if d.Build != nil || d.Machine != "" || d.Processors != nil || d.DirectoryTableBase != "" || d.PsLoadedModuleList != "" || d.PsActiveProcessHead != "" ||
		d.KdDebuggerDataBlock != "" || d.CapturedAt != nil || d.UptimeSeconds != nil || d.BootID != nil || r.Sizes.Required != nil {
		t.Errorf("%+v, required %v", d, r.Sizes.Required)
	}
}

// An active memory dump is one of type 5 with the bit for it.
func TestActiveMemory(t *testing.T) {
	for _, c := range []struct {
		dumpType   uint32
		attributes *uint32
		active     bool
	}{
		{5, new(uint32(dmptest.AttrFiltered)), true}, {5, new(uint32(0x840)), true}, {5, &[]uint32{0}[0], false}, {5, nil, false},
		{6, new(uint32(dmptest.AttrFiltered)), false},
	} {
		h := dmptest.Header{Code: new(uint32(0xD1)), DumpType: c.dumpType, Attributes: c.attributes}
		r := analyzed(t, "x.dmp", dmptest.Bitmap{Header: h, Bits: 8, Pages: dmptest.Pages{1: nil}}.Image().Data())
		full := c.dumpType == 5
		if (r.Dump.Format == report.FormatBitmapFull) != full || value(r.Dump.Active) != c.active || strings.Contains(r.Dump.Layout(), "active") != c.active ||
			(r.Dump.Banner == "Kernel Bitmap Dump File: Active memory is available") != c.active {
			t.Errorf("%+v: %s, %v, %q, %q", c, r.Dump.Format, value(r.Dump.Active), r.Dump.Layout(), r.Dump.Banner)
		}
	}
}

// Firmware that nobody filled in names no machine: the board does.
func TestHardwareNames(t *testing.T) {
	for _, c := range []struct {
		name             string
		in               dmptest.SMBIOS
		maker, model     string
		board, processor string
	}{
		{"filled in", dmptest.SMBIOS{Manufacturer: "Contoso", Product: "C1", BoardManufacturer: "Fabrikam", BoardProduct: "F2"}, "Contoso", "C1", "Fabrikam F2", ""},
		{"not filled in", dmptest.SMBIOS{Manufacturer: "To Be Filled By O.E.M.", Product: "To be filled by O.E.M.", BoardManufacturer: "Fabrikam", BoardProduct: "F2"}, "", "", "Fabrikam F2", ""},
		{"half filled in", dmptest.SMBIOS{Manufacturer: "Contoso", Product: "System Product Name", BoardProduct: "F2", BoardManufacturer: "Default string"}, "Contoso", "", "F2", ""},
		{"no board", dmptest.SMBIOS{Manufacturer: "Contoso", Product: "Not Applicable", BoardManufacturer: "        ", BoardProduct: "N/A", CPU: "C1"}, "Contoso", "", "", "C1"},
		{"a board of which only the maker is known", dmptest.SMBIOS{Product: "0123456789", BoardManufacturer: "Fabrikam", BoardProduct: "Standard"}, "", "", "", ""},
		{"nothing", dmptest.SMBIOS{Manufacturer: "System manufacturer", Product: "INVALID", BoardManufacturer: "....", BoardProduct: "0000"}, "", "", "", ""},
	} {
		b := dmptest.Triage{Header: dmptest.Header{Code: new(uint32(0xD1))}, Secondary: dmptest.Secondary(26100, c.in.Blob())}.Image().Data()
		h := analyzed(t, "x.dmp", b).Hardware
		if h == nil {
			h = &report.Hardware{}
		}
		if got := [4]string{h.Manufacturer, h.Model, h.Board, h.Processor}; got != [4]string{c.maker, c.model, c.board, c.processor} {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// A list of memory that contradicts itself, or the file, says nothing.
func TestMemoryThatDisagrees(t *testing.T) {
	for _, c := range []struct {
		name  string
		count uint64 // of pages, by the header
		runs  []dmptest.Run
		want  uint64 // bytes; 0: not known
	}{
		{"two runs", 0x110, []dmptest.Run{{Base: 1, Count: 0x10}, {Base: 0x20, Count: 0x100}}, 0x110000},
		{"another count", 0x1000, []dmptest.Run{{Base: 1, Count: 0x10}, {Base: 0x20, Count: 0x100}}, 0},
		{"empty runs", 0x1000, []dmptest.Run{{}, {}, {}}, 0},
		{"an empty run", 0x10, []dmptest.Run{{Base: 1, Count: 0x10}, {Base: 0x20}}, 0},
		{"runs that overlap", 0x110, []dmptest.Run{{Base: 1, Count: 0x10}, {Base: 8, Count: 0x100}}, 0},
		{"runs out of order", 0x110, []dmptest.Run{{Base: 0x20, Count: 0x100}, {Base: 1, Count: 0x10}}, 0},
		{"less than the dump holds", 1, []dmptest.Run{{Base: 1, Count: 1}}, 0},
		{"as much as the dump holds", 2, []dmptest.Run{{Base: 1, Count: 2}}, 0x2000},
		{"impossible", 1 << 62, []dmptest.Run{{Base: 1, Count: 1 << 62}}, 0},
	} {
		h := dmptest.Header{Build: 26100, Code: new(uint32(0xD1)), DumpType: 6, Attributes: new(noLive), Runs: c.runs}
		m := dmptest.Bitmap{Header: h, Bits: 0x200, Pages: dmptest.Pages{1: nil, 2: nil}}.Image()
		m.PutU64(0x90, c.count)
		if d := analyzed(t, "x.dmp", m.Data()).Dump; value(d.PhysicalMemory) != c.want || (d.MemoryRuns != nil) != (c.want != 0) {
			t.Errorf("%s: %d bytes, runs %v", c.name, value(d.PhysicalMemory), d.MemoryRuns)
		}
	}
}

// What is said of a code 0 depends on what the attributes say.
func TestSummaryOfNoCode(t *testing.T) {
	for want, attributes := range map[string]*uint32{"A live dump, without a bug check code.": new(live), "No bug check code is recorded.": nil} {
		h := dmptest.Header{Build: 26100, Code: new(uint32(0)), DumpType: 6, Attributes: attributes}
		r := analyzed(t, "x.dmp", dmptest.Bitmap{Header: h, Bits: 0x100, Pages: dmptest.Pages{1: nil}}.Image().Data())
		if r.Bugcheck.Summary != want || strings.Contains(r.Origin.Summary, "had not crashed") {
			t.Errorf("%q, %q; want %q", r.Bugcheck.Summary, r.Origin.Summary, want)
		}
	}
	h := dmptest.Header{Build: 26100, Code: new(uint32(0)), Params: [4]uint64{moon, sols, moon, sols}, Runs: []dmptest.Run{{Base: 1, Count: 2}}}
	for i, p := range analyzed(t, "x.dmp", dmptest.Full{Header: h}.Image().Data()).Bugcheck.Parameters {
		if want := []string{"MOON", "SOLS", "MOON", "SOLS"}[i]; p.Text != "" && p.Text != want {
			t.Errorf("parameter %d is %q", i+1, p.Text)
		}
	}
}
