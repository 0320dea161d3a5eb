package evtx

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"iter"

	"github.com/dmplens/dmplens/dmpfile"
)

// File is an open EVTX file. It does not change, and is safe for concurrent use if what it reads from is.
type File struct {
	Dirty bool // Windows had the log open when the file was written or copied: the header's counts are old, its newest records can be missing
	Full  bool // the log had reached its size, and no more was written
	// HeaderDamaged is whether the header's own checksum is wrong. The chunks do not depend on it.
	HeaderDamaged bool
	Chunks        int    // in use, by their own headers
	BadChunks     int    // of them, those whose header cannot be believed: they are skipped
	Next          uint64 // the number that the next record would have had, by the header
	// Missing says which chunks and records are certainly not in the file, each a sentence: by the header's counts where it is right, and by
	// the numbers of the records that are there.
	Missing []string
	// Open is what was found of the newest chunk of a log that was not closed, whose checksum or length Windows had not written yet.
	Open OpenChunk

	r       io.ReaderAt
	size    int64
	first   int64 // offset of the first chunk
	noCheck bool
}

// Magic is how an EVTX file begins.
const Magic = "ElfFile\x00"

// headerSize is the size of the header's fields. A chunk follows after as many bytes as the header says, 4096 by all that is known.
const (
	headerSize  = 128
	headerBlock = 4096
)

// NewFile opens an EVTX file of size bytes. A file that does not begin like one is an error; of a damaged one everything that can be is read.
// r must stay readable as long as the File is used.
func NewFile(r io.ReaderAt, size int64) (*File, error) {
	var h [headerSize]byte
	n, err := r.ReadAt(h[:min(max(size, 0), headerSize)], 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if n < len(Magic) || !bytes.HasPrefix(h[:], []byte(Magic)) {
		return nil, &dmpfile.FormatError{Offset: 0, What: "the file is no event log: it begins with", Value: string(h[:min(n, 8)])}
	}
	if n < len(h) {
		return nil, &dmpfile.FormatError{Offset: 0, What: "the file is shorter than the header of an event log", Value: n}
	}
	le := binary.LittleEndian
	flags := le.Uint32(h[120:])
	f := &File{
		Dirty: flags&1 != 0, Full: flags&2 != 0, Next: le.Uint64(h[24:]),
		r: r, size: size, first: int64(le.Uint16(h[40:])), noCheck: flags&noChecksums != 0,
	}
	f.HeaderDamaged = !f.noCheck && crc32.ChecksumIEEE(h[:120]) != le.Uint32(h[124:])
	if f.HeaderDamaged || f.first < headerSize {
		f.first = headerBlock
	}
	l, err := f.listChunks()
	if err != nil {
		return nil, err
	}
	if f.Dirty {
		f.readOpen(l)
	}
	f.Missing = f.missing(l, int64(le.Uint16(h[42:])))
	return f, nil
}

// Records goes through the records that want asks for by provider and event id; nil asks for all. They come in the order of the file,
// which is not that of their numbers where a full log began anew at its start. An error says what could not be read, a record or the rest
// of a chunk, and reading goes on after it.
func (f *File) Records(want func(provider string, id uint16) bool) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		c := &chunk{data: make([]byte, chunkSize), templates: map[uint32]*template{}, names: map[uint32]string{}}
		var b builder
		for at := f.first; at < f.size; at += chunkSize {
			used, err := c.read(f.r, at, f.noCheck, f.Open.offset == at && f.Open.Records > 0)
			if used && f.Open.offset == at && f.Open.Records > 0 {
				c.next, c.end = f.Open.first, max(c.end, f.Open.end)
			}
			if err != nil && !yield(nil, err) {
				return
			}
			if used && !c.records(&b, want, yield) {
				return
			}
		}
	}
}
