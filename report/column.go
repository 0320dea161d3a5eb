package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Column is one value of a report, for tables whose rows are reports. The values are as they stand in the report: whoever shows them
// cleans them. A value that is not known is empty.
type Column struct {
	Name  string
	Right bool // a number, to be aligned at the right
	Cut   Cut
	Value func(*Report) string
}

// Cut is where a value may be shortened that is too wide for its column.
type Cut int

// A part of a number or a time would mislead; the beginning of most texts tells most; of a path the end does.
const (
	CutNowhere Cut = iota
	CutEnd
	CutStart
)

// Names of columns for a table on a terminal, which is narrow if it has less than 120 columns, and for a spreadsheet.
const (
	NarrowColumns = "path,signature,verdict,problem"
	TableColumns  = "path,captured,origin,signature,total,verdict,problem"
	AllColumns    = "path,format,captured,build,machine,code,name,origin,process,module,signature,fine,total,header,primary,secondary,missing," +
		"verdict,finding,error,duplicate_of"
)

var columns = []Column{
	{"path", false, CutStart, PathOf},
	{"format", false, CutEnd, func(r *Report) string { return string(orZero(r.Dump).Format) }},
	{"captured", false, CutNowhere, func(r *Report) string { return capturedAt(r, time.RFC3339) }},
	{"build", false, CutNowhere, buildOf},
	{"machine", false, CutEnd, func(r *Report) string { return orZero(r.Dump).Machine }},
	{"code", false, CutNowhere, func(r *Report) string { return orZero(r.Bugcheck).Code }},
	{"name", false, CutEnd, func(r *Report) string { return orZero(r.Bugcheck).Name }},
	{"origin", false, CutEnd, func(r *Report) string { return string(orZero(r.Origin).Source) }},
	{"process", false, CutEnd, func(r *Report) string { return orZero(r.Process).Name }},
	{"module", false, CutEnd, moduleOf},
	{"signature", false, CutNowhere, func(r *Report) string { return orZero(r.Signature).Coarse }},
	{"fine", false, CutEnd, func(r *Report) string { return orZero(r.Signature).Fine }},
	{"total", true, CutNowhere, totalOf},
	{"header", true, CutNowhere, func(r *Report) string { return number(orZero(r.Sizes).Header) }},
	{"primary", true, CutNowhere, func(r *Report) string { return number(orZero(r.Sizes).Primary) }},
	{"secondary", true, CutNowhere, func(r *Report) string { return number(orZero(r.Sizes).Secondary) }},
	{"missing", true, CutNowhere, func(r *Report) string { return number(orZero(r.Sizes).Missing) }},
	{"verdict", false, CutNowhere, func(r *Report) string { return string(r.Verdict) }},
	{"finding", false, CutEnd, findingOf},
	{"error", false, CutEnd, func(r *Report) string { return orZero(r.Error).Message }},
	{"problem", false, CutEnd, problemOf},
	{"duplicate_of", false, CutStart, func(r *Report) string { return r.File.DuplicateOf }},
}

// Columns returns the columns of a list of names: "path,code,verdict".
func Columns(names string) ([]Column, error) {
	var list []Column
	for name := range strings.SplitSeq(names, ",") {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
		if i < 0 {
			all := ColumnNames()
			if near := Nearest(name, all); near != "" {
				return nil, fmt.Errorf("no column %q: did you mean %s?", name, near)
			}
			return nil, fmt.Errorf("no column %q: there are %s", name, strings.Join(all, ", "))
		}
		list = append(list, columns[i])
	}
	return list, nil
}

// ColumnNames are the names of all columns.
func ColumnNames() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
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

func totalOf(r *Report) string {
	if r.Sizes == nil {
		return number(r.File.Size)
	}
	return number(&r.Sizes.Total)
}

func capturedAt(r *Report, layout string) string {
	if r.Dump == nil || r.Dump.CapturedAt == nil {
		return ""
	}
	return r.Dump.CapturedAt.UTC().Format(layout)
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

// moduleOf is the module of the signature: the one that the facts name. Where the processor was is no more than where it was.
func moduleOf(r *Report) string {
	_, module, _ := strings.Cut(orZero(r.Signature).Coarse, "|")
	return module
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
