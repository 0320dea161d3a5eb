package analyze

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// verdict judges whether the dump is whole. An encrypted dump gets none: nothing in clear says how long it should be.
func (d *dump) verdict() (string, []report.Finding) {
	insufficient := d.hasAttribute(dmpfile.InsufficientDumpfile)
	findings := d.findings
	if insufficient {
		findings = append(findings, d.insufficientSpace())
	}
	if diag, ok := d.Diagnostics(); ok && diag.LastLine != "" && diag.LastLine != completedLine {
		findings = append(findings, dmpfile.Finding{ID: "dump-status", Severity: dmpfile.Warning, Offset: diag.Offset,
			Message: "the dump writer's last line is not that of a completed dump: " + printableUTF8(diag.LastLine)})
	}
	verdict := report.Complete
	var list []report.Finding
	for _, f := range findings {
		if f.ID == "truncated" {
			switch {
			case insufficient && d.Triage == nil:
				f.Severity = dmpfile.Warning // the dump says itself that there was no room for the rest
			case d.hasAttribute(dmpfile.LiveDumpGenerated) && d.Format == dmpfile.BitmapKernel:
				f.Message += ". The copy was cut off, or the pages are compressed, which live dumps can be: the file does not tell which"
			}
		}
		if f.Severity == dmpfile.Error {
			verdict = report.Damaged
		}
		list = append(list, report.Finding{ID: f.ID, Severity: string(f.Severity), Message: printableUTF8(f.Message), Offset: &f.Offset})
	}
	if verdict == report.Complete {
		switch {
		case d.Encrypted():
			verdict = ""
		case insufficient && d.Triage == nil:
			verdict = report.Partial
		}
	}
	return verdict, list
}

// completedLine is what Windows writes into the diagnostic area when it has written all of a dump.
const completedLine = "Dump completed successfully."

func (d *dump) hasAttribute(bit dmpfile.Attributes) bool {
	a, ok := d.Attributes()
	return ok && a&bit != 0
}

func (d *dump) insufficientSpace() dmpfile.Finding {
	f := dmpfile.Finding{ID: "insufficient-space", Severity: dmpfile.Warning, Offset: int64(d.AttributesOffset()),
		Message: "Windows found the dump file too small for all of the dump: content is missing"}
	if d.Triage != nil {
		f.Severity = dmpfile.Info
		f.Message = "Windows found no room for the larger dump that was configured, which is why only this small one exists; that does not harm this one"
	}
	return f
}
