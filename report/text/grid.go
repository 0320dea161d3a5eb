package text

import (
	"io"
	"reflect"
	"strings"
	"sync"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twcache"
	"github.com/olekukonko/tablewriter/tw"
)

// gap stands behind each cell.
const gap = "  "

// grid writes rows as aligned columns, two blanks apart, without borders. The columns named in right are right-aligned. Cells are
// cleaned, and trailing blanks are cut.
func grid(w io.Writer, indent string, rows [][]string, right ...int) error {
	columns := 0
	for _, r := range rows {
		columns = max(columns, len(r))
	}
	full := make([][]string, len(rows))
	for i, r := range rows {
		full[i] = make([]string, columns)
		for j, cell := range r {
			full[i][j] = Clean(cell)
		}
	}
	a := aligners.Get().(*aligner)
	defer aligners.Put(a)
	lines, err := a.lines(full, alignment(columns, right))
	if err != nil {
		return err
	}
	for _, line := range lines {
		if line == "" {
			continue
		}
		if _, err := io.WriteString(w, indent+line+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// aligner makes lines of rows, in columns that are two blanks apart, without borders. Tablewriter draws them.
type aligner struct {
	table *tablewriter.Table
	out   strings.Builder
}

// aligners are those that are not in use. Tablewriter makes a cache of half a megabyte with each table, before it can be told not to.
var aligners = sync.Pool{New: func() any { return newAligner() }}

func newAligner() *aligner {
	a := new(aligner)
	a.table = tablewriter.NewTable(&a.out,
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithPadding(tw.Padding{Left: "", Right: gap, Overwrite: true}),
		tablewriter.WithRendition(tw.Rendition{
			Borders: tw.BorderNone,
			Settings: tw.Settings{
				Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off, ShowHeader: tw.Off, ShowFooter: tw.Off},
				Lines:      tw.Lines{ShowTop: tw.Off, ShowBottom: tw.Off, ShowHeaderLine: tw.Off, ShowFooterLine: tw.Off},
			},
		}),
		// The cache for cells that are no strings takes half a megabyte.
		tablewriter.WithStringerCacheCustom(twcache.NewLRU[reflect.Type, reflect.Value](1)),
	)
	return a
}

// alignment returns how columns are aligned, those named in right to the right.
func alignment(columns int, right []int) tw.CellAlignment {
	align := make([]tw.Align, columns)
	for i := range align {
		align[i] = tw.AlignLeft
	}
	for _, i := range right {
		align[i] = tw.AlignRight
	}
	return tw.CellAlignment{PerColumn: align}
}

// lines returns a line for each row, without trailing blanks. The columns are as wide as their cells need.
func (a *aligner) lines(rows [][]string, alignment tw.CellAlignment) ([]string, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	a.out.Reset()
	a.table.Reset() // and not a stream, which cuts cells at the widths of the first row
	a.table.Options(tablewriter.WithRowAlignmentConfig(alignment))
	for _, r := range rows {
		if err := a.table.Append(r); err != nil {
			return nil, err
		}
	}
	if err := a.table.Render(); err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(a.out.String(), "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines, nil
}
