package xdata_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
	"github.com/dmplens/dmplens/dmpfile/unwind/xdata"
)

// model is a machine that runs a function from its beginning, as far as the stack and the registers need it: what called it stays the same
// whatever instruction it has come to.
type model struct {
	rva      uint32
	known    [16]bool
	value    [16]uint64
	words    map[dmpfile.VirtAddr]uint64 // of the stack
	returned bool                        // a call has just returned
}

// begin is the machine at the beginning of a function.
func begin(rva uint32) *model {
	m := &model{rva: rva, words: map[dmpfile.VirtAddr]uint64{topAMD64: returnAMD64}}
	for _, x := range nonvolatiles {
		m.set(x, callersAMD64[x])
	}
	m.set(insn.RSP, uint64(topAMD64))
	return m
}

func (m *model) set(x insn.Register, v uint64) { m.known[x], m.value[x] = true, v }

func (m *model) clone(rva uint32) *model {
	c := *m
	c.rva, c.returned, c.words = rva, false, maps.Clone(m.words)
	return &c
}

// check unwinds from the instruction that the machine is at.
func (m *model) check(im *pe.Image, want string) error {
	stack := &stackAMD64{topAMD64 - 0x800000, topAMD64 + 0x100000, dmpfile.VirtAddr(m.value[insn.RSP]), m.words}
	var registers insn.Registers
	for x := insn.RAX; x <= insn.R15; x++ {
		v := uint64(0xBAD<<52 | uint64(x))
		if m.known[x] {
			v = m.value[x]
		}
		registers.Set(x, v)
	}
	for _, returned := range []bool{false, true} {
		if returned && !m.returned {
			continue
		}
		c, err := xdata.CallerAMD64(im, baseAMD64, stack, baseAMD64+dmpfile.VirtAddr(m.rva), registers, returned)
		if got := describe(c, err); got != want {
			return fmt.Errorf("at %#x (returned: %v):\n got %s\nwant %s", m.rva, returned, got, want)
		}
	}
	return nil
}

// register64 is the general register that an argument is the whole of.
func register64(a x86asm.Arg) (insn.Register, bool) {
	x, ok := a.(x86asm.Reg)
	return insn.Register(x - x86asm.RAX), ok && x86asm.RAX <= x && x <= x86asm.R15
}

// anyRegister is the general register that an argument is a part of.
func anyRegister(a x86asm.Arg) (insn.Register, bool) {
	x, _ := a.(x86asm.Reg)
	switch {
	case x == 0:
		return 0, false
	case x86asm.RAX <= x && x <= x86asm.R15:
		return insn.Register(x - x86asm.RAX), true
	case x86asm.EAX <= x && x <= x86asm.R15L:
		return insn.Register(x - x86asm.EAX), true
	case x86asm.AX <= x && x <= x86asm.R15W:
		return insn.Register(x - x86asm.AX), true
	case x86asm.AL <= x && x <= x86asm.BL:
		return insn.Register(x - x86asm.AL), true
	case x86asm.AH <= x && x <= x86asm.BH:
		return insn.Register(x - x86asm.AH), true
	case x86asm.SPB <= x && x <= x86asm.R15B:
		return insn.Register(x - x86asm.SPB + 4), true
	}
	return 0, false
}

// address is what a memory operand comes to.
func (m *model) address(a x86asm.Arg) (dmpfile.VirtAddr, bool) {
	mem, ok := a.(x86asm.Mem)
	base, whole := register64(mem.Base)
	if !ok || !whole || mem.Index != 0 || mem.Segment != 0 || !m.known[base] {
		return 0, false
	}
	return dmpfile.VirtAddr(m.value[base] + uint64(mem.Disp)), true
}

// step executes an instruction and returns the machines that go on: none at a return, or where the machine does not know how.
func (m *model) step(i *insn.Instruction) (next []*model) {
	m.returned = false
	after := m.rva + uint32(i.Len)
	sp := dmpfile.VirtAddr(m.value[insn.RSP])
	if rel, ok := i.Args[0].(x86asm.Rel); ok && i.Op != x86asm.CALL {
		next = append(next, m.clone(after+uint32(rel)))
		if i.Op != x86asm.JMP {
			next = append(next, m.clone(after))
		}
		return next
	}
	to, whole := register64(i.Args[0])
	switch i.Op {
	case x86asm.RET, x86asm.JMP, x86asm.INT, x86asm.UD2, x86asm.IRETQ, x86asm.HLT, x86asm.LEAVE, x86asm.ENTER, x86asm.LRET:
		return nil
	case x86asm.CALL:
		for _, x := range []insn.Register{insn.RCX, insn.RDX, insn.R8, insn.R9, insn.R10, insn.R11} {
			m.known[x] = false
		}
		if m.value[insn.RAX] > 1<<32 {
			m.known[insn.RAX] = false // else it can be the size of a frame, which what probes the stack keeps
		}
		c := m.clone(after)
		c.returned = true
		return append(next, c)
	case x86asm.PUSH, x86asm.PUSHFQ, x86asm.PUSHF:
		m.set(insn.RSP, uint64(sp-8))
		delete(m.words, sp-8)
		if whole && m.known[to] {
			m.words[sp-8] = m.value[to]
		}
	case x86asm.POP, x86asm.POPFQ, x86asm.POPF:
		m.set(insn.RSP, uint64(sp+8))
		if whole {
			m.load(to, sp)
		}
	case x86asm.MOV:
		from, fromWhole := register64(i.Args[1])
		at, stack := m.address(i.Args[0])
		imm, isImm := i.Args[1].(x86asm.Imm)
		switch {
		case stack && i.MemBytes == 8 && fromWhole && m.known[from] && at%8 == 0:
			m.words[at] = m.value[from]
		case stack:
			delete(m.words, at&^7)
			delete(m.words, (at+dmpfile.VirtAddr(i.MemBytes)-1)&^7)
		case whole && fromWhole && m.known[from]:
			m.set(to, m.value[from])
		case isImm:
			if x, ok := anyRegister(i.Args[0]); ok {
				m.set(x, uint64(uint32(imm)))
			}
		default:
			if at, ok := m.address(i.Args[1]); ok && whole && at%8 == 0 {
				m.load(to, at)
			} else {
				m.forget(i)
			}
		}
	case x86asm.LEA:
		if at, ok := m.address(i.Args[1]); ok && whole {
			m.set(to, uint64(at))
		} else {
			m.forget(i)
		}
	case x86asm.ADD, x86asm.SUB, x86asm.AND:
		imm, isImm := i.Args[1].(x86asm.Imm)
		from, fromWhole := register64(i.Args[1])
		n := uint64(imm)
		switch {
		case whole && fromWhole && m.known[from]:
			n = m.value[from]
		case whole && to == insn.RSP && fromWhole:
			n = 0x1000 // a size that is not known
		case !whole || !isImm || !m.known[to]:
			m.forget(i)
			return append(next, m.clone(after))
		}
		switch i.Op {
		case x86asm.ADD:
			m.value[to] += n
		case x86asm.SUB:
			m.value[to] -= n
		default:
			m.value[to] &= n
		}
	case x86asm.CMP, x86asm.TEST, x86asm.NOP, x86asm.BT:
	default:
		m.forget(i)
	}
	if !m.known[insn.RSP] || m.value[insn.RSP] > uint64(topAMD64) || m.value[insn.RSP] < uint64(topAMD64)-0x700000 {
		return nil
	}
	return append(next, m.clone(after))
}

func (m *model) load(x insn.Register, at dmpfile.VirtAddr) {
	m.value[x], m.known[x] = m.words[at]
}

// forget takes what an instruction writes for not known.
func (m *model) forget(i *insn.Instruction) {
	switch i.Op {
	case x86asm.MUL, x86asm.IMUL, x86asm.DIV, x86asm.IDIV, x86asm.CWD, x86asm.CDQ, x86asm.CQO, x86asm.RDTSC, x86asm.RDMSR:
		m.known[insn.RAX], m.known[insn.RDX] = false, false
	case x86asm.CBW, x86asm.CWDE, x86asm.CDQE, x86asm.CMPXCHG, x86asm.LAHF, x86asm.SYSCALL, x86asm.XLATB:
		m.known[insn.RAX] = false
	case x86asm.CPUID, x86asm.CMPXCHG16B, x86asm.CMPXCHG8B, x86asm.RDTSCP, x86asm.XGETBV, 0:
		m.known[insn.RAX], m.known[insn.RCX], m.known[insn.RDX] = false, false, false
		m.known[insn.RBX] = i.Op != x86asm.CPUID && m.known[insn.RBX]
	case x86asm.MOVSB, x86asm.MOVSW, x86asm.MOVSD, x86asm.MOVSQ, x86asm.CMPSB, x86asm.CMPSW, x86asm.CMPSD, x86asm.CMPSQ:
		m.known[insn.RCX], m.known[insn.RSI], m.known[insn.RDI] = false, false, false
	case x86asm.STOSB, x86asm.STOSW, x86asm.STOSD, x86asm.STOSQ, x86asm.SCASB, x86asm.SCASW, x86asm.SCASD, x86asm.SCASQ:
		m.known[insn.RCX], m.known[insn.RDI] = false, false
	case x86asm.LODSB, x86asm.LODSW, x86asm.LODSD, x86asm.LODSQ:
		m.known[insn.RAX], m.known[insn.RCX], m.known[insn.RSI] = false, false, false
	}
	for _, a := range i.Args[:2] {
		if x, ok := anyRegister(a); ok && (a == i.Args[0] || i.Op == x86asm.XCHG || i.Op == x86asm.XADD) {
			m.known[x] = false
		}
	}
	if at, ok := m.address(i.Args[0]); ok {
		for n := 0; n < max(i.MemBytes, 1); n++ {
			delete(m.words, (at+dmpfile.VirtAddr(n))&^7)
		}
	}
}

// runModel runs every function of an image through all of its branches, and unwinds from each instruction that the machine comes to.
func runModel(t *testing.T, im *pe.Image) (functions, instructions int, failed []error) {
	t.Helper()
	entries, err := xdata.EntriesAMD64(im)
	if err != nil {
		t.Fatal(err)
	}
	want := (&functionTable{}).want(row{})
	code := make([]byte, 15)
	for _, f := range entries {
		primary, err := xdata.PrimaryAMD64(im, f)
		if err != nil || primary != f || f.Begin == f.End {
			continue
		}
		info, _, err := xdata.InfoAMD64(im, f.Unwind)
		if err != nil || strings.Contains(info, "MACHFRAME") || strings.Contains(info, "PrologSize: 0") && strings.Contains(info, "0x00:") {
			continue // an interrupt's, or a part of a function that GCC does not chain to the rest
		}
		functions++
		seen := map[uint32]bool{}
		for list := []*model{begin(f.Begin)}; len(list) > 0; {
			m := list[len(list)-1]
			list = list[:len(list)-1]
			if seen[m.rva] || !isPart(im, f, m.rva) {
				continue
			}
			seen[m.rva] = true
			n, _ := im.ReadAt(code, int64(m.rva))
			i, err := insn.Decode(code[:n])
			if err != nil || i.Op == x86asm.INT && i.Args[0] == x86asm.Imm(3) {
				continue
			}
			instructions++
			if err := m.check(im, want); err != nil {
				failed = append(failed, fmt.Errorf("%#x: %s %w", f.Begin, i.Text(baseAMD64+dmpfile.VirtAddr(m.rva)), err))
				break
			}
			list = append(list, m.step(&i)...)
		}
	}
	return functions, instructions, failed
}

// isPart says whether an RVA lies in a function or a part of it.
func isPart(im *pe.Image, f xdata.Function, rva uint32) bool {
	if f.Begin <= rva && rva < f.End {
		return true
	}
	g, ok, err := xdata.FunctionAMD64(im, rva)
	if !ok || err != nil {
		return false
	}
	primary, err := xdata.PrimaryAMD64(im, g)
	return err == nil && primary == f
}

func TestModelAMD64(t *testing.T) {
	for _, name := range []string{"v1", "v2", "raw", "c1", "c2"} {
		functions, instructions, failed := runModel(t, sampleAMD64(t, name))
		t.Logf("%s: %d instructions of %d functions", name, instructions, functions)
		for _, err := range failed {
			if !strings.HasPrefix(err.Error(), "0x1809:") { // behind, which is only there to be misread
				t.Errorf("%s, %v", name, err)
			}
		}
	}
}

func TestCorpusModelAMD64(t *testing.T) {
	for _, name := range []string{"amdppm.sys", "Wdf01000.sys"} {
		functions, instructions, failed := runModel(t, driverAMD64(t, name))
		t.Logf("%s: %d instructions of %d functions, %d failed", name, instructions, functions, len(failed))
		for _, err := range failed {
			t.Errorf("%s, %v", name, err)
		}
	}
}

// The functions of Wine's images unwind likewise, but for what is said of CallerAMD64: at a "jmp rax" to another function, and in longjmp and some
// twenty functions of assembler, which do not do what their data says.
func TestWineModelAMD64(t *testing.T) {
	all, wrong := 0, 0
	for _, path := range wineAMD64(t) {
		if !isAMD64(path) {
			continue
		}
		functions, instructions, failed := runModel(t, openAMD64(t, path))
		all += functions
		t.Logf("%s: %d instructions of %d functions, %d failed", filepath.Base(path), instructions, functions, len(failed))
		for _, err := range failed {
			if !strings.Contains(err.Error(), " jmp rax at ") {
				wrong++
				t.Logf("%s, %v", filepath.Base(path), err)
			}
		}
	}
	if wrong > all/2000 {
		t.Errorf("%d of %d functions failed", wrong, all)
	}
}
