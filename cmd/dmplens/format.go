package main

import (
	"io"
	"slices"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

// checkFormat says whether --format is one that newRows knows.
func (c *command) checkFormat(format string) error {
	if !slices.Contains([]string{"table", "csv", "jsonl", "markdown"}, format) {
		what := ""
		if format == "html" {
			what = ": a web page is written by --html"
			if f := c.flags.Lookup("html"); takesWord(f) {
				what += " page.html"
			}
		}
		return c.usageError("--format is table, csv, jsonl or markdown, not %q%s", format, what)
	}
	return nil
}

// rows is what writes rows of some kind. Some may wait until it is closed.
type rows[T any] struct {
	write func(T) error
	close func() error
}

func nothing() error { return nil }

// newRows returns what writes rows in a format. JSON Lines have no columns, but all there is.
func newRows[T any](w io.Writer, format string, columns []report.Column[T], style text.Style) (rows[T], error) {
	switch format {
	case "csv":
		out, err := record.NewCSV(w, columns)
		return rows[T]{out.Write, nothing}, err
	case "markdown":
		out, err := record.NewMarkdown(w, columns)
		return rows[T]{out.Write, nothing}, err
	case "jsonl":
		return rows[T]{record.NewRows[T](w).Write, nothing}, nil
	}
	out := text.NewTable(w, columns, style)
	return rows[T]{out.Write, out.Close}, nil
}

// writeRows writes a list in a format.
func writeRows[T any](w io.Writer, format string, columns []report.Column[T], style text.Style, list []T) error {
	out, err := newRows(w, format, columns, style)
	if err != nil {
		return err
	}
	for _, v := range list {
		if err := out.write(v); err != nil {
			return err
		}
	}
	return out.close()
}
