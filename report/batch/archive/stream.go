package archive

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"math"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// gzipMember lists the one file of a gzip file. Its claim of a size is that of the last part, modulo 4 GiB.
func gzipMember(src *source, path string) (iter.Seq[*member], error) {
	open := func() (*parts, error) {
		r := bufio.NewReader(io.NewSectionReader(src, 0, src.size))
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		z.Multistream(false)
		return &parts{z, r}, nil
	}
	p, err := open()
	if err != nil {
		return nil, err
	}
	m := &member{name: p.Name, size: -1, space: src.size, open: func(int64) (io.ReadCloser, error) { return open() }}
	if m.name == "" {
		m.name = innerName(path, ".gz")
	}
	var last [4]byte
	if n, _ := src.ReadAt(last[:], src.size-4); n == 4 {
		m.size = int64(binary.LittleEndian.Uint32(last[:]))
	}
	return one(m), nil
}

// parts are the parts of a gzip file, one behind the other. What follows them and does not begin as a part does is none of the file's.
type parts struct {
	*gzip.Reader
	r *bufio.Reader
}

// errTrailing ends a file that something follows.
var errTrailing = errors.New("something follows the compressed data")

func (p *parts) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	if err != io.EOF {
		return n, err
	}
	switch magic, err := p.r.Peek(2); {
	case len(magic) == 0 && err == io.EOF:
		return n, io.EOF
	case err != nil && err != io.EOF:
		return n, err
	case string(magic) != "\x1f\x8b":
		return n, errTrailing
	}
	if err := p.Reset(p.r); err != nil {
		return n, err
	}
	p.Multistream(false)
	return n, nil
}

// zstdMember lists the one file of a zstd file. Its claim of a size is that of the first part.
func zstdMember(src *source, path string) (iter.Seq[*member], error) {
	b := make([]byte, min(src.size, zstd.HeaderMaxSize))
	n, _ := src.ReadAt(b, 0)
	m := &member{name: innerName(path, ".zst", ".zstd"), size: -1, space: src.size}
	var h zstd.Header
	if err := h.Decode(b[:n]); err != nil {
		return nil, err
	}
	if h.HasFCS {
		m.size = int64(min(h.FrameContentSize, math.MaxInt64))
	}
	m.window = zstdWindow(b[:n])
	m.open = func(window int64) (io.ReadCloser, error) {
		return newZstd(io.NewSectionReader(src, 0, src.size), window)
	}
	return one(m), nil
}

func one(m *member) iter.Seq[*member] {
	return func(yield func(*member) bool) { yield(m) }
}

// innerName is the name of what was compressed: that of the file without its ending.
func innerName(path string, endings ...string) string {
	name := path[strings.LastIndexAny(path, `/\`)+1:]
	for _, e := range endings {
		if n := len(name) - len(e); n > 0 && strings.EqualFold(name[n:], e) {
			return name[:n]
		}
	}
	return name
}

// maxWindow is how much memory a zstd stream may ask for, the same as the zstd program allows without being told.
const maxWindow = 128 << 20

// zstdWindow is how much memory a zstd stream asks for, by its first bytes.
func zstdWindow(b []byte) int64 {
	var h zstd.Header
	if h.Decode(b) != nil || h.Skippable {
		return maxWindow
	}
	return int64(min(max(h.WindowSize, zstd.MinWindowSize), maxWindow))
}

// newZstd unpacks a zstd stream, without goroutines.
func newZstd(r io.Reader, window int64) (io.ReadCloser, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(uint64(max(window, zstd.MinWindowSize))), zstd.WithDecoderMaxMemory(maxWindow))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

// tooLarge says whether a zstd stream asks for too much memory.
func tooLarge(err error) bool {
	return errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded)
}
