package batch

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dmplens/dmplens/report"
)

// worker looks at files, one after another, in a goroutine of its own. A dead mount can hold it for ever: then it is abandoned, and
// another one takes its place.
type worker struct {
	looker
	same    *duplicates // nil where they are not asked for
	ctx     context.Context
	files   <-chan found
	results chan<- result
	lines   *lines
	stats   *counters

	// state is odd while the worker looks at a file, and even while it waits or hands over a row. It grows with each change, so that
	// the same odd number twice is no progress.
	state   atomic.Uint64
	current found // what the worker looks at; others may read it once the worker is abandoned
}

// abandoned is the state of a worker for which nobody waits any more.
const abandoned = ^uint64(0)

// pause says that the worker does not look at its file for now. It returns false if nobody waits for it any more.
func (w *worker) pause() bool {
	busy := w.state.Load()
	return busy != abandoned && w.state.CompareAndSwap(busy, busy+1)
}

// wait calls what waits for other workers, unless nobody waits for this one any more.
func (w *worker) wait(f func()) {
	if w.pause() {
		f()
		w.state.Add(1)
	}
}

// next returns the next file, if there is one and the context has not ended.
func (w *worker) next() (f found, ok bool) {
	select {
	case f, ok = <-w.files: // usually one is there, and waiting for one of two things takes longer
	default:
		select {
		case f, ok = <-w.files:
		case <-w.ctx.Done():
		}
	}
	return f, ok && w.ctx.Err() == nil
}

// run returns false if the worker was abandoned.
func (w *worker) run() bool {
	for {
		f, ok := w.next()
		if !ok {
			return true
		}
		w.current = f
		w.state.Add(1)
		row, err := w.look(w.ctx, f, w.member)
		if !w.pause() {
			return false
		}
		if w.same != nil && w.same.exact != nil && row != nil {
			if k, ok := contentKey(row); ok {
				w.same.exact.add(k, f.path)
			}
		}
		w.finish(f, row, err)
	}
}

// member sends the row of something inside the file. It returns false if nobody waits for it any more.
func (w *worker) member(row *report.Report) bool {
	if !w.pause() {
		return false
	}
	w.send(w.current, row, false)
	w.state.Add(1)
	return true
}

// send hands a row over.
func (w *worker) send(f found, row *report.Report, last bool) {
	r := result{index: f.index, path: f.path, row: row, last: last}
	w.lines.of(&r)
	w.results <- r
}

// finish counts a file and sends its last row, if it has one. Of an abandoned worker it is called by another goroutine, and does not look at
// files.
func (w *worker) finish(f found, row *report.Report, err error) {
	switch {
	case err == nil:
		w.stats.done.Add(1)
	case errors.Is(err, errSeen):
		w.stats.skipped.Add(1)
	case errors.Is(err, context.Canceled): // an archive that was left in the middle is looked at again
	default:
		w.stats.done.Add(1)
		w.stats.failed.Add(1)
		// Such a file is tried again each time, because it can become readable without being changed.
		if row = w.failure(f.path, err); w.seen.hasFailure(row) {
			row = nil
		}
	}
	w.send(f, row, true)
}

// work lets so many workers look at files, until there are no more or the context ends.
func work(jobs int, timeout time.Duration, newWorker func() *worker) {
	var busy sync.WaitGroup
	begin := func() *worker {
		w := newWorker()
		go func() {
			if w.run() { // else another one has taken its place
				busy.Done()
			}
		}()
		return w
	}
	workers := make([]*worker, jobs)
	busy.Add(jobs)
	for i := range workers {
		workers[i] = begin()
	}
	done := make(chan struct{})
	go func() {
		busy.Wait()
		close(done)
	}()
	tick := time.NewTicker(max(timeout/8, time.Millisecond))
	defer tick.Stop()
	since := make([]time.Time, jobs)
	last := make([]uint64, jobs)
	for {
		select {
		case <-done:
			return
		case now := <-tick.C:
			for i, w := range workers {
				state := w.state.Load()
				if state != last[i] {
					last[i], since[i] = state, now
				}
				if state%2 == 0 || now.Sub(since[i]) < timeout {
					continue
				}
				if !w.state.CompareAndSwap(state, abandoned) {
					continue
				}
				w.archives.Memory.Release() // it may never come back
				workers[i], last[i] = begin(), 0
				w.stats.abandoned.Add(1)
				w.finish(w.current, nil, givenUp(timeout))
			}
		}
	}
}
