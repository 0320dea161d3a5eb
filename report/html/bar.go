package html

import (
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
)

// bar is a size bar, in units of which barWidth are its width.
type bar struct {
	Says  string // all that the picture says
	Parts []barPart
}

type barPart struct {
	Kind, Share string
	X, Width    int
}

const (
	barWidth = 1000
	sliver   = 12 // as narrow as a part is drawn
)

// barOf draws parts to scale. One that would be a sliver is drawn wide enough to be seen, and the widest is shortened by that, which is too
// little to mislead: there are five kinds of parts. Without parts there is nothing to draw.
func barOf(parts []page.SizePart) *bar {
	sum := 0.0
	for _, p := range parts {
		sum += float64(p.Bytes)
	}
	if len(parts) == 0 || sum <= 0 {
		return nil
	}
	b := &bar{}
	var says []string
	widest, rest := 0, barWidth
	for i, p := range parts {
		share := float64(p.Bytes) / sum
		width := int(share*barWidth + 0.5)
		if width < sliver {
			width = sliver
		}
		if parts[widest].Bytes < p.Bytes {
			widest = i
		}
		rest -= width
		b.Parts = append(b.Parts, barPart{Kind: report.Clean(string(p.Kind)), Share: percent(share), Width: width})
		says = append(says, fmt.Sprintf("%s %s, %s", p.Kind, p.Size, percent(share)))
	}
	b.Parts[widest].Width += rest
	x := 0
	for i := range b.Parts {
		b.Parts[i].X = x
		x += b.Parts[i].Width
	}
	b.Says = report.Clean("Parts of the file: " + strings.Join(says, "; "))
	return b
}

// percent is a share with as many digits as say something.
func percent(share float64) string {
	switch p := share * 100; {
	case p < 0.1:
		return "less than 0.1 %"
	case p < 10:
		return fmt.Sprintf("%.1f %%", p)
	case p < 99.95 && p > 99:
		return fmt.Sprintf("%.1f %%", p)
	case p < 100 && p >= 99.95:
		return "more than 99.9 %"
	default:
		return fmt.Sprintf("%.0f %%", p)
	}
}
