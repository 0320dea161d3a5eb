package record

import (
	"encoding/csv"
	"io"
	"regexp"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// CSV writes reports as rows of comma-separated values.
type CSV struct {
	w       *csv.Writer
	columns []report.Column
}

// NewCSV writes the line of names, and returns what writes the rows.
func NewCSV(w io.Writer, columns []report.Column) (*CSV, error) {
	c := &CSV{w: csv.NewWriter(w), columns: columns}
	return c, writeCSV(c.w, names(columns))
}

// Write writes a report as a row, at once: nobody knows when the next one comes.
func (c *CSV) Write(r *report.Report) error { return writeCSV(c.w, values(c.columns, r)) }

func writeCSV(w *csv.Writer, cells []string) error {
	safe := make([]string, len(cells))
	for i, s := range cells {
		safe[i] = defused(report.Clean(s))
	}
	if err := w.Write(safe); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

func names(columns []report.Column) []string {
	var list []string
	for _, c := range columns {
		list = append(list, c.Name)
	}
	return list
}

func values(columns []report.Column, r *report.Report) []string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.Value(r)
	}
	return list
}

var plainNumber = regexp.MustCompile(`^[-+]?[0-9]+(\.[0-9]+)?$`)

// formulaMarks begin what a spreadsheet takes for a formula; in some languages their wide forms do too.
const formulaMarks = "=+-@\t\r＝＋－＠"

// defused keeps a spreadsheet from taking a cell for a formula: names of files and processes are anybody's.
func defused(s string) string {
	if s != "" && strings.IndexAny(s, formulaMarks) == 0 && !plainNumber.MatchString(s) {
		return "'" + s
	}
	return s
}
