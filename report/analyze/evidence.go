package analyze

import (
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// evidence is what an origin rests on: a clue, and what belongs to it.
type evidence struct {
	*clue
	parameter int    // number of the parameter that it is about, 0 for none
	detail    string // what the clue leaves open
	contrary  bool   // it speaks against the conclusion
}

// clue is a kind of evidence.
type clue struct {
	says   string          // %s stands for the detail
	fields []dmpfile.Field // where it stands in the header
	place  string          // where else it stands
}

var (
	clueCode           = &clue{says: "bug check code %s", fields: []dmpfile.Field{dmpfile.FieldBugCheckCode}}
	clueCrashCode      = &clue{says: "bug check code %s, known only from crashes", fields: []dmpfile.Field{dmpfile.FieldBugCheckCode}}
	clueToolLayout     = &clue{says: "the layout of a %s dump speaks against it: such tools write none", fields: []dmpfile.Field{dmpfile.FieldDumpType}}
	clueCode0          = &clue{says: "bug check code 0, which is that of no crash", fields: []dmpfile.Field{dmpfile.FieldBugCheckCode}}
	clueCodeMATT       = &clue{says: `bug check code %s, the text "MATT", read low byte first`, fields: []dmpfile.Field{dmpfile.FieldBugCheckCode}}
	clueParameter      = &clue{says: "parameter %s"}
	clueParametersMOON = &clue{says: `parameters "MOON", "SOLS", "MOON", "SOLS", read low byte first`, fields: []dmpfile.Field{dmpfile.FieldBugCheckParameter1}}
	clueParameters1234 = &clue{says: "parameters 1, 2, 3, 4, as MemProcFS writes them", fields: []dmpfile.Field{dmpfile.FieldBugCheckParameter1}}
	clueComment        = &clue{says: "comment %s", fields: []dmpfile.Field{dmpfile.FieldComment}}
	clueVersionUser    = &clue{says: "VersionUser %s", fields: []dmpfile.Field{dmpfile.FieldVersionUser}}
	clueImpossible     = &clue{says: "dump type %s, which no dump has", fields: []dmpfile.Field{dmpfile.FieldDumpType}}
	clueRequiredPages  = &clue{says: "required space %s, which is the number of pages with those of the header: WinPmem counts so", fields: []dmpfile.Field{dmpfile.FieldRequiredDumpSpace}}
	clueTypeFull       = &clue{says: "dump type %s (full), in which Windows writes no live dump", fields: []dmpfile.Field{dmpfile.FieldDumpType}}
	clueNoAttributes   = &clue{says: "attributes not set", fields: []dmpfile.Field{dmpfile.FieldAttributes}}
	clueLiveBitUnknown = &clue{says: "attributes not set, so the live dump bit is not known", fields: []dmpfile.Field{dmpfile.FieldAttributes}}
	clueLiveBit        = &clue{says: "attributes have the live dump bit", fields: []dmpfile.Field{dmpfile.FieldAttributes}}
	clueNoLiveBit      = &clue{says: "attributes do not have the live dump bit", fields: []dmpfile.Field{dmpfile.FieldAttributes}}
	clueZeroAttributes = &clue{says: "attributes 0: of the small dumps, those that older builds wrote of a running system have none", fields: []dmpfile.Field{dmpfile.FieldAttributes}}
	clueKernelTriage   = &clue{says: "attributes say that the kernel wrote this triage dump", fields: []dmpfile.Field{dmpfile.FieldAttributes}}
	clueLaterTriage    = &clue{says: "attributes not set, writer status %s, full driver paths: a small dump that was made from a larger one, as Windows does at the next boot",
		fields: []dmpfile.Field{dmpfile.FieldAttributes, dmpfile.FieldWriterStatus}, place: "module list"}
	clueWriterStatus = &clue{says: "writer status %s, which the debugger engine sets", fields: []dmpfile.Field{dmpfile.FieldWriterStatus}}
	clueCapturer     = &clue{says: "captured in the process %s", place: "current process"}
	clueCaptureStack = &clue{says: "on the stack of the capture: %s", place: "stack"}
	clueRequestStack = &clue{says: "on the stack of the request: %s", place: "stack"}

	clueQueuedReport      = &clue{says: "in a report of Windows Error Reporting on a live kernel event %s", place: folder}
	clueTaskManagerFolder = &clue{says: "in the folder of Task Manager's live dumps", place: folder}
	clueReportsFolder     = &clue{says: "in the LiveKernelReports folder of Windows Error Reporting", place: folder}
	clueComponentReport   = &clue{says: "in the LiveKernelReports folder of Windows Error Reporting, named for the component %s", place: folder}
	clueMinidumpFolder    = &clue{says: "in the folder of crash dumps", place: folder}
	clueLocalhostFolder   = &clue{says: "in a folder localhost, as Get-StorageDiagnosticInfo makes one", place: folder}
	clueLiveDumpName      = &clue{says: "named LiveDump.dmp, as Get-StorageDiagnosticInfo names its dump", place: "file name"}
)

const folder = "folder"

// against turns evidence into what speaks against a conclusion.
func against(e evidence) evidence {
	e.contrary = true
	return e
}

// lowered is the confidence in a conclusion that something speaks against.
func lowered(c report.Confidence) report.Confidence {
	if c == report.ConfidenceUnknown {
		return c
	}
	return c.Lower()
}

// codeEvidence is the bug check code, as the header has it, and its name.
func codeEvidence(c *code) evidence {
	name := ""
	if c.info.Name != "" {
		name = ", " + c.info.Name
	}
	return evidence{clue: clueCode, detail: report.Hex(c.raw) + name}
}

// parameterEvidence is the value of parameter n, and what it says.
func (f *facts) parameterEvidence(n int, says string) evidence {
	value := f.pointer(dmpfile.VirtAddr(f.code.Parameters[n-1].Value))
	return evidence{clue: clueParameter, parameter: n, detail: strconv.Itoa(n) + " = " + value + ", " + says}
}

// fact writes a piece of evidence: what was found, and where.
func (f *facts) fact(e evidence) report.Fact {
	says := e.says
	if before, after, open := strings.Cut(says, "%s"); open {
		says = before + e.detail + after
	}
	if e.contrary {
		says += ", which disagrees"
	}
	where := make([]string, 0, 4)
	for _, field := range e.fields {
		where = append(where, f.at(field))
	}
	switch process := f.snapshot.Process; {
	case e.parameter > 0:
		where = append(where, f.at(parameterField(e.parameter)))
	case e.clue == clueCapturer && process.Address != 0:
		where = append(where, "process object "+f.pointer(process.Address))
	case e.place != "":
		where = append(where, e.place)
	}
	return report.Fact{Fact: says, Where: strings.Join(where, ", ")}
}
