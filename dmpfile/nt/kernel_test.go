package nt_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

var (
	captured = time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC)
	booted   = captured.Add(-26 * time.Hour)
)

// windows is a machine with three modules, two processors, and four processes.
func windows(b *dmptest.Build, mode dmptest.Mode) dmptest.System {
	s := dmptest.System{
		Build: b, Mode: mode,
		Header:   dmptest.Header{Code: new(uint32(0x161)), Time: captured, Uptime: 26 * time.Hour},
		BuildLab: "19041.1.amd64fre.vb_release.191206-1406",
		Modules: []dmptest.SystemModule{
			{Name: "ntoskrnl.exe", Image: &dmptest.PE{
				Machine: b.Machine, TimeDateStamp: 0x1234, CheckSum: 0xA5938C,
				CodeView: dmptest.RSDS([16]byte{1, 2, 3}, 1, "ntkrnlmp.pdb"), Version: dmptest.VersionInfo([4]uint16{10, 0, 19041, 3636}, [4]uint16{10, 0, 19041, 3636}),
			}},
			{Name: "hal.dll", Size: 0x6000, TimeDateStamp: 0x5678},
			{Name: "example.sys", Image: &dmptest.PE{Machine: b.Machine, TimeDateStamp: 0x9ABC}},
		},
		Unloaded: []dmptest.UnloadedDriver{
			{Name: "dam.sys", Start: 0x1000, End: 0x2000, Time: booted.Add(time.Hour)},
			{Name: "hwpolicy.sys", Start: 0x3000, End: 0x4000, Time: booted.Add(2 * time.Hour)},
		},
		Processors: []dmptest.SystemProcessor{{Process: 2}, {Idle: true}},
		Processes: []dmptest.Process{
			{Created: booted},
			{PID: 0x1D4, Name: "smss.exe", ParentPID: 4, Created: booted.Add(time.Second)},
			{PID: 0x7D4, Name: "example.exe", ParentPID: 0x1D4, Created: booted.Add(time.Minute)},
			{PID: 0x2000, Name: "other.exe", ParentPID: 0x7D4, Created: booted.Add(time.Hour)},
		},
		Shared: &dmptest.SharedData{InterruptTime: 26 * time.Hour, SystemTime: captured, ProductType: 3, BootID: 42, SuiteMask: 0x110, SafeBootMode: 1},
	}
	s.Header.Context = new(s.Registers(0))
	return s
}

// machines are the kinds of machine that a kernel is found on.
var machines = []struct {
	name  string
	build *dmptest.Build
	mode  dmptest.Mode
}{
	{"9600", dmptest.Build9600, dmptest.ModeAMD64},
	{"19041", dmptest.Build19041, dmptest.ModeAMD64},
	{"26100", dmptest.Build26100, dmptest.ModeAMD64},
	{"26100, 5 levels", dmptest.Build26100, dmptest.ModeAMD64Level5},
	{"22000 on ARM64", dmptest.Build22000ARM64, dmptest.ModeARM64},
	{"7601 x86 PAE", dmptest.Build7601X86, dmptest.ModeX86PAE},
	{"7601 x86", dmptest.Build7601X86, dmptest.ModeX86},
}

// kernel opens the kernel of a system, with what a test changed in its memory.
func kernel(t testing.TB, s dmptest.System, change func(sp *dmptest.Space)) *nt.Kernel {
	t.Helper()
	sp := s.Space()
	if change != nil {
		change(sp)
	}
	k, err := nt.ReadKernel(open(t, s.Bitmap(sp).Image().Data()), nt.BudgetOf(1000))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// tell writes down what a kernel says, a line a fact.
func tell(k *nt.Kernel) string {
	var b strings.Builder
	base, _ := k.Base()
	lab, _ := k.BuildLab()
	fmt.Fprintf(&b, "kernel at %#x %s, debugger data %s\n", uint64(base), lab, k.DebuggerState)
	modules, err := k.Modules()
	for _, m := range modules.All() {
		k.Identify(m)
		pdb := ""
		if m.PDB != nil {
			pdb = m.PDB.Name()
		}
		fmt.Fprintf(&b, "module %s %s %#x+%#x %#x %s %s\n", m.Name, m.Path, uint64(m.Base), m.Size, m.TimeStamp, m.Version, pdb)
	}
	note(&b, err)
	unloaded, err := k.UnloadedModules()
	for _, m := range unloaded {
		fmt.Fprintf(&b, "unloaded %s %#x-%#x %s\n", m.Name, uint64(m.Base), uint64(m.End), m.Time.Format(time.TimeOnly))
	}
	note(&b, err)
	processes, err := k.Processes()
	for _, p := range processes {
		fmt.Fprintf(&b, "process %s %#x of %#x %s\n", p.Name, p.ID, *p.ParentID, p.Created.Format(time.TimeOnly))
	}
	note(&b, err)
	for n := range uint32(2) {
		p, err := k.Processor(n)
		if err != nil {
			note(&b, err)
			continue
		}
		fmt.Fprintf(&b, "processor %d idle %v", n, p.Idle)
		if p.Process != nil {
			fmt.Fprintf(&b, " process %s", p.Process.Name)
		}
		if p.Thread != nil {
			fmt.Fprintf(&b, " thread %#x", p.Thread.ID)
		}
		fmt.Fprintf(&b, " context %v\n", p.Context != nil)
	}
	s := k.Snapshot()
	if s.Processor != nil {
		fmt.Fprintf(&b, "current: processor %d, stack %q\n", *s.Processor, s.Stack)
	}
	return b.String()
}

func note(b *strings.Builder, err error) {
	if err != nil {
		fmt.Fprintf(b, "error %v\n", err)
	}
}

func TestKernel(t *testing.T) {
	for _, c := range machines {
		t.Run(c.name, func(t *testing.T) {
			s := windows(c.build, c.mode)
			hal, first, second, stack := "0x5678", "process example.exe thread 0x1000", "idle true process Idle thread 0x0", "thread"
			if c.build == dmptest.Build7601X86 {
				// No time stamp in the list of Windows 7, no row for its threads, and no limits of stacks in its debugger data.
				hal, first, second, stack = "0x0", "thread 0x0", "idle false thread 0x0", ""
			}
			want := fmt.Sprintf(`kernel at %#x 19041.1.amd64fre.vb_release.191206-1406, debugger data plain
module ntoskrnl.exe \SystemRoot\system32\ntoskrnl.exe %#[1]x+%#x 0x1234 10.0.19041.3636 ntkrnlmp.pdb
module hal.dll \SystemRoot\system32\hal.dll %#x+0x6000 %s  
module example.sys \SystemRoot\System32\drivers\example.sys %#x+%#x 0x9abc  
unloaded hwpolicy.sys 0x3000-0x4000 09:26:53
unloaded dam.sys 0x1000-0x2000 08:26:53
process System 0x4 of 0x0 07:26:53
process smss.exe 0x1d4 of 0x4 07:26:54
process example.exe 0x7d4 of 0x1d4 07:27:53
process other.exe 0x2000 of 0x7d4 08:26:53
processor 0 idle false %s context true
processor 1 %s context true
current: processor 0, stack %q
`, s.BaseAt(0), sizeOf(t, s, 0), s.BaseAt(1), hal, s.BaseAt(2), sizeOf(t, s, 2), first, second, stack)
			if d := cmp.Diff(want, tell(kernel(t, s, nil))); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// sizeOf is the size of a module by its entry in memory.
func sizeOf(t *testing.T, s dmptest.System, module int) uint32 {
	t.Helper()
	modules, err := kernel(t, s, nil).Modules()
	if err != nil {
		t.Fatal(err)
	}
	return modules.At(module).Size
}

func TestSharedData(t *testing.T) {
	for _, c := range machines {
		k := kernel(t, windows(c.build, c.mode), nil)
		bits := 64
		if c.build == dmptest.Build7601X86 {
			bits = 32
		}
		got, err := nt.ReadSharedData(k, bits)
		want := nt.SharedData{
			Major: 10, Build: c.build.Number, ProductType: 3, SuiteMask: 0x110, BootID: 42, SystemTime: captured, Uptime: 26 * time.Hour,
			ActiveProcessors: 2, SystemRoot: `C:\Windows`, SafeMode: true,
		}
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
	s := windows(dmptest.Build19041, dmptest.ModeAMD64)
	if _, err := nt.ReadSharedData(kernel(t, s, func(sp *dmptest.Space) { sp.Map(s.SharedAt()+0x264, []byte{9}) }), 64); !errors.Is(err, nt.ErrNotThere) {
		t.Errorf("an impossible product type: %v", err)
	}
	s.Shared = nil
	var hole *dmpfile.NotInDumpError
	if _, err := nt.ReadSharedData(kernel(t, s, func(sp *dmptest.Space) { sp.Map(s.SharedAt(), nil) }), 64); err == nil || errors.As(err, &hole) {
		t.Errorf("no page: %v", err)
	}
}

// TestKernelOfOtherBuilds has a kernel for which there is no row: its processes show where their fields are.
func TestKernelOfOtherBuilds(t *testing.T) {
	b := *dmptest.Build26100
	b.Process.ImageName += 0x28
	b.Process.CreateTime += 0x18
	b.Process.PID += 0x10
	s := windows(&b, dmptest.ModeAMD64)
	s.Header.Build = 27900
	want := []string{"System 0x4 of 0x0 07:26:53", "smss.exe 0x1d4 of 0x4 07:26:54", "example.exe 0x7d4 of 0x1d4 07:27:53", "other.exe 0x2000 of 0x7d4 08:26:53"}
	list, err := kernel(t, s, nil).Processes()
	if d := cmp.Diff(want, lines(list)); d != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
	for i, p := range list {
		if uint64(p.Address) != s.ProcessAt(i) || p.DirectoryTableBase == 0 {
			t.Errorf("%s: %#x, %#x", p.Name, p.Address, p.DirectoryTableBase)
		}
	}
	// Without the threads nothing says where an EPROCESS begins, so that fields at offsets from there are not known.
	got, err := kernel(t, s, func(sp *dmptest.Space) {
		for cpu := range 2 {
			sp.Drop(s.ThreadAt(cpu), 1)
			sp.Drop(s.IdleThreadAt(cpu), 1)
		}
	}).Processes()
	if err != nil || len(got) != 4 || got[2].Name != "example.exe" || got[2].ParentID != nil || got[2].Address != 0 || got[2].Created.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	// A name that is none in another process is no proof.
	s.Processes[2].Name = "\x01\x02"
	if _, err := kernel(t, s, nil).Processes(); !errors.Is(err, nt.ErrUnknownLayout) {
		t.Errorf("a process without a name: %v", err)
	}
}

func lines(list []nt.Process) (all []string) {
	for _, p := range list {
		parent := "?"
		if p.ParentID != nil {
			parent = fmt.Sprintf("%#x", *p.ParentID)
		}
		all = append(all, fmt.Sprintf("%s %#x of %s %s", p.Name, p.ID, parent, p.Created.Format(time.TimeOnly)))
	}
	return all
}

func TestDebuggerDataStates(t *testing.T) {
	s := windows(dmptest.Build26100, dmptest.ModeAMD64)
	whole := tell(kernel(t, s, nil))
	s.Encoded = true
	k := kernel(t, s, nil)
	if got := tell(k); k.DebuggerState != nt.DebuggerDataEncoded || got != strings.Replace(whole, "plain", "encoded", 1) {
		t.Errorf("encoded:\n%s", cmp.Diff(whole, got))
	}
	s.Header.PsActiveProcessHead = s.ProcessHeadAt() + 8 // a header that does not fit the block decodes nothing
	if k := kernel(t, s, nil); k.DebuggerState != nt.DebuggerDataUnreadable || k.DebuggerData != nil {
		t.Errorf("encoded, by wrong pointers: %s", k.DebuggerState)
	}
	s = windows(dmptest.Build26100, dmptest.ModeAMD64)
	if k := kernel(t, s, func(sp *dmptest.Space) { sp.Drop(s.KdbgAt(), 0x3A0) }); k.DebuggerState != nt.DebuggerDataMissing {
		t.Errorf("dropped: %s", k.DebuggerState)
	}
	s.NoKDBG = true
	k = kernel(t, s, nil)
	if base, ok := k.Base(); k.DebuggerState != nt.DebuggerDataMissing || !ok || uint64(base) != s.BaseAt(0) {
		t.Errorf("none: %s, kernel at %#x", k.DebuggerState, base)
	}
	modules, err := k.Modules()
	processes, err2 := k.Processes()
	if modules.Len() != 3 || err != nil || len(processes) != 4 || err2 != nil {
		t.Errorf("without it: %d modules, %v, %d processes, %v", modules.Len(), err, len(processes), err2)
	}
	if _, err := k.Processor(0); !errors.Is(err, nt.ErrUnknownLayout) {
		t.Errorf("without it: %v", err)
	}
}

func TestBrokenLists(t *testing.T) {
	s := windows(dmptest.Build19041, dmptest.ModeAMD64)
	links := func(i int) uint64 { return s.ProcessLinksAt(i) }
	for _, c := range []struct {
		name               string
		change             func(sp *dmptest.Space)
		modules, processes int
		want               string
	}{
		{"a cycle of modules", func(sp *dmptest.Space) { sp.PutPtr(s.EntryAt(2), s.EntryAt(1)) }, 3, 4,
			fmt.Sprintf("entry 4 of PsLoadedModuleList at %#x: it does not point back to the entry before it", s.EntryAt(1))},
		{"an entry that leads to itself", func(sp *dmptest.Space) { sp.PutPtr(s.EntryAt(1), s.EntryAt(1)) }, 2, 4, "entry 3 of PsLoadedModuleList"},
		{"a link to nowhere", func(sp *dmptest.Space) { sp.PutPtr(s.EntryAt(1), 0x1000) }, 2, 4, "entry 3 of PsLoadedModuleList at 0x1000: "},
		{"an entry that is not in the dump", func(sp *dmptest.Space) { sp.Drop(s.EntryAt(1), 1) }, 1, 4, "is not in this dump"},
		{"no head", func(sp *dmptest.Space) { sp.Drop(s.ModuleHeadAt(), 1) }, 0, 4, "PsLoadedModuleList at "},
		{"an entry without a base", func(sp *dmptest.Space) { sp.PutPtr(s.EntryAt(2)+0x30, 0) }, 2, 4, "an entry of PsLoadedModuleList cannot be read"},
		{"a cycle of processes", func(sp *dmptest.Space) { sp.PutPtr(links(3), links(1)) }, 3, 4, "entry 5 of PsActiveProcessHead"},
		{"a process that is none", func(sp *dmptest.Space) { sp.Map(s.ProcessAt(2), []byte{6}) }, 3, 3, "an entry of PsActiveProcessHead cannot be read"},
		{"an entry in transition", func(sp *dmptest.Space) {
			sp.PutEntry(s.EntryAt(2), 1, sp.Entry(s.EntryAt(2), 1)&^0xFFF|0x880)
		}, 3, 4, ""},
	} {
		k := kernel(t, s, c.change)
		modules, err := k.Modules()
		processes, err2 := k.Processes()
		got := fmt.Sprint(err, err2)
		if modules.Len() != c.modules || len(processes) != c.processes || !strings.Contains(got, c.want) || c.want == "" && errors.Join(err, err2) != nil {
			t.Errorf("%s: %d modules, %d processes, %s", c.name, modules.Len(), len(processes), got)
		}
	}
}

func TestLimit(t *testing.T) {
	s := windows(dmptest.Build19041, dmptest.ModeAMD64)
	f := open(t, s.Bitmap(s.Space()).Image().Data())
	whole, _ := nt.ReadKernel(f, nt.BudgetOf(1000))
	want, _ := whole.Modules()
	last := -1
	for pages := range 40 {
		k, err := nt.ReadKernel(f, nt.Budget{Lists: pages, Rest: 10})
		if err != nil {
			t.Fatal(err)
		}
		modules, err := k.Modules()
		if modules.Len() < last || modules.Len() < want.Len() && !errors.Is(err, nt.ErrLimit) || modules.Len() == want.Len() && err != nil {
			t.Errorf("%d pages: %d modules, %v", pages, modules.Len(), err)
		}
		last = modules.Len()
		// What comes after the lists has its own pages: four tables and a page are read here.
		if _, err := k.ReadVirtual(make([]byte, 1), want.At(0).Base); err != nil {
			t.Errorf("%d pages, then others: %v", pages, err)
		}
	}
	k, _ := nt.ReadKernel(f, nt.Budget{Lists: 5})
	k.Modules()
	if _, err := k.ReadVirtual(make([]byte, 1), want.At(0).Base); !errors.Is(err, nt.ErrLimit) {
		t.Errorf("nothing left: %v", err)
	}
	if last != want.Len() {
		t.Errorf("40 pages: %d modules", last)
	}
}

// TestTooLong has a list of modules that is sound, with more entries than any kernel's: the budget is not to blame.
func TestTooLong(t *testing.T) {
	s := windows(dmptest.Build19041, dmptest.ModeAMD64)
	for n, whole := range map[int]bool{19_999: true, 20_000: false, 25_000: false} {
		sp := s.Space()
		s.PutModules(sp, n)
		k, err := nt.ReadKernel(open(t, s.Bitmap(sp).Image().Data()), nt.BudgetOf(10_000))
		if err != nil {
			t.Fatal(err)
		}
		modules, err := k.Modules()
		var list *nt.ListError
		switch {
		case modules.Len() != 19_999:
			t.Errorf("%d entries: %d modules", n, modules.Len())
		case whole && err != nil, !whole && (!errors.Is(err, nt.ErrTooLong) || errors.Is(err, nt.ErrLimit) || !errors.As(err, &list) || list.Entry != 20_000):
			t.Errorf("%d entries: %v", n, err)
		}
	}
}

func TestPagesInDump(t *testing.T) {
	s := windows(dmptest.Build19041, dmptest.ModeAMD64)
	const user = 0x7FF600001000
	k := kernel(t, s, func(sp *dmptest.Space) {
		sp.Map(user, make([]byte, 0x5000))
		sp.Drop(user+0x1000, 0x1000)
		sp.Drop(s.PrcbAt(0)+0x2000, 0x2000)
	})
	prcb, size, err := k.ProcessorArea(0)
	use, err2 := k.Pages(prcb, uint64(size))
	if err != nil || err2 != nil || uint64(prcb) != s.PrcbAt(0) || size != 0xAF00 || use != (nt.PageUse{Of: 12, Mapped: 12, Have: 9}) {
		t.Errorf("PRCB: %#x, %#x, %+v, %v, %v", prcb, size, use, err, err2)
	}
	if use, err := k.Pages(user-0x1000, 0x3000); err != nil || use != (nt.PageUse{Of: 3, Mapped: 2, Have: 1}) {
		t.Errorf("user pages: %+v, %v", use, err)
	}
	have, of, missing, err := k.UserPages(100)
	if have != 4 || of != 5 || missing != 0 || err != nil {
		t.Errorf("user pages: %d of %d, %d, %v", have, of, missing, err)
	}
	if have, of, _, _ := k.UserPages(2); have != 1 || of != 2 {
		t.Errorf("user pages: %d of %d", have, of)
	}
	if off, ok := k.FileOffset(user + 0x10); !ok || off%0x1000 != 0x10 {
		t.Errorf("%#x, %v", off, ok)
	}
	if _, ok := k.FileOffset(user + 0x1000); ok {
		t.Error("the offset of a page that is not in the dump")
	}
}

// TestSnapshotShare has a machine of many processors, none of which is found to be the current one: its modules are listed all the same.
func TestSnapshotShare(t *testing.T) {
	s := windows(dmptest.Build19041, dmptest.ModeAMD64)
	for range 100 {
		s.Processors = append(s.Processors, dmptest.SystemProcessor{Idle: true})
	}
	s.Header.Context = &dmptest.Context{IP: s.BaseAt(0), SP: 0xFFFFF80310F00000}
	f := open(t, s.Bitmap(s.Space()).Image().Data())
	for share, whole := range map[int]bool{100: true, 250: false} {
		k, err := nt.ReadKernel(f, nt.Budget{Snapshot: share, Lists: 250, Rest: 50})
		if err != nil {
			t.Fatal(err)
		}
		snapshot := k.Snapshot()
		modules, err := k.Modules()
		if snapshot.Processor != nil || (modules.Len() == 3) != whole || (err == nil) != whole {
			t.Errorf("%d pages for the snapshot: processor %v, %d modules, %v", share, snapshot.Processor, modules.Len(), err)
		}
	}
	if b := nt.BudgetOf(300); b != (nt.Budget{Snapshot: 100, Lists: 250, Rest: 50}) {
		t.Errorf("300 pages: %+v", b)
	}
}

func TestSnapshotStacks(t *testing.T) {
	s := windows(dmptest.Build19041, dmptest.ModeAMD64)
	const dpc = 0xFFFFF80310E00000
	s.Processors[0].Processor.DpcStack = dpc
	for _, c := range []struct {
		name string
		sp   uint64
		want nt.StackKind
		cpu  bool
	}{
		{"the thread's own", s.StackAt(0) - 0x100, nt.ThreadStack, true},
		{"of deferred calls", dpc - 0x80, nt.DPCStack, true},
		{"elsewhere", 0xFFFFF80310F00000, "", false},
	} {
		s.Header.Context = &dmptest.Context{IP: s.BaseAt(0) + 0x1000, SP: c.sp}
		got := kernel(t, s, nil).Snapshot()
		if got.Stack != c.want || (got.Processor != nil) != c.cpu {
			t.Errorf("%s: %q, %v", c.name, got.Stack, got.Processor)
		}
	}
}

// A module whose name is not in the dump has that of its path, and none where the path ends with a folder.
func TestModuleNameOfPath(t *testing.T) {
	for path, want := range map[string]string{
		`\SystemRoot\System32\drivers\a.sys`: "a.sys", `\SystemRoot\System32\drivers\`: "", "\\SystemRoot\\drivers\\\x00b.sys": "", "a.sys": "a.sys", `\`: "",
	} {
		s := windows(dmptest.Build19041, dmptest.ModeAMD64)
		s.Modules[2].Name, s.Modules[2].Path = "\x00", path
		k := kernel(t, s, nil)
		modules, err := k.Modules()
		if err != nil {
			t.Fatal(err)
		}
		m := modules.At(2)
		if k.Identify(m); m.Name != want {
			t.Errorf("%q: the name is %q, not %q", path, m.Name, want)
		}
	}
}

func TestKernelOfTriage(t *testing.T) {
	x := machine(dmptest.Build26100)
	x.Modules = []dmptest.Module{
		{Path: `\SystemRoot\system32\ntoskrnl.exe`, Base: 0xFFFFF80000000000, Size: 0x1000000}, {Path: "hal.dll", Base: 0xFFFFF80002000000, Size: 0x1000},
		{Path: "over.sys", Base: 0xFFFFF80002000000, Size: 0x4000},
	}
	f := open(t, x.Image().Data())
	k, err := nt.ReadKernel(f, nt.Budget{})
	if err != nil || k.DebuggerState != nt.DebuggerDataPlain {
		t.Fatal(err)
	}
	modules, err := k.Modules()
	want, _ := f.Triage.Modules()
	if err != nil || modules.Len() != len(want) {
		t.Fatalf("%d modules of %d, %v", modules.Len(), len(want), err)
	}
	last := modules.Find(want[2].Base + 0x1000) // decoded ahead of the others
	for i, m := range modules.All() {
		if m.Module != want[i] || modules.At(i) != m {
			t.Errorf("module %d is %+v, want %+v", i, m, want[i])
		}
	}
	if last != modules.At(2) || modules.Find(want[2].Base) != modules.At(1) {
		t.Error("an address is not in the first module that has it")
	}
	if m := modules.Find(want[0].Base - 1); m != nil {
		t.Errorf("%+v is found before the first", m)
	}
	if list, err := k.Processes(); list != nil || err == nil {
		t.Errorf("processes: %v, %v", list, err)
	}
	if _, ok := k.FileOffset(0xFFFFF80000000000); ok {
		t.Error("a file offset in a small dump")
	}
	if _, _, _, err := k.UserPages(1); !errors.Is(err, nt.ErrUnknownLayout) {
		t.Error(err)
	}
}

func TestNoKernel(t *testing.T) {
	b := dmptest.Bitmap{Header: dmptest.Header{DumpType: 6}, Bits: 8, Pages: dmptest.Pages{1: nil}}.Image().Data()
	if _, err := nt.ReadKernel(open(t, b), nt.BudgetOf(100)); !errors.Is(err, nt.ErrNoAddressSpace) {
		t.Errorf("without a directory table base: %v", err)
	}
	s := windows(dmptest.Build19041, dmptest.ModeAMD64)
	whole := s.Bitmap(s.Space()).Image().Data()
	var cut *dmpfile.FormatError
	f, err := dmpfile.NewFile(bytes.NewReader(whole[:0x2040]), 0x2040)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nt.ReadKernel(f, nt.BudgetOf(100)); !errors.As(err, &cut) {
		t.Errorf("cut inside its bitmap: %v", err)
	}
}
