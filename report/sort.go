package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// CompareBy compares two reports by what a column says of them: numbers as numbers, also those with 0x and those with points, and all else
// as text. What is not known is behind everything else.
func (c Column[T]) CompareBy(a, b T) int { return compareValues(c.Value(a), c.Value(b)) }

func compareValues(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	x, ok1 := numbersIn(a)
	y, ok2 := numbersIn(b)
	if ok1 && ok2 {
		return cmp.Or(slices.Compare(x, y), cmp.Compare(a, b))
	}
	return cmp.Compare(a, b)
}

// numbersIn reads a number, or several with points between them, as builds have.
func numbersIn(s string) ([]uint64, bool) {
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		v, err := strconv.ParseUint(digits, 16, 64)
		return []uint64{v}, err == nil
	}
	var list []uint64
	for part := range strings.SplitSeq(s, ".") {
		v, err := strconv.ParseUint(part, 10, 64)
		if err != nil {
			return nil, false
		}
		list = append(list, v)
	}
	return list, true
}
