package main

import (
	"fmt"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/dmplens/dmplens/report/batch"
)

// scanProgress shows how far a scan is, on a terminal's standard error.
type scanProgress struct {
	bars *mpb.Progress // nil where nobody looks
	bar  *mpb.Bar
	stop chan struct{}
	done chan struct{}
}

func (c *command) newProgress(s *batch.Scan) *scanProgress {
	stderr, shown := terminal(c.stderr)
	if !shown {
		return &scanProgress{}
	}
	p := &scanProgress{bars: mpb.New(mpb.WithOutput(stderr)), stop: make(chan struct{}), done: make(chan struct{})}
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
				p.bar.SetTotal(s.Stats().Found+1, false)
				p.bar.SetCurrent(s.Stats().Done)
			case <-p.stop:
				return
			}
		}
	}()
	return p
}

// progressLine is one line: what was done, how fast, and how long what is known to be left will take.
func progressLine(s batch.Stats, elapsed time.Duration) string {
	line := fmt.Sprintf("%d of %d files, %d dumps, %s", s.Done+s.Skipped, s.Found, s.Dumps, bytesText(s.Bytes))
	rate := float64(s.Done) / max(elapsed.Seconds(), 0.001)
	if elapsed > time.Second && rate > 0 {
		left := time.Duration(float64(s.Remaining()) / rate * float64(time.Second))
		line += fmt.Sprintf(", %.0f files/s, %s left of what was found", rate, left.Round(time.Second))
	}
	return line
}

func bytesText(n int64) string { return fmt.Sprintf("% .1f", decor.SizeB1024(n)) }

func (p *scanProgress) end() {
	if p.bars == nil {
		return
	}
	close(p.stop)
	<-p.done
	p.bar.Abort(true)
	p.bars.Wait()
}
