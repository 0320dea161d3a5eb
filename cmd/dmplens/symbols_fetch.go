package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/dmplens/dmplens/dmpfile/symstore"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/text"
)

// fetchers is how many files are fetched at a time: small ones take most of their time to wait.
const fetchers = 4

// fetching is how far a fetch is.
type fetching struct {
	path *symstore.Path

	mu                    sync.Mutex // of all that follows
	asked, done           int
	fetched, none, failed int
	bytes                 int64
	now                   string          // the file that was begun last
	kept                  int64           // bytes of files that are in a store now
	lines                 io.Writer       // where what happened is told
	told                  map[string]bool // what was told of servers
}

// fetch fetches what is missing, and says what the dumps need then: an image that came names its PDB, and can show more of a stack.
func (c *command) fetch(by *neededBy, needed *analyze.Symbols) (*analyze.Symbols, int) {
	if len(needed.Missing()) == 0 {
		fmt.Fprintln(c.stderr, "dmplens: nothing is missing that can be asked for")
		return needed, exitOK
	}
	ctx, stop := untilInterrupted()
	defer stop()
	fmt.Fprintf(c.stderr, "dmplens: asking %s\n", text.Clean(strings.Join(by.path.Servers(), ", ")))
	f := &fetching{path: by.path, lines: c.stderr, told: make(map[string]bool)}
	end := f.show(c)
	asked := make(map[symstore.ID]bool)
	for ctx.Err() == nil {
		var ids []symstore.ID
		for _, id := range needed.Missing() {
			if !asked[id] {
				asked[id] = true
				ids = append(ids, id)
			}
		}
		if len(ids) == 0 {
			break
		}
		f.files(ctx, ids)
		needed, _ = c.read(by)
	}
	end()
	fmt.Fprintf(c.stderr, "dmplens: fetched %s; %d on no server, %d failed\n", text.Clean(f.total()), f.none, f.failed)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(c.stderr, "dmplens: interrupted: what was fetched is kept, and the same command goes on")
		return needed, exitInterrupted
	case f.failed > 0:
		return needed, exitFinding
	}
	return needed, exitOK
}

// total says how much was fetched, and where it is.
func (f *fetching) total() string {
	files := plural(int64(f.fetched), "file")
	if f.fetched == 0 {
		return files
	}
	return fmt.Sprintf("%s, %s, into %s", files, sizeText(f.kept), strings.Join(f.path.Filled(), ", "))
}

// files fetches files, some at a time.
func (f *fetching) files(ctx context.Context, ids []symstore.ID) {
	f.mu.Lock()
	f.asked += len(ids)
	f.mu.Unlock()
	next := make(chan symstore.ID)
	var workers sync.WaitGroup
	for range min(fetchers, len(ids)) {
		workers.Go(func() {
			for id := range next {
				f.file(ctx, id)
			}
		})
	}
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		next <- id
	}
	close(next)
	workers.Wait()
}

// file fetches one file, and tells what became of it.
func (f *fetching) file(ctx context.Context, id symstore.ID) {
	f.mu.Lock()
	f.now = id.Name()
	f.mu.Unlock()
	before := int64(-1) // what an earlier run left counts for that one
	file, err := f.path.Fetch(ctx, id, func(done, _ int64) {
		f.mu.Lock()
		if before >= 0 {
			f.bytes += done - before
		}
		before = done
		f.mu.Unlock()
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil && err != nil {
		return
	}
	f.done++
	var nowhere *symstore.NotFoundError
	switch {
	case err == nil:
		defer file.Close()
		f.fetched++
		f.kept += file.Size
		f.tell("fetched %s, %s", id, sizeText(file.Size))
	case errors.As(err, &nowhere) && !nowhere.Failed && len(nowhere.Refused) == 0:
		f.none++
		f.tell("no server has %s", id)
	case nowhere != nil:
		f.failed++
		f.tellNowhere(nowhere)
	default:
		f.failed++
		f.tell("%s: %v", id, err)
	}
}

// tellNowhere tells why a file was not fetched. What is of a server, that it is down or has a page for everything, is told once, not for every file.
func (f *fetching) tellNowhere(nowhere *symstore.NotFoundError) {
	ofFile := false
	for _, r := range nowhere.Refused {
		switch what := r.Error(); {
		case !errors.As(r, new(*symstore.DownError)) && !errors.Is(r, symstore.ErrPage):
			ofFile = true
		case !f.told[what]:
			f.told[what] = true
			f.tell("%s", what)
		}
	}
	if ofFile {
		f.tell("%v", nowhere) // it names the file
	}
}

func (f *fetching) tell(format string, args ...any) {
	fmt.Fprintf(f.lines, "dmplens: %s\n", text.Clean(fmt.Sprintf(format, args...)))
}

// show shows how far the fetch is in a line, if standard error is a terminal; what is told then stands above it. It returns what takes the line away.
func (f *fetching) show(c *command) (end func()) {
	screen, shown := terminal(c.stderr)
	if !shown {
		return func() {}
	}
	bars := mpb.New(mpb.WithOutput(screen))
	f.lines = bars
	bar := bars.New(0, mpb.NopStyle(), mpb.BarRemoveOnComplete(), mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return f.line() })))
	return func() {
		bar.Abort(true)
		bars.Wait()
	}
}

func sizeText(n int64) string {
	if n < 1<<10 {
		return plural(n, "byte")
	}
	return bytesText(n)
}

// line says how far the fetch is.
func (f *fetching) line() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fmt.Sprintf("%d of %d files, %s: %s", f.done, f.asked, sizeText(f.bytes), text.Clean(f.now))
}
