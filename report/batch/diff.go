package batch

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/dmplens/dmplens/report"
)

// Changes are the changes of a group, those first that somebody should look at first.
var Changes = []string{report.ChangeNew, report.ChangeGrowing, report.ChangeShrinking, report.ChangeGone, report.ChangeSame}

// Diff says how groups have changed: new ones first, then growing, shrinking, gone and those of the same size; of each those first whose
// counts differ most.
func Diff(old, new *Groups) ([]report.GroupChange, error) {
	if old.by != new.by {
		return nil, fmt.Errorf("groups by %s and by %s cannot be compared", old.by, new.by)
	}
	if len(old.depths) > 0 && len(new.depths) > 0 && !maps.Equal(old.depths, new.depths) && old.byModule() {
		return nil, errors.New("the rows are of different depths: those of --depth header have no modules, so that their signatures differ")
	}
	if old.version != "" && new.version != "" && old.version != new.version {
		return nil, differentVersions(old.version, new.version)
	}
	keys := map[string]bool{}
	for key := range old.groups {
		keys[key] = true
	}
	for key := range new.groups {
		keys[key] = true
	}
	list := make([]report.GroupChange, 0, len(keys))
	for key := range keys {
		c := report.GroupChange{By: old.by, SignatureVersion: cmp.Or(new.version, old.version), Key: key}
		if g := old.groups[key]; g != nil {
			c.Old, c.Example = g.Count, g.Example
		}
		if g := new.groups[key]; g != nil {
			c.New, c.Example = g.Count, g.Example
		}
		c.Change = change(c.Old, c.New)
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b report.GroupChange) int {
		return cmp.Or(
			cmp.Compare(slices.Index(Changes, a.Change), slices.Index(Changes, b.Change)),
			cmp.Compare(max(b.New-b.Old, b.Old-b.New), max(a.New-a.Old, a.Old-a.New)),
			cmp.Compare(a.Key, b.Key),
		)
	})
	return list, nil
}

func change(old, new int) string {
	switch {
	case old == 0:
		return report.ChangeNew
	case new == 0:
		return report.ChangeGone
	case new > old:
		return report.ChangeGrowing
	case new < old:
		return report.ChangeShrinking
	}
	return report.ChangeSame
}
