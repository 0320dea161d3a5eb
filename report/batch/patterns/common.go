package patterns

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// common is what machines with a signature have in common and others lack: the table of the surest value, by machines.
type common struct {
	both, with, have, machines int // machines with signature and value; with the signature; with the value; in all, of those of which it is known
	tried                      int
	chance                     float64
	text                       string
	said                       [attributes]bool // which attributes text names
}

// A machine with more dumps has more signatures for that alone. So machines are compared with those that have about as many.
const strata = 64

// stratum is the number of dumps of a machine, from 8 on in steps of an eighth.
func stratum(dumps int) int {
	if dumps < 8 {
		return dumps
	}
	n := bits.Len(uint(dumps)) - 4
	return min(8*n+dumps>>n, strata-1)
}

// tally counts machines by stratum. Tallies with one print are of the same machines.
type tally struct {
	by    [strata]int32
	n     int
	print uint64
}

func (t *tally) add(stratum, n int, machine int32) {
	t.by[stratum] += int32(n)
	t.n += n
	h := uint64(machine) * 0x9E3779B97F4A7C15 // spread, so that the sum tells sets apart
	h = (h ^ h>>29) * 0xBF58476D1CE4E5B9
	t.print += uint64(n) * (h ^ h>>32)
}

// base are machines that are compared, each with what it had at one of its dumps.
type base struct {
	chosen []*dump // of each machine one dump, in the order of machines
	strata []uint8
	known  [attributes]tally
	values map[int32]*tally // those that three machines have
}

// find returns the dump and the stratum of a machine.
func (b *base) find(who int32) (d *dump, stratum int, ok bool) {
	i, ok := slices.BinarySearchFunc(b.chosen, who, func(d *dump, who int32) int { return cmp.Compare(d.who, who) })
	if !ok {
		return nil, 0, false
	}
	return b.chosen[i], int(b.strata[i]), true
}

// chosen is one of the dumps of a machine, whatever it says: the one whose number is the lowest by chance.
func chosen(dumps []*dump) *dump {
	return slices.MinFunc(dumps, func(a, b *dump) int {
		mix := func(d *dump) uint64 { h := (d.event ^ d.event>>31) * 0x94D049BB133111EB; return h ^ h>>30 }
		return cmp.Compare(mix(a), mix(b))
	})
}

func (s *share) newBase(groups func(yield func(int32, []*dump) bool), of func(attribute uint8) bool) *base {
	b := &base{values: map[int32]*tally{}}
	frequent := map[int32]int32{}
	for _, list := range groups {
		d := chosen(list)
		b.chosen, b.strata = append(b.chosen, d), append(b.strata, uint8(stratum(len(list))))
		s.each(d.kit, func(v int32, _ uint8, _ bool) { frequent[v]++ })
	}
	for i, d := range b.chosen {
		s.each(d.kit, func(v int32, a uint8, first bool) {
			if !of(a) {
				return
			}
			if first {
				b.known[a].add(int(b.strata[i]), 1, d.who)
			}
			if frequent[v] >= 3 {
				if b.values[v] == nil {
					b.values[v] = &tally{}
				}
				b.values[v].add(int(b.strata[i]), 1, d.who)
			}
		})
	}
	return b
}

// each visits the values of a kit, and says of each whether it is the first of its attribute.
func (s *share) each(kit int32, visit func(v int32, a uint8, first bool)) {
	seen := [attributes]bool{}
	for b := s.textOf(kit); len(b) >= 4; b = b[4:] {
		v := int32(binary.LittleEndian.Uint32(b))
		a := s.attribute(v)
		visit(v, a, !seen[a])
		seen[a] = true
	}
}

// findCommon finds what the machines of each signature have in common and the others lack, by Fisher's exact test, corrected for how many
// values and signatures were tried. A driver is only where its device is: of its signatures hardware and time stamps are compared among the
// machines with dumps that name it, builds among all.
func (s *share) findCommon(list []signature) {
	if len(list) == 0 {
		return
	}
	all := s.newBase(s.machines.all, func(a uint8) bool { return a != attrStamp })
	drivers := map[int32][]int{} // signatures of each driver
	for i := range list {
		if d := sameDriver(list[i].dumps); d != 0 {
			drivers[d] = append(drivers[d], i)
		}
	}
	stamps, tried := map[int32]*base{}, len(all.values)*len(list)
	numbers := int32(len(s.places))
	byDriver := grouped(filter(s.machines.dumps, func(d *dump) bool { return drivers[d.driver] != nil }), numbers, func(d *dump) int32 { return d.driver })
	for _, driver := range sorted(drivers) {
		dumps := byDriver.of(driver)
		if len(dumps) == 0 {
			continue
		}
		b := s.newBase(func(yield func(int32, []*dump) bool) {
			for run := range runs(dumps, byWho) {
				if !yield(run[0].who, run) {
					return
				}
			}
		}, func(a uint8) bool { return a != attrBuild })
		stamps[driver], tried = b, tried+len(b.values)*len(drivers[driver])
	}
	bySignature := grouped(s.machines.dumps, numbers, func(d *dump) int32 { return d.coarse }) // and of each by machine
	for i := range list {
		x := &list[i]
		dumps := bySignature.of(x.key)
		tables := s.tables(all, dumps)
		driver := sameDriver(x.dumps)
		if b := stamps[driver]; b != nil {
			tables = slices.DeleteFunc(tables, func(t table) bool { return s.attribute(t.value) != attrBuild })
			tables = append(tables, s.tables(b, dumps)...)
		}
		x.shared = s.surest(tables, driver, x.machines, tried)
		if x.shared.chance > alpha || driver == 0 {
			continue
		}
		if first := x.dumps[0].stamp; first != 0 && !x.shared.said[attrStamp] &&
			!slices.ContainsFunc(x.dumps, func(d *dump) bool { return d.stamp != first }) {
			x.shared.text += fmt.Sprintf("; in all of their dumps %s has time stamp %s", s.name(driver), report.Hex(first))
		}
	}
}

func byWho(a, b *dump) int { return cmp.Compare(a.who, b.who) }

// table is what one value has to do with a signature.
type table struct {
	value int32
	common
	print  uint64 // of the machines that have the value
	layers []layer
}

// counts are of the machines with a signature: those that have a value beside it, and how many more or fewer have the value if these count
// with their dumps of the signature.
type counts struct {
	value        int32
	both, change tally
}

// tables returns the tables of the values that machines with a signature have. Such a machine counts with what it had at one of the dumps
// of the signature, the others with what they had at one of their dumps. The dumps are in the order of machines.
func (s *share) tables(b *base, dumps []*dump) []table {
	var with, knownChange [attributes]tally
	if s.slots == nil {
		s.slots = make([]int32, len(s.places)+1)
	}
	s.counts = s.counts[:0]
	of := func(v int32) *counts {
		if s.slots[v] == 0 {
			s.counts = append(s.counts, counts{value: v})
			s.slots[v] = int32(len(s.counts))
		}
		return &s.counts[s.slots[v]-1]
	}
	for run := range runs(dumps, byWho) {
		who := run[0].who
		was, stratum, ok := b.find(who)
		if !ok {
			continue
		}
		s.each(was.kit, func(v int32, a uint8, first bool) {
			if of(v).change.add(stratum, -1, who); first {
				knownChange[a].add(stratum, -1, who)
			}
		})
		s.each(chosen(run).kit, func(v int32, a uint8, first bool) {
			of(v).change.add(stratum, 1, who)
			if of(v).both.add(stratum, 1, who); first {
				knownChange[a].add(stratum, 1, who)
				with[a].add(stratum, 1, who)
			}
		})
	}
	var list []table
	for i := range s.counts {
		v, both, change := s.counts[i].value, &s.counts[i].both, &s.counts[i].change
		s.slots[v] = 0
		total := b.values[v]
		if both.n < 3 || total == nil {
			continue
		}
		a := s.attribute(v)
		t := table{value: v, print: total.print + change.print}
		t.both, t.with, t.have, t.machines = both.n, with[a].n, total.n+change.n, b.known[a].n+knownChange[a].n
		if t.have >= t.machines {
			continue
		}
		for st, k := range with[a].by {
			if k > 0 {
				m, n := total.by[st]+change.by[st], b.known[a].by[st]+knownChange[a].by[st]
				t.layers = append(t.layers, layer{k: int(k), m: int(m), n: int(n)})
			}
		}
		t.chance = 1
		if !likely(t.both, t.layers) {
			t.chance = stratified(t.both, t.layers)
		}
		list = append(list, t)
	}
	return list
}

// surest puts the surest table into words, with the values that the same machines have, if chance does not explain it.
func (s *share) surest(tables []table, driver int32, machines, tried int) common {
	if len(tables) == 0 {
		return common{chance: 1}
	}
	surer := func(a, b table) int {
		if c := cmp.Compare(a.chance, b.chance); c != 0 {
			return c
		}
		return cmp.Compare(s.valueName(a.value), s.valueName(b.value))
	}
	first := slices.MinFunc(tables, surer)
	if first.chance*float64(tried) > alpha {
		return common{chance: 1}
	}
	var same []table
	for _, t := range tables {
		if t.print == first.print && t.both == first.both && t.have == first.have {
			t.chance = stratified(t.both, t.layers)
			same = append(same, t)
		}
	}
	slices.SortStableFunc(same, surer)
	var names []string
	c := first.common
	for _, t := range same {
		names = append(names, s.valueName(t.value))
		c.said[s.attribute(t.value)] = true
	}
	if len(names) > maxTogether {
		names = append(names[:maxTogether:maxTogether], fmt.Sprintf("%d more that the same machines have", len(names)-maxTogether))
	}
	c.tried, c.chance = tried, min(1, first.chance*float64(tried))
	these := "these"
	if c.with < machines {
		these = "these of which that is known"
	}
	c.text = fmt.Sprintf("%s of %s have %s, and of the %s %s", ofAll(c.both, c.with), these, strings.Join(names, " with "), plural(c.machines-c.with, "other machine"), ofOthers(c.have-c.both))
	if driver != 0 && s.attribute(first.value) != attrBuild {
		c.text += ", with other signatures of that driver"
	}
	return c
}

// maxTogether is how many values are named that go together.
const maxTogether = 4

func ofAll(n, all int) string {
	if n == all {
		return fmt.Sprintf("all %d", n)
	}
	return fmt.Sprintf("%d of %d", n, all)
}

func ofOthers(n int) string {
	switch n {
	case 0:
		return "none does"
	case 1:
		return "1 does"
	}
	return fmt.Sprintf("%d do", n)
}

// attribute is that of a value.
func (s *share) attribute(v int32) uint8 { return s.textOf(v)[0] }

func (s *share) valueName(v int32) string {
	text := string(s.textOf(v)[1:])
	if a := s.attribute(v); a != attrDevice { // whose text says what it is
		return attributeNames[a] + " " + text
	}
	return text
}
