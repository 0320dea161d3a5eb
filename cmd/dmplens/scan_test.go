package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// TestKilledScan kills scans when they have left some rows and want to go on, and goes on with the same rows each time: in the end they
// are those of a scan that nobody killed.
func TestKilledScan(t *testing.T) {
	program, err := exec.LookPath("dmplens")
	if err != nil {
		t.Fatal(err)
	}
	const kills, each = 20, 30 // how often, and how many files each scan knows more than the one before
	top := t.TempDir()
	var names []string
	list := dmptest.Samples()
	for i := range kills * each {
		name := filepath.Join(top, fmt.Sprintf("%04d.dmp", i))
		data := list[i%len(list)].Data
		if err := os.WriteFile(name, data[:min(len(data), 0x4000)], 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name+"\n")
	}
	// begin begins a scan of some files, which does not end before its list is closed.
	begin := func(rows string, names []string) (c *exec.Cmd, list io.Closer) {
		c = exec.Command(program, "scan", "--sorted", "--format", "jsonl", "--output", rows, "--resume", "--files-from", "-")
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		c.Stderr = new(bytes.Buffer)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(in, strings.Join(names, "")); err != nil {
			t.Fatal(err, c.Stderr)
		}
		return c, in
	}
	rowsIn := func(name string) int {
		b, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		return bytes.Count(b, []byte("\n"))
	}
	rows, whole := filepath.Join(t.TempDir(), "rows.jsonl"), filepath.Join(t.TempDir(), "whole.jsonl")
	unfinished := 0 // scans that were killed before their last row
	for i := range kills {
		known := (i + 1) * each
		before := rowsIn(rows)
		c, _ := begin(rows, names[:known])
		for rowsIn(rows) == before {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(rand.IntN(5)) * time.Millisecond)
		c.Process.Kill()
		if err := c.Wait(); err == nil {
			t.Fatalf("scan %d had ended: %s", i, c.Stderr)
		}
		if rowsIn(rows) < known {
			unfinished++
		}
	}
	if unfinished == 0 {
		t.Errorf("no scan of %d was killed before its last row", kills)
	}
	for _, name := range []string{rows, whole} {
		c, list := begin(name, names)
		list.Close()
		if err := c.Wait(); err != nil {
			t.Fatalf("%v\n%s", err, c.Stderr)
		}
	}
	got, err := os.ReadFile(rows)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(want, []byte("\n")); n != len(names) || !bytes.Contains(want, []byte(`"duplicate_of"`)) {
		t.Errorf("%d rows of %d files", n, len(names))
	}
	samples := regexp.MustCompile(`,"samples":"[^"]*"`) // each file of rows has a key of its own
	want, got = samples.ReplaceAll(want, nil), samples.ReplaceAll(got, nil)
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// smallFiles makes a folder of so many files that are no dumps.
func smallFiles(t *testing.T, n int) string {
	t.Helper()
	top := t.TempDir()
	for i := range n {
		if err := os.WriteFile(filepath.Join(top, fmt.Sprintf("%05d.dmp", i)), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return top
}

// TestInterruptedScan ends a scan as Ctrl-C does: what was done is written, and the rest is counted.
func TestInterruptedScan(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such signal")
	}
	program, err := exec.LookPath("dmplens")
	if err != nil {
		t.Fatal(err)
	}
	const files = 20_000
	top := smallFiles(t, files)
	name := filepath.Join(t.TempDir(), "page.html")
	c := exec.Command(program, "scan", "--format", "jsonl", "--sorted", "--jobs", "1", "--html", name, top)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	n := 0
	for lines.Scan() {
		if n++; n == 10 {
			c.Process.Signal(os.Interrupt)
		}
		if !json.Valid(lines.Bytes()) {
			t.Fatalf("row %d: %q", n, lines.Bytes())
		}
	}
	err = c.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted || n < 10 || n >= files || !strings.Contains(stderr.String(), fmt.Sprintf("interrupted: %d rows written, %d more files not looked at\n", n, files-n)) {
		t.Errorf("%v, %d rows, %s", err, n, &stderr)
	}
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"<title>Partial: ", "not of all files", fmt.Sprintf("interrupted: %d rows written, %d more files not looked at.", n, files-n)} {
		if !strings.Contains(string(page), part) {
			t.Errorf("the page does not say %q", part)
		}
	}
}

// TestClosedPipe has a reader that goes away, which is no failure.
func TestClosedPipe(t *testing.T) {
	program, err := exec.LookPath("dmplens")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, "scan", "--format", "jsonl", samples, samples, samples, samples, samples)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	out.Close()
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
}
