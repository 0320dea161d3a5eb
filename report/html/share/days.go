package share

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// days counts dumps by the day of their capture, in days since 1970. There are many of them: small numbers take half the memory.
type days map[int32]int32

func (d *days) add(t time.Time) {
	if *d == nil {
		*d = days{}
	}
	(*d)[int32(t.Unix()/86400)]++
}

// scale is the time that pictures show, in cells of whole days. The last cell can go on behind the last day.
type scale struct{ first, last, cells, width int }

// maxCells is how many cells a picture has room for.
const maxCells = 60

// scaleOf is the scale of all days, or where some lie far off, as wrong clocks have them, of all but one in fifty at either end.
func scaleOf(d days) scale {
	all := make([]int, 0, len(d))
	total := 0
	for day, n := range d {
		all = append(all, int(day))
		total += int(n)
	}
	if total == 0 {
		return scale{}
	}
	slices.Sort(all)
	low, high := all[0], all[len(all)-1]
	seen, from, to := 0, low, high
	for _, day := range all {
		if seen <= total/50 {
			from = day
		}
		if seen < total-total/50 {
			to = day
		}
		seen += int(d[int32(day)])
	}
	if high-low > 3*(to-from+1) {
		low, high = from, to
	}
	width := (high-low)/maxCells + 1
	return scale{low, high, (high-low)/width + 1, width}
}

// counts are how many dumps each cell has, and how many lie elsewhere.
func (s scale) counts(d days) (counts []int, outside int) {
	counts = make([]int, s.cells)
	for day, n := range d {
		if i := int(day) - s.first; i < 0 || i/s.width >= s.cells {
			outside += int(n)
		} else {
			counts[i/s.width] += int(n)
		}
	}
	return counts, outside
}

// name is the day of a cell, or its first and last.
func (s scale) name(cell int) string {
	first := s.first + cell*s.width
	last := min(first+s.width-1, s.last)
	if first == last {
		return dayNumber(first)
	}
	return dayNumber(first) + " to " + dayNumber(last)
}

func dayNumber(n int) string { return time.Unix(int64(n)*86400, 0).UTC().Format(time.DateOnly) }

// spark is a picture of days, and what it shows in words.
type spark struct {
	Width      int
	Path, Text string
}

// sparkHeight is the height of a picture in its own units; a cell is sparkCell wide.
const (
	sparkHeight = 20
	sparkCell   = 2
)

func (s scale) spark(d days) *spark {
	counts, outside := s.counts(d)
	most, total, used := 0, 0, 0
	for i, n := range counts {
		if n > counts[most] {
			most = i
		}
		if n > 0 {
			used++
		}
		total += n
	}
	if total == 0 {
		return nil
	}
	var b strings.Builder
	for i, n := range counts {
		if n > 0 {
			fmt.Fprintf(&b, "M%d %dv-%dh%dV%dz", i*sparkCell, sparkHeight, max(2, n*sparkHeight/counts[most]), sparkCell, sparkHeight)
		}
	}
	text := plural(total, "dump") + ": " + s.name(most)
	switch {
	case used == 1:
	case counts[most] == 1 && s.width == 1:
		text = fmt.Sprintf("%s on as many days", plural(total, "dump"))
	case s.width > 1:
		text = fmt.Sprintf("%s in %d periods of %d days; most, %s, in %s", plural(total, "dump"), used, s.width, commas(counts[most]), s.name(most))
	default:
		text = fmt.Sprintf("%s on %d days; most, %s, on %s", plural(total, "dump"), used, commas(counts[most]), s.name(most))
	}
	if outside > 0 {
		text += fmt.Sprintf("; %d outside", outside)
	}
	return &spark{s.cells * sparkCell, b.String(), text}
}

// heat is a cell of the strip of days. Level 0 is none, 4 the most.
type heat struct {
	X, Level int
	Text     string
}

const heatCell = 10

func (s scale) heat(d days) (cells []heat) {
	counts, _ := s.counts(d)
	if len(counts) == 0 {
		return nil
	}
	most := slices.Max(counts)
	for i, n := range counts {
		level := 0
		if n > 0 {
			level = 1 + (n-1)*4/most
		}
		cells = append(cells, heat{i * heatCell, level, s.name(i) + ": " + plural(n, "dump")})
	}
	return cells
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return commas(n) + " " + one + "s"
}
