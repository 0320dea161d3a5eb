package report

import (
	"maps"
	"slices"
)

// Values are the words that some names of the record can have; of lists the names of what is in them, as in findings.id.
var Values = map[string][]string{
	"dump.format":       words(maps.Keys(formatPhrases)),
	"origin.confidence": words(slices.Values(Confidences)),
	"origin.kind":       words(maps.Keys(kindPhrases)),
	"origin.source":     words(maps.Keys(sourcePhrases)),
	"origin.writer":     words(maps.Keys(writerPhrases)),
	"findings.id":       words(maps.Keys(nextSteps)),
	"findings.severity": words(slices.Values([]Severity{SeverityInfo, SeverityWarning, SeverityError})),
	"verdict":           words(slices.Values(verdicts)),
}

// words returns what is not empty, sorted.
func words[T ~string](values func(func(T) bool)) []string {
	var list []string
	for v := range values {
		if v != "" {
			list = append(list, string(v))
		}
	}
	slices.Sort(list)
	return list
}
