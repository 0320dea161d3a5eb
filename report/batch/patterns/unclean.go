package patterns

import (
	"fmt"

	"github.com/dmplens/dmplens/report"
)

// maxBoots bounds the boots of one machine that are looked at: more than ids that are none can be told from.
const maxBoots = 1000

// losing is a machine with boots that ended neither as they should nor with a dump.
type losing struct {
	dumps []*dump // that say so
	says  int     // dumps that would say so
	boots int     // how many
	from  uint32  // the first and the last of them
	to    uint32
}

// uncleanBoots finds machines whose boots ended without a clean shutdown and without a dump. A dump says which boot was the last that ended
// as it should: those between that one and its own did not, whatever else is known. Boots before that one may have been clean.
func (s *share) uncleanBoots() {
	var found []losing
	boots, says, machines := 0, 0, 0 // in all
	for _, list := range s.machines.all {
		x := s.lost(list)
		if x.says == 0 {
			continue
		}
		machines, says = machines+1, says+x.says
		if boots += x.boots; x.boots >= 2 {
			found = append(found, x)
		}
	}
	for _, x := range found {
		chance := float64(untested)
		if machines >= fewMachines {
			usual := float64(boots-x.boots+1) / float64(says-x.says+1) * float64(x.says) // a dump more tells of boots more
			if chance = poisson(x.boots, usual) * float64(machines); chance > alpha {
				continue
			}
		}
		confidence := report.Possible
		if x.boots >= 3 {
			confidence = report.Likely
		}
		last, which := x.dumps[len(x.dumps)-1], fmt.Sprintf("from %d to %d", x.from, x.to)
		if int(x.to-x.from) >= x.boots {
			which = fmt.Sprintf("between %d and %d", x.from, x.to) // others of these ended as they should, or with a dump, or it is not known
		}
		s.add(report.PatternUnclean, s.machineKey(last), confidence, x.dumps, chance,
			fmt.Sprintf("%d boots of %s, with ids %s, ended without a clean shutdown that Windows noted, and no dump of them is here: power loss, a reset or a hang, or stops whose dumps were not written or are elsewhere",
				x.boots, s.title(last), which), number{"boots", float64(x.boots)}, number{"dumps_that_tell", float64(x.says)}, number{"first_boot", float64(x.from)}, number{"last_boot", float64(x.to)})
	}
}

// lost counts such boots of a machine. Ids that fall are those of Windows set up anew: only what came last
// counts, since the same id is of two boots.
func (s *share) lost(list []*dump) (x losing) {
	from := 0
	for i, d := range list {
		if i > 0 && d.boot != 0 && list[i-1].boot != 0 && d.boot < list[i-1].boot {
			from = i
		}
	}
	dumped, unclean := map[uint32]bool{}, map[uint32]bool{}
	for _, d := range list[from:] {
		if d.boot != 0 && !d.live {
			dumped[d.boot] = true
		}
	}
	for _, d := range list[from:] {
		if d.clean == 0 || d.at == 0 || d.boot-d.clean > maxBoots || len(unclean) > maxBoots {
			continue
		}
		x.says++
		before := len(unclean)
		for b := d.clean + 1; b < d.boot; b++ {
			ended := func(b uint32) bool { return dumped[b] || s.ends[machineBoot{d.machine, b}] }
			if !ended(b) && !(ended(b-1) && ended(b+1)) { // the start again after a stop can take an id of its own
				unclean[b] = true
			}
		}
		if len(unclean) > before {
			x.dumps = append(x.dumps, d)
		}
	}
	for _, b := range sorted(unclean) {
		if x.boots == 0 {
			x.from = b
		}
		x.boots, x.to = x.boots+1, b
	}
	return x
}
