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

	Counting int64 // files that Count has met
	Counted  bool  // these are all of them
}

// Total is how many files there are, as far as is known.
func (s Stats) Total() int64 { return max(s.Found, s.Counting) }

// Remaining is how many files are known and were not looked at.
func (s Stats) Remaining() int64 { return s.Total() - s.Skipped - s.Done }

type counters struct {
	found, skipped, done, rows, dumps, damaged, failed, abandoned, bytes, counting, read, reads atomic.Int64
	counted                                                                                     atomic.Bool
}

// Stats returns what was done so far. It may be called while Run works.
func (s *Scan) Stats() Stats {
	c := &s.stats
	return Stats{
		c.found.Load(), c.skipped.Load(), c.done.Load(), c.rows.Load(), c.dumps.Load(), c.damaged.Load(), c.failed.Load(), c.abandoned.Load(), c.bytes.Load(),
		c.counting.Load(), c.counted.Load(),
	}
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
