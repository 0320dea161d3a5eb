package symstore_test

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/symstore"
)

func TestFetch(t *testing.T) {
	symstore.Quick(t)
	sys, sysID := image("amdppm.sys", 0xC9C03000, 100)
	db, dbID := pdbFile(guid, 3, 1), pdbID("amdppm.pdb", 1)
	_, otherID := image("other.sys", 0xC9C03000, 100)
	sysKey, dbKey, otherKey := key(t, sysID), key(t, dbID), key(t, otherID)
	s := newSite(t, map[string][]byte{sysKey: sys, dbKey: db})
	dir := t.TempDir()
	p := parse(t, s.path(dir))

	// What is not there is not asked for by Open.
	if _, err := p.Open(sysID); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	expectList(t, "asked by Open", s.requests())

	var last, total int64
	f, err := p.Fetch(t.Context(), sysID, func(done, all int64) { last, total = done, all })
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, filepath.FromSlash(sysKey)); f.Name != want || f.Image == nil {
		t.Errorf("%s, want %s; image %v", f.Name, want, f.Image)
	}
	if got := content(t, f); !bytes.Equal(got, sys) || last != int64(len(sys)) || total != last {
		t.Errorf("%d bytes, progress %d of %d", len(got), last, total)
	}
	fetch(t, p.String(), dbID, db)
	expectList(t, "asked", s.requests(), sysKey, dbKey)
	expectList(t, "store", files(t, dir), dbKey, sysKey)

	// What is there is not asked for again, nor by Open.
	fetch(t, p.String(), sysID, sys)
	opens(t, dir, p.String(), dbID, db)
	expectList(t, "asked again", s.requests())

	// Every form is asked for, and once whether there are two tiers.
	spelled, lower := forms(otherKey), forms(strings.ToLower(otherKey))
	for i, want := range [][]string{
		slices.Concat(spelled, []string{"index2.txt"}, lower),
		slices.Concat(spelled, lower),
	} {
		if err := fetchFails(t, p, otherID); !errors.Is(err, fs.ErrNotExist) || err.Failed || len(err.Refused) != 0 {
			t.Errorf("%d: %v", i, err)
		}
		expectList(t, "asked for another", s.requests(), want...)
	}
	expectList(t, "store", files(t, dir), dbKey, sysKey)

	// A server of two chains is asked once.
	fetchFails(t, parse(t, s.path(dir)+";"+s.path(t.TempDir())), otherID)
	expectList(t, "asked by two chains", s.requests(), slices.Concat(spelled, []string{"index2.txt"}, lower)...)
}

// forms are the paths at which a server can have a file.
func forms(key string) []string { return []string{key, packed(key), path.Dir(key) + "/file.ptr"} }

// A server that tells letter case apart can have the name, or the identity too, in lower case. The store has it as the dump spells it.
func TestFetchLowerCase(t *testing.T) {
	symstore.Quick(t)
	kernel32, kernel32ID := image("KERNEL32.DLL", 0x65EEC266, 10)
	wdf, wdfID := image("Wdf01000.sys", 0xA9A9D36E, 10)
	db, dbID := pdbFile(guid, 3, 1), pdbID("Wdf01000.pdb", 1)
	cabinet := dmptest.Cabinet{Files: []dmptest.CabinetFile{{Name: "wdf01000.sys", Data: wdf}}, Compression: 1}.Image().Data()
	for _, c := range []struct {
		name  string
		id    symstore.ID
		data  []byte
		files map[string][]byte
	}{
		{"name", kernel32ID, kernel32, map[string][]byte{"kernel32.dll/65EEC2664000/kernel32.dll": kernel32}},
		{"name and identity", wdfID, wdf, map[string][]byte{strings.ToLower(key(t, wdfID)): wdf}},
		{"cabinet", wdfID, wdf, map[string][]byte{packed(strings.ToLower(key(t, wdfID))): cabinet}},
		{"pointer", wdfID, wdf, map[string][]byte{path.Dir(strings.ToLower(key(t, wdfID))) + "/file.ptr": []byte("URL/symbols/x"), "x": wdf}},
		{"PDB", dbID, db, map[string][]byte{strings.ToLower(key(t, dbID)): db}},
		{"two tiers", dbID, db, map[string][]byte{"index2.txt": []byte("x"), "wd/" + strings.ToLower(key(t, dbID)): db}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, dir := newSite(t, c.files), t.TempDir()
			for n, data := range c.files {
				c.files[n] = bytes.ReplaceAll(data, []byte("URL"), []byte(s.URL))
			}
			fetch(t, s.path(dir), c.id, c.data)
			expectList(t, "store", files(t, dir), key(t, c.id))
		})
	}
	// Each spelling is asked for once, and Microsoft's server for one.
	s := newSite(t, nil)
	fetchFails(t, parse(t, s.path(t.TempDir())), kernel32ID)
	k := key(t, kernel32ID)
	lowerName := strings.ReplaceAll(k, "KERNEL32.DLL", "kernel32.dll")
	expectList(t, "asked", s.requests(), slices.Concat(forms(k), []string{"index2.txt"}, forms(lowerName), forms(strings.ToLower(k)))...)
	for server, want := range map[string]bool{symstore.PublicServer: true, "https://MSDL.microsoft.com/x": true, s.URL: false, "https://symbols.example/msdl.microsoft.com": false} {
		if symstore.IgnoresCase(server) != want {
			t.Errorf("%s: letter case is ignored: %t", server, !want)
		}
	}
}

// All that a chain can be, with one file at the server.
func TestFetchInto(t *testing.T) {
	sys, id := image("amdppm.sys", 0xC9C03000, 100)
	k := key(t, id)
	s := newSite(t, map[string][]byte{k: sys})
	for _, c := range []struct{ name, path, want string }{
		{"first of two", "srv*DIR/a*DIR/b*URL", "a/" + k},
		{"cache", "cache*DIR/c;srv*DIR/a*URL", "c/" + k},
		{"cache behind", "srv*DIR/a*URL;cache*DIR/c", "a/" + k},
		{"two caches", "cache*DIR/c;cache*DIR/d;URL", "c/" + k},
		{"folders of another system", `srv*\\server\share*c:\symbols*DIR/a*URL`, "a/" + k},
		{"plain folders are not filled", "DIR/plain;srv*DIR/a*URL", "a/" + k},
		{"two tiers", "srv*DIR/two*URL", "two/am/" + k},
		{"a folder of the name in another letter case", "srv*DIR/case*URL", "case/AMDPPM.SYS/" + strings.ToLower(path.Dir(k)[len("amdppm.sys/"):]) + "/amdppm.sys"},
	} {
		if windows && strings.HasPrefix(c.name, "folders") {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, nil, dir, "two/index2.txt")
			write(t, nil, dir, "plain/x")
			write(t, nil, dir, "case", strings.ToUpper(path.Dir(k)[:len("amdppm.sys/")])+strings.ToLower(path.Dir(k)[len("amdppm.sys/"):]), "x")
			got := fetch(t, strings.NewReplacer("DIR", dir, "URL", s.URL+"/symbols").Replace(c.path), id, sys)
			if rel, _ := filepath.Rel(dir, got); filepath.ToSlash(rel) != c.want {
				t.Errorf("it is in %s, want %s", rel, c.want)
			}
		})
	}
	store := defaultStore(t)
	for _, p := range []string{"URL", "srv*URL", "srv**URL", "cache*;URL"} {
		if err := os.RemoveAll(store); err != nil {
			t.Fatal(err)
		}
		if got := fetch(t, strings.ReplaceAll(p, "URL", s.URL+"/symbols"), id, sys); got != filepath.Join(store, filepath.FromSlash(k)) {
			t.Errorf("%s: %s", p, got)
		}
	}
}

// What a farther store has is copied into the first one, expanded, and the server is not asked.
func TestFetchFromStores(t *testing.T) {
	sys, id := image("amdppm.sys", 0xC9C03000, 100)
	k := key(t, id)
	cabinet := dmptest.Cabinet{Files: []dmptest.CabinetFile{{Name: "amdppm.sys", Data: sys}}, Compression: 1}.Image().Data()
	s := newSite(t, nil)
	for _, c := range []struct {
		name, path, file string
		data             []byte
		want             []string
	}{
		{"second store", "srv*DIR/a*DIR/b*URL", "b/" + k, sys, []string{"a/" + k, "b/" + k}},
		{"cabinet", "srv*DIR/a*DIR/b*URL", "b/" + packed(k), cabinet, []string{"a/" + k, "b/" + packed(k)}},
		{"pointer", "srv*DIR/a*DIR/b*URL", "b/" + path.Dir(k) + "/file.ptr", []byte("PATH:DIR/x.sys"), []string{"a/" + k, "b/" + path.Dir(k) + "/file.ptr", "x.sys"}},
		{"cache", "cache*DIR/c;srv*DIR/a*URL", "a/" + k, sys, []string{"a/" + k, "c/" + k}},
		{"later chain", "srv*DIR/a*URL;srv*DIR/b*DIR/c", "c/" + k, sys, []string{"b/" + k, "c/" + k}},
		{"plain folder", "srv*DIR/a*URL;DIR/p", "p/amdppm.sys", sys, []string{"p/amdppm.sys"}},
		{"first store", "srv*DIR/a*URL", "a/" + packed(k), cabinet, []string{"a/" + packed(k)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, bytes.ReplaceAll(c.data, []byte("DIR"), []byte(dir)), dir, c.file)
			if c.name == "pointer" {
				write(t, sys, dir, "x.sys")
			}
			fetch(t, strings.NewReplacer("DIR", dir, "URL", s.URL+"/symbols").Replace(c.path), id, sys)
			expectList(t, "files", files(t, dir), c.want...)
			expectList(t, "asked", s.requests())
		})
	}
}

// The forms in which a server can have a file.
func TestFetchForms(t *testing.T) {
	symstore.Quick(t)
	elsewhere := t.TempDir()
	sys, id := image("amdppm.sys", 0xC9C03000, 100)
	k := key(t, id)
	folder := path.Dir(k)
	cabinet := dmptest.Cabinet{Files: []dmptest.CabinetFile{{Name: "amdppm.sys", Data: sys}}, Compression: 1}.Image().Data()
	name := write(t, sys, elsewhere, "x.sys")
	for _, c := range []struct {
		name  string
		files map[string][]byte // URL is the server
		asked []string
	}{
		{"cabinet", map[string][]byte{packed(k): cabinet}, []string{k, packed(k)}},
		{"pointer to an address", map[string][]byte{folder + "/file.ptr": []byte("PATH:URL/symbols/else/x"), "else/x": sys}, []string{k, packed(k), folder + "/file.ptr", "else/x"}},
		{"pointer to a cabinet", map[string][]byte{folder + "/file.ptr": []byte("URL/symbols/else/x.sy_"), "else/x.sy_": cabinet}, []string{k, packed(k), folder + "/file.ptr", "else/x.sy_"}},
		{"pointer to a file", map[string][]byte{folder + "/file.ptr": []byte("PATH:" + name)}, []string{k, packed(k), folder + "/file.ptr"}},
		{"two tiers", map[string][]byte{"index2.txt": []byte("x"), "am/" + k: sys}, []string{k, packed(k), folder + "/file.ptr", "index2.txt", "am/" + k}},
		{"two tiers, cabinet", map[string][]byte{"index2.txt": []byte("x"), "am/" + packed(k): cabinet}, []string{k, packed(k), folder + "/file.ptr", "index2.txt", "am/" + k, "am/" + packed(k)}},
		{"a page ahead of the cabinet", map[string][]byte{k: []byte("<html>Not found</html>"), packed(k): cabinet}, []string{k, packed(k)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, c.files)
			for n, data := range c.files {
				c.files[n] = bytes.ReplaceAll(data, []byte("URL"), []byte(s.URL))
			}
			dir := t.TempDir()
			if got := fetch(t, s.path(dir), id, sys); got != filepath.Join(dir, filepath.FromSlash(k)) {
				t.Error(got)
			}
			expectList(t, "asked", s.requests(), c.asked...)
			expectList(t, "store", files(t, dir), k)
		})
	}
	// A server of two tiers is asked for nothing else once that is known.
	s := newSite(t, map[string][]byte{"index2.txt": []byte("x"), "am/" + k: sys})
	p := parse(t, s.path(t.TempDir()))
	_, other := image("other.sys", 1, 1)
	fetchFails(t, p, other)
	s.requests()
	if f, err := p.Fetch(t.Context(), id, nil); err != nil {
		t.Error(err)
	} else {
		f.Close()
	}
	expectList(t, "asked", s.requests(), "am/"+k)
}

// What a server sends that is not the file is refused, with what it was, and nothing stays in the store.
func TestFetchRefused(t *testing.T) {
	symstore.Quick(t)
	sys, id := image("amdppm.sys", 0xC9C03000, 100)
	other, _ := image("amdppm.sys", 0xC9C03001, 100)
	k := key(t, id)
	pointer := path.Dir(k) + "/file.ptr"
	cabinet := func(data []byte, compression uint16) []byte {
		return dmptest.Cabinet{Files: []dmptest.CabinetFile{{Name: "amdppm.sys", Data: data}}, Compression: compression}.Image().Data()
	}
	for _, c := range []struct {
		name, file string
		data       []byte
		want       string
	}{
		{"HTML", k, []byte("<!DOCTYPE html><html><title>Sign in</title></html>"), "it answers with an HTML page (a login, or a proxy?)"},
		{"another image", k, other, "time stamp"},
		{"gzip", k, []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03rest"), "gzip"},
		{"empty", k, []byte{}, "an empty file"},
		{"an image that is cut", k, sys[:len(sys)-1000], "cut short"},
		{"HTML as a cabinet", packed(k), []byte("<html></html>"), "it answers with an HTML page"},
		{"a cabinet of another image", packed(k), cabinet(other, 1), "time stamp"},
		{"LZX", packed(k), cabinet(sys, 0x1503), "LZX"},
		{"a damaged cabinet", packed(k), cabinet(sys, 1)[:300], "the cabinet ends"},
		{"a message", pointer, []byte("MSG: not for you"), `it says "not for you"`},
		{"a page as a pointer", pointer, []byte("<html>\n<body>"), "it answers with an HTML page"},
		{"a pointer to a share", pointer, []byte(`PATH:\\server\share\a.sys`), "add that to the symbol path"},
		{"a pointer to a share with slashes", pointer, []byte(`PATH://server/share/a.sys`), "add that to the symbol path"},
		{"a pointer into nowhere", pointer, []byte(`PATH:..\a.sys`), "no whole path"},
		{"a pointer to a secret", pointer, []byte("PATH:" + os.Args[0]), "it leads to"},
		{"a pointer to no address", pointer, []byte("PATH:http:///a"), "no address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, map[string][]byte{c.file: c.data})
			if len(c.data) == 0 {
				s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool { return name == c.file }
			}
			dir := filepath.Join(t.TempDir(), "store")
			err := fetchFails(t, parse(t, s.path(dir)), id)
			if !errors.Is(err, fs.ErrNotExist) || len(err.Refused) != 1 || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			place := s.URL + "/symbols"
			if c.file == pointer && !strings.Contains(c.want, "HTML") {
				place += ", file.ptr"
			}
			if len(err.Refused) == 1 && err.Refused[0].Place != place {
				t.Errorf("refused at %s", err.Refused[0].Place)
			}
			expectList(t, "left over", files(t, dir))
		})
	}
}

// A server that answers everything with a page is told of once. One that fails is not said to lack the file.
func TestFetchErrorText(t *testing.T) {
	symstore.Quick(t)
	_, id := image("amdppm.sys", 0xC9C03000, 1)
	k := key(t, id)
	s := newSite(t, nil)
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		w.Write([]byte("<!DOCTYPE html><title>Sign in</title>"))
		return true
	}
	p := parse(t, s.path(t.TempDir()))
	if got, want := fetchFails(t, p, id).Error(), k+" was not found; "+s.URL+"/symbols: it answers with an HTML page (a login, or a proxy?)"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool { w.WriteHeader(403); return true }
	if got, want := fetchFails(t, p, id).Error(), k+" could not be asked for; "+s.URL+"/symbols: the server answers 403 Forbidden"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	s.Close()
	for range 2 {
		err := fetchFails(t, p, id)
		var down *symstore.DownError
		if len(err.Refused) != 1 || !errors.As(err.Refused[0], &down) || down.Server != s.URL+"/symbols" || !strings.Contains(down.Err.Error(), "refused") {
			t.Errorf("of a server that is not there: %v", err)
		}
	}
}

// A store that cannot be written is an error of its own, not one of the server.
func TestStoreCannotBeWritten(t *testing.T) {
	sys, id := image("amdppm.sys", 0xC9C03000, 100)
	k := key(t, id)
	s := newSite(t, map[string][]byte{k: sys})
	dir := t.TempDir()
	write(t, nil, dir, "file")
	f, err := parse(t, s.path(filepath.Join(dir, "file", "store"))).Fetch(t.Context(), id, nil)
	var none *symstore.NotFoundError
	if f != nil || err == nil || errors.As(err, &none) {
		t.Errorf("%v, %v", f, err)
	}
}
