package analyze

import (
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// verdict judges whether the dump is whole. An encrypted dump gets none: nothing in clear says how long it should be. Nor does a head of
// a file whose length is not known.
func (d *dump) verdict(o *report.Origin) (report.Verdict, []report.Finding) {
	verdict := report.Complete
	if d.lacksContent() {
		verdict = report.Partial
	}
	var list []report.Finding
	for _, f := range append(d.findings, d.headerFindings(o)...) {
		switch {
		case f.ID != report.FindingTruncated:
		case d.noRoom():
			f.Severity = report.SeverityWarning
		case d.hasAttribute(dmpfile.LiveDumpGenerated) && d.Format == dmpfile.BitmapKernel:
			f.Message += ". The copy was cut off, or the pages are compressed, which live dumps can be: the file does not tell which"
		}
		if f.Severity == report.SeverityError {
			verdict = report.Damaged
		}
		list = append(list, report.Finding{ID: f.ID, Severity: f.Severity, Message: report.ValidUTF8(f.Message), Next: f.ID.Next(), Offset: &f.Offset})
	}
	if (d.Encrypted() || d.Size() < 0) && verdict == report.Complete {
		verdict = ""
	}
	return verdict, list
}

// lacksContent says whether the dump says itself that not all of it is there.
func (d *dump) lacksContent() bool {
	_, unfinished := d.unfinished()
	return unfinished || d.noRoom()
}

// noRoom says whether there was no room for all of the dump. Of a triage dump that is said of the larger one.
func (d *dump) noRoom() bool { return d.hasAttribute(dmpfile.InsufficientDumpfile) && d.Triage == nil }

// headerFindings are what fields of the header say of the file.
func (d *dump) headerFindings(o *report.Origin) []finding {
	var list []finding
	add := func(id report.FindingID, severity report.Severity, off int64, format string, args ...any) {
		list = append(list, finding{ID: id, Severity: severity, Offset: off, Message: fmt.Sprintf(format, args...)})
	}
	if d.hasAttribute(dmpfile.InsufficientDumpfile) {
		off := d.Offset(dmpfile.FieldAttributes)
		if d.Triage != nil {
			add(report.FindingInsufficientSpace, report.SeverityInfo, off, "Windows found no room for the larger dump that was configured, which is why only this small one exists; that does not harm this one")
		} else {
			add(report.FindingInsufficientSpace, report.SeverityWarning, off, "Windows found the dump file too small for all of the dump: content is missing")
		}
	}
	if diag, unfinished := d.unfinished(); unfinished {
		add(report.FindingDumpStatus, report.SeverityWarning, diag.Offset, "the dump writer's last line is not that of a completed dump: %s", diag.LastLine)
	}
	if f, ok := d.spaceFinding(); ok {
		list = append(list, f)
	}
	if c, ok := d.Context(); ok && d.Bits == 64 && (!canonical(c.IP) || !canonical(c.SP) || c.IP == 0) {
		add(report.FindingContextImplausible, report.SeverityWarning, d.Offset(dmpfile.FieldContextRecord), "the header's context cannot be a processor's: instruction pointer %s, stack pointer %s", d.pointer(c.IP), d.pointer(c.SP))
	}
	if o.Writer.Foreign() {
		add(report.FindingForeignWriter, report.SeverityInfo, 0, "%s wrote this header, not Windows: build, time and attributes can be its own idea", o.Writer.Phrase())
	}
	return list
}

// spaceFinding explains a RequiredDumpSpace that is not the length of the file. Writers count differently, so that none of it is damage.
func (d *dump) spaceFinding() (finding, bool) {
	space, ok := d.RequiredDumpSpace()
	r := d.Regions
	if !ok || !r.Known || r.Missing > 0 || space == uint64(r.Total) {
		return finding{}, false
	}
	f := finding{ID: report.FindingRequiredSpace, Severity: report.SeverityInfo, Offset: r.Total}
	switch {
	case d.writtenByKernel() && space > uint64(r.Total):
		f.Message = fmt.Sprintf("the file is %d bytes shorter than Windows reserved for it: the end of the secondary data may be missing", space-uint64(r.Total))
	case d.Format == dmpfile.TriageDump && space > uint64(r.Total):
		f.Message = fmt.Sprintf("%d bytes were required for the larger dump from which this small one was made", space)
	case space == uint64(r.Declared) || space == uint64(r.Declared)+uint64(r.Header):
		return finding{}, false // the pages, without or with the header
	default:
		f.Message = fmt.Sprintf("the header requires %d bytes, the file has %d: writers count differently", space, r.Total)
	}
	return f, true
}

// canonical says whether a is an address of a 64-bit machine, with up to 57 bits.
func canonical(a dmpfile.VirtAddr) bool {
	top := int64(a) >> 56
	return top == 0 || top == -1
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
