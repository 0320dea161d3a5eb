package analyze

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// Streams reports on the secondary data: what of the header a reader needs, and the list of tagged blobs.
func (d *Dump) Streams() *report.Report {
	rep := d.begin()
	rep.Depth = report.DepthHeader
	if d.other != nil {
		return &report.Report{
			SchemaVersion: rep.SchemaVersion, ToolVersion: rep.ToolVersion, Depth: rep.Depth, Error: rep.Error, File: rep.File,
			Dump: rep.Dump, Sizes: rep.Sizes, Verdict: rep.Verdict,
		}
	}
	f := &d.facts
	f.read(d, report.DepthHeader, nt.Budget{})
	o := originOf(f)
	rep.Dump, rep.Origin, rep.Sizes, rep.Streams = f.dump(), f.origin(o), f.sizes(), f.streams()
	verdictOf(f, o).write(rep)
	return rep
}

// Stream returns the data of the tagged blob that a number or a GUID names. It reads the file of the dump, so it is valid until Reset or
// Close.
func (d *Dump) Stream(which string) (*io.SectionReader, error) {
	if d.other != nil {
		return nil, d.other
	}
	s, err := chooseStream(d.f.Secondary().Streams, which)
	if err != nil {
		return nil, err
	}
	return io.NewSectionReader(d.f, s.Offset, s.Size), nil
}

// chooseStream finds a stream by its number or GUID.
func chooseStream(streams []dmpfile.Stream, which string) (dmpfile.Stream, error) {
	if len(streams) == 0 {
		return dmpfile.Stream{}, errors.New("the dump has no streams")
	}
	if n, err := strconv.Atoi(which); err == nil {
		if n < 0 || n >= len(streams) {
			return dmpfile.Stream{}, fmt.Errorf("there is no stream %d: the numbers go from 0 to %d", n, len(streams)-1)
		}
		return streams[n], nil
	}
	guid, err := dmpfile.ParseGUID(which)
	if err != nil {
		return dmpfile.Stream{}, fmt.Errorf("%w, and no number of a stream", err)
	}
	var found []int
	for _, s := range streams {
		if s.GUID == guid {
			found = append(found, s.Index)
		}
	}
	switch len(found) {
	case 0:
		return dmpfile.Stream{}, fmt.Errorf("no stream has the GUID %s", guid)
	case 1:
		return streams[found[0]], nil
	}
	return dmpfile.Stream{}, fmt.Errorf("the streams %v have the GUID %s: name one by its number", found, guid)
}
