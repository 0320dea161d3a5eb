package unwind_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/unwind"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// dump is a real dump.
type dump struct {
	name    string
	file    *dmpfile.File
	kernel  *nt.Kernel
	modules nt.Modules
	stack   unwind.Stack
	caller  unwind.Frame
	passed  [5]uint64
	called  bool // whether there is a caller
}

// faultParameter is the parameter that is the instruction at fault.
var faultParameter = map[uint32]int{0xA: 4, 0xD1: 4, 0x50: 3, 0x1E: 2, 0x3B: 2, 0x7E: 2}

func corpusDumps(t testing.TB, pattern string) (dumps []*dump) {
	t.Helper()
	folder := os.Getenv("DMPLENS_CORPUS")
	if folder == "" {
		t.Skip("NO REAL DUMPS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	files, err := filepath.Glob(filepath.Join(folder, "dumps", "*"+pattern+".dmp"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no dumps are named %s: %v", pattern, err)
	}
	for _, name := range files {
		f, err := dmpfile.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		if f.Triage == nil {
			continue
		}
		d := &dump{name: filepath.Base(name), file: f}
		if d.kernel, err = nt.ReadKernel(f, nt.Budget{}); err != nil {
			t.Fatal(err)
		}
		if d.modules, err = d.kernel.Modules(); err != nil {
			t.Fatal(err)
		}
		d.find(d.kernel)
		dumps = append(dumps, d)
	}
	return dumps
}

// find prepares a walk of a stack in the memory of the dump, or what a test has for it.
func (d *dump) find(m insn.Memory) {
	unloaded, _ := d.kernel.UnloadedModules()
	low, high, _ := d.file.Triage.Stack()
	d.stack = unwind.Stack{
		Memory: m, Low: low, High: high, Kernel: d.modules.At(0).Base,
		Module: func(a dmpfile.VirtAddr) (base, end dmpfile.VirtAddr, ok bool) {
			m := d.modules.Find(a)
			if m == nil {
				return 0, 0, false
			}
			return m.Base, m.Base + dmpfile.VirtAddr(m.Size), true
		},
		Unloaded: func(a dmpfile.VirtAddr) bool {
			for _, m := range unloaded {
				if m.Base <= a && a < m.End {
					return true
				}
			}
			return false
		},
	}
	d.stack.Machine, _ = d.file.Machine()
	code, _ := d.file.BugCheckCode()
	if n, ok := faultParameter[code&^(1<<28)]; ok {
		v, _ := d.file.BugCheckParameter(n)
		d.stack.Fault = dmpfile.VirtAddr(v)
	}
	last, _ := d.file.BugCheckParameter(4)
	d.caller, d.passed, d.called = d.stack.Caller(low, code, last)
}

func (d *dump) walk() []unwind.Frame {
	if d.called {
		return d.stack.Walk(d.caller)
	}
	c, _ := d.file.Context()
	return d.stack.Walk(unwind.ContextFrame(c, 0))
}

func (d *dump) place(a dmpfile.VirtAddr) string {
	if m := d.modules.Find(a); m != nil {
		return fmt.Sprintf("%s+%#x", m.Name, uint64(a-m.Base))
	}
	return fmt.Sprintf("%#x", uint64(a))
}

// trueFrame is a frame of a stack that a debugger with images and symbols has walked.
type trueFrame struct{ ip, sp dmpfile.VirtAddr }

func readTruth(t testing.TB, name string) (frames []trueFrame) {
	t.Helper()
	f, err := os.Open(filepath.Join(os.Getenv("DMPLENS_CORPUS"), "truth", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var n int
		var fr trueFrame
		if k, _ := fmt.Sscanf(s.Text(), "%d 0x%x sp: 0x%x", &n, &fr.ip, &fr.sp); k == 3 && n == len(frames) && fr.ip != 0 {
			frames = append(frames, fr)
		}
	}
	return frames
}

// TestCorpusTriageX64 compares a walk without images with one that had images and symbols.
func TestCorpusTriageX64(t *testing.T) {
	d := corpusDumps(t, "triage_x64")[0]
	truth := readTruth(t, "rizinorg__rizin-testbins__triage_x64.truth.txt")
	if len(truth) != 36 {
		t.Fatalf("the truth has %d frames", len(truth))
	}
	number := map[trueFrame]int{}
	for i, f := range truth {
		number[f] = i
	}
	trust := map[int]unwind.Trust{}
	byCode, found := 0, 0
	for _, f := range d.walk() {
		i, ok := number[trueFrame{f.IP, f.SP}]
		if !ok {
			if f.Trust != unwind.Scan {
				t.Errorf("%s is no frame, but %s", d.place(f.IP), f.Trust)
			}
			continue
		}
		trust[i] = f.Trust
		if f.Trust == unwind.Code {
			byCode++
		}
		if i >= 8 {
			found++
		}
	}
	want := map[int]unwind.Trust{1: unwind.Exact, 8: unwind.Context}
	for i := 9; i <= 19; i++ {
		want[i] = unwind.History
	}
	for i, w := range want {
		if trust[i] != w {
			t.Errorf("frame %d is %q, not %s", i, trust[i], w)
		}
	}
	if byCode < 10 || found < 28 {
		t.Errorf("%d frames by code, and %d of the %d from the trap on", byCode, found, len(truth)-8)
	}
}

func TestCorpusTriageARM64(t *testing.T) {
	d := corpusDumps(t, "triage_arm64")[0]
	truth := readTruth(t, "rizinorg__rizin-testbins__triage_arm64.truth.txt")
	frames := d.walk()
	if len(truth) != 5 || len(frames) != 5 {
		t.Fatalf("%d frames, the truth has %d", len(frames), len(truth))
	}
	for i, f := range frames {
		want := unwind.FramePointer
		if i == 0 {
			want = unwind.Context
		}
		if (trueFrame{f.IP, f.SP}) != truth[i] || f.Trust != want {
			t.Errorf("frame %d is %+v, not %x", i, f, truth[i])
		}
	}
}

// TestCorpusCallers are the calls of KeBugCheckEx, and what they passed where the header has something else.
func TestCorpusCallers(t *testing.T) {
	for _, c := range []struct {
		dump, caller string // "" for none
		passed       [5]uint64
	}{
		{"111317-27812-01", "ntoskrnl.exe+0x16b395", [5]uint64{0x50, 0x7ffe0320, 0, 0xffffd0003558b4b0, 8}},
		{"100623-6156-01", "ntoskrnl.exe+0x44ac53", [5]uint64{0x50, 0xffffe78f90345f71, 0x11, 0xffffcc04584b7180, 2}},
		{"s__d1", "ntoskrnl.exe+0x4123a9", [5]uint64{0xA, 0x29, 2, 0, 0xfffff800a56d1ae9}},
		{"111417-76578-01", "dxgkrnl.sys+0x187c5", [5]uint64{0xEA, 0xffffe00102f64880}},
		{"111317-29609-01", "atikmdag.sys+0x2783e", [5]uint64{0xA0000001, 5}},
		{"111417-58375-01", "", [5]uint64{}},
		{"triage_arm64", "", [5]uint64{}},
	} {
		d := corpusDumps(t, c.dump)[0]
		got := ""
		if d.called {
			got = d.place(d.caller.IP)
		}
		if got != c.caller || d.passed != c.passed {
			t.Errorf("%s: %q passed %x", c.dump, got, d.passed)
		}
	}
}

// TestCorpusAnchors are frames that the anchors give.
func TestCorpusAnchors(t *testing.T) {
	d := corpusDumps(t, "s__7e_1")[0]
	count := 0
	for _, f := range d.walk() {
		if strings.HasPrefix(d.place(f.IP), "nvlddmkm.sys+") && (f.Trust == unwind.Context || f.Trust == unwind.History) {
			count++
		}
	}
	if count != 12 {
		t.Errorf("7e_1: %d frames of nvlddmkm.sys that the kernel unwound", count)
	}
	d = corpusDumps(t, "093024-6125-01")[0]
	for _, f := range d.walk() {
		if f.Record != 0 && !f.User {
			if v, ok := f.Registers.Get(insn.RDI); v != 0 || !ok || f.Trust != unwind.Context {
				t.Errorf("6125: rdi of the fault is %#x, known: %t", v, ok)
			}
			return
		}
	}
	t.Error("6125: the fault is not there")
}

// planted is the memory of a dump with one word of the stack replaced.
type planted struct {
	insn.Memory
	at   dmpfile.VirtAddr
	word [8]byte
}

func (m planted) ReadVirtual(p []byte, a dmpfile.VirtAddr) (int, error) {
	n, err := m.Memory.ReadVirtual(p, a)
	for i, b := range m.word {
		if off := m.at + dmpfile.VirtAddr(i) - a; off < dmpfile.VirtAddr(max(0, n)) {
			p[off] = b
		}
	}
	return n, err
}

// TestCorpusPlanted has the return address of a true frame once more below it, and a trap frame whose handler is no code.
func TestCorpusPlanted(t *testing.T) {
	for _, c := range []struct {
		dump     string
		slot, at dmpfile.VirtAddr // of the true frame; of the copy
	}{
		{"s__7e_1", 0xFFFF838D7CC268A8, 0xFFFF838D7CC26848},
		{"s__7e_1", 0xFFFF838D7CC269A8, 0xFFFF838D7CC26958},
		{"triage_x64", 0xFFFF850429892208, 0xFFFF8504298921D8},
	} {
		d := corpusDumps(t, c.dump)[0]
		p := planted{Memory: d.kernel, at: c.at}
		if n, err := d.kernel.ReadVirtual(p.word[:], c.slot); n != 8 {
			t.Fatal(err)
		}
		d.find(p)
		found := false
		for _, f := range d.walk() {
			found = found || f.Slot == c.at || f.Slot == c.slot
			if (f.Slot == c.at || f.Slot == c.slot) && f.Trust != unwind.Scan {
				t.Errorf("%s: of two words %s at %x is %s", c.dump, d.place(f.IP), uint64(f.Slot), f.Trust)
			}
		}
		if !found {
			t.Errorf("%s: neither word at %x and %x is a frame", c.dump, uint64(c.slot), uint64(c.at))
		}
	}

	d := corpusDumps(t, "s__d1")[0]
	var trap dmpfile.VirtAddr
	for _, f := range d.walk() {
		if f.Record != 0 && !f.User {
			trap = f.Record
			break
		}
	}
	header := planted{Memory: d.kernel, at: trap - 8}
	binary.LittleEndian.PutUint64(header.word[:], uint64(d.stack.Kernel)+0x20)
	d.find(header)
	if trap == 0 {
		t.Fatal("d1: the trap frame is not there")
	}
	for _, f := range d.walk() {
		if f.IP == d.stack.Kernel+0x20 || f.Record == trap {
			t.Errorf("d1: a handler in the headers gives %s as %s", d.place(f.IP), f.Trust)
		}
	}
}

// TestCorpusWalks walks the stacks of all dumps. With -v it prints them.
func TestCorpusWalks(t *testing.T) {
	for _, d := range corpusDumps(t, "") {
		frames := d.walk()
		if len(frames) < 4 {
			t.Errorf("%s: %d frames", d.name, len(frames))
		}
		counts := map[unwind.Trust]int{}
		last := ""
		var modules []string
		for i, f := range frames {
			counts[f.Trust]++
			if i > 0 && !f.User && f.SP <= frames[i-1].SP {
				t.Errorf("%s: frame %d is not above the one before", d.name, i)
			}
			if i > 0 && f.Record == 0 && !f.Gap && f.Trust.Rank() < frames[i-1].Trust.Rank() && f.Trust != unwind.Exact {
				t.Errorf("%s: frame %d is surer than the one that it was reached from", d.name, i)
			}
			m, _, _ := strings.Cut(d.place(f.IP), "+")
			if f.User {
				m = "(user)"
			}
			if f.Unloaded {
				m += " (unloaded)"
			}
			if m != last {
				modules = append(modules, m)
			}
			last = m
		}
		t.Logf("%s: %d frames %v: %s", d.name, len(frames), counts, strings.Join(modules, " < "))
		for _, f := range frames {
			t.Logf("    %-13s %x %s", f.Trust, uint64(f.SP), d.place(f.IP))
		}
	}
}

func BenchmarkWalk(b *testing.B) {
	for _, d := range corpusDumps(b, "triage_x64") {
		for b.Loop() {
			d.find(d.kernel)
			d.walk()
		}
	}
}
