package dmpfile

import (
	"bytes"
	"io"
	"testing"
)

type countedReads struct {
	io.ReaderAt
	reads, longest int
}

func (c *countedReads) ReadAt(p []byte, off int64) (int, error) {
	c.reads++
	c.longest = max(c.longest, len(p))
	return c.ReaderAt.ReadAt(p, off)
}

// patched is a file of zeros with bytes that are not.
type patched map[int64]bool

func (m patched) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	for at := range m {
		if at >= off && at < off+int64(len(p)) {
			p[at-off] = 1
		}
	}
	return len(p), nil
}

// filled is a file that has no zeros before an offset, but for pages that are no multiple of every.
type filled struct{ end, every int64 }

func (f filled) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		at := off + int64(i)
		p[i] = 0
		if at < f.end && at/PageSize%f.every == 0 {
			p[i] = 1
		}
	}
	return len(p), nil
}

func TestZeroTail(t *testing.T) {
	for _, c := range []struct {
		name  string
		r     io.ReaderAt
		size  int64
		want  int64
		exact bool
		reads int
	}{
		{"no zeros", filled{1 << 30, 1}, 1 << 20, 1 << 20, true, 1},
		{"some at the end", filled{1<<20 - 100, 1}, 1 << 20, 1<<20 - 100, true, 1},
		{"short", bytes.NewReader([]byte{1, 0}), 2, 1, true, 1},
		{"nothing but zeros, short", bytes.NewReader([]byte{0, 0}), 2, 0, true, 1},
		{"more than a read", filled{1<<20 - 100000, 1}, 1 << 20, 1<<20 - 100000, true, MaxTailReads},
		{"half", filled{1<<29 + 12345, 1}, 1 << 30, 1<<29 + 12345, false, MaxTailReads},
		{"most of 10 TiB", filled{410350, 1}, 10 << 40, 410350, false, MaxTailReads},
		{"every second page before", filled{1<<30 + PageSize, 2}, 1 << 31, 1<<30 + PageSize, false, MaxTailReads},
		{"a sparse file", patched{}, 1 << 40, 0, false, MaxTailReads},
	} {
		in := &countedReads{ReaderAt: c.r}
		f := &File{r: in, size: c.size, total: c.size}
		got, err := f.ZeroTail()
		if err != nil || got.Offset != c.want || got.Exact != c.exact {
			t.Errorf("%s: %+v, %v, want %d, %v", c.name, got, err, c.want, c.exact)
		}
		if in.reads > c.reads || in.longest > tailSize {
			t.Errorf("%s: %d reads of up to %d bytes", c.name, in.reads, in.longest)
		}
		t.Logf("%s: %d reads", c.name, in.reads)
	}
}

// A file that cannot be read to its end says so.
func TestZeroTailReadError(t *testing.T) {
	f := &File{r: bytes.NewReader(nil), size: 100, total: 100}
	if got, err := f.ZeroTail(); got.Offset != 0 && err == nil {
		t.Errorf("%+v, %v", got, err)
	}
}
