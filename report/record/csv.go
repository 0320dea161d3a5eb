package record

import (
	"encoding/csv"
	"io"
	"regexp"
	"strings"
	"sync"

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

var plainNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[-+]?[0-9]+(\.[0-9]+)?$`) })

// formulaMarks begin what a spreadsheet takes for a formula; in some languages their wide forms do too.
const formulaMarks = `[=+\-@\t\r＝＋－＠]`

var (
	// formula is a cell that begins as a formula, behind what a spreadsheet may drop.
	formula = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\s"']*` + formulaMarks) })

	// laterFormula is a formula behind what is the separator of cells in many countries: there a cell is cut in two.
	laterFormula = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`;([\s"']*` + formulaMarks + `)`) })
)

// defused keeps a spreadsheet from taking a cell, or a part of it, for a formula: names of files and processes are anybody's.
func defused(s string) string {
	if !beginsPlain(s) && formula().MatchString(s) && !plainNumber().MatchString(s) {
		s = "'" + s
	}
	if strings.Contains(s, ";") {
		s = laterFormula().ReplaceAllString(s, ";'$1")
	}
	return s
}

// beginsPlain says of most cells that they are no formula, without a look at all of them.
func beginsPlain(s string) bool {
	return s == "" || '0' <= s[0] && s[0] <= '9' || 'a' <= s[0]|0x20 && s[0]|0x20 <= 'z' || s[0] == '/'
}
