package patterns

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// tell tells machines apart: by their id, else by a folder in which dumps of one model have boot ids that rise with time.
func (s *share) tell() {
	ids := make([]int32, len(s.places)+1)
	var rest []*dump
	for _, d := range s.all {
		d.who = 0
		switch {
		case d.machine != 0:
			if ids[d.machine] == 0 {
				s.who++
				ids[d.machine] = s.who
			}
			d.who = ids[d.machine]
		case d.model != 0:
			rest = append(rest, d)
		}
	}
	slices.SortStableFunc(rest, samePlace)
	for list := range runs(rest, samePlace) {
		rising := len(list) > 1
		for i, d := range list {
			rising = rising && d.at != 0 && d.boot != 0 && (i == 0 || d.boot > list[i-1].boot)
		}
		if rising {
			s.who++
			s.weak[s.who] = true
			for _, d := range list {
				d.who = s.who
			}
		}
	}
}

// samePlace compares dumps by where they lie: those of one model in one folder may be of one machine.
func samePlace(a, b *dump) int {
	return cmp.Or(cmp.Compare(a.folder, b.folder), cmp.Compare(a.model, b.model))
}

// title names the machine of a dump.
func (s *share) title(d *dump) string {
	board, _, _ := strings.Cut(s.name(d.board), "\x00")
	switch id := report.ShortID(s.name(d.machine)); {
	case id == "" && board == "":
		return "one machine by its folder, model and boot ids"
	case id == "":
		return "one machine by its folder, model and boot ids, " + board
	case board == "":
		return "machine " + id
	default:
		return "machine " + id + ", " + board
	}
}

func (s *share) machineKey(d *dump) string {
	if d.machine != 0 {
		return s.name(d.machine)
	}
	return s.name(d.folder) + " " + s.name(d.model)
}

// drivers finds the driver behind most stops of one place, whatever their codes are.
func (s *share) drivers() {
	type candidate struct{ all, of []*dump }
	var candidates []candidate
	everywhere, stops := make([]int32, len(s.places)+1), 0 // stops of each driver
	place := func(list []*dump) {
		stops += len(list)
		for _, d := range list {
			everywhere[d.driver]++
		}
		if len(list) < 3 {
			return
		}
		drivers := map[int32][]*dump{}
		for _, d := range list {
			if d.driver != 0 {
				drivers[d.driver] = append(drivers[d.driver], d)
			}
		}
		for _, of := range drivers {
			// One signature again and again is one problem that came back at once: two stops at least have to be of others.
			if len(of) >= 3 && 2*len(of) > len(list) && len(of)-most(of) >= 2 {
				candidates = append(candidates, candidate{list, of})
			}
		}
	}
	for _, list := range s.stopsOf.all {
		place(list)
	}
	rest := filter(s.stops, func(d *dump) bool { return d.who == 0 && d.model != 0 })
	slices.SortStableFunc(rest, samePlace)
	for list := range runs(rest, samePlace) {
		place(list)
	}
	slices.SortFunc(candidates, func(a, b candidate) int { return strings.Compare(s.path(a.of[0]), s.path(b.of[0])) })
	for _, c := range candidates {
		driver := c.of[0].driver
		usual := 0.2 // that five drivers share the stops is as much as chance is granted
		if others := stops - len(c.all); others > 0 {
			usual = max(usual, float64(int(everywhere[driver])-len(c.of))/float64(others))
		}
		chance := binomial(len(c.of), len(c.all), usual) * float64(len(candidates))
		if chance > 2*alpha { // there are few such places
			continue
		}
		name := "machines of one model in one folder"
		if board, _, _ := strings.Cut(s.name(c.of[0].board), "\x00"); board != "" {
			name = "one folder, of " + board
		}
		if c.of[0].who != 0 {
			name = s.title(c.of[0])
		}
		codes := distinct(c.of, func(d *dump) int32 { return d.coarse })
		s.add(report.PatternOneDriver, s.name(driver), report.Likely, c.of, chance,
			fmt.Sprintf("%d of the %d stops of %s are of %s, with %d signatures: that driver or its device", len(c.of), len(c.all), name, s.name(driver), codes),
			number{"stops", float64(len(c.all))}, number{"signatures", float64(codes)})
	}
}

// most is how many of the dumps have the signature that most of them have.
func most(dumps []*dump) int {
	counts, n := map[int32]int{}, 0
	for _, d := range dumps {
		counts[d.coarse]++
		n = max(n, counts[d.coarse])
	}
	return n
}
