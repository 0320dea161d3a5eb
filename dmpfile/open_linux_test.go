package dmpfile_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
)

// Looking at a file of one's own leaves its access time as it is.
func TestAccessTime(t *testing.T) {
	name := filepath.Join(t.TempDir(), "MEMORY.DMP")
	if err := os.WriteFile(name, make([]byte, dmpfile.PageSize), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	if err := os.Chtimes(name, old, time.Now()); err != nil { // a read would set it even where that is done once a day only
		t.Fatal(err)
	}
	f, _, err := dmpfile.OpenRegular(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.ReadAt(make([]byte, 16), 0); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	s := info.Sys().(*syscall.Stat_t)
	if at := time.Unix(s.Atim.Unix()); !at.Equal(old) {
		t.Errorf("accessed at %v", at)
	}
}
