package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/batch"
)

// interrupted returns what an interrupted scan has left undone. Counting that takes a while, so somebody waits for it.
func (c *command) interrupted(s *batch.Scan, paths []string, rows int64) string {
	if len(paths) > 0 && !s.Stats().Counted {
		ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
		defer stop()
		s.Count(ctx, paths)
	}
	stats := s.Stats()
	least := "at least "
	if stats.Counted {
		least = ""
	}
	return fmt.Sprintf("interrupted: %s written, %s%d more files not looked at", plural(rows, "row"), least, stats.Remaining())
}

// scanned says at the end what a scan did, and returns the exit code.
func (c *command) scanned(s *batch.Scan, rows int64, code int) int {
	stats := s.Stats()
	if _, shown := terminal(c.stderr); shown {
		fmt.Fprintf(c.stderr, "dmplens: %s\n", summary(rows, stats))
	}
	if stats.Done+stats.Skipped == 0 {
		c.complain(errors.New("no file was looked at: names end in .dmp, or are those of archives; --all looks at every file"))
	}
	if stats.Done > 0 && stats.Failed == stats.Done && stats.Skipped == 0 {
		return exitUnusable
	}
	return code
}

// summary says in one line what a scan did.
func summary(rows int64, s batch.Stats) string {
	parts := []string{plural(rows, "row"), plural(s.Dumps, "kernel dump")}
	for _, x := range []struct {
		n    int64
		what string
	}{{s.Damaged, string(report.Damaged)}, {s.Failed, "unreadable"}, {s.Abandoned, "given up"}, {s.Skipped, "known already"}} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", x.n, x.what))
		}
	}
	return strings.Join(parts, ", ")
}

func plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
