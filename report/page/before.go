package page

import (
	"strconv"

	"github.com/dmplens/dmplens/report"
)

// before appends what Windows wrote down in the last minutes before the stop, or before a live dump was captured.
func (s *Section) before(r *report.Report) {
	var rows [][]string
	unflushed := false
	for i := range r.Events {
		e := &r.Events[i]
		if e.SecondsBefore == nil || e.Source != report.EventFromDump {
			continue
		}
		rows = append(rows, []string{ago(*e.SecondsBefore, e.About), eventText(e)})
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

// ago is how long ago something was, with as many digits as tell something. Events can be a little after the stop, by its time in the header,
// and those whose clock drifts some seconds.
func ago(seconds float64, about bool) string {
	says := ""
	switch {
	case about && seconds < 0.5:
		says = "0 s"
	case seconds < 0.001:
		says = "less than 1 ms"
	case seconds < 0.01:
		says = strconv.FormatFloat(seconds*1000, 'f', 0, 64) + " ms"
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
