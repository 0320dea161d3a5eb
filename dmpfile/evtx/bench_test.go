package evtx

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

func benchmark(b *testing.B, want func(string, uint16) bool) {
	var chunk []dmptest.EVTXRecord
	for range 12 {
		chunk = append(chunk, power, crash, started, pnp, started, started, power, power, power)
	}
	data := logWith(chunk, chunk, chunk, chunk).Data()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		f, err := NewFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range f.Records(want) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkRecords(b *testing.B) { benchmark(b, nil) }

func BenchmarkRecordsOfOne(b *testing.B) {
	benchmark(b, func(_ string, id uint16) bool { return id == 1001 })
}

// TestChunkMemory holds that a chunk more takes the memory of the chunk before it: what its templates are compiled to is not thrown away.
func TestChunkMemory(t *testing.T) {
	allocated := func(chunks int) uint64 {
		var list [][]dmptest.EVTXRecord
		for range chunks {
			list = append(list, []dmptest.EVTXRecord{power, crash, started, pnp})
		}
		f := openLog(t, logWith(list...).Data())
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for r, err := range f.Records(func(string, uint16) bool { return false }) {
			t.Fatal(r, err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	if few, many := allocated(4), allocated(104); (many-few)/100 > 4<<10 {
		t.Errorf("%d bytes for 4 chunks, %d for 104", few, many)
	}
}

// TestAllocations holds that what nobody wants costs nothing: a record more in a chunk is no allocation more.
func TestAllocations(t *testing.T) {
	count := func(n int) float64 {
		var chunk []dmptest.EVTXRecord
		for range n {
			chunk = append(chunk, power)
		}
		f := openLog(t, logWith(chunk).Data())
		return testing.AllocsPerRun(10, func() {
			for r, err := range f.Records(func(string, uint16) bool { return false }) {
				t.Fatal(r, err)
			}
		})
	}
	if few, many := count(10), count(100); many > few {
		t.Errorf("%v allocations for 10 records, %v for 100", few, many)
	}
}
