package bugcheck

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Nearest returns at most n names that may have been meant by a name that no
// code has, likely ones first: names that few letters set apart from it, then
// names that have all of its words in them.
func Nearest(name string, n int) []string {
	words := strings.FieldsFunc(strings.ToUpper(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	meant := strings.Join(words, "_")
	if len(meant) < 3 || len(meant) > 100 {
		return nil
	}
	type candidate struct {
		name string
		rank int
	}
	var found []candidate
	limit := min(1+len(meant)/8, 4)
	for _, e := range index.codes {
		for name := range e.names {
			if d := distance(meant, name, limit); d <= limit {
				found = append(found, candidate{name, d})
			} else if containsAll(name, words) {
				found = append(found, candidate{name, limit + len(name)})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.rank, b.rank) })
	var names []string
	for _, c := range found[:min(max(n, 0), len(found))] {
		names = append(names, c.name)
	}
	return names
}

func containsAll(s string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(s, w) {
			return false
		}
	}
	return true
}

// distance returns how many bytes have to be put in, taken out or changed to
// make b of a, or a number above limit if there are more.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	row := make([]int, len(b)+1) // distances of a[:i] to b[:j]
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], d
		}
		if slices.Min(row) > limit {
			return limit + 1
		}
	}
	return row[len(b)]
}
