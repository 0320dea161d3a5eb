package insn_test

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// pieces is memory made of pieces that do not touch.
type pieces map[dmpfile.VirtAddr][]byte

func (p pieces) ReadVirtual(b []byte, a dmpfile.VirtAddr) (int, error) {
	for base, data := range p {
		if a-base < dmpfile.VirtAddr(len(data)) {
			if n := copy(b, data[a-base:]); n == len(b) {
				return n, nil
			} else {
				return n, errors.New("not all there")
			}
		}
	}
	return 0, errors.New("not there")
}

// code is bytes written as hexadecimal digits.
func code(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const base = dmpfile.VirtAddr(0xfffff80012340000)

func TestText(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{"0f01cb", "stac"}, {"0f01ca", "clac"}, {"f3480f1ec8", "rdsspq rax"}, {"f30f1ec9", "rdsspd ecx"}, {"f30f1efa", "endbr64"},
		{"f3480faee9", "incsspq rcx"}, {"c5f877", "vzeroupper"}, {"c5fc77", "vzeroall"}, {"0f78 4c2408", "vmread qword ptr [rsp+0x8], rcx"},
		{"74 10", "je 0xfffff80012340012"}, {"0f93 c0", "setae al"}, {"480f44c1", "cmove rax, rcx"}, {"e8 fbffffff", "call 0xfffff80012340000"},
		{"488b05 f9ffffff", "mov rax, qword ptr [0xfffff80012340000]"}, {"0fff c0", "ud0 eax, eax"}, {"660fae30", "clwb byte ptr [rax]"},
		{"f3 0fb8d8", "popcnt ebx, eax"}, {"f3 ab", "rep stosd dword ptr [rdi]"}, {"9090", "nop"},
	} {
		i, err := insn.Decode(code(t, c.code))
		if err != nil || i.Text(base) != c.want {
			t.Errorf("%s: %q, %v, not %q", c.code, i.Text(base), err, c.want)
		}
	}
	for _, c := range []string{"", "0f", "f3", "0f01", "0f24c0", "06", "c5f8", "f3480f1e", "0f78", "660f38f8c0"} {
		if i, err := insn.Decode(code(t, c)); err == nil {
			t.Errorf("%s is %q", c, i.Text(base))
		}
	}
}

func TestFollowReturn(t *testing.T) {
	for _, c := range []struct {
		name, code string
		size       uint64
		saved      []insn.Saved
		ok         bool
	}{
		{"add and return", "4883c428 c3", 0x28, nil, true},
		{"pops", "4883c430 5f 5e c3", 0x40, nil, false}, // the frame of a call is 8 more than a multiple of 16
		{"pops that align", "4883c438 5f 5e c3", 0x48, []insn.Saved{{insn.RSI, 0x40}, {insn.RDI, 0x38}}, true},
		{"loads, then pops", "488b5c2440 4883c430 5f c3", 0x38, []insn.Saved{{insn.RBX, 0x40}, {insn.RDI, 0x30}}, true},
		{"by r11", "4c8d5c2450 498b5b20 498be3 5d c3", 0x58, []insn.Saved{{insn.RBX, 0x70}, {insn.RBP, 0x50}}, true},
		{"lea rsp", "488d642428 c3", 0x28, nil, true},
		{"by rbp, which is not known", "488d6530 5d c3", 0, nil, false},
		{"leave with rbp not known", "c9 c3", 0, nil, false},
		{"leave", "488d6c2450 c9 c3", 0x58, []insn.Saved{{insn.RBP, 0x50}}, true},
		{"a call between", "e800000000 4883c428 c3", 0x28, nil, true},
		{"both sides agree", "7405 4883c428 c3 4883c428 c3", 0x28, nil, true},
		{"both sides disagree", "7405 4883c428 c3 4883c438 c3", 0, nil, false},
		{"one side leaves the memory", "0f8400100000 4883c428 c3", 0x28, nil, true},
		{"a loop", "ebfe", 0, nil, false},
		{"a loop with a way out", "85c0 75fc 4883c428 c3", 0x28, nil, true},
		{"jump", "eb01 cc 4883c428 c3", 0x28, nil, true},
		{"tail call", "4883c428 e9ffff0000", 0x28, nil, true},
		{"tail call through memory", "4883c428 48ff2500100000", 0x28, nil, true},
		{"jump through memory in the body", "ff2500100000", 0, nil, false},
		{"a switch", "ffe1 4883c428 c3", 0, nil, false},
		{"a breakpoint", "cc 4883c428 c3", 0, nil, false},
		{"a fast fail on one side", "7402 cd29 4883c428 c3", 0x28, nil, true},
		{"undefined", "0f0b 4883c428 c3", 0, nil, false},
		{"rsp by a register", "482be0 c3", 0, nil, false},
		{"rsp aligned", "4883e4f0 4883c428 c3", 0, nil, false},
		{"pop rsp", "5c c3", 0, nil, false},
		{"xchg rsp", "4894 4883c428 c3", 0, nil, false},
		{"no home area", "4883c418 c3", 0, nil, false},
		{"push and pop", "53 5b 4883c428 c3", 0x28, nil, true},
		{"16 bits", "6650 4883c42a c3", 0x28, nil, true},
		{"stac", "0f01cb 0f01ca 4883c428 c3", 0x28, nil, true},
		{"cut short", "4883c428", 0, nil, false},
		{"nothing there", "", 0, nil, false},
		{"overwritten after it was restored", "488b5c2440 488bd8 4883c428 c3", 0x28, nil, true},
	} {
		r, ok := insn.FollowReturn(pieces{base: code(t, c.code)}, base)
		if ok != c.ok || ok && (r.Size != c.size || !reflect.DeepEqual(r.Saved, c.saved)) {
			t.Errorf("%s: %+v, %v", c.name, r, ok)
		}
	}
}

func TestFollowKnown(t *testing.T) {
	m := pieces{base: code(t, "488d6530 5d c3"), 0x1000: make([]byte, 0x100)}
	m[0x1000][0x50] = 7
	var r insn.Registers
	r.Set(insn.RSP, 0x1000)
	r.Set(insn.RBP, 0x1020)
	r.Set(insn.RAX, 1)
	r.Set(insn.RBX, 2)
	back, ok := insn.FollowCall(m, base, r)
	if !ok || back.Size != 0x58 {
		t.Fatalf("%+v, %v", back, ok)
	}
	c := back.Caller(m, 0x1000, r)
	if v, ok := c.Get(insn.RBP); !ok || v != 7 {
		t.Error("rbp was not restored")
	}
	if v, _ := c.Get(insn.RSP); v != 0x1060 {
		t.Errorf("rsp is %#x", v)
	}
	if _, ok := c.Get(insn.RAX); ok {
		t.Error("rax is not kept over calls")
	}
	if v, _ := c.Get(insn.RBX); v != 2 {
		t.Error("rbx was lost")
	}
	// Ways that restore rbx from different places.
	m[base] = code(t, "740a 488b5c2440 4883c428 c3 488b5c2448 4883c428 c3")
	back, ok = insn.FollowReturn(m, base)
	if !ok || len(back.Saved) != 0 || !reflect.DeepEqual(back.Lost, []insn.Register{insn.RBX}) {
		t.Errorf("%+v, %v", back, ok)
	}
}

func TestPadding(t *testing.T) {
	for _, c := range []struct {
		code string
		at   int
		want bool
	}{
		{"c3 cccccc 48", 1, true}, {"c3 cccccc 48", 3, true}, {"c3 cccccc 48", 0, false}, {"c3 cccccc 48", 4, false},
		{"e800000000 cc 48", 5, false}, {"e800000000 cccccc 48", 5, false}, {"e800000000 cccccc 48", 6, true},
		{"ff1500000000 cccc 48", 6, false}, {"c3 9090 48", 1, true}, {"0000 9090 48", 2, false}, {"8bc1 cc c3", 2, false}, {"c3 cc c3", 1, false},
		{"c3 cccccccccc cc c3 cccc", 6, false}, {"c3 cccccccccc cc c3 cccc", 5, true}, {"c3 cccccccccc cc c20800 cccc", 6, false},
		{"85c0 7505 4883c428 c3 cccccc 48", 9, false}, {"85c0 7505 4883c428 c3 cccccc 48", 10, true}, // a cold breakpoint
		{"85c0 0f8505000000 4883c428 c3 cccccc", 13, false}, {"85c0 7405 4883c428 c3 cccccc", 9, false},
		{"85c0 7504 4883c428 c3 cccccc 48", 9, true},                // the branch is to the return
		{"b801000000 4883c428 c3 cccccccccc cc cc 33c0", 15, false}, // where a function begins
		{"b801000000 4883c428 c3 cccccccccc cc cc 33c0", 14, true},
	} {
		if got := insn.IsPadding(pieces{base + 1: code(t, c.code)}, base+1+dmpfile.VirtAddr(c.at)); got != c.want {
			t.Errorf("%s at %d: %v", c.code, c.at, got)
		}
	}
}

// TestPaddingCalled has a function that is nothing but a breakpoint, and its caller's return address on the stack.
func TestPaddingCalled(t *testing.T) {
	const at = base + 0x104
	m := pieces{base: code(t, "90 e8fe000000 ff15f41f0000 90"), at - 4: code(t, "8bc1 c3 cc cccccccc 48"),
		base + 0x2000: code(t, "0401341200f8ffff"), 0x1000: make([]byte, 8)}
	for _, c := range []struct {
		back    dmpfile.VirtAddr
		verdict insn.Verdict
	}{{base + 6, insn.Consistent}, {base + 12, insn.Consistent}, {base + 5, insn.Padding}, {0, insn.Padding}} {
		binary.LittleEndian.PutUint64(m[0x1000], uint64(c.back))
		for _, ip := range []dmpfile.VirtAddr{at, at + 1} {
			s := insn.Judge(m, insn.Fault{IP: ip, Code: insn.StatusBreakpoint, Registers: registersOf(t, "rsp=1000")})
			if s.Verdict != c.verdict {
				t.Errorf("%#x for %#x: %+v", c.back, ip, s)
			}
		}
	}
}

// filled is code of a usual kind, then more.
func filled(t testing.TB, more string) pieces {
	b := code(t, strings.Repeat("488bd9 33c9 4885c0 7405 ff15b1320000 0f1f440000 448bc0 488d542430 c744242001000000", 5))
	return pieces{base - dmpfile.VirtAddr(len(b)): append(b, code(t, more)...)}
}

func TestBoundary(t *testing.T) {
	m := filled(t, "48833a00")
	if meet, miss := insn.Boundary(m, base); meet < 100 || miss > meet/8 {
		t.Errorf("%d meet it, %d do not", meet, miss)
	}
	if meet, miss := insn.Boundary(m, base-5); meet > miss/8 || miss < 100 {
		t.Errorf("%d meet what is inside, %d do not", meet, miss)
	}
	if meet, miss := insn.Boundary(pieces{}, base); meet != 0 || miss != 0 {
		t.Error("there is nothing")
	}
}

// TestBehindData has begins of functions with data before them, behind padding, a return or other data: nothing says that they are inside of an
// instruction.
func TestBehindData(t *testing.T) {
	pad, body := strings.Repeat("cc", 10), strings.Repeat("488bd9 33c9 4885c0 7405 ff15b1320000 0f1f440000 448bc0 488d542430 c744242001000000", 5)
	for _, c := range []struct{ name, before, at string }{
		{"a hash behind padding", body + "c3" + pad + "65012535aa70846b", "8a910b010000"},
		{"another one", body + "c3" + pad + "45c95100421cf8b0", "8a910b010000"},
		{"a hash behind a return", body + "c3" + "45c95100421cf8b0", "4883ec28"},
		{"a hash behind a tail call", body + "e910203040" + "65012535aa70846b", "48895c2408"},
		{"a hash behind nops", body + "c3" + strings.Repeat("90", 8) + "65012535aa70846b", "488b01c3"},
		{"a hash behind ud2", body + "0f0b" + "45c95100421cf8b0", "4053"},
		{"a table of jumps", strings.Repeat("48b91500 c8011600 48b91700 05b81500", 12), "488b01c3"},
		{"a table of jumps and padding", strings.Repeat("48b91500 c8011600 48b91700 05b81500", 12) + "cccc", "488b01c3"},
	} {
		b := code(t, c.before)
		m := pieces{base - dmpfile.VirtAddr(len(b)): append(b, code(t, c.at)...)}
		s := insn.Judge(m, insn.Fault{IP: base, Code: insn.StatusAccessViolation, Address: 0x29, HasAddress: true})
		if s.Verdict == insn.InsideInstruction {
			t.Errorf("%s: %+v", c.name, s)
		}
	}
}

// TestRandomHash has the 8 bytes of a hash in all kinds before a function that begins behind padding.
func TestRandomHash(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, at := range []dmpfile.VirtAddr{base, base + 8} {
		for range 2000 {
			b := code(t, strings.Repeat("488b5c2430 4883c420 5f c3 cccccccc", 12)+strings.Repeat("cc", 9))
			b = binary.LittleEndian.AppendUint64(b, r.Uint64())
			hash := b[len(b)-8:]
			m := pieces{at - dmpfile.VirtAddr(len(b)): append(b, code(t, "488b01c3")...)}
			s := insn.Judge(m, insn.Fault{IP: at, Code: insn.StatusIllegalInstruction})
			if s.Verdict == insn.InsideInstruction {
				t.Fatalf("%x: %+v", hash, s)
			}
		}
	}
}

func TestJudge(t *testing.T) {
	const (
		av    = insn.StatusAccessViolation
		ud    = insn.StatusIllegalInstruction
		ones  = ^uint64(0)
		kern  = 0xffff800000001000
		wrong = 0x0fff800000001000
	)
	cpuid := []dmpfile.CPUIDLeaf{{Leaf: 1, ECX: 1 << 27}, {Leaf: 7, EBX: 1 << 20}}
	for _, c := range []struct {
		name, code string
		code32     uint32
		address    uint64 // 1 for none
		registers  string
		verdict    insn.Verdict
		why        insn.Why
	}{
		{"the address that it names", "488b4108", av, 0x2008, "rcx=2000", insn.Consistent, insn.Named},
		{"another", "488b4108", av, 0x29, "rcx=ffff800000001000", insn.Contradicts, insn.OtherAddress},
		{"into the next page", "488b4104", av, 0x3000, "rcx=2ff8", insn.Consistent, insn.Named},
		{"right behind it", "488b4108", av, 0x3000, "rcx=2ff0", insn.Contradicts, insn.OtherAddress},
		{"an index", "488b04d1", av, 0x2018, "rcx=2000 rdx=3", insn.Consistent, insn.Named},
		{"an index that is not known", "488b04d1", av, 0x2018, "rcx=2000", insn.RegisterUnknown, insn.Unchecked},
		{"the base is not known", "488b4108", av, 0x29, "", insn.RegisterUnknown, insn.Unchecked},
		{"a segment", "65488b042588010000", av, 0x29, "", insn.RegisterUnknown, insn.Unchecked},
		{"the stack of a push", "53", av, 0xff8, "rsp=1000", insn.Consistent, insn.Named},
		{"not that of a push", "53", av, 0x1000, "rsp=1000", insn.Contradicts, insn.OtherAddress},
		{"push of memory: the stack", "ff31", av, 0xff8, "rsp=1000 rcx=2000", insn.Consistent, insn.Named},
		{"a pop", "58", av, 0x1000, "rsp=1000", insn.Consistent, insn.Named},
		{"a call: its shadow stack", "e800000000", av, kern, "rsp=1000", insn.NotJudged, insn.Unchecked},
		{"leave", "c9", av, 0x2000, "rbp=2000", insn.Consistent, insn.Named},
		{"rep movsb ahead", "f3a4", av, 0x2800, "rsi=2000 rdi=9000 rcx=1000", insn.Consistent, insn.Named},
		{"rep movsb elsewhere", "f3a4", av, 0x7000, "rsi=2000 rdi=9000 rcx=1000", insn.Contradicts, insn.OtherAddress},
		{"rep movsb without a count", "f3a4", av, 0x7000, "rsi=2000 rdi=9000", insn.RegisterUnknown, insn.Unchecked},
		{"a gather", "c4e26d900c81", av, 0x29, "rcx=2000 rsp=1000", insn.RegisterUnknown, insn.Unchecked},
		{"no memory", "4803c1", av, 0x29, "rcx=1 rax=2", insn.Contradicts, insn.NoAccess},
		{"lea touches nothing", "488d4108", av, 0x2008, "rcx=2000", insn.Contradicts, insn.NoAccess},
		{"a descriptor table", "0f00d8", av, 0x29, "rax=10", insn.NotJudged, insn.Unchecked},
		{"fetch", "488b4108", av, uint64(base), "rcx=2000", insn.Consistent, insn.Fetched},
		{"by rip", "488b0500100000", av, uint64(base) + 0x1007, "", insn.Consistent, insn.Named},
		{"bts with a far bit", "480fab01", av, 0x2008, "rcx=2000 rax=40", insn.Consistent, insn.Named},

		{"not canonical", "488b4108", av, ones, "rcx=0fff800000001000", insn.Consistent, insn.NonCanonical},
		{"nothing explains it", "488b4108", av, ones, "rcx=ffff800000001000", insn.Refused, insn.Unexplained},
		{"the last byte is named", "8a01", av, ones, "rcx=ffffffffffffffff", insn.Consistent, insn.Named},
		{"movaps not aligned", "0f284108", av, ones, "rcx=ffff800000001000", insn.Consistent, insn.Misaligned},
		{"movaps aligned", "0f2801", av, ones, "rcx=ffff800000001000", insn.Refused, insn.Unexplained},
		{"movups needs none", "0f104108", av, ones, "rcx=ffff800000001000", insn.Refused, insn.Unexplained},
		{"addps not aligned", "0f584108", av, ones, "rcx=ffff800000001000", insn.Consistent, insn.Misaligned},
		{"vaddps needs none", "c5f0584108", av, ones, "rcx=ffff800000001000", insn.Refused, insn.Unexplained},
		{"cmpxchg16b not aligned", "480fc74908", av, ones, "rcx=ffff800000001000", insn.Consistent, insn.Misaligned},
		{"wrmsr", "0f30", av, ones, "", insn.NotJudged, insn.Protected},
		{"mov cr4", "0f22e0", av, ones, "rax=1", insn.NotJudged, insn.Protected},
		{"iretq", "48cf", av, ones, "rsp=1000", insn.NotJudged, insn.Protected},
		{"mov to a segment", "8ed8", av, ones, "rax=10", insn.NotJudged, insn.Protected},
		{"a call to nowhere", "ffd0", av, ones, "rax=0fff800000001000 rsp=1000", insn.Consistent, insn.NonCanonicalTarget},
		{"a call to somewhere", "ffd0", av, ones, "rax=ffff800000001000 rsp=1000", insn.Refused, insn.Unexplained},
		{"a return to what is not there", "c3", av, ones, "rsp=1000", insn.RegisterUnknown, insn.Unchecked},
		{"no address recorded", "488b4108", av, 1, "rcx=ffff800000001000", insn.NotJudged, insn.Unchecked},
		{"base not known", "488b4108", av, ones, "", insn.RegisterUnknown, insn.Unchecked},

		{"refused", "4883ec28", ud, 1, "", insn.Refused, insn.Unexplained},
		{"ud2", "0f0b", ud, 1, "", insn.Consistent, insn.Undefined},
		{"popcnt that is not there", "f30fb8d8", ud, 1, "", insn.NotOnThisProcessor, insn.LacksFeature},
		{"stac that is there", "0f01cb", ud, 1, "", insn.Refused, insn.Unexplained},
		{"rdtscp of a leaf that is not there", "0f01f9", ud, 1, "", insn.NotJudged, insn.MayLackFeature},
		{"avx that is not there", "c5f058c1", ud, 1, "", insn.NotOnThisProcessor, insn.LacksFeature},
		{"vmcall", "0f01c1", ud, 1, "", insn.NotJudged, insn.Undefined},
		{"lock", "f0ff01", ud, 1, "", insn.NotJudged, insn.Undefined},
		{"of a map that grows", "660f38cfc1 000000000000000000000000", ud, 1, "", insn.NotJudged, insn.Undefined},
		{"no instruction", "06 00000000000000000000000000000000", ud, 1, "", insn.Consistent, insn.Undefined},
		{"no instruction for a page fault", "06 00000000000000000000000000000000", av, 0x29, "", insn.NoBytes, insn.Unchecked},

		{"a breakpoint", "cc 8bc1", insn.StatusBreakpoint, 1, "", insn.Consistent, insn.Breaks},
		{"no breakpoint", "8bc1", insn.StatusBreakpoint, 1, "", insn.Contradicts, insn.NoBreak},
		{"division by zero", "f7f1", insn.StatusDivideByZero, 1, "rcx=ffffffff00000000", insn.Consistent, insn.Divides},
		{"division by something", "48f7f1", insn.StatusDivideByZero, 1, "rcx=ffffffff00000000", insn.Contradicts, insn.NoDivision},
		{"no division", "8bc1", insn.StatusDivideByZero, 1, "rcx=0", insn.Contradicts, insn.NoDivision},
		{"divisor not known", "f7f1", insn.StatusDivideByZero, 1, "", insn.RegisterUnknown, insn.Unchecked},
		{"a throw of C++", "8bc1", 0xE06D7363, 1, "", insn.NotJudged, insn.NotOfProcessor},
		{"an in-page error", "488b4108", 0xC0000006, 0x2008, "rcx=2000", insn.NotJudged, insn.NotOfProcessor},
		{"an assertion", "8bc1", 0xC0000420, 1, "", insn.NotJudged, insn.NotOfProcessor},
		{"a single step", "8bc1", 0x80000004, 1, "", insn.NotJudged, insn.NotOfProcessor},
		{"a pointer for a status", "cccccc", 0x12345678, 1, "", insn.NotJudged, insn.NotOfProcessor},
		{"no bytes of a throw", "", 0xE06D7363, 1, "", insn.NotJudged, insn.NotOfProcessor},
		{"wrmsr, privileged", "0f30", insn.StatusPrivileged, 1, "", insn.NotJudged, insn.Protected},
		{"nothing", "", av, 0x29, "", insn.NoBytes, insn.Unchecked},
	} {
		f := insn.Fault{IP: base, Code: c.code32, Address: c.address, HasAddress: c.address != 1, Registers: registersOf(t, c.registers), CPUID: cpuid}
		if s := insn.Judge(filled(t, c.code), f); s.Verdict != c.verdict || s.Why != c.why {
			t.Errorf("%s: verdict %d, why %d: %+v", c.name, s.Verdict, s.Why, s)
		}
	}
	if s := insn.Judge(filled(t, ""), insn.Fault{IP: base - 5, Code: ud}); s.Verdict != insn.InsideInstruction || s.Begin != base-8 {
		t.Errorf("inside an instruction: %+v", s)
	}
	if s := insn.Judge(pieces{base: code(t, "c3 cccccc 48895c2408")}, insn.Fault{IP: base + 2, Code: insn.StatusBreakpoint}); s.Verdict != insn.Padding {
		t.Errorf("padding: %+v", s)
	}
}

// TestFeature has valid instructions that were taken for undefined, on processors with more and more.
func TestFeature(t *testing.T) {
	const (
		lacks, mayLack, refused, open = insn.LacksFeature, insn.MayLackFeature, insn.Unexplained, insn.Undefined
		all                           = ^uint32(0)
	)
	leaf1 := dmpfile.CPUIDLeaf{Leaf: 1, ECX: all}
	none := []dmpfile.CPUIDLeaf{{Leaf: 1, ECX: 1 << 27}}
	sandyBridge := []dmpfile.CPUIDLeaf{leaf1, {Leaf: 7, EBX: 1}}
	unknown := []dmpfile.CPUIDLeaf{{Leaf: 0, EAX: 7}, leaf1}
	full := []dmpfile.CPUIDLeaf{{Leaf: 0, EAX: 7}, leaf1, {Leaf: 7, EBX: all, ECX: all, EDX: all}, {Leaf: 0xD, EAX: 7}}
	for _, c := range []struct {
		name, code, feature              string
		none, sandyBridge, unknown, full insn.Why
	}{
		{"vaddps ymm", "c5f458c2", "AVX", lacks, refused, refused, refused},
		{"vpaddd xmm", "c5f1fec2", "AVX", lacks, refused, refused, refused},
		{"vpaddd ymm", "c5f5fec2", "AVX2", lacks, lacks, mayLack, refused},
		{"vpxor ymm", "c5f5efc2", "AVX2", lacks, lacks, mayLack, refused},
		{"vpmovmskb of ymm", "c5fdd7c1", "AVX2", lacks, lacks, mayLack, refused},
		{"vmovdqa ymm", "c5fd6fc1", "AVX", lacks, refused, refused, refused},
		{"vcvttpd2dq of ymm", "c5fde6c1", "AVX", lacks, refused, refused, refused},
		{"vpbroadcastd", "c4e27d58c1", "AVX2", lacks, lacks, mayLack, refused},
		{"vperm2i128", "c4e37546c220", "AVX2", lacks, lacks, mayLack, refused},
		{"vpermq", "c4e3fd00c101", "AVX2", lacks, lacks, mayLack, refused},
		{"vgatherdps xmm", "c4e249920481", "AVX2", lacks, lacks, mayLack, refused},
		{"vbroadcastss of a register", "c4e27918c1", "AVX2", lacks, lacks, mayLack, refused},
		{"vbroadcastss of memory", "c4e27d1801", "AVX", lacks, refused, refused, refused},
		{"vaesenc xmm", "c4e271dcc2", "AES", lacks, refused, refused, refused},
		{"vaesenc ymm", "c4e275dcc2", "VAES", lacks, lacks, mayLack, refused},
		{"vpclmulqdq xmm", "c4e37144c211", "PCLMULQDQ", lacks, refused, refused, refused},
		{"vpclmulqdq ymm", "c4e37544c211", "VPCLMULQDQ", lacks, lacks, mayLack, refused},
		{"vgf2p8mulb", "c4e275cfc2", "GFNI", lacks, lacks, mayLack, refused},
		{"vgf2p8affineqb xmm", "c4e3f9cec201", "GFNI", lacks, lacks, mayLack, refused},
		{"vpdpbusd", "c4e27550c2", "AVX-VNNI", lacks, mayLack, mayLack, mayLack},
		{"vpdpbssd", "c4e27b50c2", "an extension later than AVX2", lacks, mayLack, mayLack, mayLack},
		{"vcvtneoph2ps", "c4e278b001", "an extension later than AVX2", lacks, mayLack, mayLack, mayLack},
		{"vfmadd213ps", "c4e275a8c2", "FMA", lacks, refused, refused, refused},
		{"vcvtph2ps", "c4e27d13c1", "F16C", lacks, refused, refused, refused},
		{"shlx", "c4e269f7c1", "BMI2", mayLack, lacks, mayLack, refused},
		{"andn", "c4e250f2c1", "BMI1", mayLack, lacks, mayLack, refused},
		{"vmovaps zmm", "62f17c482841 01", "AVX-512", lacks, lacks, mayLack, open},
		{"kmovd", "c5fb92c8", "AVX-512", lacks, lacks, mayLack, open},
		{"xsaves", "0fc729", "XSAVES", mayLack, mayLack, mayLack, mayLack},
		{"rdrand", "0fc7f0", "RDRAND", lacks, refused, refused, refused},
	} {
		for k, p := range []struct {
			cpuid []dmpfile.CPUIDLeaf
			why   insn.Why
		}{{none, c.none}, {sandyBridge, c.sandyBridge}, {unknown, c.unknown}, {full, c.full}} {
			s := insn.Judge(filled(t, c.code), insn.Fault{IP: base, Code: insn.StatusIllegalInstruction, CPUID: p.cpuid})
			verdict := map[insn.Why]insn.Verdict{lacks: insn.NotOnThisProcessor, mayLack: insn.NotJudged, refused: insn.Refused, open: insn.NotJudged}[p.why]
			named := s.Feature.Name == c.feature || k == 0 && s.Feature.Name == "AVX" || p.why == refused || p.why == open
			if s.Why != p.why || s.Verdict != verdict || !named {
				t.Errorf("%s on processor %d: %q, verdict %d, why %d, %s", c.name, k, s.Instruction, s.Verdict, s.Why, s.Feature.Name)
			}
		}
	}
}

func TestOneBit(t *testing.T) {
	for _, c := range []struct {
		address   uint64
		registers string
		bit       int // -1: none
	}{
		{0x2000000070, "rcx=2000000068", 37}, {0x70, "rcx=68", -1}, {0x3000000070, "rcx=3000000068", -1},
		{^uint64(0), "rcx=efff800000001000", 60}, {^uint64(0), "rcx=0fff800000001000", -1},
		{0xffff800000001018, "rcx=ffff800000001000", 4}, // the fault's address and the instruction's
	} {
		s := insn.Judge(filled(t, "488b4108"), insn.Fault{IP: base, Code: insn.StatusAccessViolation, Address: c.address, HasAddress: true,
			Registers: registersOf(t, c.registers)})
		if s.Bit == nil && c.bit >= 0 || s.Bit != nil && (s.Bit.Bit != c.bit || s.Bit.Value^s.Bit.Without != 1<<c.bit) {
			t.Errorf("%#x with %s: %+v", c.address, c.registers, s)
		}
	}
}
