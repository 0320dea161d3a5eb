package text

import (
	"io"
	"slices"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/dmplens/dmplens/report"
)

// looked is how many rows a table looks at before it chooses how wide its columns are, and how many wait to be drawn together later.
const looked = 50

// narrowest is how narrow a column of text may become.
const narrowest = 8

// Table writes rows, a few at a time, in columns whose widths the first rows decide.
type Table[T any] struct {
	w       io.Writer
	style   Style
	columns []report.Column[T]
	align   []tw.Align
	widths  []int      // nil before they are chosen
	rows    [][]string // that wait; the first of all are the names
}

// NewTable returns a table that is as wide as the style wants, unless numbers and times need more. Without columns it writes nothing.
func NewTable[T any](w io.Writer, columns []report.Column[T], style Style) *Table[T] {
	t := &Table[T]{w: w, style: style}
	var names []string
	for _, c := range columns {
		if c.Wide && style.width() < report.WideTable {
			continue
		}
		align := tw.AlignLeft
		if c.Right {
			align = tw.AlignRight
		}
		t.columns, t.align, names = append(t.columns, c), append(t.align, align), append(names, c.Name)
	}
	t.rows = [][]string{names}
	return t
}

// Write adds a row.
func (t *Table[T]) Write(v T) error {
	cells := make([]string, len(t.columns))
	for i, c := range t.columns {
		cells[i] = orDash(Clean(c.Value(v)))
	}
	t.rows = append(t.rows, cells)
	if len(t.rows) <= looked {
		return nil
	}
	return t.draw()
}

// Flush writes the rows that wait, unless there have been too few to choose widths by.
func (t *Table[T]) Flush() error {
	if t.widths == nil {
		return nil
	}
	return t.draw()
}

// Close writes the rows that wait. Of a table without rows there is only its head.
func (t *Table[T]) Close() error { return t.draw() }

func (t *Table[T]) draw() error {
	if len(t.columns) == 0 {
		return nil
	}
	color := ""
	if t.widths == nil {
		t.widths, color = t.chosen(), dim
	}
	for _, cells := range t.rows {
		t.cut(cells)
	}
	p := page{style: t.style}
	for rows := t.rows; len(rows) > 0; {
		widths := t.needed(rows[0])
		n := 1
		for n < len(rows) && slices.Equal(t.needed(rows[n]), widths) {
			n++
		}
		lines, err := aligned(rows[:n], t.align, widths)
		if err != nil {
			return err
		}
		for _, line := range lines {
			p.WriteString(p.paint(color, line) + "\n")
			color = ""
		}
		rows = rows[n:]
	}
	t.rows = t.rows[:0]
	_, err := t.w.Write(p.Bytes())
	return err
}

// cut shortens the cells of a row to the widths of the table, where they may be.
func (t *Table[T]) cut(cells []string) {
	for i, c := range t.columns {
		switch c.Cut {
		case report.CutStart:
			cells[i] = cutStart(cells[i], t.widths[i])
		case report.CutEnd:
			cells[i] = cutEnd(cells[i], t.widths[i])
		}
	}
}

// needed returns the widths that a row needs: those of the table, unless a cell that must not be cut is wider than any of the first rows.
// It moves what stands behind it in its row only.
func (t *Table[T]) needed(cells []string) []int {
	widths := t.widths
	for i, s := range cells {
		if n := twwidth.Width(s); n > t.widths[i] {
			widths = slices.Clone(widths)
			widths[i] = n
		}
	}
	return widths
}

// chosen returns the widths that the first rows need. Where they are too many together, the last column has less if it is text, then the
// widest texts have.
func (t *Table[T]) chosen() []int {
	widths, sum := make([]int, len(t.columns)), len(gap)*(len(t.columns)-1)
	for i := range widths {
		for _, cells := range t.rows {
			widths[i] = max(widths[i], twwidth.Width(cells[i]))
		}
		sum += widths[i]
	}
	last := len(widths) - 1
	for ; sum > t.style.width(); sum-- {
		widest := -1
		for i, c := range t.columns {
			if c.Cut != report.CutNowhere && widths[i] > max(narrowest, len(c.Name)) && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		switch {
		case t.columns[last].Cut != report.CutNowhere && widths[last] > 2*narrowest:
			widths[last]--
		case widest >= 0:
			widths[widest]--
		default:
			return widths
		}
	}
	return widths
}

const ellipsis = "…"

// cutEnd keeps as much of the beginning as fits.
func cutEnd(s string, width int) string {
	if twwidth.Width(s) <= width {
		return s
	}
	return prefix(s, width-twwidth.Width(ellipsis)) + ellipsis
}

// cutStart keeps as much of the end as fits.
func cutStart(s string, width int) string {
	if twwidth.Width(s) <= width {
		return s
	}
	return ellipsis + reversed(prefix(reversed(s), width-twwidth.Width(ellipsis)))
}

// prefix returns the first characters of a text that together are at most so wide.
func prefix(s string, width int) string {
	n := 0
	for i, r := range s {
		if n += twwidth.Width(string(r)); n > width {
			return s[:i]
		}
	}
	return s
}

func reversed(s string) string {
	runes := []rune(s)
	for i, j := 0, len(runes)-1; i < j; i, j = i+1, j-1 {
		runes[i], runes[j] = runes[j], runes[i]
	}
	return string(runes)
}
