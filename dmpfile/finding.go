package dmpfile

import "fmt"

// Severity says what a Finding means for the use of the dump.
type Severity int

// Severities of a Finding, rising.
const (
	SeverityInfo    Severity = iota // worth knowing; nothing is wrong with the file
	SeverityWarning                 // odd, or something is missing by the dump's own word
	SeverityError                   // bytes or counts do not agree, or bytes are missing
)

// Problem is what a Finding is about.
type Problem int

// Problems that this package finds.
const (
	HeaderTruncated  Problem = iota // the file ends inside its header or sub-header
	Truncated                       // the file ends before its primary data does
	DataEncrypted                   // the data after the header is encrypted
	DumpTypeUnknown                 // DumpType is none that is known
	DumpTypeMissing                 // DumpType is not set
	DumpTypeMismatch                // DumpType contradicts the layout of the data
	SubHeaderMissing                // the format needs a sub-header, and there is none
	NoPages                         // the dump says that it holds no page
	PageCountUnknown                // nothing says, or what says it is impossible, how much data there is
	RunInvalid                      // a memory run is impossible
	RunOverlap                      // memory runs overlap
	RunCount                        // the memory runs do not add up to the count of pages
	RangeInvalid                    // a page range is impossible
	RangeCount                      // the page ranges do not add up to the count of pages
	TriageEndMissing                // the signature at the end of triage data is not there
	TriageOverflow                  // a triage dump could not list all blocks that were to be kept
	ReadFailed                      // the system could not read a part of the file
	TrailingBytes                   // what follows the primary data is no secondary data
	StreamCount                     // there are more streams than are listed
	StreamTruncated                 // the file ends inside a stream

	problemCount
)

// NumProblems is how many problems there are: they are numbered from 0.
const NumProblems = int(problemCount)

// Finding is something about a dump that a person should know.
type Finding struct {
	Problem  Problem
	Severity Severity
	Message  string // says it with its numbers
	Offset   int64  // where it stands in the file, in bytes
}

func (f *File) find(s Severity, p Problem, off int64, format string, args ...any) {
	f.findings = append(f.findings, newFinding(s, p, off, format, args...))
}

func newFinding(s Severity, p Problem, off int64, format string, args ...any) Finding {
	return Finding{Problem: p, Severity: s, Offset: off, Message: fmt.Sprintf(format, args...)}
}

// Findings returns what opening the file and measuring its regions found, in file order of the checks.
func (f *File) Findings() []Finding { return append([]Finding(nil), f.findings...) }
