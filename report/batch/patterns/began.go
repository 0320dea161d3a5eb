package patterns

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dmplens/dmplens/report"
)

// scale puts dumps on a line: days, builds, or the versions of a driver.
type scale struct {
	key   func(*dump) int64                           // 0 for unknown
	place func(*dump) int64                           // dumps of one machine with one signature in one place may have one cause
	least int64                                       // what is nearer to an end of the line is not told from it
	dumps []int64                                     // keys of the dumps in their order
	units []int64                                     // keys with one of those dumps that may have one cause
	says  func(report.PatternKind, *dump, int) string // of the first or last dump, and of how many others are beyond
}

// unit is what dumps that may have one cause have in common, and the key of one of them.
type unit struct {
	place       int64
	who, coarse int32
	key         int64
}

func (a unit) compare(b unit) int {
	switch {
	case a.place != b.place:
		return cmp.Compare(a.place, b.place)
	case a.who != b.who:
		return cmp.Compare(a.who, b.who)
	case a.coarse != b.coarse:
		return cmp.Compare(a.coarse, b.coarse)
	}
	return cmp.Compare(a.key, b.key)
}

// newScale puts dumps on a line.
func newScale(dumps []*dump, key, place func(*dump) int64, least int64, says func(report.PatternKind, *dump, int) string) *scale {
	x := &scale{key: key, place: place, least: least, says: says}
	units := make([]unit, 0, len(dumps))
	for _, d := range dumps {
		if k := key(d); k != 0 {
			units = append(units, unit{place(d), d.who, d.coarse, k})
		}
	}
	slices.SortFunc(units, unit.compare)
	x.dumps, x.units = make([]int64, 0, len(units)), make([]int64, 0, len(units))
	for i, u := range units {
		x.dumps = append(x.dumps, u.key)
		if i == 0 || u.place != units[i-1].place || u.who != units[i-1].who || u.coarse != units[i-1].coarse {
			x.units = append(x.units, u.key)
		}
	}
	slices.Sort(x.units)
	slices.Sort(x.dumps)
	return x
}

// below is how many keys are below one.
func below(keys []int64, key int64) int {
	n, _ := slices.BinarySearch(keys, key)
	return n
}

// edge is that a signature is on one side of a place of a scale.
type edge struct {
	chance             float64
	inside, all, units int
	text               string
}

// dates finds signatures that began or ended: on a day, with a build, with a version of the driver.
func (s *share) dates() {
	date := func(d *dump) string { return time.Unix(d.at, 0).UTC().Format(time.DateOnly) }
	timed := filter(s.all, func(d *dump) bool { return d.at != 0 })
	if len(timed) == 0 {
		return
	}
	first, last := timed[0], timed[len(timed)-1]
	days := newScale(timed, func(d *dump) int64 { return d.at }, func(d *dump) int64 { return d.at / day }, day, func(kind report.PatternKind, d *dump, n int) string {
		if kind == report.PatternBegan {
			return fmt.Sprintf("on %s: none of the %s before, which go back to %s, has it", date(d), plural(n, "dump"), date(first))
		}
		return fmt.Sprintf("on %s: none of the %s after, which go on to %s, has it", date(d), plural(n, "dump"), date(last))
	})
	build := func(d *dump) int64 { return int64(d.build) }
	builds := newScale(s.all, build, build, 1, func(kind report.PatternKind, d *dump, n int) string {
		if kind == report.PatternBegan {
			return fmt.Sprintf("with build %d: none of the %s of older builds has it", d.build, plural(n, "dump"))
		}
		return fmt.Sprintf("with build %d: none of the %s of newer builds has it", d.build, plural(n, "dump"))
	})
	tried := 0
	for _, list := range s.problems.all {
		if len(list) >= 3 {
			tried++
		}
	}
	stamps := s.stampScales()
	for _, list := range s.problems.all {
		if len(list) < 3 {
			continue
		}
		scales, said := []*scale{days}, s.said[list[0].coarse].said // which is not said twice
		if !said[attrBuild] {
			scales = append(scales, builds)
		}
		if d := sameDriver(list); d != 0 && stamps[d] != nil && !said[attrStamp] {
			scales = append(scales, stamps[d])
		}
		for _, kind := range []report.PatternKind{report.PatternBegan, report.PatternEnded} {
			s.edges(kind, list, scales, tried)
		}
	}
}

// stampScales are the scales of drivers by their time stamps, where these are dates: those of reproducible builds are none.
func (s *share) stampScales() map[int32]*scale {
	scales := map[int32]*scale{}
	drivers := grouped(s.all, int32(len(s.places)), func(d *dump) int32 {
		if d.stamp == 0 {
			return 0
		}
		return d.driver
	})
	for driver, list := range drivers.all {
		const since = 820454400 // 1996
		if slices.ContainsFunc(list, func(d *dump) bool { return d.stamp < since || d.at != 0 && int64(d.stamp) > d.at }) || distinct(list, func(d *dump) uint32 { return d.stamp }) < 2 {
			continue
		}
		stamp := func(d *dump) int64 { return int64(d.stamp) }
		name := s.name(driver)
		scales[driver] = newScale(list, stamp, stamp, 1, func(kind report.PatternKind, d *dump, n int) string {
			older := "older"
			if kind == report.PatternEnded {
				older = "newer"
			}
			return fmt.Sprintf("with the %s of %s (time stamp %s): none of the %s of its %s versions has it", name,
				time.Unix(int64(d.stamp), 0).UTC().Format(time.DateOnly), report.Hex(d.stamp), plural(n, "dump"), older)
		})
	}
	return scales
}

// edges judges whether a signature began, or ended, on scales, and says all of them together.
func (s *share) edges(kind report.PatternKind, dumps []*dump, scales []*scale, tried int) {
	var best []edge
	for _, x := range scales {
		if e := s.edge(kind, dumps, x); e.text != "" {
			if e.chance *= float64(2 * len(scales) * tried); e.chance <= alpha {
				best = append(best, e)
			}
		}
	}
	if len(best) == 0 {
		return
	}
	slices.SortStableFunc(best, func(a, b edge) int { return cmp.Compare(a.chance, b.chance) })
	var texts []string
	for _, e := range best {
		texts = append(texts, e.text)
	}
	s.add(kind, s.name(dumps[0].coarse), report.Likely, dumps, best[0].chance, fmt.Sprintf("%s %s %s", s.name(dumps[0].coarse), kind, strings.Join(texts, "; and ")),
		number{"others_in_that_time", float64(best[0].inside)}, number{"others", float64(best[0].all)}, number{"independent", float64(best[0].units)})
}

// edge judges one scale. Each machine that has the signature, and each day on which it is, counts once.
func (s *share) edge(kind report.PatternKind, dumps []*dump, x *scale) edge {
	own := filter(dumps, func(d *dump) bool { return x.key(d) != 0 })
	if len(own) < 3 {
		return edge{}
	}
	sortByKey := func(a, b *dump) int { return cmp.Compare(x.key(a), x.key(b)) }
	at := slices.MinFunc(own, sortByKey)
	if kind == report.PatternEnded {
		at = slices.MaxFunc(own, sortByKey)
	}
	units := distinct(own, func(d *dump) int64 { return d.at/day + 1 })
	if s.who >= fewMachines {
		units = min(units, machinesOf(own)+distinct(own, func(d *dump) int64 {
			if d.who != 0 {
				return 0
			}
			return d.at/day + 1
		}))
	}
	mine := newScale(own, x.key, x.place, 0, nil)
	share, inside, all, out, far := 0.0, 0, 0, 0, x.key(at)-x.dumps[0]
	if kind == report.PatternEnded {
		far = x.dumps[len(x.dumps)-1] - x.key(at)
	}
	for _, keys := range [][2][]int64{{x.units, mine.units}, {x.dumps, mine.dumps}} { // the more cautious of both
		total, beyond := len(keys[0])-len(keys[1]), 0
		if kind == report.PatternBegan {
			beyond = below(keys[0], x.key(at))
		} else {
			beyond = len(keys[0]) - below(keys[0], x.key(at)+1)
		}
		total = max(total, beyond)
		share = max(share, float64(total-beyond+1)/float64(total+1))
		inside, all, out = total-beyond, total, beyond
	}
	e := edge{chance: 1, inside: inside, all: all, units: units}
	if out < 3 || far < x.least {
		return e
	}
	for range units {
		e.chance *= share
	}
	e.text = x.says(kind, at, out)
	return e
}
