package dmpfile

import (
	"bytes"
	"io"
)

// Reader opens one dump after another in the same memory: who looks at many small dumps would clear and collect as much as it reads. Its
// zero value works. Use it from one goroutine at a time.
type Reader struct {
	file    File
	header  Header
	head    [headSize]byte // what the header is read from
	window  window         // what follows the primary data is read from
	room    []byte         // for the sections of a triage dump
	streams []Stream       // room for those of the secondary data
}

// headSize is what one read takes from the start of every file: the largest header and every sub-header.
const headSize = header64Size + 0x100

// Reset is NewFile. The File that the Reader gave before, and all that was had from it but copies and strings, is no longer valid.
func (x *Reader) Reset(r io.ReaderAt, size int64) (*File, error) { return x.reset(r, size, size) }

// ResetHead is NewHead, as Reset is NewFile.
func (x *Reader) ResetHead(head []byte, size int64) (*File, error) {
	if size >= 0 && size < int64(len(head)) {
		head = head[:size]
	}
	return x.reset(bytes.NewReader(head), int64(len(head)), size)
}

// reset reads a dump whose first size bytes of total can be read.
func (x *Reader) reset(r io.ReaderAt, size, total int64) (*File, error) {
	x.file, x.header = File{}, Header{}
	head, err := readInto(x.head[:0], r, 0, headSize, size)
	if err != nil {
		return nil, err
	}
	bits := kernelDump(head)
	if bits == 0 {
		return nil, recognise(&candidate{r: r, size: size, total: total, head: head})
	}
	x.header = newHeader(head, bits)
	f := &x.file
	f.Header, f.r, f.size, f.total = &x.header, r, size, total
	x.window = window{f: f, buf: x.window.buf}
	f.window, f.room, f.streams = &x.window, &x.room, &x.streams
	if size < f.HeaderSize() {
		f.find(SeverityError, HeaderTruncated, size, "the file ends inside its header: %d of %d bytes are there", size, f.HeaderSize())
	}
	f.detectFormat(head)
	f.measure()
	return f, nil
}
