package insn

import "github.com/dmplens/dmplens/dmpfile"

// window is how many bytes of code are read at a time.
const window = 512

// code reads instructions, a window of the memory at a time.
type code struct {
	memory Memory
	base   dmpfile.VirtAddr
	bytes  []byte // from base, as many as the memory has; empty before the first use
	buffer [window]byte
}

// at returns up to maxLength bytes at an address, none where the memory does not have it.
func (c *code) at(a dmpfile.VirtAddr) []byte {
	off := uint64(a - c.base)
	if off >= uint64(len(c.bytes)) || len(c.bytes) == window && off > window-maxLength {
		c.base, c.bytes, off = a, c.buffer[:readBytes(c.memory, c.buffer[:], a)], 0
	}
	return c.bytes[off:min(uint64(len(c.bytes)), off+maxLength)]
}

// decode decodes the instruction at an address.
func (c *code) decode(a dmpfile.VirtAddr) (Instruction, bool) {
	b := c.at(a)
	if len(b) == 0 {
		return Instruction{}, false
	}
	i, err := Decode(b)
	return i, err == nil
}

// readBytes reads what the memory has at an address, and returns how many bytes that is.
func readBytes(m Memory, b []byte, a dmpfile.VirtAddr) int {
	n, _ := m.ReadVirtual(b, a)
	return max(0, min(n, len(b)))
}
