package insn

import (
	"encoding/binary"
	"strings"

	"golang.org/x/arch/x86/x86asm"

	"github.com/dmplens/dmplens/dmpfile"
)

const (
	maxSweeps   = 170  // bytes before an address that sweeps begin at
	leastSweeps = 32   // sweeps without which nothing is said
	maxPadding  = 0x40 // between functions
	int3        = 0xCC
	nop         = 0x90
)

// Boundary decodes one instruction after the other from each of the bytes before a, up to 170 as far as the memory has them, and counts the
// sweeps that meet a and those that step over it. Where an instruction begins nearly all meet it; inside of one next to none do. A sweep
// that comes upon what is no instruction counts for neither. All those that come through the same padding, return, far jump or breakpoint
// count as one: what leads there leads on from there in one way, and what lies behind it need not be code.
func Boundary(m Memory, a dmpfile.VirtAddr) (meet, miss int) {
	s := sweep(m, a)
	return s.meet, s.miss
}

type sweeps struct {
	meet, miss int
	more       bool             // of all sweeps more step over it than meet it, with those that are not counted
	over       dmpfile.VirtAddr // where most of the sweeps that step over it begin the instruction that they do that with
	begins     bool             // a looks like the begin of a function that has data before it
}

// inside says whether it is sure that no instruction begins there.
func (s *sweeps) inside() bool { return s.miss >= leastSweeps && s.meet*16 < s.miss && !s.begins }

func sweep(m Memory, a dmpfile.VirtAddr) sweeps {
	b := before(m, a)
	// What lies behind a is needed only for the length of an instruction that reaches there.
	var code [maxSweeps + maxLength]byte
	n := copy(code[:], b)
	n += readBytes(m, code[n:n+maxLength], a)
	// The way from each byte is that from where its instruction ends. votes are the sweeps that come to a byte, itself one.
	var votes, all, next [maxSweeps + maxLength]int
	var ends [maxSweeps]bool // the instruction goes on to nothing that needs to be code
	for from := range b {
		i, err := Decode(code[from:min(n, from+maxLength)])
		if err != nil {
			continue
		}
		next[from] = from + i.Len
		ends[from] = i.endsWay() || isFiller(code[:n], from)
	}
	var s sweeps
	most, lead := 0, 0
	for from := range b {
		votes[from]++
		all[from]++
		v, to := votes[from], next[from]
		if ends[from] {
			v = 1
		}
		switch {
		case to == 0:
		case to < len(b):
			votes[to] += v
			all[to] += all[from]
		case to == len(b):
			s.meet += v
			lead -= all[from]
		default:
			s.miss += v
			lead += all[from]
			if v > most {
				most, s.over = v, a-dmpfile.VirtAddr(len(b)-from)
			}
		}
	}
	s.more = lead > 0
	if s.miss == 0 {
		return s
	}
	s.begins = mayBegin(b, code[len(b):n], a, s.over, &next, &ends)
	return s
}

// endsWay says whether nothing that follows the instruction needs to be code. Behind a short jump there is more of the function.
func (i *Instruction) endsWay() bool {
	switch i.Op {
	case x86asm.JMP:
		return i.Len != 2 || i.PCRel == 0
	case x86asm.RET, x86asm.LRET, x86asm.LJMP, x86asm.IRET, x86asm.IRETD, x86asm.IRETQ, x86asm.UD2, x86asm.INT, x86asm.HLT:
		return true
	}
	return false
}

// isFiller says whether the byte is an int3, or a nop beside another one.
func isFiller(code []byte, at int) bool {
	return code[at] == int3 || code[at] == nop && (at > 0 && code[at-1] == nop || at+1 < len(code) && code[at+1] == nop)
}

// maxData is how many bytes of data before a function are looked for: the hash of a type has 8 and is aligned to 16 with what is before it.
const maxData = 16

// mayBegin says whether a function can begin at a though the bytes before it say otherwise, which are data then: behind a table of jumps, or
// where padding or the end of another function is near.
func mayBegin(b, at []byte, a, over dmpfile.VirtAddr, next *[maxSweeps + maxLength]int, ends *[maxSweeps]bool) bool {
	prologue := isPrologue(at)
	if a%maxData != 0 && !prologue {
		return false
	}
	if a%maxData == 0 && prologue || endsWithTable(b, a) {
		return true
	}
	o := len(b) - int(a-over)
	for from := max(0, o-maxData-maxLength); from < o; from++ {
		if to := next[from]; ends[from] && to <= o && o-to <= maxData {
			return true
		}
	}
	return false
}

// prologues are begins of functions of Windows: rsp is lowered or kept, registers are pushed or go to the home area.
var prologues = []string{"\x48\x83\xEC", "\x48\x81\xEC", "\x48\x8B\xC4", "\x4C\x8B\xDC", "\x40\x53", "\x40\x55", "\x40\x56", "\x40\x57",
	"\x41\x54", "\x41\x55", "\x41\x56", "\x41\x57", "\x53", "\x55", "\x56", "\x57", "\xF3\x0F\x1E\xFA"}

func isPrologue(b []byte) bool {
	for _, p := range prologues {
		if strings.HasPrefix(string(b), p) {
			return true
		}
	}
	// mov [rsp+8], register and the like
	return len(b) >= 5 && b[0]&0xF8 == 0x48 && (b[1] == 0x89 || b[1] == 0x88) && b[2]&0xC7 == 0x44 && b[3] == 0x24 && b[4]&0xC7 == 0 ||
		len(b) >= 4 && b[0] == 0x89 && b[1]&0xC7 == 0x44 && b[2] == 0x24 && b[3]&0xC7 == 0
}

// endsWithTable says whether b, which ends before a, ends with offsets in an image, as a table of jumps has: four words of 32 bits that are small.
// Padding may follow it.
func endsWithTable(b []byte, a dmpfile.VirtAddr) bool {
	for len(b) > 0 && (a%4 != 0 || b[len(b)-1] == int3) {
		b, a = b[:len(b)-1], a-1
	}
	if len(b) < 16 {
		return false
	}
	for b = b[len(b)-16:]; len(b) > 0; b = b[4:] {
		if v := binary.LittleEndian.Uint32(b); v>>26 != 0 || v < 0x1000 {
			return false
		}
	}
	return true
}

// before returns the bytes that lie before a without a gap, up to maxSweeps.
func before(m Memory, a dmpfile.VirtAddr) []byte {
	var buf [maxSweeps]byte
	from := a - min(a, maxSweeps)
	for from < a {
		n := readBytes(m, buf[:a-from], from)
		if dmpfile.VirtAddr(n) == a-from {
			return buf[:a-from]
		}
		// What is not there, and one byte more, cannot be used.
		from += dmpfile.VirtAddr(n) + 1
	}
	return nil
}

// IsPadding says whether the byte at a is one that fills the room between functions: one of several int3 or nop behind the end of a function.
// The int3 behind a call that does not return is none, nor is one alone, which a function of the kernel's debugger support can be. No padding
// either is one that is aligned to 16 bytes, where a function begins, one right before a return, and one that a branch before it leads to.
func IsPadding(m Memory, a dmpfile.VirtAddr) bool {
	var buf [maxPadding]byte
	n := readBytes(m, buf[:], a)
	if n < 1 || buf[0] != int3 && buf[0] != nop {
		return false
	}
	fill, end := buf[0], 1
	for end < n && buf[end] == fill {
		end++
	}
	switch {
	case end == maxPadding, a%16 == 0, end == 1 && n > 1 && (buf[1] == 0xC3 || buf[1] == 0xC2):
		return false
	}
	if isBranchedTo(m, a) {
		return false
	}
	b := before(m, a)
	begin := len(b)
	for begin > 0 && b[begin-1] == fill {
		begin--
	}
	code, run, first := b[:begin], len(b)-begin+end, begin == len(b)
	switch {
	case follows(code, 5, 0xE8), follows(code, 6, 0xFF, 0x15), follows(code, 2, 0xFF, 0xD0): // a call
		return fill == int3 && !first
	case follows(code, 1, 0xC3), follows(code, 3, 0xC2), // a return
		follows(code, 5, 0xE9), follows(code, 2, 0xEB), follows(code, 6, 0xFF, 0x25), follows(code, 2, 0xFF, 0xE0), // a jump
		follows(code, 2, 0xCD, 0x29): // a fast fail
		return run > 1 || (a+dmpfile.VirtAddr(end))%16 == 0
	}
	return fill == int3 && run >= 4
}

// maxBranch is how far before its target a branch is looked for.
const maxBranch = 1024

// isBranchedTo says whether bytes before a can be those of a branch to a.
func isBranchedTo(m Memory, a dmpfile.VirtAddr) bool {
	if a < maxBranch {
		return false
	}
	var b [maxBranch]byte
	from := a
	for from > a-maxBranch { // pieces, for not all needs to be there
		const piece = 128
		if readBytes(m, b[len(b)-int(a-from)-piece:len(b)-int(a-from)], from-piece) < piece {
			rest := before(m, from)
			copy(b[len(b)-int(a-from)-min(piece, len(rest)):], rest[max(0, len(rest)-piece):])
			break
		}
		from -= piece
	}
	for i := range len(b) - 1 {
		left := len(b) - i // to a
		switch c := b[i]; {
		case c&0xF0 == 0x70 || c == 0xEB || c == 0xE3:
			if left >= 2 && int(int8(b[i+1])) == left-2 {
				return true
			}
		case c == 0xE9:
			if left >= 5 && int(int32(binary.LittleEndian.Uint32(b[i+1:]))) == left-5 {
				return true
			}
		case c == 0x0F && b[i+1]&0xF0 == 0x80:
			if left >= 6 && int(int32(binary.LittleEndian.Uint32(b[i+2:]))) == left-6 {
				return true
			}
		}
	}
	return false
}

// isCalledFrom says whether a call to a stands before a return address.
func isCalledFrom(m Memory, back, a dmpfile.VirtAddr) bool {
	var b [6]byte
	if readBytes(m, b[:], back-6) < len(b) {
		return false
	}
	distance := dmpfile.VirtAddr(int64(int32(binary.LittleEndian.Uint32(b[2:]))))
	if b[1] == 0xE8 && back+distance == a {
		return true
	}
	var pointer [8]byte
	return b[0] == 0xFF && b[1] == 0x15 && readBytes(m, pointer[:], back+distance) == len(pointer) &&
		dmpfile.VirtAddr(binary.LittleEndian.Uint64(pointer[:])) == a
}

// follows says whether code ends with an instruction of n bytes that begins so.
func follows(code []byte, n int, begin ...byte) bool {
	if len(code) < n {
		return false
	}
	for i, b := range begin {
		if code[len(code)-n+i] != b {
			return false
		}
	}
	return true
}
