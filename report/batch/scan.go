package batch

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"time"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/batch/archive"
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

	// Memory is how many bytes all that is read at a time may take, most of which is what archives unpack to; 0 bounds nothing but each
	// member. Members of archives wait for it, and of one that can never fit only the head is looked at: rows do not depend on Jobs.
	Memory int64

	// Duplicates is how files with the same content as an earlier one are found, at depths other than header: DuplicatesBySamples, which
	// empty is too, DuplicatesExact or DuplicatesOff.
	Duplicates string

	Whole bool // rows have long lists too: modules, streams, contents, memory runs, registers

	Shard, Shards int // look at the files of shard Shard, from 0, of so many

	// Seen are the rows that earlier scans left: what has one is not looked at again.
	Seen *Seen

	// Encode appends the line of a row to b, as record.AppendJSONL does: it is called where several files are looked at at a time, and for
	// a row that is changed later once more. nil is for rows without lines.
	Encode func(b []byte, row *report.Report) ([]byte, error)

	// Flush is called from time to time after rows were yielded, and at the end, from the goroutine of Run. Its error ends the scan.
	Flush func() error

	stats counters
	begun func(name string) // for tests: a file is about to be looked at
}

// defaultTimeout is how long a file may take from one row to the next.
const defaultTimeout = time.Minute

func (s *Scan) timeout() time.Duration {
	if s.Timeout <= 0 {
		return defaultTimeout
	}
	return s.Timeout
}

func (s *Scan) choice() *choice {
	return &choice{include: s.Include, exclude: s.Exclude, all: s.All, shard: s.Shard, shards: s.Shards}
}

// finder returns what finds duplicates, and what takes the samples for it: nil where they are not asked for.
func (s *Scan) finder(ctx context.Context) (*duplicates, *sampleKey) {
	if s.Duplicates == DuplicatesOff || s.Analyzer.Depth == report.DepthHeader {
		return nil, nil
	}
	d := &duplicates{seen: s.Seen}
	if s.Duplicates == DuplicatesExact {
		d.exact = &exactHashes{ctx: ctx, timeout: s.timeout(), seen: s.Seen}
	}
	k := newSampleKey()
	if s.Seen != nil && s.Seen.keyed {
		k = s.Seen.key
	}
	return d, &k
}

// looker returns what a worker looks at files with.
func (s *Scan) looker(k *sampleKey, memory *archive.Share) looker {
	a := s.Analyzer
	a.Brief = !s.Whole
	var samples *sampler
	if k != nil {
		samples = &sampler{key: *k}
	}
	return looker{
		analyzer: &a, seen: s.Seen, bytes: &s.stats.bytes, read: &s.stats.read, reads: &s.stats.reads, begun: s.begun, samples: samples,
		archives: archive.Reader{Analyzer: &a, Limit: s.ArchiveLimit, Memory: memory, Want: s.choice().wantsMember},
	}
}

// result is a row, or the end of a file's rows, or both.
type result struct {
	index int
	path  string         // as the walk met it: the row's has no bytes that are no UTF-8
	row   *report.Report // nil for no row
	line  *[]byte        // of the row, nil where lines are not asked for
	err   error          // why there is no line
	last  bool           // no more rows of this file follow
}

// queued is how many files, and results, wait: enough that nobody waits for a goroutine to be woken. Rows take memory, so that their number
// does not grow with the jobs.
const queued = 64

// flushEvery is how long a row may be kept back.
const flushEvery = 100 * time.Millisecond

// Run looks at the files and folders named, and calls yield for each row, from this goroutine. A file that cannot be read is a row that
// says why. The line is what Encode made of the row, and gone when yield returns. When the context ends, no new file is begun, and those
// that are being looked at are finished. The error is that of yield, of Encode or of Flush.
func (s *Scan) Run(ctx context.Context, names iter.Seq[string], yield func(row *report.Report, line []byte) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	jobs := s.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	files := make(chan found, queued)
	results := make(chan result, queued)
	o := order{sorted: s.Sorted}
	if s.Sorted {
		o.ahead = make(chan struct{}, window+jobs)
	}
	go func() {
		defer close(files)
		to := sender{ctx: ctx, out: files, ahead: o.ahead, found: &s.stats.found}
		w := walk{ctx: ctx, timeout: s.timeout(), choice: s.choice(), visit: to.send}
		for name := range names {
			if ctx.Err() != nil {
				return
			}
			w.root(name)
		}
	}()
	var budget *archive.Budget // nil for none
	if s.Memory > 0 {
		budget = archive.NewBudget(s.Memory)
	}
	lines := &lines{encode: s.Encode}
	same, key := s.finder(ctx)
	go func() {
		defer close(results)
		work(jobs, s.timeout(), func() *worker {
			var memory *archive.Share
			if budget != nil {
				memory = &archive.Share{Budget: budget}
			}
			w := &worker{
				looker: s.looker(key, memory), same: same, ctx: ctx, files: files, results: results, lines: lines, stats: &s.stats,
			}
			if memory != nil {
				memory.Around = w.wait
			}
			return w
		})
	}()
	o.yield = func(r result) error {
		if same != nil && same.mark(r.row, r.path) {
			lines.of(&r)
		}
		if r.err != nil {
			return r.err
		}
		s.stats.row(r.row)
		if r.line == nil {
			return yield(r.row, nil)
		}
		defer lines.room.Put(r.line)
		return yield(r.row, *r.line)
	}
	err := deliver(results, &o, s.flush)
	if err != nil {
		stop()
		for range results { // until the workers have noticed
		}
	}
	return err
}

// deliver yields what workers send, until they are all done. It flushes when no row has come for a while, and after many.
func deliver(results <-chan result, o *order, flush func() error) error {
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
			return errors.Join(o.flush(), flush())
		case idle && fresh == 0:
		case idle, fresh == many:
			fresh, err = 0, flush()
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
