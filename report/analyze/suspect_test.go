package analyze

import (
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/unwind"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
	"github.com/dmplens/dmplens/report"
)

var (
	spotNT    = spot{module: "ntoskrnl.exe", own: true, kernel: true}
	spotOwn   = spot{module: "ks.sys", own: true}
	spotOther = spot{module: "example.sys"}
	spotGone  = spot{module: "gone.sys", unloaded: true}
	spotDxg   = spot{module: "DxgKrnl.sys", own: true}
)

// steps makes frames of one trust.
func steps(trust unwind.Trust, spots ...spot) func() []step {
	return func() []step {
		var list []step
		for _, s := range spots {
			list = append(list, step{s, trust})
		}
		return list
	}
}

func times(n int, s spot) []spot {
	var list []spot
	for range n {
		list = append(list, s)
	}
	return list
}

// TestSuspectRules has cases in which each rule applies, and cases beside them in which it must not: another one does then. A suspect is
// written as "example.sys likely", none as "".
func TestSuspectRules(t *testing.T) {
	other := spot{module: "other.sys"}
	consistent, contradicts := report.FaultConsistent, report.FaultContradicts
	display := func(n int) []spot { return append([]spot{spotNT, spotDxg}, times(n, spotOther)...) }
	for _, c := range []struct {
		name  string
		leads leads
		rule  string
		want  string
	}{
		{"a keyboard crash", leads{code: 0xE2, deliberate: true, caller: spotOther}, "on purpose", ""},
		{"a machine check", leads{code: 0x124, caller: spotOther}, "hardware", ""},
		{"a page not read", leads{code: 0x7A, fault: spotOther, sense: consistent, explained: true}, "page not read", ""},
		{"a store exception", leads{code: 0x154, frames: steps(unwind.Code, spotOther)}, "page not read", ""},
		{"a stack not read", leads{code: 0x77, fault: spotOther, sense: consistent, explained: true}, "page not read", ""},
		{"an in-page error", leads{code: 0x7E, fault: spotOther, notRead: true}, "in-page error", ""},
		{"an NMI", leads{code: 0x80, caller: spotNT, frames: steps(unwind.Scan, spotNT, spotOther)}, "hardware", ""},
		{"a bus error", leads{code: 0x2E, frames: steps(unwind.Code, spotOther)}, "hardware", ""},
		{"bad memory", leads{code: 0x12B, caller: spotNT, frames: steps(unwind.Scan, spotNT, spotOther)}, "hardware", ""},
		{"memory that sleep changed", leads{code: 0xA2, frames: steps(unwind.Code, spotOther)}, "hardware", ""},
		{"the BIOS", leads{code: 0xA5, frames: steps(unwind.Code, spotOther)}, "firmware", ""},
		{"error sources of the firmware", leads{code: 0x122, frames: steps(unwind.Code, spotOther)}, "firmware", ""},
		{"USB-C of the firmware", leads{code: 0x1D8, frames: steps(unwind.Code, spotOther)}, "firmware", ""},
		{"no boot disk", leads{code: 0x7B, frames: steps(unwind.Code, spotOther)}, "system disk", ""},
		{"a boot disk that cannot be mounted", leads{code: 0xED, frames: steps(unwind.Code, spotOther)}, "system disk", ""},
		{"a hive that cannot be read", leads{code: 0xC0000218, frames: steps(unwind.Code, spotOther)}, "system disk", ""},
		{"a critical process", leads{code: 0xF4, frames: steps(unwind.Code, spotOther)}, "process ended", ""},
		{"a process that died", leads{code: 0xEF, frames: steps(unwind.Code, spotOther)}, "process ended", ""},
		{"the hypervisor", leads{code: 0x20001, caller: spotOther}, "below Windows", ""},
		{"the secure kernel", leads{code: 0x18B, caller: spotOther}, "below Windows", ""},
		{"a hung guest", leads{code: 0x1CA, frames: steps(unwind.Code, spotOther)}, "another processor", ""},
		{"a hung processor", leads{code: 0x101, frames: steps(unwind.Code, spotOther)}, "another processor", ""},

		{"POPCNT", leads{code: 0x7E, fault: spotOther, sense: report.FaultNotOnProcessor}, "not on this processor", "example.sys likely"},
		{"POPCNT in the kernel", leads{code: 0x7E, fault: spotNT, sense: report.FaultNotOnProcessor}, "not on this processor", ""},
		{"POPCNT nowhere", leads{code: 0x7E, sense: report.FaultNotOnProcessor}, "no module of others", ""},

		{"work left", leads{code: 0xCE, named: spotGone, fault: spotNT}, "work left by an unloaded driver", "gone.sys likely"},
		{"work left at raised IRQL", leads{code: 0xD4, named: spotGone, fault: spotNT}, "work left by an unloaded driver", "gone.sys likely"},
		{"work left by Windows", leads{code: 0xCE, named: spot{module: "dam.sys", own: true, unloaded: true}}, "work left by an unloaded driver", ""},
		{"work of a loaded driver", leads{code: 0xCE, named: spotNT, fault: spotNT}, "no module of others", ""},
		{"a fault in an unloaded driver", leads{code: 0x50, fault: spotGone}, "fault in an unloaded module", "gone.sys likely"},
		{"a fault in an unloaded driver of Windows", leads{code: 0x50, fault: spot{module: "dam.sys", own: true, unloaded: true}}, "fault in an unloaded module", ""},

		{"a display timeout", leads{code: 0x116, named: spotOther, caller: spotDxg}, "display timeout", "example.sys possible"},
		{"a display timeout of an unloaded driver", leads{code: 0x116, named: spotGone}, "display timeout", "gone.sys possible"},
		{"a live dump of one", leads{code: 0x141, named: spotOther}, "display timeout", "example.sys possible"},
		{"a display timeout of Windows", leads{code: 0x117, named: spotDxg}, "display timeout", ""},
		{"a display timeout of nobody", leads{code: 0x142, frames: steps(unwind.Code, spotOther)}, "display timeout without a driver", ""},

		{"holds the IRP", leads{code: 0x9F, params: [4]uint64{3}, devices: []stackDriver{{spotOwn, false}, {spotOther, true}, {other, false}}}, "holds the IRP", "example.sys likely"},
		{"next below", leads{code: 0x9F, params: [4]uint64{3}, devices: []stackDriver{{other, false}, {spotOwn, true}, {spotOther, false}, {spotOwn, false}}}, "of the device stack", "example.sys possible"},
		{"next above", leads{code: 0x9F, params: [4]uint64{3}, devices: []stackDriver{{other, false}, {spotOther, false}, {spotOwn, true}, {spotOwn, false}}}, "of the device stack", "example.sys possible"},
		{"the bus", leads{code: 0x9F, params: [4]uint64{3}, devices: []stackDriver{{spotOwn, true}, {spotOther, false}}}, "of the device stack", "example.sys possible"},
		{"all of Windows", leads{code: 0x9F, params: [4]uint64{3}, devices: []stackDriver{{spotOwn, true}, {spotOwn, false}}}, "device stack of Windows", ""},
		{"no IRP", leads{code: 0x9F, params: [4]uint64{3}, frames: steps(unwind.Code, spotOther)}, "power without a driver", ""},
		{"no holder", leads{code: 0x9F, params: [4]uint64{3}, devices: []stackDriver{{spotOther, false}, {spotOwn, false}}}, "of the device stack", "example.sys possible"},
		{"the lock", leads{code: 0x9F, params: [4]uint64{4}, locker: steps(unwind.Code, spotNT, spotOther)}, "holds the lock", "example.sys likely"},
		{"the lock by scan", leads{code: 0x9F, params: [4]uint64{4}, locker: steps(unwind.Scan, spotNT, spotOther)}, "holds the lock", "example.sys possible"},
		{"the lock, by Windows", leads{code: 0x9F, params: [4]uint64{4}, locker: steps(unwind.Scan, spotNT, spotOwn)}, "power without a driver", ""},
		{"the lock, by whom is not known", leads{code: 0x9F, params: [4]uint64{4}, frames: steps(unwind.Code, spotOther)}, "power without a driver", ""},
		{"no lock", leads{code: 0x9F, params: [4]uint64{3}, locker: steps(unwind.Code, spotOther)}, "power without a driver", ""},
		{"another kind", leads{code: 0x9F, params: [4]uint64{5}, caller: spotNT, frames: steps(unwind.Code, spotOther)}, "power without a driver", ""},

		{"one DPC", leads{code: 0x133, clock: spotOther}, "too long in one DPC", "example.sys likely"},
		{"many DPCs", leads{code: 0x133, params: [4]uint64{1}, clock: spotOther}, "too long at DISPATCH_LEVEL", "example.sys possible"},
		{"one DPC in the kernel", leads{code: 0x133, clock: spotNT, frames: steps(unwind.Scan, spotNT, spotOwn)}, "no module of others", ""},
		{"a clock of another code", leads{code: 0x101, clock: spotOther}, "another processor", ""},

		{"a rule of the verifier", leads{code: 0xC4, named: spotOther, fault: spotOther}, "named by the parameters", "example.sys likely"},
		{"a violation of WDF", leads{code: 0x10D, named: spotOther}, "named by the parameters", "example.sys likely"},
		{"the verifier itself", leads{code: 0xC4, atCall: true, named: spot{module: "VerifierExt.sys", own: true}, frames: steps(unwind.Code, spotNT, spot{module: "VerifierExt.sys", own: true}, spotOther)},
			"caught by its call", "example.sys likely"},
		{"a call by scan", leads{code: 0xC4, params: [4]uint64{0x16}, atCall: true, frames: steps(unwind.Scan, spotNT, spotOther)}, "caught by its call", "example.sys possible"},
		{"a call that is not proven", leads{code: 0xC4, frames: steps(unwind.Code, spotOther)}, "nearest on the stack", "example.sys possible"},
		{"a call of the I/O manager's rules", leads{code: 0xC9, atCall: true, frames: steps(unwind.Code, spotOther)}, "nearest on the stack", "example.sys possible"},
		{"a write past the end, found later", leads{code: 0xC4, params: [4]uint64{0x51}, atCall: true, frames: steps(unwind.Code, spotOther)}, "nearest on the stack", "example.sys possible"},
		{"a leak", leads{code: 0xC4, params: [4]uint64{0x62}, atCall: true, frames: steps(unwind.Code, spotOther)}, "not of the stack", ""},
		{"a leak of a driver that is named", leads{code: 0xC4, params: [4]uint64{0x62}, named: other, frames: steps(unwind.Code, spotOther)}, "named by the parameters", "other.sys likely"},
		{"the BIOS under the verifier", leads{code: 0xC4, params: [4]uint64{0xB7}, atCall: true, frames: steps(unwind.Code, spotOther)}, "not of the stack", ""},
		{"a call of Windows", leads{code: 0xC9, frames: steps(unwind.Scan, spotNT, spotOwn, spotOther)}, "nearest on the stack", "example.sys possible"},

		{"a cookie", leads{code: 0x139, params: [4]uint64{2}, fault: spotOther}, "its own stack overrun", "example.sys likely"},
		{"a list entry", leads{code: 0x139, params: [4]uint64{3}, fault: spotOther, sense: consistent, explained: true}, "found damage", "example.sys possible"},
		{"a cookie of Windows", leads{code: 0x139, params: [4]uint64{2}, fault: spotOwn}, "its own stack overrun", ""},
		{"a driver's own check of its cookie", leads{code: 0xF7, caller: spotOther}, "its own stack overrun", "example.sys likely"},
		{"the kernel's check of a cookie", leads{code: 0xF7, caller: spotNT, frames: steps(unwind.Scan, spotNT, spotOwn)}, "no module of others", ""},

		{"stuck", leads{code: 0xEA, current: true, caller: spotDxg, frames: steps(unwind.Code, display(4)...)}, "stuck below the display kernel", "example.sys likely"},
		{"stuck by scan", leads{code: 0xEA, current: true, frames: steps(unwind.Scan, display(4)...)}, "stuck below the display kernel", "example.sys possible"},
		{"stuck with a stray word", leads{code: 0xEA, current: true, frames: steps(unwind.Scan, append(append(display(2), spotNT), times(2, spotOther)...)...)},
			"stuck below the display kernel", "example.sys possible"},
		{"a call between", leads{code: 0xEA, current: true, frames: steps(unwind.Code, append(append(display(2), spotNT), times(3, spotOther)...)...)}, "stuck in another thread", ""},
		{"another driver between", leads{code: 0xEA, current: true, frames: steps(unwind.Scan, append(append(display(2), other), times(3, spotOther)...)...)}, "stuck in another thread", ""},
		{"too few", leads{code: 0xEA, current: true, frames: steps(unwind.Code, display(3)...)}, "stuck in another thread", ""},
		{"not below", leads{code: 0xEA, current: true, frames: steps(unwind.Code, append([]spot{spotNT}, times(5, spotOther)...)...)}, "stuck in another thread", ""},
		{"another thread", leads{code: 0xEA, frames: steps(unwind.Code, display(5)...)}, "stuck in another thread", ""},

		{"a driver's own code", leads{code: 0xA0000001, caller: spotOther}, "stopped Windows", "example.sys likely"},
		{"called by a crash-maker", leads{code: 0xA0000001, caller: spot{module: "MyFault.sys"}}, "crash-maker", ""},
		{"called by the kernel", leads{code: 0x1000, caller: spotNT}, "no module of others", ""},
		{"stopped by Windows with a driver's code", leads{code: 0xA0000001, chosen: true, caller: spotOwn, frames: steps(unwind.Scan, spotOwn, spotOther)}, "stopped by Windows", ""},
		{"stopped by the kernel with a driver's code", leads{code: 0xA0000001, chosen: true, caller: spotNT, frames: steps(unwind.Scan, spotNT, spotOther)}, "nearest on the stack", "example.sys possible"},
		{"stopped by Windows with a code of its own", leads{code: 0x119, caller: spotDxg, frames: steps(unwind.Scan, spotDxg, spotOther)}, "nearest on the stack", "example.sys possible"},
		{"called by Windows", leads{code: 0x1000, caller: spotDxg}, "no module of others", ""},
		{"found damage and stopped", leads{code: 0x19, caller: spotOther}, "found damage and stopped", "example.sys possible"},
		{"a report of another's fault", leads{code: 0xD1, caller: other, fault: spotOther, sense: consistent, explained: true}, "fault that makes sense", "example.sys likely"},

		{"a contradiction", leads{code: 0xD1, fault: spotOther, sense: contradicts, frames: steps(unwind.Code, spotOther)}, "not explained by the code", ""},
		{"padding", leads{code: 0x1E, fault: spotOther, sense: report.FaultPadding}, "not explained by the code", ""},
		{"refused", leads{code: 0x1E, fault: spotNT, sense: report.FaultRefused}, "not explained by the code", ""},
		{"inside", leads{code: 0x1E, fault: spotOther, sense: report.FaultInsideInstruction}, "not explained by the code", ""},
		{"a contradiction, but who called is known", leads{code: 0xA0000001, caller: spotOther, sense: contradicts}, "stopped Windows", "example.sys likely"},
		{"a broken rule that is a contradiction", leads{code: 0xCE, named: spotOther, fault: spotOther, sense: contradicts}, "not explained by the code", ""},
		{"records that disagree", leads{code: 0x7E, fault: spotOther, sense: consistent, explained: true, elsewhere: "the context record"}, "places disagree", ""},

		{"freed pool", leads{code: 0xD5, fault: spotOther, sense: consistent, explained: true}, "found damage", "example.sys possible"},
		{"bad pool", leads{code: 0xC2, caller: spotNT, frames: steps(unwind.Code, spotNT, spotOther)}, "called what found damage", "example.sys possible"},
		{"bad pool, found by Windows", leads{code: 0xC2, caller: spotNT, frames: steps(unwind.Code, spotNT, spotOwn, spotOther)}, "damage", ""},
		{"corrupt pool at an IRQL", leads{code: 0xC5, fault: spotNT, sense: consistent, explained: true, frames: steps(unwind.Scan, spotNT, spotOther)}, "called what found damage", "example.sys possible"},
		{"a changed kernel", leads{code: 0x109, frames: steps(unwind.Code, spotNT, spotOther)}, "the kernel was changed", ""},
		{"a corrupt heap, by scan", leads{code: 0x13A, caller: spotNT, frames: steps(unwind.Scan, spotNT, spotOther)}, "called what found damage", "example.sys possible"},
		{"corrupt page tables", leads{code: 0x1A, caller: spotNT, frames: steps(unwind.Scan, spotNT, spotNT)}, "damage", ""},
		{"special pool", leads{code: 0x50, freed: true, fault: spotOther, sense: consistent, explained: true}, "found damage", "example.sys possible"},
		{"no special pool", leads{code: 0x50, fault: spotOther, sense: consistent, explained: true}, "fault that makes sense", "example.sys likely"},

		{"a fault", leads{code: 0xD1, fault: spotOther, sense: consistent, explained: true, caller: spotNT}, "fault that makes sense", "example.sys likely"},
		{"a fault that nothing speaks against", leads{code: 0xD1, fault: spotOther, sense: consistent}, "fault", "example.sys possible"},
		{"a fault of an instruction of the system", leads{code: 0x1E, fault: spotOther, sense: report.FaultNotJudged}, "fault", "example.sys possible"},
		{"a fault without its bytes", leads{code: 0xD1, fault: spotOther, sense: report.FaultNoBytes}, "fault", "example.sys possible"},
		{"a fault that nobody judged", leads{code: 0xD1, fault: spotOther}, "fault", "example.sys possible"},
		{"a fault in Windows", leads{code: 0xD1, fault: spotOwn, sense: consistent, explained: true, frames: steps(unwind.Scan, spotOwn, spotNT)}, "no module of others", ""},

		{"returns into an unloaded driver", leads{code: 0xA, fault: spotNT, sense: consistent, explained: true, frames: steps(unwind.Code, spotNT, spotGone)}, "unloaded module on the stack", "gone.sys possible"},
		{"a word of an unloaded driver", leads{code: 0xA, fault: spotNT, frames: steps(unwind.Scan, spotNT, spotGone)}, "nearest on the stack", "gone.sys possible"},
		{"nearest", leads{code: 0xA, fault: spotNT, sense: consistent, explained: true, frames: steps(unwind.History, spotNT, spotOwn, spotOther, other)}, "nearest on the stack", "example.sys possible"},
		{"nearest but for a crash-maker", leads{code: 0xA, frames: steps(unwind.Scan, spot{module: "myfault.sys"}, other)}, "nearest on the stack", "other.sys possible"},
		{"words in no module", leads{code: 0xA, frames: steps(unwind.Scan, spot{}, spot{})}, "no module of others", ""},
		{"nothing at all", leads{code: 0xA}, "no module of others", ""},
	} {
		s := suspectOf(&c.leads)
		got := strings.TrimSuffix(s.module+" "+string(s.confidence), " unknown")
		if s.rule == nil || s.rule.name != c.rule || strings.TrimSpace(got) != c.want || s.reason == "" || strings.ContainsAny(s.reason, "{}") {
			t.Errorf("%s: %q by the rule %q, because %q; want %q by %q", c.name, got, s.rule.name, s.reason, c.want, c.rule)
		}
		if (s.module == "") != (s.confidence == report.ConfidenceUnknown) {
			t.Errorf("%s: %q is %s", c.name, s.module, s.confidence)
		}
	}
	if s := suspectOf(nil); s.report() != nil {
		t.Errorf("%+v where nothing happened", s)
	}
}

// Each rule has a case above, so that none is dead, and the last one always applies.
func TestSuspectRuleTable(t *testing.T) {
	names := map[string]bool{}
	for _, r := range suspectRules {
		if names[r.name] || r.name == "" || r.reason == "" {
			t.Errorf("%+v", r.name)
		}
		names[r.name] = true
		if r.confidence == report.Certain {
			t.Errorf("%s: nothing is certain", r.name)
		}
	}
	last := suspectRules[len(suspectRules)-1]
	if _, ok := last.find(&leads{}); !ok || last.codes != nil {
		t.Errorf("%s does not always apply", last.name)
	}
}

// What only a scan shows is never called a fact of the stack.
func TestNoModuleOfOthers(t *testing.T) {
	for _, c := range []struct {
		frames func() []step
		want   string
	}{
		{steps(unwind.Scan, spotNT), "no module of others found by scan"},
		{steps(unwind.FramePointer, spotNT), "the frames that are known are all of Windows' own modules"},
		{nil, "nothing in the dump points to a module"},
	} {
		if s := suspectOf(&leads{code: 0xA, frames: c.frames}); s.reason != c.want {
			t.Errorf("%q, want %q", s.reason, c.want)
		}
	}
	for _, c := range []struct {
		leads leads
		want  string
	}{
		{leads{code: 0xF7, caller: spotNT, frames: steps(unwind.Scan, spotNT)}, "the call came from ntoskrnl.exe; no module of others found by scan"},
		{leads{code: 0x1000, caller: spotDxg, frames: steps(unwind.Code, spotDxg)}, "the call came from DxgKrnl.sys; the frames that are known are all of Windows' own modules"},
		{leads{code: 0xA, caller: spotNT, fault: spotNT, frames: steps(unwind.Scan, spotNT)}, "no module of others found by scan"}, // as of every fault
	} {
		if s := suspectOf(&c.leads); s.reason != c.want {
			t.Errorf("%q, want %q", s.reason, c.want)
		}
	}
}

// What a word on the stack shows is no fact about who found damage.
func TestDamageByScan(t *testing.T) {
	for _, c := range []struct {
		trust unwind.Trust
		want  string
	}{{unwind.Scan, "it may have been running"}, {unwind.Code, "it found the damage"}} {
		if s := suspectOf(&leads{code: 0x13A, frames: steps(c.trust, spotNT, spotOther)}); !strings.HasPrefix(s.reason, c.want) {
			t.Errorf("%s: %q", c.trust, s.reason)
		}
	}
}

// Only what was looked at explains a fault.
func TestExplains(t *testing.T) {
	for _, c := range []struct {
		verdict insn.Verdict
		why     insn.Why
		want    bool
		says    report.FaultVerdict
	}{
		{insn.Consistent, insn.Named, true, report.FaultConsistent},
		{insn.Consistent, insn.Misaligned, true, report.FaultConsistent},
		{insn.Consistent, insn.NonCanonical, true, report.FaultConsistent},
		{insn.Consistent, insn.NonCanonicalTarget, true, report.FaultConsistent},
		{insn.Consistent, insn.Divides, true, report.FaultConsistent},
		{insn.NotJudged, insn.Unchecked, false, report.FaultNotJudged},
		{insn.NotJudged, insn.Protected, false, report.FaultNotJudged},
		{insn.NotJudged, insn.MayLackFeature, false, report.FaultNotJudged},
		{insn.Consistent, insn.Fetched, false, report.FaultConsistent},
		{insn.Consistent, insn.Breaks, false, report.FaultConsistent},
		{insn.Consistent, insn.Undefined, false, report.FaultConsistent},
		{insn.InsideInstruction, insn.Named, false, report.FaultInsideInstruction},
		{insn.RegisterUnknown, insn.Unchecked, false, report.FaultRegisterUnknown},
	} {
		s := insn.Sense{Verdict: c.verdict, Why: c.why}
		if explains(&s) != c.want || verdicts[s.Verdict] != c.says {
			t.Errorf("verdict %d, why %d: %v, %s", c.verdict, c.why, explains(&s), verdicts[s.Verdict])
		}
	}
}

// TestSuspectOfDumps is suspects of small dumps: what the leads are made from.
func TestSuspectOfDumps(t *testing.T) {
	const frameVA = threadHigh - 0x400
	objects := map[uint64][]byte{deviceVA: device, driverVA: driver, nameVA: driverName, irpVA: irp(0x16, 2, deviceVA)}
	word := func(off int, v uint64) func(m *dmptest.Image, at func(uint64) int) {
		return func(m *dmptest.Image, _ func(uint64) int) { m.PutU64(off, v) }
	}
	for _, c := range []struct {
		name string
		scene
		module string
		reason string
	}{
		{"a fault in a driver", scene{code: 0xd1, params: [4]uint64{0x29, 2, 0, exampleIP}}, "example.sys", "the fault is in it"},
		{"a fault in the kernel", scene{code: 0xd1, params: [4]uint64{0x29, 2, 0, handlerIP}}, "", "found by scan"},
		{"a fault in an unloaded driver", scene{code: 0xd1, params: [4]uint64{0x29, 2, 8, 0xfffff80330000010}}, "gone.sys", "had been unloaded"},
		{"work of an unloaded driver", scene{code: 0xce, params: [4]uint64{0xfffff80330000010, 0, handlerIP}}, "gone.sys", "left work behind"},
		{"a driver's own code", scene{code: 0xa0000001, params: [4]uint64{5}, put: word(0, exampleIP)}, "example.sys", "called for the bug check"},
		{"not its caller", scene{code: 0xa0000001, params: [4]uint64{5}, put: word(0, exampleIP), args: [5]uint64{0xa0000002}}, "", "all of Windows"},
		{"holds the IRP", scene{code: 0x9f, params: [4]uint64{3, deviceVA, 0, irpVA}, memory: objects}, "example.sys", "current stack location"},
		{"the IRP is not there", scene{code: 0x9f, params: [4]uint64{3, deviceVA, 0, irpVA}}, "", "does not show which driver"},
		{"a display driver", scene{code: 0x116, params: [4]uint64{0, exampleIP}}, "example.sys", "no proof"},
		{"a display driver that was unloaded", scene{code: 0x116, params: [4]uint64{0, 0xfffff80330000010}}, "gone.sys", "no proof"},
		{"a page that could not be read", scene{code: 0x1e, params: [4]uint64{0xffffffffc0000006, exampleIP}}, "", "could not be brought back"},
		{"an exception of software", scene{code: 0x1e, params: [4]uint64{0xe06d7363, exampleIP}}, "example.sys", "is not known"},
		{"a pointer for a status", scene{code: 0x1e, params: [4]uint64{0xfffff803c0000005, exampleIP}}, "example.sys", "is not known"},
		{"a display driver of Windows", scene{code: 0x116, params: [4]uint64{0, handlerIP}}, "", "one of Windows' own"},
		{"the clock's trap frame", scene{code: 0x133, params: [4]uint64{0}, stack: isrHigh, put: func(m *dmptest.Image, at func(uint64) int) {
			m.PutU64(at(isrHigh-0x10), isrHigh-0x400)
			onStack(isrHigh-0x400, trap(exampleIP, threadHigh-0x200, 0, 0))(m, at)
		}}, "example.sys", "clock interrupt"},
		{"records that disagree", scene{code: 0x7e, params: [4]uint64{0xc0000005, exampleIP, recordVA, memoryVA},
			memory: map[uint64][]byte{recordVA: accessViolation.Bytes(8), memoryVA: (&dmptest.Context{IP: handlerIP, SP: exampleSP}).Bytes(dmptest.AMD64)}}, "", "the context record has the fault in another module"},
		{"a word on the stack", scene{code: 0xd1, params: [4]uint64{0x29, 2, 0, handlerIP}, put: func(m *dmptest.Image, at func(uint64) int) {
			onStack(frameVA, trap(handlerIP, frameVA+0x190, 0x29, 0))(m, at)
			m.PutU64(at(frameVA+0x198), exampleIP)
		}}, "example.sys", "found by scan"},
		{"a word below the fault", scene{code: 0xd1, params: [4]uint64{0x29, 2, 0, handlerIP}, put: func(m *dmptest.Image, at func(uint64) int) {
			m.PutU64(at(frameVA-0x48), exampleIP)
			onStack(frameVA, trap(handlerIP, frameVA+0x190, 0x29, 0))(m, at)
		}}, "", "found by scan"},
	} {
		r := c.report(t)
		s := r.Suspect
		if status := uint32(c.params[0]); c.code == 0x1e && (status != 0xc0000005 || c.params[0]>>32 != 0) && r.Fault != nil {
			t.Errorf("%s: no processor met it, %+v", c.name, r.Fault)
		}
		if look := r.Bugcheck.FirstLook; s != nil && strings.Contains(s.Reason, "could not be brought back") && !strings.Contains(look, "disk") {
			t.Errorf("%s: look at %q", c.name, look)
		}
		if s == nil || s.Module != c.module || !strings.Contains(s.Reason, c.reason) {
			t.Errorf("%s: %+v, want %q because %q", c.name, s, c.module, c.reason)
		}
	}
	for name, c := range map[string]crash{
		"a live dump": {code: 0x161, params: [4]uint64{taskmgr}}, "no bug check": {}, "DumpIt's": {code: codeDumpIt, params: [4]uint64{moon, sols, moon, sols}},
	} {
		if s := c.report(t).Suspect; s != nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// What lies where control went by mistake is no code, and not shown as such.
func TestFetchedNowhere(t *testing.T) {
	zeros := map[uint64][]byte{memoryVA: make([]byte, 16)}
	for _, c := range []struct {
		name string
		ip   uint64
	}{{"nowhere", memoryVA}, {"in an unloaded driver", 0xfffff80330000010}, {"in a driver", exampleIP}} {
		memory := zeros
		if c.ip != memoryVA {
			memory = map[uint64][]byte{c.ip: make([]byte, 16)}
		}
		r := scene{code: 0xd1, params: [4]uint64{c.ip, 2, 8, c.ip}, memory: memory}.report(t)
		f := r.Fault
		if f == nil || f.Verdict != report.FaultConsistent || f.Bytes != "" || f.Instruction != "" || !strings.Contains(f.Reason, "could not fetch") {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
}
