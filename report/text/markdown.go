package text

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
)

// Markdown prints a page as the text of a ticket: a heading, lists, tables and blocks of code, which is what GitHub, GitLab and Jira all
// take. What a page says is never markup of its own.
func Markdown(w io.Writer, p *page.Page) error {
	var out markdown
	if p.Title != "" {
		out.paragraph("## " + report.Markdown(p.Title))
	}
	if len(p.About) > 0 {
		out.paragraph(start(report.Markdown(strings.Join(p.About, ", "))))
	}
	for _, section := range p.Sections {
		for _, b := range section {
			out.block(b)
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}

// markdown collects the output of one page.
type markdown struct {
	bytes.Buffer
	inList bool // the last line is one of a list that the next block can continue
}

// paragraph begins what a blank line has to stand before.
func (m *markdown) paragraph(text string) {
	if m.Len() > 0 {
		m.WriteByte('\n')
	}
	m.WriteString(text + "\n")
	m.inList = false
}

// item adds a line to a list, or begins a list with it.
func (m *markdown) item(depth int, text string) {
	text = strings.Repeat("  ", depth) + "- " + text
	if !m.inList {
		m.paragraph(text)
	} else {
		m.WriteString(text + "\n")
	}
	m.inList = true
}

func (m *markdown) block(b page.Block) {
	switch b := b.(type) {
	case page.Row:
		m.row(b)
	case page.Table:
		m.table(b)
	case page.SizeBar:
		m.table(b.Table)
	case page.MemoryMap:
		if !b.Aside {
			m.table(b.Table)
			m.table(b.Areas)
		}
	case page.TimeLine:
		m.table(b.Table)
	case page.Frames:
		m.table(b.Table)
	case page.Fold:
		if b.Text != "" {
			m.row(page.Row{Value: b.Text})
		}
	case page.Pairs:
		lines := make([]string, len(b))
		for i, x := range b {
			lines[i] = fmt.Sprintf("%-5s %s", Clean(x.Name), Clean(x.Value))
		}
		m.code(lines)
	case page.List:
		m.list(b, 0)
	case page.Tree:
		m.list(page.List(b), 0)
	case page.Lines:
		lines := make([]string, len(b))
		for i, s := range b {
			lines[i] = Clean(s)
		}
		m.code(lines)
	case page.Note:
		m.paragraph(start(report.Markdown(b.Text)))
	}
}

// row is an item of a list; one that continues the row above is an item below that.
func (m *markdown) row(r page.Row) {
	says := report.Markdown(r.Value)
	if r.Beside != "" {
		says += " (" + report.Markdown(r.Beside) + ")"
	}
	if r.Label == "" && m.inList {
		m.item(1, start(says))
		return
	}
	if r.Label != "" {
		says = "**" + report.Markdown(r.Label) + ":** " + says
	}
	m.item(0, start(says))
}

func (m *markdown) table(t page.Table) {
	if len(t.Rows) == 0 {
		return
	}
	names, rule := make([]string, len(t.Columns)), make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i], rule[i] = c.Name, "---"
		if c.Right {
			rule[i] = "---:"
		}
	}
	if t.Label != "" && names[0] == "" {
		names[0] = t.Label
	}
	m.paragraph(cells(names))
	m.WriteString("| " + strings.Join(rule, " | ") + " |\n")
	for _, row := range t.Rows {
		m.WriteString(cells(row) + "\n")
	}
}

func cells(list []string) string {
	safe := make([]string, len(list))
	for i, s := range list {
		safe[i] = report.Markdown(s)
	}
	return "| " + strings.Join(safe, " | ") + " |"
}

func (m *markdown) list(items page.List, depth int) {
	for _, x := range items {
		says := "**" + report.Markdown(x.Term) + "**"
		if x.Meaning != "" {
			says += " " + report.Markdown(x.Meaning)
		}
		m.item(depth, says)
		m.list(x.List, depth+1)
	}
}

// code is lines of letters of one width, between fences that none of them closes.
func (m *markdown) code(lines []string) {
	if len(lines) == 0 {
		return
	}
	text := strings.Join(lines, "\n")
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	m.paragraph(fence + "\n" + text + "\n" + fence)
}

// start makes a safe text safe to begin a line or an item: a list, a rule, a heading or code can begin so.
func start(s string) string {
	s = strings.TrimLeft(s, " ")
	if at := beginning().FindStringIndex(s); at != nil {
		mark := strings.IndexAny(s, "-+=.)")
		return s[:mark] + `\` + s[mark:]
	}
	return s
}

var beginning = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:[-+=]|[0-9]+[.)](?: |$))`) })
