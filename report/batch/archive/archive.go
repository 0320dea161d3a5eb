// Package archive reports on what is inside zip, gzip and zstd files, without unpacking to disk. It reads the archive that it is given and
// memory, and no other file; names of members are text here, and never paths. 7-Zip, cabinet, RAR and tar archives and what xz, bzip2
// and LZ4 compressed are only named, an archive inside an archive too. Another kind of archive is a case of CanUnpack and of
// unpacker.members, and a function like zipMembers that lists its members.
package archive

import (
	"archive/zip"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
)

// DefaultLimit is Reader.Limit where that is 0.
const DefaultLimit = 256 << 20

// Reader reports on what is inside archives. Its zero value works. It is safe for concurrent use.
type Reader struct {
	// Analyzer makes the reports; nil is one with zero values.
	Analyzer *analyze.Analyzer
	// Limit is how many bytes a member may have to be unpacked into memory; 0 is DefaultLimit. Of a dump that has more, only the head is:
	// its report is of depth header. A call of Members takes as much memory and a few MiB, at most 128 MiB more for the window of a zstd
	// stream, and 150 MiB more for the longest directory of a zip that is read.
	Limit int64
	// Want says by its name whether a member is reported on; nil wants all. A name is as the archive has it, and can be anything: it
	// must not be used as a path. A dump that is all of a gzip or zstd file is reported on under any name.
	Want func(name string) bool
}

// CanUnpack says whether Members looks into such a file.
func CanUnpack(w dmpfile.What) bool {
	return w == dmpfile.Zip || w == dmpfile.Gzip || w == dmpfile.Zstd
}

// Members yields a report on each wanted member of the archive in r, in the order of its directory, one member in memory at a time. The
// report on the archive itself says what it is, how long it is, and what its path is.
//
// What is wrong with a member is a finding of its report, and what is wrong with the archive one of the archive's: ids that begin with
// archive-. An error is one of reading r, or that of ctx, and ends the sequence.
func (a *Reader) Members(ctx context.Context, r io.ReaderAt, archive *report.Report) iter.Seq2[*report.Report, error] {
	return func(yield func(*report.Report, error) bool) {
		size := *archive.File.Size
		u := &unpacker{Reader: *a, src: &source{ctx: ctx, r: r, size: size}, file: archive.File}
		u.file.Size = nil
		u.Limit = cmp.Or(u.Limit, DefaultLimit)
		if u.Analyzer == nil {
			u.Analyzer = &analyze.Analyzer{}
		}
		u.left = bombRatio*size + 4*u.Limit
		what := dmpfile.What(archive.Dump.What)
		members, err := u.members(what)
		switch {
		case u.src.err != nil:
			yield(nil, u.src.err)
			return
		case err != nil:
			note(archive, report.FindingArchiveDamaged, "the archive cannot be read: %v", err)
			return
		}
		for rep, err := range u.reports(members, what == dmpfile.Zip) {
			if u.src.err != nil {
				rep, err = nil, u.src.err
			}
			if !yield(rep, err) || err != nil {
				return
			}
		}
	}
}

// headSize is how much of each member is unpacked to recognise it, and smallHead where the archive is a bomb. All headers fit into both.
const (
	headSize  = blockSize
	smallHead = 64 << 10
)

// bombRatio is how many times its own size an archive may unpack to, beside some members that fit the limit. Sparse memory compresses
// a few hundred times, whole archives of dumps some ten times.
const bombRatio = 100

// memberRatio is how many times the space that it takes a member may claim to be long, where it is too long to be unpacked.
const memberRatio = 500

// unpacker reads one archive.
type unpacker struct {
	Reader
	src  *source
	file report.File // the archive, without its size
	buf  buffer
	dump analyze.Dump // the member that is reported on
	left int64        // how much more may be unpacked before the archive counts as a bomb
}

// member is a file inside an archive, or the file that gzip or zstd compressed.
type member struct {
	name  string
	size  int64 // in bytes as the archive claims, -1 where it does not say
	space int64 // how many bytes of the archive it takes, 0 where that is not known
	whole bool  // the claim is for all of the member: a gzip or zstd file can consist of parts, and the claim is that of one
	open  func() (io.ReadCloser, error)
	plain io.ReaderAt // the content of a member that is not compressed, nil of others

	refused *report.Finding // why it is not opened
}

// members lists what is in the archive.
func (u *unpacker) members(what dmpfile.What) (iter.Seq[*member], error) {
	switch what {
	case dmpfile.Zip:
		return zipMembers(u.src)
	case dmpfile.Gzip:
		return gzipMember(u.src, u.file.Path)
	}
	return zstdMember(u.src, u.file.Path)
}

// reports yields the reports, or an error. Names decide which of many members are wanted. Of what a stream is called nobody knows much: it
// is wanted too where it is a dump.
func (u *unpacker) reports(members iter.Seq[*member], many bool) iter.Seq2[*report.Report, error] {
	return func(yield func(*report.Report, error) bool) {
		names := map[string]bool{}
		for m := range members {
			wanted := u.Want == nil || u.Want(m.name)
			if !wanted && many {
				continue
			}
			name := m.name
			for i := 2; names[m.name]; i++ { // rows are told apart by it
				m.name = fmt.Sprintf("%s (%d)", name, i)
			}
			names[m.name] = true
			rep, err := u.report(m)
			if err == nil {
				if !wanted && rep.Verdict == report.NotADump {
					continue
				}
				noteName(rep, name)
				if m.name != name {
					note(rep, report.FindingArchiveName, "the archive has more than one member of that name: this one got a number")
				}
			}
			if !yield(rep, err) {
				return
			}
		}
	}
}

// report unpacks a member as far as needed, and reports on it.
func (u *unpacker) report(m *member) (*report.Report, error) {
	if m.refused != nil {
		return u.unread(m, *m.refused), nil
	}
	s, err := m.open()
	if err != nil {
		return u.unread(m, finding(report.FindingArchiveDamaged, "the member cannot be read: %v", err)), nil
	}
	defer s.Close()
	end := u.unpack(s, m)
	if end != nil && end != io.EOF && u.buf.size == 0 && m.size != 0 {
		return u.unread(m, endFinding(end, m, 0)), nil
	}
	file := u.file
	file.Member = m.name
	if end == nil {
		return u.head(m, file)
	}
	rep, err := u.reportOn(analyze.Reader(&u.buf, u.buf.size, file))
	if err != nil {
		return nil, err
	}
	if end != io.EOF {
		add(rep, endFinding(end, m, u.buf.size))
	}
	noteNested(rep)
	return rep, nil
}

// reportOn reports on a member.
func (u *unpacker) reportOn(s analyze.Source) (*report.Report, error) {
	if err := u.dump.Reset(u.Analyzer, s); err != nil {
		return nil, err
	}
	return u.dump.Report(), nil
}

// unpack reads the head of a member into memory, and all of a dump that fits. It returns how reading ended: nil where more follows,
// io.EOF at the end, another error where the rest cannot be read.
func (u *unpacker) unpack(s io.Reader, m *member) error {
	head := max(smallHead, min(headSize, u.Limit))
	if u.left < 0 {
		head = smallHead
	}
	u.buf.size = 0
	end := u.fill(s, head)
	fits := m.size <= u.Limit && u.left >= 0
	if end == nil && (m.size == u.buf.size || fits && u.isDump()) {
		most := u.Limit
		if m.whole {
			most = m.size
		}
		end = u.fill(s, most+1) // one more, to see whether there is more
	}
	if m.whole && u.buf.size > m.size {
		u.buf.size = m.size
		return errMore
	}
	return end
}

// errMore ends a member that has more bytes than the archive claims.
var errMore = errors.New("more than the archive claims")

// fill is buffer.fill that counts.
func (u *unpacker) fill(s io.Reader, n int64) error {
	before := u.buf.size
	err := u.buf.fill(s, n)
	u.left -= u.buf.size - before
	return err
}

// isDump says whether the head is that of a dump, of the kernel or of a process.
func (u *unpacker) isDump() bool {
	_, err := dmpfile.NewHead(u.buf.head(), -1)
	var other *dmpfile.NotDumpError
	return !errors.As(err, &other) || other.Format == dmpfile.UserMinidump
}

// head reports on a member of which only the head is in memory. One that is not compressed is read where it lies.
func (u *unpacker) head(m *member, file report.File) (*report.Report, error) {
	if m.plain != nil {
		rep, err := u.reportOn(analyze.Reader(m.plain, m.size, file))
		if err == nil {
			noteNested(rep)
			note(rep, report.FindingArchiveUnchecked, "the member is stored without compression and was read where it lies: its checksum was not compared")
		}
		return rep, err
	}
	head := u.buf.head()
	size := m.size
	if !m.whole && size >= 0 {
		f, err := dmpfile.NewHead(head, size)
		if err != nil || !f.Regions.Known || f.Regions.Missing > 0 {
			size = -1 // nothing speaks for the claim, or the dump against it
		}
	}
	rep, err := u.reportOn(analyze.Head(head, size, file))
	if err != nil {
		return nil, err
	}
	if m.space > 0 && m.size/m.space > memberRatio {
		note(rep, report.FindingArchiveBomb, "the archive claims %d bytes for the member, %d times the space that it takes", m.size, m.size/m.space)
	}
	switch {
	case u.left < 0:
		note(rep, report.FindingArchiveBomb, "the archive has unpacked to more than %d times its own size: of each member that follows only the "+
			"first %d bytes are unpacked", bombRatio, len(head))
	case rep.Verdict == report.NotADump && rep.Dump.Format != report.FormatUserMinidump:
		note(rep, report.FindingArchiveHead, "only the first %d bytes were unpacked: they are not those of a dump", len(head))
	default:
		note(rep, report.FindingArchiveHead, "only the first %d bytes were unpacked, because the member has more than the limit of %d", len(head), u.Limit)
	}
	noteNested(rep)
	return rep, nil
}

// endFinding says why unpacking a member ended early, after n bytes.
func endFinding(end error, m *member, n int64) report.Finding {
	switch {
	case errors.Is(end, errMore):
		return finding(report.FindingArchiveSize, "the member has more than the %d bytes that the archive claims: what is behind them was not looked at", m.size)
	case errors.Is(end, errTrailing):
		return finding(report.FindingArchiveTrailing, "something follows the compressed data that is not compressed: it was not looked at")
	case tooLarge(end):
		return finding(report.FindingArchiveMethod, "the member cannot be unpacked: %v; at most 128 MiB of window are given to it", end)
	case errors.Is(end, zip.ErrChecksum), errors.Is(end, gzip.ErrChecksum):
		return finding(report.FindingArchiveDamaged, "the checksum of the member's %d bytes is wrong: some of them are not what they were", n)
	}
	return finding(report.FindingArchiveDamaged, "the member could not be unpacked behind its first %d bytes: %v", n, end)
}
