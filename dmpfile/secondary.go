package dmpfile

import (
	"bytes"
	"slices"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Stream is a tagged blob of secondary data: what a driver or a part of Windows added to the dump.
type Stream struct {
	Index  int
	GUID   GUID  // who added it; GUIDs repeat, and the null GUID is an empty provider
	Offset int64 // file offset of its data
	Size   int64 // of its data in bytes
}

// Secondary is the secondary data of a dump.
type Secondary struct {
	// Streams are the tagged blobs in file order.
	Streams []Stream
	// Cut is the stream inside which the file ends, with as many bytes as are there; nil where none is cut. It is not among Streams.
	Cut *Stream
	// Used is how many bytes from the end of primary data on belong to the blobs. What follows is reserve that Windows did
	// not fill; it can hold stale content of the disk and is no part of the dump.
	Used int64
	// Findings are what is odd about it.
	Findings []Finding
}

// Sizes of the two headers, and a bound for the number of blobs: real dumps have up to some fifty.
const (
	blobFileHeader = 0x10
	blobHeader     = 0x20
	maxStreams     = 10000
)

var blobSignature = []byte("DumpBlob")

// Secondary returns the secondary data. It is read when it is first asked for. The result must not be changed.
func (f *File) Secondary() *Secondary {
	f.secondaryOnce.Do(f.readSecondary)
	return &f.secondary
}

// readSecondary lists the streams, and decodes those that Hardware is made of while they are at hand.
func (f *File) readSecondary() {
	w := f.window
	s := &f.secondary
	if !f.Regions.Known || f.Regions.Secondary == 0 || f.OnlyHead() {
		return
	}
	begin := f.Regions.PrimaryEnd()
	start, ok := w.findBlobs(begin)
	if w.err != nil {
		s.Findings = append(s.Findings, newFinding(SeverityError, ReadFailed, begin, "the secondary data could not be read: %v", w.err))
		return
	}
	if !ok {
		s.Findings = append(s.Findings, newFinding(SeverityWarning, TrailingBytes, begin,
			"%d bytes follow the dump data and are not secondary data: they are no part of the dump", f.Regions.Secondary))
		return
	}
	head := w.at(start, blobFileHeader)
	off := start + blobFileHeader
	if n, ok := bin.U32(head, 8); ok && n >= blobFileHeader && n < 0x1000 {
		off = start + int64(n)
	}
	end := min(off, f.size)
	for {
		h := w.at(off, blobHeader)
		length, ok := bin.U32(h, 0)
		if !ok || length != blobHeader || len(h) < blobHeader {
			break // the end of the list: zeros, the end of the file, or whatever the disk held there before
		}
		if len(s.Streams) == maxStreams {
			s.Findings = append(s.Findings, newFinding(SeverityWarning, StreamCount, off, "secondary data has more than %d streams: the rest is not listed", maxStreams))
			break
		}
		size, _ := bin.U32(h, 0x14)
		prePad, _ := bin.U32(h, 0x18)
		postPad, _ := bin.U32(h, 0x1C)
		data := off + int64(length) + int64(prePad)
		if data > f.size || data+int64(size) > f.size {
			s.Findings = append(s.Findings, newFinding(SeverityError, StreamTruncated, off,
				"secondary data ends inside stream %d: it claims %d bytes at offset %#x, and the file ends at %#x", len(s.Streams), size, data, f.size))
			end = f.size
			if data < f.size {
				s.Cut = &Stream{Index: len(s.Streams), Offset: data, Size: f.size - data}
				copy(s.Cut.GUID[:], h[4:])
			}
			break
		}
		if s.Streams == nil {
			s.Streams = slices.Grow((*f.streams)[:0], 40) // real dumps have some ten to forty
		}
		st := Stream{Index: len(s.Streams), Offset: data, Size: int64(size)}
		copy(st.GUID[:], h[4:])
		s.Streams = append(s.Streams, st)
		f.hardware.read(st, w)
		end = min(f.size, data+int64(size)+int64(postPad))
		off = data + int64(size) + int64(postPad)
	}
	if s.Streams != nil {
		*f.streams = s.Streams
	}
	s.Used = end - begin
}

// findBlobs returns where the blobs begin: where primary data ends, or there rounded up to 8, 0x200 or 0x1000 bytes. It is not
// searched for elsewhere, because dumped memory can hold the signature too.
func (w *window) findBlobs(end int64) (start int64, ok bool) {
	b := w.at(end, PageSize+int64(len(blobSignature)))
	for _, align := range [...]int64{1, 8, 0x200, 0x1000} {
		start := (end + align - 1) / align * align
		if at := start - end; at <= int64(len(b)) && bytes.HasPrefix(b[at:], blobSignature) {
			return start, true
		}
	}
	return 0, false
}

// window serves small reads at rising offsets from one read of many bytes.
type window struct {
	f   *File
	off int64
	b   []byte // what the file has at off; in buf
	buf []byte
	err error // of the last read
}

const windowSize = 32 << 10

// at returns n bytes at off, or what the file has of them. The next call can take their memory.
func (w *window) at(off, n int64) []byte {
	n = max(0, min(n, w.f.size-off))
	if at := off - w.off; at >= 0 && at <= int64(len(w.b)) && n <= int64(len(w.b))-at {
		return w.b[at : at+n]
	}
	if n == 0 {
		return nil
	}
	w.off = off
	w.read(max(n, windowSize))
	if w.err != nil { // perhaps of what follows, which nobody wants yet
		w.read(n)
	}
	if w.err != nil {
		w.b = nil
	}
	return w.b[:min(n, int64(len(w.b)))]
}

// read reads n bytes at the offset of the window.
func (w *window) read(n int64) {
	w.b, w.err = readInto(w.buf, w.f.r, w.off, n, w.f.size)
	if cap(w.b) > cap(w.buf) {
		w.buf = w.b
	}
}
