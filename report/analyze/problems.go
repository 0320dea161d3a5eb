package analyze

import "github.com/dmplens/dmplens/dmpfile"

// problemIDs are the ids of the findings that package dmpfile makes.
var problemIDs = [dmpfile.NumProblems]string{
	dmpfile.HeaderTruncated:  "header-truncated",
	dmpfile.Truncated:        "truncated",
	dmpfile.DataEncrypted:    "encrypted",
	dmpfile.DumpTypeUnknown:  "dump-type-unknown",
	dmpfile.DumpTypeMissing:  "dump-type-missing",
	dmpfile.DumpTypeMismatch: "dump-type-mismatch",
	dmpfile.SubHeaderMissing: "subheader-missing",
	dmpfile.NoPages:          "no-pages",
	dmpfile.PageCountUnknown: "page-count-unknown",
	dmpfile.RunInvalid:       "run-invalid",
	dmpfile.RunOverlap:       "run-overlap",
	dmpfile.RunCount:         "run-count",
	dmpfile.RangeInvalid:     "range-invalid",
	dmpfile.RangeCount:       "range-count",
	dmpfile.TriageEndMissing: "triage-end-missing",
	dmpfile.TriageOverflow:   "triage-overflow",
	dmpfile.ReadFailed:       "read-error",
	dmpfile.TrailingBytes:    "trailing-bytes",
	dmpfile.StreamCount:      "stream-count",
	dmpfile.StreamTruncated:  "stream-truncated",
}

// severities are the words of reports for the severities of findings.
var severities = [...]string{dmpfile.SeverityInfo: "info", dmpfile.SeverityWarning: "warning", dmpfile.SeverityError: "error"}

// finding is a report.Finding before its advice and the verdict are added.
type finding struct {
	ID       string
	Severity dmpfile.Severity
	Message  string
	Offset   int64 // in the file
}

// noteAll adds what package dmpfile found.
func (d *dump) noteAll(list []dmpfile.Finding) {
	for _, f := range list {
		d.findings = append(d.findings, finding{problemIDs[f.Problem], f.Severity, f.Message, f.Offset})
	}
}
