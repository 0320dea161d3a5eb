package nt

import (
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Process is a process as its EPROCESS shows it.
type Process struct {
	Name string // the image's file name; Windows keeps 14 characters, so a name of 14 may be cut
	ID   uint64

	// The rest is set for dumps of pages only, as far as it is known.

	Address            dmpfile.VirtAddr // of the EPROCESS
	ParentID           *uint64          // of the process that created it, which may have ended
	Created            time.Time
	DirectoryTableBase dmpfile.PhysAddr // with flags in its low 12 bits
}

const (
	dispatcherProcess = 3  // the type of the dispatcher header that a process begins with
	dispatcherThread  = 6  // and a thread
	imageNameSize     = 15 // bytes of ImageFileName
)

// ProcessAt reads the process object at an address. The error is ErrUnknownLayout where the offsets for this kernel are not known.
func (k *Kernel) ProcessAt(a dmpfile.VirtAddr) (Process, error) {
	l, err := k.layout()
	switch {
	case err != nil:
		return Process{}, err
	case l.start == 0:
		return Process{}, ErrUnknownLayout
	}
	return k.processOf(a-dmpfile.VirtAddr(l.start), l)
}

// processOf reads the process with these links. What identifies it has to be there.
func (k *Kernel) processOf(links dmpfile.VirtAddr, l *processLayout) (Process, error) {
	at := func(off int) dmpfile.VirtAddr { return links + dmpfile.VirtAddr(off) }
	if l.start != 0 {
		head, err := readAll(k, at(l.start), 1)
		if err != nil {
			return Process{}, err
		}
		if head[0] != dispatcherProcess {
			return Process{}, ErrNotThere
		}
	}
	id, err := k.pointer(at(-k.pointerSize()))
	if err != nil {
		return Process{}, err
	}
	image, err := readAll(k, at(l.name), imageNameSize)
	if err != nil {
		return Process{}, err
	}
	p := Process{Name: bin.ASCIIZ(image), ID: uint64(id)}
	if p.ID%4 != 0 || p.ID >= 1<<32 || !printable(p.Name) {
		return Process{}, ErrNotThere
	}
	if k.space == nil {
		return p, nil
	}
	if l.start != 0 {
		p.Address = at(l.start)
	}
	if l.parent != 0 {
		if parent, err := k.pointer(at(l.parent)); err == nil && parent%4 == 0 && parent < 1<<32 {
			p.ParentID = new(uint64(parent))
		}
	}
	if l.created != 0 {
		v, err := k.u64(at(l.created))
		if t, ok := bin.Filetime(v); err == nil && ok && k.sinceBoot(t) {
			p.Created = t
		}
	}
	if l.table != 0 {
		if table, err := k.pointer(at(l.table)); err == nil {
			p.DirectoryTableBase = dmpfile.PhysAddr(table)
		}
	}
	return p, nil
}

// Processes returns the processes in the order in which they were created. Where the list is broken or goes on in memory that the
// dump does not have, it returns those before that and a *ListError; processes that cannot be read are left out, with an *EntriesError.
// Other errors are those of ProcessAt.
func (k *Kernel) Processes() ([]Process, error) {
	head, ok := k.file.PsActiveProcessHead()
	if !ok {
		return nil, ErrNotThere
	}
	l, err := k.layout()
	if err != nil {
		return nil, err
	}
	var list []Process
	err = k.walkEntries("PsActiveProcessHead", head, func(links dmpfile.VirtAddr) error {
		p, err := k.processOf(links, l)
		if err == nil {
			list = append(list, p)
		}
		return err
	})
	return list, err
}
