package xdata

import (
	"golang.org/x/arch/x86/x86asm"

	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// maxEpilogue is how many bytes of code are looked at. An epilogue that restores all eight registers takes some 25.
const maxEpilogue = 64

// epilogue unwinds where control is in an epilogue of f, the data of which has been parsed. ok is false where it is in none.
//
// Version 2 lists the epilogues. Of version 1 the code says it: what frees the stack and pops leads from the instruction on to a return, or to a
// jump to another function, which returns for this one. What Windows takes for one is one here. It does not know the return from an interrupt,
// which is as sure as any. So is a return where version 2 lists none.
func (u *unwinder) epilogue(f Function) (c Caller, ok bool, err error) {
	if u.data.listsEpilogues() {
		if into, ok := u.listed(f); ok {
			c, err = u.popsFrom(into)
			return c, true, err
		}
		return Caller{}, false, nil
	}
	b := make([]byte, maxEpilogue)
	n, _ := u.im.ReadAt(b, int64(u.rva))
	e := follow(b[:n], u.rva)
	switch {
	case u.data.version == 2 && e.end != returns && e.end != interrupts:
		return Caller{}, false, nil // by its list, which is right about jumps
	case e.short && n < len(b):
		return Caller{}, false, read(u.im, "the code of a function", b, u.rva)
	case e.end == none:
		return Caller{}, false, nil
	case e.end == jumps:
		leaves, err := u.leaves(f, e.target)
		if !leaves || err != nil {
			return Caller{}, false, err
		}
	}
	c, err = u.execute(&e)
	return c, true, err
}

// listed says how far the instruction is into one of the epilogues that the data lists, in bytes.
func (u *unwinder) listed(f Function) (into uint32, ok bool) {
	u.data.epilogues(func(fromEnd, size uint32) bool {
		into = u.rva - (f.End - fromEnd)
		ok = into < size
		return !ok
	})
	return into, ok
}

// popsFrom unwinds from so many bytes into an epilogue of version 2: it pops the registers that the prologue pushed, the last one first.
// They can be pushed by an entry that this one is chained to.
func (u *unwinder) popsFrom(into uint32) (Caller, error) {
	at := uint32(0) // where in the epilogue the next pop is
	popping := false
	for range maxChain {
		for i := 0; i < u.data.count; {
			c, err := u.data.code(i)
			if err != nil {
				return Caller{}, err
			}
			i += c.slots
			switch {
			case c.op == pushNonvolatile:
				popping = true
				if at >= into {
					if err := u.pop(insn.Register(c.info)); err != nil {
						return Caller{}, err
					}
				}
				at += 1 + uint32(c.info>>3) // with a prefix for r8 to r15
			case c.op == pushMachineFrame:
				return u.machineFrame() // its error code has been taken off by then
			case !popping:
				// It was undone before the first pop.
			case c.op == allocSmall && c.value == 8:
				// Room that a pop makes free, into a register that is not kept.
				if at >= into {
					if err := u.free(8); err != nil {
						return Caller{}, err
					}
				}
				at++
			default:
				return Caller{}, u.contradiction("an epilogue cannot undo what was done before the pushes; the code", c)
			}
		}
		if u.data.flags&chainInfo == 0 {
			return u.ret(0)
		}
		if _, err := u.load(u.data.chained); err != nil {
			return Caller{}, err
		}
	}
	return Caller{}, endless(u.data.chained)
}

// ending is how code ends that can be an epilogue.
type ending uint8

const (
	none       ending = iota // it is no epilogue
	returns                  // with a return
	interrupts               // with the return of an interrupt handler
	jumps                    // with a jump to target, which has to be another function
	tailCalls                // with a jump that is only used for calling another function
)

// exit is code that can be an epilogue.
type exit struct {
	code   []insn.Instruction // all but the last
	end    ending
	free   uint64 // what a return takes off the stack besides its address, in bytes
	target uint32 // RVA
	short  bool   // there are no bytes where the code goes on
}

// follow follows code at an RVA to the end of the epilogue that it can be.
func follow(b []byte, rva uint32) (e exit) {
	for {
		i, err := insn.Decode(b)
		if err != nil {
			e.short = len(b) < 15 // which every instruction fits in
			return e
		}
		switch next := rva + uint32(i.Len); i.Op {
		case x86asm.ADD, x86asm.LEA:
			if !setsStackPointer(&i) {
				return e
			}
		case x86asm.POP:
			if x, ok := general(i.Args[0]); !ok || x == insn.RSP {
				return e
			}
		case x86asm.SWAPGS:
		case x86asm.RET:
			e.end = returns
			if n, ok := i.Args[0].(x86asm.Imm); ok {
				e.free = uint64(uint16(n))
			}
			return e
		case x86asm.IRETQ:
			e.end = interrupts
			return e
		case x86asm.JMP:
			if rel, ok := i.Args[0].(x86asm.Rel); ok {
				e.end, e.target = jumps, next+uint32(rel)
			} else if m, ok := i.Args[0].(x86asm.Mem); ok && m.Base == x86asm.RIP || isWide(b) {
				// Through an import; a jump by a table has no REX.W, which jumps have only to say that they leave the function.
				e.end = tailCalls
			}
			return e
		default:
			return e
		}
		e.code = append(e.code, i)
		b = b[i.Len:]
		rva += uint32(i.Len)
	}
}

// setsStackPointer says whether an instruction is one that frees the stack: add rsp, n or lea rsp, [register+n].
func setsStackPointer(i *insn.Instruction) bool {
	if i.Args[0] != x86asm.RSP {
		return false
	}
	switch a := i.Args[1].(type) {
	case x86asm.Imm:
		return i.Op == x86asm.ADD
	case x86asm.Mem:
		_, ok := general(a.Base)
		return i.Op == x86asm.LEA && ok && a.Index == 0 && a.Segment == 0
	}
	return false
}

// isWide says whether an instruction has REX.W, which a bnd can stand before.
func isWide(b []byte) bool {
	if b[0] == 0xF2 {
		b = b[1:]
	}
	return b[0]&0xF8 == 0x48
}

// general is the general register that an argument is the whole of.
func general(a x86asm.Arg) (insn.Register, bool) {
	x, ok := a.(x86asm.Reg)
	return insn.Register(x - x86asm.RAX), ok && x86asm.RAX <= x && x <= x86asm.R15
}

// leaves says whether a jump of f to an RVA calls another function, or f itself by its beginning. The data of f has been parsed.
//
// That is so where none of the code of a prologue has been run, as no part of a function can have it: neither one that is chained to the rest,
// nor one that GCC makes of what is seldom run and does not chain. Windows takes a jump to the latter for a call.
func (u *unwinder) leaves(f Function, target uint32) (bool, error) {
	if f.Begin <= target && target < f.End {
		return target == f.Begin && u.data.flags&chainInfo == 0, nil
	}
	other, ok, err := FunctionAMD64(u.im, target)
	if err != nil || !ok {
		return err == nil, err
	}
	if other, err = direct(u.im, other); err != nil {
		return false, err
	}
	var data infoAMD64
	if err := data.parse(u.im, other.Unwind); err != nil || data.flags&chainInfo != 0 {
		return false, err
	}
	for i := 0; i < data.count; {
		c, err := data.code(i)
		if err != nil {
			return false, err
		}
		if uint32(c.offset) <= target-other.Begin {
			return false, nil
		}
		i += c.slots
	}
	return true, nil
}

// execute unwinds by executing an epilogue.
func (u *unwinder) execute(e *exit) (Caller, error) {
	for _, i := range e.code {
		var err error
		switch i.Op {
		case x86asm.ADD:
			err = u.free(uint64(i.Args[1].(x86asm.Imm)))
		case x86asm.LEA:
			m := i.Args[1].(x86asm.Mem)
			base, _ := general(m.Base)
			var v uint64
			v, err = u.register(base)
			u.registers.Set(insn.RSP, v+uint64(m.Disp))
		case x86asm.POP:
			x, _ := general(i.Args[0])
			err = u.pop(x)
		}
		if err != nil {
			return Caller{}, err
		}
	}
	if e.end == interrupts {
		return u.machineFrame()
	}
	return u.ret(e.free)
}
