package main

import (
	"io"
	"path/filepath"
	"runtime"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

var infoVerb = &verb{
	name: "info", args: "[flags] FILE...", short: "say what a dump is, what happened, where it came from",
	long: `
Say what each file is, what happened on the machine, what made the dump and how
sure that is, how large its header, primary and secondary data are, and whether
a debugger will be able to use it. A conclusion names the bytes that it rests on.

A file that is no kernel dump is named for what it is: an empty file, an archive,
a user-mode minidump, a web page. Exit code 1 says so, and that a dump is damaged.`,
	examples: `  dmplens info MEMORY.DMP
  dmplens info --json LiveDump.dmp
  dmplens info --jsonl *.dmp > dumps.jsonl
`,
	run: runInfo,
}

func runInfo(c *command, args []string) (int, error) {
	asJSON := c.flags.Bool("json", false, "write an indented JSON object for each file")
	asJSONL := c.flags.Bool("jsonl", false, "write a JSON object on one line for each file")
	color, width := c.textFlags()
	files, err := c.parse(args)
	if err != nil {
		return exitUnusable, err
	}
	style, err := c.style(*color, *width)
	if err != nil {
		return exitUnusable, err
	}
	if *asJSON && *asJSONL {
		return exitUnusable, c.usageError("choose one of --json and --jsonl")
	}
	if len(files) == 0 {
		return exitUnusable, c.usageError("name at least one file")
	}
	first := true
	write := func(r *report.Report) error {
		switch {
		case *asJSONL:
			return record.JSONL(c.stdout, r)
		case *asJSON:
			return record.JSON(c.stdout, r)
		}
		if !first {
			if _, err := io.WriteString(c.stdout, "\n"); err != nil {
				return err
			}
		}
		first = false
		return text.Write(c.stdout, r, style)
	}
	analyzer := analyze.Analyzer{ToolVersion: version}
	code := exitOK
	for _, name := range expand(files) {
		r, err := analyzer.File(name)
		if err != nil {
			c.complain(notFound(name, err))
			code = exitUnusable
			continue
		}
		if err := write(r); err != nil {
			return code, err
		}
		code = max(code, exitOf(r))
	}
	return code, nil
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
	if r.Verdict == report.Damaged || r.Verdict == report.NotADump {
		return exitFinding
	}
	return exitOK
}
