package patterns

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/batch"
)

// TestCorpus has what is known of real dumps.
func TestCorpus(t *testing.T) {
	corpus := os.Getenv("DMPLENS_CORPUS")
	if corpus == "" {
		t.Skip("DMPLENS_CORPUS is not set: REAL DUMPS ARE NOT TESTED")
	}
	var c, twice Collector // the second has each dump again, as a row of another scan that compared nothing with the first
	s := batch.Scan{Jobs: 1}
	if err := s.Run(context.Background(), slices.Values([]string{filepath.Join(corpus, "dumps")}), func(r *report.Report, _ []byte) error {
		c.Add(r)
		twice.Add(r)
		again := *r
		again.File = report.File{Path: "again/" + filepath.Base(r.File.Path), Size: r.File.Size}
		twice.Add(&again)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	found := c.List()
	for i, p := range twice.List() {
		if i >= len(found) || p.Text != found[i].Text || p.Dumps != found[i].Dumps {
			t.Errorf("with copies: %+v", p)
		}
	}
	for _, p := range found {
		t.Logf("%s %s %v", p.Kind, p.Sentence(), p.Numbers)
	}
	for _, want := range []struct {
		kind       report.PatternKind
		confidence report.Confidence
		of         string
	}{
		{report.PatternOneDriver, report.Likely, "CriticalRocket"},
		{report.PatternUnrelated, report.Possible, "DAIMUVG"},
		{report.PatternUnrelated, report.Possible, "13a.dmp"},
		{report.PatternUnrelated, report.Possible, "ef.dmp"},
		{report.PatternUnrelated, report.Likely, "f7.dmp"}, // three of them: 0xf7, 0x1e and 0xd1
		{report.PatternUnclean, report.Likely, "9f.dmp"},   // boots 4 to 12: the last clean one is 3, its own 13
	} {
		if !slices.ContainsFunc(found, func(p report.Pattern) bool {
			return p.Kind == want.kind && p.Confidence == want.confidence && strings.Contains(strings.Join(p.Examples, " "), want.of)
		}) {
			t.Errorf("no pattern %+v", want)
		}
	}
}
