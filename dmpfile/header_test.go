package dmpfile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// accessor erases the type of an accessor's value.
func accessor[T any](get func(*dmpfile.Header) (T, bool)) func(*dmpfile.Header) (any, bool) {
	return func(h *dmpfile.Header) (any, bool) { return get(h) }
}

// physicalMemory is the result of Header.PhysicalMemory.
type physicalMemory struct {
	Runs  []dmpfile.Run
	Pages uint64
}

var accessors = map[string]func(*dmpfile.Header) (any, bool){
	"MajorVersion":        accessor((*dmpfile.Header).MajorVersion),
	"MinorVersion":        accessor((*dmpfile.Header).MinorVersion),
	"DirectoryTableBase":  accessor((*dmpfile.Header).DirectoryTableBase),
	"PfnDataBase":         accessor((*dmpfile.Header).PfnDataBase),
	"PsLoadedModuleList":  accessor((*dmpfile.Header).PsLoadedModuleList),
	"PsActiveProcessHead": accessor((*dmpfile.Header).PsActiveProcessHead),
	"Machine":             accessor((*dmpfile.Header).Machine),
	"NumberProcessors":    accessor((*dmpfile.Header).NumberProcessors),
	"BugCheckCode":        accessor((*dmpfile.Header).BugCheckCode),
	"BugCheckParameter1":  func(h *dmpfile.Header) (any, bool) { return h.BugCheckParameter(1) },
	"BugCheckParameter4":  func(h *dmpfile.Header) (any, bool) { return h.BugCheckParameter(4) },
	"PaeEnabled":          accessor((*dmpfile.Header).PaeEnabled),
	"KdSecondaryVersion":  accessor((*dmpfile.Header).KdSecondaryVersion),
	"VersionUser":         accessor((*dmpfile.Header).VersionUser),
	"KdDebuggerDataBlock": accessor((*dmpfile.Header).KdDebuggerDataBlock),
	"DumpType":            accessor((*dmpfile.Header).DumpType),
	"RequiredDumpSpace":   accessor((*dmpfile.Header).RequiredDumpSpace),
	"SystemTime":          accessor((*dmpfile.Header).SystemTime),
	"SystemUpTime":        accessor((*dmpfile.Header).SystemUpTime),
	"Comment":             accessor((*dmpfile.Header).Comment),
	"MiniDumpFields":      accessor((*dmpfile.Header).MiniDumpFields),
	"SecondaryDataState":  accessor((*dmpfile.Header).SecondaryDataState),
	"ProductType":         accessor((*dmpfile.Header).ProductType),
	"SuiteMask":           accessor((*dmpfile.Header).SuiteMask),
	"WriterStatus":        accessor((*dmpfile.Header).WriterStatus),
	"BootID":              accessor((*dmpfile.Header).BootID),
	"Attributes":          accessor((*dmpfile.Header).Attributes),
	"Diagnostics":         accessor((*dmpfile.Header).Diagnostics),
	"Exception":           accessor((*dmpfile.Header).Exception),
	"ContextIP": func(h *dmpfile.Header) (any, bool) {
		c, ok := h.Context()
		return c.IP, ok
	},
	"PhysicalMemory": func(h *dmpfile.Header) (any, bool) {
		runs, pages, ok := h.PhysicalMemory()
		return physicalMemory{runs, pages}, ok
	},
}

// present returns the fields that a header has.
func present(h *dmpfile.Header) map[string]any {
	fields := map[string]any{}
	for name, get := range accessors {
		if v, ok := get(h); ok {
			fields[name] = v
		}
	}
	return fields
}

// with returns a changed copy of fields; nil takes a field away.
func with(fields, change map[string]any) map[string]any {
	changed := map[string]any{}
	for _, m := range []map[string]any{fields, change} {
		for k, v := range m {
			if v == nil {
				delete(changed, k)
			} else {
				changed[k] = v
			}
		}
	}
	return changed
}

var headerTime = time.Date(2025, 3, 14, 9, 26, 53, 589793200, time.UTC)

func fullHeader() dmptest.Header {
	return dmptest.Header{
		MajorVersion: 0xC, Build: 26100, Processors: 12, DirectoryTableBase: 0x1AD002, PfnDataBase: 0x80000001,
		PsLoadedModuleList: 0x80000002, PsActiveProcessHead: 0x80000003, KdDebuggerDataBlock: 0x80000004,
		Code: new(uint32(0x1000007E)), Params: [4]uint64{5, 6, 7, 0xFFFFFFFF}, DumpType: 3, Required: new(uint64(0x123456789)),
		Attributes: new(uint32(0x1010)), BootID: new(uint32(9)), MiniDumpFields: new(uint32(0xDFF)),
		SecondaryDataState: new(uint32(10)), ProductType: new(uint32(3)), SuiteMask: new(uint32(0x110)),
		WriterStatus: new(uint32(1)), KdSecondaryVersion: new(uint8(2)), PAE: new(uint8(1)), VersionUser: []byte("user\x00"),
		Time: headerTime, Uptime: 3*time.Hour + 141592600, Comment: "a comment",
		Runs:        []dmptest.Run{{Base: 1, Count: 0x9F}, {Base: 0x100, Count: 0x200}},
		Context:     &dmptest.Context{IP: 0x80000005},
		Exception:   &dmptest.Exception{Code: 0xC0000005, Flags: 1, Address: 0x80000006, Info: []uint64{1, 0x20}},
		Diagnostics: &dmptest.Diagnostics{LastLine: "Dump completed successfully.", BuildText: "26100", Revision: 4946},
	}
}

// In both widths each field is what was written, absent as filler, and where it is zero a zero of its own if it can be one. A dump type
// of zero is impossible, so that the attributes behind it say nothing.
func TestHeaderFields(t *testing.T) {
	set := map[string]any{
		"MajorVersion": uint32(0xC), "MinorVersion": uint32(26100), "DirectoryTableBase": dmpfile.PhysAddr(0x1AD002),
		"PfnDataBase": dmpfile.VirtAddr(0x80000001), "PsLoadedModuleList": dmpfile.VirtAddr(0x80000002),
		"PsActiveProcessHead": dmpfile.VirtAddr(0x80000003), "Machine": dmpfile.MachineAMD64, "NumberProcessors": uint32(12),
		"BugCheckCode": uint32(0x1000007E), "BugCheckParameter1": uint64(5), "BugCheckParameter4": uint64(0xFFFFFFFF),
		"KdSecondaryVersion": uint8(2), "VersionUser": "user", "KdDebuggerDataBlock": dmpfile.VirtAddr(0x80000004),
		"DumpType": uint32(3), "RequiredDumpSpace": uint64(0x123456789), "SystemTime": headerTime,
		"SystemUpTime": 3*time.Hour + 141592600, "Comment": "a comment", "MiniDumpFields": uint32(0xDFF),
		"SecondaryDataState": uint32(10), "ProductType": uint32(3), "SuiteMask": uint32(0x110), "WriterStatus": uint32(1),
		"BootID": uint32(9), "Attributes": dmpfile.Attributes(0x1010), "ContextIP": dmpfile.VirtAddr(0x80000005),
		"Exception":      dmpfile.Exception{Code: 0xC0000005, Flags: 1, Address: 0x80000006, Information: []uint64{1, 0x20}},
		"PhysicalMemory": physicalMemory{[]dmpfile.Run{{Base: 1, Count: 0x9F}, {Base: 0x100, Count: 0x200}}, 0x29F},
		"Diagnostics": dmpfile.Diagnostics{
			LastLine: "Dump completed successfully.", BuildText: "26100", Revision: 4946, Major: 10, HasRevision: true, Offset: 0x11F0,
		},
	}
	zero := map[string]any{
		"MajorVersion": uint32(0), "BugCheckCode": uint32(0), "BugCheckParameter1": uint64(0), "BugCheckParameter4": uint64(0),
		"KdSecondaryVersion": uint8(0), "VersionUser": "", "DumpType": uint32(0), "Comment": "", "MiniDumpFields": uint32(0),
		"SecondaryDataState": uint32(0), "ProductType": uint32(0), "SuiteMask": uint32(0), "WriterStatus": uint32(0),
	}
	for _, w := range []struct {
		machine   uint16
		set, zero map[string]any // what differs from 64 bits
	}{
		{dmptest.AMD64, nil, nil},
		{dmptest.ARM64, map[string]any{"Machine": dmpfile.MachineARM64}, nil},
		{dmptest.X86, map[string]any{"Machine": dmpfile.MachineX86, "PaeEnabled": true, "Diagnostics": nil}, map[string]any{"PaeEnabled": false}},
		{dmptest.ARM, map[string]any{"Machine": dmpfile.MachineARM, "PaeEnabled": true, "Diagnostics": nil}, map[string]any{"PaeEnabled": false}},
	} {
		t.Run(fmt.Sprintf("%#x", w.machine), func(t *testing.T) {
			h := fullHeader()
			h.Machine = w.machine
			m := h.Image()
			expect(t, "set", present(open(t, m.Data()).Header), with(set, w.set))
			m.PutZero(8, m.Len()-8)
			expect(t, "zero", present(open(t, m.Data()).Header), with(zero, w.zero))
			m.PutFiller(8, m.Len()-8)
			expect(t, "filler", present(open(t, m.Data()).Header), map[string]any{})
			expect(t, "cut", present(open(t, m.Data()[:8]).Header), map[string]any{})
		})
	}
}

// The offsets that the accessors give are those of the format.
func TestHeaderOffsets(t *testing.T) {
	for _, c := range []struct {
		machine uint16
		want    [9]int64
	}{
		{dmptest.AMD64, [9]int64{0x38, 0x40, 0x58, 0x1050, 0xFB0, 0xF98, 0x1048, 0x348, 0x2000}},
		{dmptest.X86, [9]int64{0x28, 0x2C, 0x38, 0x8A0, 0x820, 0xF88, 0xF9C, 0x320, 0x1000}},
	} {
		h := open(t, dmptest.Header{Machine: c.machine}.Image().Data())
		_, outside := h.BugCheckParameter(0)
		_, outside5 := h.BugCheckParameter(5)
		if outside || outside5 {
			t.Error("there is a parameter 0 or 5")
		}
		expect(t, "offsets", [9]int64{
			h.Offset(dmpfile.FieldBugCheckCode), h.Offset(dmpfile.FieldBugCheckParameter1), h.Offset(dmpfile.FieldBugCheckParameter4),
			h.Offset(dmpfile.FieldAttributes), h.Offset(dmpfile.FieldComment), h.Offset(dmpfile.FieldDumpType),
			h.Offset(dmpfile.FieldWriterStatus), h.Offset(dmpfile.FieldContextRecord), h.HeaderSize(),
		}, c.want)
	}
}

// Values that a field cannot have, and those next to them that it can.
func TestHeaderOddValues(t *testing.T) {
	runs := func(n int) []dmptest.Run {
		list := make([]dmptest.Run, n)
		for i := range list {
			list[i] = dmptest.Run{Base: uint64(2 * i), Count: 1}
		}
		return list
	}
	const x64, x86 = dmptest.AMD64, dmptest.X86
	for _, c := range []struct {
		name    string
		machine uint16
		change  func(m *dmptest.Image)
		runs    int
		field   string
		want    any // nil: absent
	}{
		{name: "the last time", machine: x64, change: func(m *dmptest.Image) { m.PutU64(0xFA8, 2650467743999999999) }, field: "SystemTime",
			want: time.Date(9999, 12, 31, 23, 59, 59, 999999900, time.UTC)},
		{name: "a time after the year 9999", machine: x64, change: func(m *dmptest.Image) { m.PutU64(0xFA8, 2650467744000000000) }, field: "SystemTime"},
		{name: "the longest uptime", machine: x86, change: func(m *dmptest.Image) { m.PutU64(0xFB8, (1<<63-1)/100) }, field: "SystemUpTime",
			want: time.Duration((1<<63 - 1) / 100 * 100)},
		{name: "an uptime of 300 years", machine: x86, change: func(m *dmptest.Image) { m.PutU64(0xFB8, (1<<63-1)/100+1) }, field: "SystemUpTime"},
		{name: "PAE off", machine: x86, change: func(m *dmptest.Image) { m.PutU8(0x5C, 0) }, field: "PaeEnabled", want: false},
		{name: "PAE 2", machine: x86, change: func(m *dmptest.Image) { m.PutU8(0x5C, 2) }, field: "PaeEnabled"},
		{name: "the last version", machine: x64, change: func(m *dmptest.Image) { m.PutU8(0x104D, 0x40) }, field: "KdSecondaryVersion", want: uint8(0x40)},
		{name: "a version of filler", machine: x64, change: func(m *dmptest.Image) { m.PutU8(0x104D, 0x41) }, field: "KdSecondaryVersion"},
		{name: "LiveKD's VersionUser", machine: x64, change: func(m *dmptest.Image) { m.PutFiller(0x60, 32); m.PutU8(0x60, 0) }, field: "VersionUser", want: ""},
		{name: "a comment without end", machine: x64, change: func(m *dmptest.Image) { m.PutASCII(0xFB0, strings.Repeat("x", 128)) }, field: "Comment",
			want: strings.Repeat("x", 128)},
		{name: "15 exception words", machine: x86, change: func(m *dmptest.Image) { m.PutU32(0x7E0, 15); m.PutZero(0x7E4, 60) }, field: "Exception",
			want: dmpfile.Exception{Code: 0xC0000005, Flags: 1, Address: 0x80000006, Information: make([]uint64, 15)}},
		{name: "exception words that are filler", machine: x86, change: func(m *dmptest.Image) { m.PutU32(0x7E0, 3) }, field: "Exception",
			want: dmpfile.Exception{Code: 0xC0000005, Flags: 1, Address: 0x80000006, Information: []uint64{1, 0x20}}},
		{name: "exception flags of filler", machine: x64, change: func(m *dmptest.Image) { m.PutFiller(0xF04, 4) }, field: "Exception"},
		{name: "an exception address of filler", machine: x64, change: func(m *dmptest.Image) { m.PutFiller(0xF10, 8) }, field: "Exception"},
		{name: "16 exception words", machine: x64, change: func(m *dmptest.Image) { m.PutU32(0xF18, 16) }, field: "Exception"},
		{name: "42 runs", machine: x64, runs: 42, field: "PhysicalMemory", want: 42},
		{name: "43 runs", machine: x64, runs: 43, field: "PhysicalMemory"},
		{name: "86 runs", machine: x86, runs: 86, field: "PhysicalMemory", want: 86},
		{name: "87 runs", machine: x86, runs: 87, field: "PhysicalMemory"},
		{name: "runs cleared", machine: x64, change: func(m *dmptest.Image) { m.PutZero(0x88, 700) }, field: "PhysicalMemory"},
		{name: "runs cleared", machine: x86, change: func(m *dmptest.Image) { m.PutZero(0x64, 700) }, field: "PhysicalMemory"},
		{name: "pages without runs", machine: x64, change: func(m *dmptest.Image) { m.PutU32(0x88, 0) }, field: "PhysicalMemory"},
		{name: "attributes of zero", machine: x64, change: func(m *dmptest.Image) { m.PutU32(0x1050, 0) }, field: "Attributes", want: dmpfile.Attributes(0)},
		{name: "attributes behind dump type 0", machine: x64, change: func(m *dmptest.Image) { m.PutU32(0xF98, 0) }, field: "Attributes"},
		{name: "attributes behind dump type 11", machine: x86, change: func(m *dmptest.Image) { m.PutU32(0xF88, 11) }, field: "Attributes"},
		{name: "attributes behind no dump type", machine: x64, change: func(m *dmptest.Image) { m.PutFiller(0xF98, 4) }, field: "Attributes", want: dmpfile.Attributes(0x1010)},
		{name: "VersionUser of a packed header", machine: x64, field: "VersionUser", want: "Tool 1.0",
			change: func(m *dmptest.Image) { m.PutU32(0xF98, 0); m.PutASCII(0x5C, "Tool 1.0\x00") }},
		{name: "VersionUser behind a parameter of letters", machine: x64, field: "VersionUser", want: "user",
			change: func(m *dmptest.Image) { m.PutASCII(0x58, "TextText") }},
		{name: "a run of filler", machine: x64, change: func(m *dmptest.Image) { m.PutU32(0x88, 3) }, field: "PhysicalMemory"},
		{name: "pages of filler", machine: x64, change: func(m *dmptest.Image) { m.PutFiller(0x90, 8) }, field: "PhysicalMemory"},
		{name: "no diagnostics bit", machine: x64, change: func(m *dmptest.Image) { m.PutU32(0x1050, 0x10) }, field: "Diagnostics"},
		{name: "diagnostics of another size", machine: x64, change: func(m *dmptest.Image) { m.PutU32(0x1058, 0x2A0, 0x2A0) }, field: "Diagnostics"},
		{name: "diagnostics with two sizes", machine: x64, change: func(m *dmptest.Image) { m.PutU32(0x105C, 0x299) }, field: "Diagnostics"},
		{name: "diagnostics without revision and build", machine: x64, field: "Diagnostics",
			change: func(m *dmptest.Image) { m.PutFiller(0x12F0, 12); m.PutFiller(0x1300, 12) },
			want:   dmpfile.Diagnostics{LastLine: "Dump completed successfully.", Offset: 0x11F0}},
		{name: "diagnostics with another version", machine: x64, field: "Diagnostics",
			change: func(m *dmptest.Image) { m.PutU32(0x1304, 12) },
			want:   dmpfile.Diagnostics{LastLine: "Dump completed successfully.", BuildText: "26100", Offset: 0x11F0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := fullHeader()
			h.Machine = c.machine
			if c.runs != 0 {
				h.Runs = runs(c.runs)
			}
			m := h.Image()
			if c.change != nil {
				c.change(m)
			}
			got, ok := accessors[c.field](open(t, m.Data()).Header)
			if !ok {
				got = nil
			}
			if p, isMemory := got.(physicalMemory); isMemory {
				expect(t, "last run", p.Runs[len(p.Runs)-1], dmpfile.Run{Base: uint64(2*len(p.Runs) - 2), Count: 1})
				got = len(p.Runs)
			}
			expect(t, c.field, got, c.want)
		})
	}
}

func TestAttributes(t *testing.T) {
	for a, want := range map[dmpfile.Attributes][]string{
		0: {},
		0x3FF: {
			"hiber-crash", "dump-device-powered-off", "insufficient-dumpfile-size", "kernel-generated-triage-dump", "live-dump",
			"generated-offline", "filter-dump-file", "early-boot-crash", "encrypted", "decrypted",
		},
		0x80021C00: {"bit-10", "vbs-running", "diagnostic-data", "bit-17", "bit-31"},
	} {
		expect(t, fmt.Sprintf("names of %#x", uint32(a)), a.Names(), want)
	}
	for _, c := range []struct {
		attributes *uint32
		want       bool
	}{{nil, false}, {new(uint32(0)), false}, {new(uint32(0x100)), true}, {new(uint32(0x300)), false}, {new(uint32(0x200)), false}} {
		h := open(t, dmptest.Header{Attributes: c.attributes}.Image().Data())
		if got := h.Encrypted(); got != c.want {
			t.Errorf("attributes %v: encrypted is %v", c.attributes, got)
		}
	}
}

func TestMachineNames(t *testing.T) {
	got := fmt.Sprint(dmpfile.MachineX86, dmpfile.MachineARM, dmpfile.MachineIA64, dmpfile.MachineAMD64, dmpfile.MachineARM64, dmpfile.Machine(1))
	if got != "x86 arm ia64 amd64 arm64 " {
		t.Errorf("names of machines: %q", got)
	}
}
