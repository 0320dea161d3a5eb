package pe_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

// patch changes an image; section gives the offset of a section in its layout.
type patch = func(m *dmptest.Image, section func(string) int)

func u32(section string, off int, v ...uint32) patch {
	return func(m *dmptest.Image, at func(string) int) { m.PutU32(at(section)+off, v...) }
}

// withCodeView returns the driver with another CodeView record.
func withCodeView(record []byte) dmptest.PE {
	p := driver
	p.CodeView = record
	return p
}

var (
	whole = pe.PDB{Path: "amdppm.pdb", GUID: guid, Age: 1}
	old   = pe.PDB{Path: `c:\build\obj\old.pdb`, Signature: 0x3B7D8410, Age: 0x1F}
)

func TestPDB(t *testing.T) {
	const directory = 0x98 + 0x70 + 8*6
	long := strings.Repeat("x", 1024)
	for _, c := range []struct {
		name  string
		image dmptest.PE
		patch patch
		want  string // as failure says
		pdb   pe.PDB
	}{
		{"RSDS", driver, nil, "", whole},
		{"NB10", withCodeView(dmptest.NB10(0x3B7D8410, 0x1F, `c:\build\obj\old.pdb`)), nil, "", old},
		{"PE32", func() dmptest.PE { p := driver; p.Machine = dmptest.X86; return p }(), nil, "", whole},
		{"longest name", withCodeView(dmptest.RSDS(guid, 1, long)), nil, "", pe.PDB{Path: long, GUID: guid, Age: 1}},
		{"name without end", driver, u32(".rdata", 0x1C+0x10, 0x18+6), "", pe.PDB{Path: "amdppm", GUID: guid, Age: 1}},
		{"no name", driver, u32(".rdata", 0x1C+0x10, 0x18), "", pe.PDB{GUID: guid, Age: 1}},
		{"two records, the first one damaged", driver, u32(".rdata", 0xC, 2, 0x23, 0x8050, 0x50), "", whole},
		{"size of the directory no multiple", driver, u32("", directory+4, 0x53), "", whole},
		{"endless directory", driver, u32("", directory+4, 0x2000), "", whole},

		{"no directory", driver, u32("", directory, 0, 0), "none", pe.PDB{}},
		{"empty directory", driver, u32("", directory+4, 0x1B), "none", pe.PDB{}},
		{"no CodeView entry", driver, u32("", directory+4, 0x37), "none", pe.PDB{}},
		{"CodeView entry behind 64 others", driver, u32("", directory, 0x8000-64*0x1C+0x1C, 65*0x1C), "none", pe.PDB{}},
		{"directory outside", driver, u32("", directory, 0x9FF0, 0x38), "format 0x9ff0", pe.PDB{}},
		{"directory far outside", driver, u32("", directory, 0xFFFFFFFF, 0xFFFFFFFF), "format 0xffffffff", pe.PDB{}},
		{"record outside", driver, u32(".rdata", 0x1C+0x14, 0xA000), "format 0xa000", pe.PDB{}},
		{"record at the end", driver, u32(".rdata", 0x1C+0x14, 0x9FF0), "format 0x9ff0", pe.PDB{}},
		{"short record", driver, u32(".rdata", 0x1C+0x10, 0x17), "format 0x8060", pe.PDB{}},
		{"empty record", driver, u32(".rdata", 0x1C+0x10, 0), "format 0x8060", pe.PDB{}},
		{"unknown record", driver, u32(".rdata", 0x60, 0x3131424E), "format 0x8060", pe.PDB{}},
		{"name too long", withCodeView(dmptest.RSDS(guid, 1, long+"yy")), nil, "format 0x8060", pe.PDB{}},
	} {
		for layout, im := range layouts(c.image, c.patch) {
			pdb, err := im.PDB()
			if got := failure(err); got != c.want {
				t.Errorf("%s, %s: %v, want %s", c.name, layout, err, c.want)
			}
			if pdb != nil {
				expect(t, c.name+", "+layout, *pdb, c.pdb)
			} else if err == nil {
				t.Errorf("%s, %s: nothing", c.name, layout)
			}
		}
	}
}

// A record without an RVA is in the file, not in memory.
func TestPDBOutsideTheImage(t *testing.T) {
	images := layouts(driver, u32(".rdata", 0x1C+0x14, 0))
	pdb, err := images["file"].PDB()
	if err != nil || *pdb != whole {
		t.Errorf("in the file: %+v, %v", pdb, err)
	}
	if pdb, err := images["mapped"].PDB(); pdb != nil || err != pe.ErrNone {
		t.Errorf("in memory: %+v, %v", pdb, err)
	}
	m := driver.File()
	m.PutU32(0x3000+0x1C+0x14, 0, 0x33F0)
	if _, err := opened(openFile(m.Data())).PDB(); failure(err) != "format 0x33f0" {
		t.Errorf("at the end of the file: %v", err)
	}
}

func TestVersion(t *testing.T) {
	const directory = 0x98 + 0x70 + 8*2
	fixed := &pe.Version{File: pe.VersionNumber{10, 0, 19041, 1110}, Product: pe.VersionNumber{10, 1, 65535, 2}}
	for _, c := range []struct {
		name  string
		patch patch
		want  string // as failure says
	}{
		{"whole", nil, ""},
		{"no resources", u32("", directory, 0, 0), "none"},
		{"no version", u32(".rsrc", 0x20, 17), "none"},
		{"type 16 is a name", u32(".rsrc", 0xC, 0<<16|3), "none"},
		{"no entries", u32(".rsrc", 0xC, 0), "none"},
		{"no version by name", u32(".rsrc", 0x28+0xC, 0), "none"},
		{"no language", u32(".rsrc", 0x40+0xC, 0), "none"},
		{"512 types", u32(".rsrc", 0xC, 512<<16), "format 0x9000"}, // more than the directory's size
		{"513 types", u32(".rsrc", 0xC, 512<<16|1), "format 0x9000"},
		{"65535 names", u32(".rsrc", 0xC, 0xFFFF), "format 0x9000"},
		{"65535 languages", u32(".rsrc", 0x40+0xC, 0xFFFF), "format 0x9040"},
		{"resources outside", u32("", directory, 0x9FFF, 2), "format 0x9fff"},
		{"resources too small", u32("", directory+4, 0xF), "format 0x9000"},
		{"types outside", u32("", directory+4, 0x27), "format 0x9000"},
		{"names outside", u32(".rsrc", 0x24, 1<<31|0xED), "format 0x9000"},
		{"names far outside", u32(".rsrc", 0x24, 0xFFFFFFFF), "format 0x9000"},
		{"a version without names", u32(".rsrc", 0x24, 0x58), "format 0x9000"},
		{"a version without languages", u32(".rsrc", 0x3C, 0x58), "format 0x9000"},
		{"names in names", u32(".rsrc", 0x3C, 1<<31|0x28), "format 0x9000"},
		{"languages in languages", u32(".rsrc", 0x54, 1<<31|0x40), "format 0x9000"},
		{"data outside the directory", u32(".rsrc", 0x54, 0xDD), "format 0x9000"},
		{"data outside the image", u32(".rsrc", 0x58, 0x9FB0), "format 0x9fb0"},
		{"data far outside the image", u32(".rsrc", 0x58, 0xFFFFFFFF), "format 0xffffffff"},
		{"data too short", u32(".rsrc", 0x5C, 0x5B), "format 0x9090"},
		{"another key", u32(".rsrc", 0x98, 0x530057), "format 0x9096"},
		{"no signature", u32(".rsrc", 0xB8, 0xFEEF04BC), "format 0x90b8"},
	} {
		for layout, im := range layouts(driver, c.patch) {
			v, err := im.Version()
			if got := failure(err); got != c.want {
				t.Errorf("%s, %s: %v, want %s", c.name, layout, err, c.want)
			}
			if err == nil {
				expect(t, c.name+", "+layout, v, fixed)
			} else if v != nil {
				t.Errorf("%s, %s: %v with an error", c.name, layout, v)
			}
		}
	}
	for layout, im := range layouts(driver, u32(".rsrc", 0x54, 1<<31|0x40)) {
		if _, err := im.Version(); !strings.Contains(fmt.Sprint(err), "nested") {
			t.Errorf("languages in languages, %s: %v", layout, err)
		}
	}
	if s := fixed.File.String(); s != "10.0.19041.1110" {
		t.Errorf("the version reads %s", s)
	}
	big := driver
	big.Version = append(dmptest.VersionInfo(fixed.File, fixed.Product), make([]byte, 512*8)...)
	for ids, want := range map[uint32]string{511: "", 512: "format 0x9000"} { // and one name: as many types as there may be, and more
		m := big.Mapped()
		m.PutU32(0x9000+0xC, ids<<16|1)
		if v, err := opened(openMapped(m.Data())).Version(); failure(err) != want || err == nil && *v != *fixed {
			t.Errorf("%d types: %v, %v", ids+1, v, err)
		}
	}
}

// Each fact is read from its own pages: what is missing for one does not hide another.
func TestFactsWithoutPages(t *testing.T) {
	data := driver.Mapped().Data()
	for _, c := range []struct {
		holes          []int
		pdb, version   string
		exceptionTable string
	}{
		{nil, "", "", ""},
		{[]int{8}, "absent 0x8000", "", ""},
		{[]int{9}, "", "absent 0x9000", ""},
		{[]int{7, 8}, "absent 0x8000", "", "absent 0x7000"},
		{[]int{1, 2, 3, 4, 5, 6, 7, 8, 9}, "absent 0x8000", "absent 0x9000", "absent 0x7000"},
	} {
		im := opened(openMapped(data, c.holes...))
		_, pdb := im.PDB()
		_, version := im.Version()
		d, err := im.ExceptionDirectory()
		if err != nil {
			t.Errorf("%v: exception directory: %v", c.holes, err)
		}
		_, table := im.ReadAt(make([]byte, d.Size), int64(d.RVA))
		expect(t, fmt.Sprint(c.holes), []string{failure(pdb), failure(version), failure(table)}, []string{c.pdb, c.version, c.exceptionTable})
	}
}

// A debug directory, a record or a name that runs into a page which is not in the dump.
func TestFactsAcrossPages(t *testing.T) {
	const directory = 0x98 + 0x70
	base := driver.Mapped()
	record := append([]byte(nil), base.Data()[0x8060:0x8083]...)
	entries := append([]byte(nil), base.Data()[0x8000:0x8038]...)
	// move puts the record and the directory elsewhere in pages 4 and 5.
	move := func(recordAt, directoryAt int) *dmptest.Image {
		m := dmptest.Load(base.Data())
		m.PutBytes(recordAt, record)
		m.PutBytes(directoryAt, entries)
		m.PutU32(directoryAt+0x1C+0x14, uint32(recordAt))
		m.PutU32(directory+8*6, uint32(directoryAt))
		return m
	}
	early := move(0x4000, 0x5000-0x1C) // its first entry is of a record that is in the file only
	early.PutU32(0x5000-0x1C+0xC, 2, 0x20, 0, 0x400)
	if _, err := opened(openMapped(early.Data(), 5)).PDB(); failure(err) != "absent 0x5000" {
		t.Errorf("a record that is not mapped, then a missing entry: %v", err)
	}
	for _, c := range []struct {
		name              string
		record, directory int
		size              uint32 // of the record; 0: its own
		want              string
	}{
		{"whole", 0x4000, 0x4800, 0, ""},
		{"the entry is missing", 0x4000, 0x5000 - 0x1C, 0, "absent 0x5000"},
		{"the entry is cut", 0x4000, 0x5000 - 0x37, 0, "absent 0x5000"},
		{"the entry ends in time", 0x4000, 0x5000 - 0x38, 0, ""},
		{"the GUID is cut", 0x5000 - 0x17, 0x4000, 0, "absent 0x5000"},
		{"the name is cut", 0x5000 - 0x22, 0x4000, 0, "absent 0x5000"},
		{"the name ends in time", 0x5000 - 0x23, 0x4000, 0, ""},
		{"the name ends in time, with padding behind", 0x5000 - 0x23, 0x4000, 0x80, ""},
	} {
		m := move(c.record, c.directory)
		if c.size != 0 {
			m.PutU32(c.directory+0x1C+0x10, c.size)
		}
		pdb, err := opened(openMapped(m.Data(), 5)).PDB()
		if failure(err) != c.want || err == nil && *pdb != whole {
			t.Errorf("%s: %+v, %v", c.name, pdb, err)
		}
	}
}

func TestSymbolPath(t *testing.T) {
	for _, c := range []struct {
		pdb  pe.PDB
		want string
	}{
		{whole, "amdppm.pdb/1C19FDDB27BB3399D9B45973EFEAFCF31/amdppm.pdb"},
		{pe.PDB{Path: `d:\os\obj/x\ntkrnlmp.pdb`, GUID: dmpfile.GUID{15: 1}, Age: 0x1AB}, "ntkrnlmp.pdb/000000000000000000000000000000011ab/ntkrnlmp.pdb"},
		{pe.PDB{Path: "ünicode name.pdb"}, "ünicode name.pdb/000000000000000000000000000000000/ünicode name.pdb"},
		{pe.PDB{Path: "/home/build/x.pdb", Signature: 1, Age: 1}, "x.pdb/000000011/x.pdb"},
		{old, "old.pdb/3B7D84101f/old.pdb"},
		{pe.PDB{Path: ""}, ""},
		{pe.PDB{Path: `c:\folder\`}, ""},
	} {
		if got, ok := c.pdb.SymbolPath(); got != c.want || ok != (c.want != "") {
			t.Errorf("%+v: %q, %v; want %q", c.pdb, got, ok, c.want)
		}
	}
	for name, want := range map[string]string{
		"storport.sys": "storport.sys/A1FD7402b5000/storport.sys",
		"a..sys":       "a..sys/A1FD7402b5000/a..sys",
		"":             "", ".": "", "..": "", "...": "", "../x": "", `..\x`: "", "/x": "", "c:x": "", "x\x00": "", "x\n": "", "\x7f": "", "x?": "", "<x>": "",
	} {
		if got, ok := pe.ImageSymbolPath(name, 0xA1FD7402, 0xB5000); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", name, got, ok, want)
		}
	}
	if got, _ := pe.ImageSymbolPath("a.sys", 0xABC, 0); got != "a.sys/00000ABC0/a.sys" {
		t.Errorf("a small time stamp: %s", got)
	}
}
