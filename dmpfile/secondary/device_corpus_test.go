package secondary

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
)

// corpusStream is a stream of a real dump.
type corpusStream struct {
	dump string
	file *dmpfile.File
	dmpfile.Stream
	data []byte
}

// corpus returns the streams of the dumps in the directory DMPLENS_CORPUS that have a tag, those of all tags where it is "".
func corpus(t *testing.T, tag string) []corpusStream {
	t.Helper()
	dir := os.Getenv("DMPLENS_CORPUS")
	if dir == "" {
		t.Skip("NO REAL DUMPS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	paths, err := filepath.Glob(filepath.Join(dir, "dumps", "*.dmp"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no dumps in %s: %v", dir, err)
	}
	var streams []corpusStream
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		f, err := dmpfile.NewFile(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		for _, s := range f.Secondary().Streams {
			if tag == "" || s.GUID.String()[:8] == tag {
				streams = append(streams, corpusStream{filepath.Base(p), f, s, b[s.Offset : s.Offset+s.Size]})
			}
		}
	}
	return streams
}

// wholeTags are the tags of which every stream of the corpus must be understood whole.
var wholeTags = []string{"9276c055", "da82441d", "270a33fd", "f87e4a4c", "54c84888", "2b4ae195", "0d910545", "fe96ddbf", "d6d379dc", "10ec8168", "019c061a",
	"335d5e04", "0f81ec00", "21ba7b61", "67fc721a", "35c39fc3"}

func TestCorpusStreams(t *testing.T) {
	type count struct{ streams, whole, stopped int }
	counts := map[string]*count{}
	for _, s := range corpus(t, "") {
		if !Known(s.GUID) {
			continue
		}
		tag := s.GUID.String()[:13]
		if counts[tag] == nil {
			counts[tag] = &count{}
		}
		c := counts[tag]
		c.streams++
		v, n, err := Decode(s.GUID, s.data)
		if v == nil {
			t.Errorf("%s: %s: no value", s.dump, tag)
			continue
		}
		v.Fields()
		if err == nil && n == len(s.data) {
			c.whole++
			continue
		}
		c.stopped++
		if err == nil || n >= len(s.data) && n > 0 || slices.Contains(wholeTags, tag[:8]) {
			t.Errorf("%s: %s: %d of %d bytes, %v", s.dump, tag, n, len(s.data), err)
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(counts)) {
		c := counts[tag]
		t.Logf("%s  %3d streams  %3d whole  %3d stopped", tag, c.streams, c.whole, c.stopped)
	}
}

// only returns the one stream with a tag of a dump.
func only(t *testing.T, dump, tag string) corpusStream {
	t.Helper()
	for _, s := range corpus(t, tag) {
		if strings.Contains(s.dump, dump) {
			return s
		}
	}
	t.Fatalf("%s has no stream %s", dump, tag)
	return corpusStream{}
}

// A driver did not finish a change of the power state; the disk took 20 s for a write and a flush, half a minute before the stop.
func TestCorpusStorage(t *testing.T) {
	s9f := only(t, "__9f.dmp", "da82441d")
	s, _, err := ReadStorage(s9f.data)
	if err != nil {
		t.Fatal(err)
	}
	stop, ok := s9f.file.SystemTime()
	if !ok {
		t.Fatal("no time of the stop")
	}
	var slow []string
	for i := range s.Requests {
		q := &s.Requests[i]
		if q.Duration > time.Second {
			before, _ := s.Ended(q, stop, 0)
			slow = append(slow, fmt.Sprintf("%s %.1f s, ended %.1f s before the stop", q.Operation, q.Duration.Seconds(), before.Seconds()))
		}
	}
	expectEqual(t, "slow requests", slow, []string{"flush 20.0 s, ended 32.4 s before the stop", "write 20.2 s, ended 32.4 s before the stop"})
	// Every clock is what it is taken for: the newest sign of life is before the stop, and near it; 25 minutes where the stream is of an idle adapter.
	for _, c := range corpus(t, "da82441d") {
		s, _, _ := ReadStorage(c.data)
		stop, _ := c.file.SystemTime()
		uptime, _ := c.file.SystemUpTime()
		var newest time.Duration
		var unfinished int
		for i := range s.Requests {
			q := &s.Requests[i]
			for _, f := range []func(*StorageRequest, time.Time, time.Duration) (time.Duration, bool){s.Started, s.Ended} {
				if d, ok := f(q, stop, uptime); ok && (newest == 0 || d < newest) {
					newest = d
				}
			}
			if !q.Finished {
				unfinished++
			}
			if q.Failed {
				t.Errorf("%s: a request failed: %s", c.dump, q.StatusName)
			}
		}
		t.Logf("%-50s %s %d requests, %d without an end, the newest sign of life %v before the stop", c.dump, s.Signature, len(s.Requests), unfinished, newest)
		if newest < -time.Minute || newest > 30*time.Minute {
			t.Errorf("%s: the newest request is %v before the stop", c.dump, newest)
		}
	}
}

func TestCorpusDisplay(t *testing.T) {
	s := only(t, "__116_0.dmp", "270a33fd")
	d, _, err := ReadDisplay(s.data)
	if err != nil || d.TimeOut == nil {
		t.Fatalf("%+v, %v", d, err)
	}
	uptime, _ := s.file.SystemUpTime()
	before := (uptime - d.TimeOut.SinceBoot()).Round(time.Second)
	if d.TimeOut.Reason != "TdrEngineTimeoutPromotedToAdapterReset" || d.TimeOut.Node != 13 || before != 3*time.Second {
		t.Errorf("%+v, %v before the stop", d.TimeOut, before)
	}
	if last := d.Adapters[len(d.Adapters)-1]; last.ID() != "10de:1f0a" {
		t.Errorf("adapter %s", last.ID())
	}
}

func TestCorpusSmall(t *testing.T) {
	if d, _, _ := ReadBlamed(only(t, "__3b_0.dmp", "fe96ddbf").data); d.Driver != "win32kfull.sys" {
		t.Errorf("Windows names %q", d.Driver)
	}
	s := only(t, "040124-5515-01", "d6d379dc")
	p, _, err := ReadStorePage(s.data)
	for i, v := range []uint64{uint64(p.Address), p.Parameter3, p.Parameter4} {
		if want, ok := s.file.BugCheckParameter(i + 2); !ok || v != want {
			t.Errorf("parameter %d is %#x, the stop has %#x", i+2, v, want)
		}
	}
	if err != nil || len(p.Page) != 4096 {
		t.Errorf("a page of %d bytes, %v", len(p.Page), err)
	}
	for dump, want := range map[string]string{"__9f.dmp": "566.36", "triage_x64": "461.09"} {
		if d, _, _ := ReadNVIDIA(only(t, dump, "bf2297dc").data); d.Version != want {
			t.Errorf("%s: NVIDIA driver %q", dump, d.Version)
		}
	}
}

// The memory in the sections is memory of the dump.
func TestCorpusSections(t *testing.T) {
	for _, s := range corpus(t, "0d910545") {
		sections, _, err := ReadSections(s.data)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range sections.Sections {
			for _, m := range section.Blocks {
				p := make([]byte, len(m.Data))
				if n, err := s.file.Triage.ReadVirtual(p, m.VA); err != nil || !bytes.Equal(p, m.Data) {
					t.Errorf("%s: %s: %d of %d bytes at %#x, %v; equal: %v", s.dump, section.Name, n, len(p), m.VA, err, bytes.Equal(p, m.Data))
				}
			}
		}
	}
}

// Devices are where they can be, and most have what every device has.
func TestCorpusPCI(t *testing.T) {
	devices, express, powered, reporting, gone := 0, 0, 0, 0, 0
	for _, s := range corpus(t, "9276c055") {
		p, _, _ := ReadPCI(s.data)
		seen := map[string]bool{}
		for i := range p.Devices {
			d := &p.Devices[i]
			if seen[d.Location()] {
				t.Errorf("%s: %s twice", s.dump, d.Location())
			}
			seen[d.Location()] = true
			devices++
			switch {
			case d.Gone:
				gone++
			case d.Class == 0 || d.Vendor == 0 || d.HeaderType > 1:
				t.Errorf("%s: %+v", s.dump, d)
			}
			if d.Express != nil {
				express++
			}
			if d.Power != "" {
				powered++
			}
			if d.AER != nil {
				reporting++
			}
			if l := d.Link; l.Speed > l.MaxSpeed || l.Width > l.MaxWidth || l.MaxSpeed > 6 {
				t.Errorf("%s: %s: link %+v", s.dump, d.Location(), l)
			}
			if d.AER != nil && d.AER.Real() {
				uncorrectable, correctable := d.AER.Errors()
				t.Logf("%s: %s %s: %v, %v", s.dump, d.Location(), pciID(d.Vendor, d.DeviceID), uncorrectable, correctable)
			}
		}
	}
	t.Logf("%d functions, %d PCI Express, %d with power, %d with error reporting, %d gone", devices, express, powered, reporting, gone)
}
