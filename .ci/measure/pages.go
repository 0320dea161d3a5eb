//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"syscall"

	"github.com/dmplens/dmplens/dmpfile"
)

// pages measures look-ups of page frames, and reads of pages in random order, in this process: a second binary cannot be measured.
func (m *measurement) pages() error {
	var first float64
	for _, c := range []struct{ name, what string }{{"look-up, bitmap 8 GiB", "bitmap8"}, {"look-up, ranges 8 GiB", "ranges8"}} {
		if !m.wants(c.name) {
			continue
		}
		path := m.path("pages.dmp")
		if err := m.make(c.what, path); err != nil {
			return err
		}
		rate, err := lookUps(path)
		if err != nil {
			return err
		}
		l := line{name: c.name}
		l.cells[3] = fmt.Sprintf("%.1f M/s", rate)
		if first == 0 {
			first = rate
		} else {
			l.cells[5] = fmt.Sprintf("%.2f times bitmap", first/rate)
		}
		m.lines = append(m.lines, l)
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	if !m.wants("read, 4 KiB random") {
		return nil
	}
	path := m.path("read.dmp")
	if err := m.make("full", path, strconv.Itoa(256<<20)); err != nil {
		return err
	}
	defer os.Remove(path)
	ours, raw, err := reads(path, m.rounds)
	if err != nil {
		return err
	}
	l := line{name: "read, 4 KiB random"}
	l.cells[3] = fmt.Sprintf("%.0f ns", ours)
	l.cells[4] = fmt.Sprintf("pread %.0f ns", raw)
	l.cells[5] = fmt.Sprintf("%.0f %% of its rate", 100*raw/ours)
	m.lines = append(m.lines, l)
	return nil
}

// lookUps returns how many million page frames a second are found.
func lookUps(path string) (float64, error) {
	f, err := dmpfile.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	frames, err := stored(f, 1<<16)
	if err != nil {
		return 0, err
	}
	n, start := 0, time.Now()
	for time.Since(start) < time.Second {
		for _, pfn := range frames {
			if _, ok, err := f.Page(pfn); !ok || err != nil {
				return 0, fmt.Errorf("page %#x: %v, %w", pfn, ok, err)
			}
		}
		n += len(frames)
	}
	return float64(n) / time.Since(start).Seconds() / 1e6, nil
}

// stored returns page frames that a dump has, in random order.
func stored(f *dmpfile.File, n int) ([]uint64, error) {
	counts, err := f.PageCounts()
	if err != nil {
		return nil, err
	}
	var frames []uint64
	for range n {
		pfn, ok, err := f.StoredPage(rand.Uint64N(counts.Listed))
		if !ok || err != nil {
			return nil, fmt.Errorf("no page: %w", err)
		}
		frames = append(frames, pfn)
	}
	return frames, nil
}

// reads returns the nanoseconds that a page takes, by ReadPhysical and by pread at an offset known beforehand, in turns.
func reads(path string, rounds int) (ours, raw float64, err error) {
	f, err := dmpfile.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	file, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer file.Close()
	fd := int(file.Fd())
	frames, err := stored(f, 1<<14)
	if err != nil {
		return 0, 0, err
	}
	offsets := make([]int64, len(frames))
	for i, pfn := range frames {
		offsets[i], _, _ = f.Page(pfn)
	}
	page := make([]byte, pageSize)
	var a, b []cost
	const turn = 256
	for range rounds {
		var x, y cost
		for i := 0; i < len(frames); i += turn {
			start := time.Now()
			for _, pfn := range frames[i : i+turn] {
				if _, err := f.ReadPhysical(page, dmpfile.PhysAddr(pfn*pageSize)); err != nil {
					return 0, 0, err
				}
			}
			x.wall += time.Since(start)
			other := (i + len(frames)/2) % len(frames) // others: those pages are in the processor's cache now
			start = time.Now()
			for _, off := range offsets[other : other+turn] {
				if _, err := syscall.Pread(fd, page, off); err != nil {
					return 0, 0, err
				}
			}
			y.wall += time.Since(start)
		}
		a, b = append(a, x), append(b, y)
	}
	per := func(c cost) float64 { return float64(c.wall) / float64(len(frames)) }
	return median(a, per), median(b, per), nil
}
