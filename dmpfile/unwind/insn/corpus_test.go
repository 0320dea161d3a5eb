package insn_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// corpus is the folder with real dumps.
func corpus(t testing.TB) string {
	t.Helper()
	folder := os.Getenv("DMPLENS_CORPUS")
	if folder == "" {
		t.Skip("NO REAL DUMPS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	return folder
}

// openKernel opens a real dump by the end of its name.
func openKernel(t testing.TB, name string) (*dmpfile.File, *nt.Kernel) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(corpus(t), "dumps", "*"+name))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d dumps are named %s: %v", len(files), name, err)
	}
	f, err := dmpfile.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	k, err := nt.ReadKernel(f, nt.Budget{})
	if err != nil {
		t.Fatal(err)
	}
	return f, k
}

// trueFrame is a frame of a stack that a debugger with images and symbols has walked.
type trueFrame struct{ ip, sp dmpfile.VirtAddr }

func readTruth(t testing.TB, name string) (frames []trueFrame) {
	t.Helper()
	f, err := os.Open(filepath.Join(corpus(t), "truth", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var n int
		var fr trueFrame
		if k, _ := fmt.Sscanf(s.Text(), "%d 0x%x sp: 0x%x", &n, &fr.ip, &fr.sp); k == 3 && n == len(frames) && fr.ip != 0 {
			frames = append(frames, fr)
		}
	}
	return frames
}

func TestCorpusFollowReturn(t *testing.T) {
	_, k := openKernel(t, "triage_x64.dmp")
	frames := readTruth(t, "rizinorg__rizin-testbins__triage_x64.truth.txt")
	if len(frames) != 36 {
		t.Fatalf("the truth has %d frames", len(frames))
	}
	exact := 0
	for i, fr := range frames[1:35] {
		r, ok := insn.FollowReturn(k, fr.ip)
		next := frames[i+2]
		switch {
		case !ok:
		case uint64(next.sp-8-fr.sp) != r.Size:
			t.Errorf("frame %d: %#x bytes, not %#x", i+1, r.Size, uint64(next.sp-8-fr.sp))
		default:
			exact++
		}
	}
	if exact < 23 {
		t.Errorf("only %d of 34 frames were followed", exact)
	}
}
