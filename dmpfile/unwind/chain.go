package unwind

import (
	"encoding/binary"

	"github.com/dmplens/dmplens/dmpfile"
)

// chain is how frame pointers are linked: each points to the one of the caller, and the return address follows it.
type chain struct {
	width dmpfile.VirtAddr                        // of a pointer, in bytes
	clean func(dmpfile.VirtAddr) dmpfile.VirtAddr // what a return address is without its signature; nil where it has none
}

// stripSignature takes the pointer authentication of arm64 from an address: its bits above 47 are those of bit 55 again, which is never used
// for that.
func stripSignature(a dmpfile.VirtAddr) dmpfile.VirtAddr {
	const high = 0xFFFF << 48
	if a>>55&1 != 0 {
		return a | high
	}
	return a &^ high
}

// walkChain follows the frame pointers. They lead up on a stack, and can leave the captured one once for another, as those of interrupts do.
func (s *Stack) walkChain(frames []Frame, c chain) []Frame {
	f := frames[len(frames)-1]
	left := !s.isCaptured(f.FP)
	for len(frames) < s.most() && f.FP != 0 && f.FP%c.width == 0 && !f.User {
		b, ok := s.read(f.FP, int(2*c.width))
		if !ok {
			break
		}
		next, ip := c.pointer(b[:]), c.pointer(b[c.width:])
		if c.clean != nil {
			ip = c.clean(ip)
		}
		p := s.placeOf(ip)
		if !p.isCode() {
			break
		}
		called := Frame{IP: ip, SP: f.FP + 2*c.width, FP: next, Slot: f.FP + c.width, Trust: worse(f.Trust, FramePointer), Unloaded: p.unloaded}
		frames = append(frames, called)
		if next <= f.FP {
			break
		}
		if s.isCaptured(f.FP) && !s.isCaptured(next) {
			if left {
				break
			}
			left = true
		}
		f = called
	}
	return frames
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
