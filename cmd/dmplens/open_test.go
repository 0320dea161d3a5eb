package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/dmplens/dmplens/report"
)

func sampleBytes(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(samples, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// zipped is a zip: names and contents by turns.
func zipped(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, files[i+1])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// gzipped is a gzip file.
func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(data)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// ran is what dmplens does with standard input.
func ran(stdin io.Reader, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, stdin, &out, &errs)
	return code, out.String(), errs.String()
}

// The page of a dump is the same however it comes, but for its name.
func TestStandardInput(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dump := sampleBytes(t, "triage-amd64.dmp")
	name := filepath.Join(t.TempDir(), "a.dmp")
	if err := os.WriteFile(name, dump, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"info", "check", "modules", "stack", "registers", "streams", "symbols"} {
		_, want, _ := ran(nil, verb, "--json", name)
		var file report.File
		record := func(s string) map[string]any {
			var m map[string]any
			if err := json.Unmarshal([]byte(s), &m); err != nil {
				t.Fatalf("%s: %v in %s", verb, err, s)
			}
			file = report.File{}
			b, _ := json.Marshal(m["file"])
			json.Unmarshal(b, &file)
			delete(m, "file")
			delete(m, "use")
			delete(m, "next")
			delete(m, "dumps")
			return m
		}
		wanted, _ := json.Marshal(record(want))
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		for what, in := range map[string]io.Reader{"pipe": bytes.NewReader(dump), "gzip": bytes.NewReader(gzipped(t, dump)), "zip": bytes.NewReader(zipped(t, "a.dmp", string(dump))), "file": f} {
			code, out, stderr := ran(in, verb, "--json", "-")
			got, _ := json.Marshal(record(out))
			if code != exitOK || !bytes.Equal(got, wanted) || stderr != "" {
				t.Errorf("%s of a %s: code %d, %s\n%s\nwant\n%s", verb, what, code, stderr, got, wanted)
			}
			if verb != "symbols" && (file.Path != "standard input" || file.Size == nil || *file.Size != int64(len(dump)) || file.Modified != nil) {
				t.Errorf("%s of a %s: %+v", verb, what, file)
			}
		}
		f.Close()
	}
	if code, out, _ := ran(bytes.NewReader(dump), "-", name); code != exitOK || !strings.Contains(out, "==> standard input <==") || !strings.Contains(out, "==> "+name) {
		t.Errorf("beside a file: code %d, %s", code, out)
	}
	if code, out, _ := ran(bytes.NewReader(dump), "check", "--deep", "-"); code != exitOK || !strings.Contains(out, "SHA-256") {
		t.Errorf("deep: code %d, %s", code, out)
	}
	left, _ := os.ReadDir(os.Getenv("TMPDIR"))
	if len(left) > 0 {
		t.Errorf("%d temporary files stay", len(left))
	}
}

func TestStandardInputErrors(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dump := sampleBytes(t, "triage-amd64.dmp")
	folder, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	for _, x := range []struct {
		stdin io.Reader
		args  string
		code  int
		want  string
	}{
		{bytes.NewReader(dump), "info - -", exitUnusable, "- is standard input, which can be read once"},
		{strings.NewReader(""), "info -", exitFinding, "nothing came on standard input"},
		{io.MultiReader(bytes.NewReader(dump), failing{}), "info -", exitUnusable, "standard input: the line is broken"},
		{folder, "info -", exitUnusable, "standard input: it is a folder"},
		{bytes.NewReader(make([]byte, 64<<20+1)), "check - --memory 64M", exitUnusable, "more than the 64.0 MiB that are kept"},
		{bytes.NewReader(dump), "check - --memory 1M", exitUnusable, "64M is the least"},
		{bytes.NewReader(dump), "check - --memory much", exitUnusable, "a size is a number of bytes"},
		{bytes.NewReader(zipped(t, "a.dmp", string(dump), "b.dmp", string(dump[1:])+"x")), "info -", exitFinding, ""},
		{bytes.NewReader(zipped(t, "a.dmp", string(dump), "b.dmp", string(dump)+"x")), "info -", exitUnusable, "has 2 dumps: a.dmp, b.dmp; save it to a file"},
	} {
		code, out, stderr := ran(x.stdin, strings.Fields(x.args)...)
		if x.want == "" {
			if code != exitOK || !strings.Contains(out, "standard input: a.dmp") {
				t.Errorf("%s: code %d, %s%s", x.args, code, out, stderr)
			}
			continue
		}
		if code != x.code || !strings.Contains(stderr, x.want) {
			t.Errorf("%s: code %d, %q, want %q", x.args, code, stderr, x.want)
		}
	}
	if code, _, stderr := ran(bytes.NewReader(make([]byte, 64<<20)), "info", "-", "--memory", "64M"); code != exitFinding || stderr != "" {
		t.Errorf("as many bytes as are kept: code %d, %s", code, stderr)
	}
	left, _ := os.ReadDir(os.Getenv("TMPDIR"))
	if len(left) > 0 {
		t.Errorf("%d temporary files stay", len(left))
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the line is broken") }

// ./- is a file, as everywhere.
func TestDashFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("-", []byte("text\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := ran(strings.NewReader(""), "./-"); code != exitFinding || !strings.Contains(out, `it begins "text"`) {
		t.Errorf("code %d, %s", code, out)
	}
}

// An interrupt leaves neither the copy of standard input nor the file of --output.
func TestInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted from here")
	}
	program, err := exec.LookPath("dmplens")
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		for _, args := range [][]string{{"info", "-"}, {"check", "-"}, {"modules", "-"}, {"explain", "-"}} {
			temporary, dir := t.TempDir(), t.TempDir()
			c := exec.Command(program, append(args, "--output", "made")...)
			c.Dir, c.Env = dir, append(os.Environ(), "TMPDIR="+temporary)
			stdin, err := c.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			stdin.Write(make([]byte, 1<<16))
			for made := errors.New(""); made != nil; { // it waits for more then
				_, made = os.Stat(filepath.Join(dir, "made"))
			}
			c.Process.Signal(signal)
			c.Wait()
			if code := c.ProcessState.ExitCode(); code != exitInterrupted {
				t.Errorf("%q, %v: code %d", args, signal, code)
			}
			for _, folder := range []string{temporary, dir} {
				if left, _ := os.ReadDir(folder); len(left) > 0 {
					t.Errorf("%q, %v: %s stays", args, signal, left[0].Name())
				}
			}
		}
	}
}

func TestArchives(t *testing.T) {
	dump, other := string(sampleBytes(t, "triage-amd64.dmp")), string(sampleBytes(t, "task-manager-live.dmp"))
	t.Chdir(t.TempDir())
	locked := zipped(t, "a.dmp", dump)
	locked[bytes.Index(locked, []byte("PK\x01\x02"))+8] |= 1
	for name, data := range map[string][]byte{
		"one.zip": zipped(t, "readme.txt", "Read me.\n", "dumps/a.dmp", dump), "two.zip": zipped(t, "dumps/a.dmp", dump, "b!c/D.dmp", other),
		"none.zip": zipped(t, "readme.txt", "Read me.\n"), "a.dmp.gz": gzipped(t, []byte(dump)), "a.dmp": []byte(dump), "x.7z": []byte("7z\xbc\xaf\x27\x1c"),
		"odd!name.zip": zipped(t, "a.dmp", dump, "b.dmp", other), "two.zip!real": []byte(other), "locked.zip": locked, "broken.zip": []byte("PK\x03\x04nothing"),
		"big.zip": zipped(t, "a.dmp", dump+strings.Repeat("\x00", 40<<20)), "cut.gz": gzipped(t, []byte(other))[:3000],
	} {
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct {
		args string
		code int
		want string // of stdout, or of stderr where the code is 2
	}{
		{"one.zip", exitOK, "one.zip: dumps/a.dmp\n"},
		{"a.dmp.gz", exitOK, "a.dmp.gz: a.dmp "},
		{"info two.zip!dumps/a.dmp", exitOK, "two.zip: dumps/a.dmp\n"},
		{`info two.zip!DUMPS\A.dmp`, exitOK, "two.zip: dumps/a.dmp\n"},
		{"info two.zip!b!c/D.dmp", exitOK, "two.zip: b!c/D.dmp\n"},
		{"info odd!name.zip!a.dmp", exitOK, "odd!name.zip: a.dmp\n"},
		{"info two.zip!real", exitOK, "two.zip!real"},
		{"info one.zip!readme.txt", exitFinding, `it begins "Read me."`},
		{"check one.zip", exitOK, "one.zip: dumps/a.dmp\n"},
		{"modules one.zip", exitOK, "example.sys"},
		{"stack two.zip!dumps/a.dmp", exitOK, "example.sys"},
		{"streams two.zip!b!c/D.dmp", exitOK, "SMBIOS tables"},
		{"symbols one.zip", exitOK, "one.zip"},
		{"memory one.zip example.sys+334c --length 2 --json", exitOK, `"member": "dumps/a.dmp"`},
		{"info --html one.zip", exitOK, `<span class="folder">one.zip: dumps/</span><span class="name">a.dmp</span>`},
		{"--json one.zip", exitOK, `"member": "dumps/a.dmp"`},
		{"check --deep --json two.zip!dumps/a.dmp", exitOK, `"sha256"`},
		{"none.zip", exitFinding, "no dump is in the archive"},
		{"broken.zip", exitFinding, "the archive cannot be read"},
		{"x.7z", exitFinding, "a 7-Zip archive, not a dump\n"},
		{"cut.gz", exitFinding, "archive-damaged"},
		{"modules --json cut.gz", exitFinding, "archive-damaged"},

		{"check two.zip", exitUnusable, "has 2 dumps: dumps/a.dmp, b!c/D.dmp; dmplens check 'two.zip!dumps/a.dmp' looks at one, dmplens scan two.zip at all\n"},
		{"two.zip!dumps/b.dmp", exitUnusable, "did you mean dumps/a.dmp? Then it is dmplens info 'two.zip!dumps/a.dmp'\n"},
		{"two.zip!d.dmp", exitUnusable, "did you mean b!c/D.dmp?"},
		{"two.zip!", exitUnusable, "no such file"},
		{"a.dmp!x", exitUnusable, "a.dmp is no archive that dmplens can look into (zip, gzip, zstd): a kernel dump"},
		{"x.7z!a.dmp", exitUnusable, "x.7z is no archive that dmplens can look into (zip, gzip, zstd): a 7-Zip archive"},
		{"no.zip!a.dmp", exitUnusable, "no such file"},
		{"locked.zip", exitUnusable, "locked.zip: the member is encrypted"},
		{"big.zip --memory 64M", exitUnusable, "there is memory for 31457279: unpack it, or say --memory 85M\n"},
	} {
		code, out, stderr := ran(nil, strings.Fields(x.args)...)
		text := out
		if code == exitUnusable {
			text = stderr
		}
		if code != x.code || !strings.Contains(text, x.want) || x.code == exitOK && stderr != "" {
			t.Errorf("%s: code %d, want %d and %q\n%s%s", x.args, code, x.code, x.want, out, stderr)
		}
	}
	if code, _, stderr := ran(nil, "big.zip", "--memory", "85M"); code == exitUnusable {
		t.Errorf("with the memory that was asked for: code %d, %s", code, stderr)
	}
}
