package insn_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// corpus is the folder with real dumps.
func corpus(t testing.TB) string {
	t.Helper()
	folder := os.Getenv("DMPLENS_CORPUS")
	if folder == "" {
		t.Skip("NO REAL DUMPS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	return folder
}

// openKernel opens a real dump by the end of its name.
func openKernel(t testing.TB, name string) (*dmpfile.File, *nt.Kernel) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(corpus(t), "dumps", "*"+name))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d dumps are named %s: %v", len(files), name, err)
	}
	f, err := dmpfile.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	k, err := nt.ReadKernel(f, nt.Budget{})
	if err != nil {
		t.Fatal(err)
	}
	return f, k
}

// trueFrame is a frame of a stack that a debugger with images and symbols has walked.
type trueFrame struct{ ip, sp dmpfile.VirtAddr }

func readTruth(t testing.TB, name string) (frames []trueFrame) {
	t.Helper()
	f, err := os.Open(filepath.Join(corpus(t), "truth", name))
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

func TestCorpusFollowReturn(t *testing.T) {
	_, k := openKernel(t, "triage_x64.dmp")
	frames := readTruth(t, "rizinorg__rizin-testbins__triage_x64.truth.txt")
	if len(frames) != 36 {
		t.Fatalf("the truth has %d frames", len(frames))
	}
	exact := 0
	for i, fr := range frames[1:35] {
		r, ok := insn.FollowReturn(k, fr.ip)
		next := frames[i+2]
		switch {
		case !ok:
		case uint64(next.sp-8-fr.sp) != r.Size:
			t.Errorf("frame %d: %#x bytes, not %#x", i+1, r.Size, uint64(next.sp-8-fr.sp))
		default:
			exact++
		}
	}
	if exact < 23 {
		t.Errorf("only %d of 34 frames were followed", exact)
	}
}

// registersOf reads the registers of a list as "rcx=1 ...".
func registersOf(t testing.TB, text string) (r insn.Registers) {
	t.Helper()
	for _, f := range strings.Fields(text) {
		name, value, _ := strings.Cut(f, "=")
		x, ok := insn.RegisterOf(name)
		v, err := strconv.ParseUint(value, 16, 64)
		if !ok || err != nil {
			t.Fatalf("%s is no register", f)
		}
		r.Set(x, v)
	}
	return r
}

// TestCorpusJudge has the faults of real dumps, with the registers of their contexts, trap frames and exception frames.
func TestCorpusJudge(t *testing.T) {
	for _, c := range []struct {
		name        string
		fault       insn.Fault
		registers   string
		verdict     insn.Verdict
		why         insn.Why
		bytes, text string
		computed    uint64
		bit         int // -1 for none
	}{
		{"102622-17265-01.dmp", insn.Fault{IP: 0xfffff80146417980, Code: 0xC000001D}, "rsp=ffffa6094003e4c0 rax=1fb219 rcx=ffff940db63f99d8 rdx=19",
			insn.Refused, insn.Unexplained, "4883ec28", "sub rsp, 0x28", 0, -1},
		{"training_bsods__1e.dmp", insn.Fault{IP: 0xfffff80330ec2e68, Code: 0x80000003}, "rsp=fffff80311a7d4d8",
			insn.Padding, insn.Unchecked, "cc", "int3", 0, -1},
		{"training_bsods__1e.dmp", insn.Fault{IP: 0xfffff80330ec2e69, Code: 0x80000003}, "rsp=fffff80311a7d4d8",
			insn.Padding, insn.Unchecked, "cc", "int3", 0, -1},
		{"training_bsods__d1.dmp", insn.Fault{IP: 0xfffff800a56d1ae9, Code: 0xC0000005, Address: 0x29, HasAddress: true, Access: insn.Read},
			"rcx=fffff800a56f0250 rax=fffff800a56f00e0 rdx=0 rsp=fffff98a6645ee30",
			insn.Contradicts, insn.OtherAddress, "80792905", "cmp byte ptr [rcx+0x29], 0x5", 0xfffff800a56f0279, -1},
		{"training_bsods__7e_1.dmp", insn.Fault{IP: 0xfffff801d566634e, Code: 0xC000001D}, "rax=1 rbx=0",
			insn.NotOnThisProcessor, insn.LacksFeature, "f30fb8d8", "popcnt ebx, eax", 0, -1},
		{"training_bsods__3b_0.dmp", insn.Fault{IP: 0xfffff80370d0f183, Code: 0xC0000005, Address: 0x2000000068, HasAddress: true, Access: insn.Read},
			"rdx=2000000068 rcx=fffff6825de0f930 rax=ffff80813a9ba340 rsp=fffff6825de0f8f0", insn.Consistent, insn.Named, "", "", 0x2000000068, 37},
		{"111417-58375-01.dmp", insn.Fault{IP: 0xfffff8007c0acd28, Code: 0xC0000005, Address: 0x4000010b, HasAddress: true, Access: insn.Read},
			"rcx=40000000 rdi=40000000 r9=40000000 rax=ffffe001405fe570", insn.Consistent, insn.Named, "", "", 0x4000010b, 30},
		{"triage_x64.dmp", insn.Fault{IP: 0xfffff8048b58334c, Code: 0xC0000005, Address: ^uint64(0), HasAddress: true, Access: insn.Read},
			"r8=ffff9b0003360008 r9=44 rcx=20 rdx=1 rax=ffffc08be4da6240 r10=20 r11=20 rbx=1 rsp=ffff850429892120",
			insn.Refused, insn.Unexplained, "43891401", "mov dword ptr [r9+r8], edx", 0xffff9b000336004c, -1},
		{"093024-6125-01.dmp", insn.Fault{IP: 0xfffff80265e550be, Code: 0xC0000005, HasAddress: true, Access: insn.Write},
			"rdi=0 rcx=ffffa1018d09e180 rax=d0f11 rdx=0", insn.Consistent, insn.Named, "", "", 0, -1},
		{"093024-6125-01.dmp", insn.Fault{IP: 0xfffff80265e550be, Code: 0xC0000005, HasAddress: true, Access: insn.Write},
			"rcx=ffffa1018d09e180 rax=d0f11 rdx=0", insn.RegisterUnknown, insn.Unchecked, "", "", 0, -1},
		{"111317-27812-01.dmp", insn.Fault{IP: 0xfffff801eddf9151, Code: 0xC0000005, Address: 0x7ffe0320, HasAddress: true, Access: insn.Read},
			"rax=7ffe0320 rcx=ffffd0003558b690", insn.Consistent, insn.Named, "", "", 0x7ffe0320, -1},
		{"100623-6156-01.dmp", insn.Fault{IP: 0xffffe78f90345f71, Code: 0xC0000005, Address: 0xffffe78f90345f71, HasAddress: true, Access: insn.Execute},
			"", insn.Consistent, insn.Fetched, "", "", 0, -1},
	} {
		f, k := openKernel(t, c.name)
		c.fault.Registers, c.fault.CPUID = registersOf(t, c.registers), f.CPUID()
		s := insn.Judge(k, c.fault)
		bit := -1
		if s.Bit != nil {
			bit = s.Bit.Bit
		}
		t.Logf("%s: %x %q verdict %d why %d meet %d miss %d computed %#x (%v) bit %d", c.name, s.Bytes, s.Instruction, s.Verdict, s.Why, s.Meet, s.Miss,
			s.Computed, s.HasComputed, bit)
		if s.Verdict != c.verdict || s.Why != c.why || c.bytes != "" && fmt.Sprintf("%x", s.Bytes) != c.bytes || c.text != "" && s.Instruction != c.text ||
			s.Computed != c.computed || bit != c.bit {
			t.Errorf("%s: got the above, want verdict %d why %d", c.name, c.verdict, c.why)
		}
	}
}
