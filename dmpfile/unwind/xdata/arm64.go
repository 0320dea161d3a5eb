package xdata

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// Numbers of registers of arm64 that unwinding knows by name.
const (
	framePointer = 29
	linkRegister = 30
	stackPointer = 31 // by the number that instructions have for it
)

// ErrFrame says that what stands on the stack is of a kind that is not read.
var ErrFrame = errors.New("a frame of a kind that is not read")

// RegistersARM64 are the values of those registers of arm64 that are known: x0 to x30 by their numbers, of which 29 is the frame pointer and
// 30 the link register, and the stack pointer by 31. Other numbers are taken modulo 32.
type RegistersARM64 struct {
	values [32]uint64
	known  uint32
}

// Set makes a value known.
func (r *RegistersARM64) Set(n int, v uint64) {
	r.values[n&31] = v
	r.known |= 1 << (n & 31)
}

// Forget makes a value unknown.
func (r *RegistersARM64) Forget(n int) { r.known &^= 1 << (n & 31) }

// Get returns the value of a register. known is false where it was not recorded.
func (r *RegistersARM64) Get(n int) (v uint64, known bool) {
	return r.values[n&31], r.known>>(n&31)&1 != 0
}

// CallerOfARM64 is what called a function of arm64, or what was interrupted there.
type CallerOfARM64 struct {
	IP        dmpfile.VirtAddr // without its signature
	Slot      dmpfile.VirtAddr // where IP stood on the stack, 0 where it was in lr; of a machine frame, trap frame or context where that begins
	Registers RegistersARM64   // with sp; those that calls do not keep are forgotten, but where a trap frame or a context has them
	Machine   bool             // IP is not behind a call: the function was entered by an interrupt or a trap there
}

// FunctionARM64 finds the entry of the exception directory that an RVA lies in. ok is false for a leaf function. It reads some words of the
// directory, by binary search, and one of the unwind data.
func FunctionARM64(im *pe.Image, rva uint32) (f Function, ok bool, err error) {
	if im.Machine != dmpfile.MachineARM64 {
		return Function{}, false, &dmpfile.FormatError{What: "no image of arm64; its machine", Value: uint16(im.Machine)}
	}
	d, err := im.ExceptionDirectory()
	if err == pe.ErrNone {
		return Function{}, false, nil
	}
	if err != nil {
		return Function{}, false, err
	}
	entry, ok, err := lastARM64(im, "the exception directory", d.RVA, d.Size/8, 8, 1<<32-1, rva)
	if !ok || err != nil {
		return Function{}, false, err
	}
	f = Function{Begin: uint32(entry), Unwind: uint32(entry >> 32)}
	words := f.Unwind >> 2 & 0x7FF
	switch f.Unwind & 3 {
	case 0:
		h, err := readHeaderARM64(im, f.Unwind)
		if err != nil {
			return Function{}, false, err
		}
		words = h.length
	case 3:
		return Function{}, false, fmt.Errorf("%w: a reserved kind of entry, of the function at %#x", ErrVersion, f.Begin)
	}
	end := uint64(f.Begin) + 4*uint64(words)
	if end > uint64(im.Size()) {
		return Function{}, false, &dmpfile.FormatError{Offset: int64(f.Begin), What: "a function runs past the end of the image; its end", Value: end}
	}
	f.End = uint32(end)
	return f, rva < f.End, nil
}

// lastARM64 finds the last of n ascending entries of size bytes, 4 or 8, whose low bits in mask are no more than v. at is the RVA of the first.
func lastARM64(im *pe.Image, what string, at, n, size, mask, v uint32) (entry uint64, ok bool, err error) {
	b := make([]byte, 8)
	for low, high := uint32(0), n; low < high; {
		mid := low + (high-low)/2
		if err := read(im, what, b[:size], at+mid*size); err != nil {
			return 0, false, err
		}
		if e := binary.LittleEndian.Uint64(b); uint32(e)&mask <= v {
			entry, ok, low = e, true, mid+1
		} else {
			high = mid
		}
	}
	return entry, ok, nil
}

// CallerARM64 unwinds one frame. base is where im is loaded, m the memory of the machine (the stack), ip and r are the registers in the
// function. returned says that ip is a return address, so that the instruction before it is the call: that is looked up, as a call that does
// not return can be the last of its function. A call can be a part of the prologue, which lets a large frame be probed, or of an epilogue.
// What comes after it has not happened in either case.
//
// A leaf function changes neither the stack nor lr. A frame of ARM64EC code ends with [ErrFrame].
func CallerARM64(im *pe.Image, base dmpfile.VirtAddr, m insn.Memory, ip dmpfile.VirtAddr, r RegistersARM64, returned bool) (CallerOfARM64, error) {
	at := ip
	if returned {
		at -= 4
	}
	if uint64(at-base) >= uint64(im.Size()) {
		return CallerOfARM64{}, &dmpfile.FormatError{What: "the image does not have the instruction at", Value: uint64(at)}
	}
	rva := uint32(at - base)
	f, ok, err := FunctionARM64(im, rva)
	if err != nil {
		return CallerOfARM64{}, err
	}
	if !ok && returned {
		return CallerOfARM64{}, fmt.Errorf("%w: at %#x", ErrLeaf, uint64(ip))
	}
	u := unwinderARM64{memory: m, registers: r}
	if ok {
		var s sequence
		if f.Unwind&3 == 0 {
			s, err = sequenceARM64(im, f, rva)
		} else {
			s, err = packedSequence(f, rva)
		}
		if err == nil {
			err = u.undo(s)
		}
		if err != nil {
			return CallerOfARM64{}, err
		}
	}
	c, err := u.caller()
	if err == nil && c.IP == ip && c.Registers.values[stackPointer] == r.values[stackPointer] && !c.Machine {
		return CallerOfARM64{}, &dmpfile.FormatError{Offset: int64(rva), What: "a function returns to where it is", Value: uint64(ip)}
	}
	return c, err
}

// StripSignature takes the pointer authentication of arm64 from an address: its bits above 47 are those of bit 55 again, which is never used
// for that.
func StripSignature(a dmpfile.VirtAddr) dmpfile.VirtAddr {
	const high = 0xFFFF << 48
	if a>>55&1 != 0 {
		return a | high
	}
	return a &^ high
}
