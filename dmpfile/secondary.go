package dmpfile

import (
	"bytes"

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
	// Used is how many bytes from the end of primary data on belong to the blobs. What lies behind is reserve that Windows did
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

func (f *File) readSecondary() {
	s := &f.secondary
	if !f.Regions.Known || f.Regions.Secondary == 0 || f.OnlyHead() {
		return
	}
	begin := f.Regions.PrimaryEnd()
	w := f.behind
	w.f = f
	start, ok := w.findBlobs(begin)
	if w.err != nil {
		s.Findings = append(s.Findings, newFinding(Error, "read-error", begin, "the secondary data could not be read: %v", w.err))
		return
	}
	if !ok {
		s.Findings = append(s.Findings, newFinding(Warning, "trailing-bytes", begin,
			"%d bytes follow the dump data and are not secondary data: they are no part of the dump", f.Regions.Secondary))
		return
	}
	f.secondaryHead = w.piece
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
			s.Findings = append(s.Findings, newFinding(Warning, "stream-count", off, "secondary data has more than %d streams: the rest is not listed", maxStreams))
			break
		}
		size, _ := bin.U32(h, 0x14)
		prePad, _ := bin.U32(h, 0x18)
		postPad, _ := bin.U32(h, 0x1C)
		data := off + int64(length) + int64(prePad)
		if data > f.size || data+int64(size) > f.size {
			s.Findings = append(s.Findings, newFinding(Error, "stream-truncated", off,
				"secondary data ends inside stream %d: it claims %d bytes at offset %#x, and the file ends at %#x", len(s.Streams), size, data, f.size))
			end = f.size
			break
		}
		st := Stream{Index: len(s.Streams), Offset: data, Size: int64(size)}
		copy(st.GUID[:], h[4:])
		s.Streams = append(s.Streams, st)
		end = min(f.size, data+int64(size)+int64(postPad))
		off = data + int64(size) + int64(postPad)
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

// StreamData returns up to limit bytes of the data of a stream.
func (f *File) StreamData(s Stream, limit int64) ([]byte, error) {
	return f.section("the data of the stream", s.Offset, min(s.Size, limit))
}

// piece is a part of a file that was read.
type piece struct {
	off int64
	b   []byte
}

// slice returns n bytes at off if the piece has them.
func (p *piece) slice(off, n int64) ([]byte, bool) {
	if off < p.off || n < 0 || off-p.off > int64(len(p.b)) || n > int64(len(p.b))-(off-p.off) {
		return nil, false
	}
	return p.b[off-p.off:][:n:n], true
}

// window serves small reads at rising offsets from one piece at a time.
type window struct {
	f *File
	piece
	room []byte // for the next piece; nil while the first one is there, which others may keep
	err  error  // of the last read
}

const windowSize = 64 << 10

// at returns n bytes at off, or what the file has of them. The next call can take their memory, unless they are of the first piece.
func (w *window) at(off, n int64) []byte {
	n = max(0, min(n, w.f.size-off))
	if b, ok := w.slice(off, n); ok {
		return b
	}
	first := w.b == nil
	b, err := readInto(w.room, w.f.r, off, max(n, windowSize), w.f.size)
	if w.err = err; err != nil {
		w.piece = piece{}
		return nil
	}
	if w.piece = (piece{off, b}); !first {
		w.room = b
	}
	return b[:min(n, int64(len(b)))]
}
