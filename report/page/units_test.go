package page

import (
	"testing"

	"github.com/dmplens/dmplens/report"
)

func TestUnits(t *testing.T) {
	for v, want := range map[int64]string{0: "0 bytes", 1: "1 byte", 1023: "1,023 bytes", 1024: "1.0 KiB", 1536: "1.5 KiB", 1056768: "1.01 MiB", 4 << 30: "4.00 GiB", 1<<63 - 1: "8.00 EiB"} {
		if got := human(v); got != want {
			t.Errorf("human(%d) = %q, want %q", v, got, want)
		}
	}
	for v, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 4294967296: "4,294,967,296", -1234: "-1,234", 1<<63 - 1: "9,223,372,036,854,775,807"} {
		if got := report.Commas(v); got != want {
			t.Errorf("commas(%d) = %q, want %q", v, got, want)
		}
	}
	if got := report.Commas(^uint64(0)); got != "18,446,744,073,709,551,615" {
		t.Errorf("the largest number is %q", got)
	}
	for seconds, want := range map[float64]string{0: "00:00:00", 59.9: "00:00:59", 93903.14: "1 d 02:05:03"} {
		if got := uptime(seconds); got != want {
			t.Errorf("uptime(%g) = %q, want %q", seconds, got, want)
		}
	}
}
