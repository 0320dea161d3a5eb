package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/batch/patterns"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/text"
)

// maxPatterns is how many patterns are said beside rows.
const maxPatterns = 20

// patterns returns the patterns, and says whether they are of all dumps.
func (c *command) patterns(together *patterns.Collector) []report.Pattern {
	if together.Left > 0 {
		c.complain(fmt.Errorf("what the dumps say together leaves out %s: it takes no more", plural(int64(together.Left), "dump")))
	}
	return together.List()
}

// sayPatterns says beside rows what many dumps say together.
func (c *command) sayPatterns(list []report.Pattern) {
	for _, p := range list[:min(len(list), maxPatterns)] {
		fmt.Fprintf(c.stderr, "dmplens: %s\n", brief(p.Sentence()))
	}
	if n := len(list) - maxPatterns; n > 0 {
		fmt.Fprintf(c.stderr, "dmplens: and %s more: see dmplens report --patterns\n", plural(int64(n), "pattern"))
	}
}

// writePatterns writes them as a result.
func (c *command) writePatterns(f *viewFlags, list []report.Pattern) error {
	style, err := c.style(*f.color, *f.width)
	if err != nil {
		return err
	}
	if *f.format != "table" {
		return writeRows(c.stdout, *f.format, report.PatternColumns(), style, list)
	}
	if len(list) == 0 {
		_, err := io.WriteString(c.stdout, "no pattern found: too few dumps to tell, or nothing beyond what chance explains\n")
		return err
	}
	return text.Write(c.stdout, patternPage(list), style)
}

// patternPage is patterns for people: how sure each is, what it says, and below it where to look.
func patternPage(list []report.Pattern) *page.Page {
	p := &page.Page{}
	for _, x := range list {
		p.Sections = append(p.Sections, page.Section{
			page.Row{Label: string(x.Confidence), Value: x.Text}, page.Row{Value: x.Where(), Tone: page.Dim},
		})
	}
	return p
}

// newPatterns are those that the old rows have not.
func newPatterns(old, new []report.Pattern) []report.Pattern {
	return slices.DeleteFunc(new, func(p report.Pattern) bool {
		return slices.ContainsFunc(old, func(o report.Pattern) bool { return o.Kind == p.Kind && o.Key == p.Key })
	})
}
