package symstore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
)

// Open opens a file in the first local place of the path that has it, and whose file is the right one. It never uses a server:
// of a chain that has a server alone it looks in the default store, which Fetch fills. Where none has it, the error is a *NotFoundError, which is
// fs.ErrNotExist.
func (p *Path) Open(id ID) (*File, error) {
	s := p.search(id)
	for _, e := range p.elements {
		if f, _ := s.element(e); f != nil {
			return f, nil
		}
	}
	return nil, s.notFound()
}

// search is one look through local places.
type search struct {
	path      *Path
	id        ID
	name, key string // "" where the name is none that a file can have
	refused   []*Refused
	seen      map[string]bool // stores
}

func (p *Path) search(id ID) *search {
	s := &search{path: p, id: id, seen: map[string]bool{}}
	s.name, s.key, _ = id.parts()
	return s
}

func (s *search) notFound() *NotFoundError {
	if s.name == "" {
		s.refuse(fmt.Sprintf("%q", s.id.name), errors.New("no file of a store can have this name"))
	}
	return &NotFoundError{ID: s.id, Refused: s.refused}
}

func (s *search) refuse(place string, err error) {
	s.refused = append(s.refused, &Refused{place, err})
}

// element looks through the folders of an element, and says which one of them has the file.
func (s *search) element(e element) (f *File, store int) {
	if s.name == "" {
		return nil, 0
	}
	for i, dir := range e.stores {
		if dir == "" || foreign(dir) {
			continue
		}
		if e.plain {
			if f := s.folder(dir); f != nil {
				return f, i
			}
		}
		if s.seen[dir] {
			continue
		}
		s.seen[dir] = true
		if f := s.store(dir); f != nil {
			return f, i
		}
	}
	return nil, 0
}

// store looks in a store: first by two tiers, where it has them.
func (s *search) store(dir string) *File {
	if twoTier(dir) {
		for _, tier := range s.path.spellings(dir, firstTier(s.name)) {
			if f := s.tier(filepath.Join(dir, tier)); f != nil {
				return f
			}
		}
	}
	return s.tier(dir)
}

// twoTier says whether a store has the first letters of names as folders.
func twoTier(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, "index2.txt"))
	return err == nil && info.Mode().IsRegular()
}

// firstTier is the folder that a name is in where there are two tiers.
func firstTier(name string) string { return strings.ToLower(name[:min(2, len(name))]) }

// tier looks for name/key.
func (s *search) tier(dir string) *File {
	for _, name := range s.path.spellings(dir, s.name) {
		for _, key := range s.path.spellings(filepath.Join(dir, name), s.key) {
			place := filepath.Join(dir, name, key)
			if f := s.folder(place); f != nil {
				return f
			}
			for _, pointer := range s.path.spellings(place, "file.ptr") {
				if f := s.follow(filepath.Join(place, pointer)); f != nil {
					return f
				}
			}
		}
	}
	return nil
}

// folder looks for the file itself, and for a cabinet that has it.
func (s *search) folder(dir string) *File {
	for _, name := range s.path.spellings(dir, s.name) {
		if f := s.open(filepath.Join(dir, name), openFile); f != nil {
			return f
		}
	}
	for _, name := range s.path.spellings(dir, compressed(s.name)) {
		if f := s.open(filepath.Join(dir, name), openCabinet); f != nil {
			return f
		}
	}
	return nil
}

// open opens a file in one way or the other, if it is the right one.
func (s *search) open(name string, open func(string, ID) (*File, error)) *File {
	f, err := open(name, s.id)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.EISDIR): // a plain folder can be a store, where the name is that of a folder
	case err != nil:
		s.refuse(name, err)
	}
	return f
}

// openFile opens a file that must be what id says.
func openFile(name string, id ID) (*File, error) {
	r, info, err := dmpfile.OpenRegular(name)
	if err != nil {
		return nil, err
	}
	f := &File{Name: name, Size: info.Size, r: r, close: r.Close}
	if err := f.identify(id); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// openCabinet opens the file that a cabinet has, expanded into a temporary file. It must be what id says.
func openCabinet(name string, id ID) (*File, error) {
	r, info, err := dmpfile.OpenRegular(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	f, err := expanded(r, info.Size, id.name)
	if err != nil {
		return nil, err
	}
	f.Name = name
	if err := f.identify(id); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// expanded returns the file of a cabinet in a temporary file, which goes with it.
func expanded(r io.ReaderAt, size int64, name string) (*File, error) {
	tmp, err := os.CreateTemp("", "dmplens-*")
	if err != nil {
		return nil, fmt.Errorf("it cannot be expanded: %v", err) // that there is no folder for it is not that there is no such file
	}
	remove := func() error { return errors.Join(tmp.Close(), os.Remove(tmp.Name())) }
	var info os.FileInfo
	if err = expand(tmp, r, size, name); err == nil {
		info, err = tmp.Stat()
	}
	if err != nil {
		remove()
		return nil, err
	}
	return &File{Size: info.Size(), r: tmp, close: remove}, nil
}

// maxPointer bounds a file.ptr, in bytes: more than the longest path.
const maxPointer = 4096

// follow opens the file that a file.ptr leads to.
func (s *search) follow(name string) *File {
	r, info, err := dmpfile.OpenRegular(name)
	if err != nil {
		s.refuse(name, err)
		return nil
	}
	defer r.Close()
	b := make([]byte, min(info.Size, maxPointer))
	if n, err := r.ReadAt(b, 0); n < len(b) && err != io.EOF {
		s.refuse(name, err)
		return nil
	}
	target, err := pointer(b)
	if err == nil && info.Size > maxPointer {
		err = fmt.Errorf("it is too long for a pointer: %d bytes", info.Size)
	}
	if err == nil {
		target, err = targetFile(target)
	}
	if err != nil {
		s.refuse(name, err)
		return nil
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(name), target)
	}
	return s.openTarget(name, target)
}

// openTarget opens the file that a file.ptr at a place leads to: a cabinet, if its name says so.
func (s *search) openTarget(place, target string) *File {
	open := openFile
	if strings.HasSuffix(target, "_") {
		open = openCabinet
	}
	f, err := open(target, s.id)
	if err != nil {
		s.refuse(place, fmt.Errorf("it leads to %q: %w", target, err))
	}
	return f
}

// pointer reads a file.ptr: "PATH:" or nothing and where the file is, or "MSG:" and why it is not there.
func pointer(b []byte) (target string, err error) {
	text, _, _ := strings.Cut(strings.TrimSpace(strings.TrimRight(string(b), "\x00")), "\n")
	text = strings.TrimSpace(text)
	kind, rest, ok := strings.Cut(text, ":")
	switch {
	case ok && strings.EqualFold(kind, "MSG"):
		return "", fmt.Errorf("the file is not there; it says %q", strings.TrimSpace(rest))
	case ok && strings.EqualFold(kind, "PATH"):
		text = strings.TrimSpace(rest)
	}
	if text == "" || strings.IndexFunc(text, func(r rune) bool { return r < 0x20 || r == 0x7F }) >= 0 {
		return "", fmt.Errorf("it is no pointer: %q", b[:min(len(b), 60)])
	}
	return text, nil
}

// targetFile returns the file that a file.ptr names, on this system.
func targetFile(target string) (string, error) {
	switch {
	case runtime.GOOS == "windows" && isDevice(target):
		return "", fmt.Errorf("it leads to the device %q", target)
	case foreign(target):
		return "", fmt.Errorf("it leads to %q, which is not on this system", target)
	case !filepath.IsAbs(target):
		target = strings.ReplaceAll(target, `\`, string(filepath.Separator))
	}
	return target, nil
}

// listing is what a folder had when it was read.
type listing struct {
	modified time.Time
	names    map[string][]string // by the name in lower case
}

// recent is the age at which the time of a folder is sure to tell its next change, whatever the file system.
const recent = 3 * time.Second

// spellings returns what a folder has of a name, whatever the letter case; the name itself is first.
func (p *Path) spellings(dir, name string) []string {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return nil
	}
	known, ok := p.listings.Load(dir)
	if !ok || !known.(listing).modified.Equal(info.ModTime()) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return []string{name} // a folder that can be looked in and not listed
		}
		l := listing{info.ModTime(), make(map[string][]string, len(entries))}
		for _, e := range entries {
			lower := strings.ToLower(e.Name())
			l.names[lower] = append(l.names[lower], e.Name())
		}
		if time.Since(l.modified) > recent {
			p.listings.Store(dir, l)
		}
		known = l
	}
	list := slices.Clone(known.(listing).names[strings.ToLower(name)])
	if i := slices.Index(list, name); i > 0 {
		list[0], list[i] = list[i], list[0]
	}
	return list
}
