package secondary

import (
	"bytes"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

var exampleMemory = []dmptest.AddedMemory{
	{Name: "IoTriageDumpData", Blocks: []dmptest.Block{{VA: 0xFFFFF803EA0FE140, Data: []byte("first block of memory")}, {VA: 0xFFFFE603417FF7D0, Data: []byte("second")}}},
	{Name: "b"},
	{Name: "M", Blocks: []dmptest.Block{{VA: 1, Data: []byte{}}, {VA: 0xFFFFFFFFFFFFFFFF, Data: []byte{7}}}},
}

func TestTriageData(t *testing.T) {
	b := dmptest.TriageDataBlob(exampleMemory...).Data
	d, n, err := ReadTriageData(b)
	expectWhole(t, b, n, err)
	expectEqual(t, "groups", d.Groups, []TriageGroup{
		{Name: "IoTriageDumpData", Ranges: []VirtualRange{{0xFFFFF803EA0FE140, 21}, {0xFFFFE603417FF7D0, 6}}},
		{Name: "b"}, {Name: "M", Ranges: []VirtualRange{{1, 0}, {0xFFFFFFFFFFFFFFFF, 1}}},
	})
	expectField(t, d, "fffff803ea0fe140", "21 bytes")
	second := 8 + 32 + 17
	for _, c := range []struct {
		name   string
		patch  func(m *dmptest.Image)
		off    int
		groups int
	}{
		{"a cut name", func(m *dmptest.Image) { m.Truncate(m.Len() - 1) }, second + 10, 2},
		{"a cut header", func(m *dmptest.Image) { m.Truncate(second + 7) }, second, 1},
		{"many ranges", func(m *dmptest.Image) { m.PutU32(second, 0xFFFFFFFF) }, second, 1},
		{"a long name", func(m *dmptest.Image) { m.PutU32(4, 0xFFFFFFFF) }, 0, 0},
	} {
		m := dmptest.Load(b)
		c.patch(m)
		d, n, err := ReadTriageData(m.Data())
		expectStop(t, c.name, n, err, int64(c.off), "does not end")
		if len(d.Groups) != c.groups {
			t.Errorf("%s: %d groups", c.name, len(d.Groups))
		}
	}
}

func TestSections(t *testing.T) {
	b := dmptest.SectionsBlob(exampleMemory...).Data
	d, n, err := ReadSections(b)
	expectWhole(t, b, n, err)
	expectEqual(t, "sections", d.Sections, []Section{
		{Name: "IoTriageDumpData", Blocks: []MemoryBlock{{0xFFFFF803EA0FE140, []byte("first block of memory")}, {0xFFFFE603417FF7D0, []byte("second")}}},
		{Name: "b"}, {Name: "M", Blocks: []MemoryBlock{{1, []byte{}}, {0xFFFFFFFFFFFFFFFF, []byte{7}}}},
	})
	expectField(t, d, "ffffe603417ff7d0", "6 bytes")
	for _, f := range find(d.Fields(), "IoTriageDumpData") {
		for _, x := range f.Fields {
			if bytes.Contains([]byte(x.Value), []byte("second")) {
				t.Error("the memory is shown")
			}
		}
	}
	const first = 0x18
	const blocks = first + 0x14 + 24
	for _, c := range []struct {
		name     string
		patch    func(m *dmptest.Image)
		off      int
		text     string
		sections int
	}{
		{"a cut header", func(m *dmptest.Image) { m.Truncate(0x17) }, 0, "header", 0},
		{"a header of another size", func(m *dmptest.Image) { m.PutU32(0, 0x17) }, 0, "header", 0},
		{"a header without end", func(m *dmptest.Image) { m.PutU32(0, 0xFFFFFFFF) }, 0, "header", 0},
		{"more sections", func(m *dmptest.Image) { m.PutU16(6, 4) }, len(b), "does not end", 3},
		{"fewer sections", func(m *dmptest.Image) { m.PutU16(6, 0) }, 0x18, "own", 0},
		{"a section without end", func(m *dmptest.Image) { m.PutU32(first+8, 0xFFFFFFFF) }, first, "section does not end", 0},
		{"a name longer than the header", func(m *dmptest.Image) { m.PutU32(first+0x10, 25) }, first, "section does not end", 0},
		{"a block longer than its section", func(m *dmptest.Image) { m.PutU64(blocks+8, 0xFFFFFFFFFFFFFFFF) }, blocks, "block of memory", 1},
		{"many blocks", func(m *dmptest.Image) { m.PutU32(first+4, 0xFFFFFFFF) }, blocks + 32 + 21 + 6, "block of memory", 1},
		{"fewer blocks", func(m *dmptest.Image) { m.PutU32(first+4, 1) }, blocks + 16 + 21, "bytes follow", 1},
		{"a cut file", func(m *dmptest.Image) { m.Truncate(m.Len() - 1) }, len(b) - 33 - 0x1C, "section does not end", 2},
	} {
		m := dmptest.Load(b)
		c.patch(m)
		d, n, err := ReadSections(m.Data())
		expectStop(t, c.name, n, err, int64(c.off), c.text)
		if len(d.Sections) != c.sections {
			t.Errorf("%s: %d sections", c.name, len(d.Sections))
		}
	}
}

func TestStorePage(t *testing.T) {
	page := bytes.Repeat([]byte{0xA5}, 4096)
	b := dmptest.StorePageBlob(0xFFFF85824E1B8000, 0xA9E69D15, 0x2268DA, page).Data
	p, n, err := ReadStorePage(b)
	expectWhole(t, b, n, err)
	expectEqual(t, "page", p, &StorePage{Address: 0xFFFF85824E1B8000, Parameter3: 0xA9E69D15, Parameter4: 0x2268DA, Page: page})
	expectField(t, p, "bytes of the page", "4096")
	p, n, err = ReadStorePage(b[:len(b)-1])
	expectStop(t, "a cut page", n, err, 0x10, "does not end")
	if p.Parameter4 != 0x2268DA || p.Page != nil {
		t.Errorf("%+v", p)
	}
	_, n, err = ReadStorePage(b[:0x2F])
	expectStop(t, "a cut header", n, err, 0, "cut")
	_, n, err = ReadStorePage(append(b, 1))
	expectStop(t, "a byte more", n, err, 0x30+4096, "own")
}
