package page

import (
	"fmt"
	"strconv"

	"github.com/dmplens/dmplens/report"
)

// before appends what Windows wrote down in the last minutes before the stop, or before a live dump was captured.
func (s *Section) before(r *report.Report) {
	var rows [][]string
	unflushed := false
	for _, e := range r.Events {
		if e.SecondsBefore == nil || e.Source != report.EventFromDump {
			continue
		}
		says := e.Text
		if e.Count > 1 {
			says += fmt.Sprintf(", %d times", e.Count)
		}
		rows = append(rows, []string{ago(*e.SecondsBefore, e.About), says})
		unflushed = unflushed || e.Unflushed
	}
	if len(rows) == 0 {
		return
	}
	s.table("Before", []Column{{Right: true}, {}}, rows)
	note := "before the stop"
	if r.Origin != nil && r.Origin.Kind == report.KindLive {
		note = "before the capture"
	}
	note += ", by the event buffers in the dump"
	if unflushed {
		note += "; the event log may lack the last ones"
	}
	s.toned("", note, Dim)
}

// ago is how long ago something was, with as many digits as tell something.
func ago(seconds float64, about bool) string {
	says := ""
	switch {
	case seconds < 0.01:
		says = "0.01 s"
	case seconds < 10:
		says = strconv.FormatFloat(seconds, 'g', 2, 64) + " s"
	case seconds < 120:
		says = strconv.FormatFloat(seconds, 'f', 0, 64) + " s"
	default:
		says = strconv.FormatFloat(seconds/60, 'f', 0, 64) + " min"
	}
	if about {
		return "about " + says
	}
	return says
}
