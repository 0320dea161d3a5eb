package nt

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// dispatcherProcess is the type of the dispatcher header that a process begins with.
const dispatcherProcess = 3

// ProcessAt reads the process object at an address. The error is ErrUnknownLayout where the offsets for this kernel are not known.
func (t *Triage) ProcessAt(f *dmpfile.File, a dmpfile.VirtAddr) (Process, error) {
	machine, _ := f.Machine()
	build, _ := f.MinorVersion()
	row := rowFor(machine, build, t.DebuggerData)
	if row == nil {
		return Process{}, ErrUnknownLayout
	}
	head, err := readAll(f.Triage, a, 1)
	if err != nil {
		return Process{}, err
	}
	if head[0] != dispatcherProcess {
		return Process{}, ErrNotThere
	}
	id, err := readAll(f.Triage, a+dmpfile.VirtAddr(row.uniqueProcessID), f.Bits/8)
	if err != nil {
		return Process{}, err
	}
	image, err := readAll(f.Triage, a+dmpfile.VirtAddr(row.imageFileName), 15)
	if err != nil {
		return Process{}, err
	}
	p := Process{Name: bin.ASCIIZ(image)}
	p.ID, _ = bin.Pointer(id, 0, f.Bits)
	if p.ID%4 != 0 || p.ID >= 1<<32 || !printable(p.Name) {
		return Process{}, ErrNotThere
	}
	return p, nil
}
