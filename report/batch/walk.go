package batch

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// found is a file that a walk met, in its order.
type found struct {
	index int
	path  string
	err   error // why it cannot be looked at
}

// walk visits the chosen files of paths, sorted by name inside each folder, until the context ends. Folders behind symbolic links are
// not entered, except where they are named themselves, so that no loop is followed.
type walk struct {
	ctx     context.Context
	timeout time.Duration // for each folder, and each file whose kind is asked
	choice  *choice
	visit   func(name string, err error)
}

var errNotRegular = errors.New("is not a regular file: pipes and devices are not opened")

// root walks a path that was named.
func (w *walk) root(name string) {
	info, err := w.stat(name)
	switch {
	case err != nil:
		w.send(name, err)
	case info.IsDir():
		w.folder(name)
	case !info.Mode().IsRegular():
		w.send(name, errNotRegular)
	default:
		w.send(name, nil)
	}
}

func (w *walk) folder(name string) {
	entries, err := w.readFolder(name)
	if err != nil {
		w.send(name, err)
	}
	prefix := filepath.Join(name, "x") // Join cleans, which is too slow for each file
	prefix = prefix[:len(prefix)-1]
	for _, e := range entries {
		if w.ctx.Err() != nil {
			return
		}
		if w.choice.excludes(e.Name()) {
			continue
		}
		full, kind := prefix+e.Name(), e.Type()
		if kind&fs.ModeSymlink != 0 {
			if !w.choice.wants(e.Name()) {
				continue
			}
			info, err := w.stat(full)
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
		case !w.choice.wants(e.Name()):
		case !kind.IsRegular():
			w.send(full, errNotRegular)
		default:
			w.send(full, nil)
		}
	}
}

// stat is os.Stat with a deadline.
func (w *walk) stat(name string) (info fs.FileInfo, err error) {
	return within(w.ctx, w.timeout, nil, func() (fs.FileInfo, error) { return os.Stat(name) })
}

// readFolder lists a folder, sorted by name. An error comes with the part of the list that could be had.
func (w *walk) readFolder(name string) ([]fs.DirEntry, error) {
	var mu sync.Mutex
	var entries []fs.DirEntry
	progress := make(chan struct{}, 1)
	_, err := within(w.ctx, w.timeout, progress, func() (struct{}, error) {
		f, err := openFolder(name)
		if err != nil {
			return struct{}{}, err
		}
		defer f.Close()
		for {
			part, err := f.ReadDir(1000)
			mu.Lock()
			entries = append(entries, part...)
			mu.Unlock()
			if err == io.EOF {
				return struct{}{}, nil
			}
			if err != nil {
				return struct{}{}, err
			}
			select {
			case progress <- struct{}{}:
			default:
			}
		}
	})
	mu.Lock()
	list := slices.Clone(entries)
	mu.Unlock()
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, err
}

// send visits a file, if it is of this shard.
func (w *walk) send(name string, err error) {
	if w.choice.inShard(name) {
		w.visit(name, err)
	}
}

// Count counts the files in paths that a scan would look at, for its Stats. It may be called while Run works, once at a time.
func (s *Scan) Count(ctx context.Context, paths []string) {
	s.stats.counting.Store(0)
	w := walk{ctx: ctx, timeout: s.timeout(), choice: s.choice(), visit: func(string, error) { s.stats.counting.Add(1) }}
	for _, name := range paths {
		w.root(name)
	}
	s.stats.counted.Store(len(paths) > 0 && ctx.Err() == nil)
}

// sender hands files to the workers.
type sender struct {
	ctx   context.Context
	out   chan<- found
	ahead chan<- struct{} // takes a token for each file whose rows are not all written; nil where rows are not sorted
	found *atomic.Int64   // counts the files
	index int
}

func (s *sender) send(name string, err error) {
	if s.ahead != nil {
		select {
		case s.ahead <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
	}
	s.found.Add(1) // before a worker can be done with it
	select {
	case s.out <- found{s.index, name, err}:
		s.index++
	case <-s.ctx.Done():
		s.found.Add(-1)
	}
}
