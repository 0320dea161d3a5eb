package analyze

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/whea"
	"github.com/dmplens/dmplens/report"
)

// ExplainRecord says all that records of hardware errors hold: one or more that follow each other in each of parts. A path is only repeated.
func (a *Analyzer) ExplainRecord(path string, parts ...[]byte) *report.ExplainedRecord {
	e := &report.ExplainedRecord{SchemaVersion: report.SchemaVersion, ToolVersion: a.ToolVersion, Path: report.ValidUTF8(path)}
	for _, b := range parts {
		for len(b) > 0 {
			r, err := whea.Read(b)
			switch {
			case r != nil && e.Record == nil:
				e.Record, e.Error = newErrorRecord(r, a.Private), nil
			case r != nil:
				e.More = append(e.More, newErrorRecord(r, a.Private))
			case e.Record == nil:
				e.Error = &report.Error{Message: err.Error()}
			}
			if r == nil && e.Record == nil {
				break
			}
			n := nextRecord(b)
			if r != nil {
				n = int(min(uint64(len(b)), uint64(max(r.Length, whea.HeaderSize))))
			} else if len(bytes.Trim(b[:n], "\x00")) == 0 {
				e.Zero += n
			} else {
				e.Rest += n
			}
			b = b[n:]
		}
	}
	if e.Record == nil && e.Error == nil {
		e.Error = &report.Error{Message: "the file is empty: it has no record of a hardware error"}
	}
	return e
}

// nextRecord is how many bytes stand before the next record that b has the header of.
func nextRecord(b []byte) int {
	const signature = "CPER"
	for at := 1; at < len(b); at++ {
		i := bytes.Index(b[at:], []byte(signature))
		if i < 0 {
			break
		}
		at += i
		if whea.IsRecord(b[at:]) && len(b)-at >= whea.HeaderSize {
			return at
		}
	}
	return len(b)
}

// newErrorRecord writes a record. What can name a machine or a program is left out, unless private asks for it.
func newErrorRecord(r *whea.Record, private bool) *report.ErrorRecord {
	out := &report.ErrorRecord{
		Severity: r.Severity.String(), Notification: cmp.Or(r.NotificationName(), guidText(r.Notification)),
		Creator: cmp.Or(r.CreatorName(), guidText(r.Creator)), Revision: fmt.Sprintf("%d.%d", r.Revision>>8, r.Revision&0xFF), Length: r.Length,
		ID: fmt.Sprintf("%#x", r.ID), Flags: r.FlagNames(), Sections: []report.ErrorSection{}, Stopped: stopped(r.Err),
	}
	// own is a text that is private.
	own := func(text string) string {
		if text == "" || private {
			return text
		}
		out.Hidden++
		return ""
	}
	out.Platform, out.Partition = own(guidText(r.Platform)), own(guidText(r.Partition))
	if !r.Time.IsZero() {
		out.Time, out.UTC, out.Precise = &r.Time, &r.UTC, &r.Precise
	}
	for i := range r.Sections {
		s := &r.Sections[i]
		x := report.ErrorSection{Type: s.TypeName(), GUID: s.Type.String(), Offset: s.Offset, Length: s.Length, Severity: s.Severity.String(),
			Flags: s.FlagNames(), FRU: own(guidText(s.FRU)), FRUText: own(report.ValidUTF8(s.FRUText)), Says: report.ValidUTF8(s.Says()), Decoded: s.Decoded(), Stopped: stopped(s.Err)}
		x.Fields = errorFields(nil, "", s.Fields, own)
		out.Sections = append(out.Sections, x)
	}
	return out
}

// errorFields appends fields, those of a group behind its name. own is what is written of a value that is private.
func errorFields(list []report.ErrorField, group string, fields []whea.Field, own func(string) string) []report.ErrorField {
	for _, f := range fields {
		x := report.ErrorField{Group: group, Name: f.Name, Value: report.ValidUTF8(f.Value), Private: f.Private}
		if f.Private {
			x.Value = own(x.Value)
		}
		inner := f.Name
		if group != "" {
			inner = group + ", " + f.Name
		}
		if f.Value != "" || len(f.Fields) == 0 {
			list = append(list, x)
		}
		list = errorFields(list, inner, f.Fields, own)
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
	if r.Err != nil && !slices.ContainsFunc(r.Sections, func(s whea.Section) bool { return s.Err != nil }) { // which say it themselves
		s += "; it is not whole, or contradicts itself, " + stopped(r.Err)
	}
	return s
}

func sectionSentence(s errorSection) string {
	text := "section: " + s.TypeName() + prefixed(", ", s.Severity.String()) + prefixed(", ", report.ValidUTF8(s.Says()))
	switch {
	case s.Limited:
		text += "; not all of it is read"
	case s.Cut:
		text += "; the dump does not have all of it"
	case s.Err != nil:
		text += "; it contradicts itself " + stopped(s.Err)
	}
	return text
}
