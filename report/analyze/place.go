package analyze

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/report"
)

// queued matches the folder of a report in the queue of Windows Error Reporting: Kernel_<code in hexadecimal>_...
var queued = regexp.MustCompile(`(?i)^Kernel_([0-9a-f]{1,8})_`)

// wer matches the name that Windows Error Reporting gives a live dump: <component>-YYYYMMDD-HHMM.dmp.
var wer = regexp.MustCompile(`(?i)^(.+)-\d{8}-\d{4}\.dmp$`)

// addPlace adds what the file's name and folder say. Files are renamed and moved, so that is never more than likely: it refines a
// conclusion that was open, supports one, or, where a folder of Windows contradicts one, lowers its confidence.
func (d *dump) addPlace(o *report.Origin) {
	if o.Kind == report.KindMemory || o.Kind == "" {
		return // tools let people choose any name, and a name alone says nothing
	}
	parts := strings.Split(strings.ReplaceAll(d.place, `\`, "/"), "/")
	name := parts[len(parts)-1]
	inFolder := func(folders ...string) bool {
		for i := 0; i+len(folders) < len(parts); i++ {
			match := true
			for j, f := range folders {
				match = match && strings.EqualFold(parts[i+j], f)
			}
			if match {
				return true
			}
		}
		return false
	}
	add := func(fact, where string) {
		o.Evidence = append(o.Evidence, report.Fact{Fact: fact, Where: where})
	}
	disagree := func(fact string) {
		add(fact+", which disagrees", "folder")
		o.Confidence = o.Confidence.Lower()
	}
	live := o.Kind == report.KindLive
	for _, p := range parts[:len(parts)-1] {
		if p == "" || p[0]|0x20 != 'k' {
			continue // most folders are none, and looking at each is slow
		}
		if m := queued.FindStringSubmatch(p); m != nil {
			if code, err := strconv.ParseUint(m[1], 16, 32); err == nil && uint32(code) == d.code.value {
				add("in a report of Windows Error Reporting on a live kernel event "+report.Hex(code), "folder")
			}
		}
	}
	switch {
	case inFolder("TaskManager", "LiveKernelDumps"):
		fact := "in the folder of Task Manager's live dumps"
		if o.Source == report.SourceTaskManager {
			add(fact, "folder")
		} else {
			disagree(fact)
		}
	case inFolder("LiveKernelReports"):
		fact := "in the LiveKernelReports folder of Windows Error Reporting"
		if m := wer.FindStringSubmatch(name); m != nil {
			fact += fmt.Sprintf(", named for the component %s", m[1])
		}
		switch {
		case live:
			add(fact, "folder")
		case o.Kind == report.KindCrash && o.Confidence == report.Likely && d.code.info.Use == bugcheck.Both:
			// A code that marks crashes and live dumps alike, and no attributes: the folder is all there is.
			o.Kind, o.Source = report.KindLive, report.SourceComponent
			o.Summary = "by its folder a live dump: " + d.code.info.Requester + " asked for it and the system ran on"
			add(fact, "folder")
		default:
			disagree(fact)
		}
	case inFolder("Windows", "Minidump") && live:
		disagree("in the folder of crash dumps")
	case (o.Source == report.SourceUnlabelled || o.Source == report.SourceStorage) && d.code.value == codeLiveSystemDump && d.code.is(0):
		named := strings.EqualFold(name, "LiveDump.dmp")
		inLocalhost := len(parts) > 1 && strings.EqualFold(parts[len(parts)-2], "localhost")
		if named {
			add("named LiveDump.dmp, as Get-StorageDiagnosticInfo names its dump", "file name")
		}
		if inLocalhost {
			add("in a folder localhost, as Get-StorageDiagnosticInfo makes one", "folder")
		}
		if named || inLocalhost {
			if o.Source, o.Confidence = report.SourceStorage, o.Confidence.Lower(); d.snapshot.Process != nil {
				o.Confidence = report.Likely
			}
			o.Summary = "PowerShell's Get-StorageDiagnosticInfo -IncludeLiveDump, which leaves no label and names its files so"
		}
	}
}
