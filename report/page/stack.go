package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
)

const (
	briefFrames = 5 // frames of a page that has more to say

	other     = "not Windows' own"
	otherMark = "other" // for tables that have no room for it
)

// Stack is the frames of the stacks of a report: how each was found, and what the stack begins with.
func Stack(r *report.Report) *Page {
	p := titled(r)
	if p.none(r) {
		return p
	}
	var words []report.Trust
	others := false
	add := func(begins Section, frames []report.Frame, limit string) {
		t := Table{Columns: []Column{{Name: "#", Right: true}, {Name: "stack pointer"}, {Name: "at", Cut: true}, {Name: "found by"}, {}}}
		for i, x := range frames {
			note := ""
			if x.Known != nil && !*x.Known {
				note, others = otherMark, true
			}
			if !slices.Contains(words, x.Trust) {
				words = append(words, x.Trust)
			}
			t.Rows = append(t.Rows, []string{fmt.Sprint(i), cmp.Or(x.StackPointer, unknown), framePlace(x), string(x.Trust), note})
		}
		p.add(begins)
		if len(frames) > 0 {
			p.add(Section{Frames{t, trusts(frames)}})
		}
		var s Section
		s.row("Limits", limit)
		p.add(s)
	}
	if len(r.Stack) > 0 {
		add(begins(r), r.Stack, r.StackLimit)
	}
	missing := 0
	for _, x := range r.Processors {
		switch {
		case x.Missing != "" && len(r.Processors) > 1:
			missing++
		case len(x.Stack) > 0:
			add(beginsOfProcessor(x), x.Stack, x.Limit)
		}
	}
	var s Section
	if missing > 0 {
		s.row("Unknown", plural(missing, "processor")+": the dump has nothing of them")
	}
	slices.SortFunc(words, report.Trust.Compare)
	var meanings [][]string
	for _, t := range words {
		word := string(t)
		if t == report.TrustScan {
			word = "scan, ?"
		}
		meanings = append(meanings, []string{word, t.Phrase()})
	}
	if others {
		meanings = append(meanings, []string{otherMark, "not one of Windows' own modules that dmplens knows, by name and folder"})
	}
	s.table("Words", make([]Column, 2), meanings)
	p.add(s)
	return p
}

// trusts says how each of some frames was found.
func trusts(frames []report.Frame) []report.Trust {
	var list []report.Trust
	for _, x := range frames {
		list = append(list, x.Trust)
	}
	return list
}

// begins says whose registers a stack begins with, and which frames have registers of their own.
func begins(r *report.Report) Section {
	var s Section
	var list []string
	switch c := r.Context; {
	case c == nil:
	case c.From == report.ContextStack:
		list = append(list, "where the thread goes on, which did not run"+prefixed(": ", threadOf(r)))
	default:
		says := "the header's registers"
		if c.From == report.ContextProcessor {
			says = "the registers that the current processor saved"
		}
		list = append(list, says+prefixed(": ", c.At.Phrase()))
	}
	if len(list) > 0 && r.Captured != nil && r.Captured.Kind != "" && r.Context.From != report.ContextStack {
		list[0] += ", on " + r.Captured.Kind.Phrase()
	}
	for i, x := range r.Stack {
		if x.Record != "" && x.Trust != report.TrustScan && (r.Context == nil || r.Context.From != report.ContextStack) {
			says := fmt.Sprintf("frame %d: the %s", i, recordOf(r, x.Record))
			if x.User != nil && *x.User {
				says += ", from user mode"
			}
			list = append(list, says)
		}
	}
	s.rows("Registers", list...)
	return s
}

// recordOf names the record that is at an address.
func recordOf(r *report.Report, at string) string {
	for _, x := range r.Records {
		if x.Address != at {
			continue
		}
		says := x.Kind.Phrase() + " at " + at
		if x.Parameter > 0 && x.From == report.RecordParameter {
			says += fmt.Sprintf(", which is parameter %d", x.Parameter)
		}
		return says
	}
	return "trap frame at " + at
}

func beginsOfProcessor(x report.Processor) Section {
	says := fmt.Sprintf("processor %d, those that it saved", x.Number)
	if x.Context != nil && x.Context.At != "" {
		says = fmt.Sprintf("processor %d: %s", x.Number, x.Context.At.Phrase())
	}
	s := Section{Row{Label: "Registers", Value: says}}
	if who := running(x); who != unknown {
		s.row("Running", who)
	}
	return s
}

// threadOf names a thread and its process, as far as they are known.
func threadOf(r *report.Report) string {
	if r.Process == nil {
		return ""
	}
	return threadName(r.Process, r.Thread)
}

// framePlace is where a frame is. What was found by a scan alone is marked: it may be left over from a call that has returned.
func framePlace(x report.Frame) string {
	says := x.Instruction
	switch {
	case x.Module != "":
		says = x.Module + "+" + x.Offset
	case x.User != nil && *x.User:
		says += " (user mode)"
	}
	if x.Symbol != "" {
		says = symbolPlace(x)
	}
	if x.Unloaded != nil && *x.Unloaded {
		says += " (unloaded)"
	}
	if x.Trust == report.TrustScan {
		return "? " + says
	}
	return says
}

// symbolPlace is a place as debuggers write it.
func symbolPlace(x report.Frame) string {
	says := report.DebuggerName(x.Module) + "!" + x.Symbol
	if x.Displacement != "" && x.Displacement != "0x0" {
		says += "+" + x.Displacement
	}
	return says
}

// onRequest says whether somebody asked for the dump of a system that ran on: its stack is that of the request.
func onRequest(r *report.Report) bool {
	if r.Origin == nil || r.Origin.Kind != report.KindLive {
		return false
	}
	switch r.Origin.Source {
	case report.SourceTaskManager, report.SourceStorage, report.SourceUnlabelled, report.SourceLabelled:
		return true
	}
	return false
}

// firstFrames appends the first frames of the stack: those from the fault on, where there are registers of it, else those from the caller of
// the code that stopped Windows.
func (s *Section) firstFrames(r *report.Report, verbose bool) {
	first := 0
	for i, x := range r.Stack {
		if x.Record != "" && x.User == nil && x.Trust != report.TrustScan { // one that a scan reached may be left over
			first = i
			break
		}
	}
	if first == 0 && len(r.Stack) > 1 && r.Context != nil && r.Context.At == report.PointBugCheck {
		first = 1
	}
	if r.Origin != nil && r.Origin.Kind == report.KindLive && !verbose { // who asked, and not how it was captured
		for i, x := range r.Stack[:max(0, len(r.Stack)-1)] {
			if report.CapturesLiveDump(x.Symbol) {
				first = i + 1
			}
		}
	}
	frames := r.Stack[min(first, len(r.Stack)):]
	if len(frames) == 0 || onRequest(r) && !verbose || len(frames) == 1 && !verbose && frames[0].Trust == report.TrustContext {
		return // which other rows have
	}
	shown := frames
	if more := len(frames) - briefFrames; more > 1 && !verbose {
		shown = frames[:briefFrames]
	}
	*s = append(*s, framesOf("Stack", shown))
	if verbose {
		s.toned("", r.StackLimit, Dim)
		return
	}
	var notes []string
	if more := len(frames) - len(shown); more > 0 {
		notes = append(notes, fmt.Sprintf("and %d more, see dmplens stack", more))
	}
	if slices.ContainsFunc(shown, func(x report.Frame) bool { return x.Trust == report.TrustScan }) {
		notes = append(notes, "? is a word on the stack that may be left from a call that has returned")
	}
	if len(notes) == 0 {
		return
	}
	more := Fold{Text: strings.Join(notes, "; "), Tone: Dim}
	if rest := frames[len(shown):]; len(rest) > 0 {
		more.Summary, more.Rest = plural(len(rest), "more frame"), []Block{framesOf("", rest)}
	}
	*s = append(*s, more)
}

// framesOf is frames with where they are, how each was found, and whether it is of another module than Windows' own.
func framesOf(label string, frames []report.Frame) Frames {
	t := Table{Label: label, Columns: []Column{{Cut: true}, {}, {}}}
	for _, x := range frames {
		note := ""
		if x.Known != nil && !*x.Known {
			note = other
		}
		t.Rows = append(t.Rows, []string{framePlace(x), string(x.Trust), note})
	}
	return Frames{t, trusts(frames)}
}

// stoppedBy appends who called for the bug check, where that is not the kernel itself, and what was passed otherwise than the header has it.
func (s *Section) stoppedBy(r *report.Report) {
	c := r.Caller
	if c == nil {
		return
	}
	var says []string
	if len(r.Modules) == 0 || c.Module != r.Modules[0].Name { // the first module of every list is the kernel
		frame := report.Frame{Instruction: c.Address, Module: c.Module, Offset: c.Offset, Unloaded: c.Unloaded}
		says = append(says, framePlace(frame))
	}
	s.rows("Stopped by", says...)
	var with []string
	for _, x := range c.Passed {
		with = append(with, "with "+x)
	}
	s.rows("Called", with...)
}

// prefixed is a text behind another one, nothing where it is empty.
func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// fault appends whether the fault makes sense, where that says something; in a page that has all, always.
func (s *Section) fault(r *report.Report, verbose bool) {
	x := r.Fault
	if x == nil {
		return
	}
	switch x.Verdict {
	case report.FaultConsistent, report.FaultNoBytes, report.FaultRegisterUnknown, report.FaultNotJudged:
		if !verbose && x.Bit == nil {
			return
		}
	}
	says := strings.Join(appendKnown(appendKnown(nil, x.Bytes), x.Instruction), ", ")
	phrase := x.Verdict.Phrase()
	if x.Verdict == report.FaultConsistent && x.Module == "" && says == "" && x.Bit == nil {
		phrase = "" // that it could not be fetched does; that control went there does not
	}
	says = strings.Join(appendKnown(appendKnown(appendKnown(nil, phrase), says), x.Reason), ": ")
	s.toned("Fault", says, faultTones[x.Verdict])
}

var faultTones = map[report.FaultVerdict]Tone{
	report.FaultContradicts: Warning, report.FaultInsideInstruction: Warning, report.FaultPadding: Warning, report.FaultRefused: Warning,
	report.FaultNotOnProcessor: Warning,
}
