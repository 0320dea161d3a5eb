package page

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dmplens/dmplens/report"
)

const (
	maybe = "maybe " // before a date of which the dump does not say that it is one

	maybeNote = "maybe: the dump lacks the part of the image that says whether its time stamp is a date, or a hash that looks like one."
	otherNote = "None of these is one of Windows' own that dmplens knows. Its list goes by name and folder: it says nothing of who made a file."
	noneOther = "All modules have names of Windows' own, and are in its folders where those are known. That says nothing of who made a file."
)

// Modules is the loaded and the unloaded modules.
func Modules(r *report.Report) *Page {
	p := titled(r)
	if p.none(r) {
		return p
	}
	if len(r.Modules) > 0 {
		p.add(Section{loadedTable(r.Modules)})
	}
	if len(r.UnloadedModules) > 0 {
		unloaded := Table{Columns: []Column{{Name: "base"}, {Name: "end"}, {Name: "unloaded"}, {Name: "name"}}}
		for _, m := range r.UnloadedModules {
			unloaded.Rows = append(unloaded.Rows, []string{m.Base, m.End, unloadedAt(m), cmp.Or(m.Name, unknown)})
		}
		p.add(Section{unloaded})
	}
	if slices.ContainsFunc(r.Modules, func(m report.Module) bool { return m.PossibleDate != nil }) {
		p.add(Section{Row{Label: "Note", Value: maybeNote, Tone: Dim}})
	}
	p.findings(r, report.FindingModuleList, report.FindingUnloadedModules)
	return p
}

// OtherModules is Modules of a report that has only those that are not Windows' own.
func OtherModules(r *report.Report) *Page {
	p := Modules(r)
	if r.Error != nil {
		return p
	}
	text := otherNote
	if len(r.Modules)+len(r.UnloadedModules) == 0 {
		text = noneOther
	}
	p.add(Section{Row{Label: "Note", Value: text, Tone: Dim}})
	return p
}

// loadedTable is the loaded modules. A small dump has nothing of symbols, and not always paths.
func loadedTable(modules []report.Module) Table {
	paths := slices.ContainsFunc(modules, func(m report.Module) bool { return m.Path != "" })
	images := slices.ContainsFunc(modules, func(m report.Module) bool { return m.PDB != nil || len(m.Missing) > 0 })
	t := Table{Columns: []Column{
		{Name: "base"}, {Name: "size", Right: true}, {Name: "date"}, {Name: "version"}, {Name: "name"}, {Name: "time stamp", Optional: true},
	}}
	if images {
		t.Columns = append(t.Columns, Column{Name: "symbols", Optional: true})
	}
	if paths {
		t.Columns = append(t.Columns, Column{Name: "path", Optional: true})
	}
	for _, m := range modules {
		cells := []string{m.Base, fmt.Sprintf("%#x", m.Size), moduleDate(m), ofImage(m, "version", m.Version), cmp.Or(m.Name, unknown), cmp.Or(m.Timestamp, unknown)}
		if images {
			cells = append(cells, ofImage(m, "pdb", symbols(m.PDB)))
		}
		if paths {
			cells = append(cells, cmp.Or(m.Path, unknown))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// moduleDate is the date of a module, or that its time stamp is the hash of a reproducible build.
func moduleDate(m report.Module) string {
	switch {
	case m.Date != nil:
		return m.Date.UTC().Format(time.DateOnly)
	case m.PossibleDate != nil:
		return maybe + m.PossibleDate.UTC().Format(time.DateOnly)
	case m.Reproducible != nil && *m.Reproducible:
		return "hash"
	}
	return unknown
}

func unloadedAt(m report.UnloadedModule) string {
	if m.UnloadedAt == nil {
		return unknown
	}
	return instant(*m.UnloadedAt)
}

// ofImage is a value of a module's image, or that the dump does not have it.
func ofImage(m report.Module, part, value string) string {
	if value == "" && (slices.Contains(m.Missing, part) || slices.Contains(m.Missing, "headers")) {
		return "not in dump"
	}
	return cmp.Or(value, unknown)
}

// symbols identifies a PDB as a symbol server does: name, GUID and age in one.
func symbols(p *report.PDB) string {
	if p == nil {
		return ""
	}
	return p.Name + " " + strings.ToUpper(strings.ReplaceAll(p.GUID, "-", "")+strconv.FormatUint(uint64(p.Age), 16))
}

// ModuleAt is where an address lies among the modules, and what is known of that module.
func ModuleAt(r *report.Report) *Page {
	p := titled(r)
	if p.none(r) || r.Location == nil {
		return p
	}
	var s Section
	at := r.Location
	s.row("Address", at.Address)
	switch {
	case len(r.Modules) > 0:
		m := r.Modules[0]
		s.row("Module", cmp.Or(m.Name, "one without a name")+"+"+at.Offset)
		s.row("Section", cmp.Or(at.Section, at.Place))
		s.row("Base", fmt.Sprintf("%s, %#x bytes", m.Base, m.Size))
		s.row("Path", m.Path)
		s.row("Version", m.Version)
		s.row("Date", datedSays(m))
		s.row("Symbols", symbols(m.PDB))
		s.row("Windows", windowsSays(m.Known, m.Path))
	case len(r.UnloadedModules) > 0:
		m := r.UnloadedModules[0]
		s.row("Module", cmp.Or(m.Name, "one without a name")+"+"+at.Offset+", which had been unloaded")
		s.row("Base", m.Base+", end "+m.End)
		if m.UnloadedAt != nil {
			s.row("Unloaded", instant(*m.UnloadedAt))
		}
		s.row("Windows", windowsSays(m.Known, ""))
	default:
		s.row("Module", "none: "+at.Place)
	}
	p.add(s)
	p.findings(r, report.FindingModuleList, report.FindingUnloadedModules)
	return p
}

// datedSays is the date of a module with its time stamp and what it is.
func datedSays(m report.Module) string {
	switch {
	case m.Date != nil:
		return moduleDate(m) + ", by the time stamp " + m.Timestamp
	case m.PossibleDate != nil:
		return moduleDate(m) + ", if the time stamp " + m.Timestamp + " is a date: the dump lacks the part of the image that says so"
	case m.Reproducible != nil && *m.Reproducible:
		return "none: the time stamp " + m.Timestamp + " is the hash of a reproducible build"
	case m.Timestamp != "":
		return "unknown: nothing says that the time stamp " + m.Timestamp + " is a date"
	}
	return ""
}

// windowsSays says whether a module is one of Windows' own.
func windowsSays(known *bool, path string) string {
	switch {
	case known == nil:
		return ""
	case *known && strings.Contains(path, `\`):
		return "one of Windows' own, by its name and folder"
	case *known:
		return "one of Windows' own, by its name"
	}
	return "not one of Windows' own that dmplens knows"
}
