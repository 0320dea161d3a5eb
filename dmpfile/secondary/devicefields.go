package secondary

import (
	"fmt"
	"strconv"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// le reads little-endian numbers out of the bytes of a stream. A number that is not there is 0: who has to know asks has first.
type le []byte

func (b le) has(off, n int) bool { _, ok := bin.Slice(b, off, n); return ok }

func (b le) u8(off int) uint8 {
	if !b.has(off, 1) {
		return 0
	}
	return b[off]
}

func (b le) u16(off int) uint16 { v, _ := bin.U16(b, off); return v }
func (b le) u32(off int) uint32 { v, _ := bin.U32(b, off); return v }
func (b le) u64(off int) uint64 { v, _ := bin.U64(b, off); return v }

// upTo returns n bytes at off, or what there is of them.
func (b le) upTo(off, n int) []byte {
	if off < 0 || n <= 0 || off >= len(b) {
		return nil
	}
	return b[off : off+min(n, len(b)-off) : off+min(n, len(b)-off)]
}

// stopped says that a stream is not understood from an offset on.
func stopped(off int, what string, value any) error {
	return &dmpfile.FormatError{Offset: int64(off), What: what, Value: value}
}

// theDriversOwn is what follows the part of a stream that is understood.
const theDriversOwn = "what follows is in a form of the driver's own: its size in bytes"

// readTo returns what was decoded of a stream with n bytes: all of it, or the error that says from where on it is not known.
func readTo[T any](v T, n int, b []byte) (T, int, error) {
	if n >= len(b) {
		return v, len(b), nil
	}
	return v, n, stopped(n, theDriversOwn, len(b)-n)
}

func textField(name, v string) Field { return Field{Name: name, Value: v} }

// addText appends a field where there is a text.
func addText(f []Field, name, v string) []Field {
	if v == "" {
		return f
	}
	return append(f, Field{Name: name, Value: v})
}

func countField(name string, v uint64) Field {
	return Field{Name: name, Value: strconv.FormatUint(v, 10)}
}

func hexField(name string, v uint64) Field { return Field{Name: name, Value: fmt.Sprintf("%#x", v)} }

// addHex appends a field where the value is not zero.
func addHex(f []Field, name string, v uint64) []Field {
	if v == 0 {
		return f
	}
	return append(f, hexField(name, v))
}

// addressField is a kernel address.
func addressField(name string, v dmpfile.VirtAddr) Field {
	return Field{Name: name, Value: fmt.Sprintf("%016x", uint64(v))}
}

// pciID is a pair of identifiers as lists of devices have it.
func pciID(vendor, device uint16) string { return fmt.Sprintf("%04x:%04x", vendor, device) }

// fileTime is a FILETIME as RFC 3339 has it, "" where it is none.
func fileTime(v uint64) string {
	t, ok := bin.Filetime(v)
	if !ok {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}
