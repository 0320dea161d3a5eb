// Package secondary decodes the tagged streams of a dump's secondary data: what Windows and drivers added to it of the machine. One file has one stream.
//
// Layouts that Microsoft or a standard documents are named with their source; the others were worked out on real dumps, and a decoder says where the
// bytes stop being what it knows. Serial numbers, product keys, and names of persons, computers and networks are marked as private.
package secondary

import (
	"errors"

	"github.com/dmplens/dmplens/dmpfile"
)

// Value is what a stream says: a struct of its own for each kind.
type Value interface {
	// Fields is all of it, for people and programs.
	Fields() []Field
}

// Field is a named value of a stream, or a group of them.
type Field struct {
	Name    string
	Value   string
	Private bool    // it can name a person, a machine or a network
	Fields  []Field // of a group, which has no value of its own, or of what the value names
}

// ErrUnknown says that no decoder knows a tag.
var ErrUnknown = errors.New("no decoder knows the tag of this stream")

// maxStream bounds what is decoded of one stream, in bytes. Real ones are below 1 MiB, but for the event trace buffers, which package etw reads.
const maxStream = 16 << 20

// decode reads a stream. n is how many bytes of it are understood; the error says where it stopped, and the value has what came before.
type decode func(b []byte) (v Value, n int, err error)

// decoders are those that there are, by tag.
var decoders = map[string]decode{
	// Each file of this package adds a line here.
}

// Known says whether a stream with this tag can be decoded.
func Known(tag dmpfile.GUID) bool { return decoders[tag.String()] != nil }

// Decode decodes the data of a stream by its tag. n is how many bytes of b are understood, which is all of them where there is no error. The error is a
// *dmpfile.FormatError with the offset in the stream at which it stopped, and the value, if it is not nil, has what came before; or it is ErrUnknown.
func Decode(tag dmpfile.GUID, b []byte) (v Value, n int, err error) {
	d := decoders[tag.String()]
	if d == nil {
		return nil, 0, ErrUnknown
	}
	if len(b) > maxStream {
		v, n, err = d(b[:maxStream])
		if err == nil {
			err = &dmpfile.FormatError{Offset: maxStream, What: "a stream of so many bytes is not read beyond here", Value: len(b)}
		}
		return v, n, err
	}
	return d(b)
}
