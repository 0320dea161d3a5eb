package page

import (
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// log appends what logs say of the dump, or that they say nothing of it.
func (s *Section) log(r *report.Report, verbose bool) {
	l := r.Log
	if l == nil {
		return
	}
	if !l.Matched {
		s.toned("Logs", "no match: "+l.Reason, Dim)
		return
	}
	where := l.File
	if l.Record != 0 {
		where += fmt.Sprintf(", record %d", l.Record)
	}
	if l.Time != nil {
		where += ", " + l.Time.UTC().Format("2006-01-02 15:04:05") + " UTC"
	}
	rows := []string{where + ": " + l.Reason}
	var differ []string
	for _, c := range l.Compared {
		if c.Equal != nil && !*c.Equal {
			differ = append(differ, fmt.Sprintf("%s is %s in the dump and %s in the log", c.Field, c.Dump, c.Log))
		}
	}
	if len(differ) > 0 {
		rows = append(rows, "but "+strings.Join(differ, "; "))
	}
	const most = 4
	var facts []string
	for _, f := range l.Facts {
		facts = append(facts, f.Fact)
	}
	s.rows("Logs", rows...)
	s.first("", facts, most, verbose)
	for _, e := range l.Lacks {
		s.row("", "not in the log, which had not been written yet: "+e.Text)
	}
}
