package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
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

func TestSamples(t *testing.T) {
	list := dmptest.Samples()
	for _, s := range list {
		check(t, s.Name, s.Data)
	}
	t.Chdir("../..")
	for _, s := range list {
		base := strings.TrimSuffix(s.Name, ".dmp")
		t.Run(base, func(t *testing.T) {
			for _, golden := range []struct{ ext, flag string }{{".txt", "--width=80"}, {".json", "--json"}} {
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
