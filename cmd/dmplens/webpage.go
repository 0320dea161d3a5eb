package main

import (
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/html"
	"github.com/dmplens/dmplens/report/page"
)

// webPage writes one web page of all files. A file that cannot be read is complained of, and is not on the page; without any there is no page.
func (c *command) webPage(a *analyze.Analyzer, files []string, show func(*report.Report) *page.Page) (int, error) {
	var pages []*page.Page
	code, err := c.reports(a, files, func(r *report.Report) error {
		pages = append(pages, show(r))
		return nil
	})
	if err != nil || len(pages) == 0 {
		return code, err
	}
	return code, html.Write(c.stdout, pages)
}
