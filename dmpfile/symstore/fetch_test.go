package symstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/symstore"
)

// site is a symbol server on this machine, which keeps what it was asked.
type site struct {
	*httptest.Server
	files map[string][]byte // below /symbols/

	mu     sync.Mutex
	asked  []string                                                       // paths, with the beginning of a range behind them
	answer func(w http.ResponseWriter, r *http.Request, name string) bool // false leaves the answer to the files
}

func newSite(t *testing.T, files map[string][]byte) *site {
	s := &site{files: files}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/symbols/")
	s.mu.Lock()
	from, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Range"), "bytes="), "-")
	s.asked = append(s.asked, strings.TrimSpace(name+" "+from))
	answer := s.answer
	s.mu.Unlock()
	if r.Method != http.MethodGet || r.UserAgent() != symstore.UserAgent {
		http.Error(w, "not a client of symbol servers", http.StatusBadRequest)
		return
	}
	if answer != nil && answer(w, r, name) {
		return
	}
	data, ok := s.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("ETag", fmt.Sprintf(`"%d-%x"`, len(data), data[len(data)/2]))
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
}

// requests returns what was asked since it was called before.
func (s *site) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// path is a symbol path with one chain: the stores and this server.
func (s *site) path(stores ...string) string {
	return strings.Join(append(append([]string{"srv"}, stores...), s.URL+"/symbols"), "*")
}

// fetch fetches a file that must be there.
func fetch(t *testing.T, path string, id symstore.ID, want []byte) string {
	t.Helper()
	f, err := parse(t, path).Fetch(t.Context(), id, nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	name := f.Name
	if got := content(t, f); !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes, not %d", name, len(got), len(want))
	}
	return name
}

// fetchFails fetches a file that must not be there.
func fetchFails(t *testing.T, p *symstore.Path, id symstore.ID) *symstore.NotFoundError {
	t.Helper()
	f, err := p.Fetch(t.Context(), id, nil)
	var none *symstore.NotFoundError
	if f != nil || !errors.As(err, &none) {
		t.Fatalf("%v, %v", f, err)
	}
	return none
}

func expectList(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func key(t *testing.T, id symstore.ID) string {
	t.Helper()
	k, ok := id.Key()
	if !ok {
		t.Fatal(id)
	}
	return k
}

// packed returns the name of the cabinet beside a file.
func packed(key string) string { return key[:len(key)-1] + "_" }

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
	for i, want := range [][]string{
		{otherKey, packed(otherKey), path.Dir(otherKey) + "/file.ptr", "index2.txt"},
		{otherKey, packed(otherKey), path.Dir(otherKey) + "/file.ptr"},
	} {
		if err := fetchFails(t, p, otherID); !errors.Is(err, fs.ErrNotExist) || err.Failed || len(err.Refused) != 0 {
			t.Errorf("%d: %v", i, err)
		}
		expectList(t, "asked for another", s.requests(), want...)
	}
	expectList(t, "store", files(t, dir), dbKey, sysKey)

	// A server of two chains is asked once.
	fetchFails(t, parse(t, s.path(dir)+";"+s.path(t.TempDir())), otherID)
	expectList(t, "asked by two chains", s.requests(), otherKey, packed(otherKey), path.Dir(otherKey)+"/file.ptr", "index2.txt")
}

// One connection serves all requests, those for what is not there too.
func TestConnections(t *testing.T) {
	sys, id := image("amdppm.sys", 0xC9C03000, 100)
	s := &site{files: map[string][]byte{key(t, id): sys}}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	var connections atomic.Int32
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	p := parse(t, s.path(t.TempDir()))
	for i := range 3 {
		_, other := image(fmt.Sprintf("%d.sys", i), 1, 1)
		fetchFails(t, p, other)
	}
	fetch(t, p.String(), id, sys)
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for %d requests", n, len(s.requests()))
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
		{"HTML", k, []byte("<!DOCTYPE html><html><title>Sign in</title></html>"), "no image, but an HTML page"},
		{"another image", k, other, "time stamp"},
		{"gzip", k, []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03rest"), "gzip"},
		{"empty", k, []byte{}, "an empty file"},
		{"an image that is cut", k, sys[:len(sys)-1000], "cut short"},
		{"HTML as a cabinet", packed(k), []byte("<html></html>"), "no cabinet, but an HTML page"},
		{"a cabinet of another image", packed(k), cabinet(other, 1), "time stamp"},
		{"LZX", packed(k), cabinet(sys, 0x1503), "LZX"},
		{"a damaged cabinet", packed(k), cabinet(sys, 1)[:300], "the cabinet ends"},
		{"a message", pointer, []byte("MSG: not for you"), `it says "not for you"`},
		{"a page as a pointer", pointer, []byte("<html>\n<body>"), `"<html>"`},
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
			if len(err.Refused) == 1 && err.Refused[0].Place != s.URL+"/symbols/"+c.file {
				t.Errorf("refused at %s", err.Refused[0].Place)
			}
			expectList(t, "left over", files(t, dir))
		})
	}
}

func TestRedirects(t *testing.T) {
	symstore.Quick(t)
	sys, id := image("amdppm.sys", 0xC9C03000, 100)
	k := key(t, id)
	blobs := newSite(t, map[string][]byte{"blob": sys})
	s := newSite(t, nil)
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		if name == k {
			http.Redirect(w, r, blobs.URL+"/symbols/blob?sig=secret", http.StatusFound)
		}
		return name == k
	}
	dir := t.TempDir()
	fetch(t, s.path(dir), id, sys)
	expectList(t, "asked", s.requests(), k)
	expectList(t, "asked at the other server", blobs.requests(), "blob")
	expectList(t, "store", files(t, dir), k)

	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		http.Redirect(w, r, r.URL.Path, http.StatusFound)
		return true
	}
	p := parse(t, s.path(t.TempDir()))
	for range 2 {
		if err := fetchFails(t, p, id); !err.Failed || !strings.Contains(err.Error(), "ten times") || strings.Contains(err.Error(), "not asked again") {
			t.Error(err)
		}
	}
	request := func(u string) *http.Request {
		r, err := http.NewRequest(http.MethodGet, u, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	check := symstore.Client.CheckRedirect
	if err := check(request("http://a.example"), []*http.Request{request("https://b.example")}); err == nil {
		t.Error("https leads to http")
	}
	if err := check(request("https://a.example"), []*http.Request{request("http://b.example")}); err != nil {
		t.Error(err)
	}
}

// Answers that are neither the file nor that it is not there.
func TestStatus(t *testing.T) {
	symstore.Quick(t)
	sys, id := image("amdppm.sys", 0xC9C03000, 100)
	k := key(t, id)
	for _, c := range []struct {
		status, times int    // how often it is answered
		asked         int    // requests for the file itself
		want          string // "" where the file comes
	}{
		{503, 2, 3, ""},
		{500, 3, 4, ""},
		{429, 1, 2, ""},
		{408, 1, 2, ""},
		{503, 9, 4, "503 Service Unavailable"},
		{502, 9, 4, "502 Bad Gateway"},
		{429, 9, 4, "429 Too Many Requests"},
		{403, 9, 1, "403 Forbidden"},
		{401, 9, 1, "401 Unauthorized"},
		{416, 9, 1, "416 "},
		{206, 9, 1, "another range"},
		{410, 9, 1, "was not found"},
	} {
		s := newSite(t, map[string][]byte{k: sys})
		times := c.times
		s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
			if times--; times < 0 || name != k {
				return false
			}
			w.WriteHeader(c.status)
			return true
		}
		if c.want == "" {
			fetch(t, s.path(t.TempDir()), id, sys)
		} else {
			err := fetchFails(t, parse(t, s.path(t.TempDir())), id)
			if !strings.Contains(err.Error(), c.want) || err.Failed != (c.status != 410) || errors.Is(err, fs.ErrNotExist) == err.Failed {
				t.Errorf("%d: %v", c.status, err)
			}
		}
		n := 0
		for _, name := range s.requests() {
			if name == k {
				n++
			}
		}
		if n != c.asked {
			t.Errorf("%d %d times: asked %d times, want %d", c.status, c.times, n, c.asked)
		}
	}
	// The next server is asked where one fails.
	bad, good := newSite(t, nil), newSite(t, map[string][]byte{k: sys})
	bad.answer = func(w http.ResponseWriter, r *http.Request, name string) bool { w.WriteHeader(403); return true }
	fetch(t, bad.path(t.TempDir())+";"+good.path(t.TempDir()), id, sys)
}

// A server that is not there is asked for one file, not for every one.
func TestNoServer(t *testing.T) {
	symstore.Quick(t)
	s := newSite(t, nil)
	s.Close()
	p := parse(t, s.path(t.TempDir()))
	for i, want := range []string{"refused", "not asked again"} {
		_, id := image(fmt.Sprintf("%d.sys", i), 1, 1)
		if err := fetchFails(t, p, id); !err.Failed || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v", i, err)
		}
	}

	// One that takes requests and answers none.
	s = newSite(t, nil)
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool { <-r.Context().Done(); return true }
	p = parse(t, s.path(t.TempDir()))
	for i, want := range []int{4, 0} {
		_, id := image(fmt.Sprintf("%d.sys", i), 1, 1)
		if err := fetchFails(t, p, id); !err.Failed || !strings.Contains(err.Error(), "sends nothing for 200ms") {
			t.Errorf("%d: %v", i, err)
		}
		if asked := s.requests(); len(asked) != want {
			t.Errorf("%d: asked %q", i, asked)
		}
	}

	// One that breaks off for one file is asked for the next.
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool { panic(http.ErrAbortHandler) }
	p = parse(t, s.path(t.TempDir()))
	for i := range 2 {
		_, id := image(fmt.Sprintf("%d.sys", i), 1, 1)
		if err := fetchFails(t, p, id); !err.Failed {
			t.Errorf("%d: %v", i, err)
		}
		if len(s.requests()) < 4 { // the client itself asks again where a connection was used before
			t.Errorf("%d: it was given up", i)
		}
	}
	if windows {
		return
	}
	_, id := image("a.sys", 1, 1)
	if err := fetchFails(t, parse(t, `srv*c:\symbols*`+s.URL), id); !err.Failed || !strings.Contains(err.Error(), "nothing to fill") {
		t.Error(err)
	}
}

// half sends the first half of a file, from where it is asked for on, and breaks off.
func half(data []byte) func(w http.ResponseWriter, r *http.Request, name string) bool {
	return func(w http.ResponseWriter, r *http.Request, name string) bool {
		at := 0
		w.Header().Set("ETag", fmt.Sprintf(`"%d-%x"`, len(data), data[len(data)/2]))
		if from, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok {
			at, _ = strconv.Atoi(strings.TrimSuffix(from, "-"))
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", at, len(data)-1, len(data)))
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(data)-at))
		if at > 0 {
			w.WriteHeader(http.StatusPartialContent)
		}
		w.Write(data[at : at+(len(data)-at)/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// once answers the first request with one answer, and leaves the rest to the files.
func (s *site) once(answer func(w http.ResponseWriter, r *http.Request, name string) bool) {
	first := true
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		if !first {
			return false
		}
		first = false
		return answer(w, r, name)
	}
}

func TestCutTransfer(t *testing.T) {
	symstore.Quick(t)
	sys, id := image("amdppm.sys", 0xC9C03000, 300)
	k := key(t, id)
	middle := fmt.Sprintf("%s %d", k, len(sys)/2)

	s := newSite(t, map[string][]byte{k: sys})
	s.once(half(sys))
	dir := t.TempDir()
	fetch(t, s.path(dir), id, sys)
	expectList(t, "asked", s.requests(), k, middle)
	expectList(t, "store", files(t, dir), k)

	// A server that knows no ranges sends all of it again.
	s.once(half(sys))
	first := s.answer
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		if !first(w, r, name) {
			w.Write(sys)
		}
		return true
	}
	fetch(t, s.path(t.TempDir()), id, sys)
	expectList(t, "asked without ranges", s.requests(), k, middle)

	// The file became another one in between: the two halves are not put together.
	old := bytes.ReplaceAll(sys, []byte("code of a"), []byte("edoc of a"))
	old[len(old)/2]++
	s.once(half(old))
	fetch(t, s.path(t.TempDir()), id, sys)
	expectList(t, "asked for what changed", s.requests(), k, middle)

	// A range that was not asked for.
	s.once(half(sys))
	first = s.answer
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		if first(w, r, name) {
			return true
		}
		if r.Header.Get("Range") != "" {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 1000-%d/%d", len(sys)-1, len(sys)))
			w.WriteHeader(http.StatusPartialContent)
			w.Write(sys[1000:])
			return true
		}
		return false
	}
	fetch(t, s.path(t.TempDir()), id, sys)
	expectList(t, "asked where the range is wrong", s.requests(), k, middle, k)

	// A server that gives a range of another version, though it was told which one is meant.
	s.once(half(old))
	first = s.answer
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		r.Header.Del("If-Range")
		return first(w, r, name)
	}
	fetch(t, s.path(t.TempDir()), id, sys)
	expectList(t, "asked where the version is wrong", s.requests(), k, middle, k)

	// A range that ends early.
	s.once(half(sys))
	first = s.answer
	short := true
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		if first(w, r, name) {
			return true
		}
		at := len(sys) / 2
		if !short || r.Header.Get("Range") == "" {
			return false
		}
		short = false
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", at, len(sys)-1, len(sys)))
		w.WriteHeader(http.StatusPartialContent)
		w.Write(sys[at : at+10])
		return true
	}
	fetch(t, s.path(t.TempDir()), id, sys)
	expectList(t, "asked where the range is short", s.requests(), k, middle, fmt.Sprintf("%s %d", k, len(sys)/2+10))

	// It is cut every time: a part of it stays, and the next run goes on.
	s.answer = half(sys)
	dir = t.TempDir()
	if err := fetchFails(t, parse(t, s.path(dir)), id); !err.Failed || !strings.Contains(err.Error(), "unexpected EOF") {
		t.Error(err)
	}
	expectPart(t, dir, k, sys)
	s.answer = nil
	s.requests()
	fetch(t, s.path(dir), id, sys)
	asked := s.requests()
	if len(asked) != 2 || asked[0] != k || !strings.HasPrefix(asked[1], k+" ") {
		t.Errorf("asked %q", asked)
	}
	expectList(t, "store", files(t, dir), k)
}

// A long transfer may be cut more often than a request may fail, as long as it comes on.
func TestCutOften(t *testing.T) {
	symstore.Quick(t)
	sys, id := image("amdppm.sys", 0xC9C03000, 10*1024)
	s := newSite(t, map[string][]byte{key(t, id): sys})
	cuts := 0
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		cuts++
		w = &shortWriter{w, 3 << 19}
		w.Header().Set("ETag", `"one-version"`)
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(sys))
		return true
	}
	fetch(t, s.path(t.TempDir()), id, sys)
	if cuts < 6 {
		t.Errorf("asked %d times", cuts)
	}
}

// shortWriter breaks an answer off after some bytes.
type shortWriter struct {
	http.ResponseWriter
	left int
}

func (w *shortWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		w.ResponseWriter.Write(p[:w.left])
		w.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	w.left -= len(p)
	return w.ResponseWriter.Write(p)
}

// A transfer may take longer than a server may be silent.
func TestSlowTransfer(t *testing.T) {
	symstore.SetIdle(t, time.Second)
	sys, id := image("amdppm.sys", 0xC9C03000, 100)
	s := newSite(t, map[string][]byte{key(t, id): sys})
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		w.Header().Set("Content-Length", strconv.Itoa(len(sys)))
		for part := range slices.Chunk(sys, len(sys)/12) {
			w.Write(part)
			w.(http.Flusher).Flush()
			time.Sleep(100 * time.Millisecond)
		}
		return true
	}
	fetch(t, s.path(t.TempDir()), id, sys)
	expectList(t, "asked", s.requests(), key(t, id))
}

// expectPart says that a store has nothing but the beginning of a file.
func expectPart(t *testing.T, dir, key string, want []byte) {
	t.Helper()
	list := files(t, dir)
	if len(list) != 1 {
		t.Fatalf("left over: %q", list)
	}
	if ok, _ := path.Match(path.Dir(key)+"/.dmplens-*.part", list[0]); !ok {
		t.Errorf("left over: %q", list)
	}
	got, err := os.ReadFile(filepath.Join(dir, list[0]))
	if err != nil || len(got) == 0 || len(got) >= len(want) || !bytes.HasPrefix(want, got) {
		t.Errorf("a part of %d bytes of %d, %v", len(got), len(want), err)
	}
}

func TestCancelAndResume(t *testing.T) {
	symstore.Quick(t)
	sys, id := image("amdppm.sys", 0xC9C03000, 300)
	k := key(t, id)
	s := newSite(t, map[string][]byte{k: sys})
	hang := func(w http.ResponseWriter, r *http.Request, name string) bool {
		w.Header().Set("ETag", fmt.Sprintf(`"%d-%x"`, len(sys), sys[len(sys)/2]))
		w.Header().Set("Content-Length", strconv.Itoa(len(sys)))
		w.Write(sys[:len(sys)/2])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	}
	s.once(hang)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	f, err := parse(t, s.path(dir)).Fetch(ctx, id, func(done, _ int64) {
		if done >= int64(len(sys)/2) {
			cancel()
		}
	})
	if f != nil || !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, %v", f, err)
	}
	expectPart(t, dir, k, sys)
	s.requests()
	fetch(t, s.path(dir), id, sys)
	expectList(t, "asked", s.requests(), k, fmt.Sprintf("%s %d", k, len(sys)/2))
	expectList(t, "store", files(t, dir), k)

	// What was left is longer than the file.
	dir = t.TempDir()
	s.once(hang)
	ctx, cancel = context.WithCancel(t.Context())
	if _, err := parse(t, s.path(dir)).Fetch(ctx, id, func(done, _ int64) {
		if done >= int64(len(sys)/2) {
			cancel()
		}
	}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left := files(t, dir); len(left) == 1 {
		write(t, append(bytes.Clone(sys), 0), dir, left[0])
	}
	fetch(t, s.path(dir), id, sys)
	expectList(t, "store", files(t, dir), k)

	// Without a word of the server about the version of the file nothing can be gone on with, and nothing stays.
	s.once(func(w http.ResponseWriter, r *http.Request, name string) bool {
		w.Header().Set("Content-Length", strconv.Itoa(len(sys)))
		w.Write(sys[:len(sys)/2])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	})
	dir = t.TempDir()
	ctx, cancel = context.WithCancel(t.Context())
	_, err = parse(t, s.path(dir)).Fetch(ctx, id, func(done, _ int64) {
		if done > 0 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	expectList(t, "left over", files(t, dir))

	// Ahead of any request.
	if _, err := parse(t, s.path(dir)).Fetch(ctx, id, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}

	// A server that goes silent is asked again, from where it stopped.
	s.requests()
	s.once(hang)
	fetch(t, s.path(dir), id, sys)
	expectList(t, "asked", s.requests(), k, fmt.Sprintf("%s %d", k, len(sys)/2))
}

// What an earlier run left of another version is not used; what nobody came back for is removed.
func TestOldParts(t *testing.T) {
	sys, id := image("amdppm.sys", 0xC9C03000, 100)
	k := key(t, id)
	s := newSite(t, map[string][]byte{k: sys})
	dir := t.TempDir()
	other := write(t, []byte("MZ of another version"), dir, path.Dir(k), ".dmplens-0123456789abcdef.part")
	old := write(t, []byte("MZ"), dir, path.Dir(k), ".dmplens-ABCDEFG.part")
	long := time.Now().Add(-30 * 24 * time.Hour)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	fetch(t, s.path(dir), id, sys)
	expectList(t, "store", files(t, dir), path.Dir(k)+"/"+filepath.Base(other), k)
}

func TestTooLarge(t *testing.T) {
	symstore.SetMaxFile(t, 50_000)
	sys, id := image("amdppm.sys", 0xC9C03000, 100)
	k := key(t, id)
	cabinet := dmptest.Cabinet{Files: []dmptest.CabinetFile{{Name: "amdppm.sys", Data: sys}}, Compression: 1}.Image().Data()
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request, name string) bool{
		"as it says": nil,
		"without saying so": func(w http.ResponseWriter, r *http.Request, name string) bool {
			if name != k {
				return false
			}
			w.(http.Flusher).Flush()
			w.Write(sys)
			return true
		},
		"in a cabinet": func(w http.ResponseWriter, r *http.Request, name string) bool {
			if name != k {
				return false
			}
			http.NotFound(w, r)
			return true
		},
	} {
		s := newSite(t, map[string][]byte{k: sys})
		if name == "in a cabinet" {
			s.files[packed(k)] = cabinet
		}
		s.answer = answer
		dir := t.TempDir()
		if err := fetchFails(t, parse(t, s.path(dir)), id); len(err.Refused) != 1 || !strings.Contains(err.Error(), "too large") {
			t.Errorf("%s: %v", name, err)
		}
		expectList(t, name+": left over", files(t, dir))
	}
}

// A length that is not said is no hindrance.
func TestUnknownLength(t *testing.T) {
	sys, id := image("amdppm.sys", 0xC9C03000, 100)
	k := key(t, id)
	s := newSite(t, nil)
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		if name != k {
			return false
		}
		w.(http.Flusher).Flush()
		w.Write(sys)
		return true
	}
	var total int64
	f, err := parse(t, s.path(t.TempDir())).Fetch(t.Context(), id, func(_, all int64) { total = all })
	if err != nil {
		t.Fatal(err)
	}
	if got := content(t, f); !bytes.Equal(got, sys) || total != -1 {
		t.Errorf("%d bytes, of %d", len(got), total)
	}
}

// Several goroutines and symbol paths fetch the same file at once.
func TestConcurrentFetches(t *testing.T) {
	symstore.Quick(t)
	sys, id := image("amdppm.sys", 0xC9C03000, 300)
	k := key(t, id)
	s := newSite(t, map[string][]byte{k: sys})
	dir := t.TempDir()
	p := parse(t, s.path(dir))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			q := p
			if i%2 == 0 {
				var err error
				if q, err = symstore.ParsePath(p.String()); err != nil {
					t.Error(err)
					return
				}
			}
			f, err := q.Fetch(t.Context(), id, nil)
			if err != nil {
				t.Error(err)
				return
			}
			if got := content(t, f); !bytes.Equal(got, sys) {
				t.Errorf("%d bytes", len(got))
			}
		})
	}
	wg.Wait()
	expectList(t, "store", files(t, dir), k)
}

// A server's name, password and key are not in an error more than they must be.
func TestErrorsKeepSecrets(t *testing.T) {
	symstore.Quick(t)
	s := newSite(t, nil)
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		user, password, _ := r.BasicAuth()
		if user != "me" || password != "secret" || r.URL.Query().Get("key") != "hidden" {
			t.Errorf("%s: %s, %s", r.URL, user, password)
		}
		panic(http.ErrAbortHandler)
	}
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("me", "secret")
	_, id := image("amdppm.sys", 1, 1)
	failure := fetchFails(t, parse(t, "srv*"+t.TempDir()+"*"+u.String()+"/symbols?key=hidden"), id)
	if text := failure.Error(); !failure.Failed || strings.Contains(text, "secret") || strings.Contains(text, "hidden") {
		t.Error(text)
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

const proxyChild = "DMPLENS_TEST_PROXY_STORE"

// TestProxy fetches from a host that does not exist, through a proxy on this machine. The environment is read once in a process, and does
// not hold for this machine itself, so that another process has to do it.
func TestProxy(t *testing.T) {
	sys, id := image("amdppm.sys", 0xC9C03000, 100)
	const server = "http://symbols.invalid/symbols"
	if dir := os.Getenv(proxyChild); dir != "" {
		fetch(t, "srv*"+dir+"*"+server, id, sys)
		return
	}
	k := key(t, id)
	var mu sync.Mutex
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.String())
		mu.Unlock()
		w.Write(sys)
	}))
	defer proxy.Close()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestProxy$")
	cmd.Env = append(os.Environ(), proxyChild+"="+dir, "HTTP_PROXY="+proxy.URL, "http_proxy="+proxy.URL, "NO_PROXY=", "no_proxy=", "REQUEST_METHOD=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	expectList(t, "asked", asked, server+"/"+k)
	expectList(t, "store", files(t, dir), k)
}
