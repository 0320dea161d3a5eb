package analyze

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
)

// openedDump is the handle of a dump.
func openedDump(t *testing.T, data []byte) *Dump {
	t.Helper()
	d, err := (&Analyzer{}).Open(Reader(bytes.NewReader(data), int64(len(data)), report.File{Path: "x.dmp"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

const (
	in2019 = 0x5CCAC8E4 // 2019-05-02
	in2030 = 0x70DBD880
	in1984 = 0x1A7BE8E9
	in2002 = 0x3DC3FE93
)

// datesOf is what a report says of the date of each module.
func datesOf(r *report.Report) map[string]string {
	dates := map[string]string{}
	for _, m := range r.Modules {
		var says []string
		if m.Date != nil {
			says = append(says, m.Date.Format(time.DateOnly))
		}
		if m.PossibleDate != nil {
			says = append(says, "maybe "+m.PossibleDate.Format(time.DateOnly))
		}
		if m.Reproducible != nil {
			says = append(says, strconv.FormatBool(*m.Reproducible))
		}
		dates[m.Name] = strings.Join(says, " ")
	}
	return dates
}

// A time stamp is a date where the image says so and a driver can be of that day.
func TestModuleDates(t *testing.T) {
	record := dmptest.RSDS([16]byte{1}, 1, "x.pdb")
	dated := func(stamp uint32) *dmptest.PE {
		return &dmptest.PE{TimeDateStamp: stamp, CodeView: record, Dated: true}
	}
	s := liveSystem("Taskmgr.exe", 0)
	s.Modules = append(s.Modules,
		dmptest.SystemModule{Name: "dated.sys", Image: dated(in2019)},
		dmptest.SystemModule{Name: "late.sys", Image: dated(in2030)},
		dmptest.SystemModule{Name: "early.sys", Image: dated(in1984)},
		dmptest.SystemModule{Name: "before-amd64.sys", Size: 0x1000, TimeDateStamp: in2002},
		dmptest.SystemModule{Name: "hashed.sys", Image: &dmptest.PE{TimeDateStamp: in2019, CodeView: record}},
		dmptest.SystemModule{Name: "plain.sys", Image: &dmptest.PE{TimeDateStamp: in2019}},
		dmptest.SystemModule{Name: "absent.sys", Size: 0x1000, TimeDateStamp: in2019},
		dmptest.SystemModule{Name: "late-absent.sys", Size: 0x1000, TimeDateStamp: in2030},
		dmptest.SystemModule{Name: "ndis.sys", Size: 0x1000, TimeDateStamp: in2019},
		dmptest.SystemModule{Name: "tcpip.sys", Image: dated(in2019)},
		dmptest.SystemModule{Name: "paged.sys", Image: dated(in2019)},
	)
	sp := s.Space()
	rva, _ := dated(in2019).Section(".rdata")
	sp.Drop(s.BaseAt(len(s.Modules)-1)+uint64(rva), dmptest.PageSize)
	got := datesOf(openedDump(t, s.Bitmap(sp).Image().Data()).Modules())
	want := map[string]string{
		"ntoskrnl.exe": "false", "hal.dll": "false", "dated.sys": "2019-05-02 false", "late.sys": "false", "early.sys": "false", "before-amd64.sys": "", "hashed.sys": "true",
		"plain.sys": "2019-05-02 false", "absent.sys": "maybe 2019-05-02", "late-absent.sys": "", "ndis.sys": "", "tcpip.sys": "2019-05-02 false",
		"paged.sys": "maybe 2019-05-02",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A small dump has no images as a rule: dates are possible ones, of Windows' own modules only before Windows 10.
func TestModuleDatesSmall(t *testing.T) {
	image := dmptest.PE{TimeDateStamp: in2019, CodeView: dmptest.RSDS([16]byte{1}, 1, "x.pdb")}
	for build, ndis := range map[uint32]string{19041: "", 9600: "maybe 2019-05-02"} {
		x := dmptest.Triage{
			Header: dmptest.Header{Build: build, Time: time.Date(2020, 3, 14, 9, 26, 53, 0, time.UTC)},
			Modules: []dmptest.Module{
				{Path: `\SystemRoot\System32\drivers\ndis.sys`, Base: exampleBase, Size: 0x1000, TimeDateStamp: in2019},
				{Path: `\SystemRoot\System32\drivers\other.sys`, Base: exampleBase + 0x10000, Size: 0x1000, TimeDateStamp: in2019},
				{Path: `\SystemRoot\System32\drivers\hashed.sys`, Base: exampleBase + 0x20000, Size: uint32(image.SizeOfImage()), TimeDateStamp: in2019},
				{Path: `\SystemRoot\System32\drivers\replaced.sys`, Base: exampleBase + 0x30000, Size: uint32(image.SizeOfImage()), TimeDateStamp: in2019 + 86400},
			},
			Blocks: []dmptest.Block{
				{VA: exampleBase + 0x20000, Data: image.Mapped().Data()},
				{VA: exampleBase + 0x30000, Data: image.Mapped().Data()},
			},
		}
		want := map[string]string{"ndis.sys": ndis, "other.sys": "maybe 2019-05-02", "hashed.sys": "true", "replaced.sys": "maybe 2019-05-03"}
		if d := cmp.Diff(want, datesOf(openedDump(t, x.Image().Data()).Modules())); d != "" {
			t.Errorf("build %d (-want +got):\n%s", build, d)
		}
	}
}

func TestOfWindows(t *testing.T) {
	for _, c := range []struct {
		name, path string
		want       bool
	}{
		{"ndis.sys", "", true},
		{"NDIS.SYS", `\SystemRoot\System32\drivers\NDIS.SYS`, true},
		{"ndis.sys", `ndis.sys`, true},
		{"ndis.sys", `\??\C:\Windows\system32\drivers\ndis.sys`, true},
		{"ndis.sys", `\WINDOWS\system32\ndis.sys`, true},
		{"ndis.sys", `\??\C:\Users\someone\ndis.sys`, false},
		{"ndis.sys", `\SystemRoot\Temp\ndis.sys`, false},
		{"ndis.sys", `\SystemRoot\System32\..\Temp\ndis.sys`, false},
		{"ndis.sys", `\Device\Windows\System32\drivers\ndis.sys`, false},
		{"mpksldrv.sys", `\??\C:\ProgramData\Microsoft\Windows Defender\Definition Updates\{1}\MpKslDrv.sys`, true},
		{"swenum.sys", `\SystemRoot\System32\DriverStore\FileRepository\swenum.inf_amd64_16a14542b63c02af\swenum.sys`, true},
		{"dump_storport.sys", "", true}, {"hiber_diskdump.sys", "", true}, {"dump_iaStorA.sys", "", false}, {"dump_", "", false},
		{"dump_dump_storport.sys", "", false},
		{"nvlddmkm.sys", "", false}, {"ndis.sys2", "", false}, {"", "", false}, {"# Modules", "", false},
	} {
		if got := ofWindows(c.name, c.path); got != c.want {
			t.Errorf("%q in %q: %v", c.name, c.path, got)
		}
	}
	for name, want := range map[string]bool{
		"dump_storpor": true, "WpdUpFltr.sy": true, "dump_iaStorA": false, "ndis.sys": true, "ndis": false, "dump_stor": false, "cpuz159_x64.": false, "hiber_atapi.": true,
	} {
		if got := ofWindowsCut(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

// The list is of names in lower case, each once.
func TestWindowsList(t *testing.T) {
	var list []string
	for line := range strings.Lines(windowsList) {
		if line = strings.TrimSuffix(line, "\n"); !strings.HasPrefix(line, "#") {
			list = append(list, line)
			if line != strings.ToLower(line) || !strings.HasSuffix(line, ".sys") && !strings.HasSuffix(line, ".dll") && !strings.HasSuffix(line, ".exe") {
				t.Errorf("%q", line)
			}
			for _, prefix := range copiedFor {
				if strings.HasPrefix(line, prefix) {
					t.Errorf("%q is a copy of a driver", line)
				}
			}
		}
	}
	if !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) || len(list) != len(windowsModules()) {
		t.Error("the list is not sorted, or names are there twice")
	}
}

func TestOtherModules(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 2)
	s.Modules = append(s.Modules, dmptest.SystemModule{Name: "ndis.sys", Path: `\??\C:\Temp\ndis.sys`, Size: 0x1000})
	s.Unloaded = []dmptest.UnloadedDriver{
		{Name: "dam.sys", Start: 0xfffff803215b0000, End: 0xfffff803215cc000}, {Name: "other.sys", Start: 0xfffff803216b0000, End: 0xfffff803216cc000},
	}
	r := openedDump(t, s.Bitmap(s.Space()).Image().Data()).OtherModules()
	var names []string
	for _, m := range r.Modules {
		names = append(names, m.Name)
	}
	for _, m := range r.UnloadedModules {
		names = append(names, "unloaded "+m.Name)
	}
	if d := cmp.Diff([]string{"example0.sys", "example1.sys", "ndis.sys", "unloaded other.sys"}, names); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestModuleAt(t *testing.T) {
	const unloaded = 0xfffff80ffff00000
	text := &dmptest.PE{Sections: []dmptest.PESection{{Name: ".text", Data: make([]byte, 0x1234)}}}
	s := liveSystem("Taskmgr.exe", 0)
	s.Modules = append(s.Modules, dmptest.SystemModule{Name: "example.sys", Image: text}, dmptest.SystemModule{Name: "absent.sys", Size: 0x1000})
	s.Unloaded = []dmptest.UnloadedDriver{{Name: "dam.sys", Start: unloaded, End: unloaded + 0x1000}}
	example, absent := s.BaseAt(2), s.BaseAt(3)
	d := openedDump(t, s.Bitmap(s.Space()).Image().Data())
	for _, c := range []struct {
		address uint64
		want    report.Location
	}{
		{example, report.Location{Module: "example.sys", Offset: "0x0", Place: "in the headers of the image"}},
		{example + 0x1010, report.Location{Module: "example.sys", Offset: "0x1010", Section: ".text"}},
		{example + 0x2233, report.Location{Module: "example.sys", Offset: "0x2233", Section: ".text"}},
		{example + 0x2234, report.Location{Module: "example.sys", Offset: "0x2234", Place: "in no section of the image"}},
		{example + 0x3000, report.Location{Place: "it lies in no module, loaded or unloaded"}},
		{absent + 8, report.Location{Module: "absent.sys", Offset: "0x8", Place: "unknown: the headers of the image are not in this dump, by its page tables"}},
		{unloaded + 0x123, report.Location{Module: "dam.sys", Offset: "0x123", Unloaded: true}},
		{unloaded + 0x1000, report.Location{Place: "it lies in no module, loaded or unloaded"}},
		{0x28, report.Location{Place: "null + 0x28"}},
		{1<<64 - 1, report.Location{Place: "it lies in no module, loaded or unloaded"}},
	} {
		c.want.Address = report.Pointer(c.address, 64)
		r := d.At(c.address)
		if d := cmp.Diff(&c.want, r.Location); d != "" {
			t.Errorf("%#x (-want +got):\n%s", c.address, d)
		}
		loaded, gone := 0, 0
		if c.want.Unloaded {
			gone = 1
		} else if c.want.Module != "" {
			loaded = 1
		}
		if len(r.Modules) != loaded || len(r.UnloadedModules) != gone {
			t.Errorf("%#x: modules %+v, %+v", c.address, r.Modules, r.UnloadedModules)
		}
	}
}

// An address of a 32-bit system can be written as debuggers do, with its sign in the upper half.
func TestModuleAt32(t *testing.T) {
	x := dmptest.Triage{
		Header:  dmptest.Header{Machine: dmptest.X86, Build: 7601},
		Modules: []dmptest.Module{{Path: `\SystemRoot\System32\drivers\example.sys`, Base: exampleBase32, Size: 0x1000}},
		KDBG:    &dmptest.KDBG{Build: dmptest.Build7601X86, KernBase: exampleBase32},
	}
	d := openedDump(t, x.Image().Data())
	for address, module := range map[uint64]string{
		exampleBase32 + 0x10: "example.sys", 0xFFFFFFFF00000000 + exampleBase32 + 0x10: "example.sys", 0x100000000 + exampleBase32 + 0x10: "",
	} {
		if got := d.At(address).Location; got.Module != module {
			t.Errorf("%#x: %+v", address, got)
		}
	}
}

// Drivers are as old as the machines that they are for.
func TestModuleDates32(t *testing.T) {
	for stamp, want := range map[uint32]string{in2002: "maybe 2002-11-02", in1984: ""} {
		x := dmptest.Triage{
			Header:  dmptest.Header{Machine: dmptest.X86, Build: 7601, Time: time.Date(2020, 3, 14, 9, 26, 53, 0, time.UTC)},
			Modules: []dmptest.Module{{Path: `\SystemRoot\System32\drivers\other.sys`, Base: exampleBase32, Size: 0x1000, TimeDateStamp: stamp}},
			KDBG:    &dmptest.KDBG{Build: dmptest.Build7601X86, KernBase: exampleBase32},
		}
		if got := datesOf(openedDump(t, x.Image().Data()).Modules()); got["other.sys"] != want {
			t.Errorf("%#x: %v", stamp, got)
		}
	}
}
