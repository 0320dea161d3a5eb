package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// Symbols is which images and PDBs dumps need, which of them are there, and how to fetch what is missing.
func Symbols(l *report.SymbolList) *Page {
	var p *Page
	if len(l.Dumps) == 1 {
		p = titled(l.Dumps[0])
		if p.none(l.Dumps[0]) {
			return p
		}
	} else {
		p = &Page{Title: plural(len(l.Dumps), "dump"), About: []string{"what they need, each file once"}}
		p.add(symbolDumps(l.Dumps))
	}
	p.add(symbolFiles(l))
	p.add(symbolSummary(l))
	if l.Next != "" {
		p.add(nextFetch(l))
	}
	return p
}

// symbolDumps is what the dumps are, and why one has nothing to list.
func symbolDumps(dumps []*report.Report) Section {
	t := Table{Columns: []Column{{Name: "dump"}, {Name: "machine"}, {Name: "path"}}}
	var none Section
	for _, r := range dumps {
		r = filled(r)
		t.Rows = append(t.Rows, []string{kindOf(r), cmp.Or(r.Dump.Machine, unknown), r.File.Path})
		if r.Error != nil {
			none.row("None", r.File.Path+": "+r.Error.Message)
		}
	}
	return append(Section{t}, none...)
}

// symbolFiles is the table of those that a store can be asked for.
func symbolFiles(l *report.SymbolList) Section {
	several := len(l.Dumps) > 1
	t := Table{Columns: []Column{{Name: "state"}, {Name: "id"}}}
	if several {
		t.Columns = append(t.Columns, Column{Name: "dumps", Right: true})
	}
	if !l.OnStack {
		t.Columns = append(t.Columns, Column{Name: "for"})
	}
	t.Columns = append(t.Columns, Column{Name: "name"})
	places := slices.ContainsFunc(l.Files, func(x report.SymbolFile) bool { return x.File != "" })
	if places {
		t.Columns = append(t.Columns, Column{Name: "where", Optional: true})
	}
	for _, x := range l.Files {
		if x.State == report.SymbolNotAskable {
			continue
		}
		cells := []string{string(x.State), x.ID}
		if several {
			cells = append(cells, fmt.Sprint(x.Dumps))
		}
		if !l.OnStack {
			mark := ""
			if x.OnStack {
				mark = "stack"
			}
			cells = append(cells, mark)
		}
		cells = append(cells, x.Name+loadedAs(x))
		if places {
			cells = append(cells, cmp.Or(x.File, unknown))
		}
		t.Rows = append(t.Rows, cells)
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return Section{t}
}

// loadedAs says under which other names an image is loaded.
func loadedAs(x report.SymbolFile) string {
	same := func(m string) bool { return strings.EqualFold(m, x.Name) }
	if x.Kind != report.SymbolImage || len(x.Modules) == 0 || slices.ContainsFunc(x.Modules, same) {
		return ""
	}
	return "  (loaded as " + strings.Join(x.Modules, ", ") + ")"
}

// symbolSummary is how many files there are of each state, why some are not askable, and where they were looked for.
func symbolSummary(l *report.SymbolList) Section {
	var s Section
	of := ""
	if l.OnStack {
		of = " of the stack"
	}
	s.row("Images", fmt.Sprintf("%s%s%s", commas(int64(l.Images.Needed)), of, states(l.Images)))
	pdbs := fmt.Sprintf("%s known%s", commas(int64(l.PDBs.Needed)), states(l.PDBs))
	if n := l.PDBs.Unknown; n > 0 {
		pdbs += fmt.Sprintf("; %s more will be known by their images", commas(int64(n)))
	}
	s.row("PDBs", pdbs)
	s.notAskable(l.Files)
	s.toned("Note", ofOthers(l.Files), Dim)
	label := "Refused"
	for _, x := range l.Files {
		if x.State == report.SymbolMissing && x.Reason != "" {
			s.toned(label, x.Reason, Warning)
			label = ""
		}
	}
	switch {
	case l.SymbolPath != "":
		s.row("Looked in", l.SymbolPath)
	default:
		s.row("Looked in", "nothing: neither --symbols nor _NT_SYMBOL_PATH says where images and PDBs are")
	}
	return s
}

// ofOthers says which of the missing images Microsoft has not made, so that its server hardly has them.
func ofOthers(files []report.SymbolFile) string {
	var names []string
	for _, stack := range []bool{true, false} { // those that matter most first
		for _, x := range files {
			if x.Kind == report.SymbolImage && x.State == report.SymbolMissing && x.Known != nil && !*x.Known && x.OnStack == stack && !slices.Contains(names, x.Name) {
				names = append(names, x.Name)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "not Windows' own, so Microsoft's server hardly has these, but their makers: " + firstOf(names)
}

// firstOf is a list of names, of a long one the first and how many more there are.
func firstOf(names []string) string {
	const most = 12
	if more := len(names) - most; more > 1 {
		names = append(names[:most:most], fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// states says how many files are in each state.
func states(c report.SymbolCounts) string {
	var list []string
	for _, n := range []struct {
		of   int
		says string
	}{{c.Have, "at hand"}, {c.Missing, "missing"}, {c.NotAskable, "that cannot be asked for"}} {
		if n.of > 0 {
			list = append(list, commas(int64(n.of))+" "+n.says)
		}
	}
	return prefixed(": ", strings.Join(list, ", "))
}

// notAskable says which files cannot be asked for, for each reason.
func (s *Section) notAskable(files []report.SymbolFile) {
	names := make(map[string][]string)
	var reasons []string
	for _, x := range files {
		if x.State != report.SymbolNotAskable {
			continue
		}
		if names[x.Reason] == nil {
			reasons = append(reasons, x.Reason)
		}
		name := cmp.Or(x.Name, strings.Join(x.Modules, ", "), "one without a name")
		if !slices.Contains(names[x.Reason], name) {
			names[x.Reason] = append(names[x.Reason], name)
		}
	}
	for i, reason := range reasons {
		label := ""
		if i == 0 {
			label = "Not asked"
		}
		s.row(label, reason+": "+firstOf(names[reason]))
	}
}

// nextFetch is the command line that fetches what is missing.
func nextFetch(l *report.SymbolList) Section {
	says := "this fetches what is missing, and then the PDBs that the images name."
	if n := l.StackFirst(); n > 0 {
		says = fmt.Sprintf("this fetches what the stack needs, %s, and then the PDBs that the images name; without --stack, all that is missing.", plural(n, "file"))
	}
	return Section{
		Row{Label: "Do next", Value: says + " It sends their names and ids to the server, and nothing else."},
		Lines{l.Next},
	}
}
