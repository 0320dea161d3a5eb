package batch

import (
	"context"
	"crypto/sha256"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
)

// exactHashes are the hashes of whole files whose samples are those of another file. Workers take them while others go on.
type exactHashes struct {
	ctx     context.Context
	timeout time.Duration // for each file
	seen    *Seen

	mu    sync.Mutex
	first map[key]*wholeFile // the first one that a worker met, by its samples
	files map[key]*wholeFile // by name
}

// wholeFile is a file that is read once at most, whether that can be done or not.
type wholeFile struct {
	name string
	once sync.Once
	sum  [sha256.Size]byte
	ok   atomic.Bool // sum is the hash
}

// add hashes a file, and the first one with the same samples, where there is one. Neither takes longer than the timeout.
func (e *exactHashes) add(k key, name string) {
	e.mu.Lock()
	first, file := e.first[k], e.file(name)
	if first == nil {
		first = file
		if earlier, ok := e.seen.firstOf(k); ok {
			first = e.file(earlier)
		}
		if e.first == nil {
			e.first = map[key]*wholeFile{}
		}
		e.first[k] = first
	}
	e.mu.Unlock()
	if first == file {
		return
	}
	e.hash(first)
	if first.ok.Load() && e.sameFile(first.name, name) {
		file.once.Do(func() {
			file.sum = first.sum
			file.ok.Store(true)
		})
		return
	}
	e.hash(file)
}

// file returns what is known of a file. The caller holds mu.
func (e *exactHashes) file(name string) *wholeFile {
	k := keyOf(name, "")
	f := e.files[k]
	if f == nil {
		f = &wholeFile{name: name}
		if e.files == nil {
			e.files = map[key]*wholeFile{}
		}
		e.files[k] = f
	}
	return f
}

func (e *exactHashes) hash(f *wholeFile) {
	f.once.Do(func() {
		ctx, stop := context.WithCancel(e.ctx)
		defer stop()
		sum, err := within(ctx, e.timeout, nil, func() ([sha256.Size]byte, error) { return hashFile(ctx, f.name) })
		f.sum = sum
		f.ok.Store(err == nil)
	})
}

// sameFile says whether two names are of one file.
func (e *exactHashes) sameFile(a, b string) bool {
	same, _ := within(e.ctx, e.timeout, nil, func() (bool, error) {
		one, err := os.Stat(a)
		if err != nil {
			return false, err
		}
		two, err := os.Stat(b)
		return err == nil && os.SameFile(one, two), err
	})
	return same
}

// equal says whether two files whose samples are equal are so as a whole. It is not known where one could not be read in time.
func (e *exactHashes) equal(first, name string) (equal, known bool) {
	e.mu.Lock()
	a, b := e.file(first), e.file(name)
	e.mu.Unlock()
	if !a.ok.Load() || !b.ok.Load() { // workers have tried
		return false, false
	}
	return a.sum == b.sum, true
}

// contentKey stands for the hash of a file.
func (e *exactHashes) contentKey(name string) (key, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f := e.file(name)
	return keyOf(string(f.sum[:]), "exact"), f.ok.Load()
}

// hashFile reads a file until the context ends.
func hashFile(ctx context.Context, name string) (sum [sha256.Size]byte, err error) {
	f, _, err := dmpfile.OpenRegular(name)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	b := make([]byte, 1<<20)
	for off := int64(0); err == nil; {
		var n int
		n, err = f.ReadAt(b, off)
		h.Write(b[:n])
		off += int64(n)
		if err == nil {
			err = ctx.Err()
		}
	}
	if err != io.EOF {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}
