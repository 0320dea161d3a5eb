package events

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile/evtx"
	"github.com/dmplens/dmplens/report"
)

// step is an event of Kernel-LiveDump, so many milliseconds after the start of the capture; values are named.
func step(ms int, id uint16, version uint8, values ...string) Event {
	r := record(time.Duration(ms)*time.Millisecond, providerLiveDump, id, version, values...)
	r.Number = uint64(id)
	r.Channel = providerLiveDump + "/Operational"
	e, _ := FromRecord(r)
	e.File = "live.evtx"
	return e
}

func end(ms int, id uint16, status string, selective int, parameters ...string) Event {
	values := []string{"NTStatus=" + status, "BugcheckCode=353"} // 0x161, in decimal
	for i := range 4 {
		p := "0x0"
		if i < len(parameters) {
			p = parameters[i]
		}
		values = append(values, fmt.Sprintf("BugCheckParameter%d=%s", i+1, p))
	}
	return step(ms, id, 5, append(values, "AbortIfMemoryPressure=0", "DumpCaptureDuration_ms=1900", "SelectiveDump="+strconv.Itoa(selective),
		"DynamicLowMemoryThresholdBytes=0", "AvailablePhysicalMemoryInBytes=8000000000", "TotalPhysicalMemoryInBytes=16000000000", "IOSpaceEnabled=false")...)
}

func written(ms int, id uint16, header, primary, secondary int) Event {
	return step(ms, id, 1, "NTStatus=0x0", fmt.Sprintf("TotalBytes=%d", header+primary+secondary), fmt.Sprintf("HeaderBytes=%d", header),
		fmt.Sprintf("PrimaryDataBytes=%d", primary), fmt.Sprintf("SecondaryDataBytes=%d", secondary), "DumpWriteDuration_ms=700")
}

// sizing and copying are what a capture does between its request and its file.
func sizing(at int) []Event {
	return []Event{
		step(at+1, 101, 1), step(at+2, 102, 0), step(at+3, 103, 0), step(at+10, 104, 0), step(at+30, 105, 0),
		step(at+40, 106, 2, "NtEstimatedRequiredPrimaryDataBytes=1", "NtEstimatedPrimaryDataBytes=5000000", "HvEstimatedPrimaryDataBytes=4096",
			"HvEstimatedSecondaryDataBytes=0", "SkEstimatedPrimaryDataBytes=0", "MemoryEstimationDuration_ms=3", "SystemQuiescedDuration_ms=21"),
		step(at+50, 113, 3, "EstimatedPageCount=1221", "AllocatedPageCount=1300", "AbortWhileBufferAllocation=0"),
		step(at+51, 107, 1, "NtPrimaryDataBytes=6000000", "HvPrimaryDataBytes=4096", "HvSecondaryDataBytes=0", "SkPrimaryDataBytes=0"),
	}
}

func copying(at int) []Event {
	return []Event{
		step(at+100, 151, 0), step(at+101, 152, 0), step(at+102, 153, 0), step(at+110, 154, 0), step(at+119, 156, 0), step(at+180, 157, 0), step(at+190, 155, 0),
		step(at+191, 167, 1, "MemoryCaptureDuration_ms=90", "SystemQuiescedDuration_ms=81"),
	}
}

// one capture by its ends, for tests that say what they expect in a line.
func (c *Capture) line() string {
	return fmt.Sprintf("%d events; %s; step %s; flags %s", len(c.Events), c.Text(), c.Step, strings.Join(c.Flags, "|"))
}

func TestCaptures(t *testing.T) {
	full := slices.Concat([]Event{step(0, 1, 1, "ControlFlags=7", "AddPagesControl=1")}, sizing(0), copying(0),
		[]Event{step(300, 3, 0), written(1000, 4, 0x2000, 0x500000, 0x3000), end(1001, 2, "0x0", 0)})
	minute := 60 * 1000
	stacks := slices.Concat([]Event{step(10*minute, 1, 1, "ControlFlags=16", "AddPagesControl=0")}, sizing(10*minute), copying(10*minute),
		[]Event{step(10*minute+300, 3, 0), written(10*minute+400, 4, 0x2000, 0x100000, 0x3000), end(10*minute+401, 2, "0x0", 1)})
	aborted := slices.Concat([]Event{step(20*minute, 1, 0)}, sizing(20*minute), []Event{step(20*minute+60, 5, 0), end(20*minute+61, 2, "0xc000009a", 0)})
	deferred := slices.Concat([]Event{step(30*minute, 1, 1, "ControlFlags=0", "AddPagesControl=0")}, sizing(30*minute), copying(30*minute),
		[]Event{end(30*minute+300, 2, "0x0", 0, "0x77"),
			step(33*minute, 201, 0), step(33*minute+1, 203, 0), written(33*minute+900, 204, 0x2000, 0x200000, 0x1000), end(33*minute+901, 202, "0x0", 0, "0x77")})
	all := slices.Concat(full, stacks, aborted, deferred)
	want := []string{
		"20 events; live dump captured and written; 0x161 LIVE_SYSTEM_DUMP; 5,263,360 bytes (header 8,192, primary 5,242,880, secondary 12,288); dump storage stack, compressed, user pages, hypervisor pages; the system stood still for 102 ms; step end; flags dump storage stack|compressed|user pages|hypervisor pages",
		"20 events; live dump captured and written; 0x161 LIVE_SYSTEM_DUMP; 1,069,056 bytes (header 8,192, primary 1,048,576, secondary 12,288); kernel stacks only; the system stood still for 102 ms; step end; flags kernel stacks only",
		"11 events; live dump aborted, as memory was short, status 0xc000009a; 0x161 LIVE_SYSTEM_DUMP; the system stood still for 21 ms; step sizing; flags ",
		"22 events; live dump captured, written later; 0x161 LIVE_SYSTEM_DUMP; 2,109,440 bytes (header 8,192, primary 2,097,152, secondary 4,096); the system stood still for 102 ms; step end; flags ",
	}
	check := func(what string, list []Event, want []string) {
		t.Helper()
		var got []string
		for _, c := range Captures(list) {
			got = append(got, c.line())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", what, got, want)
		}
	}
	check("four captures", all, want)
	reversed := slices.Clone(all)
	slices.Reverse(reversed)
	check("the newest first", reversed, want)
	copied := slices.Clone(all)
	for _, e := range all {
		e.File = "copy.evtx"
		copied = append(copied, e)
	}
	check("the log and a copy of it", copied, want)

	c := Captures(all)[0]
	if *c.Estimated != 5004096 || *c.Allocated != 6004096 || c.Lasted != 1900*time.Millisecond || c.Wrote != 700*time.Millisecond || *c.Header != 0x2000 {
		t.Errorf("%+v", c)
	}

	// Of the Operational log alone the steps of the Analytic one are missing; also the request.
	operational := slices.DeleteFunc(slices.Clone(all), func(e Event) bool { return slices.Contains([]uint16{1, 5, 102, 103, 152, 153, 201}, e.ID) })
	check("the Operational log alone", operational, []string{
		"15 events; live dump captured and written; 0x161 LIVE_SYSTEM_DUMP; 5,263,360 bytes (header 8,192, primary 5,242,880, secondary 12,288); the system stood still for 102 ms; step end; flags ",
		"15 events; live dump captured and written; 0x161 LIVE_SYSTEM_DUMP; 1,069,056 bytes (header 8,192, primary 1,048,576, secondary 12,288); kernel stacks only; the system stood still for 102 ms; step end; flags kernel stacks only",
		"7 events; live dump failed, step sizing, status 0xc000009a; 0x161 LIVE_SYSTEM_DUMP; the system stood still for 21 ms; step sizing; flags ",
		"16 events; live dump captured, written later; 0x161 LIVE_SYSTEM_DUMP; 2,109,440 bytes (header 8,192, primary 2,097,152, secondary 4,096); the system stood still for 102 ms; step end; flags ",
	})

	// A machine that went down meanwhile leaves a capture without an end, and the next one is another.
	cut := slices.Concat(full[:12], []Event{told(time.Minute, providerGeneral, 12, 0)}, stacks)
	check("a capture that was cut off", cut, []string{
		"12 events; live dump without an end in the log, last step mirroring; dump storage stack, compressed, user pages, hypervisor pages; the system stood still for 21 ms; step mirroring; flags dump storage stack|compressed|user pages|hypervisor pages",
		want[1]})

	// Old versions have a status alone, and no durations.
	old := []Event{step(0, 1, 0), step(5, 104, 0), step(25, 105, 0), step(30, 154, 0), step(70, 155, 0), step(80, 3, 0),
		step(90, 4, 0, "NTStatus=0xc000007f", "TotalBytes=10", "HeaderBytes=4", "PrimaryDataBytes=5", "SecondaryDataBytes=1"), step(91, 2, 0, "NTStatus=0xc000007f")}
	check("old versions", old, []string{"8 events; live dump failed, step write, status 0xc000007f; 10 bytes (header 4, primary 5, secondary 1); the system stood still for 60 ms; step write; flags "})
	check("thrown away", []Event{step(0, 1, 1), end(5, 2, "0x0", 0), step(9, 251, 0), end(10, 252, "0x0", 0)}, []string{"4 events; live dump captured and discarded; 0x161 LIVE_SYSTEM_DUMP; step end; flags "})
	check("unknown flags", []Event{step(0, 1, 1, "ControlFlags=0x22", "AddPagesControl=8")}, []string{
		"1 events; live dump without an end in the log, last step request; compressed, unknown control flags 0x20, unknown pages 0x8; step request; flags compressed|unknown control flags 0x20|unknown pages 0x8"})
	check("policy alone", []Event{step(0, 271, 0), step(1, 273, 0)}, nil)
	check("a write of what was captured before the log begins", deferred[len(deferred)-4:], []string{"4 events; live dump captured, written later; 0x161 LIVE_SYSTEM_DUMP; 2,109,440 bytes (header 8,192, primary 2,097,152, secondary 4,096); step end; flags "})
	if n := len(Captures([]Event{told(0, "disk", 7, 0, "x")})); n != 0 {
		t.Errorf("%d captures in a log without any", n)
	}
}

// A live dump matches the capture that wrote it, and of what was altered the comparison says which.
func TestMatchCapture(t *testing.T) {
	list := slices.Concat([]Event{step(0, 1, 1, "ControlFlags=6", "AddPagesControl=0")}, sizing(0), copying(0),
		[]Event{step(300, 3, 0), written(1000, 4, 0x2000, 0x500000, 0x3000), end(1001, 2, "0x0", 0)})
	later := slices.Concat(sizing(3600*1000), copying(3600*1000), []Event{written(3601*1000, 4, 0x2000, 0x500000, 0x3000), end(3601*1000+1, 2, "0x0", 0)})
	captures := Captures(append(list, later...))
	d := Facts{Code: 0x161, Known: [4]bool{true, true, true, true}, Captured: stop.Add(115 * time.Millisecond), Header: 0x2000, Primary: 0x500000, Secondary: 0x3000,
		Total: 0x505000, Live: true, Path: "live.dmp", DumpType: 6}
	fields := func(d Facts, captures []Capture) (equal, different []string, got *report.Log) {
		got = Match(d, nil, captures)
		for _, c := range got.Compared {
			if c.Equal != nil && *c.Equal {
				equal = append(equal, c.Field)
			} else if c.Equal != nil {
				different = append(different, c.Field)
			}
		}
		return equal, different, got
	}
	equal, different, got := fields(d, captures)
	if !got.Matched || got.Kind != report.LogCapture || got.Record != 4 || got.Time.Sub(stop) != time.Second || len(different) != 0 ||
		!slices.Equal(equal, []string{"code", "parameter 1", "parameter 2", "parameter 3", "parameter 4", "time", "total", "header", "primary", "secondary"}) {
		t.Errorf("%+v", got)
	}
	var facts []string
	for _, f := range got.Facts {
		facts = append(facts, f.Fact+" @ "+f.Where)
	}
	if want := []string{"a full live dump was asked for, not kernel stacks alone (SelectiveDump is 0) @ live.evtx record 2", "asked for: compressed, user pages @ live.evtx record 1",
		"the capture took 1900 ms @ live.evtx record 2", "the system stood still for 102 ms @ live.evtx record 167", "writing the file took 700 ms @ live.evtx record 4",
		"5,004,096 bytes of memory were estimated, 5,242,880 written @ live.evtx record 106"}; !slices.Equal(facts, want) {
		t.Errorf("got  %q\nwant %q", facts, want)
	}

	page := d // one page more
	page.Primary, page.Total = d.Primary+0x1000, d.Total+0x1000
	if _, different, got := fields(page, captures); !got.Matched || !slices.Equal(different, []string{"total", "primary"}) {
		t.Errorf("one page more: %+v", got)
	}
	second := d // the later capture, by its time
	second.Captured = stop.Add(time.Hour + 115*time.Millisecond)
	if _, _, got := fields(second, captures); !got.Matched || got.Time.Before(stop.Add(time.Hour)) {
		t.Errorf("the later capture: %+v", got)
	}
	const nearest = "no capture in the logs is the one of this dump. The nearest, of 2026-03-04 10:00:00 UTC, has its "
	for what, test := range map[string]struct {
		change func(d *Facts)
		reason string
	}{
		"another code":      {func(d *Facts) { d.Code = 0x1a1 }, nearest + "time, total, header, primary and secondary, but its code is 0x161, not 0x1a1"},
		"another parameter": {func(d *Facts) { d.Parameters[2] = 1 }, nearest + "code, time, total, header, primary and secondary, but its parameter 3 is 0x0, not 0x1"},
		"another time and total": {func(d *Facts) { d.Captured, d.Total = stop.Add(48*time.Hour), 1 },
			nearest + "code, parameters, header, primary and secondary, but is 48.0 hours earlier, its total is 5263360, not 1"},
		"another time, and all sizes":  {func(d *Facts) { d.Captured = stop.Add(48 * time.Hour) }, nearest + "code, parameters, total, header, primary and secondary, but is 48.0 hours earlier"},
		"all of the sizes are another": {func(d *Facts) { d.Total, d.Primary, d.Secondary = 1, 2, 3 }, nearest + "code, parameters, time and header, but its total is 5263360, not 1, "},
		"nothing but the code": {func(d *Facts) {
			d.Captured, d.Total, d.Header, d.Primary, d.Secondary, d.Known = time.Time{}, -1, -1, -1, -1, [4]bool{}
		},
			nearest + "code, but that is not enough to tell"},
		"nothing": {func(d *Facts) {
			*d = Facts{Live: true, Code: 1, Total: 1, Header: 1, Primary: 1, Secondary: 1, Captured: stop.Add(time.Hour * 999)}
		},
			"no capture in the logs has the code, the time or a size of this dump"},
	} {
		other := d
		test.change(&other)
		if _, _, got := fields(other, captures); got.Matched || !strings.HasPrefix(got.Reason, test.reason) {
			t.Errorf("%s: %+v", what, got)
		}
	}

	// Without a code in the log the time alone is nothing; with two sizes it is.
	old := []Event{step(0, 1, 0), step(5, 154, 0), step(300, 2, 0, "NTStatus=0x0")}
	if _, _, got := fields(d, Captures(old)); got.Matched {
		t.Errorf("by time alone: %+v", got)
	}
	old = append(old[:2:2], step(200, 4, 0, "NTStatus=0x0", "TotalBytes=5263360", "HeaderBytes=8192", "PrimaryDataBytes=5242880", "SecondaryDataBytes=12288"), old[2])
	if _, _, got := fields(d, Captures(old)); !got.Matched || got.Reason != "the capture is the one of this dump by time, total, header, primary and secondary" {
		t.Errorf("by time and sizes: %+v", got)
	}
	// A capture that failed wrote nothing: it is not the one of a dump, but where the file is as large.
	aborted := []Event{step(0, 1, 0), step(100, 5, 0), step(300, 2, 5, "NTStatus=0xc0000120", "BugcheckCode=0x161", "BugCheckParameter1=0x0", "BugCheckParameter2=0x0",
		"BugCheckParameter3=0x0", "BugCheckParameter4=0x0")}
	if _, _, got := fields(d, Captures(aborted)); got.Matched {
		t.Errorf("aborted: %+v", got)
	}
	unwritten := append(aborted[:1:1], step(200, 4, 0, "NTStatus=0xc000007f", "TotalBytes=5263360", "HeaderBytes=8192", "PrimaryDataBytes=5242880", "SecondaryDataBytes=12288"), aborted[2])
	if _, _, got := fields(d, Captures(unwritten)); !got.Matched || !strings.HasPrefix(got.Facts[0].Fact, "the log says that it failed") {
		t.Errorf("not written: %+v", got)
	}
	if got := Match(d, []Event{told(0, "disk", 7, 0)}, nil); got.Matched || got.Reason != "the logs hold no capture of a live dump" {
		t.Errorf("no capture: %+v", got)
	}
	if Match(d, nil, nil) != nil {
		t.Error("no log at all")
	}
}

// All 60 events are told, in every version and in a newer one.
func TestLiveDumpTexts(t *testing.T) {
	n := 0
	for id := range uint16(300) {
		for _, v := range []uint8{0, 1, 5, 200} {
			e, _ := FromRecord(&evtx.Record{Provider: "whatever", ProviderGUID: liveDumpGUID, ID: id, Version: v})
			if e.Provider != providerLiveDump || e.Rank != rankLine || e.Text == "" {
				t.Fatalf("%d: %+v", id, e)
			}
			if e.Text != "live dump, an unknown step" {
				n++
				break
			}
		}
	}
	if n != 60 {
		t.Errorf("%d events are told, want 60", n)
	}
}
