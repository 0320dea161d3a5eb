package events

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dmplens/dmplens/report"
)

// Limits of a match.
const (
	stopSlack = 2 * time.Second // between the time in a dump's header and that in a DumpStack.log, which counts seconds
	promptly  = 24 * time.Hour  // within which a crash whose parameters are common must be recorded to be taken for this one
)

// fullDump is the name that Windows gives each dump but small ones, which it names by their day.
const fullDump = "MEMORY.DMP"

// Match puts a dump beside what logs say: a live dump beside the captures, a crash dump beside the records of crashes. list has the events of
// the logs and, with the source dump, those of the dump itself. Nothing matches by time alone. It is nil where there is no event of a log.
func Match(d Facts, list []Event, captures []Capture) *report.Log {
	var own, logged []Event
	for _, e := range list {
		if e.Source == report.EventFromDump {
			own = append(own, e)
		} else {
			logged = append(logged, e)
		}
	}
	if len(logged)+len(captures) == 0 {
		return nil
	}
	if d.Live {
		return d.matchCapture(captures)
	}
	return d.matchCrash(logged, own)
}

// where names the place of an event in a log.
func (e *Event) where() string {
	s := e.File
	if e.Record != 0 {
		s = strings.TrimSpace(s + " record " + strconv.FormatUint(e.Record, 10))
	}
	return s
}

// crash is a record of a crash with its numbers.
type crash struct {
	event      *Event
	code       uint32
	parameters [4]*uint64
}

// String is the code with its parameters, as far as they are known.
func (c crash) String() string {
	var p []string
	for _, v := range c.parameters {
		if v != nil {
			p = append(p, fmt.Sprintf("%#x", *v))
		}
	}
	if len(p) == 0 {
		return fmt.Sprintf("%#x", c.code)
	}
	return fmt.Sprintf("%#x (%s)", c.code, strings.Join(p, ", "))
}

// crashOf reads code and parameters from an event. It is false for events that record no bug check: the loss of power too.
func crashOf(e *Event) (c crash, ok bool) {
	c.event = e
	f := fields(e.Fields)
	switch {
	case e.Kind != report.EventCrash:
		return c, false
	case e.Provider == providerWER && e.ID == 1001:
		text, _ := f.get("1")
		code, p, ok := bugCheck(text)
		for i := range p {
			c.parameters[i] = &p[i]
		}
		c.code = code
		return c, ok
	case e.Provider == providerPower && e.ID == 41:
		v, ok := f.number("1")
		for i := range c.parameters {
			c.parameters[i] = f.pointer(strconv.Itoa(i + 2))
		}
		c.code = uint32(v)
		return c, ok && v != 0 && v>>32 == 0
	case e.Provider == providerStack:
		v, ok := f.number("Code")
		for i := range c.parameters {
			c.parameters[i] = f.pointer("Parameter" + strconv.Itoa(i+1))
		}
		c.code = uint32(v)
		return c, ok
	}
	return c, false
}

// late is the longest time from a stop to its record that is believed: a machine can stay off for days.
const late = 30 * 24 * time.Hour

// matchCrash finds the record of a crash.
func (d *Facts) matchCrash(logged, own []Event) *report.Log {
	out := &report.Log{Kind: report.LogCrash}
	shared, lacks := common(own, logged, d.Captured)
	var found, second *crash
	var stack, bare *Event // DumpStack.logs: of this stop, and one without a code that has its sizes
	var stops []string     // that the logs record: each once, though two records can be of one
	met := map[string]bool{}
	var like *Event // the nearest that has this code and these parameters, and is of another stop
	var why string  // why it is
	unread := 0     // records of bug checks whose code cannot be read
	for i := range logged {
		e := &logged[i]
		c, ok := crashOf(e)
		if !ok {
			if e.Provider == providerStack && e.ID == 1 && d.sizesAgree(e) && d.sameMoment(e) {
				bare = e
			}
			if e.Provider == providerWER && e.ID == 1001 && e.Kind == report.EventCrash {
				unread++
			}
			continue
		}
		if stop := c.String(); !met[stop] {
			met[stop] = true
			stops = append(stops, stop)
		}
		if !d.sameStop(&c) {
			continue
		}
		if other := d.another(e, len(shared) > 0); other != "" {
			if like == nil || e.Time.Sub(d.Captured).Abs() < like.Time.Sub(d.Captured).Abs() {
				like, why = e, other
			}
			continue
		}
		this := c
		switch {
		case e.Provider == providerStack:
			stack = e
		case e.ID == 1001 && (found == nil || d.namedIn(e) || e.Time.Before(found.event.Time) && !d.namedIn(found.event)):
			found = &this
		case e.ID == 41 && (second == nil || e.Time.Before(second.event.Time)):
			second = &this
		}
	}
	if found == nil {
		found, second = second, nil
	}
	if stack == nil {
		stack = bare
	}
	switch {
	case found != nil:
		d.tell(out, found)
		if second != nil {
			out.Facts = append(out.Facts, report.Fact{Fact: "Kernel-Power 41 has the same code and parameters", Where: second.event.where()})
		}
		if stack != nil {
			d.tellStack(out, stack, logged)
		}
	case stack != nil:
		d.tellStack(out, stack, logged)
		c, _ := crashOf(stack)
		out.Matched, out.File, out.Time = true, stack.File, timeOf(stack)
		if c.code != 0 {
			out.Compared = append(d.compareStop(&c.code, c.parameters), out.Compared...)
		}
		out.Reason = "the DumpStack.log is the one of this stop by " + agreed(out.Compared)
	case like != nil:
		out.Reason = why
	case len(stops) == 0 && unread > 0:
		out.Reason = "the logs record a bug check, but its code cannot be read"
	case len(stops) == 0:
		out.Reason = "the logs record no bug check"
	case !covered(logged, d.Captured):
		out.Reason = "no log covers the time of this stop: " + spans(logged)
	case len(stops) == 1:
		out.Reason = "the only stop that the logs record is another one: " + stops[0]
	default:
		out.Reason = fmt.Sprintf("none of the %d stops that the logs record is this one: ", len(stops)) + strings.Join(stops[:min(len(stops), 3)], ", ")
		if len(stops) > 3 {
			out.Reason += " ..."
		}
	}
	if !out.Matched {
		return out
	}
	if len(shared) > 0 {
		f := report.Fact{Fact: fmt.Sprintf("%d events in the dump stand in the event log too", len(shared))}
		if len(shared) == 1 {
			f.Fact = "an event in the dump stands in the event log too"
		}
		var places []string
		for _, e := range shared {
			places = append(places, strconv.FormatUint(e.Record, 10))
		}
		f.Where = "record " + strings.Join(places[:min(len(places), 8)], ", ")
		out.Facts = append(out.Facts, f)
	}
	for _, e := range lacks {
		out.Lacks = append(out.Lacks, e.Reported(d.Captured, false))
	}
	return out
}

// another says why a record with the code and the parameters of this stop is of another one: "" where nothing says so. Windows records a stop at the next
// boot; other stops can have the same parameters, where none of them is an address.
func (d *Facts) another(e *Event, shared bool) string {
	const same = "a stop with this code and these parameters is recorded, but "
	after := e.Time.Sub(d.Captured)
	switch known := !d.Captured.IsZero() && !e.Time.IsZero(); {
	case d.namesAnother(e):
		return same + "with a dump of another name: " + base(value(e.Fields, "2"))
	case e.Provider == providerStack:
		if known && !d.sameMoment(e) {
			return same + "the DumpStack.log is of another moment, " + when(e.Time.Truncate(time.Second))
		}
		if !known && !d.unique() && !d.sizesAgree(e) {
			return same + "other stops can have them too, and the time is not known"
		}
	case d.namedIn(e) && (!known || after > 0):
	case known && after < 0 && d.unique():
		return same + "before this stop: it is another one, or the clock was set back"
	case known && after < 0:
		return same + "before this stop: it is another one"
	case known && after > late:
		return same + span(after) + " after this stop"
	case !d.unique() && !shared && !known:
		return same + "other stops can have them too, and the time is not known"
	case !d.unique() && !shared && after > promptly:
		return same + span(after) + " after this stop, and other stops can have them too"
	}
	return ""
}

// sameMoment says whether a DumpStack.log is of the moment of the stop: it counts seconds.
func (d *Facts) sameMoment(e *Event) bool {
	return !e.Time.IsZero() && !d.Captured.IsZero() && e.Time.Sub(d.Captured).Abs() <= stopSlack
}

// timeOf is the time of an event, nil where it is not known.
func timeOf(e *Event) *time.Time {
	if e.Time.IsZero() {
		return nil
	}
	return &e.Time
}

// tell writes down a match with a record of an event log.
func (d *Facts) tell(out *report.Log, c *crash) {
	e := c.event
	out.Matched, out.File, out.Record, out.Time = true, e.File, e.Record, timeOf(e)
	out.Compared = d.compareStop(&c.code, c.parameters)
	after := true
	t := report.Compared{Field: "order", Dump: when(d.Captured), Log: when(e.Time)}
	if !d.Captured.IsZero() && !e.Time.IsZero() {
		after = !e.Time.Before(d.Captured)
		t.Equal = &after
	}
	out.Compared = append(out.Compared, t)
	if file, inLog := d.names(e); inLog != "" {
		p := report.Compared{Field: "path", Dump: file, Log: inLog}
		if same := d.namedIn(e); same {
			p.Equal = &same
		} else if p.Log != "" && !strings.EqualFold(p.Log, p.Dump) {
			f := report.Fact{Fact: "the record calls the dump of this stop " + p.Log, Where: e.where()}
			if strings.EqualFold(p.Log, fullDump) {
				f.Fact = "the record names " + fullDump + ": that machine may have a larger dump of this stop"
			}
			out.Facts = append(out.Facts, f)
		} // the file could have been given another name, or be one of two dumps of this stop: that says nothing
		out.Compared = append(out.Compared, p)
	}
	out.Reason = "the record is the one of this stop by " + agreed(out.Compared)
	if !d.unique() {
		out.Reason += "; other stops can have the same parameters"
	}
	if !d.Captured.IsZero() && !e.Time.IsZero() {
		out.Facts = append(out.Facts, report.Fact{Fact: "Windows wrote the record " + span(e.Time.Sub(d.Captured)) + " after the stop", Where: e.where()})
	}
}

// tellStack adds what a DumpStack.log says of the dump that Windows wrote at the stop. The file at hand can be another one of that stop.
func (d *Facts) tellStack(out *report.Log, e *Event, logged []Event) {
	f := fields(e.Fields)
	kind := report.Compared{Field: "dump type", Log: value(f, "Type")}
	if d.DumpType != 0 {
		kind.Dump = strconv.Itoa(d.DumpType)
		if kind.Log != "" {
			same := kind.Dump == kind.Log
			kind.Equal = &same
		}
	}
	out.Compared = append(out.Compared, kind, compareSize("total", d.Total, f.pointer("Total")), compareSize("secondary", d.Secondary, f.pointer("Secondary")))
	says := e.Text
	if _, dump, ok := strings.Cut(says, "; "); ok { // behind the code and the parameters, which are those of the dump
		says = dump
	}
	out.Facts = append(out.Facts, report.Fact{Fact: "DumpStack.log: " + says, Where: e.File})
	for _, x := range logged {
		if x.Provider == providerStack && x.File == e.File && x.ID != e.ID {
			out.Facts = append(out.Facts, report.Fact{Fact: "DumpStack.log: " + x.Text, Where: e.File})
		}
	}
	if ms, ok := f.number("Elapsed_ms"); ok {
		out.Facts = append(out.Facts, report.Fact{Fact: fmt.Sprintf("its last note of the time is of %d ms after the stop", ms), Where: e.File})
	}
}

// compareStop compares code and parameters.
func (d *Facts) compareStop(code *uint32, parameters [4]*uint64) []report.Compared {
	c := report.Compared{Field: "code", Dump: report.Hex(d.Code)}
	if code != nil {
		same := sameCode(d.Code, *code)
		c.Log, c.Equal = report.Hex(*code), &same
	}
	list := []report.Compared{c}
	for i, p := range parameters {
		c := report.Compared{Field: "parameter " + strconv.Itoa(i+1)}
		if d.Known[i] {
			c.Dump = report.Hex(d.Parameters[i])
		}
		if p != nil {
			c.Log = report.Hex(*p)
		}
		if d.Known[i] && p != nil {
			same := d.Parameters[i] == *p
			c.Equal = &same
		}
		list = append(list, c)
	}
	return list
}

func compareSize(name string, dump int64, log *uint64) report.Compared {
	c := report.Compared{Field: name}
	if dump >= 0 {
		c.Dump = strconv.FormatInt(dump, 10)
	}
	if log != nil {
		c.Log = strconv.FormatUint(*log, 10)
	}
	if dump >= 0 && log != nil {
		same := uint64(dump) == *log
		c.Equal = &same
	}
	return c
}

// sameCode compares codes: a header can have bit 28 set where a log has not, and the other way round.
func sameCode(a, b uint32) bool {
	const bit = 1 << 28
	return a == b || a>>28 <= 1 && b>>28 <= 1 && a&^bit == b&^bit
}

// sameStop says whether code and parameters are equal, those that both have: at least one parameter.
func (d *Facts) sameStop(c *crash) bool {
	compared := 0
	for i, p := range c.parameters {
		if p != nil && d.Known[i] {
			if *p != d.Parameters[i] {
				return false
			}
			compared++
		}
	}
	return compared > 0 && sameCode(d.Code, c.code)
}

// unique says whether the parameters tell this stop from others with the same code: one is an address of the kernel, and no status.
func (d *Facts) unique() bool {
	for i, p := range d.Parameters {
		if d.Known[i] && p >= 1<<31 && p>>24 != 0xC0 && p>>24 != 0x80 && p>>24 != 0xFFFFFFFFC0 && p>>24 != 0xFFFFFFFF80 && p != 1<<64-1 && p != 1<<32-1 {
			return true
		}
	}
	return false
}

// smallDump is the name that Windows gives a small dump, at the end of that of a file that others may have put something before.
var smallDump = regexp.MustCompile(`(?i)[0-9]{6}-[0-9]+-[0-9]{2,}\.dmp$`)

// namedIn says whether the path in a record ends in the name of the dump's file. MEMORY.DMP is the name of every full one.
func (d *Facts) namedIn(e *Event) bool {
	name, inLog := d.names(e)
	return name != "" && !strings.EqualFold(name, fullDump) && strings.EqualFold(inLog, name)
}

// namesAnother says whether a record names one small dump, and the file is another: Windows gives no name twice.
func (d *Facts) namesAnother(e *Event) bool {
	name, inLog := d.names(e)
	return smallDump.MatchString(name) && smallDump.MatchString(inLog) && !strings.EqualFold(inLog, name)
}

// names are that of the file, of a small dump the one that Windows gave it, and that in the record of a crash.
func (d *Facts) names(e *Event) (file, inLog string) {
	file = base(d.Path)
	if small := smallDump.FindString(file); small != "" {
		file = small
	}
	if path, ok := fields(e.Fields).get("2"); ok && e.Provider == providerWER && e.ID == 1001 {
		inLog = base(path)
	}
	return file, inLog
}

// sizesAgree says whether a DumpStack.log has the type of the dump and all of its sizes that both know, the total among them.
func (d *Facts) sizesAgree(e *Event) bool {
	f := fields(e.Fields)
	t, ok := f.number("Type")
	if !ok || int(t) != d.DumpType {
		return false
	}
	total := compareSize("", d.Total, f.pointer("Total"))
	secondary := compareSize("", d.Secondary, f.pointer("Secondary"))
	return total.Equal != nil && *total.Equal && (secondary.Equal == nil || *secondary.Equal)
}

// common finds the events of a dump in an event log by provider, id and time, as the log has them, and those that the log lacks though it goes
// back to before them and on to after the stop. Of those, the ones that Windows had not yet written to the event log when it stopped: others can be missing
// because the log is a part of one.
func common(own, logged []Event, stop time.Time) (shared, lacks []Event) {
	type key struct {
		provider string
		id       uint16
	}
	byTime := map[key]map[int64][]int{} // indexes in own
	found := make([]bool, len(own))
	for i, e := range own {
		if !e.System || e.About || e.Time.IsZero() || e.Time.After(stop.Add(clockSlack)) {
			found[i] = true // not one to look for
			continue
		}
		k := key{e.Provider, e.ID}
		if byTime[k] == nil {
			byTime[k] = map[int64][]int{}
		}
		byTime[k][tick(e.Time)] = append(byTime[k][tick(e.Time)], i)
	}
	var first, last time.Time
	for _, e := range logged {
		if e.Source != report.EventFromLog || !e.System || e.Time.IsZero() {
			continue
		}
		if first.IsZero() || e.Time.Before(first) {
			first = e.Time
		}
		if e.Time.After(last) {
			last = e.Time
		}
		if same, ok := near(byTime[key{e.Provider, e.ID}], e.Time); ok {
			if !found[same[0]] {
				shared = append(shared, e)
			}
			for _, i := range same {
				found[i] = true
			}
		}
	}
	for i, e := range own {
		if !found[i] && e.Unflushed && e.Rank >= rankLine && first.Before(e.Time) && last.After(stop) && !first.IsZero() {
			lacks = append(lacks, e)
		}
	}
	SortByTime(lacks)
	return shared, lacks
}

// reach is the time that each log covers, by its name, in the order of the list. A DumpStack.log has one stop and covers none.
func reach(logged []Event) (names []string, from, to map[string]time.Time) {
	from, to = map[string]time.Time{}, map[string]time.Time{}
	for _, e := range logged {
		if e.Source == report.EventFromDumpStack || e.Time.IsZero() {
			continue
		}
		if _, met := from[e.File]; !met {
			names = append(names, e.File)
			from[e.File], to[e.File] = e.Time, e.Time
		}
		if e.Time.Before(from[e.File]) {
			from[e.File] = e.Time
		}
		if e.Time.After(to[e.File]) {
			to[e.File] = e.Time
		}
	}
	return names, from, to
}

// covered says whether a log goes from before a stop, or soon after it, on to later times: a stop is recorded at the next boot. Where the time of the stop is not known, or there are no logs but DumpStack.logs,
// nothing speaks against it.
func covered(logged []Event, stop time.Time) bool {
	names, from, to := reach(logged)
	for _, n := range names {
		if !from[n].After(stop.Add(promptly)) && to[n].After(stop) {
			return true
		}
	}
	return stop.IsZero() || len(names) == 0
}

// spans says which time each log covers.
func spans(logged []Event) string {
	names, from, to := reach(logged)
	var list []string
	for _, n := range names[:min(len(names), 4)] {
		what := from[n].UTC().Format(time.DateTime) + " to " + to[n].UTC().Format(time.DateTime)
		if len(names) > 1 {
			what = base(n) + " has " + what
		}
		list = append(list, what)
	}
	if len(names) > 4 {
		list = append(list, fmt.Sprintf("and %d logs more", len(names)-4))
	}
	return strings.Join(list, ", ")
}

// equals counts the fields of these names that are equal.
func equals(list []report.Compared, fields ...string) (n int) {
	for _, f := range fields {
		if agrees(list, f) {
			n++
		}
	}
	return n
}

func differs(list []report.Compared, field string) bool { return has(list, field, false) }
func agrees(list []report.Compared, field string) bool  { return has(list, field, true) }

func has(list []report.Compared, field string, equal bool) bool {
	for _, c := range list {
		if strings.HasPrefix(c.Field, field) && c.Equal != nil && *c.Equal == equal {
			return true
		}
	}
	return false
}

// agreed names the fields that are equal.
func agreed(list []report.Compared) string {
	var names []string
	parameters := differs(list, "code") || differs(list, "parameter") // then those that are equal mean nothing
	for _, c := range list {
		switch {
		case c.Equal == nil || !*c.Equal:
		case strings.HasPrefix(c.Field, "parameter"):
			if !parameters {
				names = append(names, "parameters")
			}
			parameters = true
		default:
			names = append(names, c.Field)
		}
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

func value(f fields, name string) string {
	s, _ := f.get(name)
	return s
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// span says a time in its largest fitting unit.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.0f days", d.Hours()/24)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%.1f hours", d.Hours())
	case d >= 2*time.Minute:
		return fmt.Sprintf("%.0f minutes", d.Minutes())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}
