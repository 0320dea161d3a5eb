package dmpfile

import (
	"errors"
	"fmt"
)

// ErrPagesUnknown says that nothing in the file tells which pages of memory it holds: the sub-header is missing, impossible or
// encrypted. The findings of the File say which.
var ErrPagesUnknown = errors.New("the file does not say which pages of memory it holds")

// FormatError says where bytes of a dump contradict the format.
type FormatError struct {
	Offset int64  // in the file, in bytes
	What   string // what was found there
	Value  any    // its value
}

func (e *FormatError) Error() string {
	if v, ok := e.Value.(string); ok {
		return fmt.Sprintf("at %#x: %s: %q", e.Offset, e.What, v)
	}
	return fmt.Sprintf("at %#x: %s: %#x", e.Offset, e.What, e.Value)
}

// NotInDumpError says that no byte of the memory at an address is in the dump. That memory is absent, not zero.
type NotInDumpError struct {
	Address VirtAddr
}

func (e *NotInDumpError) Error() string {
	return fmt.Sprintf("the memory at %#x is not in this dump", uint64(e.Address))
}

// PageMissingError says that a byte of physical memory is not in the dump. That memory is absent, not zero.
type PageMissingError struct {
	Address   PhysAddr // of the first byte that is missing
	Read      int      // how many bytes were read before it
	Truncated bool     // the dump has the page by its own word, but the file ends before this byte
}

func (e *PageMissingError) Error() string {
	if e.Truncated {
		return fmt.Sprintf("the file is too short: it ends before the memory at physical address %#x", uint64(e.Address))
	}
	return fmt.Sprintf("the memory at physical address %#x is not in this dump", uint64(e.Address))
}
