package analyze

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/text"
)

// rough is how many ways each file is cut and altered. DMPLENS_THOROUGH asks for many more.
func rough() (cuts, changes int) {
	if os.Getenv("DMPLENS_THOROUGH") != "" {
		return 300, 2000
	}
	return 20, 60
}

// maxAllocation is more than any report needs, however the file lies about its lengths.
const maxAllocation = 64 << 20

// batter analyzes and renders a file that is cut and altered. A panic or a large allocation fails the test; the slowest
// analysis is logged.
func batter(t *testing.T, name string, original []byte) {
	cuts, changes := rough()
	random := rand.New(rand.NewPCG(1, uint64(len(original))))
	var slowest time.Duration
	var largest uint64
	analyze := func(b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		r, err := (&Analyzer{}).Report(Reader(bytes.NewReader(b), int64(len(b)), report.File{Path: name}))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := text.Write(io.Discard, page.Info(r), text.Style{}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		slowest = max(slowest, time.Since(start))
		runtime.ReadMemStats(&after)
		largest = max(largest, after.TotalAlloc-before.TotalAlloc)
	}
	for i := range cuts {
		n := random.IntN(len(original) + 1)
		if i%3 == 0 {
			n = random.IntN(min(0x3000, len(original)) + 1)
		}
		analyze(original[:n])
	}
	values := []uint64{0, 1, 0x7f, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x45474150, 0x4547415045474150, 1 << 40, 1<<63 - 1, 1 << 63, ^uint64(0)}
	b := bytes.Clone(original)
	for range changes {
		copy(b, original)
		for range 1 + random.IntN(4) {
			var off int
			switch random.IntN(4) {
			case 0:
				off = random.IntN(len(b)) // anywhere
			case 1:
				off = random.IntN(min(0x10000, len(b))) // tables of a triage dump
			default:
				off = random.IntN(min(0x2100, len(b))) // headers
			}
			off &^= 3
			v := values[random.IntN(len(values))]
			switch random.IntN(4) {
			case 0:
				b[off] ^= byte(1 << random.IntN(8))
				continue
			case 1:
				v = random.Uint64()
			case 2:
				v = uint64(random.IntN(2*len(b))) &^ 3 // an offset that may be in the file
			}
			if off+8 <= len(b) && random.IntN(2) == 0 {
				binary.LittleEndian.PutUint64(b[off:], v)
			} else if off+4 <= len(b) {
				binary.LittleEndian.PutUint32(b[off:], uint32(v))
			}
		}
		analyze(b)
	}
	if largest > maxAllocation {
		t.Errorf("%s: an analysis allocates %d bytes", name, largest)
	}
	t.Logf("%s: %d cuts, %d changes; slowest %v, largest %d KiB", name, cuts, changes, slowest, largest>>10)
}

func TestSamplesBattered(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector would take minutes; other tests work side by side")
	}
	for _, s := range dmptest.Samples() {
		batter(t, s.Name, s.Data)
	}
}

func TestCorpusBattered(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t), "*", "*dmp"))
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > 0 {
			batter(t, filepath.Base(name), b)
		}
	}
}
