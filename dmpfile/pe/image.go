package pe

import (
	"errors"
	"io"

	"github.com/dmplens/dmplens/dmpfile"
)

// ErrNone says that an image has no data of the kind that was asked for.
var ErrNone = errors.New("the image has no such data")

// Memory is the virtual memory of a dumped machine. ReadVirtual returns how many bytes it read before the first that is not there,
// and an error if that is not all.
type Memory interface {
	ReadVirtual(p []byte, a dmpfile.VirtAddr) (n int, err error)
}

// Image is an open PE image. Nothing in it may be changed. It is safe for concurrent use if what it reads from is.
type Image struct {
	Header
	Sections []Section // in the order of the section table

	directories []Directory
	size        uint32 // where ReadAt ends
	source      source
}

// source reads the bytes of an image by RVA. It is asked for nothing past the end of the image.
type source interface {
	readAt(p []byte, rva uint32) (n int, err error)
}

// NewMapped opens an image that is mapped at base. size is its length in bytes as the loader keeps it; 0 takes it from the header.
func NewMapped(m Memory, base dmpfile.VirtAddr, size uint32) (*Image, error) {
	limit := uint64(size)
	if size == 0 {
		limit = 1 << 32
	}
	if toTop := -uint64(base); base != 0 && toTop < limit { // bytes from base to the end of the address space
		if size != 0 {
			return nil, &dmpfile.FormatError{What: "the image runs past the end of the address space; its base", Value: uint64(base)}
		}
		limit = toTop
	}
	src := mapped{m, base}
	im, err := parse(src, int64(limit))
	if err != nil {
		return nil, err
	}
	im.source = src
	im.size = size
	if size == 0 {
		im.size = uint32(min(uint64(im.SizeOfImage), limit))
	}
	return im, nil
}

// NewFile opens the image in a file of size bytes. r must stay readable as long as the Image is used.
//
// Reads go through the section table, as if Windows had mapped the file. Memory that a section has beyond its data in the file reads
// as zeros, because that is its content; data that a file cut short lacks does not.
func NewFile(r io.ReaderAt, size int64) (*Image, error) {
	im, err := parse(raw{r, size}, size)
	if err != nil {
		return nil, err
	}
	im.source = newFile(raw{r, size}, im)
	im.size = im.SizeOfImage
	return im, nil
}

// Size returns the length of the mapped image in bytes: RVAs are below it. It is the SizeOfImage of the header unless the loader
// said otherwise.
func (im *Image) Size() uint32 { return im.size }

// ReadAt reads the image from an RVA on. It returns how many bytes it read before the first that cannot be had, and the error of the
// source then. At the end of the image that is io.EOF, as of any io.ReaderAt.
func (im *Image) ReadAt(p []byte, rva int64) (n int, err error) {
	if rva < 0 || rva >= int64(im.size) {
		return 0, io.EOF
	}
	short := int64(len(p)) > int64(im.size)-rva
	if short {
		p = p[:int64(im.size)-rva]
	}
	n, err = im.source.readAt(p, uint32(rva))
	if n == len(p) && short {
		err = io.EOF
	}
	return n, err
}

// read reads up to n bytes at an RVA: what there is of them before the error. A place outside the image is one that its headers
// name wrongly.
func (im *Image) read(what string, rva uint32, n int) ([]byte, error) {
	b := make([]byte, n)
	got, err := im.ReadAt(b, int64(rva))
	if err == io.EOF {
		err = &dmpfile.FormatError{Offset: int64(rva), What: what + " runs past the end of the image, which has a size of", Value: im.size}
	}
	return b[:got], err
}

// mapped is an image in the memory of a dumped machine.
type mapped struct {
	m    Memory
	base dmpfile.VirtAddr
}

func (s mapped) readAt(p []byte, rva uint32) (int, error) {
	return s.m.ReadVirtual(p, s.base+dmpfile.VirtAddr(rva))
}
