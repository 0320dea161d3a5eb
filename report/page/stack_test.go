package page

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/report"
)

// stacked is a crash whose stack goes through the fault, with frames of every kind.
func stacked() *report.Report {
	r := crash()
	yes, no := true, false
	r.Origin.Kind, r.Origin.Source = report.KindCrash, report.SourceBugCheck
	r.Context.At = report.PointBugCheck
	r.Modules = []report.Module{{Name: "nt"}}
	r.Records = []report.Record{{Kind: report.RecordTrapFrame, Address: "0x70", Parameter: 1, From: report.RecordParameter}}
	r.Caller = &report.Caller{Address: "0x5", Module: "nt", Offset: "0x5"}
	r.Stack = []report.Frame{
		{Instruction: "0x1", StackPointer: "0x10", Module: "nt", Offset: "0x2", Known: &yes, Trust: report.TrustContext},
		{Instruction: "0x5", StackPointer: "0x18", Module: "nt", Offset: "0x5", Known: &yes, Trust: report.TrustExact},
		{Instruction: "0x6", StackPointer: "0x80", Module: "a.sys", Offset: "0x6", Known: &no, Trust: report.TrustContext, Record: "0x70"},
		{Instruction: "0x7", StackPointer: "0x90", Module: "b.sys", Offset: "0x7", Known: &no, Unloaded: &yes, Trust: report.TrustCode},
		{Instruction: "0x8", StackPointer: "0xa0", Module: "nt", Offset: "0x8", Known: &yes, Trust: report.TrustScan},
		{Instruction: "0x9", StackPointer: "0xb0", Trust: report.TrustScan},
		{Instruction: "0xa", StackPointer: "0xc0", Module: "nt", Symbol: "KiX", Displacement: "0x2", Known: &yes, Trust: report.TrustScan},
		{Instruction: "0xb", StackPointer: "0xd0", Trust: report.TrustScan},
		{Instruction: "0xc", User: &yes, Trust: report.TrustContext, Record: "0x100"},
	}
	r.StackLimit = "the limit"
	return r
}

func TestStack(t *testing.T) {
	p := Stack(stacked())
	want := [][]string{
		{"0", "0x10", "nt+0x2", "context", ""},
		{"1", "0x18", "nt+0x5", "exact", ""},
		{"2", "0x80", "a.sys+0x6", "context", "other"},
		{"3", "0x90", "b.sys+0x7 (unloaded)", "code", "other"},
		{"4", "0xa0", "? nt+0x8", "scan", ""},
		{"5", "0xb0", "? 0x9", "scan", ""},
		{"6", "0xc0", "? nt!KiX+0x2", "scan", ""},
		{"7", "0xd0", "? 0xb", "scan", ""},
		{"8", "-", "0xc (user mode)", "context", ""},
	}
	if d := cmp.Diff(want, table(t, p, "").Rows); d != "" {
		t.Errorf("frames (-want +got):\n%s", d)
	}
	r, more := row(t, p, "Registers")
	if got := fmt.Sprint(r.Value, more); got != "the header's registers: the call that stopped Windows"+
		"[{ frame 2: the trap frame at 0x70, which is parameter 1 0  0} { frame 8: the trap frame at 0x100, from user mode 0  0}]" {
		t.Errorf("begins with %s", got)
	}
	if r, _ := row(t, p, "Limits"); r.Value != "the limit" {
		t.Errorf("limits: %q", r.Value)
	}
	var words []string
	for _, cells := range table(t, p, "Words").Rows {
		words = append(words, cells[0])
	}
	if d := cmp.Diff([]string{"context", "exact", "code", "scan, ?", "other"}, words); d != "" {
		t.Errorf("words (-want +got):\n%s", d)
	}
}

func TestStackOfProcessors(t *testing.T) {
	frames := []report.Frame{{Instruction: "0x1", Trust: report.TrustContext}}
	r := crash()
	r.Context, r.Processors = nil, []report.Processor{
		{Number: 1, Stack: frames, Context: &report.Context{At: report.PointLastSaved}}, {Number: 2, Missing: "not there"}, {Number: 3, Stack: frames, Limit: "that"},
	}
	var says []string
	for _, s := range Stack(r).Sections {
		for _, b := range s {
			if x, ok := b.(Row); ok {
				says = append(says, x.Label+": "+x.Value)
			}
		}
	}
	want := []string{"Registers: processor 1: what it saved last, before it hung: not where it was", "Registers: processor 3, those that it saved", "Limits: that",
		"Unknown: 1 processor: the dump has nothing of them"}
	if d := cmp.Diff(want, says); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestFirstFrames(t *testing.T) {
	rows := func(r *report.Report, verbose bool) (frames, note string) {
		for _, s := range info(r, verbose).Sections {
			for i, b := range s {
				x, ok := undrawn(b).(Table)
				if !ok || x.Label != "Stack" {
					continue
				}
				for _, cells := range x.Rows {
					frames += strings.TrimSpace(strings.Join(cells, " ")) + "; "
				}
				if i+1 < len(s) {
					note = undrawn(s[i+1]).(Row).Value
				}
			}
		}
		return frames, note
	}
	const (
		fault    = "a.sys+0x6 context not Windows' own; b.sys+0x7 (unloaded) code not Windows' own; ? nt+0x8 scan; ? 0x9 scan; ? nt!KiX+0x2 scan; "
		question = "? is a word on the stack that may be left from a call that has returned"
	)
	frames, note := rows(stacked(), false)
	if frames != fault || note != "and 2 more, see dmplens stack; "+question {
		t.Errorf("from the fault on: %s%s", frames, note)
	}
	if frames, note = rows(stacked(), true); frames != fault+"? 0xb scan; 0xc (user mode) context; " || note != "the limit" {
		t.Errorf("verbose: %s%s", frames, note)
	}
	r := stacked()
	r.Stack[2].Record = ""
	if frames, _ = rows(r, false); !strings.HasPrefix(frames, "nt+0x5 exact; a.sys+0x6 ") {
		t.Errorf("without a record of the fault: %s", frames)
	}
	r.Stack = r.Stack[:1]
	if frames, _ = rows(r, false); frames != "" {
		t.Errorf("where the call that stopped Windows is all: %s", frames)
	}
	r = stacked()
	r.Origin.Kind, r.Origin.Source = report.KindLive, report.SourceTaskManager
	if frames, _ = rows(r, false); frames != "" {
		t.Errorf("of a request: %s", frames)
	}
}

func TestStoppedByAndFault(t *testing.T) {
	labels := func(r *report.Report, verbose bool) string {
		var says []string
		for _, b := range info(r, verbose).Sections[0] {
			if x, ok := b.(Row); ok && (x.Label == "Stopped by" || x.Label == "Called" || x.Label == "Fault") {
				says = append(says, x.Label+": "+x.Value)
			}
		}
		return strings.Join(says, "; ")
	}
	r := stacked()
	for _, c := range []struct {
		name    string
		caller  *report.Caller
		fault   *report.Fault
		verbose bool
		want    string
	}{
		{"the kernel", &report.Caller{Address: "0x5", Module: "nt", Offset: "0x5"}, nil, false, ""},
		{"a driver", &report.Caller{Address: "0x5", Module: "a.sys", Offset: "0x5"}, nil, false, "Stopped by: a.sys+0x5"},
		{"no module", &report.Caller{Address: "0x5"}, nil, false, "Stopped by: 0x5"},
		{"an unloaded one", &report.Caller{Address: "0x5", Module: "a.sys", Offset: "0x5", Unloaded: new(true)}, nil, false, "Stopped by: a.sys+0x5 (unloaded)"},
		{"another argument", &report.Caller{Address: "0x5", Module: "nt", Offset: "0x5", Passed: []string{"parameter 3 as 0x1"}}, nil, false, "Called: with parameter 3 as 0x1"},
		{"consistent", nil, &report.Fault{Bytes: "cc", Instruction: "int3", Verdict: report.FaultConsistent, Reason: "why"}, false, ""},
		{"consistent, verbose", nil, &report.Fault{Bytes: "cc", Instruction: "int3", Verdict: report.FaultConsistent, Reason: "why"}, true, "Fault: makes sense: cc, int3: why"},
		{"one bit", nil, &report.Fault{Verdict: report.FaultConsistent, Reason: "why", Bit: new(3)}, false, "Fault: makes sense: why"},
		{"not judged", nil, &report.Fault{Bytes: "0f 30", Instruction: "wrmsr", Verdict: report.FaultNotJudged, Reason: "why"}, false, ""},
		{"not judged, verbose", nil, &report.Fault{Bytes: "0f 30", Instruction: "wrmsr", Verdict: report.FaultNotJudged, Reason: "why"}, true, "Fault: not known: 0f 30, wrmsr: why"},
		{"fetched in a module", nil, &report.Fault{Module: "a.sys", Verdict: report.FaultConsistent, Reason: "why"}, true, "Fault: makes sense: why"},
		{"fetched nowhere", nil, &report.Fault{Verdict: report.FaultConsistent, Reason: "why"}, true, "Fault: why"},
		{"contradicts", nil, &report.Fault{Bytes: "cc", Instruction: "int3", Verdict: report.FaultContradicts}, false, "Fault: the instruction cannot do that: cc, int3"},
		{"no bytes", nil, &report.Fault{Verdict: report.FaultNoBytes}, false, ""},
	} {
		r.Caller, r.Fault = c.caller, c.fault
		if got := labels(r, c.verbose); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// The reason of a suspect is left out where the fault says it, and nowhere else.
func TestSuspectReason(t *testing.T) {
	for _, c := range []struct {
		verdict    report.FaultVerdict
		module     string
		confidence report.Confidence
		want       bool
	}{
		{report.FaultConsistent, "a.sys", report.Likely, false},
		{report.FaultConsistent, "a.sys", report.Possible, true}, // it found damage, or its code was not what explains the fault
		{report.FaultConsistent, "b.sys", report.Likely, true},
		{report.FaultNotJudged, "a.sys", report.Possible, true},
		{report.FaultNoBytes, "a.sys", report.Possible, false},
	} {
		r := &report.Report{Fault: &report.Fault{Module: c.module, Verdict: c.verdict}, Suspect: &report.Suspect{Module: "a.sys", Reason: "why", Confidence: c.confidence}}
		var s Section
		s.suspect(r, false)
		if got := len(s) > 1; got != c.want {
			t.Errorf("%s, %s, %s: the reason is there: %v", c.verdict, c.module, c.confidence, got)
		}
	}
}
