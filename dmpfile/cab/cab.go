// Package cab reads cabinets: the archives in which symbol stores and servers keep a compressed file.
//
// Files that are stored, and those compressed by MSZIP, are read. LZX and Quantum are named and refused ([ErrCompression]), and so is a
// file that begins or goes on in another cabinet ([ErrContinued]). What contradicts the format is a *[dmpfile.FormatError] with its offset in
// the cabinet.
//
// Nothing here is closed: a Reader holds no more than what it was given to read from, which is its owner's to close. Files can be opened and read
// at once, each by one goroutine, also several of one cabinet.
//
// Sources of the format facts: Microsoft's "Cabinet File Format" (MS-CAB) and "MSZIP Compression and Decompression Data Structure"
// (MS-MCI), and cabinets that other programs made.
package cab

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/dmplens/dmplens/dmpfile"
)

var (
	// ErrCompression says that a file is compressed by a method that is not read. The error around it names the method.
	ErrCompression = errors.New("this compression is not supported")
	// ErrContinued says that a part of a file is in another cabinet.
	ErrContinued = errors.New("a part of the file is in another cabinet")
)

// Reader is an open cabinet. It does not change, and is safe for concurrent use if what it reads from is.
type Reader struct {
	Files []*File // in their order in the cabinet
	// Previous and Next name the cabinets ahead of this one and after it in a set; "" where there are none.
	Previous, Next string

	r           io.ReaderAt
	size        int64 // of the cabinet, in bytes
	folders     []folder
	dataReserve int // bytes in the header of every data block that are of no meaning here
}

// File is a file in a cabinet.
type File struct {
	Name string // as it is stored, with any folders; any bytes
	Size int64  // in bytes, not compressed

	cabinet *Reader
	folder  uint16
	offset  int64 // in what the folder has, not compressed
	at      int64 // of its entry in the cabinet
}

// folder is a run of data blocks that are compressed together.
type folder struct {
	at          int64 // of its first block
	blocks      int
	compression uint16
}

// Lengths of the fixed parts, in bytes; and the flags of the header.
const (
	headerSize = 0x24
	folderSize = 8
	fileSize   = 0x10
	dataSize   = 8

	hasPrevious = 1
	hasNext     = 2
	hasReserve  = 4
)

// maxName bounds a name, in bytes with the zero at its end.
const maxName = 257

// From this index of a folder on, a file begins in the cabinet before or goes on in the next one.
const firstContinued = 0xFFFD

// NewReader opens a cabinet of size bytes. r must stay readable as long as the Reader is used.
func NewReader(r io.ReaderAt, size int64) (*Reader, error) {
	c := &cursor{r: r, size: size}
	magic := c.read("header", 4)
	if c.err == nil && string(magic) != "MSCF" {
		return nil, &dmpfile.FormatError{Offset: 0, What: "no cabinet: it begins", Value: string(magic)}
	}
	h := append(magic, c.read("header", headerSize-4)...)
	if c.err != nil {
		return nil, c.err
	}
	le := binary.LittleEndian
	if h[0x19] != 1 {
		return nil, &dmpfile.FormatError{Offset: 0x19, What: "a cabinet of an unknown version", Value: h[0x19]}
	}
	cab := &Reader{r: r, size: min(size, int64(le.Uint32(h[0x8:])))}
	c.size = cab.size
	c.seek(headerSize)
	filesAt, folders, files, flags := int64(le.Uint32(h[0x10:])), le.Uint16(h[0x1A:]), le.Uint16(h[0x1C:]), le.Uint16(h[0x1E:])
	folderReserve := 0
	if flags&hasReserve != 0 {
		b := c.read("header", 4)
		if c.err == nil {
			c.skip("header", int(le.Uint16(b)))
			folderReserve, cab.dataReserve = int(b[2]), int(b[3])
		}
	}
	if flags&hasPrevious != 0 {
		cab.Previous = c.text("name of the cabinet before this one")
		c.text("name of the disk before this one")
	}
	if flags&hasNext != 0 {
		cab.Next = c.text("name of the next cabinet")
		c.text("name of the next disk")
	}
	for range folders {
		b := c.read("folder", folderSize)
		c.skip("folder", folderReserve)
		if c.err != nil {
			return nil, c.err
		}
		cab.folders = append(cab.folders, folder{int64(le.Uint32(b)), int(le.Uint16(b[4:])), le.Uint16(b[6:])})
	}
	c.seek(filesAt)
	for range files {
		at := c.at
		b := c.read("file", fileSize)
		name := c.text("name of a file")
		if c.err != nil {
			return nil, c.err
		}
		f := &File{Name: name, Size: int64(le.Uint32(b)), cabinet: cab, folder: le.Uint16(b[8:]), offset: int64(le.Uint32(b[4:])), at: at}
		cab.Files = append(cab.Files, f)
	}
	if c.err != nil {
		return nil, c.err
	}
	return cab, nil
}

// cursor reads a cabinet from its start to its end. After an error it reads no more.
type cursor struct {
	r    io.ReaderAt
	size int64
	at   int64
	buf  *bufio.Reader // of what is at and after that; nil after a seek
	err  error
}

func (c *cursor) seek(at int64) { c.at, c.buf = at, nil }

func (c *cursor) buffer() *bufio.Reader {
	if c.buf == nil {
		c.buf = bufio.NewReader(io.NewSectionReader(c.r, c.at, max(0, c.size-c.at)))
	}
	return c.buf
}

// fail keeps the first error. That a read came to the end is one of the format.
func (c *cursor) fail(what string, err error) {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = &dmpfile.FormatError{Offset: c.at, What: "the cabinet ends inside a " + what + "; its size", Value: c.size}
	}
	if c.err == nil {
		c.err = err
	}
}

// read reads n bytes; nil after an error.
func (c *cursor) read(what string, n int) []byte {
	if c.err != nil {
		return nil
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(c.buffer(), b); err != nil {
		c.fail(what, err)
		return nil
	}
	c.at += int64(n)
	return b
}

func (c *cursor) skip(what string, n int) {
	if c.err != nil {
		return
	}
	if _, err := c.buffer().Discard(n); err != nil {
		c.fail(what, err)
	}
	c.at += int64(n)
}

// text reads up to a zero.
func (c *cursor) text(what string) string {
	var b []byte
	for at := c.at; c.err == nil; {
		v, err := c.buffer().ReadByte()
		switch {
		case err != nil:
			c.fail(what, err)
		case v == 0:
			c.at++
			return string(b)
		case len(b) == maxName-1:
			c.fail(what, &dmpfile.FormatError{Offset: at, What: "the " + what + " does not end; it begins", Value: string(b[:20])})
		default:
			c.at++
			b = append(b, v)
		}
	}
	return ""
}

// Open returns a reader of what the file holds: Size bytes, or an error.
func (f *File) Open() (io.Reader, error) {
	cab := f.cabinet
	if f.folder >= firstContinued {
		return nil, fmt.Errorf("%q: %w", f.Name, ErrContinued)
	}
	if int(f.folder) >= len(cab.folders) {
		return nil, &dmpfile.FormatError{Offset: f.at + 8, What: "a file is in a folder that the cabinet does not have", Value: f.folder}
	}
	d := cab.folders[f.folder]
	if most := int64(d.blocks) * maxBlock; f.offset+f.Size > most {
		what := fmt.Sprintf("a file is larger than the %d blocks of its folder; its size", d.blocks)
		return nil, &dmpfile.FormatError{Offset: f.at, What: what, Value: f.Size}
	}
	b := &blocks{cab: cab, at: d.at, left: d.blocks}
	switch kind := d.compression & 0xF; kind {
	case 0:
	case 1:
		b.msZip = true
	case 2:
		return nil, fmt.Errorf("%q: Quantum: %w", f.Name, ErrCompression)
	case 3:
		return nil, fmt.Errorf("%q: LZX: %w", f.Name, ErrCompression)
	default:
		return nil, fmt.Errorf("%q: method %d: %w", f.Name, kind, ErrCompression)
	}
	return &fileReader{b: b, skip: f.offset, left: f.Size}, nil
}

// fileReader reads a file out of the blocks of its folder.
type fileReader struct {
	b          *blocks
	block      []byte // what is left of it
	skip, left int64  // bytes ahead of the file, and of it
	err        error  // after which there are no more blocks
}

func (r *fileReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	for int64(len(r.block)) <= r.skip {
		r.skip -= int64(len(r.block))
		r.block = nil
		if r.err == nil {
			r.block, r.err = r.b.next()
		}
		if r.err != nil {
			return 0, r.err
		}
	}
	r.block = r.block[r.skip:]
	r.skip = 0
	n := copy(p, r.block[:min(int64(len(r.block)), r.left)])
	r.block = r.block[n:]
	r.left -= int64(n)
	return n, nil
}
