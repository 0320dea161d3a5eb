package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What goes to a file is not written for the terminal that stands beside it: no colour, and 80 columns or what rows need.
func TestOutputBesideTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	dump := filepath.Join(samples, "triage-amd64.dmp")
	rows := filepath.Join(t.TempDir(), "rows.jsonl")
	if code, _, stderr := ran(nil, "scan", "--format", "jsonl", "--output", rows, samples); code != exitOK {
		t.Fatal(stderr)
	}
	for _, args := range [][]string{{"info", dump}, {"check", dump}, {"stack", dump}, {"scan", "--sorted", samples}, {"report", rows}, {"explain", "9f"}} {
		_, want, _ := ran(nil, args...)
		file := filepath.Join(t.TempDir(), "file")
		onTerminal(t, func(string) {}, append(args, "--output", file)...)
		got, err := os.ReadFile(file)
		if err != nil || string(got) != want {
			t.Errorf("%q: %v\n%s\nwant\n%s", args, err, got, want)
		}
	}
}

// A terminal as standard input is told at once: whoever asks for it may wait for dmplens, which would wait for them.
func TestTerminalAsInput(t *testing.T) {
	program, err := exec.LookPath("dmplens")
	if err != nil {
		t.Fatal(err)
	}
	_, terminal := openTerminal(t)
	defer terminal.Close()
	c := exec.Command(program, "check", "-")
	var stderr bytes.Buffer
	c.Stdin, c.Stderr = terminal, &stderr
	c.Run()
	if code := c.ProcessState.ExitCode(); code != exitUnusable || !strings.Contains(stderr.String(), "it is a terminal, which has no dump: name a file, or dmplens check - < FILE") {
		t.Errorf("code %d, %s", code, &stderr)
	}
}
