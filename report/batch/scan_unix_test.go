//go:build unix

package batch

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
)

// TestRowsInOddFiles has files that rows cannot be in: reading them would never end.
func TestRowsInOddFiles(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{fifo, "/dev/zero", t.TempDir()} {
		if _, _, err := OpenRows(name, report.DepthFull); !errors.Is(err, errNotRegular) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOddFiles has what a share can hold beside files.
func TestOddFiles(t *testing.T) {
	small := sample(t, "triage-x86.dmp")
	top := share(t, map[string][]byte{"a.dmp": small, "folder.dmp/b.dmp": small, "secret.dmp": small, "new\nline\x1b[31m.dmp": small, "bytes\xff.dmp": small})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(syscall.Mkfifo(filepath.Join(top, "fifo.dmp"), 0o600))
	must(os.Symlink(top, filepath.Join(top, "folder.dmp", "loop.dmp")))
	must(os.Symlink("nowhere", filepath.Join(top, "broken.dmp")))
	must(os.Symlink("a.dmp", filepath.Join(top, "link.dmp")))
	must(os.Chmod(filepath.Join(top, "secret.dmp"), 0))
	must(os.Mkdir(filepath.Join(top, "closed"), 0))
	defer os.Chmod(filepath.Join(top, "closed"), 0o700)
	s := &Scan{Sorted: true, Analyzer: analyze.Analyzer{Depth: report.DepthHeader}}
	got := rows(t, s, top)
	want := []string{
		"a.dmp: complete", "broken.dmp: no such file or directory", `bytes\xff.dmp: complete`, "closed: permission denied",
		"fifo.dmp: is not a regular file: pipes and devices are not opened", "folder.dmp/b.dmp: complete", "link.dmp: complete",
		"new\nline\x1b[31m.dmp: complete", "secret.dmp: permission denied",
	}
	if os.Geteuid() == 0 { // who may read everything
		want = slices.DeleteFunc(want, func(s string) bool { return strings.HasPrefix(s, "closed") })
		want[len(want)-1] = "secret.dmp: complete"
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if n := s.Stats().Failed; n != 2 && n != 4 {
		t.Errorf("%d failed", n)
	}
	// What took the place of a file or folder after the walk had met it has the same text, and blocks nobody.
	l := (&Scan{}).looker(nil, nil)
	for _, name := range []string{"fifo.dmp", "folder.dmp"} {
		_, err := l.look(t.Context(), found{path: filepath.Join(top, name)}, nil)
		if got := l.failure(name, err).Error; got == nil || got.Message != errNotRegular.Error() {
			t.Errorf("%s: %+v", name, got)
		}
	}
	w := walk{ctx: t.Context(), timeout: time.Hour}
	if list, err := w.readFolder(filepath.Join(top, "fifo.dmp")); !errors.Is(err, syscall.ENOTDIR) || len(list) > 0 {
		t.Errorf("a pipe for a folder: %v", err)
	}
	// Named themselves, a folder behind a link is entered, and a pipe is refused.
	if n := len(rows(t, &Scan{}, filepath.Join(top, "folder.dmp", "loop.dmp"))); n != len(got) {
		t.Errorf("%d rows through a link, want %d", n, len(got))
	}
	if got := rows(t, &Scan{}, filepath.Join(top, "fifo.dmp")); len(got) != 1 || !strings.Contains(got[0], "is not a regular file") {
		t.Error(got)
	}
	if got := rows(t, &Scan{}, filepath.Join(top, "nothing")); len(got) != 1 || !strings.Contains(got[0], "no such file") {
		t.Error(got)
	}
}
