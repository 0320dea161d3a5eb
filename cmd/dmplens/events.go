package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/events"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

var eventsVerb = &verb{
	name: "events", args: "[flags] FILE...", short: "what Windows wrote down, as one time line",
	long: `
Show what Windows wrote down around a crash or a live dump as one time line:
from the dumps themselves and from the logs that lie beside them. A file is told
by its content:
  a dump           The last minutes of the event log's own buffers are in dumps
                   of Windows 10 and later, also what was never written to disk.
  .evtx, .xml      Event logs: System has the crashes, Kernel-LiveDump's
                   Operational log each live dump. XML is what Event Viewer
                   saves, or wevtutil qe /f:xml prints.
  .etl             Traces.
  DumpStack.log    What Windows noted while it wrote a crash dump: what was
                   written, and why it is a small dump, or none.
In a folder, and those in it, files with such names are read.

A crash stands in the event log after the next start of Windows: as event 1001
with code and parameters, as Kernel-Power 41, whose code 0 means that power was
lost or the machine hung, and as 6008. A live dump is one line, at its start;
--all has each of its steps too.

Lines show what tells something: crashes, dumps that could not be written, live
dumps, installed drivers and updates, errors of storage and hardware, resets of
the display, want of memory, sleep, starts, services that died. --all adds what
tells nothing by itself, and counts events whose fields are not known. Times are
UTC; those of a trace whose clock drifts are "about". [where] is the file, the
number of the record in it, and the provider's name with the id of the event.

Names of users, computers and networks, serial numbers, command lines and all
else that nobody has looked at are left out, unless --show-private asks.

Exit code 1 says that a file named is neither dump nor log, or is damaged.`,
	examples: `  dmplens events MEMORY.DMP
  dmplens events MEMORY.DMP System.evtx DumpStack.log
  dmplens events --since 2026-03-01 System.evtx
  dmplens events --provider disk System.evtx
  dmplens events --csv . > events.csv
`,
	run: runEvents,
}

func runEvents(c *command, args []string) (int, error) {
	all := c.flags.Bool("all", false, "also what tells nothing by itself, and each step of a live dump")
	provider := c.flags.StringSlice("provider", nil, "only events of the provider `NAME`; Microsoft-Windows- may be left out. Several: with commas, or again")
	since := c.flags.String("since", "", "only events from `TIME` on, UTC: 2026-03-01, or with 'T15:04' or 'T15:04:05'")
	until := c.flags.String("until", "", "only events up to `TIME`")
	line := events.Timeline{}
	c.privateFlag(&line.Private)
	messages := c.flags.Bool("messages", false, "with --show-private: what can be read of messages of software traces (WPP) too")
	asJSON := c.flags.Bool("json", false, "write an indented JSON object")
	asCSV := c.flags.Bool("csv", false, "write comma-separated values, a row for each event")
	files, style, err := c.parseText(args)
	if err != nil {
		return exitUnusable, err
	}
	line.All, line.Provider, line.Messages = *all, *provider, *messages
	if c.flags.Changed("since") {
		if line.Since, err = instantOf(*since); err != nil {
			return exitUnusable, c.usageError("--since: %v", err)
		}
	}
	if c.flags.Changed("until") {
		if line.Until, err = instantOf(*until); err != nil {
			return exitUnusable, c.usageError("--until: %v", err)
		}
	}
	switch {
	case *messages && !line.Private:
		return exitUnusable, c.usageError("--messages needs --show-private: the texts can name persons and networks")
	case *asJSON && *asCSV:
		return exitUnusable, c.usageError("choose one of --json and --csv")
	case len(files) == 0:
		return exitUnusable, c.usageError("name at least one dump, log or folder")
	}
	if err := c.noInput(files, "save it to a file and name that"); err != nil {
		return exitUnusable, err
	}
	// What is held is the events of a time line, and the garbage of reading a log is large beside it: the half of it is enough.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	reader := eventReader{c: c, line: &line, seen: map[string]bool{}}
	for _, name := range expand(files) {
		reader.named(name)
	}
	code, list := reader.code, line.List()
	line = events.Timeline{Private: line.Private} // what was held of the logs is garbage while the list is written
	list.ToolVersion, list.NotRead = version, reader.notRead
	switch {
	case len(list.Logs) == 0: // all has been complained of
		return code, nil
	case *asJSON:
		return code, record.JSON(c.stdout, list)
	case *asCSV:
		rows := make([]*report.Event, len(list.Events))
		for i := range rows {
			rows[i] = &list.Events[i]
		}
		for _, x := range list.Logs {
			if x.Error != nil {
				c.complain(fmt.Errorf("%s: %s", x.Path, x.Error.Message))
			}
			for _, problem := range x.Problems {
				c.complain(fmt.Errorf("%s: %s", x.Path, problem))
			}
		}
		return code, writeRows(c.stdout, "csv", report.EventColumns(line.Private), style, rows)
	}
	return code, text.Write(c.stdout, page.Events(list), style)
}

// instantOf reads a time: a day, or a day and a time; UTC unless a zone is said.
func instantOf(s string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", time.RFC3339} {
		for _, form := range []string{layout, strings.Replace(layout, "T", " ", 1)} {
			if t, err := time.Parse(form, s); err == nil {
				return t.UTC(), nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: write 2026-03-01, or 2026-03-01T15:04:05", s)
}

// eventReader reads the files of one call.
type eventReader struct {
	c       *command
	line    *events.Timeline
	seen    map[string]bool // paths
	notRead []string
	code    int
}

// named reads a file or folder that was named.
func (r *eventReader) named(name string) {
	found := false
	for file, err := range filesOf(name, dumpAndLogNames) {
		if err == nil {
			found = r.file(file, file == name) || found
			continue
		}
		code := exitOK
		if file == name {
			code = exitUnusable
		}
		r.failed(file, err, code)
		found = true
	}
	if !found {
		r.line.AddOther(name, &report.Error{Message: "no dump and no log of events is in this folder"})
		r.code = max(r.code, exitFinding)
	}
}

// failed complains of what cannot be read.
func (r *eventReader) failed(name string, err error, code int) {
	r.c.complain(err)
	r.notRead = append(r.notRead, report.ValidUTF8(name))
	r.code = max(r.code, code)
}

// file reads one file. It says whether there is something to say of it: not of one in a folder that is no log.
func (r *eventReader) file(name string, named bool) bool {
	if r.seen[filepath.Clean(name)] {
		return true
	}
	r.seen[filepath.Clean(name)] = true
	log, err := r.read(name)
	var other *events.NotLogError
	var format *dmpfile.FormatError
	switch {
	case errors.As(err, &other) || errors.As(err, &format):
		if named {
			r.line.AddOther(name, &report.Error{Message: err.Error()})
			r.code = max(r.code, exitFinding)
		}
		return named
	case err != nil:
		code := exitOK
		if named {
			code = exitUnusable
		}
		r.failed(name, err, code)
		return true
	}
	if log.Damaged && log.Source != report.EventFromDump { // a dump is whole or not by all that is in it
		r.code = max(r.code, exitFinding)
	}
	r.line.Add(name, log)
	return true
}

// read reads a log, or the events in a dump.
func (r *eventReader) read(name string) (*events.Log, error) {
	f, info, err := dmpfile.OpenRegular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	log, err := events.ReadLog(f, info.Size, r.line.Want(), r.line.Take(name))
	if other, ok := errors.AsType[*events.NotLogError](err); !ok || !other.Dump {
		return log, err
	}
	a := &analyze.Analyzer{ToolVersion: version, Brief: true}
	d, err := a.Open(analyze.Reader(f, info.Size, report.File{Path: name}))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	log, rep, err := d.Events(r.line.Want(), r.line.Take(name))
	if err == nil {
		r.code = max(r.code, exitOf(rep))
	}
	return log, err
}
