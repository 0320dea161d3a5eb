package page

import (
	"fmt"
	"time"

	"github.com/dmplens/dmplens/report"
)

// human writes a size in the largest binary unit that it fills, with two decimals from MiB on.
func human(v int64) string {
	const kib = 1 << 10
	units := []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	if v < kib {
		return plural(uint64(v), "byte")
	}
	f := float64(v) / kib
	for i, u := range units {
		if f < kib || i == len(units)-1 {
			if i == 0 {
				return fmt.Sprintf("%.1f %s", f, u)
			}
			return fmt.Sprintf("%.2f %s", f, u)
		}
		f /= kib
	}
	panic("not reached")
}

// uptime writes a duration as days and time.
func uptime(seconds float64) string {
	s := int64(seconds)
	clock := fmt.Sprintf("%02d:%02d:%02d", s/3600%24, s/60%60, s%60)
	if days := s / 86400; days > 0 {
		return fmt.Sprintf("%d d %s", days, clock)
	}
	return clock
}

// instant writes a time in UTC, to the second: the JSON record has the rest.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// plural writes a count and its noun.
func plural[T ~int | ~uint32 | ~uint64](n T, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return report.Commas(uint64(n)) + " " + one + "s"
}
