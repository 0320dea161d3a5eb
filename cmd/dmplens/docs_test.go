package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// shell runs a command line as the reader of a document would, with dmplens on the PATH.
func shell(t *testing.T, dir, line string) string {
	t.Helper()
	program, err := exec.LookPath("dmplens") // testscript puts it there
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("sh", "-c", line)
	c.Dir = dir
	c.Env = append(os.Environ(), "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"), "GOBIN="+t.TempDir())
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr // the go command tells there what it downloads
	if err := c.Run(); err != nil {
		t.Errorf("%s: %v\n%s", line, err, &stderr)
	}
	return stdout.String()
}

func needProgram(t *testing.T, name string) {
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("THE EXAMPLE IS NOT TRIED: %s is not installed", name)
	}
}

func needShell(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the documents show commands for a Unix shell")
	}
}

// isGoCommand says whether a command of the README is one of the go command, which may stand behind a variable of the environment.
func isGoCommand(command string) bool {
	return strings.HasPrefix(strings.TrimPrefix(command, static+" "), "go ")
}

// readmeCommand runs a command of the README in the folder work. The go command works at the top of the repository, where everything is
// compiled already; the dmplens of this test stands in for it with -short, and under the race detector, which has other packages.
func readmeCommand(t *testing.T, top, work, command string) string {
	args, isRun := strings.CutPrefix(command, "go run ./cmd/dmplens ")
	switch quick := testing.Short() || raceDetector(); {
	case command == "go test ./...": // which is running now
		return ""
	case !isGoCommand(command):
		return shell(t, work, command)
	case !quick:
		return shell(t, top, command)
	case isRun:
		return shell(t, work, "dmplens "+args)
	}
	return ""
}

// TestReadme runs every command of the README next to the samples, twice, and compares the output that is shown below one. With
// -update, output is written below those commands that have some, apart from JSON.
func TestReadme(t *testing.T) {
	needShell(t)
	const name = "../../README.md"
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	top, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	if err := os.Symlink(filepath.Join(top, "testdata"), filepath.Join(work, "testdata")); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	commands := 0
	again := map[string]string{} // what commands print, which can be run again
	inBlock := false
	for line := range strings.Lines(string(b)) {
		fence := strings.HasPrefix(line, "```")
		command, isCommand := strings.CutPrefix(line, "$ ")
		if fence {
			inBlock = line == "```console\n"
		}
		if !inBlock || fence {
			out.WriteString(line)
			continue
		}
		if !isCommand {
			continue // output, which is written below its command
		}
		commands++
		out.WriteString(line)
		command = strings.TrimSpace(command)
		printed := readmeCommand(t, top, work, command)
		out.WriteString(printed)
		if !isGoCommand(command) {
			again[command] = printed
		}
	}
	for command, before := range again {
		if now := shell(t, work, command); now != before {
			t.Errorf("%s prints something else the second time (-first +second):\n%s", command, cmp.Diff(before, now))
		}
	}
	if commands < 8 {
		t.Errorf("only %d commands were found", commands)
	}
	left, err := os.ReadDir(work)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		if e.Name() != "testdata" && !slices.Contains(ignored(t), e.Name()) {
			t.Errorf("a command of the README writes %s, which .gitignore does not name", e.Name())
		}
	}
	if *update {
		if err := os.WriteFile(name, []byte(out.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	} else if out.String() != string(b) {
		t.Errorf("the README does not show what its commands print (-README +now):\n%s", cmp.Diff(string(b), out.String()))
	}
}

// TestHelpExamples runs the examples that the help of each verb shows.
func TestHelpExamples(t *testing.T) {
	needShell(t)
	examples := strings.Split(helpTail, "Exit codes:")[0]
	for _, v := range verbs {
		examples += v.examples
	}
	ran := 0
	for line := range strings.Lines(examples) {
		if line = strings.TrimSpace(line); !strings.Contains(line, "dmplens ") {
			continue
		}
		line, _, _ = strings.Cut(line, "   ") // what follows is a remark
		ran++
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for to, from := range map[string]string{"MEMORY.DMP": "triage-amd64-kernel.dmp", "LiveDump.dmp": "task-manager-live.dmp", "a.dmp": "summary.dmp",
				"System.evtx": "logs/System.evtx", "DumpStack.log": "logs/DumpStack.log"} {
				b, err := os.ReadFile(filepath.Join(samples, from))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, to), b, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			dump := string(sampleBytes(t, "summary.dmp"))
			if err := os.WriteFile(filepath.Join(dir, "share.zip"), zipped(t, "dumps/a.dmp", dump, "dumps/b.dmp", dump+"x"), 0o666); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(line, "xz ") {
				needProgram(t, "xz")
				shell(t, dir, "xz -k MEMORY.DMP")
			}
			record := dmptest.ErrorRecord{Sections: dmptest.ErrorSections()}.Image().Data()
			if err := os.WriteFile(filepath.Join(dir, "record.bin"), record, 0o666); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(line, "report ") || strings.Contains(line, "diff ") {
				shell(t, dir, "dmplens scan --format jsonl --output rows.jsonl . && cp rows.jsonl old.jsonl && cp rows.jsonl new.jsonl")
			}
			shell(t, dir, strings.TrimSpace(line))
		})
	}
	if ran < 8 {
		t.Errorf("only %d examples were found", ran)
	}
}
