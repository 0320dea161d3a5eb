package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// answered is what dmplens writes, or ends the test.
func answered(t *testing.T, args ...string) string {
	t.Helper()
	var out, stderr bytes.Buffer
	if code := run(args, nil, &out, &stderr); code != exitOK || stderr.Len() > 0 {
		t.Fatalf("%q: code %d, %s", args, code, &stderr)
	}
	return out.String()
}

// Each script is kept, and its shell finds no fault with its syntax.
func TestCompletionScripts(t *testing.T) {
	checks := map[string][]string{
		"bash": {"bash", "-n"}, "zsh": {"zsh", "-n"}, "fish": {"fish", "-n"},
		"powershell": {"pwsh", "-NoProfile", "-File"},
	}
	for _, shell := range shells {
		t.Run(shell, func(t *testing.T) {
			script := answered(t, "completion", shell)
			golden := filepath.Join("testdata", "completion."+shell)
			if *update {
				if err := os.WriteFile(golden, []byte(script), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), script); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			check := checks[shell]
			if _, err := exec.LookPath(check[0]); err != nil {
				t.Skipf("THE SCRIPT IS NOT CHECKED: %s is not installed", check[0])
			}
			file := filepath.Join(t.TempDir(), "script.ps1")
			if err := os.WriteFile(file, []byte(script), 0o666); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(check[0], append(check[1:], file)...).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// bash is asked as it asks a script: with its line split into words.
func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("BASH COMPLETION IS NOT TRIED: bash is not installed")
	}
	script := filepath.Join(t.TempDir(), "dmplens.bash")
	if err := os.WriteFile(script, []byte(answered(t, "completion", "bash")), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ words, want string }{
		{"st", "stack streams"},
		{"mo", "modules"},
		{"MEM", ""}, // a file
		{"info --de", "--depth"},
		{"info --depth ", "header full"},
		{"info --depth = h", "header"},
		{"scan --depth d", "deep"},
		{"scan --fail-on da", "damaged"},
		{"scan --fail-on finding : trunc", "truncated"},
		{"scan --group-by mod", "module model model_id"},
		{"scan --columns path,ver", "path,verdict"},
		{"report --sort pro", "process problem processors"},
		{"memory --format q", "qwords"},
		{"diff --fail-on g", "growing gone"},
		{"check --color a", "auto always"},
		{"check --private ", ""}, // a switch: files
		{"info --events ", ""},   // files
		{"x.dmp --mark", "--markdown"},
		{"help sca", "scan"},
	} {
		words := strings.Split(test.words, " ")
		line := ". " + script + "\nCOMP_WORDS=(dmplens \"$@\"); COMP_CWORD=$#; _dmplens; printf '%s\\n' \"${COMPREPLY[*]}\""
		out, err := exec.Command(bash, append([]string{"--norc", "-c", line, "bash"}, words...)...).CombinedOutput()
		got, want := strings.Fields(string(out)), strings.Fields(test.want)
		slices.Sort(got)
		slices.Sort(want)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %q, want %q", test.words, err, got, want)
		}
	}
}

// The help of a flag names the values that are offered for it. --sort takes those of --columns.
func TestCompletionValues(t *testing.T) {
	for _, v := range verbs {
		for _, f := range flagsOf(v) {
			for _, value := range valuesOf(v, f.Name) {
				if name, _, _ := strings.Cut(value, ":"); f.Name != "sort" && !strings.Contains(f.Usage, name) {
					t.Errorf("%s --%s does not say that it takes %s", v.name, f.Name, value)
				}
			}
		}
	}
}

// fish is asked what it would offer.
func TestFishCompletes(t *testing.T) {
	fish, err := exec.LookPath("fish")
	if err != nil {
		t.Skip("FISH COMPLETION IS NOT TRIED: fish is not installed")
	}
	for line, want := range map[string]string{"info --depth ": "full header", "help sc": "scan", "scan --fail-on finding:trunc": "finding:truncated"} {
		out, err := exec.Command(fish, "-N", "-c", "source testdata/completion.fish; complete -C 'dmplens "+line+"'").CombinedOutput()
		var got []string
		for offered := range strings.Lines(string(out)) {
			word, _, _ := strings.Cut(strings.TrimSpace(offered), "\t")
			got = append(got, word)
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: %v, %q, want %q", line, err, got, want)
		}
	}
}
