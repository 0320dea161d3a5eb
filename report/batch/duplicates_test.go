package batch

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
)

// TestFirsts remembers files of many folders, the root and none among them.
func TestFirsts(t *testing.T) {
	var f firsts
	var names []string
	for i := range 3000 {
		names = append(names, filepath.Join("share", fmt.Sprint("host", i%300), fmt.Sprint(i, ".dmp")))
	}
	names = append(names, "here.dmp", string(filepath.Separator)+"top.dmp", "")
	for i, name := range names {
		if first, ok := f.add(key(i), name); ok {
			t.Errorf("%q is already there as %q", name, first)
		}
	}
	for i, name := range names {
		if first, ok := f.add(key(i), "later"); !ok || first != name {
			t.Errorf("%q, %v instead of %q", first, ok, name)
		}
	}
}

// TestContentKey has no two samples with one key, and the same key from a row that was read again.
func TestContentKey(t *testing.T) {
	a := &analyze.Analyzer{Brief: true}
	seen := map[key]string{}
	for _, s := range dmptest.Samples() {
		r, err := a.Report(analyze.Reader(bytes.NewReader(s.Data), int64(len(s.Data)), report.File{Path: s.Name}))
		if err != nil {
			t.Fatal(err)
		}
		k, ok := contentKey(r)
		if ok != (r.Verdict != report.NotADump && r.Bugcheck != nil) {
			t.Errorf("%s: %v", s.Name, ok)
		}
		if !ok {
			continue
		}
		if other := seen[k]; other != "" {
			t.Errorf("%s and %s have one key", s.Name, other)
		}
		seen[k] = s.Name
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var h head
		if err := json.Unmarshal(b, &h); err != nil {
			t.Fatal(err)
		}
		var known Seen
		known.remember(&h)
		if first, ok := known.first.add(k, ""); !ok || first != s.Name {
			t.Errorf("%s: another key from its row", s.Name)
		}
	}
	if len(seen) < 10 {
		t.Errorf("only %d samples have keys", len(seen))
	}
}

// TestDuplicates marks what has the same content as an earlier file, of this scan or another one. A dump that differs behind its header
// is none.
func TestDuplicates(t *testing.T) {
	data := sample(t, "triage-amd64.dmp")
	other := slices.Clone(data)
	other[len(other)-1] ^= 1
	top := share(t, map[string][]byte{"b.dmp": data, "c.dmp": data, "d.dmp": other, "e.dmp": data[:len(data)-1], "f.dmp": {}, "g.dmp": {}})
	if err := os.Link(filepath.Join(top, "b.dmp"), filepath.Join(top, "h.dmp")); err != nil {
		t.Skip(err)
	}
	want := map[string]string{"c.dmp": "b.dmp", "h.dmp": "b.dmp"}
	scan := func(seen *Seen) (rows []byte, same map[string]string) {
		t.Helper()
		same = map[string]string{}
		s := &Scan{Sorted: true, Seen: seen}
		if err := s.Run(context.Background(), slices.Values([]string{top}), func(r *report.Report, _ []byte) error {
			if r.File.DuplicateOf != "" {
				same[filepath.Base(r.File.Path)] = filepath.Base(r.File.DuplicateOf)
			}
			b, err := json.Marshal(r)
			rows = append(append(rows, b...), '\n')
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return rows, same
	}
	rows, same := scan(nil)
	if fmt.Sprint(same) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", same, want)
	}
	name := filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(name, rows, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.dmp", "z.dmp"} {
		if err := os.WriteFile(filepath.Join(top, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, seen, err := OpenRows(name, report.DepthFull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, same = scan(seen); fmt.Sprint(same) != "map[a.dmp:b.dmp z.dmp:b.dmp]" {
		t.Errorf("later: %v", same)
	}
}
