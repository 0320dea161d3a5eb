package pdb

import (
	"encoding/binary"
	"io"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// File is an open PDB. It does not change after opening and may be used by several goroutines at once, as far as its reader may.
type File struct {
	guid    dmpfile.GUID
	infoAge uint32
	dbiAge  uint32
	machine dmpfile.Machine

	records  stream // of symbols
	read     int    // public symbols among them
	publics  []public
	sections []section // by RVA
	frames   frames
}

// Streams with fixed numbers.
const (
	streamInfo = 1
	streamDBI  = 3
)

// NewFile opens a PDB of size bytes and indexes its public symbols. A file of another kind is a *NotPDBError, bytes that contradict the format
// are a *dmpfile.FormatError. A PDB without public symbols (that of a compiler, for instance) is opened; it names no address.
func NewFile(r io.ReaderAt, size int64) (*File, error) {
	c, f, h, err := open(r, size)
	if err != nil || h == nil {
		return f, err
	}
	l, err := h.layout(c)
	if err != nil {
		return nil, err
	}
	f.sections = l.places
	if err := f.index(c, h, l); err != nil {
		return nil, err
	}
	if err := f.openFrames(c, h); err != nil {
		return nil, err
	}
	c.sizes, c.directory = nil, stream{} // no more streams are opened
	return f, nil
}

// Identify reads what identifies a PDB, without its symbols.
func Identify(r io.ReaderAt, size int64) (guid dmpfile.GUID, info, dbi uint32, err error) {
	_, f, _, err := open(r, size)
	if err != nil {
		return dmpfile.GUID{}, 0, 0, err
	}
	return f.guid, f.infoAge, f.dbiAge, nil
}

// GUID returns the GUID that the image names in its debug directory. It is zero in a PDB from before 2000.
func (f *File) GUID() dmpfile.GUID { return f.guid }

// Ages returns how often the file was written (info), and how often its debug information was (dbi). The age that an image names, and that
// is in the path of a symbol server, is the second; tools that only add streams raise the first. dbi is 0 in a PDB without debug information.
func (f *File) Ages() (info, dbi uint32) { return f.infoAge, f.dbiAge }

// Machine returns the machine that the code is for, 0 where the PDB does not say.
func (f *File) Machine() dmpfile.Machine { return f.machine }

// Fields of the info stream: a version that is a date, seconds since 1970, the age and the GUID.
const (
	infoVersion   = 0x00
	infoAge       = 0x08
	infoGUID      = 0x0C
	infoSize      = 0x1C
	infoFirstGUID = 20000404 // the version that brought the GUID
)

// open reads what identifies a PDB. h is nil where there is no debug information.
func open(r io.ReaderAt, size int64) (c *container, f *File, h *header, err error) {
	if c, err = openContainer(r, size); err != nil {
		return nil, nil, nil, err
	}
	s, err := c.open(streamInfo)
	if err == errNoStream {
		err = &dmpfile.FormatError{Offset: c.directory.offset(0), What: "the file has no info stream, which says what PDB it is; number of its streams", Value: len(c.sizes)}
	}
	if err != nil {
		return nil, nil, nil, err
	}
	b, err := s.read(0, infoGUID)
	if err != nil {
		return nil, nil, nil, err
	}
	f = &File{}
	f.infoAge, _ = bin.U32(b, infoAge)
	if version, _ := bin.U32(b, infoVersion); version >= infoFirstGUID {
		if b, err = s.read(infoGUID, infoSize-infoGUID); err != nil {
			return nil, nil, nil, err
		}
		f.guid = dmpfile.GUID(b)
	}
	h, err = openHeader(c)
	if err == errNoStream {
		return c, f, nil, nil
	}
	if err != nil {
		return nil, nil, nil, err
	}
	f.dbiAge, f.machine = h.age, h.machine
	return c, f, h, nil
}

// findNamed returns the number of a stream that has a name, or noStream. The names are in the info stream: a buffer of texts, and a hash
// table from offsets in it to streams: how many entries, how many places, the words of two bit sets, and the entries.
func findNamed(c *container, name string) (int, error) {
	s, err := c.open(streamInfo)
	if err != nil {
		return noStream, err
	}
	b, err := s.read(0, min(s.size, 1<<20)) // real ones have some hundred bytes
	if err != nil {
		return noStream, err
	}
	le := binary.LittleEndian
	n, _ := bin.U32(b, infoSize)
	texts, ok := bin.Slice(b, infoSize+4, int(n))
	if !ok {
		return noStream, nil
	}
	at := infoSize + 4 + len(texts)
	entries, _ := bin.U32(b, at)
	at += 8
	for range 2 {
		words, ok := bin.U32(b, at)
		if !ok || int64(words) > int64(len(b)) {
			return noStream, nil
		}
		at += 4 + int(words)*4
	}
	for ; entries > 0; entries-- {
		e, ok := bin.Slice(b, at, 8)
		if !ok {
			return noStream, nil
		}
		if key := le.Uint32(e); int64(key) < int64(len(texts)) && bin.ASCIIZ(texts[key:]) == name {
			return int(min(le.Uint32(e[4:]), noStream)), nil
		}
		at += 8
	}
	return noStream, nil
}
