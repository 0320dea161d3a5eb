package main

import (
	"errors"
	"io"
	"os"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/html"
	"github.com/dmplens/dmplens/report/page"
)

// webPage writes one web page of all files, to a new file or to standard output. A file that cannot be read is complained of, and is not on
// the page; without any there is no page.
func (c *command) webPage(a *analyze.Analyzer, files []string, show func(*report.Report) *page.Page, output string) (code int, err error) {
	var pages []*page.Page
	write := func(w io.Writer) error { return html.Write(w, pages) }
	add := func(r *report.Report) error {
		pages = append(pages, show(r))
		return nil
	}
	if output == "" || output == "-" {
		if code, err = c.reports(a, files, add); err != nil || len(pages) == 0 {
			return code, err
		}
		return code, write(c.stdout)
	}
	out, err := os.OpenFile(output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) // before the work, which would be lost
	if err != nil {
		return exitUnusable, err
	}
	code, err = c.reports(a, files, add)
	if err == nil && len(pages) > 0 {
		err = write(out)
	}
	if err = errors.Join(err, out.Close()); err != nil || len(pages) == 0 {
		os.Remove(output) // half of a page would look like all of it
	}
	return code, err
}
