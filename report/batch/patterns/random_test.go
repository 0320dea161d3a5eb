package patterns

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/report"
)

// uneven says in which ways a share without a pattern is not even.
type uneven struct {
	busy    bool // a few machines have very many dumps
	zipf    bool // a few signatures are most of all
	loops   bool // some machines stop again and again with one signature within two days
	models  bool // machines of one model have build, firmware and devices of their own
	updated bool // all machines get another build on one day
	copies  bool // a file in another place, the small dump beside the large one, and marked ones
	missing bool // ids, times, uptimes and builds
	lately  bool // many more dumps of late
}

// randomShare is a share in which nothing is planted: of what a dump says, no part depends on another one for a reason that a pattern names.
func randomShare(rng *rand.Rand, u uneven) []*report.Report {
	machines, signatures, days := 2+rng.IntN(200), 1+rng.IntN(60), 1+rng.IntN(700)
	n := 1 + rng.IntN(400)
	span := int64(time.Duration(days) * dayLong)
	update := time.Duration(rng.Int64N(span))
	type kit struct {
		build                             uint32
		bios, microcode, processor, model string
		devices                           []string
	}
	random := func() kit {
		k := kit{19041 + uint32(rng.IntN(4)), fmt.Sprint("bios ", rng.IntN(8)), fmt.Sprint("0x", rng.IntN(5)), fmt.Sprint("processor ", rng.IntN(6)), "", nil}
		for range rng.IntN(5) {
			k.devices = append(k.devices, fmt.Sprintf("display adapter 10de:%04x", rng.IntN(10)))
		}
		return k
	}
	kits, models := make([]kit, machines), make([]kit, 1+rng.IntN(8))
	for i := range models {
		models[i] = random()
		models[i].model = fmt.Sprint("model ", i)
	}
	for i := range kits {
		if kits[i] = random(); u.models {
			kits[i] = models[rng.IntN(len(models))]
		}
	}
	// The machine of each dump.
	var whose []int
	if u.busy {
		for m := range machines {
			for range 1 + rng.IntN(2) {
				whose = append(whose, m)
			}
		}
		for i, m := range rng.Perm(machines)[:min(machines, 3+rng.IntN(6))] {
			if u.models && i%2 == 0 { // some of them are of one model
				kits[m] = models[0]
			}
			for range 10 + rng.IntN(50) {
				whose = append(whose, m)
			}
		}
	} else {
		for range n {
			whose = append(whose, rng.IntN(machines))
		}
	}
	steep := 0.5 + rng.Float64()
	weights := make([]float64, signatures)
	sum := 0.0
	for i := range weights {
		weights[i] = 1
		if u.zipf {
			weights[i] = math.Pow(float64(i+1), -steep)
		}
		sum += weights[i]
	}
	signature := func() int {
		x := rng.Float64() * sum
		for i, w := range weights {
			if x -= w; x < 0 {
				return i
			}
		}
		return signatures - 1
	}
	var rows []*report.Report
	boots := map[int]uint32{}
	type loop struct {
		until time.Duration
		sig   int
	}
	add := func(m, sig int, at, up time.Duration) {
		coarse := fmt.Sprintf("0x%x", 10+sig)
		if sig%3 != 0 {
			coarse += fmt.Sprintf("|driver%d.sys", sig/2)
		}
		r := stop(fmt.Sprintf("m%d/%d.dmp", m, len(rows)), fmt.Sprintf("%08x", m), coarse, at, up)
		if sig%3 != 0 {
			r.Signature.ModuleTimestamp = report.Hex(uint32(1600000000 + 1000*(sig/2) + 100*rng.IntN(3)))
		}
		if rng.IntN(5) == 0 {
			r.Origin.Kind, r.Origin.Source = report.KindLive, report.SourceComponent
		}
		if rng.IntN(20) == 0 {
			r.Fault = &report.Fault{Bit: new(leastBit + rng.IntN(64-leastBit))}
		}
		k := kits[m]
		*r.Dump.Build, r.Hardware.BIOS, r.Hardware.Microcode, r.Hardware.Processor, r.Hardware.Model, r.Hardware.Devices = k.build, k.bios, k.microcode, k.processor, k.model, k.devices
		if u.updated {
			*r.Dump.Build = 19045
			if at > update {
				*r.Dump.Build = 26100
			}
		}
		boots[m] += 1 + uint32(rng.IntN(4))
		r.Dump.BootID = new(boots[m])
		r.Dump.LastCleanBoot = new(max(boots[m]-1-uint32(rng.IntN(20)/19), 1))
		if u.missing {
			for _, lose := range []func(){func() { r.Hardware.MachineID = "" }, func() { r.Dump.CapturedAt = nil }, func() { r.Dump.UptimeSeconds = nil },
				func() { r.Dump.Build = nil }, func() { r.Hardware = nil }, func() { r.Hardware.MachineID, r.Hardware.ModelID = "", "m" }} {
				if rng.IntN(8) == 0 && r.Hardware != nil {
					lose()
				}
			}
		}
		rows = append(rows, r)
		if u.copies && rng.IntN(4) == 0 {
			c := *r
			c.File.Path = fmt.Sprint("copies/", len(rows), ".dmp")
			switch rng.IntN(3) {
			case 0:
				c.File.DuplicateOf = r.File.Path
			case 1: // the other dump of that stop says less
				c.Signature = &report.Signature{Coarse: r.Bugcheck.Code}
			}
			rows = append(rows, &c)
		}
	}
	looping := map[int]*loop{}
	times := make([]time.Duration, len(whose))
	for i := range times {
		x := rng.Float64()
		if u.lately {
			x = math.Sqrt(x)
		}
		times[i] = time.Duration(x * float64(span))
	}
	slices.Sort(times) // boot ids rise
	rng.Shuffle(len(whose), func(i, j int) { whose[i], whose[j] = whose[j], whose[i] })
	for i, m := range whose {
		sig, up := signature(), time.Duration(rng.ExpFloat64()*float64(40*time.Hour))
		if l := looping[m]; l != nil && times[i] < l.until {
			sig = l.sig
		}
		add(m, sig, times[i], up)
		if u.loops && rng.IntN(30) == 0 {
			looping[m] = &loop{times[i] + 2*dayLong, sig}
			at := times[i]
			for range 2 + rng.IntN(10) {
				up := time.Duration(rng.ExpFloat64() * float64(4*time.Hour))
				if at += up + time.Duration(rng.ExpFloat64()*float64(time.Hour)); at > times[i]+2*dayLong {
					break
				}
				add(m, sig, at, up)
			}
		}
	}
	return rows
}

// TestUnevenShares has shares that are uneven in ways that are no pattern, one after the other and many at once: at most 1 of 20 may have one.
func TestUnevenShares(t *testing.T) {
	ways := []uneven{{}, {busy: true}, {zipf: true}, {loops: true}, {models: true}, {updated: true}, {copies: true}, {missing: true}, {lately: true},
		{busy: true, models: true}, {zipf: true, updated: true, lately: true}, {busy: true, zipf: true, models: true, copies: true}}
	shares := 84 // of each way: 1,008
	if testing.Short() {
		shares = 20
	}
	for _, seed := range []uint64{1, 2} {
		named, kinds := 0, map[report.PatternKind]int{}
		for i, u := range ways {
			rng := rand.New(rand.NewPCG(seed, uint64(i)))
			of := 0
			var examples []string
			for range shares {
				found := list(randomShare(rng, u))
				if len(found) > 0 {
					of++
					examples = append(examples, fmt.Sprint(found[0].Text, found[0].Numbers))
				}
				seen := map[report.PatternKind]bool{}
				for _, p := range found {
					if !seen[p.Kind] {
						seen[p.Kind] = true
						kinds[p.Kind]++
					}
				}
			}
			named += of
			if of > shares/10 && !testing.Short() { // of 20 shares 3 are soon together
				t.Errorf("seed %d: %d of %d shares that are %+v have a pattern:\n%s", seed, of, shares, u, strings.Join(examples, "\n"))
			}
		}
		t.Logf("seed %d: %d of %d shares have a pattern: %v", seed, named, shares*len(ways), kinds)
		if named > shares*len(ways)/20 {
			t.Errorf("seed %d: %d of %d shares have a pattern: %v", seed, named, shares*len(ways), kinds)
		}
	}
}

// TestPlanted plants a pattern of each kind in shares of a year, with some 200 dumps of 150 machines: it is found in nearly all of them.
func TestPlanted(t *testing.T) {
	day := func(rng *rand.Rand) time.Duration { return time.Duration(rng.IntN(360)) * dayLong }
	uptime := func(rng *rand.Rand) time.Duration {
		return time.Duration((1 + rng.ExpFloat64()*40) * float64(time.Hour))
	}
	share := func(rng *rand.Rand) (rows []*report.Report) {
		for m := range 150 {
			for range 1 + rng.IntN(4)/3 {
				sig := int(math.Pow(40, rng.Float64()))
				r := stop(fmt.Sprintf("m%d/%d.dmp", m, len(rows)), fmt.Sprint("m", m), fmt.Sprintf("0x%x|d%d.sys", 16+sig, sig/2), day(rng), uptime(rng))
				*r.Dump.Build, r.Hardware.BIOS = 19041+uint32(m%3), fmt.Sprint("bios ", m%7)
				r.Hardware.Devices = []string{fmt.Sprint("display adapter ", m%9), "network controller 1"}
				r.Dump.BootID, r.Dump.LastCleanBoot = new(uint32(10+m)), new(uint32(9+m-rng.IntN(8)/7))
				rows = append(rows, r)
			}
		}
		return rows
	}
	for _, c := range []struct {
		kind  report.PatternKind
		plant func(rng *rand.Rand, i int) *report.Report
	}{
		{report.PatternUnrelated, func(rng *rand.Rand, i int) *report.Report {
			return stop("", "sick", fmt.Sprintf("0x%x", 0x50+i), time.Duration(100+rng.IntN(25))*dayLong+time.Duration(i)*time.Hour, uptime(rng))
		}},
		{report.PatternSameBit, func(rng *rand.Rand, i int) *report.Report {
			r := stop("", "sick", "0x1a", day(rng), uptime(rng))
			r.Fault = &report.Fault{Bit: new(37)}
			return r
		}},
		{report.PatternOneDriver, func(rng *rand.Rand, i int) *report.Report {
			return stop("", "one", fmt.Sprintf("0x%x|gpu.sys", 0x116+3*(i%2)), day(rng), uptime(rng))
		}},
		{report.PatternMachines, func(rng *rand.Rand, i int) *report.Report {
			r := stop("", fmt.Sprint("new", i), "0xd1|nt", day(rng), uptime(rng))
			r.Hardware.Devices = []string{"display adapter x", "network controller 1"}
			return r
		}},
		{report.PatternBegan, func(rng *rand.Rand, i int) *report.Report {
			return stop("", fmt.Sprint("new", i), "0xd1|gpu.sys", time.Duration(280+rng.IntN(80))*dayLong, uptime(rng))
		}},
		{report.PatternEnded, func(rng *rand.Rand, i int) *report.Report {
			return stop("", fmt.Sprint("new", i), "0xd1|gpu.sys", time.Duration(rng.IntN(80))*dayLong, uptime(rng))
		}},
		{report.PatternUptime, func(rng *rand.Rand, i int) *report.Report {
			return stop("", fmt.Sprint("new", i), "0xd1|gpu.sys", day(rng), 1193*time.Hour+time.Duration(rng.IntN(60))*time.Minute)
		}},
		{report.PatternAfterBoot, func(rng *rand.Rand, i int) *report.Report {
			return stop("", "soon", "0xd1|gpu.sys", day(rng), time.Duration(20+rng.IntN(200))*time.Second)
		}},
		{report.PatternLiveBefore, func(rng *rand.Rand, i int) *report.Report {
			at, m := time.Duration(i/2*40)*dayLong, fmt.Sprint("gpu", i/2)
			if i%2 == 0 {
				return live("", m, "0x141|gpu.sys", at)
			}
			return stop("", m, "0x116|gpu.sys", at+time.Duration(1+rng.IntN(50))*time.Minute, uptime(rng))
		}},
		{report.PatternUnclean, func(rng *rand.Rand, i int) *report.Report {
			r := stop("", fmt.Sprint("power", i), fmt.Sprintf("0x%x", 16+i), day(rng), uptime(rng))
			r.Dump.BootID, r.Dump.LastCleanBoot = new(uint32(30)), new(uint32(20))
			if i > 0 {
				r.Dump.LastCleanBoot = new(uint32(29))
			}
			return r
		}},
	} {
		const shares, planted = 50, 8
		found := 0
		for seed := range shares {
			rng := rand.New(rand.NewPCG(uint64(seed), 18))
			rows := share(rng)
			for i := range planted {
				r := c.plant(rng, i)
				r.File.Path = fmt.Sprint("planted/", i, ".dmp")
				if r.Hardware.Devices == nil {
					r.Hardware.Devices = []string{fmt.Sprint("display adapter ", i%9), "network controller 1"}
				}
				r.Hardware.BIOS, *r.Dump.Build = fmt.Sprint("bios ", i%7), 19041+uint32(i%3)
				rows = append(rows, r)
			}
			if slices.ContainsFunc(list(rows), func(p report.Pattern) bool {
				return p.Kind == c.kind && strings.HasPrefix(p.Examples[0], "planted/")
			}) {
				found++
			}
		}
		t.Logf("%s: in %d of %d shares", c.kind, found, shares)
		if found < shares*9/10 {
			t.Errorf("%s: in %d of %d shares alone", c.kind, found, shares)
		}
	}
}
