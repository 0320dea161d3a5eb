package nt_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

// program is the user mode of the process with index 2 of windows.
func program(s *dmptest.System) dmptest.UserMode {
	u := dmptest.UserMode{
		Teb: 0xA35B9F3000, Peb: 0xA35B9F2000, Loader: 0x1F3A2E10000, StackLimit: 0xA35BCD0000, StackBase: 0xA35BCE0000, PID: 0x7D4, TID: 0x1000,
		Modules: []dmptest.UserModule{
			{Name: "example.exe", Path: `C:\Users\jdoe\example.exe`, Base: 0x7FF612340000, Size: 0x54000, TimeDateStamp: 0x67C00000},
			{Name: "ntdll.dll", Path: `C:\Windows\System32\ntdll.dll`, Base: 0x7FFB3E2A0000, Size: 0x217000, TimeDateStamp: 0xBCED4B82},
			{Name: "KERNEL32.DLL", Path: `C:\Windows\System32\KERNEL32.DLL`, Base: 0x7FFB3D110000, Size: 0xC2000, TimeDateStamp: 0x54D2A3B1},
		},
	}
	if s.Build.Machine == dmptest.X86 {
		u.Teb, u.Peb, u.Loader, u.StackLimit, u.StackBase = 0x7FFDE000, 0x7FFDF000, 0x00370000, 0x120000, 0x130000
		for i, base := range []uint64{0x00400000, 0x77650000, 0xBFFF0000} { // of a system with 3 GiB for programs
			u.Modules[i].Base = base
		}
	}
	s.Processors[0].Thread.Teb = u.Teb
	s.Processes[2].Peb = u.Peb
	return u
}

// tellModules tells of a user mode and its modules.
func tellModules(k *nt.Kernel, thread dmpfile.VirtAddr) string {
	u, err := k.UserMode(thread)
	if err != nil {
		return "no user mode: " + reason(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "TEB %#x, PEB %#x, stack %#x-%#x\n", u.TEB, u.PEB, u.StackLimit, u.StackBase)
	modules, err := k.UserModules(u)
	for _, m := range modules.All() {
		fmt.Fprintf(&b, "%s %#x %#x %#x%s\n", m.Name, m.Base, m.Size, m.TimeStamp, m.Path)
	}
	if err != nil {
		b.WriteString(reason(err) + "\n")
	}
	return b.String()
}

// reason says what an error is, without the addresses.
func reason(err error) string {
	var list *nt.ListError
	var entries *nt.EntriesError
	var missing *dmpfile.NotInDumpError
	switch {
	case errors.As(err, &list):
		return fmt.Sprintf("entry %d of %s: %s", list.Entry, list.List, reason(list.Err))
	case errors.As(err, &entries):
		return fmt.Sprintf("%d bad entries: %s", entries.Bad, reason(entries.Err))
	case errors.As(err, &missing):
		return "not in the dump"
	case errors.Is(err, nt.ErrNotThere):
		return "not there"
	case errors.Is(err, nt.ErrUnknownLayout):
		return "unknown layout"
	}
	return err.Error()
}

func TestUserModules(t *testing.T) {
	for _, m := range machines {
		t.Run(m.name, func(t *testing.T) {
			s := windows(m.build, m.mode)
			u := program(&s)
			want := fmt.Sprintf("TEB %#x, PEB %#x, stack %#x-%#x\n", u.Teb, u.Peb, u.StackLimit, u.StackBase)
			for _, m := range u.Modules {
				want += fmt.Sprintf("%s %#x %#x %#x\n", m.Name, m.Base, m.Size, m.TimeDateStamp)
			}
			k := kernel(t, s, u.Map)
			expect(t, "user mode", tellModules(k, dmpfile.VirtAddr(s.ThreadAt(0))), want)
			expect(t, "idle thread", tellModules(k, dmpfile.VirtAddr(s.IdleThreadAt(1))), "no user mode: not there")
			expect(t, "no thread", tellModules(k, dmpfile.VirtAddr(s.ProcessAt(1))), "no user mode: not there")
		})
	}
}

func TestUserModulesWrong(t *testing.T) {
	const teb, peb, loader = 0xA35B9F3000, 0xA35B9F2000, 0x1F3A2E10000
	const head = "TEB 0xa35b9f3000, PEB 0xa35b9f2000, stack 0xa35bcd0000-0xa35bce0000\n"
	const one = "example.exe 0x7ff612340000 0x54000 0x67c00000\n"
	const two = "ntdll.dll 0x7ffb3e2a0000 0x217000 0xbced4b82\n"
	const nameless = " 0x7ffb3e2a0000 0x217000 0xbced4b82\n"
	const three = "KERNEL32.DLL 0x7ffb3d110000 0xc2000 0x54d2a3b1\n"
	type x = *dmptest.Space
	for name, c := range map[string]struct {
		system func(s *dmptest.System)
		memory func(sp x)
		want   string
	}{
		"no TEB":           {func(s *dmptest.System) { s.Processors[0].Thread.Teb = 0 }, nil, "no user mode: not there"},
		"a kernel address": {func(s *dmptest.System) { s.Processors[0].Thread.Teb = s.SharedAt() }, nil, "no user mode: not there"},
		"between pages":    {func(s *dmptest.System) { s.Processors[0].Thread.Teb += 8 }, nil, "no user mode: not there"},
		"attached": {
			func(s *dmptest.System) {
				s.Processors[0].Thread.Attached = s.ProcessAt(1)
				s.Processes[1].DirectoryTableBase = 0x1AF002 // the tables are those of the other process
			}, nil, "no user mode: not there",
		},
		"not the current one":   {func(s *dmptest.System) { s.Processes[2].DirectoryTableBase = 0x1AD002 }, nil, "no user mode: not there"},
		"flags of the table":    {func(s *dmptest.System) { s.Processes[2].DirectoryTableBase = 0x1AF002 }, nil, head + one + two + three},
		"another thread's TEB":  {nil, func(sp x) { sp.PutPtr(teb+0x48, 0x1004) }, "no user mode: not there"},
		"another process's TEB": {nil, func(sp x) { sp.PutPtr(teb+0x40, 0x7D8) }, "no user mode: not there"},
		"not itself":            {nil, func(sp x) { sp.PutPtr(teb+0x30, teb+0x1000) }, "no user mode: not there"},
		"another PEB":           {func(s *dmptest.System) { s.Processes[2].Peb += 0x1000 }, nil, "no user mode: not there"},
		"PEB in the kernel":     {nil, func(sp x) { sp.PutPtr(teb+0x60, 0xFFFFF78000000000) }, "no user mode: not there"},
		"PEB by the TEB":        {func(s *dmptest.System) { s.Processes[2].Peb = 0 }, nil, head + one + two + three},
		"PEB by the process": {
			nil, func(sp x) { sp.Drop(teb, 1) }, "TEB 0x0, PEB 0xa35b9f2000, stack 0x0-0x0\n" + one + two + three,
		},
		"neither": {func(s *dmptest.System) { s.Processes[2].Peb = 0 }, func(sp x) { sp.Drop(teb, 1) }, "no user mode: not in the dump"},
		"an odd stack": {
			nil, func(sp x) { sp.PutPtr(teb+0x8, 0x10000) },
			strings.Replace(head, "0xa35bcd0000-0xa35bce0000", "0x0-0x0", 1) + one + two + three,
		},
		"no PEB":        {nil, func(sp x) { sp.Drop(peb, 1) }, head + "not in the dump\n"},
		"no loader":     {nil, func(sp x) { sp.Drop(loader, 1) }, head + "entry 0 of InLoadOrderModuleList: not in the dump\n"},
		"too early":     {nil, func(sp x) { sp.PutPtr(peb+0x18, 0) }, head + "not there\n"},
		"kernel loader": {nil, func(sp x) { sp.PutPtr(peb+0x18, 0xFFFFF78000000000) }, head + "not there\n"},
		"no entry": {
			nil, func(sp x) { sp.Drop(loader+0x2010, 1) }, head + one + "entry 2 of InLoadOrderModuleList: not in the dump\n",
		},
		"a circle": {
			nil, func(sp x) { sp.PutPtr(loader+0x3010, loader+0x1010) },
			head + one + two + three + "entry 4 of InLoadOrderModuleList: " + nt.ErrBackLink.Error() + "\n",
		},
		"no base":       {nil, func(sp x) { sp.PutPtr(loader+0x2040, 0) }, head + one + three + "1 bad entries: not there\n"},
		"a kernel base": {nil, func(sp x) { sp.PutPtr(loader+0x2040, 0xFFFFF80312400000) }, head + one + three + "1 bad entries: not there\n"},
		"no size":       {nil, func(sp x) { sp.PutPtr(loader+0x2050, 0) }, head + one + three + "1 bad entries: not there\n"},
		"no name":       {nil, func(sp x) { sp.PutPtr(loader+0x2068, 0) }, head + one + nameless + three},
		"a kernel name": {nil, func(sp x) { sp.PutPtr(loader+0x2070, 0xFFFFF78000000030) }, head + one + nameless + three},
		"a path as name": {
			nil, func(sp x) { sp.Map(loader+0x2068, []byte{58, 0, 60, 0}); sp.PutPtr(loader+0x2070, loader+0x2410) }, head + one + two + three,
		},
		"an entry of the kernel": {
			nil, func(sp x) {
				sp.PutPtr(loader+0x1010, 0xFFFFA00000000000)
				sp.PutPtr(0xFFFFA00000000000, loader+0x2010, loader+0x1010)
				sp.PutPtr(0xFFFFA00000000030, 0x7FF700000000, 0, 0x1000)
				sp.PutPtr(loader+0x2018, 0xFFFFA00000000000)
			}, head + one + two + three + "1 bad entries: not there\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := windows(dmptest.Build26100, dmptest.ModeAMD64)
			u := program(&s)
			if c.system != nil {
				c.system(&s)
			}
			k := kernel(t, s, func(sp *dmptest.Space) {
				u.Map(sp)
				if c.memory != nil {
					c.memory(sp)
				}
			})
			if got := tellModules(k, dmpfile.VirtAddr(s.ThreadAt(0))); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

// TestUserModulesOfCapture reads those of the process that asked for a live dump.
func TestUserModulesOfCapture(t *testing.T) {
	images, err := dmptest.ReadImages("../../testdata/capture/symbols")
	if err != nil {
		t.Fatal(err)
	}
	c := dmptest.NewCapture(dmptest.ByStorageDiagnostics, 0, images)
	read := func(data []byte) (*nt.Kernel, *nt.Snapshot) {
		k, err := nt.ReadKernel(open(t, data), nt.BudgetOf(1000))
		if err != nil {
			t.Fatal(err)
		}
		s := k.Snapshot()
		if s.Thread == nil || s.Process == nil || s.Stack != nt.ThreadStack {
			t.Fatalf("%+v", s)
		}
		return k, s
	}
	for _, data := range [][]byte{c.Live().Data(), c.Full().Data()} {
		k, s := read(data)
		expect(t, "process", s.Process.Name, "WmiPrvSE.exe")
		u, err := k.UserMode(s.Thread.Address)
		if err != nil {
			t.Fatal(err)
		}
		modules, err := k.UserModules(u)
		if err != nil || modules.Len() != 5 {
			t.Fatal(modules.Len(), err)
		}
		var got []string
		for _, f := range c.Frames {
			if f.User {
				m := modules.Find(dmpfile.VirtAddr(f.IP))
				if m == nil {
					t.Fatalf("no module at %#x", f.IP)
				}
				k.Identify(m)
				pdb, _ := m.PDB.SymbolPath()
				got = append(got, fmt.Sprintf("%s%s %#x %s", m.Path, m.Name, f.IP-uint64(m.Base), pdb))
				if _, err := os.Stat(filepath.Join("../../testdata/capture/symbols", pdb)); err != nil {
					t.Error(err)
				}
			}
		}
		for i, want := range []string{
			"ntdll.dll 0x1014 ntdll.pdb/", "mispace.dll 0x107e mispace.pdb/", "mispace.dll 0x10b8 mispace.pdb/", "KERNEL32.DLL 0x100d kernel32.pdb/",
			"ntdll.dll 0x103d ntdll.pdb/",
		} {
			if !strings.HasPrefix(got[i], want) {
				t.Errorf("%s, not %s", got[i], want)
			}
		}
	}
	// The store has the images by what the lists say of them.
	c.DropImages()
	c.DropUserImages()
	k, s := read(c.Live().Data())
	loaded, err := k.Modules()
	if err != nil {
		t.Fatal(err)
	}
	u, err := k.UserMode(s.Thread.Address)
	if err != nil {
		t.Fatal(err)
	}
	modules, err := k.UserModules(u)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		list *nt.Modules
		i    int
	}{{&loaded, 0}, {&loaded, 2}, {&modules, 1}, {&modules, 2}, {&modules, 4}} {
		m := x.list.At(x.i)
		name := m.Name
		if name == "KERNEL32.DLL" {
			name = "kernel32.dll"
		}
		path, _ := pe.ImageSymbolPath(name, m.TimeStamp, m.Size)
		if _, err := os.Stat(filepath.Join("../../testdata/capture/symbols", path)); err != nil {
			t.Error(err)
		}
		if k.Identify(m); m.PDB != nil {
			t.Errorf("the image of %s is in the dump", m.Name)
		}
	}
	c.DropUser()
	k, s = read(c.Live().Data())
	expect(t, "without user memory", tellModules(k, s.Thread.Address), "TEB 0x0, PEB 0xa35b9f2000, stack 0x0-0x0\nnot in the dump\n")
	k, s = read(dmptest.NewCapture(dmptest.ByDriver, 0, images).Live().Data())
	expect(t, "a thread of the system", tellModules(k, s.Thread.Address), "no user mode: not there")
}

// TestCorpusTeb looks at the copies of threads in real small dumps: where the debugger data says that the TEB is, there is a page of
// user mode, or nothing for a thread of the system.
func TestCorpusTeb(t *testing.T) {
	folder := os.Getenv("DMPLENS_CORPUS")
	if folder == "" {
		t.Skip("NO REAL DUMPS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	files, err := filepath.Glob(filepath.Join(folder, "dumps", "*.dmp"))
	if err != nil {
		t.Fatal(err)
	}
	users := 0
	for _, name := range files {
		f, err := dmpfile.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		k, err := nt.ReadKernel(f, nt.Budget{})
		if err != nil || f.Triage == nil || k.DebuggerData == nil {
			continue
		}
		s := k.Snapshot()
		if s.Thread == nil {
			continue
		}
		kdbg, _ := f.Triage.DebuggerData()
		thread, err := f.Triage.Section("thread", f.Triage.ThreadOffset, k.DebuggerData.CopySizes()[2])
		if err != nil {
			t.Fatal(err)
		}
		teb := word(thread, int(uint16(word(kdbg, 0x29A))))
		system := s.Process.ID == 4 || s.Idle
		if teb%0x1000 != 0 || teb >= 1<<47 || system && teb != 0 {
			t.Errorf("%s: the TEB of %s is at %#x", filepath.Base(name), s.Process.Name, teb)
		}
		if teb != 0 {
			users++
		}
	}
	if users < 10 {
		t.Errorf("only %d threads have a user mode", users)
	}
	t.Logf("%d threads have a user mode", users)
}
