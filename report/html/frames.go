package html

import (
	"slices"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
)

// trustClass is how sure it is that what was found so is a frame: each class has a colour and a sign.
var trustClass = map[report.Trust]string{
	report.TrustContext: "sure", report.TrustExact: "sure", report.TrustUnwind: "unwound", report.TrustHistory: "unwound",
	report.TrustFramePointer: "followed", report.TrustCode: "followed", report.TrustScan: "scanned",
}

func classOfTrust(t report.Trust) string {
	if c := trustClass[t]; c != "" {
		return c
	}
	return "scanned" // a record from elsewhere can have any word, of which nothing is known
}

// trustKey is what a sign stands for.
type trustKey struct{ Class, Word, Sure, Meaning string }

// sureness is how far to believe frames of a class.
var sureness = map[string]string{"sure": "proven", "unwound": "reliable", "followed": "likely", "scanned": "a guess"}

// framesOf returns the table of frames with a sign before each, and what the signs stand for, the surest first.
func framesOf(b page.Frames) (*table, []trustKey) {
	t := tableOf(b.Table)
	t.Frames, t.Stacks = true, false // which are two ways of making room
	var words []report.Trust
	for i := range t.Rows {
		trust := report.Trust("")
		if i < len(b.Trust) {
			trust = b.Trust[i]
		}
		t.Lead = append(t.Lead, lead{Sign: classOfTrust(trust)})
		if !slices.Contains(words, trust) {
			words = append(words, trust)
		}
	}
	slices.SortStableFunc(words, report.Trust.Compare)
	var key []trustKey
	for _, w := range words {
		key = append(key, trustKey{classOfTrust(w), report.Clean(string(w)), sureness[classOfTrust(w)], w.Phrase()})
	}
	return t, key
}
