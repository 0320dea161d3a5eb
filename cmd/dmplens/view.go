package main

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/batch"
	"github.com/dmplens/dmplens/report/batch/condition"
	"github.com/dmplens/dmplens/report/text"
)

// viewFlags are the flags that choose rows and how they are written.
type viewFlags struct {
	format, columns, where, groupBy, sort, color *string
	width                                        *int
}

func (c *command) viewFlags() *viewFlags {
	v := &viewFlags{
		format:  c.flags.String("format", "table", "write rows as `FORMAT`: table, csv, jsonl or markdown"),
		columns: c.flags.String("columns", "", "write these columns, `NAMES` with commas: "+strings.Join(report.ColumnNames(), ", ")),
		where:   c.flags.String("where", "", "write rows for which `EXPRESSION` over the names of the JSON record is true"),
		groupBy: c.flags.String("group-by", "", "count rows by `KEY`: "+groupKeys()),
	}
	v.sort = c.flags.String("sort", "", "write rows at the end, sorted by `COLUMN`, numbers as numbers, -COLUMN from the greatest down; all wait in memory, some 10 KB each")
	v.color, v.width = c.textFlags()
	return v
}

// groupKeys is what the help of --group-by says.
func groupKeys() string {
	return strings.Join(report.GroupKeys, ", ") + "; signature is code, sub-code and module, and fine adds the offset in the module, the build and the type of machine"
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
	c.fitTable(&style, *f.width)
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
	if *f.sort == "" {
		return newRows(w, *f.format, columns, style)
	}
	name, descending := strings.CutPrefix(*f.sort, "-")
	by, err := report.Columns(name)
	switch {
	case err != nil:
		return out, c.usageError("--sort: %v", err)
	case len(by) > 1:
		return out, c.usageError("--sort takes one column")
	}
	if out, err = newRows(w, *f.format, columns, style); err != nil {
		return out, err
	}
	return sorted(out, by[0], descending), nil
}

// sorted keeps reports until it is closed, and writes them in the order of a column. Those without a value are last.
func sorted(out rows[*report.Report], by report.Column[*report.Report], descending bool) rows[*report.Report] {
	var list []*report.Report
	write := out.write
	return rows[*report.Report]{
		write: func(r *report.Report) error {
			list = append(list, r)
			return nil
		},
		close: func() error {
			slices.SortFunc(list, func(a, b *report.Report) int {
				order := by.CompareBy(a, b)
				if descending && by.Value(a) != "" && by.Value(b) != "" {
					order = -order
				}
				return cmp.Or(order, strings.Compare(report.PathOf(a), report.PathOf(b)))
			})
			for _, r := range list {
				if err := write(r); err != nil {
					return err
				}
			}
			return out.close()
		},
	}
}

// groupRows returns what counts reports in groups, and writes those when it is closed.
func (c *command) groupRows(f *viewFlags, w io.Writer, style text.Style) (out rows[*report.Report], err error) {
	switch {
	case *f.columns != "":
		return out, c.usageError("groups have columns of their own: leave out --columns")
	case *f.sort != "":
		return out, c.usageError("groups have an order of their own: leave out --sort")
	}
	groups, err := batch.NewGroups(*f.groupBy)
	if err != nil {
		return out, c.usageError("--group-by: %v", err)
	}
	out.write = func(r *report.Report) error {
		_, err := groups.Add(r)
		return err
	}
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

// whereOfRows compiles a condition on rows that were written before. What none of them has is an error: lists that scans leave out of rows
// are noticed by missing, when all rows have been asked.
func (c *command) whereOfRows(expression string) (wanted func(*report.Report) bool, missing func() error, err error) {
	if expression == "" {
		return func(*report.Report) bool { return true }, nothing, nil
	}
	compiled, err := condition.Compile(expression)
	if err == nil {
		_, err = compiled.ForScan()
	}
	if err != nil {
		return nil, nil, c.usageError("--where: %v", err)
	}
	lists := compiled.Lists()
	brief, rows := len(lists) > 0, false
	wanted = func(r *report.Report) bool {
		rows, brief = true, brief && !r.HasLists()
		return compiled.Match(r)
	}
	missing = func() error {
		if rows && brief {
			return c.usageError("--where: no row has %s: scan with the condition, and rows keep them", strings.Join(lists, " or "))
		}
		return nil
	}
	return wanted, missing, nil
}

// fitTable lets a table be wider than prose: as wide as the terminal, else as its cells, unless a width is asked for.
func (c *command) fitTable(style *text.Style, width int) {
	if width != 0 {
		return
	}
	style.Width = c.screenWidth()
	style.Uncut = style.Width == 0
}

func (v *view) write(r *report.Report) error {
	if !v.wanted(r) {
		return nil
	}
	v.written++
	return v.out.write(r)
}

func (v *view) close() error { return v.out.close() }
