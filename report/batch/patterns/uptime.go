package patterns

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/dmplens/dmplens/report"
)

const (
	soon    = 5 * 60 // seconds from boot
	within  = 1.02   // uptimes that are the same
	anyLong = 60     // seconds: shorter uptimes are soon after boot, and no more
)

// uptimes finds stops at a fixed time after boot, of a signature, and soon after it, of a machine.
func (s *share) uptimes() {
	stops := slices.DeleteFunc(crashes(s.all), func(d *dump) bool { return d.uptime < 0 })
	byTime := slices.Clone(stops)
	slices.SortStableFunc(byTime, func(a, b *dump) int { return int(a.uptime) - int(b.uptime) })
	times := make([]float64, len(byTime))
	for i, d := range byTime {
		times[i] = float64(d.uptime)
	}
	// between is how many stops are that long after boot.
	between := func(low, high float64) int {
		i, _ := slices.BinarySearch(times, low)
		j, _ := slices.BinarySearch(times, math.Nextafter(high, math.Inf(1)))
		return j - i
	}
	groups := group(byTime, func(d *dump) int32 { return d.coarse })
	tried := 0
	for _, list := range groups {
		if len(list) >= 3 {
			tried++
		}
	}
	for _, k := range sorted(groups) {
		list := groups[k]
		var best []*dump
		for i, j := 0, 0; i < len(list); i++ {
			for j = max(j, i); j < len(list) && float64(list[j].uptime) <= float64(list[i].uptime)*within; j++ {
			}
			if list[i].uptime >= anyLong && j-i > len(best) {
				best = list[i:j]
			}
		}
		if len(best) < 3 {
			continue
		}
		low, high := float64(best[0].uptime), float64(best[0].uptime)*within
		usual := 0.004 // twice what the logarithm of the time from a minute to a month leaves
		if others := len(times) - len(list); others > 0 {
			usual = max(usual, float64(between(low, high)-len(best)+1)/float64(others+20))
		}
		// Each of them can be the first.
		chance := float64(len(list)*tried) * binomial(len(best)-1, len(list)-1, usual)
		if chance < alpha {
			about := time.Duration(low) * time.Second
			s.add(report.PatternUptime, s.name(k), report.Likely, best, chance,
				fmt.Sprintf("%d of the %d stops of %s are %v after boot, within 2 %%: something that is done at that time, or a counter that runs over",
					len(best), len(list), s.name(k), about), "uptime_seconds", low, "stops", float64(len(list)))
		}
	}
	early := between(0, soon)
	tried = 0
	machines := group(stops, func(d *dump) int32 { return d.who })
	for _, list := range machines {
		if len(list) >= 3 {
			tried++
		}
	}
	for _, who := range sorted(machines) {
		list := machines[who]
		soonStops := slices.DeleteFunc(slices.Clone(list), func(d *dump) bool { return d.uptime > soon })
		if len(soonStops) < 3 {
			continue
		}
		usual := max(0.05, float64(early-len(soonStops)+1)/float64(len(times)-len(list)+20))
		chance := binomial(len(soonStops), len(list), usual) * float64(tried)
		if chance < alpha {
			s.add(report.PatternAfterBoot, s.machineKey(list[0]), report.Likely, soonStops, chance,
				fmt.Sprintf("%d of the %d stops of %s are within 5 minutes of boot: a driver or service that starts then, or hardware that fails cold",
					len(soonStops), len(list), s.title(list[0])), "stops", float64(len(list)))
		}
	}
}

// liveBefore finds live dumps of a component that come before stops of the same machine within an hour.
func (s *share) liveBefore() {
	const before = 60 * 60
	found, lives, expected := map[int32][]*dump{}, map[int32]bool{}, map[int32]float64{}
	low, high := int64(0), int64(0)
	for _, d := range s.all {
		if d.at != 0 && low == 0 {
			low = d.at
		}
		high = max(high, d.at)
	}
	span := float64(max(high-low, day))
	for _, who := range sorted(s.machines) {
		list := s.machines[who]
		stops := crashes(list)
		next := 0 // of stops, the first that is not before the live dump
		for _, d := range list {
			if !d.live || d.at == 0 {
				continue
			}
			for next < len(stops) && stops[next].at < d.at {
				next++
			}
			lives[d.coarse] = true
			expected[d.coarse] += float64(len(stops)) * before / span
			if next < len(stops) && stops[next].at-d.at <= before {
				found[d.coarse] = append(found[d.coarse], d, stops[next])
			}
		}
	}
	for _, k := range sorted(found) {
		list := found[k]
		n := len(list) / 2
		chance := poisson(n, expected[k]) * float64(len(lives))
		if n < 2 || chance > alpha {
			continue
		}
		confidence := report.Possible
		if n >= 3 {
			confidence = report.Likely
		}
		s.add(report.PatternLiveBefore, s.name(k), confidence, list, chance,
			fmt.Sprintf("%d live dumps %s come before a stop of the same machine within an hour: they can be of the same problem, and say more of it", n, s.name(k)),
			"pairs", float64(n))
	}
}
