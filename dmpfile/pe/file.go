package pe

import (
	"cmp"
	"io"
	"math"
	"slices"
	"sort"

	"github.com/dmplens/dmplens/dmpfile"
)

// raw is a file by file offset.
type raw struct {
	r    io.ReaderAt
	size int64
}

// readAt reads bytes by file offset. At the end of the file the error is io.EOF.
func (s raw) readAt(p []byte, off uint32) (int, error) {
	if int64(off) >= s.size {
		return 0, io.EOF
	}
	part := p[:min(int64(len(p)), s.size-int64(off))]
	n, err := s.r.ReadAt(part, int64(off))
	if n == len(part) {
		err = nil
		if n < len(p) {
			err = io.EOF
		}
	}
	return n, err
}

// readOutside reads n bytes at a file offset, or what the file has of them, for data that is not part of the mapped image.
func (s raw) readOutside(what string, off uint32, n int) ([]byte, error) {
	b := make([]byte, n)
	got, err := s.readAt(b, off)
	if err == io.EOF {
		err = &dmpfile.FormatError{Offset: int64(off), What: "the file ends inside " + what + "; its size", Value: s.size}
	}
	return b[:got], err
}

// segment is a range of RVAs, and which part of the file fills it. What follows the data is zero.
type segment struct {
	first, end uint64 // RVAs
	off        uint64 // file offset of first
	data       uint64 // RVA where the data of the file ends, if it does before end
}

// file is an image in a file: RVAs go through the section table.
type file struct {
	raw
	segments []segment // ascending, without overlap
}

// newFile lays out the sections of im as Windows maps them: whole pages, unless the image asks for smaller units. Windows refuses
// sections that overlap; here the one that begins first keeps what both claim.
func newFile(r raw, im *Image) *file {
	all := []Section{{Size: im.SizeOfHeaders, FileSize: im.SizeOfHeaders}}
	for _, s := range im.Sections {
		if s.FileOffset == 0 { // Windows takes this for memory without data
			s.FileSize = 0
		}
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(a, b Section) int { return cmp.Compare(a.RVA, b.RVA) })
	f := &file{raw: r}
	last := uint64(0)
	for _, s := range all {
		g := segment{first: uint64(s.RVA), end: uint64(s.RVA) + uint64(s.Size), off: uint64(s.FileOffset)}
		if im.SectionAlignment >= dmpfile.PageSize {
			g.end = (g.end + dmpfile.PageSize - 1) &^ (dmpfile.PageSize - 1)
		}
		g.data = g.first + uint64(s.FileSize)
		if cut := max(g.first, last) - g.first; cut > 0 {
			g.first += cut
			g.off += cut
		}
		if g.first < g.end {
			f.segments = append(f.segments, g)
			last = g.end
		}
	}
	return f
}

func (f *file) readAt(p []byte, rva uint32) (n int, err error) {
	at := uint64(rva)
	i := sort.Search(len(f.segments), func(i int) bool { return f.segments[i].end > at })
	for ; n < len(p); i++ {
		if i == len(f.segments) || f.segments[i].first > at {
			return n, &dmpfile.FormatError{Offset: int64(at), What: "no section of the image has this address", Value: at}
		}
		got, err := f.readSegment(p[n:], f.segments[i], at)
		n += got
		at += uint64(got)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// readSegment reads from an RVA to the end of the segment at most.
func (f *file) readSegment(p []byte, g segment, at uint64) (n int, err error) {
	p = p[:min(uint64(len(p)), g.end-at)]
	if at < g.data {
		off := g.off + at - g.first
		part := p[:min(uint64(len(p)), g.data-at)]
		if off > math.MaxUint32 {
			err = io.EOF // no file of an image is that long
		} else {
			n, err = f.raw.readAt(part, uint32(off))
		}
		if err == io.EOF {
			err = &dmpfile.FormatError{Offset: int64(at) + int64(n), What: "the file ends inside the data of a section; its size", Value: f.size}
		}
		if err != nil {
			return n, err
		}
	}
	clear(p[n:])
	return len(p), nil
}
