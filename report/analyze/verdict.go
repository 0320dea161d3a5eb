package analyze

import (
	"slices"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// verdict says whether a dump is whole, and what is to be known of it.
type verdict struct {
	is       report.Verdict
	findings []finding
}

// verdictOf judges whether the dump is whole. An encrypted dump gets no verdict: nothing in clear says how long it should be. Nor does a
// head of a file whose length is not known.
func verdictOf(f *facts, o origin) verdict {
	v := verdict{is: report.Complete, findings: slices.Concat(f.findings, headerFindings(f, o))}
	if f.lacksContent() {
		v.is = report.Partial
	}
	for _, x := range v.findings {
		switch {
		case x.severity != report.SeverityError:
		case x.id != report.FindingZeroTail || len(f.tail.proof) > 0:
			v.is = report.Damaged
		case v.is == report.Complete: // it looks unfinished, and nothing proves it
			v.is = report.Partial
		}
	}
	if (f.Encrypted() || f.Size() < 0) && v.is == report.Complete {
		v.is = ""
	}
	return v
}

// lacksContent says whether the dump says itself that not all of it is there.
func (f *facts) lacksContent() bool {
	_, unfinished := f.unfinished()
	return unfinished || f.noRoom()
}

// noRoom says whether there was no room for all of the dump. Of a triage dump that is said of the larger one.
func (f *facts) noRoom() bool { return f.hasAttribute(dmpfile.InsufficientDumpfile) && f.Triage == nil }

// headerFindings are what fields of the header say of the file.
func headerFindings(f *facts, o origin) []finding {
	var list []finding
	add := func(id report.FindingID, s report.Severity, off int64, format string, args ...any) {
		list = append(list, newFinding(s, id, off, format, args...))
	}
	if f.hasAttribute(dmpfile.InsufficientDumpfile) {
		off := f.Offset(dmpfile.FieldAttributes)
		if f.Triage != nil {
			add(report.FindingInsufficientSpace, report.SeverityInfo, off, "by its attributes there was no room for the larger dump that the system was set to write; that says nothing against this small one")
		} else {
			add(report.FindingInsufficientSpace, report.SeverityWarning, off, "Windows found the dump file too small for all of the dump: content is missing")
		}
	}
	if diag, unfinished := f.unfinished(); unfinished {
		add(report.FindingDumpStatus, report.SeverityWarning, diag.Offset, "the dump writer's last line is not that of a completed dump: %s", diag.LastLine)
	}
	if x, ok := spaceFinding(f); ok {
		list = append(list, x)
	}
	if c := f.context; f.hasContext && f.Bits == 64 && (!canonical(c.IP) || !canonical(c.SP) || c.IP == 0) {
		add(report.FindingContextImplausible, report.SeverityWarning, f.Offset(dmpfile.FieldContextRecord), "the header's context cannot be a processor's: instruction pointer %s, stack pointer %s", f.pointer(c.IP), f.pointer(c.SP))
	}
	writer := o.writer.Phrase()
	if o.source == report.SourceOtherTool {
		writer = o.label
	}
	if o.writer.Foreign() || o.source == report.SourceOtherTool {
		add(report.FindingForeignWriter, report.SeverityInfo, 0, "%s wrote this header, not Windows: build, time and attributes can be its own idea", writer)
	}
	return list
}

// spaceFinding says where a file is shorter than its RequiredDumpSpace, of the writer that sets that to the length of the file. Others
// count otherwise, so that nothing follows from it.
func spaceFinding(f *facts) (finding, bool) {
	space, ok := f.RequiredDumpSpace()
	r := f.Regions
	if !ok || !r.Known || r.Missing > 0 || !f.writtenByKernel() || space <= uint64(r.Total) {
		return finding{}, false
	}
	return newFinding(report.SeverityInfo, report.FindingRequiredSpace, r.Total,
		"the file is %d bytes shorter than its header requires: the end of the secondary data may be missing", space-uint64(r.Total)), true
}

// canonical says whether a is an address of a 64-bit machine, with up to 57 bits.
func canonical(a dmpfile.VirtAddr) bool {
	top := int64(a) >> 56
	return top == 0 || top == -1
}

// unfinished returns the diagnostic area where its last line is not that of a completed dump.
func (f *facts) unfinished() (dmpfile.Diagnostics, bool) {
	diag := f.diagnostics
	return diag, f.hasDiagnostics && diag.LastLine != "" && diag.LastLine != completedLine
}

// completedLine is what Windows writes into the diagnostic area when it has written all of a dump.
const completedLine = "Dump completed successfully."

// writtenByKernel says whether the kernel itself wrote the dump, whose RequiredDumpSpace is then the length of the file: real triage
// dumps without exception. Other writers count otherwise.
func (f *facts) writtenByKernel() bool {
	return f.attributesSet && (f.Format == dmpfile.TriageDump || f.Format == dmpfile.BitmapKernel || f.Format == dmpfile.BitmapFull)
}
