package main

import (
	"path/filepath"
	"runtime"
	"slices"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/page"
)

var infoVerb = &verb{
	name: "info", args: "[flags] FILE...", short: "say what a dump is, what happened, where it came from",
	long: `
Say what each file is, what happened on the machine, what made the dump and how
sure that is, how large its header, primary and secondary data are, and whether
a debugger will be able to use it. A conclusion names the bytes that it rests
on.

The page begins with what to act on, and has one piece of evidence for what made
the dump; --verbose shows all of it, and what helps only those who look into
dumps themselves. --markdown is the page as the text of a ticket, --html one web
page of all files for a browser, which needs no other file, no network and no
script.

Of a dump of pages it reads up to 300 pages of memory, to find the process, the
modules and what the parameters point to. --depth header reads the headers
alone.

Images and PDBs that the folders and stores of --symbols have, or those of the
environment variable _NT_SYMBOL_PATH, make the stack, the suspect and the origin
of a live dump surer; "dmplens help symbols" tells how to get them. Nothing is
sent by this verb.

With --events, a dump is put beside event logs (.evtx, or XML of Event Viewer),
traces (.etl) and DumpStack.logs: a crash beside the record that Windows wrote
of it at the next boot, a live dump beside the events of its capture. Nothing
matches by time alone. A DumpStack.log in the folder of a dump is found without.

What Windows wrote down in the last minutes stands there without what can name a
person, a machine or a network; with --show-private it is shown.

FILE can be - for standard input, and a zip, gzip or zstd archive: the only dump
in it is looked at, or the one that share.zip!dumps/a.dmp names. Standard input
that is no file is copied to a temporary one, up to --memory, and a compressed
dump is unpacked in memory, up to half of it. That goes for every verb that opens
one dump. PowerShell before 7.4 changes the bytes that it pipes.

A file that is no kernel dump is named for what it is: an empty file, an
archive, a user-mode minidump, a web page. Exit code 1 says so, and that a dump
is damaged.`,
	examples: `  dmplens info MEMORY.DMP
  dmplens info --verbose MEMORY.DMP
  dmplens info --markdown MEMORY.DMP > ticket.md
  dmplens info --html --output dumps.html *.dmp
  dmplens info --events System.evtx MEMORY.DMP
  dmplens info --json LiveDump.dmp
  dmplens info --jsonl *.dmp > dumps.jsonl
  xz -dc MEMORY.DMP.xz | dmplens info -
  dmplens info 'share.zip!dumps/a.dmp'
`,
	run: runInfo,
}

func runInfo(c *command, args []string) (int, error) {
	depth := c.flags.String("depth", "full", "`HOW` much to read: header, a few small reads, or full")
	verbose := c.flags.BoolP("verbose", "v", false, "show all evidence and details")
	c.symbolsFlag()
	logs := c.flags.StringArray("events", nil, "put the dumps beside the event logs, traces and DumpStack.logs of this `FILE` or folder")
	a := analyze.Analyzer{ToolVersion: version}
	c.privateFlag(&a.Private)
	asHTML := c.flags.Bool("html", false, "write one web page of all files")
	show := func(r *report.Report) *page.Page {
		if *verbose {
			return page.InfoVerbose(r)
		}
		return page.Info(r)
	}
	out, files, err := c.reportFlags(args, show)
	switch {
	case err != nil:
		return exitUnusable, err
	case *asHTML && (c.flags.Changed("json") || c.flags.Changed("jsonl") || c.flags.Changed("markdown")):
		return exitUnusable, c.usageError("choose one of --html, --json, --jsonl and --markdown")
	}
	if *asHTML {
		if err := c.checkPage(files); err != nil {
			return exitUnusable, err
		}
	}
	a.Depth = report.Depth(*depth)
	if a.Depth != report.DepthHeader && a.Depth != report.DepthFull {
		return exitUnusable, c.usageError("--depth is header or full, not %q", *depth)
	}
	if a.Symbols, err = c.symbols(); err != nil {
		return exitUnusable, err
	}
	defer a.Symbols.Close()
	if a.Logs, err = c.readLogs(*logs); err != nil {
		return exitUnusable, err
	}
	if *asHTML {
		return c.webPage(&a, files, show)
	}
	return c.reports(&a, files, out, nil)
}

// expand replaces patterns by the files they match on Windows, whose shells leave that to the program. A pattern that matches
// nothing stays, and is then reported as a file that does not exist.
func expand(names []string) []string {
	if runtime.GOOS != "windows" {
		return names
	}
	var files []string
	for _, name := range names {
		if found, err := filepath.Glob(name); err == nil && len(found) > 0 {
			files = append(files, found...)
		} else {
			files = append(files, name)
		}
	}
	return files
}

// exitOf is the exit code that one report asks for.
func exitOf(r *report.Report) int {
	failed := slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.Severity == report.SeverityError })
	if r.Verdict == report.Damaged || r.Verdict == report.NotADump || r.Verdict == report.Partial && failed {
		return exitFinding
	}
	return exitOK
}
