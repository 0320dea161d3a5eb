package analyze

import (
	"bytes"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
)

// FuzzKernelReport changes words of the memory of live dumps, and looks at the whole report.
func FuzzKernelReport(f *testing.F) {
	var dumps []dmptest.Fuzzed
	for i, b := range []*dmptest.Build{dmptest.Build26100, dmptest.Build19041} {
		s := liveSystem("Taskmgr.exe", 6)
		s.Build, s.Encoded = b, i == 1
		s.Header.Params = [4]uint64{taskmgr}
		s.Header.Context = new(s.Registers(0))
		dumps = append(dumps, dmptest.NewFuzzed(s.Bitmap(s.Space()).Image().Data()))
		f.Add(uint8(i), []byte{})
		f.Add(uint8(i), []byte{7, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0x80, 9, 1, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF})
	}
	f.Fuzz(func(t *testing.T, which uint8, changes []byte) {
		data := dumps[int(which)%len(dumps)].Change(changes)
		r, err := new(Analyzer).Report(Reader(bytes.NewReader(data), int64(len(data)), report.File{Path: "x.dmp"}))
		if err != nil {
			t.Fatal(err)
		}
		if r.Bugcheck == nil || r.Verdict == "" || r.Verdict == report.NotADump {
			t.Fatalf("%s, %+v", r.Verdict, r.Bugcheck)
		}
		for _, c := range r.Contents {
			if c.Pages != nil && *c.Pages > *c.Of {
				t.Fatalf("%+v", c)
			}
		}
	})
}
