// Package schema holds the published JSON Schemas of the records. A published schema is never edited: fields are added under a
// new version, so a reader of an older one keeps working.
package schema

import _ "embed"

// Report is the JSON Schema (2020-12) of report.Report, version 1.1.
//
//go:embed report-1.1.schema.json
var Report []byte

// Symbols is the JSON Schema (2020-12) of report.SymbolList, version 1.0. For the dumps it refers to that of the report beside it.
//
//go:embed symbols-1.0.schema.json
var Symbols []byte

// Events is the JSON Schema (2020-12) of report.EventList, version 1.0.
//
//go:embed events-1.0.schema.json
var Events []byte

// Patterns is the JSON Schema (2020-12) of report.Pattern, version 1.0.
//
//go:embed patterns-1.0.schema.json
var Patterns []byte
