package patterns

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
)

const (
	day    = 24 * 60 * 60
	window = 30 * day // in which problems of one machine belong together

	// alpha is how likely chance may make a pattern of one kind in a whole share. There are nine kinds, and all together may name
	// one in 1 of 20 shares without.
	alpha = 0.004

	fewMachines = 3 // fewer say nothing of what is usual
	maxExamples = 3

	untested = -1 // chance, where there is nothing to compare with
)

// share is what List judges.
type share struct {
	*Collector
	all      []*dump           // in the order of time
	machines map[int32][]*dump // of each machine the dumps
	weak     map[int32]bool    // machines without an id of their own
	what     map[int32][attributes]int32
	values   [attributes]map[int32]int // how many machines have a value
	distinct int                       // values of three machines or more
	list     []report.Pattern
}

// List returns the patterns, those that are likely first.
func (c *Collector) List() []report.Pattern {
	s := &share{Collector: c, weak: map[int32]bool{}, what: map[int32][attributes]int32{}}
	s.all = slices.Clone(c.dumps)
	slices.SortStableFunc(s.all, func(a, b *dump) int { return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.path, b.path)) })
	s.tell()
	s.countValues()
	s.unrelated()
	s.sameBits()
	s.drivers()
	s.signatures()
	s.uptimes()
	s.liveBefore()
	slices.SortStableFunc(s.list, func(a, b report.Pattern) int {
		return cmp.Or(strings.Compare(string(a.Confidence), string(b.Confidence)), // likely before possible
			cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(b.Dumps, a.Dumps), cmp.Compare(a.Key, b.Key))
	})
	return s.list
}

// kinds are the kinds in the order in which they are said.
var kinds = []report.PatternKind{report.PatternSameBit, report.PatternUnrelated, report.PatternOneDriver, report.PatternMachines,
	report.PatternLiveBefore, report.PatternBegan, report.PatternEnded, report.PatternAfterBoot, report.PatternUptime}

// group puts dumps together by a key, each group in the order of time. Dumps with the zero key are left out.
func group[K comparable](dumps []*dump, key func(*dump) K) map[K][]*dump {
	groups := map[K][]*dump{}
	var none K
	for _, d := range dumps {
		if k := key(d); k != none {
			groups[k] = append(groups[k], d)
		}
	}
	return groups
}

// sorted returns the keys in their order, so that the same rows give the same patterns.
func sorted[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (s *share) add(kind report.PatternKind, key string, confidence report.Confidence, dumps []*dump, chance float64, text string, numbers ...any) {
	p := report.Pattern{Kind: kind, Key: key, Confidence: confidence, Dumps: len(dumps), Text: text, Machines: s.count(dumps),
		Numbers: map[string]float64{}}
	if chance != untested {
		p.Numbers["chance"] = chance
	}
	for i := 0; i+1 < len(numbers); i += 2 {
		p.Numbers[numbers[i].(string)] = numbers[i+1].(float64)
	}
	for _, d := range dumps[:min(len(dumps), maxExamples)] {
		p.Examples = append(p.Examples, d.path)
	}
	s.list = append(s.list, p)
}
