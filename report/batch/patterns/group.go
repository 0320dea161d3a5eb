package patterns

import "cmp"

// groups are dumps put together by a small number, each group in the order in which they came. Those of number 0 are left out.
type groups struct {
	dumps  []*dump
	starts []int32 // of the group of each number in dumps
}

// grouped puts dumps together by numbers from 0 to most.
func grouped(dumps []*dump, most int32, key func(*dump) int32) groups {
	g := groups{starts: make([]int32, most+2)}
	n := int32(0)
	for _, d := range dumps {
		if k := key(d); k != 0 {
			g.starts[k+1]++
			n++
		}
	}
	for k := range most + 1 {
		g.starts[k+1] += g.starts[k]
	}
	g.dumps = make([]*dump, n)
	next := make([]int32, most+1)
	copy(next, g.starts)
	for _, d := range dumps {
		if k := key(d); k != 0 {
			g.dumps[next[k]] = d
			next[k]++
		}
	}
	return g
}

func (g groups) of(k int32) []*dump {
	if int(k)+1 >= len(g.starts) {
		return nil
	}
	return g.dumps[g.starts[k]:g.starts[k+1]:g.starts[k+1]]
}

// all gives the groups that have a dump, by their numbers.
func (g groups) all(yield func(int32, []*dump) bool) {
	for k := int32(1); int(k)+1 < len(g.starts); k++ {
		if list := g.of(k); len(list) > 0 && !yield(k, list) {
			return
		}
	}
}

// runs gives the parts of a sorted list that compare as equal.
func runs(dumps []*dump, compare func(a, b *dump) int) func(yield func([]*dump) bool) {
	return func(yield func([]*dump) bool) {
		for len(dumps) > 0 {
			n := 1
			for n < len(dumps) && compare(dumps[0], dumps[n]) == 0 {
				n++
			}
			if !yield(dumps[:n:n]) {
				return
			}
			dumps = dumps[n:]
		}
	}
}

// filter returns the dumps for which keep is true, in a list of their own.
func filter(dumps []*dump, keep func(*dump) bool) []*dump {
	n := 0
	for _, d := range dumps {
		if keep(d) {
			n++
		}
	}
	list := make([]*dump, 0, n)
	for _, d := range dumps {
		if keep(d) {
			list = append(list, d)
		}
	}
	return list
}

// distinct counts the different values of a key that are not zero.
func distinct[K cmp.Ordered](dumps []*dump, key func(*dump) K) int {
	var none K
	switch { // most lists are short
	case len(dumps) == 0:
		return 0
	case len(dumps) == 1:
		if key(dumps[0]) == none {
			return 0
		}
		return 1
	}
	seen := map[K]bool{}
	for _, d := range dumps {
		if k := key(d); k != none {
			seen[k] = true
		}
	}
	return len(seen)
}
