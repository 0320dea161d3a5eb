package html

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
)

// memory is the drawing of a memory map: cells in rows, from the left to the right and down, each a unit wide and high.
type memory struct {
	Says          string
	Columns, Rows int
	Height        float64 // of the picture, in rem
	Levels        []memoryLevel
	Gone          string // path of a line through each cell that has pages which are cut off
	Cut           string // path of the line behind which the file has nothing
	Labels        []memoryLabel
	Pins          []pin
	Cell          string // how large a cell is
}

// memoryLevel is the cells of which about as much is there, and what that is.
type memoryLevel struct{ Class, Text, Path string }

// memoryLabel is the address that a row begins with.
type memoryLabel struct {
	Top  float64
	Text string
}

// levels are those of a memory map, with what the key says of them.
var levels = []memoryLevel{
	{Class: "full", Text: "all"}, {Class: "most", Text: "half or more"}, {Class: "part", Text: "a tenth or more"}, {Class: "few", Text: "less"},
	{Class: "none", Text: "nothing: not in this dump"}, {Class: "gone", Text: "cut off, wholly or in part: behind the end of the file"}, {Class: "hole", Text: "no memory there"},
}

func levelOf(c page.MapCell) string {
	all := max(c.Of, c.Present)
	switch {
	case c.Missing > 0:
		return "gone"
	case all == 0:
		return "hole"
	case c.Present == 0:
		return "none"
	case c.Present == all:
		return "full"
	case c.Present >= all-c.Present:
		return "most"
	case c.Present >= all/10:
		return "part"
	}
	return "few"
}

// mapOf draws a memory map. Without cells there is nothing to draw.
func mapOf(b page.MemoryMap) *memory {
	n := len(b.Cells)
	if n == 0 {
		return nil
	}
	m := &memory{Columns: 16, Cell: sizeText(b.CellSize)}
	for m.rows(n) > m.Columns/4 {
		m.Columns *= 2
	}
	m.Rows = m.rows(n)
	m.Height = max(1.5, float64(m.Rows)/2)
	m.draw(b.Cells)
	if at := b.Cut; at >= 0 && at < n {
		row, column := at/m.Columns, at%m.Columns
		m.Cut = fmt.Sprintf("M0 %dH%dV%dH%d", row+1, column, row, m.Columns)
	}
	step := 1
	for step*8 < m.Rows {
		step *= 2
	}
	for row := 0; row < m.Rows; row += step {
		// The first page that there is lies a little behind a round number.
		m.Labels = append(m.Labels, memoryLabel{percentOf(float64(row), float64(m.Rows)), sizeText((b.First + uint64(row*m.Columns)*b.CellSize) / b.CellSize * b.CellSize)})
	}
	m.pin(b.Pins)
	m.Says = fmt.Sprintf("Physical memory from %s to %s", sizeText(b.First), sizeText(b.First+uint64(n)*b.CellSize))
	for _, row := range b.Table.Rows {
		m.Says += "; " + strings.Join(slices.DeleteFunc(slices.Clone(row), func(s string) bool { return s == "" }), ", ")
	}
	m.Says = report.Clean(m.Says)
	return m
}

func (m *memory) rows(cells int) int { return (cells + m.Columns - 1) / m.Columns }

// draw makes a path of the cells of each level. Those that follow one another in a row are one part of it.
func (m *memory) draw(cells []page.MapCell) {
	paths := map[string]*strings.Builder{}
	var lines strings.Builder
	for at := 0; at < len(cells); {
		level, column := levelOf(cells[at]), at%m.Columns
		n := 1
		for column+n < m.Columns && at+n < len(cells) && levelOf(cells[at+n]) == level {
			n++
		}
		if paths[level] == nil {
			paths[level] = new(strings.Builder)
		}
		fmt.Fprintf(paths[level], "M%d %dh%dv1h-%dz", column, at/m.Columns, n, n)
		if level == "gone" {
			for i := range n {
				fmt.Fprintf(&lines, "M%d %dl1-1", column+i, at/m.Columns+1)
			}
		}
		at += n
	}
	for _, l := range levels {
		if p := paths[l.Class]; p != nil {
			l.Path = p.String()
			m.Levels = append(m.Levels, l)
		}
	}
	m.Gone = lines.String()
}

// pin says in which cells rows of the table are. Those that are close together have one pin.
func (m *memory) pin(cells []int) {
	var groups, merged [][]int // numbers of rows; a pin stands where the first is
	at := map[int]int{}        // the group of a cell
	for i, cell := range cells {
		if cell < 0 || cell >= m.Rows*m.Columns {
			continue
		}
		g, known := at[cell]
		if !known {
			g, at[cell] = len(groups), len(groups)
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], i+1)
	}
	pinOf := func(g []int) pin {
		row, column := cells[g[0]-1]/m.Columns, cells[g[0]-1]%m.Columns
		left := percentOf(float64(column)+0.5, float64(m.Columns))
		return pin{left, percentOf(float64(row)+0.5, float64(m.Rows)), numbersText(g), sideOf(left)}
	}
	for _, g := range groups {
		one := pinOf(g)
		for { // one that grows can cover another
			i := slices.IndexFunc(m.Pins, func(p pin) bool { return m.covers(p, one) })
			if i < 0 {
				break
			}
			g = append(merged[i], g...)
			slices.Sort(g)
			m.Pins, merged = slices.Delete(m.Pins, i, i+1), slices.Delete(merged, i, i+1)
			one = pinOf(g)
		}
		m.Pins, merged = append(m.Pins, one), append(merged, g)
	}
}

// How large pins are on a telephone, where the picture is the narrowest, in its pixels.
const (
	narrowest = 270.0
	rem       = 16.0
	pinHeight = 20.0
	pinMargin = 12.0
	pinLetter = 7.0
)

// covers says whether two pins would cover each other on a telephone.
func (m *memory) covers(a, b pin) bool {
	if max(a.Top-b.Top, b.Top-a.Top)/100*m.Height*rem >= pinHeight {
		return false
	}
	left := func(p pin) (from, to float64) {
		at, width := p.Left/100*narrowest, max(pinHeight, pinMargin+pinLetter*float64(len(p.Text)))
		switch p.Side {
		case "right":
			return at, at + width
		case "left":
			return at - width, at
		}
		return at - width/2, at + width/2
	}
	from, to := left(a)
	begin, end := left(b)
	return from < end && begin < to
}

// sizeText is a number of bytes in the largest unit that it is so many of, with no more digits than it needs.
func sizeText(n uint64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	i, v := 0, float64(n)
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	if n == 0 {
		return "0"
	}
	text := strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
	return text + " " + units[i]
}
