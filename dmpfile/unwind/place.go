package unwind

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"

	"golang.org/x/arch/x86/x86asm"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// module is the loaded module that an address lies in, as far as a walk needs it.
type module struct {
	base, end dmpfile.VirtAddr
	loaded    bool
}

// moduleOf finds the module of an address. What was found for a page is kept: modules begin and end with pages.
func (s *Stack) moduleOf(a dmpfile.VirtAddr) module {
	page := a &^ (dmpfile.PageSize - 1)
	m, ok := s.modules[page]
	if !ok {
		if s.Module != nil {
			m.base, m.end, m.loaded = s.Module(a)
		}
		if s.modules == nil {
			s.modules = map[dmpfile.VirtAddr]module{}
		}
		if len(s.modules) < maxKept {
			s.modules[page] = m
		}
	}
	return m
}

// maxKept bounds what is kept of addresses.
const maxKept = 1 << 14

// place is what is known of an address as one that a call returns to.
type place struct {
	loaded, unloaded bool // it lies in a module
	refuted          bool // no call returns there
	noReturn         bool // only a call that does not return can stand before it: there is padding
}

// isCode says whether a call can return there.
func (p place) isCode() bool { return (p.loaded || p.unloaded) && !p.refuted && !p.noReturn }

// placeOf looks at an address.
func (s *Stack) placeOf(a dmpfile.VirtAddr) place {
	p, ok := s.places[a]
	if !ok {
		p = s.look(a)
		if s.places == nil {
			s.places = map[dmpfile.VirtAddr]place{}
		}
		if len(s.places) < maxKept {
			s.places[a] = p
		}
	}
	return p
}

func (s *Stack) look(a dmpfile.VirtAddr) place {
	m := s.moduleOf(a)
	if !m.loaded {
		return place{unloaded: s.Unloaded != nil && s.Unloaded(a), refuted: a%dmpfile.PageSize == 0 || s.Machine == dmpfile.MachineARM64 && a%4 != 0}
	}
	p := place{loaded: true, refuted: a-m.base < dmpfile.PageSize || s.isData(a, m)} // the first page has the headers
	switch s.Machine {
	case dmpfile.MachineAMD64:
		p.refuted = p.refuted || a%dmpfile.PageSize == 0 // where a section begins
		s.judge(a, &p)
	case dmpfile.MachineARM64:
		p.refuted = p.refuted || a%4 != 0
	}
	return p
}

// isData says whether an address lies in a section of its image that cannot be executed, where its headers are at hand.
func (s *Stack) isData(a dmpfile.VirtAddr, m module) bool {
	const execute = 0x20000000
	all := s.imagesOf(m).all()
	if len(all) == 0 {
		return false
	}
	section, ok := all[0].SectionAt(uint32(a - m.base))
	return !ok || section.Characteristics&execute == 0
}

// judge says whether the code before an address has no call there, or the code at it is none that follows a call.
func (s *Stack) judge(a dmpfile.VirtAddr, p *place) {
	if p.refuted {
		return
	}
	before, stored := s.codeBefore(a)
	switch {
	case endsInCall(before), stored && endsInUnwritten(before):
		return
	case len(before) >= longestCall:
		p.refuted = true
		return
	}
	b := s.readCode(make([]byte, behindCall), a)
	if len(b) > 0 && b[0] == 0xCC {
		p.noReturn = true
		return
	}
	p.refuted = isNoReturnSite(b)
}

const (
	longestCall   = 8  // bytes of a call, at most
	unwrittenCall = 12 // of one in a file that is written over, at most
	behindCall    = 32 // bytes behind a call that are looked at
)

// codeBefore is as much as is at hand of the bytes before an address, of those that a call there can have. stored says that they are those of a
// store.
func (s *Stack) codeBefore(a dmpfile.VirtAddr) (b []byte, stored bool) {
	if _, ok := s.read(a-2, 2); !ok { // as mostly where the dump has no code: no need to ask for more
		m := s.moduleOf(a)
		im := s.imagesOf(m).stored
		if im == nil {
			return nil, false
		}
		b = make([]byte, unwrittenCall)
		if n, _ := im.ReadAt(b, int64(a-m.base-unwrittenCall)); n < len(b) {
			return nil, false
		}
		return b, true
	}
	for n := longestCall; n >= 2; n-- {
		if b, ok := s.read(a-dmpfile.VirtAddr(n), n); ok {
			return b[:n], false
		}
	}
	return nil, false
}

// endsInUnwritten says whether Windows writes a call over the end of b when it loads the image: over an indirect call, and what a compiler left
// behind it for that. The call that is written can be shorter than the one that was there.
func endsInUnwritten(b []byte) bool {
	ends := func(n int, call string, rest string) bool {
		return len(b) >= n && strings.HasPrefix(string(b[len(b)-n:]), call) && strings.HasSuffix(string(b), rest)
	}
	return ends(5, "\xFF\x15", "") || // call [address], up to the last byte of the address
		ends(12, "\x48\xFF\x15", "\x0F\x1F\x44\x00\x00") || // the same with a prefix and a long nop
		ends(5, "\xFF", "\x0F\x1F\x00") && b[len(b)-4]>>3 == 0xD0>>3 // call register, with a nop
}

// endsInCall says whether b can end in a call. Windows writes direct calls over indirect ones through the import table, which are a byte longer,
// so that a nop can follow.
func endsInCall(b []byte) bool {
	n := len(b)
	switch {
	case n >= 5 && b[n-5] == 0xE8, n >= 6 && b[n-6] == 0xE8 && b[n-1] == 0x90:
		return true
	}
	for length := 2; length <= min(n, 7); length++ {
		c := b[n-length:]
		if c[0] != 0xFF || c[1]>>3&7 != 2 {
			continue
		}
		mod, rm := c[1]>>6, c[1]&7
		want := 2 + map[byte]int{0: 0, 1: 1, 2: 4, 3: 0}[mod]
		switch {
		case mod == 3:
		case rm == 4: // with a SIB byte
			want++
			if mod == 0 && length > 2 && c[2]&7 == 5 {
				want += 4
			}
		case mod == 0 && rm == 5:
			want += 4
		}
		if want == length {
			return true
		}
	}
	return false
}

// isNoReturnSite says whether no compiler puts such code behind a call: the beginning of a function, text, pointers, or what is no
// code at all.
func isNoReturnSite(b []byte) bool {
	switch {
	case len(b) < 4:
		return false
	case isPrologue(b):
		return true
	case b[0] == 0 && b[1] == 0:
		return true
	}
	pointers := 0
	for i := 0; i+8 <= len(b); i += 8 {
		if v := binary.LittleEndian.Uint64(b[i:]); isKernelAddress(dmpfile.VirtAddr(v)) && v != math.MaxUint64 {
			pointers++
		}
	}
	if pointers >= 2 {
		return true
	}
	return !isCode(b)
}

// isPrologue says whether b is how compilers begin a function, and never go on behind a call: a push, room on the stack, its address in another
// register, or a register kept in the home area. The fourth word of that is also where a fifth argument is put, unless a push follows.
func isPrologue(b []byte) bool {
	for len(b) > 0 && (b[0] == 0x66 || b[0]&0xF0 == 0x40) { // of 16 bits; registers of 64 bits, or those from r8 on
		b = b[1:]
	}
	if len(b) < 5 {
		return false
	}
	switch op, operand := b[0], b[1]; {
	case op&^7 == 0x50: // push
		return true
	case (op == 0x83 || op == 0x81) && operand == 0xEC: // sub rsp, n
		return true
	case op == 0x8B && (operand == 0xC4 || operand == 0xDC || operand == 0xEC): // mov rax, r11 or rbp, rsp
		return true
	case (op == 0x89 || op == 0x88) && operand&0xC7 == 0x44 && b[2] == 0x24: // mov [rsp+n], register
		return b[3] == 0x08 || b[3] == 0x10 || b[3] == 0x18 || b[3] == 0x20 && isPrologue(b[4:])
	}
	return false
}

// isCode says whether the first instructions of b are ones that the processor has. What the decoder does not know is taken for one, unless it
// is an opcode that was taken out of 64-bit mode.
func isCode(b []byte) bool {
	for range 4 {
		if len(b) < 16 {
			break
		}
		i, err := insn.Decode(b)
		if err != nil {
			for len(b) > 1 && (b[0]&0xF0 == 0x40 || bytes.IndexByte(prefixes, b[0]) >= 0) {
				b = b[1:]
			}
			return bytes.IndexByte(removed, b[0]) < 0
		}
		if i.Op == x86asm.RET || i.Op == x86asm.JMP || i.Op == x86asm.INT {
			break
		}
		b = b[i.Len:]
	}
	return true
}

var (
	prefixes = []byte{0x66, 0x67, 0x2E, 0x36, 0x3E, 0x26, 0x64, 0x65, 0xF0, 0xF2, 0xF3}
	removed  = []byte{0x06, 0x07, 0x0E, 0x16, 0x17, 0x1E, 0x1F, 0x27, 0x2F, 0x37, 0x3F, 0x60, 0x61, 0x82, 0x9A, 0xCE, 0xD4, 0xD5, 0xD6, 0xEA}
)
