package batch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// Groups counts reports that have something in common. It keeps nothing of a report but its group.
type Groups struct {
	by      string
	version string                // of the signatures, once one has been seen
	depths  map[report.Depth]bool // of the rows of files, which have modules at full depth only
	groups  map[string]*group
}

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
	return &Groups{by: by, groups: map[string]*group{}}, nil
}

// Add counts a report. Signatures of different versions are not equal where their texts are: the first that differs is an error.
func (g *Groups) Add(r *report.Report) error {
	if s := r.Signature; s != nil && g.bySignature() {
		if g.version == "" {
			g.version = s.Version
		}
		if s.Version != g.version {
			return differentVersions(g.version, s.Version)
		}
	}
	if r.File.Member == "" && r.Dump != nil && r.Verdict != report.NotADump {
		if g.depths == nil {
			g.depths = map[report.Depth]bool{}
		}
		g.depths[r.Depth] = true
	}
	key := r.GroupKey(g.by)
	if key == "" {
		key = report.NoKey
	}
	if g.groups[key] == nil {
		key = strings.Clone(key) // it may be a part of a long text
		g.groups[key] = &group{Group: report.Group{By: g.by, Key: key}}
		if (g.by == "code" || g.bySignature()) && r.Bugcheck != nil {
			g.groups[key].Name = strings.Clone(r.Bugcheck.Name)
		}
	}
	g.groups[key].add(r)
	return nil
}

func (g *group) add(r *report.Report) {
	// The example does not depend on the order of the reports, and is one that can be opened, if there is one.
	path, verdict := report.PathOf(r), r.Verdict
	if c := verdict.Compare(g.best); g.Count == 0 || c < 0 || c == 0 && path < g.Example {
		g.Example, g.best = path, verdict
	}
	if g.Count == 0 || verdict.Compare(g.WorstVerdict) > 0 {
		g.WorstVerdict = verdict
	}
	g.Count++
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
	return fmt.Errorf("signatures of version %s and of version %s cannot be compared: make all reports with one version of dmplens", a, b)
}

// MixedDepths says whether some of the reports are by headers alone, without modules, and some are not, where that matters.
func (g *Groups) MixedDepths() bool { return len(g.depths) > 1 && g.byModule() }

// byModule says whether the module is a part of the key.
func (g *Groups) byModule() bool { return g.bySignature() || g.by == "module" }

// List returns the groups, those of many reports first.
func (g *Groups) List() []report.Group {
	list := make([]report.Group, 0, len(g.groups))
	for _, one := range g.groups {
		one.SignatureVersion = g.version
		list = append(list, one.Group)
	}
	slices.SortFunc(list, func(a, b report.Group) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Key, b.Key))
	})
	return list
}
