package insn

import "github.com/dmplens/dmplens/dmpfile"

const (
	maxSweeps   = 170  // bytes before an address that sweeps begin at
	leastSweeps = 32   // sweeps without which nothing is said
	maxPadding  = 0x40 // between functions
	int3        = 0xCC
	nop         = 0x90
)

// Boundary decodes one instruction after the other from each of the bytes before a, up to 170 as far as the memory has them, and counts the
// sweeps that meet a and those that step over it. Where an instruction begins nearly all meet it; inside of one next to none do. A sweep
// that comes upon what is no instruction counts for neither.
func Boundary(m Memory, a dmpfile.VirtAddr) (meet, miss int) {
	s := sweep(m, a)
	return s.meet, s.miss
}

type sweeps struct {
	meet, miss int
	over       dmpfile.VirtAddr // where most of the sweeps that step over it begin the instruction that they do that with
}

// inside says whether it is sure that no instruction begins there.
func (s *sweeps) inside() bool { return s.miss >= leastSweeps && s.meet*16 < s.miss }

func sweep(m Memory, a dmpfile.VirtAddr) sweeps {
	b := before(m, a)
	// What lies behind a is needed only for the length of an instruction that reaches there.
	var code [maxSweeps + maxLength]byte
	n := copy(code[:], b)
	n += readBytes(m, code[n:n+maxLength], a)
	// The way from each byte is that from where its instruction ends: 0 to len(b) for the begin of the last instruction, which steps over a;
	// met where one ends at a, lost where it comes to nothing.
	const met, lost = -1, -2
	var ends [maxSweeps]int
	var s sweeps
	var over [maxSweeps]int
	for from := len(b) - 1; from >= 0; from-- {
		ends[from] = lost
		i, err := Decode(code[from:min(n, from+maxLength)])
		if err != nil {
			continue
		}
		switch to := from + i.Len; {
		case to == len(b):
			ends[from] = met
		case to > len(b):
			ends[from] = from
		default:
			ends[from] = ends[to]
		}
		switch e := ends[from]; e {
		case met:
			s.meet++
		case lost:
		default:
			s.miss++
			over[e]++
		}
	}
	most := 0
	for i, n := range over[:len(b)] {
		if n > most {
			most, s.over = n, a-dmpfile.VirtAddr(len(b)-i)
		}
	}
	return s
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
// The int3 behind a call that does not return is none, nor is one alone, which a function of the kernel's debugger support can be.
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
	if end == maxPadding {
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
