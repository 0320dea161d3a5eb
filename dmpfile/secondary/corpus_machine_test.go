package secondary_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/secondary"
)

// TestCorpusMachine decodes the streams of real dumps. With -v it prints how many of each kind there are, how many are understood to the last byte, and where the
// others stop.
func TestCorpusMachine(t *testing.T) {
	folder := os.Getenv("DMPLENS_CORPUS")
	if folder == "" {
		t.Skip("NO REAL DUMPS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	names, err := filepath.Glob(filepath.Join(folder, "dumps", "*.dmp"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no dumps in %s: %v", folder, err)
	}
	type row struct {
		name                   string
		streams, whole, failed int
		why                    []string
	}
	rows := map[string]*row{}
	for _, name := range names {
		f, err := dmpfile.Open(name)
		if err != nil {
			continue
		}
		for _, s := range f.Secondary().Streams {
			r := rows[s.GUID.String()]
			if r == nil {
				r = &row{name: s.Name()}
				rows[s.GUID.String()] = r
			}
			r.streams++
			b := make([]byte, s.Size)
			if n, err := f.ReadAt(b, s.Offset); n < len(b) {
				t.Fatalf("%s: %v", name, err)
			}
			v, n, err := secondary.Decode(s.GUID, b)
			switch {
			case errors.Is(err, secondary.ErrUnknown):
			case err == nil && n == len(b):
				r.whole++
			default:
				r.failed++
				r.why = append(r.why, fmt.Sprintf("%s: %d of %d: %v", filepath.Base(name), n, len(b), err))
			}
			if n < 0 || n > len(b) {
				t.Errorf("%s: %s: %d bytes of %d are understood", name, s.GUID, n, len(b))
			}
			if v != nil {
				v.Fields()
			}
		}
		f.Close()
	}
	for _, tag := range slices.Sorted(maps.Keys(rows)) {
		r := rows[tag]
		t.Logf("%s %-45s streams %3d, whole %3d, stopped %3d", tag, r.name, r.streams, r.whole, r.failed)
		for _, why := range r.why {
			t.Logf("    %s", why)
		}
	}
	for _, tag := range []string{
		"bc5c008f-1e3a-44d7-988d-86f6884c6758", "d03dc06f-d88e-44c5-ba2a-fae035172d19", "6c7ac389-4313-47dc-9f34-a8800a0fb56c",
		"e83b40d2-b0a0-4842-abea-71c9e3463dd1", "f57308df-cc45-4e01-ad76-29a4ebb010ec", "80cc79cf-a719-4af1-bf97-fe29ff76ebc1",
		"b7631941-532a-4cd6-b1b1-edb5917d4557", "4ee76bd8-3cf4-44a0-a0ac-3937643e37a3", "be84d651-a550-4367-8e63-ab792b631f94",
		"00afe9c4-940d-4213-8016-cd3719b5bc20",
	} {
		if r := rows[tag]; r == nil || r.whole != r.streams {
			t.Errorf("%s: %+v: not every stream is understood to the last byte", tag, r)
		}
	}
}
