package batch

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Most of a row is skipped, and that has to be fast. What is skipped is JSON all the same, as asWritten has it.

// maxDepth is how deep jsontext reads.
const maxDepth = 10_000

func skipSpace(b []byte, at int) int {
	for at < len(b) && (b[at] == ' ' || b[at] == '\t' || b[at] == '\r' || b[at] == '\n') {
		at++
	}
	return at
}

// skipValue returns the end of the value that begins at a place, -1 where there is none. So many objects and arrays are around it.
func skipValue(b []byte, at, depth int) int {
	if at >= len(b) {
		return -1
	}
	switch b[at] {
	case '"':
		end, _ := skipText(b, at)
		return end
	case '{', '[':
		return skipItems(b, at, depth+1)
	case 't':
		return skipWord(b, at, "true")
	case 'f':
		return skipWord(b, at, "false")
	case 'n':
		return skipWord(b, at, "null")
	}
	return skipNumber(b, at)
}

// skipItems skips an object or an array.
func skipItems(b []byte, at, depth int) int {
	open := b[at]
	end := open + 2
	if at = skipSpace(b, at+1); depth > maxDepth || at == len(b) {
		return -1
	}
	if b[at] == end {
		return at + 1
	}
	for {
		if open == '{' {
			if at, _ = skipText(b, at); at < 0 {
				return -1
			}
			if at = skipSpace(b, at); at == len(b) || b[at] != ':' {
				return -1
			}
			at = skipSpace(b, at+1)
		}
		if at = skipValue(b, at, depth); at < 0 {
			return -1
		}
		switch at = skipSpace(b, at); {
		case at == len(b):
			return -1
		case b[at] == end:
			return at + 1
		case b[at] != ',':
			return -1
		}
		at = skipSpace(b, at+1)
	}
}

func skipWord(b []byte, at int, word string) int {
	if len(b)-at < len(word) || string(b[at:at+len(word)]) != word {
		return -1
	}
	return at + len(word)
}

// skipText skips a text in quotes. Plain is one that stands for itself: ASCII, and nothing that is escaped.
func skipText(b []byte, at int) (end int, plain bool) {
	if at >= len(b) || b[at] != '"' {
		return -1, false
	}
	plain = true
	for at++; at < len(b); {
		if at+8 <= len(b) { // eight bytes at a time, as long as they are plain
			const ones = 0x0101010101010101
			w := binary.LittleEndian.Uint64(b[at:])
			odd := (w | (w - ' '*ones) | (w ^ '"'*ones - ones) | (w ^ '\\'*ones - ones)) & (0x80 * ones)
			if odd == 0 {
				at += 8
				continue
			}
			at += bits.TrailingZeros64(odd) / 8 // the first one is right: it is only those behind it that a borrow can reach
		}
		switch c := b[at]; {
		case c == '"':
			return at + 1, plain
		case c < ' ':
			return -1, false
		case c != '\\':
			plain = plain && c < utf8.RuneSelf
			at++
		default:
			plain = false
			if at = skipEscape(b, at); at < 0 {
				return -1, false
			}
		}
	}
	return -1, false
}

func skipEscape(b []byte, at int) int {
	if at+1 == len(b) {
		return -1
	}
	switch b[at+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return at + 2
	case 'u':
		if len(b)-at < 6 {
			return -1
		}
		for _, c := range b[at+2 : at+6] {
			if !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f') {
				return -1
			}
		}
		return at + 6
	}
	return -1
}

func skipNumber(b []byte, at int) int {
	if b[at] == '-' {
		at++
	}
	if at < len(b) && b[at] == '0' {
		at++
	} else if at = skipDigits(b, at); at < 0 {
		return -1
	}
	if at < len(b) && b[at] == '.' {
		if at = skipDigits(b, at+1); at < 0 {
			return -1
		}
	}
	if at < len(b) && b[at]|0x20 == 'e' {
		if at++; at < len(b) && (b[at] == '+' || b[at] == '-') {
			at++
		}
		at = skipDigits(b, at)
	}
	return at
}

// skipDigits skips one digit or more.
func skipDigits(b []byte, at int) int {
	start := at
	for at < len(b) && '0' <= b[at] && b[at] <= '9' {
		at++
	}
	if at == start {
		return -1
	}
	return at
}
