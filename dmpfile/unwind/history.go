package unwind

import (
	"encoding/binary"

	"github.com/dmplens/dmplens/dmpfile"
)

// Function is one that the kernel looked up when it unwound.
type Function struct{ Base, Begin, End dmpfile.VirtAddr } // of its image; of its code, from Begin up to End

// holds says whether a call in the function can return to an address.
func (f *Function) holds(a dmpfile.VirtAddr) bool { return f.Begin < a && a <= f.End }

// An UNWIND_HISTORY_TABLE (winnt.h) is a count, hints, the lowest and the highest address of the functions, and so many pairs of the image
// and the RUNTIME_FUNCTION of a function.
const (
	historyLow     = 0x08
	historyHigh    = 0x10
	historyEntries = 0x18
	historyEntry   = 0x10
	maxHistory     = 12
	runtimeSize    = 12 // of a RUNTIME_FUNCTION: begin, end, unwind data, as RVAs
)

// History returns the functions that the kernel unwound when it dispatched the exception at ip, where the stack pointer was sp: the first
// one holds ip, each other one called one before it. They are in the table that it keeps on the stack meanwhile, below sp. Tables of earlier
// exceptions can lie there too; of several that begin with the function of ip the highest is taken, which was overwritten last.
func (s *Stack) History(ip, sp dmpfile.VirtAddr) []Function {
	if s.Machine != dmpfile.MachineAMD64 {
		return nil
	}
	base := s.moduleOf(ip).base
	b := s.content()
	if base == 0 || sp <= s.Low {
		return nil
	}
	b = b[:min(len(b), int(sp-s.Low))]
	for off := (len(b) - historyEntries - historyEntry) &^ 7; off >= 0; off -= 8 {
		if n := binary.LittleEndian.Uint32(b[off:]); n == 0 || n > maxHistory || binary.LittleEndian.Uint64(b[off+historyEntries:]) != uint64(base) {
			continue
		}
		if list := s.historyAt(b[off:]); len(list) > 0 && list[0].Begin <= ip && ip < list[0].End {
			return list
		}
	}
	return nil
}

// historyAt reads a table, nil where it is none. It ends before the first function that the dump does not have.
func (s *Stack) historyAt(b []byte) []Function {
	n := int(binary.LittleEndian.Uint32(b))
	low, high := dmpfile.VirtAddr(binary.LittleEndian.Uint64(b[historyLow:])), dmpfile.VirtAddr(binary.LittleEndian.Uint64(b[historyHigh:]))
	if len(b) < historyEntries+n*historyEntry {
		return nil
	}
	var list []Function
	least, most := ^dmpfile.VirtAddr(0), dmpfile.VirtAddr(0)
	for i := range n {
		e := b[historyEntries+i*historyEntry:]
		base, at := dmpfile.VirtAddr(binary.LittleEndian.Uint64(e)), dmpfile.VirtAddr(binary.LittleEndian.Uint64(e[8:]))
		m := s.moduleOf(at)
		if !m.loaded || m.base != base {
			return nil
		}
		r, ok := s.read(at, runtimeSize)
		if !ok {
			return list
		}
		f := Function{base, base + dmpfile.VirtAddr(binary.LittleEndian.Uint32(r[:])), base + dmpfile.VirtAddr(binary.LittleEndian.Uint32(r[4:]))}
		if f.Begin >= f.End || f.End > m.end || f.Begin < low || f.End > high {
			return nil
		}
		least, most = min(least, f.Begin), max(most, f.End)
		list = append(list, f)
	}
	if least != low || most != high {
		return nil
	}
	return list
}
