package html

import (
	"encoding/hex"
	"encoding/xml"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
)

// blocks has one block of each type, with a text in each of its fields.
func blocks(text string) []page.Block {
	columns := []page.Column{{Name: text}, {Name: text, Right: true}, {Optional: true}}
	table := page.Table{Label: text, Columns: columns, Rows: [][]string{{text, text, text}}}
	list := page.List{{Term: text, Meaning: text, List: page.List{{Term: text, Meaning: text}}}}
	return []page.Block{
		page.Note{Text: text, Tone: page.Bad},
		page.Row{Label: text, Value: text, Tone: page.Warning, Beside: text, BesideTone: page.Good},
		table,
		page.SizeBar{Table: table, Parts: []page.SizePart{{Kind: page.SizeKind(text), Bytes: 1, Size: text}, {Kind: page.SizePrimary, Bytes: 1 << 40, Size: text}}},
		page.MemoryMap{
			Table: table, Areas: table, CellSize: 1 << 20, Cells: []page.MapCell{{Of: 256, Present: 256}, {Of: 256, Present: 1, Missing: 1}, {}}, Pins: []int{1}, Cut: 1,
		},
		page.TimeLine{Table: table, Before: []float64{30}, Boot: 7200, Booted: text, End: text},
		page.Frames{Table: table, Trust: []report.Trust{report.Trust(text)}},
		page.Fold{Text: text, First: text, Summary: text, Rest: []page.Block{page.Row{Value: text}, page.Frames{Table: table}}, Tone: page.Dim},
		page.Pairs{{Name: text, Value: text}},
		list,
		page.Tree(list),
		page.Lines{text, text},
	}
}

// Each type of package page that is a block has a form, and is among those that the tests write.
func TestEveryBlock(t *testing.T) {
	var have []string
	for _, b := range blocks("x") {
		have = append(have, reflect.TypeOf(b).Name())
		made, _, err := blockOf(b)
		if err != nil || reflect.ValueOf(made).IsZero() {
			t.Errorf("%T: %+v, %v", b, made, err)
		}
	}
	file, err := parser.ParseFile(token.NewFileSet(), "../page/page.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == "block" {
			found++
			if name := f.Recv.List[0].Type.(*ast.Ident).Name; !slices.Contains(have, name) {
				t.Errorf("the tests have no %s", name)
			}
		}
	}
	if found != len(have) {
		t.Errorf("%d types of blocks in page.go, %d here", found, len(have))
	}
	if _, _, err := blockOf(nil); err == nil {
		t.Error("what is no block has a form")
	}
}

func written(t *testing.T, pages ...*page.Page) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, pages); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// shape is the elements and the names of attributes of a document, in order, and all its text.
func shape(t *testing.T, document string) (elements []string, text string) {
	t.Helper()
	_, document, _ = strings.Cut(document, "</style>") // which has nothing of a dump
	d := xml.NewDecoder(strings.NewReader("<html><head>" + document))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return elements, text
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			for _, a := range token.Attr {
				name += " " + a.Name.Local
				if a.Name.Local == "href" && !strings.HasPrefix(a.Value, "#") || a.Name.Local == "src" || strings.HasPrefix(a.Name.Local, "on") {
					t.Errorf("%s=%q", a.Name.Local, a.Value)
				}
			}
			elements = append(elements, name)
		case xml.CharData:
			text += string(token)
		}
	}
}

var hostile = []string{
	"<script>hostile = 1; document.title = 'hostile'</script>",
	`"><img src=x onerror=hostile=1>`,
	"'><svg/onload=hostile=1>",
	"</title></style></pre><script src=http://example.com/x.js></script><link rel=stylesheet href=http://example.com/x.css>",
	`" onfocus=hostile=1 autofocus tabindex=1 style="background:url(http://example.com/x.png)`,
	"javascript:hostile=1",
	"{{.Title}}",
	"a\u202eb\u2066c",
	"a\x00b\x1b[31m\xff",
	strings.Repeat("x", 10000),
}

// Whatever a text is, it has the elements and attributes that a harmless one has, and its letters are text.
func TestHostileBlocks(t *testing.T) {
	of := func(text string) []*page.Page {
		p := &page.Page{Title: text, About: []string{text, text}, Sections: []page.Section{blocks(text)}}
		for _, b := range blocks(text) {
			p.Sections = append(p.Sections, page.Section{b})
		}
		return []*page.Page{p, p}
	}
	for _, pages := range []int{1, 2} {
		want, _ := shape(t, written(t, of("harmless text")[:pages]...))
		for _, s := range hostile {
			got, text := shape(t, written(t, of(s)[:pages]...))
			name := s[:min(len(s), 30)]
			if plain := func(list []string) []string { // classes of cells depend on their length and blanks
				out := slices.Clone(list)
				for i := range out {
					out[i] = strings.TrimSuffix(out[i], " class")
				}
				return out
			}; !slices.Equal(plain(got), plain(want)) {
				t.Errorf("%q makes other elements: %d, not %d", name, len(got), len(want))
			}
			if strings.ContainsFunc(text, func(r rune) bool { return r == '\u202e' || r == '\u2066' || r == 0 || r == '\x1b' }) {
				t.Errorf("%q is not clean", name)
			}
			if strings.Count(text, report.Clean(s)) < 20 {
				t.Errorf("%q is not on the page as text: %d", name, strings.Count(text, report.Clean(s)))
			}
		}
	}
}

// fill sets every string of a value to text, every number to n and every bool to whether n is one, with lists of one element.
func fill(v reflect.Value, text string, n, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(n > 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(n))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(n))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(n))
	case reflect.Pointer:
		if depth < 6 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), text, n, depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i), text, n, depth+1)
			}
		}
	case reflect.Slice:
		if depth < 6 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fill(v.Index(0), text, n, depth+1)
		}
	case reflect.Map:
		if depth < 6 && v.Type().Key().Kind() == reflect.String {
			v.Set(reflect.MakeMap(v.Type()))
			value := reflect.New(v.Type().Elem()).Elem()
			fill(value, text, n, depth+1)
			v.SetMapIndex(reflect.ValueOf(text).Convert(v.Type().Key()), value)
		}
	}
}

func filled[T any](text string, n int) *T {
	x := new(T)
	fill(reflect.ValueOf(x).Elem(), text, n, 0)
	return x
}

// made is a page that the function of package page of this name makes of values whose strings are all the same.
type made struct {
	name string
	page *page.Page
}

// everyPage is what all functions of package page make of a text. A report has an error or not, and numbers or none.
func everyPage(t *testing.T, text string) (all []made) {
	t.Helper()
	add := func(name string, p *page.Page) { all = append(all, made{name, p}) }
	for _, c := range []struct {
		failed bool
		number int
	}{{false, 0}, {false, 1}, {true, 0}} {
		r := filled[report.Report](text, c.number)
		if !c.failed {
			r.Error = nil
		}
		for name, show := range map[string]func(*report.Report) *page.Page{
			"Info": page.Info, "InfoVerbose": page.InfoVerbose, "Check": page.Check, "Stack": page.Stack, "Modules": page.Modules,
			"OtherModules": page.OtherModules, "ModuleAt": page.ModuleAt, "Processes": page.Processes, "Streams": page.Streams, "Decoded": page.Decoded,
			"Registers": page.Registers,
		} {
			add(name, show(r))
		}
		r.Memory.Address, r.Memory.Data = "0x1000", hex.EncodeToString([]byte(text))
		for _, format := range page.MemoryFormats {
			p, err := page.Memory(r, format)
			if err != nil {
				t.Fatal(err)
			}
			add("Memory", p)
		}
		add("Events", page.Events(filled[report.EventList](text, c.number)))
		add("Explain", page.Explain(filled[report.Explanation](text, c.number)))
		add("Codes", page.Codes(filled[report.CodeList](text, c.number)))
		add("ErrorRecord", page.ErrorRecord(filled[report.ExplainedRecord](text, c.number)))
		add("Symbols", page.Symbols(filled[report.SymbolList](text, c.number)))
	}
	return all
}

// No function of package page that makes a page is left out.
func TestEveryPage(t *testing.T) {
	have := map[string]bool{}
	for _, m := range everyPage(t, "x") {
		have[m.name] = true
	}
	names, _ := filepath.Glob("../page/*.go")
	found := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !f.Name.IsExported() || f.Type.Results == nil {
				continue
			}
			if star, ok := f.Type.Results.List[0].Type.(*ast.StarExpr); !ok || star.X.(*ast.Ident).Name != "Page" {
				continue
			}
			found++
			if !have[f.Name.Name] {
				t.Errorf("the tests have no page of %s", f.Name.Name)
			}
		}
	}
	if found != len(have) {
		t.Errorf("%d functions make pages, %d here", found, len(have))
	}
}

// Each string of a report is hostile, on every page.
func TestHostileReports(t *testing.T) {
	for _, s := range hostile {
		for _, m := range everyPage(t, s) {
			document := written(t, m.page)
			elements, _ := shape(t, document)
			if len(elements) < 5 {
				t.Errorf("%s: %d elements", m.name, len(elements))
			}
			_, body, _ := strings.Cut(document, "</style>")
			for _, e := range elements {
				if e, _, _ := strings.Cut(e, " "); slices.Contains([]string{"script", "img", "iframe", "object", "link", "style", "form", "base"}, e) {
					t.Errorf("%s of %.30q has <%s>", m.name, s, e)
				}
			}
			if strings.ContainsAny(body, "\x00\x1b\u202e") || strings.Contains(body, "<script") || strings.Contains(body, "<img") {
				t.Errorf("%s of %.30q is not inert", m.name, s)
			}
		}
	}
}

// The parts fill the bar, in order; one that would be a sliver is seen, and the widest gives the room.
func TestBar(t *testing.T) {
	part := func(kind page.SizeKind, n int64) page.SizePart {
		return page.SizePart{Kind: kind, Bytes: n, Size: "some"}
	}
	for _, c := range []struct {
		parts  []page.SizePart
		widths []int
	}{
		{nil, nil},
		{[]page.SizePart{part("primary", 5)}, []int{1000}},
		{[]page.SizePart{part("header", 1), part("primary", 2), part("missing", 1)}, []int{250, 500, 250}},
		{[]page.SizePart{part("header", 8192), part("primary", 1<<30), part("secondary", 100)}, []int{12, 976, 12}},
		{[]page.SizePart{part("header", 1), part("primary", 1), part("missing", 1<<62)}, []int{12, 12, 976}},
	} {
		b := barOf(c.parts)
		if b == nil {
			if c.parts != nil {
				t.Errorf("%v: no bar", c.parts)
			}
			continue
		}
		x := 0
		for i, p := range b.Parts {
			if p.X != x || p.Width != c.widths[i] {
				t.Errorf("%v: part %d is at %d, %d wide", c.parts, i, p.X, p.Width)
			}
			x += p.Width
		}
		if x != barWidth {
			t.Errorf("%v: %d wide", c.parts, x)
		}
	}
}

// A path is its folder and its name, which may not be empty; what is no path is a name.
func TestTitleOfPath(t *testing.T) {
	for title, want := range map[string][2]string{
		"MEMORY.DMP": {"", "MEMORY.DMP"}, "": {"", ""}, "0x9f": {"", "0x9f"},
		"/var/dumps/a.dmp": {"/var/dumps/", "a.dmp"}, `C:\Windows\Minidump\a.dmp`: {`C:\Windows\Minidump\`, "a.dmp"},
		"share.zip!dumps/a.dmp": {"share.zip!dumps/", "a.dmp"}, "dumps/": {"", "dumps/"}, "/": {"", "/"},
	} {
		a, err := articleOf(&page.Page{Title: title})
		if err != nil || a.Folder != want[0] || a.Name != want[1] {
			t.Errorf("%q: %q, %q, %v", title, a.Folder, a.Name, err)
		}
	}
}

// A short cell stays on one line, an address is not broken; what is longer than the room of a telephone stands below the other cells, unless
// those are narrow.
func TestCells(t *testing.T) {
	for _, c := range []struct {
		text  string
		right bool
		want  string
	}{
		{"", false, "word"}, {"3.98 MiB", false, "word"}, {"0xffffa18c38d10060", false, "word code"}, {"523,910 pages declared", false, ""},
		{"4,177,980", true, "right word"}, {"a text that is longer than that", false, "long"}, {strings.Repeat("x", 60), false, "word long"},
		{strings.Repeat("x", 61), false, "long"}, {strings.Repeat("1", 61), true, "right long"},
	} {
		if got := cellClass(c.text, page.Column{Right: c.right}); got != c.want {
			t.Errorf("%q: %q, not %q", c.text, got, c.want)
		}
	}
	for _, c := range []struct {
		row  []string
		want bool
	}{
		{[]string{"1", "0x0000000000000003", "a device object has held an IRP"}, true},
		{[]string{"29 s", "the DCOM server did not answer in time"}, false},
		{[]string{"total", "4,177,980", "3.98 MiB"}, false},
		{[]string{"a sentence that has no cell beside it"}, false},
		{nil, false},
	} {
		if got := tableOf(page.Table{Columns: make([]page.Column, len(c.row)), Rows: [][]string{c.row}}).Stacks; got != c.want {
			t.Errorf("%q: %v", c.row, got)
		}
	}
}

// A page has what other media point to: the rest is folded, and what nothing is folded of says nothing. What signs stand for is said once.
func TestFold(t *testing.T) {
	frames := page.Frames{Table: page.Table{Label: "Stack", Columns: make([]page.Column, 1), Rows: [][]string{{"nt+0x1"}}}, Trust: []report.Trust{report.TrustScan}}
	rest := page.Frames{Table: page.Table{Columns: make([]page.Column, 1), Rows: [][]string{{"nt+0x2"}, {"nt+0x3"}}}, Trust: []report.Trust{report.TrustScan, report.TrustUnwind}}
	got := written(t, &page.Page{Sections: []page.Section{
		{frames, page.Fold{Text: "and 2 more, see elsewhere", Summary: "2 more frames", Rest: []page.Block{rest}}},
		{page.Row{Label: "Origin", Value: "x"}, page.Fold{Text: "a fact, and 1 more", First: "a fact", Tone: page.Dim, Summary: "1 more fact", Rest: []page.Block{page.Row{Value: "another"}}}},
		{page.Row{Label: "Nothing", Value: "x"}, page.Fold{Text: "? is a guess"}},
	}})
	for _, want := range []string{"<summary>2 more frames</summary>", "nt&#43;0x3", "a fact</span><details>", "<summary>1 more fact</summary>", "<div>another</div>"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, other := range []string{"see elsewhere", "and 1 more", "? is a guess"} {
		if strings.Contains(got, other) {
			t.Errorf("the page says %s", other)
		}
	}
	if n := strings.Count(got, report.TrustScan.Phrase()); n != 1 {
		t.Errorf("what a scan is is said %d times", n)
	}
}

// The list of files says of each what its verdict is, and the page which dmplens made it.
func TestIndex(t *testing.T) {
	pages := []*page.Page{
		{Title: "a.dmp", Verdict: "damaged", VerdictTone: page.Bad, Suspect: "x.sys", ToolVersion: "1.2.3", Sections: []page.Section{{page.Row{Label: "What", Value: "X (0x1)"}}}},
		{Title: "b.dmp", Verdict: "complete", VerdictTone: page.Good, Sections: []page.Section{{page.Row{Label: "What", Value: "Y (0x2)"}}}},
	}
	_, got, _ := strings.Cut(written(t, pages...), "<nav")
	index, rest, _ := strings.Cut(got, "</nav>")
	for _, want := range []string{`<span class="bad"><span class="sign" aria-hidden="true">✗</span>`, "damaged", "suspect: x.sys", `<span class="good">`, "complete"} {
		if !strings.Contains(index, want) {
			t.Errorf("the list lacks %s:\n%s", want, index)
		}
	}
	if !strings.Contains(rest, `<footer class="dim">dmplens 1.2.3</footer>`) || strings.Contains(written(t, pages[1]), "<footer") {
		t.Error("the page does not say which dmplens made it, or one does of which nothing is known")
	}
}

// How sure something is is no warning to who hears it.
func TestConfidence(t *testing.T) {
	got := written(t, &page.Page{Sections: []page.Section{{page.Row{Label: "Suspect", Value: "x.sys", Beside: "likely", BesideTone: page.Warning}}}})
	if !strings.Contains(got, `title="confidence"`) || !strings.Contains(got, `<span class="heard">confidence: </span>likely`) || strings.Contains(got, "attention") {
		t.Error("the page does not say that it is a confidence")
	}
}
