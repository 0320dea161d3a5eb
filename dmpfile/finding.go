package dmpfile

import "fmt"

// Severity says what a Finding means for the use of the dump.
type Severity string

// Severities of a Finding.
const (
	Info    Severity = "info"    // worth knowing; nothing is wrong with the file
	Warning Severity = "warning" // odd, or something is missing by the dump's own word
	Error   Severity = "error"   // bytes or counts do not agree, or bytes are missing
)

// Finding is something about a dump that a person should know. IDs are stable words that scripts may test.
type Finding struct {
	ID       string
	Severity Severity
	Message  string
	Offset   int64 // where it stands in the file, in bytes
}

func (f *File) find(s Severity, id string, off int64, format string, args ...any) {
	f.findings = append(f.findings, newFinding(s, id, off, format, args...))
}

func newFinding(s Severity, id string, off int64, format string, args ...any) Finding {
	return Finding{ID: id, Severity: s, Offset: off, Message: fmt.Sprintf(format, args...)}
}

// Findings returns what opening the file and measuring its regions found, in file order of the checks.
func (f *File) Findings() []Finding { return append([]Finding(nil), f.findings...) }
