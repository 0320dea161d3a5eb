package pdb_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/pdb"
)

// synthetic is a PDB whose offsets are written out: it shares nothing with the parser.
type synthetic struct {
	block     int    // 0x400 where it is 0
	records   []byte // symbol records
	sections  []byte // section headers
	original  []byte // those before the image was reordered
	fromMap   []byte // from what was linked to the image
	toMap     []byte
	fpo       []byte
	frameData []byte
	names     []byte
	machine   uint16
}

var le = binary.LittleEndian

func u16(v uint16) []byte { return le.AppendUint16(nil, v) }

func u32(v ...uint32) (b []byte) {
	for _, v := range v {
		b = le.AppendUint32(b, v)
	}
	return b
}

// public is a record S_PUB32, padded to a multiple of four.
func public(flags, offset uint32, section uint16, name string) []byte {
	b := append(u16(0), u16(0x110E)...)
	b = append(b, u32(flags, offset)...)
	b = append(b, u16(section)...)
	b = append(b, name...)
	b = append(b, 0)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	le.PutUint16(b, uint16(len(b)-2))
	return b
}

// oldPublic is a record S_PUB32_ST.
func oldPublic(flags, offset uint32, section uint16, name string) []byte {
	b := public(flags, offset, section, string(rune(len(name)))+name)
	le.PutUint16(b[2:], 0x1009)
	return b
}

// sectionHeader is an IMAGE_SECTION_HEADER.
func sectionHeader(name string, rva, size, flags uint32) []byte {
	b := make([]byte, 40)
	copy(b, name)
	le.PutUint32(b[8:], size)
	le.PutUint32(b[12:], rva)
	le.PutUint32(b[16:], size)
	le.PutUint32(b[36:], flags)
	return b
}

const (
	code = 0x60000020
	data = 0xC0000040
)

var syntheticGUID = []byte{0xDB, 0xFD, 0x19, 0x1C, 0xBB, 0x27, 0x99, 0x33, 0xD9, 0xB4, 0x59, 0x73, 0xEF, 0xEA, 0xFC, 0xF3}

// streams are the streams, by number.
func (s synthetic) streams() [][]byte {
	info := append(u32(20000404, 0x5F000000, 3), syntheticGUID...)
	info = append(info, u32(12)...) // the length of the texts
	info = append(info, "/src\x00/names\x00"...)
	info = append(info, u32(2, 3, 1, 5, 1, 0, 0, 6, 5, 12)...) // two entries of three places; a word of either bit set; texts and streams
	dbi := make([]byte, 64)
	le.PutUint32(dbi[0:], 0xFFFFFFFF)
	le.PutUint32(dbi[4:], 19990903)
	le.PutUint32(dbi[8:], 1)
	le.PutUint16(dbi[12:], 0xFFFF)
	le.PutUint16(dbi[16:], 0xFFFF)
	le.PutUint16(dbi[20:], 5)
	for i, size := range []uint32{24, 20, 16, 12, 8} { // what stands between the header and the list of streams
		le.PutUint32(dbi[24+4*i:], size)
	}
	le.PutUint32(dbi[48:], 22)
	le.PutUint32(dbi[52:], 4)
	le.PutUint16(dbi[58:], s.machine)
	dbi = append(dbi, bytes.Repeat([]byte{0x5A}, 24+20+16+12+8+4)...)
	number := func(b []byte, n uint16) uint16 {
		if b == nil {
			return 0xFFFF
		}
		return n
	}
	for _, n := range []uint16{
		number(s.fpo, 10), 0xFFFF, 0xFFFF, number(s.toMap, 8), number(s.fromMap, 7), number(s.sections, 6), 0xFFFF, 0xFFFF, 0xFFFF,
		number(s.frameData, 11), number(s.original, 9),
	} {
		dbi = append(dbi, u16(n)...)
	}
	var names []byte
	if s.names != nil {
		names = append(u32(0xEFFEEFFE, 1, uint32(len(s.names))), s.names...)
	}
	return [][]byte{nil, info, nil, dbi, nil, s.records, s.sections, s.fromMap, s.toMap, s.original, s.fpo, s.frameData, names}
}

// container puts streams into blocks: block 0 is the superblock, 1 and 2 are as for free blocks, and those of the streams lie backwards from
// the end, so that no two follow each other.
func container(block int, streams [][]byte) []byte {
	count := func(n int) int { return (n + block - 1) / block }
	directory := u32(uint32(len(streams)))
	blocks := 3
	for _, s := range streams {
		if s == nil {
			directory = append(directory, u32(0xFFFFFFFF)...)
			continue
		}
		directory = append(directory, u32(uint32(len(s)))...)
		blocks += count(len(s))
	}
	size := len(directory) + 4*(blocks-3)
	blocks += count(size) + count(4*count(size))
	b := make([]byte, blocks*block)
	next := blocks
	put := func(p []byte) (list []byte) {
		for ; len(p) > 0; p = p[min(block, len(p)):] {
			next--
			copy(b[next*block:], p[:min(block, len(p))])
			list = append(list, u32(uint32(next))...)
		}
		return list
	}
	for _, s := range streams {
		directory = append(directory, put(s)...)
	}
	list := put(put(directory))
	copy(b, "Microsoft C/C++ MSF 7.00\r\n\x1aDS\x00\x00\x00")
	copy(b[0x20:], u32(uint32(block), 1, uint32(blocks), uint32(len(directory)), 0))
	copy(b[0x34:], list)
	return b
}

func (s synthetic) data() []byte {
	if s.block == 0 {
		s.block = 0x400
	}
	return container(s.block, s.streams())
}

// scattered swaps two blocks of the symbol records, so that some blocks are further on in the file than the one before, but not next.
func scattered(b []byte, block int) []byte {
	d := directoryOf(b)
	list := d[4+4*13+4*2:]
	i, j := le.Uint32(list), le.Uint32(list[12:])
	x := bytes.Clone(b[int(i)*block:][:block])
	copy(b[int(i)*block:][:block], b[int(j)*block:])
	copy(b[int(j)*block:], x)
	le.PutUint32(list, j)
	le.PutUint32(list[12:], i)
	return b
}

func TestScattered(t *testing.T) {
	s := small
	s.block = 0x200
	for i := range uint32(90) {
		s.records = append(s.records, public(2, 0x500+i, 1, "Function")...)
	}
	var want, got []pdb.Symbol
	for s := range open(t, s.data()).Symbols() {
		want = append(want, s)
	}
	for s := range open(t, scattered(s.data(), 0x200)).Symbols() {
		got = append(got, s)
	}
	if len(s.records) < 0x200*4 || !slices.Equal(got, want) {
		t.Errorf("%+v\nnot %+v", got, want)
	}
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// small has a section of each kind, and what At must choose from.
var small = synthetic{
	machine: 0x8664,
	sections: join(
		sectionHeader(".text", 0x1000, 0x800, code),
		sectionHeader(".data", 0x2000, 0x1000, data),
		sectionHeader("PAGE", 0x3000, 0x1000, code), // follows .data without a gap
	),
	records: join(
		public(0, 0x10, 1, "??_C@_03ABCDEFGH@abc@"),
		public(2, 0x100, 1, "First"),
		append(u16(6), 0x25, 0x11, 1, 2, 3, 4), // S_PROCREF, which is no public symbol
		public(0, 0x180, 1, "??_C@_03IJNJDFBD@Dis@"),
		public(0, 0x1C0, 1, "__imp_ExFreePool"),
		public(0, 0x200, 1, "Label"),
		public(2, 0x300, 1, "?longer@@YAXXZ"),
		public(2, 0x300, 1, "_Underscored"),
		public(0, 0x300, 1, "A"),
		public(2, 0x300, 1, "Plainest"),
		public(2, 0x300, 1, "PlainTwo"),
		public(2, 0x300, 1, "PlainNumberThree"),
		oldPublic(2, 0x400, 1, "OldForm"),
		public(0, 0x10, 2, "Variable"),
		public(0, 0x20, 2, "?table@@3PAHA"),
		public(2, 0xFF0, 3, "Last"),
		public(0, 0x1000, 2, "BehindItsSection"),
		public(0, 0x1234567, 4, "__guard_flags"),
		public(0, 0x10, 0, "NoSection"),
	),
}

func TestAt(t *testing.T) {
	for _, block := range []int{0x200, 0x400, 0x1000, 0x10000} {
		s := small
		s.block = block
		f := open(t, s.data())
		info, dbi := f.Ages()
		if f.GUID().String() != "1c19fddb-27bb-3399-d9b4-5973efeafcf3" || info != 3 || dbi != 1 || f.Machine() != 0x8664 || f.Publics() != 18 {
			t.Errorf("block %#x: %s, ages %d and %d, machine %#x, %d publics", block, f.GUID(), info, dbi, f.Machine(), f.Publics())
		}
		for _, want := range []struct {
			rva  uint32
			name string
			at   uint32
		}{
			{0, "", 0},
			{0xFFF, "", 0},
			{0x1000, "", 0}, // in a section, below its first symbol
			{0x1010, "??_C@_03ABCDEFGH@abc@", 0x1010}, // a string at its own address
			{0x1011, "", 0}, // but it names no code
			{0x10FF, "", 0},
			{0x1100, "First", 0x1100},
			{0x1180, "??_C@_03IJNJDFBD@Dis@", 0x1180},
			{0x1181, "First", 0x1100},
			{0x11FF, "First", 0x1100},
			{0x1200, "Label", 0x1200}, // assembler code can be named by what is no function to the linker
			{0x12FF, "Label", 0x1200},
			{0x1300, "Plainest", 0x1300},
			{0x13FF, "Plainest", 0x1300},
			{0x17FF, "OldForm", 0x1400},
			{0x1800, "", 0}, // behind the end of the section
			{0x2000, "", 0}, // the symbols of another section are below it
			{0x2010, "Variable", 0x2010},
			{0x2FFF, "?table@@3PAHA", 0x2020}, // data has names of data
			{0x3000, "", 0},                   // not BehindItsSection
			{0x3FEF, "", 0},
			{0x3FFF, "Last", 0x3FF0},
			{0x4000, "", 0},
			{0xFFFFFFFF, "", 0},
		} {
			got, ok := f.At(want.rva)
			if ok != (want.name != "") || got.Name != want.name || got.RVA != want.at {
				t.Errorf("block %#x, %#x: %+v, %v; not %s at %#x", block, want.rva, got, ok, want.name, want.at)
			}
		}
	}
}

// Where the linker calls nothing a function, as old ones did, a decorated name can be that of code.
func TestWithoutFlags(t *testing.T) {
	s := small
	s.records = join(oldPublic(0, 0x100, 1, "?f@@YAXXZ"), oldPublic(0, 0x200, 1, "??_7A@@6B@"), oldPublic(0, 0x300, 1, "_g"))
	f := open(t, s.data())
	for rva, name := range map[uint32]string{0x1110: "?f@@YAXXZ", 0x1210: "?f@@YAXXZ", 0x1310: "_g"} {
		if got, ok := f.At(rva); !ok || got.Name != name || got.Function {
			t.Errorf("%#x: %+v, %v; not %s", rva, got, ok, name)
		}
	}
	s.records = join(s.records, public(2, 0x400, 1, "_h"))
	if got, ok := open(t, s.data()).At(0x1110); ok {
		t.Errorf("%+v", got)
	}
}

// Symbols gives every symbol that has an address, by address, those of one address as At prefers them.
func TestSymbols(t *testing.T) {
	var got []string
	for s := range open(t, small.data()).Symbols() {
		got = append(got, s.Name)
		if want := s.RVA != 0x1010 && s.RVA != 0x1180 && s.RVA != 0x11C0 && s.RVA != 0x1200 && s.RVA>>12 != 2 && s.Name != "A"; s.Function != want {
			t.Errorf("%+v", s)
		}
	}
	equal(t, got, []string{"??_C@_03ABCDEFGH@abc@", "First", "??_C@_03IJNJDFBD@Dis@", "__imp_ExFreePool", "Label", "Plainest", "PlainTwo",
		"PlainNumberThree", "_Underscored", "?longer@@YAXXZ", "A", "OldForm", "Variable", "?table@@3PAHA", "Last"})
	for s := range open(t, small.data()).Symbols() {
		if s.Name == "First" {
			break
		}
	}
}

func equal(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d, not %d: %q", len(got), len(want), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: %q, not %q", i, got[i], want[i])
		}
	}
}

// In an image that was reordered after linking symbols are where the map says; what was removed has no name.
func TestReordered(t *testing.T) {
	s := small
	s.original = s.sections
	s.sections = join(sectionHeader(".data", 0x1000, 0x1000, data), sectionHeader(".text", 0x5000, 0x1000, code))
	s.fromMap = u32(0x1000, 0, 0x1200, 0x5800, 0x1300, 0x5100, 0x1380, 0x5500, 0x2000, 0x1000, 0x3000, 0x9000)
	f := open(t, s.data())
	for rva, name := range map[uint32]string{
		0x5800: "Label", 0x5100: "Plainest", 0x5580: "OldForm", 0x1010: "Variable", 0x5000: "", 0x5FFF: "Label", 0x5200: "Plainest", 0x9FF0: "", 0x3FF0: "",
	} {
		if got, ok := f.At(rva); got.Name != name || ok != (name != "") {
			t.Errorf("%#x: %+v, %v; not %s", rva, got, ok, name)
		}
	}
	for x := range f.Symbols() {
		if x.Name == "Last" {
			t.Errorf("a symbol outside all sections: %+v", x)
		}
	}
	s.fromMap = u32(0x100, 0, 0x1200, 0x5800, 0x2000, 0xFFFFFFF8)
	for x := range open(t, s.data()).Symbols() {
		if x.Name != "Label" && x.RVA < 0x5800 {
			t.Errorf("%+v, which was removed or is nowhere", x)
		}
	}
	s.fromMap = u32(0x2000, 0x1000, 0x1000, 0x5000)
	refused(t, "a map out of order", s.data(), "the map of the reordered image is not in order")
}

// A section that says only how long it is in the file is that long.
func TestSectionSize(t *testing.T) {
	s := small
	s.sections = sectionHeader(".text", 0x1000, 0x280, code)
	copy(s.sections[8:], u32(0))
	f := open(t, s.data())
	if got, ok := f.At(0x127F); !ok || got.Name != "Label" {
		t.Errorf("%+v, %v", got, ok)
	}
	if got, ok := f.At(0x1280); ok {
		t.Errorf("%+v", got)
	}
}

// A PDB without symbols or debug information still says what it is.
func TestWithoutSymbols(t *testing.T) {
	streams := small.streams()
	for name, change := range map[string]func(){
		"no records":                func() { streams[5] = nil },
		"empty records":             func() { streams[5] = []byte{} },
		"no sections":               func() { streams[6] = nil },
		"no debug information":      func() { streams[3] = nil },
		"nothing behind the second": func() { streams = streams[:2] },
	} {
		streams = small.streams()
		change()
		f := open(t, container(0x400, streams))
		if _, ok := f.At(0x1100); ok || f.GUID() != pdbGUID() {
			t.Errorf("%s: %v, %s", name, ok, f.GUID())
		}
	}
	// The info stream of a PDB from before 2000 ends before the GUID.
	streams = small.streams()
	streams[1] = u32(19970604, 0x30000000, 9)
	f := open(t, container(0x400, streams))
	if info, dbi := f.Ages(); info != 9 || dbi != 1 || f.GUID() != [16]byte{} {
		t.Errorf("ages %d and %d, %s", info, dbi, f.GUID())
	}
}

func pdbGUID() [16]byte { return [16]byte(syntheticGUID) }

// A long name is read whole; the longest record that there can be is.
func TestLongNames(t *testing.T) {
	for _, n := range []int{0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF2, 0x1000, 0xFFF0 - 3} {
		s := small
		name := string(bytes.Repeat([]byte{'n'}, n))
		s.records = join(public(2, 0, 1, name), public(2, 0x10, 1, "Next"))
		f := open(t, s.data())
		if got, _ := f.At(0x1000); got.Name != name {
			t.Errorf("%#x letters: %#x", n, len(got.Name))
		}
		if got, _ := f.At(0x1010); got.Name != "Next" {
			t.Errorf("%#x letters: then %+v", n, got)
		}
	}
}

// A directory so large that its list of blocks takes more than one block.
func TestLargeDirectory(t *testing.T) {
	streams := small.streams()
	for len(streams) < 20000 {
		streams = append(streams, nil)
	}
	f := open(t, container(0x200, streams))
	if got, ok := f.At(0x1100); !ok || got.Name != "First" {
		t.Errorf("%+v, %v", got, ok)
	}
}

// refused wants an error that contains a text.
func refused(t *testing.T, what string, data []byte, text string) {
	t.Helper()
	f, err := pdb.NewFile(bytes.NewReader(data), int64(len(data)))
	if err == nil || f != nil || !bytes.Contains([]byte(err.Error()), []byte(text)) {
		t.Errorf("%s: %v, %v; not %q", what, f, err, text)
	}
}

// TestNoOptionalStreams is a PDB whose list of optional streams is empty, at the end of its stream: it says who it is, and has no sections.
func TestNoOptionalStreams(t *testing.T) {
	streams := synthetic{}.streams()
	dbi := streams[3][:64]
	for off := 24; off < 56; off += 4 {
		le.PutUint32(dbi[off:], 0)
	}
	streams[3] = dbi
	b := container(0x400, streams)
	guid, _, age, err := pdb.Identify(bytes.NewReader(b), int64(len(b)))
	if err != nil || !bytes.Equal(guid[:], syntheticGUID) || age != 1 {
		t.Errorf("%v, age %d: %v", guid, age, err)
	}
}
