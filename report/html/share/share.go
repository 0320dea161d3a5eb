// Package share writes a page about the rows of many dumps: one document of HTML that needs nothing else. Only what the page can show is
// kept of the rows, so that its size and the memory for it are bounded by groups and machines, not by rows.
package share

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/dmplens/dmplens/report"
)

// What a page has room for. What is left out is counted, and the page says so.
const (
	maxGroups   = 300
	maxNewest   = 5 // rows of a group
	maxMachines = 200
	maxFiles    = 200 // that are damaged, and as many that are no dumps
	maxPatterns = 50

	firstPatterns = 8 // that are seen at once
	maxBuilds     = 3
	maxText       = 160 // characters of one text
	maxSentence   = 600 // of one that says what many dumps say together
)

// Share is what a page says. The rows are added first; Groups and Changes come from those who count them.
type Share struct {
	By       string               // what groups have in common: one of report.GroupKeys, signature if it is ""
	Groups   []report.Group       // those of many dumps first
	Baseline string               // name of the older rows, if there are any
	Changes  []report.GroupChange // since Baseline
	Patterns []Pattern
	Partial  string // why the rows are not all that there would be, "" where they are

	rows, dumps, copies        int
	live, images               int // of the dumps, those of a running system, and copies of memory that tools made
	unidentified               int // dumps without an identity of the machine
	first, last                time.Time
	days                       days
	groups                     map[string]*details
	machines                   map[string]*machine
	damaged, notDumps          files
	damagedBy, notDumpsBecause tally
}

// Pattern is what several rows say together.
type Pattern struct {
	Text, Confidence string
	Examples         []string // paths of the rows that it rests on
}

// details are what a group of report.Group lacks.
type details struct {
	days     days
	machines map[*machine]int32 // and the crashes of each
	builds   tally
	newest   newest
}

type machine struct {
	id, title     string
	crashes, live int
	signatures    int // groups of its crashes
	first, last   time.Time
}

// Add takes what the page needs of a row.
func (s *Share) Add(r *report.Report) {
	if s.groups == nil {
		s.groups, s.machines = map[string]*details{}, map[string]*machine{}
	}
	s.rows++
	if r.IsHealthyArchive() {
		return
	}
	key := cmp.Or(r.GroupKey(s.by()), report.NoKey)
	g := s.groups[key]
	if g == nil {
		g = &details{machines: map[*machine]int32{}}
		s.groups[strings.Clone(key)] = g
	}
	g.newest.add(r)
	switch {
	case r.Verdict == report.NotADump || r.Dump == nil:
		s.notDumps.add(r)
		s.notDumpsBecause.add(whyNoDump(r), 1)
		return
	case r.Verdict == report.Damaged || r.Verdict == report.Partial:
		s.damaged.add(r)
		s.damagedBy.add(string(r.Verdict)+": "+cmp.Or(problem(r), "no finding"), 1)
	}
	if r.File.DuplicateOf != "" {
		s.copies++
		return
	}
	s.dumps++
	live := r.Origin != nil && r.Origin.Kind == report.KindLive
	image := r.Origin != nil && r.Origin.Kind == report.KindMemory
	switch {
	case live:
		s.live++
	case image:
		s.images++
	}
	at := captured(r)
	if !at.IsZero() {
		s.days.add(at)
		g.days.add(at)
		s.first, s.last = span(s.first, s.last, at)
	}
	if build := value(r, "build"); build != "" {
		g.builds.add(build, 1)
	}
	if r.Hardware == nil || r.Hardware.MachineID == "" {
		s.unidentified++
		return
	}
	m := s.machines[r.Hardware.MachineID]
	if m == nil {
		m = &machine{id: strings.Clone(r.Hardware.MachineID), title: short(r.Hardware.Title())}
		s.machines[m.id] = m
	}
	crashes := g.machines[m]
	switch {
	case live:
		m.live++
	case !image:
		if crashes++; crashes == 1 {
			m.signatures++
		}
		if m.crashes++; !at.IsZero() {
			m.first, m.last = span(m.first, m.last, at)
		}
	}
	g.machines[m] = crashes
}

func span(first, last, at time.Time) (time.Time, time.Time) {
	if first.IsZero() || at.Before(first) {
		first = at
	}
	if at.After(last) {
		last = at
	}
	return first, last
}

// captured is when a dump was captured, zero where that is not known.
func captured(r *report.Report) time.Time {
	if r.Dump == nil || r.Dump.CapturedAt == nil {
		return time.Time{}
	}
	return r.Dump.CapturedAt.UTC()
}

// value is one column of a row.
func value(r *report.Report, column string) string { return r.GroupKey(column) }

// problem is the most severe finding of a row, or why there is no dump.
func problem(r *report.Report) string {
	for _, severity := range []report.Severity{report.SeverityError, report.SeverityWarning} {
		for _, f := range r.Findings {
			if f.Severity == severity {
				return string(f.ID)
			}
		}
	}
	if r.Error != nil {
		return r.Error.Message
	}
	return ""
}

func whyNoDump(r *report.Report) string {
	switch {
	case r.Dump != nil && r.Dump.What != "":
		return r.Dump.What
	case r.Verdict != report.NotADump:
		return "could not be read"
	}
	return "unknown"
}

// why is what people are told of a file that is damaged or no dump.
func why(r *report.Report) string {
	for _, severity := range []report.Severity{report.SeverityError, report.SeverityWarning} {
		for _, f := range r.Findings {
			if f.Severity == severity {
				return f.Message
			}
		}
	}
	if r.Error != nil {
		return r.Error.Message
	}
	return ""
}

// short makes a text safe, and cuts it to what the page has room for. The copy keeps no row in memory.
func short(s string) string { return shortTo(s, maxText) }

func shortTo(s string, most int) string {
	if len(s) > 8*most { // the rest would be cut anyhow
		s = s[:8*most]
	}
	s = report.Clean(s)
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most-1]) + "…"
	}
	return strings.Clone(s)
}

// shortPath is short for a path, of which the end tells most.
func shortPath(s string) string {
	if len(s) > 8*maxText {
		s = s[len(s)-8*maxText:]
	}
	s = report.Clean(s)
	if runes := []rune(s); len(runes) > maxText {
		s = "…" + string(runes[len(runes)-maxText+1:])
	}
	return strings.Clone(s)
}

// row is what the page shows of a dump.
type row struct {
	Path, Captured, Build, Machine, Verdict, Why string
	at                                           time.Time
}

func rowOf(r *report.Report) row {
	return row{
		Path: shortPath(report.PathOf(r)), Captured: moment(captured(r)), Build: short(value(r, "build")), Machine: short(value(r, "machine_id")),
		Verdict: short(string(r.Verdict)), Why: short(why(r)), at: captured(r),
	}
}

// newest keeps the rows that were captured last, and of those without a time the first.
type newest struct {
	rows []row
	of   int
}

func (n *newest) add(r *report.Report) {
	n.of++
	if len(n.rows) == maxNewest && !captured(r).After(n.rows[maxNewest-1].at) {
		return
	}
	one := rowOf(r)
	i, _ := slices.BinarySearchFunc(n.rows, one, func(a, b row) int {
		return cmp.Or(b.at.Compare(a.at), cmp.Compare(a.Path, b.Path))
	})
	n.rows = slices.Insert(n.rows, i, one)
	n.rows = n.rows[:min(len(n.rows), maxNewest)]
}

// files are the first files of a kind.
type files struct {
	rows []row
	of   int
}

func (f *files) add(r *report.Report) {
	if f.of++; len(f.rows) < maxFiles {
		f.rows = append(f.rows, rowOf(r))
	}
}

// tally counts texts. A hostile share has as many as it likes: what is new behind so many counts as others.
type tally map[string]int

const maxTally = 1000

func (t *tally) add(s string, n int) {
	if *t == nil {
		*t = tally{}
	}
	if _, known := (*t)[s]; !known {
		if s = short(s); len(*t) >= maxTally {
			s = "others"
		}
	}
	(*t)[s] += n
}

// list is the texts with their counts, the most frequent first.
func (t tally) list() []counted {
	list := make([]counted, 0, len(t))
	for text, n := range t {
		list = append(list, counted{text, n})
	}
	slices.SortFunc(list, func(a, b counted) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Text, b.Text)) })
	return list
}

type counted struct {
	Text string
	N    int
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02 15:04:05")
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
