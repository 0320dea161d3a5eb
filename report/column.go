package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Column is one value of what tables have as rows: reports, groups, changes of groups. The values are as they stand there: whoever shows
// them cleans them. A value that is not known is empty.
type Column[T any] struct {
	Name  string
	Right bool // a number, to be aligned at the right
	Cut   Cut
	Wide  bool // on a terminal for a table with at least WideTable columns only
	Value func(T) string
}

// WideTable is how many columns of a terminal make a table wide.
const WideTable = 120

// Cut is where a value may be shortened that is too wide for its column.
type Cut int

// A part of a number or a time would mislead; the beginning of most texts tells most; of a path the end does.
const (
	CutNowhere Cut = iota
	CutEnd
	CutStart
)

// columns are all there are of reports.
var columns = []Column[*Report]{
	{Name: "path", Cut: CutStart, Value: PathOf},
	{Name: "format", Cut: CutEnd, Value: func(r *Report) string { return string(orZero(r.Dump).Format) }},
	{Name: "captured", Wide: true, Value: func(r *Report) string { return inUTC(orZero(r.Dump).CapturedAt, time.RFC3339) }},
	{Name: "build", Value: buildOf},
	{Name: "machine", Cut: CutEnd, Value: func(r *Report) string { return orZero(r.Dump).Machine }},
	{Name: "code", Value: func(r *Report) string { return orZero(r.Bugcheck).Code }},
	{Name: "name", Cut: CutEnd, Value: func(r *Report) string { return r.Bugcheck.Title() }},
	{Name: "origin", Cut: CutEnd, Wide: true, Value: func(r *Report) string { return string(orZero(r.Origin).Source) }},
	{Name: "process", Cut: CutEnd, Value: func(r *Report) string { return orZero(r.Process).Name }},
	{Name: "module", Cut: CutEnd, Value: func(r *Report) string { return orZero(r.Signature).Module }},
	{Name: "signature", Value: func(r *Report) string { return orZero(r.Signature).Coarse }},
	{Name: "fine", Cut: CutEnd, Value: func(r *Report) string { return orZero(r.Signature).Fine }},
	{Name: "total", Right: true, Wide: true, Value: totalOf},
	{Name: "header", Right: true, Value: func(r *Report) string { return number(orZero(r.Sizes).Header) }},
	{Name: "primary", Right: true, Value: func(r *Report) string { return number(orZero(r.Sizes).Primary) }},
	{Name: "secondary", Right: true, Value: func(r *Report) string { return number(orZero(r.Sizes).Secondary) }},
	{Name: "missing", Right: true, Value: func(r *Report) string { return number(orZero(r.Sizes).Missing) }},
	{Name: "verdict", Value: func(r *Report) string { return string(r.Verdict) }},
	{Name: "finding", Cut: CutEnd, Value: findingOf},
	{Name: "error", Cut: CutEnd, Value: func(r *Report) string { return orZero(r.Error).Message }},
	{Name: "problem", Cut: CutEnd, Value: problemOf},
	{Name: "duplicate_of", Cut: CutStart, Value: func(r *Report) string { return r.File.DuplicateOf }},
	{Name: "p1", Value: parameter(1)},
	{Name: "p2", Value: parameter(2)},
	{Name: "p3", Value: parameter(3)},
	{Name: "p4", Value: parameter(4)},
	{Name: "address", Cut: CutEnd, Value: addressOf},
	{Name: "uptime", Right: true, Value: uptimeOf}, // in whole seconds
	{Name: "processors", Right: true, Value: processorsOf},
	{Name: "model", Cut: CutEnd, Value: func(r *Report) string { return Unpadded(orZero(r.Hardware).Model) }},
	{Name: "board", Cut: CutEnd, Value: func(r *Report) string { return Unpadded(orZero(r.Hardware).Board) }},
	{Name: "bios", Cut: CutEnd, Value: func(r *Report) string { return Unpadded(orZero(r.Hardware).BIOS) }},
	{Name: "machine_id", Value: func(r *Report) string { return ShortID(orZero(r.Hardware).MachineID) }},
	{Name: "model_id", Value: func(r *Report) string { return ShortID(orZero(r.Hardware).ModelID) }},
	{Name: "release", Cut: CutEnd, Value: func(r *Report) string { return orZero(r.Dump).Release }},
	{Name: "suspect", Cut: CutEnd, Value: func(r *Report) string { return orZero(r.Suspect).Module }},
	{Name: "confidence", Value: confidenceOf}, // of the suspect
	{Name: "event", Cut: CutEnd, Value: eventOf},
	{Name: "event_before", Right: true, Value: eventBeforeOf}, // in seconds
	{Name: "log", Cut: CutStart, Value: logOf},
}

// eventOf is the event before the stop, of a row the most telling.
func eventOf(r *Report) string {
	if len(r.Events) == 0 {
		return ""
	}
	return r.Events[0].Text
}

// eventBeforeOf is how long before the stop that was.
func eventBeforeOf(r *Report) string {
	if len(r.Events) == 0 || r.Events[0].SecondsBefore == nil {
		return ""
	}
	return strconv.FormatFloat(*r.Events[0].SecondsBefore, 'f', 3, 64)
}

// logOf is the record of a log that the dump belongs to.
func logOf(r *Report) string {
	switch l := r.Log; {
	case l == nil:
		return ""
	case !l.Matched:
		return "no match"
	case l.Record == 0:
		return l.File
	default:
		return fmt.Sprintf("%s, record %d", l.File, l.Record)
	}
}

// ShortID is an identity of a machine as people see it: eight digits of it.
func ShortID(id string) string { return id[:min(len(id), 8)] }

// confidenceOf is how sure the suspect is.
func confidenceOf(r *Report) string {
	if orZero(r.Suspect).Module == "" {
		return ""
	}
	return string(r.Suspect.Confidence)
}

// Columns returns the columns of reports of a list of names: "path,code,verdict". They were asked for, so they are there on a narrow
// table too.
func Columns(names string) ([]Column[*Report], error) {
	var list []Column[*Report]
	for name := range strings.SplitSeq(names, ",") {
		name = strings.TrimSpace(name)
		found := pick(columns, name)
		if found == nil {
			all := ColumnNames()
			if near := cmp.Or(otherColumns[strings.ToLower(name)], Nearest(name, all)); near != "" {
				return nil, fmt.Errorf("no column %q: did you mean %s?", name, near)
			}
			return nil, fmt.Errorf("no column %q: there are %s", name, strings.Join(all, ", "))
		}
		found[0].Wide = false
		list = append(list, found...)
	}
	return list, nil
}

// otherColumns are what columns may be called by somebody who does not know their names.
var otherColumns = map[string]string{
	"date": "captured", "time": "captured", "when": "captured", "day": "captured", "size": "total", "bytes": "total", "length": "total",
	"file": "path", "bugcheck": "code", "status": "verdict",
}

// ColumnNames are the names of all columns of reports.
func ColumnNames() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

// TableColumns are the columns of reports for people.
func TableColumns() []Column[*Report] {
	return pick(columns, "path", "captured", "origin", "signature", "total", "verdict", "problem")
}

// AllColumns are the columns of reports for a spreadsheet: all but the one that is two of the others.
func AllColumns() []Column[*Report] {
	return slices.DeleteFunc(slices.Clone(columns), func(c Column[*Report]) bool { return c.Name == "problem" })
}

// pick returns the columns of these names, in their order.
func pick[T any](columns []Column[T], names ...string) []Column[T] {
	var list []Column[T]
	for _, name := range names {
		if i := slices.IndexFunc(columns, func(c Column[T]) bool { return c.Name == name }); i >= 0 {
			list = append(list, columns[i])
		}
	}
	return list
}

// PathOf is the path of the file, or that of an archive and the name of its member behind an exclamation mark.
func PathOf(r *Report) string {
	if r.File.Member != "" {
		return r.File.Path + "!" + r.File.Member
	}
	return r.File.Path
}

// orZero is what a pointer points to, or a zero value: every field of a report is optional.
func orZero[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}

func number(p *int64) string {
	if p == nil {
		return ""
	}
	return strconv.FormatInt(*p, 10)
}

// parameter returns what a parameter of the bug check is.
func parameter(index int) func(*Report) string {
	return func(r *Report) string {
		for _, p := range orZero(r.Bugcheck).Parameters {
			if p.Index == index {
				return p.Value
			}
		}
		return ""
	}
}

// addressOf is where the fault of the signature is, module and offset; else where the exception happened.
func addressOf(r *Report) string {
	if s := orZero(r.Signature); s.Module != "" {
		if fine, ok := strings.CutPrefix(s.Fine, s.Coarse+"+"); ok {
			offset, _, _ := strings.Cut(fine, "|")
			return s.Module + "+" + offset
		}
	}
	e := orZero(r.Exception)
	if e.Module != "" {
		return e.Module + "+" + e.Offset
	}
	return e.Address
}

func uptimeOf(r *Report) string {
	if up := orZero(r.Dump).UptimeSeconds; up != nil {
		return strconv.FormatFloat(math.Floor(*up), 'f', 0, 64)
	}
	return ""
}

func processorsOf(r *Report) string {
	if n := orZero(r.Dump).Processors; n != nil {
		return fmt.Sprint(*n)
	}
	return ""
}

func totalOf(r *Report) string {
	if r.Sizes == nil {
		return number(r.File.Size)
	}
	return number(&r.Sizes.Total)
}

func inUTC(t *time.Time, layout string) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(layout)
}

func buildOf(r *Report) string {
	d := orZero(r.Dump)
	switch {
	case d.Build == nil:
		return ""
	case d.Revision == nil:
		return fmt.Sprint(*d.Build)
	}
	return fmt.Sprintf("%d.%d", *d.Build, *d.Revision)
}

// findingOf is the id of the most severe finding, the first of several. What is only worth knowing is none.
func findingOf(r *Report) string {
	for _, severity := range []Severity{SeverityError, SeverityWarning} {
		for _, f := range r.Findings {
			if f.Severity == severity {
				return string(f.ID)
			}
		}
	}
	return ""
}

// problemOf is what a table says that has room for one thing: the finding, else why there is no dump.
func problemOf(r *Report) string {
	if id := findingOf(r); id != "" {
		return id
	}
	return orZero(r.Error).Message
}

// IsHealthyArchive says whether it is of an archive whose content has rows of its own, and nothing is wrong with it.
func (r *Report) IsHealthyArchive() bool {
	return orZero(r.File.Members) > 0 && r.File.Member == "" && findingOf(r) == ""
}

// Title is the name of the code, as tables have it. Code 0 has a name too, but says that there was no bug check.
func (b *Bugcheck) Title() string {
	switch {
	case b == nil:
		return ""
	case b.Code == "0x0":
		return "no bug check"
	}
	return b.Name
}
