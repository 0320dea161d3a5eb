package main

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
)

// decodeText returns what people pipe or paste as UTF-8 with plain punctuation. PowerShell 5 writes files as UTF-16.
func decodeText(data []byte) string {
	text := strings.TrimPrefix(string(data), "\ufeff")
	if order := utf16Order(data); order != nil {
		units := make([]uint16, len(data)/2)
		for i := range units {
			units[i] = order.Uint16(data[2*i:])
		}
		text = strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
	}
	return strings.Map(plainRune, strings.ReplaceAll(text, "\u2026", "..."))
}

// utf16Order tells the byte order of UTF-16 by its mark, or by where the zeros are: text that has a code is mostly ASCII. It returns nil
// for what is no UTF-16.
func utf16Order(data []byte) binary.ByteOrder {
	const enough = 4096
	head := data[:min(len(data), enough)&^1]
	if len(head) < 2 {
		return nil
	}
	var zeros [2]int // at even and odd offsets
	for i, c := range head {
		if c == 0 {
			zeros[i&1]++
		}
	}
	switch pairs := len(head) / 2; {
	case head[0] == 0xff && head[1] == 0xfe, zeros[1] > pairs/2 && zeros[0] <= pairs/8:
		return binary.LittleEndian
	case head[0] == 0xfe && head[1] == 0xff, zeros[0] > pairs/2 && zeros[1] <= pairs/8:
		return binary.BigEndian
	}
	return nil
}

// plainRune replaces what word processors, web pages and East Asian keyboards make of ASCII, and drops what is not seen.
func plainRune(r rune) rune {
	switch {
	case r < 0x80:
		return r
	case '\uff01' <= r && r <= '\uff5e': // full-width forms of all of ASCII
		return r - 0xff01 + '!'
	case strings.ContainsRune("\u2018\u2019\u201a\u201b\u2032", r):
		return '\''
	case strings.ContainsRune("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", r):
		return '"'
	case strings.ContainsRune("\u2010\u2011\u2012\u2013\u2014\u2212", r):
		return '-'
	case r == '\u3001':
		return ','
	case unicode.IsSpace(r), unicode.Is(unicode.Zs, r):
		return ' '
	case unicode.Is(unicode.Cf, r): // zero-width spaces, marks of direction, a byte order mark
		return -1
	}
	return r
}
