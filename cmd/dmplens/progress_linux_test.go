package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal returns the two ends of a pseudo-terminal that is 100 columns wide.
func openTerminal(t *testing.T) (screen, program *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { screen.Close() })
	fd := int(screen.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if program, err = os.OpenFile(fmt.Sprint("/dev/pts/", n), os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(program.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 100}); err != nil {
		t.Fatal(err)
	}
	return screen, program
}

// shown is what a terminal shows after an output of lines, colours, and lines that are taken back.
func shown(output string) []string {
	lines := []string{""}
	up := regexp.MustCompile(`^\x1b\[(\d*)([A-Za-z])`)
	for output != "" {
		last := len(lines) - 1
		if m := up.FindStringSubmatch(output); m != nil {
			if m[2] == "A" {
				n, _ := strconv.Atoi(m[1])
				lines = append(lines[:max(0, last-max(n, 1))], "")
			}
			output = output[len(m[0]):]
			continue
		}
		switch output[0] {
		case '\n':
			lines = append(lines, "")
		case '\r':
		default:
			lines[last] += output[:1]
		}
		output = output[1:]
	}
	return lines
}

// onTerminal runs dmplens with both outputs on a terminal, and returns what it wrote there. Look is called with the end of what it wrote so far,
// from time to time.
func onTerminal(t *testing.T, look func(end string), args ...string) string {
	t.Helper()
	program, err := exec.LookPath("dmplens")
	if err != nil {
		t.Fatal(err)
	}
	screen, terminal := openTerminal(t)
	c := exec.Command(program, args...)
	c.Stdout, c.Stderr = terminal, terminal
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	var output []byte
	for b := make([]byte, 1<<16); err == nil; {
		var n int
		n, err = screen.Read(b)
		output = append(output, b[:n]...)
		look(string(output[max(0, len(output)-n-100):]))
	}
	if !errors.Is(err, syscall.EIO) { // that is how the end of a terminal reads
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil && c.ProcessState.ExitCode() != exitFinding {
		t.Fatal(err)
	}
	return string(output)
}

// TestProgressAndPager has rows in a pipe, as a pager gets them: there is no line beside it that moves the cursor.
func TestProgressAndPager(t *testing.T) {
	program, err := exec.LookPath("dmplens")
	if err != nil {
		t.Fatal(err)
	}
	const files = 2000
	screen, terminal := openTerminal(t)
	c := exec.Command(program, "scan", "--columns", "verdict,path", smallFiles(t, files))
	var rows strings.Builder
	c.Stdout, c.Stderr = &rows, terminal // what is no file is given a pipe
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	output, err := io.ReadAll(screen)
	if err != nil && !errors.Is(err, syscall.EIO) {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(rows.String(), "\n"); n != files+1 || strings.Contains(string(output), "\x1b") || strings.Contains(string(output), " of ") {
		t.Errorf("%d lines, and beside them %q", n, output)
	}
}

// TestRowsOnTerminal has rows and the progress line on one terminal: no row is taken back with the line.
func TestRowsOnTerminal(t *testing.T) {
	const files = 20_000
	top := smallFiles(t, files)
	output := onTerminal(t, func(string) {}, "scan", "--sorted", "--columns", "verdict,path", top)
	rows := 0
	for _, line := range shown(output) {
		if strings.HasSuffix(line, fmt.Sprintf("%05d.dmp", rows)) {
			rows++
		}
	}
	if rows != files {
		t.Errorf("%d of %d rows are shown", rows, files)
	}
	if !strings.Contains(output, " of 20000 files, 0 dumps, ") || !strings.Contains(output, "dmplens: 20000 rows, 0 kernel dumps") {
		t.Errorf("no progress, or no summary: %q", output[max(0, len(output)-300):])
	}
}

// TestFetchOnTerminal has what failed above the line that shows how far a fetch is, and what went well in the line alone.
func TestFetchOnTerminal(t *testing.T) {
	files := exampleFiles()
	inLine := make(chan bool) // closed when the line shows that two of three files are done
	once := sync.OnceFunc(func() { close(inLine) })
	server := newSymbolServer(t, files, "ndis.sys")
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/example.sys/") {
			<-inLine
		}
		server.Config.Handler.ServeHTTP(w, r)
	}))
	defer slow.Close()
	look := func(end string) {
		if strings.Contains(end, "2 of 3 files, ") {
			once()
		}
	}
	output := onTerminal(t, look, "symbols", "--fetch", "--stack", "--symbols", "srv*"+t.TempDir()+"*"+slow.URL, filepath.Join(samples, "triage-amd64-kernel.dmp"))
	lines := shown(output)
	for _, want := range []string{"dmplens: asking " + slow.URL, "dmplens: ndis.sys/5F9A3C11170000/ndis.sys could not be asked for; ", "dmplens: no server has ntoskrnl.exe/", "dmplens: fetched example.sys/65A1B2C321000/example.sys, ", "dmplens: fetched 2 files, ", "  have     65A1B2C321000 "} {
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, want) }) {
			t.Errorf("no line begins %q:\n%s", want, strings.Join(lines, "\n"))
		}
	}
	if slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, " of 3 files, ") }) {
		t.Errorf("the line: %q\n%s", output, strings.Join(lines, "\n"))
	}
}

// A terminal shows no web page, unless that is asked for.
func TestPageOnTerminal(t *testing.T) {
	program, err := exec.LookPath("dmplens")
	if err != nil {
		t.Fatal(err)
	}
	screen, terminal := openTerminal(t)
	go io.Copy(io.Discard, screen)
	dump := filepath.Join(samples, "triage-amd64.dmp")
	for _, x := range []struct {
		args []string
		said string
	}{
		{[]string{"--html", dump}, "a terminal shows no web page: it goes to a new file with --output page.html"},
		{[]string{"--html", dump, "--output", "-"}, ""},
	} {
		var stderr strings.Builder
		c := exec.Command(program, x.args...)
		c.Stdout, c.Stderr = terminal, &stderr
		if err := c.Run(); (err != nil) != (x.said != "") || !strings.Contains(stderr.String(), x.said) {
			t.Errorf("%q: %v, %s", x.args, err, &stderr)
		}
	}
	terminal.Close()
}
