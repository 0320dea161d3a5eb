package nt

import (
	"errors"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// maxEntries is more entries than the lists of modules and processes have.
const maxEntries = 20_000

// walkEntries follows a list like walk, and goes on behind an entry that visit cannot read.
func (k *Kernel) walkEntries(list string, head dmpfile.VirtAddr, visit func(links dmpfile.VirtAddr) error) error {
	var bad *EntriesError
	err := k.walk(list, head, func(links dmpfile.VirtAddr) error {
		err := visit(links)
		switch {
		case errors.Is(err, ErrLimit):
			return err
		case err == nil:
		case bad == nil:
			bad = &EntriesError{list, 1, err}
		default:
			bad.Bad++
		}
		return nil
	})
	if err == nil && bad != nil {
		return bad
	}
	return err
}

// walk follows a doubly linked list from its head, and calls visit with the address of the links of each entry. Every entry has to
// point back to the one before, so that no list is followed in a circle. The error is a *ListError, or that of visit.
func (k *Kernel) walk(list string, head dmpfile.VirtAddr, visit func(links dmpfile.VirtAddr) error) error {
	at, back := head, dmpfile.VirtAddr(0)
	for n := range maxEntries {
		flink, blink, err := k.links(at)
		if err == nil && n > 0 && blink != back {
			err = ErrBackLink
		}
		if err != nil {
			return &ListError{list, n, at, err}
		}
		if n > 0 {
			if err := visit(at); err != nil {
				return err
			}
		}
		if flink == head {
			return nil
		}
		at, back = flink, at
	}
	return &ListError{list, maxEntries, at, ErrTooLong}
}

// links reads a LIST_ENTRY.
func (k *Kernel) links(a dmpfile.VirtAddr) (flink, blink dmpfile.VirtAddr, err error) {
	b, err := readAll(k, a, 2*k.pointerSize())
	if err != nil {
		return 0, 0, err
	}
	f, _ := bin.Pointer(b, 0, k.file.Bits)
	p, _ := bin.Pointer(b, k.pointerSize(), k.file.Bits)
	return dmpfile.VirtAddr(f), dmpfile.VirtAddr(p), nil
}
