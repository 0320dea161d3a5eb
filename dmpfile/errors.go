package dmpfile

import "fmt"

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
