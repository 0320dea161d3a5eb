// Package events tells what happened, from every kind of log that Windows keeps: the event trace buffers in a dump, event logs, traces and
// DumpStack.log. One table of rules says which events tell something, of what kind they are, and what they say in our words.
package events

import (
	"time"

	"github.com/dmplens/dmplens/report"
)

// Event is something that happened.
type Event struct {
	Time      time.Time
	Kind      report.EventKind
	Provider  string
	ID        uint16
	Version   uint8
	About     bool    // the clock drifts: the time is not exact
	System    bool    // it goes to the event log System
	Unflushed bool    // Windows had not yet written it to the event log
	Text      string  // what it says, in our words; nothing private is in it
	Private   []Field // what is private: shown only when asked for
	Fields    []Field // the rest of what the event has
	Source    report.EventSource
	File      string // the log it stands in
	Record    uint64 // number of the record in an event log
	Rank      int    // how telling it is: 0 is noise
	Count     int    // how many equal events it stands for; Time is that of the last

	capture *Capture // that it stands for, nil where it is one event
	message bool     // of a software trace
}

// Field is a named value of an event.
type Field struct{ Name, Value string }

// Capture is one live dump as the events of Kernel-LiveDump tell it.
type Capture struct {
	Started, Ended time.Time
	Events         []Event // by time

	Code       *uint32 // nil: the version of the events does not say
	Parameters [4]*uint64
	Status     *uint32 // NTSTATUS of the end; nil: no end is in the log
	Step       Step    // the last one it got to, or the one that failed
	Deferred   bool    // the file was written by a later call
	Discarded  bool    // what was captured was thrown away by a later call
	Aborted    bool    // for want of memory

	Total, Header, Primary, Secondary *uint64 // bytes, as they were written
	Estimated, Allocated              *uint64 // bytes of memory that sizing asked for, and that was got

	Selective       *bool // of kernel stacks alone
	ControlFlags    *uint64
	AddPagesControl *uint64
	Flags           []string      // both spelled out
	Stood           time.Duration // how long the system stood still; 0: not known
	Lasted          time.Duration // the capture, by its own word; 0: not known
	Wrote           time.Duration // writing the file; 0: not known
}

// Facts are what of a dump can be compared with a log.
type Facts struct {
	Code       uint32
	Parameters [4]uint64
	Known      [4]bool // parameters: filler is not known
	Captured   time.Time
	Total      int64 // bytes; -1: not known
	Header     int64
	Primary    int64
	Secondary  int64
	DumpType   int // of the header; 0: not known
	Live       bool
	Path       string
}
