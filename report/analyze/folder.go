package analyze

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/dmplens/dmplens/report"
)

// queued matches the folder of a report in the queue of Windows Error Reporting: Kernel_<code in hexadecimal>_...
var queued = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)^Kernel_([0-9a-f]{1,8})_`) })

// wer matches the name that Windows Error Reporting gives a live dump: <component>-YYYYMMDD-HHMM.dmp.
var wer = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)^(.+)-\d{8}-\d{4}\.dmp$`) })

// withPlace adds what the file's name and folder say. Files are renamed and moved, so that is never more than likely: it refines a
// conclusion that was open, supports one, or, where a folder of Windows contradicts one, lowers its confidence.
func withPlace(f *facts, o origin) origin {
	if o.kind == report.KindMemory || o.kind == "" && o.cause != causeOpen {
		return o // tools let people choose any name, and a name alone says nothing
	}
	parts := strings.Split(strings.ReplaceAll(f.place, `\`, "/"), "/")
	folders, name := parts[:len(parts)-1], parts[len(parts)-1]
	add := func(c *clue, detail string) { o.evidence = append(o.evidence, evidence{clue: c, detail: detail}) }
	disagree := func(c *clue, detail string) {
		o.evidence = append(o.evidence, evidence{clue: c, detail: detail, contrary: true})
		o.confidence = o.confidence.Lower()
	}
	if isQueued(folders, f.code.value) {
		add(clueQueuedReport, report.Hex(f.code.value))
	}
	switch {
	case inFolder(folders, "TaskManager", "LiveKernelDumps"):
		if o.source == report.SourceTaskManager {
			add(clueTaskManagerFolder, "")
		} else {
			disagree(clueTaskManagerFolder, "")
		}
	case inFolder(folders, "LiveKernelReports"):
		c, component := clueReportsFolder, ""
		if m := wer().FindStringSubmatch(name); m != nil {
			c, component = clueComponentReport, m[1]
		}
		switch {
		case o.kind == report.KindLive:
			add(c, component)
		case o.cause == causeEither || o.cause == causeOpen: // the folder is all there is to tell
			o.cause, o.detail, o.confidence = causeFolder, f.code.info.Requester, report.Likely
			add(c, component)
		default:
			disagree(c, component)
		}
	case inFolder(folders, "Windows", "Minidump") && o.kind == report.KindLive:
		disagree(clueMinidumpFolder, "")
	case (o.source == report.SourceUnlabelled || o.source == report.SourceStorage) && f.code.value == codeLiveSystemDump && f.code.is(0):
		named := strings.EqualFold(name, "LiveDump.dmp")
		inLocalhost := len(folders) > 0 && strings.EqualFold(folders[len(folders)-1], "localhost")
		if named {
			add(clueLiveDumpName, "")
		}
		if inLocalhost {
			add(clueLocalhostFolder, "")
		}
		if named || inLocalhost {
			if o.cause, o.confidence = causeStorageName, o.confidence.Lower(); f.snapshot.Process != nil {
				o.confidence = report.Likely
			}
		}
	}
	return o
}

// inFolder says whether some folders of a path stand there one in the other.
func inFolder(path []string, folders ...string) bool {
	for i := 0; i+len(folders) <= len(path); i++ {
		match := true
		for j, f := range folders {
			match = match && strings.EqualFold(path[i+j], f)
		}
		if match {
			return true
		}
	}
	return false
}

// isQueued says whether one of the folders is a report on a code in the queue of Windows Error Reporting.
func isQueued(folders []string, code uint32) bool {
	for _, p := range folders {
		if p == "" || p[0]|0x20 != 'k' {
			continue // most folders are none, and looking at each is slow
		}
		if m := queued().FindStringSubmatch(p); m != nil {
			if v, err := strconv.ParseUint(m[1], 16, 32); err == nil && uint32(v) == code {
				return true
			}
		}
	}
	return false
}
