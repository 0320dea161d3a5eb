package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

var streamsVerb = &verb{
	name: "streams", args: "[flags] FILE", short: "list or extract the secondary data of a dump",
	long: `
List the tagged blobs of secondary data: what Windows and drivers added to the
dump, each with its GUID, what is known of its owner, and where it stands. With
--extract, write the data of one of them to a file.

A GUID can stand in a dump more than once: name such a stream by its number.`,
	examples: `  dmplens streams MEMORY.DMP
  dmplens streams MEMORY.DMP --extract 3 --output smbios.bin
  dmplens streams MEMORY.DMP --extract bc5c008f-1e3a-44d7-988d-86f6884c6758 --output - > smbios.bin
`,
	run: runStreams,
}

func runStreams(c *command, args []string) (int, error) {
	asJSON := c.flags.Bool("json", false, "write the list as an indented JSON object")
	extract := c.flags.String("extract", "", "`WHICH` stream to write: its number, or its GUID")
	output := c.flags.String("output", "", "write it to this new `FILE`; - is standard output")
	style, name, err := c.oneFile(args)
	switch {
	case err != nil:
		return exitUnusable, err
	case (*extract == "") != (*output == ""):
		return exitUnusable, c.usageError("--extract and --output go together")
	case *extract != "":
		return exitOK, extractStream(name, *extract, *output, c.stdout)
	}
	r, err := (&analyze.Analyzer{ToolVersion: version, Depth: report.DepthHeader}).File(name)
	if err != nil {
		return exitUnusable, notFound(name, err)
	}
	if *asJSON {
		return exitOf(r), record.JSON(c.stdout, &report.Report{
			SchemaVersion: r.SchemaVersion, ToolVersion: r.ToolVersion, Depth: r.Depth, Error: r.Error, File: r.File,
			Dump: r.Dump, Sizes: r.Sizes, Streams: r.Streams, Verdict: r.Verdict, Findings: r.Findings,
		})
	}
	return exitOf(r), text.Write(c.stdout, page.Streams(r), style)
}

// extractStream copies the data of one stream. It never writes over an existing file, which could be the dump itself.
func extractStream(name, which, output string, stdout io.Writer) error {
	f, err := dmpfile.Open(name)
	var other *dmpfile.NotDumpError
	if errors.As(err, &other) {
		return fmt.Errorf("%s: %w", name, err) // the other errors name the file
	}
	if err != nil {
		return err
	}
	defer f.Close()
	s, err := chooseStream(f.Secondary().Streams, which)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	data := io.NewSectionReader(f, s.Offset, s.Size)
	if output == "-" {
		_, err = io.Copy(stdout, data)
		return err
	}
	out, err := os.OpenFile(output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, data)
	if err = errors.Join(err, out.Close()); err != nil {
		os.Remove(output) // half of a stream would look like all of it
	}
	return err
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
