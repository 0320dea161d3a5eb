package report

import (
	"maps"
	"slices"
	"sync"
)

// FindingID names what a finding is about. The words are stable: scripts test them.
type FindingID string

// Ids of findings. A new one is added here, with what to do about it in nextSteps.
const (
	FindingArchiveBomb        FindingID = "archive-bomb"
	FindingArchiveDamaged     FindingID = "archive-damaged"
	FindingArchiveEncrypted   FindingID = "archive-encrypted"
	FindingArchiveHead        FindingID = "archive-head"
	FindingArchiveMethod      FindingID = "archive-method"
	FindingArchiveName        FindingID = "archive-name"
	FindingArchiveNested      FindingID = "archive-nested"
	FindingArchiveSize        FindingID = "archive-size"
	FindingArchiveTrailing    FindingID = "archive-trailing"
	FindingArchiveUnchecked   FindingID = "archive-unchecked"
	FindingBitmapCount        FindingID = "bitmap-count"
	FindingContextImplausible FindingID = "context-implausible"
	FindingDebuggerData       FindingID = "debugger-data"
	FindingDumpStatus         FindingID = "dump-status"
	FindingDumpTypeMismatch   FindingID = "dump-type-mismatch"
	FindingDumpTypeMissing    FindingID = "dump-type-missing"
	FindingDumpTypeUnknown    FindingID = "dump-type-unknown"
	FindingEncrypted          FindingID = "encrypted"
	FindingFileChanged        FindingID = "file-changed"
	FindingForeignContent     FindingID = "foreign-content"
	FindingForeignWriter      FindingID = "foreign-writer"
	FindingHeaderTruncated    FindingID = "header-truncated"
	FindingInsufficientSpace  FindingID = "insufficient-space"
	FindingKDBGEncoded        FindingID = "kdbg-encoded"
	FindingKDBGMissing        FindingID = "kdbg-missing"
	FindingKDBGUnreadable     FindingID = "kdbg-unreadable"
	FindingModuleList         FindingID = "module-list"
	FindingModulesCut         FindingID = "modules-cut"
	FindingNoPages            FindingID = "no-pages"
	FindingPageCountUnknown   FindingID = "page-count-unknown"
	FindingPageList           FindingID = "page-list"
	FindingPageRepeated       FindingID = "page-repeated"
	FindingPageTables         FindingID = "page-tables"
	FindingPagesRead          FindingID = "pages-read"
	FindingProcessList        FindingID = "process-list"
	FindingRangeCount         FindingID = "range-count"
	FindingRangeInvalid       FindingID = "range-invalid"
	FindingReadError          FindingID = "read-error"
	FindingRequiredSpace      FindingID = "required-space"
	FindingRunCount           FindingID = "run-count"
	FindingRunInvalid         FindingID = "run-invalid"
	FindingRunOverlap         FindingID = "run-overlap"
	FindingStreamCount        FindingID = "stream-count"
	FindingStreamTruncated    FindingID = "stream-truncated"
	FindingSubheaderMissing   FindingID = "subheader-missing"
	FindingTrailingBytes      FindingID = "trailing-bytes"
	FindingTriageEndMissing   FindingID = "triage-end-missing"
	FindingTriageOverflow     FindingID = "triage-overflow"
	FindingTruncated          FindingID = "truncated"
	FindingUnwindDisputed     FindingID = "unwind-disputed"
	FindingUnloadedModules    FindingID = "unloaded-module-list"
	FindingZeroContent        FindingID = "zero-content"
	FindingZeroTail           FindingID = "zero-tail"
)

// nextSteps is what to do about a finding. Where it is empty, there is nothing to do.
var nextSteps = sync.OnceValue(func() map[FindingID]string {
	return map[FindingID]string{
		FindingArchiveBomb:        "do not unpack it before you know where it comes from",
		FindingArchiveDamaged:     "copy the archive again; if it stays so, what is here is all that can be had of it",
		FindingArchiveEncrypted:   "unpack it with its password and look at the dump",
		FindingArchiveHead:        "unpack it and look at the file to know more",
		FindingArchiveMethod:      "unpack it with another tool and look at the dump",
		FindingArchiveName:        "unpack it under a name of your own",
		FindingArchiveNested:      "unpack it and look at the archive inside",
		FindingArchiveSize:        "do not unpack it before you know where it comes from",
		FindingArchiveTrailing:    "",
		FindingArchiveUnchecked:   "",
		FindingBitmapCount:        "copy the file again and compare the lengths; if they agree, the dump was written so, and pages behind the first wrong one can be others than they seem",
		FindingContextImplausible: "take the registers of a processor instead: dmplens registers --cpu 0",
		FindingDebuggerData:       "copy the file again; a debugger may open it and know neither thread nor process",
		FindingDumpStatus:         "look for a later dump of the same event, and for free space on the disk that the dump was written to",
		FindingDumpTypeMismatch:   "believe the layout; a tool changed the header",
		FindingDumpTypeMissing:    "copy the file again, and look whether the tool that wrote it finished",
		FindingDumpTypeUnknown:    "look for a newer dmplens; a debugger of the time of the dump may know the type",
		FindingEncrypted:          "decrypt it with the key of the machine's owner; Windows documents it as dump encryption",
		FindingFileChanged:        "look at it again when it is finished",
		FindingForeignContent:     "copy the file again and compare a checksum with the file where it came from",
		FindingForeignWriter:      "",
		FindingHeaderTruncated:    "copy the file again: what is here is only its beginning",
		FindingInsufficientSpace:  "let Windows have a page file or dump file as large as the memory, and enough free space, before the next crash",
		FindingKDBGEncoded:        "",
		FindingKDBGMissing:        "a debugger needs symbols of exactly this kernel; check its symbol path",
		FindingKDBGUnreadable:     "a debugger needs symbols of exactly this kernel; check its symbol path",
		FindingModuleList:         "a debugger shows the modules before that only; the rest can be found by their image headers (.imgscan)",
		FindingModulesCut:         "",
		FindingNoPages:            "capture again: there is nothing behind the header",
		FindingPageCountUnknown:   "copy the file again; if it stays so, no debugger can find the pages",
		FindingPageList:           "copy the file again; if it stays so, no debugger can find the pages",
		FindingPageRepeated:       "",
		FindingPageTables:         "copy the file again and compare its length and checksum with the original; if they agree, the file was written so, and another dump or image of the same event is needed",
		FindingPagesRead:          "",
		FindingProcessList:        "",
		FindingRangeCount:         "copy the file again and compare the lengths",
		FindingRangeInvalid:       "copy the file again; if it stays so, no debugger can find the pages",
		FindingReadError:          "copy the file to another disk, or look after this one",
		FindingRequiredSpace:      "",
		FindingRunCount:           "copy the file again and compare the lengths",
		FindingRunInvalid:         "copy the file again; if it stays so, no debugger can find the pages",
		FindingRunOverlap:         "do not believe pages of the overlap: the tool that wrote the dump made a mistake",
		FindingStreamCount:        "",
		FindingStreamTruncated:    "copy the file again; only what drivers added is cut, a debugger opens the dump",
		FindingSubheaderMissing:   "copy the file again; if it stays so, no debugger can find the pages",
		FindingTrailingBytes:      "copy the dump alone: nothing reads what follows it",
		FindingTriageEndMissing:   "copy the file again; a debugger may refuse it",
		FindingTriageOverflow:     "take the larger dump if there is one: Windows had more to keep than fits into a small one",
		FindingTruncated:          "copy the file again and compare the lengths: a debugger may open it and miss what is behind the end",
		FindingUnwindDisputed:     "",
		FindingUnloadedModules:    "copy the file again; a debugger opens it and may not show these modules",
		FindingZeroContent:        "copy the file again and compare a checksum with the file where it came from",
		FindingZeroTail:           "copy the file again, and compare a checksum (check --deep) with the file where it came from",
	}
})

// Next is what to do about such findings, "" where there is nothing to do.
func (id FindingID) Next() string { return nextSteps()[id] }

// FindingIDs returns all ids of findings, sorted.
func FindingIDs() []FindingID { return slices.Sorted(maps.Keys(nextSteps())) }

// Known says whether findings of reports can have the id.
func (id FindingID) Known() bool {
	_, ok := nextSteps()[id]
	return ok
}
