package batch

import (
	"context"
	"crypto/sha256"
	"io"
	"time"

	"github.com/dmplens/dmplens/report"
)

// duplicates finds files with the same content. Their size and head tell most apart; only where those are the same are both files read.
type duplicates struct {
	ctx     context.Context
	timeout time.Duration
	first   map[key]string               // the first file with this size and head
	hashes  map[string][sha256.Size]byte // of files that were read as a whole
}

// headBytes is how much of a file its head is: the header of a dump, with the time of the capture.
const headBytes = 8 << 10

// contentKey stands for the size and the head of a file.
func contentKey(r io.ReaderAt, size int64) (key, bool) {
	b := make([]byte, min(size, headBytes))
	if n, err := r.ReadAt(b, 0); n < len(b) || err != nil && err != io.EOF {
		return key{}, false
	}
	sum := sha256.Sum256(b)
	return keyOf(string(sum[:]), "", size), true
}

// mark names the earlier file in the row of a later one with the same content.
func (d *duplicates) mark(row *report.Report, k key, name string) {
	if d.first == nil {
		d.first, d.hashes = map[key]string{}, map[string][sha256.Size]byte{}
	}
	first, ok := d.first[k]
	if !ok {
		d.first[k] = name
		return
	}
	if first == name { // named twice
		return
	}
	a, ok1 := d.hash(first)
	b, ok2 := d.hash(name)
	if ok1 && ok2 && a == b {
		row.File.DuplicateOf = report.ValidUTF8(first)
	}
	delete(d.hashes, name) // later files are compared with the first
}

// hash reads a whole file, if that does not take too long: rows wait for it.
func (d *duplicates) hash(name string) (sum [sha256.Size]byte, ok bool) {
	if sum, ok = d.hashes[name]; ok {
		return sum, true
	}
	type result struct {
		sum [sha256.Size]byte
		ok  bool
	}
	ctx, stop := context.WithTimeout(d.ctx, d.timeout)
	defer stop()
	done := make(chan result, 1)
	go func() {
		sum, ok := hashFile(ctx, name)
		done <- result{sum, ok}
	}()
	select {
	case r := <-done:
		if r.ok {
			d.hashes[name] = r.sum
		}
		return r.sum, r.ok
	case <-ctx.Done():
		return sum, false
	}
}

func hashFile(ctx context.Context, name string) (sum [sha256.Size]byte, ok bool) {
	f, err := openFile(name)
	if err != nil {
		return sum, false
	}
	defer f.Close()
	h := sha256.New()
	for {
		n, err := io.CopyN(h, f, 16<<20)
		if err == io.EOF || err == nil && n == 0 {
			break
		}
		if err != nil || ctx.Err() != nil {
			return sum, false
		}
	}
	h.Sum(sum[:0])
	return sum, true
}
