package patterns

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
)

const (
	// maxStops is how many stops of one machine are looked at for one window: a machine that stops more often has one problem.
	maxStops    = 256
	maxProblems = 16

	// A machine with more stops than manyStops has several problems in 30 days for no other reason than that it has so many stops. Where
	// there are more than fewBusy such machines, that is how machines of this share are, and says nothing of one of them.
	manyStops = 8
	fewBusy   = 2
)

// busiest returns the dumps within 30 days that have the most different problems, of each problem the first.
func busiest(dumps []*dump) []*dump {
	var best, seen []*dump
	for i, first := range dumps {
		seen = seen[:0]
		for _, d := range dumps[i:min(i+maxStops, len(dumps))] {
			if d.at-first.at > window || len(seen) == maxProblems {
				break
			}
			if d.family == verified { // says what a driver did wrong, and nothing of the machine
				continue
			}
			if !slices.ContainsFunc(seen, func(x *dump) bool {
				return x.problem == d.problem || x.coarse == d.coarse || x.family != noFamily && x.family == d.family
			}) {
				seen = append(seen, d)
			}
		}
		if len(seen) > len(best) {
			best = slices.Clone(seen)
		}
		if len(best) == maxProblems {
			break
		}
	}
	return best
}

// troubled is a machine with several problems.
type troubled struct {
	who    int32
	stops  int
	best   []*dump
	chance float64
}

// unrelated finds machines that stopped for different reasons within 30 days.
func (s *share) unrelated() {
	var found []troubled
	machines, busy := 0, 0
	for who, list := range s.stopsOf.all {
		machines++
		if len(list) > manyStops {
			busy++
		}
		if len(list) > 1 {
			if best := busiest(list); len(best) > 1 {
				found = append(found, troubled{who, len(list), best, untested})
			}
		}
	}
	if machines >= fewMachines {
		found = s.surprising(found, busy > fewBusy)
	}
	for _, t := range found {
		best := t.best
		confidence := report.Possible
		if len(best) >= 3 && !s.weak[t.who] {
			confidence = report.Likely
		}
		var names []string
		for _, d := range best {
			names = append(names, s.name(d.coarse))
		}
		days := int((best[len(best)-1].at-best[0].at)/day) + 1
		others := ""
		if t.stops > len(best) {
			others = fmt.Sprintf(" (of %d stops in all: those of one driver, signature or kind are one problem)", t.stops)
		}
		text := fmt.Sprintf("%s: %d different problems within %s%s, %s: its hardware, or a driver that corrupts memory",
			s.title(best[0]), len(best), plural(days, "day"), others, strings.Join(names, ", "))
		if t.chance == untested {
			text += "; too few machines are here to compare with"
		}
		s.add(report.PatternUnrelated, s.machineKey(best[0]), confidence, best, t.chance, text,
			number{"signatures", float64(len(best))}, number{"days", float64(days)}, number{"stops", float64(t.stops)})
	}
}

// surprising returns the machines whose problems chance does not explain. Those with many stops are judged each by its own number of
// stops, where there are many of them; the others by how many of them there are.
func (s *share) surprising(found []troubled, byOwn bool) []troubled {
	together := s.togetherByChance()
	sizes := make([]int, 0, s.who)
	ordinary := make([]bool, s.who+1)
	busy := 0
	for who, list := range s.stopsOf.all {
		if !byOwn || len(list) <= manyStops {
			ordinary[who] = true
			sizes = append(sizes, len(list))
		} else {
			busy++
		}
	}
	reached := [maxProblems + 1]int{1: len(sizes)}
	for _, t := range found {
		for k := 2; k <= len(t.best) && ordinary[t.who]; k++ {
			reached[k]++
		}
	}
	enough, chance := maxProblems+1, 0.0
	for k := maxProblems; k >= 2; k-- {
		if reached[k] == 0 {
			continue
		}
		if p := poisson(reached[k], s.expected(found, ordinary, sizes, k, together)) * 2; p < alpha {
			enough, chance = k, p
		}
	}
	var list []troubled
	for _, t := range found {
		switch {
		case !ordinary[t.who]:
			t.chance = 1
			for k := 2; k <= len(t.best); k++ {
				t.chance = min(t.chance, float64(busy)*math.Exp(choose(t.stops, k)+float64(k-1)*math.Log(together)))
			}
			if t.chance > alpha {
				continue
			}
		case len(t.best) < enough:
			continue
		default:
			t.chance = chance
		}
		list = append(list, t)
	}
	return list
}

// togetherByChance is the probability that two stops of different machines lie within 30 days and are of different problems.
func (s *share) togetherByChance() float64 {
	stops := filter(s.stops, func(d *dump) bool { return d.who != 0 })
	near, from := 0.0, 0
	problems := make([]int32, len(s.places)+1)
	recent := make([]int32, s.who+1) // stops of each machine in the window, which are no stops of others
	for i, d := range stops {
		for stops[from].at < d.at-window {
			recent[stops[from].who]--
			from++
		}
		near += float64(i - from - int(recent[d.who]))
		recent[d.who]++
		problems[d.problem]++
	}
	n := float64(len(stops))
	pairs, same := n*(n-1)/2, 0.0
	for _, list := range s.stopsOf.all {
		m := float64(len(list))
		pairs -= m * (m - 1) / 2
	}
	for _, m := range problems {
		same += float64(m) * float64(m)
	}
	if pairs <= 0 {
		return 1
	}
	return (near + 1) / (pairs + 1) * (1 - same/(n*n))
}

// expected is how many of the ordinary machines would have k problems within 30 days by chance: if the stops that each has lay anywhere,
// and, where that is less, if each stop were of any machine. The second sees a machine that stops too often. It does not count where the
// machines that are not in question stop as unevenly: then some stop often for no reason that the dumps know.
func (s *share) expected(found []troubled, ordinary []bool, sizes []int, k int, together float64) float64 {
	anywhere, all := 0.0, 0.0
	counts := [4]float64{} // machines with one stop, two, and three or more
	for _, n := range sizes {
		if n >= k {
			anywhere += math.Exp(choose(n, k)) * math.Pow(together, float64(k-1))
		}
		all += float64(n)
		counts[min(n, 3)]++
	}
	// Machines without a stop are not seen: the mean of those that are is rate / (1 - exp(-rate)).
	mean, rate := all/float64(len(sizes)), 0.0
	for range 200 {
		rate = mean * (1 - math.Exp(-max(rate, 1e-3)))
	}
	if k > 2 && rate < 0.5 { // by the machines that are not in question
		rate = 2 * (counts[2] + 1) / (counts[1] + 1)
	}
	rate = max(rate, 1e-3)
	seen := 1 - math.Exp(-rate)
	rest := counts
	for _, t := range found {
		if ordinary[t.who] && len(t.best) >= k {
			rest[min(t.stops, 3)]--
		}
	}
	low := math.Exp(-rate) * (rate + rate*rate/2) / seen // of a machine that is seen, that it has one or two stops
	if poisson(int(rest[3]), (rest[1]+rest[2]+rest[3])*(1-low)) < 0.05 {
		return anywhere
	}
	factorial, _ := math.Lgamma(float64(k + 1))
	return min(anywhere, float64(len(sizes))/seen*math.Exp(float64(k)*math.Log(rate)-factorial)*math.Pow(together, float64(k-1)))
}
