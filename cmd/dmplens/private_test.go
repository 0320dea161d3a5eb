package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/report/analyze"
)

// Texts in event buffers that name a user or a computer: identifiers of accounts, and folders of users.
var personal = regexp.MustCompile(`S-1-5-21-[0-9]{4,}-[0-9]{4,}|[A-Za-z]:\\Users\\[^\\/:*?"<>|\x00-\x1f]{2,32}\\`)

// TestCorpusEventsArePrivate reads the raw bytes of the event buffers of real dumps for what is personal, as texts of one and of two bytes a
// character, and looks for that in what dmplens prints.
func TestCorpusEventsArePrivate(t *testing.T) {
	folder := os.Getenv("DMPLENS_CORPUS")
	if folder == "" {
		t.Skip("NO REAL DUMPS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	files, _ := filepath.Glob(filepath.Join(folder, "dumps", "*.dmp"))
	met := 0
	for _, name := range files {
		d, err := new(analyze.Analyzer).Open(analyze.File(name))
		if err != nil {
			t.Fatal(err)
		}
		stream, err := d.Stream("2b88b710-1c93-4f7c-b06c-655ecc50decc")
		if err != nil {
			d.Close()
			continue
		}
		raw, err := io.ReadAll(stream)
		d.Close()
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]bool{}
		for _, text := range [][]byte{raw, everySecond(raw, 0), everySecond(raw, 1)} {
			for _, m := range personal.FindAllString(string(text), -1) {
				if low := strings.ToLower(m); !strings.HasSuffix(low, `\public\`) && !strings.HasSuffix(low, `\default\`) {
					found[low] = true
				}
			}
		}
		met += len(found)
		for _, args := range [][]string{
			{"info", "--json"}, {"info", "--verbose"}, {"check", "--json"}, {"events", "--all"}, {"events", "--all", "--json"}, {"events", "--all", "--csv"}, {"streams"},
		} {
			var stdout, stderr bytes.Buffer
			run(append(args, name), nil, &stdout, &stderr)
			low := strings.ReplaceAll(strings.ToLower(stdout.String()+stderr.String()), `\\`, `\`)
			for private := range found {
				if strings.Contains(low, private) {
					t.Errorf("%s: %v shows what is personal", filepath.Base(name), args)
				}
			}
		}
	}
	if met == 0 {
		t.Error("nothing personal was found: the reading is wrong")
	}
}

// everySecond is the low bytes of UTF-16 that begins at an offset of 0 or 1.
func everySecond(b []byte, from int) []byte {
	out := make([]byte, 0, len(b)/2)
	for i := from; i+1 < len(b); i += 2 {
		if b[i+1] == 0 {
			out = append(out, b[i])
		} else {
			out = append(out, 0)
		}
	}
	return out
}
