package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// verdict appends the verdict, and what WinDbg says when it opens such a dump.
func (s *Section) verdict(r *report.Report) {
	says := r.Verdict.Phrase()
	switch {
	case r.Verdict == "" && !sized(r):
		says = "unknown: only the header was looked at, and nothing says how long the dump is"
	case r.Verdict == report.Partial && severityOf(r, report.FindingZeroTail) == report.SeverityError:
		says = "partial: it looks unfinished, as a copy that stopped"
	case r.Verdict != report.Complete:
	case dumpLength(r) > 0:
		says = fmt.Sprintf("complete, but only the first %s bytes of the file are the dump", report.Commas(dumpLength(r)))
	case r.Dump.Format == report.FormatHeaderOnly:
		says = "complete, but it is a header alone: there is no memory to look at"
	case r.Dump.Format == report.FormatTriage && r.Depth != report.DepthHeader:
		says = "complete: length, directory and lists agree, a debugger can open it"
	case r.Dump.Format == report.FormatTriage:
		says = "complete as far as the header tells: the length fits; lists were not looked at"
	case r.Depth == report.DepthHeader && r.Sizes.Pages != nil:
		says = "complete as far as the header tells: the length fits; page tables were not looked at"
	case len(r.Contents) > 0:
		says = foundIn(r)
	case r.Sizes.Pages != nil:
		says = "complete: its length fits its page count; its memory was not looked at"
	}
	s.toned("Verdict", says, verdictTones[r.Verdict])
	if r.Dump.Banner != "" && (r.Verdict == report.Complete || r.Verdict == report.Partial) {
		s.toned("", "WinDbg says: "+r.Dump.Banner, Dim)
	}
}

// severityOf is the severity of the first finding with an id, "" where there is none.
func severityOf(r *report.Report, id report.FindingID) report.Severity {
	for _, f := range r.Findings {
		if f.ID == id {
			return f.Severity
		}
	}
	return ""
}

// dumpLength is how many bytes of the file are the dump, 0 where none follow it.
func dumpLength(r *report.Report) int64 {
	for _, f := range r.Findings {
		if f.ID == report.FindingTrailingBytes && f.Offset != nil {
			return *f.Offset
		}
	}
	return 0
}

// foundIn says what was looked for in a dump of pages whose length is right, and not that the rest of its pages are sound.
func foundIn(r *report.Report) string {
	var not []string
	for _, c := range r.Contents {
		switch c.Item {
		case report.ItemDebuggerBlock, report.ItemModuleList, report.ItemPRCBs, report.ItemStack, report.ItemSharedData:
			switch {
			case c.State == report.StateAbsent, c.State == report.StateUnknown:
				not = append(not, string(c.Item))
			case c.State == report.StatePartial:
				not = append(not, "parts of "+string(c.Item))
			}
		}
	}
	if not == nil {
		return "complete: length, page count and page tables agree; modules, processors and current stack are there for a debugger"
	}
	return "complete: length and page count agree; not found in it: " + strings.Join(not, ", ")
}

// offset is where in the file a finding is, "" where it is nowhere.
func offset(f report.Finding) string {
	if f.Offset == nil {
		return ""
	}
	return fmt.Sprintf("offset %#x", *f.Offset)
}

// problem appends the worst finding that a person can do something about.
func (s *Section) problem(r *report.Report) {
	i := worst(r.Findings)
	if i < 0 {
		return
	}
	f := r.Findings[i]
	label := ""
	if r.Verdict == report.Complete { // else it continues the verdict
		label = "Finding"
	}
	s.toned(label, finding(f), severityTones[f.Severity])
	if f.Next != "" {
		s.row("", "To do: "+f.Next)
	}
	more := 0
	for _, f := range r.Findings {
		if actionable(f) {
			more++
		}
	}
	if more--; more > 0 {
		s.row("", fmt.Sprintf("and %s below", plural(more, "more finding")))
	}
}

// actionable says whether a person can do something about a finding, or has to know it.
func actionable(f report.Finding) bool { return f.Next != "" || f.Severity == report.SeverityError }

// worst is the index of the worst finding that a person can do something about, negative where there is none.
func worst(list []report.Finding) int {
	order := []report.Severity{report.SeverityInfo, report.SeverityWarning, report.SeverityError}
	found := -1
	for i, f := range list {
		if actionable(f) && (found < 0 || slices.Index(order, f.Severity) > slices.Index(order, list[found].Severity)) {
			found = i
		}
	}
	return found
}

// otherFindings appends the findings that problem did not, each with what to do.
func (s *Section) otherFindings(r *report.Report, verbose bool) {
	label, shown := "Findings", worst(r.Findings)
	for i, f := range r.Findings {
		if i == shown || !verbose && internal(r, f.ID) {
			continue
		}
		s.row(label, finding(f))
		if f.Next != "" {
			s.row("", "To do: "+f.Next)
		}
		label = ""
	}
}

// internal says whether a finding tells of how dumps are made, and nothing of this one that its reader would act on.
func internal(r *report.Report, id report.FindingID) bool {
	switch id {
	case report.FindingKDBGEncoded, report.FindingModulesCut:
		return true
	case report.FindingRequiredSpace:
		return madeLater(r)
	}
	return false
}

// madeLater says whether the header of a small dump does not say that the kernel wrote it. Its required space is not that of this file.
func madeLater(r *report.Report) bool {
	return r.Dump.Format == report.FormatTriage && !slices.Contains(r.Dump.Attributes, "kernel-generated-triage-dump")
}

// finding is the id and the message of a finding, and where it is.
func finding(f report.Finding) string { return withPlace(string(f.ID)+": "+f.Message, offset(f)) }
