package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/batch"
	"github.com/dmplens/dmplens/report/batch/archive"
	"github.com/dmplens/dmplens/report/batch/patterns"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

var scanVerb = &verb{
	name: "scan", args: "[flags] PATH...", short: "one row for each dump of a folder, a share or an archive",
	long: `
Look at every dump in the files and folders named, and in the zip, gzip and zstd
archives there, and write a row for each: what it is, what happened, where it came
from, whether it is whole, and a signature that is the same for the same problem.
Files are looked at whose names end in .dmp, and archives; --all looks at all files
and tells dumps by their content.

Nothing on a share ends a scan: what cannot be read is a row that says why. With
--output FILE --resume the rows are the state: files that have a row and have not
changed are not read again, so that a nightly scan reads what is new, and one that
was interrupted goes on where it was. dmplens report renders such rows again, and
dmplens diff compares two scans.

Copies of a dump get duplicate_of, by a hash of samples of the file that stands in
its row: no file is read whole for that. --depth header takes no samples; --depth deep
reads each page of each dump once, which costs what copying the share costs.

A condition (--where, --fail-on) compares the names of the JSON record with values.
Addresses and times are texts there; a code compares as the number that it is, so
that bugcheck.code == "1a" means 0x1a. module is what --group-by module groups by:
the module at fault. Lists are asked with any: any(findings, .id == "truncated").
Rows leave out the long lists of the record (modules, streams, contents, registers),
unless a condition asks for them.

Images and PDBs of --symbols or _NT_SYMBOL_PATH make suspects and origins surer, as
in info. A signature is the same with them and without; nothing is sent.

What the dumps say together is said at the end, on standard error: a machine
with different problems within 30 days, a bit that is wrong in several of its
dumps, a driver behind most stops, and the like; see dmplens report --patterns.`,
	examples: `  dmplens scan .
  dmplens scan --format jsonl --output rows.jsonl --resume .
  dmplens scan --group-by signature .
  dmplens scan --where 'origin.source == "task-manager"' .
  find . -name '*.dmp' -print0 | dmplens scan --depth header --files-from - -0
`,
	run: runScan,
}

// scanFlags are the flags of scan. Those that say how files are looked at fill a batch.Scan.
type scanFlags struct {
	scan      batch.Scan
	memory    string
	limit     int64 // of members of archives, in MiB
	filesFrom string
	null      bool // paths of filesFrom end with NUL
	shard     string
	resume    bool
	html      string // name of a page about all rows
	failOn    []string
	view      *viewFlags
	logs      []string
}

func (c *command) scanFlags() *scanFlags {
	f, flags := &scanFlags{}, c.flags
	s := &f.scan
	s.Analyzer.ToolVersion = version
	flags.StringVar((*string)(&s.Analyzer.Depth), "depth", "full", "how much to read of each dump: `HOW` is header, a few small reads, full, or deep, all of its pages")
	c.symbolsFlag()
	flags.StringArrayVar(&f.logs, "events", nil, "put the dumps beside the event logs, traces and DumpStack.logs of this `FILE` or folder, as info does")
	c.privateFlag(&s.Analyzer.Private)
	flags.StringVar(&f.filesFrom, "files-from", "", "read paths from this `FILE`, one a line; - is standard input")
	flags.BoolVarP(&f.null, "null", "0", false, "paths of --files-from end with NUL, not with a line")
	flags.StringArrayVar(&s.Include, "include", nil, "look at files whose name matches `PATTERN` (*.dmp and archives, if none is given)")
	flags.StringArrayVar(&s.Exclude, "exclude", nil, "leave out files and folders whose name matches `PATTERN`")
	flags.BoolVar(&s.All, "all", false, "look at every file")
	flags.StringVar(&s.Duplicates, "duplicates", batch.DuplicatesBySamples, "find copies of earlier dumps by `HOW`: samples of their content, exact, which reads whole those that look equal, or off")
	flags.IntVar(&s.Jobs, "jobs", 0, "look at `N` files at a time (default: one a processor)")
	flags.DurationVar(&s.Timeout, "timeout", time.Minute, "give a file up that takes `DURATION` for a row")
	flags.Int64Var(&f.limit, "archive-limit", archive.DefaultLimit>>20, "unpack members of archives up to `MIB` mebibytes; of larger ones the head")
	flags.StringVar(&f.memory, "memory", "", "take at most `SIZE` of memory, like 512M or 2G (default: a quarter of what there is, up to 2G)")
	flags.BoolVar(&s.Sorted, "sorted", false, "write rows in the order of paths, not as they are done")
	flags.StringVar(&f.shard, "shard", "", "look at the files of shard `I/N` only, I from 1 to N")
	flags.BoolVar(&f.resume, "resume", false, "go on with the rows in the file of --output (format jsonl)")
	flags.StringVar(&f.html, "html", "", "write a web page about all rows to this new `FILE`, as report --html does")
	flags.StringArrayVar(&f.failOn, "fail-on", nil, "end with code 1 where a row is `WHAT`: damaged, finding:ID, or an expression as for --where")
	f.view = c.viewFlags()
	return f
}

// maxJobs is more than helps anybody.
const maxJobs = 1024

// check says what is wrong with the flags, but for conditions.
func (f *scanFlags) check(c *command, paths []string) (err error) {
	s := &f.scan
	switch {
	case !slices.Contains([]report.Depth{report.DepthHeader, report.DepthFull, report.DepthDeep}, s.Analyzer.Depth):
		return c.usageError("--depth is header, full or deep, not %q", s.Analyzer.Depth)
	case !slices.Contains([]string{batch.DuplicatesBySamples, batch.DuplicatesExact, batch.DuplicatesOff}, s.Duplicates):
		return c.usageError("--duplicates is samples, exact or off, not %q", s.Duplicates)
	case isFolder(f.html):
		return c.usageError("--html of scan names a new file: dmplens scan --html page.html %s", quoted(f.html))
	case len(paths) == 0 && f.filesFrom == "":
		return c.usageError("name at least one file or folder, or --files-from")
	case f.resume && (c.output == "" || *f.view.format != "jsonl"):
		return c.usageError("--resume needs --output and --format jsonl")
	case f.resume && *f.view.groupBy != "":
		return c.usageError("--resume goes on with rows: leave out --group-by, and ask dmplens report for groups")
	case f.resume && f.html != "":
		return c.usageError("--resume goes on with rows: leave out --html, and ask dmplens report --html for the page")
	case f.html == "-" && c.output == "":
		return c.usageError("--html - needs --output: rows go to standard output")
	case f.resume && *f.view.sort != "":
		return c.usageError("--resume goes on with rows: leave out --sort, and ask dmplens report for an order")
	case s.Analyzer.Depth == report.DepthHeader && strings.HasSuffix(*f.view.groupBy, "_id"):
		return c.usageError("--group-by %s needs more than headers: leave out --depth header", *f.view.groupBy)
	case s.Timeout <= 0:
		return c.usageError("--timeout is a time like 30s, not %v", s.Timeout)
	case s.Jobs < 0 || s.Jobs > maxJobs:
		return c.usageError("--jobs is from 1 to %d", maxJobs)
	case f.limit < 1 || f.limit > 1<<20:
		return c.usageError("--archive-limit is from 1 to 1048576 mebibytes")
	}
	s.ArchiveLimit = f.limit << 20
	if s.Memory, err = scanMemory(f.memory); err != nil {
		return c.usageError("--memory: %v", err)
	}
	if f.shard != "" {
		if s.Shard, s.Shards, err = readShard(f.shard); err != nil {
			return c.usageError("%v", err)
		}
	}
	if err := c.noInput(paths, "dmplens info - does"); err != nil {
		return err
	}
	if err := badPattern(s.Include, s.Exclude); err != nil {
		return c.usageError("%v", err)
	}
	return nil
}

func runScan(c *command, args []string) (code int, err error) {
	f := c.scanFlags()
	paths, err := c.parseFlags(args)
	if err != nil {
		return exitUnusable, err
	}
	if err := f.check(c, paths); err != nil {
		return exitUnusable, err
	}
	if f.scan.Analyzer.Symbols, err = c.symbols(); err != nil {
		return exitUnusable, err
	}
	defer f.scan.Analyzer.Symbols.Close()
	if f.scan.Analyzer.Logs, err = c.readLogs(f.logs); err != nil {
		return exitUnusable, err
	}
	failing, err := f.conditions(c)
	if err != nil {
		return exitUnusable, err
	}
	if _, err := c.newView(f.view, io.Discard); err != nil { // before a file is made for nothing
		return exitUnusable, err
	}
	names, err := c.scanNames(f.filesFrom, f.null, expand(paths))
	if err != nil {
		return exitUnusable, err
	}
	to := c.stdout // of a page
	if c.output != "" {
		file, seen, failed := openOutput(c.output, f.resume, f.scan.Analyzer.Depth)
		if failed != nil {
			return exitUnusable, failed
		}
		defer func() {
			err = errors.Join(err, file.Close())
			removeEmpty(c.output)
		}()
		c.stdout, f.scan.Seen = file, seen
	}
	out := &rowWriter{c.stdout}
	if f.html == "" {
		return c.scan(f, names, failing, out, nil)
	}
	from := paths
	if f.filesFrom != "" {
		from = append(from, f.filesFrom)
	}
	page, err := newSharePage(from, *f.view.where)
	if err != nil {
		return exitUnusable, err
	}
	if f.html != "-" {
		file, failed := newFile(f.html) // before the scan: an hour of it would be for nothing
		if failed != nil {
			return exitUnusable, failed
		}
		defer func() { err = errors.Join(err, endFile(file, err == nil)) }()
		to = file
	}
	if code, err = c.scan(f, names, failing, out, page); err != nil {
		return code, err
	}
	if err := page.write(to); err != nil { // half of a page would look like all of it
		if f.html != "-" {
			os.Remove(f.html)
		}
		return exitUnusable, err
	}
	return code, nil
}

// longRow is longer than rows usually are, in bytes.
const longRow = 16 << 10

// scan looks at files and writes their rows.
func (c *command) scan(f *scanFlags, names *scanNames, failing func(*report.Report) bool, out *rowWriter, page *sharePage) (int, error) {
	s := &f.scan
	defer limitMemory(s.Memory)()
	buffered := bufio.NewWriterSize(out, 1<<16)
	rows, err := c.newView(f.view, buffered)
	if err != nil {
		return exitUnusable, err
	}
	write := func(r *report.Report, _ []byte) error { return rows.write(r) }
	if *f.view.format == "jsonl" && *f.view.groupBy == "" && *f.view.sort == "" {
		s.Encode = record.AppendJSONL
		write = func(r *report.Report, line []byte) error { return rows.writeLine(buffered, r, line) }
	}
	s.Flush = buffered.Flush
	ctx, stop := untilInterrupted()
	defer stop()
	progress := c.newProgress(s, names.countable(), out)
	code := exitOK
	if names.none {
		code = exitUnusable
	}
	var together patterns.Collector
	var matched matchedRecords
	err = s.Run(ctx, names.all, func(r *report.Report, line []byte) error {
		if rows.wanted(r) {
			together.Add(r)
		}
		matched.add(r)
		switch {
		case names.unread(r):
			code = exitUnusable
		case failing(r):
			code = max(code, exitFinding)
		}
		if page != nil && rows.wanted(r) {
			if err := page.add(r); err != nil {
				return err
			}
		}
		err := write(r, line)
		if err == nil && buffered.Available() < longRow { // a write ends with a row, where possible
			err = buffered.Flush()
		}
		return err
	})
	progress.end()
	if err == nil {
		err = rows.close()
	}
	if err == nil {
		err = buffered.Flush()
	}
	switch {
	case err != nil:
		return exitUnusable, err
	case ctx.Err() != nil: // names may still be read
		left := c.interrupted(s, names.countable(), rows.written)
		fmt.Fprintf(c.stderr, "dmplens: %s\n", left)
		if page != nil {
			page.share.Partial = "The scan was " + left + "."
		}
		return exitInterrupted, nil
	case names.err != nil:
		return exitUnusable, names.err
	}
	c.sayPatterns(c.patterns(&together))
	if s.Analyzer.Logs != nil && !f.resume && f.shard == "" { // else dumps of others are elsewhere
		for _, sentence := range matched.without(s.Analyzer.Logs.Stops()) {
			fmt.Fprintf(c.stderr, "dmplens: %s\n", text.Clean(sentence))
		}
	}
	return c.scanned(s, rows.written, code), nil
}

// writeLine is write for a row whose line is known already.
func (v *view) writeLine(w io.Writer, r *report.Report, line []byte) error {
	if !v.wanted(r) {
		return nil
	}
	v.written++
	_, err := w.Write(line)
	return err
}

// untilInterrupted returns a context that ends with the first interrupt. A second one ends the program.
func untilInterrupted() (context.Context, context.CancelFunc) {
	signal.Reset(os.Interrupt, syscall.SIGTERM) // others end at once
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// openOutput makes a new file for rows, or opens one to go on with.
func openOutput(name string, resume bool, depth report.Depth) (io.WriteCloser, *batch.Seen, error) {
	if resume {
		return batch.OpenRows(name, depth)
	}
	f, err := batch.NewRows(name)
	if errors.Is(err, os.ErrExist) {
		err = fmt.Errorf("%w (to go on with it, add --resume)", err)
	}
	return f, nil, err
}
