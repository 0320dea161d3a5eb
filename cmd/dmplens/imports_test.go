package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/dmplens/dmplens/"

// importers says who may import a package or one below it: the longest path that fits counts, and users stand for the packages below
// them too. Every import that is not of the standard library must be in the table. Tests may import what their package may, and
// what tests says.
var importers = []struct{ of, users, tests string }{
	{"bugcheck", "bugcheck cmd report/analyze report/events", "report"},
	{"dmpfile", "cmd dmpfile report/analyze report/batch report/events", "report"},
	{"dmpfile/dmptest", "", "cmd dmpfile report"},
	{"report", "cmd report/analyze report/batch report/events report/html report/page report/personal report/record report/text", "report"},
	{"report/analyze", "cmd report/batch", ""},
	{"report/batch", "cmd report/batch", ""},
	{"report/events", "cmd report/analyze report/batch", ""},
	{"report/html", "cmd", "report"},
	{"report/page", "cmd report/html report/page report/text", "report"},
	{"report/personal", "report/analyze", ""},
	{"report/record", "cmd", "report"},
	{"report/schema", "cmd", ""},
	{"report/text", "cmd report/text", "report"},

	{"github.com/expr-lang/expr", "report/batch", ""},
	{"github.com/go-json-experiment/json", "report/batch", ""},
	{"github.com/goccy/go-json", "report/record", ""},
	{"github.com/klauspost/compress", "report/batch", ""},
	{"github.com/olekukonko/tablewriter", "report/text", ""},
	{"github.com/spf13/pflag", "cmd", ""},
	{"github.com/vbauerster/mpb", "cmd", ""},
	{"golang.org/x/arch", "dmpfile/unwind", ""},
	{"golang.org/x/sys", "cmd report/batch", ""},
	{"golang.org/x/term", "cmd", ""},
	{"net", "dmpfile/symstore", "cmd"}, // with net/http: nothing else may use the network

	{"github.com/google/go-cmp", "", "bugcheck cmd dmpfile report"},
	{"github.com/google/jsonschema-go", "", "report/schema"},
	{"github.com/rogpeppe/go-internal", "", "cmd"},
	{"github.com/santhosh-tekuri/jsonschema", "", "report/schema"},
	{"pgregory.net/rapid", "", "bugcheck cmd dmpfile report"},
}

// alone are packages that import nothing of ours: dmptest must not share the layouts of the parsers that it tests.
var alone = []string{"report", "dmpfile/dmptest"}

// within says whether a package is one of some trees of packages.
func within(pkg string, trees ...string) bool {
	return slices.ContainsFunc(trees, func(tree string) bool { return pkg == tree || strings.HasPrefix(pkg, tree+"/") })
}

// mayImport looks an import of a package of ours up in the table. Packages of ours are named without the module.
func mayImport(pkg, imported string, test bool) bool {
	imported, ours := strings.CutPrefix(imported, module)
	if ours && !test && slices.Contains(alone, pkg) {
		return false
	}
	if ours && test && imported == pkg {
		return true // a test from outside
	}
	users, found := []string(nil), ""
	for _, row := range importers {
		if within(imported, row.of) && len(row.of) > len(found) {
			found, users = row.of, strings.Fields(row.users)
			if test {
				users = append(users, strings.Fields(row.tests)...)
			}
		}
	}
	if found == "" {
		first, _, _ := strings.Cut(imported, "/")
		return !ours && !strings.Contains(first, ".") // the standard library
	}
	return within(pkg, users...)
}

// TestImportsPointOneWay reads the imports of every file, those for other systems too.
func TestImportsPointOneWay(t *testing.T) {
	files := 0
	err := fs.WalkDir(os.DirFS("../.."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || len(name) > 1 && strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		if d.IsDir() || path.Ext(name) != ".go" {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("../..", name), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		files++
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if !mayImport(path.Dir(name), imported, strings.HasSuffix(name, "_test.go")) {
				t.Errorf("%s imports %s", name, imported)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("only %d files were found", files)
	}
}

// TestMayImport has imports that the table must refuse, and next to them ones that it must not.
func TestMayImport(t *testing.T) {
	for _, c := range []struct {
		pkg, imported string
		test, want    bool
	}{
		{"report/record", "github.com/olekukonko/tablewriter/pkg/twwidth", false, false},
		{"report/record", "github.com/olekukonko/tablewriter/pkg/twwidth", true, false},
		{"report/text/grid", "github.com/olekukonko/tablewriter/pkg/twwidth", false, true},
		{"report/textual", "github.com/olekukonko/tablewriter", false, false},
		{"report/batch", "github.com/spf13/pflag", false, false},
		{"cmd/dmplens", "github.com/spf13/pflag", false, true},
		{"dmpfile/pe", "golang.org/x/arch/x86/x86asm", false, false},
		{"dmpfile/unwind", "golang.org/x/arch/x86/x86asm", false, true},
		{"dmpfile/pdb", "net/http", false, false},
		{"dmpfile/symstore", "net/http", false, true},
		{"dmpfile/pe", "debug/pe", false, true},
		{"dmpfile", "example.com/new", false, false},
		{"cmd/dmplens", "github.com/google/go-cmp/cmp", false, false},
		{"dmpfile/nt", module + "bugcheck/ntstatus", false, false},
		{"dmpfile/nt", module + "bugcheck", true, false},
		{"bugcheck", module + "dmpfile/dmptest", true, false},
		{"report/analyze", module + "dmpfile/dmptest", false, false},
		{"report/analyze", module + "dmpfile/dmptest", true, true},
		{"dmpfile/dmptest", module + "dmpfile", false, false},
		{"report", module + "report/page", false, false},
		{"report/text", module + "dmpfile", false, false},
		{"report/text", module + "report/page", false, true},
		{"report/record", module + "report/page", false, false},
		{"report/record", module + "report/text", false, false},
		{"report/html", module + "report/text", false, false},
		{"report/text", module + "report/analyze", false, false},
		{"report/analyze", module + "report/batch", false, false},
		{"report/analyze", module + "report/text", false, false},
		{"report/batch/where", module + "report/analyze", false, true},
		{"report/batch", module + "new", false, false},
		{"report/batch/patterns", module + "report/text", false, false},
		{"cmd/dmplens", module + "report/batch/patterns", false, true},
		{"report/page", module + "report/batch/patterns", false, false},
	} {
		if mayImport(c.pkg, c.imported, c.test) != c.want {
			t.Errorf("%s may import %s (in a test: %v): %v", c.pkg, c.imported, c.test, !c.want)
		}
	}
}

// topLevel lists what is at the top of the repository: what git tracks there, so that what somebody leaves there is no fault. In an unpacked
// archive it is all that there is, but for what git would ignore.
func topLevel(t *testing.T) (names []string) {
	tracked, err := exec.Command("git", "-C", "../..", "ls-files").Output()
	if err == nil && len(tracked) > 0 {
		for file := range strings.Lines(string(tracked)) {
			name, _, _ := strings.Cut(strings.TrimSpace(file), "/")
			names = append(names, name)
		}
		return names
	}
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(ignored(t), e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names
}

// ignored are the names at the top that git ignores.
func ignored(t *testing.T) (names []string) {
	list, err := os.ReadFile("../../.gitignore")
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.Lines(string(list)) {
		names = append(names, strings.Trim(name, "/\n"))
	}
	return names
}

func TestTopLevel(t *testing.T) {
	allowed := []string{"cmd", "dmpfile", "bugcheck", "report", "testdata", "go.mod", "go.sum", "README.md"}
	for _, name := range topLevel(t) {
		if !slices.Contains(allowed, name) && !strings.HasPrefix(name, ".") {
			t.Errorf("%s does not belong at the top of the repository", name)
		}
	}
}
