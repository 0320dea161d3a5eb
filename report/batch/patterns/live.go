package patterns

import (
	"fmt"

	"github.com/dmplens/dmplens/report"
)

// liveBefore finds live dumps of a component that come before stops of the same machine within an hour.
func (s *share) liveBefore() {
	const near = 60 * 60
	type count struct {
		expected, after float64 // pairs that chance would make, and live dumps that come after a stop
		pairs           []*dump
	}
	lives := map[int32]*count{} // of each signature of live dumps
	if len(s.stops) == 0 {
		return
	}
	span := float64(max(s.stops[len(s.stops)-1].at-s.stops[0].at, day))
	for who, list := range s.machines.all {
		stops := s.stopsOf.of(who)
		next := 0                 // of stops, the first that is not before the live dump
		last := map[int32]int64{} // of each signature, the day of its last pair: those of one day are one
		for _, d := range list {
			if !d.live || d.at == 0 {
				continue
			}
			for next < len(stops) && stops[next].at < d.at {
				next++
			}
			x := lives[d.coarse]
			if x == nil {
				x = &count{}
				lives[d.coarse] = x
			}
			x.expected += float64(len(stops)) * near / span
			if next > 0 && d.at-stops[next-1].at <= near {
				x.after++
			}
			if next < len(stops) && stops[next].at-d.at <= near && last[d.coarse] != d.at/day+1 {
				last[d.coarse] = d.at/day + 1
				x.pairs = append(x.pairs, d, stops[next])
			}
		}
	}
	for _, k := range sorted(lives) {
		x := lives[k]
		n := len(x.pairs) / 2
		if n < 2 {
			continue
		}
		// Where live dumps come after stops as often, the machine had a bad hour, and their order says nothing.
		chance := poisson(n, x.expected+x.after) * float64(len(lives))
		if chance > alpha {
			continue
		}
		confidence := report.Possible
		if n >= 3 {
			confidence = report.Likely
		}
		name := s.name(k)
		s.add(report.PatternLiveBefore, name, confidence, x.pairs, chance,
			fmt.Sprintf("%d live dumps %s come before a stop of the same machine within an hour: they can be of the same problem, and say more of it", n, name),
			number{"pairs", float64(n)}, number{"after_a_stop", x.after})
	}
}
