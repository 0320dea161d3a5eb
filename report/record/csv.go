package record

import (
	"encoding/csv"
	"io"
	"regexp"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// CSV writes rows of comma-separated values.
type CSV[T any] struct {
	w       *csv.Writer
	columns []report.Column[T]
}

// NewCSV writes the line of names, and returns what writes the rows.
func NewCSV[T any](w io.Writer, columns []report.Column[T]) (*CSV[T], error) {
	c := &CSV[T]{csv.NewWriter(w), columns}
	return c, c.line(func(c report.Column[T]) string { return c.Name })
}

// Write writes a row, at once: nobody knows when the next one comes.
func (c *CSV[T]) Write(v T) error {
	return c.line(func(c report.Column[T]) string { return c.Value(v) })
}

func (c *CSV[T]) line(cell func(report.Column[T]) string) error {
	cells := make([]string, len(c.columns))
	for i, column := range c.columns {
		cells[i] = defused(report.Clean(cell(column)))
	}
	if err := c.w.Write(cells); err != nil {
		return err
	}
	c.w.Flush()
	return c.w.Error()
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
