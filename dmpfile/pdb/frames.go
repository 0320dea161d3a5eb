package pdb

import (
	"bufio"
	"encoding/binary"
	"io"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// FrameKind says how a frame of x86 code is described.
type FrameKind uint8

// Kinds of frames. All but the first are of the old form (FPO_DATA).
const (
	FrameProgram  FrameKind = iota // Program finds the caller (FRAMEDATA)
	FrameFPO                       // below the return address are only saved registers and locals
	FrameTrap                      // a trap frame
	FrameTSS                       // a task gate
	FrameStandard                  // EBP leads to the caller's, above which the return address is
)

// Frame describes the stack of a piece of x86 code. Sizes are in bytes.
type Frame struct {
	// RVA and Size are the code that it holds for. Where an image was reordered RVA is as far below the address that was asked for as it
	// was when the image was linked.
	RVA, Size      uint32
	Kind           FrameKind
	Program        string // in the postfix notation of FRAMEDATA; "" in the old form
	Locals         uint32
	Params         uint32 // on the stack
	SavedRegisters uint32
	Prologue       uint32 // code at the beginning. The old form describes the stack behind it
	UsesEBP        bool   // the old form: EBP was saved and has another use
	SEH            bool   // the function handles exceptions
	Start          bool   // RVA is where the function begins
}

// An FPO_DATA record (winnt.h), and its bits.
const (
	fpoStart    = 0x00
	fpoLength   = 0x04
	fpoLocals   = 0x08 // words
	fpoParams   = 0x0C // words, 16 bits
	fpoPrologue = 0x0E // 8 bits
	fpoBits     = 0x0F
	fpoSize     = 0x10
)

// A FRAMEDATA record (cvinfo.h).
const (
	dataStart    = 0x00
	dataLength   = 0x04
	dataLocals   = 0x08
	dataParams   = 0x0C
	dataProgram  = 0x14 // in the texts of /names
	dataPrologue = 0x18 // 16 bits
	dataSaved    = 0x1A // 16 bits
	dataFlags    = 0x1C // SEH, C++ handlers, start of the function
	dataSize     = 0x20
)

// The stream /names begins with a signature, a version and the length of the texts that follow.
const (
	namesSignature = 0xEFFEEFFE
	namesTexts     = 0x0C
	maxProgram     = 0x400 // compilers write up to 200 bytes
)

// maxNested bounds the look for the record that an address is in: records of smaller pieces of the same function can lie between.
const maxNested = 0x100

// frames are the streams of frame data; those without a size are not there.
type frames struct {
	old      stream
	programs stream
	texts    stream
	source   stream // the map from the image to what was linked
	moved    bool
}

func (f *File) openFrames(c *container, h *header) error {
	for _, x := range [...]struct {
		number int
		record int64
		to     *stream
	}{
		{h.debug[debugFPO], fpoSize, &f.frames.old},
		{h.debug[debugFrameData], dataSize, &f.frames.programs},
		{h.debug[debugOMAPToSource], mappingSize, &f.frames.source},
	} {
		s, err := c.open(x.number)
		if err == errNoStream {
			continue
		}
		if err != nil {
			return err
		}
		ordered, err := s.ordered(x.record)
		if err != nil {
			return err
		}
		if ordered && s.size%x.record == 0 { // others cannot be looked through
			*x.to = s
		}
		f.frames.moved = f.frames.moved || x.to == &f.frames.source
	}
	if f.frames.programs.size == 0 {
		return nil
	}
	number, err := findNamed(c, "/names")
	if err != nil {
		return err
	}
	s, err := c.open(number)
	if err == errNoStream {
		return nil
	}
	if err != nil {
		return err
	}
	if b, err := s.read(0, namesTexts); err == nil && binary.LittleEndian.Uint32(b) == namesSignature {
		f.frames.texts = s
	}
	return nil
}

// ordered says whether the numbers that begin the records of a stream grow.
func (s stream) ordered(record int64) (bool, error) {
	r := bufio.NewReaderSize(io.NewSectionReader(s, 0, s.size), 0x4000)
	for last, n := uint32(0), s.size/record; n > 0; n-- {
		b, err := r.Peek(4)
		if err != nil {
			return false, err
		}
		v := binary.LittleEndian.Uint32(b)
		if v < last {
			return false, nil
		}
		last = v
		if _, err := r.Discard(int(record)); err != nil {
			return false, err
		}
	}
	return true, nil
}

// search finds the last record of a stream that begins with a number not above v, and calls use with it and those before it, until use
// has enough.
func (s stream) search(record int64, v uint32, use func(b []byte) (enough bool)) {
	b := make([]byte, record)
	low, high := int64(0), s.size/record
	for low < high {
		mid := (low + high) / 2
		if _, err := s.ReadAt(b[:4], mid*record); err != nil {
			return
		}
		if binary.LittleEndian.Uint32(b) <= v {
			low = mid + 1
		} else {
			high = mid
		}
	}
	for i := low - 1; i >= max(0, low-maxNested); i-- {
		if _, err := s.ReadAt(b, i*record); err != nil || use(b) {
			return
		}
	}
}

// FrameAt returns what describes the stack of the code at an address: where both forms do, the newer one, and the smallest piece of a
// function that has a record. ok is false where nothing does, as for code of other machines.
func (f *File) FrameAt(rva uint32) (x Frame, ok bool) {
	linked := rva
	if f.frames.moved {
		found := false
		f.frames.source.search(mappingSize, rva, func(b []byte) bool {
			linked, found = translate([]mapping{mappingOf(b)}, rva)
			return true
		})
		if !found {
			return Frame{}, false
		}
	}
	if x, ok = f.frames.program(linked); !ok {
		if x, ok = f.frames.fpo(linked); !ok {
			return Frame{}, false
		}
	}
	x.RVA += rva - linked
	return x, true
}

func (s *frames) program(rva uint32) (x Frame, ok bool) {
	le := binary.LittleEndian
	s.programs.search(dataSize, rva, func(b []byte) bool {
		bits := le.Uint32(b[dataFlags:])
		x = Frame{
			RVA: le.Uint32(b[dataStart:]), Size: le.Uint32(b[dataLength:]), Kind: FrameProgram,
			Locals: le.Uint32(b[dataLocals:]), Params: le.Uint32(b[dataParams:]), SavedRegisters: uint32(le.Uint16(b[dataSaved:])),
			Prologue: uint32(le.Uint16(b[dataPrologue:])), SEH: bits&1 != 0, Start: bits&4 != 0,
		}
		if ok = rva-x.RVA < x.Size; ok {
			x.Program, ok = s.text(le.Uint32(b[dataProgram:]))
			return true
		}
		return x.Start // what comes before is of other functions
	})
	return x, ok
}

func (s *frames) fpo(rva uint32) (x Frame, ok bool) {
	le := binary.LittleEndian
	s.old.search(fpoSize, rva, func(b []byte) bool {
		bits := b[fpoBits]
		x = Frame{
			RVA: le.Uint32(b[fpoStart:]), Size: le.Uint32(b[fpoLength:]), Kind: FrameFPO + FrameKind(bits>>6),
			Params: uint32(le.Uint16(b[fpoParams:])) * 4, SavedRegisters: uint32(bits&7) * 4,
			Prologue: uint32(b[fpoPrologue]), SEH: bits>>3&1 != 0, UsesEBP: bits>>4&1 != 0, Start: true,
		}
		locals := le.Uint32(b[fpoLocals:])
		x.Locals = locals * 4
		ok = rva-x.RVA < x.Size && locals <= 1<<28
		return true
	})
	return x, ok
}

// text reads a text of /names.
func (s *frames) text(offset uint32) (string, bool) {
	at := int64(namesTexts) + int64(offset)
	b := make([]byte, max(0, min(maxProgram, s.texts.size-at)))
	if len(b) == 0 {
		return "", false
	}
	if _, err := s.texts.ReadAt(b, at); err != nil {
		return "", false
	}
	text := bin.ASCIIZ(b)
	return text, text != "" && len(text) < len(b)
}
