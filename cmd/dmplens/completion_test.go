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

// asked are lines at whose end Tab is pressed, and what every shell offers there. Of what has : = or a comma in it, that is the last part: shells
// differ in what they replace.
var asked = []struct{ line, want string }{
	{"st", "stack streams"},
	{"mo", "modules"},
	{"info --dep", "--depth"},
	{"info --depth ", "full header"},
	{"info --depth=h", "header"},
	{"info --outp", "--output"},
	{"info --color a", "always auto"},
	{"scan --depth d", "deep"},
	{"scan --duplicates e", "exact"},
	{"scan --fail-on da", "damaged"},
	{"scan --fail-on finding:trunc", "truncated"},
	{"scan --group-by mod", "model model_id module"},
	{"scan --columns path,ver", "verdict"},
	{"report --columns sig", "signature"},
	{"report --sort pro", "problem process processors"},
	{"report --format j", "jsonl"},
	{"memory --format=q", "qwords"},
	{"diff --fail-on new,g", "gone growing"},
	{"explain DRIVER_POWER_S", "DRIVER_POWER_STATE_FAILURE"},
	{"explain --machine arm", "arm arm64"},
	{"x.dmp --mark", "--markdown"},
	{"help sca", "scan"},
	{"man ver", "version"},
	{"completion ", "bash fish powershell zsh"},
	{"FOL", "FOLDER"},
	{"info FOL", "FOLDER"},
	{"check --private FOL", "FOLDER"}, // a switch
	{"info --events FOL", "FOLDER"},
	{"events --since FOL", ""}, // a time
	{"check FOLDER/MEM", "FOLDER/MEMORY.DMP"},
	{"scan FOL", "FOLDER"},
	{"info --output FOL", "FOLDER"},
	{"scan --files-from FOL", "FOLDER"},
	{"report --baseline=FOL", "FOLDER"},
}

// compareOffers compares what a shell offers for each line.
func compareOffers(t *testing.T, got []string) {
	t.Helper()
	if len(got) != len(asked) {
		t.Fatalf("%d answers to %d lines:\n%s", len(got), len(asked), strings.Join(got, "\n"))
	}
	for i, x := range asked {
		var words []string
		for _, word := range strings.Fields(got[i]) {
			words = append(words, strings.TrimSuffix(word[strings.LastIndexAny(word, ":=,")+1:], "/"))
		}
		slices.Sort(words)
		want := x.want
		if len(words) == 1 && words[0] == filepath.Base(want) { // without the folder that was typed
			want = words[0]
		}
		if g := strings.Join(words, " "); g != want {
			t.Errorf("%q: %q, want %q", x.line, g, want)
		}
	}
}

// completing is a folder to complete in. It has the script of a shell.
func completing(t *testing.T, shell string) (program, folder string) {
	t.Helper()
	program, err := exec.LookPath(shell)
	if err != nil {
		t.Skipf("%s COMPLETION IS NOT TRIED: %s is not installed", strings.ToUpper(shell), shell)
	}
	folder = t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "FOLDER"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"script": answered(t, "completion", shell), "FOLDER/MEMORY.DMP": ""} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return program, folder
}

// output is what a program prints in a folder, by lines.
func output(t *testing.T, folder, program string, args ...string) []string {
	t.Helper()
	c := exec.Command(program, args...)
	var stderr bytes.Buffer
	c.Dir, c.Stderr = folder, &stderr
	out, err := c.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%v\n%s%s", err, out, &stderr)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// bash splits a line at : and = too. Where the script offers nothing, bash itself completes files: with -o default.
func TestBashOffers(t *testing.T) {
	bash, folder := completing(t, "bash")
	const program = `. ./script
compopt() { [[ $1 == +o && $2 == default ]] && fallback=; }
for line; do
	fallback=1
	read -ra COMP_WORDS <<<"$line"
	[[ $line == *' ' ]] && COMP_WORDS+=('')
	COMP_WORDS=(dmplens "${COMP_WORDS[@]}") COMP_CWORD=${#COMP_WORDS[@]}
	((COMP_CWORD--))
	COMPREPLY=()
	_dmplens
	if [[ $fallback && ${#COMPREPLY[@]} == 0 && $(complete -p dmplens) == *'-o default'* ]]; then
		word=${COMP_WORDS[COMP_CWORD]}
		COMPREPLY=($(compgen -f -- "${word#=}"))
	fi
	printf '%s\n' "${COMPREPLY[*]}"
done`
	args := []string{"--norc", "-c", program, "bash"}
	for _, x := range asked {
		args = append(args, strings.NewReplacer(":", " : ", "=", " = ").Replace(x.line))
	}
	compareOffers(t, output(t, folder, bash, args...))
}

// zsh is asked as somebody asks it who presses Tab.
func TestZshOffers(t *testing.T) {
	zsh, folder := completing(t, "zsh")
	driver, err := filepath.Abs("testdata/offered.zsh")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-f", driver, "./script"}
	for _, x := range asked {
		args = append(args, "dmplens "+x.line)
	}
	compareOffers(t, output(t, folder, zsh, args...))
}

// fish is asked what it would offer.
func TestFishOffers(t *testing.T) {
	fish, folder := completing(t, "fish")
	args := []string{"-N", "-c", "source script; for line in $argv; echo (complete -C $line | string replace -r '\\t.*' ''); end"}
	for _, x := range asked {
		args = append(args, "dmplens "+x.line)
	}
	compareOffers(t, output(t, folder, fish, args...))
}

// Fish shows no text beside a value: that of its flag would stand beside each.
func TestFishValuesAreBare(t *testing.T) {
	fish, folder := completing(t, "fish")
	for _, line := range []string{"dmplens scan --group-by ", "dmplens scan --columns ", "dmplens diff --fail-on ", "dmplens info --depth "} {
		for _, offer := range output(t, folder, fish, "-N", "-c", "source script; complete -C $argv", line) {
			if strings.Contains(strings.TrimSpace(offer), "\t") {
				t.Errorf("%q: %q", line, offer)
			}
		}
	}
}

// The commands of the help of completion work in a home that has nothing: the shell that starts next completes dmplens.
func TestCompletionIsInstalled(t *testing.T) {
	needShell(t)
	asked := map[string][]string{
		"bash": {"-i", "-c", "complete -p dmplens"},
		"zsh":  {"-i", "-c", "print -r -- complete $_comps[dmplens]"},
		"fish": {"-c", "complete -C 'dmplens scan --dep'"},
	}
	want := map[string]string{"bash": "-F _dmplens dmplens", "zsh": "complete _dmplens", "fish": "--depth"}
	shell := ""
	commands := map[string][]string{}
	for line := range strings.Lines(completionVerb.long) {
		switch command, indented := strings.CutPrefix(line, "  "); {
		case indented:
			commands[shell] = append(commands[shell], strings.TrimSpace(command))
		default:
			shell, _, _ = strings.Cut(line, ":")
		}
	}
	for shell, args := range asked {
		t.Run(shell, func(t *testing.T) {
			if len(commands[shell]) == 0 {
				t.Fatal("the help has no commands")
			}
			needProgram(t, shell)
			program, err := exec.LookPath("dmplens")
			if err != nil {
				t.Fatal(err)
			}
			home := t.TempDir()
			env := append(os.Environ(), "HOME="+home, "ZDOTDIR="+home, "XDG_CONFIG_HOME="+filepath.Join(home, ".config"), "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
			for _, command := range commands[shell] {
				c := exec.Command("sh", "-c", command)
				c.Env = env
				if out, err := c.CombinedOutput(); err != nil {
					t.Fatalf("%s: %v: %s", command, err, out)
				}
			}
			c := exec.Command(shell, args...)
			c.Env = env
			if out, err := c.Output(); err != nil || !strings.Contains(string(out), want[shell]) {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}
