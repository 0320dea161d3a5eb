package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime/debug"

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
	rows, err := c.newView(view, c.stdout)
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
	code, err := c.eachRow(expand(files), read, func(r *report.Report) error {
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
func (c *command) reportHTML(view *viewFlags, files []string, baseline string) (code int, err error) {
	for _, name := range []string{"format", "columns", "group-by", "sort"} {
		if c.flags.Changed(name) {
			return exitUnusable, c.usageError("a page has tables of its own: leave out --%s", name)
		}
	}
	wanted, missing, err := c.whereOfRows(*view.where)
	if err != nil {
		return exitUnusable, err
	}
	page, err := newSharePage()
	if err != nil {
		return exitUnusable, err
	}
	read := rowsToCount(*view.where)
	code, err = c.eachRow(files, read, func(r *report.Report) error {
		if wanted(r) {
			return page.add(r)
		}
		return nil
	})
	if err = errors.Join(err, missing()); err != nil {
		return exitUnusable, err
	}
	if baseline != "" {
		if err := page.since(c, baseline, read, wanted); err != nil {
			return exitUnusable, err
		}
	}
	return code, page.write(c.stdout)
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

// eachRow calls visit for the rows of files, of each path the last one. Lines that are no rows are complained of; the exit code says so.
// The files are read twice: what is appended to one meanwhile does not count.
func (c *command) eachRow(names []string, read readRows, visit func(*report.Report) error) (int, error) {
	var latest batch.Latest
	var files []*os.File
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	var sizes []int64
	for _, name := range names {
		f, size, err := openRegular(name)
		if err != nil {
			return exitUnusable, err
		}
		files, sizes = append(files, f), append(sizes, size)
		if err := latest.Add(decoded(io.NewSectionReader(f, 0, size))); err != nil {
			return exitUnusable, inFile(name, err)
		}
	}
	code, bad, n := exitOK, 0, int64(0)
	for i, name := range names {
		for r, err := range read(decoded(io.NewSectionReader(files[i], 0, sizes[i]))) {
			if n++; n == manyRows {
				debug.SetGCPercent(gcPercentOfManyRows) // the verb sets it back
			}
			switch {
			case err != nil:
				if bad++; bad == 1 {
					c.complain(fmt.Errorf("%s: %w", name, err))
				}
				code = exitFinding
			case latest.Is(n, r):
				if err := visit(r); err != nil {
					return exitUnusable, err
				}
			}
		}
	}
	if bad > 1 {
		c.complain(errors.New(plural(int64(bad), "line") + " in all are no rows"))
	}
	return code, nil
}

// openRegular opens a file that can be read more than once.
func openRegular(name string) (*os.File, int64, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, 0, notFound(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, 0, &os.PathError{Op: "read", Path: name, Err: errors.New("rows are read twice, so they have to be in a regular file")}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	return f, info.Size(), nil
}
