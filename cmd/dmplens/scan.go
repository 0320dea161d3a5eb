package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/signal"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/batch"
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

A condition (--where, --fail-on) compares the names of the JSON record with values.
Codes, addresses and times are texts there: bugcheck.code == "0x161". Lists are
asked with any: any(findings, .id == "truncated"). Rows leave out the long lists of
the record (modules, streams, contents, registers), unless a condition asks for them.`,
	examples: `  dmplens scan .
  dmplens scan --format jsonl --output rows.jsonl --resume .
  dmplens scan --group-by signature .
  dmplens scan --where 'bugcheck.code == "0x161" and origin.source == "task-manager"' .
  find . -name '*.dmp' -print0 | dmplens scan --depth header --files-from - -0
`,
	run: runScan,
}

func runScan(c *command, args []string) (int, error) {
	f := c.flags
	depth := f.String("depth", "full", "how much to read of each dump: `HOW` is header, a few small reads, or full")
	filesFrom := f.String("files-from", "", "read paths from this `FILE`, one a line; - is standard input")
	null := f.BoolP("null", "0", false, "paths of --files-from end with NUL, not with a line")
	include := f.StringArray("include", nil, "look at files whose name matches `PATTERN` (*.dmp and archives, if none is given)")
	exclude := f.StringArray("exclude", nil, "leave out files and folders whose name matches `PATTERN`")
	all := f.Bool("all", false, "look at every file")
	jobs := f.Int("jobs", 0, "look at `N` files at a time (default: one a processor)")
	timeout := f.Duration("timeout", time.Minute, "give a file up that takes `DURATION` for a row")
	limit := f.Int64("archive-limit", batch.DefaultLimit>>20, "unpack members of archives up to `MIB` mebibytes; of larger ones the head")
	sorted := f.Bool("sorted", false, "write rows in the order of paths, not as they are done")
	shard := f.String("shard", "", "look at the files of shard `I/N` only, I from 1 to N")
	output := f.String("output", "", "write rows to this new `FILE`")
	resume := f.Bool("resume", false, "go on with the rows in the file of --output (format jsonl)")
	failOn := f.StringArray("fail-on", nil, "end with code 1 where a row is `WHAT`: damaged, finding:ID, or an expression as for --where")
	view := c.viewFlags()
	paths, err := c.parse(args)
	if err != nil {
		return exitUnusable, err
	}
	s := &batch.Scan{
		Analyzer: analyze.Analyzer{ToolVersion: version, Depth: report.Depth(*depth)},
		Include:  *include, Exclude: *exclude, All: *all, Jobs: *jobs, Timeout: *timeout, Sorted: *sorted, ArchiveLimit: *limit << 20,
	}
	switch {
	case s.Analyzer.Depth != report.DepthHeader && s.Analyzer.Depth != report.DepthFull:
		return exitUnusable, c.usageError("--depth is header or full, not %q", *depth)
	case len(paths) == 0 && *filesFrom == "":
		return exitUnusable, c.usageError("name at least one file or folder, or --files-from")
	case *resume && (*output == "" || *view.format != "jsonl"):
		return exitUnusable, c.usageError("--resume needs --output and --format jsonl")
	case *resume && *view.groupBy != "":
		return exitUnusable, c.usageError("--resume goes on with rows: leave out --group-by, and ask dmplens report for groups")
	case *timeout <= 0:
		return exitUnusable, c.usageError("--timeout is a time like 30s, not %v", *timeout)
	case *jobs < 0 || *jobs > maxJobs:
		return exitUnusable, c.usageError("--jobs is from 1 to %d", maxJobs)
	case *limit < 1 || *limit > 1<<20:
		return exitUnusable, c.usageError("--archive-limit is from 1 to 1048576 mebibytes")
	}
	if *shard != "" {
		if s.Shard, s.Shards, err = readShard(*shard); err != nil {
			return exitUnusable, c.usageError("%v", err)
		}
	}
	paths = expand(paths)
	names, listed, err := c.listedNames(*filesFrom, *null, paths)
	if err != nil {
		return exitUnusable, err
	}
	failing, whole, err := failures(*failOn)
	if err != nil {
		return exitUnusable, c.usageError("%v", err)
	}
	if *view.where != "" {
		_, long, err := batch.WhereScan(*view.where)
		if err != nil {
			return exitUnusable, c.usageError("--where: %v", err)
		}
		whole = whole || long
	}
	s.Whole = whole
	if err := badPattern(*include, *exclude); err != nil {
		return exitUnusable, c.usageError("%v", err)
	}
	if _, err := c.newView(view, io.Discard); err != nil { // before a file is made for nothing
		return exitUnusable, err
	}
	to := c.stdout
	if *output != "" {
		file, seen, err := openOutput(*output, *resume, s.Analyzer.Depth)
		if err != nil {
			return exitUnusable, err
		}
		defer file.Close()
		to = file
		s.Seen = seen
	}
	out := &rowWriter{to}
	buffered := bufio.NewWriterSize(out, 1<<16)
	rows, err := c.newView(view, buffered)
	if err != nil {
		return exitUnusable, err
	}
	signal.Reset(os.Interrupt) // others end at once
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // so that a second interrupt ends at once too
	collect := collectLate(s)
	s.Flush = func() error {
		collect()
		return buffered.Flush()
	}
	if *filesFrom != "" {
		paths = nil // a list can be read only once
	}
	progress := c.newProgress(s, paths, out)
	code := exitOK
	err = s.Run(ctx, names, func(r *report.Report) error {
		if failing(r) {
			code = exitFinding
		}
		err := rows.write(r)
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
	case *listed != nil:
		return exitUnusable, *listed
	case ctx.Err() != nil:
		c.interrupted(s, paths, rows.written)
		return exitInterrupted, nil
	}
	return c.scanned(s, rows.written, code), nil
}

// maxJobs is more than helps anybody.
const maxJobs = 1024

// longRow is longer than rows usually are, in bytes.
const longRow = 16 << 10

// interrupted says what an interrupted scan has left undone. Counting that takes a while, so somebody waits for it.
func (c *command) interrupted(s *batch.Scan, paths []string, rows int64) {
	if len(paths) > 0 && !s.Stats().Counted {
		ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
		defer stop()
		s.Count(ctx, paths)
	}
	stats := s.Stats()
	least := "at least "
	if stats.Counted {
		least = ""
	}
	fmt.Fprintf(c.stderr, "dmplens: interrupted: %s written, %s%d more files not looked at\n", plural(rows, "row"), least, stats.Remaining())
}

// scanned says at the end what a scan did, and returns the exit code.
func (c *command) scanned(s *batch.Scan, rows int64, code int) int {
	stats := s.Stats()
	if _, shown := terminal(c.stderr); shown {
		fmt.Fprintf(c.stderr, "dmplens: %s\n", summary(rows, stats))
	}
	if stats.Done > 0 && stats.Failed == stats.Done && stats.Skipped == 0 {
		return exitUnusable
	}
	return code
}

// collectLate lets the garbage of rows pile up, because collecting it often would take longer than making it. What it returns is called
// from time to time, and allows for what a scan remembers of the files that it has met.
func collectLate(s *batch.Scan) func() {
	const (
		garbage  = 48 << 20
		waiting  = 3 * garbage // rows that wait for others to be sorted
		perFile  = 64
		occasion = 10_000 // files
	)
	percent := 400
	if s.Analyzer.Depth != report.DepthHeader { // which takes longer, and keeps pages
		percent = 200
	}
	debug.SetGCPercent(percent)
	base := int64(garbage)
	if s.Sorted {
		base += waiting
	}
	known := int64(s.Seen.Len())
	next := int64(0)
	collect := func() {
		stats := s.Stats()
		if files := known + stats.Found - stats.Skipped; files >= next {
			debug.SetMemoryLimit(base + perFile*files)
			next = files + max(occasion, files/8)
		}
	}
	collect()
	return collect
}

// summary says in one line what a scan did.
func summary(rows int64, s batch.Stats) string {
	parts := []string{plural(rows, "row"), plural(s.Dumps, "kernel dump")}
	for _, x := range []struct {
		n    int64
		what string
	}{{s.Damaged, "damaged"}, {s.Failed, "unreadable"}, {s.Abandoned, "given up"}, {s.Skipped, "known already"}} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", x.n, x.what))
		}
	}
	return strings.Join(parts, ", ")
}

func plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// badPattern says which pattern is none.
func badPattern(lists ...[]string) error {
	for _, list := range lists {
		for _, p := range list {
			if strings.Contains(p, "/") {
				return fmt.Errorf("%q can never match: patterns are of names of files and folders, not of paths", p)
			}
			if _, err := path.Match(p, ""); err != nil {
				return fmt.Errorf("%q is no pattern of names", p)
			}
		}
	}
	return nil
}

// readShard reads I/N, which people count from 1.
func readShard(s string) (i, n int, err error) {
	a, b, ok := strings.Cut(s, "/")
	i, err1 := strconv.Atoi(a)
	n, err2 := strconv.Atoi(b)
	if !ok || err1 != nil || err2 != nil || i < 1 || i > n {
		return 0, 0, fmt.Errorf("--shard is I/N with I from 1 to N, not %q", s)
	}
	return i - 1, n, nil
}

// listedNames are the paths of the command line, then those of a list. What is wrong with the list is known when it was read.
func (c *command) listedNames(list string, null bool, paths []string) (iter.Seq[string], *error, error) {
	failed := new(error)
	if list == "" {
		return func(yield func(string) bool) { eachName(paths, yield) }, failed, nil
	}
	in := c.stdin
	if list != "-" {
		f, err := os.Open(list)
		if err != nil {
			return nil, nil, err
		}
		in = f
	}
	return func(yield func(string) bool) {
		if !eachName(paths, yield) {
			return
		}
		lines := bufio.NewScanner(in)
		lines.Buffer(nil, 1<<20)
		if null {
			lines.Split(splitNUL)
		}
		for lines.Scan() {
			if name := lines.Text(); name != "" && !yield(name) {
				return
			}
		}
		*failed = lines.Err()
	}, failed, nil
}

func eachName(names []string, yield func(string) bool) bool {
	for _, name := range names {
		if !yield(name) {
			return false
		}
	}
	return true
}

// splitNUL is a bufio.SplitFunc for names that end with NUL.
func splitNUL(data []byte, atEOF bool) (advance int, token []byte, err error) {
	for i, b := range data {
		if b == 0 {
			return i + 1, data[:i], nil
		}
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
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

// failures returns what --fail-on asks for, and whether that needs whole rows.
func failures(list []string) (failing func(*report.Report) bool, whole bool, err error) {
	var tests []func(*report.Report) bool
	for _, what := range list {
		switch id, isFinding := strings.CutPrefix(what, "finding:"); {
		case what == "damaged":
			tests = append(tests, func(r *report.Report) bool { return r.Verdict == report.Damaged })
		case isFinding && !report.FindingID(id).Known():
			return nil, false, fmt.Errorf("--fail-on: there is no finding %q", id)
		case isFinding:
			tests = append(tests, func(r *report.Report) bool {
				for _, f := range r.Findings {
					if f.ID == report.FindingID(id) {
						return true
					}
				}
				return false
			})
		default:
			where, long, err := batch.WhereScan(what)
			if err != nil && report.Nearest(what, []string{"damaged"}) != "" {
				err = fmt.Errorf("no expression %q: did you mean damaged?", what)
			}
			if err != nil {
				return nil, false, fmt.Errorf("--fail-on: %w", err)
			}
			tests, whole = append(tests, where), whole || long
		}
	}
	return func(r *report.Report) bool {
		for _, test := range tests {
			if test(r) {
				return true
			}
		}
		return false
	}, whole, nil
}
