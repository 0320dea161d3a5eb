package symstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

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

// runChild runs a test in another process.
func runChild(t *testing.T, test string, env ...string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$")
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
