package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"runtime"
	"strings"
	"time"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
)

// Scan looks at many files. The zero value of each field is a usable default.
type Scan struct {
	Analyzer analyze.Analyzer

	Include []string // patterns of file names to look at; empty is *.dmp, and archives
	Exclude []string // patterns of names of files and folders to leave out
	All     bool     // look at every file, whatever its name

	Jobs         int           // files that are looked at at a time; 0 is one for each processor
	Timeout      time.Duration // how long a file may take from one row to the next, and a folder for its names; 0 is a minute
	Sorted       bool          // rows come in the order of the walk
	ArchiveLimit int64         // how large a member of an archive may be to be looked at wholly, in bytes; 0 is 256 MiB

	Whole bool // rows have long lists too: modules, streams, contents, memory runs, registers

	Shard, Shards int // look at the files of shard Shard, from 0, of so many

	// Seen are the rows that earlier scans left: what has one is not looked at again.
	Seen *Seen

	// Flush is called from time to time after rows were yielded, and at the end, from the goroutine of Run. Its error ends the scan.
	Flush func() error

	stats    counters
	reporter analyze.Analyzer  // makes the reports
	begun    func(name string) // for tests: a file is about to be looked at
}

// defaultTimeout is how long a file may take from one row to the next.
const defaultTimeout = time.Minute

func (s *Scan) timeout() time.Duration {
	if s.Timeout <= 0 {
		return defaultTimeout
	}
	return s.Timeout
}

func (s *Scan) depth() report.Depth {
	if s.Analyzer.Depth == "" {
		return report.DepthFull
	}
	return s.Analyzer.Depth
}

// result is a row, or the end of a file's rows, or both.
type result struct {
	index int
	path  string         // as the walk met it: the row's has no bytes that are no UTF-8
	row   *report.Report // nil for no row
	last  bool           // no more rows of this file follow
}

// queued is how many files, and results, wait for each job: enough that nobody waits for a goroutine to be woken.
const queued = 32

// flushEvery is how long a row may be kept back.
const flushEvery = 100 * time.Millisecond

// Run looks at the files and folders named, and calls yield for each row, from this goroutine. A file that cannot be read is a row that
// says why. When the context ends, no new file is begun, and those that are being looked at are finished. The error is that of yield or
// of Flush.
func (s *Scan) Run(ctx context.Context, names iter.Seq[string], yield func(*report.Report) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s.reporter = s.Analyzer
	s.reporter.Brief = !s.Whole
	jobs := s.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	files := make(chan found, queued*jobs)
	results := make(chan result, queued*jobs)
	o := order{sorted: s.Sorted}
	if s.Sorted {
		o.ahead = make(chan struct{}, window*jobs)
	}
	go func() {
		defer close(files)
		to := sender{Scan: s, ctx: ctx, out: files, ahead: o.ahead}
		w := walk{Scan: s, ctx: ctx, visit: to.send}
		for name := range names {
			if ctx.Err() != nil {
				return
			}
			w.root(name)
		}
	}()
	go s.work(ctx, jobs, files, results)
	same := duplicates{ctx: ctx, timeout: s.timeout()}
	if s.Seen != nil {
		same.first = s.Seen.first
	}
	o.yield = func(r result) error {
		if s.depth() != report.DepthHeader {
			same.mark(r.row, r.path)
		}
		s.stats.row(r.row)
		return yield(r.row)
	}
	err := s.deliver(results, &o)
	if err != nil {
		stop()
		for range results { // until the workers have noticed
		}
	}
	return err
}

// deliver yields what workers send, until they are all done. It flushes when no row has come for a while, and after many.
func (s *Scan) deliver(results <-chan result, o *order) error {
	const many = 10_000
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for fresh := 0; ; {
		r, ok, idle := result{}, true, false
		select {
		case r, ok = <-results: // usually one is there, and waiting for one of two things takes longer
		default:
			select {
			case r, ok = <-results:
			case <-tick.C:
				idle = true
			}
		}
		var err error
		switch {
		case !ok:
			return errors.Join(o.flush(), s.flush())
		case idle && fresh == 0:
		case idle, fresh == many:
			fresh, err = 0, s.flush()
		}
		if err == nil && !idle {
			fresh++
			err = o.add(r)
		}
		if err != nil {
			return err
		}
	}
}

func (s *Scan) flush() error {
	if s.Flush == nil {
		return nil
	}
	return s.Flush()
}

// failure is the row of a file that cannot be read.
func (s *Scan) failure(name string, err error) *report.Report {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // the row names the file
	}
	return &report.Report{
		SchemaVersion: report.SchemaVersion, ToolVersion: s.Analyzer.ToolVersion, Depth: s.depth(),
		File: report.File{Path: report.ValidUTF8(name)}, Error: &report.Error{Message: err.Error()},
	}
}

// errSeen says that there is a row for a file already.
var errSeen = errors.New("seen before")

// look reports on a file, and yields the rows of what is inside where it is an archive. It returns the row of the file itself.
func (s *Scan) look(ctx context.Context, f found, yield func(*report.Report) bool) (*report.Report, error) {
	if s.begun != nil {
		s.begun(f.path)
	}
	if f.err != nil {
		return nil, f.err
	}
	if s.Seen != nil {
		if info, err := os.Stat(f.path); err == nil && s.Seen.has(f.path, "", info.Size(), info.ModTime()) {
			return nil, errSeen
		}
	}
	return s.report(ctx, f.path, yield)
}

// report opens a file and reports on it. The row of an archive says that there are rows for all of its members, so it comes last.
func (s *Scan) report(ctx context.Context, name string, yield func(*report.Report) bool) (*report.Report, error) {
	f, info, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s.stats.bytes.Add(info.size)
	r := &reading{ReaderAt: f}
	row, err := s.reporter.Report(analyze.Reader(r, info.size, report.File{Path: name, Modified: rfc3339(info.modified)}))
	if err != nil {
		return nil, err
	}
	if IsArchive(row) {
		if err := s.members(ctx, r, row, yield); err != nil {
			return nil, err
		}
	}
	// By headers alone it is asked only where it may tell something: a dump that is still being copied looks cut.
	if r.short || row.Verdict == report.Damaged || s.depth() != report.DepthHeader {
		if now, err := f.stat(); err == nil && (now.size != info.size || !now.modified.Equal(info.modified)) {
			changed(row, now.size)
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

// members yields a row for each dump in an archive.
func (s *Scan) members(ctx context.Context, r io.ReaderAt, archive *report.Report, yield func(*report.Report) bool) error {
	inside := Archives{Analyzer: &s.reporter, Limit: s.ArchiveLimit, Want: func(name string) bool {
		name = path.Base(strings.ReplaceAll(name, `\`, "/"))
		return (s.All || matches(dumpNames, name) || matches(archiveNames, name) || matches(s.Include, name)) && !matches(s.Exclude, name)
	}}
	file := report.File{Path: archive.File.Path, Modified: archive.File.Modified}
	n := 0
	for row, err := range inside.Reports(ctx, r, *archive.File.Size, file) {
		if err != nil {
			return err
		}
		if row.File.Member == "" { // what is wrong with the archive itself
			archive.Findings = append(archive.Findings, row.Findings...)
			continue
		}
		n++
		if size, modified, ok := identity(row.File); ok && s.Seen.has(row.File.Path, row.File.Member, size, modified) {
			continue // left from a scan that ended inside this archive
		}
		if !yield(row) {
			break
		}
	}
	if n > 0 {
		archive.Error = &report.Error{Message: fmt.Sprintf("an archive (%s): what is inside has rows of its own, %d in all", archive.Dump.What, n)}
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
