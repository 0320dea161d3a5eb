package analyze

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// origin is the conclusion about what made a file.
type origin struct {
	*cause
	writer     report.Writer
	confidence report.Confidence
	label      string // that the requester left
	detail     string // what the summary of the cause leaves open: the label, the value, the component
	evidence   []evidence
}

// cause is one of the things that make dumps.
type cause struct {
	kind       report.Kind
	source     report.Source
	writer     report.Writer // "" where other facts tell it
	deliberate bool          // somebody made the dump happen on purpose
	summary    string        // %s stands for the detail
}

var (
	causeNoCode      = &cause{source: report.SourceUnknown, summary: "the header has no bug check code, so nothing says what made this file"}
	causeTaskManager = &cause{kind: report.KindLive, source: report.SourceTaskManager, deliberate: true,
		summary: `somebody chose "Create live kernel memory dump" in Task Manager`}
	causeNoLabel = &cause{kind: report.KindLive, source: report.SourceUnlabelled, deliberate: true,
		summary: "PowerShell's Get-StorageDiagnosticInfo -IncludeLiveDump makes such a request, and so do other tools"}
	causeStorageHost = &cause{kind: report.KindLive, source: report.SourceStorage, deliberate: true,
		summary: "perhaps PowerShell's Get-StorageDiagnosticInfo -IncludeLiveDump, which leaves no label and runs in such a process"}
	causeStorageName = &cause{kind: report.KindLive, source: report.SourceStorage, deliberate: true,
		summary: "PowerShell's Get-StorageDiagnosticInfo -IncludeLiveDump, which leaves no label and names its files so"}
	causeStorageStack = &cause{kind: report.KindLive, source: report.SourceStorage, deliberate: true,
		summary: "PowerShell's Get-StorageDiagnosticInfo -IncludeLiveDump, or another that asked the storage provider of Windows for its logs"}
	causeLabel = &cause{kind: report.KindLive, source: report.SourceLabelled, deliberate: true,
		summary: "a request that its caller labelled %s"}
	causeValue = &cause{kind: report.KindLive, source: report.SourceUnlabelled, deliberate: true,
		summary: "a request whose caller gave the value %s, which is no text"}
	causeLabelUnknown = &cause{kind: report.KindLive, source: report.SourceUnknown, deliberate: true,
		summary: "a request whose label, parameter 1, is not in the header"}
	causeLiveCode0 = &cause{kind: report.KindLive, source: report.SourceUnlabelled, deliberate: true,
		summary: "a live dump that was asked for without a code, as System Informer and tools of its kind do"}
	causeImpossible = &cause{source: report.SourceUnknown,
		summary: "no dump has the type that the header says, so nothing is concluded from its code and attributes"}

	causeComponent      = &cause{kind: report.KindLive, source: report.SourceComponent, summary: "%s asked for a live dump; the system ran on"}
	causeFolder         = &cause{kind: report.KindLive, source: report.SourceComponent, summary: "by its folder a live dump: %s asked for it and the system ran on"}
	causeLivePower      = &cause{kind: report.KindLive, source: report.SourceComponent, deliberate: true, summary: "somebody held the power button down, which is set to capture a live dump"}
	causeLiveHotKey     = &cause{kind: report.KindLive, source: report.SourceComponent, deliberate: true, summary: "somebody pressed the hot key for a black screen"}
	causeLiveVolumeKeys = &cause{kind: report.KindLive, source: report.SourceComponent, deliberate: true, summary: "somebody pressed the volume keys for a black screen"}
	causeLiveBlackPower = &cause{kind: report.KindLive, source: report.SourceComponent, deliberate: true, summary: "somebody held the power button down at a black screen"}

	causeCrash       = &cause{kind: report.KindCrash, source: report.SourceBugCheck, summary: "Windows stopped: a crash (blue screen)"}
	causeDriversOwn  = &cause{kind: report.KindCrash, source: report.SourceBugCheck, summary: "a driver stopped the system with a code of its own"}
	causeUnknownCode = &cause{kind: report.KindCrash, source: report.SourceBugCheck, summary: "the system stopped, with a code that is not known"}
	causeEither      = &cause{kind: report.KindCrash, source: report.SourceBugCheck,
		summary: "Windows stopped; this code marks live dumps too, and the attributes that would tell are not set"}
	causeOpen = &cause{source: report.SourceUnknown,
		summary: "a crash or a live dump: this code marks both, and a small dump without any attribute can be either"}
	causeNMI = &cause{kind: report.KindCrash, source: report.SourceManual,
		summary: "a non-maskable interrupt: failing hardware raises one, and so does somebody who wants a dump of a hung machine"}
	causeManual   = &cause{kind: report.KindCrash, source: report.SourceManual, deliberate: true, summary: "somebody crashed the system on purpose"}
	causeKeyboard = &cause{kind: report.KindCrash, source: report.SourceManual, deliberate: true,
		summary: "somebody crashed the system on purpose: by the keyboard (Ctrl+Scroll Lock), from a debugger, or by a driver"}
	causePowerButton = &cause{kind: report.KindCrash, source: report.SourceManual, deliberate: true, summary: "somebody held the power button down"}
	causeNotMyFault  = &cause{kind: report.KindCrash, source: report.SourceManual, deliberate: true, summary: "Sysinternals NotMyFault crashed the system on purpose"}

	causeNoCrash = &cause{kind: report.KindMemory, source: report.SourceDebugger,
		summary: "a debugger's .dump, or a memory tool: no crash is recorded"}
	causeVolatility = &cause{kind: report.KindMemory, source: report.SourceVolatility, writer: report.WriterVolatility, summary: "Volatility converted an image of memory"}
	causeWinPmem    = &cause{kind: report.KindMemory, source: report.SourceWinPmem, writer: report.WriterWinPmem, summary: "WinPmem saved the memory of a running system"}
	causeOtherTool  = &cause{kind: report.KindMemory, source: report.SourceOtherTool, writer: report.WriterUnknown, summary: "a memory tool that names itself in the header"}
	causeLiveKD     = &cause{kind: report.KindMemory, source: report.SourceLiveKD, writer: report.WriterLiveKD, summary: "Sysinternals LiveKD saved the memory of a running system"}
	causeMemProcFS  = &cause{kind: report.KindMemory, source: report.SourceMemProcFS, writer: report.WriterMemProcFS, summary: "MemProcFS wrote an image of memory it had mounted"}
	causeElf2dmp    = &cause{kind: report.KindMemory, source: report.SourceQEMU, writer: report.WriterQEMU, summary: "QEMU's elf2dmp converted a virtual machine's ELF core"}
	causeQEMU       = &cause{kind: report.KindMemory, source: report.SourceQEMU, writer: report.WriterQEMU,
		summary: "QEMU or elf2dmp saved a virtual machine's memory: they write this code where the guest had not crashed"}
	causeDumpIt = &cause{kind: report.KindMemory, source: report.SourceDumpIt, writer: report.WriterDumpIt, summary: "DumpIt saved the memory of a running system"}
)

// Codes and values that origins are told by.
const (
	codeLiveSystemDump = 0x161
	codeManuallyOnCtrl = 0xE2
	codeManual         = 0xDEADDEAD
	codePowerButton    = 0x1C8
	codeNMI            = 0x80
	codeSessionPool    = 0xAB
	codeDumpIt         = 0x5454414D // the text "MATT"

	taskmgr = 0x005461736b6d6772 // the text "Taskmgr", parameter 1 of 0x161
	moon    = 0x4e4f4f4d         // "MOON", of DumpIt
	sols    = 0x534c4f53         // "SOLS", of DumpIt
)

// originOf concludes what made the file. What the dump itself says comes first; the name of the file and its folder only add to it.
func originOf(f *facts) origin {
	o, marked := toolMark(f)
	switch layout := f.windowsLayout(); {
	case !marked:
		o = originByCode(f)
	case f.Triage != nil && f.code.listed && f.code.raw != 0: // but for the mark, it is a small dump of Windows
		marks := o.evidence
		o = originByCode(f)
		o.confidence = lowered(o.confidence)
		for _, e := range marks {
			o.evidence = append(o.evidence, against(e))
		}
	case layout != "":
		o.confidence = lowered(o.confidence)
		o.evidence = append(o.evidence, evidence{clue: clueToolLayout, detail: layout})
	}
	if o.writer = o.cause.writer; o.writer == "" {
		writer, clues := writerOf(f, o.kind)
		o.writer, o.evidence = writer, append(o.evidence, clues...)
	}
	return withRequestStack(f, withPlace(f, o))
}

// windowsLayout names the layout of a dump that Windows and debuggers write and no memory tool does, "" for others.
func (f *facts) windowsLayout() string {
	switch {
	case f.Triage != nil:
		return "small"
	case f.Format == dmpfile.Summary:
		return "summary"
	}
	return ""
}

func commentEvidence(f *facts) evidence {
	return evidence{clue: clueComment, detail: strconv.Quote(f.comment)}
}

// comments are those that tools leave, by how they begin.
var comments = []struct {
	begin string
	cause *cause
	label string
}{
	{"LiveKD live system view", causeLiveKD, ""},
	{"Dump file generated by MemProcFS", causeMemProcFS, ""},
	{"Hello from elf2dmp", causeElf2dmp, ""},
	{"File was converted with Volatility", causeVolatility, ""},
	{"Microsoft Crash Dump file generated with Comae Toolkit", causeOtherTool, "Comae Toolkit"},
	{"Hyper-V Memory Dump. (c) 2010 MoonSols", causeOtherTool, "MoonSols LiveCloudKd"},
}

// toolMark recognises the files of tools that are not Windows. They are memory images: no crash, and no live dump of Windows' own.
func toolMark(f *facts) (o origin, ok bool) {
	for _, t := range comments {
		if strings.HasPrefix(f.comment, t.begin) {
			return origin{cause: t.cause, label: t.label, confidence: report.Certain, evidence: []evidence{commentEvidence(f)}}, true
		}
	}
	if c := toolNamed(f.versionUser); c != nil {
		o = origin{cause: c, confidence: report.Certain, evidence: []evidence{{clue: clueVersionUser, detail: strconv.Quote(f.versionUser)}}}
		if c == causeOtherTool {
			o.label = f.versionUser
		}
		return o, true
	}
	switch {
	case f.code.markedByDumpIt():
		return origin{cause: causeDumpIt, confidence: report.Certain, evidence: []evidence{{clue: clueCodeMATT, detail: report.Hex(f.code.raw)}, {clue: clueParametersMOON}}}, true
	case f.code.is(moon, sols, moon, sols):
		return origin{cause: causeDumpIt, confidence: report.Likely, evidence: []evidence{{clue: clueParametersMOON}, against(codeEvidence(&f.code))}}, true
	case f.requiresPages():
		space, _ := f.RequiredDumpSpace()
		return origin{cause: causeWinPmem, confidence: report.Likely, evidence: []evidence{{clue: clueRequiredPages, detail: fmt.Sprint(space)}}}, true
	}
	return origin{}, false
}

// tools are names in VersionUser, in lower case. One that has no cause of its own is its own label.
var tools = []struct {
	name  string
	cause *cause
}{
	{"winpmem", causeWinPmem}, {"memprocfs", causeMemProcFS}, {"volatility", causeVolatility}, {"livekd", causeLiveKD}, {"dumpit", causeDumpIt},
	{"phylaram", causeOtherTool}, {"comae", causeOtherTool}, {"moonsols", causeOtherTool}, {"livecloudkd", causeOtherTool},
	{"rekall", causeOtherTool}, {"magnet", causeOtherTool}, {"belkasoft", causeOtherTool},
}

// toolNamed returns the cause that a text names, nil where it names no tool that is known.
func toolNamed(text string) *cause {
	text = strings.ToLower(text)
	for _, t := range tools {
		if strings.Contains(text, t.name) {
			return t.cause
		}
	}
	return nil
}

// requiresPages says whether the required space of a full dump is counted in pages, those of the header among them. WinPmem does that
// (src/executable/winpmem.cpp of version 1), no other writer that is known.
func (f *facts) requiresPages() bool {
	space, ok := f.RequiredDumpSpace()
	return ok && f.Format == dmpfile.Full && f.Regions.Known && space == f.Regions.Pages+uint64(f.HeaderSize()/dmpfile.PageSize)
}

// markedByDumpIt recognises the code and parameters that DumpIt writes.
func (c *code) markedByDumpIt() bool { return c.raw == codeDumpIt && c.is(moon, sols, moon, sols) }

// markedByMemProcFS recognises the code and parameters that MemProcFS writes. They alone prove little.
func (c *code) markedByMemProcFS() bool { return c.value == codeManual && c.is(1, 2, 3, 4) }

// markedByCode says whether the code is a tool's mark and no bug check. Some write that of live dumps, which Windows never writes into
// files like theirs.
func markedByCode(f *facts) bool {
	if f.code.markedByMemProcFS() || f.code.value == codeLiveSystemDump {
		_, ok := toolMark(f)
		return ok
	}
	return f.code.markedByDumpIt()
}

// originByCode concludes from the bug check block and the attributes.
func originByCode(f *facts) origin {
	c := &f.code
	switch {
	case f.unlike():
		dumpType, _ := f.DumpType()
		return origin{cause: causeImpossible, confidence: report.ConfidenceUnknown, evidence: []evidence{{clue: clueImpossible, detail: fmt.Sprint(dumpType)}}}
	case !c.known:
		return origin{cause: causeNoCode, confidence: report.ConfidenceUnknown}
	case c.raw == 0:
		return originWithoutCode(f)
	case c.value == codeLiveSystemDump:
		return originOfRequest(f)
	case f.isLive():
		return originOfLive(f)
	}
	return originOfCrash(f)
}

// originWithoutCode is for code 0: no crash is recorded. A debugger leaves marks of its engine; that is all that the file says without them.
func originWithoutCode(f *facts) origin {
	o := origin{cause: causeNoCrash, confidence: report.Possible, evidence: []evidence{{clue: clueCode0}}}
	live, confidence := liveClue(f)
	switch _, engine := f.engine(); {
	case confidence == report.Certain:
		o.cause, o.confidence, o.evidence = causeLiveCode0, report.Certain, append(o.evidence, live)
	case engine || f.Format == dmpfile.Range:
		o.confidence = report.Likely
	}
	return o
}

// liveClue returns what the attributes say of a live dump, and the confidence that they allow.
func liveClue(f *facts) (evidence, report.Confidence) {
	switch {
	case f.Format == dmpfile.Full:
		return evidence{clue: clueTypeFull, detail: "1"}, report.Possible
	case !f.attributesSet:
		return evidence{clue: clueLiveBitUnknown}, report.Likely
	case f.withoutAttributes():
		return evidence{clue: clueZeroAttributes}, report.Likely
	case f.hasAttribute(dmpfile.LiveDumpGenerated):
		return evidence{clue: clueLiveBit}, report.Certain
	}
	return evidence{clue: clueNoLiveBit}, report.Possible
}

// originOfRequest is for 0x161: somebody asked Windows for a live dump, and parameter 1 is what they gave as a label.
func originOfRequest(f *facts) origin {
	live, confidence := liveClue(f)
	o := origin{confidence: confidence}
	if f.Format != dmpfile.Full {
		// The code is that of no crash, whatever the attributes say: they can only raise a doubt.
		if o.confidence = report.Certain; confidence == report.Possible {
			o.confidence = report.Likely
		}
	}
	code := codeEvidence(&f.code)
	switch p1 := f.code.Parameters[0]; {
	case !f.code.has[0]:
		o.cause, o.confidence, o.evidence = causeLabelUnknown, report.ConfidenceUnknown, []evidence{code}
	case p1.Value == taskmgr:
		o.cause, o.evidence = causeTaskManager, []evidence{f.parameterEvidence(1, `the text "Taskmgr"`)}
	case f.Format == dmpfile.Full:
		return origin{cause: causeQEMU, confidence: report.Likely, evidence: []evidence{code, live}}
	case p1.Value == 0:
		o.cause, o.evidence = causeNoLabel, []evidence{code, f.parameterEvidence(1, "no label")}
	case p1.Text != "":
		o.cause, o.label, o.detail, o.evidence = causeLabel, p1.Text, strconv.Quote(p1.Text), []evidence{f.parameterEvidence(1, "the text "+strconv.Quote(p1.Text))}
	default:
		o.cause, o.detail, o.evidence = causeValue, report.Hex(p1.Value), []evidence{f.parameterEvidence(1, "neither null nor text")}
	}
	if confidence != report.Certain {
		o.evidence = append(o.evidence, live)
	}
	return withCapturer(f, o)
}

// withCapturer adds in which process a requested dump was captured: that of the thread that asked for it, unless another stack was
// captured.
func withCapturer(f *facts, o origin) origin {
	k := f.snapshot
	if k.Process == nil || k.Stack != nt.ThreadStack || k.Idle {
		return o
	}
	o.evidence = append(o.evidence, evidence{clue: clueCapturer, detail: fmt.Sprintf("%s (%d)", report.ValidUTF8(k.Process.Name), k.Process.ID)})
	if o.source == report.SourceUnlabelled && f.code.is(0) && storageHosts[strings.ToLower(k.Process.Name)] {
		o.cause, o.confidence = causeStorageHost, report.Possible
	}
	return o
}

// storageHosts are the processes that Windows runs storage providers in, those that Get-StorageDiagnosticInfo calls and many others.
var storageHosts = map[string]bool{"svchost.exe": true, "wmiprvse.exe": true}

// originOfLive is for live dumps that a part of Windows or a driver asked for.
func originOfLive(f *facts) origin {
	live, confidence := liveClue(f)
	o := origin{cause: liveOnPurpose(&f.code), confidence: confidence, evidence: []evidence{codeEvidence(&f.code), live}}
	if o.cause == nil {
		o.cause, o.detail = causeComponent, f.code.info.Requester
		if o.detail == "" {
			o.detail = "a driver or a part of Windows"
		}
		if c := &f.code; c.listed && c.info.Use == bugcheck.Crash && !c.marksBoth() {
			crash := evidence{clue: clueCrashCode, detail: codeEvidence(c).detail}
			o.evidence, o.confidence = []evidence{live, against(crash)}, lowered(o.confidence)
		}
	}
	return o
}

// liveOnPurpose says who made a live dump happen, for the codes and values that mark it.
func liveOnPurpose(c *code) *cause {
	const hotKey, volumeKeys, powerButton = 1, 2, 8 // parameter 1 of 0x1A8 and 0x1B8
	switch blackScreen := c.value == 0x1A8 || c.value == 0x1B8; {
	case c.value == 0x11C8:
		return causeLivePower
	case c.value == 0x21C8, blackScreen && c.is(hotKey):
		return causeLiveHotKey
	case blackScreen && c.is(volumeKeys):
		return causeLiveVolumeKeys
	case blackScreen && c.is(powerButton):
		return causeLiveBlackPower
	}
	return nil
}

// originOfCrash is for everything else: the system stopped.
func originOfCrash(f *facts) origin {
	c := &f.code
	o := origin{cause: causeCrash, confidence: report.Certain, evidence: []evidence{codeEvidence(c)}}
	switch c.value {
	case codeManuallyOnCtrl:
		o.cause = causeKeyboard
		return o
	case codePowerButton:
		o.cause = causePowerButton
		return o
	case codeManual:
		o.cause = causeManual
		if c.markedByMemProcFS() {
			o.confidence, o.evidence = report.Possible, append(o.evidence, evidence{clue: clueParameters1234})
		}
		return o
	}
	if n := notMyFault(f); n > 0 {
		o.cause, o.confidence, o.evidence = causeNotMyFault, report.Likely, append(o.evidence, f.parameterEvidence(n, f.text(f.parameterPlace(n-1))))
		return o
	}
	switch {
	case c.value == codeNMI:
		o.cause, o.confidence = causeNMI, report.Possible
	case c.marksBoth() && f.withoutAttributes():
		return origin{cause: causeOpen, confidence: report.ConfidenceUnknown, evidence: append(o.evidence, evidence{clue: clueZeroAttributes})}
	case f.withoutAttributes():
		o.confidence, o.evidence = report.Likely, append(o.evidence, evidence{clue: clueZeroAttributes})
	case c.marksBoth() && !f.attributesSet:
		o.cause, o.confidence, o.evidence = causeEither, report.Likely, append(o.evidence, evidence{clue: clueNoAttributes})
	case c.driversOwn():
		o.cause = causeDriversOwn
	case !c.listed:
		o.cause, o.confidence = causeUnknownCode, report.Likely
	}
	return o
}

// notMyFault returns the number of the parameter that is a code address in NotMyFault's driver, 0 where there is none.
func notMyFault(f *facts) int {
	for i := range f.code.Parameters {
		if p := f.parameterPlace(i); p.module != nil && strings.EqualFold(p.module.Name, "myfault.sys") {
			return i + 1
		}
	}
	return 0
}

// engine returns the status that the debugger engine leaves, and whether it wrote the header: it leaves the attributes as filler.
func (f *facts) engine() (status uint32, wrote bool) {
	status, ok := f.WriterStatus()
	return status, ok && status <= 2 && !f.attributesSet && !f.unlike()
}

// withoutAttributes says whether this is a small dump whose attributes are all zero. The kernel sets a bit in those of crashes, and what
// makes small dumps of larger ones leaves filler; small live dumps of older builds are like that.
func (f *facts) withoutAttributes() bool {
	return f.Triage != nil && f.attributesSet && f.attributes == 0
}

// writerOf concludes what wrote the file, where no other tool left its mark.
//
// Windows writes triage dumps in two ways. The kernel itself sets the attributes. At the next boot Windows makes one out of the
// larger dump; that code is the debugger engine's: it leaves the attributes as filler, sets WriterStatus and stores full paths of
// drivers. A debugger's ".dump /m" does the same, so only a comment tells the two apart. Tools leave comments too, without the status.
func writerOf(f *facts, kind report.Kind) (report.Writer, []evidence) {
	status, engine := f.engine()
	bitmap := f.Format == dmpfile.BitmapFull || f.Format == dmpfile.BitmapKernel
	triage := f.Format == dmpfile.TriageDump
	var comment []evidence
	if f.comment != "" {
		comment = []evidence{commentEvidence(f)}
	}
	switch {
	case engine && comment != nil || f.Format == dmpfile.Range:
		return report.WriterDebugger, comment
	case comment != nil:
		return report.WriterUnknown, comment
	case kind == report.KindMemory && engine:
		return report.WriterDebugger, []evidence{{clue: clueWriterStatus, detail: fmt.Sprint(status)}}
	case kind == report.KindMemory:
		return report.WriterUnknown, nil
	case triage && f.hasAttribute(dmpfile.KernelGeneratedTriage):
		return report.WriterKernel, []evidence{{clue: clueKernelTriage}}
	case triage && engine && f.modules.Len() > 0 && f.modules.At(0).Path != "":
		return report.WriterLater, []evidence{{clue: clueLaterTriage, detail: fmt.Sprint(status)}}
	case engine && (bitmap || f.Format == dmpfile.Full):
		return report.WriterDebugger, []evidence{{clue: clueNoAttributes}, {clue: clueWriterStatus, detail: fmt.Sprint(status)}}
	case f.attributesSet && bitmap:
		return report.WriterKernel, nil
	}
	return report.WriterUnknown, nil
}
