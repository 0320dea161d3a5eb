package batch

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/record"
)

// tree makes a tree of n small dumps, hard links to a few, 1000 in a folder.
func tree(tb testing.TB, n int) string {
	tb.Helper()
	top := tb.TempDir()
	var sources []string
	for _, s := range dmptest.Samples() {
		name := filepath.Join(top, "source-"+s.Name+".bin")
		if err := os.WriteFile(name, s.Data, 0o600); err != nil {
			tb.Fatal(err)
		}
		sources = append(sources, name)
	}
	for i := range n {
		folder := filepath.Join(top, fmt.Sprintf("host%03d", i/1000))
		if i%1000 == 0 {
			if err := os.Mkdir(folder, 0o700); err != nil {
				tb.Fatal(err)
			}
		}
		name := filepath.Join(folder, fmt.Sprintf("MEMORY%05d.DMP", i))
		if err := os.Link(sources[i%len(sources)], name); err != nil {
			tb.Skip(err)
		}
	}
	return top
}

// scanTree scans a tree of so many dumps as dmplens does for rows of JSON Lines, two files at a time.
func scanTree(b *testing.B, top string, depth report.Depth, files int) {
	defer debug.SetGCPercent(debug.SetGCPercent(300)) // as dmplens does
	s := Scan{Analyzer: analyze.Analyzer{Depth: depth}, Jobs: 2, Encode: record.AppendJSONL}
	if err := s.Run(context.Background(), slices.Values([]string{top}), func(_ *report.Report, line []byte) error {
		if len(line) == 0 {
			return errors.New("a row without a line")
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	if n := s.Stats().Rows; n != int64(files) {
		b.Fatalf("%d rows", n)
	}
}

// BenchmarkScan scans 10,000 dumps. BenchmarkHeaders compares it with what nothing can be faster than.
func BenchmarkScan(b *testing.B) {
	const files = 10_000
	top := tree(b, files)
	for _, depth := range []report.Depth{report.DepthHeader, report.DepthFull} {
		b.Run(string(depth), func(b *testing.B) {
			for b.Loop() {
				scanTree(b, top, depth, files)
			}
			b.ReportMetric(float64(files)*float64(b.N)/b.Elapsed().Seconds(), "files/s")
		})
	}
}

// BenchmarkScanBesideArchive scans 3,000 small dumps while one of 180 MiB, out of an archive, is in memory: files beside the archive, and
// members behind the large one.
func BenchmarkScanBesideArchive(b *testing.B) {
	const files = 3000
	top, folder := tree(b, files), b.TempDir()
	large, small := sample(b, "bitmap-full.dmp"), sample(b, "triage-x86.dmp")
	large = append(large, make([]byte, 180<<20-len(large))...)
	alone, full := []member{{"MEMORY.DMP", large}}, []member{{"MEMORY.DMP", large}}
	for i := range files {
		full = append(full, member{fmt.Sprintf("%04d.dmp", i), small})
	}
	for name, scan := range map[string]struct {
		archive []byte
		beside  []string
	}{"files": {zipped(b, alone...), []string{top}}, "members": {zipped(b, full...), nil}} {
		b.Run(name, func(b *testing.B) {
			file := filepath.Join(folder, name+".zip")
			if err := os.WriteFile(file, scan.archive, 0o600); err != nil {
				b.Fatal(err)
			}
			defer debug.SetGCPercent(debug.SetGCPercent(300)) // as dmplens does
			for b.Loop() {
				s := Scan{Jobs: 2, Encode: record.AppendJSONL}
				paths := append([]string{file}, scan.beside...)
				if err := s.Run(context.Background(), slices.Values(paths), func(*report.Report, []byte) error { return nil }); err != nil {
					b.Fatal(err)
				}
				if n := s.Stats().Rows; n != files+2 {
					b.Fatalf("%d rows", n)
				}
			}
		})
	}
}

// BenchmarkDuplicates scans small dumps, none of them a copy and 30 of 100: it takes as long.
func BenchmarkDuplicates(b *testing.B) {
	const files = 3000
	data := sample(b, "triage-x86.dmp")
	for _, percent := range []int{0, 30} {
		b.Run(fmt.Sprint(percent), func(b *testing.B) {
			top := b.TempDir()
			for i := range files {
				n := i
				if i%100 < percent {
					n = 0
				}
				binary.LittleEndian.PutUint32(data[0x34:], uint32(n)) // a parameter
				if err := os.WriteFile(filepath.Join(top, fmt.Sprintf("%05d.dmp", i)), data, 0o600); err != nil {
					b.Fatal(err)
				}
			}
			defer debug.SetGCPercent(debug.SetGCPercent(300)) // as dmplens does
			for b.Loop() {
				same := 0
				s := Scan{Jobs: 2, Encode: record.AppendJSONL}
				if err := s.Run(context.Background(), slices.Values([]string{top}), func(r *report.Report, _ []byte) error {
					if r.File.DuplicateOf != "" {
						same++
					}
					return nil
				}); err != nil {
					b.Fatal(err)
				}
				if want := max(files*percent/100-1, 0); same != want {
					b.Fatalf("%d duplicates, want %d", same, want)
				}
			}
			b.ReportMetric(float64(files)*float64(b.N)/b.Elapsed().Seconds(), "files/s")
		})
	}
}
