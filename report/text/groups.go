package text

import (
	"fmt"
	"io"
	"time"

	"github.com/dmplens/dmplens/report"
)

// Groups writes groups of reports as a table.
func Groups(w io.Writer, groups []report.Group, style Style) error {
	if len(groups) == 0 {
		return nil
	}
	t := NewTable(w, []report.Column{
		{Name: "count", Right: true}, {Name: "first"}, {Name: "last"}, {Name: "worst"},
		{Name: groups[0].By, Cut: report.CutEnd}, {Name: "example", Cut: report.CutStart},
	}, style)
	for _, g := range groups {
		t.keep(fmt.Sprint(g.Count), day(g.FirstSeen), day(g.LastSeen), g.WorstVerdict, g.Key, g.Example)
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
