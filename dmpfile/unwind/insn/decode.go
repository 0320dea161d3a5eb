package insn

import (
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
	if err == nil && (i.Op == 0 || i.Len == 0 || i.Len > len(b)) {
		err = x86asm.ErrUnrecognized
	}
	return Instruction{Inst: i}, err
}

// Text is the instruction that stands at an address, in Intel's syntax and lower case. Targets and addresses relative to rip are written out.
func (i Instruction) Text(at dmpfile.VirtAddr) string {
	if i.fixed != "" {
		return i.fixed
	}
	return strings.ToLower(x86asm.IntelSyntax(i.Inst, uint64(at), nil))
}

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
