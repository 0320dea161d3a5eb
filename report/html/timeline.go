package html

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
)

// timeLine is the drawing of a time line, in units of which lineWidth are its width. It ends at the right with the stop, and begins with what
// was the longest ago. The scale is logarithmic: what matters is in the last milliseconds and in the days before.
type timeLine struct {
	Says       string
	Marks      []int // where events are
	Boot       int   // where the boot is, -1 where that is not known
	Ticks      []lineTick
	Pins       []pin
	Begin, End string // what stands at the ends
}

type lineTick struct {
	X    int
	Left float64 // the same in percent
	Text string
}

const lineWidth = 1000

// ticks are the marks that a scale can have, in the order in which they are chosen as long as there is room.
var ticks = []struct {
	seconds float64
	text    string
}{
	{1, "1 s"}, {60, "1 min"}, {3600, "1 h"}, {86400, "1 d"}, {0.001, "1 ms"}, {10, "10 s"}, {600, "10 min"}, {10 * 86400, "10 d"}, {0.1, "0.1 s"}, {100 * 86400, "100 d"},
}

// A scale has no tick closer than that to another one or to an end, in units of its width, and no pin closer to another.
const (
	betweenTicks = 120
	betweenEnds  = 60
	betweenPins  = 90
)

// lineScale is the scale of a time line.
type lineScale struct{ least, most float64 } // what is shown as now, or less; how long ago the line begins

// x is where something is that was so long ago.
func (s lineScale) x(seconds float64) int {
	return int(math.Round(lineWidth * (1 - math.Log1p(clamped(seconds)/s.least)/math.Log1p(s.most/s.least))))
}

// clamped is a time that can be drawn: what was after the stop, by clocks that differ, is drawn as if it was at the stop.
func clamped(seconds float64) float64 {
	const most = 1e12 // longer than there have been computers
	if !(seconds > 0) {
		return 0
	}
	return min(seconds, most)
}

func scaleOf(before []float64, boot float64) lineScale {
	s := lineScale{least: 60, most: clamped(boot)}
	for _, v := range before {
		v = clamped(v)
		s.most = max(s.most, v)
		if v > 0 {
			s.least = min(s.least, v/4)
		}
	}
	s.least = max(s.least, 0.001)
	s.most = max(s.most, 2*s.least)
	return s
}

// lineOf draws a time line. Without events there is nothing to draw.
func lineOf(b page.TimeLine) *timeLine {
	if len(b.Before) == 0 {
		return nil
	}
	s := scaleOf(b.Before, b.Boot)
	l := &timeLine{Boot: -1, End: report.Clean(b.End), Begin: "longer ago"}
	says := []string{}
	if b.Boot > 0 {
		l.Boot, l.Begin = s.x(b.Boot), report.Clean("boot, "+b.Booted+" before")
		says = append(says, l.Begin)
	}
	type group struct {
		x, last int
		numbers []int
	}
	var groups []group
	for i, v := range b.Before {
		x := s.x(v)
		l.Marks = append(l.Marks, x)
		at := slices.IndexFunc(groups, func(g group) bool { return max(g.x-x, x-g.x) < betweenPins })
		if at < 0 {
			groups = append(groups, group{x, x, []int{i + 1}})
			continue
		}
		groups[at].last = x
		groups[at].numbers = append(groups[at].numbers, i+1)
	}
	for _, g := range groups {
		left := percentOf(float64(g.x+g.last)/2, lineWidth)
		l.Pins = append(l.Pins, pin{Left: left, Text: numbersText(g.numbers), Side: sideOf(left)})
	}
	for _, t := range ticks {
		x := s.x(t.seconds)
		if t.seconds <= s.least || t.seconds >= s.most || x < betweenEnds || x > lineWidth-betweenEnds {
			continue
		}
		if !slices.ContainsFunc(l.Ticks, func(o lineTick) bool { return max(o.X-x, x-o.X) < betweenTicks }) {
			l.Ticks = append(l.Ticks, lineTick{x, percentOf(float64(x), lineWidth), t.text})
		}
	}
	for _, row := range b.Table.Rows {
		says = append(says, strings.Join(row, " before: "))
	}
	l.Says = report.Clean(fmt.Sprintf("Time line up to the %s: %s", b.End, strings.Join(says, "; ")))
	return l
}
