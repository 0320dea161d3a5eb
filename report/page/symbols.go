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
		p.add(notRead(l))
		if p.none(l.Dumps[0]) {
			return p
		}
	} else {
		p = &Page{Title: plural(len(l.Dumps), "dump"), About: []string{"what they need, each file once"}}
		if n := len(l.NotRead); n > 0 {
			p.Title = fmt.Sprintf("%d of %s", len(l.Dumps), plural(len(l.Dumps)+n, "file"))
		}
		p.add(symbolDumps(l.Dumps))
		p.add(append(notRead(l), notListed(l.Dumps)...))
	}
	p.add(symbolFiles(l))
	p.add(symbolSummary(l))
	if l.Next != "" {
		p.add(nextFetch(l))
	} else if l.Use != "" {
		p.add(Section{Row{Label: "Do next", Value: "this shows the stack by what is at hand."}, Lines{l.Use}})
	}
	return p
}

// notRead names the files that could not be read.
func notRead(l *report.SymbolList) Section {
	var s Section
	if len(l.NotRead) > 0 {
		s.toned("Not read", firstOf(l.NotRead), Warning)
	}
	return s
}

// notListed says why dumps have nothing to list.
func notListed(dumps []*report.Report) Section {
	var s Section
	label := "No list"
	for _, r := range dumps {
		if r.Error != nil {
			s.row(label, r.File.Path+": "+r.Error.Message)
			label = ""
		}
	}
	return s
}

// symbolDumps is what the dumps are.
func symbolDumps(dumps []*report.Report) Section {
	t := Table{Columns: []Column{{Name: "dump"}, {Name: "machine"}, {Name: "path"}}}
	for _, r := range dumps {
		r = filled(r)
		t.Rows = append(t.Rows, []string{kindOf(r), cmp.Or(r.Dump.Machine, unknown), r.File.Path})
	}
	return Section{t}
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
	s.row("Images", fmt.Sprintf("%s%s%s", report.Commas(int64(l.Images.Needed)), of, states(l.Images)))
	s.row("PDBs", pdbCounts(l.PDBs))
	s.notAskable(l.Files, len(l.Dumps) > 1)
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
	s.toned("Note", strings.Join(l.PassedOver, "; "), Warning)
	var kept []string
	for _, dir := range l.FetchedInto {
		if !strings.Contains(l.SymbolPath, dir) {
			kept = append(kept, dir)
		}
	}
	s.row("Kept in", prefixed("what --fetch gets: ", strings.Join(kept, ", ")))
	return s
}

// pdbCounts is how many PDBs there are, and of how many images they are not known before those are there.
func pdbCounts(c report.SymbolCounts) string {
	known := fmt.Sprintf("%s known%s", report.Commas(int64(c.Needed)), states(c))
	switch {
	case c.Unknown == 0:
		return known
	case c.Needed == 0 && c.Unknown == 1:
		return "unknown until the missing image is there"
	case c.Needed == 0:
		return fmt.Sprintf("unknown until the %s missing images are there", report.Commas(int64(c.Unknown)))
	case c.Unknown == 1:
		return known + "; 1 more unknown until its image is there"
	}
	return fmt.Sprintf("%s; %s more unknown until their images are there", known, report.Commas(int64(c.Unknown)))
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
	return "not Windows' own, so Microsoft's server probably lacks these; ask their makers: " + firstOf(names)
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
			list = append(list, report.Commas(int64(n.of))+" "+n.says)
		}
	}
	return prefixed(": ", strings.Join(list, ", "))
}

// notAskable says which files cannot be asked for, for each reason. Of several dumps one can know of a file what another one does not.
func (s *Section) notAskable(files []report.SymbolFile, several bool) {
	names := make(map[string][]string)
	asked := make(map[string]bool)
	for _, x := range files {
		if x.State != report.SymbolNotAskable {
			asked[strings.ToLower(x.Name)] = true
		}
	}
	var reasons []string
	for _, x := range files {
		if x.State != report.SymbolNotAskable {
			continue
		}
		if names[x.Reason] == nil {
			reasons = append(reasons, x.Reason)
		}
		name := cmp.Or(x.Name, strings.Join(x.Modules, ", "), "one without a name")
		if several && asked[strings.ToLower(x.Name)] {
			name += " of " + x.FirstDump
		}
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
	if l.OnStack || l.StackFirst() > 0 {
		says += " Each image can show more of the stack, which then needs others."
	}
	return Section{
		Row{Label: "Do next", Value: says + " It sends their names and ids to the server, and nothing else."},
		Lines{l.Next},
	}
}
