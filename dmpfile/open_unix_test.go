//go:build unix

package dmpfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
)

// TestOpenRegular opens what is no regular file; a pipe that nobody writes to would block for ever.
func TestOpenRegular(t *testing.T) {
	folder := t.TempDir()
	pipe, file := filepath.Join(folder, "pipe.dmp"), filepath.Join(folder, "file.dmp")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(file, []byte("text"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{pipe, "read " + pipe + ": is not a regular file", dmpfile.ErrNotRegular},
		{os.DevNull, "read " + os.DevNull + ": is not a regular file", dmpfile.ErrNotRegular},
		{folder, "read " + folder + ": is a directory", syscall.EISDIR},
		{file + "x", "stat " + file + "x: no such file or directory", fs.ErrNotExist},
	} {
		if f, _, err := dmpfile.OpenRegular(c.name); f != nil || !errors.Is(err, c.want) || err.Error() != c.text {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, err := dmpfile.Open(c.name); !errors.Is(err, c.want) {
			t.Errorf("Open(%s): %v", c.name, err)
		}
	}
	f, info, err := dmpfile.OpenRegular(file)
	if err != nil || info.Size != 4 {
		t.Fatal(info, err)
	}
	defer f.Close()
	if b := make([]byte, 4); string(b[:must(f.ReadAt(b, 0))]) != "text" {
		t.Errorf("%q", b)
	}
}

func must(n int, err error) int {
	if err != nil {
		panic(err)
	}
	return n
}
