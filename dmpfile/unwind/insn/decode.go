package insn

import (
	"fmt"
	"strings"

	"golang.org/x/arch/x86/x86asm"

	"github.com/dmplens/dmplens/dmpfile"
)

// maxLength is the most bytes that an instruction can have.
const maxLength = 15

// Instruction is a decoded instruction of 64-bit code.
type Instruction struct {
	x86asm.Inst
	fixed string // the text of one that x86asm does not know, which then has no Op
}

// Decode decodes the first instruction of b.
func Decode(b []byte) (Instruction, error) {
	if f, ok := correct(b); ok {
		return f, nil
	}
	i, err := x86asm.Decode(b[:min(len(b), maxLength)], 64)
	testRegister := i.Opcode>>16 == 0x0F24 || i.Opcode>>16 == 0x0F26 // of the 80386
	if err == nil && (i.Op == 0 || i.Len == 0 || i.Len > len(b) || testRegister) {
		err = x86asm.ErrUnrecognized
	}
	return Instruction{Inst: i}, err
}

// Text is the instruction that stands at an address, in Intel's syntax and lower case, with the names of conditions that debuggers use. Where it
// jumps to, and an address relative to rip, are written out.
func (i Instruction) Text(at dmpfile.VirtAddr) string {
	if i.fixed != "" {
		return i.fixed
	}
	return intelSyntax(i.Inst, at)
}

func intelSyntax(i x86asm.Inst, at dmpfile.VirtAddr) string {
	text := strings.ToLower(x86asm.IntelSyntax(i, uint64(at), nil))
	next := at + dmpfile.VirtAddr(i.Len)
	for _, a := range i.Args {
		switch a := a.(type) {
		case x86asm.Rel:
			// It is written as the distance from the instruction.
			if dot := strings.LastIndexByte(text, '.'); dot >= 0 {
				text = fmt.Sprintf("%s%#x", text[:dot], uint64(next)+uint64(a))
			}
		case x86asm.Mem:
			if open, end := strings.IndexByte(text, '['), strings.IndexByte(text, ']'); a.Base == x86asm.RIP && open >= 0 && end > open {
				text = fmt.Sprintf("%s[%#x]%s", text[:open], uint64(next)+uint64(a.Disp), text[end+1:])
			}
		}
	}
	name, rest, _ := strings.Cut(text, " ")
	for _, kind := range [...]string{"j", "set", "cmov"} {
		if condition, ok := strings.CutPrefix(name, kind); ok && conditions[condition] != "" {
			return strings.TrimSpace(kind + conditions[condition] + " " + rest)
		}
	}
	return text
}

// conditions are the names that debuggers for Windows have, by those of Intel's XED.
var conditions = map[string]string{"z": "e", "nz": "ne", "nb": "ae", "nbe": "a", "nle": "g", "nl": "ge"}

// target is where a direct jump or call leads to.
func (i Instruction) target(at dmpfile.VirtAddr) (dmpfile.VirtAddr, bool) {
	rel, ok := i.Args[0].(x86asm.Rel)
	return at + dmpfile.VirtAddr(i.Len) + dmpfile.VirtAddr(int64(rel)), ok
}

// register64 is the general register of which r is the whole.
func register64(r x86asm.Arg) (Register, bool) {
	x, ok := r.(x86asm.Reg)
	if !ok || x < x86asm.RAX || x > x86asm.R15 {
		return 0, false
	}
	return Register(x - x86asm.RAX), true
}

// generalRegister is the general register that r is, or is a part of.
func generalRegister(r x86asm.Reg) (Register, bool) {
	switch {
	case x86asm.RAX <= r && r <= x86asm.R15:
		return Register(r - x86asm.RAX), true
	case x86asm.EAX <= r && r <= x86asm.R15L:
		return Register(r - x86asm.EAX), true
	case x86asm.AX <= r && r <= x86asm.R15W:
		return Register(r - x86asm.AX), true
	case x86asm.AH <= r && r <= x86asm.BH:
		return Register(r - x86asm.AH), true
	case x86asm.SPB <= r && r <= x86asm.R15B:
		return Register(r - x86asm.SPB + 4), true
	case x86asm.AL <= r && r <= x86asm.BL:
		return Register(r - x86asm.AL), true
	}
	return 0, false
}
