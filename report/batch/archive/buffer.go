package archive

import (
	"context"
	"errors"
	"io"
)

// blockSize is the unit in which a buffer grows.
const blockSize = 1 << 20

// buffer holds what was unpacked of a member. It grows by blocks, so that nothing is copied and no claim of a size is believed, and keeps
// the first for the next member.
type buffer struct {
	blocks [][]byte
	size   int64
}

// fill reads from r until the buffer has n bytes. It returns io.EOF where r ends before, or another error of r.
func (b *buffer) fill(r io.Reader, n int64) error {
	for empty := 0; b.size < n; {
		i, at := b.size/blockSize, b.size%blockSize
		if i == int64(len(b.blocks)) {
			b.blocks = append(b.blocks, make([]byte, blockSize))
		}
		got, err := r.Read(b.blocks[i][at:min(blockSize, at+n-b.size)])
		b.size += int64(got)
		if err != nil {
			return err
		}
		if empty++; got > 0 {
			empty = 0
		}
		if empty > 100 {
			return io.ErrNoProgress
		}
	}
	return nil
}

// shrink forgets all but the first block.
func (b *buffer) shrink() {
	if len(b.blocks) > 1 {
		b.blocks = append([][]byte(nil), b.blocks[0])
	}
	b.size = min(b.size, blockSize)
}

// head returns the first block.
func (b *buffer) head() []byte {
	if b.size == 0 {
		return nil
	}
	return b.blocks[0][:min(b.size, blockSize)]
}

// ReadAt reads what was unpacked.
func (b *buffer) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errOffset
	}
	for n < len(p) && off < b.size {
		block := b.blocks[off/blockSize]
		got := copy(p[n:], block[off%blockSize:min(blockSize, b.size-off/blockSize*blockSize)])
		n += got
		off += int64(got)
	}
	if n < len(p) {
		err = io.EOF
	}
	return n, err
}

var errOffset = errors.New("the offset is impossible")

// source is the archive itself. It tells what the system cannot read from what an archive says wrongly, and ends when ctx does.
type source struct {
	ctx    context.Context
	r      io.ReaderAt
	size   int64
	err    error // the first error of r or ctx
	budget int64 // how much may still be read; 0 sets no bound
}

var errBudget = errors.New("its directory is longer than its end says, or than 32 MiB")

func (s *source) ReadAt(p []byte, off int64) (int, error) {
	switch {
	case s.err != nil:
		return 0, s.err
	case s.ctx.Err() != nil:
		s.err = s.ctx.Err()
		return 0, s.err
	case off < 0:
		return 0, errOffset
	case off >= s.size:
		return 0, io.EOF
	case s.budget > 0 && s.budget <= int64(len(p)):
		return 0, errBudget
	}
	n, err := s.r.ReadAt(p, off)
	if s.budget > 0 {
		s.budget -= int64(n)
	}
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}
