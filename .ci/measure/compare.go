//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// A comparison is a command of dmplens, beside one that nothing can be faster than.
type comparison struct {
	name     string
	args     []string
	bare     []string // empty for none
	bareName string
	rounds   int  // 0 is as many as were asked for
	cpu      bool // the ratio is of CPU, not of time
	per      int  // how many units the command handles; 0 for none
	unit     string
}

// cost is what a run of a process takes.
type cost struct {
	wall, cpu time.Duration
	peak      int64 // KiB
}

// line is a row of the table.
type line struct {
	name  string
	cells [8]string
}

// compare runs the commands in turns.
func (m *measurement) compare(c comparison) error {
	if !m.wants(c.name) {
		return nil
	}
	fmt.Fprintln(os.Stderr, c.name, "...")
	commands := [][]string{append([]string{m.binary}, c.args...), c.bare, nil}
	if m.against != "" {
		commands[2] = append([]string{m.against}, c.args...)
	}
	rounds := c.rounds
	if rounds == 0 {
		rounds = m.rounds
	}
	costs := make([][]cost, len(commands))
	for round := range rounds + 1 {
		for i, command := range commands {
			if len(command) == 0 {
				continue
			}
			x, err := run(command)
			if err != nil {
				return err
			}
			if round > 0 { // the first warms up
				costs[i] = append(costs[i], x)
			}
		}
	}
	measure := func(x cost) float64 {
		if c.cpu {
			return float64(x.cpu)
		}
		return float64(x.wall)
	}
	l := line{name: c.name, cells: cells(costs[0])}
	if c.per > 0 {
		l.cells[3] = fmt.Sprintf("%.0f %s/s", float64(c.per)/median(costs[0], func(x cost) float64 { return x.wall.Seconds() }), c.unit)
	}
	if c.bare != nil {
		l.cells[4] = fmt.Sprintf("%s %.1f", c.bareName, median(costs[1], measure)/1e6)
		r := ratio(costs[0], costs[1], measure)
		if c.cpu {
			l.cells[5] = fmt.Sprintf("%.2f times", r)
		} else {
			l.cells[5] = fmt.Sprintf("%.0f %% of its rate", 100/r)
		}
	}
	if m.against != "" {
		other := cells(costs[2])
		l.cells[6] = strings.Join(other[:3], " / ")
		l.cells[7] = fmt.Sprintf("%.2f", ratio(costs[2], costs[0], measure))
	}
	m.lines = append(m.lines, l)
	return nil
}

// run runs a command, and throws away what it prints.
func run(command []string) (cost, error) {
	x := exec.Command(command[0], command[1:]...)
	var stderr bytes.Buffer
	x.Stderr = &stderr
	start := time.Now()
	err := x.Run()
	wall := time.Since(start)
	if x.ProcessState == nil || x.ProcessState.ExitCode() < 0 || x.ProcessState.ExitCode() > 1 { // 1 is for a dump that is not complete
		return cost{}, fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, &stderr)
	}
	return cost{wall, x.ProcessState.UserTime() + x.ProcessState.SystemTime(), x.ProcessState.SysUsage().(*syscall.Rusage).Maxrss}, nil
}

// cells are the medians of time, CPU and memory.
func cells(costs []cost) (c [8]string) {
	c[0] = fmt.Sprintf("%.1f", median(costs, func(x cost) float64 { return x.wall.Seconds() * 1e3 }))
	c[1] = fmt.Sprintf("%.1f", median(costs, func(x cost) float64 { return x.cpu.Seconds() * 1e3 }))
	c[2] = fmt.Sprintf("%.0f", median(costs, func(x cost) float64 { return float64(x.peak) / 1024 }))
	return c
}

func median(costs []cost, of func(cost) float64) float64 {
	var list []float64
	for _, c := range costs {
		list = append(list, of(c))
	}
	return middle(list)
}

// ratio is the median of the ratios of runs that followed each other: what else the machine does hits both.
func ratio(a, b []cost, of func(cost) float64) float64 {
	var list []float64
	for i := range a {
		list = append(list, of(a[i])/of(b[i]))
	}
	return middle(list)
}

func middle(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// table is all lines.
func (m *measurement) table() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	head := []string{"", "ms", "CPU ms", "MiB", "rate", "bare, ms", "beside bare"}
	if m.against != "" {
		head = append(head, "other: ms / CPU / MiB", "other/this")
	}
	fmt.Fprintln(w, strings.Join(head, "\t"))
	for _, l := range m.lines {
		fmt.Fprintln(w, strings.TrimRight(l.name+"\t"+strings.Join(l.cells[:len(head)-1], "\t"), "\t"))
	}
	w.Flush()
	return b.String()
}
