package analyze

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// problemIDs are the ids of the findings that package dmpfile makes.
var problemIDs = [dmpfile.NumProblems]report.FindingID{
	dmpfile.HeaderTruncated:  report.FindingHeaderTruncated,
	dmpfile.Truncated:        report.FindingTruncated,
	dmpfile.DataEncrypted:    report.FindingEncrypted,
	dmpfile.DumpTypeUnknown:  report.FindingDumpTypeUnknown,
	dmpfile.DumpTypeMissing:  report.FindingDumpTypeMissing,
	dmpfile.DumpTypeMismatch: report.FindingDumpTypeMismatch,
	dmpfile.SubHeaderMissing: report.FindingSubheaderMissing,
	dmpfile.NoPages:          report.FindingNoPages,
	dmpfile.PageCountUnknown: report.FindingPageCountUnknown,
	dmpfile.RunInvalid:       report.FindingRunInvalid,
	dmpfile.RunOverlap:       report.FindingRunOverlap,
	dmpfile.RunCount:         report.FindingRunCount,
	dmpfile.RangeInvalid:     report.FindingRangeInvalid,
	dmpfile.RangeCount:       report.FindingRangeCount,
	dmpfile.TriageEndMissing: report.FindingTriageEndMissing,
	dmpfile.TriageOverflow:   report.FindingTriageOverflow,
	dmpfile.ReadFailed:       report.FindingReadError,
	dmpfile.TrailingBytes:    report.FindingTrailingBytes,
	dmpfile.StreamCount:      report.FindingStreamCount,
	dmpfile.StreamTruncated:  report.FindingStreamTruncated,
}

// severities are those of the findings of package dmpfile.
var severities = [...]report.Severity{
	dmpfile.SeverityInfo: report.SeverityInfo, dmpfile.SeverityWarning: report.SeverityWarning, dmpfile.SeverityError: report.SeverityError,
}

// addFindings adds what package dmpfile found.
func (f *facts) addFindings(list []dmpfile.Finding) {
	for _, x := range list {
		severity, message := severities[x.Severity], x.Message
		switch {
		case x.Problem != dmpfile.Truncated:
		case f.noRoom(): // Windows found the dump file too small: the dump says itself that content is missing
			severity = report.SeverityWarning
		case f.hasAttribute(dmpfile.LiveDumpGenerated) && f.Format == dmpfile.BitmapKernel:
			message += ". The copy was cut off, or the pages are compressed, which live dumps can be: the file does not tell which"
		}
		f.findings = append(f.findings, finding{problemIDs[x.Problem], severity, x.Offset, message})
	}
}
