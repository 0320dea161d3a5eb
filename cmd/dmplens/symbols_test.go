package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// What is needed, as pages and as a record: of a live dump, of the stack of a small dump, and of several.
func TestSymbolsOfSamples(t *testing.T) {
	t.Chdir("../..")
	for name, args := range map[string][]string{
		"symbols/task-manager-live.txt":   {"testdata/task-manager-live.dmp"},
		"symbols/task-manager-live.json":  {"--json", "testdata/task-manager-live.dmp"},
		"symbols/triage-amd64-kernel.txt": {"--stack", "testdata/triage-amd64-kernel.dmp"},
		"symbols/several.txt":             {"testdata/triage-amd64-kernel.dmp", "testdata/triage-x86.dmp", "testdata/summary.dmp", "testdata/header-only.dmp"},
		"symbols/several.json":            {"--json", "--stack", "--missing", "testdata/triage-amd64-kernel.dmp", "testdata/header-only.dmp"},
	} {
		var stdout, stderr bytes.Buffer
		run(append([]string{"symbols", "--symbols=", "--width=80"}, args...), nil, &stdout, &stderr)
		if stderr.Len() > 0 {
			t.Errorf("%s: stderr: %s", name, &stderr)
		}
		got := modified.ReplaceAll(stdout.Bytes(), nil)
		t.Chdir("cmd/dmplens")
		check(t, name, bytes.ReplaceAll(got, []byte(",\n      }"), []byte("\n      }")))
		t.Chdir("../..")
	}
}

var exampleGUID = [16]byte{0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0, 1, 2, 3, 4, 5, 6, 7, 8}

// What the small dumps among the samples need of example.sys, by the paths in a store.
const (
	exampleImage = "example.sys/65A1B2C321000/example.sys"
	examplePDB   = "example.pdb/78563412BC9AF0DE01020304050607081/example.pdb"
)

// exampleFiles are those files.
func exampleFiles() map[string][]byte {
	p := dmptest.PE{TimeDateStamp: 0x65A1B2C3, CodeView: dmptest.RSDS(exampleGUID, 1, `C:\Contoso\example\example.pdb`)}
	p.Sections = []dmptest.PESection{{Name: ".text", Data: []byte{0xCC}, Size: 0x1F000}}
	return map[string][]byte{exampleImage: p.File().Data(), examplePDB: emptyPDB(exampleGUID, 1)}
}

// emptyPDB is a PDB that has nothing but its identity: streams 1 (information) and 3 (debug information).
func emptyPDB(guid [16]byte, age uint32) []byte {
	const block = 512
	b := make([]byte, 7*block)
	put := func(off int, values ...uint32) {
		for i, v := range values {
			binary.LittleEndian.PutUint32(b[off+4*i:], v)
		}
	}
	copy(b, "Microsoft C/C++ MSF 7.00\r\n\x1aDS\x00\x00\x00")
	put(0x20, block, 1, 7, 4*7, 0, 3) // the map of the directory is block 3
	put(3*block, 4)
	put(4*block, 4, 0, 28, 0, 64+22, 5, 6) // four streams, their sizes and blocks
	put(5*block, 20000404, 0, age)
	copy(b[5*block+12:], guid[:])
	put(6*block, 0xFFFFFFFF, 19990903, age)
	put(6*block+0x30, 22)
	copy(b[6*block+64:], bytes.Repeat([]byte{0xFF}, 22)) // streams that it does not have
	return b
}

// store writes files into a store.
func store(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// sampleIn copies a sample into a folder, under another name.
func sampleIn(t *testing.T, dir, sample, name string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(samples, sample))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o666); err != nil {
		t.Fatal(err)
	}
}

// symbols runs the verb, and checks its exit code.
func symbols(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, complaints bytes.Buffer
	if got := run(append([]string{"symbols"}, args...), nil, &out, &complaints); got != code {
		t.Errorf("dmplens symbols %q: exit code %d, not %d\n%s", args, got, code, &complaints)
	}
	return out.String(), complaints.String()
}

// What is at hand is told where it is, and an image tells its PDB. Another file in the place of one is refused.
func TestSymbolsAtHand(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir, files := t.TempDir(), exampleFiles()
	sampleIn(t, dir, "triage-amd64-kernel.dmp", "MEMORY.DMP")
	store(t, filepath.Join(dir, "near"), map[string][]byte{exampleImage: []byte("<html>not found</html>")})
	store(t, filepath.Join(dir, "far"), map[string][]byte{exampleImage: files[exampleImage], "ndis.sys/5F9A3C11170000/ndis.sys": files[exampleImage]})
	t.Chdir(dir)
	page, _ := symbols(t, exitOK, "--width=160", "--symbols", "srv*near*far", "MEMORY.DMP")
	list, _ := symbols(t, exitOK, "--json", "--missing", "--symbols", "srv*near*far", "MEMORY.DMP")
	lines, _ := symbols(t, exitOK, "--manifest", "--symbols", "srv*near*far", "MEMORY.DMP")
	missing, _ := symbols(t, exitOK, "--manifest", "--missing", "--stack", "--symbols", "far", "MEMORY.DMP")
	t.Chdir(here)
	check(t, "symbols/at-hand.txt", []byte(page))
	for _, want := range []string{`"symbol_path": "srv*near*far"`, `"reason": "far`, `"id": "78563412BC9AF0DE01020304050607081"`} {
		if !strings.Contains(list, want) {
			t.Errorf("no %s in\n%s", want, list)
		}
	}
	if strings.Contains(list, `"have",`) || strings.Contains(list, `"state": "not-askable"`) {
		t.Errorf("not missing, but listed:\n%s", list)
	}
	const kernel, hal, ndis, image, pdb = "ntoskrnl.exe,0D8333E61046000,1\n", "hal.dll,1A7BE8E96000,1\n", "ndis.sys,5F9A3C11170000,1\n",
		"example.sys,65A1B2C321000,1\n", "example.pdb,78563412BC9AF0DE01020304050607081,1\n"
	if lines != kernel+hal+ndis+image+pdb || missing != kernel+ndis+pdb {
		t.Errorf("manifest:\n%s\nof what is missing:\n%s", lines, missing)
	}
}

// symbolServer has files, fails for others, and keeps what it was asked for.
type symbolServer struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
	sent  []string // bodies and headers that say something
}

func newSymbolServer(t *testing.T, files map[string][]byte, broken ...string) *symbolServer {
	s := new(symbolServer)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/")
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.asked = append(s.asked, path)
		s.sent = append(s.sent, r.Method+" "+r.URL.RawQuery+string(body)+r.Header.Get("Cookie")+r.Header.Get("Referer"))
		s.mu.Unlock()
		data, ok := files[path]
		switch {
		case slices.Contains(broken, strings.Split(path, "/")[0]):
			w.WriteHeader(http.StatusForbidden)
		case !ok:
			http.NotFound(w, r)
		default:
			w.Write(data)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// names are the files that were asked for, each once, but for what tells how the server keeps them.
func (s *symbolServer) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, path := range s.asked {
		if name, _, _ := strings.Cut(path, "/"); name != "index2.txt" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Nothing is sent without --fetch. With it images are fetched, then the PDBs that they name; one that no server has is no failure.
func TestSymbolsFetch(t *testing.T) {
	dir := t.TempDir()
	dump, kept := filepath.Join(samples, "triage-amd64-kernel.dmp"), filepath.Join(dir, "kept")
	server := newSymbolServer(t, exampleFiles())
	path := "srv*" + kept + "*" + server.URL
	symbols(t, exitOK, "--symbols", path, dump)
	symbols(t, exitOK, "--symbols", path, "--manifest", dump)
	if len(server.asked) > 0 {
		t.Errorf("without --fetch the server was asked for %q", server.asked)
	}
	stdout, stderr := symbols(t, exitOK, "--fetch", "--stack", "--symbols", path, dump)
	if got, want := server.names(), []string{"example.pdb", "example.sys", "ndis.sys", "ntoskrnl.exe"}; !slices.Equal(got, want) {
		t.Errorf("asked for %q, not %q", got, want)
	}
	for _, sent := range server.sent {
		if sent != "GET " && sent != "HEAD " {
			t.Errorf("sent: %q", sent)
		}
	}
	for name, data := range exampleFiles() {
		if got, err := os.ReadFile(filepath.Join(kept, filepath.FromSlash(name))); !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	for _, want := range []string{"have     65A1B2C321000 ", "have     78563412BC9AF0DE01020304050607081 ", "missing  0D8333E61046000 ", "3 of the stack: 1 at hand, 2 missing"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	for _, want := range []string{
		"dmplens: asking " + server.URL + "\n", "dmplens: fetched " + exampleImage + ", ", "dmplens: fetched " + examplePDB + ", 3.5 KiB\n",
		"dmplens: no server has ntoskrnl.exe/0D8333E61046000/ntoskrnl.exe\n", "dmplens: fetched 2 files, 5.5 KiB, into " + kept + "; 2 on no server, 0 failed\n",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("no %q in\n%s", want, stderr)
		}
	}
	// What is there is not asked for again.
	server.asked = nil
	symbols(t, exitOK, "--fetch", "--stack", "--symbols", path, dump)
	if got, want := server.names(), []string{"ndis.sys", "ntoskrnl.exe"}; !slices.Equal(got, want) {
		t.Errorf("then asked for %q, not %q", got, want)
	}
}

// Where nothing is missing, nobody is asked.
func TestSymbolsNothingToFetch(t *testing.T) {
	server := newSymbolServer(t, nil)
	dir := t.TempDir()
	store(t, dir, exampleFiles())
	dump := filepath.Join(dir, "own.dmp")
	data := dmptest.Triage{Modules: []dmptest.Module{
		{Path: "example.sys", Base: 0xFFFFF80312400000, Size: 0x21000, TimeDateStamp: 0x65A1B2C3}, {Path: "cdd.dll", Base: 0xFFFFF80312500000, Size: 0x1000},
	}}.Image().Data()
	if err := os.WriteFile(dump, data, 0o666); err != nil {
		t.Fatal(err)
	}
	stdout, stderr := symbols(t, exitOK, "--fetch", "--symbols", "srv*"+dir+"*"+server.URL, dump)
	if len(server.asked) > 0 || !strings.Contains(stderr, "nothing is missing that can be asked for") || !strings.Contains(stdout, "PDBs       1 known: 1 at hand\n") {
		t.Errorf("asked for %q\n%s%s", server.asked, stderr, stdout)
	}
}

// A fetch that failed is told, and the others go on: a server that refuses, and one that sends something else.
func TestSymbolsFetchFails(t *testing.T) {
	files := exampleFiles()
	files["ntoskrnl.exe/0D8333E61046000/ntoskrnl.exe"] = files[exampleImage]
	server := newSymbolServer(t, files, "ndis.sys")
	kept := filepath.Join(t.TempDir(), "kept")
	stdout, stderr := symbols(t, exitFinding, "--fetch", "--symbols", "srv*"+kept+"*"+server.URL, filepath.Join(samples, "triage-amd64-kernel.dmp"))
	if !strings.Contains(stdout, "2 at hand") && !strings.Contains(stdout, "have     78563412BC9AF0DE01020304050607081 ") {
		t.Errorf("the PDB was not fetched:\n%s", stdout)
	}
	for _, want := range []string{"dmplens: ndis.sys/5F9A3C11170000/ndis.sys", "403", "dmplens: ntoskrnl.exe/0D8333E61046000/ntoskrnl.exe", "time stamp", "1 on no server, 2 failed"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("no %q in\n%s", want, stderr)
		}
	}
	if entries, err := os.ReadDir(filepath.Join(kept, "ntoskrnl.exe", "0D8333E61046000")); len(entries) > 0 {
		t.Errorf("what was refused is kept: %v, %v", entries, err)
	}
	server.Close()
	_, stderr = symbols(t, exitFinding, "--fetch", "--stack", "--symbols", "srv*"+kept+"*"+server.URL, filepath.Join(samples, "triage-amd64-kernel.dmp"))
	if !strings.Contains(stderr, "dmplens: fetched 0 files; 0 on no server, 2 failed\n") {
		t.Errorf("of a server that is not there:\n%s", stderr)
	}
	if n := strings.Count(stderr, "refused"); n != 1 || !strings.Contains(stderr, "dmplens: "+server.URL+": ") || strings.Contains(stderr, "not found") {
		t.Errorf("a server that is not there is told of %d times:\n%s", n, stderr)
	}
}

// A server that has a page for everything is told of once, not for every file.
func TestSymbolsFetchPage(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "<!DOCTYPE html><html><title>Sign in</title></html>")
	}))
	defer server.Close()
	_, stderr := symbols(t, exitFinding, "--fetch", "--symbols", "srv*"+t.TempDir()+"*"+server.URL, filepath.Join(samples, "task-manager-live.dmp"))
	want := "dmplens: asking " + server.URL + "\ndmplens: " + server.URL + ": it answers with an HTML page (a login, or a proxy?)\n" +
		"dmplens: fetched 0 files; 0 on no server, 6 failed\n"
	if stderr != want {
		t.Errorf("%s\nwant:\n%s", stderr, want)
	}
}

// The first interrupt ends a fetch with code 130. The next run goes on with it.
func TestSymbolsInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signal that one process can send another")
	}
	program, err := exec.LookPath("dmplens") // testscript puts it there
	if err != nil {
		t.Fatal(err)
	}
	files := exampleFiles()
	image := files[exampleImage]
	half, done := make(chan bool, 1), make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.TrimPrefix(r.URL.Path, "/") != exampleImage {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(image)))
		w.Write(image[:len(image)/2])
		w.(http.Flusher).Flush()
		half <- true
		<-done
	}))
	defer server.Close()
	kept := filepath.Join(t.TempDir(), "kept")
	args := []string{"symbols", "--fetch", "--stack", "--symbols", "srv*" + kept + "*" + server.URL, filepath.Join(samples, "triage-amd64-kernel.dmp")}
	var stdout, stderr bytes.Buffer
	c := exec.Command(program, args...)
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error)
	go func() { exited <- c.Wait() }()
	select {
	case <-half:
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		err = <-exited
	case err = <-exited:
	}
	close(done)
	if c.ProcessState.ExitCode() != exitInterrupted || stdout.Len() > 0 || !strings.Contains(stderr.String(), "interrupted: ") {
		t.Errorf("%v, stdout %q\n%s", err, &stdout, &stderr)
	}
	if _, err := os.Stat(filepath.Join(kept, filepath.FromSlash(exampleImage))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half an image is kept: %v", err)
	}
	again := newSymbolServer(t, files)
	out, _ := symbols(t, exitOK, "--fetch", "--stack", "--symbols", "srv*"+kept+"*"+again.URL, filepath.Join(samples, "triage-amd64-kernel.dmp"))
	if !strings.Contains(out, "have     78563412BC9AF0DE01020304050607081 ") {
		t.Errorf("not gone on with:\n%s", out)
	}
}

// A line for a shell names all dumps, or as many as it can.
func TestCommandLine(t *testing.T) {
	if got, want := commandLine([]string{"dmplens", "symbols"}, []string{"a b.dmp", "c.dmp", "d.dmp", "e'.dmp"}), `dmplens symbols 'a b.dmp' c.dmp d.dmp 'e'\''.dmp'`; got != want {
		t.Errorf("%s, not %s", got, want)
	}
	long := strings.Repeat("x", maxLine)
	if got, want := commandLine([]string{"dmplens"}, []string{long, "b.dmp", "c.dmp"}), "dmplens "+long+" ..."; got != want {
		t.Errorf("%s", got)
	}
}
