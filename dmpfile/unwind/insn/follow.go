package insn

import (
	"encoding/binary"

	"golang.org/x/arch/x86/x86asm"

	"github.com/dmplens/dmplens/dmpfile"
)

// Return is how a function returns, seen from an instruction in it.
type Return struct {
	Size  uint64     // from the stack pointer at the instruction to the slot of the return address, in bytes
	Saved []Saved    // the registers that the function restores for its caller
	Lost  []Register // those that it should keep for its caller, and for which the ways to its return do not agree
}

// Saved is a register that a function restores from its frame.
type Saved struct {
	Register Register
	Offset   int64 // of the stack pointer at the instruction
}

const (
	maxFollowed = 2000 // instructions that are followed
	maxOpen     = 200  // ways that are open at a time
	// What a call tells: its function aligned the stack to 16 bytes for it, and gave the callee its home area of 32 bytes.
	leastFrame = 0x28
	stackAlign = 16
)

// FollowReturn follows the code at ip, a return address, to the return of its function: through jumps and both sides of branches, as far as
// the memory has bytes. ok is true where at least one way reached a return, all that did agree, and the frame is one that a call can be made
// from. What changes the stack pointer in a way that is not known ends a way.
func FollowReturn(m Memory, ip dmpfile.VirtAddr) (r Return, ok bool) {
	return FollowCall(m, ip, Registers{})
}

// FollowCall is FollowReturn with registers as they are after the call: where rsp and the frame pointer are known, what the function has by its
// frame pointer is too.
func FollowCall(m Memory, ip dmpfile.VirtAddr, known Registers) (r Return, ok bool) {
	r, ok = FollowCode(m, ip, known)
	if !ok || r.Size < leastFrame || r.Size%stackAlign != stackAlign/2 {
		return Return{}, false
	}
	return r, true
}

// FollowCode is FollowCall for any instruction of a function, not only one behind a call.
func FollowCode(m Memory, ip dmpfile.VirtAddr, known Registers) (r Return, ok bool) {
	f := follower{code: code{memory: m}, seen: map[place]bool{}}
	f.open(start(ip, known))
	for steps := 0; len(f.ways) > 0 && steps < maxFollowed; {
		w := f.ways[len(f.ways)-1]
		f.ways = f.ways[:len(f.ways)-1]
		for steps < maxFollowed && f.step(&w) {
			steps++
		}
		steps++
	}
	if !f.returned || f.disagree {
		return Return{}, false
	}
	return f.result, true
}

// Caller returns the registers of the caller, by those and the stack pointer at the instruction that r was followed from. What is
// not kept over calls is not known, nor is a saved register that the memory does not have.
func (r *Return) Caller(m Memory, sp dmpfile.VirtAddr, regs Registers) Registers {
	for _, x := range [...]Register{RAX, RCX, RDX, R8, R9, R10, R11} {
		regs.Forget(x)
	}
	for _, x := range r.Lost {
		regs.Forget(x)
	}
	for _, s := range r.Saved {
		var b [8]byte
		if readBytes(m, b[:], sp+dmpfile.VirtAddr(s.Offset)) == len(b) {
			regs.Set(s.Register, binary.LittleEndian.Uint64(b[:]))
		} else {
			regs.Forget(s.Register)
		}
	}
	regs.Set(RSP, uint64(sp)+r.Size+8)
	return regs
}

// place is a state of a way that need not be followed twice: the stack pointer is the same.
type place struct {
	ip dmpfile.VirtAddr
	sp int64
}

// fate is what became of the register that the function has to keep for its caller.
type fate uint8

const (
	kept     fate = iota
	restored      // loaded from the frame
	written       // it has another value
)

// keptRegisters are the callee-saved ones of Windows.
const keptRegisters = 1<<RBX | 1<<RBP | 1<<RSI | 1<<RDI | 1<<R12 | 1<<R13 | 1<<R14 | 1<<R15

// way is a way through the code. Offsets are of the stack pointer at its begin.
type way struct {
	place
	epilogue bool      // the frame is being given up: what follows is pops and a return, or a jump to another function
	pointer  uint16    // registers that hold an address on the stack
	offset   [16]int64 // which address
	fate     [16]fate
	from     [16]int64 // where a restored register was loaded from
}

func start(ip dmpfile.VirtAddr, known Registers) way {
	w := way{place: place{ip: ip}}
	sp, ok := known.Get(RSP)
	if !ok {
		return w
	}
	for r := RAX; r <= R15; r++ {
		if v, ok := known.Get(r); ok && r != RSP && v-sp < 1<<20 {
			w.set(r, int64(v-sp))
		}
	}
	return w
}

func (w *way) set(r Register, offset int64) {
	w.pointer |= 1 << r
	w.offset[r] = offset
}

// write makes the value of a register unknown.
func (w *way) write(r Register) {
	w.pointer &^= 1 << r
	w.fate[r] = written
}

// restore loads a register from the frame.
func (w *way) restore(r Register, offset int64) {
	w.write(r)
	if offset >= 0 { // what lies below was pushed on this way
		w.fate[r], w.from[r] = restored, offset
	}
}

// address is the address of an operand as an offset, where it lies on the stack for certain.
func (w *way) address(a x86asm.Arg) (offset int64, ok bool) {
	m, isMem := a.(x86asm.Mem)
	if !isMem || m.Index != 0 || m.Segment == x86asm.FS || m.Segment == x86asm.GS {
		return 0, false
	}
	r, ok := register64(m.Base)
	switch {
	case !ok:
		return 0, false
	case r == RSP:
		return w.sp + m.Disp, true
	}
	return w.offset[r] + m.Disp, w.pointer>>r&1 != 0
}

type follower struct {
	code
	ways     []way
	seen     map[place]bool
	result   Return
	returned bool
	disagree bool
}

// open adds a way, if it was not there before.
func (f *follower) open(w way) {
	if !f.seen[w.place] && len(f.ways) < maxOpen {
		f.seen[w.place] = true
		f.ways = append(f.ways, w)
	}
}

// end takes a way that has reached the return.
func (f *follower) end(w *way) {
	if w.sp < 0 {
		f.disagree = true
		return
	}
	r := Return{Size: uint64(w.sp)}
	for x := RAX; x <= R15; x++ {
		switch {
		case keptRegisters>>x&1 == 0:
		case w.fate[x] == restored:
			r.Saved = append(r.Saved, Saved{x, w.from[x]})
		case w.fate[x] == written:
			r.Lost = append(r.Lost, x)
		}
	}
	if !f.returned {
		f.returned, f.result = true, r
		return
	}
	if r.Size != f.result.Size {
		f.disagree = true
		return
	}
	f.result = r.agree(&f.result)
}

// agree leaves the registers that two returns restore alike, and takes the others for lost.
func (r *Return) agree(o *Return) Return {
	both := Return{Size: r.Size}
	for x := RAX; x <= R15; x++ {
		a, known := r.fateOf(x)
		b, also := o.fateOf(x)
		switch {
		case !known || !also || a != b:
			both.Lost = append(both.Lost, x)
		case a.fate == restored:
			both.Saved = append(both.Saved, Saved{x, a.offset})
		}
	}
	return both
}

type registerFate struct {
	fate   fate
	offset int64
}

func (r *Return) fateOf(x Register) (f registerFate, known bool) {
	for _, s := range r.Saved {
		if s.Register == x {
			return registerFate{restored, s.Offset}, true
		}
	}
	for _, l := range r.Lost {
		if l == x {
			return registerFate{}, false
		}
	}
	return registerFate{}, true
}

// step follows the next instruction of a way. It is false where the way has ended.
func (f *follower) step(w *way) bool {
	i, ok := f.decode(w.ip)
	if !ok {
		return false
	}
	next := w.ip + dmpfile.VirtAddr(i.Len)
	epilogue := w.epilogue
	w.epilogue = false
	switch i.Op {
	case x86asm.RET:
		f.end(w)
		return false
	case x86asm.INT, x86asm.ICEBP, x86asm.UD0, x86asm.UD1, x86asm.UD2, x86asm.HLT, x86asm.LRET, x86asm.IRET, x86asm.IRETD, x86asm.IRETQ,
		x86asm.SYSRET, x86asm.SYSEXIT, x86asm.LJMP, x86asm.ENTER:
		return false
	case x86asm.JMP:
		target, direct := i.target(w.ip)
		switch {
		case epilogue:
			f.end(w) // a tail call: the other function returns for this one
			return false
		case !direct:
			return false
		}
		next = target
	case x86asm.CALL, x86asm.LCALL, x86asm.SYSCALL:
		for _, x := range [...]Register{RAX, RCX, RDX, R8, R9, R10, R11} {
			w.write(x)
		}
	default:
		if target, ok := i.target(w.ip); ok { // a branch
			branch := *w
			branch.ip = target
			f.open(branch)
			break
		}
		if !w.execute(&i, epilogue) {
			return false
		}
	}
	w.ip = next
	if f.seen[w.place] {
		return false
	}
	f.seen[w.place] = true
	return true
}

// execute does what an instruction does to the registers. It is false where the stack pointer is not known after it.
func (w *way) execute(i *Instruction, epilogue bool) bool {
	r, whole := register64(i.Args[0])
	width := int64(8) // of what is pushed or popped
	if i.DataSize == 16 {
		width = 2
	}
	switch i.Op {
	case x86asm.PUSH:
		w.sp -= width
		return true
	case x86asm.PUSHF, x86asm.PUSHFD, x86asm.PUSHFQ:
		w.sp -= width
		return true
	case x86asm.POPF, x86asm.POPFD, x86asm.POPFQ:
		w.sp += width
		return true
	case x86asm.POP:
		if whole && r == RSP {
			return false
		}
		if whole {
			w.restore(r, w.sp)
		} else if x, ok := i.Args[0].(x86asm.Reg); ok {
			if g, ok := generalRegister(x); ok {
				w.write(g)
			}
		}
		w.sp += width
		w.epilogue = epilogue || whole
		return true
	case x86asm.LEAVE:
		if w.pointer>>RBP&1 == 0 || width != 8 {
			return false
		}
		w.sp = w.offset[RBP]
		w.restore(RBP, w.sp)
		w.sp += 8
		w.epilogue = true
		return true
	case x86asm.ADD, x86asm.SUB:
		n, ok := i.Args[1].(x86asm.Imm)
		if !whole || !ok {
			break
		}
		change := int64(n)
		if i.Op == x86asm.SUB {
			change = -change
		}
		switch {
		case r == RSP:
			w.sp += change
			w.epilogue = change > 0
			return true
		case w.pointer>>r&1 != 0:
			w.fate[r] = written
			w.offset[r] += change
			return true
		}
	case x86asm.LEA:
		if offset, ok := w.address(i.Args[1]); ok && whole {
			return w.point(r, offset)
		}
	case x86asm.MOV:
		if !whole {
			break
		}
		if offset, ok := w.address(i.Args[1]); ok && r != RSP {
			w.restore(r, offset)
			w.epilogue = epilogue
			return true
		}
		from, ok := register64(i.Args[1])
		switch {
		case !ok:
		case from == RSP:
			return w.point(r, w.sp)
		case w.pointer>>from&1 != 0:
			return w.point(r, w.offset[from])
		}
	}
	return w.clobber(i)
}

// point makes a register point to the stack.
func (w *way) point(r Register, offset int64) bool {
	if r == RSP {
		w.epilogue = offset > w.sp
		w.sp = offset
		return true
	}
	w.fate[r] = written
	w.set(r, offset)
	return true
}

// clobber takes every register that an instruction names for written, but those that it only compares, and those that it writes without naming
// them. It is false where the stack pointer is one of them.
func (w *way) clobber(i *Instruction) bool {
	if stringOps[i.Op] != 0 {
		w.write(RSI)
		w.write(RDI)
	}
	switch i.Op {
	case x86asm.CMP, x86asm.TEST, x86asm.BT, x86asm.NOP:
		return true
	case x86asm.CPUID:
		w.write(RBX)
	case x86asm.LOOP, x86asm.LOOPE, x86asm.LOOPNE:
		w.write(RCX)
	}
	// Multiplications, and what else writes rax, rcx and rdx only: nothing on the stack is found by these.
	for _, x := range [...]Register{RAX, RCX, RDX} {
		w.write(x)
	}
	n := 1
	if i.Op == x86asm.XCHG || i.Op == x86asm.XADD {
		n = 2
	}
	for _, a := range i.Args[:n] {
		x, ok := a.(x86asm.Reg)
		if !ok {
			continue
		}
		if g, ok := generalRegister(x); ok {
			if g == RSP {
				return false
			}
			w.write(g)
		}
	}
	return true
}
