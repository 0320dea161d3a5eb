package patterns

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// sameBits finds the bit that is wrong in several dumps of one machine.
func (s *share) sameBits() {
	byMachine := func(a, b *dump) int {
		if c := cmp.Compare(a.machine, b.machine); c != 0 || a.machine != 0 {
			return c
		}
		return cmp.Compare(a.board, b.board)
	}
	byBit := func(a, b *dump) int { return cmp.Compare(a.bit, b.bit) }
	odd := filter(s.all, func(d *dump) bool { return d.bit >= 0 && (d.machine != 0 || d.board != 0) })
	slices.SortStableFunc(odd, func(a, b *dump) int { return cmp.Or(byMachine(a, b), byBit(a, b)) })
	several := 0
	for list := range runs(odd, byMachine) {
		if len(list) > 1 {
			several++
		}
	}
	const bits = 64 - leastBit
	for all := range runs(odd, byMachine) {
		for list := range runs(all, byBit) {
			if len(list) < 2 {
				continue
			}
			chance := min(1, math.Exp(choose(len(all), len(list)))*math.Pow(bits, float64(1-len(list)))*float64(several))
			if chance > 0.02 { // one pair of dumps that say something of a bit is 1 in 52
				continue
			}
			name := s.title(list[0])
			if list[0].machine == 0 {
				name, _, _ = strings.Cut(s.name(list[0].board), "\x00")
				name = "one board, " + name
			}
			if distinct(list, func(d *dump) uint64 { return d.about }) < 2 { // one place that is read again and again
				continue
			}
			confidence := report.Possible
			if len(list) > 2 {
				confidence = report.Likely
			}
			s.add(report.PatternSameBit, fmt.Sprintf("%s bit %d", s.bitKey(list[0]), list[0].bit), confidence, list, chance,
				fmt.Sprintf("bit %d looks wrong in %d dumps of %s: its memory or processor, or code that sets that bit in memory of others", list[0].bit, len(list), name),
				number{"bit", float64(list[0].bit)}, number{"dumps_with_a_bit", float64(len(all))})
		}
	}
}

func (s *share) bitKey(d *dump) string {
	if d.machine != 0 {
		return s.name(d.machine)
	}
	return strings.ReplaceAll(s.name(d.board), "\x00", ", ")
}
