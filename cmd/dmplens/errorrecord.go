package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

// maxRecordFile is how many bytes of a file of error records are read: the text of a record has some thousand.
const maxRecordFile = 4 << 20

// explainRecord says what the record of a hardware error in a file holds.
func (c *command) explainRecord(a *analyze.Analyzer, name string, asJSON bool, style text.Style) (int, error) {
	in, title := io.Reader(c.stdin), "standard input"
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return exitUnusable, notFound(name, err)
		}
		defer f.Close()
		in, title = f, name
	}
	data, err := io.ReadAll(io.LimitReader(in, maxRecordFile+1))
	if err != nil {
		return exitUnusable, fmt.Errorf("%s: %w", title, err)
	}
	cut := len(data) > maxRecordFile
	e := a.ExplainRecord(title, errorRecordBytes(data[:min(len(data), maxRecordFile)])...)
	if cut {
		e.Cut = maxRecordFile
	}
	result := exitOK
	if e.Error != nil || e.Record.Stopped != "" || e.Rest > 0 || cut || slices.ContainsFunc(e.More, func(r *report.ErrorRecord) bool { return r.Stopped != "" }) {
		result = exitFinding
	}
	if asJSON {
		return result, record.JSON(c.stdout, e)
	}
	return result, text.Write(c.stdout, page.ErrorRecord(e), style)
}
