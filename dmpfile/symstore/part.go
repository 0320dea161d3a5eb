package symstore

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dmplens/dmplens/dmpfile/cab"
)

// maxFile bounds what is transferred or expanded, in bytes. The largest PDBs of Windows have some hundred megabytes.
var maxFile int64 = 2 << 30

var errTooLarge = errors.New("it is too large")

// place returns the folder for a file in a store, and makes it. What exists of it keeps its letter case.
func (s *search) place(store string) (string, error) {
	names := []string{s.name, s.key}
	if twoTier(store) {
		names = []string{firstTier(s.name), s.name, s.key}
	}
	dir := store
	for _, name := range names {
		if have := s.path.spellings(dir, name); len(have) > 0 {
			name = have[0]
		}
		dir = filepath.Join(dir, name)
	}
	return dir, os.MkdirAll(dir, 0o777)
}

// part is a temporary file in the folder of a store for which it is meant. While it is open no other run takes it over.
type part struct {
	file *os.File
	size int64 // in bytes
	gone bool  // it has another name, is left to a later run, or is removed
}

// A part is named .dmplens-VERSION-RANDOM.part, where VERSION stands for what is at an address of a server. One that can not be gone on with
// has no VERSION.
const (
	partPrefix = ".dmplens-"
	partSuffix = ".part"
)

// partAge is how long a part is left for a later run.
const partAge = 7 * 24 * time.Hour

// versionOf names what is at an address. validator is what the server says of this version of it; "" is returned where that is not enough to go on
// with a part.
func versionOf(u *url.URL, validator string, total int64) string {
	if validator == "" || total < 0 {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d", u, validator, total))
	return fmt.Sprintf("%x-", sum[:8])
}

// createPart returns a temporary file: one of a version that an earlier run left, or else a new one. Old ones, which nobody came back for, are
// removed.
func createPart(dir, version string) (*part, error) {
	prefix := partPrefix + version
	name := filepath.Join(dir, prefix+rand.Text()+partSuffix)
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !isPart(e) {
			continue
		}
		old := filepath.Join(dir, e.Name())
		if info, err := e.Info(); err != nil {
			continue
		} else if time.Since(info.ModTime()) > partAge {
			os.Remove(old)
		} else if version != "" && strings.HasPrefix(e.Name(), prefix) {
			if p, ok := claim(old, name); ok {
				return p, nil
			}
		}
	}
	for tries := 0; ; tries++ {
		f, err := createFile(name)
		if errors.Is(err, fs.ErrNotExist) && tries < maxTries { // another run removed the folder, which was empty: also while it is made again
			if err = os.MkdirAll(dir, 0o777); err == nil || errors.Is(err, fs.ErrNotExist) {
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		if lock(f) != errClaimed && isAt(f, name) {
			return &part{file: f}, nil
		}
		f.Close() // another run took it for one that was left
		name = filepath.Join(dir, prefix+rand.Text()+partSuffix)
	}
}

// maxTries bounds how often a folder is made that other runs remove.
const maxTries = 1000

func createFile(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
}

// errClaimed says that another run has a part.
var errClaimed = errors.New("another run has it")

// isAt says whether a file still has its name.
func isAt(f *os.File, name string) bool {
	there, err := os.Lstat(name)
	mine, err2 := f.Stat()
	return err == nil && err2 == nil && os.SameFile(there, mine)
}

// removeParts removes the parts of a folder that no run has open: what they were for is there.
func removeParts(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if isPart(e) {
			if p, ok := claim(filepath.Join(dir, e.Name()), filepath.Join(dir, partPrefix+rand.Text()+partSuffix)); ok {
				p.remove()
			}
		}
	}
}

func isPart(e fs.DirEntry) bool {
	return e.Type().IsRegular() && strings.HasPrefix(e.Name(), partPrefix) && strings.HasSuffix(e.Name(), partSuffix)
}

// claim takes over a part, unless another run has it open.
func claim(old, name string) (*part, bool) {
	f, ok := claimFile(old, name)
	if !ok {
		return nil, false
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		f.Close()
		return nil, false
	}
	return &part{file: f, size: size}, true
}

// leave leaves the file for a later run.
func (p *part) leave() {
	if p.gone {
		return
	}
	if p.size == 0 || p.file.Sync() != nil { // what a power failure made of it could not be told from the file
		p.remove()
		return
	}
	p.gone = true
	p.file.Close()
}

// remove removes the file and the folders that are empty then.
func (p *part) remove() {
	if p.gone {
		return
	}
	p.gone = true
	err := os.Remove(p.file.Name()) // ahead of closing it, where that can be: nobody claims it then
	p.file.Close()
	if err != nil {
		os.Remove(p.file.Name())
	}
	dir := filepath.Dir(p.file.Name())
	for _, dir := range []string{dir, filepath.Dir(dir)} {
		if info, err := os.Lstat(dir); err != nil || !info.IsDir() || os.Remove(dir) != nil { // no link that someone made
			return
		}
	}
}

func (p *part) clear() error {
	p.size = 0
	err := p.file.Truncate(0)
	if err == nil {
		_, err = p.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return &localError{err}
	}
	return nil
}

// localError is one of the store, not of the server.
type localError struct{ err error }

func (e *localError) Error() string { return e.err.Error() }
func (e *localError) Unwrap() error { return e.err }

// fill appends what r has, up to total bytes in all; any number where total is -1.
func (p *part) fill(r io.Reader, total int64, progress func(done, total int64)) error {
	buf := make([]byte, 64<<10)
	for {
		progress(p.size, total)
		n, err := r.Read(buf)
		if p.size+int64(n) > maxFile || total >= 0 && p.size+int64(n) > total {
			return errTooLarge
		}
		if _, err := p.file.Write(buf[:n]); err != nil {
			return &localError{err}
		}
		p.size += int64(n)
		switch {
		case err == io.EOF && total >= 0 && p.size < total:
			return io.ErrUnexpectedEOF
		case err == io.EOF:
			progress(p.size, total)
			return nil
		case err != nil:
			return err
		}
	}
}

// settle gives a part that is whole its name, and opens it. One that is not the right file is a *Refused.
func (s *search) settle(p *part) (*File, error) {
	info, err := p.file.Stat()
	if err != nil {
		return nil, err
	}
	f := &File{Size: info.Size(), r: p.file}
	if err := f.identify(s.id); err != nil {
		return nil, &Refused{Place: p.file.Name(), Err: err}
	}
	if err := p.file.Sync(); err != nil {
		return nil, err
	}
	if err := p.file.Close(); err != nil {
		return nil, err
	}
	name := filepath.Join(filepath.Dir(p.file.Name()), s.name)
	renameErr := os.Rename(p.file.Name(), name)
	p.gone = renameErr == nil
	settled, err := openFile(name, s.id)
	if err == nil {
		removeParts(filepath.Dir(name))
	}
	if err != nil && renameErr != nil { // Windows does not replace an open file, which another run put there, so it can be the right one
		err = renameErr
	}
	return settled, err
}

// expand writes the file of a cabinet to w: the only one, or that of the name of id. It ends early where the beginning is not that of what id says.
func expand(ctx context.Context, w io.Writer, r io.ReaderAt, size int64, id ID) error {
	c, err := cab.NewReader(r, size)
	if err != nil {
		return err
	}
	var f *cab.File
	for _, file := range c.Files {
		if len(c.Files) == 1 || strings.EqualFold(baseName(file.Name), id.name) {
			f = file
			break
		}
	}
	switch {
	case f == nil:
		return fmt.Errorf("none of the %d files of the cabinet is %s", len(c.Files), id.name)
	case f.Size > maxFile:
		return errTooLarge
	}
	content, err := f.Open()
	if err != nil {
		return err
	}
	buf := bufio.NewReader(whileWanted{ctx, content})
	head, err := buf.Peek(4096)
	if err != nil && err != io.EOF {
		return err
	}
	if err := id.begins(head, f.Size); err != nil {
		return err
	}
	_, err = io.Copy(localWriter{w}, buf)
	return err
}

// whileWanted reads until ctx ends.
type whileWanted struct {
	ctx context.Context
	r   io.Reader
}

func (w whileWanted) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(p)
}

// localWriter tells its errors from those of what is written.
type localWriter struct{ w io.Writer }

func (l localWriter) Write(p []byte) (int, error) {
	n, err := l.w.Write(p)
	if err != nil {
		err = &localError{err}
	}
	return n, err
}
