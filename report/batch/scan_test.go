package batch

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/record"
)

func sample(t testing.TB, name string) []byte {
	t.Helper()
	for _, s := range dmptest.Samples() {
		if s.Name == name {
			return s.Data
		}
	}
	t.Fatal("no sample", name)
	return nil
}

// share writes files into a folder, and returns it.
func share(t testing.TB, files map[string][]byte) string {
	t.Helper()
	top := t.TempDir()
	for name, data := range files {
		name = filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return top
}

// rows scans a folder, and says of each row its path inside it and its verdict, or why there is none.
func rows(t testing.TB, s *Scan, top string) []string {
	t.Helper()
	var list []string
	err := s.Run(context.Background(), slices.Values([]string{top}), func(r *report.Report, _ []byte) error {
		list = append(list, line(r, top))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func line(r *report.Report, top string) string {
	name, err := filepath.Rel(top, r.File.Path)
	if err != nil {
		name = r.File.Path
	}
	name = filepath.ToSlash(name)
	switch {
	case r.Verdict == "" && r.Error != nil:
		return name + ": " + r.Error.Message
	case r.File.DuplicateOf != "":
		return name + ": " + string(r.Verdict) + ", again"
	}
	return name + ": " + string(r.Verdict)
}

func TestScan(t *testing.T) {
	live, small := sample(t, "live-ndis.dmp"), sample(t, "triage-x86.dmp")
	top := share(t, map[string][]byte{
		"a/MEMORY.DMP": live, "a/notes.txt": []byte("no dump"), "b/.hidden/small.dmp": small, "b/renamed.bin": small, "c.dmp": {}, "d/cut.dmp": small[:0x1800],
		"skip/x.dmp": small, "e.dmp": []byte("<html>not found</html>"),
	})
	want := []string{
		"a/MEMORY.DMP: complete", "b/.hidden/small.dmp: complete", "c.dmp: not-a-dump", "d/cut.dmp: damaged", "e.dmp: not-a-dump", "skip/x.dmp: complete, again",
	}
	for _, jobs := range []int{1, 3} {
		s := &Scan{Sorted: true, Jobs: jobs}
		if d := cmp.Diff(want, rows(t, s, top)); d != "" {
			t.Errorf("%d jobs (-want +got)\n%s", jobs, d)
		}
		if got := s.Stats(); got != (Stats{Found: 6, Done: 6, Rows: 6, Dumps: 4, Damaged: 1, Bytes: got.Bytes}) || got.Remaining() != 0 {
			t.Errorf("%+v", got)
		}
	}
	unsorted := rows(t, &Scan{Analyzer: analyze.Analyzer{Depth: report.DepthHeader}}, top)
	slices.Sort(unsorted)
	want[5] = "skip/x.dmp: complete" // what is the same is not looked for by headers alone
	if d := cmp.Diff(want, unsorted); d != "" {
		t.Errorf("by headers (-want +got)\n%s", d)
	}
	for name, c := range map[string]struct {
		scan *Scan
		want []string
	}{
		"exclude": {&Scan{Exclude: []string{"skip", "[ce].dmp"}}, []string{"a/MEMORY.DMP: complete", "b/.hidden/small.dmp: complete", "d/cut.dmp: damaged"}},
		"include": {&Scan{Include: []string{"*.BIN"}}, []string{"b/renamed.bin: complete"}},
		"all":     {&Scan{All: true, Exclude: []string{"*.dmp"}}, []string{"a/notes.txt: not-a-dump", "b/renamed.bin: complete"}},
	} {
		c.scan.Sorted = true
		if d := cmp.Diff(c.want, rows(t, c.scan, top)); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
	var shards []string
	for i := range 3 {
		shards = append(shards, rows(t, &Scan{Shard: i, Shards: 3, Analyzer: analyze.Analyzer{Depth: report.DepthHeader}}, top)...)
	}
	slices.Sort(shards)
	if d := cmp.Diff(unsorted, shards); d != "" {
		t.Errorf("shards (-want +got)\n%s", d)
	}
}

// TestSortedWindow has rows in the order of the walk, however many files there are.
func TestSortedWindow(t *testing.T) {
	files := map[string][]byte{}
	for i := range 700 {
		files[fmt.Sprintf("%04d.dmp", i)] = []byte("x")
	}
	top := share(t, files)
	got := rows(t, &Scan{Sorted: true, Jobs: 4}, top)
	if len(got) != 700 || !slices.IsSorted(got) {
		t.Errorf("%d rows, sorted %v", len(got), slices.IsSorted(got))
	}
}

func TestScanEnds(t *testing.T) {
	files := map[string][]byte{}
	for i := range 700 {
		files[fmt.Sprintf("%04d.dmp", i)] = []byte("x")
	}
	top := share(t, files)
	const most = window + queued + 10 // rows that are there, or wait for those of the first file, when a scan is ended
	for _, sorted := range []bool{false, true} {
		full := errors.New("no more room")
		n := 0
		err := (&Scan{Sorted: sorted, Jobs: 3}).Run(context.Background(), slices.Values([]string{top}), func(*report.Report, []byte) error {
			if n++; n == 5 {
				return full
			}
			return nil
		})
		if err != full || n != 5 {
			t.Errorf("%v after %d rows", err, n)
		}
		ctx, stop := context.WithCancel(context.Background())
		s := &Scan{Sorted: sorted, Jobs: 3}
		n = 0
		err = s.Run(ctx, slices.Values([]string{top}), func(*report.Report, []byte) error {
			if n++; n == 5 {
				stop()
			}
			return nil
		})
		if st := s.Stats(); err != nil || n < 5 || n > most || int64(n) != st.Rows || st.Done != st.Rows || st.Found < st.Done {
			t.Errorf("interrupted: %v, %d rows, %+v", err, n, st)
		}
	}
}

// TestTimeout has a file that never answers.
func TestTimeout(t *testing.T) {
	top := share(t, map[string][]byte{"a.dmp": []byte("x"), "b.dmp": []byte("x"), "c.dmp": []byte("x")})
	hang := make(chan struct{})
	s := &Scan{Jobs: 1, Sorted: true, Timeout: 50 * time.Millisecond, begun: func(name string) {
		if filepath.Base(name) == "b.dmp" {
			<-hang
		}
	}}
	got := rows(t, s, top)
	close(hang)
	want := []string{"a.dmp: not-a-dump", "b.dmp: given up: no answer within 50ms", "c.dmp: not-a-dump"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if st := s.Stats(); st.Abandoned != 1 || st.Done != 3 || st.Failed != 1 {
		t.Errorf("%+v", st)
	}
}

// TestLines has the line of each row as it is yielded, of those too that were changed after they had been looked at.
func TestLines(t *testing.T) {
	small, other := sample(t, "triage-x86.dmp"), sample(t, "triage-arm64.dmp")
	files := map[string][]byte{"cut.dmp": small[:0x1800], "archive.zip": zipped(t, member{"1.dmp", small}, member{"2.dmp", other}), "none.dmp": []byte("x")}
	for i := range 200 {
		files[fmt.Sprintf("%03d.dmp", i)] = [][]byte{small, other}[i%2]
	}
	top := share(t, files)
	for _, sorted := range []bool{false, true} {
		n, again := 0, 0
		s := &Scan{Sorted: sorted, Jobs: 4, Encode: record.AppendJSONL}
		if err := s.Run(context.Background(), slices.Values([]string{top, filepath.Join(top, "missing")}), func(r *report.Report, line []byte) error {
			want, err := record.AppendJSONL(nil, r)
			if !bytes.Equal(want, line) {
				t.Errorf("%s, want %s", line, want)
			}
			if n++; r.File.DuplicateOf != "" {
				again++
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if n != len(files)+3 || again != 198 {
			t.Errorf("%d rows, %d of what is there already", n, again)
		}
		bad := errors.New("no line")
		s = &Scan{Sorted: sorted, Encode: func(b []byte, r *report.Report) ([]byte, error) { return b, bad }}
		if err := s.Run(context.Background(), slices.Values([]string{top}), func(*report.Report, []byte) error { return nil }); err != bad {
			t.Error(err)
		}
	}
}

// TestResume cuts the rows of a scan anywhere, and goes on: no row is missing, and none is there twice.
func TestResume(t *testing.T) {
	files := map[string][]byte{}
	for i, s := range dmptest.Samples() {
		files[fmt.Sprintf("host%d/%s", i%3, s.Name)] = s.Data
	}
	top := share(t, files)
	name := filepath.Join(t.TempDir(), "rows.jsonl")
	scan := func() (skipped int64) {
		t.Helper()
		f, seen, err := OpenRows(name, report.DepthFull)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		s := &Scan{Seen: seen}
		if err := s.Run(context.Background(), slices.Values([]string{top}), func(r *report.Report, _ []byte) error { return record.JSONL(f, r) }); err != nil {
			t.Fatal(err)
		}
		return s.Stats().Skipped
	}
	if n := scan(); n != 0 {
		t.Errorf("%d files were skipped at first", n)
	}
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want := pathsOf(t, whole)
	if len(want) != len(files) {
		t.Fatalf("%d rows of %d files", len(want), len(files))
	}
	for cut := 0; cut <= len(whole); cut += max(1, len(whole)/150) {
		if err := os.WriteFile(name, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		skipped := scan()
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got := pathsOf(t, b)
		if !maps.Equal(want, got) || skipped != int64(strings.Count(string(whole[:cut]), "\n")) {
			t.Fatalf("cut at %d: %d files were skipped, %d rows (-want +got)\n%s", cut, skipped, len(got), cmp.Diff(want, got))
		}
	}
	// A file that changed is looked at again, and so is everything at another depth.
	changed := filepath.Join(top, "host0", dmptest.Samples()[0].Name)
	if err := os.Chtimes(changed, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n := scan(); n != int64(len(files))-1 {
		t.Errorf("%d files were skipped", n)
	}
	f, seen, err := OpenRows(name, report.DepthHeader)
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range seen.rows {
		if state != noState {
			t.Error("a row of another depth counts")
		}
	}
	f.Close()
}

// pathsOf counts the rows of each file.
func pathsOf(t *testing.T, b []byte) map[string]int {
	t.Helper()
	paths := map[string]int{}
	for r, err := range Rows(strings.NewReader(string(b))) {
		if err != nil {
			t.Fatal(err)
		}
		paths[r.File.Path]++
	}
	return paths
}

func TestRowsThatAreNone(t *testing.T) {
	name := filepath.Join(t.TempDir(), "rows.jsonl")
	text := `{"schema_version":"1.1.0","depth":"full","file":{"path":"a","size":1,"modified":"2025-01-01T00:00:00Z"}}
not json
{"schema_version":"2.0.0","depth":"full","file":{"path":"b","size":1,"modified":"2025-01-01T00:00:00Z"}}
` + strings.Repeat("x", maxLine+1) + "\n" + `{"schema_version":"1.1.7","depth":"full","file":{"path":"c","size":1,"modified":"2025-01-01T00:00:00Z"}}
` + "\x00\x00\x00"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, seen, err := OpenRows(name, report.DepthFull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	at := info.Size()
	when := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	if seen.Len() != 3 || !seen.has("a", "", 1, when) || !seen.has("c", "", 1, when) || seen.has("b", "", 1, when) || at != int64(len(text)-3) {
		t.Errorf("%d rows, at %d of %d", seen.Len(), at, len(text))
	}
}

type member struct {
	name string
	data []byte
}

func zipped(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		f, err := w.Create(m.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(m.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name = name
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestScanArchives has dumps in archives, which have rows of their own; the archive's is the last.
func TestScanArchives(t *testing.T) {
	live, small := sample(t, "live-ndis.dmp"), sample(t, "triage-x86.dmp")
	top := share(t, map[string][]byte{
		"a.zip": zipped(t, member{"readme.txt", []byte("no dump")}, member{"x/MEMORY.DMP", live}, member{`y\small.dmp`, small}),
		"b.dmp": zipped(t, member{"one.dmp", small}), // by content, not by name
		"c.zip": []byte("PK no archive"),
		"d.RAR": []byte("Rar!\x1a\x07\x01\x00"), // named, not opened
		"e.7z":  []byte("7z\xbc\xaf\x27\x1c"),
	})
	var got []string
	names, states := map[string]key{}, map[string]key{}
	scan := func(seen *Seen) {
		t.Helper()
		got = nil
		s := &Scan{Sorted: true, Seen: seen}
		err := s.Run(context.Background(), slices.Values([]string{top}), func(r *report.Report, _ []byte) error {
			id := filepath.Base(r.File.Path) + r.File.Member
			names[id], states[id] = keyOf(r.File.Path, r.File.Member), stateOf(*r.File.Size, *r.File.Modified)
			name := filepath.Base(r.File.Path)
			if r.File.Member != "" {
				name += "!" + r.File.Member
			}
			got = append(got, name+": "+string(r.Verdict))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	scan(nil)
	want := []string{
		"a.zip!x/MEMORY.DMP: complete", `a.zip!y\small.dmp: complete`, "a.zip: not-a-dump", "b.dmp!one.dmp: complete", "b.dmp: not-a-dump", "c.zip: not-a-dump",
		"d.RAR: not-a-dump", "e.7z: not-a-dump",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	// A scan that ended inside the first archive goes on behind the member that has a row.
	seen := &Seen{rows: map[key]key{}}
	for _, id := range []string{"a.zipx/MEMORY.DMP", "b.dmp"} {
		seen.rows[names[id]] = states[id]
	}
	scan(seen)
	if d := cmp.Diff([]string{want[1], want[2], want[5], want[6], want[7]}, got); d != "" {
		t.Errorf("gone on (-want +got)\n%s", d)
	}
}

// TestRowsOfOthers has files that are no rows: they are left as they are.
func TestRowsOfOthers(t *testing.T) {
	name := filepath.Join(t.TempDir(), "rows.jsonl")
	for text, ok := range map[string]bool{"": true, `{"schema_ver`: true, "notes\n": false, "notes": false, "PAGEDU64\x00\x00": false, "{}\n": false} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, _, err := OpenRows(name, report.DepthFull)
		if (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
		if err == nil {
			f.Close()
			continue
		}
		if b, _ := os.ReadFile(name); string(b) != text {
			t.Errorf("%q became %q", text, b)
		}
	}
}

// TestTwoScans has two scans that want the same rows.
func TestTwoScans(t *testing.T) {
	name := filepath.Join(t.TempDir(), "rows.jsonl")
	first, err := NewRows(name)
	if err != nil {
		t.Fatal(err)
	}
	if f, _, err := OpenRows(name, report.DepthFull); !errors.Is(err, errLocked) {
		t.Errorf("%v beside the one that makes it", err)
		f.Close()
	}
	first.Close()
	first, _, err = OpenRows(name, report.DepthFull)
	if err != nil {
		t.Fatal(err)
	}
	if f, _, err := OpenRows(name, report.DepthFull); !errors.Is(err, errLocked) {
		t.Errorf("%v beside one that goes on with it", err)
		f.Close()
	}
	first.Close()
	if f, _, err := OpenRows(name, report.DepthFull); err != nil {
		t.Errorf("%v when nobody has it", err)
	} else {
		f.Close()
	}
}

// again scans a folder with the rows in a file, and returns how many rows that added.
func again(t *testing.T, name, top string, depth report.Depth) (added int) {
	t.Helper()
	f, seen, err := OpenRows(name, depth)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := &Scan{Analyzer: analyze.Analyzer{Depth: depth}, Seen: seen}
	if err := s.Run(context.Background(), slices.Values([]string{top}), func(r *report.Report, _ []byte) error {
		added++
		return record.JSONL(f, r)
	}); err != nil {
		t.Fatal(err)
	}
	return added
}

// TestFailuresAgain has a file that cannot be read: it is tried each time, has one row, and one more when it can be read.
func TestFailuresAgain(t *testing.T) {
	top := share(t, map[string][]byte{"a.dmp": sample(t, "triage-x86.dmp")})
	link := filepath.Join(top, "b.dmp")
	if err := os.Symlink("c.bin", link); err != nil {
		t.Skip(err)
	}
	name := filepath.Join(t.TempDir(), "rows.jsonl")
	for i, want := range []int{2, 0, 0} {
		if n := again(t, name, top, report.DepthFull); n != want {
			t.Errorf("scan %d added %d rows, want %d", i+1, n, want)
		}
	}
	if err := os.WriteFile(filepath.Join(top, "c.bin"), sample(t, "triage-x86.dmp"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := again(t, name, top, report.DepthFull); n != 1 {
		t.Errorf("a file that can be read now added %d rows", n)
	}
}

// TestArchivesAgain looks at members anew at another depth, and at an archive whose rows may be lost.
func TestArchivesAgain(t *testing.T) {
	small := sample(t, "triage-x86.dmp")
	top := share(t, map[string][]byte{"a.zip": zipped(t, member{"1.dmp", small}, member{"2.dmp", small}), "cut.zip": zipped(t, member{"1.dmp", small})[:100]})
	name := filepath.Join(t.TempDir(), "rows.jsonl")
	if n := again(t, name, top, report.DepthHeader); n != 4 {
		t.Errorf("%d rows at first", n)
	}
	if n := again(t, name, top, report.DepthHeader); n != 0 {
		t.Errorf("%d rows again", n)
	}
	if n := again(t, name, top, report.DepthFull); n != 4 {
		t.Errorf("%d rows at full depth", n)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	damaged := 0
	for r, err := range Rows(bytes.NewReader(b)) {
		if err == nil && r.File.Member == "" && slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.ID == "archive-damaged" }) {
			damaged++
		}
	}
	if damaged != 2 {
		t.Errorf("%d rows of a damaged archive", damaged)
	}
	at := bytes.Index(b, []byte(`"member":"2.dmp"`))
	copy(b[at:], "garbage")
	at = bytes.LastIndex(b, []byte(`"member":"2.dmp"`))
	copy(b[at:], "garbage")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if n := again(t, name, top, report.DepthFull); n < 2 {
		t.Errorf("%d rows instead of a lost one", n)
	}
}

// TestChangingFile has files that grow and shrink all the time.
func TestChangingFile(t *testing.T) {
	data := sample(t, "triage-amd64.dmp")
	for _, depth := range []report.Depth{report.DepthHeader, report.DepthFull} {
		top := share(t, map[string][]byte{"a.dmp": data})
		f, err := os.OpenFile(filepath.Join(top, "a.dmp"), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		done, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			defer f.Close()
			for n := int64(0); ; n++ {
				select {
				case <-done:
					return
				default:
					f.Truncate([]int64{0x1000, int64(len(data)) + n%100}[n%2])
				}
			}
		}()
		seen := false
		s := &Scan{Analyzer: analyze.Analyzer{Depth: depth}}
		for i := 0; i < 10_000 && !seen; i++ {
			if err := s.Run(context.Background(), slices.Values([]string{top}), func(r *report.Report, _ []byte) error {
				seen = slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.ID == report.FindingFileChanged })
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		close(done)
		<-ended
		if !seen {
			t.Errorf("depth %s: nobody notices", depth)
		}
	}
}

// TestLastRowCounts has files whose last row is not of what they are now, though an earlier one is: they are looked at again.
func TestLastRowCounts(t *testing.T) {
	top := share(t, map[string][]byte{"a.dmp": sample(t, "triage-x86.dmp")})
	dump, rows := filepath.Join(top, "a.dmp"), filepath.Join(t.TempDir(), "rows.jsonl")
	then := time.Now().Add(-time.Hour)
	write := func(name string) {
		t.Helper()
		if err := os.WriteFile(dump, sample(t, name), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dump, then, then); err != nil {
			t.Fatal(err)
		}
	}
	for i, step := range []struct {
		change func()
		depth  report.Depth
		rows   int
	}{
		{func() { write("triage-x86.dmp") }, report.DepthFull, 1},
		{func() {}, report.DepthFull, 0},
		{func() {}, report.DepthHeader, 1},
		{func() {}, report.DepthFull, 1},
		{func() { write("triage-arm64.dmp") }, report.DepthFull, 1},
		{func() { write("triage-x86.dmp") }, report.DepthFull, 1}, // as it was at first
		{func() { os.Rename(dump, dump+".away"); os.Symlink("nowhere", dump) }, report.DepthFull, 1},
		{func() {}, report.DepthFull, 0},
		{func() { os.Remove(dump); os.Rename(dump+".away", dump) }, report.DepthFull, 1}, // an outage that is over
		{func() { os.Rename(dump, dump+".away"); os.Symlink("nowhere", dump) }, report.DepthFull, 1},
	} {
		step.change()
		if n := again(t, rows, top, step.depth); n != step.rows {
			t.Errorf("step %d: %d rows, want %d", i, n, step.rows)
		}
	}
}

// TestMembersByContent has streams that do not say that a dump is in them, archives that are included by name, and a name used twice.
func TestMembersByContent(t *testing.T) {
	small := sample(t, "triage-x86.dmp")
	top := share(t, map[string][]byte{
		"nameless.gz": gzipped(t, "orig.bin", small), "log.gz": gzipped(t, "log.txt", []byte("nothing to see")),
		"a.zip": zipped(t, member{"x.dmp", small}, member{"x.dmp", sample(t, "triage-arm64.dmp")}, member{"y.txt", []byte("no")}),
	})
	want := []string{"a.zip!x.dmp", "a.zip!x.dmp (2)", "a.zip", "log.gz", "nameless.gz!orig.bin", "nameless.gz"}
	for _, include := range [][]string{nil, {"*.zip", "*.gz"}} {
		var got []string
		s := &Scan{Sorted: true, Include: include}
		if err := s.Run(context.Background(), slices.Values([]string{top}), func(r *report.Report, _ []byte) error {
			got = append(got, strings.TrimPrefix(report.PathOf(r), top+string(filepath.Separator)))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	}
}
