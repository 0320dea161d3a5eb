package analyze

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
)

// TestReset has one Dump that reports on file after file, each of them whole and cut, in the memory of the one before: its reports are those
// of a new one, and stay as they are.
func TestReset(t *testing.T) {
	samples := dmptest.Samples()
	names, _ := filepath.Glob(filepath.Join(os.Getenv("DMPLENS_CORPUS"), "dumps", "*.dmp"))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		samples = append(samples, dmptest.Sample{Name: filepath.Base(name), Data: data})
	}
	text := func(r *report.Report) string {
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, a := range []*Analyzer{{Brief: true}, {}} {
		var d Dump
		type had struct {
			name string
			r    *report.Report
			text string
		}
		var reports []had
		for _, s := range samples {
			for _, n := range []int{len(s.Data), len(s.Data) / 2} {
				source := Reader(bytes.NewReader(s.Data[:n]), int64(n), report.File{Path: s.Name})
				want, err := a.Report(source)
				if err != nil {
					t.Fatal(err)
				}
				if err := d.Reset(a, source); err != nil {
					t.Fatal(err)
				}
				r := d.Report()
				if got, want := text(r), text(want); got != want {
					t.Errorf("%s, %d bytes, brief %v:\n%s\nwant\n%s", s.Name, n, a.Brief, got, want)
				}
				reports = append(reports, had{s.Name, r, text(r)})
			}
		}
		for _, x := range reports {
			if text(x.r) != x.text {
				t.Errorf("%s: the report has changed", x.name)
			}
		}
	}
}
