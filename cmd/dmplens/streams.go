package main

import (
	"errors"
	"fmt"
	"io"
	"os"

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

A GUID can stand in a dump more than once: name such a stream by its number.

The list has nothing private in it. What --extract writes is raw data, which can
name persons, machines and networks: names of users, computers and wireless
networks, SIDs, addresses of network cards, serial numbers, product keys and
command lines. Look at it before you pass it on.`,
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
	}
	d, err := (&analyze.Analyzer{ToolVersion: version}).Open(analyze.File(name))
	if err != nil {
		return exitUnusable, notFound(name, err)
	}
	defer d.Close()
	if *extract != "" {
		return exitOK, extractStream(d, name, *extract, *output, c.stdout)
	}
	r := d.Streams()
	if *asJSON {
		r.Origin = nil // the list, and no more of the header than it needs
		return exitOf(r), record.JSON(c.stdout, r)
	}
	return exitOf(r), text.Write(c.stdout, page.Streams(r), style)
}

// extractStream copies the data of one stream. It never writes over an existing file, which could be the dump itself.
func extractStream(d *analyze.Dump, name, which, output string, stdout io.Writer) error {
	data, err := d.Stream(which)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
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
