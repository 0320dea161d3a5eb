// Package record writes reports for programs.
package record

import (
	"encoding/json"
	"io"

	"github.com/dmplens/dmplens/report"
)

// JSON writes a report as an indented object.
func JSON(w io.Writer, r *report.Report) error { return encode(w, r, "  ") }

// JSONL writes a report as an object on one line.
func JSONL(w io.Writer, r *report.Report) error { return encode(w, r, "") }

func encode(w io.Writer, r *report.Report, indent string) error {
	e := json.NewEncoder(w)
	e.SetIndent("", indent)
	e.SetEscapeHTML(false)
	return e.Encode(r)
}
