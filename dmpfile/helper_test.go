package dmpfile_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// open reads a file that must be recognised as a kernel dump.
func open(t rapid.TB, data []byte) *dmpfile.File {
	t.Helper()
	f, err := dmpfile.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatalf("NewFile: %v", err)
	}
	return f
}

// sample returns a copy of a sample dump, to be patched.
func sample(t testing.TB, name string) *dmptest.Image {
	t.Helper()
	for _, s := range dmptest.Samples() {
		if s.Name == name {
			return dmptest.Load(s.Data)
		}
	}
	t.Fatalf("no sample %s", name)
	return nil
}

// problems names the problems in tests.
var problems = map[dmpfile.Problem]string{
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

// ids names findings by severity and problem.
func ids(list []dmpfile.Finding) []string {
	var names []string
	for _, f := range list {
		names = append(names, []string{"info", "warning", "error"}[f.Severity]+" "+problems[f.Problem])
	}
	return names
}

// expect compares two values.
func expect(t testing.TB, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// expectIDs compares the findings of a list with "severity id" names.
func expectIDs(t testing.TB, got []dmpfile.Finding, want ...string) {
	t.Helper()
	expect(t, "findings", ids(got), want)
	for _, f := range got {
		if f.Message == "" {
			t.Errorf("%s has no message", problems[f.Problem])
		}
	}
}

// pagesOf makes Pages without contents of page frames.
func pagesOf(pfns ...uint64) dmptest.Pages {
	p := dmptest.Pages{}
	for _, pfn := range pfns {
		p[pfn] = nil
	}
	return p
}
