package dmpfile_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// pageDump is a built dump with what the test knows of it without the parser.
type pageDump struct {
	name   string
	format dmpfile.Format
	image  *dmptest.Image
	first  int64    // where pages begin
	pfns   []uint64 // in file order
	// knownFrom is the least length of the file at which the page count can be read.
	knownFrom int64
}

const secondarySize = 0x10 + 0x20 + 5

// pageDumps has one dump of each layout with pages, each with secondary data of secondarySize bytes.
func pageDumps() []pageDump {
	secondary := dmptest.Secondary(19041, dmptest.Blob{Tag: dmptest.TagETW, Data: make([]byte, 5)})
	runs := []dmptest.Run{{Base: 5, Count: 1}, {Base: 0x40, Count: 3}, {Base: 0x1000, Count: 2}}
	inRuns := []uint64{5, 0x40, 0x41, 0x42, 0x1000, 0x1001}
	pfns := []uint64{0, 1, 63, 64, 127, 300, 301, 0x187}
	pages := pagesOf(pfns...)
	h64 := dmptest.Header{Build: 19041}
	h32 := dmptest.Header{Build: 7601, Machine: dmptest.X86}
	full64, full32 := h64, h32
	full64.Runs, full32.Runs = runs, runs
	type5, type7, type8, type9 := h64, h64, h64, h64
	type5.DumpType, type7.DumpType, type8.DumpType, type9.DumpType = 5, 7, 8, 9
	return []pageDump{
		{"full", dmpfile.Full, dmptest.Full{Header: full64, Secondary: secondary}.Image(), 0x2000, inRuns, 0xF9C},
		{"full, 32-bit", dmpfile.Full, dmptest.Full{Header: full32, Secondary: secondary}.Image(), 0x1000, inRuns, 0xF8C},
		{"header only", dmpfile.HeaderOnly, func() *dmptest.Image {
			m := dmptest.HeaderOnly(h64)
			m.Append(secondary)
			return m
		}(), 0x2000, nil, 0xF9C},
		{"summary, short layout", dmpfile.Summary, dmptest.Summary{Header: h64, Pages: pages, Secondary: secondary}.Image(), 0x3000, pfns, 0x2018},
		{"summary, long layout", dmpfile.Summary, dmptest.Summary{Header: h64, Layout: dmptest.SummaryLong, Pages: pages, Secondary: secondary}.Image(), 0x3000, pfns, 0x2038},
		{"summary, 32-bit", dmpfile.Summary, dmptest.Summary{Header: h32, Pages: pages, Secondary: secondary}.Image(), 0x2000, pfns, 0x1018},
		{"bitmap", dmpfile.BitmapKernel, dmptest.Bitmap{Header: h64, Pages: pages, Secondary: secondary}.Image(), 0x3000, pfns, 0x2038},
		{"bitmap of type 7", dmpfile.BitmapKernel, dmptest.Bitmap{Header: type7, Pages: pages, Secondary: secondary}.Image(), 0x3000, pfns, 0x2038},
		{"bitmap, long", dmpfile.BitmapKernel, dmptest.Bitmap{Header: h64, Bits: 0x40001, Pages: pages, Secondary: secondary}.Image(), 0xB000, pfns, 0x2038},
		{"bitmap, pages not aligned", dmpfile.BitmapFull, dmptest.Bitmap{Header: type5, Bits: 395, Unaligned: true, Pages: pages, Secondary: secondary}.Image(), 0x206A, pfns, 0x2038},
		{"bitmap, 32-bit", dmpfile.BitmapKernel, dmptest.Bitmap{Header: h32, Pages: pages, Secondary: secondary}.Image(), 0x2000, pfns, 0x1038},
		{"ranges of type 8", dmpfile.Range, dmptest.Range{Header: type8, Ranges: runs, Secondary: secondary}.Image(), 0x2070, inRuns, 0x2070},
		{"ranges of type 9, padded", dmpfile.Range, dmptest.Range{Header: type9, Ranges: runs, MetadataSize: 0xFE0, Secondary: secondary}.Image(), 0x3000, inRuns, 0x2070},
		{"ranges of type 10", dmpfile.Range, dmptest.Range{Header: h64, Ranges: runs, Secondary: secondary}.Image(), 0x2060, inRuns, 0x2030},
	}
}

// checkCut opens the first size bytes of a dump and compares with what the builder put into them.
func checkCut(t *testing.T, d pageDump, size int64) {
	t.Helper()
	f := open(t, d.image.Data()[:size])
	declared := int64(len(d.pfns)) * 0x1000
	header := min(size, d.first)
	primary := min(declared, size-header)
	missing := max(0, d.first+declared-size)
	whole := primary / 0x1000
	want := dmpfile.Regions{
		Total: size, Header: header, Known: true, Primary: primary, Secondary: size - header - primary,
		Declared: declared, Pages: uint64(len(d.pfns)), Missing: missing, MissingPages: uint64(int64(len(d.pfns)) - whole),
	}
	if missing > 0 && whole > 0 {
		want.LastWholePage = &d.pfns[whole-1]
	}
	expect(t, "regions", f.Regions, want)
	expect(t, "end of primary data", f.Regions.PrimaryEnd(), header+primary)
	var findings []string
	if size < int64(f.Bits)*0x80 { // the header is 0x1000 or 0x2000 bytes long
		findings = append(findings, "error header-truncated")
	}
	if missing > 0 {
		findings = append(findings, "error truncated")
	}
	expectIDs(t, f.Findings(), findings...)

	wantStreams := 0
	if size-header-primary == secondarySize {
		wantStreams = 1
	}
	expect(t, "number of streams", len(f.Secondary().Streams), wantStreams)
}

// Header, primary and secondary data add up to the file, and say what is missing, wherever the file is cut.
func TestRegions(t *testing.T) {
	for _, d := range pageDumps() {
		t.Run(d.name, func(t *testing.T) {
			total := int64(d.image.Len())
			end := d.first + int64(len(d.pfns))*0x1000
			if total != end+secondarySize {
				t.Fatalf("the dump has %#x bytes", total)
			}
			f := open(t, d.image.Data())
			expect(t, "format", f.Format, d.format)
			page := make([]byte, 0x1000)
			for i, want := range d.pfns {
				pfn, ok, err := f.StoredPage(uint64(i))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := f.ReadAt(page, d.first+int64(i)*0x1000); err != nil {
					t.Fatal(err)
				}
				if !ok || pfn != want || !bytes.Equal(page, dmptest.PageBytes(want)) {
					t.Errorf("stored page %d: %#x, %v; want %#x", i, pfn, ok, want)
				}
			}
			if pfn, ok, _ := f.StoredPage(uint64(len(d.pfns))); ok {
				t.Errorf("a page behind the last: %#x", pfn)
			}
			cuts := []int64{total, total - 1, end + 1, end, end - 1, end - 0x1000, end - 0x1001, d.first + 0x1FFF, d.first + 1, d.first, d.first - 1, d.knownFrom}
			for _, size := range cuts {
				if size < d.knownFrom || size > total {
					continue
				}
				t.Run(fmt.Sprintf("cut to %#x", size), func(t *testing.T) { checkCut(t, d, size) })
			}
		})
	}
}

// A dump that is cut before its page count has no known regions.
func TestCutBeforePageCount(t *testing.T) {
	for _, d := range pageDumps() {
		t.Run(d.name, func(t *testing.T) {
			size := d.knownFrom - 1
			f := open(t, d.image.Data()[:size])
			wantHeader := min(size, int64(f.Bits)*0x80)
			expect(t, "regions", f.Regions, dmpfile.Regions{Total: size, Header: wantHeader})
			if len(f.Findings()) == 0 || f.Findings()[0].Severity != dmpfile.SeverityError {
				t.Errorf("findings: %v", f.Findings())
			}
			expect(t, "streams", f.Secondary(), &dmpfile.Secondary{})
			if _, ok, _ := f.StoredPage(0); ok {
				t.Error("a page was found")
			}
		})
	}
}

// Triage data is cut by SizeOfDump, not by pages.
func TestTriageRegions(t *testing.T) {
	for _, c := range []struct {
		name      string
		header    int64
		directory int64 // its size
	}{{"triage-amd64.dmp", 0x2000, 0x80}, {"triage-amd64-kernel.dmp", 0x2000, 0x80}, {"triage-x86.dmp", 0x1000, 0x68}} {
		m := sample(t, c.name)
		end := int64(bytes.Index(m.Data(), []byte("TRGD"))) + 4
		total := int64(m.Len())
		for _, size := range []int64{total, total - 1, end, end - 1, c.header + c.directory} {
			t.Run(fmt.Sprintf("%s cut to %#x", c.name, size), func(t *testing.T) {
				f := open(t, m.Data()[:size])
				primary := min(size, end) - c.header
				expect(t, "regions", f.Regions, dmpfile.Regions{
					Total: size, Header: c.header, Known: true, Primary: primary, Secondary: size - c.header - primary,
					Declared: end - c.header, Missing: max(0, end-size),
				})
				var findings []string
				if size < end {
					findings = []string{"error truncated"}
				}
				expectIDs(t, f.Findings(), findings...)
			})
		}
	}
}

// Behind the header an encrypted dump is unknown, whatever its type.
func TestEncrypted(t *testing.T) {
	for _, c := range []struct {
		dumpType uint32
		want     dmpfile.Format
	}{{1, dmpfile.Full}, {2, dmpfile.Summary}, {3, dmpfile.HeaderOnly}, {4, dmpfile.TriageDump}, {5, dmpfile.BitmapFull}, {6, dmpfile.BitmapKernel}, {10, dmpfile.Range}} {
		h := dmptest.Header{DumpType: c.dumpType, Runs: []dmptest.Run{{Base: 1, Count: 1}}}
		f := open(t, dmptest.Encrypted(h, 0x3000).Data())
		expect(t, "format", f.Format, c.want)
		expect(t, "regions", f.Regions, dmpfile.Regions{Total: 0x5000, Header: 0x2000})
		expectIDs(t, f.Findings(), "warning encrypted")
		expect(t, "secondary data", f.Secondary(), &dmpfile.Secondary{})
		if _, ok, err := f.StoredPage(0); f.Triage != nil || ok || err != nil {
			t.Errorf("type %d: cipher text was read: %v, %v, %v", c.dumpType, f.Triage, ok, err)
		}
	}
}

// What is cut or filler in the directory of a triage dump is absent.
func TestTriageDirectoryAbsent(t *testing.T) {
	m := dmptest.Triage{Header: dmptest.Header{Build: 19041}}.Image()
	m.PutFiller(0x2004, 4)
	f := open(t, m.Data())
	expect(t, "known with SizeOfDump as filler", f.Regions.Known, false)
	expectIDs(t, f.Findings(), "error page-count-unknown")
	m = dmptest.Triage{Header: dmptest.Header{Build: 19041}}.Image()
	m.Truncate(0x2050)
	f = open(t, m.Data())
	if f.Format != dmpfile.TriageDump || f.Triage != nil || f.Regions.Known {
		t.Errorf("cut in the directory: %s, %+v", f.Format, f.Regions)
	}
	expectIDs(t, f.Findings(), "error header-truncated")
}
