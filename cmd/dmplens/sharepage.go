package main

import (
	"io"
	"time"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/batch"
	"github.com/dmplens/dmplens/report/batch/patterns"
	"github.com/dmplens/dmplens/report/html/share"
)

// sharePage collects rows for a web page about all of them.
type sharePage struct {
	share  share.Share
	groups *batch.Groups

	together patterns.Collector
}

// newSharePage is a page about the rows of files or folders, those that fulfil a condition.
func newSharePage(from []string, where string) (*sharePage, error) {
	groups, err := batch.NewGroups("signature")
	return &sharePage{share: share.Share{Where: where, Made: madeNow(from)}, groups: groups}, err
}

func (p *sharePage) add(r *report.Report) error {
	p.share.Add(r)
	p.together.Add(r)
	return p.groups.Add(r)
}

// since compares with older rows.
func (p *sharePage) since(c *command, name string, read readRows, wanted func(*report.Report) bool) error {
	old, err := batch.NewGroups("signature")
	if err != nil {
		return err
	}
	if _, err := c.eachRow([]string{name}, read, func(r *report.Report) error {
		if wanted(r) {
			return old.Add(r)
		}
		return nil
	}); err != nil {
		return inFile(name, err)
	}
	p.share.Baseline = name
	p.share.Changes, err = batch.Diff(old, p.groups)
	return err
}

func (p *sharePage) write(w io.Writer) error {
	p.share.Groups = p.groups.List()
	p.share.Patterns = onPage(p.together.List())
	return p.share.Write(w)
}

// madeNow is what a page says of itself that is made of these files now.
func madeNow(from []string) share.Made {
	m := share.Made{Version: version, At: time.Now()}
	for _, name := range from {
		if name == "-" {
			name = "standard input"
		}
		m.From = append(m.From, name)
	}
	return m
}

// onPage is what a page says of patterns.
func onPage(list []report.Pattern) (views []share.Pattern) {
	for _, x := range list {
		views = append(views, share.Pattern{Text: x.Text, Confidence: string(x.Confidence), Examples: x.Examples})
	}
	return views
}
