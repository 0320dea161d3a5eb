package batch

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/record"
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

// TestSamples has the same samples for equal files of one key, others for files that differ in their first or last byte, or in length, and
// reads little of a large one.
func TestSamples(t *testing.T) {
	one := &sampler{key: sampleKey{1}}
	for _, size := range []int{0, 1, sampleSize, sampleHead + sampleCount*sampleSize, sampleHead + sampleCount*sampleSize + 1, 10 << 20} {
		b := make([]byte, size)
		of := func(s *sampler) string {
			t.Helper()
			r := &reading{ReaderAt: bytes.NewReader(b)}
			sum, err := s.of(r, int64(len(b)))
			if err != nil || r.bytes > 1<<20 || r.calls > 64 {
				t.Errorf("%d bytes: %v, %d bytes in %d reads", size, err, r.bytes, r.calls)
			}
			return sum
		}
		sum := of(one)
		if k, ok := keyOfSamples(sum); !ok || k != one.key {
			t.Errorf("%q has no key", sum)
		}
		if again := of(&sampler{key: one.key}); again != sum {
			t.Errorf("%s and %s of the same bytes", sum, again)
		}
		if other := of(&sampler{key: sampleKey{2}}); other[len(other)-10:] == sum[len(sum)-10:] {
			t.Errorf("another key, the same hash")
		}
		for _, at := range []int{0, size - 1} {
			if size > 0 {
				b[at] ^= 1
				if of(one) == sum {
					t.Errorf("%d bytes, changed at %d: the same", size, at)
				}
				b[at] ^= 1
			}
		}
		if b = append(b, 0); of(one) == sum {
			t.Errorf("%d bytes and one more: the same", size)
		}
	}
	if sum, err := one.of(bytes.NewReader(make([]byte, 99)), 100); err == nil {
		t.Errorf("%s of a file that became shorter", sum)
	}
	for _, s := range []string{"", "-", strings.Repeat("0", 49), "0100000000000000"} {
		if _, ok := keyOfSamples(s); ok {
			t.Errorf("%q has a key", s)
		}
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
	scan := func(seen *Seen, how string) (rows []byte, same map[string]string) {
		t.Helper()
		same = map[string]string{}
		s := &Scan{Sorted: true, Seen: seen, Duplicates: how}
		if err := s.Run(context.Background(), slices.Values([]string{top}), func(r *report.Report, _ []byte) error {
			if r.File.DuplicateOf != "" {
				if by := cmp.Or(how, DuplicatesBySamples); r.File.DuplicateBy != by {
					t.Errorf("by %s, want %s", r.File.DuplicateBy, by)
				}
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
	if _, same := scan(nil, DuplicatesOff); len(same) != 0 {
		t.Errorf("not asked for: %v", same)
	}
	for _, how := range []string{"", DuplicatesExact} {
		rows, same := scan(nil, how)
		if fmt.Sprint(same) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", how, same, want)
		}
		name := filepath.Join(t.TempDir(), "rows.jsonl")
		if err := os.WriteFile(name, rows, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a.dmp", "z.dmp"} {
			if err := os.WriteFile(filepath.Join(top, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
			defer os.Remove(filepath.Join(top, name))
		}
		f, seen, err := OpenRows(name, report.DepthFull)
		if err != nil {
			t.Fatal(err)
		}
		if _, same = scan(seen, how); fmt.Sprint(same) != "map[a.dmp:b.dmp z.dmp:b.dmp]" {
			t.Errorf("%s later: %v", how, same)
		}
		f.Close()
		for _, name := range []string{"a.dmp", "z.dmp"} {
			os.Remove(filepath.Join(top, name))
		}
	}
}

// TestChangedFirst has a copy of what a file was before it was changed, and of what it is now.
func TestChangedFirst(t *testing.T) {
	old, data := sample(t, "triage-amd64.dmp"), sample(t, "triage-x86.dmp")
	top := share(t, map[string][]byte{"a.dmp": old})
	rows := filepath.Join(t.TempDir(), "rows.jsonl")
	scan := func() string {
		t.Helper()
		f, seen, err := OpenRows(rows, report.DepthFull)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var got []string
		if err := (&Scan{Seen: seen, Sorted: true}).Run(context.Background(), slices.Values([]string{top}), func(r *report.Report, _ []byte) error {
			got = append(got, filepath.Base(r.File.Path)+"="+filepath.Base(r.File.DuplicateOf))
			return record.JSONL(f, r)
		}); err != nil {
			t.Fatal(err)
		}
		return strings.Join(got, " ")
	}
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(top, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, step := range []struct {
		change func()
		want   string
	}{
		{func() {}, "a.dmp=."},
		{func() { write("a.dmp", data); write("b.dmp", old); write("c.dmp", data) }, "a.dmp=. b.dmp=. c.dmp=a.dmp"},
		{func() { write("d.dmp", old); write("e.dmp", data) }, "d.dmp=b.dmp e.dmp=a.dmp"},
	} {
		step.change()
		if got := scan(); got != step.want {
			t.Errorf("step %d: %s, want %s", i, got, step.want)
		}
	}
}

// TestLargeCopies counts what is read of copies that nobody wants to read as a whole.
func TestLargeCopies(t *testing.T) {
	top := share(t, map[string][]byte{"1.dmp": sample(t, "bitmap-full.dmp"), "2.dmp": sample(t, "bitmap-full.dmp")})
	const size = 30_000_000_000
	for _, name := range []string{"1.dmp", "2.dmp"} {
		if err := os.Truncate(filepath.Join(top, name), size); err != nil {
			t.Skip(err)
		}
	}
	read := func(how string, depth report.Depth) (n, reads int64, same int) {
		t.Helper()
		s := &Scan{Sorted: true, Duplicates: how, Analyzer: analyze.Analyzer{Depth: depth}}
		if err := s.Run(context.Background(), slices.Values([]string{top}), func(r *report.Report, _ []byte) error {
			if r.File.DuplicateOf != "" {
				same++
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return s.stats.read.Load(), s.stats.reads.Load(), same
	}
	header, headerReads, _ := read("", report.DepthHeader)
	without, reads, _ := read(DuplicatesOff, report.DepthFull)
	n, more, same := read("", report.DepthFull)
	t.Logf("headers alone %d bytes in %d reads, no duplicates %d in %d, duplicates %d in %d", header, headerReads, without, reads, n, more)
	if same != 1 || n-without > 2<<20 || more-reads > 2*64 {
		t.Errorf("%d duplicates, %d bytes in %d reads more", same, n-without, more-reads)
	}
}

// TestHashOnce has a file that cannot be read for its hash: that is tried once, and its copies are copies by their samples.
func TestHashOnce(t *testing.T) {
	e := &exactHashes{ctx: context.Background(), timeout: time.Minute}
	missing, name := filepath.Join(t.TempDir(), "gone.dmp"), filepath.Join(t.TempDir(), "here.dmp")
	for _, name := range []string{missing, name} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e.add(1, missing)
	os.Remove(missing)
	e.add(1, name)
	if err := os.WriteFile(missing, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	e.add(1, name)
	if equal, known := e.equal(missing, name); equal || known {
		t.Errorf("%v, %v", equal, known)
	}
	d := &duplicates{exact: e}
	var by []string
	for _, name := range []string{missing, name} {
		r := &report.Report{File: report.File{Path: name, Samples: "equal"}}
		d.mark(r, name)
		by = append(by, r.File.DuplicateBy)
	}
	if fmt.Sprint(by) != "[ samples]" {
		t.Error(by)
	}
}

// TestExactDiffers has files that differ where no sample lies: exact tells them apart.
func TestExactDiffers(t *testing.T) {
	data := append(sample(t, "bitmap-full.dmp"), make([]byte, 8<<20)...)
	var at int64
	other := slices.Clone(data)
	key := newSampleKey()
	first, _ := (&sampler{key: key}).of(bytes.NewReader(data), int64(len(data)))
	for at = int64(len(data)) / 2; ; at += sampleSize { // somewhere between two samples
		other[at] ^= 1
		if sum, _ := (&sampler{key: key}).of(bytes.NewReader(other), int64(len(data))); sum == first {
			break
		}
		other[at] ^= 1
	}
	top := share(t, map[string][]byte{"a.dmp": data, "b.dmp": other, "c.dmp": other, "d.dmp": data})
	for how, want := range map[string]string{"": "[ a.dmp a.dmp a.dmp]", DuplicatesExact: "[  b.dmp a.dmp]"} {
		for _, jobs := range []int{1, 4} {
			var got []string
			s := &Scan{Sorted: true, Jobs: jobs, Duplicates: how, Seen: &Seen{key: key, keyed: true}}
			if err := s.Run(context.Background(), slices.Values([]string{top}), func(r *report.Report, _ []byte) error {
				got = append(got, strings.TrimPrefix(filepath.Base(r.File.DuplicateOf), "."))
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(got) != want {
				t.Errorf("%s, %d jobs: %v, want %s", how, jobs, got, want)
			}
		}
	}
}
