package xdata_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/unwind/xdata"
)

// llvmReadobj returns the command.
func llvmReadobj(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"llvm-readobj-22", "llvm-readobj-19", "llvm-readobj"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("SKIPPED: llvm-readobj is not installed, or what this test proves is not proven")
	return ""
}

// named is an address with the name that a symbol gives it.
var named = regexp.MustCompile(`(Address|Handler): \S+ \(0x`)

// compareLLVM compares every function of an image, field by field, with what llvm-readobj reads.
func compareLLVM(t *testing.T, tool, path string) (functions int) {
	t.Helper()
	out, err := exec.Command(tool, "--unwind", path).Output()
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return 0
	}
	text := named.ReplaceAllString(strings.Join(strings.Fields(string(out)), " "), "$1: (0x")
	_, text, ok := strings.Cut(text, "UnwindInformation [ ")
	want := strings.Split(strings.TrimSuffix(text, "]"), "RuntimeFunction { ")[1:]
	im := openAMD64(t, path)
	entries, err := xdata.EntriesAMD64(im)
	if err != nil || !ok || len(entries) != len(want) {
		t.Errorf("%s: %d functions, should be %d: %v", path, len(entries), len(want), err)
		return 0
	}
	for i, f := range entries {
		info, _, err := xdata.InfoAMD64(im, f.Unwind)
		if got := xdata.EntryAMD64(im, f) + " UnwindInfo { " + info + "} } "; err != nil || got != want[i] {
			t.Errorf("%s: %v\n got %s\nwant %s", path, err, got, want[i])
		}
	}
	return len(entries)
}

func TestLLVMAMD64(t *testing.T) {
	tool := llvmReadobj(t)
	for name, want := range map[string]int{"v1": 11, "v2": 2, "raw": 17, "c1": 8, "c2": 8} {
		if n := compareLLVM(t, tool, filepath.Join("testdata", "amd64", name+".dll")); n != want {
			t.Errorf("%s: %d functions were compared, should be %d", name, n, want)
		}
	}
}

// wineAMD64 returns the images of Wine for amd64.
func wineAMD64(t testing.TB) (paths []string) {
	t.Helper()
	folder := os.Getenv("DMPLENS_WINE")
	if folder == "" {
		t.Skip("NO IMAGES OF WINE: set DMPLENS_WINE to a folder with what is in Debian's libwine, or what this test proves is not proven")
	}
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && filepath.Base(filepath.Dir(path)) == "x86_64-windows" && !strings.HasSuffix(path, ".a") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil || len(paths) == 0 {
		t.Fatalf("no images: %v", err)
	}
	return paths
}

// Every function of every image of Wine is read as llvm-readobj does.
func TestLLVMWineAMD64(t *testing.T) {
	tool, functions := llvmReadobj(t), 0
	for _, path := range wineAMD64(t) {
		if isAMD64(path) {
			functions += compareLLVM(t, tool, path)
		}
	}
	t.Logf("%d functions", functions)
}

func isAMD64(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false
	}
	im, err := pe.NewFile(f, info.Size())
	return err == nil && im.Machine == dmpfile.MachineAMD64
}

// Every function of every image of Wine is read whole, and found by its first and last byte.
func TestWineAMD64(t *testing.T) {
	images, functions := 0, 0
	for _, path := range wineAMD64(t) {
		if !isAMD64(path) {
			continue
		}
		if n := readAll(t, openAMD64(t, path), filepath.Base(path)); n > 0 {
			images++
			functions += n
		}
	}
	t.Logf("%d functions of %d images", functions, images)
}

// readAll reads all functions of an image.
func readAll(t *testing.T, im *pe.Image, name string) (functions int) {
	t.Helper()
	entries, err := xdata.EntriesAMD64(im)
	if err != nil {
		t.Error(name, err)
	}
	for _, f := range entries {
		if f.Begin == f.End {
			continue // that of a function without code
		}
		for _, rva := range []uint32{f.Begin, f.End - 1} {
			if got, ok, err := xdata.FunctionAMD64(im, rva); got != f || !ok || err != nil {
				t.Errorf("%s: %#x is in %+v (%v, %v), not %+v", name, rva, got, ok, err, f)
			}
		}
		if _, err := xdata.PrimaryAMD64(im, f); err != nil {
			t.Errorf("%s: %+v: %v", name, f, err)
		}
		own, err := xdata.DirectAMD64(im, f)
		if err != nil {
			t.Errorf("%s: %+v: %v", name, f, err)
			continue
		}
		if _, _, err := xdata.InfoAMD64(im, own.Unwind); err != nil {
			t.Errorf("%s: %+v: %v", name, f, err)
		}
	}
	return len(entries)
}
