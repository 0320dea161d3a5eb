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

// objectType is the type of a dispatcher header, without the bit that is set while the object is locked (KOBJECT_LOCK_BIT).
func objectType(b byte) byte { return b &^ 0x80 }

// IsProcess and IsThread say whether a copy of an object begins as a process or a thread does.
func IsProcess(b []byte) bool { return len(b) > 0 && objectType(b[0]) == dispatcherProcess }
func IsThread(b []byte) bool  { return len(b) > 0 && objectType(b[0]) == dispatcherThread }

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
	s := k.structureAt(links)
	at := func(off int) dmpfile.VirtAddr { return links + dmpfile.VirtAddr(off) }
	if l.start != 0 {
		head, err := readAll(k, at(l.start), 1)
		if err != nil {
			return Process{}, err
		}
		if objectType(head[0]) != dispatcherProcess {
			return Process{}, ErrNotThere
		}
	}
	p, err := s.process(-k.pointerSize(), l.name)
	if err != nil || k.space == nil {
		return p, err
	}
	if l.start != 0 {
		p.Address = at(l.start)
	}
	if l.parent != 0 {
		if parent, err := s.pointer(l.parent); err == nil && isID(uint64(parent)) {
			p.ParentID = new(uint64(parent))
		}
	}
	if l.created != 0 {
		v, err := s.u64(l.created)
		if t, ok := bin.Filetime(v); err == nil && ok && k.sinceBoot(t) {
			p.Created = t
		}
	}
	if l.table != 0 {
		if table, err := s.pointer(l.table); err == nil {
			p.DirectoryTableBase = dmpfile.PhysAddr(table)
		}
	}
	return p, nil
}

// process reads what identifies a process, whose id and name are at these offsets.
func (s structure) process(id, name int) (Process, error) {
	n, err := s.pointer(id)
	if err != nil {
		return Process{}, err
	}
	image, err := s.bytes(name, imageNameSize)
	if err != nil {
		return Process{}, err
	}
	p := Process{Name: bin.ASCIIZ(image), ID: uint64(n)}
	if !isID(p.ID) || !printable(p.Name) {
		return Process{}, ErrNotThere
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
