package main

import (
	"bytes"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/dmpfile/whea"
)

// beginsRecord is how a record begins, in hexadecimal digits: CPER.
const beginsRecord = "43504552"

// errorRecordBytes are the bytes of records: those of the file, or those that its hexadecimal text says, as event logs, their viewers, debuggers and
// other tools write it. What is no such text is given as it is.
func errorRecordBytes(data []byte) [][]byte {
	if whea.IsRecord(data) {
		return [][]byte{data}
	}
	plain := decodeText(data)
	if list := hexColumns(plain); len(list) > 0 {
		return list
	}
	if list := hexRuns(plain); len(list) > 0 {
		return list
	}
	return [][]byte{data}
}

// hexRuns are the records in runs of hexadecimal digits: with 0x or \x before each byte or before the whole, and with blanks, commas, colons or other
// separators between.
func hexRuns(text string) (records [][]byte) {
	var run, token []byte
	prefixed := false
	endToken := func() {
		if prefixed && len(token)%2 == 1 { // 0x2 is a byte
			run = append(run, '0')
		}
		run, token, prefixed = append(run, token...), token[:0], false
	}
	endRun := func() {
		endToken()
		for at := 0; ; at++ {
			i := bytes.Index(run[at:], []byte(beginsRecord))
			if i < 0 {
				break
			}
			at += i
			b := make([]byte, (len(run)-at)/2)
			if _, err := hex.Decode(b, run[at:at+2*len(b)]); err == nil && whea.IsRecord(b) {
				records = append(records, b)
				break
			}
		}
		run = run[:0]
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case i+2 < len(text) && (c == '0' || c == '\\') && text[i+1]|0x20 == 'x' && isHexDigit(text[i+2]):
			endToken()
			prefixed = true
			i++
		case isHexDigit(c):
			token = append(token, c)
		case strings.IndexByte(" \t\r\n-:,;", c) >= 0:
			endToken()
		default:
			endRun()
		}
	}
	endRun()
	return records
}

func isHexDigit(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

// columnLine is a line of a hexadecimal dump: the offset or address of its first byte, and the bytes, behind which they can stand as text.
var columnLine = regexp.MustCompile("^\\s*(?:0[xX])?([0-9a-fA-F]{4,16}|[0-9a-fA-F]{8}`[0-9a-fA-F]{8}):?(\\s.*)?$")

// hexColumns are the records in hexadecimal dumps with a column of offsets, as xxd, hexdump, od, certutil, WinDbg and Event Viewer write them.
func hexColumns(text string) (records [][]byte) {
	left := maxRecordFile // stars can stand for many lines
	lines := strings.Split(strings.ReplaceAll(text, "\r", ""), "\n")
	for i := 0; i < len(lines); {
		if l, ok := column(lines[i], 16); !ok || !strings.HasPrefix(strings.ToUpper(dense(l.bytes)), beginsRecord) {
			i++
			continue
		}
		n := 1
		for i+n < len(lines) && (isStar(lines[i+n]) || columnLine.MatchString(lines[i+n])) {
			n++
		}
		b, whole := columnBytes(lines[i:i+n], 16, left)
		for _, base := range []int{8, 10} { // as od counts
			if other, ok := columnBytes(lines[i:i+n], base, left); ok && !whole {
				b, whole = other, true
			}
		}
		if whea.IsRecord(b) {
			records = append(records, b)
		}
		left = max(left-len(b), 0)
		i += n
	}
	return records
}

// isStar says whether a line stands for lines that are the same as the one before.
func isStar(line string) bool { return strings.TrimSpace(line) == "*" }

// dense is the digits of a line with the blanks and dashes between taken out.
func dense(s string) string { return strings.NewReplacer(" ", "", "\t", "", "-", "").Replace(s) }

// offsetLine is a line of a dump in columns.
type offsetLine struct {
	offset uint64
	bytes  string // and what stands behind them
}

func column(line string, base int) (l offsetLine, ok bool) {
	m := columnLine.FindStringSubmatch(line)
	if m == nil {
		return l, false
	}
	offset, err := strconv.ParseUint(strings.ReplaceAll(m[1], "`", ""), base, 64)
	return offsetLine{offset, m[2]}, err == nil
}

// columnBytes are the bytes of the lines of a dump, as far as each has as many as the offset of the next one says, and no more than most: what is a byte
// and what is text is not told otherwise. Of the last line it takes what stands above the text. whole says that each line had as many; where offsets are
// not hexadecimal, it had no others.
func columnBytes(lines []string, base, most int) (b []byte, whole bool) {
	first, ok := column(lines[0], base)
	if !ok {
		return nil, false
	}
	width, end := 0, 0 // of a line: how many bytes, and where they end
	for i := 0; i < len(lines); i++ {
		line, ok := column(lines[i], base)
		if !ok || line.offset-first.offset != uint64(len(b)) {
			return b, false
		}
		repeated := i+1 < len(lines) && isStar(lines[i+1])
		if repeated {
			i++
		}
		var next offsetLine
		if ok = i+1 < len(lines); ok {
			next, ok = column(lines[i+1], base)
		}
		follows := next.offset - first.offset // as many bytes stand before the next line
		count := int(min(follows-uint64(len(b)), uint64(most)))
		if repeated {
			count = width
		}
		read, ends := lineBytes(line.bytes, count)
		last := i+1 >= len(lines)
		if all, _ := lineBytes(line.bytes, len(line.bytes)); base != 16 && !last && len(all) != count {
			ok = false
		}
		if !ok || follows <= uint64(len(b)) || follows > uint64(most) || count == 0 || len(read) < count {
			if width > 0 {
				line.bytes = line.bytes[:min(len(line.bytes), end)]
			}
			read, _ = lineBytes(line.bytes, len(line.bytes))
			return append(b, read...), last
		}
		b, width, end = append(b, read...), count, ends
		for uint64(len(b)) < follows {
			b = append(b, read[:min(uint64(len(read)), follows-uint64(len(b)))]...)
		}
	}
	return b, true
}

// lineBytes reads as many bytes of a line, or those before what is none, and says where they end.
func lineBytes(s string, most int) (b []byte, end int) {
	for i := 0; i+1 < len(s) && len(b) < most; {
		switch {
		case strings.IndexByte(" \t-", s[i]) >= 0:
			i++
		case isHexDigit(s[i]) && isHexDigit(s[i+1]):
			v, _ := strconv.ParseUint(s[i:i+2], 16, 8)
			b = append(b, byte(v))
			i += 2
			end = i
		default:
			return b, end
		}
	}
	return b, end
}
