package text

import (
	"fmt"
	"io"

	"github.com/dmplens/dmplens/report"
)

// Streams writes the tagged blobs of a dump as a table.
func Streams(w io.Writer, r *report.Report, style Style) error {
	p := &page{style: style}
	r = filled(r)
	p.title(r)
	p.WriteByte('\n')
	switch s := r.Sizes; {
	case r.Error != nil:
		p.row("This is", r.Error.Message)
		p.row("Do next", r.Error.Next)
	case s.Secondary == nil:
		p.row("Streams", "unknown: the dump does not say where its secondary data begins")
	case len(r.Streams) == 0:
		p.row("Streams", "none: the dump has no secondary data")
	default:
		rows := [][]string{{"#", "GUID", "offset", "bytes", "what"}}
		for _, s := range r.Streams {
			name := s.Name
			if name == "" {
				name = "-"
			}
			rows = append(rows, []string{fmt.Sprint(s.Index), s.GUID, fmt.Sprintf("%#x", s.Offset), commas(s.Size), name})
		}
		if err := grid(p, "  ", rows, 0, 2, 3); err != nil {
			return err
		}
	}
	for _, f := range r.Findings {
		if f.ID == report.FindingStreamTruncated || f.ID == report.FindingTrailingBytes {
			p.row("Finding", string(f.ID)+": "+f.Message)
		}
	}
	_, err := w.Write(p.Bytes())
	return err
}
