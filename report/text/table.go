package text

import (
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
)

// looked is how many rows a table looks at before it chooses how wide its columns are.
const looked = 50

// narrowest is how narrow a column of text may become.
const narrowest = 8

// Table writes rows. It keeps the first few, to choose widths by them, and writes each later one at once.
type Table[T any] struct {
	w       io.Writer
	style   Style
	columns []report.Column[T]
	aligner *aligner
	align   tw.CellAlignment
	widths  []int      // nil before they are chosen
	first   [][]string // the names and the rows that are kept
}

// NewTable returns a table that is as wide as the style wants, unless numbers and times need more, or no cell is to be cut. Without columns it writes nothing.
func NewTable[T any](w io.Writer, columns []report.Column[T], style Style) *Table[T] {
	t := &Table[T]{w: w, style: style}
	var names []string
	var right []int
	for _, c := range columns {
		if c.Wide && style.width() < report.WideTable {
			continue
		}
		if c.Right {
			right = append(right, len(names))
		}
		t.columns, names = append(t.columns, c), append(names, c.Name)
	}
	t.align = alignment(len(names), right)
	t.aligner, t.first = newAligner(), [][]string{names}
	return t
}

// Write adds a row.
func (t *Table[T]) Write(v T) error {
	cells := make([]string, len(t.columns))
	for i, c := range t.columns {
		cells[i] = orDash(Clean(c.Value(v)))
	}
	if t.widths != nil {
		return t.row(cells, page.Plain)
	}
	if t.first = append(t.first, cells); len(t.first) <= looked {
		return nil
	}
	return t.start()
}

// Close writes the rows that are kept. Of a table without rows there is only its head.
func (t *Table[T]) Close() error {
	if t.widths != nil {
		return nil
	}
	return t.start()
}

func (t *Table[T]) start() error {
	t.widths = t.chosen()
	tone := page.Dim
	for _, cells := range t.first {
		if err := t.row(cells, tone); err != nil {
			return err
		}
		tone = page.Plain
	}
	t.first = nil
	return nil
}

// row writes a row. What must not be cut can be wider than anything in the first rows, and moves what stands behind it.
func (t *Table[T]) row(cells []string, tone page.Tone) error {
	if len(cells) == 0 {
		return nil
	}
	widths := slices.Clone(t.widths)
	for i, c := range t.columns {
		switch cut := c.Cut; {
		case t.style.Uncut:
		case cut == report.CutStart:
			cells[i] = cutStart(cells[i], widths[i])
		case cut == report.CutEnd:
			cells[i] = cutEnd(cells[i], widths[i])
		}
		widths[i] = max(widths[i], twwidth.Width(cells[i]))
	}
	lines, err := t.aligner.lines([][]string{cells}, t.align, widths)
	if err != nil {
		return err
	}
	_, err = io.WriteString(t.w, t.style.paint(tone, strings.Join(lines, "\n"))+"\n")
	return err
}

// chosen returns the widths that the first rows need. Where they are too many together, the last column has less if it is text, then the
// widest texts have.
func (t *Table[T]) chosen() []int {
	widths, sum := make([]int, len(t.columns)), len(gap)*(len(t.columns)-1)
	for i := range widths {
		for _, cells := range t.first {
			widths[i] = max(widths[i], twwidth.Width(cells[i]))
		}
		sum += widths[i]
	}
	last := len(widths) - 1
	for ; sum > t.style.width() && !t.style.Uncut; sum-- {
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
