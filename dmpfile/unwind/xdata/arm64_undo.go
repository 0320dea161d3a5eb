package xdata

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// unwinderARM64 unwinds one frame.
type unwinderARM64 struct {
	memory    insn.Memory
	registers RegistersARM64
	restored  uint32           // those that were, a bit each
	slot      dmpfile.VirtAddr // where lr was read from, 0 where it was not
	absent    error            // why lr could not be read

	entered bool // it was not entered by a call: ip and machine are set
	ip      dmpfile.VirtAddr
	machine bool

	at   uint32 // RVA of the code that is being undone
	word [8]byte
}

// undo goes through a sequence to its end. The codes on how a function was entered hold from its first instruction on.
func (u *unwinderARM64) undo(s sequence) error {
	next := 0 // pairs beside the one that comes
	for i := 0; ; {
		c, length, err := s.decode(i)
		if err != nil {
			return err
		}
		u.at = s.at + uint32(i)
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
			return &dmpfile.FormatError{Offset: int64(u.at), What: "an unwind code is not that of a pair, which one before it needs; its first byte", Value: s.codes[i-length]}
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
func (u *unwinderARM64) undoOne(c codeARM64, next int) error {
	switch c.op {
	case opAlloc:
		if sp, known := u.registers.Get(stackPointer); known { // else it is to be found by x29
			u.registers.Set(stackPointer, sp+c.n)
		}
	case opAllocZ:
		if c.n > 0 {
			return fmt.Errorf("%w: the length of vectors", ErrRegister)
		}
	case opSetFP:
		fp, err := u.get(framePointer)
		if err != nil {
			return err
		}
		u.registers.Set(stackPointer, fp-c.n)
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
		return fmt.Errorf("%w: a context of ARM64EC", ErrFrame)
	case opNotCalled:
		lr, err := u.get(linkRegister)
		if err != nil {
			return err
		}
		u.entered, u.ip, u.machine = true, StripSignature(dmpfile.VirtAddr(lr)), true
		u.restored &^= 1 << linkRegister
	}
	return nil
}

// restore undoes a save. Registers that are not followed are not read.
func (u *unwinderARM64) restore(c codeARM64, next int) error {
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
		return &dmpfile.FormatError{Offset: int64(u.at), What: "an unwind code saves a register that there is not", Value: fmt.Sprintf("%c%d", c.file, last)}
	}
	from := dmpfile.VirtAddr(sp)
	if !c.index {
		from += dmpfile.VirtAddr(c.n)
	}
	if c.file == 'x' {
		for i := range count {
			u.load(c.register+i, from+dmpfile.VirtAddr(8*i))
		}
	}
	if c.op == opSaveLR {
		u.load(linkRegister, from+8)
	}
	if c.index {
		u.registers.Set(stackPointer, sp+c.n)
	}
	return nil
}

// load takes a register from where it was saved. Where the memory has no bytes there, it is not known.
func (u *unwinderARM64) load(n int, at dmpfile.VirtAddr) {
	err := u.read(u.word[:], at)
	if n == linkRegister {
		u.slot, u.absent = at, nil
	}
	if err != nil {
		u.registers.Forget(n)
		if n == linkRegister {
			u.absent = fmt.Errorf("the return address on the stack: %w", err)
		}
		return
	}
	u.set(n, u.word[:])
}

// set restores a register from bytes.
func (u *unwinderARM64) set(n int, b []byte) {
	u.registers.Set(n, binary.LittleEndian.Uint64(b))
	u.restored |= 1 << n
}

// trapFrame restores what a trap interrupted, from a KTRAP_FRAME (ksarm64.h, in the WDK): sp is at 0x98, x0 to x18 are at 0xA0, lr is at
// 0x138, x29 at 0x140 and pc at 0x148. The other registers are those of the function that it called.
func (u *unwinderARM64) trapFrame() error {
	b, err := u.frame(0x150)
	if err != nil {
		return err
	}
	for i := range 19 {
		u.set(i, b[0xA0+8*i:])
	}
	u.set(framePointer, b[0x140:])
	u.set(linkRegister, b[0x138:])
	u.enter(b, 0x148, 0x98)
	u.machine = true
	return nil
}

// machineFrame restores sp and pc, which are all that there is in a machine frame.
func (u *unwinderARM64) machineFrame() error {
	b, err := u.frame(0x10)
	if err != nil {
		return err
	}
	u.enter(b, 8, 0)
	u.machine = true
	return nil
}

// context restores the registers of a context record, in which a flag says that pc is behind a call.
func (u *unwinderARM64) context() error {
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
		return &dmpfile.FormatError{Offset: int64(u.at), What: "no context of arm64 stands where the unwind data says so; its flags", Value: flags}
	}
	for i := range 31 {
		u.set(i, b[8+8*i:])
	}
	u.enter(b, 0x108, 0x100)
	u.machine = flags&unwoundToCall == 0
	return nil
}

// frame reads what stands at sp.
func (u *unwinderARM64) frame(n int) ([]byte, error) {
	sp, err := u.get(stackPointer)
	if err != nil {
		return nil, err
	}
	b := make([]byte, n)
	if err := u.read(b, dmpfile.VirtAddr(sp)); err != nil {
		return nil, fmt.Errorf("the frame that an interrupt left at %#x: %w", sp, err)
	}
	return b, nil
}

// read fills p, or is an error.
func (u *unwinderARM64) read(p []byte, at dmpfile.VirtAddr) error {
	n, err := u.memory.ReadVirtual(p, at)
	switch {
	case n == len(p):
		return nil
	case err == nil:
		return io.ErrUnexpectedEOF
	}
	return err
}

// enter takes pc and sp from a frame that stands at sp.
func (u *unwinderARM64) enter(b []byte, pc, sp int) {
	u.slot = dmpfile.VirtAddr(u.registers.values[stackPointer])
	u.entered, u.ip = true, StripSignature(dmpfile.VirtAddr(binary.LittleEndian.Uint64(b[pc:])))
	u.set(stackPointer, b[sp:])
}

// caller is what the state is the caller's of, when all codes are undone. Of the registers that calls do not keep, those are the caller's that
// were restored where it was interrupted.
func (u *unwinderARM64) caller() (CallerOfARM64, error) {
	c := CallerOfARM64{IP: u.ip, Slot: u.slot, Registers: u.registers, Machine: u.machine}
	keeps := u.restored
	if !u.entered {
		lr, err := u.get(linkRegister)
		if err != nil {
			return CallerOfARM64{}, err
		}
		c.IP = StripSignature(dmpfile.VirtAddr(lr))
		keeps = 0
	}
	const volatile = 1<<19 - 1 | 1<<linkRegister // x18 is the processor's, which changes under a thread
	c.Registers.known &^= volatile &^ keeps
	return c, nil
}

func (u *unwinderARM64) get(n int) (uint64, error) {
	v, known := u.registers.Get(n)
	switch {
	case known:
		return v, nil
	case n == linkRegister && u.absent != nil:
		return 0, u.absent
	case n == stackPointer:
		return 0, fmt.Errorf("%w: sp", ErrRegister)
	}
	return 0, fmt.Errorf("%w: x%d", ErrRegister, n)
}
