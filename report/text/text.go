// Package text prints for people: a page of package page at a terminal, or as Markdown, and reports as rows of a table.
//
// What is here: columns, wrapping, alignment, colours, and the cleaning of strings that could harm a terminal. It knows nothing of dumps:
// what a page says is the business of package page, what a column of a table says that of package report. A new kind of block of a page
// gets a case in printer.block and in markdown.block.
package text

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report/page"
)

// MinWidth is the least number of columns that pages are made for.
const MinWidth = 60

// Style is how things are printed. The zero Style is 80 columns without colour.
type Style struct {
	Width   int  // columns to wrap at; less than MinWidth means 80
	Color   bool // write ANSI colour
	Uncut   bool // tables are as wide as their cells: for what is no terminal
	Several bool // pages follow each other, so that each begins with a line that stands out
}

func (s Style) width() int {
	if s.Width < MinWidth {
		return 80
	}
	return s.Width
}

// sgr is the colour of a tone, as an ANSI code.
var sgr = map[page.Tone]string{page.Strong: "1", page.Good: "32", page.Warning: "33", page.Bad: "31", page.Dim: "2"}

// paint colours a text. What is painted is wrapped and padded before, so that escape codes do not count as columns.
func (s Style) paint(tone page.Tone, text string) string {
	code := sgr[tone]
	if !s.Color || code == "" || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Write prints a page.
func Write(w io.Writer, p *page.Page, style Style) error {
	out := &printer{Style: style, margin: "  "}
	if p.Title == "" {
		out.margin = "" // there is nothing that the rest stands under
	} else {
		out.title(p)
	}
	for i, section := range p.Sections {
		if i > 0 || p.Title != "" {
			out.WriteByte('\n')
		}
		for _, b := range section {
			if err := out.block(b); err != nil {
				return err
			}
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}

// printer collects the output of one page, so that a failing writer is met once.
type printer struct {
	bytes.Buffer
	Style
	margin string // of blocks that have no label
}

// title prints the title and what stands with it; on two lines where one is too narrow, or on more.
func (p *printer) title(of *page.Page) {
	about := make([]string, len(of.About))
	for i, s := range of.About {
		about[i] = Clean(s)
	}
	title, rest := Clean(of.Title), strings.Join(about, "   ")
	if p.Several {
		title = "==> " + title + " <=="
	}
	if !p.Several && runes(title)+3+runes(rest) <= p.width() {
		fmt.Fprintf(p, "%s   %s\n", p.paint(page.Strong, title), rest)
		return
	}
	if 2+runes(rest) > p.width() {
		rest = strings.Join(about, "\n  ")
	}
	fmt.Fprintf(p, "%s\n  %s\n", p.paint(page.Strong, title), rest)
}

func (p *printer) block(b page.Block) error {
	switch b := b.(type) {
	case page.Row:
		p.row(b)
	case page.Table:
		return p.table(b)
	case page.SizeBar:
		return p.table(b.Table)
	case page.MemoryMap:
		if b.Aside {
			return nil
		}
		if err := p.table(b.Table); err != nil || len(b.Areas.Rows) == 0 {
			return err
		}
		return p.table(b.Areas)
	case page.TimeLine:
		return p.table(b.Table)
	case page.Frames:
		return p.table(b.Table)
	case page.Fold:
		if b.Text != "" {
			p.row(page.Row{Value: b.Text, Tone: b.Tone})
		}
	case page.Pairs:
		p.pairs(b)
	case page.List:
		p.list(b, 2, false)
	case page.Tree:
		p.list(page.List(b), 2, true)
	case page.Lines:
		for _, line := range b {
			fmt.Fprintf(p, "%s%s\n", p.margin, Clean(line))
		}
	case page.Note:
		fmt.Fprintf(p, "%s%s\n", p.margin, p.paint(b.Tone, Clean(b.Text)))
	}
	return nil
}

// labelWidth is where the values of rows begin.
const labelWidth = 13

// row prints a label and a value, wrapped behind the label. What stands beside the value has a line of its own where it does not fit.
func (p *printer) row(r page.Row) {
	room, beside := p.width()-max(labelWidth, 3+runes(r.Label)), Clean(r.Beside)
	lines := wrap(Clean(r.Value), room)
	if beside != "" && len(lines) == 1 && runes(lines[0])+3+runes(beside) <= room {
		p.labelled(r.Label, p.paint(r.Tone, lines[0])+"   "+p.paint(r.BesideTone, beside))
		return
	}
	for _, line := range lines {
		p.labelled(r.Label, p.paint(r.Tone, line))
		r.Label = ""
	}
	if beside != "" {
		p.row(page.Row{Value: beside, Tone: r.BesideTone})
	}
}

// labelled prints a line. A label that is wider than its column moves the value, and has a blank behind it all the same.
func (p *printer) labelled(label, value string) {
	fmt.Fprintf(p, "  %-*s %s\n", labelWidth-3, label, value)
}

// optionalWidth is how wide a page is that has room for optional columns.
const optionalWidth = 140

// table prints a table behind its label, or one without a label at the margin.
func (p *printer) table(t page.Table) error {
	for last := lastOptional(t); last >= 0 && (p.width() < optionalWidth || p.width() < tableWidth(t)); last = lastOptional(t) {
		t = withoutColumn(t, last)
	}
	t = cutToWidth(t, p.width())
	var right []int
	names, headed := make([]string, len(t.Columns)), false
	for i, c := range t.Columns {
		if c.Right {
			right = append(right, i)
		}
		names[i] = c.Name
		headed = headed || c.Name != ""
	}
	rows := t.Rows
	if headed {
		rows = append([][]string{names}, rows...)
	}
	if t.Label == "" {
		if t.Columns[len(t.Columns)-1].Wrap {
			rows = wrapLast(rows, p.width()-len(p.margin))
		}
		return grid(p, p.margin, rows, right...)
	}
	var b strings.Builder
	indent, room, err := strings.Repeat(" ", labelWidth), p.width()-labelWidth, error(nil)
	if wrapped := wrapLast(rows, room); len(rows) == 0 || columnWidth(wrapped, len(t.Columns)-1) <= lastRoom(rows, room) {
		err = grid(&b, indent, wrapped, right...)
	} else {
		err = gridBelow(&b, indent, rows, room, right...)
	}
	if err != nil || b.Len() == 0 {
		return err
	}
	p.labelled(t.Label, strings.TrimSuffix(b.String()[labelWidth:], "\n"))
	return nil
}

// lastOptional is the last column that may be left out; -1 where there is none.
func lastOptional(t page.Table) int {
	for i := len(t.Columns) - 1; i >= 0; i-- {
		if t.Columns[i].Optional {
			return i
		}
	}
	return -1
}

// withoutColumn is the table without a column.
func withoutColumn(t page.Table, column int) page.Table {
	c := page.Table{Label: t.Label, Columns: slices.Concat(t.Columns[:column], t.Columns[column+1:]), Rows: make([][]string, len(t.Rows))}
	for i, cells := range t.Rows {
		c.Rows[i] = slices.Concat(cells[:column], cells[column+1:])
	}
	return c
}

// narrowestCut is how much of a cell stays at least.
const narrowestCut = 24

// cutToWidth is the table with cells that lose their middle, so that its lines are no wider than that.
func cutToWidth(t page.Table, width int) page.Table {
	i := slices.IndexFunc(t.Columns, func(c page.Column) bool { return c.Cut })
	over := tableWidth(t) - width
	if i < 0 || over <= 0 {
		return t
	}
	widest := max(runes(t.Columns[i].Name), columnWidth(t.Rows, i))
	rows := make([][]string, len(t.Rows))
	for n, cells := range t.Rows {
		rows[n] = slices.Clone(cells)
		rows[n][i] = cutMiddle(Clean(cells[i]), max(widest-over, narrowestCut))
	}
	t.Rows = rows
	return t
}

// cutMiddle keeps as much of the beginning and the end as fits, more of the beginning.
func cutMiddle(s string, width int) string {
	r := []rune(s)
	if len(r) <= width {
		return s
	}
	end := (width - 1) / 3
	return string(r[:width-1-end]) + ellipsis + string(r[len(r)-end:])
}

// tableWidth is how wide the lines of a table are, with two blanks between columns.
func tableWidth(t page.Table) int {
	sum := labelWidth
	if t.Label == "" {
		sum = 2
	}
	for i, column := range t.Columns {
		sum += max(runes(column.Name), columnWidth(t.Rows, i)) + 2
	}
	return sum - 2
}

// narrowestWrap is how wide a column is at least that is wrapped.
const narrowestWrap = 12

// lastRoom is how much of the room the other columns leave to the last one.
func lastRoom(rows [][]string, room int) int {
	if len(rows) == 0 {
		return room
	}
	for i := range len(rows[0]) - 1 {
		room -= columnWidth(rows, i) + 2
	}
	return room
}

// columnWidth is how wide the widest cell of a column is.
func columnWidth(rows [][]string, column int) (widest int) {
	for _, cells := range rows {
		widest = max(widest, runes(Clean(cells[column])))
	}
	return widest
}

// wrapLast wraps the last column of a table, so that its lines are as wide as that.
func wrapLast(rows [][]string, room int) [][]string {
	if len(rows) == 0 {
		return nil
	}
	last := len(rows[0]) - 1
	room = max(lastRoom(rows, room), narrowestWrap)
	var wrapped [][]string
	for _, cells := range rows {
		lines := wrap(Clean(cells[last]), room)
		if len(lines) == 0 {
			lines = []string{""}
		}
		wrapped = append(wrapped, append(cells[:last:last], lines[0]))
		for _, line := range lines[1:] {
			wrapped = append(wrapped, append(make([]string, last), line))
		}
	}
	return wrapped
}

// gridBelow prints a table whose last column has no room beside the others: it stands below each row, under the second column.
func gridBelow(w *strings.Builder, indent string, rows [][]string, room int, right ...int) error {
	last := len(rows[0]) - 1
	heads := make([][]string, len(rows))
	for i, cells := range rows {
		heads[i] = cells[:last]
	}
	var b strings.Builder
	if err := grid(&b, indent, heads, right...); err != nil {
		return err
	}
	lines := strings.SplitAfter(b.String(), "\n")
	first := columnWidth(rows, 0) + 2
	below := indent + strings.Repeat(" ", first)
	for i, cells := range rows {
		if strings.Trim(strings.Join(heads[i], ""), " ") != "" { // grid leaves out a line that is empty
			fmt.Fprint(w, lines[0])
			lines = lines[1:]
		}
		for _, line := range wrap(Clean(cells[last]), max(room-first, narrowestWrap)) {
			fmt.Fprintf(w, "%s%s\n", below, line)
		}
	}
	return nil
}

// pairs prints short names and values, three or four on a line.
func (p *printer) pairs(pairs page.Pairs) {
	widest := 0
	for _, x := range pairs {
		widest = max(widest, runes(Clean(x.Value)))
	}
	per := 3
	if widest <= 10 {
		per = 4
	}
	var line strings.Builder
	for i, x := range pairs {
		fmt.Fprintf(&line, "  %5s %-*s", Clean(x.Name), widest, Clean(x.Value))
		if (i+1)%per == 0 || i == len(pairs)-1 {
			fmt.Fprintln(p, strings.TrimRight(line.String(), " "))
			line.Reset()
		}
	}
}

// widestName is how wide the names of a tree are at most that values are aligned behind.
const widestName = 28

// list prints terms and, wrapped behind each, what it means; below and indented the list that the item has.
func (p *printer) list(items page.List, indent int, aligned bool) {
	widest := 0
	for _, x := range items {
		if n := runes(Clean(x.Term)); aligned && x.Meaning != "" && n <= widestName {
			widest = max(widest, n)
		}
	}
	for _, x := range items {
		term := Clean(x.Term)
		term += strings.Repeat(" ", max(0, widest-runes(term))) + "  "
		lines := wrap(Clean(x.Meaning), max(p.width()-indent-runes(term), 20))
		if len(lines) == 0 {
			lines = []string{""}
		}
		for _, line := range lines {
			fmt.Fprintln(p, strings.TrimRight(strings.Repeat(" ", indent)+term+line, " "))
			term = strings.Repeat(" ", runes(term))
		}
		p.list(x.List, indent+4, aligned)
	}
}
