package paging

import (
	"errors"
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
)

// ErrEnd says that a read would go on behind the last address there is.
var ErrEnd = errors.New("the address space ends here")

// NotCanonicalError says that an address is none in this mode: its upper bits do not repeat the highest one that counts, or it has
// more than 32 bits on x86.
type NotCanonicalError struct {
	Address dmpfile.VirtAddr
}

func (e *NotCanonicalError) Error() string {
	return fmt.Sprintf("%#x is not a canonical address", uint64(e.Address))
}

// NotMappedError says that the page tables map nothing at an address.
type NotMappedError struct {
	Address dmpfile.VirtAddr
	Level   int    // of the entry that is not valid
	Entry   uint64 // usually 0
}

func (e *NotMappedError) Error() string {
	return fmt.Sprintf("%#x is not mapped: the entry at level %d is %#x", uint64(e.Address), e.Level, e.Entry)
}

// Place is where Windows has the content of a page that is not in memory.
type Place int

// Places of a page.
const (
	PageFile   Place = iota // in a page file, or in the compressed store that poses as one
	DemandZero              // nowhere: it was never touched, and would be zero
	Prototype               // unknown: the prototype that says it is not in the dump or described by a VAD
	MappedFile              // in the file that is mapped here
)

// PagedOutError says that Windows knows a page, but that it is not in memory.
type PagedOutError struct {
	Address   dmpfile.VirtAddr
	Level     int    // 1: the page itself is out; else the page table at Level - 1
	Entry     uint64 // as it stands in the page table, or in the prototype
	Place     Place
	File      int              // Place PageFile: number of the page file
	Offset    uint64           // Place PageFile: in that file, in pages
	Prototype dmpfile.VirtAddr // of the prototype entry; 0 where there is none, or its address is not known
	Err       error            // Place Prototype: why the prototype could not be read; nil where nothing says where it is
}

func (e *PagedOutError) Error() string {
	what := "the page at"
	if e.Level > 1 {
		what = fmt.Sprintf("the page table of level %d for", e.Level-1)
	}
	what += fmt.Sprintf(" %#x is not in memory: ", uint64(e.Address))
	switch e.Place {
	case PageFile:
		return what + fmt.Sprintf("it is in page file %d at page %#x", e.File, e.Offset)
	case DemandZero:
		return what + "it was never touched, and would be zero"
	case MappedFile:
		return what + "it is in the file that is mapped there"
	}
	if e.Err != nil {
		return what + fmt.Sprintf("its prototype entry at %#x cannot be read: %v", uint64(e.Prototype), e.Err)
	}
	return what + "its prototype entry is not known"
}

func (e *PagedOutError) Unwrap() error { return e.Err }

// TableError says that a page table cannot be read. Err is a *dmpfile.PageMissingError where it is not in the dump.
type TableError struct {
	Address  dmpfile.VirtAddr // that was to be translated
	Level    int              // of the table
	Physical dmpfile.PhysAddr // of the entry
	Err      error
}

func (e *TableError) Error() string {
	return fmt.Sprintf("the page table of level %d for %#x cannot be read: %v", e.Level, uint64(e.Address), e.Err)
}

func (e *TableError) Unwrap() error { return e.Err }

// NotInDumpError says that an address is mapped, but that the page there is not in the dump.
type NotInDumpError struct {
	Address  dmpfile.VirtAddr // of the first byte that is missing
	Physical dmpfile.PhysAddr // of the same byte
	Err      error            // a *dmpfile.PageMissingError
}

func (e *NotInDumpError) Error() string {
	return fmt.Sprintf("the memory at %#x (physical address %#x) is not in this dump", uint64(e.Address), uint64(e.Physical))
}

// Unwrap returns what a triage dump says of such an address, a *dmpfile.NotInDumpError, and Err.
func (e *NotInDumpError) Unwrap() []error {
	return []error{&dmpfile.NotInDumpError{Address: e.Address}, e.Err}
}

// PartialError says that a read ended early, but not at once.
type PartialError struct {
	Address dmpfile.VirtAddr // where the read began
	Read    int              // bytes that were read
	Want    int              // bytes that were asked for
	Err     error            // why there are no more: another error of this package, ErrEnd, or one of reading the file
}

func (e *PartialError) Error() string {
	return fmt.Sprintf("only %d of %d bytes at %#x: %v", e.Read, e.Want, uint64(e.Address), e.Err)
}

func (e *PartialError) Unwrap() error { return e.Err }
