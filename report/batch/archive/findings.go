package archive

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// severities are those of the findings.
var severities = map[report.FindingID]report.Severity{
	report.FindingArchiveBomb:      report.SeverityWarning,
	report.FindingArchiveDamaged:   report.SeverityError,
	report.FindingArchiveEncrypted: report.SeverityWarning,
	report.FindingArchiveHead:      report.SeverityInfo,
	report.FindingArchiveMethod:    report.SeverityWarning,
	report.FindingArchiveName:      report.SeverityWarning,
	report.FindingArchiveNested:    report.SeverityInfo,
	report.FindingArchiveSize:      report.SeverityError,
	report.FindingArchiveTrailing:  report.SeverityInfo,
	report.FindingArchiveUnchecked: report.SeverityInfo,
}

func finding(id report.FindingID, format string, args ...any) report.Finding {
	return report.Finding{ID: id, Severity: severities[id], Message: report.ValidUTF8(fmt.Sprintf(format, args...)), Next: id.Next()}
}

// add adds a finding to a report. An error of the archive is damage of the dump in it.
func add(rep *report.Report, f report.Finding) {
	rep.Findings = append(rep.Findings, f)
	if f.Severity == report.SeverityError && rep.Verdict != report.NotADump {
		rep.Verdict = report.Damaged
	}
}

func note(rep *report.Report, id report.FindingID, format string, args ...any) {
	add(rep, finding(id, format, args...))
}

func unchecked() report.Finding {
	return finding(report.FindingArchiveUnchecked, "the member is stored without compression and was read where it lies: its checksum was not compared")
}

// noteNested says that an archive inside the archive was not looked into.
func noteNested(rep *report.Report) {
	if dmpfile.What(rep.Dump.What).IsArchive() {
		note(rep, report.FindingArchiveNested, "an archive in an archive: it was not looked into")
	}
}

// noteName says what is odd about the name of a member. It is never used as a path here, but others would.
func (m *member) noteName(rep *report.Report) {
	name := strings.ReplaceAll(m.listed, `\`, "/")
	drive := len(name) > 1 && name[1] == ':'
	switch {
	case strings.HasPrefix(name, "/"), drive, slices.Contains(strings.Split(name, "/"), ".."):
		note(rep, report.FindingArchiveName, "the name of the member leads out of the folder that it is unpacked into")
	case name == "":
		note(rep, report.FindingArchiveName, "the member has no name")
	case report.Clean(name) != name:
		note(rep, report.FindingArchiveName, "the name of the member has bytes or characters that do not show")
	}
	switch {
	case m.next != "":
		note(rep, report.FindingArchiveName, "the archive has more than one member of that name: this is the first, and the next is called %q here", m.next)
	case m.name != m.listed:
		note(rep, report.FindingArchiveName, "the archive has more than one member of that name: this one got a number")
	}
}

// unread reports on a member of which nothing can be read.
func (u *unpacker) unread(m *member, f report.Finding) *report.Report {
	file := u.file
	file.Member = m.name
	if m.whole {
		file.Size = &m.size
	}
	rep := u.Analyzer.Unreadable(file, &report.Error{Message: f.Message, Next: f.Next})
	rep.Depth = "" // nothing was looked at
	rep.Findings = []report.Finding{f}
	return rep
}
