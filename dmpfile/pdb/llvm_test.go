package pdb_test

import (
	"bytes"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/pdb"
)

// llvm runs a tool of LLVM under any of its usual names.
func llvm(t *testing.T, stdin, tool string, args ...string) string {
	for _, version := range []string{"-22", "-19", ""} {
		path, err := exec.LookPath(tool + version)
		if err != nil {
			continue
		}
		c := exec.Command(path, args...)
		c.Stdin = strings.NewReader(stdin)
		var stderr bytes.Buffer
		c.Stderr = &stderr
		out, err := c.Output()
		if err != nil && len(out) == 0 { // llvm-undname answers, and fails for one name that it does not know
			t.Fatalf("%s: %v\n%s", c, err, stderr.Bytes())
		}
		return string(out)
	}
	t.Skipf("SKIPPED: %s not installed, so that nothing is compared with it", tool)
	return ""
}

var (
	tags   = regexp.MustCompile(`\b(class|struct|union|enum) `)
	quoted = regexp.MustCompile("'::`[0-9]+'")
)

// undname asks LLVM for the plain names of decorated ones. A name that it does not know, or writes in a way that cannot be compared (the
// content of a string, a function around a name with all that it takes), is "".
func undname(t *testing.T, names []string) []string {
	if len(names) == 0 {
		return nil
	}
	out := llvm(t, strings.Join(names, "\n")+"\n", "llvm-undname",
		"--no-calling-convention", "--no-access-specifier", "--no-member-type", "--no-return-type", "--no-variable-type")
	list := make([]string, len(names))
	blocks := strings.Split(strings.TrimSuffix(out, "\n"), "\n\n")
	if len(blocks) != len(names) {
		t.Fatalf("%d names, %d answers", len(names), len(blocks))
	}
	for i, block := range blocks {
		name, plain, ok := strings.Cut(strings.TrimSpace(block), "\n")
		if name != names[i] {
			t.Fatalf("%q was asked, %q answered", names[i], name)
		}
		if !ok || strings.HasPrefix(name, "??_C@") || quoted.MatchString(plain) || strings.Contains(plain, "<&") || strings.Contains(plain, " &") && strings.Contains(name, "$1?") {
			continue
		}
		list[i] = nameOnly(plain)
	}
	return list
}

// nameOnly takes from a whole declaration of LLVM what it says of parameters, and puts its words into Microsoft's.
func nameOnly(s string) string {
	for _, end := range []string{" noexcept", " &&", " &", " volatile", " const"} {
		if strings.HasSuffix(s, ")"+end) {
			s = strings.TrimSuffix(s, end)
		}
	}
	for _, end := range []string{" const", " volatile"} {
		if strings.HasSuffix(s, ")"+end) {
			s = strings.TrimSuffix(s, end)
		}
	}
	if strings.HasSuffix(s, ")") {
		depth, at := 0, len(s)-1
		for ; at >= 0; at-- {
			switch s[at] {
			case ')':
				depth++
			case '(':
				depth--
			}
			if depth == 0 {
				break
			}
		}
		s = s[:at]
	}
	s = tags.ReplaceAllString(s, "")
	s = strings.NewReplacer("scalar deleting dtor", "scalar deleting destructor", "vector deleting dtor", "vector deleting destructor",
		"default ctor closure", "default constructor closure", "copy ctor closure", "copy constructor closure", "ctor iterator", "constructor iterator",
		"dtor iterator", "destructor iterator", "vbase dtor", "vbase destructor").Replace(s)
	return strings.TrimPrefix(strings.TrimPrefix(s, "const "), "volatile ")
}

// compareNames compares names that are decorated by C++ with LLVM's, apart from spaces. It returns how many were.
func compareNames(t *testing.T, names []string) (compared int) {
	for i, want := range undname(t, names) {
		if want == "" {
			continue
		}
		compared++
		got := pdb.Undecorate(names[i])
		if strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%s\nis  %s\nnot %s", names[i], got, want)
		}
	}
	return compared
}

func TestXLocal(t *testing.T) {
	b, _ := exec.Command("cat", "/tmp/pdbw/cpp.txt").Output()
	n := strings.Fields(string(b))
	t.Log(len(n), compareNames(t, n))
}
