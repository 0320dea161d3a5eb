package symstore_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/symstore"
)

// Real files in a store whose folders are spelled otherwise than the keys are.
func TestCorpusStore(t *testing.T) {
	dir := os.Getenv("DMPLENS_CORPUS")
	if dir == "" {
		t.Skip("NO REAL DRIVERS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	p, err := symstore.ParsePath("srv*" + filepath.Join(dir, "symbols"))
	if err != nil {
		t.Fatal(err)
	}
	guid, err := dmpfile.ParseGUID("1c19fddb-27bb-3399-d9b4-5973efeafcf3")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []symstore.ID{
		symstore.ImageID("AMDPPM.sys", 0xC9C03000, 0x3B000),
		symstore.ImageID("wdf01000.sys", 0xA9A9D36E, 0xD1000),
		symstore.PDBID(pe.PDB{Path: `d:\obj\amdppm.pdb`, GUID: guid, Age: 1}),
	} {
		f, err := p.Open(id)
		if err != nil {
			t.Errorf("%v: %v", id, err)
			continue
		}
		f.Close()
	}
	for _, id := range []symstore.ID{
		symstore.ImageID("amdppm.sys", 0xC9C03001, 0x3B000),
		symstore.PDBID(pe.PDB{Path: "amdppm.pdb", GUID: guid, Age: 2}),
	} {
		if f, err := p.Open(id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v: %v, %v", id, f, err)
		}
	}
}
