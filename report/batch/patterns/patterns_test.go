package patterns

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/report"
)

var start = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// stop is a row of a crash.
func stop(path, machine, coarse string, at, uptime time.Duration) *report.Report {
	code, rest, _ := strings.Cut(coarse, "|")
	code, _, _ = strings.Cut(code, ":")
	return &report.Report{
		File:      report.File{Path: path},
		Dump:      &report.Dump{CapturedAt: new(start.Add(at)), UptimeSeconds: new(uptime.Seconds()), Build: new(uint32(19041))},
		Bugcheck:  &report.Bugcheck{Code: code},
		Origin:    &report.Origin{Kind: report.KindCrash, Source: report.SourceBugCheck},
		Signature: &report.Signature{Coarse: coarse, Module: rest},
		Hardware:  &report.Hardware{MachineID: machine, Board: "Contoso X", BIOS: "bios 1"},
	}
}

func live(path, machine, coarse string, at time.Duration) *report.Report {
	r := stop(path, machine, coarse, at, time.Hour)
	r.Origin.Kind, r.Origin.Source = report.KindLive, report.SourceComponent
	return r
}

const dayLong = 24 * time.Hour

// random is a share in which nothing is planted: machines, signatures, times and all else are independent of each other.
func random(rng *rand.Rand) []*report.Report {
	machines, signatures, days := 2+rng.IntN(200), 1+rng.IntN(60), 1+rng.IntN(700)
	n := 1 + rng.IntN(400)
	type kit struct {
		build                      uint32
		bios, microcode, processor string
	}
	kits := make([]kit, machines)
	for i := range kits {
		kits[i] = kit{19041 + uint32(rng.IntN(4)), fmt.Sprint("bios ", rng.IntN(8)), fmt.Sprint("0x", rng.IntN(5)), fmt.Sprint("processor ", rng.IntN(6))}
	}
	var rows []*report.Report
	for i := range n {
		m, sig := rng.IntN(machines), rng.IntN(signatures)
		coarse := fmt.Sprintf("0x%x", 10+sig)
		if sig%3 != 0 {
			coarse += fmt.Sprintf("|driver%d.sys", sig/2)
		}
		at := time.Duration(rng.Int64N(int64(time.Duration(days) * dayLong)))
		up := time.Duration(rng.ExpFloat64() * float64(40*time.Hour))
		r := stop(fmt.Sprintf("m%d/%d.dmp", m, i), fmt.Sprintf("%08x", m), coarse, at, up)
		if rng.IntN(5) == 0 {
			r.Origin.Kind, r.Origin.Source = report.KindLive, report.SourceComponent
		}
		if rng.IntN(20) == 0 {
			r.Fault = &report.Fault{Bit: new(leastBit + rng.IntN(64-leastBit))}
		}
		k := kits[m]
		*r.Dump.Build, r.Hardware.BIOS, r.Hardware.Microcode, r.Hardware.Processor = k.build, k.bios, k.microcode, k.processor
		rows = append(rows, r)
	}
	return rows
}

func list(rows []*report.Report) []report.Pattern {
	var c Collector
	for _, r := range rows {
		c.Add(r)
	}
	return c.List()
}

// TestRandom has shares without a pattern: chance may make one in 1 of 20.
func TestRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 1))
	const shares = 1000
	named, kinds := 0, map[report.PatternKind]int{}
	for range shares {
		found := list(random(rng))
		if len(found) > 0 {
			named++
		}
		seen := map[report.PatternKind]bool{}
		for _, p := range found {
			if !seen[p.Kind] {
				seen[p.Kind] = true
				kinds[p.Kind]++
			}
		}
	}
	t.Logf("%d of %d shares: %v", named, shares, kinds)
	if named > shares/20 {
		t.Errorf("%d of %d shares have a pattern: %v", named, shares, kinds)
	}
}

// background is a share in which every machine stopped once, for one of many reasons, in the course of a year.
func background() []*report.Report {
	rng := rand.New(rand.NewPCG(17, 2))
	var rows []*report.Report
	for i := range 100 {
		at := time.Duration(rng.Int64N(int64(360 * dayLong)))
		r := stop(fmt.Sprintf("other/%d.dmp", i), fmt.Sprintf("other-%d", i), fmt.Sprintf("0x%x", 100+i%40), at, time.Duration(rng.ExpFloat64()*40*float64(time.Hour)))
		r.Hardware.BIOS, *r.Dump.Build = fmt.Sprint("bios ", i%5), 19041+uint32(i%2)
		rows = append(rows, r)
	}
	return rows
}

// only checks that the rows, in any order, have one pattern beside the background, and returns it.
func only(t *testing.T, kind report.PatternKind, confidence report.Confidence, planted ...*report.Report) report.Pattern {
	t.Helper()
	if found := list(background()); len(found) != 0 {
		t.Fatalf("without: %+v", found)
	}
	rows := append(planted, background()...)
	found := list(rows)
	slices.Reverse(rows)
	if again := list(rows); fmt.Sprint(again) != fmt.Sprint(found) {
		t.Errorf("the order of rows matters:\n%+v\n%+v", found, again)
	}
	if len(found) != 1 || found[0].Kind != kind || found[0].Confidence != confidence {
		t.Fatalf("%+v", found)
	}
	return found[0]
}

func none(t *testing.T, planted ...*report.Report) {
	t.Helper()
	if found := list(append(planted, background()...)); len(found) != 0 {
		t.Errorf("%+v", found)
	}
}

func TestUnrelated(t *testing.T) {
	of := func() []*report.Report {
		return []*report.Report{stop("a.dmp", "m", "0x1a", 40*dayLong, time.Hour), stop("b.dmp", "m", "0x50|x.sys", 45*dayLong, 7*time.Hour),
			stop("c.dmp", "m", "0x3b|y.sys", 60*dayLong, 30*time.Hour)}
	}
	p := only(t, report.PatternUnrelated, report.Likely, of()...)
	if p.Dumps != 3 || p.Machines != 1 || !slices.Equal(p.Examples, []string{"a.dmp", "b.dmp", "c.dmp"}) || p.Numbers["days"] != 21 {
		t.Errorf("%+v", p)
	}
	for name, change := range map[string]func(r *report.Report){
		"copy":      func(r *report.Report) { r.File.DuplicateOf = "a.dmp" },
		"made":      func(r *report.Report) { r.Origin.Deliberate = new(true) },
		"live":      func(r *report.Report) { r.Origin.Kind, r.Origin.Source = report.KindLive, report.SourceTaskManager },
		"no code":   func(r *report.Report) { r.Bugcheck = nil },
		"one cause": func(r *report.Report) { r.Signature.Module, r.Signature.Coarse = "x.sys", "0x99|x.sys" },
		"old":       func(r *report.Report) { *r.Dump.CapturedAt = start.Add(300 * dayLong) },
	} {
		t.Run(name, func(t *testing.T) {
			rows := of()
			change(rows[2])
			change(rows[0])
			none(t, rows...)
		})
	}
}

// TestOneMachine has nothing to compare with: the rule holds as it is.
func TestOneMachine(t *testing.T) {
	two := []*report.Report{stop("a.dmp", "m", "0x1a", 0, time.Hour), stop("b.dmp", "m", "0x50|x.sys", dayLong, 7*time.Hour)}
	found := list(two)
	if len(found) != 1 || found[0].Kind != report.PatternUnrelated || found[0].Confidence != report.Possible {
		t.Errorf("%+v", found)
	}
	for i, r := range two {
		r.Hardware.MachineID, r.Hardware.ModelID, r.Dump.BootID = "", "model", new(uint32(5-i))
	}
	if found := list(two); len(found) != 0 {
		t.Errorf("boot ids fall: %+v", found)
	}
	*two[1].Dump.BootID = 9
	two = append(two, stop("c.dmp", "", "0x99", 2*dayLong, 9*time.Hour))
	two[2].Hardware.ModelID, two[2].Dump.BootID = "model", new(uint32(11))
	if found := list(two); len(found) != 1 || found[0].Confidence != report.Possible || found[0].Dumps != 3 {
		t.Errorf("boot ids rise: %+v", found)
	}
}

func TestSameBit(t *testing.T) {
	uptime := time.Duration(0)
	bit := func(path, machine, board string, n int) *report.Report {
		uptime += uptime/10 + time.Hour
		r := stop(path, machine, "0x1a", 0, uptime)
		r.Hardware.Board, r.Fault = board, &report.Fault{Bit: &n}
		return r
	}
	entry := bit("e.dmp", "", "Contoso X", 0)
	entry.Fault, entry.Bugcheck.Bit = nil, new(37)
	copied := bit("copy.dmp", "", "Contoso Y", 35)
	copied.File.DuplicateOf = "d.dmp"
	other := bit("f.dmp", "", "Contoso X", 37)
	other.Hardware.BIOS = "another"
	rows := []*report.Report{bit("a.dmp", "", "Contoso X", 37), bit("c.dmp", "", "", 37), bit("c2.dmp", "", "", 37),
		bit("d.dmp", "", "Contoso Y", 35), bit("g.dmp", "", "Contoso X", 5), bit("h.dmp", "", "Contoso X", 5), copied, other,
		bit("m1.dmp", "m1", "Contoso Z", 40), bit("m2.dmp", "m2", "Contoso Z", 40)}
	if found := list(rows); len(found) != 0 {
		t.Errorf("one of each: %+v", found)
	}
	found := list(append(rows, entry))
	if len(found) != 1 || found[0].Kind != report.PatternSameBit || found[0].Confidence != report.Likely ||
		!strings.HasPrefix(found[0].Text, "bit 37 looks wrong in 2 dumps of one board, Contoso X: ") || !slices.Equal(found[0].Examples, []string{"a.dmp", "e.dmp"}) {
		t.Errorf("%+v", found)
	}
	found = list(append(rows, bit("m3.dmp", "m1", "Contoso Z", 40)))
	if len(found) != 1 || found[0].Machines != 1 || !slices.Equal(found[0].Examples, []string{"m1.dmp", "m3.dmp"}) {
		t.Errorf("%+v", found)
	}
}

func TestOneDriver(t *testing.T) {
	var rows []*report.Report
	for i, coarse := range []string{"0x116|gpu.sys", "0x116|gpu.sys", "0x116|gpu.sys", "0x119|gpu.sys", "0xea", "0x116|gpu.sys", "0x1e"} {
		r := stop(fmt.Sprint(i, ".dmp"), "m", coarse, time.Duration(i*40)*dayLong, time.Duration(i+1)*7*time.Hour)
		if coarse == "0xea" {
			r.Suspect = &report.Suspect{Module: "GPU.sys", Confidence: report.Possible}
		}
		rows = append(rows, r)
	}
	p := only(t, report.PatternOneDriver, report.Likely, rows...)
	if p.Key != "gpu.sys" || p.Dumps != 6 || p.Numbers["stops"] != 7 || p.Numbers["signatures"] != 3 {
		t.Errorf("%+v", p)
	}
}

func TestManyMachines(t *testing.T) {
	var rows []*report.Report
	for i := range 12 {
		r := stop(fmt.Sprint(i, ".dmp"), fmt.Sprint("m", i), "0xd1|new.sys", time.Duration(i*30)*dayLong, time.Duration(i+1)*7*time.Hour)
		r.Hardware.BIOS, r.Hardware.Microcode, *r.Dump.Build = "9.9", "0x77", 26100
		rows = append(rows, r)
	}
	p := only(t, report.PatternMachines, report.Likely, rows...)
	if p.Machines != 12 || p.Numbers["with_both"] != 12 || p.Numbers["with_neither"] != 100 || p.Numbers["with_signature"] != 0 || p.Numbers["with_attribute"] != 0 ||
		!strings.Contains(p.Text, "build 26100 with firmware 9.9") {
		t.Errorf("%+v", p)
	}
	for _, r := range rows { // machines are counted, not dumps
		r.Hardware.MachineID = "m"
	}
	none(t, rows...)
}

func TestBeganAndEnded(t *testing.T) {
	for kind, from := range map[report.PatternKind]int{report.PatternBegan: 330, report.PatternEnded: 2} {
		var rows []*report.Report
		for i := range 4 {
			at := time.Duration(from+7*i) * dayLong
			rows = append(rows, stop(fmt.Sprint(i, ".dmp"), fmt.Sprint("m", i), "0xd1|new.sys", at, time.Duration(i+1)*7*time.Hour))
		}
		if p := only(t, kind, report.Likely, rows...); p.Dumps != 4 || p.Machines != 4 {
			t.Errorf("%+v", p)
		}
	}
}

func TestUptimes(t *testing.T) {
	var fixed, soonAfter []*report.Report
	for i := range 4 {
		at := time.Duration(i*100) * dayLong
		fixed = append(fixed, stop(fmt.Sprint(i, ".dmp"), fmt.Sprint("m", i), "0xd1|new.sys", at, 49*24*time.Hour+time.Duration(i)*time.Hour))
		soonAfter = append(soonAfter, stop(fmt.Sprint(i, ".dmp"), "m", "0xd1|new.sys", at, time.Duration(10+80*i)*time.Second))
	}
	only(t, report.PatternUptime, report.Likely, fixed...)
	only(t, report.PatternAfterBoot, report.Likely, soonAfter...)
}

func TestLiveBefore(t *testing.T) {
	var rows []*report.Report
	for i := range 3 {
		at, m := time.Duration(i*120)*dayLong, fmt.Sprint("m", i)
		rows = append(rows, live(fmt.Sprint(i, "-live.dmp"), m, "0x141|gpu.sys", at), stop(fmt.Sprint(i, ".dmp"), m, fmt.Sprintf("0x11%d", i), at+20*time.Minute, time.Duration(i+1)*7*time.Hour))
	}
	p := only(t, report.PatternLiveBefore, report.Likely, rows...)
	if p.Dumps != 6 || p.Machines != 3 || p.Numbers["pairs"] != 3 {
		t.Errorf("%+v", p)
	}
	for _, r := range rows {
		if r.Origin.Kind == report.KindLive {
			r.Origin.Source = report.SourceTaskManager
		}
	}
	none(t, rows...)
}
