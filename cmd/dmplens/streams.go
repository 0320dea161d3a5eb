package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

var streamsVerb = &verb{
	name: "streams", args: "[flags] FILE", short: "list, decode or extract the secondary data of a dump",
	long: `
List the tagged blobs of secondary data: what Windows and drivers added to the
dump, each with its GUID, what is known of its owner, and where it stands. With
--decode, show what they say: names and values, and where the bytes stop being
what dmplens knows. Events in them are shown by dmplens events. With --extract,
write the data of one of them to a file.

A GUID can stand in a dump more than once: name such a stream by its number.

The list has nothing private in it, and --decode leaves out what can name a
person, a machine or a network, unless --show-private asks for it. What --extract
writes is raw data, which can have names of users, computers and wireless
networks, SIDs, addresses of network cards, serial numbers, product keys and
command lines. Look at it before you pass it on.`,
	examples: `  dmplens streams MEMORY.DMP
  dmplens streams MEMORY.DMP --decode
  dmplens streams MEMORY.DMP --decode 3
  dmplens streams MEMORY.DMP --extract 3 --output smbios.bin
  dmplens streams MEMORY.DMP --extract 0 --output - > smbios.bin
`,
	run: runStreams,
}

func runStreams(c *command, args []string) (int, error) {
	asJSON := c.flags.Bool("json", false, "write the list as an indented JSON object")
	decode := c.flags.String("decode", "", "show what all streams say, or the one that `[WHICH]` names by its number or GUID")
	c.flags.Lookup("decode").NoOptDefVal = decodeAll
	a := analyze.Analyzer{ToolVersion: version}
	c.privateFlag(&a.Private)
	extract := c.flags.String("extract", "", "`WHICH` stream to write: its number, or its GUID")
	c.memoryFlag()
	words, style, err := c.parseText(args)
	if err != nil {
		return exitUnusable, err
	}
	if *decode == decodeAll && len(words) == 2 { // --decode 3
		i := slices.IndexFunc(words, isStream)
		if i < 0 {
			return exitUnusable, c.usageError("--decode: neither %q nor %q is the number or the GUID of a stream", words[0], words[1])
		}
		*decode = words[i]
		words = slices.Delete(words, i, i+1)
	}
	switch {
	case len(words) != 1:
		return exitUnusable, c.usageError("name one file")
	case *decode != "" && *extract != "":
		return exitUnusable, c.usageError("choose one of --decode and --extract")
	case *decode == "" && a.Private:
		return exitUnusable, c.usageError("--show-private goes with --decode")
	case *extract != "" && !c.flags.Changed("output"):
		return exitUnusable, c.usageError("--extract needs --output: the data are bytes, no text")
	}
	name := words[0]
	d, err := c.open(&a, name)
	if err != nil {
		return exitUnusable, err
	}
	defer d.Close()
	if *extract != "" {
		return exitOK, extractStream(c.stdout, d.Dump, name, *extract)
	}
	r, show := d.Streams(), page.Streams
	if *decode != "" {
		if r, err = d.Decoded(strings.TrimPrefix(*decode, decodeAll)); err != nil {
			return exitUnusable, fmt.Errorf("%s: %w", name, err)
		}
		show = page.Decoded
	}
	d.note(r)
	if *asJSON {
		r.Origin = nil // the list, and no more of the header than it needs
		return exitOf(r), record.JSON(c.stdout, r)
	}
	return exitOf(r), text.Write(c.stdout, show(r), style)
}

// decodeAll is --decode without a stream.
const decodeAll = "all"

// isStream says whether a word is the number or the GUID of a stream.
func isStream(word string) bool {
	_, notNumber := strconv.Atoi(word)
	_, notGUID := dmpfile.ParseGUID(word)
	return notNumber == nil || notGUID == nil
}

// extractStream copies the data of one stream.
func extractStream(w io.Writer, d *analyze.Dump, name, which string) error {
	data, err := d.Stream(which)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	_, err = io.Copy(w, data)
	return err
}
