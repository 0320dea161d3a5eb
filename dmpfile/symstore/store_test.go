package symstore_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/symstore"
)

// opens opens a file of a path, and says where it was, in a folder.
func opens(t *testing.T, dir, path string, id symstore.ID, want []byte) (rel string) {
	t.Helper()
	f, err := parse(t, path).Open(id)
	if err != nil {
		t.Errorf("%s: %v", id, err)
		return ""
	}
	if (f.Image == nil) != id.IsPDB() {
		t.Errorf("%s: image %v", id, f.Image)
	}
	rel, err = filepath.Rel(dir, f.Name)
	if err != nil {
		t.Error(err)
	}
	if got := content(t, f); !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes, not %d", id, len(got), len(want))
	}
	return filepath.ToSlash(rel)
}

func TestOpen(t *testing.T) {
	sys, sysID := image("amdppm.sys", 0xC9C03000, 40)
	db, dbID := pdbFile(guid, 3, 1), pdbID("amdppm.pdb", 1)
	cabinet := func(c uint16, name string, data []byte) []byte {
		return dmptest.Cabinet{Files: []dmptest.CabinetFile{{Name: name, Data: data}}, Compression: c}.Image().Data()
	}
	const sysKey, dbKey = "amdppm.sys/C9C03000c000/", "amdppm.pdb/1C19FDDB27BB3399D9B45973EFEAFCF31/"
	for _, c := range []struct {
		name  string
		path  string // DIR is the folder
		id    symstore.ID
		files map[string][]byte
		want  string // where it is
	}{
		{"image", "srv*DIR", sysID, map[string][]byte{sysKey + "amdppm.sys": sys}, ""},
		{"PDB", "srv*DIR", dbID, map[string][]byte{dbKey + "amdppm.pdb": db}, ""},
		{"PDB of the age of the file", "srv*DIR", pdbID("amdppm.pdb", 3), map[string][]byte{"amdppm.pdb/1C19FDDB27BB3399D9B45973EFEAFCF33/amdppm.pdb": db}, ""},
		{"PDB without debug information", "srv*DIR", dbID, map[string][]byte{dbKey + "amdppm.pdb": pdbFile(guid, 1, 0)}, ""},
		{"other letter case", "srv*DIR", sysID, map[string][]byte{"AMDPPM.SYS/c9c03000C000/AmdPpm.sys": sys}, ""},
		{"two spellings, the right one last", "srv*DIR", sysID, map[string][]byte{"amdppm.sys/C9C03000C000/amdppm.sys": nil, "AMDPPM.SYS/c9c03000C000/AmdPpm.sys": sys}, "AMDPPM.SYS/c9c03000C000/AmdPpm.sys"},
		{"cabinet", "srv*DIR", sysID, map[string][]byte{sysKey + "amdppm.sy_": cabinet(1, "amdppm.sys", sys)}, ""},
		{"cabinet of a PDB", "srv*DIR", dbID, map[string][]byte{dbKey + "AMDPPM.PD_": cabinet(1, `obj\anything`, db)}, ""},
		{"cabinet beside a wrong file", "srv*DIR", dbID, map[string][]byte{dbKey + "amdppm.pdb": []byte("<html>"), dbKey + "amdppm.pd_": cabinet(0, "a", db)}, dbKey + "amdppm.pd_"},
		{"pointer", "srv*DIR", sysID, map[string][]byte{sysKey + "file.ptr": []byte("PATH:DIR/else/x.bin\r\n"), "else/x.bin": sys}, "else/x.bin"},
		{"pointer without a keyword", "srv*DIR", sysID, map[string][]byte{sysKey + "FILE.PTR": []byte("DIR/else/x.bin\x00"), "else/x.bin": sys}, "else/x.bin"},
		{"pointer from its own folder", "srv*DIR", sysID, map[string][]byte{sysKey + "file.ptr": []byte(`path: ..\..\else\x.bin`), "else/x.bin": sys}, "else/x.bin"},
		{"pointer to a cabinet", "srv*DIR", sysID, map[string][]byte{sysKey + "file.ptr": []byte("PATH:DIR/x.sy_"), "x.sy_": cabinet(1, "a", sys)}, "x.sy_"},
		{"two tiers", "srv*DIR", sysID, map[string][]byte{"index2.txt": nil, "am/" + sysKey + "amdppm.sys": sys}, "am/" + sysKey + "amdppm.sys"},
		{"two tiers, other letter case", "srv*DIR", dbID, map[string][]byte{"index2.txt": nil, "AM/" + dbKey + "amdppm.pdb": db}, "AM/" + dbKey + "amdppm.pdb"},
		{"one tier ahead of two", "srv*DIR", sysID, map[string][]byte{"index2.txt": nil, sysKey + "amdppm.sys": sys}, sysKey + "amdppm.sys"},
		{"plain folder", "DIR", sysID, map[string][]byte{"Amdppm.sys": sys}, ""},
		{"plain folder, cabinet", "DIR", sysID, map[string][]byte{"amdppm.sy_": cabinet(1, "amdppm.sys", sys)}, ""},
		{"plain folder that is a store", "DIR", sysID, map[string][]byte{sysKey + "amdppm.sys": sys}, ""},
		{"a wrong file ahead", "DIR/a;DIR/b;srv*DIR/c*DIR/d", sysID, map[string][]byte{"a/amdppm.sys": db, "c/" + sysKey + "amdppm.sys": sys[:2000], "d/" + sysKey + "amdppm.sys": sys}, "d/" + sysKey + "amdppm.sys"},
		{"cache", "cache*DIR/c;srv*DIR/a", sysID, map[string][]byte{"c/" + sysKey + "amdppm.sys": sys}, "c/" + sysKey + "amdppm.sys"},
		{"pingme.txt is nothing", "srv*DIR", sysID, map[string][]byte{"pingme.txt": nil, sysKey + "amdppm.sys": sys}, sysKey + "amdppm.sys"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, tmp := t.TempDir(), t.TempDir()
			t.Setenv("TMPDIR", tmp)
			t.Setenv("TMP", tmp)
			want := c.want
			for name, data := range c.files {
				write(t, bytes.ReplaceAll(data, []byte("DIR"), []byte(dir)), dir, name)
				if len(c.files) == 1 {
					want = name
				}
			}
			before := files(t, dir)
			data := sys
			if c.id.IsPDB() {
				if data = db; c.name == "PDB without debug information" {
					data = c.files[want]
				}
			}
			if got := opens(t, dir, strings.ReplaceAll(c.path, "DIR", dir), c.id, data); got != want {
				t.Errorf("found %s, want %s", got, want)
			}
			if after := files(t, dir); !slices.Equal(before, after) {
				t.Errorf("the store has %q, had %q", after, before)
			}
			if left := files(t, tmp); len(left) > 0 {
				t.Errorf("left over: %q", left)
			}
		})
	}
}

// What is not the file is passed over, and the error says why.
func TestRefused(t *testing.T) {
	sys, sysID := image("amdppm.sys", 0xC9C03000, 40)
	other, _ := image("amdppm.sys", 0xC9C03001, 40)
	larger, _ := image("amdppm.sys", 0xC9C03000, 44)
	const sysKey, dbKey = "amdppm.sys/C9C03000c000/", "amdppm.pdb/1C19FDDB27BB3399D9B45973EFEAFCF31/"
	lzx := dmptest.Cabinet{Files: []dmptest.CabinetFile{{Name: "a", Data: sys}}, Compression: 0x1503}.Image().Data()
	two := dmptest.Cabinet{Files: []dmptest.CabinetFile{{Name: "a", Data: sys}, {Name: "b", Data: sys}}}.Image().Data()
	for _, c := range []struct {
		name, file string
		data       []byte
		want       string // "" where nothing is there to be refused
	}{
		{"nothing", "x", nil, ""},
		{"another key", "amdppm.sys/C9C03000d000/amdppm.sys", sys, ""},
		{"time stamp", sysKey + "amdppm.sys", other, "its time stamp is 0xc9c03001, not 0xc9c03000"},
		{"size", sysKey + "amdppm.sys", larger, "its size is 0xd000, not 0xc000"},
		{"cut", sysKey + "amdppm.sys", sys[:len(sys)-1], "cut short"},
		{"HTML", sysKey + "amdppm.sys", []byte("<!DOCTYPE html><html></html>"), "no image, but an HTML page"},
		{"text", sysKey + "amdppm.sys", []byte("not here\n"), `text, which begins "not here\n"`},
		{"empty", sysKey + "amdppm.sys", nil, "an empty file"},
		{"a damaged image", sysKey + "amdppm.sys", sys[:0x100], "damaged image"},
		{"gzip", sysKey + "amdppm.sys", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03rest"), "gzip"},
		{"GUID", dbKey + "amdppm.pdb", pdbFile(dmpfile.GUID{1}, 1, 1), "its GUID is 00000001-"},
		{"age", dbKey + "amdppm.pdb", pdbFile(guid, 2, 3), "its age is 2, that of its debug information 3, not 1"},
		{"a PDB that is cut", dbKey + "amdppm.pdb", pdbFile(guid, 1, 0)[:6*0x200], "cut short"},
		{"no PDB", dbKey + "amdppm.pdb", sys, "no PDB"},
		{"LZX", sysKey + "amdppm.sy_", lzx, "LZX"},
		{"two files in a cabinet", sysKey + "amdppm.sy_", two, "none of the 2 files"},
		{"a cabinet of another file", sysKey + "amdppm.sy_", dmptest.Cabinet{Files: []dmptest.CabinetFile{{Name: "amdppm.sys", Data: other}}}.Image().Data(), "time stamp"},
		{"no cabinet", sysKey + "amdppm.sy_", []byte("text"), "no cabinet"},
		{"a message", sysKey + "file.ptr", []byte("MSG: withdrawn on request\r\n"), `it says "withdrawn on request"`},
		{"an empty pointer", sysKey + "file.ptr", nil, "no pointer"},
		{"a binary pointer", sysKey + "file.ptr", []byte("PATH:/a\x01b"), "no pointer"},
		{"a long pointer", sysKey + "file.ptr", bytes.Repeat([]byte("a"), 4097), "too long"},
		{"a pointer to nowhere", sysKey + "file.ptr", []byte("PATH:/no/such/file.sys"), "/no/such/file.sys"},
		{"a pointer to a folder", sysKey + "file.ptr", []byte("PATH:DIR"), "directory"},
		{"a pointer to a share", sysKey + "file.ptr", []byte(`PATH:\\server\share\a.sys`), `not on this system`},
		{"a pointer to a drive", sysKey + "file.ptr", []byte(`C:\symbols\a.sys`), `not on this system`},
		{"a pointer to a device", sysKey + "file.ptr", []byte("PATH:/dev/zero"), "not a regular file"},
		{"a pointer with a password", sysKey + "file.ptr", []byte("PATH:http://u:SECRET@h/x"), "http://u:xxxxx@h/x"},
		{"a pointer that looks like a password", sysKey + "file.ptr", []byte("PATH:http:/u:SECRET@h/x"), "http:/u:xxxxx@h/x"},
		{"a signature that is cut", sysKey + "amdppm.sys", signed(sys)[:len(sys)+10], "cut short"},
		{"a pointer to another file", sysKey + "file.ptr", []byte("PATH:file.ptr"), "no image"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if windows && strings.HasPrefix(c.name, "a pointer to a ") {
				t.Skip("it is for other systems")
			}
			dir := t.TempDir()
			write(t, bytes.ReplaceAll(c.data, []byte("DIR"), []byte(dir)), dir, c.file)
			id := sysID
			if strings.HasPrefix(c.file, dbKey) {
				id = pdbID("amdppm.pdb", 1)
			}
			f, err := parse(t, "srv*"+dir).Open(id)
			var none *symstore.NotFoundError
			if f != nil || !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &none) || none.ID != id || none.Failed {
				t.Fatalf("%v, %v", f, err)
			}
			if c.want == "" && len(none.Refused) != 0 || c.want != "" && (len(none.Refused) != 1 || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// What a cabinet is expanded into has no name, so that nothing is left of it however the process ends; and no more is expanded than tells that it is the
// wrong file.
func TestExpansion(t *testing.T) {
	sys, id := image("amdppm.sys", 0xC9C03000, 200)
	other, _ := image("amdppm.sys", 0xC9C03001, 200)
	k, _ := id.Key()
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"right", sys, ""}, {"text", bytes.Repeat([]byte("no image "), 20000), "no image, but text"}, {"another image", other, "time stamp"},
	} {
		cabinet := dmptest.Cabinet{Files: []dmptest.CabinetFile{{Name: "amdppm.sys", Data: c.data}}}.Image().Data()
		if c.want != "" {
			cabinet[len(cabinet)-20]++ // which is found where all is expanded
		}
		dir := t.TempDir()
		write(t, cabinet, dir, packed(k))
		f, err := parse(t, "srv*"+dir).Open(id)
		if left := files(t, tmp); len(left) > 0 && !windows {
			t.Errorf("%s: %q", c.name, left)
		}
		switch {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v", c.name, err)
		case err == nil:
			if got := content(t, f); !bytes.Equal(got, sys) {
				t.Errorf("%d bytes", len(got))
			}
		}
	}
}

// signed returns an image with something at its end that its header calls a signature.
func signed(image []byte) []byte {
	b := append(bytes.Clone(image), bytes.Repeat([]byte("signature"), 20)...)
	binary.LittleEndian.PutUint32(b[0x98+0x70+4*8:], uint32(len(image)))
	binary.LittleEndian.PutUint32(b[0x98+0x70+4*8+4:], uint32(len(b)-len(image)))
	return b
}

// What a pointer leads to is not shown, whatever it is.
func TestPointerShowsNothing(t *testing.T) {
	db := pdbFile(guid, 1, 1)
	for name, data := range map[string][]byte{"x": []byte("SECRET text"), "b": []byte("\x00\x01SECRET"), "cab_": []byte("SECRET cabinet"), "mz": []byte("MZSECRET"), "db": append(db[:0x20:0x20], "SECRET"...)} {
		dir := t.TempDir()
		for _, id := range []symstore.ID{symstore.ImageID("a.sys", 1, 0x1000), pdbID("a.pdb", 1)} {
			k, _ := id.Key()
			write(t, []byte("PATH:"+write(t, data, dir, name)), dir, filepath.Dir(k), "file.ptr")
			_, err := parse(t, "srv*"+dir).Open(id)
			if text := err.Error(); strings.ContainsAny(strings.ReplaceAll(text, dir, ""), "\x00") || strings.Contains(text, "SECR") || strings.Contains(text, "53 45") || !strings.Contains(text, "can be read") {
				t.Errorf("%s: %s", name, text)
			}
		}
	}
}

// An image with a signature is whole.
func TestSigned(t *testing.T) {
	sys, id := image("amdppm.sys", 0xC9C03000, 40)
	k, _ := id.Key()
	dir := t.TempDir()
	write(t, signed(sys), dir, k)
	opens(t, dir, "srv*"+dir, id, signed(sys))
}

// A name that no file of a store can have is looked for nowhere; and other identities that lead nowhere.
func TestHostileNames(t *testing.T) {
	dir := t.TempDir()
	sys, id := image("amdppm.sys", 1, 1)
	write(t, sys, dir, "nul")
	write(t, sys, dir, "x")
	for _, id := range []symstore.ID{
		symstore.ImageID("nul", 1, 0x2000), symstore.ImageID("..", 1, 0x2000), symstore.ImageID("", 1, 0x2000), symstore.PDBID(pe.PDB{Path: `..\.`}),
	} {
		f, err := parse(t, dir).Open(id)
		if f != nil || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "this name") {
			t.Errorf("%v: %v, %v", id, f, err)
		}
	}
	// What is refused in a cache is said once, and not again for every chain behind it.
	key, _ := id.Key()
	write(t, []byte("text"), dir, key)
	var none *symstore.NotFoundError
	if _, err := parse(t, "cache*"+dir+";srv*"+t.TempDir()+";srv*"+t.TempDir()).Open(id); !errors.As(err, &none) || len(none.Refused) != 1 {
		t.Errorf("refused in a cache: %v", err)
	}
	// A PDB that is identified by a signature is not taken for one with a GUID of zeros.
	old := symstore.PDBID(pe.PDB{Path: "old.pdb", Signature: 0x3B7D8410, Age: 1})
	key, _ = old.Key()
	write(t, pdbFile(dmpfile.GUID{}, 1, 1), dir, key)
	if f, err := parse(t, dir).Open(old); f != nil || !strings.Contains(err.Error(), "signature") {
		t.Errorf("%v, %v", f, err)
	}
	if _, err := parse(t, "").Open(id); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty path: %v", err)
	}
}

// A file that comes into a store later is found, whether the folder is old or so new that its time does not tell the change.
func TestStoreGrows(t *testing.T) {
	sys, id := image("amdppm.sys", 1, 1)
	key, _ := id.Key()
	for _, age := range []time.Duration{time.Hour, 0} {
		dir := t.TempDir()
		write(t, nil, dir, "other.sys/1/other.sys")
		at := time.Now().Add(-age)
		if err := os.Chtimes(dir, at, at); err != nil {
			t.Fatal(err)
		}
		p := parse(t, "srv*"+dir)
		for range 2 {
			if _, err := p.Open(id); !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
		}
		write(t, sys, dir, strings.ToUpper(key))
		if age == 0 {
			if err := os.Chtimes(dir, at, at); err != nil {
				t.Fatal(err)
			}
		}
		f, err := p.Open(id)
		if err != nil {
			t.Errorf("%v: %v", age, err)
			continue
		}
		f.Close()
	}
}

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
