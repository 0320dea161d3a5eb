package pe_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

func TestHeader(t *testing.T) {
	for _, c := range []struct {
		machine uint16
		bits    int
	}{{dmptest.AMD64, 64}, {dmptest.ARM64, 64}, {dmptest.X86, 32}, {dmptest.ARM, 32}} {
		p := driver
		p.Machine = c.machine
		p.ImageBase = 0x81230000
		characteristics := map[int]uint16{32: 0x102, 64: 0x22}[c.bits]
		for layout, im := range layouts(p, nil) {
			expect(t, layout, im.Header, pe.Header{
				Machine: dmpfile.Machine(c.machine), Bits: c.bits, TimeDateStamp: 0xC9C03000, Characteristics: characteristics, EntryPoint: 0x1010,
				ImageBase: 0x81230000, SectionAlignment: 0x1000, SizeOfImage: 0xA000, SizeOfHeaders: 0x400, CheckSum: 0x4B1D2, Subsystem: 1,
			})
			expect(t, layout, im.Sections, []pe.Section{
				{Name: ".text", RVA: 0x1000, Size: 0x1400, FileOffset: 0x400, FileSize: 0x1400, Characteristics: 0x68000020},
				{Name: ".data", RVA: 0x3000, Size: 0x2345, FileOffset: 0x1800, FileSize: 0x200, Characteristics: 0xC8000040},
				{Name: "PAGELONG", RVA: 0x6000, Size: 0x1000, FileOffset: 0x1A00, FileSize: 0x1000, Characteristics: 0x60000020},
				{Name: ".pdata", RVA: 0x7000, Size: 0x4B0, FileOffset: 0x2A00, FileSize: 0x600, Characteristics: 0x48000040},
				{Name: ".rdata", RVA: 0x8000, Size: 0x83, FileOffset: 0x3000, FileSize: 0x200, Characteristics: 0x48000040},
				{Name: ".rsrc", RVA: 0x9000, Size: 0xEC, FileOffset: 0x3200, FileSize: 0x200, Characteristics: 0x42000040},
			})
			if im.Size() != 0xA000 {
				t.Errorf("%s: size %#x", layout, im.Size())
			}
			d, err := im.ExceptionDirectory()
			expect(t, layout+" exception directory", d, pe.Directory{RVA: 0x7000, Size: 0x4B0})
			expect(t, layout+" exception directory", err, nil)
		}
	}
}

// The headers of an image that is neither in memory nor in a file as it should be.
func TestDamagedHeader(t *testing.T) {
	u16 := func(off int, v uint16) func(*dmptest.Image) { return func(m *dmptest.Image) { m.PutU16(off, v) } }
	u32 := func(off int, v uint32) func(*dmptest.Image) { return func(m *dmptest.Image) { m.PutU32(off, v) } }
	cut := func(n int) func(*dmptest.Image) { return func(m *dmptest.Image) { m.Truncate(n) } }
	for _, c := range []struct {
		name   string
		damage func(*dmptest.Image)
		want   string
	}{
		{"empty", cut(0), "format 0x0"},
		{"cut in the DOS header", cut(0x3F), "format 0x0"},
		{"no MZ", u16(0, 0x4D5A), "format 0x0"},
		{"zeros", func(m *dmptest.Image) { m.PutZero(0, 0x400) }, "format 0x0"},
		{"PE header far away", u32(0x3C, 0xFFFFFFFF), "format 0xffffffff"},
		{"PE header in the DOS header", u32(0x3C, 4), "format 0x4"},
		{"no PE", u16(0x80, 0x454E), "format 0x80"},
		{"cut in the PE header", cut(0x97), "format 0x80"},
		{"97 sections", u16(0x86, 97), "format 0x86"},
		{"no optional header", u16(0x94, 0), "format 0x98"},
		{"short optional header", u16(0x94, 0x6F), "format 0x98"},
		{"unknown magic", u16(0x98, 0x107), "format 0x98"},
		{"cut in the optional header", cut(0x187), "format 0x98"},
		{"cut in the section table", cut(0x188 + 6*0x28 - 1), "format 0x188"},
		{"SizeOfImage 0", u32(0xD0, 0), "format 0xd0"},
		{"SizeOfImage inside the headers", u32(0xD0, 0x188+6*0x28-1), "format 0xd0"},
	} {
		for layout, open := range map[string]func(*dmptest.Image) (*pe.Image, error){
			"mapped": func(m *dmptest.Image) (*pe.Image, error) {
				return pe.NewMapped(memory{base: kernelBase, data: m.Data()}, kernelBase, uint32(max(1, m.Len())))
			},
			"file": func(m *dmptest.Image) (*pe.Image, error) { return openFile(m.Data()) },
		} {
			m := driver.Mapped()
			if layout == "file" {
				m = driver.File()
			}
			c.damage(m)
			im, err := open(m)
			if got := failure(err); got != c.want || im != nil {
				t.Errorf("%s, %s: %v, want %s", c.name, layout, err, c.want)
			}
		}
	}
}

// What the headers say too much of is ignored where it does no harm.
func TestOddHeader(t *testing.T) {
	for _, c := range []struct {
		name  string
		patch patch
		want  string
	}{
		{"many directories", u32("", 0x98+0x6C, 0xFFFFFFFF), ""},
		{"no sections", func(m *dmptest.Image, _ func(string) int) { m.PutU16(0x86, 0) }, ""},
		{"no directories", u32("", 0x98+0x6C, 0), "none"},
		{"optional header cut in a directory", func(m *dmptest.Image, _ func(string) int) { m.PutU16(0x94, 0x70+8*3+4) }, "none"},
	} {
		for layout, im := range layouts(driver, c.patch) {
			if d, err := im.ExceptionDirectory(); failure(err) != c.want || err == nil && d.RVA != 0x7000 {
				t.Errorf("%s, %s: %+v, %v", c.name, layout, d, err)
			}
		}
	}
	// A table of sections behind the first page.
	far := driver.Mapped()
	headers := append([]byte(nil), far.Data()[0x80:0x400]...)
	far.PutZero(0x80, 0x380)
	far.PutU32(0x3C, 0x1F00)
	far.PutBytes(0x1F00, headers)
	im := opened(openMapped(far.Data()))
	if len(im.Sections) != 6 || im.TimeDateStamp != 0xC9C03000 {
		t.Errorf("%+v", im)
	}
	if _, err := openMapped(far.Data(), 2); failure(err) != "absent 0x2000" {
		t.Errorf("headers that are half there: %v", err)
	}
}

// A header page that is not in the dump is not a damaged one.
func TestHeaderNotInDump(t *testing.T) {
	if im, err := openMapped(driver.Mapped().Data(), 0); im != nil || failure(err) != "absent 0x0" {
		t.Error(im, err)
	}
}

func TestMappedPlace(t *testing.T) {
	data := driver.Mapped().Data()
	for _, c := range []struct {
		base dmpfile.VirtAddr
		size uint32
		want string
		end  uint32
	}{
		{kernelBase, 0xA000, "", 0xA000},
		{kernelBase, 0, "", 0xA000}, // the size is the header's
		{kernelBase, 0x9800, "", 0x9800},
		{kernelBase, 0xB000, "", 0xB000},
		{0, 0, "", 0xA000},
		{0, 0xA000, "", 0xA000},
		{math.MaxUint64 - 0x9FFF, 0xA000, "", 0xA000},
		{math.MaxUint64 - 0x8FFF, 0, "", 0x9000},
		{math.MaxUint64 - 0x8FFF, 0xA000, "format 0x0", 0},
		{math.MaxUint64, 2, "format 0x0", 0},
	} {
		im, err := pe.NewMapped(memory{base: c.base, data: data}, c.base, c.size)
		if failure(err) != c.want {
			t.Errorf("at %#x, size %#x: %v", c.base, c.size, err)
		}
		if err == nil && im.Size() != c.end {
			t.Errorf("at %#x, size %#x: the image ends at %#x", c.base, c.size, im.Size())
		}
	}
}

// A file reads as Windows maps it.
func TestFileReadsAsMapped(t *testing.T) {
	want := driver.Mapped().Data()
	im := opened(openFile(driver.File().Data()))
	got := make([]byte, len(want))
	if n, err := im.ReadAt(got, 0); n != len(want) || err != nil {
		t.Fatal(n, err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the file reads differently")
	}
}

// A file whose sections lie anywhere reads as a plain map of its bytes says.
func TestFileSections(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := driver.File()
		data := m.Data()[0x400:]
		for i := range data {
			data[i] = byte(i*7+i>>8) | 1 // no zeros: they would look like memory without data
		}
		m.PutU32(0x98+0x20, uint32(rapid.SampledFrom([]int{0, 1, 0x20, 0x1000, 0x2000}).Draw(t, "alignment")))
		m.PutU32(0x98+0x3C, uint32(rapid.IntRange(0, 0x1400).Draw(t, "headers")))
		for i := range 6 {
			m.PutU32(0x188+i*0x28+8,
				uint32(rapid.IntRange(0, 0x3000).Draw(t, "size")), uint32(rapid.IntRange(0, 0xA000).Draw(t, "rva")),
				uint32(rapid.IntRange(0, 0x3000).Draw(t, "file size")), uint32(rapid.IntRange(0, 0x3400).Draw(t, "offset")))
		}
		im := opened(openFile(m.Data()))
		model := plainMap(im, m.Data())
		rva := rapid.IntRange(0, 0x9FFF).Draw(t, "from")
		p := bytes.Repeat([]byte{0xEE}, rapid.IntRange(1, 0x4000).Draw(t, "n"))
		n, err := im.ReadAt(p, int64(rva))
		for i, b := range p[:n] {
			if model[rva+i] != int(b) {
				t.Fatalf("%#x: got %#x, want %#x", rva+i, b, model[rva+i])
			}
		}
		switch {
		case n == len(p) && err == nil:
		case rva+n == 0xA000 && err == io.EOF:
		case model[rva+n] < 0 && strings.HasPrefix(failure(err), "format "):
		default:
			t.Fatalf("%d bytes of %d at %#x, then %v", n, len(p), rva, err)
		}
	})
}

// plainMap says for each RVA which byte is there: -1 for none.
func plainMap(im *pe.Image, data []byte) []int {
	model := make([]int, im.SizeOfImage+1)
	for i := range model {
		model[i] = -1
	}
	type part struct{ rva, size, off, fileSize int }
	parts := []part{{0, int(im.SizeOfHeaders), 0, int(im.SizeOfHeaders)}}
	for _, s := range im.Sections {
		p := part{int(s.RVA), int(s.Size), int(s.FileOffset), int(s.FileSize)}
		if p.off == 0 {
			p.fileSize = 0
		}
		parts = append(parts, p)
	}
	owner := make([]int, len(model)) // the part that begins first, of two the first in the table
	for i := range owner {
		owner[i] = -1
	}
	for i, p := range parts {
		end := p.rva + p.size
		if im.SectionAlignment >= 0x1000 {
			end = (end + 0xFFF) / 0x1000 * 0x1000
		}
		for rva := p.rva; rva < min(end, int(im.SizeOfImage)); rva++ {
			if o := owner[rva]; o >= 0 && parts[o].rva <= p.rva {
				continue
			}
			owner[rva] = i
			model[rva] = 0
			if at := rva - p.rva; at < p.fileSize {
				model[rva] = -1
				if p.off+at < len(data) {
					model[rva] = int(data[p.off+at])
				}
			}
		}
	}
	return model
}

// Reads of a mapped image with holes return the bytes before the hole, and the address of the hole.
func TestMappedHoles(t *testing.T) {
	data := driver.Mapped().Data()
	rapid.Check(t, func(t *rapid.T) {
		m := memory{kernelBase, data, map[int]bool{}}
		for _, h := range rapid.SliceOfN(rapid.IntRange(1, 9), 0, 5).Draw(t, "holes") {
			m.holes[h] = true
		}
		im := opened(pe.NewMapped(m, kernelBase, 0xA000))
		rva := rapid.IntRange(0, 0x9FFF).Draw(t, "rva")
		p := make([]byte, rapid.IntRange(1, 0x4000).Draw(t, "n"))
		end := rva
		for end < min(rva+len(p), 0xA000) && !m.holes[end/0x1000] {
			end++
		}
		n, err := im.ReadAt(p, int64(rva))
		if n != end-rva || !bytes.Equal(p[:n], data[rva:end]) {
			t.Fatalf("%d bytes at %#x, want %d", n, rva, end-rva)
		}
		var absent *dmpfile.NotInDumpError
		switch {
		case n == len(p) && err == nil:
		case end == 0xA000 && err == io.EOF:
		case errors.As(err, &absent) && absent.Address == kernelBase+dmpfile.VirtAddr(end):
		default:
			t.Fatalf("%d bytes of %d at %#x, then %v", n, len(p), rva, err)
		}
	})
}

func TestReadOutside(t *testing.T) {
	for layout, im := range layouts(driver, nil) {
		for _, rva := range []int64{-1, 0xA000, math.MinInt64, math.MaxInt64, 1 << 32} {
			if n, err := im.ReadAt(make([]byte, 4), rva); n != 0 || err != io.EOF {
				t.Errorf("%s: ReadAt(%#x) = %d, %v", layout, rva, n, err)
			}
		}
		if n, err := im.ReadAt(make([]byte, 8), 0x9FFC); n != 4 || err != io.EOF {
			t.Errorf("%s: across the end: %d, %v", layout, n, err)
		}
	}
}

// A hole ahead of the end of the image is what the error names.
func TestReadHoleThenEnd(t *testing.T) {
	im := opened(openMapped(driver.Mapped().Data(), 9))
	if n, err := im.ReadAt(make([]byte, 0x2000), 0x8800); n != 0x800 || failure(err) != "absent 0x9000" {
		t.Error(n, err)
	}
}

// failing is a file that the system cannot read from an offset on.
type failing struct {
	data []byte
	from int64
}

var errDisk = errors.New("disk error")

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.from {
		return 0, errDisk
	}
	return copy(p, f.data[off:]), nil
}

// An error of the file is passed on, and so is the end of a file that was cut.
func TestFileErrors(t *testing.T) {
	data := driver.File().Data()
	im := opened(pe.NewFile(failing{data, 0x3000}, int64(len(data))))
	if _, err := im.PDB(); err != errDisk {
		t.Errorf("PDB: %v", err)
	}
	if _, err := pe.NewFile(failing{data, 0}, int64(len(data))); err != errDisk {
		t.Errorf("NewFile: %v", err)
	}
	im = opened(openFile(data[:0x3010]))
	if _, err := im.PDB(); failure(err) != "format 0x8010" {
		t.Errorf("PDB of a cut file: %v", err)
	}
	if _, err := im.Version(); failure(err) != "format 0x9000" {
		t.Errorf("Version of a cut file: %v", err)
	}
	if n, err := im.ReadAt(make([]byte, 0x100), 0x8000); n != 0x10 || failure(err) != "format 0x8010" {
		t.Errorf("ReadAt of a cut file: %d, %v", n, err)
	}
}

func TestExceptionDirectory(t *testing.T) {
	const at = 0x98 + 0x70 + 8*3
	for _, c := range []struct {
		rva, size uint32
		want      string
	}{
		{0x7000, 0x4B0, ""}, {0x7000, 0x3000, ""}, {0x7000, 0x3001, "format 0x7000"}, {0, 12, "none"}, {0x7000, 0, "none"},
		{0xFFFFFFFF, 0xFFFFFFFF, "format 0xffffffff"}, {0xA000, 1, "format 0xa000"},
	} {
		for layout, im := range layouts(driver, func(m *dmptest.Image, _ func(string) int) { m.PutU32(at, c.rva, c.size) }) {
			if d, err := im.ExceptionDirectory(); failure(err) != c.want || err == nil && d != (pe.Directory{RVA: c.rva, Size: c.size}) {
				t.Errorf("%s %#x: %+v, %v", layout, c.rva, d, err)
			}
		}
	}
}

// The directory of signatures has an offset in the file, which no size of the image bounds.
func TestCertificatesEnd(t *testing.T) {
	const at = 0x98 + 0x70 + 8*4
	for _, c := range []struct {
		offset, size uint32
		want         int64
	}{{0, 0, 0}, {0, 8, 0}, {0x8000, 0x2000, 0xA000}, {0xFFFFFFFF, 0xFFFFFFFF, 0x1FFFFFFFE}} {
		for layout, im := range layouts(driver, func(m *dmptest.Image, _ func(string) int) { m.PutU32(at, c.offset, c.size) }) {
			if got := im.CertificatesEnd(); got != c.want {
				t.Errorf("%s %#x: %#x, want %#x", layout, c.offset, got, c.want)
			}
		}
	}
}

// An image can be asked by many at once; the race detector looks on.
func TestConcurrentUse(t *testing.T) {
	for layout, im := range layouts(driver, nil) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				pdb, err1 := im.PDB()
				v, err2 := im.Version()
				n, err3 := im.ReadAt(make([]byte, 0xA000), 0)
				if err1 != nil || err2 != nil || err3 != nil || *pdb != whole || v.File[2] != 19041 || n != 0xA000 {
					t.Errorf("%s: %v %v %v", layout, err1, err2, err3)
				}
			})
		}
		wg.Wait()
	}
}
