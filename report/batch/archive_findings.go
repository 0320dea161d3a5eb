package batch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
)

// KnownFinding says whether findings of rows can have an id.
func KnownFinding(id string) bool {
	_, ok := advice[id]
	return ok || id == fileChanged || analyze.KnownFinding(id)
}

// advice is what to do about a finding of an archive, by its id. Where it is empty, there is nothing to do.
var advice = map[string]string{
	"archive-bomb":      "do not unpack it before you know where it comes from",
	"archive-damaged":   "copy the archive again; if it stays so, what is here is all that can be had of it",
	"archive-encrypted": "unpack it with its password and look at the dump",
	"archive-head":      "unpack it and look at the file to know more",
	"archive-method":    "unpack it with another tool and look at the dump",
	"archive-name":      "unpack it under a name of your own",
	"archive-nested":    "unpack it and look at the archive inside",
	"archive-size":      "do not unpack it before you know where it comes from",
	"archive-trailing":  "",
	"archive-unchecked": "",
}

// severities are those of the findings.
var severities = map[string]string{
	"archive-bomb": "warning", "archive-damaged": "error", "archive-encrypted": "warning", "archive-head": "info", "archive-method": "warning",
	"archive-name": "warning", "archive-nested": "info", "archive-size": "error", "archive-trailing": "warning", "archive-unchecked": "info",
}

func finding(id, format string, args ...any) report.Finding {
	return report.Finding{ID: id, Severity: severities[id], Message: report.ValidUTF8(fmt.Sprintf(format, args...)), Next: advice[id]}
}

// add adds a finding to a report. An error of the archive is damage of the dump in it.
func add(rep *report.Report, f report.Finding) {
	rep.Findings = append(rep.Findings, f)
	if f.Severity == "error" && rep.Verdict != report.NotADump {
		rep.Verdict = report.Damaged
	}
}

func note(rep *report.Report, id, format string, args ...any) { add(rep, finding(id, format, args...)) }

// noteNested says that an archive inside the archive was not looked into.
func noteNested(rep *report.Report) {
	switch w := dmpfile.What(rep.Dump.What); {
	case unpackable(w), w == dmpfile.SevenZip, w == dmpfile.Cab:
		note(rep, "archive-nested", "an archive in an archive: it was not looked into")
	}
}

// noteName says what is odd about the name of a member. It is never used as a path here, but others would.
func noteName(rep *report.Report, name string) {
	name = strings.ReplaceAll(name, `\`, "/")
	drive := len(name) > 1 && name[1] == ':'
	switch {
	case strings.HasPrefix(name, "/"), drive, slices.Contains(strings.Split(name, "/"), ".."):
		note(rep, "archive-name", "the name of the member leads out of the folder that it is unpacked into")
	case name == "":
		note(rep, "archive-name", "the member has no name")
	case report.Clean(name) != name:
		note(rep, "archive-name", "the name of the member has bytes or characters that do not show")
	}
}

// unread reports on a member of which nothing can be read.
func (u *unpacker) unread(m *member, f report.Finding) *report.Report {
	rep := &report.Report{
		SchemaVersion: report.SchemaVersion, ToolVersion: u.Analyzer.ToolVersion,
		Error: &report.Error{Message: f.Message, Next: f.Next},
		File:  u.file, Findings: []report.Finding{f},
	}
	rep.File.Path, rep.File.Member = report.ValidUTF8(rep.File.Path), report.ValidUTF8(m.name)
	rep.File.Size = nil
	if m.whole {
		rep.File.Size = &m.size
	}
	return rep
}
