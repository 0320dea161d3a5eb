package html

import (
	"fmt"
	"math"
	"strings"
)

// pin is a place on a picture that rows of the table beside it have the numbers of. Its text has the size of other text, whatever the size of
// the picture is, so that it is no part of that.
type pin struct {
	Left, Top float64 // of the picture, in percent
	Text      string
	Side      string // where the text stands, seen from the place: left or right near the ends of the picture, else "", on both sides
}

// sideOf is the side on which a pin has room.
func sideOf(left float64) string {
	const end = 10 // percent
	switch {
	case left < end:
		return "right"
	case left > 100-end:
		return "left"
	}
	return ""
}

// percentOf is a place on a picture, to a tenth of a percent.
func percentOf(at, of float64) float64 { return math.Round(at/of*1000) / 10 }

// numbersText is numbers that ascend, those that follow one another as a range.
func numbersText(list []int) string {
	var parts []string
	for i := 0; i < len(list); {
		n := i + 1
		for n < len(list) && list[n] == list[n-1]+1 {
			n++
		}
		switch {
		case n-i > 1:
			parts = append(parts, fmt.Sprintf("%d-%d", list[i], list[n-1]))
		default:
			parts = append(parts, fmt.Sprint(list[i]))
		}
		i = n
	}
	return strings.Join(parts, ", ")
}

// numbered puts the numbers of rows before them.
func (t *table) numbered() {
	for i := range t.Rows {
		t.Lead = append(t.Lead, lead{Number: i + 1})
	}
}
