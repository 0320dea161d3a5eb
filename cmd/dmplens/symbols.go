package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/dmpfile/symstore"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

var symbolsVerb = &verb{
	name: "symbols", args: "[flags] DUMP...", short: "list the images and PDBs that dumps need, and fetch them",
	long: `
List the files that a debugger wants beside the dumps: the image of each loaded
module, and its PDB, which the image names. An image is known by its name, time
stamp and size, a PDB by its name, GUID and age. The PDB of an image that is neither
at hand nor in the dump's memory is known once the image is there.

A file is at hand where a folder or store of the symbol path has it, and what it
says of itself is right. PATH is as for debuggers: elements with semicolons between
them, looked through from left to right.
  DIR                 a folder with files, or a store
  srv*DIR*https://X   a store in DIR, which --fetch fills from the server X
  srv*                a store of dmplens' own, and the server of Microsoft
  cache*DIR           a store that is filled for all that follows

With --fetch, and only then, the servers of the path are asked for what is missing:
images first, then the PDBs that they name. That sends the names and ids of the list
and nothing else of the dump. What is fetched stays in the store; a run that was
interrupted is gone on with by the next. --stack leaves out what the stack of the
dump does not need, which is most.

Not askable are modules whose time stamp a small dump lacks, and names that no store
can hold. Nothing is known of unloaded modules but their names. The servers of
Microsoft have its own images and PDBs; those of other drivers are their makers'.

--manifest writes the lines that SymChk /im and pdblister download take, for a
machine that may use the network: name, id and 1, with commas between them.

Exit code 1 says that a file could not be fetched because a server or store failed,
or that a dump is damaged. A file that is missing, or that no server has, is no
failure.`,
	examples: `  dmplens symbols MEMORY.DMP
  dmplens symbols --stack --symbols /srv/symbols MEMORY.DMP
  dmplens symbols --missing --manifest MEMORY.DMP > manifest
  dmplens symbols --json LiveDump.dmp
`,
	run: runSymbols,
}

func runSymbols(c *command, args []string) (int, error) {
	onStack := c.flags.Bool("stack", false, "only of the modules on the stack that a dump was captured on")
	missing := c.flags.Bool("missing", false, "list only what is missing")
	c.symbolsFlag()
	fetch := c.flags.Bool("fetch", false, "ask the servers of the path for what is missing, and keep it in the store")
	manifest := c.flags.Bool("manifest", false, "write a line for SymChk and pdblister for each file: NAME,ID,1")
	asJSON := c.flags.Bool("json", false, "write an indented JSON object")
	asJSONL := c.flags.Bool("jsonl", false, "write a JSON object on one line")
	color, width := c.textFlags()
	files, err := c.parse(args)
	if err != nil {
		return exitUnusable, err
	}
	style, err := c.style(*color, *width)
	if err != nil {
		return exitUnusable, err
	}
	symbols, err := c.symbolPath()
	switch {
	case err != nil:
		return exitUnusable, err
	case *asJSON && *asJSONL, *manifest && (*asJSON || *asJSONL):
		return exitUnusable, c.usageError("choose one of --json, --jsonl and --manifest")
	case len(files) == 0:
		return exitUnusable, c.usageError("name at least one dump")
	case *fetch:
		if err := c.canFetch(symbols); err != nil {
			return exitUnusable, err
		}
	}
	dumps := &symbolDumps{c: c, path: symbols, onStack: *onStack, names: expand(files)}
	needed := dumps.read()
	code := dumps.code
	if *fetch {
		...
	}
	list := needed.List(version)
	...
}
