package text

import (
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
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
	align := make([]tw.Align, columns)
	for _, i := range right {
		align[i] = tw.AlignRight
	}
	full := make([][]string, len(rows))
	for i, r := range rows {
		full[i] = make([]string, columns)
		for j, cell := range r {
			full[i][j] = Clean(cell)
		}
	}
	lines, err := aligned(full, align, nil)
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

// aligned returns rows as lines of aligned columns, drawn by tablewriter, without trailing blanks. The zero alignment is to the left. The
// columns are as wide as their cells need, or as widths say: tablewriter cuts what is wider. It keeps the rows until all are drawn, and a
// table of its own takes half a megabyte, so that neither very many nor very few rows are for one.
func aligned(rows [][]string, align []tw.Align, widths []int) ([]string, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	sides := make([]tw.Align, len(align))
	for i, a := range align {
		if sides[i] = a; a == "" {
			sides[i] = tw.AlignLeft // its own default depends on more
		}
	}
	fixed := tw.NewMapper[int, int]()
	for i, width := range widths {
		fixed.Set(i, width+len(gap))
	}
	var out strings.Builder
	t := tablewriter.NewTable(&out,
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: sides}),
		tablewriter.WithColumnWidths(fixed),
		tablewriter.WithPadding(tw.Padding{Left: "", Right: gap, Overwrite: true}),
		tablewriter.WithRendition(tw.Rendition{
			Borders: tw.BorderNone,
			Settings: tw.Settings{
				Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off, ShowHeader: tw.Off, ShowFooter: tw.Off},
				Lines:      tw.Lines{ShowTop: tw.Off, ShowBottom: tw.Off, ShowHeaderLine: tw.Off, ShowFooterLine: tw.Off},
			},
		}),
	)
	for _, r := range rows {
		if err := t.Append(r); err != nil {
			return nil, err
		}
	}
	if err := t.Render(); err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines, nil
}
