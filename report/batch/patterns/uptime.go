package patterns

import (
	"cmp"
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

// uptimes finds stops of a signature at a fixed time after boot.
func (s *share) uptimes() {
	byTime := filter(s.stops, func(d *dump) bool { return d.uptime >= 0 })
	slices.SortStableFunc(byTime, func(a, b *dump) int { return cmp.Compare(a.uptime, b.uptime) })
	// between is how many stops are that long after boot.
	between := func(low, high float64) int {
		i, _ := slices.BinarySearchFunc(byTime, low, func(d *dump, t float64) int { return cmp.Compare(float64(d.uptime), t) })
		j, _ := slices.BinarySearchFunc(byTime, math.Nextafter(high, math.Inf(1)), func(d *dump, t float64) int { return cmp.Compare(float64(d.uptime), t) })
		return j - i
	}
	groups := grouped(byTime, int32(len(s.places)), func(d *dump) int32 { return d.coarse })
	tried := 0
	for _, list := range groups.all {
		if len(list) >= 3 {
			tried++
		}
	}
	for _, list := range groups.all {
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
		if others := len(byTime) - len(list); others > 0 {
			usual = max(usual, float64(between(low, high)-len(best)+1)/float64(others+20))
		}
		// Each of them can be the first.
		chance := float64(len(list)*tried) * binomial(len(best)-1, len(list)-1, usual)
		if chance < alpha {
			about := (time.Duration(low) * time.Second).String()
			if low >= 2*day {
				about = fmt.Sprintf("%.1f days", low/day)
			}
			s.add(report.PatternUptime, s.name(list[0].coarse), report.Likely, best, chance,
				fmt.Sprintf("%d of the %d stops of %s are %s after boot, within 2 %%: something that is done at that time, or a counter that runs over",
					len(best), len(list), s.name(list[0].coarse), about), number{"uptime_seconds", low}, number{"stops", float64(len(list))})
		}
	}
}

// afterBoot finds machines that stop soon after boot.
func (s *share) afterBoot() {
	isEarly := func(d *dump) bool { return d.uptime >= 0 && d.uptime <= soon }
	all, early, tried := 0, 0, 0
	for _, d := range s.stops {
		if d.uptime >= 0 {
			all++
		}
		if isEarly(d) {
			early++
		}
	}
	for _, list := range s.stopsOf.all {
		if len(list) >= 3 {
			tried++
		}
	}
	for _, list := range s.stopsOf.all {
		if len(list) < 3 {
			continue
		}
		soonStops, n := filter(list, isEarly), 0
		for _, d := range list {
			if d.uptime >= 0 {
				n++
			}
		}
		if len(soonStops) < 3 {
			continue
		}
		usual := max(0.05, float64(early-len(soonStops)+1)/float64(all-n+20))
		if chance := binomial(len(soonStops), n, usual) * float64(tried); chance < alpha {
			s.add(report.PatternAfterBoot, s.machineKey(list[0]), report.Likely, soonStops, chance,
				fmt.Sprintf("%d of the %d stops of %s are within 5 minutes of boot: a driver or service that starts then, or hardware that fails cold",
					len(soonStops), n, s.title(list[0])), number{"stops", float64(n)})
		}
	}
}
