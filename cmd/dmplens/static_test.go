package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// static is what the README puts before the go command.
const static = "CGO_ENABLED=0"

// TestStatic builds the program for Linux as the README says, and looks for what would make the system load a library: the name of an
// interpreter, and those of libraries.
func TestStatic(t *testing.T) {
	if testing.Short() || raceDetector() {
		t.Skip("builds the program")
	}
	for _, machine := range []string{"amd64", "arm64"} {
		t.Run(machine, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "dmplens")
			c := exec.Command("go", "build", "-o", name, ".")
			c.Env = append(os.Environ(), static, "GOOS=linux", "GOARCH="+machine)
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			f, err := elf.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for _, p := range f.Progs {
				if p.Type == elf.PT_INTERP {
					t.Error("it names an interpreter")
				}
			}
			libraries, err := f.ImportedLibraries()
			if err != nil || len(libraries) > 0 {
				t.Errorf("it needs %q (%v)", libraries, err)
			}
		})
	}
}

// TestReadmeStatic holds the README to both ways to write what makes the program static.
func TestReadmeStatic(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"```console\n$ " + static + " go install ./cmd/dmplens\n", "```powershell\n$env:" + static + "; go install ./cmd/dmplens\n"} {
		if !strings.Contains(string(b), command) {
			t.Errorf("the README lacks\n%s", command)
		}
	}
}
