package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/batch/archive"
)

// looker looks at files. Each worker has one of its own, so that what is used again from file to file has a place here.
type looker struct {
	analyzer *analyze.Analyzer
	dump     analyze.Dump
	reading  reading // of the file that is open
	archives archive.Reader
	samples  *sampler // nil where duplicates are not asked for
	seen     *Seen
	bytes    *atomic.Int64     // counts the length of the files
	read     *atomic.Int64     // counts what is read of them
	reads    *atomic.Int64     // counts in how many calls
	begun    func(name string) // nil, or told that a file is about to be looked at
}

// failure is the row of a file that cannot be read.
func (l *looker) failure(name string, err error) *report.Report {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // the row names the file
	}
	if errors.Is(err, dmpfile.ErrNotRegular) || errors.Is(err, syscall.EISDIR) {
		err = errNotRegular // it was a file when the walk met it
	}
	return l.analyzer.Unreadable(report.File{Path: name}, &report.Error{Message: err.Error()})
}

// errSeen says that there is a row for a file already.
var errSeen = errors.New("seen before")

// look reports on a file, and yields the rows of what is inside where it is an archive. It returns the row of the file itself.
func (l *looker) look(ctx context.Context, f found, yield func(*report.Report) bool) (*report.Report, error) {
	if l.begun != nil {
		l.begun(f.path)
	}
	if f.err != nil {
		return nil, f.err
	}
	if l.seen != nil {
		if info, err := os.Stat(f.path); err == nil && l.seen.has(f.path, "", info.Size(), info.ModTime()) {
			return nil, errSeen
		}
	}
	return l.report(ctx, f.path, yield)
}

// report opens a file and reports on it. The row of an archive says that there are rows for all of its members, so it comes last.
func (l *looker) report(ctx context.Context, name string, yield func(*report.Report) bool) (*report.Report, error) {
	f, info, err := dmpfile.OpenRegular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l.bytes.Add(info.Size)
	l.reading = reading{ReaderAt: f}
	r := &l.reading
	defer func() {
		l.read.Add(r.bytes)
		l.reads.Add(r.calls)
	}()
	if err := l.dump.Reset(l.analyzer, analyze.Reader(r, info.Size, report.File{Path: name, Modified: rfc3339(info.Modified)})); err != nil {
		return nil, err
	}
	row := l.dump.Report()
	if isArchive(row.Dump) {
		if err := l.members(ctx, r, row, yield); err != nil {
			return nil, err
		}
	}
	// By headers alone it is asked only where it may tell something: a dump that is still being copied looks cut.
	if r.short || row.Verdict == report.Damaged || l.analyzer.Depth != report.DepthHeader {
		if now, err := f.Stat(); err == nil && (now.Size != info.Size || !now.Modified.Equal(info.Modified)) {
			changed(row, now.Size)
			return row, nil
		}
	}
	if l.samples != nil && row.Verdict != report.NotADump {
		if s, err := l.samples.of(&l.dump, info.Size); err == nil {
			row.File.Samples = s
		}
	}
	return row, nil
}

// rfc3339 returns a time in UTC, nil where its year has not four digits, so that a record cannot hold it.
func rfc3339(t time.Time) *time.Time {
	t = t.UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return nil
	}
	return &t
}

// isArchive says whether what a row says of a file is that dumps can be inside.
func isArchive(d *report.Dump) bool { return d != nil && archive.CanUnpack(dmpfile.What(d.What)) }

// members yields a row for each dump in an archive.
func (l *looker) members(ctx context.Context, r io.ReaderAt, of *report.Report, yield func(*report.Report) bool) error {
	n := 0
	for row, err := range l.archives.Members(ctx, r, of) {
		if err != nil {
			return err
		}
		if row.File.Member == "" { // without a name it can have no row
			of.Findings = append(of.Findings, row.Findings...)
			continue
		}
		n++
		if size, modified, ok := identity(row.File); ok && l.seen.has(row.File.Path, row.File.Member, size, modified) {
			continue // left from a scan that ended inside this archive
		}
		if !yield(row) {
			break
		}
	}
	if n > 0 {
		of.File.Members = &n
		of.Error = &report.Error{Message: fmt.Sprintf("an archive (%s): what is inside has rows of its own, %d in all", of.Dump.What, n)}
	}
	return nil
}

// changed notes that a file changed while it was looked at.
func changed(row *report.Report, size int64) {
	row.Findings = append(row.Findings, report.Finding{
		ID: report.FindingFileChanged, Severity: report.SeverityWarning, Message: fmt.Sprintf("the file changed while it was looked at, and has %d bytes now: it is still being written, or was replaced", size),
		Next: report.FindingFileChanged.Next(),
	})
}

// reading reads a file whose length is known, and notes whether it had become shorter.
type reading struct {
	io.ReaderAt
	short        bool
	bytes, calls int64
}

func (r *reading) ReadAt(p []byte, off int64) (n int, err error) {
	n, err = r.ReaderAt.ReadAt(p, off)
	r.short = r.short || n < len(p)
	r.bytes += int64(n)
	r.calls++
	return n, err
}
