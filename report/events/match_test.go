package events

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dumpstack"
	"github.com/dmplens/dmplens/report"
)

func crashed(at time.Duration, text, path string) Event {
	return told(at, providerWER, 1001, 0, "param1="+text, "param2="+path, "param3=id")
}

var stopped = Facts{Code: 0x9f, Parameters: [4]uint64{3, 0xffffa00112233440, 0xfffff8011a2b3c40, 0xffffa00155667700}, Known: [4]bool{true, true, true, true},
	Captured: stop, Total: 1 << 20, Header: 0x2000, Primary: -1, Secondary: 0x4000, DumpType: 4, Path: "/dumps/030426-5515-01.dmp"}

const stoppedText = "0x0000009f (0x0000000000000003, 0xffffa00112233440, 0xfffff8011a2b3c40, 0xffffa00155667700)"

func TestMatchCrash(t *testing.T) {
	memory, minidump := `C:\Windows\MEMORY.DMP`, `C:\Windows\Minidump\030426-5515-01.dmp`
	common := stopped // parameters that any stop of this kind has
	common.Code, common.Parameters = 0xe2, [4]uint64{}
	const commonText = "0x000000e2 (0x0000000000000000, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000)"
	raw := stopped
	raw.Code = 0x1000009f
	filler := stopped
	filler.Known = [4]bool{}
	small := stopped
	small.Path = "host7__030426-5515-01.dmp"
	timeless := func(e Event) Event {
		e.Time = time.Time{}
		return e
	}
	for _, test := range []struct {
		name   string
		dump   Facts
		log    []Event
		record uint64 // 0: no match
		reason string
	}{
		{"next boot", stopped, []Event{crashed(time.Minute, stoppedText, memory)}, 1001000, "the record is the one of this stop by code, parameters and order"},
		{"hours later, by name too", stopped, []Event{crashed(5*time.Hour, stoppedText, minidump)}, 1001000, "code, parameters, order and path"},
		{"bit 28", raw, []Event{crashed(time.Minute, stoppedText, memory)}, 1001000, "code, parameters and order"},
		{"another code", stopped, []Event{crashed(time.Minute, "0x000000a0"+stoppedText[10:], minidump)}, 0, "the only stop that the logs record is another one: 0xa0 (0x3, 0xffff"},
		{"another parameter", stopped, []Event{crashed(time.Minute, strings.Replace(stoppedText, "1a2b", "1a2c", 1), minidump), crashed(2*time.Minute, commonText, memory)}, 0, "none of the 2 stops that the logs record is this one: 0x9f (0x3, 0xffff"},
		{"before the stop", stopped, []Event{crashed(-time.Minute, stoppedText, memory)}, 0, "before this stop"},
		{"log ends before", stopped, []Event{crashed(-time.Minute, commonText, memory)}, 0, "no log covers the time of this stop: 2026-03-04 09:59:00 to"},
		{"no crash", stopped, []Event{told(time.Minute, "disk", 7, 0)}, 0, "the logs record no bug check"},
		{"power loss", Facts{Known: [4]bool{true, true, true, true}, Captured: stop}, []Event{told(time.Second, providerPower, 41, 8, "BugcheckCode=0", "1=0x0", "2=0x0", "3=0x0", "4=0x0")}, 0, "the logs record no bug check"},
		{"Kernel-Power alone", stopped, []Event{told(time.Minute, providerPower, 41, 8, "BugcheckCode=159", "a=0x3", "b=0xffffa00112233440", "c=0xfffff8011a2b3c40", "d=0xffffa00155667700")}, 41008, "code, parameters and order"},
		{"the first of two", stopped, []Event{crashed(9*time.Hour, stoppedText, memory), told(time.Minute, providerWER, 1001, 7, "a="+stoppedText, "b="+memory)}, 1001007, ""},
		{"common, at once", common, []Event{crashed(time.Minute, commonText, memory)}, 1001000, "other stops can have the same parameters"},
		{"common, days later", common, []Event{crashed(50*time.Hour, commonText, memory)}, 0, ""},
		{"common, days later, by name", common, []Event{crashed(50*time.Hour, commonText, minidump)}, 1001000, "path"},
		{"filler", filler, []Event{crashed(time.Minute, stoppedText, minidump)}, 0, ""},
		{"a year later", stopped, []Event{crashed(366*24*time.Hour, stoppedText, memory)}, 0, "a stop with this code and these parameters is recorded, but 366 days after this stop"},
		{"a year later, by name", stopped, []Event{crashed(366*24*time.Hour, stoppedText, minidump)}, 1001000, "path"},
		{"common, a week later", common, []Event{crashed(7*24*time.Hour, commonText, memory)}, 0, "7 days after this stop, and other stops can have them too"},
		{"a small number is no address", Facts{Code: 0x9f, Parameters: [4]uint64{3, 0x12345678}, Known: [4]bool{true, true, true, true}, Captured: stop},
			[]Event{crashed(7*24*time.Hour, "0x0000009f (0x3, 0x12345678, 0x0, 0x0)", memory)}, 0, "other stops can have them too"},
		{"another small dump of the day", small, []Event{crashed(time.Minute, stoppedText, `C:\Windows\Minidump\030426-9999-01.dmp`)}, 0, "with a dump of another name: 030426-9999-01.dmp"},
		{"its own name, behind that of a machine", small, []Event{crashed(time.Minute, stoppedText, `C:\Windows\Minidump\030426-5515-01.dmp`)}, 1001000, "path"},
		{"without a time", stopped, []Event{timeless(crashed(time.Minute, stoppedText, memory))}, 1001000, "by code and parameters"},
		{"common, without a time", common, []Event{timeless(crashed(time.Minute, commonText, memory))}, 0, "and the time is not known"},
		{"another file's name", stopped, []Event{crashed(time.Minute, stoppedText, `C:\Windows\Minidump\other.dmp`)}, 1001000, "code, parameters and order"},
	} {
		got := Match(test.dump, test.log, nil)
		if got == nil || got.Kind != report.LogCrash || got.Matched != (test.record != 0) || got.Record != test.record || !strings.Contains(got.Reason, test.reason) {
			t.Errorf("%s: %+v", test.name, got)
			continue
		}
		if got.Matched && (got.File != "System.evtx" || got.Time == nil && !test.log[0].Time.IsZero() || len(got.Compared) < 6 || differs(got.Compared, "")) {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}

func TestMatchDumpStack(t *testing.T) {
	code, total, secondary := uint32(0x9f), uint64(1<<20), uint64(0x4000)
	log := dumpstack.Log{Type: 4, Total: &total, Secondary: &secondary, Code: &code, Time: stop, Elapsed: time.Second, Completed: true}
	for i := range log.Parameters {
		log.Parameters[i] = &stopped.Parameters[i]
	}
	told := func(l dumpstack.Log) []Event {
		list := FromDumpStack(&l)
		for i := range list {
			list[i].File = "DumpStack.log"
		}
		return list
	}
	got := Match(stopped, told(log), nil)
	if !got.Matched || got.File != "DumpStack.log" || got.Reason != "the DumpStack.log is the one of this stop by code, parameters, dump type, total and secondary" || differs(got.Compared, "") {
		t.Errorf("%+v", got)
	}
	// With an event log beside it, that is what matches, and the DumpStack.log is compared too.
	got = Match(stopped, append(told(log), crashed(time.Hour, stoppedText, `C:\Windows\MEMORY.DMP`)), nil)
	if !got.Matched || got.File != "System.evtx" || !agrees(got.Compared, "total") || !agrees(got.Compared, "order") || len(got.Facts) != 4 || !strings.Contains(got.Facts[0].Fact, "MEMORY.DMP") {
		t.Errorf("%+v", got)
	}
	// A small dump that was made later of the dump that the log is about.
	larger := log
	larger.Type = 6
	big := uint64(1 << 30)
	larger.Total = &big
	if got = Match(stopped, told(larger), nil); !got.Matched || !differs(got.Compared, "dump type") || !differs(got.Compared, "total") {
		t.Errorf("%+v", got)
	}
	// Without a code: type, sizes and time together, and none of them alone.
	bare := log
	bare.Code, bare.Parameters = nil, [4]*uint64{}
	if got = Match(stopped, told(bare), nil); !got.Matched {
		t.Errorf("without a code: %+v", got)
	}
	late := bare
	late.Time = stop.Add(time.Minute)
	other := bare
	other.Total = &big
	for _, l := range []dumpstack.Log{late, other} {
		if got = Match(stopped, told(l), nil); got.Matched || len(got.Compared) != 0 {
			t.Errorf("without a code, and not all of the rest: %+v", got)
		}
	}
	wrong := log
	wrong.Parameters[1] = &total
	if got = Match(stopped, told(wrong), nil); got.Matched {
		t.Errorf("another stop: %+v", got)
	}
}

// Events of the dump that the log lacks are said only where the log reaches over the stop.
func TestLacks(t *testing.T) {
	own := []Event{told(-time.Second, providerPower, 42, 0, "4", "4"), told(-2*time.Second, "disk", 7, 0, "x"), told(-2*time.Second, "disk", 7, 0, "x"), told(-3*time.Second, "noise", 7, 0, "x")}
	for i := range own {
		own[i].Source, own[i].File, own[i].Unflushed = report.EventFromDump, "", true
	}
	written := told(-4*time.Second, providerPower, 42, 0, "4", "4") // a log that lacks it is a part of one
	written.Source, written.File = report.EventFromDump, ""
	own = append(own, written)
	wifi := own[0]
	wifi.System = false
	about := own[0]
	about.About = true
	own = append(own, wifi, about)
	lacks := func(log ...Event) (texts []string, facts int) {
		got := Match(stopped, slices.Concat(own, log), nil)
		for _, e := range got.Lacks {
			texts = append(texts, e.Text)
		}
		return texts, len(got.Facts)
	}
	first, crash := told(-time.Hour, providerGeneral, 12, 0), crashed(time.Hour, stoppedText, "")
	if got, facts := lacks(first, told(-2*time.Second, "disk", 7, 0, "x"), crash); !slices.Equal(got, []string{"sleep begins (S3)"}) || facts != 2 {
		t.Errorf("got %q, %d facts", got, facts)
	}
	if got, _ := lacks(crash); got != nil {
		t.Errorf("a log that begins after the stop lacks %q", got)
	}
	if got, _ := lacks(first, crashed(-time.Minute, stoppedText, "")); got != nil {
		t.Errorf("a log that ends before the stop lacks %q", got)
	}
}
