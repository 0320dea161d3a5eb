package machine

import (
	"regexp"
	"slices"
	"strings"
)

// fillerWords are what a text consists of, but for a number, where nobody filled in a serial number: as in "Type2 - Board Serial Number", "OEM_Serial1",
// "invalid serial" or "XXXX".
var fillerWords = regexp.MustCompile(`^(?:asset|available|base|blank|board|by|change|chassis|default|empty|enclosure|engineering|eval|evaluation|fill|filled|filler|` +
	`installed|invalid|mainboard|manufacturer|module|motherboard|name|no|none|not|null|number|num|oem|part|partnumber|placeholder|platform|product|provided|` +
	`sample|ser|serial|set|sn|specified|standard|string|system|tag|tbd|tbs|test|the|to|type|undefined|unit|unknown|unknow|unspecified|value|version|` +
	`be|me|mb|na|a{3,}|f{3,}|x{2,}|z{3,})+$`)

// fillerNumbers are numbers, as serialKey has them, that many machines have: UUIDs of firmware that its makers copied from a sample, and of Dell machines
// without a service tag.
var fillerNumbers = []string{
	"03000200040005000006000700080009", "00020003000400050006000700080009", "030201000504070608090a0b0c0d0e0f", "000102030405060708090a0b0c0d0e0f",
	"123456781234567890abcddeefaabbcc", "4c4c454400002010802080c04f202020",
}

// leastSerial is how many letters and digits a serial number has at least.
const leastSerial = 5

// serialKey is a text as serial numbers are compared: its ASCII letters, in lower case, and digits.
func serialKey(text string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' || 'a' <= r && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(text))
}

// Serial returns a serial number, a number of an asset, a UUID or the like, "" where it is none that tells one machine from another: a word or a sample that
// firmware has in its place, or one of the names that the maker, the machine and its parts have.
func Serial(text string, names ...string) string {
	if Part(text) == "" {
		return ""
	}
	key := serialKey(text)
	if slices.Contains(fillerNumbers, key) || slices.ContainsFunc(names, func(name string) bool { return serialKey(name) == key }) {
		return ""
	}
	// A word is all that stands between two digits or other characters: "no" is one in "No Serial", and none in "CNNO2000".
	own := ""
	for _, word := range wordsAndNumbers.FindAllString(strings.ToLower(text), -1) {
		if !fillerWords.MatchString(word) {
			own += word
		}
	}
	digits := strings.Trim(own, "abcdefghijklmnopqrstuvwxyz")
	if len(own) < leastSerial || different(own) < 3 || !strings.ContainsAny(own, "0123456789") || counts(digits) {
		return ""
	}
	if len(digits) == len(own) && len(strings.TrimLeft(own, "0")) < leastSerial {
		return "" // the first of a series: 0000000001
	}
	for _, run := range []string{"123456789", "987654321"} {
		if strings.Contains(key, run) {
			return ""
		}
	}
	return text
}

// wordsAndNumbers finds the words and the numbers of a text in lower case.
var wordsAndNumbers = regexp.MustCompile(`[a-z]+|[0-9]+`)

// different is how many different characters an ASCII text has.
func different(s string) int {
	b := []byte(s)
	slices.Sort(b)
	return len(slices.Compact(b))
}

// counts says whether a text is five digits or more in their order, up from 0 or 1, or down to them: 12345, 00112233445566, 543210.
func counts(digits string) bool {
	b := slices.Compact([]byte(digits))
	if len(b) > 0 && b[0] > '1' {
		slices.Reverse(b)
	}
	if len(b) < 5 || b[0] > '1' {
		return false
	}
	for i := 1; i < len(b); i++ {
		if b[i] != b[i-1]+1 && !(b[i-1] == '9' && b[i] == '0') {
			return false
		}
	}
	return true
}
