package archive

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"math"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/dmplens/dmplens/report"
)

// maxDirectory bounds the directory of a zip, which is kept in memory: some 250,000 members.
const maxDirectory = 32 << 20

// directoryRatio is how many times its length a directory takes in memory.
const directoryRatio = 5

// zipMembers lists the files of a zip.
func zipMembers(src *source, memory *Share) (iter.Seq[*member], error) {
	length := min(directoryLength(src), maxDirectory)
	if err := memory.takeDirectory(src.ctx, directoryRatio*length); err != nil {
		return nil, err
	}
	src.budget = length + 1<<20 // the end is looked for too
	z, err := zip.NewReader(src, src.size)
	src.budget = 0
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are never used as paths
		return nil, err
	}
	return func(yield func(*member) bool) {
		for _, f := range z.File {
			if !strings.HasSuffix(f.Name, "/") && !yield(zipMember(f, src.size)) {
				return
			}
		}
	}, nil
}

// directoryLength is how long the directory of a zip is, as its end claims; archive/zip reads as many bytes. It is maxDirectory where
// that cannot be found.
func directoryLength(src *source) int64 {
	const end, most = 22, 1<<16 - 1
	b := make([]byte, min(src.size, end+most))
	n, _ := src.ReadAt(b, src.size-int64(len(b)))
	at := bytes.LastIndex(b[:n], []byte("PK\x05\x06"))
	if at < 0 || len(b)-at < end {
		return maxDirectory
	}
	length := int64(binary.LittleEndian.Uint32(b[at+12:]))
	if binary.LittleEndian.Uint16(b[at+10:]) < math.MaxUint16 && length < math.MaxUint32 && binary.LittleEndian.Uint32(b[at+16:]) < math.MaxUint32 {
		return length
	}
	const locator, record = 20, 56 // of the end for 64 bits
	if at < locator || !bytes.HasPrefix(b[at-locator:], []byte("PK\x06\x07")) {
		return length
	}
	where := binary.LittleEndian.Uint64(b[at-locator+8:])
	b = make([]byte, record)
	if n, _ := src.ReadAt(b, int64(min(where, math.MaxInt64))); n < record || !bytes.HasPrefix(b, []byte("PK\x06\x06")) {
		return maxDirectory
	}
	return int64(min(binary.LittleEndian.Uint64(b[40:]), maxDirectory))
}

// places are those of the members of a zip. Only where length and checksum are the same is asked where a member is: that takes a read.
type places map[[3]uint64][]placed

type placed struct {
	m  *member
	at int64 // -1 where it was not asked yet, -2 where it is not known
}

// has says whether a member lies where another one does, and notes its place.
func (p places) has(m *member) bool {
	if m.place == nil || m.refused != nil {
		return false
	}
	k := [3]uint64{uint64(m.size), uint64(m.space), uint64(m.crc)}
	list := p[k]
	if len(list) == 0 {
		p[k] = []placed{{m, -1}}
		return false
	}
	at := m.where()
	for i := range list {
		if list[i].at == -1 {
			list[i].at = list[i].m.where()
		}
		if at >= 0 && list[i].at == at {
			return true
		}
	}
	if len(list) < maxPlaces {
		p[k] = append(list, placed{m, at})
	}
	return false
}

// maxPlaces bounds how many members of one length and checksum are compared.
const maxPlaces = 64

func (m *member) where() int64 {
	at, err := m.place()
	if err != nil {
		return -2
	}
	return at
}

func zipMember(f *zip.File, archiveSize int64) *member {
	m := &member{
		name: f.Name, size: int64(min(f.UncompressedSize64, math.MaxInt64)), space: int64(min(f.CompressedSize64, math.MaxInt64)), whole: true,
		open: func(window int64) (io.ReadCloser, error) { return openZip(f, window) }, place: f.DataOffset, crc: f.CRC32,
	}
	const encrypted = 1
	refuse := func(id report.FindingID, format string, args ...any) {
		x := finding(id, format, args...)
		m.refused = &x
	}
	switch {
	case f.Flags&encrypted != 0:
		refuse(report.FindingArchiveEncrypted, "the member is encrypted: nothing of it can be read")
	case f.Method == zip.Store && f.CompressedSize64 == f.UncompressedSize64:
		m.plain = inPlace(f, archiveSize)
	case f.Method != zip.Store && f.Method != zip.Deflate && f.Method != zstd.ZipMethodWinZip:
		refuse(report.FindingArchiveMethod, "the member is compressed by %s, which dmplens cannot unpack", zipMethod(f.Method))
	case f.Method == zstd.ZipMethodWinZip:
		if r, err := f.OpenRaw(); err == nil {
			b := make([]byte, min(zstd.HeaderMaxSize, m.space))
			n, _ := io.ReadFull(r, b)
			m.window = zstdWindow(b[:n])
		}
	}
	return m
}

// inPlace returns the content of a member that is not compressed, nil where it does not lie in the archive.
func inPlace(f *zip.File, archiveSize int64) io.ReaderAt {
	r, err := f.OpenRaw()
	if err != nil {
		return nil // Open says the same
	}
	s, ok := r.(*io.SectionReader)
	if !ok {
		return nil
	}
	if _, off, n := s.Outer(); off < 0 || n < 0 || n > archiveSize-off {
		return nil
	}
	return s
}

// zipMethod names a method of compression by its number in PKWARE's APPNOTE.TXT.
func zipMethod(m uint16) string {
	names := map[uint16]string{1: "Shrink", 6: "Implode", 9: "Deflate64", 12: "bzip2", 14: "LZMA", 95: "XZ", 97: "WavPack", 98: "PPMd", 99: "AES encryption"}
	if name := names[m]; name != "" {
		return fmt.Sprintf("method %d (%s)", m, name)
	}
	return fmt.Sprintf("method %d", m)
}

// openZip unpacks a member. Open of archive/zip would keep back the last bytes of one that is not as long as the directory claims.
func openZip(f *zip.File, window int64) (io.ReadCloser, error) {
	r, err := f.OpenRaw()
	if err != nil {
		return nil, err
	}
	c := &checked{ReadCloser: io.NopCloser(r), file: f}
	switch f.Method {
	case zip.Deflate:
		c.ReadCloser = flate.NewReader(r)
	case zstd.ZipMethodWinZip:
		c.ReadCloser, err = newZstd(r, window)
	}
	return c, err
}

// checked reads a member and compares its length and checksum at the end.
type checked struct {
	io.ReadCloser
	file *zip.File
	n    uint64
	crc  uint32
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n += uint64(n)
	c.crc = crc32.Update(c.crc, crc32.IEEETable, p[:n])
	if err == io.EOF {
		switch {
		case c.n != c.file.UncompressedSize64:
			err = io.ErrUnexpectedEOF
		case c.crc != c.file.CRC32 && c.file.CRC32 != 0: // 0 is what writers leave that do not know it
			err = zip.ErrChecksum
		}
	}
	return n, err
}
