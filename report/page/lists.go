package page

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/dmplens/dmplens/report"
)

// unknown is a cell of a list whose value is not known.
const unknown = "-"

// Processes is the processes.
func Processes(r *report.Report) *Page {
	p := titled(r)
	if p.none(r) {
		return p
	}
	t := Table{Columns: []Column{
		{Name: "pid", Right: true}, {Name: "parent", Right: true}, {Name: "created"}, {Name: "process object"}, {Name: "name"},
	}}
	for _, x := range r.Processes {
		created, name := unknown, cmp.Or(x.Name, unknown)
		if x.CreatedAt != nil {
			created = instant(*x.CreatedAt)
		}
		if r.Process != nil && r.Process.Address == x.Address && (x.Address != "" || len(r.Processes) == 1) {
			name += "  (current)"
		}
		t.Rows = append(t.Rows, []string{id(x.PID), id(x.ParentPID), created, cmp.Or(x.Address, unknown), name})
	}
	p.add(Section{t})
	p.findings(r, report.FindingProcessList)
	return p
}

func id(v *uint64) string {
	if v == nil {
		return unknown
	}
	return fmt.Sprint(*v)
}

// Streams is the tagged blobs of secondary data.
func Streams(r *report.Report) *Page {
	r = filled(r)
	p := titled(r)
	var s Section
	switch {
	case r.Error != nil:
		s.instead("This is", r.Error)
	case r.Sizes.Secondary == nil:
		s.row("Streams", "unknown: the dump does not say where its secondary data begins")
	case len(r.Streams) == 0:
		s.row("Streams", "none: the dump has no secondary data")
	default:
		t := Table{Columns: []Column{
			{Name: "#", Right: true}, {Name: "GUID"}, {Name: "offset", Right: true}, {Name: "bytes", Right: true}, {Name: "what", Wrap: true},
		}}
		for _, x := range r.Streams {
			t.Rows = append(t.Rows, []string{fmt.Sprint(x.Index), x.GUID, fmt.Sprintf("%#x", x.Offset), report.Commas(x.Size), cmp.Or(x.Name, unknown)})
		}
		s = append(s, t)
	}
	for _, f := range r.Findings {
		if f.ID == report.FindingStreamTruncated || f.ID == report.FindingTrailingBytes {
			s.row("Finding", string(f.ID)+": "+f.Message)
		}
	}
	p.add(s)
	return p
}

// none says whether there is no list, and adds why.
func (p *Page) none(r *report.Report) bool {
	if r.Error == nil {
		return false
	}
	label := "None"
	if r.Dump == nil || r.Dump.Format == report.FormatNotADump || r.Dump.Format == report.FormatUserMinidump {
		label = "This is"
	}
	var s Section
	s.instead(label, r.Error)
	p.add(s)
	return true
}

// findings adds those that say that a list is not whole.
func (p *Page) findings(r *report.Report, ids ...report.FindingID) {
	for _, f := range r.Findings {
		if slices.Contains(ids, f.ID) {
			p.add(Section{Row{Label: "Finding", Value: string(f.ID) + ": " + f.Message}})
		}
	}
}
