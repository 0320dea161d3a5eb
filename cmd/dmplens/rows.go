package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/batch"
)

var reportVerb = &verb{
	name: "report", args: "[flags] ROWS...", short: "render the rows of scans again",
	long: `
Render the rows that scans wrote as JSON Lines, without touching the dumps: as
another format, a part of them, or in groups. The rows of the shards of one scan are
read together. Of a file that has more than one row, the last one counts.`,
	examples: `  dmplens report rows.jsonl
  dmplens report rows.jsonl --group-by signature
  dmplens report rows.jsonl --where 'verdict == "damaged"' --format markdown
`,
	run: runReport,
}

func runReport(c *command, args []string) (int, error) {
	view := c.viewFlags()
	files, err := c.parse(args)
	switch {
	case err != nil:
		return exitUnusable, err
	case len(files) == 0:
		return exitUnusable, c.usageError("name at least one file of rows")
	}
	rows, err := c.newView(view, c.stdout)
	if err != nil {
		return exitUnusable, err
	}
	code, err := c.eachRow(expand(files), rows.write)
	if err != nil {
		return exitUnusable, err
	}
	return code, rows.close()
}

// eachRow calls visit for the rows of files, of each path the last one. Lines that are no rows are complained of; the exit code says so.
func (c *command) eachRow(names []string, visit func(*report.Report) error) (int, error) {
	var latest batch.Latest
	for _, name := range names {
		if err := inRows(name, latest.Add); err != nil {
			return exitUnusable, err
		}
	}
	code, bad := exitOK, 0
	n := int64(0)
	for _, name := range names {
		err := inRows(name, func(r io.Reader) error {
			for r, err := range batch.Rows(r) {
				n++
				if err != nil {
					if bad++; bad == 1 {
						c.complain(fmt.Errorf("%s: %w", name, err))
					}
					code = exitFinding
					continue
				}
				if latest.Is(n, r) {
					if err := visit(r); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return exitUnusable, err
		}
	}
	if bad > 1 {
		c.complain(errors.New(plural(int64(bad), "line") + " in all are no rows"))
	}
	return code, nil
}

// inRows opens a file of rows.
func inRows(name string, read func(io.Reader) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return read(f)
}
