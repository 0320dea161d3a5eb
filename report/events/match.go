package events

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dmplens/dmplens/report"
)

// Limits of a match.
const (
	captureSlack = 2 * time.Second // between the time in a live dump's header and the events of its capture
	stopSlack    = 2 * time.Second // between the time in a dump's header and that in a DumpStack.log, which counts seconds
	promptly     = 24 * time.Hour  // within which a crash whose parameters are common must be recorded to be taken for this one
)

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

// matchCapture finds the capture that wrote a live dump.
func (d *Facts) matchCapture(captures []Capture) *report.Log {
	out := &report.Log{Kind: report.LogCapture}
	best, bestScore := -1, 0
	var bestCompared []report.Compared
	for i := range captures {
		c := &captures[i]
		compared := d.compareCapture(c)
		score := captureScore(compared)
		if score > bestScore {
			best, bestScore, bestCompared = i, score, compared
		}
	}
	if best < 0 {
		out.Reason = "no capture in the logs has this code with these parameters, and the time or the sizes of this dump"
		if len(captures) == 0 {
			out.Reason = "the logs hold no capture of a live dump"
		}
		return out
	}
	c := &captures[best]
	out.Matched, out.Compared = true, bestCompared
	out.Reason = "the capture is the one of this dump by " + agreed(bestCompared)
	at := c.Events[0]
	for _, e := range c.Events {
		if e.ID == 4 || e.ID == 204 || e.ID == 2 && at.ID != 4 && at.ID != 204 {
			at = e // what says most of the file
		}
	}
	out.File, out.Record, out.Time = at.File, at.Record, &at.Time
	out.Facts = c.facts()
	return out
}

// compareCapture compares each field that both have.
func (d *Facts) compareCapture(c *Capture) []report.Compared {
	list := d.compareStop(c.Code, c.Parameters)
	inside := !d.Captured.IsZero() && !d.Captured.Before(c.Started.Add(-captureSlack)) && !d.Captured.After(c.Ended.Add(captureSlack))
	t := report.Compared{Field: "time", Dump: when(d.Captured), Log: when(c.Started) + " to " + when(c.Ended)}
	if !d.Captured.IsZero() && !c.Started.IsZero() {
		t.Equal = &inside
	}
	list = append(list, t)
	for _, s := range []struct {
		name string
		dump int64
		log  *uint64
	}{{"total", d.Total, c.Total}, {"header", d.Header, c.Header}, {"primary", d.Primary, c.Primary}, {"secondary", d.Secondary, c.Secondary}} {
		list = append(list, compareSize(s.name, s.dump, s.log))
	}
	return list
}

// captureScore weighs a comparison: 0 is no match. Code and parameters must not differ. Where the log has them, the time or a size must agree
// with them; where it has not, the time and two sizes must.
func captureScore(list []report.Compared) int {
	if differs(list, "code") || differs(list, "parameter") {
		return 0
	}
	score, stop, sizes := 0, 0, 0
	for _, c := range list {
		if c.Equal == nil || !*c.Equal {
			continue
		}
		score++
		switch c.Field {
		case "code":
			stop++
		case "total", "primary", "secondary":
			sizes++
		}
	}
	inTime := agrees(list, "time")
	if stop == 0 && (!inTime || sizes < 2) || stop > 0 && !inTime && !agrees(list, "total") {
		return 0
	}
	if inTime {
		score += 10
	}
	return score
}

// facts are what only the log knows of a capture.
func (c *Capture) facts() (list []report.Fact) {
	say := func(id []uint16, format string, a ...any) {
		f := report.Fact{Fact: fmt.Sprintf(format, a...)}
		for _, want := range id {
			if i := slices.IndexFunc(c.Events, func(e Event) bool { return e.ID == want }); i >= 0 {
				f.Where = c.Events[i].where()
				break
			}
		}
		list = append(list, f)
	}
	if c.Selective != nil {
		if *c.Selective {
			say([]uint16{2, 202}, "kernel stacks alone were asked for (SelectiveDump)")
		} else {
			say([]uint16{2, 202}, "a full live dump was asked for, not kernel stacks alone (SelectiveDump is 0)")
		}
	}
	if flags := slices.DeleteFunc(slices.Clone(c.Flags), func(s string) bool { return s == kernelStacks }); len(flags) > 0 {
		say([]uint16{1, 2}, "asked for: %s", strings.Join(flags, ", "))
	}
	if c.Lasted > 0 {
		say([]uint16{2}, "the capture took %d ms", c.Lasted.Milliseconds())
	}
	if c.Stood > 0 {
		say([]uint16{167, 106, 155, 105}, "the system stood still for %d ms", c.Stood.Milliseconds())
	}
	if c.Wrote > 0 {
		say([]uint16{4, 204}, "writing the file took %d ms", c.Wrote.Milliseconds())
	}
	if c.Deferred {
		say([]uint16{204, 202, 203, 201}, "the file was written by a later call")
	}
	if c.Estimated != nil && c.Primary != nil {
		say([]uint16{106}, "%d bytes of memory were estimated, %d written", *c.Estimated, *c.Primary)
	}
	if c.Status != nil && failed(uint64(*c.Status)) {
		say([]uint16{2, 202}, "it failed with status 0x%08x, step %s", *c.Status, c.Step)
	}
	return list
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

// matchCrash finds the record of a crash.
func (d *Facts) matchCrash(logged, own []Event) *report.Log {
	out := &report.Log{Kind: report.LogCrash}
	shared, lacks := common(own, logged, d.Captured)
	var found, second *crash
	var stack, bare *Event // DumpStack.logs: of this stop, and one without a code that has its sizes
	crashes, early := 0, 0
	for i := range logged {
		e := &logged[i]
		c, ok := crashOf(e)
		if !ok {
			if e.Provider == providerStack && e.ID == 1 && d.sizesAgree(e) && e.Time.Sub(d.Captured).Abs() <= stopSlack {
				bare = e
			}
			continue
		}
		crashes++
		if !d.sameStop(&c) {
			continue
		}
		if e.Provider == providerStack {
			if d.unique() || d.sizesAgree(e) || e.Time.Sub(d.Captured).Abs() <= stopSlack {
				stack = e
			}
			continue
		}
		if !d.Captured.IsZero() && e.Time.Before(d.Captured) {
			early++ // Windows records a stop at the next boot
			continue
		}
		if !d.unique() && len(shared) == 0 && !d.namedIn(e) && (d.Captured.IsZero() || e.Time.Sub(d.Captured) > promptly) {
			continue
		}
		this := c
		switch {
		case e.ID == 1001 && (found == nil || e.Time.Before(found.event.Time)):
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
			d.tellStack(out, stack)
		}
	case stack != nil:
		d.tellStack(out, stack)
		c, _ := crashOf(stack)
		out.Matched, out.File, out.Time = true, stack.File, &stack.Time
		if c.code != 0 {
			out.Compared = append(d.compareStop(&c.code, c.parameters), out.Compared...)
		}
		out.Reason = "the DumpStack.log is the one of this stop by " + agreed(out.Compared)
	case early > 0:
		out.Reason = "a crash with this code and these parameters is recorded, but before this stop: it is another one"
	case crashes == 0:
		out.Reason = "the logs record no bug check"
	case last(logged).Before(d.Captured):
		out.Reason = "the logs end before this stop"
	case crashes == 1:
		out.Reason = "the one record of a bug check in the logs has another code or other parameters"
	default:
		out.Reason = fmt.Sprintf("none of the %d records of bug checks in the logs has this code and these parameters", crashes)
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

// tell writes down a match with a record of an event log.
func (d *Facts) tell(out *report.Log, c *crash) {
	e := c.event
	out.Matched, out.File, out.Record, out.Time = true, e.File, e.Record, &e.Time
	out.Compared = d.compareStop(&c.code, c.parameters)
	after := true
	t := report.Compared{Field: "order", Dump: when(d.Captured), Log: when(e.Time)}
	if !d.Captured.IsZero() {
		after = !e.Time.Before(d.Captured)
		t.Equal = &after
	}
	out.Compared = append(out.Compared, t)
	if path, ok := fields(e.Fields).get("2"); ok && e.ID == 1001 {
		p := report.Compared{Field: "path", Dump: hostBase(d.Path), Log: base(path)}
		if same := d.namedIn(e); same {
			p.Equal = &same
		} // the file could have been given another name, or be one of two dumps of this stop: that says nothing
		out.Compared = append(out.Compared, p)
	}
	out.Reason = "the record is the one of this stop by " + agreed(out.Compared)
	if !d.unique() {
		out.Reason += "; other stops can have the same parameters"
	}
	if !d.Captured.IsZero() {
		out.Facts = append(out.Facts, report.Fact{Fact: "Windows wrote the record " + span(e.Time.Sub(d.Captured)) + " after the stop", Where: e.where()})
	}
}

// tellStack adds what a DumpStack.log says of the dump that Windows wrote at the stop. The file at hand can be another one of that stop.
func (d *Facts) tellStack(out *report.Log, e *Event) {
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
	if ms, ok := f.number("Elapsed_ms"); ok {
		out.Facts = append(out.Facts, report.Fact{Fact: fmt.Sprintf("writing the dump took %d ms", ms), Where: e.File})
	}
	says := e.Text
	if _, dump, ok := strings.Cut(says, "; "); ok { // behind the code and the parameters, which are those of the dump
		says = dump
	}
	out.Facts = append(out.Facts, report.Fact{Fact: "DumpStack.log: " + says, Where: e.File})
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

// unique says whether the parameters tell this stop from others with the same code: one is an address or the like, and no status.
func (d *Facts) unique() bool {
	for i, p := range d.Parameters {
		if d.Known[i] && p >= 1<<16 && p>>24 != 0xC0 && p>>24 != 0x80 && p>>24 != 0xFFFFFFFFC0 && p>>24 != 0xFFFFFFFF80 && p != 1<<64-1 {
			return true
		}
	}
	return false
}

// namedIn says whether the path in a record ends in the name of the dump's file. MEMORY.DMP is the name of every full one.
func (d *Facts) namedIn(e *Event) bool {
	path, ok := fields(e.Fields).get("2")
	name := hostBase(d.Path)
	return ok && e.ID == 1001 && name != "" && !strings.EqualFold(name, "MEMORY.DMP") && strings.EqualFold(base(path), name)
}

// hostBase is the last part of a path of Windows or of another system.
func hostBase(path string) string {
	return path[strings.LastIndexAny(path, `\/`)+1:]
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
// back to before them and on to after the stop.
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
		if !found[i] && e.Rank >= rankLine && first.Before(e.Time) && last.After(stop) && !first.IsZero() {
			lacks = append(lacks, e)
		}
	}
	SortByTime(lacks)
	return shared, lacks
}

func last(list []Event) (t time.Time) {
	for _, e := range list {
		if e.Time.After(t) {
			t = e.Time
		}
	}
	return t
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
	parameters := 0
	for _, c := range list {
		switch {
		case c.Equal == nil || !*c.Equal:
		case strings.HasPrefix(c.Field, "parameter"):
			if parameters++; parameters == 1 {
				names = append(names, "parameters")
			}
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
	case d >= time.Hour:
		return fmt.Sprintf("%.1f hours", d.Hours())
	case d >= time.Minute:
		return fmt.Sprintf("%.0f minutes", d.Minutes())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}
