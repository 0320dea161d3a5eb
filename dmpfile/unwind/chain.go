package unwind

import (
	"encoding/binary"

	"github.com/dmplens/dmplens/dmpfile"
)

// chain is how frame pointers are linked: each points to the one of the caller, and the return address follows it.
type chain struct {
	width dmpfile.VirtAddr                        // of a pointer, in bytes
	name  string                                  // of the register
	clean func(dmpfile.VirtAddr) dmpfile.VirtAddr // what a return address is without its signature; nil where it has none
}

// walkChain follows unwind data where it is at hand, else the frame pointers. These lead up on a stack, and can leave the captured one once for
// another, as those of interrupts do.
func (s *Stack) walkChain(frames []Frame, c chain) []Frame {
	f := frames[len(frames)-1]
	left := !s.isCaptured(f.FP)
	for len(frames) < s.most() {
		called, byData := s.unwoundOther(&f)
		frames[len(frames)-1].Err = f.Err
		switch {
		case byData && called.IP == 0: // as threads begin
			return frames
		case byData:
		case f.User || f.FP == 0 || f.FP%c.width != 0:
			return frames
		default:
			var ok bool
			if called, ok = s.linked(&f, c); !ok {
				return frames
			}
		}
		frames = append(frames, called)
		if !byData && called.FP <= f.FP {
			break
		}
		if !byData && s.isCaptured(f.FP) && !s.isCaptured(called.FP) {
			if left {
				break
			}
			left = true
		}
		f = called
	}
	return frames
}

// linked finds the caller by the frame pointer.
func (s *Stack) linked(f *Frame, c chain) (Frame, bool) {
	b, ok := s.read(f.FP, int(2*c.width))
	if !ok {
		return Frame{}, false
	}
	next, ip := c.pointer(b[:]), c.pointer(b[c.width:])
	if c.clean != nil {
		ip = c.clean(ip)
	}
	p := s.placeOf(ip)
	called := Frame{IP: ip, SP: f.FP + 2*c.width, FP: next, Slot: f.FP + c.width, Trust: worse(f.Trust, FramePointer), Unloaded: p.unloaded}
	called.set(s.Machine, c.name, uint64(next))
	return called, p.isCode()
}

func (c chain) pointer(b []byte) dmpfile.VirtAddr {
	if c.width == 4 {
		return dmpfile.VirtAddr(binary.LittleEndian.Uint32(b))
	}
	return dmpfile.VirtAddr(binary.LittleEndian.Uint64(b))
}

func (s *Stack) isCaptured(a dmpfile.VirtAddr) bool { return s.Low <= a && a < s.High }

// worse is the less sure of two ways to a frame.
func worse(a, b Trust) Trust {
	if a.Rank() > b.Rank() {
		return a
	}
	return b
}
