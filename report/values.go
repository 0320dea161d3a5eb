package report

import (
	"maps"
	"slices"
)

// Values returns the words that a name of the record can have, nil where there is no list of those; of lists by the names of what is in
// them, as in findings.id.
func Values(name string) []string {
	switch name {
	case "dump.format":
		return words(maps.Keys(formatPhrases()))
	case "origin.confidence":
		return words(slices.Values(Confidences))
	case "origin.kind":
		return words(maps.Keys(kindPhrases))
	case "origin.source":
		return words(maps.Keys(sourcePhrases()))
	case "origin.writer":
		return words(maps.Keys(writerPhrases()))
	case "findings.id":
		return words(maps.Keys(nextSteps()))
	case "suspect.confidence":
		return words(slices.Values(Confidences))
	case "fault.verdict":
		return words(maps.Keys(faultVerdictPhrases))
	case "findings.severity":
		return words(slices.Values([]Severity{SeverityInfo, SeverityWarning, SeverityError}))
	case "verdict":
		return words(slices.Values(verdicts))
	}
	return nil
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
