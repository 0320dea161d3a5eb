package main

import (
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

var modulesVerb = &verb{
	name: "modules", args: "[flags] FILE", short: "list the loaded and unloaded modules",
	long: `
List the modules of the kernel in load order with their version, and the modules
that were unloaded. Versions and symbols come from the images in memory, as far as
the dump has them; a small dump has the list alone. On 140 columns and more the PDB
of each is shown, named as symbol servers do; --json always has it.`,
	examples: `  dmplens modules MEMORY.DMP
  dmplens modules --width 160 MEMORY.DMP
`,
	run: func(c *command, args []string) (int, error) {
		return c.list(args, (*analyze.Dump).Modules, page.Modules, nothing)
	},
}

var processesVerb = &verb{
	name: "processes", args: "[flags] FILE", short: "list the processes",
	long: `
List the processes in the order in which they were created, with their ids and
parents. Windows keeps 14 characters of a process's name. Of builds of Windows whose
layout is not known, the process System shows where names and ids are, and all others
have to agree; what nothing confirms is left out. A small dump has no list, and shows
the one process that was current.`,
	examples: `  dmplens processes LiveDump.dmp
  dmplens processes --json LiveDump.dmp
`,
	run: func(c *command, args []string) (int, error) {
		return c.list(args, (*analyze.Dump).Processes, page.Processes, nothing)
	},
}

var registersVerb = &verb{
	name: "registers", args: "[flags] FILE", short: "show registers and what each processor was running",
	long: `
Show the registers that the header of the dump has, and what each processor was
running. With --cpu, show the registers that one processor saved when the system
stopped or was captured.`,
	examples: `  dmplens registers MEMORY.DMP
  dmplens registers LiveDump.dmp --cpu 1
`,
	run: runRegisters,
}

func runRegisters(c *command, args []string) (int, error) {
	cpu := c.flags.Int("cpu", -1, "number `N` of the processor, from 0 (default: the header's registers, and all processors)")
	return c.list(args, func(d *analyze.Dump) *report.Report { return d.Registers(*cpu) }, page.Registers, func() error {
		if c.flags.Changed("cpu") && *cpu < 0 {
			return c.usageError("--cpu is the number of a processor, from 0, not %d", *cpu)
		}
		return nil
	})
}

// list is a verb that shows a part of one dump. Flags of its own are checked by check.
func (c *command) list(args []string, read func(*analyze.Dump) *report.Report, show func(*report.Report) *page.Page, check func() error) (int, error) {
	asJSON := c.flags.Bool("json", false, "write an indented JSON object")
	style, name, err := c.oneFile(args)
	if err != nil {
		return exitUnusable, err
	}
	if err := check(); err != nil {
		return exitUnusable, err
	}
	d, err := (&analyze.Analyzer{ToolVersion: version}).Open(analyze.File(name))
	if err != nil {
		return exitUnusable, notFound(name, err)
	}
	defer d.Close()
	r := read(d)
	code := exitOf(r)
	if r.Error != nil {
		code = exitFinding
	}
	if *asJSON {
		return code, record.JSON(c.stdout, r)
	}
	return code, text.Write(c.stdout, show(r), style)
}

// oneFile parses the flags of a verb that writes text about one file.
func (c *command) oneFile(args []string) (style text.Style, name string, err error) {
	color, width := c.textFlags()
	files, err := c.parse(args)
	if err != nil {
		return style, "", err
	}
	if style, err = c.style(*color, *width); err != nil {
		return style, "", err
	}
	if len(files) != 1 {
		return style, "", c.usageError("name one file")
	}
	return style, files[0], nil
}
