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
		r := stop(path, machine, "0x1a", uptime, uptime)
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
	if len(found) != 1 || found[0].Kind != report.PatternSameBit || found[0].Confidence != report.Possible ||
		!strings.HasPrefix(found[0].Text, "bit 37 looks wrong in 2 dumps of one board, Contoso X: ") || !slices.Equal(found[0].Examples, []string{"e.dmp", "a.dmp"}) {
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

// TestPlace has machines that are known by their folder and model alone: the text names these, and never the id of a model.
func TestPlace(t *testing.T) {
	for _, c := range []struct{ folder, board, want string }{
		{"share/x/", "Contoso X", "of Contoso X in folder share/x are"}, {"", "Contoso X", "of Contoso X in one folder are"},
		{`c:\x\`, "", `of one model in folder c:\x are`},
	} {
		var rows []*report.Report
		for i, coarse := range []string{"0x116|gpu.sys", "0x116|gpu.sys", "0x116|gpu.sys", "0x119|gpu.sys", "0x119|gpu.sys", "0x116|gpu.sys", "0x1e"} {
			r := stop(fmt.Sprint(c.folder, i, ".dmp"), "", coarse, time.Duration(i*40)*dayLong, time.Hour)
			r.Hardware = &report.Hardware{ModelID: "0123456789abcdef", Board: c.board}
			rows = append(rows, r)
		}
		got := list(rows)
		i := slices.IndexFunc(got, func(p report.Pattern) bool { return p.Kind == report.PatternOneDriver })
		if i < 0 || !strings.Contains(got[i].Text, c.want) || strings.Contains(got[i].Text, "0123456789abcdef") {
			t.Errorf("%q, %q: %+v", c.folder, c.board, got)
		}
	}
}

// TestFewerProblemsThanStops has a machine with two stops of one driver: the text says why it counts fewer problems than a table of stops has.
func TestFewerProblemsThanStops(t *testing.T) {
	rows := []*report.Report{stop("a.dmp", "m", "0x1a", 40*dayLong, time.Hour), stop("b.dmp", "m", "0x50|x.sys", 45*dayLong, 7*time.Hour),
		stop("c.dmp", "m", "0x3b|x.sys", 60*dayLong, 30*time.Hour)}
	for n, want := range map[int]bool{2: false, 3: true} {
		got := list(rows[:n])
		if len(got) != 1 || strings.Contains(got[0].Text, fmt.Sprintf("of %d stops in all", n)) != want {
			t.Errorf("%d stops: %+v", n, got)
		}
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
		!strings.Contains(p.Text, "have build 26100, and") {
		t.Errorf("%+v", p)
	}
	for _, r := range rows { // machines are counted, not dumps
		r.Hardware.MachineID = "m"
	}
	none(t, rows...)
}

// TestSharedDevice has machines of two attributes that always go together, and one of as many machines, but not the same.
func TestSharedDevice(t *testing.T) {
	var rows []*report.Report
	for i := range 14 {
		r := stop(fmt.Sprint(i, ".dmp"), fmt.Sprint("m", i), "0xd1|nt", time.Duration(i*25)*dayLong, time.Duration(i+1)*7*time.Hour)
		r.Hardware.BIOS = fmt.Sprint("bios ", i%5)
		r.Hardware.Devices, r.Hardware.Processor = []string{"network controller 8086:15f3"}, "P2"
		if i < 12 {
			r.Hardware.Devices = append(r.Hardware.Devices, "display adapter 10de:2484")
			r.Hardware.Processor = "P9"
		}
		if r.Hardware.Microcode = "0x77"; i < 2 {
			r.Hardware.Microcode = "0x1"
		}
		rows = append(rows, r)
	}
	share := background()
	for _, r := range share {
		r.Hardware.Devices, r.Hardware.Processor, r.Hardware.Microcode = []string{"network controller 8086:15f3"}, "P1", "0x1"
	}
	found := list(append(rows, share...))
	if len(found) != 1 || found[0].Kind != report.PatternMachines ||
		found[0].Text != "14 machines have 0xd1|nt, and it goes with what they share, not with each machine: 12 of 14 of these have display adapter 10de:2484 with processor P9, and of the 100 other machines none does" {
		t.Errorf("%+v", found)
	}
	for _, r := range rows[12:] {
		r.Hardware.Processor, r.Hardware.Devices = "", nil
	}
	if found = list(append(rows, share...)); len(found) != 1 || !strings.Contains(found[0].Text,
		": all 12 of these of which that is known have display adapter 10de:2484 with processor P9, and of the 100 other machines none does") {
		t.Errorf("%+v", found)
	}
}

// TestStamp has a driver that stops with one signature in one of its versions, and with others in the others.
func TestStamp(t *testing.T) {
	of := func(i int, coarse string, stamp uint32) *report.Report {
		r := stop(fmt.Sprintf("%s/%d.dmp", coarse[:4], i), fmt.Sprint(coarse, i), coarse, time.Duration(300*i%359)*dayLong, time.Duration(i+1)*7*time.Hour)
		r.Suspect = &report.Suspect{Module: "Gpu.sys", Timestamp: report.Hex(stamp)}
		r.Hardware.BIOS, *r.Dump.Build = fmt.Sprint("bios ", i%5), 19041+uint32(i%2)
		return r
	}
	var rows []*report.Report
	for i := range 12 {
		rows = append(rows, of(i, "0x116|gpu.sys", 1600000000), of(i, "0x119|gpu.sys", 1500000000+uint32(i%3)*1000000), of(i, "0xea|nt", 1500000000+uint32(i%3)*1000000))
	}
	p := only(t, report.PatternMachines, report.Likely, rows...)
	if p.Key != "0x116|gpu.sys" || p.Text != "12 machines have 0x116|gpu.sys, and it goes with what they share, not with each machine: all 12 of these have driver time stamp 0x5f5e1000, and of the 24 other machines none does, with other signatures of that driver" {
		t.Errorf("%+v", p)
	}
	for _, r := range rows { // what is the same in all dumps tells nothing
		r.Suspect.Timestamp = "0x5f5e1000"
	}
	none(t, rows...)
}

// TestManyMachinesAlone has a signature of far more machines than others, and nothing that they share.
func TestManyMachinesAlone(t *testing.T) {
	var rows []*report.Report
	for i := range 80 {
		r := stop(fmt.Sprint(i, ".dmp"), fmt.Sprint("m", i), "0xd1|new.sys", time.Duration(i*4)*dayLong, time.Duration(i+1)*3*time.Hour)
		r.Hardware.BIOS, *r.Dump.Build = fmt.Sprint("bios ", i%5), 19041+uint32(i%2)
		rows = append(rows, r)
	}
	p := only(t, report.PatternMachines, report.Likely, rows...)
	if !strings.Contains(p.Text, "the driver new.sys") || p.Machines != 80 {
		t.Errorf("%+v", p)
	}
	for _, r := range rows {
		r.Signature.Coarse, r.Signature.Module = "0x50", ""
	}
	if p := only(t, report.PatternMachines, report.Possible, rows...); strings.Contains(p.Text, "the driver ") {
		t.Errorf("no driver is known: %+v", p)
	}
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

// TestBeganWith has a signature that is only in dumps of a new build, or of a new version of its driver.
func TestBeganWith(t *testing.T) {
	for _, ended := range []bool{false, true} {
		var builds, versions []*report.Report
		for i := range 30 {
			at, up := time.Duration(350*i/30)*dayLong, time.Duration(i+1)*5*time.Hour
			coarse, build, stamp := fmt.Sprintf("0x%x|gpu.sys", 200+i%2), uint32(19000), uint32(1500000000)
			if i%3 == 0 {
				coarse, build, stamp = "0xd1|gpu.sys", 26100, 1600000000
			}
			if ended {
				build, stamp = 50000-build, 3000000000-stamp
			}
			b := stop(fmt.Sprint("b", i, ".dmp"), fmt.Sprint("m", i), coarse, at, up)
			b.Signature.Module, b.Signature.Coarse, *b.Dump.Build = "", coarse[:4], build
			v := stop(fmt.Sprint("v", i, ".dmp"), fmt.Sprint("m", i), coarse, at, up)
			v.Signature.ModuleTimestamp = report.Hex(stamp)
			v.Dump.Build, v.Hardware = nil, nil // machines that cannot be told apart: days count
			builds, versions = append(builds, b), append(versions, v)
		}
		kind, want := report.PatternBegan, []string{"0xd1 began with build 26100: none of the 20 dumps of older builds has it",
			"0xd1|gpu.sys began with the gpu.sys of 2020-09-13 (time stamp 0x5f5e1000): none of the 20 dumps of its older versions has it"}
		if ended {
			kind, want = report.PatternEnded, []string{"0xd1 ended with build 23900: none of the 20 dumps of newer builds has it",
				"0xd1|gpu.sys ended with the gpu.sys of 2014-05-13 (time stamp 0x53724e00): none of the 20 dumps of its newer versions has it"}
		}
		for i, rows := range [][]*report.Report{builds, versions} {
			found := list(rows)
			if i == 0 { // said with what the machines have in common is enough
				if len(found) != 1 || found[0].Kind != report.PatternMachines || !strings.Contains(found[0].Text, "build 2") {
					t.Errorf("%+v", found)
				}
				for _, r := range rows {
					r.Hardware = nil
				}
				found = list(rows)
			}
			if len(found) == 0 || found[0].Kind != kind || found[0].Text != want[i] {
				t.Errorf("want %s:\n%+v", want[i], found)
			}
		}
	}
	var hashes []*report.Report // of reproducible builds are in no order
	for i := range 30 {
		r := stop(fmt.Sprint(i, ".dmp"), "", fmt.Sprintf("0x%x|gpu.sys", 200+i%3), time.Duration(10*i)*dayLong, time.Duration(i+1)*5*time.Hour)
		r.Signature.ModuleTimestamp, r.Hardware, r.Dump.Build = report.Hex(uint32(i%3+1)<<30), nil, nil
		hashes = append(hashes, r)
	}
	if found := list(hashes); len(found) != 0 {
		t.Errorf("%+v", found)
	}
}

func TestUncleanBoots(t *testing.T) {
	of := func(path string, boot, clean uint32, at time.Duration) *report.Report {
		r := stop(path, "m", "0x9f|x.sys", at, 7*time.Hour+at/90)
		r.Dump.BootID, r.Dump.LastCleanBoot = &boot, &clean
		return r
	}
	quiet := func() (rows []*report.Report) { // others
		for i := range 20 {
			r := of(fmt.Sprint("quiet", i, ".dmp"), uint32(10+i), uint32(9+i), time.Duration(i*17)*dayLong)
			r.Hardware.MachineID, r.Signature = fmt.Sprint("quiet", i), &report.Signature{Coarse: fmt.Sprint(i)}
			rows = append(rows, r)
		}
		return rows
	}
	find := func(rows ...*report.Report) string {
		t.Helper()
		var texts []string
		for _, p := range list(append(rows, quiet()...)) {
			if p.Kind == report.PatternUnclean {
				texts = append(texts, fmt.Sprintf("%s %v %v %v", p.Confidence, p.Numbers["boots"], p.Numbers["first_boot"], p.Numbers["last_boot"]))
			}
		}
		return strings.Join(texts, ", ")
	}
	if got := find(of("a.dmp", 13, 3, 20*dayLong)); got != "likely 9 4 12" {
		t.Error(got)
	}
	// Each boot counts once, however many dumps say so, and one with a dump does not.
	if got := find(of("a.dmp", 8, 3, 20*dayLong), of("b.dmp", 13, 3, 30*dayLong)); got != "likely 8 4 12" {
		t.Error(got)
	}
	// Clean reboots between two dumps are none.
	if got := find(of("a.dmp", 3, 2, 20*dayLong), of("b.dmp", 40, 39, 30*dayLong)); got != "" {
		t.Error(got)
	}
	// Somebody crashed it on purpose, in every one of these boots.
	var made []*report.Report
	for boot := range uint32(9) {
		r := of(fmt.Sprint("made", boot, ".dmp"), 4+boot, 3, time.Duration(boot)*dayLong)
		r.Origin.Source, r.Origin.Deliberate = report.SourceManual, new(true)
		made = append(made, r)
	}
	if got := find(append(made, of("a.dmp", 13, 3, 20*dayLong))...); got != "" {
		t.Error(got)
	}
	// Windows was set up anew: ids of before are not those of now.
	if got := find(of("a.dmp", 400, 390, 20*dayLong), of("b.dmp", 7, 6, 30*dayLong)); got != "" {
		t.Error(got)
	}
	// What no dump says is not made up: without the last clean boot, ids that rise say nothing.
	lone := of("a.dmp", 40, 3, 20*dayLong)
	lone.Dump.LastCleanBoot = nil
	if got := find(of("b.dmp", 2, 1, 10*dayLong), lone); got != "" {
		t.Error(got)
	}
}

// TestOneEvent has dumps of one stop that nothing marks as copies.
func TestOneEvent(t *testing.T) {
	small := stop("Minidump/a.dmp", "m", "0x1a", dayLong, time.Hour)
	large := stop("MEMORY.DMP", "", "0x1a|x.sys", dayLong, time.Hour) // it knows more of the stop, and less of the machine
	large.Hardware = nil
	moved := stop("saved/a.dmp", "m", "0x1a", dayLong, time.Hour)
	if found := list([]*report.Report{small, large, moved}); len(found) != 0 {
		t.Errorf("%+v", found)
	}
	for _, r := range []*report.Report{small, large, moved} {
		r.Fault = &report.Fault{Bit: new(33)}
		r.Hardware = &report.Hardware{Board: "Contoso X"}
		r.Dump.CapturedAt, r.Dump.PsLoadedModuleList = nil, "0xfffff8033294a650"
		r.Bugcheck.Parameters = []report.Parameter{{Index: 1, Value: "0x41792"}}
	}
	if found := list([]*report.Report{small, large, moved}); len(found) != 0 {
		t.Errorf("without a time: %+v", found)
	}
	moved.Dump.PsLoadedModuleList = "0xfffff8033294b650" // another boot
	if found := list([]*report.Report{small, large, moved}); len(found) != 1 || found[0].Kind != report.PatternSameBit || found[0].Dumps != 2 {
		t.Errorf("%+v", found)
	}
	// Two machines may stop at one time.
	two := []*report.Report{stop("a.dmp", "m1", "0x1a", 0, time.Hour), stop("b.dmp", "m2", "0x1a", 0, time.Hour),
		stop("c.dmp", "m1", "0x50", dayLong, time.Hour), stop("d.dmp", "m2", "0x50", dayLong, time.Hour)}
	if found := list(two); len(found) != 2 || found[0].Dumps != 2 || found[1].Dumps != 2 {
		t.Errorf("%+v", found)
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

// TestTiedDriver has a driver that is only where its device is.
func TestTiedDriver(t *testing.T) {
	for device, driver := range map[string]string{"display adapter 10de:2504": "nvlddmkm.sys", "network controller 8086:2723": "netwtw10.sys"} {
		var rows []*report.Report
		for i := range 15 {
			r := stop(fmt.Sprint(i, ".dmp"), fmt.Sprint("m", i), "0x116|"+driver, time.Duration(i*24)*dayLong, time.Duration(i+1)*7*time.Hour)
			r.Hardware.Devices, r.Hardware.BIOS, *r.Dump.Build = []string{device}, "9.9", 19041+uint32(i%2)
			rows = append(rows, r)
		}
		for _, p := range list(append(rows, background()...)) {
			if strings.Contains(p.Text, device) || strings.Contains(p.Text, "firmware") {
				t.Errorf("%+v", p)
			}
		}
	}
}

// TestMostMachines has one driver on more than half of the machines, and on fewer.
func TestMostMachines(t *testing.T) {
	for n, want := range map[int]int{14: 1, 9: 0} {
		var rows []*report.Report
		for i := range 16 {
			coarse := fmt.Sprintf("0x%x", 100+i)
			if i < n {
				coarse = fmt.Sprintf("0xd%d|evil.sys", i%4)
			}
			rows = append(rows, stop(fmt.Sprint(i, ".dmp"), fmt.Sprint("m", i), coarse, time.Duration(i*i*9)*time.Hour, time.Duration(i*i+1)*7*time.Hour))
		}
		found := list(rows)
		if len(found) != want || want == 1 && (found[0].Key != "evil.sys" || found[0].Confidence != report.Possible || found[0].Machines != n) {
			t.Errorf("%d: %+v", n, found)
		}
	}
}

// TestRelated has codes of one problem, and of others.
func TestRelated(t *testing.T) {
	for _, c := range []struct {
		codes string
		want  int
	}{
		{"0x9f:0x3 0x9f:0x4", 0}, {"0x9f:0x3 0xa0:0x1", 0}, {"0x1a:0x41790 0x1a:0x41792", 0}, {"0x7a 0x77 0x24", 0}, {"0x116 0x141 0x119", 0},
		{"0xc4:0x62 0xc9 0xe6 0x1a", 0}, {"0x133|dxgkrnl.sys 0x117", 0}, {"0x1e:0xc0000005|nt 0x1e:0xc000001d|nt", 1}, {"0x1a 0x9f", 1}, {"0x1a 0x9f 0x50", 1},
	} {
		var rows []*report.Report
		for i, coarse := range strings.Fields(c.codes) {
			rows = append(rows, stop(fmt.Sprint(i, ".dmp"), "m", coarse, time.Duration(i*50)*time.Hour, time.Duration(i+1)*9*time.Hour))
		}
		if found := list(rows); len(found) != c.want {
			t.Errorf("%s: %+v", c.codes, found)
		}
	}
}

func TestDriverOf(t *testing.T) {
	for name, want := range map[string]string{
		"nvlddmkm.sys": "nvlddmkm.sys", "Evil.SYS": "evil.sys", "atidxx.dll": "atidxx.dll", "stornvme.sys": "", "hidclass.sys": "", "AFD.sys": "", "cdd.dll": "", "csrss.exe": "",
		"verifier.sys": "", "memory_corruption": "", "hardware": "", "unknown_module": "", "nt": "", "": "", "dump_stornvme.sys": "",
	} {
		r := stop("a.dmp", "m", "0xd1|"+name, 0, 0)
		if got := driverOf(r); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
		r.Suspect = &report.Suspect{Reason: "not explained by the code"}
		if got := driverOf(r); got != "" {
			t.Errorf("%q where the suspect is none: %q", name, got)
		}
	}
}

// TestOneStopTwice has two dumps of one stop, one of which does not say how long Windows ran, and times that are none.
func TestOneStopTwice(t *testing.T) {
	a, b := stop("mini.dmp", "m", "0x1a", 0, time.Hour), stop("MEMORY.DMP", "m", "0x1a", 0, time.Hour)
	b.Dump.UptimeSeconds = nil
	if eventOf(a) != eventOf(b) {
		t.Error("one stop is two events")
	}
	for year, want := range map[int]bool{1601: false, 1992: false, 1993: true, 2100: true, 2101: false} {
		a.Dump.CapturedAt = new(time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC))
		if got := timeOf(a) != nil; got != want {
			t.Errorf("%d: %v", year, got)
		}
	}
}

// TestOneBitAgain has one place that is read twice: two dumps of it are no more than one.
func TestOneBitAgain(t *testing.T) {
	for _, c := range []struct{ second, want string }{{"0x41790", ""}, {"0x41792", "possible"}} {
		var rows []*report.Report
		for i, value := range []string{"0x41790", c.second} {
			r := stop(fmt.Sprint(i, ".dmp"), "m", "0x1a", time.Duration(i*60)*dayLong, time.Duration(i+1)*9*time.Hour)
			r.Fault, r.Bugcheck.Parameters = &report.Fault{Bit: new(37)}, []report.Parameter{{Index: 1, Value: value}}
			rows = append(rows, r)
		}
		got := ""
		for _, p := range list(rows) {
			got += string(p.Confidence)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.second, got, c.want)
		}
	}
}
