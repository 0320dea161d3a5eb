// Package dumpstack reads DumpStack.log and DumpStack.log.tmp: what Windows wrote down while it wrote a crash dump.
//
// The log is a plain text of fixed English sentences, one a line, in a file that is as large as a few pages of memory from the start, on the
// drive of the page file. It says which stop it was, which type of dump was written and how large it was to be, how far the memory was
// written, and which callback of which driver was asked for its secondary data, in their order. A stop without a dump is often explained
// by it: the log ends where the writing ended.
//
// What is said here of the format is measured on real logs of builds of 2022 to 2025; Microsoft documents nothing of it.
// Neither drives nor paths of files occur in them. Names of callbacks are what drivers gave: `\Device\DxgKrnl`, "invalid name", and
// bytes that are no text occur. The one detail that points at a machine is [Log.GUID].
package dumpstack

import (
	"time"

	"github.com/dmplens/dmplens/dmpfile"
)

// Log is what a log says. What it does not say is nil, "" or zero.
type Log struct {
	Type             int        // of the dump, as in its header: 4 small memory dump, 5 full bitmap, 6 kernel bitmap; 0 where not said
	Total, Secondary *uint64    // bytes of the whole dump, and of its secondary data, as planned before anything was written
	Pages, Written   *uint64    // pages of memory of a bitmap dump: planned, and written when that part ended
	Code             *uint32    // of the stop; older builds do not write it
	Parameters       [4]*uint64 // of the stop

	Time     time.Time     // of the stop, UTC; zero where not said. The clock stands while the dump is written: a log begins and ends with the same time
	Elapsed  time.Duration // from the stop to the last line that says so; 0 where none does
	Progress []uint32      // the codes of progress, in order; their meaning is not documented
	Percent  *int          // the last percentage of memory that was written; nil for dumps that do not count it

	Callbacks []Callback // for secondary data, in the order they were called

	// Where Windows was when the log ends. All are "" of a dump that was completed, and where the Ending is Full, Unsure or Empty.
	In      string // the callback that was called and had not returned
	Writing string // the callback that had returned, and whose data was being written
	Part    string // the innermost part that was started and not finished, in the log's words

	TooSmall  *TooSmall // the dump file was too small for the dump that was planned
	Switched  bool      // and a small memory dump was planned instead: Type, Total and Secondary are of that
	Completed bool      // Windows wrote that the dump was completed successfully

	GUID     dmpfile.GUID // "Dump Guid" of newer builds: it has the form of a volume's, so keep it private. Zero where not said
	Ending   Ending       // how the text ends
	LastLine string
	Stops    int // that the log has one after the other: what it says is of the last. 0 of an empty log
	Unknown  int // lines that Windows is not known to write: a newer build, or an edited file
	// UnknownLine is how the first of them begins.
	UnknownLine string
	Edited      bool     // an editor has saved the file: its line ends or the zeros of its head are not as Windows writes them
	Lines       []string // the text of all stops, without line ends and empty lines
}

// Callback is one call of a callback for secondary data.
type Callback struct {
	Name      string // as the driver gave it: any bytes
	MultiPart bool   // it writes its data itself, in parts
	Entered   bool   // the line that says that it was called is there
	Left      bool   // the line that says that it returned is there
	Wrote     bool   // the line that says that its data was written is there; of one with parts as Left
}

// TooSmall is a dump file that was too small.
type TooSmall struct {
	Type       int // of the dump that did not fit, 0 where not said
	Have, Need uint64
}

// Says is whether the log has any line that Windows is known to write. Where it has none nothing says that there was a stop.
func (l *Log) Says() bool { return l.Unknown == 0 || l.Unknown < len(l.Lines) }

// Split returns the bytes of the headers and of the memory of a bitmap dump (types 5 and 6), whose log ends the writing of the memory with the
// number of pages. That the total is headers, memory and secondary data is not documented. It is inferred: in 5 of 5 logs of type 6 and
// one of type 5, what is left for the headers is whole pages, and room for the main header and one bit for each page. Where that is
// not so ok is false. A small memory dump (type 4) does not tell them apart: its headers and memory together are Total less Secondary.
func (l *Log) Split() (headers, memory uint64, ok bool) {
	if l.Type != 5 && l.Type != 6 || l.Total == nil || l.Secondary == nil || l.Pages == nil || *l.Pages > 1<<40 {
		return 0, 0, false
	}
	memory = *l.Pages * dmpfile.PageSize
	if *l.Secondary > *l.Total || memory > *l.Total-*l.Secondary {
		return 0, 0, false
	}
	headers = *l.Total - *l.Secondary - memory
	if headers%dmpfile.PageSize != 0 || headers < 0x2000+*l.Pages/8 {
		return 0, 0, false
	}
	return headers, memory, true
}

// Ending is how the text of a log ends.
type Ending string

// The endings. Where Windows finished the log, the length in its head is the offset of the end of the text; until then it is the size of the file.
const (
	Closed   Ending = "closed"   // Windows finished the log
	Unclosed Ending = "unclosed" // Windows did not finish the log: the machine was reset, lost power or hung while it wrote the dump
	Full     Ending = "full"     // the text fills the file: what came after is not in it
	Unsure   Ending = "unsure"   // the length does not fit the text, which ends at the first zero byte or with the file
	Empty    Ending = "empty"    // there is no text: no stop has been logged
)
