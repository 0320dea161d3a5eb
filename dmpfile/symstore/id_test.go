package symstore_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/symstore"
)

func TestKey(t *testing.T) {
	for _, c := range []struct {
		id   symstore.ID
		want string // "" where there is none
	}{
		{symstore.ImageID("amdppm.sys", 0xC9C03000, 0x3B000), "amdppm.sys/C9C030003b000/amdppm.sys"},
		{symstore.ImageID(`\SystemRoot\System32\drivers\amdppm.sys`, 0xC9C03000, 0x3B000), "amdppm.sys/C9C030003b000/amdppm.sys"},
		{symstore.ImageID("a.sys", 1, 0x1000), "a.sys/000000011000/a.sys"},
		{pdbID(`d:\obj\amdppm.pdb`, 0x1F), "amdppm.pdb/1C19FDDB27BB3399D9B45973EFEAFCF31f/amdppm.pdb"},
		{symstore.PDBID(pe.PDB{Path: "old.pdb", Signature: 0x3B7D8410, Age: 1}), "old.pdb/3B7D84101/old.pdb"},
		{symstore.ImageID("com10.sys", 1, 0x1000), "com10.sys/000000011000/com10.sys"},
		{symstore.ImageID("null.sys", 1, 0x1000), "null.sys/000000011000/null.sys"},
		{symstore.ImageID("treiber ä.sys", 1, 0x1000), "treiber ä.sys/000000011000/treiber ä.sys"},
	} {
		if path, ok := c.id.Key(); !ok || path != c.want || c.id.String() != c.want {
			t.Errorf("%v: %q, %v", c.id, path, ok)
		}
	}
	for _, name := range []string{
		"", ".", "..", "../..", `c:\a\..`, "a\x00b", "a:b", "a.sys.", "a.sys ", " a.sys", "a?b", "a*b", "a|b", "a\tb",
		"nul", "NUL.sys", "con.foo.sys", "aux .pdb", "COM1", "lpt9.pdb", "com¹.sys", "conin$", "prn.pdb",
		"index2.txt", "Pingme.TXT", "000Admin", "file.ptr", "refs.ptr", strings.Repeat("a", 201),
		"..a.sys", "...a.sys", `..\..a.sys`, // two tiers have the first two letters as a folder
	} {
		for _, id := range []symstore.ID{symstore.ImageID(name, 1, 2), pdbID(name, 1)} {
			if path, ok := id.Key(); ok {
				t.Errorf("%q: %q", name, path)
			}
		}
	}
}

// IDs are those of the same file whatever the folder that an image or a record names.
func TestIDsCompare(t *testing.T) {
	if pdbID(`c:\a\x.pdb`, 1) != pdbID("x.pdb", 1) || symstore.ImageID(`c:\x.sys`, 1, 2) != symstore.ImageID("x.sys", 1, 2) {
		t.Error("a folder makes another file")
	}
	if pdbID("x.pdb", 1) == pdbID("x.pdb", 2) || symstore.ImageID("x.pdb", 0, 0) == symstore.PDBID(pe.PDB{Path: "x.pdb"}) {
		t.Error("two files are one")
	}
}

// What a key names lies in the store, three names deep, and is no device.
func FuzzKey(f *testing.F) {
	for _, name := range []string{"amdppm.sys", `..\..`, "nul.sys", "a.", " ", "x:y", "\xff", "con .pdb", "/"} {
		f.Add(name, uint32(1))
	}
	f.Fuzz(func(t *testing.T, name string, n uint32) {
		for _, id := range []symstore.ID{symstore.ImageID(name, n, n), pdbID(name, n)} {
			path, ok := id.Key()
			if !ok {
				continue
			}
			parts := strings.Split(path, "/")
			if len(parts) != 3 || parts[0] != id.Name() || parts[2] != id.Name() || !filepath.IsLocal(filepath.FromSlash(path)) ||
				symstore.IsDevice(path) || strings.ContainsAny(path, "\\:*?\x00") {
				t.Fatalf("%q", path)
			}
			if tiers := symstore.FirstTier(id.Name()) + "/" + path; filepath.ToSlash(filepath.Clean(tiers)) != tiers {
				t.Fatalf("%q leads elsewhere", tiers)
			}
			if u := symstore.Address("https://x.example/a", parts...); !strings.HasPrefix(u.String(), "https://x.example/a/") || u.Path != "/a/"+path {
				t.Fatalf("%q is asked for as %s", path, u)
			}
		}
	})
}

func TestIsDevice(t *testing.T) {
	for path, want := range map[string]bool{
		`C:\symbols\a.pdb`: false, `\\server\share\a.pdb`: false, `\\?\C:\a.pdb`: false, `\\?\UNC\server\share\a`: false, "a/console.pdb": false,
		`\\.\PhysicalDrive0`: true, `\\.\C:\a`: true, `//./pipe/x`: true, `\\?\GLOBALROOT\Device\x`: true, `\??\C`: true,
		`C:\symbols\con`: true, `C:\nul.txt\a.pdb`: true, "aux": true, `x/COM3.pdb`: true,
	} {
		if symstore.IsDevice(path) != want {
			t.Errorf("%s is a device: %v", path, !want)
		}
	}
}
