package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// readNumber reads a number as WinDbg does: hexadecimal, with or without 0x and backquotes, or with an h behind it; 0n before it makes it
// decimal. read says how it was read, where the word could be mistaken for a decimal number.
func readNumber(word string, bits int) (v uint64, read []report.ReadAs, err error) {
	digits := strings.ToLower(strings.ReplaceAll(word, "`", ""))
	base := 16
	padded := len(word) >= 8 && word[0] == '0' // as WinDbg does it
	plain := len(word) > 1 && !padded && allDigits(word)
	switch {
	case strings.HasPrefix(digits, "0x"):
		digits = digits[2:]
	case strings.HasPrefix(digits, "0n"):
		digits, base = digits[2:], 10
	default:
		digits = strings.TrimSuffix(digits, "h")
	}
	v, err = strconv.ParseUint(digits, base, bits)
	if err != nil || digits[0] == '+' {
		return 0, nil, fmt.Errorf("%q is no number of %d bits: write 0x29, 29 (hexadecimal) or 0n41 (decimal)", word, bits)
	}
	if plain || base == 10 {
		read = []report.ReadAs{{Word: word, Value: report.Hex(v)}}
	}
	return v, read, nil
}

// allDigits reports whether a word can be a decimal number.
func allDigits(word string) bool { return word != "" && strings.Trim(word, "0123456789") == "" }

// provesDecimal reports whether one of the numbers that were written together can only be decimal: it has 64 bits, and as a hexadecimal
// number it would have more.
func provesDecimal(words []string) bool {
	return slices.ContainsFunc(words, func(s string) bool {
		_, err := strconv.ParseUint(s, 10, 64)
		return err == nil && len(s) > 16 && allDigits(s) && s[0] != '0'
	})
}

// provesHexadecimal reports whether one of the numbers without 0x that were written together has a hexadecimal digit, or the zeros before
// it that debuggers write.
func provesHexadecimal(words []string) bool {
	return slices.ContainsFunc(words, func(s string) bool {
		_, err := strconv.ParseUint(s, 16, 64)
		return err == nil && (!allDigits(s) || len(s) >= 8 && s[0] == '0')
	})
}
