package main

import (
	"errors"
	"io"
	"strings"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/batch"
	"github.com/dmplens/dmplens/report/batch/condition"
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

// view writes reports as rows, or counts them in groups that it writes at the end.
type view struct {
	wanted  func(*report.Report) bool
	out     rows[*report.Report]
	written int64 // rows, or rows that are counted in groups
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
	wanted, err := c.where(*f.where)
	if err != nil {
		return nil, err
	}
	if err := c.checkFormat(*f.format); err != nil {
		return nil, err
	}
	v := &view{wanted: wanted}
	if *f.groupBy != "" {
		v.out, err = c.groupRows(f, w, style)
	} else {
		v.out, err = c.reportRows(f, w, style)
	}
	return v, err
}

// reportRows returns what writes reports.
func (c *command) reportRows(f *viewFlags, w io.Writer, style text.Style) (out rows[*report.Report], err error) {
	columns := report.TableColumns()
	if *f.format == "csv" {
		columns = report.AllColumns()
	}
	if *f.columns != "" {
		if columns, err = report.Columns(*f.columns); err != nil {
			return out, c.usageError("--columns: %v", err)
		}
		if *f.format == "jsonl" {
			return out, c.usageError("jsonl has the whole record: leave out --columns")
		}
	}
	return newRows(w, *f.format, columns, style)
}

// groupRows returns what counts reports in groups, and writes those when it is closed.
func (c *command) groupRows(f *viewFlags, w io.Writer, style text.Style) (out rows[*report.Report], err error) {
	if *f.columns != "" {
		return out, c.usageError("groups have columns of their own: leave out --columns")
	}
	groups, err := batch.NewGroups(*f.groupBy)
	if err != nil {
		return out, c.usageError("--group-by: %v", err)
	}
	out.write = groups.Add
	out.close = func() error {
		if groups.MixedDepths() {
			c.complain(errors.New("some of the rows are by headers alone, which have no modules: the same problem can be in two groups"))
		}
		list := groups.List()
		columns := report.GroupColumns()
		if *f.format == "table" {
			columns = report.GroupTable(list)
		}
		return writeRows(w, *f.format, columns, style, list)
	}
	return out, nil
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
	return v.out.write(r)
}

func (v *view) close() error { return v.out.close() }
