// Package personal finds what in bytes and texts can name a person, a machine or a network: by its form, by where it stands, or by what the field that
// has it is called. It finds what it knows the look of: names that look like any other word are not found, so to find nothing proves nothing.
package personal

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/dmplens/dmplens/report"
)

// Scanner finds texts, of one byte a character and of UTF-16, that can be told by their form to name a person, a machine or a network. The bytes
// come in pieces, of which it keeps the last few, so it takes no more memory for a large file than for a small one.
type Scanner struct {
	// Take gets what is found, and the offset in the file at which it begins. A value can come more than once.
	Take func(kind report.PrivateKind, offset int64, value string)

	b    []byte // the last bytes that came
	off  int64  // file offset of b[0]
	next int    // index in b from which on nothing was looked at
}

// reach is how many bytes of a text are looked at before and behind the character that it is found by.
const reach = 512

// Write takes the bytes at an offset of the file. What does not follow the bytes before begins anew.
func (s *Scanner) Write(off int64, b []byte) {
	if off != s.off+int64(len(s.b)) {
		s.Flush()
		s.off = off
	}
	s.b = append(s.b, b...)
	if len(s.b)-reach <= s.next {
		return
	}
	s.look(len(s.b) - reach)
	if drop := s.next - reach; drop > 0 {
		s.b = append(s.b[:0], s.b[drop:]...)
		s.off += int64(drop)
		s.next -= drop
	}
}

// Flush looks at what is left: nothing follows it.
func (s *Scanner) Flush() {
	s.look(len(s.b))
	s.off += int64(len(s.b))
	s.b, s.next = s.b[:0], 0
}

// marks are the bytes by which something is found. Each form has one, not too frequent, at a place of its own.
var marks = func() (is [256]bool) {
	for _, c := range []byte("\\/-:@_\x15\x0c") {
		is[c] = true
	}
	return is
}()

// look looks at the bytes up to an index.
func (s *Scanner) look(end int) {
	for ; s.next < end; s.next++ {
		i := s.next
		c := s.b[i]
		if !marks[c] {
			continue
		}
		t := text{b: s.b, at: i, wide: i+1 < len(s.b) && s.b[i+1] == 0}
		if before, after := t.char(-1), t.char(1); c >= ' ' && !(isAlnum(before) || before == ' ' || isSlash(rune(c))) || c >= ' ' && !isAlnum(after) {
			continue // most are chance
		}
		switch c {
		case '\\', '/':
			if first := lower(t.char(1)); first == 'u' || first == 'd' {
				s.found(report.PrivateUserPath, t.userFolder)
			}
			if c == '\\' {
				s.found(report.PrivateSerial, t.device)
			}
		case '-':
			s.found(report.PrivateSID, t.sid)
			s.found(report.PrivateProductKey, t.productKey)
			s.found(report.PrivateComputer, t.computer)
			s.found(report.PrivateNetworkAddress, t.networkAddress)
		case ':':
			s.found(report.PrivateNetworkAddress, t.networkAddress)
		case '@':
			s.found(report.PrivateMail, t.mail)
		case '_':
			s.found(report.PrivateSerial, t.diskID)
			s.found(report.PrivateSerial, t.inquirySerial)
		case 0x15, 0x0c:
			if b := s.b[max(0, i-1):]; len(b) < 3 || b[2] > 1 || b[0] != 0 && b[0] != 5 {
				continue
			}
			s.found(report.PrivateSID, t.binarySID)
		}
	}
}

// found takes what a form finds.
func (s *Scanner) found(kind report.PrivateKind, form func() (value string, at int)) {
	value, at := form()
	if value == "" {
		return
	}
	if kind == report.PrivateSID && strings.HasSuffix(strings.ToUpper(textBefore(s.b, at)), `USER\`) {
		kind = report.PrivateUserKey
	}
	s.Take(kind, s.off+int64(at), value)
}

// textBefore is the five characters before an index, by the width that the last of them has.
func textBefore(b []byte, at int) string {
	const n = 5
	if at >= 2*n && b[at-1] == 0 {
		t := text{b: b, at: at, wide: true}
		return t.between(-n, 0)
	}
	return string(b[max(0, at-n):at])
}

// In finds what can be told by its form in one text.
func In(value string, take func(kind report.PrivateKind, value string)) {
	s := Scanner{Take: func(kind report.PrivateKind, _ int64, v string) { take(kind, v) }}
	s.Write(0, []byte(value))
	s.Flush()
}

// Looks says whether there is such a thing in a text.
func Looks(value string) (is bool) {
	In(value, func(report.PrivateKind, string) { is = true })
	return is
}

// text is bytes as characters, of one byte or of UTF-16, around a place in them.
type text struct {
	b    []byte
	at   int
	wide bool
}

// index is where the character is that is n behind the place.
func (t *text) index(n int) int {
	if t.wide {
		n *= 2
	}
	return t.at + n
}

// char is that character, 0 where there is none.
func (t *text) char(n int) rune {
	i := t.index(n)
	switch {
	case i < 0 || i >= len(t.b) || t.wide && i+1 >= len(t.b):
		return 0
	case t.wide:
		return rune(binary.LittleEndian.Uint16(t.b[i:]))
	}
	return rune(t.b[i])
}

// between is the characters from one to before another.
func (t *text) between(from, to int) string {
	i, end := t.index(from), t.index(to)
	if i < 0 || end > len(t.b) || i > end {
		return ""
	}
	if !t.wide {
		return string(t.b[i:end])
	}
	units := make([]uint16, 0, to-from)
	for ; i+1 < end; i += 2 {
		units = append(units, binary.LittleEndian.Uint16(t.b[i:]))
	}
	return string(utf16.Decode(units))
}

// is says whether a word, in lower case, stands from a character on, in either case.
func (t *text) is(from int, word string) bool {
	for i := range len(word) {
		if lower(t.char(from+i)) != rune(word[i]) {
			return false
		}
	}
	return true
}

// run is how many characters from one on fulfil a condition, at most so many; step is 1, or -1 for those before it.
func (t *text) run(from, step, most int, good func(rune) bool) (n int) {
	for n < most && good(t.char(from+n*step)) {
		n++
	}
	return n
}

func lower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

func isDigit(r rune) bool    { return '0' <= r && r <= '9' }
func isLetter(r rune) bool   { return 'a' <= lower(r) && lower(r) <= 'z' }
func isAlnum(r rune) bool    { return isDigit(r) || isLetter(r) }
func isHex(r rune) bool      { return isDigit(r) || 'a' <= lower(r) && lower(r) <= 'f' }
func isUpperHex(r rune) bool { return isDigit(r) || 'A' <= r && r <= 'F' }
func isUpper(r rune) bool    { return isDigit(r) || 'A' <= r && r <= 'Z' }
func isSlash(r rune) bool    { return r == '\\' || r == '/' }

// ofWindows are folders beside those of users that Windows has itself.
var ofWindows = map[string]bool{"public": true, "default": true, "default user": true, "all users": true, "defaultuser0": true, "defaultapppool": true}

// userFolder is \Users\NAME, at the first backslash or slash.
func (t *text) userFolder() (string, int) {
	const longest = 64
	start := 0
	switch {
	case t.is(1, "users") && isSlash(t.char(6)):
		start = 7
	case t.is(1, "documents and settings") && isSlash(t.char(23)):
		start = 24
	default:
		return "", 0
	}
	n := t.run(start, 1, longest, func(r rune) bool {
		return r >= ' ' && r != 0x7f && !strings.ContainsRune(`\/:*?"<>|%`, r) && (r < 0x80 || !t.wide || unicode.IsGraphic(r))
	})
	name := t.between(start, start+n)
	end := t.char(start + n)
	if strings.TrimSpace(name) == "" || n == longest || !isSlash(end) && end != 0 && end != '"' || ofWindows[strings.ToLower(name)] {
		return "", 0
	}
	return report.ValidUTF8(t.between(0, start+n)), t.at
}

// device is the serial number of a device of USB: what stands behind the second backslash of its instance, unless it has a '&', for then Windows made
// it of the place where the device is. It is found at the first backslash.
func (t *text) device() (string, int) {
	const longest = 64
	if !(t.is(-3, "usb") && !isAlnum(t.char(-4)) || t.is(-7, "usbstor") && !isAlnum(t.char(-8))) {
		return "", 0
	}
	good := func(r rune) bool { return isAlnum(r) || r == '&' || r == '_' || r == '.' || r == '-' }
	kind := t.run(1, 1, 2*longest, good)
	if kind < 4 || t.char(1+kind) != '\\' {
		return "", 0
	}
	start := kind + 2
	n := t.run(start, 1, longest, good)
	serial := t.between(start, start+n)
	if before, number, found := strings.Cut(serial, "&"); found {
		if strings.Trim(number, "0123456789") != "" || len(before) < 8 {
			return "", 0
		}
		serial = before // USBSTOR puts the number of the unit behind the serial number
	}
	if len(serial) < 6 {
		return "", 0
	}
	return serial, t.index(start)
}

// sid is a SID of an account or of a machine, at its first hyphen.
func (t *text) sid() (string, int) {
	if t.char(-1) != 'S' || isAlnum(t.char(-2)) || !t.is(1, "1-5-21-") && !t.is(1, "1-12-1-") {
		return "", 0
	}
	n := t.run(0, 1, 80, func(r rune) bool { return isDigit(r) || r == '-' })
	value := strings.TrimRight(t.between(-1, n), "-")
	if strings.Count(value, "-") < 6 {
		return "", 0
	}
	return value, t.index(-1)
}

// binarySID is a SID as bytes, at the byte of it that is 21, or the authority 12.
func (t *text) binarySID() (string, int) {
	start := t.at - 8
	if t.b[t.at] == 0x0c {
		start = t.at - 7
	}
	if start < 0 || start+24 > len(t.b) {
		return "", 0
	}
	b := t.b[start:]
	n := int(b[1])
	switch {
	case b[0] != 1 || n != 4 && n != 5 || len(b) < 8+4*n || string(b[2:7]) != "\x00\x00\x00\x00\x00":
		return "", 0
	case b[7] == 5 && string(b[8:12]) == "\x15\x00\x00\x00":
	case b[7] == 12 && string(b[8:12]) == "\x01\x00\x00\x00" && n == 5:
	default:
		return "", 0
	}
	value := fmt.Sprintf("S-1-%d", b[7])
	for i := range n {
		value += fmt.Sprintf("-%d", binary.LittleEndian.Uint32(b[8+4*i:]))
	}
	return value, start
}

// productKey is five groups of five of the characters that product keys have, at the first hyphen.
func (t *text) productKey() (string, int) {
	good := func(r rune) bool { return strings.ContainsRune("BCDFGHJKMPQRTVWXY2346789N", r) && r != 0 }
	for group := range 5 {
		first := -5 + 6*group
		if t.run(first, 1, 5, good) < 5 || group < 4 && t.char(first+5) != '-' {
			return "", 0
		}
	}
	if before, after := t.char(-6), t.char(24); isAlnum(before) || before == '-' || isAlnum(after) || after == '-' {
		return "", 0
	}
	value := t.between(-5, 24)
	if strings.Count(value, value[:1]) == 25 {
		return "", 0 // it stands for one
	}
	return value, t.index(-5)
}

// computer is a name as Windows' setup makes it, at the hyphen. In events letters of other texts can stand before and behind it.
func (t *text) computer() (string, int) {
	for _, form := range []struct {
		word   string
		behind int
	}{{"DESKTOP", 7}, {"LAPTOP", 8}, {"WIN", 11}} {
		n := len(form.word)
		if t.between(-n, 0) != form.word || n == 3 && isAlnum(t.char(-n-1)) {
			continue
		}
		if t.run(1, 1, form.behind+1, isUpper) == form.behind {
			return t.between(-n, form.behind+1), t.index(-n)
		}
	}
	return "", 0
}

// networkAddress is six pairs of hexadecimal digits with colons or hyphens between them, at the first one.
func (t *text) networkAddress() (string, int) {
	mark := t.char(0)
	for i := range 6 {
		if first := -2 + 3*i; !isHex(t.char(first)) || !isHex(t.char(first+1)) || i < 5 && t.char(first+2) != mark {
			return "", 0
		}
	}
	if before, after := t.char(-3), t.char(15); isAlnum(before) || before == mark || isAlnum(after) || after == mark {
		return "", 0
	}
	value := t.between(-2, 15)
	if v := strings.ToLower(value); strings.Trim(v, "0"+string(mark)) == "" || strings.Trim(v, "f"+string(mark)) == "" {
		return "", 0 // none, or all of them
	}
	return value, t.index(-2)
}

// noDomains are endings of names of files that have an @ in them.
var noDomains = map[string]bool{"png": true, "jpg": true, "svg": true, "gif": true, "ico": true, "dll": true, "exe": true, "sys": true, "mui": true, "js": true,
	"css": true, "json": true, "html": true, "xml": true, "txt": true, "pdb": true, "dat": true, "inf": true, "cat": true, "xaml": true}

// mail is a mail address, at the @.
func (t *text) mail() (string, int) {
	const longest = 64
	before := t.run(-1, -1, longest, func(r rune) bool { return isAlnum(r) || r == '.' || r == '_' || r == '-' || r == '+' })
	if before < 2 || before == longest || !isAlnum(t.char(-1)) {
		return "", 0
	}
	for before > 2 && !isAlnum(t.char(-before)) {
		before--
	}
	after := t.run(1, 1, longest, func(r rune) bool { return isAlnum(r) || r == '.' || r == '-' })
	domain := strings.TrimRight(t.between(1, 1+after), ".-")
	host, ending, found := cutLast(domain, ".")
	if !found || after == longest || len(host) < 2 || len(ending) < 2 || len(ending) > 12 || strings.Contains(domain, "..") || noDomains[strings.ToLower(ending)] {
		return "", 0
	}
	for _, r := range ending {
		if !isLetter(r) {
			return "", 0
		}
	}
	if !isAlnum(rune(host[0])) || strings.IndexFunc(host, isLetter) < 0 {
		return "", 0
	}
	return t.between(-before, 1+len(domain)), t.index(-before)
}

// cutLast is strings.Cut at the last place.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// diskID is the number of an NVMe disk as Windows writes it, four or eight groups of four digits and a dot, at the first '_'.
func (t *text) diskID() (string, int) {
	if isAlnum(t.char(-5)) || t.char(-5) == '_' {
		return "", 0
	}
	groups := 0
	for ; groups < 8 && t.run(-4+5*groups, 1, 4, isUpperHex) == 4; groups++ {
		if t.char(5*groups) != '_' {
			groups++
			break
		}
	}
	if groups < 4 || t.char(-5+5*groups) != '.' {
		return "", 0
	}
	return t.between(-4, -5+5*groups), t.index(-4)
}

// inquirySerial is the serial number of a disk as storage drivers write it: blanks up to its length of 20 characters, and the number of the unit behind
// a '_', at which it is found.
func (t *text) inquirySerial() (string, int) {
	blanks := t.run(-1, -1, 20, func(r rune) bool { return r == ' ' })
	if blanks == 0 || t.run(1, 1, 5, isUpperHex) != 4 || isAlnum(t.char(5)) {
		return "", 0
	}
	n := t.run(-1-blanks, -1, 21, isUpper)
	if n < 8 || n > 20 {
		return "", 0
	}
	return t.between(-blanks-n, 5), t.index(-blanks - n)
}
