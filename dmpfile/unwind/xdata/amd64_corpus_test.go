package xdata_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
	"github.com/dmplens/dmplens/dmpfile/unwind/xdata"
)

func corpusAMD64(t testing.TB) string {
	t.Helper()
	folder := os.Getenv("DMPLENS_CORPUS")
	if folder == "" {
		t.Skip("NO REAL DUMPS AND DRIVERS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	return folder
}

// driverAMD64 opens a real driver.
func driverAMD64(t testing.TB, name string) *pe.Image {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(corpusAMD64(t), "symbols", name, "*", name))
	if err != nil || len(paths) != 1 {
		t.Fatalf("%s: %q, %v", name, paths, err)
	}
	return openAMD64(t, paths[0])
}

func TestCorpusDriversAMD64(t *testing.T) {
	for name, want := range map[string]int{"amdppm.sys": 519, "Wdf01000.sys": 3796} {
		if n := readAll(t, driverAMD64(t, name), name); n != want {
			t.Errorf("%s: %d functions, should be %d", name, n, want)
		}
	}
}

func TestLLVMCorpusAMD64(t *testing.T) {
	tool := llvmReadobj(t)
	paths, err := filepath.Glob(filepath.Join(corpusAMD64(t), "symbols", "*.sys", "*", "*.sys"))
	if err != nil || len(paths) != 2 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		compareLLVM(t, tool, path)
	}
}

// The frames of a real stack in two drivers are those that another reader of dumps found with the symbols of all images.
func TestCorpusStackAMD64(t *testing.T) {
	const name = "rizinorg__rizin-testbins__triage_x64"
	f, err := dmpfile.Open(filepath.Join(corpusAMD64(t), "dumps", name+".dmp"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := framesOf(t, filepath.Join(corpusAMD64(t), "truth", name+".truth.txt"))

	parameter, ok := f.Header.BugCheckParameter(4)
	if !ok {
		t.Fatal("no parameter 4")
	}
	record := make([]byte, dmpfile.ContextSize(dmpfile.MachineAMD64))
	if _, err := f.Triage.ReadVirtual(record, dmpfile.VirtAddr(parameter)); err != nil {
		t.Fatal(err)
	}
	context, ok := dmpfile.ParseContext(record, dmpfile.MachineAMD64)
	if !ok {
		t.Fatal("no context")
	}
	var registers insn.Registers
	for name, v := range context.Registers() {
		if x, ok := insn.RegisterOf(name); ok {
			registers.Set(x, v)
		}
	}

	images := map[string]*pe.Image{"amdppm.sys": driverAMD64(t, "amdppm.sys"), "wdf01000.sys": driverAMD64(t, "Wdf01000.sys")}
	modules, err := f.Triage.Modules()
	if err != nil {
		t.Fatal(err)
	}
	ip, unwound := context.IP, 0
	for i := 8; ; i++ {
		sp, _ := registers.Get(insn.RSP)
		if got := [2]uint64{uint64(ip), sp}; got != want[i] {
			t.Fatalf("frame %d: %#x, should be %#x", i, got, want[i])
		}
		var module *dmpfile.Module
		for j := range modules {
			if m := &modules[j]; m.Contains(ip) {
				module = m
			}
		}
		im := images[strings.ToLower(module.Name)]
		if im == nil {
			break
		}
		if im.TimeDateStamp != module.TimeStamp || im.SizeOfImage != module.Size {
			t.Fatalf("%s is not the one of the dump", module.Name)
		}
		c, err := xdata.CallerAMD64(im, module.Base, f.Triage, ip, registers, i > 8)
		if err != nil {
			t.Fatalf("frame %d: %v", i, err)
		}
		ip, registers = c.IP, c.Registers
		unwound++
	}
	if unwound != 16 {
		t.Errorf("%d frames were unwound, should be 16: 8 to 23", unwound)
	}
}

// framesOf returns the address and the stack pointer of each frame of a listing.
func framesOf(t *testing.T, path string) (frames [][2]uint64) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var n int
		var ip, sp uint64
		if _, err := fmt.Sscanf(lines.Text(), "%d 0x%x sp: 0x%x", &n, &ip, &sp); err == nil && n == len(frames) {
			frames = append(frames, [2]uint64{ip, sp})
		}
	}
	return frames
}
