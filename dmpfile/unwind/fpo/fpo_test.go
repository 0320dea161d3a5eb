package fpo_test

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pdb"
	"github.com/dmplens/dmplens/dmpfile/unwind/fpo"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// words is memory from 0x1000 on.
type words []uint32

func (w words) ReadVirtual(p []byte, a dmpfile.VirtAddr) (int, error) {
	for i := range p {
		at := uint64(a) + uint64(i) - 0x1000
		if uint64(a)+uint64(i) < 0x1000 || at/4 >= uint64(len(w)) {
			return i, &dmpfile.NotInDumpError{Address: a + dmpfile.VirtAddr(i)}
		}
		var b [4]byte
		binary.LittleEndian.PutUint32(b[:], w[at/4])
		p[i] = b[at%4]
	}
	return len(p), nil
}

func registers(list ...uint64) (r insn.Registers) { // number and value
	for i := 0; i < len(list); i += 2 {
		r.Set(insn.Register(list[i]), list[i+1])
	}
	return r
}

const (
	eax, ebx, esp, ebp, esi, edi = 0, 3, 4, 5, 6, 7
)

// isCode is what can be a return address in these tests.
func isCode(a dmpfile.VirtAddr) bool { return a >= 0x400000 && a < 0x500000 }

func TestUnwind(t *testing.T) {
	stack := words{0x11, 0x22, 0x33, 0x401234, 0x55, 0x402345, 0x77, 0x88, 0x1040, 0x403456, 0x99}
	all := registers(eax, 1, ebx, 2, esp, 0x1000, ebp, 0x1020, esi, 3, edi, 4)
	const leaf = "$T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + ="
	const microsoft = "$T0 $ebp = $eip $T0 4 + ^ = $ebp $T0 ^ = $esp $T0 8 + ="
	for _, x := range []struct {
		what   string
		frame  pdb.Frame
		rva    uint32
		regs   insn.Registers
		pushed uint32
		ip     dmpfile.VirtAddr
		slot   dmpfile.VirtAddr
		want   insn.Registers
		moved  bool
	}{
		{what: "a program of locals and parameters pushed", frame: pdb.Frame{Program: leaf, Locals: 8, Params: 0xC}, rva: 0x10, pushed: 4,
			ip: 0x401234, slot: 0x100C, want: registers(ebx, 2, esp, 0x1010, ebp, 0x1020, esi, 3, edi, 4)},
		{what: "words that are no return address are passed over", frame: pdb.Frame{Program: leaf}, rva: 0x10,
			ip: 0x401234, slot: 0x100C, want: registers(ebx, 2, esp, 0x1010, ebp, 0x1020, esi, 3, edi, 4), moved: true},
		{what: "saved registers that the program does not bring back are not known", frame: pdb.Frame{Program: leaf, Locals: 4, SavedRegisters: 8}, rva: 0x10,
			ip: 0x401234, slot: 0x100C, want: registers(esp, 0x1010)},
		{what: "saved registers that it does, the others are as they were",
			frame: pdb.Frame{Program: leaf + " $esi $T0 4 - ^ = $ebx $T0 8 - ^ =", Locals: 4, SavedRegisters: 8}, rva: 0x10,
			ip: 0x401234, slot: 0x100C, want: registers(ebx, 0x22, esp, 0x1010, ebp, 0x1020, esi, 0x33, edi, 4)},
		{what: "EBP at the frame; nothing else saved", frame: pdb.Frame{Program: microsoft, Locals: 0x20}, rva: 0x10,
			ip: 0x403456, slot: 0x1024, want: registers(ebx, 2, esp, 0x1028, ebp, 0x1040, esi, 3, edi, 4)},
		{what: "EBP at the frame is not among the saved", frame: pdb.Frame{Program: microsoft, SavedRegisters: 4}, rva: 0x10,
			ip: 0x403456, slot: 0x1024, want: registers(esp, 0x1028, ebp, 0x1040)},
		{what: "EBP at the frame, and EBX saved below it", frame: pdb.Frame{Program: microsoft + " $ebx $T0 4 - ^ =", SavedRegisters: 4}, rva: 0x10,
			ip: 0x403456, slot: 0x1024, want: registers(ebx, 0x88, esp, 0x1028, ebp, 0x1040, esi, 3, edi, 4)},
		{what: "variables L and P, and what is not known but not needed",
			frame: pdb.Frame{Program: microsoft + " $L $T0 .cbSavedRegs - = $P $T0 8 + .cbParams + = $edi $eax ^ = $esi $T9 ="}, rva: 0x10,
			regs: registers(esp, 0x1000, ebp, 0x1020, ebx, 7),
			ip:   0x403456, slot: 0x1024, want: registers(ebx, 7, esp, 0x1028, ebp, 0x1040)},
		{what: "an aligned frame", frame: pdb.Frame{Program: "$T1 $ebp 4 + = $T0 $T1 12 - 16 @ = $eip $T1 ^ = $esp $T1 4 + = $ebp $T1 4 - ^ = $edi $T0 ^ =", SavedRegisters: 8}, rva: 0x10,
			ip: 0x403456, slot: 0x1024, want: registers(ebx, 2, esp, 0x1028, ebp, 0x1040, esi, 3, edi, 0x55)},
		{what: "the first instruction, whatever the program says", frame: pdb.Frame{Program: microsoft, Start: true, Prologue: 6, RVA: 0x10, SavedRegisters: 4}, rva: 0x10,
			regs: registers(esp, 0x100C, ebx, 2),
			ip:   0x401234, slot: 0x100C, want: registers(ebx, 2, esp, 0x1010)},
		{what: "FPO behind the prologue", frame: pdb.Frame{Kind: pdb.FrameFPO, Start: true, RVA: 0x10, Prologue: 3, Locals: 8, SavedRegisters: 4, Params: 8}, rva: 0x13,
			ip: 0x401234, slot: 0x100C, want: registers(esp, 0x1010, ebp, 0x1020)},
		{what: "FPO that saves nothing", frame: pdb.Frame{Kind: pdb.FrameFPO, Start: true, RVA: 0x10, Locals: 8}, rva: 0x13, pushed: 0xC,
			ip: 0x402345, slot: 0x1014, want: registers(ebx, 2, esp, 0x1018, ebp, 0x1020, esi, 3, edi, 4)},
		{what: "FPO that uses EBP", frame: pdb.Frame{Kind: pdb.FrameFPO, Start: true, RVA: 0x10, Locals: 8, SavedRegisters: 4, UsesEBP: true}, rva: 0x13,
			ip: 0x401234, slot: 0x100C, want: registers(esp, 0x1010)},
		{what: "an old record with EBP", frame: pdb.Frame{Kind: pdb.FrameStandard, Start: true, RVA: 0x10, Prologue: 3}, rva: 0x20,
			ip: 0x403456, slot: 0x1024, want: registers(ebx, 2, esp, 0x1028, ebp, 0x1040, esi, 3, edi, 4)},
		{what: "an old record with EBP and saved registers", frame: pdb.Frame{Kind: pdb.FrameStandard, SavedRegisters: 4}, rva: 0x20,
			ip: 0x403456, slot: 0x1024, want: registers(esp, 0x1028, ebp, 0x1040)},
	} {
		if x.regs == (insn.Registers{}) {
			x.regs = all
		}
		got, err := fpo.Unwind(stack, x.frame, x.rva, x.regs, x.pushed, isCode)
		if err != nil {
			t.Errorf("%s: %v", x.what, err)
			continue
		}
		if got.IP != x.ip || got.Slot != x.slot || got.Searched != x.moved || got.Params != x.frame.Params {
			t.Errorf("%s: %+v", x.what, got)
		}
		for i := insn.Register(0); i < 16; i++ {
			a, ok := got.Registers.Get(i)
			b, ok2 := x.want.Get(i)
			if ok != ok2 || ok && a != b {
				t.Errorf("%s: %s is %#x, %v; not %#x, %v", x.what, i, a, ok, b, ok2)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	stack := words{0x11, 0x22, 0x33, 0x401234, 0x55}
	regs := registers(esp, 0x1000)
	program := func(s string) pdb.Frame { return pdb.Frame{Program: s} }
	const end = " $esp 0x1010 = $eip 0x100C ^ ="
	missing := errors.New("memory that is not there")
	for _, x := range []struct {
		what  string
		frame pdb.Frame
		rva   uint32
		regs  insn.Registers
		want  error
	}{
		{"esp is not known", program(end), 1, registers(ebp, 0x1000), fpo.ErrRegister},
		{"ebp is not known", program("$T0 $ebp = $eip $T0 4 + ^ = $esp $T0 8 + ="), 1, regs, fpo.ErrRegister},
		{"ebp is not known for the esp", program("$eip 0x100C ^ = $esp $ebp 8 + ="), 1, regs, fpo.ErrRegister},
		{"ebp is not known for an old record", pdb.Frame{Kind: pdb.FrameStandard}, 1, regs, fpo.ErrRegister},
		{"a trap frame", pdb.Frame{Kind: pdb.FrameTrap}, 1, regs, fpo.ErrFrame},
		{"a task gate", pdb.Frame{Kind: pdb.FrameTSS}, 1, regs, fpo.ErrFrame},
		{"inside a prologue", pdb.Frame{Kind: pdb.FrameFPO, Prologue: 8, RVA: 0x10, Start: true}, 0x17, regs, fpo.ErrFrame},
		{"inside a prologue of a program", pdb.Frame{Program: end, Prologue: 8, RVA: 0x10}, 0x11, regs, fpo.ErrFrame},
		{"no program", program(""), 1, regs, fpo.ErrProgram},
		{"no esp", program("$eip 0x100C ^ ="), 1, regs, fpo.ErrProgram},
		{"an operator without numbers", program("+" + end), 1, regs, fpo.ErrProgram},
		{"an operator with one number", program("$T0 4 + =" + end), 1, regs, fpo.ErrProgram},
		{"nothing to read", program("^" + end), 1, regs, fpo.ErrProgram},
		{"nothing to assign", program("$T0 =" + end), 1, regs, fpo.ErrProgram},
		{"a number that is assigned to", program("4 4 =" + end), 1, regs, fpo.ErrProgram},
		{"a result that is assigned to", program("$T0 4 + 4 =" + end), 1, regs, fpo.ErrProgram},
		{"numbers left over", program("4 4" + end), 1, regs, fpo.ErrProgram},
		{"a word", program("$T0 hello =" + end), 1, regs, fpo.ErrProgram},
		{"a size that there is not", program("$T0 .cbOther =" + end), 1, regs, fpo.ErrProgram},
		{"a variable without a name", program("$ 4 =" + end), 1, regs, fpo.ErrProgram},
		{"a number too large", program("$T0 4294967296 =" + end), 1, regs, fpo.ErrProgram},
		{"two signs", program("$T0 --4 =" + end), 1, regs, fpo.ErrProgram},
		{"division by nothing", program("$T0 4 0 / =" + end), 1, regs, fpo.ErrProgram},
		{"a remainder by nothing", program("$T0 4 0 % =" + end), 1, regs, fpo.ErrProgram},
		{"alignment to no power of two", program("$T0 4 12 @ =" + end), 1, regs, fpo.ErrProgram},
		{"too many words", program(strings.Repeat("$T0 4 = ", 100) + end), 1, regs, fpo.ErrProgram},
		{"too many numbers", program(strings.Repeat("4 ", 40) + end), 1, regs, fpo.ErrProgram},
		{"too many variables", program(variables(40) + end), 1, regs, fpo.ErrProgram},
		{"esp does not grow", program("$esp 0x1000 = $eip 0x100C ^ ="), 1, regs, fpo.ErrReturn},
		{"esp shrinks", program("$esp 0 = $eip 0x100C ^ ="), 1, regs, fpo.ErrReturn},
		{"no return address", program("$esp 0x1010 = $eip 0x1010 ^ ="), 1, regs, fpo.ErrReturn},
		{"no return address with EBP", pdb.Frame{Kind: pdb.FrameStandard}, 1, registers(esp, 0x1000, ebp, 0x1000), fpo.ErrReturn},
		{"memory that is not there", program("$esp 0x1010 = $eip 0x1014 ^ ="), 1, regs, missing},
		{"a search that runs out of memory", pdb.Frame{Kind: pdb.FrameFPO, Locals: 0x10}, 1, regs, missing},
		{"a search that runs out of memory, of a program", program("$T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + ="), 1, registers(esp, 0x1010), missing},
		{"locals that go round", pdb.Frame{Kind: pdb.FrameFPO, Locals: 0xFFFFFFF0}, 1, regs, missing},
	} {
		got, err := fpo.Unwind(stack, x.frame, x.rva, x.regs, 0, isCode)
		is := errors.Is(err, x.want)
		if x.want == missing {
			is = errors.As(err, new(*dmpfile.NotInDumpError))
		}
		if !is || got != (fpo.Caller{}) {
			t.Errorf("%s: %+v, %v; not %v", x.what, got, err, x.want)
		}
	}
	// A search ends, with and without return addresses in sight.
	if _, err := fpo.Unwind(make(words, 100), pdb.Frame{Kind: pdb.FrameFPO}, 1, regs, 0, isCode); !errors.Is(err, fpo.ErrReturn) {
		t.Error(err)
	}
}

func variables(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("$v" + string(rune('A'+i)) + " 4 = ")
	}
	return b.String()
}

// What programs compute.
func TestOperators(t *testing.T) {
	for expression, want := range map[string]uint32{
		"5 3 +": 8, "5 3 -": 2, "3 5 -": 0xFFFFFFFE, "5 3 *": 15, "17 5 /": 3, "17 5 %": 2, "0x1F 8 @": 0x18, "0x1F 1 @": 0x1F,
		"-4 8 +": 4, "4294967295 1 +": 0, "0xFFFFFFFF": 0xFFFFFFFF, "0x1004 ^": 0x22, "010": 10,
		".cbLocals .cbParams + .cbSavedRegs *": 33, "$ebx": 0x40, "$edx 2 /": 0x21,
	} {
		frame := pdb.Frame{Program: "$esp 0x2000 = $eip 0x400000 = $ebp " + expression + " =", Locals: 4, Params: 7, SavedRegisters: 3}
		got, err := fpo.Unwind(words{0x11, 0x22}, frame, 1, registers(esp, 0x1000, ebx, 0x40, 2, 0x42), 0, isCode)
		if v, ok := got.Registers.Get(insn.RBP); err != nil || !ok || v != uint64(want) || got.Slot != 0 {
			t.Errorf("%s: %#x, %v, %v; not %#x", expression, v, ok, err, want)
		}
	}
}

func FuzzUnwind(f *testing.F) {
	f.Add("$T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + =", uint32(4), uint32(8), uint32(4), uint8(0), uint32(1), []byte("some stack of forty bytes, give or take.."))
	f.Add("$T1 $ebp 4 + = $T0 $T1 12 - 16 @ = $eip $T1 ^ = $esp $T1 4 + =", uint32(0), uint32(0), uint32(8), uint8(0), uint32(1), make([]byte, 64))
	f.Add("", uint32(4), uint32(8), uint32(4), uint8(1), uint32(9), make([]byte, 64))
	f.Add("", uint32(4), uint32(8), uint32(4), uint8(4), uint32(9), make([]byte, 64))
	f.Fuzz(func(t *testing.T, program string, locals, params, saved uint32, kind uint8, rva uint32, stack []byte) {
		var w words
		for ; len(stack) >= 4; stack = stack[4:] {
			w = append(w, binary.LittleEndian.Uint32(stack))
		}
		frame := pdb.Frame{Program: program, Locals: locals, Params: params, SavedRegisters: saved, Kind: pdb.FrameKind(kind), Prologue: 4, Start: rva&1 != 0}
		for _, check := range []func(dmpfile.VirtAddr) bool{nil, isCode} {
			got, err := fpo.Unwind(w, frame, rva, registers(esp, 0x1000, ebp, 0x1010, ebx, 1), params, check)
			if now, ok := got.Registers.Get(insn.RSP); err == nil && (!ok || now <= 0x1000 || now > 0xFFFFFFFF || got.IP > 0xFFFFFFFF || check != nil && !check(got.IP)) {
				t.Fatalf("%+v", got)
			}
		}
	})
}
