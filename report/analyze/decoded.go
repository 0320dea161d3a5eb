package analyze

import (
	"errors"
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/secondary"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/personal"
)

// maxDecoded is how many bytes of a stream a decoder gets: more than it reads.
const maxDecoded = 16<<20 + 1

// streamBytes are the bytes of a stream that a decoder gets.
func (f *facts) streamBytes(s dmpfile.Stream) []byte {
	b := make([]byte, min(s.Size, maxDecoded))
	n, _ := f.ReadAt(b, s.Offset)
	return b[:n]
}

// maxFieldDepth is more than what any decoder nests its fields.
const maxFieldDepth = 8

// maxFields is how many fields of a stream a report has. Those of real dumps have some thousand.
const maxFields = 1 << 20

// Decoded is Streams with what a stream says, that a number or a GUID names, and no others; with "" what all say. The error says that there is no such
// stream.
func (d *Dump) Decoded(which string) (*report.Report, error) {
	rep := d.Streams()
	if d.other != nil {
		return rep, nil
	}
	streams := d.f.Secondary().Streams
	if which != "" {
		s, err := chooseStream(streams, which)
		if err != nil {
			return nil, err
		}
		streams, rep.Streams = streams[s.Index:s.Index+1], rep.Streams[s.Index:s.Index+1]
	}
	for i := range rep.Streams {
		rep.Streams[i].Decoded = d.facts.decoded(streams[i], d.a.Private)
	}
	return rep, nil
}

// decoded is what a stream says, with what of it is private where that was asked for.
func (f *facts) decoded(s dmpfile.Stream, private bool) *report.Decoded {
	if s.GUID == tagEvents {
		return &report.Decoded{Stopped: "its events are read by dmplens events"}
	}
	if !secondary.Known(s.GUID) {
		return &report.Decoded{Stopped: "no decoder knows it"}
	}
	v, n, err := secondary.Decode(s.GUID, f.streamBytes(s))
	r := &report.Decoded{Read: int64(n), Stopped: whyStopped(err)}
	if v != nil {
		t := fieldTree{into: r, private: private, left: maxFields}
		r.Fields = t.fields(v.Fields(), false, 0)
	}
	return r
}

// whyStopped says where reading stopped and why. A text that stood there can be anything, also what is private: it is left out.
func whyStopped(err error) string {
	var at *dmpfile.FormatError
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &at):
		return report.ValidUTF8(err.Error())
	}
	says := fmt.Sprintf("at %#x: %s", at.Offset, at.What)
	switch at.Value.(type) {
	case nil, string, []byte:
	default:
		says += fmt.Sprintf(": %#x", at.Value)
	}
	return report.ValidUTF8(says)
}

// fieldTree makes fields of a report.
type fieldTree struct {
	into    *report.Decoded
	private bool // keeps what is private
	left    int  // how many more fields there is room for
}

// fields are those of a group. What decoders do not mark as private is, where its form tells that it is.
func (t *fieldTree) fields(list []secondary.Field, private bool, depth int) (out []report.StreamField) {
	for i, x := range list {
		if t.left == 0 || depth > maxFieldDepth {
			t.into.Cut += countFields(list[i:])
			break
		}
		t.left--
		r := report.StreamField{Name: report.ValidUTF8(x.Name), Value: report.ValidUTF8(x.Value)}
		r.Private = private || x.Private || personal.Looks(x.Value)
		if personal.Looks(x.Name) {
			r.Private = true
			if !t.private {
				r.Name = "(private)"
			}
		}
		if r.Private && !t.private && r.Value != "" {
			r.Value = ""
			t.into.Hidden++
		}
		r.Fields = t.fields(x.Fields, private || x.Private, depth+1)
		out = append(out, r)
	}
	return out
}

// countFields counts fields with those that they have.
func countFields(list []secondary.Field) int {
	n := len(list)
	for _, x := range list {
		n += countFields(x.Fields)
	}
	return n
}
