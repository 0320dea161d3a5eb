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
List the modules of the kernel in load order with their date and version, and the
modules that were unloaded. Versions and symbols come from the images in memory, as
far as the dump has them; a small dump has the list alone. On 140 columns and more
time stamp, path and PDB of each are shown, the latter named as symbol servers do;
--json always has them.

A time stamp is a date or, of a reproducible build, a hash: the image says which. A
date is "maybe" where the dump lacks that part of the image, and none is shown for
the modules of Windows 10 and later then: those are hashes.

With --third-party, show what is not one of Windows' own modules that dmplens knows.
It goes by name and, where the dump has it, by folder, which proves nothing of who
made a file; drivers that others made and Windows carries are shown. With --at, show
which module an address lies in, loaded or unloaded, and in which section of it;
exit code 1 says that it lies in none. ADDRESS is as for the memory verb.`,
	examples: `  dmplens modules MEMORY.DMP
  dmplens modules --third-party MEMORY.DMP
  dmplens modules --at example.sys+0x1f20 MEMORY.DMP
  dmplens modules --width 160 MEMORY.DMP
`,
	run: runModules,
}

func runModules(c *command, args []string) (int, error) {
	others := c.flags.Bool("third-party", false, "only modules that are not one of Windows' own that dmplens knows")
	at := c.flags.String("at", "", "the module that `ADDRESS` lies in: a number, or a module and an offset in it")
	return c.listOrFail(args, func(d *analyze.Dump) (*report.Report, func(*report.Report) *page.Page, error) {
		switch {
		case !c.flags.Changed("at") && *others:
			return d.OtherModules(), page.OtherModules, nil
		case !c.flags.Changed("at"):
			return d.Modules(), page.Modules, nil
		case *others:
			return nil, nil, c.usageError("choose one of --at and --third-party")
		}
		address, _, notNumber := readNumber(*at, 64)
		if notNumber != nil {
			list := d.Modules()
			if list.Error != nil {
				return list, page.Modules, nil
			}
			var err error
			if address, err = inModule(*at, list); err != nil {
				return nil, nil, c.usageError("--at: %v; %v", err, notNumber)
			}
		}
		return d.At(address), page.ModuleAt, nil
	})
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
		return c.list(args, (*analyze.Dump).Processes, page.Processes)
	},
}

var registersVerb = &verb{
	name: "registers", args: "[flags] FILE", short: "show registers and what each processor was running",
	long: `
Show the registers that the header of the dump has, those of context records and trap
frames that parameters lead to, and what each processor was running. With --cpu, show
the registers that one processor saved when the system stopped or was captured.`,
	examples: `  dmplens registers MEMORY.DMP
  dmplens registers LiveDump.dmp --cpu 1
`,
	run: runRegisters,
}

func runRegisters(c *command, args []string) (int, error) {
	cpu := c.flags.Int("cpu", -1, "number `N` of the processor, from 0 (default: the header's registers, and all processors)")
	return c.listOrFail(args, func(d *analyze.Dump) (*report.Report, func(*report.Report) *page.Page, error) {
		if c.flags.Changed("cpu") && *cpu < 0 {
			return nil, nil, c.usageError("--cpu is the number of a processor, from 0, not %d", *cpu)
		}
		return d.Registers(*cpu), page.Registers, nil
	})
}

// list is a verb that shows a part of one dump.
func (c *command) list(args []string, read func(*analyze.Dump) *report.Report, show func(*report.Report) *page.Page) (int, error) {
	return c.listOrFail(args, func(d *analyze.Dump) (*report.Report, func(*report.Report) *page.Page, error) {
		return read(d), show, nil
	})
}

// listOrFail is list where what was asked for can be wrong, and decides what is shown.
func (c *command) listOrFail(args []string, read func(*analyze.Dump) (*report.Report, func(*report.Report) *page.Page, error)) (int, error) {
	asJSON := c.flags.Bool("json", false, "write an indented JSON object")
	style, name, err := c.oneFile(args)
	if err != nil {
		return exitUnusable, err
	}
	a := analyze.Analyzer{ToolVersion: version}
	if a.Symbols, err = c.symbols(); err != nil {
		return exitUnusable, err
	}
	defer a.Symbols.Close()
	d, err := c.open(&a, name)
	if err != nil {
		return exitUnusable, err
	}
	defer d.Close()
	r, show, err := read(d.Dump)
	if err != nil {
		return exitUnusable, err
	}
	d.note(r)
	code := exitOf(r)
	if r.Error != nil || r.Location != nil && r.Location.Module == "" && len(r.Modules)+len(r.UnloadedModules) == 0 {
		code = exitFinding
	}
	if *asJSON {
		return code, record.JSON(c.stdout, r)
	}
	return code, text.Write(c.stdout, show(r), style)
}

// oneFile parses the flags of a verb that writes text about one file.
func (c *command) oneFile(args []string) (style text.Style, name string, err error) {
	c.memoryFlag()
	files, style, err := c.parseText(args)
	if err != nil {
		return style, "", err
	}
	if len(files) != 1 {
		return style, "", c.usageError("name one file")
	}
	return style, files[0], nil
}
