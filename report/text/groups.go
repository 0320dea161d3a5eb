package text

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/dmplens/dmplens/report"
)

// wideGroups is how wide a table of groups is that has room for all there is to say.
const wideGroups = 120

// Groups writes groups of reports as a table.
func Groups(w io.Writer, groups []report.Group, style Style) error {
	if len(groups) == 0 {
		return nil
	}
	// The key stays whole, because people copy it: other things are shown where there is room for them.
	by := groups[0].By
	wide := style.width() >= wideGroups
	columns := []report.Column{{Name: "count", Right: true}, {Name: "first"}, {Name: "last"}}
	if wide {
		columns = append(columns, report.Column{Name: "worst"})
	}
	columns = append(columns, report.Column{Name: by, Cut: report.CutEnd})
	named := by == "code" || wide && slices.ContainsFunc(groups, func(g report.Group) bool { return g.Name != "" })
	if named {
		columns = append(columns, report.Column{Name: "name", Cut: report.CutEnd})
	}
	t := NewTable(w, append(columns, report.Column{Name: "example", Cut: report.CutStart}), style)
	for _, g := range groups {
		cells := []string{fmt.Sprint(g.Count), day(g.FirstSeen), day(g.LastSeen)}
		if wide {
			cells = append(cells, string(g.WorstVerdict))
		}
		cells = append(cells, g.Key)
		if named {
			cells = append(cells, g.Name)
		}
		t.keep(append(cells, g.Example)...)
	}
	return t.Close()
}

// Changes writes how groups have changed as a table.
func Changes(w io.Writer, changes []report.GroupChange, style Style) error {
	if len(changes) == 0 {
		return nil
	}
	t := NewTable(w, []report.Column{
		{Name: "change"}, {Name: "old", Right: true}, {Name: "new", Right: true},
		{Name: changes[0].By, Cut: report.CutEnd}, {Name: "example", Cut: report.CutStart},
	}, style)
	for _, c := range changes {
		t.keep(c.Change, fmt.Sprint(c.Old), fmt.Sprint(c.New), c.Key, c.Example)
	}
	return t.Close()
}

// day is enough of a time to see how long a problem has been there.
func day(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
