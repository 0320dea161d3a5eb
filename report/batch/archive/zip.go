package archive

import (
	"archive/zip"
	"compress/flate"
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

// zipMembers lists the files of a zip.
func zipMembers(src *source) (iter.Seq[*member], error) {
	src.budget = maxDirectory
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

func zipMember(f *zip.File, archiveSize int64) *member {
	m := &member{
		name: f.Name, size: int64(min(f.UncompressedSize64, math.MaxInt64)), space: int64(min(f.CompressedSize64, math.MaxInt64)), whole: true,
		open: func() (io.ReadCloser, error) { return openZip(f) },
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
func openZip(f *zip.File) (io.ReadCloser, error) {
	r, err := f.OpenRaw()
	if err != nil {
		return nil, err
	}
	c := &checked{ReadCloser: io.NopCloser(r), file: f}
	switch f.Method {
	case zip.Deflate:
		c.ReadCloser = flate.NewReader(r)
	case zstd.ZipMethodWinZip:
		c.ReadCloser, err = newZstd(r)
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
