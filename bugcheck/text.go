package bugcheck

import "math/bits"

// dumpIt is the code that DumpIt writes into the files it makes: "MATT", the
// first character in the lowest byte.
const dumpIt = 0x5454414D

// textOf returns the text that v spells in a parameter of code. DumpIt's
// parameters have the first character in the lowest byte, as their code has.
func textOf(code uint32, v uint64) (string, bool) {
	if code == dumpIt {
		v = bits.ReverseBytes64(v)
		for v != 0 && v&0xff == 0 {
			v >>= 8
		}
	}
	return Text(v)
}

// Text returns the text that v spells, first character in the highest byte,
// as in 0x005461736b6d6772, "Taskmgr". Leading zeros do not count.
//
// It reports false for what is more likely a number. Text has at least four
// characters, all of them printable ASCII, no space at the beginning, at least
// three letters, and at most one that is no letter, digit or underscore.
func Text(v uint64) (string, bool) {
	var buf [8]byte
	text := buf[:0]
	letters, others := 0, 0
	for shift := 56; shift >= 0; shift -= 8 {
		c := byte(v >> shift)
		if c == 0 && len(text) == 0 {
			continue
		}
		switch {
		case c < 0x20 || c > 0x7e || c == ' ' && len(text) == 0:
			return "", false
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			letters++
		case '0' <= c && c <= '9' || c == '_':
		default:
			others++
		}
		text = append(text, c)
	}
	if len(text) < 4 || letters < 3 || others > 1 {
		return "", false
	}
	return string(text), true
}
