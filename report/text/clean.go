package text

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/dmplens/dmplens/report"
)

// Clean makes a string from a dump or a file name safe to show on a terminal, as report.Clean says.
func Clean(s string) string { return report.Clean(s) }

// wrap breaks text into lines of at most width columns between words. A longer word has a line of its own and is never cut. Runs of
// blanks inside a line stay, because a pool tag can have them.
func wrap(s string, width int) []string {
	var lines []string
	line, columns := "", 0
	for word := range strings.SplitSeq(s, " ") {
		n := runes(word)
		if n == 0 && columns == 0 {
			continue
		}
		if columns > 0 && columns+1+n > width {
			lines = append(lines, line)
			line, columns = "", 0
		}
		if columns > 0 {
			line += " "
			columns++
		}
		line += word
		columns += n
	}
	if columns > 0 {
		lines = append(lines, line)
	}
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// runes is how many columns of a terminal a text takes, if none of its characters is a wide one.
func runes(s string) int { return utf8.RuneCountInString(s) }

// orDash is a cell of a table, which is never empty.
func orDash(s string) string { return cmp.Or(s, "-") }
