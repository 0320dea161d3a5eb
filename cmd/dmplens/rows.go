package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"runtime/debug"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/batch"
	"github.com/dmplens/dmplens/report/batch/patterns"
)

var reportVerb = &verb{
	name: "report", args: "[flags] ROWS...", short: "render the rows of scans again",
	long: `
Render the rows that scans wrote as JSON Lines, without touching the dumps: as
another format, a part of them, or in groups. The rows of the shards of one scan are
read together. Of a file that has more than one row, the last one counts. Rows may be
UTF-16 with a byte order mark, as Windows PowerShell writes what it redirects.

--html writes a web page about all rows: groups by signature with their days,
machines and newest rows, machines with several crashes, and what is damaged. It is
one file that needs no network; --baseline marks what is new since older rows.

Behind a table, what the dumps say together is said on standard error.
--patterns writes that instead of rows: as sentences, or with --format jsonl as
one JSON object a line: kind, key, text, confidence, machines, dumps, examples
and the numbers that it was counted from. A pattern is named only where chance
does not explain it; of fewer than three machines there is nothing to compare with,
and what is said of one says so.`,
	examples: `  dmplens report rows.jsonl
  dmplens report rows.jsonl --group-by signature
  dmplens report rows.jsonl --where 'module == "example.sys"' --sort captured
  dmplens report rows.jsonl --patterns
  dmplens report rows.jsonl --where 'verdict == "damaged"' --format markdown
  dmplens report new.jsonl --html --output share.html --baseline old.jsonl
`,
	run: runReport,
}

func runReport(c *command, args []string) (int, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercentOfRows))
	view := c.viewFlags()
	asHTML := c.flags.Bool("html", false, "write a web page about all rows, in one file")
	baseline := c.flags.String("baseline", "", "mark on the web page what is new or growing since the older rows of `FILE`")
	only := c.flags.Bool("patterns", false, "write what the dumps say together, not rows")
	files, err := c.parse(args)
	switch {
	case err != nil:
		return exitUnusable, err
	case *only && (*view.groupBy != "" || *view.columns != "" || *view.sort != ""):
		return exitUnusable, c.usageError("--patterns has an order and columns of its own: leave out --group-by, --columns and --sort")
	case len(files) == 0:
		return exitUnusable, c.usageError("name at least one file of rows")
	case !*asHTML && *baseline != "":
		return exitUnusable, c.usageError("--baseline goes with --html")
	case *asHTML && *only:
		return exitUnusable, c.usageError("choose one of --html and --patterns: the page has the patterns too")
	case *asHTML:
		return c.reportHTML(view, expand(files), *baseline)
	}
	to := c.stdout
	if *only { // the columns of rows are not those of patterns
		to = io.Discard
	}
	rows, err := c.newView(view, to)
	if err != nil {
		return exitUnusable, err
	}
	var missing func() error
	if rows.wanted, missing, err = c.whereOfRows(*view.where); err != nil {
		return exitUnusable, err
	}
	var together patterns.Collector
	read := readRows(batch.Rows)
	if *only || *view.groupBy != "" {
		read = rowsToCount(*view.where)
	}
	code, _, err := c.eachRow(expand(files), read, func(r *report.Report) error {
		if !rows.wanted(r) {
			return nil
		}
		together.Add(r)
		if *only {
			return nil
		}
		rows.written++
		return rows.out.write(r)
	})
	if err = errors.Join(err, missing()); err != nil {
		return exitUnusable, err
	}
	if *only {
		return code, c.writePatterns(view, c.patterns(&together))
	}
	if err := rows.close(); err != nil {
		return code, err
	}
	if *view.format == "table" {
		c.sayPatterns(c.patterns(&together))
	}
	return code, nil
}

// reportHTML writes a page about rows.
func (c *command) reportHTML(view *viewFlags, files []string, baseline string) (int, error) {
	for _, name := range []string{"format", "columns", "group-by", "sort"} {
		if c.flags.Changed(name) {
			return exitUnusable, c.usageError("a page has tables of its own: leave out --%s", name)
		}
	}
	if err := c.checkPage(files); err != nil {
		return exitUnusable, err
	}
	wanted, missing, err := c.whereOfRows(*view.where)
	if err != nil {
		return exitUnusable, err
	}
	page, err := newSharePage(files, *view.where)
	if err != nil {
		return exitUnusable, err
	}
	read := rowsToCount(*view.where)
	code, unread, err := c.eachRow(files, read, func(r *report.Report) error {
		if wanted(r) {
			return page.add(r)
		}
		return nil
	})
	if err = errors.Join(err, missing()); err != nil {
		return exitUnusable, err
	}
	if unread > 0 {
		page.share.Partial = notRead(unread, "the rows")
	}
	if baseline != "" {
		since, old, err := page.since(c, baseline, read, wanted)
		if err != nil {
			return exitUnusable, err
		}
		code = max(code, since)
		if old > 0 {
			page.share.Partial += notRead(old, baseline) + " What is missing there can look new or growing."
		}
	}
	return code, page.write(c.stdout)
}

// notRead says how many lines of rows could not be read.
func notRead(lines int, of string) string {
	return fmt.Sprintf("%s of %s could not be read.", plural(int64(lines), "line"), of)
}

// What groups and patterns keep grows with the rows. Garbage is let grow as large, and where there are very many rows half as large.
const (
	gcPercentOfRows     = 100
	gcPercentOfManyRows = 50
	manyRows            = 200_000
)

// readRows reads rows: batch.Rows, or batch.BriefRows where they are only counted.
type readRows func(io.Reader) iter.Seq2[*report.Report, error]

// rowsToCount returns what reads rows that are only counted. A condition can ask for anything.
func rowsToCount(where string) readRows {
	if where != "" {
		return batch.Rows
	}
	return batch.BriefRows
}

// eachRow calls visit for the rows of files, of each path the last one. Lines that are no rows are complained of and counted; the exit code
// says so. A file that has something and no row is refused. The files are read twice: what is appended to one meanwhile does not count.
// Errors say which file they are about.
func (c *command) eachRow(names []string, read readRows, visit func(*report.Report) error) (code, unread int, err error) {
	var latest batch.Latest
	var files []*os.File
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	var sizes []int64
	for _, name := range names {
		f, size, err := c.openRows(name)
		if err != nil {
			return exitUnusable, unread, err
		}
		files, sizes = append(files, f), append(sizes, size)
		if err := latest.Add(decoded(io.NewSectionReader(f, 0, size))); err != nil {
			return exitUnusable, unread, inFile(name, err)
		}
	}
	n := int64(0)
	for i, name := range names {
		good, bad, first := false, 0, error(nil)
		for r, err := range read(decoded(io.NewSectionReader(files[i], 0, sizes[i]))) {
			if n++; n == manyRows {
				debug.SetGCPercent(gcPercentOfManyRows) // the verb sets it back
			}
			if err != nil {
				if bad++; bad == 1 {
					if first = err; good {
						c.complain(inFile(name, first))
					}
				}
				continue
			}
			if !good && bad > 0 {
				c.complain(inFile(name, first))
			}
			good = true
			if latest.Is(n, r) {
				if err := visit(r); err != nil {
					return exitUnusable, unread, inFile(name, err)
				}
			}
		}
		onlyBegun := (bad == 0 || bad == 1 && errors.Is(first, batch.ErrCut)) && beginsAsRow(files[i])
		switch {
		case good:
		case !onlyBegun && first != nil:
			return exitUnusable, unread, fmt.Errorf("not one line of %s is a row of a scan (%w)", name, first)
		case !onlyBegun:
			return exitUnusable, unread, fmt.Errorf("not one line of %s is a row of a scan", name)
		case bad > 0:
			c.complain(inFile(name, first))
		}
		if bad > 0 {
			code = exitFinding
		}
		if bad > 1 {
			c.complain(inFile(name, fmt.Errorf("%s in all are no rows", plural(int64(bad), "line"))))
		}
		unread += bad
	}
	return code, unread, nil
}

// beginsAsRow says whether a file without a row has the beginning of one, as a scan has it that has just begun, or nothing.
func beginsAsRow(f *os.File) bool {
	const begin = `{"schema_version"`
	b := make([]byte, len(begin))
	n, _ := io.ReadFull(decoded(io.NewSectionReader(f, 0, math.MaxInt64)), b)
	return strings.HasPrefix(begin, string(b[:n]))
}

// openRows opens a file of rows, which has to be one that can be read more than once.
func (c *command) openRows(name string) (*os.File, int64, error) {
	if err := c.noInput([]string{name}, "save the rows, which are read twice, to a file and name that"); err != nil {
		return nil, 0, err
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, 0, notFound(name, err)
	case info.IsDir():
		return nil, 0, notRows(name, "a folder")
	case !info.Mode().IsRegular():
		return nil, 0, &os.PathError{Op: "read", Path: name, Err: errors.New("rows are read twice, so they have to be in a regular file")}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	var magic [4]byte
	n, _ := f.ReadAt(magic[:], 0)
	for _, x := range []struct{ magic, what string }{{"\x1f\x8b", "gzip"}, {"PK\x03\x04", "zip"}, {"\x28\xb5\x2f\xfd", "zstd"}} {
		if strings.HasPrefix(string(magic[:n]), x.magic) {
			f.Close()
			return nil, 0, fmt.Errorf("%s is a %s file: unpack the rows first; of dumps in it, dmplens scan --format jsonl --output rows.jsonl %s makes rows", name, x.what, quoted(name))
		}
	}
	if what := dumpsIn(f); what != "" {
		f.Close()
		return nil, 0, notRows(name, what)
	}
	return f, info.Size(), nil
}

// notRows says how the rows are made of what was named in their place.
func notRows(name, what string) error {
	return fmt.Errorf("%s is %s, not rows: dmplens scan --format jsonl --output rows.jsonl %s makes them", name, what, quoted(name))
}

// dumpsIn says what a file is that is a dump or may have some, "" for others.
func dumpsIn(f io.ReaderAt) string {
	head := make([]byte, 64<<10)
	n, _ := f.ReadAt(head, 0) // what cannot be read is no row either, and said there
	_, err := dmpfile.NewHead(head[:n], -1)
	switch other, ok := errors.AsType[*dmpfile.NotDumpError](err); {
	case !ok || other.Format != dmpfile.NotADump:
		return "a dump"
	case other.What.IsArchive():
		return "an archive"
	}
	return ""
}
