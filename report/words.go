package report

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
)

// The words of the record are typed: a value is the word that stands in JSON, and Phrase is what people read for it. They stand here
// alone; whoever concludes, renders or asks uses these constants.

// Depth says how much of a dump is read.
type Depth string

// Depths of a report.
const (
	DepthHeader Depth = "header" // the headers, and where the parts of the file end: a few small reads
	DepthFull   Depth = "full"   // what the kernel left in memory too, of a dump of pages a bounded number of them
	DepthDeep   Depth = "deep"   // each page once
)

// Format is how a file is laid out.
type Format string

// Formats of a file. They are those of package dmpfile.
const (
	FormatFull             Format = "full"
	FormatSummary          Format = "summary"
	FormatHeaderOnly       Format = "header-only"
	FormatTriage           Format = "triage"
	FormatBitmapFull       Format = "bitmap-full"
	FormatBitmapKernel     Format = "bitmap-kernel"
	FormatRange            Format = "range"
	FormatOfflineRaw       Format = "offline-raw"
	FormatOfflineEncrypted Format = "offline-encrypted"
	FormatUserMinidump     Format = "user-minidump"
	FormatNotADump         Format = "not-a-dump" // see Dump.What
)

var formatPhrases = sync.OnceValue(func() map[Format]string {
	return map[Format]string{
		FormatFull:             "full memory",
		FormatSummary:          "summary, kernel memory",
		FormatHeaderOnly:       "header only",
		FormatTriage:           "triage: a small dump",
		FormatBitmapFull:       "bitmap, full memory", // see Dump.Layout
		FormatBitmapKernel:     "bitmap, kernel memory",
		FormatRange:            "ranges, by a debugger",
		FormatOfflineRaw:       "offline dump container",
		FormatOfflineEncrypted: "encrypted offline dump container",
		FormatUserMinidump:     "user-mode minidump",
		FormatNotADump:         "not a dump",
	}
})

// Phrase is empty for a layout that is not known.
func (f Format) Phrase() string { return formatPhrases()[f] }

// Layout says how the file is laid out, and how much of the memory it is said to have. It is empty where that is not known.
func (d *Dump) Layout() string {
	if d.Active != nil && *d.Active {
		return "bitmap, active memory"
	}
	return d.Format.Phrase()
}

// Kind is what sort of dump a file is.
type Kind string

// Kinds of dumps.
const (
	KindLive   Kind = "live-dump"    // captured while the system ran on
	KindCrash  Kind = "bug-check"    // written because the system stopped
	KindMemory Kind = "memory-image" // saved by a tool, neither of the two
)

var kindPhrases = map[Kind]string{KindLive: "live dump", KindCrash: "crash dump", KindMemory: "memory image"}

// Phrase is empty where the kind is not known.
func (k Kind) Phrase() string { return kindPhrases[k] }

var kindEvents = map[Kind]string{KindLive: "a live dump, the system ran on", KindCrash: "a bug check, the system stopped"}

// Event says what happened, empty where that is not known.
func (k Kind) Event() string { return kindEvents[k] }

// Use says what kind of dump a bug check code marks.
type Use string

// Uses of codes. They are those of package bugcheck.
const (
	UseCrash Use = "crash"
	UseLive  Use = "live"
	UseBoth  Use = "both"
)

var usePhrases = map[Use]string{
	UseCrash: "a bug check: the system stops",
	UseLive:  "a live dump: the system runs on",
	UseBoth:  "a bug check or a live dump",
}

// Phrase says what the code marks.
func (u Use) Phrase() string { return usePhrases[u] }

// Source is who or what asked for a dump.
type Source string

// Sources of a dump.
const (
	SourceTaskManager Source = "task-manager"
	SourceStorage     Source = "storage-diagnostics"
	SourceUnlabelled  Source = "unlabelled-request"
	SourceLabelled    Source = "labelled-request" // Origin.Label is the text
	SourceComponent   Source = "component"
	SourceBugCheck    Source = "bug-check"
	SourceManual      Source = "manual-crash"
	SourceDebugger    Source = "debugger"
	SourceDumpIt      Source = "dumpit"
	SourceLiveKD      Source = "livekd"
	SourceMemProcFS   Source = "memprocfs"
	SourceVolatility  Source = "volatility"
	SourceWinPmem     Source = "winpmem"
	SourceQEMU        Source = "qemu"
	SourceOtherTool   Source = "other-tool" // Origin.Label names it
	SourceUnknown     Source = "unknown"
)

var sourcePhrases = sync.OnceValue(func() map[Source]string {
	return map[Source]string{
		SourceTaskManager: "Task Manager",
		SourceStorage:     "Get-StorageDiagnosticInfo",
		SourceUnlabelled:  "a request without a label",
		SourceLabelled:    "a request with a label",
		SourceComponent:   "a component's live dump",
		SourceBugCheck:    "a bug check",
		SourceManual:      "a crash, perhaps on purpose",
		SourceDebugger:    "a debugger",
		SourceDumpIt:      "DumpIt",
		SourceLiveKD:      "LiveKD",
		SourceMemProcFS:   "MemProcFS",
		SourceVolatility:  "Volatility",
		SourceWinPmem:     "WinPmem",
		SourceQEMU:        "QEMU",
		SourceOtherTool:   "another tool",
		SourceUnknown:     "unknown",
	}
})

// Phrase says of every source what can be said without the rest of an Origin; see Origin.Phrase.
func (s Source) Phrase() string {
	if phrase, ok := sourcePhrases()[s]; ok {
		return phrase
	}
	return sourcePhrases()[SourceUnknown]
}

// Phrase names who or what asked for the dump.
func (o *Origin) Phrase() string {
	deliberate := o.Deliberate != nil && *o.Deliberate
	switch {
	case o.Source == SourceOtherTool && o.Label != "":
		return o.Label
	case o.Source == SourceLabelled:
		return fmt.Sprintf("a request labelled %q", o.Label)
	case o.Source == SourceComponent && deliberate:
		return "a live dump on purpose"
	case o.Source == SourceManual && deliberate:
		return "a crash on purpose"
	}
	return o.Source.Phrase()
}

// KindKnown says whether the kind of the dump is certain where its source is not: a crash that was perhaps made on purpose is a crash
// for certain, and a live dump that perhaps PowerShell or System Informer asked for a live dump.
func (o *Origin) KindKnown() bool {
	switch o.Source {
	case SourceManual, SourceStorage, SourceUnlabelled:
		return true
	}
	return o.Confidence == Certain
}

// Writer is what wrote a file.
type Writer string

// Writers of a file.
const (
	WriterKernel     Writer = "kernel"
	WriterLater      Writer = "windows-later" // the debugger engine of Windows, from a larger dump
	WriterDebugger   Writer = "debugger"
	WriterDumpIt     Writer = "dumpit"
	WriterLiveKD     Writer = "livekd"
	WriterMemProcFS  Writer = "memprocfs"
	WriterVolatility Writer = "volatility"
	WriterWinPmem    Writer = "winpmem"
	WriterQEMU       Writer = "qemu"
	WriterUnknown    Writer = "unknown"
)

var writerPhrases = sync.OnceValue(func() map[Writer]string {
	return map[Writer]string{
		WriterKernel:     "the Windows kernel",
		WriterLater:      "Windows, from a larger dump",
		WriterDebugger:   "a debugger",
		WriterDumpIt:     "DumpIt",
		WriterLiveKD:     "LiveKD",
		WriterMemProcFS:  "MemProcFS",
		WriterVolatility: "Volatility",
		WriterWinPmem:    "WinPmem",
		WriterQEMU:       "QEMU",
		WriterUnknown:    "unknown",
	}
})

// Phrase names the writer.
func (w Writer) Phrase() string { return writerPhrases()[w] }

// Foreign says whether the writer is a tool that makes up a header of its own.
func (w Writer) Foreign() bool {
	switch w {
	case WriterDumpIt, WriterLiveKD, WriterMemProcFS, WriterVolatility, WriterWinPmem, WriterQEMU:
		return true
	}
	return false
}

// Confidence says how sure a conclusion is. Its words are its phrases, and mean the same wherever they stand.
type Confidence string

// Confidences. What each demands is in demands.
const (
	Certain           Confidence = "certain"
	Likely            Confidence = "likely"
	Possible          Confidence = "possible"
	ConfidenceUnknown Confidence = "unknown"
)

// Confidences from the highest to the lowest.
var Confidences = []Confidence{Certain, Likely, Possible, ConfidenceUnknown}

var demands = map[Confidence]string{
	Certain:           "the dump says so itself, in a field or a text that nothing else leaves there",
	Likely:            "what speaks for it is seldom there for another reason, and nothing speaks against it",
	Possible:          "it is one of several explanations that fit, and the evidence prefers none",
	ConfidenceUnknown: "nothing in the dump speaks for one explanation",
}

// Demands says what the dump has to hold for a conclusion of that confidence.
func (c Confidence) Demands() string { return demands[c] }

// Lower returns the next lower confidence.
func (c Confidence) Lower() Confidence {
	if c == Certain {
		return Likely
	}
	return Possible
}

// Verdict says whether a dump is whole, as far as its depth goes. An empty one is not known.
type Verdict string

// Verdicts.
const (
	Complete Verdict = "complete"
	Partial  Verdict = "partial"
	Damaged  Verdict = "damaged"
	NotADump Verdict = "not-a-dump"
)

var verdictPhrases = map[Verdict]string{
	"":       "unknown: only the header is in clear",
	Complete: "complete: a debugger can open it",
	Partial:  "partial: by its own word the dump lacks content",
	Damaged:  "damaged: bytes are missing or contradict each other",
	NotADump: "no kernel dump",
}

// Phrase says what the verdict means.
func (v Verdict) Phrase() string { return verdictPhrases[v] }

// verdicts from the best to the worst. A file without a verdict could not be read, or was not looked at.
var verdicts = []Verdict{Complete, Partial, "", Damaged, NotADump}

// Compare returns a negative number where v is a better verdict than w, a positive one where it is a worse one.
func (v Verdict) Compare(w Verdict) int {
	return cmp.Compare(slices.Index(verdicts, v), slices.Index(verdicts, w))
}

// Severity says what a finding means for the use of a dump. Its words are its phrases.
type Severity string

// Severities of findings.
const (
	SeverityInfo    Severity = "info"    // worth knowing; nothing is wrong with the file
	SeverityWarning Severity = "warning" // odd, or something is missing by the dump's own word
	SeverityError   Severity = "error"   // bytes or counts do not agree, or bytes are missing
)

// Item is one of the things that a dump of pages should hold. Its words are its phrases.
type Item string

// Items of Report.Contents.
const (
	ItemDebuggerBlock   Item = "KdDebuggerBlock"
	ItemModuleList      Item = "loaded module list"
	ItemProcessorBlock  Item = "KiProcessorBlock"
	ItemPRCBs           Item = "PRCBs"
	ItemStack           Item = "current stack"
	ItemPageDirectory   Item = "current page directory"
	ItemSharedData      Item = "KI_USER_SHARED_DATA"
	ItemKernelImage     Item = "NTOS image"
	ItemHALImage        Item = "HAL image"
	ItemUserPages       Item = "user-mode pages"
	ItemHypervisorPages Item = "hypervisor pages"
)

// Items of PageMap.Areas alone.
const (
	ItemPRCB    Item = "current PRCB"
	ItemProcess Item = "current process"
	ItemThread  Item = "current thread"
)

// State says whether an Item is in a dump.
type State string

// States of an Item.
const (
	StatePresent       State = "present"
	StatePartial       State = "partial"
	StateAbsent        State = "absent"
	StateNotApplicable State = "not-applicable"
	StateUnknown       State = "unknown"
)

var userPagesPhrases = map[State]string{
	StatePresent: "user-mode pages too",
	StatePartial: "some user-mode pages",
	StateAbsent:  "no user-mode pages",
}

// UserPages is the phrase for ItemUserPages in that state, empty where it is not known.
func (s State) UserPages() string { return userPagesPhrases[s] }

// LiveKind is how much of the kernel a live dump looks to have captured.
type LiveKind string

// Kinds of live dumps.
const (
	LiveFull    LiveKind = "full"
	LiveStacks  LiveKind = "kernel-stacks"
	LiveUnknown LiveKind = "unknown"
)

var liveKindPhrases = map[LiveKind]string{
	LiveFull:    "looks like a full one",
	LiveStacks:  "looks like one of kernel stacks only",
	LiveUnknown: "full or of kernel stacks only: nothing tells",
}

// Phrase says what a live dump looks like.
func (k LiveKind) Phrase() string { return liveKindPhrases[k] }

var liveKindSummaries = map[LiveKind]string{
	LiveFull:   "looks like a full live dump",
	LiveStacks: "looks like a live dump of kernel stacks only",
}

// Summary says the same where nothing else says that it is about a live dump. It is empty where nothing is known.
func (k LiveKind) Summary() string { return liveKindSummaries[k] }

// StackKind says whose stack was captured.
type StackKind string

// Kinds of stacks. They are those of package dmpfile/nt.
const (
	StackThread    StackKind = "thread"
	StackDPC       StackKind = "dpc"
	StackInterrupt StackKind = "interrupt"
	StackOther     StackKind = "other" // not the thread's own; which one is not known
)

var stackKindPhrases = map[StackKind]string{
	"":             "a stack",
	StackThread:    "the thread's own stack",
	StackDPC:       "the processor's DPC stack",
	StackInterrupt: "the processor's interrupt stack",
	StackOther:     "another stack than the thread's own",
}

// Phrase names the stack.
func (k StackKind) Phrase() string { return stackKindPhrases[k] }

// ContextFrom says where registers stood in a dump. Its words are its phrases.
type ContextFrom string

// Places of registers.
const (
	ContextHeader    ContextFrom = "header"
	ContextProcessor ContextFrom = "processor"
	ContextParameter ContextFrom = "parameter"
	ContextStack     ContextFrom = "stack" // where a thread goes on that did not run
)

// ContextPoint says what the registers of the header were taken at.
type ContextPoint string

// Points of a context.
const (
	PointBugCheck  ContextPoint = "bug-check" // the call of KeBugCheckEx: where the system stopped, not what made it stop
	PointException ContextPoint = "exception"
	PointCapture   ContextPoint = "capture"
	PointLastSaved ContextPoint = "last-saved" // of a processor that hung: not where it was then
	PointUnknown   ContextPoint = "unknown"
)

var contextPointPhrases = map[ContextPoint]string{
	PointBugCheck:  "the call that stopped Windows",
	PointException: "the exception",
	PointCapture:   "the capture",
	PointLastSaved: "what it saved last, before it hung: not where it was",
}

// Phrase names the point, empty where it is not known.
func (p ContextPoint) Phrase() string { return contextPointPhrases[p] }

// RecordKind is the kind of a Record.
type RecordKind string

// Kinds of records.
const (
	RecordException RecordKind = "exception"
	RecordContext   RecordKind = "context"
	RecordTrapFrame RecordKind = "trap-frame"
)

var recordKindPhrases = map[RecordKind]string{RecordException: "exception record", RecordContext: "context record", RecordTrapFrame: "trap frame"}

// Phrase names the kind.
func (k RecordKind) Phrase() string { return recordKindPhrases[k] }

// RecordFrom says how a Record was found.
type RecordFrom string

// Ways to a record.
const (
	RecordParameter RecordFrom = "parameter" // the parameter of the header is its address
	RecordArgument  RecordFrom = "argument"  // so was the one passed to KeBugCheckEx, which Windows changed for the header
	RecordStack     RecordFrom = "stack"     // it lies on the captured stack, or a word there points to it; its instruction is the parameter
	RecordHeader    RecordFrom = "header"    // it is the header's exception record

	RecordInterrupted RecordFrom = "interrupted" // the interrupt stack that was captured begins with a pointer to it: it is of what was interrupted
)

// Access is what an instruction did with memory. Its words are its phrases.
type Access string

// Kinds of access.
const (
	AccessRead    Access = "read"
	AccessWrite   Access = "write"
	AccessExecute Access = "execute"
)

// Trust says how a frame of a stack was found.
type Trust string

// Ways to a frame, the surest first. They are those of package dmpfile/unwind.
const (
	TrustContext      Trust = "context"
	TrustExact        Trust = "exact"
	TrustUnwind       Trust = "unwind"
	TrustHistory      Trust = "history"
	TrustFramePointer Trust = "frame-pointer"
	TrustCode         Trust = "code"
	TrustScan         Trust = "scan"
)

var trustPhrases = map[Trust]string{
	TrustContext:      "registers that were saved",
	TrustExact:        "a call proven by what it left: its arguments, or a trap frame or record",
	TrustUnwind:       "unwind data of the image",
	TrustHistory:      "the kernel's own unwinding",
	TrustFramePointer: "the chain of frame pointers",
	TrustCode:         "the code behind the call, followed to its return",
	TrustScan:         "a word on the stack that can be a return address",
}

// Phrase says what a frame was found by.
func (t Trust) Phrase() string { return trustPhrases[t] }

// trusts from the surest on.
var trusts = []Trust{TrustContext, TrustExact, TrustUnwind, TrustHistory, TrustFramePointer, TrustCode, TrustScan}

// Compare returns a negative number where t is surer than u, a positive one where it is less sure.
func (t Trust) Compare(u Trust) int {
	return cmp.Compare(slices.Index(trusts, t), slices.Index(trusts, u))
}

// FaultVerdict says whether a fault makes sense.
type FaultVerdict string

// Verdicts on a fault.
const (
	FaultConsistent        FaultVerdict = "consistent"
	FaultContradicts       FaultVerdict = "contradicts"
	FaultInsideInstruction FaultVerdict = "inside-instruction"
	FaultPadding           FaultVerdict = "padding"
	FaultRefused           FaultVerdict = "refused"
	FaultNotOnProcessor    FaultVerdict = "not-on-this-processor"
	FaultRegisterUnknown   FaultVerdict = "register-unknown"
	FaultNoBytes           FaultVerdict = "no-bytes"
	FaultNotJudged         FaultVerdict = "not-judged"
)

var faultVerdictPhrases = map[FaultVerdict]string{
	FaultConsistent:        "makes sense",
	FaultContradicts:       "the instruction cannot do that",
	FaultInsideInstruction: "no instruction begins there",
	FaultPadding:           "padding between functions",
	FaultRefused:           "a valid instruction was refused",
	FaultNotOnProcessor:    "this processor lacks the instruction",
	FaultRegisterUnknown:   "not known: a register was not recorded",
	FaultNoBytes:           "not known: the dump does not have the instruction",
	FaultNotJudged:         "not known",
}

// Phrase says what the verdict is.
func (v FaultVerdict) Phrase() string { return faultVerdictPhrases[v] }
