package events

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dmplens/dmplens/report"
)

// captureSlack is between the time in a live dump's header and the events of its capture.
const captureSlack = 2 * time.Second

// matchCapture finds the capture that wrote a live dump.
func (d *Facts) matchCapture(captures []Capture) *report.Log {
	out := &report.Log{Kind: report.LogCapture}
	best, bestScore, nearest, nearScore := -1, 0, -1, 0
	for i := range captures {
		compared := d.compareCapture(&captures[i])
		if score := captureScore(&captures[i], compared); score > bestScore {
			best, bestScore = i, score
		}
		if score := equals(compared, "code", "time", "total", "primary", "secondary"); score > nearScore {
			nearest, nearScore = i, score
		}
	}
	if best < 0 {
		switch {
		case len(captures) == 0:
			out.Reason = "the logs hold no capture of a live dump"
		case nearest < 0:
			out.Reason = "no capture in the logs has the code, the time or a size of this dump"
		default:
			c := &captures[nearest]
			out.Compared = d.compareCapture(c)
			out.Reason = "no capture in the logs is the one of this dump. The nearest, of " + c.Started.UTC().Format(time.DateTime) + " UTC, has its " +
				agreed(out.Compared) + ", but " + d.apart(c, out.Compared)
		}
		return out
	}
	bestCompared := d.compareCapture(&captures[best])
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

// apart says what keeps a capture from being the one of the dump.
func (d *Facts) apart(c *Capture, compared []report.Compared) string {
	var list []string
	if c.failed() {
		list = append(list, "it failed"+c.status()+", and wrote none")
	}
	for _, x := range compared {
		switch {
		case x.Equal == nil || *x.Equal:
		case x.Field == "time":
			by, side := c.Started.Sub(d.Captured), "later"
			if by < 0 {
				by, side = d.Captured.Sub(c.Ended), "earlier"
			}
			list = append(list, "is "+span(by)+" "+side)
		default:
			list = append(list, fmt.Sprintf("its %s is %s, not %s", x.Field, x.Log, x.Dump))
		}
	}
	if len(list) == 0 {
		return "that is not enough to tell"
	}
	return strings.Join(list, ", ")
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

// captureScore weighs a comparison: 0 is no match. Code and parameters must not differ, nor the time, which comes from one clock, nor all of the sizes.
// The time must be known or the total be equal; where the log has no code, both are needed. A capture that failed wrote no dump, unless one as large as this.
func captureScore(c *Capture, list []report.Compared) int {
	if differs(list, "code") || differs(list, "parameter") || differs(list, "time") {
		return 0
	}
	sizes := equals(list, "total", "primary", "secondary")
	inTime, total := agrees(list, "time"), agrees(list, "total")
	switch {
	case sizes == 0 && differs(list, "total"), c.failed() && !total:
		return 0
	case agrees(list, "code") && !inTime && !total, !agrees(list, "code") && (!inTime || sizes < 2):
		return 0
	}
	return 1 + equals(list, "code", "time", "header") + 4*sizes
}

// failed says whether a capture came to nothing.
func (c *Capture) failed() bool {
	return c.Aborted || c.Status != nil && failed(uint64(*c.Status))
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
	if c.failed() {
		status := "without a status"
		if c.Status != nil {
			status = fmt.Sprintf("with status 0x%08x", *c.Status)
		}
		say([]uint16{2, 202, 4, 204, 5}, "the log says that it failed, %s, step %s", status, c.Step)
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
		say([]uint16{106}, "%s bytes of memory were estimated, %s written", report.Commas(*c.Estimated), report.Commas(*c.Primary))
	}
	return list
}
