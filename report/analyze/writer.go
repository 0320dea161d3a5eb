package analyze

import (
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// addWriter concludes what wrote the file, where no other tool left its mark.
//
// Windows writes triage dumps in two ways. The kernel itself sets the attributes. At the next boot Windows makes one out of the
// larger dump; that code is the debugger engine's: it leaves the attributes as filler, sets WriterStatus and stores full paths of
// drivers. A debugger's ".dump /m" does the same, so only a comment tells the two apart.
func (d *dump) addWriter(o *report.Origin) {
	if o.Writer != "" {
		return
	}
	status, statusSet := d.WriterStatus()
	engine := statusSet && status <= 2 && !d.attributesSet()
	add := func(writer report.Writer, facts ...report.Fact) {
		o.Writer = writer
		o.Evidence = append(o.Evidence, facts...)
	}
	switch {
	case d.comment() != "":
		add(report.WriterDebugger, d.commentEvidence())
	case o.Kind == report.KindMemory || d.Format == dmpfile.Range:
		o.Writer = report.WriterDebugger
	case d.Format == dmpfile.TriageDump && d.hasAttribute(dmpfile.KernelGeneratedTriage):
		add(report.WriterKernel, report.Fact{Fact: "attributes say that the kernel wrote this triage dump", Where: d.at(d.Offset(dmpfile.FieldAttributes))})
	case d.Format == dmpfile.TriageDump && engine && d.fullDriverPaths():
		add(report.WriterKernel, report.Fact{
			Fact:  fmt.Sprintf("attributes not set, writer status %d, full driver paths: a small dump that Windows made from a larger one", status),
			Where: d.at(d.Offset(dmpfile.FieldAttributes)) + ", " + d.at(d.Offset(dmpfile.FieldWriterStatus)) + ", module list",
		})
	case engine && (d.Format == dmpfile.BitmapFull || d.Format == dmpfile.BitmapKernel || d.Format == dmpfile.Full):
		add(report.WriterDebugger,
			report.Fact{Fact: "attributes not set", Where: d.at(d.Offset(dmpfile.FieldAttributes))},
			report.Fact{Fact: fmt.Sprintf("writer status %d, which the debugger engine sets", status), Where: d.at(d.Offset(dmpfile.FieldWriterStatus))})
	case d.attributesSet() && (d.Format == dmpfile.BitmapFull || d.Format == dmpfile.BitmapKernel):
		o.Writer = report.WriterKernel
	default:
		o.Writer = report.WriterUnknown
	}
}

// fullDriverPaths says whether the first modules of the list have a folder, as the debugger engine stores them.
func (d *dump) fullDriverPaths() bool {
	return len(d.modules) > 0 && d.modules[0].Path != ""
}
