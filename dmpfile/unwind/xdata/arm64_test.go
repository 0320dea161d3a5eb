package xdata

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

// The machine in which the functions of testdata/arm64 are unwound.
const (
	armBase   = 0xFFFFF80355500000 // of the image
	armStack  = 0xFFFFB00012345000 // sp when a function is entered
	armReturn = 0xFFFFF80377001234
	armSigned = 0xA9DAF80377001234 // the same with a signature
)

// armKept is the value of a register that a call keeps, before the call.
func armKept(n int) uint64 { return 0xC0DE000000000000 | uint64(n) }

// armMemory is words by address. Other memory is not in the dump.
type armMemory map[dmpfile.VirtAddr]uint64

func (m armMemory) ReadVirtual(p []byte, a dmpfile.VirtAddr) (n int, err error) {
	for ; n < len(p); n++ {
		at := a + dmpfile.VirtAddr(n)
		w, ok := m[at&^7]
		if !ok {
			return n, &dmpfile.NotInDumpError{Address: at}
		}
		p[n] = byte(w >> (8 * (at & 7)))
	}
	return n, nil
}

func openARM64(t testing.TB, name string) *pe.Image {
	t.Helper()
	b, err := os.ReadFile("testdata/arm64/" + name)
	if err != nil {
		t.Fatal(err)
	}
	im, err := pe.NewFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return im
}

// states says for each instruction of a function of frames.s how things are before it, written from reading the source. A line has offsets of
// instructions, the offset of sp from where it was when the function was entered, or ? where sp is made unknown; and then
//
//	x19:-10   what was in x19 stands at that offset, and no more in the register
//	fp=-30    x29 is at that offset
//	signed    lr is signed
//	call      it is also unwound as what this call returns to
//
// Numbers are hexadecimal. Registers that are not named are as they were when the function was entered, and no other memory is there.
var states = []struct {
	function string
	rva      uint32
	lines    string
}{
	{"chained", 0x1100, `
		00        0
		04        -10  x19:-10 x20:-8
		08        -30  x19:-10 x20:-8 fp:-30 lr:-28
		0c        ?    x19:-10 x20:-8 fp:-30 lr:-28 fp=-30 call
		10        ?    x19:-10 x20:-8 fp:-30 lr:-28 fp=-30
		14        -30  x19:-10 x20:-8 fp:-30 lr:-28
		18        -10  x19:-10 x20:-8
		1c        0`},
	{"unchained", 0x1200, `
		00        0
		04        -30  x19:-30 x20:-28
		08,0c     -30  x19:-30 x20:-28 x21:-20 lr:-18
		10        -50  x19:-30 x20:-28 x21:-20 lr:-18 call
		14,18     -50  x19:-30 x20:-28 x21:-20 lr:-18
		1c,20     -30  x19:-30 x20:-28 x21:-20 lr:-18
		24        -30  x19:-30 x20:-28
		28        0`},
	{"callsnothing", 0x1300, `
		00        0
		04        -20  x19:-20 x20:-18
		08        -20  x19:-20 x20:-18 x21:-10
		0c,10,14  -30  x19:-20 x20:-18 x21:-10
		18        -20  x19:-20 x20:-18 x21:-10
		1c        -20  x19:-20 x20:-18
		20        0`},
	{"signed", 0x1400, `
		00        0
		04        0    signed
		08        -30  x19:-30 x20:-28 signed
		0c,10,14  -30  x19:-30 x20:-28 x21:-20 signed
		18        -250 x19:-30 x20:-28 x21:-20 signed
		1c        -250 x19:-30 x20:-28 x21:-20 fp:-250 lr:-248
		20        ?    x19:-30 x20:-28 x21:-20 fp:-250 lr:-248 fp=-250 call
		24        ?    x19:-30 x20:-28 x21:-20 fp:-250 lr:-248 fp=-250
		28        -250 x19:-30 x20:-28 x21:-20 fp:-250 lr:-248
		2c        -250 x19:-30 x20:-28 x21:-20 signed
		30,34,38  -30  x19:-30 x20:-28 x21:-20 signed
		3c        -30  x19:-30 x20:-28 signed
		40        0    signed
		44        0`},
	{"twosteps", 0x1500, `
		00        0
		04        -10   x19:-10
		08        -1000 x19:-10
		0c        -1400 x19:-10
		10        -1400 x19:-10 fp:-1400 lr:-13f8
		14        ?     x19:-10 fp:-1400 lr:-13f8 fp=-1400 call
		18        ?     x19:-10 fp:-1400 lr:-13f8 fp=-1400
		1c        -1400 x19:-10 fp:-1400 lr:-13f8
		20        -1400 x19:-10
		24        -1000 x19:-10
		28        -10   x19:-10
		2c        0`},
	{"onlylr", 0x1600, `
		00        0
		04        -10   lr:-10
		08        -1000 lr:-10
		0c        -1010 lr:-10 call
		10,14     -1010 lr:-10
		18        -1000 lr:-10
		1c        -10   lr:-10
		20        0`},
	{"onlyfloats", 0x1700, `
		00        0
		04,08     -20
		0c        -210 fp:-210 lr:-208
		10        ?    fp:-210 lr:-208 fp=-210 call
		14        ?    fp:-210 lr:-208 fp=-210
		18        -210 fp:-210 lr:-208
		1c,20     -20
		24        0`},
	{"homes", 0x1800, `
		00        0
		04        -60 x19:-60 x20:-58
		08,0c,10,14,18 -60 x19:-60 x20:-58 lr:-50
		1c        -80 x19:-60 x20:-58 lr:-50 call
		20,24,28,2c,30 -80 x19:-60 x20:-58 lr:-50
		34        -60 x19:-60 x20:-58 lr:-50
		38        -60 x19:-60 x20:-58
		3c        0`},
	{"onlyhomes", 0x1900, `
		00        0
		04        -60 fp:-60 lr:-58
		08,0c,10,14 ? fp:-60 lr:-58 fp=-60
		18        ?   fp:-60 lr:-58 fp=-60 call
		1c        ?   fp:-60 lr:-58 fp=-60
		20        -60 fp:-60 lr:-58
		24        0`},
	{"onewithlr", 0x1A00, `
		00        0
		04        -10
		08        -10 x19:-10 lr:-8
		0c        -30 x19:-10 lr:-8 call
		10,14     -30 x19:-10 lr:-8
		18        -10 x19:-10 lr:-8
		1c        -10
		20        0`},
	{"part", 0x1B00, `
		00        ? x19:-10 x20:-8 fp:-30 lr:-28 fp=-30 call
		04,08     ? x19:-10 x20:-8 fp:-30 lr:-28 fp=-30`},
	{"noreturn", 0x1CF4, `
		00        0
		04        -10 fp:-10 lr:-8
		08        ?   fp:-10 lr:-8 fp=-10 call`},
	{"epilogues", 0x1D00, `
		00        0
		04        -40  fp:-40 lr:-38
		08        -40  fp:-40 lr:-38 x19:-30 x20:-28
		0c,10     -40  fp:-40 lr:-38 x19:-30 x20:-28 x21:-20
		14,18,1c  ?    fp:-40 lr:-38 x19:-30 x20:-28 x21:-20 fp=-30
		20,24     -40  fp:-40 lr:-38 x19:-30 x20:-28 x21:-20
		28        -40  fp:-40 lr:-38 x19:-30 x20:-28
		2c        -40  fp:-40 lr:-38
		30        0
		34        ?    fp:-40 lr:-38 x19:-30 x20:-28 x21:-20 fp=-30 call
		38        -440 fp:-40 lr:-38 x19:-30 x20:-28 x21:-20
		3c,40     -40  fp:-40 lr:-38 x19:-30 x20:-28 x21:-20
		44        -40  fp:-40 lr:-38 x19:-30 x20:-28
		48        -40  fp:-40 lr:-38
		4c        0`},
	{"nexts", 0x1E00, `
		00        0
		04        -70 x19:-70 x20:-68
		08        -70 x19:-70 x20:-68 x21:-60 x22:-58
		0c,10,14  -70 x19:-70 x20:-68 x21:-60 x22:-58 x23:-50 x24:-48
		18        -70 x19:-70 x20:-68 x21:-60 x22:-58 x23:-50 x24:-48 fp:-20 lr:-18
		1c        -80 x19:-70 x20:-68 x21:-60 x22:-58 x23:-50 x24:-48 fp:-20 lr:-18 call
		20,24     -80 x19:-70 x20:-68 x21:-60 x22:-58 x23:-50 x24:-48 fp:-20 lr:-18
		28        -70 x19:-70 x20:-68 x21:-60 x22:-58 x23:-50 x24:-48 fp:-20 lr:-18
		2c,30,34  -70 x19:-70 x20:-68 x21:-60 x22:-58 x23:-50 x24:-48
		38        -70 x19:-70 x20:-68 x21:-60 x22:-58
		3c        -70 x19:-70 x20:-68
		40        0`},
	{"anyregister", 0x1F00, `
		00        0
		04        -40 x25:-40 x26:-38
		08        -40 x25:-40 x26:-38 x27:-30
		0c,10     -40 x25:-40 x26:-38 x27:-30 fp:-20 lr:-18
		14        -50 x25:-40 x26:-38 x27:-30 fp:-20 lr:-18 x28:-50
		18        -70 x25:-40 x26:-38 x27:-30 fp:-20 lr:-18 x28:-50
		1c        -80 x25:-40 x26:-38 x27:-30 fp:-20 lr:-18 x28:-50
		20        -90 x25:-40 x26:-38 x27:-30 fp:-20 lr:-18 x28:-50
		24        -a0 x25:-40 x26:-38 x27:-30 fp:-20 lr:-18 x28:-50
		28        -a0 x25:-40 x26:-38 x27:-30 fp:-20 lr:-18 x28:-50 call
		2c,30,34  -a0 x25:-40 x26:-38 x27:-30 fp:-20 lr:-18 x28:-50
		38        -90 x25:-40 x26:-38 x27:-30 fp:-20 lr:-18 x28:-50
		3c        -80 x25:-40 x26:-38 x27:-30 fp:-20 lr:-18 x28:-50
		40        -70 x25:-40 x26:-38 x27:-30 fp:-20 lr:-18 x28:-50
		44        -50 x25:-40 x26:-38 x27:-30 fp:-20 lr:-18 x28:-50
		48,4c     -40 x25:-40 x26:-38 x27:-30 fp:-20 lr:-18
		50        -40 x25:-40 x26:-38 x27:-30
		54        -40 x25:-40 x26:-38
		58        0`},
	{"probed", 0x2000, `
		00        0
		04        0   signed
		08        -10 fp:-10 lr:-8
		0c        ?   fp:-10 lr:-8 fp=-10
		10        ?   fp:-10 lr:-8 fp=-10 call
		14        ?   fp:-10 lr:-8 fp=-10
		18        ?   fp:-10 lr:-8 fp=-10 call
		1c,20     ?   fp:-10 lr:-8 fp=-10
		24        -10 fp:-10 lr:-8
		28        0   signed
		2c        0`},
	{"tail", 0x2700, `
		00,04,08  ?    x19:-10 x20:-8 fp:-100 lr:-f8 fp=-100
		0c        -100 x19:-10 x20:-8 fp:-100 lr:-f8
		10        -100 fp:-100 lr:-f8
		14        0`},
	{"wrapped", 0x2800, `
		00        ?    x19:-10 x20:-8 fp:-100 lr:-f8 fp=-100
		04        -100 x19:-10 x20:-8 fp:-100 lr:-f8 fp=-100 x21:-20 x22:-18
		08        -100 x19:-10 x20:-8 fp:-100 lr:-f8 fp=-100 x21:-20 x22:-18 call
		0c        -100 x19:-10 x20:-8 fp:-100 lr:-f8 fp=-100 x21:-20 x22:-18`},
	{"extended", 0x2900, `
		000       0
		004,008,204,208,20c -10 lr:-10
		210,214,220,224,230,480,484,494 -20 lr:-10
		218,228,238,488 -10 lr:-10
		21c,22c,23c,48c 0
		490       -20 lr:-10 call`},
	{"probedlr", 0x2E00, `
		00        0
		04        -10    lr:-10
		08        -10    lr:-10 call
		0c        -10    lr:-10
		10        -10010 lr:-10 call
		14        -10010 lr:-10`},
	{"guarded", 0x2F00, `
		00        0
		04        -10 lr:-10 call
		08        -20 lr:-10
		0c        -40 lr:-10 call
		10,14     -40 lr:-10
		18        -20 lr:-10 call
		1c        -10 lr:-10
		20        0`},
	{"leaf", 0x1000, `
		00        0`},
}

// armState is the machine at an instruction.
type armState struct {
	at        uint32 // offset in the function
	registers RegistersARM64
	memory    armMemory
	slot      dmpfile.VirtAddr // where lr is, 0 for in the register
	call      bool
}

func parseStates(t testing.TB, lines string) (list []armState) {
	t.Helper()
	number := func(s string) uint64 {
		n, err := strconv.ParseInt(s, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		return uint64(n)
	}
	for line := range strings.Lines(lines) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		for off := range strings.SplitSeq(f[0], ",") {
			s := armState{at: uint32(number(off)), memory: armMemory{}}
			for n := range 19 {
				s.registers.Set(n, 0xBAD0000000000000|uint64(n))
			}
			for n := 19; n < 30; n++ {
				s.registers.Set(n, armKept(n))
			}
			s.registers.Set(30, armReturn)
			if f[1] != "?" {
				s.registers.Set(31, armStack+number(f[1]))
			}
			fp := uint64(0)
			for _, x := range f[2:] {
				name, off, saved := strings.Cut(x, ":")
				switch {
				case x == "call":
					s.call = true
				case x == "signed":
					s.registers.Set(30, armSigned)
				case strings.HasPrefix(x, "fp="):
					fp = armStack + number(x[3:])
				case saved:
					n, value := 0, uint64(armSigned)
					a := dmpfile.VirtAddr(armStack + number(off))
					switch name {
					case "lr":
						n, s.slot = 30, a
					case "fp":
						n, value = 29, armKept(29)
					default:
						n, _ = strconv.Atoi(name[1:])
						value = armKept(n)
					}
					s.memory[a] = value
					s.registers.Set(n, 0xBAD0000000000000|uint64(n))
				default:
					t.Fatal(x)
				}
			}
			if fp != 0 {
				s.registers.Set(29, fp)
			}
			list = append(list, s)
		}
	}
	return list
}

// TestCallerARM64 unwinds from every instruction.
func TestCallerARM64(t *testing.T) {
	im := openARM64(t, "frames.sys")
	for _, f := range states {
		t.Run(f.function, func(t *testing.T) {
			list := parseStates(t, f.lines)
			for _, s := range list {
				ip := armBase + dmpfile.VirtAddr(f.rva+s.at)
				check := func(what string, c CallerOfARM64, err error) {
					t.Helper()
					if err != nil {
						t.Errorf("%s +%#x: %v", what, s.at, err)
						return
					}
					if c.IP != armReturn || c.Slot != s.slot || c.Machine {
						t.Errorf("%s +%#x: %+v", what, s.at, c)
					}
					for n := range 32 {
						v, known := c.Registers.Get(n)
						want, wantKnown := armKept(n), true
						switch {
						case n < 19, n == 30:
							want, wantKnown = v, false
						case n == 31:
							want = armStack
						}
						if known != wantKnown || v != want {
							t.Errorf("%s +%#x: register %d is %#x (known: %v), want %#x", what, s.at, n, v, known, want)
						}
					}
				}
				c, err := CallerARM64(im, armBase, s.memory, ip, s.registers, false)
				check("at", c, err)
				if s.call {
					c, err = CallerARM64(im, armBase, s.memory, ip+4, s.registers, true)
					check("from", c, err)
				}
			}
			if entry, ok, err := FunctionARM64(im, f.rva); err != nil || ok != (f.function != "leaf") {
				t.Error(entry, ok, err)
			} else if n := int(entry.End-entry.Begin) / 4; ok && f.function != "extended" && n != len(list) {
				t.Errorf("%d instructions, %d lines", n, len(list))
			}
		})
	}
}

// TestEnteredARM64 unwinds from functions that were not called.
func TestEnteredARM64(t *testing.T) {
	im := openARM64(t, "frames.sys")
	const (
		low       = 0xFFFFB00011110000 // sp in the function
		other     = 0xFFFFB00022220000 // sp of what was interrupted
		otherIP   = 0xFFFFF80366601230
		signedIP  = 0x123AF80366601230 | 1<<55
		otherLink = 0xFFFFF80366609990

		x19, x28, x29 = 0xC0DE000000000013, 0xC0DE00000000001C, 0xC0DE00000000001D // as they are before
	)
	frame := func(at dmpfile.VirtAddr, n int) armMemory { // all of the frame, filled
		m := armMemory{}
		for i := 0; i < n; i += 8 {
			m[at+dmpfile.VirtAddr(i)] = 0xF0000 + uint64(i)
		}
		return m
	}
	trap := frame(low+0x20, 0x150)
	for a, v := range (armMemory{
		low: 0x1919, low + 8: 0x2020, low + 0x10: 0x2929, low + 0x18: armReturn, // the registers that the function saved
		low + 0x20 + 0x98: other, low + 0x20 + 0x138: otherLink, low + 0x20 + 0x140: 0x29290000, low + 0x20 + 0x148: otherIP,
	}) {
		trap[a] = v
	}
	context := func(flags uint64) armMemory {
		m := frame(low, 0x390)
		m[low] = flags
		m[low+0x100], m[low+0x108] = other, otherIP
		return m
	}
	type values [6]uint64 // of registers 0, 18, 19, 28, 29 and 30; 0 for one that is not known
	type entered struct {
		ip, slot  dmpfile.VirtAddr
		sp        uint64
		machine   bool
		registers values
	}
	machine := armMemory{low + 0x18: otherLink, low + 0x20: other, low + 0x28: signedIP}
	for _, test := range []struct {
		name   string
		rva    uint32
		memory armMemory
		sp     uint64
		want   entered
		err    error
	}{
		{"machine frame", 0x2108, machine, low, entered{otherIP, low + 0x20, other, true, values{0, 0, x19, x28, x29, otherLink}}, nil},
		{"machine frame, the stack not lowered", 0x2100, machine, low + 0x20, entered{otherIP, low + 0x20, other, true, values{0, 0, x19, x28, x29, 0}}, nil},
		{"machine frame, lr not saved", 0x2104, machine, low, entered{otherIP, low + 0x20, other, true, values{0, 0, x19, x28, x29, 0}}, nil},
		{"machine frame, none there", 0x2108, armMemory{low + 0x18: otherLink}, low, entered{}, &dmpfile.NotInDumpError{Address: low + 0x20}},
		{"trap", 0x2208, trap, low, entered{otherIP, low + 0x20, other, true, values{0xF00A0, 0xF0130, 0x1919, x28, 0x29290000, otherLink}}, nil},
		{"trap, nothing saved", 0x2200, trap, low + 0x20, entered{otherIP, low + 0x20, other, true, values{0xF00A0, 0xF0130, x19, x28, 0x29290000, otherLink}}, nil},
		{"trap, its end is missing", 0x2208, frame(low, 0x20+0x148), low, entered{}, &dmpfile.NotInDumpError{Address: low + 0x20 + 0x148}},
		{"context", 0x2300, context(0x40000F), low, entered{otherIP, low, other, true, values{0xF0008, 0xF0098, 0xF00A0, 0xF00E8, 0xF00F0, 0xF00F8}}, nil},
		{"context, behind a call", 0x2300, context(0x20400007), low, entered{otherIP, low, other, false, values{0xF0008, 0xF0098, 0xF00A0, 0xF00E8, 0xF00F0, 0xF00F8}}, nil},
		{"context, of another machine", 0x2300, context(0x10000F), low, entered{}, &dmpfile.FormatError{}},
		{"context, without integers", 0x2300, context(0x400001), low, entered{}, &dmpfile.FormatError{}},
		{"context of ARM64EC", 0x2400, context(0x10000F), low, entered{}, ErrFrame},
		{"not called", 0x2504, armMemory{low: armKept(29), low + 8: otherIP}, low, entered{otherIP, low + 8, low + 0x10, true, values{0, 0, x19, x28, x29, 0}}, nil},
		{"not called, at its beginning", 0x2500, armMemory{}, low, entered{armReturn, 0, low, true, values{0, 0, x19, x28, x29, 0}}, nil},
		{"vectors", 0x2608, armMemory{}, low, entered{}, ErrRegister},
		{"vectors, not yet", 0x2600, armMemory{}, low, entered{armReturn, 0, low, false, values{0, 0, x19, x28, x29, 0}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var r RegistersARM64
			for n := range 31 {
				r.Set(n, armKept(n))
			}
			r.Set(30, armReturn)
			r.Set(31, test.sp)
			c, err := CallerARM64(im, armBase, test.memory, armBase+dmpfile.VirtAddr(test.rva), r, false)
			if test.err != nil {
				var format *dmpfile.FormatError
				var absent, wanted *dmpfile.NotInDumpError
				switch {
				case errors.As(test.err, &format):
					if !errors.As(err, &format) {
						t.Errorf("%v, want a FormatError", err)
					}
				case errors.As(test.err, &wanted):
					if !errors.As(err, &absent) || *absent != *wanted {
						t.Errorf("%v, want %v", err, wanted)
					}
				case !errors.Is(err, test.err):
					t.Errorf("%v, want %v", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := entered{ip: c.IP, slot: c.Slot, machine: c.Machine}
			got.sp, _ = c.Registers.Get(31)
			for i, n := range []int{0, 18, 19, 28, 29, 30} {
				if v, known := c.Registers.Get(n); known {
					got.registers[i] = v
				}
			}
			if got != test.want {
				t.Errorf("\ngot  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

// TestKeptARM64 is of memory that is not there and registers that are not known.
func TestKeptARM64(t *testing.T) {
	im := openARM64(t, "frames.sys")
	const low = armStack - 0x30
	var r RegistersARM64
	r.Set(29, low)
	m := armMemory{low: 0x2929, low + 8: armReturn, low + 0x20: 0x1919} // where x20 was saved is missing
	c, err := CallerARM64(im, armBase, m, armBase+0x110C, r, false)
	if err != nil {
		t.Fatal(err)
	}
	if v, known := c.Registers.Get(19); !known || v != 0x1919 {
		t.Error(v, known)
	}
	if v, known := c.Registers.Get(20); known {
		t.Errorf("x20 is %#x", v)
	}
	if v, known := c.Registers.Get(21); known {
		t.Errorf("x21 is %#x", v)
	}
	delete(m, low+8)
	var absent *dmpfile.NotInDumpError
	if _, err := CallerARM64(im, armBase, m, armBase+0x110C, r, false); !errors.As(err, &absent) || absent.Address != low+8 {
		t.Error(err)
	}
	r.Forget(29)
	if _, err := CallerARM64(im, armBase, m, armBase+0x110C, r, false); !errors.Is(err, ErrRegister) {
		t.Error(err)
	}
	if _, err := CallerARM64(im, armBase, m, armBase+0x1000, r, false); !errors.Is(err, ErrRegister) { // a leaf needs lr
		t.Error(err)
	}
	r.Set(30, armReturn)
	if _, err := CallerARM64(im, armBase, m, armBase+0x1004, r, true); !errors.Is(err, ErrLeaf) { // which calls nothing
		t.Error(err)
	}
	for _, ip := range []dmpfile.VirtAddr{armBase - 4, armBase + dmpfile.VirtAddr(im.Size()), 0} {
		var format *dmpfile.FormatError
		if _, err := CallerARM64(im, armBase, m, ip, r, false); !errors.As(err, &format) {
			t.Errorf("%#x: %v", uint64(ip), err)
		}
	}
	r.Set(30, armBase+0x1000)
	if c, err := CallerARM64(im, armBase, m, armBase+0x1000, r, false); err == nil {
		t.Errorf("a function that returns to itself: %+v", c)
	}
}

func BenchmarkCallerARM64(b *testing.B) {
	im := openARM64(b, "frames.sys")
	for _, f := range states {
		if f.function != "signed" && f.function != "epilogues" {
			continue
		}
		list := parseStates(b, f.lines)
		s := list[len(list)/2]
		b.Run(f.function, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := CallerARM64(im, armBase, s.memory, armBase+dmpfile.VirtAddr(f.rva+s.at), s.registers, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
