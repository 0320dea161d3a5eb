package batch

import (
	"maps"
	"slices"
)

// window is how many files may be ahead of the first whose rows are not written yet, beside one for each job, where rows are sorted.
const window = 256

// order puts rows into the order of the walk, or leaves them as they come.
type order struct {
	sorted  bool
	ahead   chan struct{} // holds a token for each file whose rows are not all written; nil where rows are not sorted
	yield   func(result) error
	next    int
	waiting map[int][]result // results of files behind the next one
}

func (o *order) add(r result) error {
	if !o.sorted {
		return o.write(r)
	}
	if r.index != o.next {
		if o.waiting == nil {
			o.waiting = map[int][]result{}
		}
		o.waiting[r.index] = append(o.waiting[r.index], r)
		return nil
	}
	if err := o.write(r); err != nil {
		return err
	}
	for r.last {
		o.next++
		list := o.waiting[o.next]
		delete(o.waiting, o.next)
		r = result{}
		for _, r = range list {
			if err := o.write(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *order) write(r result) error {
	if r.last && o.ahead != nil {
		<-o.ahead
	}
	if r.row == nil {
		return nil
	}
	return o.yield(r)
}

// flush writes what waits for files that were not looked at, because the scan was ended.
func (o *order) flush() error {
	for _, index := range slices.Sorted(maps.Keys(o.waiting)) {
		for _, r := range o.waiting[index] {
			if r.row == nil {
				continue
			}
			if err := o.yield(r); err != nil {
				return err
			}
		}
	}
	return nil
}
