package pdb

import (
	"encoding/binary"
	"errors"
	"io"
	"math"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// noStream stands for a stream that is not there, in the size of the directory and where 16 bits name a stream.
const (
	nilSize  = math.MaxUint32
	noStream = math.MaxUint16
)

// maxStreams is more than any PDB has: what is of use has a number of 16 bits.
const maxStreams = 1 << 20

// container is a multi-stream file (MSF): blocks of one size, and a directory of streams that are lists of blocks.
type container struct {
	r         io.ReaderAt
	size      int64 // of the file
	blockSize int64
	directory stream
	sizes     []uint32 // of the streams
}

// stream is one stream of a container. Its blocks are all in the file, and each is there once.
type stream struct {
	c      *container
	blocks []uint32
	size   int64
}

// Fields of the superblock, behind the magic.
const (
	superBlockSize = 0x20
	superDirectory = 0x2C // bytes of the directory
	superMap       = 0x34 // blocks of the map, which lists the blocks of the directory
)

func openContainer(r io.ReaderAt, size int64) (*container, error) {
	head := make([]byte, min(max(size, 0), 0x1000))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	if !(len(head) >= len(magic) && string(head[:len(magic)]) == magic) {
		return nil, foreign(head)
	}
	blockSize, _ := bin.U32(head, superBlockSize)
	bytes, ok := bin.U32(head, superDirectory)
	switch {
	case !ok:
		return nil, &dmpfile.FormatError{Offset: size, What: "the file ends inside its superblock; its size", Value: size}
	case blockSize < 0x200 || blockSize > 0x10000 || blockSize&(blockSize-1) != 0:
		return nil, &dmpfile.FormatError{Offset: superBlockSize, What: "the size of a block is no power of two from 0x200 to 0x10000", Value: blockSize}
	case int64(bytes) > size:
		return nil, &dmpfile.FormatError{Offset: superDirectory, What: "the directory is larger than the file", Value: bytes}
	case bytes < 4:
		return nil, &dmpfile.FormatError{Offset: superDirectory, What: "the directory is empty; its size", Value: bytes}
	}
	c := &container{r: r, size: size, blockSize: int64(blockSize)}
	// The directory is a stream whose list of blocks is in a stream of blocks whose list is in the superblock.
	mapSize := c.count(int64(bytes)) * 4
	list, ok := bin.Slice(head[:min(c.blockSize, int64(len(head)))], superMap, int(c.count(mapSize))*4)
	if !ok {
		return nil, &dmpfile.FormatError{Offset: superDirectory, What: "the list of the directory's blocks does not fit; size of the directory", Value: bytes}
	}
	m, err := c.stream(list, mapSize, superMap)
	if err != nil {
		return nil, err
	}
	if list, err = m.read(0, mapSize); err != nil {
		return nil, err
	}
	if c.directory, err = c.stream(list, int64(bytes), m.offset(0)); err != nil {
		return nil, err
	}
	if c.sizes, err = c.readSizes(); err != nil {
		return nil, err
	}
	return c, nil
}

// count is how many blocks a number of bytes takes.
func (c *container) count(size int64) int64 { return (size + c.blockSize - 1) / c.blockSize }

// stream makes a stream of a list of block numbers. at is where the list is in the file, for errors.
func (c *container) stream(list []byte, size, at int64) (stream, error) {
	s := stream{c: c, blocks: make([]uint32, len(list)/4), size: size}
	seen := make(map[uint32]bool, len(s.blocks)) // and no bits for all blocks of the file, which can be sparse
	for i := range s.blocks {
		b := binary.LittleEndian.Uint32(list[i*4:])
		used := min(c.blockSize, size-int64(i)*c.blockSize)
		switch {
		case b == 0 || int64(b)*c.blockSize+used > c.size:
			return stream{}, &dmpfile.FormatError{Offset: at, What: "a stream has a block that is not in the file", Value: b}
		case seen[b]:
			return stream{}, &dmpfile.FormatError{Offset: at, What: "a stream has a block twice", Value: b}
		}
		seen[b] = true
		s.blocks[i] = b
	}
	return s, nil
}

func (c *container) readSizes() ([]uint32, error) {
	b, err := c.directory.read(0, 4)
	if err != nil {
		return nil, err
	}
	n := int64(binary.LittleEndian.Uint32(b))
	if n > (c.directory.size-4)/4 {
		return nil, &dmpfile.FormatError{Offset: c.directory.offset(0), What: "the directory has no room for the sizes of its streams; their number", Value: n}
	}
	if n > maxStreams {
		return nil, &dmpfile.FormatError{Offset: c.directory.offset(0), What: "there are more streams than any PDB has; their number", Value: n}
	}
	if b, err = c.directory.read(4, n*4); err != nil {
		return nil, err
	}
	sizes := make([]uint32, n)
	for i := range sizes {
		sizes[i] = binary.LittleEndian.Uint32(b[i*4:])
	}
	return sizes, nil
}

// errNoStream says that a PDB does not have a stream. It never leaves the package.
var errNoStream = errors.New("no such stream")

// open opens a stream by its number. The error is errNoStream where there is none, or it is empty.
func (c *container) open(number int) (stream, error) {
	if number >= len(c.sizes) || c.sizes[number] == nilSize || c.sizes[number] == 0 {
		return stream{}, errNoStream
	}
	at := 4 + 4*int64(len(c.sizes)) // of its list in the directory
	for _, size := range c.sizes[:number] {
		if size != nilSize {
			at += 4 * c.count(int64(size))
		}
	}
	size := int64(c.sizes[number])
	n := c.count(size) * 4
	if at+n > c.directory.size {
		where := c.directory.offset(4 + 4*int64(number))
		return stream{}, &dmpfile.FormatError{Offset: where, What: "the directory has no room for the blocks of a stream; its size", Value: size}
	}
	list, err := c.directory.read(at, n)
	if err != nil {
		return stream{}, err
	}
	return c.stream(list, size, c.directory.offset(at))
}

// offset is where a byte of a stream is in the file.
func (s stream) offset(at int64) int64 {
	i := at / s.c.blockSize
	if at < 0 || i >= int64(len(s.blocks)) {
		return s.c.size
	}
	return int64(s.blocks[i])*s.c.blockSize + at%s.c.blockSize
}

// ReadAt is that of io.ReaderAt. Nothing can be read anywhere. Blocks that follow each other in the file are read at once.
func (s stream) ReadAt(p []byte, off int64) (n int, err error) {
	switch {
	case len(p) == 0:
		return 0, nil
	case off < 0 || off >= s.size:
		return 0, io.EOF
	}
	want := min(int64(len(p)), s.size-off)
	for int64(n) < want {
		at := off + int64(n)
		i := at / s.c.blockSize
		end := (i + 1) * s.c.blockSize
		for j := i + 1; end < off+want && s.blocks[j] == s.blocks[j-1]+1; j++ {
			end += s.c.blockSize
		}
		part := p[n : n+int(min(end, off+want)-at)]
		got, err := s.c.r.ReadAt(part, s.offset(at))
		n += got
		if got < len(part) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return n, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// read reads n bytes, all of which must be in the stream.
func (s stream) read(off, n int64) ([]byte, error) {
	if off < 0 || n < 0 || off > s.size || n > s.size-off {
		return nil, &dmpfile.FormatError{Offset: s.offset(off), What: "a stream is too short; its size", Value: s.size}
	}
	b := make([]byte, n)
	if _, err := s.ReadAt(b, off); err != nil {
		return nil, err
	}
	return b, nil
}
