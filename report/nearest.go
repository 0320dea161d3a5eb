package report

import (
	"slices"
	"strings"
)

// Nearest returns the name that few letters set apart from one that somebody wrote, or nothing where none is near.
func Nearest(written string, names []string) string {
	if len(written) > 64 {
		return ""
	}
	written = strings.ToLower(written)
	nearest, limit := "", 1+min(len(written), 24)/4
	for _, name := range slices.Sorted(slices.Values(names)) {
		if d := distance(written, strings.ToLower(name)); d <= limit && d < len(name) {
			nearest, limit = name, d-1
		}
	}
	return nearest
}

// distance returns how many bytes have to be put in, taken out or changed to make b of a.
func distance(a, b string) int {
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
	}
	return row[len(b)]
}
