package symstore_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/symstore"
)

// image returns a driver with some kilobytes of code, and its identity.
func image(name string, stamp uint32, kilobytes int) (data []byte, id symstore.ID) {
	p := dmptest.PE{TimeDateStamp: stamp, Sections: []dmptest.PESection{{Name: ".text", Data: bytes.Repeat([]byte("code of "+name[:1]+" "), kilobytes*1024/10+1)}}}
	return p.File().Data(), symstore.ImageID(name, stamp, uint32(p.SizeOfImage()))
}

var guid = dmpfile.GUID{0xDB, 0xFD, 0x19, 0x1C, 0xBB, 0x27, 0x99, 0x33, 0xD9, 0xB4, 0x59, 0x73, 0xEF, 0xEA, 0xFC, 0xF3}

// pdbFile returns a PDB without symbols; dbi 0 leaves the debug information out.
func pdbFile(guid dmpfile.GUID, info, dbi uint32) []byte {
	m := &dmptest.Image{}
	m.PutASCII(0x0, "Microsoft C/C++ MSF 7.00\r\n\x1aDS")
	m.PutU32(0x20, 0x200, 1, 7, 4+4*4+2*4, 0, 3)
	m.PutU32(3*0x200, 4)
	m.PutU32(4*0x200, 4, 0, 28, 0, 64+2*11, 5, 6)
	m.PutU32(5*0x200, 20000404, 0x3B7D8410, info)
	m.PutBytes(5*0x200+0xC, guid[:])
	m.PutU32(6*0x200, 0xFFFFFFFF, 19990903, dbi)
	m.PutU32(6*0x200+0x30, 2*11)
	m.PutBytes(6*0x200+0x40, bytes.Repeat([]byte{0xFF}, 2*11))
	m.Grow(7 * 0x200)
	if dbi == 0 {
		m.PutU32(4*0x200+4*4, 0)
	}
	return m.Data()
}

func pdbID(name string, age uint32) symstore.ID {
	return symstore.PDBID(pe.PDB{Path: name, GUID: guid, Age: age})
}

// write makes a file in a folder.
func write(t testing.TB, data []byte, path ...string) string {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

// files lists what is below a folder, with slashes; folders that are empty end in one.
func files(t testing.TB, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if d.IsDir() {
			if entries, err := os.ReadDir(name); err != nil || len(entries) > 0 {
				return err
			}
			rel += "/"
		}
		list = append(list, filepath.ToSlash(rel))
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

func parse(t testing.TB, s string) *symstore.Path {
	t.Helper()
	p, err := symstore.ParsePath(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// content reads a file to its end and closes it.
func content(t testing.TB, f *symstore.File) []byte {
	t.Helper()
	b := make([]byte, f.Size)
	if n, err := f.ReadAt(b, 0); n < len(b) {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	return b
}

// defaultStore lets the default store be in a temporary folder.
func defaultStore(t testing.TB) string {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData", "home"} {
		t.Setenv(name, home)
	}
	dir, err := symstore.DefaultStore()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

const windows = runtime.GOOS == "windows"
