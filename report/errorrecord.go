package report

import "time"

// ErrorRecord is what a record of the hardware says of an error: a Common Platform Error Record.
type ErrorRecord struct {
	Severity     string         `json:"severity,omitempty" jsonschema:"recoverable, fatal, corrected, informational, unknown with the number"`
	Notification string         `json:"notification,omitempty" jsonschema:"how the hardware told, or the GUID of that"`
	Creator      string         `json:"creator,omitempty" jsonschema:"who made the record, or the GUID of that"`
	Revision     string         `json:"revision,omitempty"`
	Length       uint32         `json:"length" jsonschema:"in bytes, by its own word"`
	Time         *time.Time     `json:"time,omitempty" jsonschema:"to the second; see utc"`
	UTC          *bool          `json:"utc,omitempty" jsonschema:"the time is UTC, and not the local time of a zone that nothing names"`
	Precise      *bool          `json:"precise,omitempty" jsonschema:"the time is that of the error, and not that of its collection"`
	Platform     string         `json:"platform,omitempty" jsonschema:"can name the machine: only where it is asked for"`
	Partition    string         `json:"partition,omitempty" jsonschema:"can name the machine: only where it is asked for"`
	ID           string         `json:"id"`
	Flags        []string       `json:"flags,omitempty"`
	Sections     []ErrorSection `json:"sections"`
	Stopped      string         `json:"stopped,omitempty" jsonschema:"where the reading stopped for the first time or the record contradicts itself, and why; left out where all was read"`
	Hidden       int            `json:"hidden,omitempty" jsonschema:"how many values are left out because they can name a machine, a part of it or a program"`
}

// ErrorSection is what a section of an ErrorRecord says.
type ErrorSection struct {
	Type     string       `json:"type" jsonschema:"what it describes, or its GUID where that is not known"`
	GUID     string       `json:"guid"`
	Offset   uint32       `json:"offset" jsonschema:"from the start of the record, in bytes"`
	Length   uint32       `json:"length"`
	Severity string       `json:"severity,omitempty"`
	Flags    []string     `json:"flags,omitempty" jsonschema:"primary, containment warning, reset ..."`
	FRU      string       `json:"fru,omitempty" jsonschema:"the part that can be exchanged; can name the machine: only where it is asked for"`
	FRUText  string       `json:"fru_text,omitempty" jsonschema:"can be a serial number: only where it is asked for"`
	Says     string       `json:"says,omitempty" jsonschema:"the most telling of it in a line"`
	Decoded  bool         `json:"decoded" jsonschema:"whether the fields of such a section are known"`
	Fields   []ErrorField `json:"fields,omitempty" jsonschema:"all that is valid; what the section calls invalid is left out"`
	Stopped  string       `json:"stopped,omitempty" jsonschema:"where its reading stopped or it contradicts the record, and why"`
}

// ErrorField is a named value of a section.
type ErrorField struct {
	Group   string `json:"group,omitempty" jsonschema:"the structure in the section that it belongs to"`
	Name    string `json:"name"`
	Value   string `json:"value,omitempty" jsonschema:"left out of what is private and was not asked for"`
	Private bool   `json:"private,omitempty" jsonschema:"it can be a serial number, or name a machine or a program"`
}

// ExplainedRecord is the JSON record of `dmplens explain --whea FILE`.
type ExplainedRecord struct {
	SchemaVersion string       `json:"schema_version"`
	ToolVersion   string       `json:"tool_version,omitempty"`
	Path          string       `json:"path,omitempty"`
	Error         *Error       `json:"error,omitempty" jsonschema:"what the file is instead of a record"`
	Record        *ErrorRecord `json:"record,omitempty"`
	// The others are of a file that goes on behind its first record.
	More []*ErrorRecord `json:"more,omitempty" jsonschema:"the records that follow it in the file"`
	Rest int            `json:"rest,omitempty" jsonschema:"how many bytes behind the first record are of no record"`
	Zero int            `json:"zero,omitempty" jsonschema:"how many bytes of zero stand behind a record, and no others up to the next one or the end"`
	Cut  int            `json:"cut,omitempty" jsonschema:"how many bytes of the file were read, where it has more than are"`
}
