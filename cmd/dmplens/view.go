package main

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/batch"
	"github.com/dmplens/dmplens/report/batch/condition"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

// viewFlags are the flags that choose rows and how they are written.
type viewFlags struct {
	format, columns, where, groupBy, color *string
	width                                  *int
}

func (c *command) viewFlags() *viewFlags {
	v := &viewFlags{
		format:  c.flags.String("format", "table", "write rows as `FORMAT`: table, csv, jsonl or markdown"),
		columns: c.flags.String("columns", "", "write these columns, `NAMES` with commas: "+strings.Join(report.ColumnNames(), ", ")),
		where:   c.flags.String("where", "", "write rows for which `EXPRESSION` over the names of the JSON record is true"),
		groupBy: c.flags.String("group-by", "", "count rows by `KEY`: "+strings.Join(report.GroupKeys, ", ")),
	}
	v.color, v.width = c.textFlags()
	return v
}

// wideTable is how wide a table is that has room for all of report.TableColumns.
const wideTable = 120

// view writes rows, or counts them in groups that it writes at the end.
type view struct {
	wanted func(*report.Report) bool
	groups *batch.Groups // nil where rows are written
	add    func(*report.Report) error

	written int64 // rows, or rows that are counted in groups
	end     func() error
}

// newView returns what the flags choose.
func (c *command) newView(f *viewFlags, w io.Writer) (*view, error) {
	style, err := c.style(*f.color, *f.width)
	if err != nil {
		return nil, err
	}
	if *f.width == 0 {
		style.Width = c.screenWidth() // a table may be wider than prose
	}
	v := &view{end: func() error { return nil }}
	if v.wanted, err = c.where(*f.where); err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"table", "csv", "jsonl", "markdown"}, *f.format) {
		return nil, c.usageError("--format is table, csv, jsonl or markdown, not %q", *f.format)
	}
	if *f.groupBy != "" {
		if *f.columns != "" {
			return nil, c.usageError("groups have columns of their own: leave out --columns")
		}
		if v.groups, err = batch.NewGroups(*f.groupBy); err != nil {
			return nil, c.usageError("--group-by: %v", err)
		}
		v.add = v.groups.Add
		v.end = func() error {
			list := v.groups.List()
			if v.groups.MixedDepths() {
				c.complain(errors.New("some of the rows are by headers alone, which have no modules: the same problem can be in two groups"))
			}
			switch *f.format {
			case "csv":
				return record.GroupsCSV(w, list)
			case "jsonl":
				return record.GroupsJSONL(w, list)
			case "markdown":
				return record.GroupsMarkdown(w, list)
			}
			return text.Groups(w, list, style)
		}
		return v, nil
	}
	names := *f.columns
	switch {
	case names != "":
	case *f.format == "table" && style.Width < wideTable:
		names = report.NarrowColumns
	case *f.format == "table" || *f.format == "markdown":
		names = report.TableColumns
	default:
		names = report.AllColumns
	}
	columns, err := report.Columns(names)
	if err != nil {
		return nil, c.usageError("--columns: %v", err)
	}
	switch *f.format {
	case "jsonl":
		if *f.columns != "" {
			return nil, c.usageError("jsonl has the whole record: leave out --columns")
		}
		v.add = record.NewRows(w).Write
	case "csv":
		out, err := record.NewCSV(w, columns)
		if err != nil {
			return nil, err
		}
		v.add = out.Write
	case "markdown":
		out, err := record.NewMarkdown(w, columns)
		if err != nil {
			return nil, err
		}
		v.add = out.Write
	default:
		out := text.NewTable(w, columns, style)
		v.add, v.end = out.Write, out.Close
	}
	return v, nil
}

// where compiles a condition; an empty one is always true.
func (c *command) where(expression string) (func(*report.Report) bool, error) {
	if expression == "" {
		return func(*report.Report) bool { return true }, nil
	}
	compiled, err := condition.Compile(expression)
	if err != nil {
		return nil, c.usageError("--where: %v", err)
	}
	return compiled.Match, nil
}

func (v *view) write(r *report.Report) error {
	if !v.wanted(r) {
		return nil
	}
	v.written++
	return v.add(r)
}

func (v *view) close() error { return v.end() }
