package analyze

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/whea"
	"github.com/dmplens/dmplens/report"
)

// ExplainRecord says all that a record of a hardware error holds. A path is only repeated.
func (a *Analyzer) ExplainRecord(path string, b []byte) *report.ExplainedRecord {
	e := &report.ExplainedRecord{SchemaVersion: report.SchemaVersion, ToolVersion: a.ToolVersion, Path: report.ValidUTF8(path)}
	r, err := whea.Read(b)
	if r == nil {
		e.Error = &report.Error{Message: err.Error()}
		return e
	}
	e.Record = newErrorRecord(r, a.Private)
	e.Record.Stopped = stopped(err)
	return e
}

// newErrorRecord writes a record. What can name a machine or a program is left out, unless private asks for it.
func newErrorRecord(r *whea.Record, private bool) *report.ErrorRecord {
	out := &report.ErrorRecord{
		Severity: r.Severity.String(), Notification: cmp.Or(r.NotificationName(), guidText(r.Notification)),
		Creator: cmp.Or(r.CreatorName(), guidText(r.Creator)), Revision: fmt.Sprintf("%d.%d", r.Revision>>8, r.Revision&0xFF), Length: r.Length,
		Partition: guidText(r.Partition), ID: fmt.Sprintf("%#x", r.ID), Flags: r.FlagNames(), Sections: []report.ErrorSection{},
	}
	if private {
		out.Platform = guidText(r.Platform)
	}
	if !r.Time.IsZero() {
		out.Time, out.UTC, out.Precise = &r.Time, &r.UTC, &r.Precise
	}
	for i := range r.Sections {
		s := &r.Sections[i]
		x := report.ErrorSection{Type: s.TypeName(), GUID: s.Type.String(), Offset: s.Offset, Length: s.Length, Severity: s.Severity.String(),
			Flags: s.FlagNames(), FRU: guidText(s.FRU), Says: report.ValidUTF8(s.Says()), Decoded: s.Decoded(), Stopped: stopped(s.Err)}
		if private {
			x.FRUText = report.ValidUTF8(s.FRUText)
		}
		x.Fields = errorFields(nil, "", s.Fields, private)
		out.Sections = append(out.Sections, x)
	}
	return out
}

// errorFields appends fields, those of a group behind its name.
func errorFields(list []report.ErrorField, group string, fields []whea.Field, private bool) []report.ErrorField {
	for _, f := range fields {
		x := report.ErrorField{Group: group, Name: f.Name, Private: f.Private}
		if private || !f.Private {
			x.Value = report.ValidUTF8(f.Value)
		}
		inner := f.Name
		if group != "" {
			inner = group + ", " + f.Name
		}
		if f.Value != "" || len(f.Fields) == 0 {
			list = append(list, x)
		}
		list = errorFields(list, inner, f.Fields, private)
	}
	return list
}

func guidText(g dmpfile.GUID) string {
	if g == (dmpfile.GUID{}) {
		return ""
	}
	return g.String()
}

// stopped says where the reading of a record stopped, "" for nil.
func stopped(err error) string {
	var format *dmpfile.FormatError
	if err == nil || !errors.As(err, &format) {
		return ""
	}
	return format.Error()
}

// errorSection is a section of an error record, with what the dump does not have of it.
type errorSection struct{ *whea.Section }

// errorRecord is the record of a hardware error that a parameter names, nil where there is none.
func (f *facts) errorRecord() *whea.Record {
	for _, r := range f.records {
		if x, ok := r.value.(*whea.Record); ok {
			return x
		}
	}
	return nil
}

func (f *facts) recordSentence(r *whea.Record) string {
	s := "error record" + prefixed(", ", r.Severity.String()) + prefixed(", from: ", r.NotificationName())
	for _, flag := range r.FlagNames() {
		s += ", " + flag
	}
	return s
}

func sectionSentence(s errorSection) string {
	text := "section: " + s.TypeName() + prefixed(", ", s.Severity.String()) + prefixed(", ", report.ValidUTF8(s.Says()))
	switch {
	case s.Cut:
		text += "; the dump does not have all of it"
	case s.Err != nil:
		text += "; it contradicts itself " + stopped(s.Err)
	}
	return text
}
