package batch

import (
	"context"
	"errors"
	"hash/fnv"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// found is a file that a walk met, in its order.
type found struct {
	index int
	path  string
	err   error // why it cannot be looked at
}

// walk sends the files of the scan's paths, sorted by name inside each folder, until the context ends. Folders behind symbolic links are
// not entered, except where they are named themselves, so that no loop is followed.
type walk struct {
	*Scan
	ctx   context.Context
	out   chan<- found
	ahead chan<- struct{} // takes a token for each file whose rows are not all written; nil where rows are not sorted
	index int
}

var errNotRegular = errors.New("is not a regular file: pipes and devices are not opened")

// root walks a path that was named.
func (w *walk) root(name string) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		w.send(name, err)
	case info.IsDir():
		w.folder(name)
	case !info.Mode().IsRegular():
		w.send(name, &fs.PathError{Op: "read", Path: name, Err: errNotRegular})
	default:
		w.send(name, nil)
	}
}

func (w *walk) folder(name string) {
	entries, err := os.ReadDir(name)
	if err != nil {
		w.send(name, err)
	}
	for _, e := range entries {
		if w.ctx.Err() != nil {
			return
		}
		full := filepath.Join(name, e.Name())
		if matches(w.Exclude, e.Name()) {
			continue
		}
		kind := e.Type()
		if kind&fs.ModeSymlink != 0 {
			if !w.wants(e.Name()) {
				continue
			}
			info, err := os.Stat(full)
			if err != nil {
				w.send(full, err)
				continue
			}
			if kind = info.Mode().Type(); kind.IsDir() {
				continue
			}
		}
		switch {
		case kind.IsDir():
			w.folder(full)
		case !w.wants(e.Name()):
		case !kind.IsRegular():
			w.send(full, &fs.PathError{Op: "read", Path: full, Err: errNotRegular})
		default:
			w.send(full, nil)
		}
	}
}

// send hands a file to the workers, if it is of this shard.
func (w *walk) send(name string, err error) {
	if !w.inShard(name) {
		return
	}
	if w.ahead != nil {
		select {
		case w.ahead <- struct{}{}:
		case <-w.ctx.Done():
			return
		}
	}
	w.stats.found.Add(1) // before a worker can be done with it
	select {
	case w.out <- found{w.index, name, err}:
		w.index++
	case <-w.ctx.Done():
		w.stats.found.Add(-1)
	}
}

// wants says whether a file is looked at, by its name. Archives are, because dumps can be inside.
func (s *Scan) wants(name string) bool {
	return s.All || matches(s.include(), name) || len(s.Include) == 0 && matches(archiveNames, name)
}

func (s *Scan) include() []string {
	if len(s.Include) == 0 {
		return dumpNames
	}
	return s.Include
}

var (
	dumpNames    = []string{"*.dmp"}
	archiveNames = []string{"*.zip", "*.gz", "*.zst", "*.7z", "*.cab"}
)

// matches says whether a name is one of the patterns, in which case does not count: Windows' does not.
func matches(patterns []string, name string) bool {
	name = strings.ToLower(name)
	for _, p := range patterns {
		if ok, _ := path.Match(strings.ToLower(p), name); ok {
			return true
		}
	}
	return false
}

// inShard says whether a path belongs to the shard. It depends on the path alone, so shards need to know nothing of one another.
func (s *Scan) inShard(name string) bool {
	if s.Shards <= 1 {
		return true
	}
	h := fnv.New64a()
	h.Write([]byte(filepath.ToSlash(name)))
	return h.Sum64()%uint64(s.Shards) == uint64(s.Shard)
}
