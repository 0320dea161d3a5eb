package analyze

import (
	"fmt"

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
	interrupted := false
	if diag, ok := d.Diagnostics(); ok && diag.LastLine != "" && diag.LastLine != completedLine {
		interrupted = true
		findings = append(findings, dmpfile.Finding{ID: "dump-status", Severity: dmpfile.Warning, Offset: diag.Offset,
			Message: "the dump writer's last line is not that of a completed dump: " + report.ValidUTF8(diag.LastLine)})
	}
	if space, ok := d.RequiredDumpSpace(); ok && d.writtenByKernel() && space > uint64(d.Size()) && d.Regions.Missing == 0 && d.Regions.Known {
		findings = append(findings, dmpfile.Finding{ID: "shorter-than-required", Severity: dmpfile.Info, Offset: d.Size(),
			Message: fmt.Sprintf("the file is %d bytes shorter than Windows reserved for it: the end of the secondary data may be missing", space-uint64(d.Size()))})
	}
	verdict := report.Complete
	if interrupted || insufficient && d.Triage == nil {
		verdict = report.Partial
	}
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
		list = append(list, report.Finding{ID: f.ID, Severity: string(f.Severity), Message: report.ValidUTF8(f.Message), Offset: &f.Offset})
	}
	if d.Encrypted() && verdict == report.Complete {
		verdict = ""
	}
	return verdict, list
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

func (d *dump) insufficientSpace() dmpfile.Finding {
	f := dmpfile.Finding{ID: "insufficient-space", Severity: dmpfile.Warning, Offset: int64(d.AttributesOffset()),
		Message: "Windows found the dump file too small for all of the dump: content is missing"}
	if d.Triage != nil {
		f.Severity = dmpfile.Info
		f.Message = "Windows found no room for the larger dump that was configured, which is why only this small one exists; that does not harm this one"
	}
	return f
}
