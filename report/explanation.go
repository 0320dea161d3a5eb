package report

// Explanation is the JSON record of `dmplens explain CODE`: what a code and its parameters say, from the numbers alone.
type Explanation struct {
	SchemaVersion string `json:"schema_version"`
	ToolVersion   string `json:"tool_version,omitempty"`

	// Read is how what was asked was read.
	Read []ReadAs `json:"read,omitempty"`
	// Asked is a name that no code has.
	Asked string `json:"asked,omitempty"`

	// Machine and Build are of the system that was asked for.
	Machine string `json:"machine,omitempty"`
	Build   uint32 `json:"build,omitempty"`

	// Status names the NTSTATUS that the number is, instead of a code or besides.
	Status string `json:"status,omitempty"`

	Aliases      []string `json:"aliases,omitempty"`
	Use          Use      `json:"use,omitempty" jsonschema:"crash, live, both"`
	Documented   *bool    `json:"documented,omitempty"`
	Requester    string   `json:"requester,omitempty"`
	Bugcheck     Bugcheck `json:"bugcheck,omitzero"`
	KnownValues  []Role   `json:"known_values,omitempty" jsonschema:"what the parameters can be"`
	NearestNames []string `json:"nearest_names,omitempty" jsonschema:"for a name that no code has"`
}

// ReadAs is a word of what was asked and the number it was read as.
type ReadAs struct {
	Word  string `json:"word"`
	Value string `json:"value,omitempty" jsonschema:"left out where it could not be read"`
	How   string `json:"how,omitempty" jsonschema:"in which form and base, and what it could be otherwise"`
}

// Role is what a parameter is: always, on some systems, or where another parameter has a certain value.
type Role struct {
	Index  int          `json:"index"`
	Type   string       `json:"type,omitempty"`
	Label  string       `json:"label,omitempty"`
	On     string       `json:"on,omitempty" jsonschema:"machines and builds"`
	Values []KnownValue `json:"values,omitempty"`
}

// KnownValue is what a value means, and what the other parameters are then.
type KnownValue struct {
	Match      string   `json:"match" jsonschema:"values and ranges; text, other: every other value"`
	Meaning    string   `json:"meaning"`
	On         string   `json:"on,omitempty"`
	FirstLook  string   `json:"first_look,omitempty"`
	Notes      []string `json:"notes,omitempty"`
	Parameters []Role   `json:"parameters,omitempty"`
}

// CodeList is the JSON record of `dmplens explain --list`.
type CodeList struct {
	SchemaVersion string      `json:"schema_version"`
	ToolVersion   string      `json:"tool_version,omitempty"`
	Counts        CodeCounts  `json:"counts"`
	Codes         []CodeEntry `json:"codes"`
}

// CodeCounts counts codes.
type CodeCounts struct {
	Codes          int `json:"codes"`
	Live           int `json:"live" jsonschema:"codes that mark live dumps, or crashes and live dumps"`
	LiveDocumented int `json:"live_documented"`
	Explained      int `json:"explained" jsonschema:"codes of which it is known what their parameters are"`
	Tables         int `json:"tables" jsonschema:"codes whose parameter 1 selects what the others are"`
}

// CodeEntry is a code of a CodeList.
type CodeEntry struct {
	Code       string   `json:"code"`
	Name       string   `json:"name"`
	Aliases    []string `json:"aliases,omitempty"`
	Use        Use      `json:"use"`
	Documented bool     `json:"documented"`
	Summary    string   `json:"summary,omitempty"`
}

// FailureHash is the JSON record of `dmplens hash`.
type FailureHash struct {
	SchemaVersion string `json:"schema_version"`
	ToolVersion   string `json:"tool_version,omitempty"`
	String        string `json:"string"`
	Hash          string `json:"hash" jsonschema:"the FAILURE_ID_HASH, a GUID"`
}

// Status is the JSON record of `dmplens explain --status`.
type Status struct {
	SchemaVersion string `json:"schema_version"`
	ToolVersion   string `json:"tool_version,omitempty"`
	Value         string `json:"value"`
	Name          string `json:"name,omitempty"`
}
