package xdata

import (
	"encoding/binary"
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
)

// opARM64 is the kind of an unwind code of arm64.
type opARM64 uint8

const (
	opNop          opARM64 = iota
	opAlloc                // sp was lowered by n
	opAllocZ               // sp was lowered by n vectors
	opSave                 // a register or a pair was saved
	opSaveLR               // a register was saved, and lr beside it
	opSaveNext             // the pair after the next one in the codes was saved, beside that
	opSetFP                // x29 was set n above sp
	opSign                 // lr was signed
	opEnd                  // of the codes
	opEndC                 // of the codes of a part of a function; those of the whole follow
	opTrapFrame            // entered with a trap frame on the stack
	opMachineFrame         // ... a machine frame
	opContext              // ... a context record
	opContextEC            // ... a context record of ARM64EC
	opNotCalled            // not entered by a call that lr is of
)

// codeARM64 is an unwind code: what an instruction of a prologue did, which one of an epilogue undoes.
type codeARM64 struct {
	op       opARM64
	n        uint64 // in bytes: see op; of a save its offset from sp, or by how much it lowered sp first
	file     byte   // of the register that was saved: x, d, q, and z and p of the Scalable Vector Extension
	register int    // its number, the lower one of a pair
	pair     bool   // the register of the next number was saved too
	index    bool   // the save lowered sp first
}

// isInstruction tells whether a code stands for one. Those on how a function was entered do not.
func (c codeARM64) isInstruction() bool { return c.op < opEnd }

// decode returns the code at an index, and its length in bytes.
func (s sequence) decode(i int) (c codeARM64, length int, err error) {
	if i >= len(s.codes) {
		return c, 0, &dmpfile.FormatError{Offset: int64(s.at), What: "unwind codes without an end; their length", Value: len(s.codes)}
	}
	b := s.codes[i:]
	length = lengthARM64(b[0])
	if length > len(b) {
		return c, 0, &dmpfile.FormatError{Offset: int64(s.at) + int64(i), What: "the unwind data ends inside a code", Value: b[0]}
	}
	c, ok := decodeARM64(b[:length])
	if !ok {
		return c, 0, fmt.Errorf("%w: the code %#x at %#x is reserved", ErrVersion, b[:length], int(s.at)+i)
	}
	return c, length, nil
}

// lengthARM64 is the length of a code in bytes by the first of them.
func lengthARM64(first byte) int {
	switch {
	case first >= 0xC0 && first < 0xE0, first == 0xE2, first == 0xF8:
		return 2
	case first == 0xE7, first == 0xF9:
		return 3
	case first == 0xE0, first == 0xFA:
		return 4
	case first == 0xFB:
		return 5
	}
	return 1
}

// decodeARM64 decodes a code; ok is false for those that are reserved.
func decodeARM64(b []byte) (c codeARM64, ok bool) {
	save := func(file byte, register int, pair, index bool, n uint64) (codeARM64, bool) {
		return codeARM64{op: opSave, file: file, register: register, pair: pair, index: index, n: n}, true
	}
	n5, n6 := uint64(b[len(b)-1]&0x1F), uint64(b[len(b)-1]&0x3F) // what the last 5 and 6 bits hold
	var w int                                                    // the first two bytes
	if len(b) >= 2 {
		w = int(binary.BigEndian.Uint16(b))
	}
	switch x := b[0]; {
	case x < 0x20: // alloc_s
		return codeARM64{op: opAlloc, n: 16 * n5}, true
	case x < 0x40: // save_r19r20_x
		return save('x', 19, true, true, 8*n5)
	case x < 0x80: // save_fplr
		return save('x', framePointer, true, false, 8*n6)
	case x < 0xC0: // save_fplr_x
		return save('x', framePointer, true, true, 8*(n6+1))
	case x < 0xC8: // alloc_m
		return codeARM64{op: opAlloc, n: 16 * uint64(w&0x7FF)}, true
	case x < 0xCC: // save_regp
		return save('x', 19+w>>6&15, true, false, 8*n6)
	case x < 0xD0: // save_regp_x
		return save('x', 19+w>>6&15, true, true, 8*(n6+1))
	case x < 0xD4: // save_reg
		return save('x', 19+w>>6&15, false, false, 8*n6)
	case x < 0xD6: // save_reg_x
		return save('x', 19+w>>5&15, false, true, 8*(n5+1))
	case x < 0xD8: // save_lrpair
		return codeARM64{op: opSaveLR, file: 'x', register: 19 + 2*(w>>6&7), n: 8 * n6}, true
	case x < 0xDA: // save_fregp
		return save('d', 8+w>>6&7, true, false, 8*n6)
	case x < 0xDC: // save_fregp_x
		return save('d', 8+w>>6&7, true, true, 8*(n6+1))
	case x < 0xDE: // save_freg
		return save('d', 8+w>>6&7, false, false, 8*n6)
	case x == 0xDE: // save_freg_x
		return save('d', 8+w>>5&7, false, true, 8*(n5+1))
	case x == 0xDF: // alloc_z
		return codeARM64{op: opAllocZ, n: uint64(b[1])}, true
	case x == 0xE0: // alloc_l
		return codeARM64{op: opAlloc, n: 16 * uint64(binary.BigEndian.Uint32(b)&0xFFFFFF)}, true
	case x == 0xE1: // set_fp
		return codeARM64{op: opSetFP}, true
	case x == 0xE2: // add_fp
		return codeARM64{op: opSetFP, n: 8 * uint64(b[1])}, true
	case x == 0xE3:
		return codeARM64{op: opNop}, true
	case x == 0xE4:
		return codeARM64{op: opEnd}, true
	case x == 0xE5:
		return codeARM64{op: opEndC}, true
	case x == 0xE6:
		return codeARM64{op: opSaveNext}, true
	case x == 0xE7:
		return decodeAny(b)
	case x == 0xE8:
		return codeARM64{op: opTrapFrame}, true
	case x == 0xE9:
		return codeARM64{op: opMachineFrame}, true
	case x == 0xEA:
		return codeARM64{op: opContext}, true
	case x == 0xEB:
		return codeARM64{op: opContextEC}, true
	case x == 0xEC:
		return codeARM64{op: opNotCalled}, true
	case x == 0xFC: // pac_sign_lr
		return codeARM64{op: opSign}, true
	}
	return c, false
}

// decodeAny decodes the code that names registers of any kind: 11100111 0pxrrrrr kkoooooo, with p for a pair, x for one that lowered sp, r
// the number, k the kind and o the offset.
func decodeAny(b []byte) (c codeARM64, ok bool) {
	if b[1]&0x80 != 0 {
		return c, false
	}
	c = codeARM64{op: opSave, register: int(b[1] & 0x1F), pair: b[1]&0x40 != 0, index: b[1]&0x20 != 0, n: uint64(b[2] & 0x3F)}
	last := 31
	switch b[2] >> 6 {
	case 0:
		c.file, last = 'x', linkRegister
	case 1:
		c.file = 'd'
	case 2:
		c.file = 'q'
	case 3: // the bits of p and x are more of the offset, which is in vectors; sp stays
		c = codeARM64{op: opSave, file: 'z', register: 8 + int(b[1]&15), n: uint64(b[1]&0x60)<<1 | c.n}
		if b[1]&0x10 != 0 {
			c.file, c.register = 'p', int(b[1]&15)
		}
		return c, true
	}
	if c.pair {
		last--
	}
	if c.register > last {
		return codeARM64{}, false
	}
	if c.index {
		c.n++
	}
	c.n *= 8
	if c.pair || c.index || c.file == 'q' {
		c.n *= 2
	}
	return c, true
}
