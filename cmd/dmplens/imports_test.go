package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/dmplens/dmplens/"

// goList returns what the go command says of packages, a line each, from the top of the repository.
func goList(t *testing.T, args ...string) []string {
	t.Helper()
	c := exec.Command("go", append([]string{"list"}, args...)...)
	c.Dir = "../.."
	out, err := c.Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return strings.Fields(string(out))
}

func TestFormatPackagesNeedOnlyTheStandardLibrary(t *testing.T) {
	for root, own := range map[string]string{"./dmpfile/...": module + "dmpfile", "./bugcheck/...": module + "bugcheck"} {
		for _, p := range goList(t, "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", root) {
			if p != own && !strings.HasPrefix(p, own+"/") {
				t.Errorf("%s depends on %s", root, p)
			}
		}
	}
}

func TestImportsPointOneWay(t *testing.T) {
	only := map[string][]string{ // who may import it
		"github.com/olekukonko/tablewriter":  {module + "report/text"},
		"github.com/spf13/pflag":             {module + "cmd/dmplens"},
		"github.com/klauspost/compress/zstd": {module + "report/batch/archive"},
		module + "report/analyze":            {module + "cmd/dmplens", module + "report/batch", module + "report/batch/archive"},
		module + "dmpfile/dmptest":           nil,
	}
	for _, line := range goList(t, "-f", `{{.ImportPath}}:{{join .Imports ","}}`, "./...") {
		p, list, _ := strings.Cut(line, ":")
		for _, i := range strings.Split(list, ",") {
			if users, ok := only[i]; ok && !slices.Contains(users, p) {
				t.Errorf("%s imports %s", p, i)
			}
			if p == module+"report" && strings.HasPrefix(i, module) {
				t.Errorf("report imports %s", i)
			}
			renderer := p == module+"report/text" || p == module+"report/record"
			if renderer && strings.HasPrefix(i, module) && i != module+"report" {
				t.Errorf("%s imports %s", p, i)
			}
		}
	}
}

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{"cmd", "dmpfile", "bugcheck", "report", "testdata", "go.mod", "go.sum", "README.md"}
	for _, e := range entries {
		if !slices.Contains(allowed, e.Name()) && !strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s does not belong at the top of the repository", e.Name())
		}
	}
}
