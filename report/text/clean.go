package text

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"github.com/dmplens/dmplens/report"
)

// Clean makes a string from a dump or a file name safe to show on a terminal, as report.Clean says.
func Clean(s string) string { return report.Clean(s) }

// wrap breaks text into lines of at most width columns between words. A longer word has a line of its own and is never cut, but for one in a script that
// has no blanks between words. Runs of blanks inside a line stay, because a pool tag can have them.
func wrap(s string, width int) []string {
	var lines []string
	line, columns := "", 0
	for word := range strings.SplitSeq(s, " ") {
		n := runes(word)
		for n > width && n > utf8.RuneCountInString(word) { // it has characters that are two columns wide
			room := width
			if columns > 0 {
				room -= columns + 1
			}
			piece := prefix(word, room)
			if columns > 0 && piece != "" {
				line += " "
			}
			if columns == 0 && piece == "" {
				break // not even one of them fits
			}
			lines = append(lines, line+piece)
			line, columns = "", 0
			word = word[len(piece):]
			n = runes(word)
		}
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

// runes is how many columns of a terminal a text takes.
func runes(s string) int {
	if n := len(s); n == utf8.RuneCountInString(s) {
		return n
	}
	return twwidth.Width(s)
}

// orDash is a cell of a table, which is never empty.
func orDash(s string) string { return cmp.Or(s, "-") }
