package share

import (
	"cmp"
	"io"
	"maps"

	"github.com/dmplens/dmplens/report"
)

// Diff is what a page about the changes of groups says. Changes come from who counts the groups of Old and New by their By.
type Diff struct {
	Old, New         *Share
	OldName, NewName string // of the files of rows
	Changes          []report.GroupChange
	Patterns         []Pattern // that only the new rows have
	Where            string    // the condition that rows of both fulfil, "" if there is none
	Made             Made
}

// diffPage is what the document shows.
type diffPage struct {
	Made                        madeView
	Title, OldName, NewName, By string
	Partial                     []string // why Old or New is not all that there would be
	Where                       string
	Counts                      []fact
	Facts                       []changedFact
	Patterns                    *patternList
	Sections                    []changeView
	Same                        changeView
}

type changedFact struct{ Name, Old, New string }

// changeView are the groups that changed in one way.
type changeView struct {
	Heading string
	Groups  []groupView
	More    int
}

// maxChanges is how many groups of one kind of change a page has room for.
const maxChanges = 100

// Write writes the page.
func (d *Diff) Write(w io.Writer) error { return write(w, "diff.html", d.page()) }

func (v changeView) All() int { return len(v.Groups) + v.More }

func (d *Diff) page() *diffPage {
	p := &diffPage{Made: d.Made.view(), Where: shortTo(d.Where, maxSentence), OldName: shortPath(d.OldName), NewName: shortPath(d.NewName), By: d.New.by(), Patterns: views(d.Patterns)}
	p.Title = "Changes from " + p.OldName + " to " + p.NewName
	for _, s := range []*Share{d.Old, d.New} {
		if s.Partial != "" {
			p.Partial = append(p.Partial, shortTo(s.Partial, maxSentence))
		}
	}
	before := d.Old.facts(d.Old.keyed())
	for i, now := range d.New.facts(d.New.keyed()) {
		if now.always || now.Value != "0" || before[i].Value != "0" {
			p.Facts = append(p.Facts, changedFact{now.Name, before[i].Value, now.Value})
		}
	}
	scale := scaleOf(d.both())
	old, new := byKey(d.Old.Groups), byKey(d.New.Groups)
	for _, kind := range []struct{ change, heading string }{
		{report.ChangeNew, "New"}, {report.ChangeGrowing, "Growing"}, {report.ChangeShrinking, "Shrinking"}, {report.ChangeGone, "Gone"},
		{report.ChangeSame, "Same"},
	} {
		v, n := changeView{Heading: kind.heading}, 0
		for _, c := range d.Changes {
			if c.Change != kind.change || c.Key == report.NoKey {
				continue
			}
			n++
			switch {
			case len(v.Groups) == maxChanges:
				v.More++
			case c.Change == report.ChangeGone:
				v.Groups = append(v.Groups, d.Old.group(old[c.Key], c, scale))
			default:
				v.Groups = append(v.Groups, d.New.group(new[c.Key], c, scale))
			}
		}
		p.Counts = append(p.Counts, fact{kind.change, commas(n), true})
		switch {
		case kind.change == report.ChangeSame:
			p.Same = v
		case len(v.Groups) > 0:
			p.Sections = append(p.Sections, v)
		}
	}
	return p
}

// both are the days of old and new rows.
func (d *Diff) both() days {
	all := maps.Clone(d.Old.days)
	if all == nil {
		all = days{}
	}
	for day, n := range d.New.days {
		all[day] += n
	}
	return all
}

func byKey(groups []report.Group) map[string]report.Group {
	m := make(map[string]report.Group, len(groups))
	for _, g := range groups {
		m[g.Key] = g
	}
	return m
}

// by is what the groups have in common.
func (s *Share) by() string { return cmp.Or(s.By, "signature") }
