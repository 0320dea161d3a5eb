package bugcheck

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// cutSpace returns the first word of s and what follows it.
func cutSpace(s string) (word, rest string) {
	word, rest, _ = strings.Cut(s, " ")
	return word, strings.Trim(rest, " ")
}

// cutBar returns what stands before and after the first bar of s.
func cutBar(s string) (before, after string, found bool) {
	before, after, found = strings.Cut(s, "|")
	return strings.Trim(before, " "), strings.Trim(after, " "), found
}

// parseNumber is ParseUint without its octal, binary and underscore forms.
func parseNumber(s string, bits int) (uint64, error) {
	digits, base := s, 10
	if rest, ok := strings.CutPrefix(s, "0x"); ok {
		digits, base = rest, 16
	}
	n, err := strconv.ParseUint(digits, base, bits)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number of %d bits", s, bits)
	}
	return n, nil
}

func isName(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return s != ""
}

func isTypeName(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != ""
}

// checkSentence wants a full stop at the end and less than limit characters.
func checkSentence(s string, limit int) error {
	if !strings.HasSuffix(s, ".") {
		return fmt.Errorf("no full stop at the end")
	}
	return checkLength(s, limit)
}

func checkLength(s string, limit int) error {
	if n := utf8.RuneCountInString(s); n >= limit {
		return fmt.Errorf("%d characters, want less than %d", n, limit)
	}
	return nil
}
