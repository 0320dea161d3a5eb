package analyze_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile/symstore"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
)

// symbolStore is the images and PDBs of a folder.
func symbolStore(t testing.TB, folder string) *analyze.SymbolStore {
	t.Helper()
	path, err := symstore.ParsePath(folder)
	if err != nil {
		t.Fatal(err)
	}
	s := analyze.NewSymbolStore(path)
	t.Cleanup(func() { s.Close() })
	return s
}

// trueFrame is a frame of a stack that a debugger with images and symbols has walked.
type trueFrame struct{ ip, sp, name string }

// TestCorpusSymbols compares a stack with one that a debugger walked with all images and symbols. Here two of the three images are at hand, and the
// symbols of one.
func TestCorpusSymbols(t *testing.T) {
	folder := os.Getenv("DMPLENS_CORPUS")
	if folder == "" {
		t.Skip("NO REAL DUMPS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	f, err := os.Open(filepath.Join(folder, "truth", "rizinorg__rizin-testbins__triage_x64.truth.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var truth []trueFrame
	number := map[[2]string]int{}
	for s := bufio.NewScanner(f); s.Scan(); {
		words := strings.Fields(s.Text())
		if len(words) >= 7 && words[0] == fmt.Sprint(len(truth)) && words[2] == "sp:" {
			truth = append(truth, trueFrame{words[1], words[3], words[6]})
			number[[2]string{words[1], words[3]}] = len(truth) - 1
		}
	}
	if len(truth) != 36 {
		t.Fatalf("the truth has %d frames", len(truth))
	}
	a := analyze.Analyzer{Symbols: symbolStore(t, filepath.Join(folder, "symbols"))}
	d, err := a.Open(analyze.File(filepath.Join(folder, "dumps", "rizinorg__rizin-testbins__triage_x64.dmp")))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var met []int
	for _, x := range d.Stack().Stack {
		i, ok := number[[2]string{x.Instruction, x.StackPointer}]
		if !ok {
			if x.Trust != report.TrustScan {
				t.Errorf("%s at %s is no frame, but %s", x.Instruction, x.StackPointer, x.Trust)
			}
			continue
		}
		met = append(met, i)
		if i >= 9 && i <= 24 && x.Trust != report.TrustUnwind {
			t.Errorf("frame %d is %s", i, x.Trust)
		}
		if i >= 8 && i <= 13 {
			name, offset, _ := strings.Cut(strings.TrimPrefix(truth[i].name, "pdb.amdppm."), "+")
			var n uint64
			fmt.Sscan(offset, &n)
			if x.Symbol != name || x.Displacement != report.Hex(n) {
				t.Errorf("frame %d is %s+%s, not %s", i, x.Symbol, x.Displacement, truth[i].name)
			}
		} else if x.Symbol != "" {
			t.Errorf("frame %d is named %s: its symbols are not there", i, x.Symbol)
		}
	}
	var want []int
	for i := range truth {
		if i != 5 && i != 6 { // the dispatch of the exception, whose return address the dump does not have
			want = append(want, i)
		}
	}
	if d := cmp.Diff(want[6:], met[len(met)-28:]); d != "" {
		t.Errorf("frames from the fault on (-truth +met):\n%s", d)
	}
}

// TestCorpusSymbolsChangeNoSignature looks at all dumps with images and symbols and without.
func TestCorpusSymbolsChangeNoSignature(t *testing.T) {
	folder := os.Getenv("DMPLENS_CORPUS")
	if folder == "" {
		t.Skip("NO REAL DUMPS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	with := analyze.Analyzer{Symbols: symbolStore(t, filepath.Join(folder, "symbols"))}
	files, _ := filepath.Glob(filepath.Join(folder, "dumps", "*.dmp"))
	for _, name := range files {
		sameSignature(t, &with, analyze.File(name))
	}
}

// sameSignature looks at a dump with images and symbols and without: the signature and the verdict are the same.
func sameSignature(t *testing.T, with *analyze.Analyzer, s analyze.Source) {
	t.Helper()
	a, err := new(analyze.Analyzer).Report(s)
	if err != nil {
		t.Fatal(err)
	}
	b, err := with.Report(s)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]any{a.Signature, a.Verdict}, []any{b.Signature, b.Verdict}); d != "" {
		t.Errorf("%s (-without +with):\n%s", a.File.Path, d)
	}
}
