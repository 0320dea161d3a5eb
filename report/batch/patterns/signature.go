package patterns

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/dmplens/dmplens/report"
)

// signature is one that several machines have.
type signature struct {
	key      int32
	dumps    []*dump
	machines int
	chance   float64 // that it has so many machines
	shared   common
}

// manyMachines finds signatures of many machines, and returns the drivers that it names.
func (s *share) manyMachines() (named map[int32]bool) {
	var list []signature
	kinds, all := 0, 0 // signatures that any machine has, and machines of all of them
	for key, dumps := range s.problems.all {
		n := machinesOf(dumps)
		if n > 0 {
			kinds++
		}
		all += n
		if n >= 3 {
			list = append(list, signature{key: key, dumps: dumps, machines: n, chance: 1, shared: common{chance: 1}})
		}
	}
	slices.SortFunc(list, func(a, b signature) int {
		return cmp.Or(cmp.Compare(b.machines, a.machines), cmp.Compare(s.name(a.key), s.name(b.key)))
	})
	standOut(list, kinds, all)
	s.findCommon(list)
	s.said, named = map[int32]common{}, map[int32]bool{}
	for _, x := range list {
		driver := sameDriver(x.dumps)
		named[driver] = named[driver] || min(x.shared.chance, x.chance) <= alpha
		name := s.name(x.dumps[0].coarse)
		switch {
		case x.shared.chance <= alpha:
			t := x.shared
			s.said[x.key] = t
			s.add(report.PatternMachines, name, report.Likely, x.dumps, t.chance,
				fmt.Sprintf("%d machines have %s, and it goes with what they share, not with each machine: %s", x.machines, name, t.text), number{"with_both", float64(t.both)}, number{"with_signature", float64(t.with - t.both)},
				number{"with_attribute", float64(t.have - t.both)}, number{"with_neither", float64(t.machines - t.with - t.have + t.both)}, number{"tried", float64(t.tried)})
		case x.chance <= alpha:
			confidence, what := report.Possible, "something that they share, such as a driver or an update, and not each machine's own fault"
			if driver != 0 {
				confidence, what = report.Likely, "the driver "+s.name(driver)+" or what it is for, and not the machines"
			}
			s.add(report.PatternMachines, name, confidence, x.dumps, x.chance, fmt.Sprintf("%d machines have %s, far more than have most other signatures: %s", x.machines, name, what))
		}
	}
	return named
}

// mostMachines finds the driver of another maker that is at fault on most machines, unless it is named. Each machine counts with one of its dumps: with all of
// them, machines with many would have every common problem.
func (s *share) mostMachines(named map[int32]bool) {
	machines, of := 0, map[int32]int{}
	for _, list := range s.machines.all {
		machines++
		if d := chosen(list).driver; d != 0 {
			of[d]++
		}
	}
	for driver, n := range of {
		const least = 6 // machines
		chance := binomial(n, machines, 0.5)
		if machines < least || chance > 0.02 || named[driver] {
			continue
		}
		dumps := filter(s.machines.dumps, func(d *dump) bool { return d.driver == driver })
		with := machinesOf(dumps)
		s.add(report.PatternMachines, s.name(driver), report.Possible, dumps, chance,
			fmt.Sprintf("%d of %d machines have stops or captures of %s: that driver, or what it is for, is at fault on most of them", with, machines, s.name(driver)))
	}
}

// sameDriver is the driver at fault of all dumps, 0 where they differ.
func sameDriver(dumps []*dump) int32 {
	for _, d := range dumps {
		if d.driver != dumps[0].driver {
			return 0
		}
	}
	return dumps[0].driver
}

// steep is how many times more machines a signature may have than the next one: some problems are common everywhere, and their numbers
// fall fast from the first to the next ones.
const steep = 3

// standOut finds out which signatures have more machines than is usual for one of their rank, by two counts that both have to be
// surprised: by the rest, where the number of machines falls with the rank (Zipf's law), and by the next one. What is ahead of a signature
// that stands out does so too.
func standOut(list []signature, kinds, all int) {
	harmonic := 0.0
	for rank := 1; rank <= kinds; rank++ {
		harmonic += 1 / float64(rank)
	}
	ahead := 1.0
	for r := min(len(list), kinds/4) - 1; r >= 0; r-- { // it takes several others to say what is usual
		rank, next := r+1, 2 // what is not in the list has two machines at most
		if rank < len(list) {
			next = list[rank].machines
		}
		tried := float64(rank * (rank + 1)) // 1/2 + 1/6 + 1/12 ... is 1: all ranks together may err once
		n := list[r].machines
		byRest := binomial(n, all, min(1, 1/(float64(rank)*harmonic))) * tried
		byNext := binomial(n, n+next, float64(steep)/(steep+1)) * tried
		ahead = min(ahead, max(byRest, byNext))
		list[r].chance = ahead
	}
}
