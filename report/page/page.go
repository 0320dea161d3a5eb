// Package page holds the model of what a person sees: a title, sections, and in them rows, tables and notes, with a tone in place of
// colours. A function for each verb builds one page from a report.
//
// What is here: which lines there are, their order and words, and how numbers, sizes and times are written. It imports package report
// alone, and knows no medium: columns of a terminal, wrapping, alignment, colours and the cleaning of hostile strings are the business of
// the packages that print a Page, so a Page holds strings as they stand in the report. A new line is added in the function that builds
// its section; a word of the record that lacks a phrase gets one in package report.
package page

import (
	"fmt"

	"github.com/dmplens/dmplens/report"
)

// Page is what a person sees.
type Page struct {
	Title    string    // a file, a code; empty where the page is an answer that needs none
	About    []string  // short texts that stand with the title
	Sections []Section // none of them is empty

	Verdict     string // on the file, for a list of pages; may be empty
	VerdictTone Tone
	Suspect     string // for a list of pages; may be empty
	ToolVersion string // of the dmplens that read the file, where that is known
}

// Section is what belongs together. Between two sections there is some space.
type Section []Block

// Block is a Row, a Table, a SizeBar, a MemoryMap, a TimeLine, Frames, a Fold, Pairs, a List, a Tree, Lines or a Note.
type Block interface{ block() }

// Row is a label and a value. A row without a label continues the one above.
type Row struct {
	Label string
	Value string // never empty
	Tone  Tone   // of the value

	Beside     string // a word that stands behind the value, may be empty
	BesideTone Tone
}

// Table is rows of as many cells as there are columns.
type Table struct {
	Label   string   // as that of a Row
	Columns []Column // none has a name, or the table has a head
	Rows    [][]string
}

// Column is a column of a Table.
type Column struct {
	Name     string
	Right    bool // aligned at the right, as numbers are
	Optional bool // left out where there is no room for it
	Cut      bool // its cells lose their middle where there is no room for them
	Wrap     bool // the last one: its cells take more lines where there is no room for them
}

// SizeBar is the parts of a file: rows of numbers, and the same to be drawn to scale by what can draw.
type SizeBar struct {
	Table Table
	Parts []SizePart // as they follow each other; none where they are not known
}

// SizePart is a part of a file.
type SizePart struct {
	Kind  SizeKind
	Bytes int64 // more than 0
	Size  string
}

// SizeKind says which part of a file something is.
type SizeKind string

// Kinds of parts. The secondary data in use ends with the last stream; what is behind that is a reserve.
const (
	SizeHeader    SizeKind = "header"
	SizePrimary   SizeKind = "primary"
	SizeSecondary SizeKind = "secondary"
	SizeReserve   SizeKind = "reserve"
	SizeMissing   SizeKind = "missing"
)

// MemoryMap is which parts of physical memory a dump has: rows of numbers, and the same to be drawn by what can draw.
type MemoryMap struct {
	Table Table
	Areas Table // what a debugger needs, and whether it is there; may have no rows
	Aside bool  // other rows say what matters of it: what cannot draw leaves it out

	First    uint64    // byte that the first cell begins with
	CellSize uint64    // in bytes; First + CellSize * the number of cells is below 1<<64
	Cells    []MapCell // at most 4,096
	Pins     []int     // of each row of Areas the cell that it is in, -1 where that is not known
	Cut      int       // the cell in which the file ends, behind which it has nothing; -1 where there is none
}

// MapCell is a part of physical memory, in pages. None of the numbers is greater than a cell has pages.
type MapCell struct {
	Of      uint64 // pages of memory, as far as that is known
	Present uint64 // that the file has
	Missing uint64 // that the dump names, and that are behind the end of the file
}

// TimeLine is what happened before the stop: rows, and the same to be drawn by what can draw.
type TimeLine struct {
	Table  Table
	Before []float64 // of each row how long before the end it was, in seconds
	Boot   float64   // the same of the boot, 0 where it is not known
	Booted string    // the same as a text
	End    string    // what the line ends with: the stop, the capture
}

// Frames are the frames of a stack, and how each was found: where there are colours and signs, they say how far to trust it.
type Frames struct {
	Table Table
	Trust []report.Trust // of each row
}

// Fold is what there is more of. What has pages to unfold shows First and then Rest under its Summary, other media Text alone. Each of
// them may be empty. It continues the block above.
type Fold struct {
	Text    string // says where the rest is
	First   string
	Summary string
	Rest    []Block
	Tone    Tone // of Text and First
}

// Pairs are short names and values, so many that several share a line: registers.
type Pairs []Pair

// Pair is a name and a value.
type Pair struct{ Name, Value string }

// List is a list whose items have lists of their own.
type List []Item

// Item is a term and what it means. The meaning may be empty.
type Item struct {
	Term, Meaning string
	List          List
}

// Tree is a List of names and values: the values of those that stand below each other are aligned.
type Tree List

// Lines are for letters of one width: a hex dump.
type Lines []string

// Note is a sentence that has no label.
type Note struct {
	Text string
	Tone Tone
}

func (Row) block()       {}
func (Table) block()     {}
func (SizeBar) block()   {}
func (MemoryMap) block() {}
func (TimeLine) block()  {}
func (Frames) block()    {}
func (Fold) block()      {}
func (Pairs) block()     {}
func (List) block()      {}
func (Tree) block()      {}
func (Lines) block()     {}
func (Note) block()      {}

// Tone is how a text is meant.
type Tone int

// Tones.
const (
	Plain Tone = iota
	Strong
	Good
	Warning
	Bad
	Dim // of less weight: where something was read
)

var (
	confidenceTones = map[report.Confidence]Tone{
		report.Certain: Good, report.Likely: Warning, report.Possible: Warning, report.ConfidenceUnknown: Bad,
	}
	severityTones = map[report.Severity]Tone{report.SeverityError: Bad, report.SeverityWarning: Warning}
	verdictTones  = map[report.Verdict]Tone{report.Complete: Good, report.Partial: Warning, report.Damaged: Bad, "": Warning}
)

// add appends a section, unless there is nothing in it.
func (p *Page) add(s Section) {
	if len(s) > 0 {
		p.Sections = append(p.Sections, s)
	}
}

// row appends a row, unless its value is empty.
func (s *Section) row(label, value string) { s.toned(label, value, Plain) }

func (s *Section) toned(label, value string, tone Tone) {
	if value != "" {
		*s = append(*s, Row{Label: label, Value: value, Tone: tone})
	}
}

// rows appends a row for each value that is not empty, the label with the first.
func (s *Section) rows(label string, values ...string) {
	for _, v := range values {
		s.row(label, v)
		if v != "" {
			label = ""
		}
	}
}

// first appends as many values, of which none is empty, and that there are more; with verbose all.
func (s *Section) first(label string, values []string, most int, verbose bool) {
	if verbose || len(values) <= most {
		s.rows(label, values...)
		return
	}
	s.rows(label, values[:most]...)
	rest := values[most:]
	more := Fold{Text: fmt.Sprintf("and %d more, see --verbose", len(rest)), Summary: fmt.Sprintf("%d more", len(rest))}
	for _, v := range rest {
		if v != "" {
			more.Rest = append(more.Rest, Row{Value: v})
		}
	}
	*s = append(*s, more)
}

// table appends a table behind a label, unless it has no rows.
func (s *Section) table(label string, columns []Column, rows [][]string) {
	if len(rows) > 0 {
		*s = append(*s, Table{Label: label, Columns: columns, Rows: rows})
	}
}

// facts appends what was read, and where it stands.
func (s *Section) facts(list []report.Fact) {
	for _, f := range list {
		s.toned("", withPlace(f.Fact, f.Where), Dim)
	}
}

// instead appends why there is nothing else to say, and what to do.
func (s *Section) instead(label string, e *report.Error) {
	s.row(label, e.Message)
	s.row("Do next", e.Next)
}

// withPlace puts a place behind a text, if there is one.
func withPlace(text, where string) string {
	if where == "" {
		return text
	}
	return text + " [" + where + "]"
}
