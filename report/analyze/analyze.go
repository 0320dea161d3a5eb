// Package analyze joins what a dump says, what its numbers mean and what its file is called into a report.Report. It is the one place
// that draws conclusions, and the one that knows packages dmpfile and bugcheck as well as report; whoever wants something of a dump asks
// the Dump that Analyzer.Open gives.
//
// A report is made in three steps. Facts (facts.go, code.go, kernel.go, records.go, contents.go, deep.go) are read once, and a new one is a
// field of facts; what reading finds wrong is a fact with its sentence (problems.go). Those that few reports need are read when they are asked
// for: who stopped Windows and the frames of the stack (stack.go), and whether the fault makes sense (sense.go). Conclusions (conclude in write.go: origin.go and
// folder.go, fault.go, signature.go, verdict.go) are typed values that follow from the facts; a new one is a function of the facts and a
// field of conclusions. Words (write.go, header.go, sentences.go, evidence.go) are written last, and nothing here reads them again.
// The other methods of Dump report on a part, with facts of their own: lists.go, stacklist.go, memory.go, streams.go. Which images and PDBs dumps need
// is collected by Symbols (symbols.go). notdump.go and explain.go have no dump to read.
//
// A new finding takes three edits. For one that says that a dump was taken on battery:
//
//  1. report/findings.go: the constant FindingOnBattery and its line in nextSteps, which says what to do about it;
//  2. where it is known: in headerFindings (verdict.go), if the header says it,
//     add(report.FindingOnBattery, report.SeverityInfo, off, "...") beside the others; note in facts, if reading meets it;
//  3. a case of TestKernelFindings (kernel_test.go) or of the test beside the place, with a dump that has it and one that has not.
//
// Where samples have it too, go test ./cmd/dmplens -update writes their pages anew: read what changed.
package analyze

import (
	"github.com/dmplens/dmplens/report"
)

// Analyzer opens files to report on. Its zero value works. It is safe for concurrent use.
type Analyzer struct {
	// ToolVersion is written into each report.
	ToolVersion string
	// Depth is how much is read; "" is report.DepthFull.
	Depth report.Depth
	// Pages is how many pages of memory are read at most to find what the kernel left in it; 0 is 300.
	Pages int
	// Symbols is where images and PDBs are looked for, which stacks are unwound and named by; nil for none.
	Symbols *SymbolStore
	// Logs are put beside each dump; nil for none. A DumpStack.log that lies beside a dump which is opened by its name is found without.
	Logs *Logs
	// Private keeps what can name a person, a machine or a network: of events, of streams that are decoded, and of what FindPrivate finds.
	Private bool
	// FindPrivate lists what in the dump can name a person, a machine or a network; with depth deep also what of it can be told by its form in memory.
	FindPrivate bool
	// Brief leaves out what is long and of one dump: lists of modules, streams, contents and memory runs, the page map, and registers.
	Brief bool
	// Progress is told how many of the pages of a dump have been read, from time to time, with depth deep. The last call says all, also
	// where reading ended before.
	Progress func(done, of uint64)
}

// defaultPages is enough for one look at a dump of a large machine.
const defaultPages = 300
