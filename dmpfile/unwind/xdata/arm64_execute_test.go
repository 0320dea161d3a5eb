package xdata

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

// TestExecuteARM64 executes the prologue and each epilogue of every function that a compiler made, and unwinds before each instruction.
func TestExecuteARM64(t *testing.T) {
	for _, name := range []string{"compiled.sys", "signed.sys", "frames.sys"} {
		im := openARM64(t, name)
		d, err := im.ExceptionDirectory()
		if err != nil {
			t.Fatal(err)
		}
		done := 0
		for i := range d.Size / 8 {
			var entry [8]byte
			if err := read(im, "", entry[:], d.RVA+8*i); err != nil {
				t.Fatal(err)
			}
			f, ok, err := FunctionARM64(im, binary.LittleEndian.Uint32(entry[:]))
			if err != nil || !ok {
				t.Fatal(f, ok, err)
			}
			if name == "frames.sys" && (f.Begin >= 0x2100 && f.Begin < 0x2900 || f.Begin == 0x1B00 || f.Begin == 0x2F00) {
				continue // not called, vectors, parts of functions, or calls that move sp
			}
			done += executeARM64(t, im, name, f)
		}
		t.Logf("%s: %d instructions", name, done)
		if done < 90 {
			t.Errorf("%s: %d instructions", name, done)
		}
	}
}

// executeARM64 executes what there is to unwind in a function, and returns how many instructions that are.
func executeARM64(t *testing.T, im *pe.Image, name string, f Function) (done int) {
	t.Helper()
	var s sequence
	var err error
	var starts []uint32 // of epilogues
	if f.Unwind&3 != 0 {
		p := unpack(f)
		s, err = p.sequence(true)
		n, _ := s.instructions()
		starts = append(starts, f.End-4*uint32(n+1))
		s, _ = p.sequence(false)
	} else {
		h, _ := readHeaderARM64(im, f.Unwind)
		s, err = sequenceARM64(im, f, f.Begin)
		if h.packed {
			e, _ := s.from(h.epilogues)
			n, _ := e.instructions()
			starts = append(starts, f.End-4*uint32(n+1))
		} else {
			for i := range h.epilogues {
				e, _, _ := lastARM64(im, "", h.next+4*i, 1, 4, 0, 0)
				starts = append(starts, f.Begin+4*uint32(e&0x3FFFF))
			}
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	size, err := s.instructions()
	if err != nil {
		t.Fatal(err)
	}
	check := func(rva uint32, s armState) {
		t.Helper()
		done++
		for _, returned := range []bool{false, true} {
			ip := armBase + dmpfile.VirtAddr(rva)
			if returned {
				ip += 4
			}
			c, err := CallerARM64(im, armBase, s.memory, ip, s.registers, returned)
			if err != nil {
				t.Errorf("%s %#x: %v", name, rva, err)
				return
			}
			wrong := c.IP != armReturn
			for n := 19; n < 32; n++ {
				v, known := c.Registers.Get(n)
				want := armKept(n)
				if n == 31 {
					want = armStack
				}
				wrong = wrong || n != 30 && (!known || v != want)
			}
			if wrong {
				t.Errorf("%s %#x: %+v", name, rva, c)
			}
		}
	}
	state := enteredARM64()
	for i := range uint32(size) {
		check(f.Begin+4*i, state)
		state.step(t, im, f.Begin+4*i)
	}
	// Behind the prologue the frame can grow more, where x29 says how to undo that.
	for rva := f.Begin + 4*uint32(size); rva < min(f.End, f.Begin+4*uint32(size)+24); rva += 4 {
		check(rva, state)
		if w := wordAt(t, im, rva); w&0xFF0003FF == 0xD10003FF || w == 0xCB2F73FF || w&0xFF80001F == 0xD280000F {
			state.step(t, im, rva)
		}
		if slices.Contains(starts, rva+4) {
			break
		}
	}
	for _, rva := range starts {
		s := state
		s.memory = armMemory{}
		for a, v := range state.memory {
			s.memory[a] = v
		}
		for {
			check(rva, s)
			if s.step(t, im, rva) {
				break
			}
			rva += 4
		}
	}
	return done
}

// step executes an instruction at an RVA. It is true for one that leaves the function.
func (s *armState) step(t *testing.T, im *pe.Image, rva uint32) (left bool) {
	t.Helper()
	w := wordAt(t, im, rva)
	rt, rn, rt2 := int(w&31), int(w>>5&31), int(w>>10&31)
	imm7, imm9, imm12 := int64(int32(w<<10)>>25)*8, int64(int32(w<<11)>>23), int64(w>>10&0xFFF)
	base, _ := s.registers.Get(rn)
	access := func(load bool, at int64, after int64, registers ...int) {
		if rn != 31 {
			t.Fatalf("%#x: %#x is not of sp", rva, w)
		}
		for i, n := range registers {
			a := dmpfile.VirtAddr(base + uint64(at) + uint64(8*i))
			switch {
			case load:
				v, ok := s.memory[a]
				if !ok {
					t.Fatalf("%#x: nothing was saved at %#x", rva, uint64(a))
				}
				s.registers.Set(n, v)
			default:
				s.memory[a], _ = s.registers.Get(n)
				if n >= 19 && n < 29 {
					s.registers.Set(n, 0xBAD0000000000000|uint64(n)) // as the body does, which is not executed
				}
			}
		}
		s.registers.Set(31, base+uint64(after))
	}
	switch w & 0xFFC00000 {
	case 0xA9000000: // stp x, x, [sp, n]
		access(false, imm7, 0, rt, rt2)
	case 0xA9800000: // stp x, x, [sp, n]!
		access(false, imm7, imm7, rt, rt2)
	case 0xA9400000: // ldp x, x, [sp, n]
		access(true, imm7, 0, rt, rt2)
	case 0xA8C00000: // ldp x, x, [sp], n
		access(true, 0, imm7, rt, rt2)
	case 0x6D800000, 0x6CC00000: // stp d, d, [sp, n]! and ldp d, d, [sp], n
		access(false, 0, imm7)
	case 0xAD800000, 0xACC00000: // of q
		access(false, 0, 2*imm7)
	case 0xF9000000: // str x, [sp, n]
		access(false, 8*imm12, 0, rt)
	case 0xF9400000: // ldr x, [sp, n]
		access(true, 8*imm12, 0, rt)
	case 0xD1000000, 0xD1400000: // sub
		s.registers.Set(rt, base-uint64(imm12<<(w>>22&1*12)))
	case 0x91000000, 0x91400000: // add
		s.registers.Set(rt, base+uint64(imm12<<(w>>22&1*12)))
	default:
		switch {
		case w&0xFFE00C00 == 0xF8000C00: // str x, [sp, n]!
			access(false, imm9, imm9, rt)
		case w&0xFFE00C00 == 0xF8400400: // ldr x, [sp], n
			access(true, 0, imm9, rt)
		case w&0xFFE00C00 == 0xFC000C00, w&0xFFE00C00 == 0xFC400400, w&0xFFE00C00 == 0x3C800C00, w&0xFFE00C00 == 0x3CC00400: // of d and q
			access(false, 0, imm9)
		case w == 0xD503233F, w == 0xD503237F: // paciasp, pacibsp
			s.registers.Set(30, armSigned)
		case w == 0xD50323BF, w == 0xD50323FF: // autiasp, autibsp
			s.registers.Set(30, armReturn)
		case w == 0xCB2F73FF: // sub sp, sp, x15, lsl 4
			n, _ := s.registers.Get(15)
			s.registers.Set(31, base-n<<4)
		case w&0xFFE0001F == 0xD280000F: // mov x15, n
			s.registers.Set(15, uint64(w>>5&0xFFFF))
		case w&0xFFE0001F == 0xD2A0000F: // mov x15, n<<16
			s.registers.Set(15, uint64(w>>5&0xFFFF)<<16)
		case w == 0xD65F03C0, w>>26 == 5: // ret, b
			return true
		case w>>26 == 0x25, w == 0xD503201F: // bl, nop
		case w&0xFFC00000 == 0x6D000000, w&0xFFC00000 == 0x6D400000, w&0xFFC00000 == 0xFD000000, w&0xFFC00000 == 0xFD400000: // d at sp
		case w&0xFFC00000 == 0x3D800000, w&0xFFC00000 == 0x3DC00000: // q at sp
		default:
			t.Fatalf("%#x: %#x is not known", rva, w)
		}
	}
	return false
}

func wordAt(t *testing.T, im *pe.Image, rva uint32) uint32 {
	t.Helper()
	var b [4]byte
	if err := read(im, "", b[:], rva); err != nil {
		t.Fatal(err)
	}
	return binary.LittleEndian.Uint32(b[:])
}
