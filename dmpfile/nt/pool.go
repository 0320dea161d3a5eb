package nt

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// PoolHeader is the header of a pool block of a 64-bit kernel.
type PoolHeader struct {
	Tag  string // four characters
	Size int    // of the block with its header, in bytes
}

// PoolHeaderSize is the size of a POOL_HEADER and the unit of its sizes on 64-bit kernels.
const PoolHeaderSize = 0x10

// ReadPoolHeader reads a POOL_HEADER. Nothing in it proves that it is one, so it is taken for one only where its tag is printable and
// its size possible: a corrupted header is no such structure.
func ReadPoolHeader(m Memory, a dmpfile.VirtAddr) (PoolHeader, error) {
	b, err := readAll(m, a, PoolHeaderSize)
	if err != nil {
		return PoolHeader{}, err
	}
	size := int(b[2]) * PoolHeaderSize
	tag, _ := bin.Slice(b, 4, 4)
	if size == 0 || a%PoolHeaderSize != 0 || !printable(string(tag)) {
		return PoolHeader{}, ErrNotThere
	}
	for _, c := range tag {
		if c >= 0x80 {
			return PoolHeader{}, ErrNotThere
		}
	}
	return PoolHeader{Tag: string(tag), Size: size}, nil
}
