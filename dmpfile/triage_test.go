package dmpfile_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// directory is a field of the triage directory in a dump: its offset by width.
var directory = map[string][2]int{ // 64-bit, 32-bit
	"SizeOfDump": {0x2004, 0x1004}, "ValidOffset": {0x2008, 0x1008}, "UnloadedDriversOffset": {0x2018, 0x1018},
	"DriverListOffset": {0x2030, 0x1030}, "DriverCount": {0x2034, 0x1034}, "StringPoolOffset": {0x2038, 0x1038},
	"StringPoolSize": {0x203C, 0x103C}, "TriageOptions": {0x2044, 0x1044},
	"DebuggerDataOffset": {0x2070, 0x1058}, "DebuggerDataSize": {0x2074, 0x105C}, "DataBlocksOffset": {0x2078, 0x1060},
}

// is32 is 1 for a 32-bit machine: an index of a directory field.
func is32(h dmptest.Header) int {
	if h.Size() == 0x1000 {
		return 1
	}
	return 0
}

func field(m *dmptest.Image, h dmptest.Header, name string) uint32 {
	return binary.LittleEndian.Uint32(m.Data()[directory[name][is32(h)]:])
}

func putField(m *dmptest.Image, h dmptest.Header, name string, v uint32) {
	m.PutU32(directory[name][is32(h)], v)
}

var triageHeaders = map[string]dmptest.Header{"64-bit": {}, "32-bit": {Machine: dmptest.X86}}

// expectFormatError wants an error that names a place in the file.
func expectFormatError(t *testing.T, what string, err error, off int64) {
	t.Helper()
	var format *dmpfile.FormatError
	if !errors.As(err, &format) || format.Offset != off || !strings.Contains(err.Error(), fmt.Sprintf("%#x", off)) {
		t.Errorf("%s: error %v; want one at %#x", what, err, off)
	}
}

func TestTriageDirectory(t *testing.T) {
	data := make([]byte, 0x80)
	block := dmptest.Block{VA: 0x80001000, Data: data}
	for name, h := range triageHeaders {
		t.Run(name, func(t *testing.T) {
			b := dmptest.Build19041
			m := dmptest.Triage{
				Header: h, Modules: []dmptest.Module{{Path: "a.sys"}}, Unloaded: []dmptest.Unloaded{{Name: "b"}}, BrokenDriver: "c",
				Stack: block, KDBG: &dmptest.KDBG{Build: b}, Processor: &dmptest.Processor{Build: b}, Process: &dmptest.Process{Build: b},
				Thread: &dmptest.Thread{Build: b}, Blocks: []dmptest.Block{block}, DataPage: dmptest.Block{VA: 0x80002000, Data: data},
				Options: new(uint32(0x41)),
			}.Image()
			f := open(t, m.Data())
			at := func(off int) uint32 { return binary.LittleEndian.Uint32(m.Data()[h.Size()+off:]) }
			late := func(off64, off32 int) uint32 { return at([]int{off64, off32}[is32(h)]) }
			expect(t, "directory", f.Triage.TriageHeader, dmpfile.TriageHeader{
				SizeOfDump: uint32(m.Len()), ValidOffset: uint32(m.Len() - 4), ContextOffset: at(0xC), ExceptionOffset: at(0x10),
				MmOffset: at(0x14), UnloadedDriversOffset: at(0x18), PrcbOffset: at(0x1C), ProcessOffset: at(0x20), ThreadOffset: at(0x24),
				CallStackOffset: at(0x28), SizeOfCallStack: 0x80, DriverListOffset: at(0x30), DriverCount: 1, StringPoolOffset: at(0x38),
				StringPoolSize: at(0x3C), BrokenDriverOffset: at(0x40), TriageOptions: 0x41, TopOfStack: 0x80001000,
				DataPageAddress: 0x80002000, DataPageOffset: late(0x68, 0x50), DataPageSize: 0x80, DebuggerDataOffset: late(0x70, 0x58),
				DebuggerDataSize: 0x380, DataBlocksOffset: late(0x78, 0x60), DataBlocksCount: 1,
			})
			for i, off := range []uint32{
				f.Triage.UnloadedDriversOffset, f.Triage.PrcbOffset, f.Triage.ProcessOffset, f.Triage.ThreadOffset, f.Triage.CallStackOffset,
				f.Triage.BrokenDriverOffset, f.Triage.DataPageOffset, f.Triage.DebuggerDataOffset, f.Triage.DataBlocksOffset,
			} {
				if off == 0 {
					t.Errorf("offset %d of the directory is zero", i)
				}
			}
			low, high, ok := f.Triage.Stack()
			expect(t, "stack", []any{low, high, ok}, []any{dmpfile.VirtAddr(0x80001000), dmpfile.VirtAddr(0x80001080), true})
			kdbg, err := f.Triage.DebuggerData()
			if err != nil || len(kdbg) != 0x380 || string(kdbg[0x10:0x14]) != "KDBG" {
				t.Errorf("DebuggerData: %d bytes, %v", len(kdbg), err)
			}
			expectIDs(t, f.Findings())
		})
	}
}

// A directory is taken for one without a DumpType only where all that is fixed in it holds.
func TestUnnamedTriage(t *testing.T) {
	for name, c := range map[string]struct {
		patch func(m *dmptest.Image)
		want  dmpfile.Format
	}{
		"whole":                        {func(*dmptest.Image) {}, dmpfile.TriageDump},
		"no signature at its end":      {func(m *dmptest.Image) { m.PutU8(m.Len()-4, 't') }, ""},
		"another context":              {func(m *dmptest.Image) { m.PutU32(0x200C, 0x350) }, ""},
		"a signature before its end":   {func(m *dmptest.Image) { m.PutU32(0x2004, uint32(m.Len()+1)) }, ""},
		"an end that lies before that": {func(m *dmptest.Image) { m.PutU32(0x2004, 0x2000) }, ""},
	} {
		m := dmptest.Triage{}.Image()
		m.PutFiller(0xF98, 4)
		c.patch(m)
		if f := open(t, m.Data()); f.Format != c.want {
			t.Errorf("%s: format %q, want %q", name, f.Format, c.want)
		}
	}
}

func TestTriageWithoutSections(t *testing.T) {
	f := open(t, dmptest.Triage{}.Image().Data())
	if _, _, ok := f.Triage.Stack(); ok {
		t.Error("there is a stack")
	}
	for _, va := range []uint64{0, math.MaxUint64} {
		x := open(t, dmptest.Triage{Stack: dmptest.Block{VA: va, Data: make([]byte, 8)}}.Image().Data())
		if low, high, ok := x.Triage.Stack(); ok {
			t.Errorf("a stack from %#x to %#x", low, high)
		}
	}
	_, err := f.Triage.DebuggerData()
	expectFormatError(t, "DebuggerData", err, 0)
	modules, err := f.Triage.Modules()
	unloaded, err2 := f.Triage.UnloadedModules()
	if modules != nil || unloaded != nil || f.Triage.Blocks() != nil || err != nil || err2 != nil {
		t.Errorf("modules %v, %v; unloaded %v, %v; blocks %v", modules, err, unloaded, err2, f.Triage.Blocks())
	}
}

func TestTriageFindings(t *testing.T) {
	for _, c := range []struct {
		name   string
		field  string
		change func(old, size uint32) uint32
		want   []string
	}{
		{"end signature elsewhere", "ValidOffset", func(old, _ uint32) uint32 { return old - 4 }, []string{"error triage-end-missing"}},
		{"end signature outside", "ValidOffset", func(_, size uint32) uint32 { return size }, []string{"error triage-end-missing"}},
		{"list of blocks overflowed", "TriageOptions", func(uint32, uint32) uint32 { return 0x141 }, []string{"info triage-overflow"}},
		{"options not set", "TriageOptions", func(uint32, uint32) uint32 { return 0xFFFFFFFF }, nil},
		{"size inside the header", "SizeOfDump", func(uint32, uint32) uint32 { return 0x100 }, []string{"error page-count-unknown"}},
		{"size behind the file", "SizeOfDump", func(old, _ uint32) uint32 { return old + 1 }, []string{"error truncated"}},
		{"size of 4 GiB", "SizeOfDump", func(uint32, uint32) uint32 { return math.MaxUint32 }, []string{"error truncated"}},
	} {
		for name, h := range triageHeaders {
			t.Run(c.name+", "+name, func(t *testing.T) {
				m := dmptest.Triage{Header: h, Stack: dmptest.Block{VA: 1, Data: make([]byte, 16)}}.Image()
				putField(m, h, c.field, c.change(field(m, h, c.field), uint32(m.Len())))
				f := open(t, m.Data())
				expectIDs(t, f.Findings(), c.want...)
			})
		}
	}
}

func TestSections(t *testing.T) {
	f := open(t, sample(t, "triage-amd64.dmp").Data())
	size := uint32(f.Size())
	b, err := f.Triage.Section("the header", 4, 4)
	if err != nil || string(b) != "DU64" {
		t.Errorf("Section: %q, %v", b, err)
	}
	for _, c := range []struct {
		off uint32
		n   int
	}{{0, 4}, {size, 1}, {size - 3, 4}, {size + 1, 0}, {4, -1}, {4, math.MaxInt}, {math.MaxUint32, math.MaxInt}} {
		_, err := f.Triage.Section("the part", c.off, c.n)
		expectFormatError(t, fmt.Sprintf("%d bytes at %#x", c.n, c.off), err, int64(c.off))
		if err != nil && !strings.Contains(err.Error(), "the part") {
			t.Errorf("the error does not say which section: %v", err)
		}
	}
}

func TestModules(t *testing.T) {
	const kernel, driver = `\SystemRoot\system32\ntoskrnl.exe`, `example.sys`
	built := []dmptest.Module{
		{Path: kernel, Base: 0x82843000, EntryPoint: 0x82958000, Size: 0x412000, TimeDateStamp: 0x4CE78A09, CheckSum: 0x3D0BA1},
		{Path: driver, Base: 0x8C410000, Size: 0xB000, TimeDateStamp: 0x65A1B2C3, CheckSum: 0x12D0C},
		{Path: "", Base: 0x8C420000},
	}
	want := []dmpfile.Module{
		{Name: "ntoskrnl.exe", Path: kernel, Base: 0x82843000, Size: 0x412000, TimeStamp: 0x4CE78A09, CheckSum: 0x3D0BA1},
		{Name: driver, Base: 0x8C410000, Size: 0xB000, TimeStamp: 0x65A1B2C3, CheckSum: 0x12D0C},
		{Base: 0x8C420000},
	}
	base := append([]dmpfile.Module{}, want...)
	base[0].Path = ""
	list := func(m *dmptest.Image, h dmptest.Header) int { return int(field(m, h, "DriverListOffset")) }
	stride := map[int]int{0: 0x90, 1: 0x4C}
	for _, c := range []struct {
		name   string
		kernel bool // written by the crashing kernel
		patch  func(m *dmptest.Image, h dmptest.Header)
		want   []dmpfile.Module
		errAt  func(m *dmptest.Image, h dmptest.Header) int // nil: no error
	}{
		{name: "full paths", want: want},
		{name: "base names", kernel: true, want: base},
		{name: "strings far behind the list", want: want, patch: func(m *dmptest.Image, h dmptest.Header) {
			// The distance is no multiple of the count now, so it does not tell the stride.
			putField(m, h, "StringPoolOffset", field(m, h, "StringPoolOffset")-4)
			putField(m, h, "StringPoolSize", field(m, h, "StringPoolSize")+4)
		}},
		{name: "no modules", patch: func(m *dmptest.Image, h dmptest.Header) { putField(m, h, "DriverCount", 0) }},
		{name: "no list", patch: func(m *dmptest.Image, h dmptest.Header) { putField(m, h, "DriverListOffset", 0) }},
		{name: "an absurd count", patch: func(m *dmptest.Image, h dmptest.Header) { putField(m, h, "DriverCount", 10001) },
			errAt: func(_ *dmptest.Image, h dmptest.Header) int { return h.Size() + 0x34 }},
		{name: "filler for a count", patch: func(m *dmptest.Image, h dmptest.Header) { m.PutFiller(h.Size()+0x34, 4) }},
		{name: "a list that ends behind the file", want: want[:1], patch: func(m *dmptest.Image, h dmptest.Header) {
			first := append([]byte{}, m.Data()[list(m, h):list(m, h)+2*stride[is32(h)]-1]...)
			putField(m, h, "DriverListOffset", uint32(m.Append(first)))
		}, errAt: func(m *dmptest.Image, h dmptest.Header) int { return list(m, h) + stride[is32(h)] }},
		{name: "a name before the strings", want: want[:1], patch: func(m *dmptest.Image, h dmptest.Header) {
			m.PutU32(list(m, h)+stride[is32(h)], field(m, h, "StringPoolOffset")-1)
		}, errAt: func(m *dmptest.Image, h dmptest.Header) int { return int(field(m, h, "StringPoolOffset")) - 1 }},
		{name: "a name behind the strings", want: want[:2], patch: func(m *dmptest.Image, h dmptest.Header) {
			m.PutU32(list(m, h)+2*stride[is32(h)], field(m, h, "StringPoolOffset")+field(m, h, "StringPoolSize")-3)
		}, errAt: func(m *dmptest.Image, h dmptest.Header) int {
			return int(field(m, h, "StringPoolOffset") + field(m, h, "StringPoolSize") - 3)
		}},
		{name: "a name of 4 GiB", want: nil, patch: func(m *dmptest.Image, h dmptest.Header) {
			m.PutU32(int(field(m, h, "StringPoolOffset")), math.MaxUint32)
		}, errAt: func(m *dmptest.Image, h dmptest.Header) int { return int(field(m, h, "StringPoolOffset")) }},
		{name: "no strings", patch: func(m *dmptest.Image, h dmptest.Header) { putField(m, h, "StringPoolSize", 0) },
			errAt: func(m *dmptest.Image, h dmptest.Header) int { return int(field(m, h, "StringPoolOffset")) }},
	} {
		for name, h := range triageHeaders {
			t.Run(c.name+", "+name, func(t *testing.T) {
				m := dmptest.Triage{Header: h, Kernel: c.kernel, Modules: built}.Image()
				if c.patch != nil {
					c.patch(m, h)
				}
				got, err := open(t, m.Data()).Triage.Modules()
				expect(t, "modules", got, c.want)
				if c.errAt == nil {
					if err != nil {
						t.Error(err)
					}
					return
				}
				expectFormatError(t, "Modules", err, int64(c.errAt(m, h)))
			})
		}
	}
}

// Entries can be longer than in the dumps that are known: the names behind the list tell.
func TestModuleStride(t *testing.T) {
	for _, c := range []struct {
		stride int
		want   []dmpfile.VirtAddr
	}{{0x90, []dmpfile.VirtAddr{1, 2}}, {0xA8, []dmpfile.VirtAddr{1, 2}}, {0xB0, []dmpfile.VirtAddr{1, 2}}, {0xB8, []dmpfile.VirtAddr{1, 0}}} {
		m := dmptest.Triage{}.Image()
		list := m.Align(8)
		pool := list + 2*c.stride
		m.Grow(pool + 8)
		for i := range 2 {
			m.PutU32(list+i*c.stride, uint32(pool))
			m.PutU64(list+i*c.stride+0x38, uint64(i+1))
		}
		if c.stride == 0xB8 { // not taken: the second entry is looked for at 0x90
			m.PutU32(list+0x90, uint32(pool))
		}
		m.PutU32(0x2030, uint32(list), 2, uint32(pool), 8)
		modules, err := open(t, m.Data()).Triage.Modules()
		var got []dmpfile.VirtAddr
		for _, x := range modules {
			got = append(got, x.Base)
		}
		expect(t, fmt.Sprintf("bases of entries of %#x bytes", c.stride), got, c.want)
		if err != nil {
			t.Error(err)
		}
	}
}

func TestModuleContains(t *testing.T) {
	m := dmpfile.Module{Base: 0xFFFFFFFFFFFFF000, Size: 0x1000}
	for a, want := range map[dmpfile.VirtAddr]bool{m.Base - 1: false, m.Base: true, math.MaxUint64: true, 0: false} {
		if m.Contains(a) != want {
			t.Errorf("Contains(%#x) = %v", a, !want)
		}
	}
}

func TestUnloadedModules(t *testing.T) {
	built := []dmptest.Unloaded{{Name: "dam.sys", Start: 0x8C300000, End: 0x8C30D000}, {Name: "a-name-of-some-length.sys", Start: 0x8C400000, End: 0x8C401000}}
	want := []dmpfile.UnloadedModule{{Name: "dam.sys", Base: 0x8C300000, End: 0x8C30D000}, {Name: "a-name-of-so", Base: 0x8C400000, End: 0x8C401000}}
	at := func(m *dmptest.Image, h dmptest.Header) int { return int(field(m, h, "UnloadedDriversOffset")) }
	fifty := make([]dmptest.Unloaded, 50)
	for _, c := range []struct {
		name  string
		built []dmptest.Unloaded
		patch func(m *dmptest.Image, h dmptest.Header)
		want  []dmpfile.UnloadedModule
		fails bool
	}{
		{name: "two", built: built, want: want},
		{name: "none", built: []dmptest.Unloaded{}},
		{name: "no list", built: built, patch: func(m *dmptest.Image, h dmptest.Header) { putField(m, h, "UnloadedDriversOffset", 0) }},
		{name: "as many as Windows keeps", built: fifty, want: make([]dmpfile.UnloadedModule, 50)},
		{name: "one more", built: append(fifty, dmptest.Unloaded{}), fails: true},
		{name: "a length longer than the name", built: built, want: want,
			patch: func(m *dmptest.Image, h dmptest.Header) { m.PutU16(at(m, h)+h.Size()/0x400, 0xFFFF) }},
		{name: "other bytes behind a name", built: built, want: want, patch: func(m *dmptest.Image, h dmptest.Header) {
			name := 8 + 0x10
			if is32(h) == 1 {
				name = 4 + 8
			}
			m.PutUTF16(at(m, h)+name+2*len("dam.sys"), "XYZ")
		}},
		{name: "list behind the file", built: built, patch: func(m *dmptest.Image, h dmptest.Header) { putField(m, h, "UnloadedDriversOffset", uint32(m.Len())) }, fails: true},
		{name: "list cut", built: built[:1], fails: true, want: want[:1], patch: func(m *dmptest.Image, h dmptest.Header) {
			count, size := 8, 8+0x38 // one entry
			if is32(h) == 1 {
				count, size = 4, 4+0x28
			}
			list := append([]byte{}, m.Data()[at(m, h):at(m, h)+size]...)
			putField(m, h, "UnloadedDriversOffset", uint32(m.Append(list)))
			m.PutPtr(at(m, h), count, 2)
		}},
	} {
		for name, h := range triageHeaders {
			t.Run(c.name+", "+name, func(t *testing.T) {
				m := dmptest.Triage{Header: h, Unloaded: c.built}.Image()
				if c.patch != nil {
					c.patch(m, h)
				}
				got, err := open(t, m.Data()).Triage.UnloadedModules()
				expect(t, "unloaded modules", got, c.want)
				if c.fails {
					expectFormatError(t, "UnloadedModules", err, int64(at(m, h)))
				} else if err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// A list that the file ends before is not said to have a number, which would be the zero that nobody read.
func TestUnloadedModulesBehindTheEnd(t *testing.T) {
	for name, h := range triageHeaders {
		m := dmptest.Triage{Header: h}.Image()
		putField(m, h, "UnloadedDriversOffset", uint32(len(m.Data())+0x100))
		_, err := open(t, m.Data()).Triage.UnloadedModules()
		if err == nil || !strings.Contains(err.Error(), "the list of unloaded modules lies outside the file; what is left of it: 0x0") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
