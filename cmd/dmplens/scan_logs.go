package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/events"
)

// matchedRecords are the records of logs that the dumps of a scan belong to.
type matchedRecords struct {
	seen map[place]bool
}

type place struct {
	file   string
	record uint64
}

func (m *matchedRecords) add(r *report.Report) {
	if r.Log == nil || !r.Log.Matched {
		return
	}
	if m.seen == nil {
		m.seen = map[place]bool{}
	}
	m.seen[place{r.Log.File, r.Log.Record}] = true
}

// maxWithout is how many stops without a dump are said one by one.
const maxWithout = 10

// without says which stops that logs record have no dump.
func (m *matchedRecords) without(stops []events.Stop) (sentences []string) {
	stops = slices.DeleteFunc(stops, func(s events.Stop) bool {
		return slices.ContainsFunc(s.Records, func(r events.Record) bool { return m.seen[place{r.File, r.Number}] })
	})
	for _, s := range stops[:min(len(stops), maxWithout)] {
		r := s.Records[0]
		where := r.File
		if r.Number != 0 {
			where += fmt.Sprintf(", record %d", r.Number)
		}
		sentences = append(sentences, fmt.Sprintf("no dump here is of the bug check %s: %s, %s UTC", s.Text, where, s.Time.UTC().Format(time.DateTime)))
	}
	if n := len(stops) - maxWithout; n > 0 {
		sentences = append(sentences, fmt.Sprintf("nor of %d more that the logs record", n))
	}
	return sentences
}
