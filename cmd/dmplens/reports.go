package main

import (
	"io"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

// reportFlags adds the flags of a verb that reports on files, and parses all flags. It returns what writes a report, and the files.
func (c *command) reportFlags(args []string, show func(*report.Report) *page.Page) (out func(*report.Report) error, files []string, err error) {
	asJSON := c.flags.Bool("json", false, "write an indented JSON object for each file")
	asJSONL := c.flags.Bool("jsonl", false, "write a JSON object on one line for each file")
	asMarkdown := c.flags.Bool("markdown", false, "write the page as Markdown, for a ticket")
	c.memoryFlag()
	files, style, err := c.parseText(args)
	switch {
	case err != nil:
		return nil, nil, err
	case *asJSON && *asJSONL, *asJSON && *asMarkdown, *asJSONL && *asMarkdown:
		return nil, nil, c.usageError("choose one of --json, --jsonl and --markdown")
	case len(files) == 0:
		return nil, nil, c.usageError("name at least one file, or - for standard input")
	}
	if files, err = c.files(files); err != nil {
		return nil, nil, err
	}
	style.Several = len(files) > 1
	first := true
	return func(r *report.Report) error {
		switch {
		case *asJSONL:
			return record.JSONL(c.stdout, r)
		case *asJSON:
			return record.JSON(c.stdout, r)
		}
		if !first {
			if _, err := io.WriteString(c.stdout, "\n"); err != nil {
				return err
			}
		}
		first = false
		if *asMarkdown {
			return text.Markdown(c.stdout, show(r))
		}
		return text.Write(c.stdout, show(r), style)
	}, files, nil
}

// privateFlag adds the flag of every verb that shows what can be private.
func (c *command) privateFlag(private *bool) {
	c.flags.BoolVar(private, "show-private", false, "show what can name a person, a machine or a network")
}

// reports writes a report on each file. A file that cannot be read is complained of, failed is told unless it is nil, and the others are
// reported on.
func (c *command) reports(a *analyze.Analyzer, files []string, out func(*report.Report) error, failed func(name string, err error)) (int, error) {
	code := exitOK
	for _, name := range files {
		d, err := c.open(a, name)
		if err != nil {
			c.complain(err)
			if failed != nil {
				failed(name, err)
			}
			code = exitUnusable
			continue
		}
		r := d.Report()
		d.Close()
		if err := out(r); err != nil {
			return code, err
		}
		code = max(code, exitOf(r))
	}
	return code, nil
}
