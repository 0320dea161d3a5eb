package patterns

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
)

const (
	day    = 24 * 60 * 60
	window = 30 * day // in which problems of one machine belong together

	// alpha is how likely chance may make a pattern of one kind in a whole share. There are ten kinds, and all together may name
	// one in 1 of 20 shares without.
	alpha = 0.004

	fewMachines = 3 // fewer say nothing of what is usual
	maxExamples = 3

	untested = -1 // chance, where there is nothing to compare with
)

// share is what List judges.
type share struct {
	*Collector
	all      []*dump          // in the order of time, one of each event
	stops    []*dump          // those of all that are crashes with a time
	machines groups           // all by machine
	stopsOf  groups           // stops by machine
	problems groups           // all by signature
	who      int32            // the last machine
	weak     map[int32]bool   // machines without an id of their own
	said     map[int32]common // of each signature what its machines have in common
	list     []report.Pattern

	counts []counts // room for those of one signature
	slots  []int32  // of each value, from 1
}

// List returns the patterns, those that are likely first.
func (c *Collector) List() []report.Pattern {
	s := &share{Collector: c, weak: map[int32]bool{}}
	s.all = s.events()
	s.tell()
	s.stops = filter(s.all, func(d *dump) bool { return !d.live && d.at != 0 })
	who := func(d *dump) int32 { return d.who }
	s.machines, s.stopsOf = grouped(s.all, s.who, who), grouped(s.stops, s.who, who)
	s.problems = grouped(s.all, int32(len(c.places)), func(d *dump) int32 { return d.coarse })
	s.unrelated()
	s.sameBits()
	s.drivers()
	s.mostMachines(s.manyMachines())
	s.dates()
	s.uptimes()
	s.afterBoot()
	s.liveBefore()
	s.uncleanBoots()
	slices.SortStableFunc(s.list, func(a, b report.Pattern) int {
		return cmp.Or(strings.Compare(string(a.Confidence), string(b.Confidence)), // likely before possible
			cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(b.Dumps, a.Dumps), cmp.Compare(a.Key, b.Key))
	})
	return s.list
}

// kinds are the kinds in the order in which they are said.
var kinds = []report.PatternKind{report.PatternSameBit, report.PatternUnrelated, report.PatternOneDriver, report.PatternMachines,
	report.PatternLiveBefore, report.PatternBegan, report.PatternEnded, report.PatternAfterBoot, report.PatternUptime, report.PatternUnclean}

// events returns the dumps in the order of time, of those of one event the one that says most.
func (s *share) events() []*dump {
	all := slices.Clone(s.dumps)
	slices.SortFunc(all, func(a, b *dump) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.event, b.event), cmp.Compare(a.code, b.code), bytes.Compare(s.text(a.path), s.text(b.path)))
	})
	one := all[:0]
	for run := range runs(all, func(a, b *dump) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.event, b.event)) }) {
		one = append(one, s.apart(run)...)
	}
	slices.SortFunc(one, func(a, b *dump) int {
		return cmp.Or(cmp.Compare(a.at, b.at), bytes.Compare(s.text(a.path), s.text(b.path)))
	})
	return one
}

// apart returns of dumps that look like those of one event one for each machine. A dump without machine_id is of any of them.
func (s *share) apart(run []*dump) []*dump {
	if len(run) == 1 {
		return run
	}
	says := func(d *dump) int {
		n := 0
		for _, known := range []bool{d.machine != 0, d.driver != 0, d.stamp != 0, d.boot != 0, d.board != 0, d.bit >= 0} {
			n *= 2
			if known {
				n++
			}
		}
		return n
	}
	slices.SortStableFunc(run, func(a, b *dump) int { return cmp.Or(cmp.Compare(a.machine, b.machine), cmp.Compare(says(b), says(a))) })
	n := 0
	for i, d := range run {
		if d.machine == 0 && (i > 0 || run[len(run)-1].machine != 0) || i > 0 && d.machine == run[i-1].machine {
			continue
		}
		run[n] = d
		n++
	}
	return run[:n]
}

func (s *share) path(d *dump) string { return string(s.text(d.path)) }

// number is a number of a pattern.
type number struct {
	name  string
	value float64
}

func (s *share) add(kind report.PatternKind, key string, confidence report.Confidence, dumps []*dump, chance float64, text string, numbers ...number) {
	p := report.Pattern{SchemaVersion: report.PatternSchemaVersion, Kind: kind, Key: key, Confidence: confidence, Dumps: len(dumps), Text: text, Machines: machinesOf(dumps), Numbers: map[string]float64{}}
	if chance != untested {
		p.Numbers["chance"] = chance
	}
	for _, n := range numbers {
		p.Numbers[n.name] = n.value
	}
	for _, d := range dumps[:min(len(dumps), maxExamples)] {
		p.Examples = append(p.Examples, s.path(d))
	}
	s.list = append(s.list, p)
}

// machinesOf is how many machines dumps are of.
func machinesOf(dumps []*dump) int { return distinct(dumps, func(d *dump) int32 { return d.who }) }

// plural is a count with its noun.
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
