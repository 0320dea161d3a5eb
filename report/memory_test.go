package report_test

import (
	"testing"

	"github.com/dmplens/dmplens/report"
)

func TestAboveRating(t *testing.T) {
	for _, c := range []struct {
		rated, configured uint32
		want              bool
	}{
		{2667, 3200, true}, {2666, 2667, false}, {2666, 2719, false}, {2666, 2720, true}, {3200, 2400, false}, {3200, 3200, false}, {0, 3200, false}, {3200, 0, false},
		{1<<32 - 1, 1<<32 - 1, false},
	} {
		if got := (report.MemoryModule{Rated: c.rated, Configured: c.configured}).AboveRating(); got != c.want {
			t.Errorf("%d of %d: %v", c.configured, c.rated, got)
		}
	}
}
