package text

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/report/page"
)

// asMarkdown prints a page as Markdown.
func asMarkdown(t *testing.T, p *page.Page) string {
	t.Helper()
	var b strings.Builder
	if err := Markdown(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMarkdown(t *testing.T) {
	p := &page.Page{Title: "a_b.dmp", About: []string{"kernel dump", "amd64"}, Sections: []page.Section{
		{
			page.Row{Label: "What", Value: "NAME_X (0x1)", Tone: page.Bad}, page.Row{Label: "Facts", Value: "one", Beside: "certain"}, page.Row{Value: "two"},
			page.Table{Label: "Sizes", Columns: []page.Column{{}, {Right: true}, {Optional: true}}, Rows: [][]string{{"total", "1,234", "a|b"}}},
			page.Table{Label: "None", Columns: make([]page.Column, 2)},
			page.Row{Value: "behind a table"},
		},
		{
			page.Table{Columns: []page.Column{{Name: "pid"}, {Name: "name"}}, Rows: [][]string{{"4", "System"}}},
			page.Note{Text: "1. a note"}, page.Lines{"00 ``` |", "01"}, page.Lines{}, page.Pairs{{Name: "rip", Value: "0x1"}},
			page.List{{Term: "term", Meaning: "what", List: page.List{{Term: "deeper"}}}},
		},
	}}
	want := strings.ReplaceAll(`## a\_b.dmp

kernel dump, amd64

- **What:** NAME\_X (0x1)
- **Facts:** one (certain)
  - two

| Sizes |  |  |
| --- | ---: | --- |
| total | 1,234 | a\|b |

- behind a table

| pid | name |
| --- | --- |
| 4 | System |

1\. a note

""""
00 """ |
01
""""

"""
rip   0x1
"""

- **term** what
  - **deeper**
`, `"`, "`")
	if d := cmp.Diff(want, asMarkdown(t, p)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	r, w := io.Pipe()
	r.Close()
	if err := Markdown(w, p); err != io.ErrClosedPipe {
		t.Errorf("the error is %v", err)
	}
}

// What a dump says can end no line, table, list or block of code, and begins none.
func TestHostileMarkdown(t *testing.T) {
	for _, s := range []string{
		"x\n# heading", "| a | b |", "```", "- item", "    code", "1. one", "2) two", "+ plus", "=== ", "---", "***", "> quote", "<script>", "<!-- ", "&lt;", "[a](javascript:b)",
		"![a](b)", "{code}", "@all", "www.a.b", "http://a.b", "a\r\nb", "\x1b[2J", "\u202egnp", "\xff", "`@`", `\|`, `\`, "#1", ":bug:", "$a$", "~~~", "[~accountid:1]",
	} {
		got := asMarkdown(t, &page.Page{Title: s, About: []string{s}, Sections: []page.Section{{
			page.Row{Label: s, Value: s, Beside: s}, page.Row{Value: s}, page.Table{Label: s, Columns: make([]page.Column, 1), Rows: [][]string{{s}}},
			page.Row{Value: s}, page.Note{Text: s}, page.Lines{s}, page.List{{Term: s, Meaning: s}},
		}}})
		lines := strings.Split(got, "\n")
		if len(lines) != 21 {
			t.Errorf("%q makes %d lines:\n%s", s, len(lines), got)
			continue
		}
		const code = 16
		if fence := lines[code-1]; len(fence) < 3 || strings.Trim(fence, "`") != "" || lines[code+1] != fence || strings.Contains(lines[code], fence) {
			t.Errorf("%q in code:\n%s", s, got)
		}
		for i, line := range lines {
			if Clean(line) != line {
				t.Errorf("%q: the line %q", s, line)
			}
			if code-1 <= i && i <= code+1 || line == "| --- |" {
				continue
			}
			begins := line
			for _, ours := range []string{"## ", "- **"} { // behind which nothing begins
				if strings.HasPrefix(line, ours) {
					begins = ""
				}
			}
			begins = strings.TrimPrefix(strings.TrimPrefix(begins, "  "), "- ")
			for _, bad := range []string{"- ", "+ ", "= ", "1. ", "2) ", "# ", "> ", "---", "===", "~~~", "|", " ", "\t"} {
				if strings.HasPrefix(begins, bad) && i != 7 && i != 9 { // but in a table
					t.Errorf("%q begins a line with markup: %q", s, line)
				}
			}
			for _, bad := range []string{"<", "@a", "www.a", "://a", "[a]", "[~", "{code}", "#1", "$a"} {
				if strings.Contains(line, bad) && !strings.Contains(line, `\`+bad) {
					t.Errorf("%q stands bare in %q", bad, line)
				}
			}
		}
	}
}
