package unwind

import (
	"golang.org/x/arch/x86/x86asm"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// maxEntered is how far before a return address the beginning of its function is looked for, in bytes.
const maxEntered = 0x200

// entered finds the frame of a return address by how its function begins, where the dump has the code from there on without a gap: by pushes
// and the room that is made on the stack. Functions of Windows do not move the stack pointer after that, but where they return.
func (s *Stack) entered(ip dmpfile.VirtAddr) (insn.Return, bool) {
	// All of the code before ip that is there.
	b := make([]byte, maxEntered)
	have := 0
	for step := maxEntered / 2; step > 0; step /= 2 {
		n := have + step
		if got, _ := s.Memory.ReadVirtual(b[:n], ip-dmpfile.VirtAddr(n)); got == n {
			have = n
		}
	}
	if have < 8 {
		return insn.Return{}, false
	}
	b = b[:have]
	if got, _ := s.Memory.ReadVirtual(b, ip-dmpfile.VirtAddr(have)); got != have {
		return insn.Return{}, false
	}
	begin := ip - dmpfile.VirtAddr(have)
	for off := have &^ 15; off >= 0; off-- {
		at := begin + dmpfile.VirtAddr(off)
		if at%16 != 0 || !isPrologue(b[off:]) || off > 0 && b[off-1] != 0xCC && b[off-1] != 0x90 {
			continue
		}
		return frameOf(b[off:])
	}
	return insn.Return{}, false
}

// frameOf is the frame that the code of a function has made at its end, which is behind a call.
func frameOf(b []byte) (insn.Return, bool) {
	type push struct {
		register insn.Register
		depth    int64
	}
	var pushes []push
	depth := int64(0)
	begun, leaving := false, false // the function has begun to work; it is giving up its frame
	for len(b) > 0 {
		i, err := insn.Decode(b)
		if err != nil {
			return insn.Return{}, false
		}
		b = b[i.Len:]
		switch i.Op {
		case x86asm.INT, x86asm.PUSHFQ, x86asm.POPFQ, x86asm.ENTER:
			return insn.Return{}, false // padding: the function has ended
		case x86asm.RET, x86asm.JMP:
			begun, leaving = true, false
		case x86asm.PUSH:
			r, ok := registerOf(i.Args[0])
			if !ok || begun || leaving {
				return insn.Return{}, false
			}
			depth += 8
			pushes = append(pushes, push{r, depth})
		case x86asm.POP, x86asm.LEAVE:
			leaving = true
		default:
			if _, branch := i.Args[0].(x86asm.Rel); branch || i.Op == x86asm.CALL {
				begun = true
			}
			if i.Args[0] != x86asm.RSP {
				break
			}
			n, imm := i.Args[1].(x86asm.Imm)
			switch {
			case i.Op == x86asm.CMP || i.Op == x86asm.TEST:
			case i.Op == x86asm.SUB && imm && n > 0 && !begun && !leaving:
				depth += int64(n)
			case i.Op == x86asm.ADD && imm && n > 0, i.Op == x86asm.LEA, i.Op == x86asm.MOV:
				leaving = true
			default:
				return insn.Return{}, false
			}
		}
	}
	if leaving || depth < homeArea+8 || depth%callAlign != callAlign-8 {
		return insn.Return{}, false
	}
	r := insn.Return{Size: uint64(depth)}
	kept := map[insn.Register]bool{}
	for _, p := range pushes {
		r.Saved = append(r.Saved, insn.Saved{Register: p.register, Offset: depth - p.depth})
		kept[p.register] = true
	}
	for _, x := range keptRegisters {
		if !kept[x] {
			r.Lost = append(r.Lost, x)
		}
	}
	return r, true
}

// registerOf is the register of 64 bits that an operand is.
func registerOf(a x86asm.Arg) (insn.Register, bool) {
	r, ok := a.(x86asm.Reg)
	if !ok || r < x86asm.RAX || r > x86asm.R15 {
		return 0, false
	}
	return insn.Register(r - x86asm.RAX), true
}
