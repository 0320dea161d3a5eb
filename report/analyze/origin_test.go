package analyze

import (
	"bytes"
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
	comment    string
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
	h := dmptest.Header{Build: 26100, Code: &b.code, Params: b.params, DumpType: b.dumpType, Attributes: b.attributes, Comment: b.comment}
	var m *dmptest.Image
	if b.dumpType == 1 {
		h.Runs = []dmptest.Run{{Base: 1, Count: 2}}
		m = dmptest.Full{Header: h}.Image()
	} else {
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
	yes, no := live, noLive
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
		"live bit, any code":                  {block{code: 0xD1, attributes: &yes}, "live-dump", "component", "kernel", "certain", "live dump bit"},
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
		"code 0 with the live bit":            {block{attributes: &yes}, "live-dump", "unlabelled-request", "kernel", "possible", "live dump bit"},
		"a code that nobody knows":            {block{code: 0x208, attributes: &no}, "bug-check", "bug-check", "kernel", "likely", "not known"},
		"keyboard code with the live bit":     {block{code: 0xE2, attributes: &yes}, "live-dump", "component", "kernel", "certain", "asked for a live dump"},
		"no label, LiveDump.dmp, no live bit": {block{code: 0x161, attributes: &no, place: "LiveDump.dmp"}, "live-dump", "storage-diagnostics", "kernel", "possible", "do not have"},
		"power button, crash":                 {block{code: 0x1C8, attributes: &no}, "bug-check", "manual-crash", "kernel", "certain", "power button"},
		"NMI":                                 {block{code: 0x80, attributes: &no}, "bug-check", "manual-crash", "kernel", "possible", "non-maskable"},
		"critical process, never manual":      {block{code: 0xEF, attributes: &no}, "bug-check", "bug-check", "kernel", "certain", ""},
		"a driver's own code":                 {block{code: 0xA0000001, attributes: &no}, "bug-check", "bug-check", "kernel", "certain", "code of its own"},
		"LiveKD":                              {block{dumpType: 1, comment: "LiveKD live system view"}, "memory-image", "livekd", "livekd", "certain", "comment"},
		"DumpIt":                              {block{code: 0x5454414D, params: [4]uint64{0x4e4f4f4d, 0x534c4f53, 0x4e4f4f4d, 0x534c4f53}, dumpType: 1, attributes: &yes}, "memory-image", "dumpit", "dumpit", "certain", "MOON"},
		"a debugger's dump of no crash":       {block{}, "memory-image", "debugger", "debugger", "likely", "code 0"},
		"a debugger's dump with a comment":    {block{code: 0xD1, comment: "customer 42"}, "bug-check", "bug-check", "debugger", "certain", "customer 42"},
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

// triage builds a small dump with two modules and the return address of KeBugCheckEx's caller on its stack.
func triage(code uint32, params [4]uint64, caller uint64, driver string) []byte {
	const nt, base, sp = 0xfffff80312400000, 0xfffff80320000000, 0xffffa60940000000
	stack := dmptest.Image{}
	stack.PutU64(0, caller)
	stack.PutU64(8, base+0x10)
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
		if string(r.Origin.Source) != source || r.Origin.Confidence != "certain" || r.Origin.Writer != "kernel" {
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
	const base = 0xfffff80320000000
	r := analyzed(t, "x.dmp", triage(0xA0000001, [4]uint64{5}, base+0x783e, "atikmdag.sys"))
	if r.Bugcheck.Name != "" || len(r.Bugcheck.Facts) != 1 || r.Bugcheck.Facts[0].Fact != "called by atikmdag.sys+0x783e" {
		t.Errorf("%+v", r.Bugcheck)
	}
	// The word behind the return address is no return address, and an address outside every module is nobody's.
	r = analyzed(t, "x.dmp", triage(0xA0000001, [4]uint64{5}, 0x1234, "atikmdag.sys"))
	if len(r.Bugcheck.Facts) != 0 {
		t.Errorf("%+v", r.Bugcheck.Facts)
	}
}
