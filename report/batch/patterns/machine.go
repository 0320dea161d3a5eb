package patterns

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// place is where dumps of what may be one machine lie.
type place struct{ folder, model int32 }

// tell tells machines apart: by their id, else by a folder in which dumps of one model have boot ids that rise with time.
func (s *share) tell() {
	last := int32(0)
	ids := map[int32]int32{}
	for _, d := range s.all {
		d.who = 0
		if d.machine != 0 {
			if ids[d.machine] == 0 {
				last++
				ids[d.machine] = last
			}
			d.who = ids[d.machine]
		}
	}
	places := map[place][]*dump{}
	var order []place
	for _, d := range s.all {
		if d.who == 0 && d.model != 0 {
			p := place{d.folder, d.model}
			if places[p] == nil {
				order = append(order, p)
			}
			places[p] = append(places[p], d)
		}
	}
	for _, p := range order {
		list := places[p]
		rising := len(list) > 1
		for i, d := range list {
			rising = rising && d.at != 0 && d.boot >= 0 && (i == 0 || d.boot > list[i-1].boot)
		}
		if rising {
			last++
			s.weak[last] = true
			for _, d := range list {
				d.who = last
			}
		}
	}
	s.machines = group(s.all, func(d *dump) int32 { return d.who })
}

// count is how many machines dumps are of.
func (s *share) count(dumps []*dump) int {
	seen := map[int32]bool{}
	for _, d := range dumps {
		if d.who != 0 {
			seen[d.who] = true
		}
	}
	return len(seen)
}

// title names the machine of a dump.
func (s *share) title(d *dump) string {
	board, _, _ := strings.Cut(s.name(d.board), "\x00")
	switch id := report.ShortID(s.name(d.machine)); {
	case id == "" && board == "":
		return "one machine by its folder, model and boot ids"
	case id == "":
		return "one machine by its folder, model and boot ids, " + board
	case board == "":
		return "machine " + id
	default:
		return "machine " + id + ", " + board
	}
}

func crashes(dumps []*dump) []*dump {
	return slices.DeleteFunc(slices.Clone(dumps), func(d *dump) bool { return d.live || d.at == 0 })
}

// maxStops is how many stops of one machine are looked at for one window: a machine that stops more often has one problem.
const maxStops = 256

// busiest returns the dumps within 30 days that have the most different problems, of each problem the first.
func busiest(dumps []*dump) []*dump {
	var best []*dump
	for i, first := range dumps {
		var seen []*dump
		for _, d := range dumps[i:min(i+maxStops, len(dumps))] {
			if d.at-first.at > window || len(seen) == 16 {
				break
			}
			if !slices.ContainsFunc(seen, func(x *dump) bool { return x.problem == d.problem || x.coarse == d.coarse }) {
				seen = append(seen, d)
			}
		}
		if len(seen) > len(best) {
			best = seen
		}
	}
	return best
}

// unrelated finds machines that stopped for different reasons within 30 days.
func (s *share) unrelated() {
	found, reached := map[int32][]*dump{}, [17]int{}
	var sizes []int
	var stops []*dump
	for _, who := range sorted(s.machines) {
		list := crashes(s.machines[who])
		if len(list) == 0 {
			continue
		}
		sizes, stops = append(sizes, len(list)), append(stops, list...)
		best := busiest(list)
		if len(best) > 1 {
			found[who] = best
		}
		for k := 1; k <= len(best); k++ {
			reached[k]++
		}
	}
	enough, chance := 2, float64(untested) // how many problems chance does not explain
	if len(sizes) >= fewMachines {
		enough = len(reached)
		together := togetherByChance(stops)
		for k := len(reached) - 1; k >= 2; k-- {
			if reached[k] == 0 {
				continue
			}
			if p := poisson(reached[k], expected(sizes, k, together)) * 2; p < alpha {
				enough, chance = k, p
			}
		}
	}
	for _, who := range sorted(found) {
		best := found[who]
		if len(best) < enough {
			continue
		}
		confidence := report.Possible
		if len(best) >= 3 && !s.weak[who] {
			confidence = report.Likely
		}
		var names []string
		for _, d := range best {
			names = append(names, s.name(d.coarse))
		}
		days := (best[len(best)-1].at-best[0].at)/day + 1
		text := fmt.Sprintf("%s: %d different problems within %s, %s: its hardware, or a driver that corrupts memory",
			s.title(best[0]), len(best), plural(days, "day"), strings.Join(names, ", "))
		s.add(report.PatternUnrelated, s.machineKey(best[0]), confidence, best, chance, text, "signatures", float64(len(best)), "days", float64(days))
	}
}

func plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func (s *share) machineKey(d *dump) string {
	if d.machine != 0 {
		return s.name(d.machine)
	}
	return s.name(d.folder) + " " + s.name(d.model)
}

// togetherByChance is the probability that two stops of different machines lie within 30 days and are of different problems.
func togetherByChance(stops []*dump) float64 {
	slices.SortFunc(stops, func(a, b *dump) int { return int(a.at - b.at) })
	near, from := 0.0, 0
	problems, own := map[int32]float64{}, map[int32]float64{}
	recent := map[int32]int{} // stops of each machine in the window, which are no stops of others
	for i, d := range stops {
		for stops[from].at < d.at-window {
			recent[stops[from].who]--
			from++
		}
		near += float64(i - from - recent[d.who])
		recent[d.who]++
		problems[d.problem]++
		own[d.who]++
	}
	n := float64(len(stops))
	pairs, same := n*(n-1)/2, 0.0
	for _, m := range own {
		pairs -= m * (m - 1) / 2
	}
	for _, m := range problems {
		same += m * m / (n * n)
	}
	if pairs <= 0 {
		return 1
	}
	return (near + 1) / (pairs + 1) * (1 - same)
}

// expected is how many machines would have k problems within 30 days by chance, by the smaller of two counts: if the stops that each has
// lay anywhere, and if each stop were of any machine. The second sees a machine that stops too often.
func expected(sizes []int, k int, together float64) float64 {
	anywhere := 0.0
	once, twice, all := 0.0, 0.0, 0.0
	for _, n := range sizes {
		if n >= k {
			anywhere += math.Exp(choose(n, k)) * math.Pow(together, float64(k-1))
		}
		switch all += float64(n); n {
		case 1:
			once++
		case 2:
			twice++
		}
	}
	// Machines without a stop are not seen: the mean of those that are is rate / (1 - exp(-rate)).
	mean, rate := all/float64(len(sizes)), 0.0
	for range 200 {
		rate = mean * (1 - math.Exp(-max(rate, 1e-3)))
	}
	if k > 2 && rate < 0.5 { // by the machines that are not in question
		rate = 2 * (twice + 1) / (once + 1)
	}
	rate = max(rate, 1e-3)
	machines := float64(len(sizes)) / (1 - math.Exp(-rate))
	factorial, _ := math.Lgamma(float64(k + 1))
	return min(anywhere, machines*math.Exp(float64(k)*math.Log(rate)-factorial)*math.Pow(together, float64(k-1)))
}

// sameBits finds the bit that is wrong in several dumps of one machine.
func (s *share) sameBits() {
	type machineBit struct {
		machine int32
		board   bool
		bit     int8
	}
	tried := map[machineBit]int{} // dumps with a bit of each machine
	groups := map[machineBit][]*dump{}
	var order []machineBit
	for _, d := range s.all {
		key := machineBit{machine: d.machine}
		if d.machine == 0 {
			key = machineBit{machine: d.board, board: true}
		}
		if d.bit < 0 || key.machine == 0 {
			continue
		}
		tried[key]++
		key.bit = d.bit
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], d)
	}
	several := 0
	for _, n := range tried {
		if n > 1 {
			several++
		}
	}
	const bits = 64 - leastBit
	for _, key := range order {
		list := groups[key]
		if len(list) < 2 {
			continue
		}
		n := tried[machineBit{key.machine, key.board, 0}]
		chance := math.Exp(choose(n, len(list))) * math.Pow(bits, float64(1-len(list))) * float64(several)
		if chance > 0.02 { // one pair of dumps that say something of a bit is 1 in 52
			continue
		}
		name := s.title(list[0])
		if key.board {
			name, _, _ = strings.Cut(s.name(list[0].board), "\x00")
			name = "one board, " + name
		}
		s.add(report.PatternSameBit, fmt.Sprintf("%s bit %d", s.machineKey(list[0]), key.bit), report.Likely, list, chance,
			fmt.Sprintf("bit %d looks wrong in %d dumps of %s: its memory or processor, or code that sets that bit in memory of others", key.bit, len(list), name),
			"bit", float64(key.bit))
	}
}

// drivers finds the driver behind most stops of one place, whatever their codes are.
func (s *share) drivers() {
	type where struct {
		who int32
		place
	}
	places := group(crashes(s.all), func(d *dump) where {
		if d.who != 0 {
			return where{who: d.who}
		}
		if d.model == 0 {
			return where{}
		}
		return where{place: place{d.folder, d.model}}
	})
	type candidate struct{ all, of []*dump }
	var candidates []candidate
	everywhere := map[int32]int{}
	stops := 0
	for _, list := range places {
		stops += len(list)
		for driver, of := range group(list, func(d *dump) int32 { return d.driver }) {
			everywhere[driver] += len(of)
			if len(of) >= 3 && 2*len(of) > len(list) && slices.ContainsFunc(of, func(d *dump) bool { return d.coarse != of[0].coarse }) {
				candidates = append(candidates, candidate{list, of})
			}
		}
	}
	slices.SortFunc(candidates, func(a, b candidate) int { return strings.Compare(a.of[0].path, b.of[0].path) })
	for _, c := range candidates {
		driver := c.of[0].driver
		usual := 0.2 // that five drivers share the stops is as much as chance is granted
		if others := stops - len(c.all); others > 0 {
			usual = max(usual, float64(everywhere[driver]-len(c.of))/float64(others))
		}
		chance := binomial(len(c.of), len(c.all), usual) * float64(len(candidates))
		if chance > 2*alpha { // there are few such places
			continue
		}
		name := "one folder and model"
		if c.of[0].who != 0 {
			name = s.title(c.of[0])
		}
		codes := map[int32]bool{}
		for _, d := range c.of {
			codes[d.coarse] = true
		}
		s.add(report.PatternOneDriver, s.name(driver), report.Likely, c.of, chance,
			fmt.Sprintf("%d of the %d stops of %s are of %s, with %d signatures: that driver or its device", len(c.of), len(c.all), name, s.name(driver), len(codes)),
			"stops", float64(len(c.all)), "signatures", float64(len(codes)))
	}
}
