package pdb_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pdb"
)

// corpusFile reads a real image or PDB, which is no part of the repository.
func corpusFile(t testing.TB, name string) []byte {
	dir := os.Getenv("DMPLENS_CORPUS")
	if dir == "" {
		t.Skip("NO REAL SYMBOLS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	paths, err := filepath.Glob(filepath.Join(dir, "symbols", name, "*", name))
	if err != nil || len(paths) != 1 {
		t.Fatalf("%s: %q, %v", name, paths, err)
	}
	data, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func open(t testing.TB, data []byte) *pdb.File {
	f, err := pdb.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The PDB of a real driver is what its image names, and names what a debugger has on the stack of a real dump.
func TestCorpusPublics(t *testing.T) {
	data := corpusFile(t, "amdppm.pdb")
	f := open(t, data)
	info, dbi := f.Ages()
	if f.GUID().String() != "1c19fddb-27bb-3399-d9b4-5973efeafcf3" || info != 3 || dbi != 1 || f.Machine() != dmpfile.MachineAMD64 {
		t.Errorf("%s, ages %d and %d, %s", f.GUID(), info, dbi, f.Machine())
	}
	guid, info2, dbi2, err := pdb.Identify(bytes.NewReader(data), int64(len(data)))
	if guid != f.GUID() || info2 != info || dbi2 != dbi || err != nil {
		t.Errorf("identified as %s, ages %d and %d, %v", guid, info2, dbi2, err)
	}
	placed := 0
	for s := range f.Symbols() {
		placed++
		if s.Name == "" {
			t.Errorf("%+v", s)
		}
	}
	// llvm-pdbutil counts 959, seven of them in a section 11 of 10: numbers, not addresses.
	if f.Publics() != 959 || placed != 952 {
		t.Errorf("%d publics, %d of them placed", f.Publics(), placed)
	}
	// Frames 8 to 13 of the dump, as its truth has them.
	dump, err := os.ReadFile(filepath.Join(os.Getenv("DMPLENS_CORPUS"), "dumps", "rizinorg__rizin-testbins__triage_x64.dmp"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := dmpfile.NewFile(bytes.NewReader(dump), int64(len(dump)))
	if err != nil {
		t.Fatal(err)
	}
	modules, err := d.Triage.Modules()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(modules, func(m dmpfile.Module) bool { return strings.HasSuffix(m.Name, "amdppm.sys") })
	if i < 0 {
		t.Fatal("the driver is not in the dump")
	}
	for _, frame := range []struct {
		ip     dmpfile.VirtAddr
		name   string
		offset uint32
	}{
		{0xFFFFF8048B58334C, "WriteIoMemRawEx", 112},
		{0xFFFFF8048B58313F, "WriteGenAddrEx", 107},
		{0xFFFFF8048B583234, "WriteGenAddrMaybeHiddenEx", 24},
		{0xFFFFF8048B5A0E8F, "InitAcpiCpc", 791},
		{0xFFFFF8048B5A83F6, "ProcLibDeviceStart", 2182},
		{0xFFFFF8048B59F852, "EvtDevicePrepareHardware", 210},
	} {
		rva := uint32(frame.ip - modules[i].Base)
		s, ok := f.At(rva)
		if !ok || s.Name != frame.name || rva-s.RVA != frame.offset || !s.Function {
			t.Errorf("%#x: %+v, %v; should be %s+%d", rva, s, ok, frame.name, frame.offset)
		}
	}
}
