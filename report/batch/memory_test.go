package batch

import (
	"context"
	"fmt"
	"runtime"
	"runtime/metrics"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/record"
)

// live is how many bytes of the heap were in use when garbage was last collected: garbage that waits for the next time is left out, as how
// much of it there is goes by the machine's load.
func live() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// TestBombsWithinMemory has eight archives each of which takes as much as all may: however many are looked at at a time, memory stays in
// the budget, and the rows are the same.
func TestBombsWithinMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector would take minutes; other tests work side by side")
	}
	const budget = 64 << 20
	bomb := append(sample(t, "bitmap-full.dmp"), make([]byte, 20<<20)...)
	files := map[string][]byte{}
	for i := range 8 {
		files[fmt.Sprintf("%d.dmp.gz", i)] = gzipped(t, "MEMORY.DMP", bomb)
		files[fmt.Sprintf("%d.zip", i)] = zipped(t, member{"MEMORY.DMP", bomb}, member{"LARGE.DMP", append(bomb, make([]byte, 20<<20)...)})
	}
	bomb = nil
	top := share(t, files)
	files = nil
	var want []byte
	for _, jobs := range []int{1, 2, 8, 64} {
		runtime.GC()
		before := live()
		var peak atomic.Uint64
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				peak.Store(max(peak.Load(), live()))
				select {
				case done <- struct{}{}:
					return
				case <-time.After(5 * time.Millisecond):
				}
			}
		}()
		var got []byte
		s := &Scan{Sorted: true, Jobs: jobs, Memory: budget, Duplicates: DuplicatesOff, Encode: record.AppendJSONL}
		if err := s.Run(context.Background(), slices.Values([]string{top}), func(_ *report.Report, line []byte) error {
			got = append(got, line...)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		<-done
		if want == nil {
			want = got
		}
		if string(got) != string(want) || len(got) == 0 {
			t.Errorf("%d jobs: %d bytes of rows, others than %d", jobs, len(got), len(want))
		}
		t.Logf("%d jobs: %d MiB at most", jobs, int64(peak.Load()-before)>>20)
		if n := int64(peak.Load() - before); n > budget {
			t.Errorf("%d jobs: %d bytes at most", jobs, n)
		}
	}
}
