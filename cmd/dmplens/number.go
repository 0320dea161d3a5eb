package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// readNumber reads a number as WinDbg does: hexadecimal, with or without 0x and backquotes; 0n before it makes it decimal. read says
// how it was read, where the word could be mistaken for a decimal number.
func readNumber(word string, bits int) (v uint64, read []report.ReadAs, err error) {
	digits := strings.ToLower(strings.ReplaceAll(word, "`", ""))
	base := 16
	padded := len(word) >= 8 && word[0] == '0'                                  // as WinDbg does it
	plain := len(word) > 1 && !padded && strings.Trim(word, "0123456789") == "" // it looks like a decimal number
	switch {
	case strings.HasPrefix(digits, "0x"):
		digits = digits[2:]
	case strings.HasPrefix(digits, "0n"):
		digits, base = digits[2:], 10
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
