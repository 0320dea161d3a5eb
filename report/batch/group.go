package batch

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// Groups counts reports that have something in common. It keeps nothing of a report but its group, and a hash of its path.
type Groups struct {
	by      string
	version string                // of the signatures, once one has been seen
	depths  map[report.Depth]bool // of the rows of files, which have modules at full depth only
	groups  map[string]*group
	known   map[key]mark
}

// mark says what of a file was seen in a group: a row of it, and content for which it stands.
type mark uint8

const (
	markRow mark = 1 << iota
	markContent
)

type group struct {
	report.Group
	best report.Verdict // verdict of the example
}

// NewGroups returns groups by one of report.GroupKeys.
func NewGroups(by string) (*Groups, error) {
	if !slices.Contains(report.GroupKeys, by) {
		if near := report.Nearest(by, report.GroupKeys); near != "" {
			return nil, fmt.Errorf("no groups by %q: did you mean %s?", by, near)
		}
		return nil, fmt.Errorf("no groups by %q: there are %s", by, strings.Join(report.GroupKeys, ", "))
	}
	return &Groups{by: by, groups: map[string]*group{}, known: map[key]mark{}}, nil
}

// Add counts a report. The row of an archive in which nothing is wrong is of no group: what is inside has rows of its own. A copy of a dump
// is counted as one: of what there is of a file and its copies in a group the first row is the dump. A file that has another row under
// another spelling of its path is not counted again. Signatures of different versions are not equal where their texts are: the first that
// differs is an error.
func (g *Groups) Add(r *report.Report) (copied bool, err error) {
	if s := r.Signature; s != nil && g.bySignature() {
		if g.version == "" {
			g.version = s.Version
		}
		if s.Version != g.version {
			return false, differentVersions(g.version, s.Version)
		}
	}
	if r.File.Member == "" && r.Dump != nil && r.Verdict != report.NotADump {
		if g.depths == nil {
			g.depths = map[report.Depth]bool{}
		}
		g.depths[r.Depth] = true
	}
	if r.IsHealthyArchive() {
		return false, nil
	}
	key := r.GroupKey(g.by)
	if key == "" {
		key = report.NoKey
	}
	if g.groups[key] == nil {
		key = strings.Clone(key) // it may be a part of a long text
		g.groups[key] = &group{Group: report.Group{By: g.by, Key: key}}
		switch {
		case (g.by == "code" || g.bySignature()) && r.Bugcheck != nil:
			g.groups[key].Name = strings.Clone(r.Bugcheck.Title())
		case (g.by == "machine_id" || g.by == "model_id") && key != report.NoKey:
			g.groups[key].Name = r.Hardware.Title()
		}
	}
	copied = r.File.DuplicateOf != ""
	if g.first(markRow, key, r.File.Path, r.File.Member) {
		if original := r.File.DuplicateOf; original != "" {
			copied = !g.first(markContent, key, original, "")
		} else {
			copied = !g.first(markContent, key, r.File.Path, r.File.Member)
		}
		g.groups[key].add(r, copied)
	}
	return copied, nil
}

// first says whether a group has no such mark of a file yet, and sets it.
func (g *Groups) first(m mark, group, name, member string) bool {
	k := keyOf(group+"\x00"+filepath.ToSlash(filepath.Clean(name)), member)
	was := g.known[k]
	g.known[k] = was | m
	return was&m == 0
}

func (g *group) add(r *report.Report, copied bool) {
	// The example does not depend on the order of the reports, and is one that can be opened, if there is one.
	path, verdict := report.PathOf(r), r.Verdict
	if c := verdict.Compare(g.best); g.Count+g.Copies == 0 || c < 0 || c == 0 && path < g.Example {
		g.Example, g.best = path, verdict
	}
	if g.Count+g.Copies == 0 || verdict.Compare(g.WorstVerdict) > 0 {
		g.WorstVerdict = verdict
	}
	if copied {
		g.Copies++
	} else {
		g.Count++
	}
	if r.Dump == nil || r.Dump.CapturedAt == nil {
		return
	}
	at := r.Dump.CapturedAt.UTC()
	if g.FirstSeen == nil || at.Before(*g.FirstSeen) {
		g.FirstSeen = &at
	}
	if g.LastSeen == nil || at.After(*g.LastSeen) {
		g.LastSeen = &at
	}
}

func (g *Groups) bySignature() bool { return g.by == "signature" || g.by == "fine" }

func differentVersions(a, b string) error {
	return fmt.Errorf("signatures of version %.200s and of version %.200s cannot be compared: make all reports with one version of dmplens", a, b)
}

// MixedDepths says whether some of the reports are by headers alone, without modules, and some are not, where that matters.
func (g *Groups) MixedDepths() bool { return len(g.depths) > 1 && g.byModule() }

// byModule says whether the module is a part of the key.
func (g *Groups) byModule() bool { return g.bySignature() || g.by == "module" || g.by == "suspect" }

// List returns the groups, those of many dumps first; days are in their order.
func (g *Groups) List() []report.Group {
	list := make([]report.Group, 0, len(g.groups))
	for _, one := range g.groups {
		one.SignatureVersion = g.version
		list = append(list, one.Group)
	}
	slices.SortFunc(list, func(a, b report.Group) int {
		if g.by == "day" { // (none) before the first
			return cmp.Compare(a.Key, b.Key)
		}
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(b.Copies, a.Copies), cmp.Compare(a.Key, b.Key))
	})
	return list
}
