package analyze

import (
	"errors"
	"io/fs"
	"slices"
	"sync"

	"github.com/dmplens/dmplens/dmpfile/pdb"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/symstore"
)

// SymbolStore is the images and PDBs of the local places of a path. Those that were opened stay open for the dumps that follow. It is safe for
// concurrent use; nothing is sent anywhere.
type SymbolStore struct {
	path *symstore.Path

	mu    sync.Mutex
	files map[symstore.ID]*stored
	clock uint64
}

// stored is a file of a store, or that there is none.
type stored struct {
	open  sync.Once
	file  *symstore.File
	image *pe.Image // nil for a PDB
	pdb   *pdb.File
	err   error // why it cannot be used; nil where there is none either

	users int    // dumps that use it
	used  uint64 // when it was asked for last
}

// NewSymbolStore looks for images and PDBs along a path.
func NewSymbolStore(path *symstore.Path) *SymbolStore {
	return &SymbolStore{path: path, files: map[symstore.ID]*stored{}}
}

const (
	maxStored = 48   // files that are open and in no use
	maxAbsent = 4096 // that are known to be in no store
)

// get opens a file, or finds it open. Every one that is got is put back.
func (s *SymbolStore) get(id symstore.ID) *stored {
	s.mu.Lock()
	x := s.files[id]
	if x == nil {
		x = new(stored)
		s.files[id] = x
	}
	x.users++
	s.clock++
	x.used = s.clock
	s.mu.Unlock()
	x.open.Do(func() { x.read(s.path, id) })
	return x
}

func (x *stored) read(path *symstore.Path, id symstore.ID) {
	x.file, x.err = path.Open(id)
	switch {
	case errors.Is(x.err, fs.ErrNotExist):
		x.err = nil
		return
	case x.err != nil:
		return
	case id.IsPDB():
		x.pdb, x.err = pdb.NewFile(x.file, x.file.Size)
	default:
		x.image = x.file.Image
	}
}

// put says that a dump has done with files.
func (s *SymbolStore) put(files []usedFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range files {
		x.users--
	}
	open, absent := 0, 0
	for _, x := range s.files {
		switch {
		case x.file != nil && x.users == 0:
			open++
		case x.users == 0:
			absent++
		}
	}
	if absent > maxAbsent {
		s.drop(absent, func(x *stored) bool { return x.file == nil })
	}
	if open > maxStored {
		s.drop(open-maxStored, func(x *stored) bool { return x.file != nil })
	}
}

// drop forgets the n files in no use that were asked for the longest ago, of those that are wanted.
func (s *SymbolStore) drop(n int, wanted func(*stored) bool) {
	var ids []symstore.ID
	for id, x := range s.files {
		if x.users == 0 && wanted(x) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b symstore.ID) int { return int(s.files[a].used) - int(s.files[b].used) })
	for _, id := range ids[:min(n, len(ids))] {
		if f := s.files[id].file; f != nil {
			f.Close()
		}
		delete(s.files, id)
	}
}

// Close closes all files. No dump may use them any more. Nil has none.
func (s *SymbolStore) Close() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	for id, x := range s.files {
		if x.file != nil {
			err = errors.Join(err, x.file.Close())
		}
		delete(s.files, id)
	}
	return err
}
