package record

import "bytes"

// numbersWidth is how wide lines of numbers are made.
const numbersWidth = 120

// joinNumbers writes the numbers of a list behind one another, as many as a line has room for: a page map has thousands. b is indented, and
// is used again. Strings have no line feeds, and all else but elements of lists has a name before it, so that a line with a number alone is
// one of them.
func joinNumbers(b []byte, from int) []byte {
	out, width := b[:from], 0 // width of the line of numbers that out ends with, 0 where it ends with another
	for line := range bytes.Lines(b[from:]) {
		number := bytes.TrimSpace(line)
		switch {
		case !isNumber(number):
			out, width = append(out, line...), 0
		case width > 0 && width+1+len(number) <= numbersWidth:
			out[len(out)-1] = ' '
			out = append(append(out, number...), '\n')
			width += 1 + len(number)
		default:
			out = append(out, line...)
			width = len(line) - 1
		}
	}
	return out
}

// isNumber says whether a line has a number, or one and a comma.
func isNumber(s []byte) bool {
	s = bytes.TrimSuffix(s, []byte(","))
	return len(s) > 0 && len(bytes.Trim(s, "0123456789")) == 0
}
