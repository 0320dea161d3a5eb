package text

import (
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dmplens/dmplens/report/page"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"ntoskrnl.exe":           "ntoskrnl.exe",
		"\x1b[2Jgone":            "\ufffd[2Jgone",
		"a\r\nb\tc\x00":          "a\ufffd\ufffdb\ufffdc\ufffd",
		"user\u202exe.sys":       "user\ufffdxe.sys",
		"\u2066a\u2069\u200f":    "\ufffda\ufffd\ufffd",
		"zero\u200bwidth\ufeff":  "zero\ufffdwidth\ufffd",
		"\u009b31mC1 control":    "\ufffd31mC1 control",
		"line\u2028par\u2029end": "line\ufffdpar\ufffdend",
		"Grüße, 計算機":             "Grüße, 計算機",
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`([a-z+.\\]{1,30} {0,2}){0,20}`).Draw(t, "text")
		width := rapid.IntRange(1, 60).Draw(t, "width")
		lines := wrap(s, width)
		if got, want := strings.Fields(strings.Join(lines, " ")), strings.Fields(s); !slices.Equal(got, want) {
			t.Fatalf("wrapped text is %q, want %q", got, want)
		}
		for i, line := range lines {
			if i > 0 && strings.HasPrefix(line, " ") || strings.HasSuffix(line, " ") {
				t.Fatalf("line %q has blanks at an end", line)
			}
			if len(line) > width && strings.Contains(line, " ") {
				t.Fatalf("line %q has more than %d columns", line, width)
			}
			if i > 0 && len(lines[i-1])+1+len(strings.Fields(line)[0]) < width {
				t.Fatalf("%q would have had room behind %q", line, lines[i-1])
			}
		}
	})
}

// write is what is printed of a page.
func write(t *rapid.T, p *page.Page, style Style) string {
	var b strings.Builder
	if err := Write(&b, p, style); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPage(t *testing.T) {
	long := strings.Repeat("some words ", 8)
	for _, test := range []struct {
		name  string
		page  page.Page
		style Style
		want  string
	}{
		{"title", page.Page{Title: "x.dmp", About: []string{"kernel dump", "amd64"}, Sections: []page.Section{{page.Note{Text: "a note"}}, {page.Note{Text: "more"}}}},
			Style{Color: true}, "\x1b[1mx.dmp\x1b[0m   kernel dump   amd64\n\n  a note\n\n  more\n"},
		{"two lines", page.Page{Title: strings.Repeat("x", 50), About: []string{"kernel dump", "amd64"}}, Style{Width: 60},
			strings.Repeat("x", 50) + "\n  kernel dump   amd64\n"},
		{"many lines", page.Page{Title: "x.dmp", About: []string{strings.Repeat("y", 52), "amd64"}}, Style{Width: 60},
			"x.dmp\n  " + strings.Repeat("y", 52) + "\n  amd64\n"},
		{"several", page.Page{Title: "x.dmp", About: []string{"kernel dump", "amd64"}}, Style{Several: true, Color: true}, "\x1b[1m==> x.dmp <==\x1b[0m\n  kernel dump   amd64\n"},
		{"no title", page.Page{Sections: []page.Section{{page.Lines{"1  ", "2"}}, {page.Note{Text: "end"}}}}, Style{}, "1  \n2\n\nend\n"},
		{"rows", one(page.Row{Label: "Label", Value: long, Tone: page.Dim}, page.Row{Value: "more"}), Style{Width: 60, Color: true},
			"  Label      \x1b[2msome words some words some words some words\x1b[0m\n" +
				"             \x1b[2msome words some words some words some words\x1b[0m\n             more\n"},
		{"wide labels", one(page.Row{Label: "Ten letter", Value: "a"}, page.Row{Label: "Elevenchars", Value: "b"}, page.Row{Label: "Error record", Value: long},
			page.Table{Label: "Error record", Columns: []page.Column{{}}, Rows: [][]string{{"c"}, {"d"}}}), Style{Width: 60},
			"  Ten letter a\n  Elevenchars b\n  Error record some words some words some words some words\n             some words some words some words some words\n" +
				"  Error record c\n             d\n"},
		{"beside", one(page.Row{Label: "Origin", Value: "a dump", Beside: "certain", BesideTone: page.Good}), Style{Color: true},
			"  Origin     a dump   \x1b[32mcertain\x1b[0m\n"},
		{"below", one(page.Row{Label: "Origin", Value: strings.Repeat("x", 40), Beside: "certain", BesideTone: page.Good}), Style{Width: 60, Color: true},
			"  Origin     " + strings.Repeat("x", 40) + "\n             \x1b[32mcertain\x1b[0m\n"},
		{"labelled table", one(page.Table{Label: "Sizes", Columns: []page.Column{{}, {Right: true}, {}}, Rows: [][]string{{"total", "1,234", ""}, {"header", "1", long}}}),
			Style{Width: 60}, "  Sizes      total   1,234\n             header      1  some words some words some words\n" +
				"                            some words some words some words\n                            some words some words\n"},
		{"table without rows", one(page.Table{Label: "Sizes", Columns: make([]page.Column, 3)}), Style{}, ""},
		{"table", one(page.Table{Columns: []page.Column{{Name: "pid", Right: true}, {Name: "name"}, {Name: "pdb", Optional: true}}, Rows: [][]string{{"14", "a", "b"}}}),
			Style{Width: optionalWidth - 1}, "pid  name\n 14  a\n"},
		{"wide table", one(page.Table{Columns: []page.Column{{Name: "pid", Right: true}, {Name: "name"}, {Name: "pdb", Optional: true}}, Rows: [][]string{{"14", "a", "b"}}}),
			Style{Width: optionalWidth}, "pid  name  pdb\n 14  a     b\n"},
		{"table with room for one of two columns", one(page.Table{Columns: []page.Column{{Name: "pid", Right: true}, {Name: "pdb", Optional: true}, {Name: "path", Optional: true}}, Rows: [][]string{{"14", "b", strings.Repeat("c", 150)}, {"15", "d", "e"}}}),
			Style{Width: optionalWidth}, "pid  pdb\n 14  b\n 15  d\n"},
		{"pairs", one(page.Pairs{{Name: "rax", Value: "0x00000000000000ff"}, {Name: "cs", Value: "0x10"}, {Name: "ss", Value: "0x18"}, {Name: "mxcsr", Value: "0x1"}}), Style{},
			"    rax 0x00000000000000ff     cs 0x10                   ss 0x18\n  mxcsr 0x1\n"},
		{"short pairs", one(page.Pairs{{Name: "eax", Value: "0x000000ff"}, {Name: "ebx", Value: "0x1"}, {Name: "ecx"}, {Name: "edx", Value: "0x1"}, {Name: "esi"}}),
			Style{}, "    eax 0x000000ff    ebx 0x1           ecx               edx 0x1\n    esi\n"},
		{"list", one(page.List{{Term: "parameter 1", List: page.List{{Term: "0x1", Meaning: long, List: page.List{{Term: "parameter 2", Meaning: "deep"}}}}}}), Style{Width: 60},
			"  parameter 1\n      0x1  some words some words some words some words some\n           words some words some words some words\n          parameter 2  deep\n"},
	} {
		var b strings.Builder
		if err := Write(&b, &test.page, test.style); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(test.want, b.String()); d != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, d)
		}
	}
}

// one is a page without a title.
func one(blocks ...page.Block) page.Page { return page.Page{Sections: []page.Section{blocks}} }

// drawn is any page whose strings are made by text.
func drawn(t *rapid.T, text *rapid.Generator[string]) *page.Page {
	label := rapid.SampledFrom([]string{"", "Label"})
	tone := rapid.SampledFrom([]page.Tone{page.Plain, page.Strong, page.Good, page.Warning, page.Bad, page.Dim})
	section := rapid.Custom(func(t *rapid.T) page.Section {
		s := func(name string) string { return text.Draw(t, name) }
		all := page.Section{
			page.Row{Label: label.Draw(t, "label"), Value: s("value"), Tone: tone.Draw(t, "tone"), Beside: s("beside"), BesideTone: tone.Draw(t, "tone")},
			page.Table{Label: "Label", Columns: []page.Column{{Right: true}, {Optional: true}, {}}, Rows: [][]string{{"1", "2", s("cell")}, {"1", "2", s("cell")}}},
			page.Pairs{{Name: "rax", Value: "0x1"}, {Name: "rip", Value: "0x10"}},
			page.List{{Term: "term", Meaning: s("meaning"), List: page.List{{Term: "term", Meaning: s("meaning")}}}},
		}
		return rapid.SliceOfN(rapid.SampledFrom(all), 1, 4).Draw(t, "section")
	})
	return &page.Page{Title: text.Draw(t, "title"), About: []string{text.Draw(t, "about")}, Sections: rapid.SliceOfN(section, 0, 3).Draw(t, "sections")}
}

// No line is longer than the width, unless a word is, and colour does not move a column.
func TestWidthAndColour(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		short := drawn(t, rapid.StringMatching(`([a-z]{1,20} ){0,2}[a-z]{1,15}`))
		long := drawn(t, rapid.StringMatching(`([a-z]{1,15} ){0,30}`))
		long.Title, long.About = short.Title, short.About // a title is never wrapped
		style := Style{Width: rapid.IntRange(60, 200).Draw(t, "width")}
		for _, p := range []*page.Page{short, long} {
			style.Color = false
			plain := write(t, p, style)
			for line := range strings.Lines(plain) {
				if n := runes(strings.TrimRight(line, "\n")); n > style.Width {
					t.Errorf("at %d columns a line has %d: %q", style.Width, n, line)
				}
			}
			style.Color = true
			stripped := write(t, p, style)
			for _, code := range append(slices.Collect(maps.Values(sgr)), "0") {
				stripped = strings.ReplaceAll(stripped, "\x1b["+code+"m", "")
			}
			if stripped != plain {
				t.Errorf("colour changes more than colour (-plain +colour):\n%s", cmp.Diff(plain, stripped))
			}
		}
	})
}

func TestHostileStringsDoNotReachTheTerminal(t *testing.T) {
	const s = "\x1b[31m\u202e\r\nx\xff"
	all := page.Page{Title: s, About: []string{s}, Sections: []page.Section{{
		page.Row{Label: "Label", Value: s, Beside: s}, page.Row{Value: "x", Beside: s},
		page.Table{Label: "Label", Columns: make([]page.Column, 2), Rows: [][]string{{s, s}}},
		page.Table{Columns: []page.Column{{Name: "head"}}, Rows: [][]string{{s}}},
		page.Pairs{{Name: s, Value: s}}, page.List{{Term: s, Meaning: s, List: page.List{{Term: s}}}}, page.Lines{s}, page.Note{Text: s},
	}}}
	var b strings.Builder
	if err := Write(&b, &all, Style{}); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Count(b.String(), Clean(s)), 15; got != want {
		t.Errorf("%d of %d strings are shown:\n%s", got, want, b.String())
	}
	for line := range strings.Lines(b.String()) {
		if line = strings.TrimSuffix(line, "\n"); Clean(line) != line {
			t.Errorf("%q", line)
		}
	}
}

func TestFailingWriter(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	if err := Write(w, &page.Page{Title: "x"}, Style{}); err != io.ErrClosedPipe {
		t.Errorf("the error is %v", err)
	}
}

// TestGridsInTurn draws grids of different columns with the same table of tablewriter: one leaves nothing to the next.
func TestGridsInTurn(t *testing.T) {
	grids := []struct {
		rows  [][]string
		right []int
		want  string
	}{
		{[][]string{{"a", "1"}, {"bbb", "22"}}, []int{1}, "a     1\nbbb  22\n"},
		{[][]string{{"a", "1"}, {"bbb", "22"}}, nil, "a    1\nbbb  22\n"},
		{[][]string{{"a", "b", "c"}, {"long", "longer", "x"}}, []int{0}, "   a  b       c\nlong  longer  x\n"},
		{[][]string{{"one"}}, nil, "one\n"},
	}
	for range 2 {
		for _, g := range grids {
			var b strings.Builder
			if err := grid(&b, "", g.rows, g.right...); err != nil || b.String() != g.want {
				t.Errorf("%q with %v to the right: %v\n%swant\n%s", g.rows, g.right, err, &b, g.want)
			}
		}
	}
}
