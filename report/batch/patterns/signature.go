package patterns

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dmplens/dmplens/report"
)

// signatures finds signatures of many machines, and those that began or ended.
func (s *share) signatures() {
	groups := group(s.all, func(d *dump) int32 { return d.coarse })
	keys := sorted(groups)
	counts, all := map[int32]int{}, 0
	for _, k := range keys {
		counts[k] = s.count(groups[k])
		all += counts[k]
	}
	for _, k := range keys {
		if n := counts[k]; n >= 3 {
			s.manyMachines(groups[k], n, binomial(n, all, 1/float64(len(keys)))*float64(len(keys)), len(keys))
		}
		s.dates(groups[k], len(keys))
	}
}

// manyMachines judges a signature of n machines, how likely that is by chance known.
func (s *share) manyMachines(dumps []*dump, n int, chance float64, tried int) {
	shared, p, numbers := s.shared(dumps, tried)
	if chance > alpha && shared == "" {
		return
	}
	if shared != "" {
		chance = min(p, chance)
	}
	text := fmt.Sprintf("%d machines have %s: the driver or an update, not the machines", n, s.name(dumps[0].coarse))
	if shared != "" {
		text = fmt.Sprintf("%d machines have %s, and in common what others lack: %s", n, s.name(dumps[0].coarse), shared)
	}
	s.add(report.PatternMachines, s.name(dumps[0].coarse), report.Likely, dumps, chance, text, numbers...)
}

// shared says what the machines with a signature have in common and the others lack, by Fisher's exact test, corrected for how many
// values and signatures were tried. Values that the same machines have are said together. numbers are the table of the surest.
func (s *share) shared(dumps []*dump, tried int) (text string, chance float64, numbers []any) {
	have := map[int32]bool{}
	for _, d := range dumps {
		if d.who != 0 {
			have[d.who] = true
		}
	}
	type value struct {
		attribute int
		text      int32
	}
	of := map[value][]int32{} // machines with the signature that have a value
	for who := range have {
		for a, v := range s.what[who] {
			if v != 0 {
				of[value{a, v}] = append(of[value{a, v}], who)
			}
		}
	}
	type table struct {
		both, with, m, n int
		chance           float64
		names            []string
	}
	var best []table
	for a := range attributes {
		known, withKnown := 0, 0
		totals := s.values[a]
		for _, n := range totals {
			known += n
		}
		for v, list := range of {
			if v.attribute == a {
				withKnown += len(list)
			}
		}
		for v, list := range of {
			if v.attribute != a || len(list) < 3 || totals[v.text] == known {
				continue
			}
			t := table{both: len(list), with: withKnown, m: totals[v.text], n: known}
			t.chance = fisher(t.both, t.with, t.m, t.n) * float64(s.distinct*tried)
			if t.chance < alpha {
				t.names = []string{attributeNames[a] + " " + s.name(v.text)}
				best = append(best, t)
			}
		}
	}
	if len(best) == 0 {
		return "", 1, nil
	}
	slices.SortFunc(best, func(a, b table) int {
		switch {
		case a.chance < b.chance:
			return -1
		case a.chance > b.chance:
			return 1
		}
		return strings.Compare(a.names[0], b.names[0])
	})
	first := best[0]
	for _, t := range best[1:] { // the same table: the same machines, as far as this can tell
		if t.both == first.both && t.with == first.with && t.m == first.m && t.n == first.n {
			first.names = append(first.names, t.names...)
		}
	}
	text = fmt.Sprintf("%d of these %d have %s, and of the %d others %d", first.both, first.with, strings.Join(first.names, " with "), first.n-first.with, first.m-first.both)
	return text, first.chance, []any{"with_both", float64(first.both), "with_signature", float64(first.with - first.both),
		"with_attribute", float64(first.m - first.both), "with_neither", float64(first.n - first.with - first.m + first.both)}
}

// latest are what a machine is, by its last dump.
func (s *share) latest(who int32) [attributes]int32 {
	var a [attributes]int32
	for _, d := range s.machines[who] {
		for i, v := range d.attributes {
			if v != 0 {
				a[i] = v
			}
		}
	}
	return a
}

// countValues counts how many machines have each value, and how many values there are to try.
func (s *share) countValues() {
	for who := range s.machines {
		s.what[who] = s.latest(who)
		for a, v := range s.what[who] {
			if v == 0 {
				continue
			}
			if s.values[a] == nil {
				s.values[a] = map[int32]int{}
			}
			s.values[a][v]++
		}
	}
	for _, v := range s.values {
		for _, n := range v {
			if n >= 3 {
				s.distinct++
			}
		}
	}
}

// dates finds out whether a signature began or ended: on the other side there is nothing for at least twice as long.
func (s *share) dates(dumps []*dump, tried int) {
	first := slices.IndexFunc(s.all, func(d *dump) bool { return d.at != 0 })
	dumps = slices.DeleteFunc(slices.Clone(dumps), func(d *dump) bool { return d.at == 0 })
	if first < 0 || len(dumps) < 3 {
		return
	}
	all := s.all[first:]
	low, high := all[0].at, all[len(all)-1].at
	from, to := dumps[0].at, dumps[len(dumps)-1].at
	days := map[int64]bool{} // stops of one day may have one cause
	for _, d := range dumps {
		days[d.at/day] = true
	}
	// judge takes how many of all dumps are in the time in which the signature is.
	judge := func(kind report.PatternKind, inside int, text string) {
		others, in := len(all)-len(dumps), inside-len(dumps)
		chance := 2 * float64(tried)
		for range days {
			chance *= float64(in+1) / float64(others+1)
		}
		if chance < alpha {
			s.add(kind, s.name(dumps[0].coarse), report.Likely, dumps, chance, text, "others_in_that_time", float64(in), "others", float64(others))
		}
	}
	before := func(at int64) int {
		n, _ := slices.BinarySearchFunc(all, at, func(d *dump, at int64) int { return cmp.Compare(d.at, at) })
		return n
	}
	date := func(at int64) string { return time.Unix(at, 0).UTC().Format(time.DateOnly) }
	if from-low >= day && from-low >= 2*(high-from) {
		judge(report.PatternBegan, len(all)-before(from),
			fmt.Sprintf("%s began on %s: none of the dumps before, which go back to %s, has it", s.name(dumps[0].coarse), date(from), date(low)))
	}
	if high-to >= day && high-to >= 2*(to-low) {
		judge(report.PatternEnded, before(to+1),
			fmt.Sprintf("%s ended on %s: none of the dumps after, which go on to %s, has it", s.name(dumps[0].coarse), date(to), date(high)))
	}
}
