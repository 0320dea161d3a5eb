package analyze

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/symstore"
	"github.com/dmplens/dmplens/report"
)

// neededLines are the files of a list, each in one line.
func neededLines(l *report.SymbolList) []string {
	var lines []string
	for _, x := range l.Files {
		line := fmt.Sprintf("%s %s %s %s", x.State, x.Kind, x.Name, x.ID)
		if x.OnStack {
			line += " stack"
		}
		if len(x.Modules) != 1 || x.Modules[0] != x.Name {
			line += " of " + strings.Join(x.Modules, ",")
		}
		if x.Dumps != 1 {
			line += fmt.Sprintf(" in %d", x.Dumps)
		}
		if x.Reason != "" {
			line += ": " + x.Reason
		}
		lines = append(lines, line)
	}
	return lines
}

func checkNeeded(t *testing.T, s *Symbols, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, neededLines(s.List(""))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// triageOf is a small dump with these modules.
func triageOf(modules ...dmptest.Module) []byte {
	for i := range modules {
		modules[i].Base = 0xFFFFF80312400000 + uint64(i)<<24
	}
	return dmptest.Triage{Modules: modules}.Image().Data()
}

// storeOf is a symbol path of one store with these files, by their paths in it.
func storeOf(t testing.TB, files map[string][]byte) *symstore.Path {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	p, err := symstore.ParsePath("srv*" + dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Of the modules of a small dump nothing is known but name, time stamp and size. What writes dumps has another name than its file.
func TestSymbolsOfSmallDump(t *testing.T) {
	var s Symbols
	r := s.Add(openedDump(t, triageOf(
		dmptest.Module{Path: "ntoskrnl.exe", Size: 0x1046000, TimeDateStamp: 0xD8333E6},
		dmptest.Module{Path: `\SystemRoot\System32\drivers\storport.sys`, Size: 0xB5000, TimeDateStamp: 0xDAF3BA54},
		dmptest.Module{Path: `\SystemRoot\System32\drivers\stornvme.sys`, Size: 0x2F000, TimeDateStamp: 0x10A5D7AB},
		dmptest.Module{Path: `\SystemRoot\System32\drivers\dump_storport.sys`, Size: 0xF000, TimeDateStamp: 0x36E18EFB},
		dmptest.Module{Path: `\SystemRoot\System32\drivers\dump_stornvme.sys`, Size: 0x2F000, TimeDateStamp: 0x10A5D7AB},
		dmptest.Module{Path: `\SystemRoot\System32\drivers\hiber_storport.sys`, Size: 0xF000, TimeDateStamp: 0x36E18EFB},
		dmptest.Module{Path: `\SystemRoot\System32\drivers\Dump_dumpfve.sys`, Size: 0x1D000, TimeDateStamp: 0xC6C3C71},
		dmptest.Module{Path: `dump_`, Size: 0x1000, TimeDateStamp: 1},
		dmptest.Module{Path: "win32k.sys", Size: 0x9C000},
		dmptest.Module{Path: "a:b.sys", Size: 0x1000, TimeDateStamp: 1},
		dmptest.Module{Path: "..", Size: 0x1000, TimeDateStamp: 1},
		dmptest.Module{Path: "con.sys", Size: 0x1000, TimeDateStamp: 1},
		dmptest.Module{Path: "", Size: 0x1000, TimeDateStamp: 1},
	)))
	if r.Error != nil {
		t.Error(r.Error)
	}
	checkNeeded(t, &s,
		"missing image ntoskrnl.exe 0D8333E61046000",
		"missing image storport.sys DAF3BA54b5000",
		"missing image stornvme.sys 10A5D7AB2f000 of stornvme.sys,dump_stornvme.sys",
		"missing image dumpstorport.sys 36E18EFBf000 of dump_storport.sys,hiber_storport.sys",
		"missing image dumpfve.sys 0C6C3C711d000 of Dump_dumpfve.sys",
		"missing image dump_ 000000011000",
		"not-askable image win32k.sys : the dump does not have its time stamp",
		"not-askable image a:b.sys : no symbol store can hold a file of that name",
		"not-askable image .. : no symbol store can hold a file of that name",
		"not-askable image con.sys : no symbol store can hold a file of that name",
		"not-askable image   of : the dump does not have its name",
	)
	l := s.List("1.2.3")
	want := report.SymbolCounts{Needed: 11, Missing: 6, NotAskable: 5}
	if l.Images != want || l.PDBs != (report.SymbolCounts{Unknown: 6}) || l.ToolVersion != "1.2.3" || len(s.Missing()) != 6 {
		t.Errorf("%+v, %+v, %d missing", l.Images, l.PDBs, len(s.Missing()))
	}
}

// withSize is an image with so many bytes in memory.
func withSize(p dmptest.PE, size uint32) dmptest.PE {
	p.Sections = append(slices.Clone(p.Sections), dmptest.PESection{Name: ".fill", Data: []byte{1}})
	have := uint32(len(p.Mapped().Data()))
	p.Sections[len(p.Sections)-1].Size = 0x1000 + size - have
	return p
}

// Where a small dump does not have the image, a store tells which PDB it needs. What is in the wrong place is refused, and the reason said.
func TestSymbolsInStore(t *testing.T) {
	guid := [16]byte{0xC0, 0x27, 0x05, 0x0A}
	image := withSize(dmptest.PE{TimeDateStamp: 0x65A1B2C3, CodeView: dmptest.RSDS(guid, 0x1F, `c:\obj\own.pdb`)}, 0x21000)
	bare := withSize(dmptest.PE{TimeDateStamp: 0x65A1B2C4}, 0x8000)
	old := withSize(dmptest.PE{TimeDateStamp: 0x3B7D8411, CodeView: dmptest.NB10(0x3B7D8410, 2, "old.pdb")}, 0x8000)
	evil := withSize(dmptest.PE{TimeDateStamp: 0x65A1B2C6, CodeView: dmptest.RSDS(guid, 1, `c:\obj\`)}, 0x8000)
	path := storeOf(t, map[string][]byte{
		"own.sys/65A1B2C321000/own.sys":                           image.File().Data(),
		"bare.sys/65A1B2C48000/bare.sys":                          bare.File().Data(),
		"old.sys/3B7D84118000/old.sys":                            old.File().Data(),
		"evil.sys/65A1B2C68000/evil.sys":                          evil.File().Data(),
		"other.sys/65A1B2C58000/other.sys":                        bare.File().Data(),
		"text.sys/65A1B2C58000/text.sys":                          []byte("no image"),
		"own.pdb/0A0527C0000000000000000000000000" + "1f/own.pdb": []byte("no PDB"),
	})
	module := func(name string, stamp, size uint32) dmptest.Module {
		return dmptest.Module{Path: name, TimeDateStamp: stamp, Size: size}
	}
	s := Symbols{Path: path}
	first := triageOf(module("own.sys", 0x65A1B2C3, 0x21000), module("BARE.SYS", 0x65A1B2C4, 0x8000), module("old.sys", 0x3B7D8411, 0x8000),
		module("evil.sys", 0x65A1B2C6, 0x8000), module("other.sys", 0x65A1B2C5, 0x8000), module("text.sys", 0x65A1B2C5, 0x8000))
	second := triageOf(module("own.sys", 0x65A1B2C3, 0x22000), module("own.sys", 0x65A1B2C3, 0x21000), module("own.sys", 0x65A1B2C3, 0x21000))
	s.Add(openedDump(t, first))
	s.Add(openedDump(t, second))
	l := s.List("")
	for i := range l.Files { // the folder differs from run to run
		l.Files[i].Reason, _, _ = strings.Cut(strings.ReplaceAll(l.Files[i].Reason, filepath.Dir(filepath.Dir(filepath.Dir(l.Files[0].File))), ""), ": ")
		l.Files[i].Reason = filepath.ToSlash(l.Files[i].Reason)
	}
	if diff := cmp.Diff([]string{
		"have image own.sys 65A1B2C321000 in 2",
		"missing pdb own.pdb 0A0527C00000000000000000000000001f of own.sys in 2: /own.pdb/0A0527C00000000000000000000000001f/own.pdb",
		"have image BARE.SYS 65A1B2C48000",
		"have image old.sys 3B7D84118000",
		"not-askable pdb old.pdb 3B7D84102 of old.sys: it is of the kind before 2002, known by a signature, which is not read",
		"have image evil.sys 65A1B2C68000",
		"not-askable pdb   of evil.sys: no symbol store can hold a file of that name",
		"missing image other.sys 65A1B2C58000: /other.sys/65A1B2C58000/other.sys",
		"missing image text.sys 65A1B2C58000: /text.sys/65A1B2C58000/text.sys",
		"missing image own.sys 65A1B2C322000",
	}, neededLines(l)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if l.PDBs != (report.SymbolCounts{Needed: 3, Missing: 1, NotAskable: 2, Unknown: 3}) || len(l.Dumps) != 2 {
		t.Errorf("%+v of %d dumps", l.PDBs, len(l.Dumps))
	}
	var missing []string
	for _, id := range s.Missing() {
		missing = append(missing, id.Name())
	}
	if want := []string{"other.sys", "text.sys", "own.sys", "own.pdb"}; !slices.Equal(missing, want) {
		t.Errorf("%q are missing, not %q", missing, want)
	}
}

// A dump of pages has the image, or names the PDB by itself. Its header counts where the list has another time stamp.
func TestSymbolsInMemory(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 0)
	pe := dmptest.PE{TimeDateStamp: in2019, CodeView: dmptest.RSDS([16]byte{1}, 1, "x.pdb")}
	s.Modules = append(s.Modules,
		dmptest.SystemModule{Name: "mapped.sys", Image: &pe},
		dmptest.SystemModule{Name: "absent.sys", Size: 0x3000, TimeDateStamp: in2019},
		dmptest.SystemModule{Name: "unknown.sys", Size: 0x3000},
	)
	x := Symbols{OnStack: false}
	x.Add(openedDump(t, s.Bitmap(s.Space()).Image().Data()))
	got := neededLines(x.List(""))
	for _, want := range []string{
		fmt.Sprintf("missing image mapped.sys 5CCAC8E4%x", len(pe.Mapped().Data())),
		"missing pdb x.pdb 000000010000000000000000000000001 of mapped.sys",
		"missing image absent.sys 5CCAC8E43000",
		"not-askable image unknown.sys : the dump does not have its time stamp",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, strings.Join(got, "\n"))
		}
	}
	on := Symbols{OnStack: true}
	on.Add(openedDump(t, s.Bitmap(s.Space()).Image().Data()))
	l := on.List("")
	if !l.OnStack || len(l.Files) == 0 || len(l.Files) >= len(got) || slices.ContainsFunc(l.Files, func(f report.SymbolFile) bool { return !f.OnStack }) {
		t.Errorf("of the stack: %q", neededLines(l))
	}
}

// What is no dump, or has no list of modules, is said.
func TestSymbolsOfNothing(t *testing.T) {
	for _, data := range [][]byte{[]byte("<html>"), dmptest.Header{}.Image().Data()} {
		d, err := (&Analyzer{}).Open(Reader(bytes.NewReader(data), int64(len(data)), report.File{Path: "x.dmp"}))
		if err != nil {
			t.Fatal(err)
		}
		var s Symbols
		if r := s.Add(d); r.Error == nil || len(s.Missing()) > 0 || len(s.List("").Files) > 0 || len(s.List("").Dumps) != 1 {
			t.Errorf("%q: %+v", data[:6], s.List(""))
		}
	}
}

// A password of a server is not repeated.
func TestSymbolPathHasNoPassword(t *testing.T) {
	for text, want := range map[string]string{
		"srv*/a*https://me:secret@host/x;/b":                        "srv*/a*https://me:xxxxx@host/x;/b",
		"srv*/a*https://host:8080/x@y":                              "srv*/a*https://host:8080/x@y",
		"srv*/a*https://:s@host/x;srv*/b*http://u:t:v@host/y;C:\\z": "srv*/a*https://:xxxxx@host/x;srv*/b*http://u:xxxxx@host/y;C:\\z",
	} {
		p, err := symstore.ParsePath(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := (&Symbols{Path: p}).List("").SymbolPath; got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

// Real small dumps, and a store that has two of the images and one of the PDBs.
func TestCorpusSymbols(t *testing.T) {
	dir := os.Getenv("DMPLENS_CORPUS")
	if dir == "" {
		t.Skip("NO REAL DUMPS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	path, err := symstore.ParsePath(filepath.Join(dir, "symbols"))
	if err != nil {
		t.Fatal(err)
	}
	dumps, err := filepath.Glob(filepath.Join(dir, "dumps", "*.dmp"))
	if err != nil {
		t.Fatal(err)
	}
	s := Symbols{Path: path}
	for _, name := range dumps {
		d, err := (&Analyzer{}).Open(File(name))
		if err != nil {
			t.Fatal(err)
		}
		s.Add(d)
		d.Close()
	}
	got := neededLines(s.List(""))
	for _, want := range []string{
		"have image amdppm.sys C9C030003b000 stack",
		"have pdb amdppm.pdb 1C19FDDB27BB3399D9B45973EFEAFCF31 stack of amdppm.sys",
		"have image Wdf01000.sys A9A9D36Ed1000 stack",
		"missing pdb Wdf01000.pdb 6D6E9C327875C47856AC7DA750AB1C5E1 stack of Wdf01000.sys",
		"missing image dumpstorport.sys 36E18EFBf000 of dump_dumpstorport.sys,dump_storport.sys,hiber_storport.sys in 2",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q", want)
		}
	}
}
