package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// TestKilledScan kills scans at any moment, and goes on with the same rows each time: in the end they are those of a scan that nobody
// killed.
func TestKilledScan(t *testing.T) {
	program, err := exec.LookPath("dmplens")
	if err != nil {
		t.Fatal(err)
	}
	top := t.TempDir()
	const files = 600
	list := dmptest.Samples()
	for i := range files {
		folder := filepath.Join(top, fmt.Sprintf("host%02d", i%7))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(folder, fmt.Sprintf("%04d.dmp", i))
		data := list[i%len(list)].Data
		if err := os.WriteFile(name, data[:min(len(data), 0x4000)], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	scan := func(rows string, limit time.Duration) (killed bool) {
		c := exec.Command(program, "scan", "--sorted", "--format", "jsonl", "--output", rows, "--resume", top)
		var stderr bytes.Buffer
		c.Stderr = &stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if limit > 0 {
			time.Sleep(limit)
			c.Process.Kill()
			c.Wait()
			return true
		}
		if err := c.Wait(); err != nil {
			t.Fatalf("%v\n%s", err, &stderr)
		}
		return false
	}
	rows, whole := filepath.Join(t.TempDir(), "rows.jsonl"), filepath.Join(t.TempDir(), "whole.jsonl")
	for range 20 {
		scan(rows, time.Duration(5+rand.IntN(40))*time.Millisecond)
	}
	scan(rows, 0)
	scan(whole, 0)
	got, err := os.ReadFile(rows)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(want, []byte("\n")); n != files || !bytes.Contains(want, []byte(`"duplicate_of"`)) {
		t.Errorf("%d rows of %d files", n, files)
	}
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
	c := exec.Command(program, "scan", "--format", "jsonl", "--sorted", "--jobs", "1", top)
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
