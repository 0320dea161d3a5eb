package analyze

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/text"
)

// malformed is a file that is damaged or strange, and what must be said of it.
type malformed struct {
	name     string
	data     []byte
	size     int64  // of the file, where it goes on behind data with a hole
	onDisk   bool   // the hole is one of a file system
	tile     []byte // what repeats in the hole, from its start on
	every    int64  // the distance between tiles
	what     string // what the file is, where it is no kernel dump
	findings string // severities and ids
	format   dmpfile.Format
	header   string // what of the header is there: machine, build, code
	pages    string // what PageCounts says: the counts, or how its error begins
	more     func(t *testing.T, r *report.Report)
}

// Parts of what malformed says.
const (
	amd64Header = "amd64 19041 0x7e"
	noPages     = "the file does not say which pages of memory it holds"
)

// crashHeader is a header whose parameters lead into memory, so that the pages of the dump are looked for.
func crashHeader() dmptest.Header {
	return dmptest.Header{
		Build: 19041, Processors: 4, Code: new(uint32(0x7E)), Params: [4]uint64{0xC0000005, exampleIP, recordVA, irpVA},
		PsLoadedModuleList: exampleBase, Attributes: new(uint32(0)),
		Context: &dmptest.Context{IP: exampleIP, SP: exampleSP},
	}
}

// somePages are the page frames 3, 4 and 9.
func somePages() dmptest.Pages { return dmptest.Pages{3: nil, 4: nil, 9: nil} }

func put(m *dmptest.Image, off int, v ...uint64) []byte {
	m.PutU64(off, v...)
	return m.Data()
}

// endlessRanges is a list of ranges that fills the file from the sub-header on, of which the sub-header says that it takes metadata bytes.
func endlessRanges(dumpType uint32, ranges int, metadata uint64) []byte {
	h := crashHeader()
	h.DumpType = dumpType
	m := dmptest.Range{Header: h}.Image()
	m.PutU64(0x2010, metadata, 0x2020+metadata)
	m.Grow(0x2030 + 16*ranges)
	for i := range ranges {
		m.PutU64(0x2030+16*i, uint64(3+2*i), 1)
	}
	return m.Data()
}

// overlappingRanges are ranges of which each begins in the one before.
func overlappingRanges(ranges int) []byte {
	m := dmptest.Load(endlessRanges(8, ranges, uint64(16*ranges+0x10)))
	for i := range ranges {
		m.PutU64(0x2030+16*i, uint64(3+i), 2)
	}
	return m.Data()
}

// manyDrivers gives a triage dump a list of drivers that all share one name.
func manyDrivers(triage []byte) []byte {
	m := dmptest.Load(triage)
	m.Align(16)
	list, name := m.Len(), m.Len()+10000*0x90
	m.PutU32(0x2030, uint32(list), 10000, uint32(name), 4+2*1024)
	for i := range 10000 {
		m.PutU32(list+i*0x90, uint32(name))
	}
	m.PutU32(name, 1024)
	m.PutUTF16(name+4, strings.Repeat("名", 1024))
	return m.Data()
}

// manyBlocks gives a triage dump as many blocks as are read, each of them one byte.
func manyBlocks(triage []byte) []byte {
	const blocks = 4 << 20 / 16
	m := dmptest.Load(triage)
	m.Align(16)
	list := m.Len()
	m.PutU32(0x2078, uint32(list), 1<<32-1)
	m.Grow(list + blocks*16)
	for i := range blocks {
		m.PutU64(list+i*16, exampleBase+uint64(blocks-i)*2, 0x2000|1<<32)
	}
	return m.Data()
}

// farBlob is the start of secondary data with one blob, behind which another one begins 1 MiB on.
var farBlob = dmptest.Secondary(19041, dmptest.Blob{Tag: dmptest.TagNull, PrePad: 1<<20 - 0x21, Data: []byte{1}})[:0x30]

func malformedFiles() []malformed {
	h := crashHeader()
	h.Runs = []dmptest.Run{{Base: 3, Count: 2}, {Base: 9, Count: 1}}
	typed := func(dumpType uint32) dmptest.Header {
		h := h
		h.DumpType = dumpType
		return h
	}
	full := dmptest.Full{Header: h}.Image
	bitmap := dmptest.Bitmap{Header: h, Bits: 64, Pages: somePages()}.Image
	type8 := dmptest.Range{Header: typed(8), Ranges: h.Runs}.Image
	type10 := dmptest.Range{Header: h, Ranges: h.Runs}.Image
	triage := dmptest.Triage{Header: h, Stack: dmptest.Block{VA: exampleSP, Data: make([]byte, 0x100)}}.Image().Data()
	arm64 := typed(6)
	arm64.Machine = dmptest.ARM64
	x86 := h
	x86.Machine, x86.Params = dmptest.X86, [4]uint64{0xC0000005, exampleIP32, frame32, frame32}
	swapped := func(magic string) []byte {
		m := bitmap()
		m.PutASCII(0, magic)
		return m.Data()
	}
	mxcsr := bitmap()
	mxcsr.PutU32(0x348+0x34, 0x1F80)
	mxcsr.PutU32(0x348+0x118, 0x1FA0)
	overflow := full()
	overflow.PutU64(0xA8, 1<<64-1, 2)
	missing := func(bytes, pages int64) func(*testing.T, *report.Report) {
		return func(t *testing.T, r *report.Report) {
			if s := r.Sizes; value(s.Missing) != int64(bytes) || value(s.MissingPages) != uint64(pages) {
				t.Errorf("%d bytes and %d pages are missing, want %d and %d", value(s.Missing), value(s.MissingPages), bytes, pages)
			}
		}
	}
	oneRun, twoRuns := full(), full()
	oneRun.PutU32(0x88, 1)
	twoRuns.PutU64(0xA8, 1<<25)
	three := "{Declared:3 Listed:3 Repeated:0}"
	list := []malformed{
		{name: "empty", what: "empty"},
		{name: "8 bytes", data: []byte("PAGEDU64"), findings: "error header-truncated", header: " 0", pages: noPages},
		{name: "8 bytes of 32 bits", data: []byte("PAGEDUMP"), findings: "error header-truncated", header: " 0", pages: noPages},
		{name: "half a header", data: bitmap().Data()[:0x1000], findings: "error header-truncated", format: dmpfile.BitmapKernel, header: amd64Header, pages: noPages},
		{name: "a header up to its code", data: bitmap().Data()[:0x3C], findings: "error header-truncated", header: amd64Header, pages: noPages},
		{name: "no sub-header", data: bitmap().Data()[:0x2000], findings: "error header-truncated", format: dmpfile.BitmapKernel, header: amd64Header, pages: noPages},
		{name: "half a sub-header", data: bitmap().Data()[:0x2020], findings: "error header-truncated", format: dmpfile.BitmapKernel, header: amd64Header, pages: noPages},

		{name: "a run of 2^40 pages", data: put(full(), 0xA0, 1<<40), findings: "error run-invalid, error page-count-unknown", format: dmpfile.Full, header: amd64Header, pages: noPages},
		{name: "a run of 2^40-1 pages", data: put(oneRun, 0x90, 1<<40-1, 3, 1<<40-1), findings: "error truncated", format: dmpfile.Full, header: amd64Header,
			pages: fmt.Sprintf("{Declared:%d Listed:%[1]d Repeated:0}", int64(1<<40-1)), more: missing((1<<40-4)*dmpfile.PageSize, 1<<40-4)},
		{name: "2^32-1 runs", data: func() []byte { m := full(); m.PutU32(0x88, 1<<32-1); return m.Data() }(), findings: "error page-count-unknown", format: dmpfile.Full, header: amd64Header, pages: noPages},
		{name: "overlapping runs", data: put(full(), 0xA8, 4), findings: "error run-overlap", format: dmpfile.Full, header: amd64Header, pages: "{Declared:3 Listed:3 Repeated:1}"},
		{name: "page frame overflow", data: overflow.Data(), findings: "error run-invalid, error page-count-unknown", format: dmpfile.Full, header: amd64Header, pages: noPages},
		{name: "page frame overflow in a range", data: put(type10(), 0x2040, 1<<64-1, 2), findings: "error range-invalid, error page-count-unknown", format: dmpfile.Range, header: amd64Header, pages: noPages},
		{name: "the highest page frames", data: put(full(), 0xA8, 1<<40-1, 1), format: dmpfile.Full, header: amd64Header, pages: three},
		{name: "truncated full dump", data: full().Data()[:0x3800], findings: "error truncated", format: dmpfile.Full, header: amd64Header, pages: three, more: missing(0x1800, 2)},
		{name: "truncated full dump of 64 GiB", data: put(twoRuns, 0x90, 1<<24, 3, 1<<24-1), size: 1 << 30, onDisk: true, findings: "error truncated", format: dmpfile.Full, header: amd64Header,
			pages: fmt.Sprintf("{Declared:%d Listed:%[1]d Repeated:0}", 1<<24), more: missing(1<<36+0x2000-1<<30, 1<<24-1<<18+2)},

		{name: "bitmap of 2^60 bits", data: put(bitmap(), 0x2030, 1<<60), findings: "error page-count-unknown", format: dmpfile.BitmapKernel, header: amd64Header, pages: noPages},
		{name: "bitmap of 2^64-1 bits", data: put(bitmap(), 0x2030, 1<<64-1), findings: "error page-count-unknown", format: dmpfile.BitmapKernel, header: amd64Header, pages: noPages},
		{name: "bitmap of 2^33 bits", data: put(bitmap(), 0x2020, 1<<30+0x3000, 3, 1<<33), findings: "error truncated", format: dmpfile.BitmapKernel, header: amd64Header,
			pages: "at 0x2038: the file ends inside the bitmap", more: missing(1<<30, 3)},
		{name: "bitmap of 2^30 bits, most of it a hole", data: put(bitmap(), 0x2020, 1<<27+0x3000, 3, 1<<30)[:0x3000], size: 1<<27 + 0x4800, findings: "error truncated", format: dmpfile.BitmapKernel, header: amd64Header,
			pages: three, more: missing(0x1800, 2)},
		{name: "bitmap of 2^33 bits, most of it a hole", data: put(bitmap(), 0x2020, 1<<30+0x3000, 3, 1<<33)[:0x3000], size: 1<<30 + 0x4800, findings: "error truncated", format: dmpfile.BitmapKernel, header: amd64Header,
			pages: three, more: missing(0x1800, 2)},
		{name: "a first page past the end", data: put(bitmap(), 0x2020, 1<<30), findings: "error truncated", format: dmpfile.BitmapKernel, header: amd64Header, pages: three, more: missing(1<<30-0x3000, 3)},
		{name: "a first page past every end", data: put(bitmap(), 0x2020, 1<<63), findings: "error page-count-unknown", format: dmpfile.BitmapKernel, header: amd64Header, pages: noPages},
		{name: "truncated pages", data: bitmap().Data()[:0x4800], findings: "error truncated", format: dmpfile.BitmapKernel, header: amd64Header, pages: three, more: missing(0x1800, 2)},
		{name: "more bits than pages", data: put(bitmap(), 0x2028, 2), findings: "warning bitmap-count, warning trailing-bytes", format: dmpfile.BitmapKernel, header: amd64Header, pages: "{Declared:2 Listed:3 Repeated:0}"},
		{name: "fewer bits than pages", data: put(bitmap(), 0x2028, 4), findings: "error truncated, error bitmap-count", format: dmpfile.BitmapKernel, header: amd64Header, pages: "{Declared:4 Listed:3 Repeated:0}"},
		{name: "bit count no multiple of 8", data: dmptest.Bitmap{Header: h, Bits: 13, Pages: somePages()}.Image().Data(), format: dmpfile.BitmapKernel, header: amd64Header, pages: three},

		{name: "range metadata of 2^62", data: put(type10(), 0x2010, 1<<62, 1<<62+0x2020), findings: "error page-count-unknown", format: dmpfile.Range, header: amd64Header, pages: noPages},
		{name: "range metadata of 2^62 that wraps", data: put(type10(), 0x2010, 1<<64-0x20, 0x2000), findings: "error page-count-unknown", format: dmpfile.Range, header: amd64Header, pages: noPages},
		{name: "a range of 2^40 pages", data: put(type10(), 0x2038, 1<<40), findings: "error range-invalid, error page-count-unknown", format: dmpfile.Range, header: amd64Header, pages: noPages},
		{name: "a range of 2^40 pages, type 8", data: put(type8(), 0x2038, 1<<40), findings: "error range-invalid, error page-count-unknown", format: dmpfile.Range, header: amd64Header, pages: noPages},
		{name: "a range list without end", data: endlessRanges(8, 1<<16, 64<<20), findings: "error page-count-unknown", format: dmpfile.Range, header: amd64Header, pages: noPages},
		{name: "a range list without end or length", data: endlessRanges(9, 1<<16, 1<<37), findings: "error page-count-unknown", format: dmpfile.Range, header: amd64Header, pages: noPages},
		{name: "a range list that only its length ends", data: endlessRanges(8, 1<<16, 1<<20+0x10), findings: "error truncated", format: dmpfile.Range, header: amd64Header,
			pages: "{Declared:65536 Listed:65536 Repeated:0}", more: missing(1<<28, 1<<16)},

		{name: "2^20 ranges", data: endlessRanges(8, 1<<20, 1<<24+0x10), findings: "error truncated", format: dmpfile.Range, header: amd64Header,
			pages: "{Declared:1048576 Listed:1048576 Repeated:0}", more: missing(1<<32, 1<<20)},

		{name: "2^17 ranges that overlap", data: overlappingRanges(1 << 17), findings: "error truncated", format: dmpfile.Range, header: amd64Header,
			pages: "at 0x2030: the page ranges overlap, and there are more of them than a writer can have got wrong; their number: 0x20000"},

		{name: "triage header only", data: triage[:0x2000], findings: "error header-truncated", format: dmpfile.TriageDump, header: amd64Header, pages: "{Declared:0 Listed:0 Repeated:0}"},
		{name: "triage header and directory only", data: triage[:0x2080], findings: "error truncated", format: dmpfile.TriageDump, header: amd64Header, pages: "{Declared:0 Listed:0 Repeated:0}"},

		{name: "10000 drivers with the longest names", data: manyDrivers(triage), findings: "warning trailing-bytes", format: dmpfile.TriageDump, header: amd64Header, pages: "{Declared:0 Listed:0 Repeated:0}", more: func(t *testing.T, r *report.Report) {
			if n := len(r.Modules); n != 10000 || len(r.Modules[n-1].Name) != 3*1024 {
				t.Errorf("%d modules", n)
			}
		}},
		{name: "a full table of blocks", data: manyBlocks(triage), findings: "warning trailing-bytes", format: dmpfile.TriageDump, header: amd64Header, pages: "{Declared:0 Listed:0 Repeated:0}"},
		{name: "10000 streams far apart", data: full().Data(), every: 1 << 20, tile: farBlob, size: 20000 << 20, findings: "warning stream-count", format: dmpfile.Full, header: amd64Header, pages: three, more: func(t *testing.T, r *report.Report) {
			if n := len(r.Streams); n != 10000 || r.Streams[n-1].Size != 1 {
				t.Errorf("%d streams", n)
			}
		}},

		{name: "64-bit summary, short layout", data: dmptest.Summary{Header: h, Pages: somePages()}.Image().Data(), format: dmpfile.Summary, header: amd64Header, pages: three},
		{name: "64-bit summary, long layout", data: dmptest.Summary{Header: h, Pages: somePages(), Layout: dmptest.SummaryLong}.Image().Data(), format: dmpfile.Summary, header: amd64Header, pages: three},
		{name: "type 7", data: dmptest.Bitmap{Header: typed(7), Pages: somePages()}.Image().Data(), format: dmpfile.BitmapKernel, header: amd64Header, pages: three},
		{name: "type 10 without RDMP", data: dmptest.Full{Header: typed(10)}.Image().Data(), findings: "error subheader-missing", format: dmpfile.Range, header: amd64Header, pages: noPages},
		{name: "ARM64 bitmap", data: dmptest.Bitmap{Header: arm64, Pages: somePages()}.Image().Data(), format: dmpfile.BitmapKernel, header: "arm64 19041 0x7e", pages: three},
		{name: "two values of MxCsr", data: mxcsr.Data(), format: dmpfile.BitmapKernel, header: amd64Header, pages: three, more: func(t *testing.T, r *report.Report) {
			if r.Context == nil || r.Context.Registers["mxcsr"] != "0x0000000000001f80" || r.Context.InstructionPointer != report.Pointer(uint64(exampleIP), 64) {
				t.Errorf("context %+v", r.Context)
			}
		}},
		{name: "32-bit header only", data: dmptest.HeaderOnly(x86).Data(), format: dmpfile.HeaderOnly, header: "x86 19041 0x7e", pages: "{Declared:0 Listed:0 Repeated:0}"},
		{name: "32-bit bitmap, header only", data: dmptest.Bitmap{Header: x86, Pages: somePages()}.Image().Data()[:0x1000], findings: "error header-truncated", format: dmpfile.BitmapKernel, header: "x86 19041 0x7e", pages: noPages},
	}
	for _, magic := range []string{"DU64PAGE", "EGAP46UD", "46UDEGAP", "PAGE46UD", "EGAPPMUD"} {
		list = append(list, malformed{name: "swapped magic " + magic, data: swapped(magic), what: "unknown"})
	}
	return list
}

// measure runs something that must not allocate much, however the file lies about its lengths.
func measure(t *testing.T, what string, run func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	run()
	elapsed := time.Since(start)
	runtime.ReadMemStats(&after)
	n := after.TotalAlloc - before.TotalAlloc
	if n > maxAllocation {
		t.Errorf("%s: %d bytes allocated", what, n)
	}
	t.Logf("%s: %v, %d KiB", what, elapsed, n>>10)
}

// Files that are damaged in every way the format allows, and strange ones that are not: what is wrong is said, the header is reported
// as far as it is there, and nothing takes much memory.
func TestMalformed(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector would take minutes; other tests work side by side")
	}
	for _, c := range malformedFiles() {
		t.Run(c.name, func(t *testing.T) {
			var r *report.Report
			var err error
			open := func() (*dmpfile.File, error) { return dmpfile.NewFile(bytes.NewReader(c.data), int64(len(c.data))) }
			analyze := func() {
				r, err = (&Analyzer{}).Report(Reader(bytes.NewReader(c.data), int64(len(c.data)), report.File{Path: "x.dmp"}))
			}
			if c.size != 0 {
				h := hole{c.data, c.size, c.tile, c.every}
				open = func() (*dmpfile.File, error) { return dmpfile.NewFile(h, c.size) }
				analyze = func() { r, err = (&Analyzer{}).Report(Reader(h, c.size, report.File{Path: "x.dmp"})) }
			}
			if c.onDisk {
				name := withHole(t, c.data, c.size)
				open = func() (*dmpfile.File, error) { return dmpfile.Open(name) }
				analyze = func() { r, err = (&Analyzer{}).Report(File(name)) }
			}
			measure(t, "analysis", analyze)
			if err != nil {
				t.Fatal(err)
			}
			if err := text.Write(io.Discard, page.Info(r), text.Style{}); err != nil {
				t.Error(err)
			}
			c.check(t, r)
			f, err := open()
			var other *dmpfile.NotDumpError
			if errors.As(err, &other) != (c.what != "") || c.what == "" && err != nil {
				t.Fatalf("open: %v", err)
			}
			if f == nil {
				return
			}
			defer f.Close()
			measure(t, "pages", func() { c.checkPages(t, f) })
		})
	}
}

// hole is a file that goes on with zeros behind its data, and perhaps a few bytes that repeat in them.
type hole struct {
	data  []byte
	size  int64
	tile  []byte
	every int64
}

func (h hole) ReadAt(p []byte, off int64) (int, error) {
	n := int(min(int64(len(p)), max(0, h.size-off)))
	got := 0
	if off < int64(len(h.data)) {
		got = copy(p[:n], h.data[off:])
	}
	clear(p[got:n])
	for start := int64(len(h.data)); h.every != 0 && start < off+int64(n); start += h.every {
		if first := max(start, off); first < start+int64(len(h.tile)) {
			copy(p[first-off:n], h.tile[first-start:])
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// withHole writes data to a file that goes on with a hole.
func withHole(t *testing.T, data []byte, size int64) string {
	name := filepath.Join(t.TempDir(), "MEMORY.DMP")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, size); err != nil {
		t.Skipf("this file system has no sparse files: %v", err)
	}
	return name
}

func (c *malformed) check(t *testing.T, r *report.Report) {
	var findings []string
	verdict := report.Complete
	for _, f := range r.Findings {
		if !f.ID.Known() {
			t.Errorf("nothing says what to do about %s", f.ID)
		}
		findings = append(findings, string(f.Severity)+" "+string(f.ID))
		if f.Severity == report.SeverityError {
			verdict = report.Damaged
		}
		if f.Message == "" || f.Offset == nil || *f.Offset < 0 || *f.Offset > max(c.size, int64(len(c.data))) && f.ID != "truncated" {
			t.Errorf("finding %+v", f)
		}
	}
	if d := cmp.Diff(c.findings, strings.Join(findings, ", ")); d != "" {
		t.Errorf("findings (-want +got):\n%s\n%+v", d, r.Findings)
	}
	if c.what != "" {
		if r.Dump.Format != report.FormatNotADump || r.Dump.What != c.what || r.Verdict != report.NotADump || r.Error == nil || r.Error.Message == "" || r.Error.Next == "" {
			t.Errorf("%+v, verdict %s, error %+v", r.Dump, r.Verdict, r.Error)
		}
		return
	}
	header := fmt.Sprint(r.Dump.Machine, " ", value(r.Dump.Build))
	if r.Bugcheck != nil {
		header += " " + r.Bugcheck.Code
	}
	if string(r.Dump.Format) != string(c.format) || header != c.header || r.Verdict != verdict || r.Error != nil {
		t.Errorf("%q, %q, %s, error %+v; want %q, %q, %s", r.Dump.Format, header, r.Verdict, r.Error, c.format, c.header, verdict)
	}
	if n := value(r.Dump.Processors); len(c.data) >= 0x38 && n != 4 {
		t.Errorf("%d processors", n)
	}
	if c.more != nil {
		c.more(t, r)
	}
}

// checkPages asks for pages at the edges of everything. Each question has an answer or the same error.
func (c *malformed) checkPages(t *testing.T, f *dmpfile.File) {
	counts, unknown := f.PageCounts()
	got := fmt.Sprintf("%+v", counts)
	if unknown != nil {
		got = unknown.Error()
	}
	if !strings.HasPrefix(got, c.pages) || c.pages == "" {
		t.Errorf("PageCounts: %s, want %s", got, c.pages)
	}
	p := make([]byte, 3*dmpfile.PageSize)
	for _, pfn := range []uint64{0, 1, 2, 3, 4, 5, 9, 63, 64, 1 << 18, 1<<33 - 1, 1<<40 - 1, 1 << 40, 1<<52 - 1, 1 << 52, 1<<64 - 1} {
		off, ok, err := f.Page(pfn)
		if err != unknown || ok && (off < 0 || off+dmpfile.PageSize > f.Size()) {
			t.Errorf("page frame %#x is at %#x, %v, %v", pfn, off, ok, err)
		}
		if back, found, err := f.PageFrame(off); ok && (back != pfn || !found || err != nil) {
			t.Errorf("page frame %#x is at %#x, where page frame %#x is, %v, %v", pfn, off, back, found, err)
		}
		a := dmpfile.PhysAddr(pfn*dmpfile.PageSize + 0xFFF)
		n, err := f.ReadPhysical(p, a)
		var missing *dmpfile.PageMissingError
		switch {
		case unknown != nil:
			if n != 0 || err != unknown {
				t.Errorf("reading %#x: %d bytes, %v", a, n, err)
			}
		case err != nil && (!errors.As(err, &missing) || missing.Read != n || missing.Address != a+dmpfile.PhysAddr(n)),
			(err == nil) != (n == len(p)), ok && n == 0:
			t.Errorf("reading %#x: %d bytes, %v; the page is there: %v", a, n, err, ok)
		}
	}
	for _, off := range []int64{-1 << 63, -1, 0, f.Regions.Header - 1, f.Regions.Header, f.Regions.PrimaryEnd() - 1, f.Regions.PrimaryEnd(), f.Size(), 1<<63 - 1} {
		pfn, ok, err := f.PageFrame(off)
		inPages := f.Format != dmpfile.TriageDump && off >= f.Regions.Header && off < f.Regions.PrimaryEnd()
		if err != unknown || unknown == nil && ok != inPages {
			t.Errorf("offset %#x is page frame %#x, %v, %v", off, pfn, ok, err)
		}
	}
}
