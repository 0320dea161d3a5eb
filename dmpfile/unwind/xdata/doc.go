// Package xdata reads the unwind data of PE images (.pdata and .xdata), and finds by it what called a function: one frame at a time, from
// an image in a file or in the memory of a dumped machine.
//
// An entry of the exception directory (.pdata) is a [Function]. It leads to the codes (.xdata) that say what the prologue of the function
// did to the stack and to registers. Undoing these gives the caller. A function without an entry is a leaf: it changes neither.
//
// Nothing is guessed. Where data is of a version that is not known, needs a register whose value is not known, or lies in memory that
// cannot be had, there is no caller but an error. Bytes that contradict the format are a *[dmpfile.FormatError]; its Offset is an RVA.
// A register that was saved where the memory has no bytes is no error: its value is not known in the caller.
//
// Sources of the format facts: Microsoft's "x64 exception handling" and "ARM64 exception handling", the SDK header winnt.h, and for
// version 2 on amd64, which none of these has, LLVM and Wine. For frames of traps on arm64, and where parameters are stored, which these do
// not have either: the WDK header ksarm64.h, and the unwinder of .NET.
package xdata

import (
	"errors"
	"io"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

var (
	// ErrVersion says that unwind data is of a version that is not known.
	ErrVersion = errors.New("unwind data of a version that is not known")
	// ErrRegister says that unwinding needs a register whose value is not known.
	ErrRegister = errors.New("unwinding needs a register whose value is not known")
	// ErrLeaf says that an address which a call returns to lies in no function that can have called: none has unwind data there.
	ErrLeaf = errors.New("no function that calls others is there by the unwind data")
)

// Function is an entry of an exception directory. It need not be all of a function: its other parts have entries of their own.
type Function struct {
	Begin, End uint32 // RVAs; End is exclusive
	Unwind     uint32 // its last field: the RVA of its unwind data, that itself where it is packed, or the RVA of another entry and 1
}

// Caller is what called a function of amd64, or what was interrupted there.
type Caller struct {
	IP        dmpfile.VirtAddr
	Slot      dmpfile.VirtAddr // where IP stood on the stack; a machine frame begins with it, above its error code
	Registers insn.Registers   // with rsp; those that calls do not keep are known only where they were saved for a machine frame
	Machine   bool             // IP and rsp are of a machine frame: the function was entered by an interrupt, not called
}

// read fills p from an RVA on, or is an error. A place outside the image is one that its unwind data names wrongly.
func read(im *pe.Image, what string, p []byte, rva uint32) error {
	n, err := im.ReadAt(p, int64(rva))
	switch {
	case n == len(p):
		return nil
	case err == io.EOF:
		return &dmpfile.FormatError{Offset: int64(rva), What: what + " runs past the end of the image, which has a size of", Value: im.Size()}
	}
	return err
}
