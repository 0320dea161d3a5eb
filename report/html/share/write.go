package share

import (
	"bufio"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dmplens/dmplens/report"
)

//go:embed base.html share.html diff.html
var sources embed.FS

var documents = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{"commas": commas, "plural": plural, "list": list, "table": table}).ParseFS(sources, "*.html"))
})

// page is what the document shows. Every text in it was made safe by short.
type page struct {
	Title, Partial   string
	Facts            []fact
	Patterns         *patternList
	Baseline         string
	Since            []counted
	Gone             []groupView
	GoneMore         int
	Heat             []heat
	HeatWidth        int
	HeatText         string
	HeatFrom, HeatTo string
	Groups           []groupView
	GroupsMore       int
	GroupsMoreDumps  int
	Machines         []machineView
	MachinesMore     int
	Unidentified     int
	DamagedBy        []counted
	Damaged          files
	NotDumpsBecause  []counted
	NotDumps         files
	Newest, Dumps    int
}

func (f files) Rows() []row { return f.rows }
func (f files) Of() int     { return f.of }
func (f files) More() int   { return f.of - len(f.rows) }

type fact struct {
	Name, Value string
	always      bool // to be said where it is none
}

type groupView struct {
	Key, Name, Change, First, Last, Worst, Builds string
	Old, Count, Copies, Machines                  int
	Spark                                         *spark
	Rows                                          []row
	Of                                            int
}

type machineView struct {
	ID, Title, First, Last, Signatures string
	Crashes, Live, Kinds               int
}

// Write writes the page.
func (s *Share) Write(w io.Writer) error { return write(w, "share.html", s.page()) }

func write(w io.Writer, document string, page any) error {
	out := bufio.NewWriterSize(w, 1<<16)
	if err := documents().ExecuteTemplate(out, document, page); err != nil {
		return err
	}
	return out.Flush()
}

func (s *Share) page() *page {
	p := &page{
		Partial:  shortTo(s.Partial, maxSentence),
		Baseline: shortPath(s.Baseline), Damaged: s.damaged, NotDumps: s.notDumps, DamagedBy: s.damagedBy.list(), NotDumpsBecause: s.notDumpsBecause.list(),
		Patterns: views(s.Patterns), Unidentified: s.unidentified, Newest: maxNewest, Dumps: s.dumps,
	}
	for _, list := range []*[]counted{&p.DamagedBy, &p.NotDumpsBecause} {
		*list = (*list)[:min(len(*list), 10)]
	}
	if p.Title = commas(s.dumps) + " kernel dumps"; p.Partial != "" {
		p.Title = "Partial: " + p.Title
	}
	for _, f := range s.facts()[1:] { // the first is the title
		if f.Value != "0" || f.always {
			p.Facts = append(p.Facts, f)
		}
	}
	scale := scaleOf(s.days)
	s.strip(p, scale)
	s.listGroups(p, scale)
	s.listMachines(p)
	return p
}

// patternList is what a page has room for of patterns.
type patternList struct {
	First, Rest []Pattern
	More        int
}

// views makes patterns safe, and cuts what there is no room for; nil if there are none.
func views(patterns []Pattern) *patternList {
	if len(patterns) == 0 {
		return nil
	}
	var list []Pattern
	for _, x := range patterns[:min(len(patterns), maxPatterns)] {
		one := Pattern{Text: shortTo(x.Text, maxSentence), Confidence: short(x.Confidence)}
		for _, path := range x.Examples[:min(len(x.Examples), maxNewest)] {
			one.Examples = append(one.Examples, shortPath(path))
		}
		list = append(list, one)
	}
	n := min(len(list), firstPatterns)
	return &patternList{list[:n], list[n:], len(patterns) - len(list)}
}

func (s *Share) facts() []fact {
	list := []fact{
		{"dumps", commas(s.dumps), true}, {"crashes", commas(s.dumps - s.live - s.images), true}, {"live dumps", commas(s.live), false},
		{"memory images", commas(s.images), false}, {"copies", commas(s.copies), false}, {"machines", commas(len(s.machines)), true},
		{"groups", commas(s.keyed()), true}, {"damaged or partial", commas(s.damaged.of), true}, {"no dumps", commas(s.notDumps.of), false},
	}
	return append(list, fact{"first captured", cmp.Or(day(s.first), "unknown"), false}, fact{"last captured", cmp.Or(day(s.last), "unknown"), false})
}

// keyed is how many groups have something in common.
func (s *Share) keyed() int {
	n := len(s.Groups)
	if slices.ContainsFunc(s.Groups, func(g report.Group) bool { return g.Key == report.NoKey }) {
		n--
	}
	return n
}

func (s *Share) strip(p *page, scale scale) {
	p.Heat = scale.heat(s.days)
	if len(p.Heat) == 0 {
		return
	}
	p.HeatWidth = len(p.Heat) * heatCell
	p.HeatText = scale.spark(s.days).Text
	p.HeatFrom, p.HeatTo = dayNumber(scale.first), dayNumber(scale.first+scale.cells*scale.width-1)
}

func (s *Share) listGroups(p *page, scale scale) {
	changes := map[string]report.GroupChange{}
	since := tally{}
	for _, c := range s.Changes {
		if c.Key == report.NoKey { // it has no signature that could be new
			continue
		}
		changes[c.Key] = c
		since[c.Change]++
		if c.Change == report.ChangeGone {
			if len(p.Gone) < maxGroups/3 {
				p.Gone = append(p.Gone, groupView{Key: short(c.Key), Old: c.Old, Rows: []row{{Path: shortPath(c.Example)}}})
			} else {
				p.GoneMore++
			}
		}
	}
	for _, change := range []string{report.ChangeNew, report.ChangeGrowing, report.ChangeShrinking, report.ChangeGone, report.ChangeSame} {
		if len(s.Changes) > 0 {
			p.Since = append(p.Since, counted{change, since[change]})
		}
	}
	shown := slices.Clone(s.Groups)
	if len(changes) > 0 { // what is new has few dumps, and is what people look for
		slices.SortStableFunc(shown, func(a, b report.Group) int {
			return cmp.Compare(changeOrder(changes[a.Key].Change), changeOrder(changes[b.Key].Change))
		})
	}
	for i, g := range shown {
		if i >= maxGroups {
			p.GroupsMore++
			p.GroupsMoreDumps += g.Count
			continue
		}
		v := s.group(g, changes[g.Key], scale)
		if v.Change = short(changes[g.Key].Change); v.Change == report.ChangeSame {
			v.Change = ""
		}
		p.Groups = append(p.Groups, v)
	}
}

// group is what a page shows of a group that has changed so.
func (s *Share) group(g report.Group, c report.GroupChange, scale scale) groupView {
	v := groupView{
		Key: short(g.Key), Name: short(g.Name), Old: c.Old, Count: g.Count, Copies: g.Copies, First: dayOf(g.FirstSeen), Last: dayOf(g.LastSeen),
		Worst: short(string(g.WorstVerdict)),
	}
	if c.Change == report.ChangeGone {
		v.Count, v.Copies = 0, 0
	}
	if d := s.groups[g.Key]; d != nil {
		v.Machines, v.Spark, v.Rows, v.Of = len(d.machines), scale.spark(d.days), d.newest.rows, d.newest.of
		v.Builds = first(d.builds.list(), maxBuilds)
	}
	return v
}

// changeOrder puts groups that are new before those that grow, and those before others.
func changeOrder(change string) int {
	switch change {
	case report.ChangeNew:
		return 0
	case report.ChangeGrowing:
		return 1
	}
	return 2
}

// first names the first texts of a list, and how many more there are.
func first(list []counted, n int) string {
	var b strings.Builder
	for i, x := range list {
		if i == n {
			fmt.Fprintf(&b, " and %d more", len(list)-n)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(short(x.Text))
	}
	return b.String()
}

func (s *Share) listMachines(p *page) {
	var list []*machine
	for _, m := range s.machines {
		if m.crashes > 1 {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b *machine) int {
		return cmp.Or(cmp.Compare(b.signatures, a.signatures), cmp.Compare(b.crashes, a.crashes), cmp.Compare(a.id, b.id))
	})
	for i, m := range list {
		if i >= maxMachines {
			p.MachinesMore = len(list) - maxMachines
			break
		}
		p.Machines = append(p.Machines, machineView{
			ID: short(report.ShortID(m.id)), Title: m.title, Crashes: m.crashes, Live: m.live, Kinds: m.signatures,
			First: day(m.first), Last: day(m.last), Signatures: first(s.signatures(m), maxBuilds),
		})
	}
}

// groupTable is a table of groups, with what they were before or without.
type groupTable struct {
	Label, By string
	Before    bool
	Groups    []groupView
}

func table(label, by string, before bool, groups []groupView) groupTable {
	return groupTable{label, by, before, groups}
}

// signatures are those of a machine with their counts, the most frequent first.
func (s *Share) signatures(m *machine) []counted {
	t := tally{}
	for key, g := range s.groups {
		if n := g.machines[m]; n > 0 {
			t[key] = int(n)
		}
	}
	return t.list()
}

// fileList is a list of files under a heading.
type fileList struct {
	Name  string
	Files files
}

func list(name string, f files) fileList { return fileList{name, f} }

func dayOf(t *time.Time) string {
	if t == nil {
		return ""
	}
	return day(t.UTC())
}

func commas(n int) string { return report.Commas(int64(n)) }
