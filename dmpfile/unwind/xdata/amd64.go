package xdata

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// maxChain is how many entries can stand behind one. Windows gives up there, too.
const maxChain = 32

// FunctionAMD64 finds the entry of the exception directory that an RVA lies in, by a binary search of the table. ok is false for a leaf
// function, which has none. The entry of a part of a function leads to that by [PrimaryAMD64].
func FunctionAMD64(im *pe.Image, rva uint32) (f Function, ok bool, err error) {
	if im.Machine != dmpfile.MachineAMD64 {
		return Function{}, false, &dmpfile.FormatError{What: "the image is for another machine than amd64", Value: uint16(im.Machine)}
	}
	d, err := im.ExceptionDirectory()
	if err == pe.ErrNone {
		return Function{}, false, nil
	}
	if err != nil {
		return Function{}, false, err
	}
	b := make([]byte, entrySize)
	for low, high := uint32(0), d.Size/entrySize; low < high; {
		middle := low + (high-low)/2
		if err := read(im, "the table of functions", b, d.RVA+middle*entrySize); err != nil {
			return Function{}, false, err
		}
		f := parseEntry(b)
		switch {
		case rva < f.Begin:
			high = middle
		case rva >= f.End:
			low = middle + 1
		default:
			return f, true, nil
		}
	}
	return Function{}, false, nil
}

// PrimaryAMD64 returns the entry that an entry stands for or is chained to, and so on to the last: that of the beginning of the function which
// it is a part of. An entry that is chained to none is that itself.
func PrimaryAMD64(im *pe.Image, f Function) (Function, error) {
	var u infoAMD64
	var err error
	for range maxChain {
		if f, err = direct(im, f); err != nil {
			return Function{}, err
		}
		if err := u.parse(im, f.Unwind); err != nil {
			return Function{}, err
		}
		if u.flags&chainInfo == 0 {
			return f, nil
		}
		f = u.chained
	}
	return Function{}, endless(f)
}

// direct returns the entry that has the unwind data of f: f, or where f is for a part of a function that has none of its own, that of the rest.
func direct(im *pe.Image, f Function) (Function, error) {
	for range maxChain {
		if f.Unwind&1 == 0 {
			return f, nil
		}
		var err error
		if f, err = readEntry(im, f.Unwind&^1); err != nil {
			return Function{}, err
		}
	}
	return Function{}, endless(f)
}

func endless(f Function) error {
	return &dmpfile.FormatError{Offset: int64(f.Unwind), What: "a chain of unwind data does not end; the limit", Value: maxChain}
}

func readEntry(im *pe.Image, rva uint32) (Function, error) {
	b := make([]byte, entrySize)
	if err := read(im, "the table of functions", b, rva); err != nil {
		return Function{}, err
	}
	return parseEntry(b), nil
}

// CallerAMD64 returns what called the function that ip lies in, or was interrupted there. im is the image, which is loaded at base; m is the
// memory of the machine, which has the stack; r are the registers in the function, of which rsp has to be known.
//
// returned says that ip is where a call returns to. Then the function is the one that has the call, which can be the last of its instructions,
// and control is in none of its epilogues. Else control is at ip itself.
//
// Two things come out wrong that no unwind data tells: where control is at a "jmp rax" that calls another function, which looks like that of a
// switch (compilers for Windows write it with REX.W), and where the code of assembler does not do what its data says.
func CallerAMD64(im *pe.Image, base dmpfile.VirtAddr, m insn.Memory, ip dmpfile.VirtAddr, r insn.Registers, returned bool) (Caller, error) {
	rva, at := uint32(ip-base), ip-base
	if returned {
		at--
	}
	if at >= dmpfile.VirtAddr(im.Size()) {
		return Caller{}, &dmpfile.FormatError{What: "the address lies outside the image", Value: uint64(ip)}
	}
	f, ok, err := FunctionAMD64(im, uint32(at))
	if err != nil {
		return Caller{}, err
	}
	u := unwinder{im: im, memory: m, rva: rva, registers: r}
	sp, err := u.register(insn.RSP)
	if err != nil {
		return Caller{}, err
	}
	if returned && !ok {
		return Caller{}, fmt.Errorf("%w: at %#x", ErrLeaf, uint64(ip))
	}
	c, err := u.caller(f, ok, returned)
	if err == nil && uint64(c.Slot) < sp {
		return Caller{}, &dmpfile.FormatError{Offset: int64(rva), What: "unwinding leads down the stack, to", Value: uint64(c.Slot)}
	}
	return c, err
}

// unwinder unwinds one frame.
type unwinder struct {
	im        *pe.Image
	memory    insn.Memory
	rva       uint32         // of the instruction
	registers insn.Registers // as far as they are unwound
	restored  uint16         // those that were, a bit each
	data      infoAMD64      // of the entry that is being unwound
	word      [8]byte
}

// caller unwinds from f, or where there is none from a leaf function.
func (u *unwinder) caller(f Function, ok, returned bool) (Caller, error) {
	if !ok {
		return u.ret(0)
	}
	f, err := u.load(f)
	if err != nil {
		return Caller{}, err
	}
	if !returned {
		if c, ok, err := u.epilogue(f); ok || err != nil {
			return c, err
		}
	}
	return u.body(f)
}

// body undoes what the codes say that was done up to the instruction, of f and the entries that it is chained to. The data of f has been parsed.
func (u *unwinder) body(f Function) (Caller, error) {
	for range maxChain {
		// Where the instruction lies outside of f, as of those that an entry is chained to, all of f was done; before it this is a large number.
		machine, err := u.undo(u.rva - f.Begin)
		switch {
		case err != nil:
			return Caller{}, err
		case machine:
			return u.machineFrame()
		case u.data.flags&chainInfo == 0:
			return u.ret(0)
		}
		if f, err = u.load(u.data.chained); err != nil {
			return Caller{}, err
		}
	}
	return Caller{}, endless(f)
}

// load parses the data of an entry, and returns the entry that has it.
func (u *unwinder) load(f Function) (Function, error) {
	f, err := direct(u.im, f)
	if err != nil {
		return Function{}, err
	}
	return f, u.data.parse(u.im, f.Unwind)
}

// undo undoes the codes of one entry that are for what was done before an offset. It is true where rsp is at a machine frame then.
func (u *unwinder) undo(done uint32) (machine bool, err error) {
	set, err := u.frameIsSet(done)
	if err != nil {
		return false, err
	}
	// Registers are saved at an offset from the frame, which does not change while they are restored.
	frame, frameErr := u.register(insn.RSP)
	if set {
		frame, frameErr = u.register(insn.Register(u.data.frameRegister))
		frame -= uint64(u.data.frameOffset)
	}
	for i := 0; i < u.data.count; {
		c, err := u.data.code(i)
		if err != nil {
			return false, err
		}
		i += c.slots
		if uint32(c.offset) > done {
			continue
		}
		switch c.op {
		case pushNonvolatile:
			err = u.pop(insn.Register(c.info))
		case allocSmall, allocLarge:
			err = u.free(uint64(c.value))
		case setFrame:
			if u.data.frameRegister == 0 {
				return false, u.contradiction("a frame register is set and none is named; the code", c)
			}
			if err = frameErr; err == nil {
				u.registers.Set(insn.RSP, frame)
			}
		case saveNonvolatile, saveNonvolatileFar:
			if err = frameErr; err == nil {
				u.restore(insn.Register(c.info), dmpfile.VirtAddr(frame+uint64(c.value)))
			}
		case pushMachineFrame:
			if i < u.data.count || u.data.flags&chainInfo != 0 {
				return false, u.contradiction("there is something below a machine frame; the code", c)
			}
			if c.info != 0 {
				err = u.free(8) // the error code
			}
			return true, err
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// frameIsSet says whether the frame register of the entry has been set before an offset. A part of a function can have one that the
// beginning of the function sets.
func (u *unwinder) frameIsSet(done uint32) (bool, error) {
	if u.data.frameRegister == 0 {
		return false, nil
	}
	for i := 0; i < u.data.count; {
		c, err := u.data.code(i)
		if err != nil {
			return false, err
		}
		if c.op == setFrame {
			return uint32(c.offset) <= done, nil
		}
		i += c.slots
	}
	return true, nil
}

func (u *unwinder) contradiction(what string, c code) error {
	return &dmpfile.FormatError{Offset: int64(u.data.rva), What: "unwind data contradicts itself: " + what, Value: uint8(c.op)}
}

func (u *unwinder) register(x insn.Register) (uint64, error) {
	v, known := u.registers.Get(x)
	if !known {
		return 0, fmt.Errorf("%w: %s", ErrRegister, x)
	}
	return v, nil
}

// free moves rsp up.
func (u *unwinder) free(n uint64) error {
	sp, err := u.register(insn.RSP)
	if err == nil {
		u.registers.Set(insn.RSP, sp+n)
	}
	return err
}

// pop restores a register from the top of the stack.
func (u *unwinder) pop(x insn.Register) error {
	sp, err := u.register(insn.RSP)
	if err != nil {
		return err
	}
	u.restore(x, dmpfile.VirtAddr(sp))
	return u.free(8)
}

// restore takes a register from where it was saved. Where the memory has no bytes there, it is not known; nor is rsp, which no function
// restores that way.
func (u *unwinder) restore(x insn.Register, at dmpfile.VirtAddr) {
	v, err := u.read(at)
	if err != nil || x == insn.RSP {
		u.registers.Forget(x)
		return
	}
	u.registers.Set(x, v)
	u.restored |= 1 << x
}

func (u *unwinder) read(at dmpfile.VirtAddr) (uint64, error) {
	n, err := u.memory.ReadVirtual(u.word[:], at)
	if n < len(u.word) {
		if err == nil {
			err = io.ErrUnexpectedEOF
		}
		return 0, err
	}
	return binary.LittleEndian.Uint64(u.word[:]), nil
}

// ret is the caller of a function that has its return address on the top of the stack. It takes arguments of so many bytes off the stack.
func (u *unwinder) ret(arguments uint64) (Caller, error) {
	sp, err := u.register(insn.RSP)
	if err != nil {
		return Caller{}, err
	}
	ip, err := u.read(dmpfile.VirtAddr(sp))
	if err != nil {
		return Caller{}, fmt.Errorf("the return address on the stack: %w", err)
	}
	for _, x := range volatiles {
		u.registers.Forget(x)
	}
	u.registers.Set(insn.RSP, sp+8+arguments)
	return Caller{IP: dmpfile.VirtAddr(ip), Slot: dmpfile.VirtAddr(sp), Registers: u.registers}, nil
}

// machineFrame is what was interrupted when the processor pushed the frame that is on the top of the stack: rip, cs, eflags, rsp and ss.
func (u *unwinder) machineFrame() (Caller, error) {
	at, err := u.register(insn.RSP)
	if err != nil {
		return Caller{}, err
	}
	ip, err := u.read(dmpfile.VirtAddr(at))
	if err != nil {
		return Caller{}, fmt.Errorf("the rip of a machine frame: %w", err)
	}
	sp, err := u.read(dmpfile.VirtAddr(at + 0x18))
	if err != nil {
		return Caller{}, fmt.Errorf("the rsp of a machine frame: %w", err)
	}
	for _, x := range volatiles {
		if u.restored>>x&1 == 0 {
			u.registers.Forget(x)
		}
	}
	u.registers.Set(insn.RSP, sp)
	return Caller{IP: dmpfile.VirtAddr(ip), Slot: dmpfile.VirtAddr(at), Registers: u.registers, Machine: true}, nil
}

// volatiles are the registers that a function need not keep for its caller.
var volatiles = [...]insn.Register{insn.RAX, insn.RCX, insn.RDX, insn.R8, insn.R9, insn.R10, insn.R11}
