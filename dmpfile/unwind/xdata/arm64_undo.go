package xdata

import (
	"encoding/binary"
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// undoing is the state while unwind codes are undone.
type undoing struct {
	memory    insn.Memory
	registers RegistersARM64
	slot      dmpfile.VirtAddr // where lr was read from, 0 where it was not

	entered bool // it was not entered by a call: ip and machine are set
	ip      dmpfile.VirtAddr
	machine bool
	whole   bool // the registers are all those of the caller
}

// undo goes through a sequence to its end. The codes on how a function was entered hold from its first instruction on.
func (u *undoing) undo(s sequence) error {
	next := 0 // pairs beside the one that comes
	for i := 0; ; {
		c, length, err := s.decode(i)
		if err != nil {
			return err
		}
		i += length
		if s.skip > 0 && c.isInstruction() {
			s.skip--
			continue
		}
		if c.op == opSaveNext {
			next++
			continue
		}
		if next > 0 && !c.pair {
			return &dmpfile.FormatError{Offset: int64(s.at), What: "unwind codes that save a pair beside none; index after these", Value: i}
		}
		if c.op == opEnd {
			return nil
		}
		if err := u.undoOne(c, next); err != nil {
			return err
		}
		next = 0
	}
}

// undoOne undoes a code; next is how many pairs more it is of.
func (u *undoing) undoOne(c codeARM64, next int) error {
	switch c.op {
	case opAlloc:
		return u.raise(stackPointer, c.n)
	case opAllocZ:
		if c.n > 0 {
			return fmt.Errorf("the length of vectors: %w", ErrRegister)
		}
	case opSetFP:
		return u.raise(framePointer, -c.n)
	case opSave, opSaveLR:
		return u.restore(c, next)
	case opSign:
		if lr, known := u.registers.Get(linkRegister); known {
			u.registers.Set(linkRegister, uint64(StripSignature(dmpfile.VirtAddr(lr))))
		}
	case opTrapFrame:
		return u.trapFrame()
	case opMachineFrame:
		return u.machineFrame()
	case opContext:
		return u.context()
	case opContextEC:
		return fmt.Errorf("a context of ARM64EC: %w", ErrFrame)
	case opNotCalled:
		lr, err := u.get(linkRegister)
		if err != nil {
			return err
		}
		u.entered, u.ip, u.machine = true, StripSignature(dmpfile.VirtAddr(lr)), true
	}
	return nil
}

// raise sets sp to n above a register.
func (u *undoing) raise(from int, n uint64) error {
	v, err := u.get(from)
	if err != nil {
		return err
	}
	u.registers.Set(stackPointer, v+n)
	return nil
}

// restore undoes a save. Registers that are not followed are not read.
func (u *undoing) restore(c codeARM64, next int) error {
	sp, err := u.get(stackPointer)
	if err != nil {
		return err
	}
	count := 1 + 2*next
	if c.pair {
		count++
	}
	last := c.register + count - 1
	if last > 31 || c.file == 'x' && last > linkRegister {
		return &dmpfile.FormatError{What: "unwind codes that save a register that there is not", Value: fmt.Sprintf("%c%d", c.file, last)}
	}
	from := dmpfile.VirtAddr(sp)
	if !c.index {
		from += dmpfile.VirtAddr(c.n)
	}
	if c.op == opSaveLR {
		count++
	}
	if c.file == 'x' {
		b, err := u.read(from, 8*count)
		if err != nil {
			return err
		}
		for i := range count {
			r := c.register + i
			if c.op == opSaveLR && i == 1 {
				r = linkRegister
			}
			u.registers.Set(r, binary.LittleEndian.Uint64(b[8*i:]))
			if r == linkRegister {
				u.slot = from + dmpfile.VirtAddr(8*i)
			}
		}
	}
	if c.index {
		u.registers.Set(stackPointer, sp+c.n)
	}
	return nil
}

// trapFrame restores what a trap interrupted, from a KTRAP_FRAME (ksarm64.h, in the WDK): sp is at 0x98, x0 to x18 are at 0xA0, lr is at
// 0x138, x29 at 0x140 and pc at 0x148. The other registers are those of the function that it called.
func (u *undoing) trapFrame() error {
	b, err := u.frame(0x150)
	if err != nil {
		return err
	}
	for i := range 19 {
		u.registers.Set(i, binary.LittleEndian.Uint64(b[0xA0+8*i:]))
	}
	u.registers.Set(framePointer, binary.LittleEndian.Uint64(b[0x140:]))
	u.registers.Set(linkRegister, binary.LittleEndian.Uint64(b[0x138:]))
	u.enter(b, 0x148, 0x98)
	u.whole, u.machine = true, true
	return nil
}

// machineFrame restores sp and pc, which are all that there is in a machine frame.
func (u *undoing) machineFrame() error {
	b, err := u.frame(0x10)
	if err != nil {
		return err
	}
	if u.slot == 0 {
		u.registers.Forget(linkRegister) // its value is of this function
	}
	u.enter(b, 8, 0)
	u.machine = true
	return nil
}

// context restores the registers of a context record, in which a flag says that pc is behind a call.
func (u *undoing) context() error {
	at := dmpfile.VirtAddr(u.registers.values[stackPointer])
	b, err := u.frame(0x110)
	if err != nil {
		return err
	}
	const (
		needed        = 0x400003 // CONTEXT_CONTROL and CONTEXT_INTEGER of arm64
		unwoundToCall = 0x20000000
	)
	flags := binary.LittleEndian.Uint32(b)
	if flags&needed != needed {
		return &dmpfile.FormatError{What: fmt.Sprintf("no context of arm64 stands at %#x; its flags", uint64(at)), Value: flags}
	}
	for i := range 31 {
		u.registers.Set(i, binary.LittleEndian.Uint64(b[8+8*i:]))
	}
	u.enter(b, 0x108, 0x100)
	u.whole, u.machine = true, flags&unwoundToCall == 0
	return nil
}

// frame reads what stands at sp.
func (u *undoing) frame(n int) ([]byte, error) {
	sp, err := u.get(stackPointer)
	if err != nil {
		return nil, err
	}
	return u.read(dmpfile.VirtAddr(sp), n)
}

// enter takes pc and sp from a frame that stands at sp.
func (u *undoing) enter(b []byte, pc, sp int) {
	u.slot = dmpfile.VirtAddr(u.registers.values[stackPointer])
	u.entered, u.ip = true, StripSignature(dmpfile.VirtAddr(binary.LittleEndian.Uint64(b[pc:])))
	u.registers.Set(stackPointer, binary.LittleEndian.Uint64(b[sp:]))
}

// caller is what the state is the caller's of, when all codes are undone.
func (u *undoing) caller() (CallerOfARM64, error) {
	c := CallerOfARM64{IP: u.ip, Slot: u.slot, Registers: u.registers, Machine: u.machine}
	if !u.entered {
		lr, err := u.get(linkRegister)
		if err != nil {
			return CallerOfARM64{}, err
		}
		c.IP = StripSignature(dmpfile.VirtAddr(lr))
	}
	if !u.whole {
		for i := range 19 {
			c.Registers.Forget(i)
		}
		if !u.entered {
			c.Registers.Forget(linkRegister)
		}
	}
	return c, nil
}

func (u *undoing) get(n int) (uint64, error) {
	v, known := u.registers.Get(n)
	if !known {
		name := "sp"
		if n != stackPointer {
			name = fmt.Sprintf("x%d", n)
		}
		return 0, fmt.Errorf("%s: %w", name, ErrRegister)
	}
	return v, nil
}

// read reads n bytes of the machine's memory, all of them.
func (u *undoing) read(a dmpfile.VirtAddr, n int) ([]byte, error) {
	b := make([]byte, n)
	if got, err := u.memory.ReadVirtual(b, a); got < n {
		return nil, fmt.Errorf("the frame at %#x: %w", uint64(a), err)
	}
	return b, nil
}
