package symstore_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile/symstore"
)

// A server that fails in all tries for one file is not asked for the next one: one that is overloaded or out of order, and one that falls silent in the
// middle of a file.
func TestGivenUp(t *testing.T) {
	symstore.Quick(t)
	sys, _ := image("0.sys", 1, 100)
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request, name string) bool{
		"503": func(w http.ResponseWriter, r *http.Request, name string) bool { w.WriteHeader(503); return true },
		"429": func(w http.ResponseWriter, r *http.Request, name string) bool {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(429)
			return true
		},
		"silent": func(w http.ResponseWriter, r *http.Request, name string) bool {
			w.Header().Set("Content-Length", "1000000")
			w.Write(sys[:5000])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return true
		},
	} {
		s := newSite(t, nil)
		s.answer = answer
		p := parse(t, s.path(t.TempDir()))
		for i, want := range []int{4, 0} {
			_, id := image("0.sys", uint32(i+1), 100)
			err := fetchFails(t, p, id)
			if asked := s.requests(); len(asked) != want && (i > 0 || name != "silent") || !err.Failed || !errors.As(err.Refused[0], new(*symstore.DownError)) {
				t.Errorf("%s, file %d: asked %q, %v", name, i, asked, err)
			}
		}
	}
	// That there may be two tiers is asked for once, whatever the answer.
	s := newSite(t, nil)
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		if name == "index2.txt" {
			w.WriteHeader(500)
		}
		return name == "index2.txt"
	}
	_, id := image("0.sys", 1, 1)
	if err := fetchFails(t, parse(t, s.path(t.TempDir())), id); err.Failed {
		t.Error(err)
	}
}

// A server says how long to wait, within bounds.
func TestRetryAfter(t *testing.T) {
	symstore.Quick(t)
	for after, waits := range map[string]bool{
		"": false, "1": true, "99999999999": false, "100000": true, "-1": false, "soon": false,
		time.Now().Add(time.Hour).UTC().Format(http.TimeFormat): true, time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat): false,
	} {
		start := time.Now()
		if err := symstore.Wait(t.Context(), 1, after); err != nil || waits && time.Since(start) < 100*time.Millisecond {
			t.Errorf("%q: waited %v, %v", after, time.Since(start), err)
		}
	}
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

// A server that is redirected to is not told where from: the address can have a key.
func TestNoReferer(t *testing.T) {
	symstore.Quick(t)
	sys, id := image("amdppm.sys", 0xC9C03000, 10)
	k := key(t, id)
	blobs, s := newSite(t, nil), newSite(t, nil)
	hops := 0
	blobs.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		for name, values := range r.Header {
			if name == "Authorization" || strings.Contains(fmt.Sprint(values), "SECRET") || name == "Referer" {
				t.Errorf("the other server is told %s: %s", name, values)
			}
		}
		if hops++; hops == 1 {
			http.Redirect(w, r, blobs.URL+"/symbols/again", http.StatusFound)
		} else {
			w.Write(sys)
		}
		return true
	}
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		http.Redirect(w, r, blobs.URL+"/symbols/blob?sig=SECRET", http.StatusFound)
		return name == k
	}
	address := strings.Replace(s.path(t.TempDir()), "://", "://me:SECRET@", 1)
	fetch(t, address+"?key=SECRET", id, sys)
	if hops != 2 {
		t.Errorf("asked %d times", hops)
	}
}

// A redirect to what is asked nowhere is tried once, and what it says is not repeated.
func TestRedirectsNowhere(t *testing.T) {
	symstore.Quick(t)
	_, id := image("amdppm.sys", 0xC9C03000, 10)
	for location, want := range map[string]string{
		"file:///etc/passwd": `the kind "file"`, "ftp://u:SECRET@host/x": `the kind "ftp"`, "http://u:SECRET@[::1/x": "no address", "http://u:SECRET@h:x/%zz": "no address",
	} {
		s := newSite(t, nil)
		s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
			return true
		}
		err := fetchFails(t, parse(t, s.path(t.TempDir())), id)
		if text := err.Error(); !err.Failed || !strings.Contains(text, want) || strings.Contains(text, "SECRET") {
			t.Errorf("%s: %v", location, err)
		}
		expectList(t, location, s.requests(), key(t, id))
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
	runChild(t, "TestProxy", proxyChild+"="+dir, "HTTP_PROXY="+proxy.URL, "http_proxy="+proxy.URL, "NO_PROXY=", "no_proxy=", "REQUEST_METHOD=")
	expectList(t, "asked", asked, server+"/"+k)
	expectList(t, "store", files(t, dir), k)
}
