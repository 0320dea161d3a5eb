package analyze

import "testing"

func TestProblemIDs(t *testing.T) {
	seen := map[string]int{}
	for p, id := range problemIDs {
		if other, twice := seen[id]; id == "" || twice {
			t.Errorf("problem %d has the id %q, as problem %d", p, id, other)
		}
		seen[id] = p
	}
}
