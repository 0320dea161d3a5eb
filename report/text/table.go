package text

import (
	"io"
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
)

// looked is how many rows a table looks at before it chooses how wide its columns are.
const looked = 50

// gap stands between two columns.
const gap = "  "

// narrowest is how narrow a column of text may become.
const narrowest = 8

// Table writes reports as rows. It keeps the first few, to choose widths by them, and writes each later one at once.
type Table struct {
	w       io.Writer
	style   Style
	columns []report.Column
	widths  []int // nil before they are chosen
	first   [][]string
}

// NewTable returns a table that is as wide as the style wants, unless numbers and times need more.
func NewTable(w io.Writer, columns []report.Column, style Style) *Table {
	t := &Table{w: w, style: style, columns: columns}
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
	}
	t.keep(names...)
	return t
}

// Write adds a report as a row.
func (t *Table) Write(r *report.Report) error {
	cells := make([]string, len(t.columns))
	for i, c := range t.columns {
		cells[i] = c.Value(r)
	}
	if t.widths != nil {
		return t.row(cleaned(cells), page.Plain)
	}
	t.keep(cells...)
	if len(t.first) <= looked {
		return nil
	}
	return t.start()
}

// keep adds a row to those that the widths are chosen by.
func (t *Table) keep(cells ...string) { t.first = append(t.first, cleaned(cells)) }

func cleaned(cells []string) []string {
	for i, s := range cells {
		cells[i] = orDash(Clean(s))
	}
	return cells
}

// Close writes the rows that are kept. Of a table without rows there is only its head.
func (t *Table) Close() error {
	if t.widths != nil {
		return nil
	}
	return t.start()
}

func (t *Table) start() error {
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

// chosen returns the widths that the first rows need. Where they are too many together, the last column has less if it is text, then the
// widest texts have.
func (t *Table) chosen() []int {
	widths, sum := make([]int, len(t.columns)), len(gap)*(len(t.columns)-1)
	for i := range widths {
		for _, cells := range t.first {
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

func (t *Table) row(cells []string, tone page.Tone) error {
	var line strings.Builder
	for i, c := range t.columns {
		s := cells[i]
		switch c.Cut {
		case report.CutStart:
			s = cutStart(s, t.widths[i])
		case report.CutEnd:
			s = cutEnd(s, t.widths[i])
		}
		pad := strings.Repeat(" ", max(0, t.widths[i]-twwidth.Width(s)))
		if c.Right {
			line.WriteString(pad + s + gap)
		} else {
			line.WriteString(s + pad + gap)
		}
	}
	_, err := io.WriteString(t.w, t.style.paint(tone, strings.TrimRight(line.String(), " "))+"\n")
	return err
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
