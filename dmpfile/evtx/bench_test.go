package evtx

import (
	"bytes"
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
