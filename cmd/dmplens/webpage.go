package main

import (
	"strings"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/html"
	"github.com/dmplens/dmplens/report/page"
)

// webPage writes one web page of all files. A file that cannot be read is complained of, and the page says so too; where none can there is no
// page.
func (c *command) webPage(a *analyze.Analyzer, files []string, show func(*report.Report) *page.Page) (int, error) {
	var pages []*page.Page
	read := 0
	code, err := c.reports(a, files, func(r *report.Report) error {
		read++
		pages = append(pages, show(r))
		return nil
	}, func(name string, err error) {
		why := "could not be read: " + strings.TrimPrefix(brief(err.Error()), name+": ")
		pages = append(pages, &page.Page{Title: name, Sections: []page.Section{{page.Row{Label: "Error", Value: why, Tone: page.Bad}}}})
	})
	if err != nil || read == 0 {
		return code, err
	}
	return code, html.Write(c.stdout, pages)
}
