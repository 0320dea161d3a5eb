// Package ntstatus names NTSTATUS values and the exception codes that stand
// where an NTSTATUS is expected.
package ntstatus

import (
	_ "embed"
	"strconv"
	"strings"
)

// names has a line for every value, in ascending order: eight upper-case
// hexadecimal digits, a space, the name. It is searched as it is, so a program
// that never asks for a name pays nothing for it.
//
//go:embed names.txt
var names string

// Name returns the name of a status, STATUS_ACCESS_VIOLATION for 0xC0000005.
// Where a value has several names it is the usual one.
func Name(status uint32) (string, bool) {
	var key [digits]byte
	for i := range key {
		key[i] = "0123456789ABCDEF"[status>>(28-4*i)&0xf]
	}
	return find(names, string(key[:]))
}

// Value returns the status that Name gives the name to, whatever the case of
// its letters. Two names stand for two values: the higher one is the error.
func Value(name string) (uint32, bool) {
	if !strings.Contains(name, "_") { // every name has one: a number is not looked for among them
		return 0, false
	}
	return value(names, strings.ToUpper(name))
}

const digits = 8

// find searches lines for the one that begins with key. In every round it
// looks at the line that the middle of lines falls into.
func find(lines, key string) (string, bool) {
	for lines != "" {
		middle := len(lines) / 2
		start := strings.LastIndexByte(lines[:middle], '\n') + 1
		end := len(lines)
		if i := strings.IndexByte(lines[start:], '\n'); i >= 0 {
			end = start + i + 1
		}
		line := strings.TrimRight(lines[start:end], "\r\n")
		if len(line) <= digits {
			return "", false // not a line of ours
		}
		switch found := line[:digits]; {
		case key < found:
			lines = lines[:start]
		case key > found:
			lines = lines[end:]
		default:
			return line[digits+1:], true
		}
	}
	return "", false
}

// value searches lines for the last one that ends with name.
func value(lines, name string) (status uint32, ok bool) {
	for line := range strings.Lines(lines) {
		key, found, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		if found != name || name == "" {
			continue
		}
		if v, err := strconv.ParseUint(key, 16, 32); err == nil {
			status, ok = uint32(v), true
		}
	}
	return status, ok
}
