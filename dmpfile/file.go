package dmpfile

import (
	"io"
	"sync"
	"sync/atomic"
)

// PageSize is the size of a page in every kernel dump, in bytes.
const PageSize = 0x1000

// File is an open kernel dump. It does not change, and is safe for concurrent use. One that a Reader gave is valid until that is reset.
type File struct {
	*Header

	// Format is how the dump is laid out; "" where nothing in the file says it.
	Format Format
	// Regions are the sizes of the parts of the file.
	Regions Regions
	// Triage is the content of a triage dump; nil for every other format, and where the file ends inside the directory of the content.
	Triage *Triage

	// What each read of a page asks for stands together.
	r         io.ReaderAt
	size      int64 // of what can be read of the file
	indexOnce sync.Once
	indexErr  error
	pageIndex *pageIndex
	pages     pageData

	total    int64 // of the file, -1 where it is not known
	closer   io.Closer
	findings []Finding

	window        *window              // of the Reader: on the end of triage data and on the secondary data, which follows
	room          *[]byte              // of the Reader: for the sections of a triage dump
	area          atomic.Pointer[area] // of those sections, nil where they were not read
	streams       *[]Stream            // of the Reader: for the secondary data
	secondaryOnce sync.Once
	secondary     Secondary
	hardware      hardware // read with secondary
}

// Open opens the dump in the named file. The caller closes it.
//
// A file that is no kernel dump gives a *NotDumpError; one that cannot be read gives the error of the operating system. Pipes and
// devices are not opened, see OpenRegular.
func Open(name string) (*File, error) {
	osf, info, err := OpenRegular(name)
	if err != nil {
		return nil, err
	}
	f, err := NewFile(osf, info.Size)
	if err != nil {
		osf.Close()
		return nil, err
	}
	f.closer = osf
	return f, nil
}

// NewFile reads a dump of size bytes from r, which must stay readable as long as the File is used.
func NewFile(r io.ReaderAt, size int64) (*File, error) { return new(Reader).Reset(r, size) }

// NewHead reads a dump of which only the first bytes are at hand, as where the whole is too large to unpack. size is the length of
// the whole file in bytes, -1 where it is not known. A head of at least 64 KiB has all headers; the page ranges of a Range dump can be
// longer.
//
// What follows the head was not looked at: there is no finding that it is missing, Secondary is empty, and Page knows the pages in the
// head only. Regions are those of the whole file; without its size they are not known. An error is a *NotDumpError.
func NewHead(head []byte, size int64) (*File, error) { return new(Reader).ResetHead(head, size) }

// Close closes the file that Open opened. It does nothing for a File from NewFile.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Size returns the length of the file in bytes, -1 where NewHead was not told it.
func (f *File) Size() int64 { return f.total }

// OnlyHead says whether NewHead was given less than the whole file.
func (f *File) OnlyHead() bool { return f.size != f.total }

// ReadAt reads bytes of the file itself, by file offset. A head ends where it ends.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= f.size {
		return 0, io.EOF
	}
	short := int64(len(p)) > f.size-off
	if short {
		p = p[:f.size-off]
	}
	n, err := f.r.ReadAt(p, off)
	if n == len(p) && err == io.EOF {
		err = nil
	}
	if err == nil && short {
		err = io.EOF
	}
	return n, err
}

// ReadCached is ReadAt that takes the header and the sections of a triage dump from memory, once they were read.
func (f *File) ReadCached(p []byte, off int64) (int, error) {
	for _, a := range [...]*area{{0, f.raw}, f.area.Load()} {
		if b, ok := a.slice(off, int64(len(p))); ok {
			return copy(p, b), nil
		}
	}
	return f.ReadAt(p, off)
}

// section reads n bytes at off, all of them or none.
func (f *File) section(what string, off, n int64) ([]byte, error) {
	if off < 0 || n < 0 || off > f.size || n > f.size-off {
		return nil, &FormatError{Offset: off, What: what + " lies outside the file; its length", Value: n}
	}
	b := make([]byte, n)
	if _, err := f.ReadAt(b, off); err != nil && n > 0 {
		return nil, err
	}
	return b, nil
}

// readUpTo reads n bytes at off, or what the file has of them.
func readUpTo(r io.ReaderAt, off, n, size int64) ([]byte, error) {
	return readInto(nil, r, off, n, size)
}

// readInto is readUpTo that reads into the memory of b where that is large enough.
func readInto(b []byte, r io.ReaderAt, off, n, size int64) ([]byte, error) {
	n = max(0, min(n, size-off))
	if int64(cap(b)) < n {
		b = make([]byte, n)
	}
	b = b[:n]
	got, err := r.ReadAt(b, off)
	if err == io.EOF {
		err = nil
	}
	return b[:got], err
}
