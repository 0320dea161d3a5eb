package page

import (
	"testing"

	"github.com/dmplens/dmplens/report"
)

// A list of pages says of each what its verdict and its suspect are, and never nothing of the verdict.
func TestTitled(t *testing.T) {
	for _, c := range []struct {
		verdict report.Verdict
		suspect *report.Suspect
		want    [2]string
		tone    Tone
	}{
		{report.Damaged, &report.Suspect{Module: "x.sys", Confidence: report.Likely}, [2]string{"damaged", "x.sys (likely)"}, Bad},
		{report.NotADump, &report.Suspect{Reason: "none"}, [2]string{"not a dump", ""}, Plain},
		{"", nil, [2]string{"no verdict", ""}, Warning},
	} {
		p := titled(&report.Report{Verdict: c.verdict, Suspect: c.suspect, ToolVersion: "1.2.3"})
		if got := [2]string{p.Verdict, p.Suspect}; got != c.want || p.VerdictTone != c.tone || p.ToolVersion != "1.2.3" {
			t.Errorf("%q: %+v", c.verdict, p)
		}
	}
}
