package pe_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

// corpus returns the folder of real files, which is no part of the repository.
func corpus(t testing.TB) string {
	dir := os.Getenv("DMPLENS_CORPUS")
	if dir == "" {
		t.Skip("NO REAL DRIVERS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	return dir
}

// Real drivers, read as files and as Windows maps them, say what the paths say under which a symbol server keeps them and their PDB.
// Versions and sections are as llvm-readobj shows them.
func TestCorpusDrivers(t *testing.T) {
	store := filepath.Join(corpus(t), "symbols")
	for name, want := range map[string]struct {
		pdb       string
		file      string
		sections  int
		exception pe.Directory
	}{
		"amdppm.sys":   {"amdppm.pdb/1C19FDDB27BB3399D9B45973EFEAFCF31/amdppm.pdb", "10.0.19041.1110", 10, pe.Directory{RVA: 0x19000, Size: 0x1854}},
		"Wdf01000.sys": {"Wdf01000.pdb/6D6E9C327875C47856AC7DA750AB1C5E1/Wdf01000.pdb", "1.31.19041.423", 12, pe.Directory{RVA: 0xAB000, Size: 0xB1F0}},
	} {
		paths, err := filepath.Glob(filepath.Join(store, name, "*", name))
		if err != nil || len(paths) != 1 {
			t.Fatalf("%s: %q, %v", name, paths, err)
		}
		data, err := os.ReadFile(paths[0])
		if err != nil {
			t.Fatal(err)
		}
		file := opened(openFile(data))
		if end := file.CertificatesEnd(); end != int64(len(data)) {
			t.Errorf("%s: its signature ends at %#x of %#x bytes", name, end, len(data))
		}
		mapped := opened(openMapped(mapFile(t, file, data)))
		expect(t, name+" header", mapped.Header, file.Header)
		for layout, im := range map[string]*pe.Image{"file": file, "mapped": mapped} {
			rel, _ := filepath.Rel(store, paths[0])
			path, ok := pe.ImageSymbolPath(name, im.TimeDateStamp, im.SizeOfImage)
			if !ok || !strings.EqualFold(path, filepath.ToSlash(rel)) {
				t.Errorf("%s: path %s, should be %s", layout, path, rel)
			}
			if im.Machine != dmpfile.MachineAMD64 || im.Subsystem != 1 || im.ImageBase != 0x1C0000000 || len(im.Sections) != want.sections {
				t.Errorf("%s: %+v", layout, im.Header)
			}
			if is, err := im.Reproducible(); !is || err != nil {
				t.Errorf("%s: reproducible: %v, %v", layout, is, err)
			}
			pdb, err := im.PDB()
			if err != nil {
				t.Fatal(layout, err)
			}
			if path, _ := pdb.SymbolPath(); path != want.pdb {
				t.Errorf("%s: PDB %s", layout, path)
			}
			v, err := im.Version()
			if err != nil {
				t.Fatal(layout, err)
			}
			if v.File != v.Product || v.File.String() != want.file {
				t.Errorf("%s: version %v, product %v", layout, v.File, v.Product)
			}
			d, err := im.ExceptionDirectory()
			if err != nil || d != want.exception {
				t.Errorf("%s: exception directory %+v, %v", layout, d, err)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(store, "amdppm.pdb", "1C19FDDB27BB3399D9B45973EFEAFCF31", "amdppm.pdb")); err != nil {
		t.Error(err)
	}
}

// mapFile lays out a file in memory by its section table, without package pe's own way of reading.
func mapFile(t *testing.T, im *pe.Image, data []byte) []byte {
	m := make([]byte, im.SizeOfImage)
	copy(m, data[:im.SizeOfHeaders])
	for _, s := range im.Sections {
		copy(m[s.RVA:], data[s.FileOffset:s.FileOffset+s.FileSize])
	}
	got := make([]byte, len(m))
	if n, err := im.ReadAt(got, 0); n != len(m) || err != nil || string(got) != string(m) {
		t.Errorf("the file reads differently from its map: %d bytes, %v", n, err)
	}
	return m
}

// Where Windows kept the header of an image in a small dump, it says what the list of loaded modules says.
func TestCorpusTriageImages(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(corpus(t), "dumps", "*"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, path := range paths {
		f, err := dmpfile.Open(path)
		if err != nil || f.Triage == nil {
			continue
		}
		modules, err := f.Triage.Modules()
		if err != nil {
			t.Error(path, err)
		}
		for _, m := range modules {
			im, err := pe.NewMapped(f.Triage, m.Base, m.Size)
			var absent *dmpfile.NotInDumpError
			if errors.As(err, &absent) {
				continue
			}
			if err != nil || im.TimeDateStamp != m.TimeStamp || im.SizeOfImage != m.Size || im.CheckSum != m.CheckSum {
				t.Errorf("%s: %s: %+v, %v", path, m.Name, im, err)
				continue
			}
			found++
			if _, err := im.PDB(); !errors.As(err, &absent) {
				t.Errorf("%s: %s: PDB: %v", path, m.Name, err)
			}
		}
		f.Close()
	}
	if found == 0 {
		t.Error("no image was found in any small dump")
	}
}
