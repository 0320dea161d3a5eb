package nt_test

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

// TestEncodedDebuggerData decodes blocks with any secrets, whose only plain words are in the header of the dump.
func TestEncodedDebuggerData(t *testing.T) {
	s := windows(dmptest.Build26100, dmptest.ModeAMD64)
	sp := s.Space()
	x := s.Bitmap(sp)
	whole := x.Image().Data()
	f := open(t, whole)
	pfn, ok := sp.Frame(s.KdbgAt())
	off, stored, err := f.Page(pfn)
	if !ok || !stored || err != nil {
		t.Fatal(ok, stored, err)
	}
	off += int64(s.KdbgAt() % 0x1000)
	plain := bytes.Clone(whole[off : off+0x3A0])
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.Uint64()
		copy(whole[off:], dmptest.EncodeKDBG(plain, secret.Draw(t, "never"), secret.Draw(t, "always"), secret.Draw(t, "address")))
		k, err := nt.ReadKernel(f, nt.BudgetOf(100))
		if err != nil {
			t.Fatal(err)
		}
		base, _ := k.Base()
		lab, err := k.BuildLab()
		if k.DebuggerData == nil || uint64(base) != s.BaseAt(0) || lab != s.BuildLab || err != nil {
			t.Fatalf("%s, kernel at %#x, %q, %v", k.DebuggerState, base, lab, err)
		}
	})
}

// fuzzSystems are dumps that differ in where their lists and tables are.
func fuzzSystems() (all [][]byte) {
	for _, c := range machines {
		s := windows(c.build, c.mode)
		u := program(&s)
		sp := s.Space()
		u.Map(sp)
		all = append(all, s.Bitmap(sp).Image().Data())
	}
	s := windows(dmptest.Build26100, dmptest.ModeAMD64)
	s.Encoded = true
	all = append(all, s.Bitmap(s.Space()).Image().Data())
	other := *dmptest.Build26100
	other.Process.ImageName += 0x28
	s = windows(&other, dmptest.ModeAMD64)
	s.Header.Build = 27900
	return append(all, s.Bitmap(s.Space()).Image().Data())
}

// FuzzKernel changes words of a dump's memory.
func FuzzKernel(f *testing.F) {
	var dumps []dmptest.Fuzzed
	for i, d := range fuzzSystems() {
		dumps = append(dumps, dmptest.NewFuzzed(d))
		f.Add(uint8(i), []byte{})
		f.Add(uint8(i), []byte{1, 0, 0, 0x80, 2, 0, 0, 0, 0, 0, 0, 0x80})
		f.Add(uint8(i), []byte{5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF})
	}
	f.Fuzz(func(t *testing.T, which uint8, changes []byte) {
		data := dumps[int(which)%len(dumps)].Change(changes)
		d, err := dmpfile.NewFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		k, err := nt.ReadKernel(d, nt.BudgetOf(200))
		if err != nil {
			return
		}
		lookAtKernel(t, k)
	})
}

// lookAtUserMode asks for the modules of a thread's user mode.
func lookAtUserMode(t *testing.T, k *nt.Kernel, thread dmpfile.VirtAddr) {
	u, err := k.UserMode(thread)
	if err != nil {
		return
	}
	if u.PEB == 0 || u.PEB>>63 != 0 || u.StackLimit > u.StackBase {
		t.Fatalf("%+v", u)
	}
	modules, err := k.UserModules(u)
	for i, m := range modules.All() {
		k.Identify(m)
		if m.Base == 0 || m.Base>>63 != 0 || m.Size == 0 || m.Path != "" || strings.ContainsAny(m.Name, `\/`) || err == nil && modules.Len() > 100 {
			t.Fatalf("module %d of %d: %+v", i, modules.Len(), m)
		}
	}
}

// lookAtKernel asks a kernel for everything, and checks what has to hold of any answer.
func lookAtKernel(t *testing.T, k *nt.Kernel) {
	modules, err := k.Modules()
	for i, m := range modules.All() {
		if m.Base == 0 || m.Size == 0 || err == nil && modules.Len() > 100 {
			t.Fatalf("module %d of %d: %+v", i, modules.Len(), m)
		}
		k.Identify(m)
	}
	processes, _ := k.Processes()
	for _, p := range processes {
		if p.Name == "" || len(p.Name) > 15 || p.ID >= 1<<32 {
			t.Fatalf("process %+v", p)
		}
	}
	unloaded, _ := k.UnloadedModules()
	if len(unloaded) > 50 {
		t.Fatalf("%d unloaded modules", len(unloaded))
	}
	for n := range uint32(3) {
		p, err := k.Processor(n)
		if (p == nil) != (err != nil) {
			t.Fatalf("%+v, %v", p, err)
		}
		if p != nil && (p.Number != n || p.Idle && p.Process == nil) {
			t.Fatalf("%+v", p)
		}
		if a, size, err := k.ProcessorArea(n); err == nil {
			if u, err := k.Pages(a, uint64(size)); err == nil && (u.Have > u.Mapped || u.Mapped > u.Of || u.Of > 17) {
				t.Fatalf("%+v", u)
			}
		}
	}
	s := k.Snapshot()
	if s == nil || s.Idle && s.Process == nil {
		t.Fatalf("%+v", s)
	}
	s.Context(k)
	if s.Thread != nil {
		lookAtUserMode(t, k, s.Thread.Address)
	}
	k.Base()
	if lab, err := k.BuildLab(); len(lab) > 128 || lab == "" && err == nil {
		t.Fatalf("%q, %v", lab, err)
	}
	for _, bits := range []int{32, 64} {
		nt.ReadSharedData(k, bits)
	}
	for _, a := range []dmpfile.VirtAddr{0, nt.SharedDataAddress(32), nt.SharedDataAddress(64)} {
		k.PageState(a)
		visit := func(_ int64, table []byte) bool {
			if valid, odd := k.TableEntries(table); odd > valid || valid > 1024 {
				t.Fatalf("%d of %d entries are odd", odd, valid)
			}
			return true
		}
		k.TablesTo(a, visit)
		k.EachTable(a, a|0xFFFFFFF, 16, visit)
	}
	if have, of, missing, _ := k.UserPages(256); have > of || of > 256 || missing < 0 {
		t.Fatalf("%d of %d user pages, %d missing", have, of, missing)
	}
}
