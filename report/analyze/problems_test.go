package analyze

import (
	"testing"

	"github.com/dmplens/dmplens/report"
)

func TestProblemIDs(t *testing.T) {
	seen := map[report.FindingID]int{}
	for p, id := range problemIDs {
		if other, twice := seen[id]; !id.Known() || twice {
			t.Errorf("problem %d has the id %q, as problem %d", p, id, other)
		}
		seen[id] = p
	}
}
