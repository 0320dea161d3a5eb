package analyze

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// zeroed is what is left of a dump whose copy stopped at so many thousandths of it, in a file that was made as long before.
func zeroed(data []byte, thousandths int) []byte {
	b := bytes.Clone(data)
	clear(b[len(b)*thousandths/1000:])
	return b
}

func has(r *report.Report, id report.FindingID, severity report.Severity) bool {
	return slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.ID == id && f.Severity == severity })
}

func TestZeroTailOfSamples(t *testing.T) {
	for _, s := range dmptest.Samples() {
		testZeroed(t, s.Name, s.Data)
	}
}

func TestCorpusZeroTail(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t), "dumps", "*.dmp"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d dumps, %v", len(files), err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		testZeroed(t, filepath.Base(name), data)
	}
}

// percents are where copies stop, in thousandths.
var percents = []int{100, 465, 600, 900, 990}

// unknowable are the samples, and from which thousandths on, whose zeros look like memory that nothing uses: a few pages at the end, or what
// their writer leaves zeros too.
var unknowable = map[string]int{
	"dumpit-full.dmp": 990, "full-x86-pae.dmp": 900, "header-only.dmp": 600, "summary.dmp": 900, "summary-x86.dmp": 900, "bitmap-full.dmp": 900,
	"range.dmp": 900, "triage-amd64-kernel.dmp": 990, "triage-machine.dmp": 990,
}

// testZeroed looks at a dump as it is, and as a copy that stopped leaves it.
func testZeroed(t *testing.T, name string, data []byte) {
	whole := analyzedBy(t, Analyzer{}, data)
	for _, id := range []report.FindingID{report.FindingZeroTail, report.FindingZeroContent} {
		if has(whole, id, report.SeverityError) {
			t.Errorf("%s: %s, %+v", name, whole.Verdict, whole.Findings)
		}
	}
	if r := analyzedBy(t, Analyzer{Depth: report.DepthDeep}, data); r.Verdict != whole.Verdict {
		t.Errorf("%s: %s, with depth deep %s, %+v", name, whole.Verdict, r.Verdict, r.Findings)
	}
	hole := bytes.Clone(data)
	clear(hole[len(hole)*45/100 : len(hole)*55/100])
	r := analyzedBy(t, Analyzer{Depth: report.DepthDeep}, hole)
	var what string
	for _, f := range r.Findings {
		if f.Severity == report.SeverityError {
			what += string(f.ID) + ": " + f.Message + "; "
		}
	}
	t.Logf("| %s | hole 45-55 | %s | %s |", name, r.Verdict, what)
	for _, at := range percents {
		cut := zeroed(data, at)
		r := analyzedBy(t, Analyzer{}, cut)
		var ids []string
		for _, f := range r.Findings {
			ids = append(ids, fmt.Sprintf("%s %s", f.Severity, f.ID))
			if f.ID == "zero-tail" || f.ID == "zero-content" {
				ids[len(ids)-1] += ": " + f.Message
			}
		}
		t.Logf("| %s | %.1f | %s | %s |", name, float64(at)/10, r.Verdict, strings.Join(ids, "; "))
		limit, listed := unknowable[name]
		if r.Verdict == report.Complete && !(listed && at >= limit) && !bytes.Equal(cut, data) && !onlyReserve(data, at) {
			t.Errorf("%s zeroed from %d thousandths on is complete: %+v", name, at, r.Findings)
		}
	}
}

// onlyReserve says whether what is zeros from so many thousandths on is behind the last stream of a dump, or the last bytes of that.
func onlyReserve(data []byte, thousandths int) bool {
	f, err := dmpfile.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(f.Secondary().Streams) == 0 {
		return err != nil
	}
	used := f.Regions.PrimaryEnd() + f.Secondary().Used
	return int64(len(data)*thousandths/1000) > used-minZeros
}

// addZeros adds pages of zeros to those of a dump: so many of n, the others have contents. In one tail they are the last ones.
func addZeros(random *rand.Rand, pages dmptest.Pages, n, zeros int, tail bool) (runs []dmptest.Run) {
	for i := range n {
		zero := i >= n-zeros
		if !tail {
			zero = random.IntN(n) < zeros
		}
		pages[0x800+uint64(i)] = nil // has contents
		if zero {
			pages[0x800+uint64(i)] = []byte{}
		}
	}
	return []dmptest.Run{{Base: 0x800, Count: uint64(n)}}
}

// Pages of zeros are memory that nothing uses: they damage no dump, and one of all memory is complete with them.
func TestZeroPagesAreNotDamage(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector would take minutes; other tests work side by side")
	}
	random := rand.New(rand.NewPCG(1, 2))
	s := liveSystem("Taskmgr.exe", 3)
	space := s.Space()
	partial := 0
	for i := range 1000 {
		n := 20 + random.IntN(150)
		zeros, tail := n*random.IntN(91)/100, i%2 == 0
		var data []byte
		kernelOnly := i%3 == 0
		if i%3 == 1 {
			full := s.Full(space)
			full.Header.Attributes = nil
			full.Header.Runs = append(full.Header.Runs, addZeros(random, full.Pages, n, zeros, tail)...)
			data = full.Image().Data()
		} else {
			bitmap := s.Bitmap(space)
			addZeros(random, bitmap.Pages, n, zeros, tail)
			data = bitmap.Image().Data()
			if !kernelOnly {
				data[0xF98], data[0x2000] = 5, 'F'
			}
		}
		r := analyzedBy(t, Analyzer{}, data)
		switch {
		case r.Verdict == report.Partial && kernelOnly && tail:
			partial++
		case r.Verdict != report.Complete:
			t.Fatalf("dump %d with %d of %d pages zeros, tail %v: %s, %+v", i, zeros, n, tail, r.Verdict, r.Findings)
		}
	}
	if partial < 100 {
		t.Errorf("%d kernel dumps that end in zeros look unfinished", partial)
	}
}

// What never is zeros, and is in the middle of a dump, is damage.
func TestHole(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 3)
	space := s.Space()
	data := s.Bitmap(space).Image().Data()
	whole := analyzedBy(t, Analyzer{Depth: report.DepthDeep}, data)
	if whole.Verdict != report.Complete {
		t.Fatalf("%s, %+v", whole.Verdict, whole.Findings)
	}
	f, err := dmpfile.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	k, err := nt.ReadKernel(f, nt.BudgetOf(1000))
	if err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]uint64{
		"image": s.BaseAt(0), "prcb": s.PrcbAt(0), "module": s.EntryAt(2), "process": s.ProcessLinksAt(1),
	} {
		off, ok := k.FileOffset(dmpfile.VirtAddr(at))
		if !ok {
			t.Fatalf("%s is not there", name)
		}
		hole := bytes.Clone(data)
		clear(hole[off&^0xFFF:][:0x1000])
		r := analyzedBy(t, Analyzer{Depth: report.DepthDeep}, hole)
		if r.Verdict != report.Damaged || !has(r, report.FindingZeroContent, report.SeverityError) {
			t.Errorf("%s: %s, %+v", name, r.Verdict, r.Findings)
		}
	}
	for i, off := range k.Tables(dmpfile.VirtAddr(s.PrcbAt(0))) {
		hole := bytes.Clone(data)
		clear(hole[off:][:0x1000])
		if r := analyzedBy(t, Analyzer{Depth: report.DepthDeep}, hole); r.Verdict != report.Damaged {
			t.Errorf("table %d: %s, %+v", i, r.Verdict, r.Findings)
		}
	}
}

// A dump in a file that was made longer is complete, and the file is not all dump.
func TestPadding(t *testing.T) {
	for _, s := range dmptest.Samples() {
		whole := analyzedBy(t, Analyzer{}, s.Data)
		if whole.Verdict != report.Complete {
			continue
		}
		f, err := os.Create(filepath.Join(t.TempDir(), s.Name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.Write(s.Data); err != nil {
			t.Fatal(err)
		}
		if err := f.Truncate(10 << 40); err != nil {
			t.Skipf("no sparse files of 10 TiB here: %v", err)
		}
		r, err := (&Analyzer{}).Report(File(f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(r.Findings, func(f report.Finding) bool { return f.ID == report.FindingTrailingBytes })
		if i < 0 || r.Verdict != report.Complete {
			t.Errorf("%s: %s, %+v", s.Name, r.Verdict, r.Findings)
			continue
		}
		want := fmt.Sprintf("only the first %d bytes are the dump", len(s.Data))
		if x := r.Findings[i]; !strings.HasPrefix(x.Message, want) || *x.Offset != int64(len(s.Data)) || r.Sizes.Total != 10<<40 {
			t.Errorf("%s: %+v, want %s", s.Name, x, want)
		}
	}
}

// Page tables that point to one another have no end.
func TestZeroTailEndlessTables(t *testing.T) {
	pages := dmptest.Pages{}
	for pfn := range uint64(600) {
		pages[pfn] = []byte{}
	}
	var table, empty dmptest.Image
	for i := range uint64(512) {
		table.PutU64(int(i)*8, (1+i%3)<<12|0x63)
		empty.PutU64(int(i)*8, (2+i%2)<<12|0x62)
	}
	pages[1], pages[2], pages[3] = table.Data(), table.Data(), empty.Data()
	s := liveSystem("Taskmgr.exe", 1)
	b := dmptest.Bitmap{Header: s.Header, Pages: pages}
	b.Header.DirectoryTableBase, b.Header.PsLoadedModuleList, b.Header.KdDebuggerDataBlock = 0x1000, 0xFFFFF80312345000, 0xFFFFF80312346000
	b.Header.Build, b.Header.Processors = 26100, 64
	r := analyzedBy(t, Analyzer{Depth: report.DepthDeep}, b.Image().Data())
	if r.Verdict == "" {
		t.Errorf("%+v", r)
	}
	t.Log(r.Verdict, r.Findings)
}

// TestForeignBytes has other bytes than zeros where a dump should go on, and a hole that page tables fell into: both are known without
// reading every page.
func TestForeignBytes(t *testing.T) {
	for _, s := range dmptest.Samples() {
		b := bytes.Clone(s.Data)
		switch s.Name {
		case "bitmap-full.dmp":
			for i := len(b) / 10; i < len(b); i++ {
				b[i] = 0xff
			}
		case "task-manager-live.dmp":
			clear(b[204800 : 204800+102400])
		default:
			continue
		}
		if r := analyzed(t, s.Name, b); r.Verdict != report.Damaged {
			t.Errorf("%s: %s, %+v", s.Name, r.Verdict, r.Findings)
		}
	}
}
