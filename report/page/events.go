package page

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/dmplens/dmplens/report"
)

// Events is the time line of dumps and logs.
func Events(l *report.EventList) *Page {
	p := &Page{Title: plural(len(l.Logs), "file")}
	if len(l.Logs) == 1 {
		p.Title = l.Logs[0].Path
	}
	if n := len(l.NotRead); n > 0 {
		p.Title = fmt.Sprintf("%d of %s", len(l.Logs), plural(len(l.Logs)+n, "file"))
	}
	p.About = []string{"time line, UTC" + span(l.Events)}
	names := shortNames(l.Logs)
	t := Table{Columns: []Column{{Name: "time"}, {Name: "kind"}, {Name: "what [where]", Wrap: true}}}
	for i := 0; i < len(l.Events); {
		e := &l.Events[i]
		n := 1
		for !l.All && i+n < len(l.Events) && repeats(&l.Events[i+n-1], &l.Events[i+n]) {
			n++
		}
		says := eventText(e)
		if n > 1 {
			says += fmt.Sprintf(", %d times until %s", n, l.Events[i+n-1].Time.UTC().Format(time.TimeOnly))
		}
		t.Rows = append(t.Rows, []string{moment(e), string(e.Kind), withPlace(says, eventPlace(e, names))})
		i += n
	}
	if len(t.Rows) > 0 {
		p.add(Section{t})
	}
	p.add(eventLogs(l, names))
	return p
}

// repeats says whether an event says the same as the one before it, of the same file and day and within an hour. Each stop and each start counts.
func repeats(before, e *report.Event) bool {
	switch e.Kind {
	case report.EventCrash, report.EventPowerLoss, report.EventDumpNotWritten, report.EventLiveCapture, report.EventBoot, report.EventPowerTransition:
		return false
	}
	return before.Kind == e.Kind && before.Provider == e.Provider && before.ID == e.ID && before.Text == e.Text && before.File == e.File &&
		before.PrivateText() == e.PrivateText() && before.Time != nil && e.Time != nil &&
		e.Time.Sub(*before.Time) <= time.Hour && e.Time.UTC().YearDay() == before.Time.UTC().YearDay()
}

// span is from when to when the events are.
func span(list []report.Event) string {
	var first, last *time.Time
	for _, e := range list {
		if e.Time != nil {
			first, last = cmp.Or(first, e.Time), e.Time
		}
	}
	if first == nil {
		return ""
	}
	from, to := first.UTC().Format(time.DateOnly), last.UTC().Format(time.DateOnly)
	if from == to {
		return ", of " + from
	}
	return fmt.Sprintf(", from %s to %s", from, to)
}

// moment is when an event was, to the millisecond, or to the second where its clock drifts or has no more.
func moment(e *report.Event) string {
	switch {
	case e.Time == nil:
		return unknown
	case e.Source == report.EventFromDumpStack: // its clock has no more
		return e.Time.UTC().Format(time.DateTime)
	case e.About:
		return e.Time.UTC().Format("2006-01-02 15:04:05") + " about"
	}
	return e.Time.UTC().Format("2006-01-02 15:04:05.000")
}

// eventText is what an event says, and what is private of it where that was asked for.
func eventText(e *report.Event) string {
	says := cmp.Or(e.Text, providerEvent(e))
	if e.Count > 1 {
		says += fmt.Sprintf(", %s times", report.Commas(int64(e.Count)))
	}
	if private := e.PrivateText(); private != "" {
		says += " {" + private + "}"
	}
	return says
}

// eventPlace is where an event stands: the file, unless there is one alone, the record, and which event it is there.
func eventPlace(e *report.Event, names map[string]string) string {
	var parts []string
	if name := names[e.File]; name != "" {
		parts = append(parts, name)
	}
	if e.Record != 0 {
		parts = append(parts, fmt.Sprintf("record %d", e.Record))
	}
	if e.Provider != "" && e.Text != "" && e.Source != report.EventFromDumpStack {
		parts = append(parts, providerEvent(e))
	}
	if e.Unflushed {
		parts = append(parts, "not yet in the event log")
	}
	return strings.Join(parts, ", ")
}

// maxName is how long the names of files in places may be, in bytes: Windows' own names of small dumps are shorter. One that is longer, or that two have,
// is a number.
const maxName = 24

// providerEvent names an event by its provider and id; those of TraceLogging have no id, but names. Most providers' names have the same beginning,
// which is left out.
func providerEvent(e *report.Event) string {
	name := strings.TrimPrefix(e.Provider, "Microsoft-Windows-")
	if e.ID == 0 && e.Text != "" {
		return name
	}
	return fmt.Sprintf("%s %d", name, e.ID)
}

// shortNames are the names of files in places: none of one file alone.
func shortNames(logs []report.EventLog) map[string]string {
	names, met := map[string]string{}, map[string]int{}
	if len(logs) == 1 {
		return names
	}
	base := func(x report.EventLog) string { return path.Base(strings.ReplaceAll(x.Path, `\`, "/")) }
	for _, x := range logs {
		met[base(x)]++
	}
	for i, x := range logs {
		if names[x.Path] = base(x); met[base(x)] > 1 || len(base(x)) > maxName {
			names[x.Path] = fileNumber(i + 1)
		}
	}
	return names
}

func fileNumber(n int) string { return fmt.Sprintf("file %d", n) }

var sourcePhrases = map[report.EventSource]string{
	report.EventFromDump: "dump", report.EventFromLog: "event log", report.EventFromTrace: "trace", report.EventFromDumpStack: "DumpStack.log",
}

// eventLogs is what was read, and what of it is not in the time line.
func eventLogs(l *report.EventList, names map[string]string) Section {
	var s Section
	var rows [][]string
	hidden, messages, numbered := 0, 0, false
	kinds := map[report.EventCount]int{} // with the count left out
	for _, x := range l.Logs {
		what := sourcePhrases[x.Source]
		if x.Source != "" {
			counts := fmt.Sprintf("%s of %s", report.Commas(int64(x.Shown)), plural(x.Read, "event"))
			rows = append(rows, []string{names[x.Path], what, counts, x.Path})
			numbered = numbered || names[x.Path] == fileNumber(len(rows))
		}
		hidden, messages = hidden+max(0, x.Read-x.Shown), messages+x.Messages
		for _, u := range x.Unknown {
			n := u.Count
			u.Count = 0
			kinds[u] += n
		}
	}
	if len(l.Logs) == 1 && len(rows) == 1 {
		s.row("Shown", rows[0][2]+", "+rows[0][1])
	} else {
		const most = 20
		if more := len(rows) - most; more > 1 {
			rows = append(rows[:most:most], []string{"", "", "", fmt.Sprintf("and %d files more", more)})
		}
		columns := []Column{{}, {}, {}, {Cut: true}}
		if !numbered { // the path has the name
			columns = columns[1:]
			for i := range rows {
				rows[i] = rows[i][1:]
			}
		}
		s.table("Shown", columns, rows)
	}
	if len(l.Events) == 0 && len(rows) > 0 {
		s.row("Found", "no event that "+asked(l))
	}
	if len(l.NotRead) > 0 {
		s.toned("Not read", firstOf(l.NotRead), Warning)
	}
	label := "None"
	for _, x := range l.Logs {
		if x.Error != nil {
			s.toned(label, x.Path+": "+x.Error.Message, Warning)
			label = ""
		}
	}
	label = "Problem"
	for _, x := range l.Logs {
		for _, problem := range x.Problems {
			if name := names[x.Path]; name != "" {
				problem = name + ": " + problem
			}
			s.toned(label, problem, Warning)
			label = ""
		}
	}
	if slices.ContainsFunc(l.Events, func(e report.Event) bool { return e.About }) {
		s.toned("Note", `"about": the clock of these events drifts, by some seconds as a rule`, Dim)
	}
	if hidden > 0 && !l.All && l.Provider == "" && l.Since == nil && l.Until == nil {
		s.toned("Left out", leftOut(hidden)+" in another's line; --all shows more", Dim)
	}
	if l.All {
		if messages > 0 {
			s.toned("Messages", plural(messages, "message")+" of software traces (WPP): their texts are in the symbols of their drivers", Dim)
		}
		s.unknownEvents(kinds)
	}
	return s
}

// leftOut says how many events are not in the time line.
func leftOut(n int) string {
	if n == 1 {
		return "1 event that tells nothing by itself, or is told"
	}
	return plural(n, "event") + " that tell nothing by themselves, or are told"
}

// asked is what was asked of the events.
func asked(l *report.EventList) string {
	says := "tells something"
	if l.All {
		says = "can be told"
	}
	if l.Provider != "" {
		says += ", of provider " + l.Provider
	}
	if l.Since != nil {
		says += ", since " + instant(*l.Since)
	}
	if l.Until != nil {
		says += ", until " + instant(*l.Until)
	}
	return says
}

// unknownEvents counts the events whose fields no layout tells.
func (s *Section) unknownEvents(kinds map[report.EventCount]int) {
	var list []report.EventCount
	total := 0
	for k, n := range kinds {
		k.Count = n
		total += n
		list = append(list, k)
	}
	if total == 0 {
		return
	}
	slices.SortFunc(list, func(a, b report.EventCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Version, b.Version))
	})
	s.toned("Not told", plural(total, "event")+" whose fields dmplens does not know:", Dim)
	const most = 20
	rest := 0
	var rows [][]string
	for i, k := range list {
		if i >= most {
			rest += k.Count
			continue
		}
		rows = append(rows, []string{report.Commas(int64(k.Count)), fmt.Sprintf("%s %d, version %d", strings.TrimPrefix(k.Provider, "Microsoft-Windows-"), k.ID, k.Version)})
	}
	if rest > 0 {
		rows = append(rows, []string{report.Commas(int64(rest)), fmt.Sprintf("of %s more", plural(len(list)-most, "kind"))})
	}
	s.table(" ", []Column{{Right: true}, {}}, rows)
}
