package nt

import (
	"encoding/binary"
	"iter"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

const (
	trapAlign   = 0x10   // of trap frames on amd64: the processor aligns the stack before it pushes
	maxSearched = 0x8000 // bytes of a stack that are looked through: more than the size of any but large ones
	maxFollowed = 256    // pointers on it that are followed
)

// FindTrapFrame looks for a trap frame of an amd64 kernel for which is returns true: first on the stack from low up to high, then where
// pointers on that stack lead, for Windows handles exceptions and interrupts on stacks of their own and keeps a pointer to the frame that
// the processor left on the other one. The lowest one on the stack is taken. It finds none in what the dump does not have.
func FindTrapFrame(m Memory, low, high dmpfile.VirtAddr, is func(TrapFrame) bool) (a dmpfile.VirtAddr, t TrapFrame, ok bool) {
	if high <= low {
		return 0, TrapFrame{}, false
	}
	stack := make([]byte, min(high-low, maxSearched))
	n, _ := m.ReadVirtual(stack, low)
	stack = stack[:n&^7]
	high = low + dmpfile.VirtAddr(len(stack))
	for a, t := range TrapFrames(m, stack, low) {
		if is(t) {
			return a, t, true
		}
	}
	followed := map[dmpfile.VirtAddr]bool{}
	for i := 0; i < len(stack) && len(followed) < maxFollowed; i += 8 {
		p := dmpfile.VirtAddr(binary.LittleEndian.Uint64(stack[i:]))
		if p%trapAlign != 0 || p>>47 != 1<<17-1 || low <= p && p < high || followed[p] {
			continue
		}
		followed[p] = true
		if t, err := ReadTrapFrame(m, p, dmpfile.MachineAMD64); err == nil && is(t) {
			return p, t, true
		}
	}
	return 0, TrapFrame{}, false
}

// TrapFrames yields what is a trap frame of amd64 by its selectors, in the content of a stack from low up, which m has too.
func TrapFrames(m Memory, stack []byte, low dmpfile.VirtAddr) iter.Seq2[dmpfile.VirtAddr, TrapFrame] {
	layout := trapLayouts[dmpfile.MachineAMD64]
	return func(yield func(dmpfile.VirtAddr, TrapFrame) bool) {
		for a := (low + trapAlign - 1) &^ (trapAlign - 1); ; a += trapAlign {
			frame, whole := bin.Slice(stack, int(a-low), layout.size)
			if !whole {
				return
			}
			// What is a frame by its selectors is read again with the word below it.
			if _, ok := layout.parse(frame, a); !ok {
				continue
			}
			if t, err := ReadTrapFrame(m, a, dmpfile.MachineAMD64); err == nil && !yield(a, t) {
				return
			}
		}
	}
}
