package xdata

import (
	"encoding/binary"

	"github.com/dmplens/dmplens/dmpfile"
)

// packedARM64 is unwind data that an entry of the exception directory has itself: that of a frame of the usual shape.
type packedARM64 struct {
	begin    uint32 // of the function
	fragment bool   // a part of a function, without prologue and epilogue
	integers int    // how many registers are saved, from x19 on
	floats   int    // how many, from d8 on
	homes    bool   // the registers of parameters are stored
	cr       uint32 // see the constants
	frame    int    // bytes of stack
}

// What packed unwind data says of lr.
const (
	crNone   = 0 // not saved
	crLR     = 1 // saved behind the integer registers
	crSigned = 2 // signed, and saved below x29 in a chain of frames
	crChain  = 3 // saved in a chain of frames
)

func unpack(f Function) packedARM64 {
	w := f.Unwind
	p := packedARM64{
		begin:    f.Begin,
		fragment: w&3 == 2,
		floats:   int(w >> 13 & 7),
		integers: int(w >> 16 & 15),
		homes:    w>>20&1 != 0,
		cr:       w >> 21 & 3,
		frame:    int(w>>23) * 16,
	}
	if p.floats > 0 {
		p.floats++ // one alone cannot be said
	}
	return p
}

// packedSequence returns what there is to undo at an RVA in a function, by packed unwind data.
func packedSequence(f Function, rva uint32) (sequence, error) {
	p := unpack(f)
	s, err := p.sequence(false)
	if err != nil || p.fragment {
		return s, err
	}
	at, length := int(rva-f.Begin)/4, int(f.End-f.Begin)/4
	size, err := s.instructions()
	if err != nil {
		return s, err
	}
	if at < size {
		s.skip = size - at
		return s, nil
	}
	e, err := p.sequence(true)
	if err != nil {
		return s, err
	}
	if size, err = e.instructions(); err != nil {
		return s, err
	}
	if start := length - size - 1; at >= start {
		e.skip = at - start
		return e, nil
	}
	return s, nil
}

// sequence returns the unwind codes that the data stands for, of the prologue or of the epilogue. That does not set x29, as it has gone by
// sp, and does not undo the stores of parameters.
//
// Where nothing else is saved, parameters are stored in the frame after the prologue. Microsoft's page does not say so; its own unwinder
// (that of .NET) does it so.
func (p packedARM64) sequence(epilogue bool) (sequence, error) {
	integers := 8 * p.integers
	if p.cr == crLR {
		integers += 8
	}
	saved := integers + 8*p.floats
	homes := p.homes && saved > 0
	if homes {
		saved += 64
	}
	saved = (saved + 15) &^ 15
	local := p.frame - saved
	chained := p.cr == crSigned || p.cr == crChain
	wrong := &dmpfile.FormatError{Offset: int64(p.begin)}
	switch {
	case p.integers > 10:
		wrong.What, wrong.Value = "packed unwind data that saves more registers than a call keeps", p.integers
		return sequence{}, wrong
	case local < 0, chained && local == 0:
		wrong.What, wrong.Value = "packed unwind data whose frame has no room for what it saves; its size", p.frame
		return sequence{}, wrong
	}

	b := make([]byte, 0, 64)
	two := func(op, x, bytes int) { b = binary.BigEndian.AppendUint16(b, uint16(op|x<<6|bytes/8)) }
	alloc := func(n int) {
		if n < 512 {
			b = append(b, byte(n/16)) // alloc_s
		} else {
			b = binary.BigEndian.AppendUint16(b, uint16(0xC000|n/16)) // alloc_m
		}
	}
	const step = 4080 // what an instruction subtracts at most, in units of 16
	if chained && !epilogue {
		b = append(b, 0xE1) // set_fp
	}
	switch {
	case chained && local <= 512:
		b = append(b, byte(0x80|(local/8-1))) // save_fplr_x
	default:
		if chained {
			b = append(b, 0x40) // save_fplr
		}
		if local > step {
			alloc(local - step)
			local = step
		}
		if local > 0 {
			alloc(local)
		}
	}
	if homes && !epilogue {
		b = append(b, 0xE3, 0xE3, 0xE3, 0xE3)
	}
	// The last save of all is the first of the prologue, which makes the room, and says so in another code.
	if p.floats%2 != 0 {
		two(0xDC00, p.floats-1, integers+8*(p.floats-1)) // save_freg
	}
	for i := p.floats&^1 - 2; i >= 0; i -= 2 {
		if i == 0 && integers == 0 {
			two(0xDA00, 0, saved-8) // save_fregp_x
		} else {
			two(0xD800, i, integers+8*i) // save_fregp
		}
	}
	last := p.integers &^ 1 // of what has no pair
	alone := p.integers%2 != 0
	switch {
	case alone && p.cr == crLR:
		two(0xD600, last/2, 8*last) // save_lrpair
		if last == 0 {              // no code has that make the room
			alloc(saved)
		}
	case alone && last == 0:
		b = binary.BigEndian.AppendUint16(b, uint16(0xD400|(saved/8-1))) // save_reg_x
	case alone:
		two(0xD000, last, 8*last) // save_reg
	case p.cr == crLR && last == 0:
		b = binary.BigEndian.AppendUint16(b, uint16(0xD400|(linkRegister-19)<<5|(saved/8-1))) // save_reg_x
	case p.cr == crLR:
		two(0xD000, linkRegister-19, 8*last) // save_reg
	}
	for i := last - 2; i >= 0; i -= 2 {
		if i == 0 {
			two(0xCC00, 0, saved-8) // save_regp_x
		} else {
			two(0xC800, i, 8*i) // save_regp
		}
	}
	if p.cr == crSigned {
		b = append(b, 0xFC) // pac_sign_lr
	}
	return sequence{codes: append(b, 0xE4)}, nil
}
