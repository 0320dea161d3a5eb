package bin

import "time"

// filetimeEpoch is 1601-01-01 in seconds of Unix time.
const filetimeEpoch = -11644473600

// maxFiletime is the last FILETIME in the year 9999, the last year that RFC 3339 can write.
const maxFiletime = 2650467743999999999

// Filetime turns 100-nanosecond units since 1601-01-01 UTC into a time. Zero, and a time after the year 9999, is no time.
func Filetime(v uint64) (time.Time, bool) {
	if v == 0 || v > maxFiletime {
		return time.Time{}, false
	}
	return time.Unix(filetimeEpoch+int64(v/1e7), int64(v%1e7)*100).UTC(), true
}

// firstClock is 1980-01-01 as a FILETIME: the clock of no PC shows an earlier time.
const firstClock = 119600064000000000

// EventTime is Filetime for the time at which something was recorded: what is earlier than any clock of a PC shows is a count, and no time.
func EventTime(v uint64) (time.Time, bool) {
	if v < firstClock {
		return time.Time{}, false
	}
	return Filetime(v)
}
