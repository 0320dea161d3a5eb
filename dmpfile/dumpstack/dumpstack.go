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

	Time     time.Time     // of the stop, UTC; zero where not said
	Local    time.Time     // the same in local time, as if it were UTC
	Elapsed  time.Duration // from the stop to the last line that says so; 0 where none does
	Progress []uint32      // the codes of progress, in order; their meaning is not documented
	Percent  *int          // the last percentage of memory that was written; nil for dumps that do not count it

	Callbacks []Callback // for secondary data, in the order they were called
	In        string     // the callback that was called and had not returned when the log ends, "" where none
	Writing   string     // the callback that had returned, and whose data was being written when the log ends, "" where none
	Part      string     // the innermost part that was started and not finished when the log ends, in the log's words; "" where none

	TooSmall  *TooSmall // the dump file was too small for the dump that was planned
	Switched  bool      // to a small memory dump, as that file was too small
	Completed bool      // Windows wrote that the dump was completed successfully

	GUID     dmpfile.GUID // "Dump Guid" of newer builds: it has the form of a volume's, so keep it private. Zero where not said
	Ending   Ending       // how the text ends
	LastLine string
	Unknown  int      // lines that Windows is not known to write: a newer build, or an edited file
	Edited   bool     // an editor has saved the file: its line ends or the bytes behind its text are not as Windows writes them
	Lines    []string // the text, without line ends and empty lines
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

// Ending is how the text of a log ends.
type Ending string

// The endings. Where Windows finished the log, the length in its head is the offset of the end of the text; until then it is the size of the file.
const (
	Closed   Ending = "closed"   // Windows finished the log
	Unclosed Ending = "unclosed" // Windows did not finish the log: the machine was reset, lost power or hung while it wrote the dump
	Full     Ending = "full"     // the text fills the file: what came after is not in it
	Unsure   Ending = "unsure"   // the length makes no sense; the text ends at the first zero byte or at the end of the file
)
