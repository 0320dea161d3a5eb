package cab

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"

	"github.com/dmplens/dmplens/dmpfile"
)

// maxBlock is what a data block holds at most, in bytes, not compressed. As many bytes ahead of it can be referred to.
const maxBlock = 0x8000

// blocks reads the data blocks of a folder, one after the other.
type blocks struct {
	cab      *Reader
	at       int64
	left     int
	msZip    bool
	inflater io.Reader
	data     []byte // as it is in the cabinet
	window   []byte // up to maxBlock bytes ahead of the block, and the block
}

// next returns what a block holds. It is valid until the next one is read.
func (b *blocks) next() ([]byte, error) {
	at, le := b.at, binary.LittleEndian
	if b.left == 0 {
		return nil, &dmpfile.FormatError{Offset: at, What: "the blocks of a folder end inside a file; size of the cabinet", Value: b.cab.size}
	}
	header := make([]byte, dataSize)
	if err := b.read(header); err != nil {
		return nil, err
	}
	sum, size, unpacked := le.Uint32(header), int(le.Uint16(header[4:])), int(le.Uint16(header[6:]))
	b.at += int64(b.cab.dataReserve)
	switch {
	case unpacked == 0:
		return nil, ErrContinued
	case unpacked > maxBlock:
		return nil, &dmpfile.FormatError{Offset: at + 6, What: "a block that is too large", Value: unpacked}
	case !b.msZip && size != unpacked:
		return nil, &dmpfile.FormatError{Offset: at + 4, What: "a stored block with two sizes, of which the first is", Value: size}
	}
	b.data = append(b.data[:0], make([]byte, size)...)
	if err := b.read(b.data); err != nil {
		return nil, err
	}
	b.left--
	if got := checksum(header[4:], checksum(b.data, 0)); sum != 0 && got != sum { // 0: it was not computed
		return nil, &dmpfile.FormatError{Offset: at, What: "a damaged block: its checksum is not that of its bytes", Value: sum}
	}
	if !b.msZip {
		return b.data, nil
	}
	if len(b.window) > maxBlock {
		b.window = append(b.window[:0], b.window[len(b.window)-maxBlock:]...)
	}
	block, err := b.inflate(unpacked)
	if err != nil {
		return nil, &dmpfile.FormatError{Offset: at, What: "a block that is no MSZIP: " + err.Error() + "; its size", Value: size}
	}
	b.window = append(b.window, block...)
	return b.window[len(b.window)-unpacked:], nil
}

// inflate unpacks a block, which is a deflate stream of its own that refers to what is ahead of it.
func (b *blocks) inflate(n int) ([]byte, error) {
	stream, ok := bytes.CutPrefix(b.data, []byte("CK"))
	if !ok {
		return nil, errors.New("the signature CK is missing")
	}
	if b.inflater == nil {
		b.inflater = flate.NewReaderDict(bytes.NewReader(stream), b.window)
	} else if err := b.inflater.(flate.Resetter).Reset(bytes.NewReader(stream), b.window); err != nil {
		return nil, err
	}
	block := make([]byte, n+1)
	switch got, err := io.ReadFull(b.inflater, block); {
	case got > n:
		return nil, errors.New("it holds more than it says")
	case got < n:
		return nil, err
	}
	return block[:n], nil
}

// read fills p from the place that is read next.
func (b *blocks) read(p []byte) error {
	if b.at > b.cab.size-int64(len(p)) {
		return &dmpfile.FormatError{Offset: b.at, What: "the cabinet ends inside a data block; its size", Value: b.cab.size}
	}
	n, err := b.cab.r.ReadAt(p, b.at)
	if n == len(p) {
		err = nil
	}
	b.at += int64(len(p))
	return err
}

// checksum is that of MS-CAB: the words of 32 bits, with what is left over at the end in the other order.
func checksum(p []byte, sum uint32) uint32 {
	for ; len(p) >= 4; p = p[4:] {
		sum ^= binary.LittleEndian.Uint32(p)
	}
	var last uint32
	for _, c := range p {
		last = last<<8 | uint32(c)
	}
	return sum ^ last
}
