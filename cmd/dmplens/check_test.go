package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// A copy that stopped in a file of the right length, and a dump in a file that is longer.
func TestCheckZeros(t *testing.T) {
	for _, c := range []struct {
		sample     string
		thousandth int // where zeros begin
		more       int // bytes behind the dump
		code       int
		want       string
	}{
		{"bitmap-full.dmp", 600, 0, exitFinding, "Verdict    partial: it looks unfinished"},
		{"bitmap-full.dmp", 465, 0, exitFinding, "Verdict    damaged"},
		{"range.dmp", 600, 0, exitFinding, "Verdict    damaged"},
		{"triage-amd64.dmp", 465, 0, exitFinding, "Verdict    damaged"},
		{"triage-x86.dmp", 990, 0, exitFinding, "Verdict    partial: it looks unfinished"},
		{"task-manager-live.dmp", 1000, 1 << 20, exitOK, "Verdict    complete, but only the first 410,350 bytes of the file are the dump"},
		{"triage-amd64.dmp", 1000, 1 << 20, exitOK, "Verdict    complete, but only the first 71,844 bytes of the file are the dump"},
		{"task-manager-live.dmp", 1000, 0, exitOK, "Verdict    complete: length"},
	} {
		for _, s := range dmptest.Samples() {
			if s.Name != c.sample {
				continue
			}
			data := append(bytes.Clone(s.Data), make([]byte, c.more)...)
			clear(data[len(s.Data)*c.thousandth/1000:])
			name := filepath.Join(t.TempDir(), s.Name)
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"check", name}, {"check", "--deep", name}} {
				var stdout, stderr bytes.Buffer
				if code := run(args, strings.NewReader(""), &stdout, &stderr); code != c.code || !strings.Contains(stdout.String(), c.want) {
					t.Errorf("%s from %d thousandths: exit code %d, want %d\n%s%s", c.sample, c.thousandth, code, c.code, &stdout, &stderr)
				}
			}
		}
	}
}
