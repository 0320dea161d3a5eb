package analyze

import (
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// numbers keeps the addresses and offsets of a report, which are short and many, beside one another in few pieces of memory.
type numbers struct{ room strings.Builder }

// numbersRoom is the size of a piece in bytes: a report by headers alone takes one.
const numbersRoom = 256

func (n *numbers) keep(text []byte) string {
	if n.room.Cap()-n.room.Len() < len(text) {
		n.room.Reset()
		n.room.Grow(numbersRoom)
	}
	start := n.room.Len()
	n.room.Write(text)
	return n.room.String()[start:]
}

// pointer writes an address.
func (d *dump) pointer(a dmpfile.VirtAddr) string {
	var b [18]byte
	return d.numbers.keep(report.AppendPointer(b[:0], a, d.Bits))
}

// at writes an offset in the header.
func (d *dump) at(off int64) string {
	var b [24]byte
	return d.numbers.keep(strconv.AppendUint(append(b[:0], "header+0x"...), uint64(off), 16))
}
