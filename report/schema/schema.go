// Package schema holds the published JSON Schema of the report record. A published schema is never edited: fields are added under a
// new version, so a reader of an older one keeps working.
package schema

import _ "embed"

// Report is the JSON Schema (2020-12) of report.Report, version 1.1.
//
//go:embed report-1.1.schema.json
var Report []byte
