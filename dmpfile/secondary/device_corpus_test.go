package secondary

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

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
var wholeTags = []string{"9276c055", "da82441d", "270a33fd", "f87e4a4c", "54c84888", "2b4ae195", "0d910545", "fe96ddbf", "d6d379dc", "10ec8168", "019c061a"}

func TestCorpusDecode(t *testing.T) {
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
