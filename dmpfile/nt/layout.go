package nt

import (
	"bytes"
	"errors"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// processLayout holds offsets in an EPROCESS from its links in the list of processes, ahead of which its id stands in all kernels.
// The first is always known, an unknown other one is 0.
type processLayout struct {
	name    int // 15 bytes
	start   int // of the EPROCESS: negative
	created int // a FILETIME
	parent  int // a pointer-sized number
	table   int // DirectoryTableBase
}

// systemID is the id of the process System, which heads the list.
const systemID = 4

// layout finds the layout of an EPROCESS. The table by build gives it where there is a row, and the process System must not contradict
// it. Of other kernels the process System, whose id and name are known, shows where those are, and the other processes confirm it.
// The error is ErrUnknownLayout, ErrLimit, or says why the process System cannot be read.
func (k *Kernel) layout() (*processLayout, error) {
	if k.process != nil {
		return k.process, nil
	}
	row := rowFor(k.machine, k.build(), k.DebuggerData)
	if row == nil && k.space == nil {
		return nil, ErrUnknownLayout
	}
	head, _ := k.file.PsActiveProcessHead()
	system, _, err := k.links(head)
	switch {
	case errors.Is(err, ErrLimit):
		return nil, ErrLimit
	case err == nil && system == head:
		return nil, ErrNotThere
	case row == nil && err != nil:
		return nil, err
	case row == nil:
		k.process, err = k.calibrate(head, system)
		return k.process, err
	}
	l := layoutOfRow(row, k.file.Bits)
	if err == nil {
		p, err := k.processOf(system, l)
		switch {
		case errors.Is(err, ErrLimit):
			return nil, ErrLimit
		case err == nil && (p.ID != systemID || p.Name != "System"), errors.Is(err, ErrNotThere):
			k.process, err = k.calibrate(head, system)
			return k.process, err
		}
	} else if k.DebuggerData == nil {
		return nil, err // a build number alone is no proof of a layout
	}
	k.process = l
	return l, nil
}

func layoutOfRow(r *buildRow, bits int) *processLayout {
	links := r.uniqueProcessID + bits/8
	const directoryTableBase = 0x28 // in the KPROCESS of every 64-bit kernel
	return &processLayout{
		name: r.imageFileName - links, start: -links, created: r.createTime - links, parent: r.parentCID - links, table: directoryTableBase - links,
	}
}

// Where calibrate looks for fields, in bytes before and after the links.
const (
	searchBefore = 0x80
	searchAfter  = 0x400
)

// calibrate finds the layout from the processes themselves.
func (k *Kernel) calibrate(head, system dmpfile.VirtAddr) (*processLayout, error) {
	around, err := readAll(k, system-searchBefore, searchBefore+searchAfter)
	if err != nil {
		return nil, err
	}
	id, _ := bin.Pointer(around, searchBefore-k.pointerSize(), k.file.Bits)
	name := append([]byte("System"), make([]byte, 9)...)
	at := bytes.Index(around[searchBefore:], name)
	if id != systemID || at < 0 || bytes.Contains(around[searchBefore+at+1:], name) {
		return nil, ErrUnknownLayout
	}
	l := &processLayout{name: at}

	// Other processes have to have a name at that place too, and processes are listed in the order in which they were created.
	const sample = 8
	var others [][]byte
	err = k.walk("PsActiveProcessHead", head, func(links dmpfile.VirtAddr) error {
		b, err := readAll(k, links-searchBefore, searchBefore+searchAfter)
		if err != nil {
			return err
		}
		if others = append(others, b); len(others) == sample {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, ErrLimit) {
		return nil, ErrLimit
	}
	for _, b := range others {
		id, _ := bin.Pointer(b, searchBefore-k.pointerSize(), k.file.Bits)
		if !printable(bin.ASCIIZ(b[searchBefore+at:][:imageNameSize])) || id%4 != 0 || id >= 1<<32 {
			return nil, ErrUnknownLayout
		}
	}
	if len(others) < 2 {
		return nil, ErrUnknownLayout
	}
	l.created = k.createTimeOffset(others)
	l.start = k.processStart(system)
	if d := k.DebuggerData; d != nil && l.start != 0 {
		if off, ok := d.offsetEprocessParent(); ok {
			l.parent = l.start + off
		}
		if off, ok := d.offsetEprocessDirectory(); ok {
			l.table = l.start + off
		}
	}
	return l, nil
}

var errEnough = errors.New("enough")

// createTimeOffset finds the one field that holds a time between boot and capture in all processes, ascending but for the first ones,
// which are created while the clock is being set; 0 where there is none.
func (k *Kernel) createTimeOffset(processes [][]byte) int {
	found := 0
	for off := 0; off+8 <= searchBefore+searchAfter; off += 8 {
		var last time.Time
		good := true
		for _, b := range processes {
			v, _ := bin.U64(b, off)
			t, ok := bin.Filetime(v)
			if good = ok && !t.Before(last.Add(-bootSlack)) && k.sinceBoot(t); !good {
				break
			}
			last = t
		}
		switch {
		case good && found != 0:
			return 0
		case good:
			found = off - searchBefore
		}
	}
	return found
}

// bootSlack is how much the clock may have been set since the boot.
const bootSlack = 100 * time.Second

// sinceBoot says whether a time lies between the boot and the capture of the dump. Without these, nothing does.
func (k *Kernel) sinceBoot(t time.Time) bool {
	captured, ok1 := k.file.SystemTime()
	up, ok2 := k.file.SystemUpTime()
	return ok1 && ok2 && !t.After(captured.Add(bootSlack)) && !t.Before(captured.Add(-up-bootSlack))
}

// processStart finds where the EPROCESS of System starts, as the distance from its links; 0 where that is not known. An idle thread
// is attached to System, so that some processor's current or idle thread names it.
func (k *Kernel) processStart(system dmpfile.VirtAddr) int {
	d := k.DebuggerData
	if d == nil {
		return 0
	}
	size, ok1 := d.sizeEProcess()
	attached, ok2 := d.offsetKThreadApcProcess()
	idle, ok3 := d.offsetPrcbIdleThread()
	current, ok4 := d.offsetPrcbCurrentThread()
	if !ok1 || !ok2 || !ok4 {
		return 0
	}
	if !ok3 {
		idle = current
	}
	count, _ := k.file.NumberProcessors()
	for n := range min(count, maxProcessors) {
		prcb, err := k.prcb(n)
		if err != nil {
			return 0
		}
		for _, off := range []int{idle, current} {
			thread, err := k.structureAt(prcb).pointer(off)
			if err != nil {
				continue
			}
			p, err := k.structureAt(thread).pointer(attached)
			if err != nil || p >= system || system-p > dmpfile.VirtAddr(size) {
				continue
			}
			if head, err := readAll(k, p, 1); err == nil && objectType(head[0]) == dispatcherProcess {
				return -int(system - p)
			}
		}
	}
	return 0
}
