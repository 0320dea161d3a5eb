package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

var update = flag.Bool("update", false, "write testdata anew: read what changed before you commit it")

// samples is the folder that the repository keeps small dumps in, with what dmplens says of each.
const samples = "../../testdata"

// check compares got with a file of testdata, or writes that file.
func check(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join(samples, name)
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	if strings.HasSuffix(name, ".dmp") {
		t.Fatalf("%s is not what dmptest builds", name)
	}
	t.Errorf("%s (-want +got):\n%s", name, cmp.Diff(string(want), string(got)))
}

// modified is the one field of a record that depends on the clone.
var modified = regexp.MustCompile(`\n +"modified": "[^"]*",?`)

// inMarkdown are the samples whose page is kept as Markdown too: a crash, a live dump, and one that is damaged.
var inMarkdown = []string{"triage-amd64-kernel", "task-manager-live", "truncated"}

// inHTML are the samples whose page is kept as HTML too: one with much to say of the machine, one with a stack, and one with a map of memory
// that is cut off.
var inHTML = []string{"triage-machine", "triage-amd64-kernel", "truncated"}

func TestSamples(t *testing.T) {
	list := dmptest.Samples()
	for _, s := range list {
		check(t, s.Name, s.Data)
	}
	t.Chdir("../..")
	for _, s := range list {
		base := strings.TrimSuffix(s.Name, ".dmp")
		t.Run(base, func(t *testing.T) {
			goldens := []struct{ ext, flag string }{{".txt", "--width=80"}, {".json", "--json"}}
			if slices.Contains(inMarkdown, base) {
				goldens = append(goldens, struct{ ext, flag string }{".md", "--markdown"})
			}
			if slices.Contains(inHTML, base) {
				goldens = append(goldens, struct{ ext, flag string }{".html", "--html"})
			}
			for _, golden := range goldens {
				var stdout, stderr bytes.Buffer
				run([]string{"info", golden.flag, "testdata/" + s.Name}, nil, &stdout, &stderr)
				if stderr.Len() > 0 {
					t.Errorf("stderr: %s", &stderr)
				}
				got := modified.ReplaceAll(stdout.Bytes(), nil)
				t.Chdir("cmd/dmplens")
				check(t, base+golden.ext, bytes.ReplaceAll(got, []byte(",\n  }"), []byte("\n  }")))
				t.Chdir("../..")
			}
		})
	}
}

// fold is how many lines of a page a terminal shows at once.
const fold = 24

// What a person acts on is in the first section of a page, and that is above the fold.
func TestFold(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(samples, "*.dmp"))
	if err != nil {
		t.Fatal(err)
	}
	corpus, ok := os.LookupEnv("DMPLENS_CORPUS")
	if !ok {
		t.Log("WITHOUT REAL DUMPS: DMPLENS_CORPUS is not set")
	} else if real, err := filepath.Glob(filepath.Join(corpus, "dumps", "*.dmp")); err == nil {
		files = append(files, real...)
	}
	if len(files) < 15 {
		t.Errorf("only %d files were found", len(files))
	}
	for _, name := range files {
		var page, record bytes.Buffer
		run([]string{"info", "--width=80", name}, nil, &page, &record)
		_, rest, _ := strings.Cut(page.String(), "\n\n")
		first, _, _ := strings.Cut(rest, "\n\n")
		if n := strings.Count(page.String(), "\n") - strings.Count(rest, "\n") + strings.Count(first, "\n") + 1; n > fold {
			t.Errorf("%s: what to act on takes %d lines:\n%s", name, n, &page)
		}
		run([]string{"info", "--json", name}, nil, &record, io.Discard)
		var r struct {
			Bugcheck struct {
				FirstLook string `json:"first_look"`
			}
			Verdict  string
			Findings []struct{ Severity, Next string }
		}
		if err := json.Unmarshal(record.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		next := slices.ContainsFunc(r.Findings, func(f struct{ Severity, Next string }) bool { return f.Next != "" })
		for text, wanted := range map[string]bool{"Look first": r.Bugcheck.FirstLook != "", "To do: ": next, "Verdict ": r.Verdict == "damaged" || r.Verdict == "partial"} {
			if wanted && !strings.Contains(first, text) {
				t.Errorf("%s: %q is below the fold:\n%s", name, text, &page)
			}
		}
	}
}
