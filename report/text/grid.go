package text

import (
	"io"
	"reflect"
	"strings"

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
	lines, err := align(full, columns, right)
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

// align returns a line for each row, without trailing blanks, in columns that are two blanks apart, without borders. Tablewriter draws them.
func align(rows [][]string, columns int, right []int) ([]string, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	sides := make([]tw.Align, columns)
	for i := range sides {
		sides[i] = tw.AlignLeft
	}
	for _, i := range right {
		sides[i] = tw.AlignRight
	}
	var out strings.Builder
	table := tablewriter.NewTable(&out,
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: sides}),
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
	for _, r := range rows {
		if err := table.Append(r); err != nil {
			return nil, err
		}
	}
	if err := table.Render(); err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines, nil
}
