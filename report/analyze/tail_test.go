package analyze

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
)

// zeroed is what is left of a dump whose copy stopped at so many thousandths of it, in a file that was made as long before.
func zeroed(data []byte, thousandths int) []byte {
	b := bytes.Clone(data)
	clear(b[len(b)*thousandths/1000:])
	return b
}

func has(r *report.Report, id report.FindingID, severity report.Severity) bool {
	return slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.ID == id && f.Severity == severity })
}

func TestZeroTailOfSamples(t *testing.T) {
	for _, s := range dmptest.Samples() {
		testZeroed(t, s.Name, s.Data)
	}
}

func TestCorpusZeroTail(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t), "dumps", "*.dmp"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d dumps, %v", len(files), err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		testZeroed(t, filepath.Base(name), data)
	}
}

// testZeroed looks at a dump as it is, and as a copy that stopped leaves it.
func testZeroed(t *testing.T, name string, data []byte) {
	whole := analyzedBy(t, Analyzer{}, data)
	for _, id := range []report.FindingID{report.FindingZeroTail, report.FindingZeroContent} {
		if has(whole, id, report.SeverityError) {
			t.Errorf("%s: %s, %+v", name, whole.Verdict, whole.Findings)
		}
	}
	for _, at := range []int{100, 465, 600, 900, 990} {
		r := analyzedBy(t, Analyzer{}, zeroed(data, at))
		var ids []string
		for _, f := range r.Findings {
			ids = append(ids, fmt.Sprintf("%s %s", f.Severity, f.ID))
			if f.ID == "zero-tail" || f.ID == "zero-content" {
				ids[len(ids)-1] += ": " + f.Message
			}
		}
		t.Logf("| %s | %.1f | %s | %s |", name, float64(at)/10, r.Verdict, strings.Join(ids, "; "))
	}
}
