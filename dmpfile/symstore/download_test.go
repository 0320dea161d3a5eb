package symstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/symstore"
)

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

	// A server that gives a range of another version, and says nothing of that.
	s.once(half(old))
	first = s.answer
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		r.Header.Del("If-Range")
		return first(w, r, name)
	}
	silent := s.answer
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		if silent(w, r, name) {
			return true
		}
		if r.Header.Get("Range") == "" {
			return false
		}
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(sys))
		return true
	}
	fetch(t, s.path(t.TempDir()), id, sys)
	expectList(t, "asked where no version is said", s.requests(), k, middle, k)

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
		w.Header().Set("ETag", fmt.Sprintf(`"%d-%x"`, len(sys), sys[len(sys)/2]))
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

const crashChild = "DMPLENS_TEST_CRASH_PATH"

// A run that ended without a word leaves a part too.
func TestCrashAndResume(t *testing.T) {
	sys, id := image("amdppm.sys", 0xC9C03000, 300)
	if path := os.Getenv(crashChild); path != "" {
		f, err := parse(t, path).Fetch(t.Context(), id, func(done, _ int64) {
			if done >= int64(len(sys)/2) {
				os.Exit(0)
			}
		})
		t.Fatalf("%v, %v", f, err)
	}
	k := key(t, id)
	s := newSite(t, map[string][]byte{k: sys})
	s.once(half(sys))
	dir := t.TempDir()
	runChild(t, "TestCrashAndResume", crashChild+"="+s.path(dir))
	expectPart(t, dir, k, sys)
	s.requests()
	fetch(t, s.path(dir), id, sys)
	expectList(t, "asked", s.requests(), k, fmt.Sprintf("%s %d", k, len(sys)/2))
	expectList(t, "store", files(t, dir), k)
}

// A part that another run is writing is left alone, and both runs come to their end.
func TestLivePart(t *testing.T) {
	sys, id := image("amdppm.sys", 0xC9C03000, 300)
	k := key(t, id)
	s := newSite(t, map[string][]byte{k: sys})
	reached, released := make(chan bool), make(chan bool)
	s.once(func(w http.ResponseWriter, r *http.Request, name string) bool {
		w.Header().Set("ETag", fmt.Sprintf(`"%d-%x"`, len(sys), sys[len(sys)/2]))
		w.Header().Set("Content-Length", strconv.Itoa(len(sys)))
		w.Write(sys[:len(sys)/2])
		w.(http.Flusher).Flush()
		<-released
		w.Write(sys[len(sys)/2:])
		return true
	})
	dir := t.TempDir()
	p := parse(t, s.path(dir))
	var first sync.WaitGroup
	first.Go(func() {
		told := false
		f, err := p.Fetch(t.Context(), id, func(done, _ int64) {
			if done >= int64(len(sys)/2) && !told {
				told = true
				close(reached)
			}
		})
		if err != nil {
			t.Error(err)
			return
		}
		if got := content(t, f); !bytes.Equal(got, sys) {
			t.Errorf("%d bytes", len(got))
		}
	})
	<-reached
	fetch(t, p.String(), id, sys)
	close(released)
	first.Wait()
	expectList(t, "asked", s.requests(), k, k)
	expectList(t, "store", files(t, dir), k)
}

// What was begun as one version of a file and went on as another is not left for a run that finds the first one again.
func TestPartOfTwoVersions(t *testing.T) {
	symstore.Quick(t)
	sys, id := image("amdppm.sys", 0xC9C03000, 300)
	old := bytes.ReplaceAll(sys, []byte("code of a"), []byte("edoc of a"))
	old[len(old)/2]++
	k := key(t, id)
	s := newSite(t, map[string][]byte{k: old})
	n := 0
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		r.Header.Del("Range")
		if n++; n == 1 {
			return half(old)(w, r, name)
		}
		return half(sys)(w, r, name)
	}
	dir := t.TempDir()
	fetchFails(t, parse(t, s.path(dir)), id)
	s.answer = nil
	fetch(t, s.path(dir), id, old)
}

// What an earlier run left of another version is not used. Once the file is there, what nobody has open is removed.
func TestOldParts(t *testing.T) {
	sys, id := image("amdppm.sys", 0xC9C03000, 100)
	k := key(t, id)
	s := newSite(t, map[string][]byte{k: sys})
	dir := t.TempDir()
	write(t, []byte("MZ of another version"), dir, path.Dir(k), ".dmplens-0123456789abcdef.part")
	old := write(t, []byte("MZ"), dir, path.Dir(k), ".dmplens-ABCDEFG.part")
	long := time.Now().Add(-30 * 24 * time.Hour)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	write(t, []byte("MZ of an expansion"), dir, path.Dir(k), ".dmplens-HIJKLMNOP.part")
	write(t, []byte("of another program"), dir, path.Dir(k), ".dmplens-part")
	fetch(t, s.path(dir), id, sys)
	expectList(t, "store", files(t, dir), path.Dir(k)+"/.dmplens-part", k)
}

// A part is that of one run from its beginning on, also where another one removes what nobody has open.
func TestNewPartIsClaimedByNone(t *testing.T) {
	dir := t.TempDir()
	done := make(chan bool)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					symstore.RemoveParts(dir)
				}
			}
		})
	}
	for range 500 {
		exists, remove, err := symstore.CreatePart(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !exists() {
			t.Error("the part of a run was removed by another one")
			break
		}
		remove()
	}
	close(done)
	wg.Wait()
}

// A server that sends all from the beginning each time, and more or less of it, is not asked without end.
func TestCutWithoutEnd(t *testing.T) {
	symstore.Quick(t)
	sys, id := image("amdppm.sys", 0xC9C03000, 10*1024)
	k := key(t, id)
	for _, resumes := range []bool{false, true} {
		s := newSite(t, nil)
		n := 0
		s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
			at := 0
			if resumes {
				w.Header().Set("ETag", `"one"`)
			}
			if n++; n > 30 {
				w.Write(sys)
				return true
			}
			size := 3 << 19
			if resumes && n%2 == 0 {
				fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &at)
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", at, len(sys)-1, len(sys)))
				w.WriteHeader(http.StatusPartialContent)
			} else if n%2 == 0 {
				size *= 2
			}
			if at == 0 {
				w.Header().Set("Content-Length", strconv.Itoa(len(sys)))
			}
			w.Write(sys[at : at+size])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		if err := fetchFails(t, parse(t, s.path(t.TempDir())), id); !err.Failed {
			t.Error(err)
		}
		if asked := s.requests(); len(asked) > 10 || asked[0] != k {
			t.Errorf("asked %d times", len(asked))
		}
	}
}

// The expansion of a cabinet ends with ctx too, and goes on with the cabinet that was left.
func TestCancelExpansion(t *testing.T) {
	sys, id := image("amdppm.sys", 0xC9C03000, 300)
	k := key(t, id)
	cabinet := dmptest.Cabinet{Files: []dmptest.CabinetFile{{Name: "amdppm.sys", Data: sys}}, Compression: 1}.Image().Data()
	s := newSite(t, map[string][]byte{packed(k): cabinet})
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	f, err := parse(t, s.path(dir)).Fetch(ctx, id, func(done, _ int64) {
		if done == int64(len(cabinet)) {
			cancel()
		}
	})
	if f != nil || !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, %v", f, err)
	}
	if left := files(t, dir); len(left) != 1 || !strings.HasSuffix(left[0], ".part") {
		t.Errorf("left over: %q", left)
	}
	s.requests()
	fetch(t, s.path(dir), id, sys)
	expectList(t, "store", files(t, dir), k)
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
