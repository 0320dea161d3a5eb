package record

import (
	"io"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// Markdown writes reports as rows of a table.
type Markdown struct {
	w       io.Writer
	columns []report.Column
}

// NewMarkdown writes the head of the table, and returns what writes the rows.
func NewMarkdown(w io.Writer, columns []report.Column) (*Markdown, error) {
	var right []int
	for i, c := range columns {
		if c.Right {
			right = append(right, i)
		}
	}
	return &Markdown{w, columns}, markdownHead(w, names(columns), right...)
}

// Write writes a report as a row.
func (m *Markdown) Write(r *report.Report) error { return markdownRow(m.w, values(m.columns, r)) }

func markdownHead(w io.Writer, names []string, right ...int) error {
	lines := make([]string, len(names))
	for i := range lines {
		lines[i] = "---"
	}
	for _, i := range right {
		lines[i] = "---:"
	}
	if err := markdownRow(w, names); err != nil {
		return err
	}
	_, err := io.WriteString(w, "| "+strings.Join(lines, " | ")+" |\n")
	return err
}

func markdownRow(w io.Writer, cells []string) error {
	safe := make([]string, len(cells))
	for i, s := range cells {
		safe[i] = markdownEscaper.Replace(report.Clean(s))
	}
	_, err := io.WriteString(w, "| "+strings.Join(safe, " | ")+" |\n")
	return err
}

// markdownEscaper makes a text mean itself: no column, code, emphasis, link, image or HTML comes of it.
var markdownEscaper = strings.NewReplacer(
	`\`, `\\`, "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "~", `\~`, "<", "&lt;", ">", "&gt;", "&", "&amp;",
)
