package pdb_test

import (
	"testing"

	"github.com/dmplens/dmplens/dmpfile/pdb"
)

// fpo is an FPO_DATA record.
func fpo(start, size, locals uint32, params uint16, prologue, bits byte) []byte {
	return join(u32(start, size, locals), u16(params), []byte{prologue, bits})
}

// frameData is a FRAMEDATA record.
func frameData(start, size, locals, params, program uint32, prologue, saved uint16, flags uint32) []byte {
	return join(u32(start, size, locals, params, 0x77, program), u16(prologue), u16(saved), u32(flags))
}

var withFrames = func() synthetic {
	s := small
	s.machine = 0x14C
	s.names = []byte("\x00$T0 .raSearch = $eip $T0 ^ =\x00$T0 $ebp =\x00")
	s.frameData = join(
		frameData(0x1100, 0x40, 8, 12, 1, 4, 0, 4),
		frameData(0x1101, 0x3F, 8, 12, 1, 3, 4, 0),
		frameData(0x1104, 0x0C, 8, 12, 30, 0, 8, 1),
		frameData(0x1200, 0x20, 0, 0, 0, 0, 0, 4),       // without a program
		frameData(0x1300, 0x20, 0, 0, 0x10000, 0, 0, 4), // whose program is not there
	)
	s.fpo = join(
		fpo(0x1000, 0x80, 3, 2, 5, 0x12), // two saved, EBP among what is used
		fpo(0x1100, 0x80, 0, 0, 0, 0),
		fpo(0x1200, 0x80, 0x10000000, 0xFFFF, 0xFF, 0xCF),
		fpo(0x1300, 0x10, 0, 0, 0, 0x40),
		fpo(0x1400, 0x10, 0xFFFFFFFF, 0, 0, 0),
	)
	return s
}()

func TestFrameAt(t *testing.T) {
	const raSearch, ebp = "$T0 .raSearch = $eip $T0 ^ =", "$T0 $ebp ="
	outer := pdb.Frame{RVA: 0x1100, Size: 0x40, Program: raSearch, Locals: 8, Params: 12, Prologue: 4, Start: true}
	inner := pdb.Frame{RVA: 0x1101, Size: 0x3F, Program: raSearch, Locals: 8, Params: 12, Prologue: 3, SavedRegisters: 4}
	first := pdb.Frame{RVA: 0x1000, Size: 0x80, Kind: pdb.FrameFPO, Locals: 12, Params: 8, Prologue: 5, SavedRegisters: 8, UsesEBP: true, Start: true}
	behind := pdb.Frame{RVA: 0x1100, Size: 0x80, Kind: pdb.FrameFPO, Start: true}
	standard := pdb.Frame{RVA: 0x1200, Size: 0x80, Kind: pdb.FrameStandard, Locals: 0x40000000, Params: 0x3FFFC, Prologue: 0xFF, SavedRegisters: 28, SEH: true, Start: true}
	f := open(t, withFrames.data())
	for _, x := range []struct {
		rva  uint32
		want pdb.Frame
	}{
		{0xFFF, pdb.Frame{}},
		{0x1000, first},
		{0x107F, first},
		{0x1080, pdb.Frame{}},
		{0x1100, outer},
		{0x1101, inner},
		{0x1103, inner},
		{0x1104, pdb.Frame{RVA: 0x1104, Size: 0xC, Program: ebp, Locals: 8, Params: 12, SavedRegisters: 8, SEH: true}},
		{0x110F, pdb.Frame{RVA: 0x1104, Size: 0xC, Program: ebp, Locals: 8, Params: 12, SavedRegisters: 8, SEH: true}},
		{0x1110, inner}, // the smaller piece has ended
		{0x113F, inner},
		{0x1140, behind}, // only the old form describes it
		{0x1200, standard},
		{0x1300, pdb.Frame{RVA: 0x1300, Size: 0x10, Kind: pdb.FrameTrap, Start: true}},
		{0x1310, pdb.Frame{}},
		{0x1400, pdb.Frame{}}, // more locals than memory has
		{0xFFFFFFFF, pdb.Frame{}},
	} {
		if got, ok := f.FrameAt(x.rva); got != x.want || ok != (x.want != pdb.Frame{}) {
			t.Errorf("%#x: %+v, %v\nnot %+v", x.rva, got, ok, x.want)
		}
	}
	if got, ok := open(t, small.data()).FrameAt(0x1100); ok {
		t.Errorf("without frame data: %+v", got)
	}
}

// Records that are not in order are not used: a look among them could find the wrong one. The others are.
func TestFramesOutOfOrder(t *testing.T) {
	s := withFrames
	s.frameData = join(frameData(0x1101, 0x40, 8, 12, 1, 4, 0, 4), frameData(0x1100, 0x40, 8, 12, 1, 4, 0, 4))
	if got, ok := open(t, s.data()).FrameAt(0x1101); !ok || got.Kind != pdb.FrameFPO {
		t.Errorf("%+v, %v", got, ok)
	}
	s.frameData = append(u32(0), withFrames.frameData...) // the header that object files have before the records
	if got, ok := open(t, s.data()).FrameAt(0x1101); !ok || got.Kind != pdb.FrameFPO {
		t.Errorf("%+v, %v", got, ok)
	}
}

// Without the texts of programs, or in a file where they are something else, only the old form is left.
func TestFramesWithoutNames(t *testing.T) {
	for i, names := range [][]byte{nil, {}, []byte("\x00no end")} {
		s := withFrames
		s.names = names
		if got, ok := open(t, s.data()).FrameAt(0x1100); !ok || got.Kind != pdb.FrameFPO {
			t.Errorf("%d: %+v, %v", i, got, ok)
		}
	}
}

// In a reordered image the frame data is of the code as it was linked.
func TestFramesReordered(t *testing.T) {
	s := withFrames
	s.original = s.sections
	s.toMap = u32(0x1000, 0, 0x5000, 0x1100, 0x5008, 0x1200, 0x6000, 0)
	s.fromMap = u32(0x1100, 0x5000, 0x1108, 0, 0x1200, 0x5008)
	f := open(t, s.data())
	for rva, want := range map[uint32]struct{ rva, size uint32 }{
		0x1100: {}, 0x5000: {0x5000, 0x40}, 0x5007: {0x5004, 0xC}, 0x5008: {0x5008, 0x80}, 0x5010: {0x5008, 0x80}, 0x6000: {},
	} {
		if got, ok := f.FrameAt(rva); got.RVA != want.rva || got.Size != want.size || ok != (want.size != 0) {
			t.Errorf("%#x: %+v, %v; not %+v", rva, got, ok, want)
		}
	}
}
