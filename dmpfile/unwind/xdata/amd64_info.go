package xdata

import (
	"encoding/binary"
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

// Sizes in bytes (winnt.h).
const (
	entrySize = 12 // RUNTIME_FUNCTION
	infoHead  = 4  // UNWIND_INFO without its codes
	codeSize  = 2  // UNWIND_CODE, a slot
	maxCodes  = 255
)

// Flags of an UNWIND_INFO.
const (
	exceptionHandler = 1 << iota
	unwindHandler
	chainInfo
)

// operation is what a code says that the prologue did. Numbers are those of the format but for those that it has used twice.
type operation uint8

const (
	pushNonvolatile operation = iota
	allocLarge
	allocSmall
	setFrame
	saveNonvolatile
	saveNonvolatileFar
	saveXMM    // of version 1, obsolete
	saveXMMFar // of version 1, obsolete
	saveXMM128
	saveXMM128Far
	pushMachineFrame
	epilogue // 6 of version 2
	spare    // 7 of version 2
)

// codeSlots are how many slots a code takes.
var codeSlots = [...]int{1, 2, 1, 1, 2, 3, 2, 3, 2, 3, 1, 2, 3}

// code is one of the codes of an UNWIND_INFO.
type code struct {
	op     operation
	info   uint8  // a register, or whether a machine frame has an error code
	offset uint8  // where in the function the instruction ends that did it
	value  uint32 // how many bytes were allocated, or from the frame to where a register was saved
	slots  int
}

// infoAMD64 is an UNWIND_INFO.
type infoAMD64 struct {
	rva           uint32
	version       uint8 // 1 or 2
	flags         uint8
	prologue      uint8 // size in bytes
	frameRegister uint8 // 0 for none
	frameOffset   uint8 // from the stack pointer to what the frame register is set to, in bytes
	count         int   // of slots
	chained       Function
	handler       uint32 // RVA; 0 for none

	bytes [infoHead + codeSize*(maxCodes+1) + entrySize]byte
}

// parse reads the UNWIND_INFO at an RVA.
func (u *infoAMD64) parse(im *pe.Image, rva uint32) error {
	// Most are short enough for one read.
	const usual = 40
	n, _ := im.ReadAt(u.bytes[:usual], int64(rva)) // what is missing and needed gives the error once more
	if n < infoHead {
		return read(im, "unwind data", u.bytes[:infoHead], rva)
	}
	b := &u.bytes
	u.rva = rva
	u.version, u.flags = b[0]&7, b[0]>>3
	u.prologue, u.count = b[1], int(b[2])
	u.frameRegister, u.frameOffset = b[3]&0xF, b[3]>>4*16
	u.chained, u.handler = Function{}, 0
	if u.version != 1 && u.version != 2 {
		return fmt.Errorf("%w: %d, of that at %#x", ErrVersion, u.version, rva)
	}
	end := infoHead + codeSize*u.count
	tail := infoHead + codeSize*((u.count+1)&^1)
	switch {
	case u.flags&chainInfo != 0:
		end = tail + entrySize
	case u.flags&(exceptionHandler|unwindHandler) != 0:
		end = tail + 4
	}
	if end > n {
		if err := read(im, "unwind data", b[n:end], rva+uint32(n)); err != nil {
			return err
		}
	}
	switch {
	case u.flags&chainInfo != 0:
		u.chained = parseEntry(b[tail:])
	case u.flags&(exceptionHandler|unwindHandler) != 0:
		u.handler = binary.LittleEndian.Uint32(b[tail:])
	}
	return nil
}

// code returns the code that begins at a slot.
func (u *infoAMD64) code(i int) (code, error) {
	b := u.bytes[infoHead+codeSize*i:]
	c := code{op: operation(b[1] & 0xF), info: b[1] >> 4, offset: b[0]}
	if c.op > pushMachineFrame {
		return c, u.wrong(i, "unwind data has a code that is not known", b[1])
	}
	if u.version == 2 && (c.op == saveXMM || c.op == saveXMMFar) {
		c.op += epilogue - saveXMM
	}
	c.slots = codeSlots[c.op]
	if c.op == allocLarge && c.info != 0 {
		c.slots = 3
	}
	if c.op == epilogue && i+1 == u.count {
		c.slots = 1 // the padding can be left out
	}
	if i+c.slots > u.count {
		return c, u.wrong(i, "unwind data ends inside a code; its number of slots", u.count)
	}
	switch c.slots {
	case 2:
		c.value = uint32(binary.LittleEndian.Uint16(b[2:]))
	case 3:
		c.value = binary.LittleEndian.Uint32(b[2:])
	}
	switch c.op {
	case allocSmall:
		c.value = uint32(c.info)*8 + 8
	case allocLarge:
		if c.slots == 2 {
			c.value *= 8
		}
	case saveNonvolatile, saveXMM:
		c.value *= 8
	case saveXMM128:
		c.value *= 16
	}
	return c, nil
}

// wrong is the error of a slot.
func (u *infoAMD64) wrong(slot int, what string, value any) error {
	return &dmpfile.FormatError{Offset: int64(u.rva) + infoHead + codeSize*int64(slot), What: what, Value: value}
}

// epilogues calls f with where each epilogue begins that version 2 lists, as the distance from the end of the function, until f is false.
// size is the size of each, in bytes. That is from the first pop to the return: what frees the stack before is none of it.
func (u *infoAMD64) epilogues(f func(fromEnd, size uint32) bool) {
	if !u.listsEpilogues() {
		return
	}
	b := u.bytes[infoHead : infoHead+codeSize*u.count]
	size := uint32(b[0])
	if b[1]>>4&1 != 0 && !f(size, size) { // one is the end of the function
		return
	}
	for i := codeSize; i < len(b) && operation(b[i+1]&0xF) == saveXMM; i += codeSize {
		fromEnd := uint32(b[i]) | uint32(b[i+1]>>4)<<8
		if fromEnd == 0 || !f(fromEnd, size) {
			return
		}
	}
}

// listsEpilogues says whether the data is of a version that lists epilogues, and has some.
func (u *infoAMD64) listsEpilogues() bool {
	return u.version == 2 && u.count > 0 && operation(u.bytes[infoHead+1]&0xF) == saveXMM
}

func parseEntry(b []byte) Function {
	return Function{binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])}
}
