package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/dmplens/dmplens/report/batch"
)

// rowWriter is where the rows of a scan go.
type rowWriter struct{ io.Writer }

// scanProgress shows how far a scan is, in a line on a terminal.
type scanProgress struct {
	bars *mpb.Progress // nil where nobody looks
	bar  *mpb.Bar
	stop context.CancelFunc
	done chan struct{}
	rows *rowWriter
	to   io.Writer // where the rows go when the line is gone
}

// toPipe says whether what is written goes to another program: one that pages has the terminal for itself.
func toPipe(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeNamedPipe != 0
}

// newProgress begins to show how far a scan is, if standard error is a terminal and standard output no pipe. Rows that go to a terminal too are written above the
// line.
func (c *command) newProgress(s *batch.Scan, paths []string, rows *rowWriter) *scanProgress {
	screen, shown := terminal(c.stderr)
	if !shown || toPipe(rows.Writer) {
		return &scanProgress{}
	}
	p := &scanProgress{done: make(chan struct{}), rows: rows, to: rows.Writer}
	if f, ok := terminal(rows.Writer); ok {
		screen = f
	}
	p.bars = mpb.New(mpb.WithOutput(screen))
	if rows.Writer == io.Writer(screen) {
		rows.Writer = p.bars
	}
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	counted := make(chan struct{})
	go func() {
		defer close(counted)
		s.Count(ctx, paths)
	}()
	start := time.Now()
	p.bar = p.bars.New(0, mpb.NopStyle(), mpb.BarRemoveOnComplete(), mpb.PrependDecorators(decor.Any(func(decor.Statistics) string {
		return progressLine(s.Stats(), time.Since(start))
	})))
	go func() {
		defer close(p.done)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.bar.SetTotal(s.Stats().Total()+1, false)
				p.bar.SetCurrent(s.Stats().Done)
			case <-ctx.Done():
				<-counted
				return
			}
		}
	}()
	return p
}

// progressLine is one line: what was done, how fast, and how long the rest will take.
func progressLine(s batch.Stats, elapsed time.Duration) string {
	line := fmt.Sprintf("%d of %d files, %d dumps, %s", s.Done+s.Skipped, s.Total(), s.Dumps, bytesText(s.Bytes))
	rate := float64(s.Done) / max(elapsed.Seconds(), 0.001)
	if elapsed > time.Second && rate > 0 {
		left := time.Duration(float64(s.Remaining()) / rate * float64(time.Second))
		line += fmt.Sprintf(", %.0f files/s, %s left", rate, left.Round(time.Second))
		if !s.Counted {
			line += " of what was found"
		}
	}
	return line
}

func bytesText(n int64) string { return fmt.Sprintf("% .1f", decor.SizeB1024(n)) }

// end takes the line away.
func (p *scanProgress) end() {
	if p.bars == nil {
		return
	}
	p.stop()
	<-p.done
	p.bar.Abort(true)
	p.bars.Wait()
	p.rows.Writer = p.to
}
