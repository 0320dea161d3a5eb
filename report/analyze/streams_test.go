package analyze

import (
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
)

func TestChooseStream(t *testing.T) {
	guid := func(s string) dmpfile.GUID {
		g, err := dmpfile.ParseGUID(s)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	const once, twice = "bc5c008f-1e3a-44d7-988d-86f6884c6758", "54c84888-01d1-4c1e-bed6-282c98241303"
	streams := []dmpfile.Stream{{Index: 0, GUID: guid(twice)}, {Index: 1, GUID: guid(once)}, {Index: 2, GUID: guid(twice)}}
	for which, want := range map[string]any{
		"0": 0, "2": 2, once: 1, "{" + strings.ToUpper(once) + "}": 1,
		twice: "streams [0 2] have the GUID", "3": "go from 0 to 2", "-1": "go from 0 to 2", "smbios": "no GUID",
	} {
		s, err := chooseStream(streams, which)
		switch want := want.(type) {
		case int:
			if err != nil || s.Index != want {
				t.Errorf("%s: stream %d, %v", which, s.Index, err)
			}
		case string:
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", which, err)
			}
		}
	}
	if _, err := chooseStream(nil, "0"); err == nil {
		t.Error("a stream of no streams")
	}
}
