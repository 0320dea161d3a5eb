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

// Reader reports on what is inside archives. Its zero value works. Without Memory it is safe for concurrent use.
type Reader struct {
	// Analyzer makes the reports; nil is one with zero values.
	Analyzer *analyze.Analyzer
	// Limit is how many bytes a member may have to be unpacked into memory; 0 is DefaultLimit. Of a dump that has more, only the head is:
	// its report is of depth header. A call of Members takes as much memory and a few MiB, at most 128 MiB more for the window of a zstd
	// stream, and 160 MiB more for the longest directory of a zip that is read, unless Memory says less.
	Limit int64
	// Memory is the share of a budget that bounds this: Members waits for it. A member that can never fit is reported on by its head. nil
	// bounds nothing.
	Memory *Share
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
		u := a.unpacker(ctx, r, archive)
		defer u.Memory.Release()
		what := dmpfile.What(archive.Dump.What)
		members, err := u.members(what)
		switch {
		case u.src.err != nil:
			yield(nil, u.src.err)
			return
		case errors.Is(err, errMemory), errors.Is(err, errBudget):
			note(archive, report.FindingArchiveMethod, "the archive was not looked into: %v", err)
			return
		case ctx.Err() != nil:
			yield(nil, ctx.Err())
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
		if u.shared > 0 {
			note(archive, report.FindingArchiveBomb, "the archive has %d members at the place of others, the first of them %q: their bytes are the same, and "+
				"they have no rows of their own", u.shared, u.sharing)
		}
	}
}

// unpacker returns what reads one archive.
func (a *Reader) unpacker(ctx context.Context, r io.ReaderAt, archive *report.Report) *unpacker {
	size := *archive.File.Size
	u := &unpacker{Reader: *a, src: &source{ctx: ctx, r: r, size: size}, file: archive.File}
	u.file.Size = nil
	u.Limit = cmp.Or(u.Limit, DefaultLimit)
	if u.Analyzer == nil {
		u.Analyzer = &analyze.Analyzer{}
	}
	u.left = bombRatio*size + 4*u.Limit
	return u
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

	shared  int    // members that lie where another one does
	sharing string // the name of the first
}

// member is a file inside an archive, or the file that gzip or zstd compressed.
type member struct {
	name   string
	listed string // the name that the archive has for it
	next   string // another member that has it too, "" where none is known
	size   int64  // in bytes as the archive claims, -1 where it does not say
	space  int64  // how many bytes of the archive it takes, 0 where that is not known
	whole  bool   // the claim is for all of the member: a gzip or zstd file can consist of parts, and the claim is that of one
	open   func(window int64) (io.ReadCloser, error)
	// window is how much memory a zstd stream asks for, at most maxWindow; others ask for none that counts.
	window int64
	place  func() (int64, error) // where its bytes are in the archive, nil of streams
	crc    uint32                // of members that have a place
	plain  io.ReaderAt           // the content of a member that is not compressed, nil of others

	refused *report.Finding // why it is not opened
}

// members lists what is in the archive.
func (u *unpacker) members(what dmpfile.What) (iter.Seq[*member], error) {
	switch what {
	case dmpfile.Zip:
		return zipMembers(u.src, u.Memory)
	case dmpfile.Gzip:
		return gzipMember(u.src, u.file.Path)
	}
	return zstdMember(u.src, u.file.Path)
}

// distinct yields the members that have a place of their own. Rows are told apart by their names: where several have one, a number is put
// behind it.
func (u *unpacker) distinct(members iter.Seq[*member]) iter.Seq[*member] {
	return func(yield func(*member) bool) {
		names := map[string]int{} // how many have a name
		places := places{}
		for m := range members {
			if places.has(m) {
				if u.shared++; u.shared == 1 {
					u.sharing = m.name
				}
				continue
			}
			m.listed = m.name
			for names[m.name] > 0 {
				names[m.listed]++
				m.name = fmt.Sprintf("%s (%d)", m.listed, names[m.listed])
			}
			names[m.name]++
			if !yield(m) {
				return
			}
		}
	}
}

// reports yields the reports, or an error. Names decide which of many members are wanted. Of what a stream is called nobody knows much: it
// is wanted too where it is a dump.
func (u *unpacker) reports(members iter.Seq[*member], many bool) iter.Seq2[*report.Report, error] {
	wanted := func(name string) bool { return u.Want == nil || u.Want(name) }
	asked := func(yield func(*member) bool) {
		for m := range members {
			if (!many || wanted(m.name)) && !yield(m) {
				return
			}
		}
	}
	return func(yield func(*report.Report, error) bool) {
		for m := range u.distinct(asked) {
			rep, err := u.report(m)
			if err == nil {
				if rep.Verdict == report.NotADump && !wanted(m.listed) {
					continue
				}
				m.noteName(rep)
			}
			if !yield(rep, err) {
				return
			}
		}
	}
}

// report unpacks a member as far as needed, and reports on it.
func (u *unpacker) report(m *member) (*report.Report, error) {
	switch {
	case m.refused != nil:
		return u.unread(m, *m.refused), nil
	case u.left < -4*u.Limit:
		return u.unread(m, finding(report.FindingArchiveBomb, "the archive has unpacked to far more than %d times its own size: the member was not looked at", bombRatio)), nil
	}
	end, err := u.unpack(m)
	defer u.letGo()
	if err != nil {
		return nil, err
	}
	if u.unopened(end, m) {
		return u.unread(m, u.endFinding(end, m, 0)), nil
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
		add(rep, u.endFinding(end, m, u.buf.size))
	}
	noteNested(rep)
	return rep, nil
}

// unopened says whether the way in which reading a member ended leaves nothing of it.
func (u *unpacker) unopened(end error, m *member) bool {
	_, failed := end.(openError)
	return failed || end != nil && end != io.EOF && u.buf.size == 0 && m.size != 0
}

// letGo gives back what the member took.
func (u *unpacker) letGo() {
	u.buf.shrink()
	u.Memory.giveMember()
}

// reportOn reports on a member.
func (u *unpacker) reportOn(s analyze.Source) (*report.Report, error) {
	if err := u.dump.Reset(u.Analyzer, s); err != nil {
		return nil, err
	}
	return u.dump.Report(), nil
}

// limit is how long a member may be to be unpacked, by what it is and what the memory allows.
func (u *unpacker) limit(m *member) int64 { return max(min(u.Limit, u.Memory.most()-m.window-1), 0) }

// maxWindow is how much memory a zstd stream may ask for.
func (u *unpacker) maxWindow() int64 { return min(maxWindow, u.Memory.most()/2) }

// unpack reads the head of a member into memory, and all of a dump that fits. It returns how reading ended: nil where more follows,
// io.EOF at the end, another error where the rest cannot be read. A member that is longer than it claims, or does not claim anything, is
// read anew with the memory that it can need.
func (u *unpacker) unpack(m *member) (end, err error) {
	head := max(smallHead, min(headSize, u.Limit))
	if u.left < 0 {
		head = smallHead
	}
	m.window = min(m.window, u.maxWindow())
	limit := u.limit(m)
	fits := m.size <= limit && u.left >= 0
	room := head
	if fits {
		room = max(head, m.size)
	}
	for {
		end, err = u.read(m, head, room)
		switch {
		case err != nil:
			return nil, err
		case end != nil && tooLarge(end) && m.window < u.maxWindow():
			m.window = u.maxWindow()
			limit = u.limit(m)
			fits, room = m.size <= limit && u.left >= 0, min(room, max(head, limit))
		case end == nil && fits && room < limit && !m.whole && u.isDump():
			room = limit
		default:
			return end, nil
		}
	}
}

// read reads the head of a member, and of a dump so many bytes as there is room for.
func (u *unpacker) read(m *member, head, room int64) (end, err error) {
	u.letGo()
	u.buf.size = 0
	if err := u.Memory.takeMember(u.src.ctx, room+m.window); err != nil {
		return nil, err
	}
	s, err := m.open(m.window)
	if err != nil {
		return openError{err}, nil
	}
	defer s.Close()
	end = u.fill(s, head)
	if end == nil && (m.size == u.buf.size || room > head && u.isDump()) {
		end = u.fill(s, room+1) // one more, to see whether there is more
	}
	if m.whole && u.buf.size > m.size {
		u.buf.size = m.size
		return errMore, nil
	}
	return end, nil
}

// openError is why unpacking a member cannot be begun.
type openError struct{ error }

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
			add(rep, unchecked())
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
	case u.limit(m) < u.Limit:
		note(rep, report.FindingArchiveHead, "only the first %d bytes were unpacked, because the member has more than the %d that the limit of memory leaves to "+
			"one", len(head), u.limit(m))
	default:
		note(rep, report.FindingArchiveHead, "only the first %d bytes were unpacked, because the member has more than the limit of %d", len(head), u.Limit)
	}
	noteNested(rep)
	return rep, nil
}

// endFinding says why unpacking a member ended early, after n bytes.
func (u *unpacker) endFinding(end error, m *member, n int64) report.Finding {
	var open openError
	switch {
	case errors.As(end, &open):
		return finding(report.FindingArchiveDamaged, "the member cannot be read: %v", open.error)
	case errors.Is(end, errMore):
		return finding(report.FindingArchiveSize, "the member has more than the %d bytes that the archive claims: what is behind them was not looked at", m.size)
	case errors.Is(end, errTrailing):
		return finding(report.FindingArchiveTrailing, "something follows the compressed data that is not compressed: it was not looked at")
	case tooLarge(end):
		why := ": unpack it with zstd -d --long=31"
		if u.maxWindow() < maxWindow {
			why = ", which is what the limit of memory leaves to it"
		}
		return finding(report.FindingArchiveMethod, "the member cannot be unpacked: its window is too large; at most %d MiB of window are given to it%s",
			u.maxWindow()>>20, why)
	case errors.Is(end, zip.ErrChecksum), errors.Is(end, gzip.ErrChecksum):
		return finding(report.FindingArchiveDamaged, "the checksum of the member's %d bytes is wrong: some of them are not what they were", n)
	}
	return finding(report.FindingArchiveDamaged, "the member could not be unpacked behind its first %d bytes: %v", n, end)
}
