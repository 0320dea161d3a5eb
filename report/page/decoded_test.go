package page

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/report"
)

// A stream of a million fields is cut, and the page says by how many.
func TestDecodedIsCut(t *testing.T) {
	var groups []report.StreamField
	for range 1000 {
		groups = append(groups, report.StreamField{Name: "group", Fields: make([]report.StreamField, 999)})
	}
	r := &report.Report{Sizes: &report.Sizes{Secondary: new(int64(1))}, Streams: []report.Stream{
		{Index: 4, Name: "x", Size: 5, Decoded: &report.Decoded{Read: 5, Fields: groups, Hidden: 3, Stopped: "at 0x5: no more"}},
		{Index: 7, Decoded: &report.Decoded{Stopped: "no decoder knows it"}},
		{Index: 9, Name: "y", Decoded: &report.Decoded{Stopped: "no decoder knows it"}},
	}}
	p := Decoded(r)
	text := fmt.Sprint(p.Sections)
	for _, want := range []string{"stream 4, x, 5 bytes", "999,000 more fields: --json has them", "3 values that can name a person or a machine are left out",
		"at 0x5: no more; 5 of 5 bytes are understood", "streams 7, 9 (y): no decoder knows it"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if n := strings.Count(text, "group"); n != 2 && n != 1 {
		t.Errorf("%d groups are shown", n)
	}
}
