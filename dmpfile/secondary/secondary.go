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
	"bc5c008f-1e3a-44d7-988d-86f6884c6758": as(ReadSMBIOS),
	"d03dc06f-d88e-44c5-ba2a-fae035172d19": as(ReadRegisters),
	"6c7ac389-4313-47dc-9f34-a8800a0fb56c": as(ReadRegistry),
	"e83b40d2-b0a0-4842-abea-71c9e3463dd1": as(ReadACPI),
	"f57308df-cc45-4e01-ad76-29a4ebb010ec": as(ReadBootStatus),
	"80cc79cf-a719-4af1-bf97-fe29ff76ebc1": as(ReadWinlogon),
	"b7631941-532a-4cd6-b1b1-edb5917d4557": as(ReadPnP),
	"4ee76bd8-3cf4-44a0-a0ac-3937643e37a3": as(ReadCodeIntegrity),
	"be84d651-a550-4367-8e63-ab792b631f94": as(ReadCrashedProcess),
	"00afe9c4-940d-4213-8016-cd3719b5bc20": as(ReadNTFS),
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

// as gives a reader of one kind of value the type of the table.
func as[T Value](read func(b []byte) (T, int, error)) decode {
	return func(b []byte) (Value, int, error) { return read(b) }
}
