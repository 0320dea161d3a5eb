package page

import (
	"strconv"

	"github.com/dmplens/dmplens/report"
)

// before appends what Windows wrote down in the last minutes before the stop, or before a live dump was captured.
func (s *Section) before(r *report.Report) {
	line := TimeLine{Table: Table{Label: "Before", Columns: []Column{{Right: true}, {}}}, End: "stop"}
	unflushed := false
	for i := range r.Events {
		e := &r.Events[i]
		if e.SecondsBefore == nil || e.Source != report.EventFromDump {
			continue
		}
		line.Table.Rows = append(line.Table.Rows, []string{ago(*e.SecondsBefore, e.About), eventText(e)})
		line.Before = append(line.Before, *e.SecondsBefore)
		unflushed = unflushed || e.Unflushed
	}
	if len(line.Before) == 0 {
		return
	}
	if r.Origin != nil && r.Origin.Kind == report.KindLive {
		line.End = "capture"
	}
	if r.Dump != nil && r.Dump.UptimeSeconds != nil && *r.Dump.UptimeSeconds > 0 {
		line.Boot = *r.Dump.UptimeSeconds
		line.Booted = uptime(line.Boot)
	}
	*s = append(*s, line)
	note := "before the " + line.End + ", by the event buffers in the dump"
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
