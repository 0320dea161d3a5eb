package analyze

// KnownFinding says whether findings of reports can have an id.
func KnownFinding(id string) bool {
	_, ok := advice[id]
	return ok
}

// advice is what to do about a finding, by its id. Where it is empty, there is nothing to do.
var advice = map[string]string{
	"bitmap-count":         "copy the file again and compare the lengths; if they agree, the dump was written so, and pages behind the first wrong one can be others than they seem",
	"context-implausible":  "take the registers of a processor instead: dmplens registers --cpu 0",
	"debugger-data":        "copy the file again; a debugger may open it and know neither thread nor process",
	"dump-status":          "look for a later dump of the same event, and for free space on the disk that the dump was written to",
	"dump-type-mismatch":   "believe the layout; a tool changed the header",
	"dump-type-missing":    "copy the file again, and look whether the tool that wrote it finished",
	"dump-type-unknown":    "look for a newer dmplens; a debugger of the time of the dump may know the type",
	"encrypted":            "decrypt it with the key of the machine's owner; Windows documents it as dump encryption",
	"foreign-writer":       "",
	"header-truncated":     "copy the file again: what is here is only its beginning",
	"insufficient-space":   "let Windows have a page file or dump file as large as the memory, and enough free space, before the next crash",
	"kdbg-encoded":         "",
	"kdbg-missing":         "a debugger needs symbols of exactly this kernel; check its symbol path",
	"kdbg-unreadable":      "a debugger needs symbols of exactly this kernel; check its symbol path",
	"module-list":          "a debugger shows the modules before that only; the rest can be found by their image headers (.imgscan)",
	"modules-cut":          "",
	"no-pages":             "capture again: there is nothing behind the header",
	"page-count-unknown":   "copy the file again; if it stays so, no debugger can find the pages",
	"page-list":            "copy the file again; if it stays so, no debugger can find the pages",
	"page-repeated":        "",
	"page-tables":          "try .dump again in the debugger that wrote it, or capture again: the header and the pages do not belong together",
	"pages-read":           "",
	"process-list":         "",
	"range-count":          "copy the file again and compare the lengths",
	"range-invalid":        "copy the file again; if it stays so, no debugger can find the pages",
	"read-error":           "copy the file to another disk, or look after this one",
	"required-space":       "",
	"run-count":            "copy the file again and compare the lengths",
	"run-invalid":          "copy the file again; if it stays so, no debugger can find the pages",
	"run-overlap":          "do not believe pages of the overlap: the tool that wrote the dump made a mistake",
	"stream-count":         "",
	"stream-truncated":     "copy the file again; only what drivers added is cut, a debugger opens the dump",
	"subheader-missing":    "copy the file again; if it stays so, no debugger can find the pages",
	"trailing-bytes":       "",
	"triage-end-missing":   "copy the file again; a debugger may refuse it",
	"triage-overflow":      "take the larger dump if there is one: Windows had more to keep than fits into a small one",
	"truncated":            "copy the file again and compare the lengths: a debugger may open it and miss what is behind the end",
	"unloaded-module-list": "copy the file again; a debugger opens it and may not show these modules",
	"zero-tail":            "compare a checksum with the file where it came from",
}
