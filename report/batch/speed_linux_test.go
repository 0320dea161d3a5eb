package batch

import (
	"bytes"
	"encoding/binary"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dmplens/dmplens/report"
)

// bareScan is what nothing that looks at a header can be faster than: it walks a tree and opens each dump, asks for its length, reads 8 KiB and
// closes it, by system calls alone, as many at a time as a scan with so many jobs. It returns how many dumps there were.
func bareScan(tb testing.TB, top string, jobs int) int {
	files := make(chan []string, 4)
	go func() {
		defer close(files)
		bareWalk(tb, top, files)
	}()
	counts := make([]int, jobs)
	var wait sync.WaitGroup
	for w := range jobs {
		wait.Go(func() {
			buf := make([]byte, 8<<10)
			var info syscall.Stat_t
			for list := range files {
				for _, name := range list {
					fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
					if err != nil {
						tb.Error(err)
						continue
					}
					if err := syscall.Fstat(fd, &info); err != nil {
						tb.Error(err)
					}
					if _, err := syscall.Pread(fd, buf, 0); err != nil {
						tb.Error(err)
					}
					syscall.Close(fd)
					counts[w]++
				}
			}
		})
	}
	wait.Wait()
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// bareWalk sends the names of the dumps in a folder, and those below it, as often as the system gives some.
func bareWalk(tb testing.TB, folder string, files chan<- []string) {
	fd, err := syscall.Open(folder, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		tb.Error(err)
		return
	}
	defer syscall.Close(fd)
	for buf := make([]byte, 8<<10); ; {
		n, err := syscall.ReadDirent(fd, buf)
		if err != nil {
			tb.Error(err)
		}
		if n <= 0 {
			return
		}
		var list []string
		for b := buf[:n]; len(b) > 0; { // struct linux_dirent64: inode, offset, length of 16 bits at 0x10, type, name
			length := binary.LittleEndian.Uint16(b[0x10:])
			kind, name := b[0x12], b[0x13:length]
			name = name[:bytes.IndexByte(name, 0)]
			b = b[length:]
			switch full := folder + "/" + string(name); {
			case string(name) == "." || string(name) == "..":
			case kind == syscall.DT_DIR:
				bareWalk(tb, full, files)
			case strings.HasSuffix(full, ".DMP"):
				list = append(list, full)
			}
		}
		files <- list
	}
}

// BenchmarkHeaders scans the headers of 10,000 dumps, and takes the same tree by system calls alone, in turn, so that a machine that is busy with
// other things is for both. bare-% is the rate of the scan as a part of the other's, and so is bare-cpu-% of the time that processors take.
func BenchmarkHeaders(b *testing.B) {
	const files = 10_000
	top := tree(b, files)
	var scan, bare, scanCPU, bareCPU time.Duration
	for b.Loop() {
		start, cpu := time.Now(), processorTime(b)
		scanTree(b, top, report.DepthHeader, files)
		middle, middleCPU := time.Now(), processorTime(b)
		if n := bareScan(b, top, 2); n != files {
			b.Fatalf("%d files", n)
		}
		scan, scanCPU = scan+middle.Sub(start), scanCPU+middleCPU-cpu
		bare, bareCPU = bare+time.Since(middle), bareCPU+processorTime(b)-middleCPU
	}
	b.ReportMetric(float64(files)*float64(b.N)/scan.Seconds(), "files/s")
	b.ReportMetric(100*bare.Seconds()/scan.Seconds(), "bare-%")
	b.ReportMetric(100*bareCPU.Seconds()/scanCPU.Seconds(), "bare-cpu-%")
	b.ReportMetric(scanCPU.Seconds()*1e6/float64(files*b.N), "cpu-µs/file")
	b.ReportMetric(0, "ns/op")
}

// processorTime is how long this process has taken of processors.
func processorTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
