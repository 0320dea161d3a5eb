package pe_test

import (
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

// A build is reproducible where the debug directory says so, and none is where the whole of it does not.
func TestReproducible(t *testing.T) {
	const directory = 0x98 + 0x70 + 8*6
	dated, none := driver, driver
	dated.Dated = true
	none.CodeView = nil
	size := func(n uint32) patch { return func(m *dmptest.Image, _ func(string) int) { m.PutU32(directory+4, n) } }
	for _, c := range []struct {
		name  string
		image dmptest.PE
		patch patch
		want  bool
		fails string // as failure says
	}{
		{"reproducible", driver, nil, true, ""},
		{"dated", dated, nil, false, ""},
		{"no debug directory", none, nil, false, ""},
		{"the entry is the last one", dated, u32(".rdata", 0x1C+0xC, 16), true, ""},
		{"the entry is behind the end", dated, func(m *dmptest.Image, at func(string) int) { size(0x1C)(m, at); u32(".rdata", 0x1C+0xC, 16)(m, at) }, false, ""},
		{"shorter than an entry", dated, size(0x1B), false, "format 0x8000"},
		{"memory that was taken back", dated, u32(".rdata", 0, 0, 0, 0, 0), false, "format 0x8000"},
		{"the second entry is none", dated, u32(".rdata", 0x1C, 1), false, "format 0x801c"},
		{"outside the image", dated, func(m *dmptest.Image, _ func(string) int) { m.PutU32(directory, 0xA000) }, false, "format 0xa000"},
	} {
		for layout, im := range layouts(c.image, c.patch) {
			if got, err := im.Reproducible(); got != c.want || failure(err) != c.fails {
				t.Errorf("%s, %s: %v, %v", c.name, layout, got, err)
			}
		}
	}
}

// What the dump does not have says nothing.
func TestReproducibleAbsent(t *testing.T) {
	dated := driver
	dated.Dated = true
	im := opened(openMapped(dated.Mapped().Data(), 8))
	if got, err := im.Reproducible(); got || failure(err) != "absent 0x8000" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestSectionAt(t *testing.T) {
	for layout, im := range layouts(driver, nil) {
		for _, c := range []struct {
			rva  uint32
			want string
		}{
			{0, ""}, {0xFFF, ""}, {0x1000, ".text"}, {0x23FF, ".text"}, {0x2400, ""}, {0x3000, ".data"}, {0x5344, ".data"}, {0x5345, ""}, {0x8000, ".rdata"},
			{0x9FFF, ""}, {0xFFFFFFFF, ""},
		} {
			if s, ok := im.SectionAt(c.rva); s.Name != c.want || ok != (c.want != "") {
				t.Errorf("%s: %#x is in %q, want %q", layout, c.rva, s.Name, c.want)
			}
		}
	}
	wraps := opened(openMapped(driver.Mapped().Data()))
	wraps.Sections = []pe.Section{{Name: "wide", RVA: 0xFFFFF000, Size: 0xFFFFFFFF}}
	if s, ok := wraps.SectionAt(0x10); ok {
		t.Errorf("a section that wraps has %+v", s)
	}
}
