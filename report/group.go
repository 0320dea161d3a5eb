package report

import "time"

// Group is what several reports have in common.
type Group struct {
	By               string     `json:"by" jsonschema:"what the reports have in common: signature, fine, code, origin, module, build, machine, day"`
	SignatureVersion string     `json:"signature_version,omitempty" jsonschema:"version of the signatures, where the groups are made by them"`
	Key              string     `json:"key" jsonschema:"(none) for reports that have no such value"`
	Name             string     `json:"name,omitempty" jsonschema:"name of the bug check code, where the key has one"`
	Count            int        `json:"count"`
	FirstSeen        *time.Time `json:"first_seen,omitempty" jsonschema:"the earliest time of capture that is known"`
	LastSeen         *time.Time `json:"last_seen,omitempty"`
	Example          string     `json:"example" jsonschema:"path of one of the files, of those with the best verdict"`
	WorstVerdict     Verdict    `json:"worst_verdict,omitempty"`
}

// GroupChange is a group before and after.
type GroupChange struct {
	By               string `json:"by"`
	SignatureVersion string `json:"signature_version,omitempty"`
	Key              string `json:"key"`
	Change           string `json:"change" jsonschema:"new, growing, shrinking, gone, same"`
	Old              int    `json:"old" jsonschema:"how many reports it had"`
	New              int    `json:"new"`
	Example          string `json:"example" jsonschema:"path of one of the new files, or of the old ones where it is gone"`
}

// Changes of a group.
const (
	ChangeNew       = "new"
	ChangeGrowing   = "growing"
	ChangeShrinking = "shrinking"
	ChangeGone      = "gone"
	ChangeSame      = "same"
)

// NoKey is the key of the group of reports that lack the value that others are grouped by.
const NoKey = "(none)"

// GroupKeys are the names of what reports can be grouped by.
var GroupKeys = []string{"signature", "fine", "code", "origin", "module", "build", "machine", "day"}

// GroupKey returns the value by which a report is grouped, or "" if it has none, or the name is none of GroupKeys.
func (r *Report) GroupKey(by string) string {
	if by == "day" {
		return capturedAt(r, time.DateOnly)
	}
	for _, c := range columns {
		if c.Name == by {
			return c.Value(r)
		}
	}
	return ""
}
