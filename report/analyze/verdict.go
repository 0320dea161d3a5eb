package analyze

import (
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// verdict judges whether the dump is whole. An encrypted dump gets none: nothing in clear says how long it should be.
func (d *dump) verdict() (string, []report.Finding) {
	verdict := report.Complete
	// The dump says itself that there was no room for all of it. Of a triage dump that is said of the larger one.
	noRoom := d.hasAttribute(dmpfile.InsufficientDumpfile) && d.Triage == nil
	if _, unfinished := d.unfinished(); unfinished || noRoom {
		verdict = report.Partial
	}
	var list []report.Finding
	for _, f := range append(d.findings, d.headerFindings()...) {
		switch {
		case f.ID != "truncated":
		case noRoom:
			f.Severity = dmpfile.Warning
		case d.hasAttribute(dmpfile.LiveDumpGenerated) && d.Format == dmpfile.BitmapKernel:
			f.Message += ". The copy was cut off, or the pages are compressed, which live dumps can be: the file does not tell which"
		}
		if f.Severity == dmpfile.Error {
			verdict = report.Damaged
		}
		list = append(list, report.Finding{ID: f.ID, Severity: string(f.Severity), Message: report.ValidUTF8(f.Message), Offset: &f.Offset})
	}
	if d.Encrypted() && verdict == report.Complete {
		verdict = ""
	}
	return verdict, list
}

// headerFindings are what fields of the header say of the file.
func (d *dump) headerFindings() []dmpfile.Finding {
	var list []dmpfile.Finding
	add := func(id string, severity dmpfile.Severity, off int64, format string, args ...any) {
		list = append(list, dmpfile.Finding{ID: id, Severity: severity, Offset: off, Message: fmt.Sprintf(format, args...)})
	}
	if d.hasAttribute(dmpfile.InsufficientDumpfile) {
		off := int64(d.AttributesOffset())
		if d.Triage != nil {
			add("insufficient-space", dmpfile.Info, off, "Windows found no room for the larger dump that was configured, which is why only this small one exists; that does not harm this one")
		} else {
			add("insufficient-space", dmpfile.Warning, off, "Windows found the dump file too small for all of the dump: content is missing")
		}
	}
	if diag, unfinished := d.unfinished(); unfinished {
		add("dump-status", dmpfile.Warning, diag.Offset, "the dump writer's last line is not that of a completed dump: %s", diag.LastLine)
	}
	if space, ok := d.RequiredDumpSpace(); ok && d.writtenByKernel() && space > uint64(d.Size()) && d.Regions.Known && d.Regions.Missing == 0 {
		add("shorter-than-required", dmpfile.Info, d.Size(), "the file is %d bytes shorter than Windows reserved for it: the end of the secondary data may be missing", space-uint64(d.Size()))
	}
	return list
}

// unfinished returns the diagnostic area where its last line is not that of a completed dump.
func (d *dump) unfinished() (dmpfile.Diagnostics, bool) {
	diag, ok := d.Diagnostics()
	return diag, ok && diag.LastLine != "" && diag.LastLine != completedLine
}

// completedLine is what Windows writes into the diagnostic area when it has written all of a dump.
const completedLine = "Dump completed successfully."

// writtenByKernel says whether the kernel itself wrote the dump, whose RequiredDumpSpace is then the length of the file: real triage
// dumps without exception. Other writers count otherwise.
func (d *dump) writtenByKernel() bool {
	return d.attributesSet() && (d.Format == dmpfile.TriageDump || d.Format == dmpfile.BitmapKernel || d.Format == dmpfile.BitmapFull)
}

func (d *dump) hasAttribute(bit dmpfile.Attributes) bool {
	a, ok := d.Attributes()
	return ok && a&bit != 0
}
