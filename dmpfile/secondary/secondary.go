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
	"9276c055-eb87-425c-b8b5-04e4d247f6cd": as(ReadPCI),
	"da82441d-7142-4bc1-b844-0807c5a4b67f": as(ReadStorage),
	"270a33fd-3da6-460d-ba89-3c1bae21e39b": as(ReadDisplay),
	"f87e4a4c-c5a1-4d2f-bff0-d5de63a5e4c3": as(ReadWDF),
	"54c84888-01d1-4c1e-bed6-282c98241303": as(ReadKMDF),
	"2b4ae195-a64d-4f04-8ede-7e4f981bd42a": as(ReadTriageData),
	"0d910545-e694-4b15-870c-01625fb32a6f": as(ReadSections),
	"fe96ddbf-850d-4c4a-a7bf-c686be526047": as(ReadBlamed),
	"d6d379dc-c699-43e9-8c5e-f5fd8dd65780": as(ReadStorePage),
	"5545f79e-5326-4467-ae69-81633ae33155": as(ReadPowerWatchdog),
	"65755a40-f146-43ea-8c91-36b85728fd35": as(ReadCrashDump),
	"bf2297dc-34ba-11dc-868a-e19155d89593": as(ReadNVIDIA),
	"35c39fc3-116d-4fb1-9bd1-d9988b4c3adf": as(ReadAMD),
	"a5d4cd4e-c8ea-4f88-9e21-a73170a76a06": as(ReadAMD),
	"019c061a-6b6a-4dd6-ba34-b4738d85fca1": as(ReadAMDRing),
	"d00ce1f5-d60c-41c2-af75-a4370c9976a3": as(ReadIntelGraphics),
	"41c9ed64-e466-41c3-9726-b1a68f6ebb1c": as(ReadIntelWiFi),
	"6752c89d-f789-48b8-a354-b868a3e6f989": as(ReadIntelBluetooth),
	"10ec8168-313c-488c-afea-272cd2094616": as(ReadRealtek),
	"21ba7b61-05f8-41f1-9048-c09493dcfe38": as(ReadWPP),
	"21ba7b61-05f9-41f1-9048-c09493dcfe38": as(ReadWPP),
	"335d5e04-5638-4e58-aa36-7ed1cfe76fd6": as(ReadWPP),
	"335d5e04-563a-4e58-aa36-7ed1cfe76fd6": as(ReadWPP),
	"335d5e04-563b-4e58-aa36-7ed1cfe76fd6": as(ReadWPP),
	"0f81ec00-9e50-48e6-b899-eb3bbeede741": as(ReadWPP),
	"0f81ec00-9e51-48e6-b899-eb3bbeede741": as(ReadWPP),
	"0f81ec00-9e52-48e6-b899-eb3bbeede741": as(ReadWPP),
	"0f81ec00-9e56-48e6-b899-eb3bbeede741": as(ReadWPP),
	"67fc721a-2852-4f62-a3b1-2afc53953777": as(ReadWPP),
	"67fc721a-2853-4f62-a3b1-2afc53953777": as(ReadWPP),
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
func as[T any, P interface {
	*T
	Value
}](read func(b []byte) (P, int, error)) decode {
	return func(b []byte) (Value, int, error) {
		v, n, err := read(b)
		if v == nil {
			return nil, n, err
		}
		return v, n, err
	}
}
