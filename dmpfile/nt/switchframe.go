package nt

import "github.com/dmplens/dmplens/dmpfile"

// SwitchedOut is where a thread goes on that does not run: what the kernel left on its stack when it took the processor from it.
type SwitchedOut struct {
	IP, SP, BP dmpfile.VirtAddr
	At         dmpfile.VirtAddr // of the KSWITCH_FRAME
	Limit, Top dmpfile.VirtAddr // of the thread's stack
}

// SwitchedOut reads where an amd64 thread goes on. KernelStack of a thread that runs is where it was the last time it did not: whoever asks
// has to know that. The error is ErrNotThere where the frame is not on the thread's stack or leads to no code of the kernel, and
// ErrUnknownLayout for other machines.
//
// KSWITCH_FRAME has been the same since Windows 7 (ketypes.h of ReactOS): room for parameters, MXCSR, at +0x30 rbp, at +0x38 the address
// that the switch returns to.
func (k *Kernel) SwitchedOut(thread dmpfile.VirtAddr) (SwitchedOut, error) {
	const bp, ip, size = 0x30, 0x38, 0x40
	if k.DebuggerData == nil || k.machine != dmpfile.MachineAMD64 {
		return SwitchedOut{}, ErrUnknownLayout
	}
	off, ok := k.DebuggerData.offsetKThreadKernelStack()
	if !ok {
		return SwitchedOut{}, ErrUnknownLayout
	}
	t := k.structureAt(thread)
	at, err := t.pointer(off)
	if err != nil {
		return SwitchedOut{}, err
	}
	limit, top := k.stackOf(t)
	if at%8 != 0 || at < limit || at >= top || top-at < size {
		return SwitchedOut{}, ErrNotThere
	}
	s := SwitchedOut{At: at, SP: at + size, Limit: limit, Top: top}
	frame := k.structureAt(at)
	if s.IP, err = frame.pointer(ip); err != nil {
		return SwitchedOut{}, err
	}
	s.BP, err = frame.pointer(bp)
	base, known := k.Base()
	if known && (s.IP < base || s.IP-base >= maxRange*dmpfile.PageSize) {
		return SwitchedOut{}, ErrNotThere
	}
	return s, err
}
