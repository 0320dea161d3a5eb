package nt

import (
	"errors"
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
)

// Why there is nothing to be had.
var (
	// ErrNotThere says that memory is in the dump but does not hold the structure that was looked for.
	ErrNotThere = errors.New("what is there is no such structure")
	// ErrUnknownLayout says that the structure of this kernel or machine is not known, so that nothing was looked at.
	ErrUnknownLayout = errors.New("the layout of the structure is not known for this kernel")
	// ErrNoAddressSpace says that a dump has no virtual memory to read: it holds no pages, or its header does not say which page
	// tables the kernel used.
	ErrNoAddressSpace = errors.New("the dump does not say how its virtual memory is laid out")
	// ErrLimit says that a Kernel has read as many pages as its Budget allows.
	ErrLimit = errors.New("not looked for: as many pages were read as one look at a dump may take")
	// ErrBackLink says that an entry of a list does not point back to the one before it.
	ErrBackLink = errors.New("it does not point back to the entry before it")
	// ErrCircle says that a list comes back to one of its entries.
	ErrCircle = errors.New("it comes back to an entry before it")
	// ErrTooLong says that a list has more entries than any kernel's.
	ErrTooLong = errors.New("the list is longer than any real one")
)

// ListError says where a list of the kernel is broken, or goes on in memory that the dump does not have.
type ListError struct {
	List  string           // "PsLoadedModuleList"
	Entry int              // number of the entry, from 1; 0 is the head of the list
	At    dmpfile.VirtAddr // of the entry's links
	Err   error            // why: ErrBackLink, ErrTooLong, ErrLimit, or that of reading memory
}

func (e *ListError) Error() string {
	what := fmt.Sprintf("entry %d of %s at %#x", e.Entry, e.List, uint64(e.At))
	if e.Entry == 0 {
		what = fmt.Sprintf("%s at %#x", e.List, uint64(e.At))
	}
	return what + ": " + e.Err.Error()
}

func (e *ListError) Unwrap() error { return e.Err }

// EntriesError says that entries of a list that is sound make no sense, or are not in the dump.
type EntriesError struct {
	List string
	Bad  int   // so many
	Err  error // what is wrong with the first one
}

func (e *EntriesError) Error() string {
	if e.Bad == 1 {
		return fmt.Sprintf("an entry of %s cannot be read: %v", e.List, e.Err)
	}
	return fmt.Sprintf("%d entries of %s cannot be read, of the first one %v", e.Bad, e.List, e.Err)
}

func (e *EntriesError) Unwrap() error { return e.Err }
