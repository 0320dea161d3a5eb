package batch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
	Timeout      time.Duration // how long a file may take from one row to the next; 0 is a minute
	Sorted       bool          // rows come in the order of the walk
	ArchiveLimit int64         // how large a member of an archive may be to be looked at wholly, in bytes; 0 is 256 MiB

	Shard, Shards int // look at the files of shard Shard, from 0, of so many

	// SkipFailure says whether there is a row already that says the same of a file that cannot be read. Such a file is tried again each
	// time, because it can be readable the next time without having changed.
	SkipFailure func(row *report.Report) bool

	// Skip says whether there is a row for a file already, by its path, the member of an archive, size and time of change.
	Skip func(name, member string, size int64, modified time.Time) bool

	stats counters
}

// Stats counts what a scan has done.
type Stats struct {
	Found     int64 // files that the walk met
	Skipped   int64 // of them were those that Skip has a row for
	Done      int64 // files that were looked at
	Rows      int64 // rows, of which archives have one for each member
	Dumps     int64 // rows of kernel dumps
	Damaged   int64 // rows of damaged ones
	Failed    int64 // files that could not be read
	Abandoned int64 // of them took too long
	Bytes     int64 // length of the files that were looked at
}

type counters struct {
	found, skipped, done, rows, dumps, damaged, failed, abandoned, bytes atomic.Int64
}

// Stats returns what was done so far. It may be called while Run works.
func (s *Scan) Stats() Stats {
	c := &s.stats
	return Stats{c.found.Load(), c.skipped.Load(), c.done.Load(), c.rows.Load(), c.dumps.Load(), c.damaged.Load(), c.failed.Load(), c.abandoned.Load(), c.bytes.Load()}
}

// Remaining is how many files were met and not looked at.
func (s Stats) Remaining() int64 { return s.Found - s.Skipped - s.Done }

// defaultTimeout is how long a file may take from one row to the next.
const defaultTimeout = time.Minute

// window is how many files may be ahead of the first whose rows are not written yet, for each job, where rows are sorted.
const window = 64

// result is a row, or with last the end of a file's rows.
type result struct {
	index   int
	row     *report.Report
	content *key   // what the content of a dump is compared by, where that is wanted
	path    string // as the walk met it: the row's has no bytes that are no UTF-8
	last    bool
}

// Run looks at the files and folders named, and calls yield for each row, from this goroutine. A file that cannot be read is a row that
// says why. When the context ends, no new file is begun, and those that are being looked at are finished. The error is that of yield.
func (s *Scan) Run(ctx context.Context, names iter.Seq[string], yield func(*report.Report) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	jobs := s.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	files := make(chan found, jobs)
	results := make(chan result, 4*jobs)
	var ahead chan struct{}
	if s.Sorted {
		ahead = make(chan struct{}, window*jobs)
	}
	go func() {
		defer close(files)
		w := walk{Scan: s, ctx: ctx, out: files, ahead: ahead}
		for name := range names {
			if ctx.Err() != nil {
				return
			}
			w.root(name)
		}
	}()
	var workers sync.WaitGroup
	for range jobs {
		workers.Go(func() { s.worker(ctx, files, results) })
	}
	go func() {
		workers.Wait()
		close(results)
	}()
	seen := duplicates{ctx: ctx, timeout: cmp.Or(s.Timeout, defaultTimeout)}
	o := order{sorted: s.Sorted, ahead: ahead, yield: func(r result) error {
		if r.content != nil {
			seen.mark(r.row, *r.content, r.path)
		}
		s.count(r.row)
		return yield(r.row)
	}}
	var err error
	for r := range results {
		if err == nil {
			if err = o.add(r); err != nil {
				stop()
			}
		}
	}
	if err == nil {
		err = o.flush()
	}
	return err
}

func (s *Scan) count(r *report.Report) {
	s.stats.rows.Add(1)
	if r.Dump != nil && r.Verdict != report.NotADump {
		s.stats.dumps.Add(1)
	}
	if r.Verdict == report.Damaged {
		s.stats.damaged.Add(1)
	}
}

// order puts rows into the order of the walk, or leaves them as they come.
type order struct {
	sorted  bool
	ahead   <-chan struct{} // gives back a token for each file whose rows are all written
	yield   func(result) error
	next    int
	waiting map[int][]result // rows of files behind the next one
}

func (o *order) add(r result) error {
	if !o.sorted {
		return o.write(r)
	}
	if r.index != o.next {
		if o.waiting == nil {
			o.waiting = map[int][]result{}
		}
		o.waiting[r.index] = append(o.waiting[r.index], r)
		return nil
	}
	if err := o.write(r); err != nil {
		return err
	}
	for r.last {
		o.next++
		list := o.waiting[o.next]
		delete(o.waiting, o.next)
		r = result{}
		for _, r = range list {
			if err := o.write(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *order) write(r result) error {
	if !r.last {
		return o.yield(r)
	}
	if o.ahead != nil {
		<-o.ahead
	}
	return nil
}

// flush writes what waits for files that were not looked at, because the scan was ended.
func (o *order) flush() error {
	for _, index := range slices.Sorted(maps.Keys(o.waiting)) {
		for _, r := range o.waiting[index] {
			if r.last {
				continue
			}
			if err := o.yield(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// worker looks at files, one after another. A file that takes too long for a row is abandoned with the goroutine that looks at it, and
// another one goes on: a dead mount can hold a reader for ever.
func (s *Scan) worker(ctx context.Context, files <-chan found, results chan<- result) {
	timeout := s.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	look := s.newLooker(ctx)
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	defer func() { close(look.files) }()
	for {
		var f found
		var ok bool
		select {
		case f, ok = <-files:
		case <-ctx.Done():
		}
		if !ok || ctx.Err() != nil {
			return
		}
		timer.Reset(timeout)
		look.files <- f
		for busy := true; busy; {
			select {
			case r := <-look.results:
				results <- r
				if busy = !r.last; busy {
					timer.Reset(timeout)
				}
			case <-timer.C:
				close(look.abandoned)
				close(look.files)
				look = s.newLooker(ctx)
				s.stats.done.Add(1)
				s.stats.failed.Add(1)
				s.stats.abandoned.Add(1)
				if row := s.failure(f.path, fmt.Errorf("given up: no answer within %v", timeout)); s.SkipFailure == nil || !s.SkipFailure(row) {
					results <- result{index: f.index, row: row}
				}
				results <- result{index: f.index, last: true}
				busy = false
			}
		}
	}
}

// looker is a goroutine that looks at the files that it is given.
type looker struct {
	files     chan found
	results   chan result
	abandoned chan struct{} // closed where nobody waits for its results any more
}

func (s *Scan) newLooker(ctx context.Context) *looker {
	l := &looker{make(chan found), make(chan result), make(chan struct{})}
	go func() {
		for f := range l.files {
			send := func(r result) bool {
				select {
				case l.results <- r:
					return true
				case <-l.abandoned:
					return false
				}
			}
			skipped := s.look(ctx, f, func(r *report.Report, content *key) bool {
				return send(result{index: f.index, row: r, content: content, path: f.path})
			})
			if !skipped && !closed(l.abandoned) {
				s.stats.done.Add(1)
			}
			send(result{index: f.index, last: true})
		}
	}()
	return l
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// failure is the row of a file that cannot be read.
func (s *Scan) failure(name string, err error) *report.Report {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // the row names the file
	}
	return &report.Report{
		SchemaVersion: report.SchemaVersion, ToolVersion: s.Analyzer.ToolVersion, Depth: string(s.depth()),
		File: report.File{Path: report.ValidUTF8(name)}, Error: &report.Error{Message: err.Error()},
	}
}

func (s *Scan) depth() analyze.Depth {
	if s.Analyzer.Depth == "" {
		return analyze.Full
	}
	return s.Analyzer.Depth
}

// look reports on a file, and on what is inside where it is an archive. It is skipped where there are rows for it already.
func (s *Scan) look(ctx context.Context, f found, yield func(*report.Report, *key) bool) (skipped bool) {
	if s.Skip != nil {
		if info, err := os.Stat(f.path); err == nil && s.Skip(f.path, "", info.Size(), info.ModTime()) {
			s.stats.skipped.Add(1)
			return true
		}
	}
	if f.err == nil {
		f.err = s.report(ctx, f.path, yield)
	}
	switch {
	case f.err == nil || errors.Is(f.err, context.Canceled): // an archive that was left in the middle is looked at again
	default:
		s.stats.failed.Add(1)
		if row := s.failure(f.path, f.err); s.SkipFailure == nil || !s.SkipFailure(row) {
			yield(row, nil)
		}
	}
	return false
}

// report opens a file and yields its rows.
func (s *Scan) report(ctx context.Context, name string, yield func(*report.Report, *key) bool) error {
	file, err := openFile(name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errNotRegular
	}
	s.stats.bytes.Add(info.Size())
	modified := info.ModTime().UTC()
	a := s.Analyzer
	a.Brief = true
	row, err := a.Reader(file, info.Size(), report.File{Path: name, Modified: &modified})
	if err != nil {
		return err
	}
	var content *key
	if s.depth() != analyze.Header {
		if k, ok := contentKey(file, info.Size()); ok && row.Verdict != report.NotADump {
			content = &k
		}
		if now, err := file.Stat(); err == nil && (now.Size() != info.Size() || !now.ModTime().Equal(info.ModTime())) {
			changed(row, now.Size())
		}
	}
	if IsArchive(row) {
		if err := s.members(ctx, &a, file, row, yield); err != nil {
			return err
		}
	}
	yield(row, content) // of an archive last: it says that there are rows for all of its members
	return nil
}

// members yields a row for each dump in an archive.
func (s *Scan) members(ctx context.Context, a *analyze.Analyzer, r io.ReaderAt, archive *report.Report, yield func(*report.Report, *key) bool) error {
	inside := Archives{Analyzer: a, Limit: s.ArchiveLimit, Want: func(name string) bool {
		name = path.Base(strings.ReplaceAll(name, `\`, "/"))
		return s.wants(name) && !matches(s.Exclude, name)
	}}
	file := report.File{Path: archive.File.Path, Modified: archive.File.Modified}
	for row, err := range inside.Reports(ctx, r, *archive.File.Size, file) {
		if err != nil {
			return err
		}
		if row.File.Member == "" { // what is wrong with the archive itself
			archive.Findings = append(archive.Findings, row.Findings...)
			continue
		}
		size, modified, ok := identity(row.File)
		if s.Skip != nil && ok && s.Skip(row.File.Path, row.File.Member, size, modified) {
			continue // left from a scan that ended inside this archive
		}
		if !yield(row, nil) {
			break
		}
	}
	return nil
}

const fileChanged = "file-changed"

// changed notes that a file changed while it was looked at.
func changed(row *report.Report, size int64) {
	row.Findings = append(row.Findings, report.Finding{
		ID: fileChanged, Severity: "warning", Message: fmt.Sprintf("the file changed while it was looked at, and has %d bytes now: it is still being written", size),
		Next: "look at it again when it is finished",
	})
}
