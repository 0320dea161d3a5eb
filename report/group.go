package report

import (
	"slices"
	"strconv"
	"time"
)

// Group is what several reports have in common.
type Group struct {
	By               string     `json:"by" jsonschema:"what the reports have in common: signature, fine, code, origin, module, suspect, process, model, build, machine, machine_id, model_id, day"`
	SignatureVersion string     `json:"signature_version,omitempty" jsonschema:"version of the signatures, where the groups are made by them"`
	Key              string     `json:"key" jsonschema:"(none) for reports that have no such value"`
	Name             string     `json:"name,omitempty" jsonschema:"name of the bug check code, where the key has one; of machine_id and model_id the board and the processor"`
	Count            int        `json:"count" jsonschema:"how many dumps, of those with the same content one"`
	Copies           int        `json:"copies,omitempty" jsonschema:"how many more files have the content of one of them"`
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
	Old              int    `json:"old" jsonschema:"how many dumps it had, copies not counted"`
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
var GroupKeys = []string{"signature", "fine", "code", "origin", "module", "suspect", "process", "model", "build", "machine", "machine_id", "model_id", "day"}

// GroupKey returns the value by which a report is grouped, or "" if it has none, or the name is none of GroupKeys.
func (r *Report) GroupKey(by string) string {
	if by == "day" {
		return inUTC(orZero(r.Dump).CapturedAt, time.DateOnly)
	}
	i := slices.IndexFunc(columns, func(c Column[*Report]) bool { return c.Name == by })
	if i < 0 {
		return ""
	}
	return columns[i].Value(r)
}

// groupColumns are those of groups for a spreadsheet.
var groupColumns = []Column[Group]{
	{Name: "by", Value: func(g Group) string { return g.By }},
	{Name: "signature_version", Value: func(g Group) string { return g.SignatureVersion }},
	{Name: "key", Cut: CutEnd, Value: func(g Group) string { return g.Key }},
	{Name: "count", Right: true, Value: func(g Group) string { return strconv.Itoa(g.Count) }},
	{Name: "first_seen", Value: func(g Group) string { return inUTC(g.FirstSeen, time.RFC3339) }},
	{Name: "last_seen", Value: func(g Group) string { return inUTC(g.LastSeen, time.RFC3339) }},
	{Name: "worst_verdict", Value: worstVerdict},
	{Name: "example", Cut: CutStart, Value: func(g Group) string { return g.Example }},
	{Name: "name", Cut: CutEnd, Wide: true, Value: func(g Group) string { return g.Name }},
	{Name: "copies", Right: true, Value: func(g Group) string { return strconv.Itoa(g.Copies) }},
}

// shortGroupColumns say the same in the room of a terminal: days are enough to see how long a problem has been there.
var shortGroupColumns = []Column[Group]{
	{Name: "first", Value: func(g Group) string { return inUTC(g.FirstSeen, time.DateOnly) }},
	{Name: "last", Value: func(g Group) string { return inUTC(g.LastSeen, time.DateOnly) }},
	{Name: "worst", Wide: true, Value: worstVerdict},
}

func worstVerdict(g Group) string { return string(g.WorstVerdict) }

// GroupColumns are the columns of groups for a spreadsheet.
func GroupColumns() []Column[Group] { return groupColumns }

// GroupTable are the columns of groups for people; none where there are no groups. The keys stand under what they are.
func GroupTable(groups []Group) []Column[Group] {
	if len(groups) == 0 {
		return nil
	}
	by := groups[0].By
	copied := slices.ContainsFunc(groups, func(g Group) bool { return g.Copies > 0 })
	named := slices.ContainsFunc(groups, func(g Group) bool { return g.Name != "" })
	var list []Column[Group]
	for _, c := range pick(slices.Concat(groupColumns, shortGroupColumns), "count", "copies", "first", "last", "worst", "key", "name", "example") {
		switch c.Name {
		case "key":
			c.Name = by
		case "copies":
			if !copied {
				continue
			}
		case "name":
			c.Wide = by != "code" && by != "machine_id" && by != "model_id" // whose keys say nothing
			if c.Wide && !named {
				continue
			}
		}
		list = append(list, c)
	}
	return list
}

// changeColumns are all there are of changes of groups.
var changeColumns = []Column[GroupChange]{
	{Name: "by", Value: func(c GroupChange) string { return c.By }},
	{Name: "signature_version", Value: func(c GroupChange) string { return c.SignatureVersion }},
	{Name: "key", Cut: CutEnd, Value: func(c GroupChange) string { return c.Key }},
	{Name: "change", Value: func(c GroupChange) string { return c.Change }},
	{Name: "old", Right: true, Value: func(c GroupChange) string { return strconv.Itoa(c.Old) }},
	{Name: "new", Right: true, Value: func(c GroupChange) string { return strconv.Itoa(c.New) }},
	{Name: "example", Cut: CutStart, Value: func(c GroupChange) string { return c.Example }},
}

// ChangeColumns are the columns of changes for a spreadsheet.
func ChangeColumns() []Column[GroupChange] { return changeColumns }

// ChangeTable are the columns of changes for people; none where there are no changes. The keys stand under what they are.
func ChangeTable(changes []GroupChange) []Column[GroupChange] {
	if len(changes) == 0 {
		return nil
	}
	list := pick(changeColumns, "change", "old", "new", "key", "example")
	list[3].Name = changes[0].By
	return list
}
