package report

import "strconv"

// Commas groups the digits of a number by three.
func Commas[T ~int64 | ~uint64](v T) string {
	s := strconv.FormatInt(int64(v), 10)
	if v > 0 {
		s = strconv.FormatUint(uint64(v), 10)
	}
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
