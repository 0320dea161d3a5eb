package page

import (
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/report"
)

// plain is the text of the rows and tables of a section, a line each.
func plain(s Section) string {
	var b strings.Builder
	for _, e := range s {
		switch e := undrawn(e).(type) {
		case Row:
			b.WriteString(e.Label + "|" + e.Value + "\n")
		case Table:
			for _, cells := range e.Rows {
				b.WriteString(e.Label + "|" + strings.Join(cells, "|") + "\n")
			}
		}
	}
	return b.String()
}

func TestBefore(t *testing.T) {
	event := func(seconds float64, text string) report.Event {
		return report.Event{SecondsBefore: &seconds, Text: text, Source: report.EventFromDump}
	}
	twice, about, logged := event(39, "disk did not answer"), event(2.44, "reset"), event(1, "of a log")
	twice.Count, about.About, about.Unflushed, logged.Source = 2, true, true, report.EventFromLog
	r := &report.Report{Events: []report.Event{event(300, "update installed"), twice, about, event(0.0034, "sleep begins"), event(-0.0001, "sleep ends"), logged, {Text: "without a time", Source: report.EventFromDump}}}
	var s Section
	s.before(r)
	want := "Before|5 min|update installed\nBefore|39 s|disk did not answer, 2 times\nBefore|about 2.4 s|reset\nBefore|3 ms|sleep begins\nBefore|less than 1 ms|sleep ends\n" +
		"|before the stop, by the event buffers in the dump; the event log may lack the last ones\n"
	if got := plain(s); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	r.Events[1].Private = []report.EventField{{Name: "Serial", Value: "S1"}, {Value: "x"}}
	s = nil
	if s.before(r); !strings.Contains(plain(s), "Before|39 s|disk did not answer, 2 times {Serial=S1; 2=x}\n") {
		t.Errorf("with what is private: %s", plain(s))
	}
	r.Origin = &report.Origin{Kind: report.KindLive}
	s = nil
	if s.before(r); !strings.Contains(plain(s), "before the capture") {
		t.Errorf("of a live dump: %s", plain(s))
	}
	s = nil
	if s.before(&report.Report{}); len(s) != 0 {
		t.Errorf("without events: %s", plain(s))
	}
}

func TestAgo(t *testing.T) {
	for _, test := range []struct {
		seconds float64
		about   bool
		want    string
	}{
		{-0.0002, false, "less than 1 ms"}, {0, false, "less than 1 ms"}, {0.001, false, "1 ms"}, {0.0099, false, "10 ms"}, {0.01, false, "0.01 s"},
		{0.353, false, "0.35 s"}, {12.4, false, "12 s"}, {514, false, "9 min"}, {2.44, true, "about 2.4 s"}, {0.003, true, "about 0 s"}, {-20, true, "about 0 s"},
	} {
		if got := ago(test.seconds, test.about); got != test.want {
			t.Errorf("%v: %q, want %q", test.seconds, got, test.want)
		}
	}
}

func TestLog(t *testing.T) {
	at := time.Date(2025, 3, 14, 13, 0, 0, 0, time.UTC)
	r := &report.Report{Log: &report.Log{
		Matched: true, Reason: "the record is the one of this stop by code", File: "System.evtx", Record: 77, Time: &at,
		Compared: []report.Compared{{Field: "code", Dump: "0xd1", Log: "0xd1", Equal: new(true)}, {Field: "total", Dump: "1", Log: "2", Equal: new(false)}, {Field: "time"}},
		Facts:    []report.Fact{{Fact: "a"}, {Fact: "b"}, {Fact: "c"}, {Fact: "d"}, {Fact: "e"}, {Fact: "f"}},
		Lacks:    []report.Event{{Text: "sleep begins"}},
	}}
	const begin = "Logs|System.evtx, record 77, 2025-03-14 13:00:00 UTC: the record is the one of this stop by code\n|but total is 1 in the dump and 2 in the log\n|a\n|b\n|c\n|d\n"
	const end = "|not in the log, which had not been written yet: sleep begins\n"
	for verbose, want := range map[bool]string{false: begin + "|and 2 more, see --verbose\n" + end, true: begin + "|e\n|f\n" + end} {
		var s Section
		if s.log(r, verbose); plain(s) != want {
			t.Errorf("verbose %v: got\n%swant\n%s", verbose, plain(s), want)
		}
	}
	r.Log = &report.Log{Reason: "the logs end before this stop"}
	var s Section
	if s.log(r, false); plain(s) != "Logs|no match: the logs end before this stop\n" {
		t.Errorf("no match: %s", plain(s))
	}
}

// Equal lines are one with a count, but each stop counts.
func TestEventsFoldsRepeats(t *testing.T) {
	at := func(m int) *time.Time { return new(time.Date(2025, 3, 14, 9, m, 0, 0, time.UTC)) }
	list := &report.EventList{Logs: []report.EventLog{{Path: "System.evtx", Source: report.EventFromLog, Read: 9}}, Events: []report.Event{
		{Time: at(0), Kind: report.EventInstall, Text: "a driver", Provider: "x", ID: 1, Record: 1},
		{Time: at(1), Kind: report.EventInstall, Text: "a driver", Provider: "x", ID: 1, Record: 2},
		{Time: at(2), Kind: report.EventCrash, Text: "a stop", Provider: "x", ID: 2, Record: 3},
		{Time: at(3), Kind: report.EventCrash, Text: "a stop", Provider: "x", ID: 2, Record: 4},
	}}
	rows := Events(list).Sections[0][0].(Table).Rows
	if len(rows) != 3 || rows[0][2] != "a driver, 2 times until 09:01:00 [record 1, x 1]" || rows[2][2] != "a stop [record 4, x 2]" {
		t.Errorf("%q", rows)
	}
	list.All = true
	if rows := Events(list).Sections[0][0].(Table).Rows; len(rows) != 4 {
		t.Errorf("with all: %q", rows)
	}
}
