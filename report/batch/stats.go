package batch

import (
	"sync/atomic"

	"github.com/dmplens/dmplens/report"
)

// Stats counts what a scan has done.
type Stats struct {
	Found     int64 // files that the walk met
	Skipped   int64 // of them were those that have a row already
	Done      int64 // files that were looked at
	Rows      int64 // rows, of which archives have one for each member
	Dumps     int64 // rows of kernel dumps
	Damaged   int64 // rows of damaged ones
	Failed    int64 // files that could not be read
	Abandoned int64 // of them took too long
	Bytes     int64 // length of the files that were looked at
}

// Remaining is how many files were met and not looked at.
func (s Stats) Remaining() int64 { return s.Found - s.Skipped - s.Done }

type counters struct {
	found, skipped, done, rows, dumps, damaged, failed, abandoned, bytes atomic.Int64
}

// Stats returns what was done so far. It may be called while Run works.
func (s *Scan) Stats() Stats {
	c := &s.stats
	return Stats{c.found.Load(), c.skipped.Load(), c.done.Load(), c.rows.Load(), c.dumps.Load(), c.damaged.Load(), c.failed.Load(), c.abandoned.Load(), c.bytes.Load()}
}

// row counts a row.
func (c *counters) row(r *report.Report) {
	c.rows.Add(1)
	if r.Dump != nil && r.Verdict != report.NotADump {
		c.dumps.Add(1)
	}
	if r.Verdict == report.Damaged {
		c.damaged.Add(1)
	}
}
