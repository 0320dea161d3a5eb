package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

var memoryVerb = &verb{
	name: "memory", args: "[flags] FILE ADDRESS", short: "read the memory of the dumped machine",
	long: `
Read the memory of the dumped machine at a virtual address of the kernel, or with
--physical at a physical one. What the dump does not have is not zero: reading
stops there and says why, with exit code 1.

ADDRESS is a number, or a module and an offset in it: ntoskrnl.exe+0x1f20. A name
may lack its ending, and nt is the kernel. With --format pointers each pointer has
the module beside it that it points into, as in a stack.

Memory is shown as it is, and anything can be in it: names of users, computers
and networks, passwords and keys, texts that somebody wrote. Look at it before
you pass it on.

With --output, and neither --format nor --json, the bytes themselves are written.

Numbers are hexadecimal, as WinDbg prints them, with or without 0x and backquotes;
0n256 is decimal.`,
	examples: `  dmplens memory MEMORY.DMP 'fffff803` + "`" + `17c89808' --length 40
  dmplens memory LiveDump.dmp nt+0x2b30 --format qwords --length 20
  dmplens memory LiveDump.dmp 1ad000 --physical --length 1000 --output page.bin
`,
	run: runMemory,
}

// maxShown is how many bytes are shown: more is no text to read.
const maxShown = 1 << 20

func runMemory(c *command, args []string) (int, error) {
	physical := c.flags.Bool("physical", false, "ADDRESS is a physical one")
	length := c.flags.String("length", "100", "read `N` bytes, a hexadecimal number")
	format := c.flags.String("format", "bytes", "show memory as `FORMAT`: bytes, words, dwords, qwords, pointers or ascii")
	asJSON := c.flags.Bool("json", false, "write an indented JSON object")
	c.memoryFlag()
	words, err := c.parse(args)
	switch {
	case err != nil:
		return exitUnusable, err
	case len(words) != 2:
		return exitUnusable, c.usageError("name one file and one address")
	case c.flags.Changed("format") && *asJSON:
		return exitUnusable, c.usageError("--format is for text: leave it out with --json")
	case !slices.Contains(page.MemoryFormats, page.MemoryFormat(*format)):
		return exitUnusable, c.usageError("--format is bytes, words, dwords, qwords, pointers or ascii, not %q", *format)
	}
	address, _, notNumber := readNumber(words[1], 64)
	n, _, err := readNumber(*length, 31)
	if err != nil {
		return exitUnusable, c.usageError("--length is a hexadecimal number up to 0x%x, not %q", math.MaxInt32, *length)
	}
	if n == 0 {
		return exitUnusable, c.usageError("--length is at least 1")
	}
	raw := c.flags.Changed("output") && !c.flags.Changed("format") && !*asJSON
	if !raw && n > maxShown {
		return exitUnusable, c.usageError("--length: write more than 0x%x bytes to a file, with --output alone", maxShown)
	}
	d, err := c.open(&analyze.Analyzer{ToolVersion: version}, words[0])
	if err != nil {
		return exitUnusable, err
	}
	defer d.Close()
	if _, err := d.ReadMemory(nil, address, *physical); err != nil { // before a file is made for nothing
		return exitUnusable, inFile(words[0], err)
	}
	if notNumber != nil {
		if *physical {
			return exitUnusable, c.usageError("%v", notNumber)
		}
		if address, err = inModule(words[1], d.Modules()); err != nil {
			return exitUnusable, c.usageError("%v; %v", inFile(words[0], err), notNumber)
		}
	}
	if raw {
		return c.writeMemory(d.Dump, address, int64(n), *physical)
	}
	r, err := d.Memory(address, int(n), *physical)
	if err != nil {
		return exitUnusable, inFile(words[0], err)
	}
	result := exitOK
	if r.Memory.Missing != "" {
		result = exitFinding
	}
	if *asJSON {
		return result, record.JSON(c.stdout, r)
	}
	if *format == string(page.MemoryPointers) {
		list := d.Modules()
		r.Modules, r.UnloadedModules = list.Modules, list.UnloadedModules
	}
	p, err := page.Memory(r, page.MemoryFormat(*format))
	if err != nil {
		return exitUnusable, err
	}
	return result, text.Write(c.stdout, p, text.Style{})
}

// inFile says which file an error is about, where it does not say so itself.
func inFile(name string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// writeMemory copies memory as it is, a piece at a time. What is missing ends it: the exit code and standard error say so, and what was read
// stays.
func (c *command) writeMemory(d *analyze.Dump, address uint64, n int64, physical bool) (int, error) {
	b := make([]byte, min(n, 1<<20))
	for done := int64(0); done < n; {
		b = b[:min(int64(len(b)), n-done)]
		got, missing := d.ReadMemory(b, address+uint64(done), physical)
		if _, err := c.stdout.Write(b[:got]); err != nil {
			return exitUnusable, err
		}
		done += int64(got)
		if missing != nil {
			c.complain(fmt.Errorf("%d of %d bytes: %w", done, n, missing))
			return exitFinding, nil
		}
	}
	return exitOK, nil
}
