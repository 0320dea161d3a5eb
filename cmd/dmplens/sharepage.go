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
	r, err := counted(p.groups, r)
	if err == nil {
		p.share.Add(r)
		p.together.Add(r)
	}
	return err
}

// counted adds a row to groups, and returns it as they count it: a condition can leave out a file and not its copies, and then the first of
// them is the dump.
func counted(groups *batch.Groups, r *report.Report) (*report.Report, error) {
	copied, err := groups.Add(r)
	if err != nil || copied == (r.File.DuplicateOf != "") {
		return r, err
	}
	as := *r
	as.File.DuplicateOf = ""
	if copied {
		as.File.DuplicateOf = r.File.Path
	}
	return &as, nil
}

// since compares with older rows. It returns what eachRow does.
func (p *sharePage) since(c *command, name string, read readRows, wanted func(*report.Report) bool) (code, unread int, err error) {
	old, err := batch.NewGroups("signature")
	if err != nil {
		return exitUnusable, 0, err
	}
	code, unread, err = c.eachRow([]string{name}, read, func(r *report.Report) error {
		if wanted(r) {
			_, err := old.Add(r)
			return err
		}
		return nil
	})
	if err != nil {
		return code, unread, err
	}
	p.share.Baseline = name
	p.share.Changes, err = batch.Diff(old, p.groups)
	return code, unread, err
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
			name = standardInput
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
