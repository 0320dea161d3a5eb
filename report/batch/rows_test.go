package batch

import (
	"bytes"
	"strings"
	"testing"
)

// TestEachLine has lines that are longer and shorter than what is read at once, and one that is too long.
func TestEachLine(t *testing.T) {
	var want []string
	for _, n := range []int{0, 1, 1<<18 - 1, 1 << 18, 1<<18 + 1, 5, 1 << 20, 3, 1 << 17, maxLine + 10, 7, 3 << 18, 0} {
		want = append(want, strings.Repeat(string(rune('a'+len(want))), n))
	}
	text := strings.Join(want, "\n") + "\nrest"
	var got []string
	end, rest, err := eachLine(strings.NewReader(text), func(n int64, line []byte) bool {
		if int(n) != len(got) {
			t.Errorf("line %d comes behind %d", n, len(got))
		}
		got = append(got, string(bytes.TrimSuffix(line, []byte("\n"))))
		return true
	})
	if err != nil || string(rest) != "rest" || int(end) != len(text)-len(rest) {
		t.Errorf("%v, rest %q from %d of %d", err, rest, end, len(text))
	}
	want[9] = "" // too long
	if len(got) != len(want) {
		t.Fatalf("%d lines, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("line %d has %d bytes, %.10q, want %d", i, len(got[i]), got[i], len(want[i]))
		}
	}
}
