// Package html writes pages of package page as one document for a browser, which needs no other file, no network and no script.
//
// What is here: elements and classes, the drawing of pictures, and the cleaning of strings. It knows nothing of dumps: what a page says is
// the business of package page. page.html holds the styles and the markup, pictures.html those of pictures. A new kind of block of a page gets
// a case in blockOf and a part of one of them.
package html

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
)

//go:embed page.html
var source string

//go:embed pictures.html
var pictures string

var document = sync.OnceValue(func() *template.Template {
	return template.Must(template.Must(template.New("page").Parse(source)).Parse(pictures))
})

// Write writes one document of all pages; of more than one it begins with an index.
func Write(w io.Writer, pages []*page.Page) error {
	d := doc{}
	for i, p := range pages {
		a, err := articleOf(p)
		if err != nil {
			return err
		}
		a.ID = fmt.Sprintf("file-%d", i+1)
		for j := range a.Sections {
			a.Sections[j].Nested = len(pages) > 1
		}
		d.Articles = append(d.Articles, a)
		d.Version = cmp.Or(d.Version, report.Clean(p.ToolVersion))
	}
	d.Title = fmt.Sprintf("%d files", len(pages))
	if len(pages) == 1 {
		d.Title = d.Articles[0].Name
	}
	return document().Execute(w, d)
}

// What follows is what page.html is made of. All strings are clean; it is html/template that makes them harmless.
type (
	doc struct {
		Title    string
		Version  string // of dmplens
		Articles []article
	}
	article struct {
		ID           string
		Folder, Name string // the title; of a path, the folder has the separator
		About        []string
		First        string // what the first row says, for the index
		Verdict      toned
		Suspect      string
		Sections     []section
	}
	section struct {
		Label  string // the first one in it, which is its heading
		Nested bool   // in one of several articles
		Parts  []part
	}
	// part is Groups, or one block.
	part struct {
		Groups []group
		Block  *block
	}
	// group is a label and what stands behind it.
	group struct {
		Label  string
		Blocks []block
	}
	// block has one of its fields, and pictures with tables.
	block struct {
		Value *value
		Bar   *bar
		Map   *memory
		Line  *timeLine
		Table *table
		Areas *table     // of a Map
		Trust []trustKey // of the signs of a Table
		Fold  *fold
		Pairs []page.Pair
		List  []item
		Tree  bool // of a List: names and values
		Lines []string
		Note  *value
	}
	value struct {
		toned
		Beside *toned
	}
	// fold is what is seen, and what can be.
	fold struct {
		First   *value
		Summary string
		Rest    []block
	}
	toned struct{ Text, Class, Sign, Says string }
	table struct {
		Label  string
		Head   []cell // empty where no column has a name
		Rows   [][]cell
		Stacks bool // where there is little room, the last cell stands below the others
		Frames bool
		Lead   []lead // before each row, if there are any
	}
	// lead is a number or a sign.
	lead struct {
		Number int
		Sign   string
	}
	cell struct{ Text, Class string }
	item struct {
		Term, Meaning string
		List          []item
	}
)

// signs say what colours say. A reader of the screen has the words.
var signs = map[page.Tone]toned{
	page.Plain:   {},
	page.Strong:  {Class: "strong"},
	page.Good:    {Class: "good", Sign: "✓", Says: "good"},
	page.Warning: {Class: "warning", Sign: "▲", Says: "attention"},
	page.Bad:     {Class: "bad", Sign: "✗", Says: "problem"},
	page.Dim:     {Class: "dim"},
}

func tonedOf(text string, tone page.Tone) toned {
	t := signs[tone]
	t.Text = report.Clean(text)
	return t
}

func articleOf(p *page.Page) (article, error) {
	a := article{Name: report.Clean(p.Title), Verdict: tonedOf(p.Verdict, p.VerdictTone), Suspect: report.Clean(p.Suspect)}
	if i := strings.LastIndexAny(a.Name, `/\`) + 1; i < len(a.Name) {
		a.Folder, a.Name = a.Name[:i], a.Name[i:]
	}
	for _, s := range p.About {
		a.About = append(a.About, report.Clean(s))
	}
	for _, s := range p.Sections {
		made, err := sectionOf(s)
		if err != nil {
			return a, err
		}
		a.Sections = append(a.Sections, made)
	}
	if len(p.Sections) > 0 {
		if r, ok := p.Sections[0][0].(page.Row); ok {
			a.First = report.Clean(r.Value)
		}
	}
	return a, nil
}

// sectionOf puts rows, and tables that have a label, into groups; what has no label continues the group before it if it is a row.
func sectionOf(s page.Section) (section, error) {
	var out section
	var open *part // the one whose groups the next block can continue
	for _, b := range s {
		made, label, err := blockOf(b)
		if err != nil {
			return out, err
		}
		label = report.Clean(label)
		if made.Fold != nil && made.Fold.First == nil && made.Fold.Rest == nil {
			continue
		}
		if out.Label == "" {
			out.Label = label
		}
		switch {
		case label == "" && (made.Value != nil || made.Fold != nil) && open != nil:
			last := &open.Groups[len(open.Groups)-1]
			made.Fold.saysNew(last.Blocks[len(last.Blocks)-1].Trust)
			last.Blocks = append(last.Blocks, made)
		case label == "":
			out.Parts, open = append(out.Parts, part{Block: &made}), nil
		case open != nil:
			open.Groups = append(open.Groups, group{label, []block{made}})
		default:
			out.Parts = append(out.Parts, part{Groups: []group{{label, []block{made}}}})
			open = &out.Parts[len(out.Parts)-1]
		}
	}
	return out, nil
}

// blockOf returns what a block becomes, and its label.
func blockOf(b page.Block) (made block, label string, err error) {
	switch b := b.(type) {
	case page.Row:
		v := value{toned: tonedOf(b.Value, b.Tone)}
		if b.Beside != "" {
			beside := tonedOf(b.Beside, b.BesideTone)
			beside.Says = "confidence" // what stands beside is how sure the value is, and no warning
			v.Beside = &beside
		}
		return block{Value: &v}, b.Label, nil
	case page.Table:
		return block{Table: tableOf(b)}, b.Label, nil
	case page.SizeBar:
		return block{Table: tableOf(b.Table), Bar: barOf(b.Parts)}, b.Table.Label, nil
	case page.MemoryMap:
		made = block{Table: tableOf(b.Table), Map: mapOf(b)}
		if len(b.Areas.Rows) > 0 {
			made.Areas = tableOf(b.Areas)
			made.Areas.numbered()
		}
		return made, b.Table.Label, nil
	case page.TimeLine:
		made = block{Table: tableOf(b.Table), Line: lineOf(b)}
		made.Table.numbered()
		return made, b.Table.Label, nil
	case page.Frames:
		made.Table, made.Trust = framesOf(b)
		return made, b.Table.Label, nil
	case page.Fold:
		made.Fold, err = foldOf(b)
		return made, "", err
	case page.Pairs:
		for _, x := range b {
			made.Pairs = append(made.Pairs, page.Pair{Name: report.Clean(x.Name), Value: report.Clean(x.Value)})
		}
		return made, "", nil
	case page.List:
		return block{List: items(b)}, "", nil
	case page.Tree:
		return block{List: items(page.List(b)), Tree: true}, "", nil
	case page.Lines:
		for _, s := range b {
			made.Lines = append(made.Lines, report.Clean(s))
		}
		return made, "", nil
	case page.Note:
		return block{Note: &value{toned: tonedOf(b.Text, b.Tone)}}, "", nil
	}
	return made, "", fmt.Errorf("html: no form for %T", b)
}

func foldOf(b page.Fold) (*fold, error) {
	f := &fold{Summary: report.Clean(b.Summary)}
	if b.First != "" {
		f.First = &value{toned: tonedOf(b.First, b.Tone)}
	}
	for _, x := range b.Rest {
		made, _, err := blockOf(x)
		if err != nil {
			return nil, err
		}
		f.Rest = append(f.Rest, made)
	}
	return f, nil
}

// saysNew leaves out what signs stand for where the block before the fold says it.
func (f *fold) saysNew(said []trustKey) {
	if f == nil {
		return
	}
	for i := range f.Rest {
		f.Rest[i].Trust = slices.DeleteFunc(f.Rest[i].Trust, func(k trustKey) bool { return slices.Contains(said, k) })
	}
}

// Classes are those of the table's element.
func (t *table) Classes() string {
	var list []string
	if t.Stacks {
		list = append(list, "stacks")
	}
	if t.Frames {
		list = append(list, "frames")
	}
	if t.Frames && t.Head == nil {
		list = append(list, "brief") // of few columns: where there is little room, each has two lines
	}
	return strings.Join(list, " ")
}

func items(list page.List) []item {
	var out []item
	for _, x := range list {
		out = append(out, item{report.Clean(x.Term), report.Clean(x.Meaning), items(x.List)})
	}
	return out
}

func tableOf(t page.Table) *table {
	out := &table{Label: report.Clean(t.Label)}
	headed := false
	for _, c := range t.Columns {
		class := ""
		if c.Right {
			class = "right"
		}
		out.Head = append(out.Head, cell{report.Clean(c.Name), class})
		headed = headed || c.Name != ""
	}
	for _, row := range t.Rows {
		cells := make([]cell, len(row))
		last, before := 0, 0
		for i, s := range row {
			cells[i] = cell{report.Clean(s), cellClass(s, t.Columns[i])}
			last, before = len(s), before+last
		}
		out.Stacks = out.Stacks || !headed && last > longestWhole && before > shortest
		out.Rows = append(out.Rows, cells)
	}
	if !headed {
		out.Head = nil
	}
	return out
}

// How long a cell is, in bytes.
const (
	shortest     = 12 // up to this it stands on one line though it has blanks: a size and its unit
	longestWhole = 24 // up to this no word in it is broken, and the last one of a row has room beside the others on a telephone
	longestWord  = 60 // up to this a word is not broken on a screen, where the table can be moved sideways
)

// cellClass says how a cell is set: a number at the right, one word on one line, unless it is too long for paper, one that begins as an
// address in letters of one width.
func cellClass(s string, c page.Column) string {
	var classes []string
	if c.Right {
		classes = append(classes, "right")
	}
	if len(s) <= shortest || len(s) <= longestWord && (c.Right || !strings.Contains(s, " ")) {
		classes = append(classes, "word")
	}
	if len(s) > longestWhole {
		classes = append(classes, "long")
	}
	if strings.HasPrefix(s, "0x") {
		classes = append(classes, "code")
	}
	return strings.Join(classes, " ")
}
