package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// Help is read on terminals of 80 columns.
func TestHelpWidth(t *testing.T) {
	pages := [][]string{{"help"}}
	for _, v := range verbs {
		pages = append(pages, []string{"help", v.name}, []string{v.name, "--help"})
	}
	for _, args := range pages {
		var out, stderr bytes.Buffer
		if code := run(args, nil, &out, &stderr); code != exitOK || out.Len() == 0 || stderr.Len() > 0 {
			t.Errorf("%q: code %d, %s", args, code, &stderr)
		}
		for line := range strings.Lines(out.String()) {
			if line = strings.TrimRight(line, "\n"); utf8.RuneCountInString(line) > 80 || strings.HasSuffix(line, " ") {
				t.Errorf("%q has a line of %d columns: %q", args, utf8.RuneCountInString(line), line)
			}
		}
	}
}

func TestProse(t *testing.T) {
	const in = "\none two\nthree:\n  a  kept as it is\n  b\nfour\n\n" + "word word word word word word word word word word word word word word word word 81\n"
	const want = "one two three:\n  a  kept as it is\n  b\nfour\n\nword word word word word word word word word word word word word word word word\n81\n\n"
	if got := prose(in); got != want {
		t.Errorf("%q", got)
	}
}
