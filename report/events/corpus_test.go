package events

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/etw"
	"github.com/dmplens/dmplens/dmpfile/evtx"
	"github.com/dmplens/dmplens/report"
)

// corpus returns the folder of real dumps and logs, which is no part of the repository.
func corpus(t testing.TB) string {
	dir := os.Getenv("DMPLENS_CORPUS")
	if dir == "" {
		t.Skip("NO REAL DUMPS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	return dir
}

// dumpEvents reads the events and the facts of a dump.
func dumpEvents(t *testing.T, name string) (list []Event, d Facts) {
	t.Helper()
	f, err := dmpfile.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d = Facts{Path: name, Total: f.Size(), Header: -1, Primary: -1, Secondary: -1}
	d.Code, _ = f.Header.BugCheckCode()
	for i := range d.Parameters {
		d.Parameters[i], d.Known[i] = f.Header.BugCheckParameter(i + 1)
	}
	d.Captured, _ = f.Header.SystemTime()
	kind, _ := f.Header.DumpType()
	d.DumpType = int(kind)
	for _, s := range f.Secondary().Streams {
		if s.GUID.String() != etw.StreamGUID {
			continue
		}
		b := make([]byte, s.Size)
		if _, err := f.ReadAt(b, s.Offset); err != nil {
			t.Fatal(err)
		}
		log, err := etw.ReadStream(b)
		if err != nil {
			t.Fatal(err)
		}
		for e, err := range log.Events() {
			if err != nil {
				t.Fatal(err)
			}
			got, _ := FromETW(e, "")
			if got.Rank > 0 && !Tells(e) {
				t.Errorf("%s: an event that tells something is said not to: %+v", name, got)
			}
			list = append(list, got)
		}
	}
	return list, d
}

func logEvents(t testing.TB, name string) (list []Event) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, _ := f.Stat()
	log, err := evtx.NewFile(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range log.Records(nil) {
		if err != nil {
			t.Fatal(err)
		}
		e, _ := FromRecord(r)
		e.File = filepath.Base(name)
		list = append(list, e)
	}
	return list
}

// What each dump of the corpus says of its last minutes, read beside its raw events. A dump that is not here says nothing.
var wantBefore = map[string][]string{
	"DAIMUVG__Minidumps__102622-12000-01.dmp": {`-38.793 storage-error storahci reports a time-out: "Device Start Fail:DET Timeout" x2`},
	"NoamHuang__dell__040124-5218-01.dmp": {
		"-107.259 install update installed: Microsoft Defender Antivirus *",
		"-107.250 install driver MpKsldb35c2ab installed (MpKslDrv.sys)"},
	"NoamHuang__dell__040124-5515-01.dmp":   {"-0.353 power sleep begins (S3, and a hibernation file in case the power goes)"},
	"ojusha__help__100623-6156-01.dmp":      {"-20.261 install driver MpKsl51f567fb installed (MpKslDrv.sys)"},
	"r-Techsupport__training_bsods__1e.dmp": {"-114.243 service-failure service EWCService ended unexpectedly; times so far: 1"},
	"r-Techsupport__training_bsods__116_0.dmp": {
		"-3.077 display-reset nvlddmkm begins to reset the display adapter (TDR)",
		"-2.442 display-reset nvlddmkm reset the display adapter (TDR)"},
	"r-Techsupport__training_bsods__7e_1.dmp": {
		"-2.751 install display driver nvlddmkm installed (nvlddmkm.sys)",
		`-1.839 install driver nvlddmkm added to PCI\VEN_10DE&DEV_1F0A&SUBSYS_88D81043&REV_A1`,
		"-1.837 install service NVIDIA Display Container LS installed (NVDisplay.Container.exe)",
		`-1.742 install service NVDisplay.ContainerLocalSystem added to PCI\VEN_10DE&DEV_1F0A&SUBSYS_88D81043&REV_A1`},
	"r-Techsupport__training_bsods__9f.dmp": {"-29.348 service-failure the DCOM server {AB8902B4-09CA-4BB6-B78D-A8F59079A8D5} did not answer in time"},
	"rizinorg__rizin-testbins__triage_x64.dmp": {
		`-2.411 storage-error storahci reports a time-out: "Device Start Fail:DET Timeout" x2`,
		`-2.282 storage-error stornvme reports "NVMe Read Error"`},
}

func TestCorpusBefore(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(corpus(t), "dumps", "*.dmp"))
	if err != nil || len(names) == 0 {
		t.Fatal("no dumps", err)
	}
	streams := 0
	for _, name := range names {
		list, d := dumpEvents(t, name)
		if len(list) > 0 {
			streams++
		}
		var got []string
		for _, e := range Before(list, d.Captured) {
			s := fmt.Sprintf("%.3f %s %s", e.Time.Sub(d.Captured).Seconds(), e.Kind, e.Text)
			if e.Count > 1 {
				s += fmt.Sprintf(" x%d", e.Count)
			}
			got = append(got, s)
		}
		want := wantBefore[filepath.Base(name)]
		if !slices.EqualFunc(got, want, func(g, w string) bool {
			head, open := strings.CutSuffix(w, "*")
			return g == w || open && strings.HasPrefix(g, head)
		}) {
			t.Errorf("%s:\ngot  %q\nwant %q", filepath.Base(name), got, want)
		}
	}
	if streams != 17 {
		t.Errorf("%d dumps have events, want 17", streams)
	}
}

func TestCorpusMatch(t *testing.T) {
	dir := corpus(t)
	log := logEvents(t, filepath.Join(dir, "evtx", "NoamHuang__dell__system_eventlog.evtx"))
	for _, test := range []struct {
		dump           string
		record, second uint64
		delay          time.Duration
		shared         string
		lacks          []string
	}{
		{"NoamHuang__dell__040124-5515-01.dmp", 798, 742, 4*time.Hour + 32*time.Minute, "", []string{"sleep begins (S3, and a hibernation file in case the power goes)"}},
		{"NoamHuang__dell__040124-5218-01.dmp", 943, 887, 0, "record 863, 864", nil},
	} {
		own, d := dumpEvents(t, filepath.Join(dir, "dumps", test.dump))
		d.Path = strings.TrimPrefix(test.dump, "NoamHuang__dell__")
		got := Match(d, append(own, log...), nil)
		if got == nil || !got.Matched || got.Record != test.record || got.Kind != report.LogCrash {
			t.Fatalf("%s: %+v", test.dump, got)
		}
		if late := got.Time.Sub(d.Captured); late.Truncate(time.Minute) != test.delay {
			t.Errorf("%s: recorded %v after the stop", test.dump, late)
		}
		equal := map[string]bool{}
		for _, c := range got.Compared {
			if c.Equal != nil {
				equal[c.Field] = *c.Equal
			}
		}
		for _, f := range []string{"code", "parameter 1", "parameter 2", "parameter 3", "parameter 4", "order"} {
			if !equal[f] {
				t.Errorf("%s: %s is not equal: %+v", test.dump, f, got.Compared)
			}
		}
		places := ""
		second := false
		for _, f := range got.Facts {
			if strings.Contains(f.Fact, "stand") && strings.HasPrefix(f.Where, "record ") {
				places = f.Where
			}
			second = second || strings.Contains(f.Where, fmt.Sprint(test.second))
		}
		if places != test.shared || !second {
			t.Errorf("%s: facts %+v", test.dump, got.Facts)
		}
		var lacks []string
		for _, e := range got.Lacks {
			lacks = append(lacks, e.Text)
		}
		if !slices.Equal(lacks, test.lacks) {
			t.Errorf("%s: the log lacks %q, want %q", test.dump, lacks, test.lacks)
		}
	}

	// No other dump matches any log.
	names, _ := filepath.Glob(filepath.Join(dir, "dumps", "*.dmp"))
	logs, _ := filepath.Glob(filepath.Join(dir, "evtx", "*.evtx"))
	for _, log := range logs {
		events := logEvents(t, log)
		for _, name := range names {
			if strings.Contains(name, "NoamHuang") && strings.Contains(log, "NoamHuang") {
				continue
			}
			own, d := dumpEvents(t, name)
			if got := Match(d, append(own, events...), Captures(events)); got == nil || got.Matched || got.Reason == "" {
				t.Errorf("%s and %s: %+v", filepath.Base(name), filepath.Base(log), got)
			}
		}
	}
}

// A record of a crash whose dump is not there belongs to none, and what a machine does in the logs is told.
func TestCorpusLog(t *testing.T) {
	list := logEvents(t, filepath.Join(corpus(t), "evtx", "NoamHuang__dell__system_eventlog.evtx"))
	byRecord := map[uint64]Event{}
	for _, e := range list {
		byRecord[e.Record] = e
	}
	for record, want := range map[uint64]string{
		595: "Windows started after bug check 0x133 DPC_WATCHDOG_VIOLATION (0x1, 0x1e00, 0xfffff800576fb320, 0x0)",
		663: "Windows had restarted after bug check 0x133 DPC_WATCHDOG_VIOLATION (0x1, 0x1e00, 0xfffff800576fb320, 0x0); dump MEMORY.DMP",
		798: "Windows had restarted after bug check 0x1c7 STORE_DATA_STRUCTURE_CORRUPTION (0x0, 0xffff85824e1b8000, 0xa9e69d15, 0x2268da); dump 040124-5515-01.dmp",
		831: "shutdown for a fast start begins (the kernel hibernates)",
		833: "Windows resumed from hibernation",
		174: "the DCOM server {A47979D2-C419-11D9-A5B4-001185AD2B89} did not answer in time",
		689: "service Dell SupportAssist ended unexpectedly; times so far: 1",
		16:  "the file system on C: is healthy",
		280: "",
	} {
		if got := byRecord[record].Text; got != want {
			t.Errorf("record %d: %q, want %q", record, got, want)
		}
	}
	list = logEvents(t, filepath.Join(corpus(t), "evtx", "log2timeline__plaso__System-b.evtx"))
	var kinds []string
	for _, e := range list {
		if e.Rank == rankCrash {
			kinds = append(kinds, fmt.Sprint(e.Record, " ", e.Kind, " ", e.Text))
		}
	}
	want := []string{
		"13388 crash the shutdown before this start was unexpected; last sign of life in the event log 2012-04-06 13:59:13 UTC",
		"13392 crash Windows started after bug check 0x10001 (0x0, 0x0, 0x0, 0x0)",
		"13423 crash Windows had restarted after bug check 0x10001 (0x0, 0x0, 0x0, 0x0); dump MEMORY.DMP",
		"13530 crash the shutdown before this start was unexpected; last sign of life in the event log *",
		"13534 power-loss Windows started after it had stopped without a shutdown and without a bug check: power loss, reset or hang",
	}
	if !slices.EqualFunc(kinds, want, func(g, w string) bool {
		head, open := strings.CutSuffix(w, "*")
		return g == w || open && strings.HasPrefix(g, head)
	}) {
		t.Errorf("got  %q\nwant %q", kinds, want)
	}
}
