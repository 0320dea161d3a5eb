package etw

import (
	"math/bits"
	"time"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// clock turns the time stamps of a session into UTC.
type clock struct {
	kind      Clock
	utc       uint64 // a FILETIME, and
	stamp     uint64 // the time stamp of that moment
	frequency uint64 // of the performance counter, in ticks a second
	mhz       uint32 // of the processors
}

// drifts reports whether the clock can differ from the time of day.
func (c *clock) drifts() bool { return c.kind != SystemTime }

// time returns the UTC of a time stamp, or the zero time where it is none.
func (c *clock) time(stamp uint64) time.Time {
	if c.kind == SystemTime {
		t, _ := bin.EventTime(stamp)
		return t
	}
	frequency := c.frequency
	if c.kind == CycleCounter {
		frequency = uint64(c.mhz) * 1e6
	}
	if frequency == 0 || c.utc == 0 {
		return time.Time{}
	}
	before := stamp < c.stamp
	ticks := stamp - c.stamp
	if before {
		ticks = -ticks
	}
	hi, lo := bits.Mul64(ticks, 1e7)
	if hi >= frequency {
		return time.Time{} // more than any time can be away
	}
	n, _ := bits.Div64(hi, lo, frequency)
	at := c.utc + n
	if before {
		at = c.utc - n
	}
	if before != (at < c.utc) && n != 0 {
		return time.Time{}
	}
	t, _ := bin.EventTime(at)
	return t
}
