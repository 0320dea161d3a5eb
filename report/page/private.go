package page

import (
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// mostValues is how many values of one kind in one place a page has.
const mostValues = 20

// private adds what in the dump can name a person, a machine or a network, where that was looked for.
func (p *Page) private(r *report.Report) {
	if len(r.PrivateLookedAt) == 0 {
		return
	}
	var s Section
	var rows [][]string
	shown := false
	for _, x := range r.Private {
		where := x.Where
		if len(x.Names) > 0 {
			where += " (" + strings.Join(x.Names, ", ") + ")"
		}
		if x.Offset != nil {
			where += fmt.Sprintf(", at offset %#x", *x.Offset)
			if x.Count > 1 {
				where += " and elsewhere"
			}
		}
		rows = append(rows, []string{x.Kind.Phrase(), report.Commas(int64(x.Count)), where})
		for i, v := range x.Values {
			if shown = true; i == mostValues {
				rows = append(rows, []string{"", "", fmt.Sprintf("and %s more: --json has them", report.Commas(int64(len(x.Values)-i)))})
				break
			}
			rows = append(rows, []string{"", "", `"` + v + `"`})
		}
	}
	s.table("Private", []Column{{}, {Right: true}, {}}, rows)
	switch {
	case len(rows) == 0:
		s.row("Private", "nothing was found")
	case !shown:
		s.toned("", "kind, how many different ones, where; --show-private shows them", Dim)
	}
	s.rows("Looked at", r.PrivateLookedAt...)
	s.row("", "This is no proof: what has no form that dmplens knows can be there all the same, as a name in the middle of other data.")
	p.add(s)
}
