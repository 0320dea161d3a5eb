package record

import (
	"io"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// Markdown writes rows of a table.
type Markdown[T any] struct {
	w       io.Writer
	columns []report.Column[T]
}

// NewMarkdown writes the head of the table, and returns what writes the rows.
func NewMarkdown[T any](w io.Writer, columns []report.Column[T]) (*Markdown[T], error) {
	m := &Markdown[T]{w, columns}
	if err := m.line(func(c report.Column[T]) string { return report.Markdown(c.Name) }); err != nil {
		return nil, err
	}
	return m, m.line(func(c report.Column[T]) string {
		if c.Right {
			return "---:"
		}
		return "---"
	})
}

// Write writes a row.
func (m *Markdown[T]) Write(v T) error {
	return m.line(func(c report.Column[T]) string { return report.Markdown(c.Value(v)) })
}

func (m *Markdown[T]) line(cell func(report.Column[T]) string) error {
	cells := make([]string, len(m.columns))
	for i, c := range m.columns {
		cells[i] = cell(c)
	}
	_, err := io.WriteString(m.w, "| "+strings.Join(cells, " | ")+" |\n")
	return err
}
