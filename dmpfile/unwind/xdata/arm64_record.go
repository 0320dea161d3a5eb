package xdata

import (
	"encoding/binary"
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

// sequence is a row of unwind codes that is to be undone.
type sequence struct {
	codes []byte
	at    uint32 // RVA of the codes; 0 where they were packed
	skip  int    // how many instructions of it have no effect: not yet those of a prologue, no more those of an epilogue
}

// headerARM64 is the beginning of unwind data that is not packed.
type headerARM64 struct {
	length    uint32 // of the function, in instructions
	packed    bool   // there is one epilogue, at the end of the function, and epilogues is the index of its first code
	epilogues uint32
	codes     uint32 // in bytes
	next      uint32 // RVA of what follows the header
}

// readHeaderARM64 reads the header at an RVA. Nothing of it is checked yet but its version.
func readHeaderARM64(im *pe.Image, at uint32) (h headerARM64, err error) {
	const what = "unwind data"
	b := make([]byte, 8)
	if err := read(im, what, b[:4], at); err != nil {
		return h, err
	}
	w := binary.LittleEndian.Uint32(b)
	if version := w >> 18 & 3; version != 0 {
		return h, fmt.Errorf("%w: %d, of that at %#x", ErrVersion, version, at)
	}
	h = headerARM64{length: w & 0x3FFFF, packed: w>>21&1 != 0, epilogues: w >> 22 & 31, codes: w >> 27 * 4, next: at + 4}
	if h.epilogues == 0 && h.codes == 0 { // the counts need more room
		if err := read(im, what, b[4:], at+4); err != nil {
			return h, err
		}
		w = binary.LittleEndian.Uint32(b[4:])
		h.epilogues, h.codes, h.next = w&0xFFFF, w>>16&0xFF*4, at+8
	}
	return h, nil
}

// sequenceARM64 returns what there is to undo at an RVA in a function, by unwind data that is not packed.
func sequenceARM64(im *pe.Image, f Function, rva uint32) (sequence, error) {
	h, err := readHeaderARM64(im, f.Unwind)
	if err != nil {
		return sequence{}, err
	}
	s := sequence{at: h.next, codes: make([]byte, h.codes)}
	if !h.packed {
		if uint64(h.next)+4*uint64(h.epilogues) > uint64(im.Size()) {
			return s, &dmpfile.FormatError{Offset: int64(f.Unwind), What: "unwind data outside the image; its count of epilogues", Value: h.epilogues}
		}
		s.at += 4 * h.epilogues
	}
	if err := read(im, "unwind data", s.codes, s.at); err != nil {
		return s, err
	}
	at := int(rva-f.Begin) / 4
	if at < len(s.codes) { // a code stands for one instruction at most
		size, err := s.instructions()
		if err != nil {
			return s, err
		}
		if at < size {
			s.skip = size - at
			return s, nil
		}
	}
	if h.packed {
		e, err := s.from(h.epilogues)
		if err != nil {
			return s, err
		}
		size, err := e.instructions()
		if err != nil {
			return s, err
		}
		if start := int(h.length) - size - 1; at >= start {
			e.skip = at - start
			return e, nil
		}
		return s, nil
	}
	entry, ok, err := lastARM64(im, "unwind data", h.next, h.epilogues, 4, 0x3FFFF, uint32(at))
	if !ok || err != nil {
		return s, err
	}
	e, err := s.from(uint32(entry) >> 22)
	if err != nil {
		return s, err
	}
	size, err := e.instructions()
	if err != nil {
		return s, err
	}
	if start := int(entry & 0x3FFFF); at <= start+size { // the return follows
		e.skip = at - start
		return e, nil
	}
	return s, nil
}

// from returns the codes from an index on: those of an epilogue.
func (s sequence) from(index uint32) (sequence, error) {
	if index >= uint32(len(s.codes)) {
		return s, &dmpfile.FormatError{Offset: int64(s.at), What: "an epilogue whose codes are not there; their index", Value: index}
	}
	return sequence{codes: s.codes[index:], at: s.at + index}, nil
}

// instructions counts those of the prologue or epilogue that a sequence begins with. The return of an epilogue is not among them.
func (s sequence) instructions() (n int, err error) {
	for i := 0; ; {
		c, length, err := s.decode(i)
		if err != nil {
			return 0, err
		}
		switch {
		case c.op == opEnd, c.op == opEndC:
			return n, nil
		case c.isInstruction():
			n++
		}
		i += length
	}
}
