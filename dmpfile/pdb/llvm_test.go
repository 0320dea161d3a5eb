package pdb_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
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
// content of a string, no type of a descriptor, a function with all that it takes inside a name), is "".
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
		if !ok || strings.HasPrefix(name, "??_C@") || strings.HasPrefix(name, "??_R0") || strings.Contains(name, "$1?") || quoted.MatchString(plain) {
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

// sample reads a file of testdata.
func sample(t testing.TB, name string) []byte {
	data, err := dmptest.ReadPacked("testdata/" + name + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

var (
	sectionRVA   = regexp.MustCompile(`(?m)^ +([0-9A-F]+) virtual address$`)
	publicRecord = regexp.MustCompile("S_PUB32 \\[size = \\d+\\] `(.*)`\\n +flags = (.*), addr = (\\d+):(\\d+)")
	frameRecord  = regexp.MustCompile(`(?m)^([0-9A-F]{8}) \| +(\d+) \| +(\d+) \| +(\d+) \| +\d+ \| +(\d+) \| +(\d+) \| +(true|false) \| +(?:true|false) \| +(true|false) \| (.*)$`)
)

// number reads a number that LLVM wrote.
func number(s string, base int) uint32 {
	v, err := strconv.ParseUint(s, base, 32)
	if err != nil {
		panic(err)
	}
	return uint32(v)
}

// compareWithLLVM compares the symbols of a PDB, those that the image has for an address, and their plain names with what LLVM says.
func compareWithLLVM(t *testing.T, name string, exe, data []byte) {
	dir := t.TempDir()
	for kind, b := range map[string][]byte{".pdb": data, ".exe": exe} {
		if err := os.WriteFile(filepath.Join(dir, name+kind), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, name)
	var sections []uint32
	headers, _, _ := strings.Cut(llvm(t, "", "llvm-pdbutil", "dump", "-section-headers", path+".pdb"), "Original Section Headers")
	for _, m := range sectionRVA.FindAllStringSubmatch(headers, -1) {
		sections = append(sections, number(m[1], 16))
	}
	var want, names []string
	all := publicRecord.FindAllStringSubmatch(llvm(t, "", "llvm-pdbutil", "dump", "-publics", path+".pdb"), -1)
	for _, m := range all {
		if i := int(number(m[3], 10)) - 1; i < len(sections) {
			want = append(want, fmt.Sprintf("%08x %v %s", sections[i]+number(m[4], 10), strings.Contains(m[2], "function"), m[1]))
		}
	}
	f := open(t, data)
	var got []string
	var asked strings.Builder
	at := map[uint32][]string{}
	for s := range f.Symbols() {
		got = append(got, fmt.Sprintf("%08x %v %s", s.RVA, s.Function, s.Name))
		if strings.HasPrefix(s.Name, "?") {
			names = append(names, s.Name)
		}
		if s.Function {
			if at[s.RVA] == nil {
				fmt.Fprintf(&asked, "%#x\n", s.RVA)
			}
			at[s.RVA] = append(at[s.RVA], s.Name)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	equal(t, got, want)
	if f.Publics() != len(all) {
		t.Errorf("%d publics, not %d", f.Publics(), len(all))
	}
	n := 0
	out := llvm(t, asked.String(), "llvm-symbolizer", "--obj="+path+".exe", "--relative-address", "--no-demangle", "--output-style=GNU", "--functions=linkage", "--no-inlines", "--addresses")
	lines := strings.Split(out, "\n")
	for i := 0; i+1 < len(lines); i += 3 {
		rva := number(strings.TrimPrefix(lines[i], "0x"), 16)
		s, ok := f.At(rva)
		if n++; !ok || !s.Function || !slices.Contains(at[rva], s.Name) || !slices.Contains(at[rva], lines[i+1]) {
			t.Errorf("%#x: %+v, %v; LLVM says %q", rva, s, ok, lines[i+1])
		}
	}
	if n != len(at) || n == 0 {
		t.Errorf("%d addresses compared of %d", n, len(at))
	}
	t.Logf("%s: %d symbols, %d addresses, %d of %d C++ names compared", name, len(got), n, compareNames(t, names), len(names))
}

func TestLLVMSymbols(t *testing.T) {
	for _, name := range []string{"frames", "names"} {
		compareWithLLVM(t, name, sample(t, name+".exe"), sample(t, name+".pdb"))
	}
}

func TestLLVMCorpus(t *testing.T) {
	compareWithLLVM(t, "amdppm", corpusFile(t, "amdppm.sys"), corpusFile(t, "amdppm.pdb"))
}

// Every record of frame data is what LLVM reads, at the first address that no smaller one describes.
func TestLLVMFrames(t *testing.T) {
	data := sample(t, "frames.pdb")
	path := filepath.Join(t.TempDir(), "frames.pdb")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f := open(t, data)
	all := frameRecord.FindAllStringSubmatch(llvm(t, "", "llvm-pdbutil", "dump", "-fpo", path), -1)
	if len(all) < 20 {
		t.Fatalf("%d records", len(all))
	}
	for _, m := range all {
		want := pdb.Frame{
			RVA: number(m[1], 16), Size: number(m[2], 10), Locals: number(m[3], 10), Params: number(m[4], 10), Prologue: number(m[5], 10),
			SavedRegisters: number(m[6], 10), SEH: m[7] == "true", Start: m[8] == "true", Program: m[9],
		}
		if got, ok := f.FrameAt(want.RVA); !ok || got != want {
			t.Errorf("%+v, %v\nnot %+v", got, ok, want)
		}
	}
}
