package report

import (
	"slices"
	"strings"
)

// Nearest returns the name that few letters set apart from one that somebody wrote, else the only one that begins so, or nothing where none is near.
func Nearest(written string, names []string) string {
	if len(written) > 64 {
		return ""
	}
	written = strings.ToLower(written)
	nearest, limit := "", 1+min(len(written), 24)/4
	for _, name := range slices.Sorted(slices.Values(names)) {
		if d := distance(written, strings.ToLower(name)); d <= limit && 2*d < max(len(written), len(name)) {
			nearest, limit = name, d-1
		}
	}
	if nearest == "" && len(written) >= shortestPrefix {
		return beginning(written, names)
	}
	return nearest
}

// shortestPrefix is how much of a name is enough to tell what was meant, in bytes.
const shortestPrefix = 3

// beginning returns the only name that begins so, "" where none does or several do.
func beginning(written string, names []string) (found string) {
	for _, name := range names {
		if !strings.HasPrefix(strings.ToLower(name), written) {
			continue
		}
		if found != "" {
			return ""
		}
		found = name
	}
	return found
}

// distance returns how many bytes have to be put in, taken out or changed, or neighbours exchanged, to make b of a.
func distance(a, b string) int {
	var before, row, next []int // distances of a[:i-1], a[:i] and a[:i+1] to b[:j]
	for j := range len(b) + 1 {
		row = append(row, j)
	}
	before, next = make([]int, len(row)), make([]int, len(row))
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			d := row[j]
			if a[i] != b[j] {
				d = 1 + min(row[j], next[j], row[j+1])
			}
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, 1+before[j-1])
			}
			next[j+1] = d
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
