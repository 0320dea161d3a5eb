package events

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dmplens/dmplens/report"
)

// Step is a step of a live dump.
type Step string

// Steps, in their order.
const (
	StepRequest   Step = "request"
	StepSizing    Step = "sizing"
	StepMirroring Step = "mirroring"
	StepQuiesce   Step = "quiesce"
	StepCopy      Step = "copy"
	StepWrite     Step = "write"
	StepDeferred  Step = "deferred write"
	StepDiscard   Step = "discard"
	StepEnd       Step = "end"
)

// captureGap is the longest time between two events of one call: longer, and they are of two.
const captureGap = 30 * time.Minute

// stepOf says which step an event belongs to.
func stepOf(id uint16) Step {
	switch {
	case id == 1:
		return StepRequest
	case id == 2 || id == 5 || id == 202 || id == 252:
		return StepEnd
	case id == 3 || id == 4:
		return StepWrite
	case id >= 101 && id <= 103 || id >= 151 && id <= 153:
		return StepMirroring
	case id == 104 || id == 105 || id == 154 || id == 155 || id >= 117 && id <= 122 || id >= 158 && id <= 166:
		return StepQuiesce
	case id >= 106 && id <= 126:
		return StepSizing
	case id == 156 || id == 157 || id == 167 || id == 168 || id == 169:
		return StepCopy
	case id == 201 || id == 203 || id == 204:
		return StepDeferred
	case id == 251:
		return StepDiscard
	}
	return ""
}

// later says whether an event is of a call that comes after the capture, to write or to discard what was captured.
func later(id uint16) bool { return id >= 201 && id <= 252 }

// Captures puts the events of Kernel-LiveDump into captures, the earliest first: the call that captures, and the later call that writes or
// discards what was captured. The kernel does one at a time. A start of Windows, or half an hour without an event, ends what is open.
func Captures(list []Event) []Capture {
	var sorted []Event
	for _, e := range list {
		if e.Provider == providerLiveDump && e.Kind == report.EventLiveCapture || e.Kind == report.EventBoot || e.Kind == report.EventPowerLoss {
			sorted = append(sorted, e)
		}
	}
	SortByTime(sorted)
	var out []Capture
	var call, write *group // the capture that is open, and the later call that is
	var groups []*group
	for i, e := range sorted {
		if e.Provider != providerLiveDump {
			call, write = nil, nil
			continue
		}
		if i > 0 && sameRecord(sorted[i-1], e) {
			continue // the log is there twice
		}
		if later(e.ID) {
			if write == nil || e.ID == 201 || e.ID == 251 || e.Time.Sub(write.last) > captureGap {
				write = waiting(groups, e)
				if write == nil {
					write = &group{}
					groups = append(groups, write)
				}
			}
			write.add(e)
			if e.ID == 202 || e.ID == 252 {
				write = nil
			}
			continue
		}
		if call == nil || e.ID == 1 || e.Time.Sub(call.last) > captureGap || call.copied && (e.ID == 101 || e.ID == 104) {
			call = &group{}
			groups = append(groups, call)
		}
		call.add(e)
		if e.ID == 2 {
			call = nil
		}
	}
	for _, g := range groups {
		out = append(out, g.capture())
	}
	slices.SortStableFunc(out, func(a, b Capture) int { return a.Started.Compare(b.Started) })
	return out
}

// sameRecord says whether two events that follow each other are the same one, from two copies of a log.
func sameRecord(a, b Event) bool {
	return a.ID == b.ID && a.Provider == b.Provider && a.Time.Equal(b.Time) && (a.File != b.File || a.Source != b.Source) && slices.Equal(a.Fields, b.Fields)
}

// group is the events of one capture.
type group struct {
	events []Event
	last   time.Time // of the call that is open
	copied bool      // it got to the capture proper
	ended  bool      // its first call did
	wrote  bool      // the file was written, or the data discarded
	status uint64    // of the end of the first call
	code   fields    // those of the end, where they have the code
}

func (g *group) add(e Event) {
	g.events = append(g.events, e)
	g.last = e.Time
	f := fields(e.Fields)
	switch {
	case e.ID == 2:
		g.ended = true
		g.status, _ = f.number("NTStatus")
		if _, ok := f.get("BugcheckCode"); ok {
			g.code = f
		}
	case e.ID == 4 || e.ID == 202 || e.ID == 252:
		g.wrote = true
	case e.ID >= 151 && e.ID <= 169:
		g.copied = true
	}
}

// waiting is the capture that a later call belongs to: the last one that ended well and has no file yet, and no other code.
func waiting(groups []*group, e Event) *group {
	code, known := fields(e.Fields).get("BugcheckCode")
	for _, g := range slices.Backward(groups) {
		if g.ended && !g.wrote && !failed(g.status) {
			if was, ok := g.code.get("BugcheckCode"); ok && known && !equalNumbers(was, code) {
				continue
			}
			return g
		}
	}
	return nil
}

func equalNumbers(a, b string) bool {
	x, ok := number(a)
	y, good := number(b)
	return ok && good && x == y
}

// failed says whether an NTSTATUS is a warning or an error.
func failed(status uint64) bool { return status>>31&1 == 1 }

// capture concludes what the events of a group say.
func (g *group) capture() Capture {
	c := Capture{Started: g.events[0].Time, Ended: g.events[len(g.events)-1].Time, Events: g.events}
	var quiesced [2]time.Time // begins of both: of sizing and of the capture
	var byClock, bySaid time.Duration
	failedIn := Step("")
	for _, e := range g.events {
		f := fields(e.Fields)
		step := stepOf(e.ID)
		if step != "" && step != StepEnd && failedIn == "" {
			c.Step = step
		}
		status, hasStatus := f.number("NTStatus")
		switch e.ID {
		case 1:
			c.ControlFlags, c.AddPagesControl = f.pointer("ControlFlags"), f.pointer("AddPagesControl")
		case 2, 202, 252:
			if hasStatus && (c.Status == nil || !failed(uint64(*c.Status))) {
				v := uint32(status)
				c.Status = &v
			}
			c.read(f)
			if e.ID == 2 {
				c.Lasted = f.ms("DumpCaptureDuration_ms")
			}
			c.Deferred = c.Deferred || e.ID == 202
			c.Discarded = c.Discarded || e.ID == 252
		case 4, 204:
			c.Total, c.Header, c.Primary, c.Secondary = f.pointer("TotalBytes"), f.pointer("HeaderBytes"), f.pointer("PrimaryDataBytes"), f.pointer("SecondaryDataBytes")
			c.Wrote = f.ms("DumpWriteDuration_ms")
			c.Deferred = c.Deferred || e.ID == 204
			if hasStatus && failed(status) && c.Status == nil {
				v := uint32(status)
				c.Status = &v
			}
		case 5:
			c.Aborted = true
		case 104, 154:
			quiesced[e.ID/150] = e.Time
		case 105, 155:
			if at := quiesced[e.ID/150]; !at.IsZero() && !e.Time.Before(at) {
				byClock += e.Time.Sub(at)
			}
		case 106, 167:
			bySaid += f.ms("SystemQuiescedDuration_ms")
			if e.ID == 106 {
				c.Estimated = f.sum("NtEstimatedPrimaryDataBytes", "HvEstimatedPrimaryDataBytes", "HvEstimatedSecondaryDataBytes", "SkEstimatedPrimaryDataBytes")
			}
		case 107:
			c.Allocated = f.sum("NtPrimaryDataBytes", "HvPrimaryDataBytes", "HvSecondaryDataBytes", "SkPrimaryDataBytes")
		case 113:
			if v, _ := f.number("AbortWhileBufferAllocation"); v != 0 {
				c.Aborted = true
			}
		}
		switch e.ID {
		case 112, 114, 115, 116, 126: // what a callback, the hypervisor or a partition does not give does not end a capture
		default:
			if hasStatus && failed(status) && failedIn == "" {
				failedIn = c.Step
			}
		}
		if c.Aborted && failedIn == "" {
			failedIn = StepSizing
		}
	}
	switch {
	case c.Status != nil && !failed(uint64(*c.Status)):
		c.Step = StepEnd
	case failedIn != "":
		c.Step = failedIn
	}
	c.Stood = bySaid
	if c.Stood == 0 {
		c.Stood = byClock
	}
	c.Flags = c.spell()
	return c
}

// read takes code, parameters and the kind of dump from the end of a call; versions before 5 have none of them.
func (c *Capture) read(f fields) {
	if v, ok := f.number("BugcheckCode"); ok {
		code := uint32(v)
		c.Code = &code
	}
	for i := range c.Parameters {
		if p := f.pointer(fmt.Sprintf("BugCheckParameter%d", i+1)); p != nil {
			c.Parameters[i] = p
		}
	}
	if v, ok := f.number("SelectiveDump"); ok {
		selective := v != 0
		c.Selective = &selective
	}
}

// kernelStacks is the flag of a dump that has no more than the stacks of threads.
const kernelStacks = "kernel stacks only"

// spell names the bits of both fields of flags, which are those of SYSDBG_LIVEDUMP_CONTROL.
func (c *Capture) spell() (list []string) {
	name := func(v *uint64, what string, names ...string) {
		if v == nil {
			return
		}
		for i, n := range names {
			if *v>>i&1 == 1 {
				list = append(list, n)
			}
		}
		if rest := *v >> len(names) << len(names); rest != 0 {
			list = append(list, fmt.Sprintf("%s %#x", what, rest))
		}
	}
	name(c.ControlFlags, "unknown control flags", "dump storage stack", "compressed", "user pages", "abort if memory is short", kernelStacks)
	if c.Selective != nil && *c.Selective && !slices.Contains(list, kernelStacks) {
		list = append(list, kernelStacks)
	}
	name(c.AddPagesControl, "unknown pages", "hypervisor pages", "non-essential hypervisor pages")
	return list
}

// Text says in one line what became of the capture.
func (c *Capture) Text() string {
	var parts []string
	if c.Code != nil {
		parts = append(parts, named(*c.Code))
	}
	if c.Total != nil {
		parts = append(parts, report.Commas(*c.Total)+" bytes"+c.parts())
	}
	if len(c.Flags) > 0 {
		parts = append(parts, strings.Join(c.Flags, ", "))
	}
	if c.Stood > 0 {
		parts = append(parts, fmt.Sprintf("the system stood still for %d ms", c.Stood.Milliseconds()))
	}
	return strings.Join(append([]string{c.outcome()}, parts...), "; ")
}

// parts says what the bytes are, where the log says it.
func (c *Capture) parts() string {
	if c.Header == nil || c.Primary == nil || c.Secondary == nil {
		return ""
	}
	return fmt.Sprintf(" (header %s, primary %s, secondary %s)", report.Commas(*c.Header), report.Commas(*c.Primary), report.Commas(*c.Secondary))
}

// outcome says how it ended.
func (c *Capture) outcome() string {
	switch {
	case c.Aborted:
		return "live dump aborted, as memory was short" + c.status()
	case c.Status != nil && failed(uint64(*c.Status)):
		return fmt.Sprintf("live dump failed, step %s", c.Step) + c.status()
	case c.Status == nil:
		return fmt.Sprintf("live dump without an end in the log, last step %s", c.Step)
	case c.Discarded:
		return "live dump captured and discarded"
	case c.Deferred:
		return "live dump captured, written later"
	case c.Total == nil:
		return "live dump captured; no file is written in the log"
	}
	return "live dump captured and written"
}

func (c *Capture) status() string {
	if c.Status == nil {
		return ""
	}
	return fmt.Sprintf(", status 0x%08x", *c.Status)
}

// pointer is number, nil where there is none.
func (f fields) pointer(name string) *uint64 {
	if v, ok := f.number(name); ok {
		return &v
	}
	return nil
}

// sum adds fields up, those that are there; nil where none is.
func (f fields) sum(names ...string) *uint64 {
	var total *uint64
	for _, n := range names {
		if v := f.pointer(n); v != nil && total == nil {
			total = v
		} else if v != nil {
			*total += *v
		}
	}
	return total
}

// ms reads a field in milliseconds; what is longer than a year is not believed.
func (f fields) ms(name string) time.Duration {
	v, _ := f.number(name)
	if v > uint64(365*24*time.Hour/time.Millisecond) {
		return 0
	}
	return time.Duration(v) * time.Millisecond
}
