package analyze

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
)

// machine is where a crash happened: addresses, build and drivers that have no part in it differ from one to the next.
type machine struct {
	build      *dmptest.Build
	nt, driver uint64
	more       []dmptest.Module
}

var (
	machine1 = machine{dmptest.Build19041, 0xfffff80312400000, 0xfffff80320000000, nil}
	machine2 = machine{dmptest.Build26100, 0xfffff80561200000, 0xfffff80577770000, []dmptest.Module{{Path: `\SystemRoot\System32\drivers\other.sys`, Base: 0xfffff80588880000, Size: 0x8000}}}
)

// problem is a crash that can happen on any machine: inKernel and inDriver make parameters addresses there, others stay as they are.
type problem struct {
	code      uint32
	params    [4]uint64
	kernel    string // name of the kernel's image; "" is ntoskrnl.exe
	driver    string // "" is example.sys
	caller    uint64
	exception uint64 // address of an access violation in the header
}

const (
	inKernel = 1 << 48
	inDriver = 2 << 48
)

func (m machine) at(v uint64) uint64 {
	switch v >> 48 {
	case inKernel >> 48:
		return m.nt + v&0xffffff
	case inDriver >> 48:
		return m.driver + v&0xffffff
	}
	return v
}

func (p problem) on(t *testing.T, m machine) *report.Signature {
	t.Helper()
	kernel, driver := p.kernel, p.driver
	if kernel == "" {
		kernel = "ntoskrnl.exe"
	}
	if driver == "" {
		driver = "example.sys"
	}
	for i, v := range p.params {
		p.params[i] = m.at(v)
	}
	const sp = 0xffffa60940000000
	stack := dmptest.Image{}
	stack.PutU64(0, m.at(p.caller), uint64(p.code))
	stack.PutU64(0x10, p.params[:]...) // the arguments, as KeBugCheckEx stores them
	x := dmptest.Triage{
		Header: dmptest.Header{Build: m.build.Number, Code: &p.code, Params: p.params, WriterStatus: new(uint32(0)), Context: &dmptest.Context{IP: m.nt + 0x1000, SP: sp}},
		Modules: append([]dmptest.Module{
			{Path: `\SystemRoot\system32\` + kernel, Base: m.nt, Size: 0x1000000},
			{Path: `\SystemRoot\System32\drivers\` + driver, Base: m.driver, Size: 0x10000},
		}, m.more...),
		Stack: dmptest.Block{VA: sp, Data: stack.Data()},
		KDBG:  &dmptest.KDBG{Build: m.build},
	}
	if p.exception != 0 {
		x.Header.Exception = &dmptest.Exception{Code: 0xc0000005, Address: m.at(p.exception), Info: []uint64{0, 0}}
	}
	return analyzed(t, "x.dmp", x.Image().Data()).Signature
}

// The same problem has the same coarse signature on two machines, and a fine one that differs in the build alone.
func TestSignature(t *testing.T) {
	const status = 0xffffffffc0000005
	long := strings.Repeat("long", 30) + ".sys"
	for name, c := range map[string]struct {
		problem
		coarse, offset string
	}{
		"fault in a driver":           {problem{code: 0xd1, params: [4]uint64{0x20, 2, 1, inDriver + 0x34c}}, "0xd1|example.sys", "+0x34c"},
		"raw code":                    {problem{code: 0x100000d1, params: [4]uint64{0x28, 2, 0, inDriver + 0x34c}}, "0xd1|example.sys", "+0x34c"},
		"another driver":              {problem{code: 0xd1, params: [4]uint64{0x20, 2, 1, inDriver + 0x34c}, driver: "Another.SYS"}, "0xd1|another.sys", "+0x34c"},
		"fault in the kernel":         {problem{code: 0xa, params: [4]uint64{0x20, 2, 1, inKernel + 0x1000}}, "0xa|nt", "+0x1000"},
		"a kernel by another name":    {problem{code: 0xa, params: [4]uint64{0x20, 2, 1, inKernel + 0x1000}, kernel: "NTKRNLMP.EXE"}, "0xa|nt", "+0x1000"},
		"fault in no module":          {problem{code: 0xd1, params: [4]uint64{0x20, 2, 1, 0xfffff80112345678}}, "0xd1", ""},
		"status":                      {problem{code: 0x7e, params: [4]uint64{status, inDriver + 0x10}}, "0x7e:0xc0000005|example.sys", "+0x10"},
		"status without its sign":     {problem{code: 0x1000007e, params: [4]uint64{status & 0xffffffff, inDriver + 0x10}}, "0x7e:0xc0000005|example.sys", "+0x10"},
		"no status":                   {problem{code: 0x1e, params: [4]uint64{inDriver + 0x20, inDriver + 0x10}}, "0x1e|example.sys", "+0x10"},
		"status in parameter 2":       {problem{code: 0x7a, params: [4]uint64{0xffffbe5f2f980400, 0xc000009d, 0x80, 0xffff800000002000}}, "0x7a:0xc000009d", ""},
		"a lock":                      {problem{code: 0x7a, params: [4]uint64{1, 0xc000009d, 0xffffa18c41e8b000, 0xffff800000002000}}, "0x7a:0xc000009d", ""},
		"enumeration":                 {problem{code: 0x9f, params: [4]uint64{3, 0xffffd68fe35b8050}}, "0x9f:0x3", ""},
		"a value that is not listed":  {problem{code: 0x1a, params: [4]uint64{0x402, 0xffffd68fe35b8050}}, "0x1a:0x402", ""},
		"an address for a value":      {problem{code: 0x1a, params: [4]uint64{inDriver}}, "0x1a", ""},
		"enumeration by name":         {problem{code: 0x139, params: [4]uint64{3, 0xffffd68fe35b8050}}, "0x139:0x3", ""},
		"enumeration in parameter 2":  {problem{code: 0xef, params: [4]uint64{0xffffd68fe35b8050, 1}}, "0xef:0x1", ""},
		"parameter 1 is an address":   {problem{code: 0x18, params: [4]uint64{0xffffd68fe35b8050, 1}}, "0x18", ""},
		"parameter 1 is a time":       {problem{code: 0x101, params: [4]uint64{12, 0, 0, 2}}, "0x101", ""},
		"a place below a value":       {problem{code: 0xc4, params: [4]uint64{0x2000, inDriver + 0x44, 0, 0}}, "0xc4:0x2000|example.sys", "+0x44"},
		"exception":                   {problem{code: 0x7f, params: [4]uint64{8}, exception: inDriver + 0x18}, "0x7f:0x8|example.sys", "+0x18"},
		"exception elsewhere":         {problem{code: 0xd1, params: [4]uint64{0x20, 2, 1, inDriver + 0x34c}, exception: inKernel + 0x18}, "0xd1|example.sys", "+0x34c"},
		"exception of a live dump":    {problem{code: 0x161, params: [4]uint64{taskmgr}, exception: inDriver + 0x18}, "0x161:task-manager", ""},
		"a driver's own code":         {problem{code: 0xa0000001, params: [4]uint64{5}, caller: inDriver + 0x783e}, "0xa0000001|example.sys", "+0x783e"},
		"its caller is in no module":  {problem{code: 0xa0000001, params: [4]uint64{5}, caller: 0x1234}, "0xa0000001", ""},
		"caller of a known code":      {problem{code: 0xea, params: [4]uint64{0xffffe001a423d880}, caller: inDriver + 0x783e}, "0xea", ""},
		"DumpIt":                      {problem{code: codeDumpIt, params: [4]uint64{moon, sols, moon, sols}, caller: inDriver + 0x783e}, "0x5454414d", ""},
		"no label":                    {problem{code: 0x161}, "0x161:unlabelled", ""},
		"a label":                     {problem{code: 0x161, params: [4]uint64{0x4d79546f6f6c}}, "0x161:mytool", ""},
		"a label with a bar":          {problem{code: 0x161, params: [4]uint64{0x4d797c546f6f6c}}, "0x161:my_tool", ""},
		"no text for a label":         {problem{code: 0x161, params: [4]uint64{0x1234}}, "0x161:other-value", ""},
		"hostile name":                {problem{code: 0xd1, params: [4]uint64{0, 2, 0, inDriver + 1}, driver: "e|v\x1b:il +\u212a\u202e\u4e00.sys"}, "0xd1|e_v__il_+___.sys", "+0x1"},
		"long name":                   {problem{code: 0xd1, params: [4]uint64{0, 2, 0, inDriver + 1}, driver: long}, "0xd1|" + long[:64], "+0x1"},
		"a driver is not nt by a nt.": {problem{code: 0xd1, params: [4]uint64{0, 2, 0, inDriver + 1}, driver: "nt.sys"}, "0xd1|nt.sys", "+0x1"},
	} {
		_, module, _ := strings.Cut(c.coarse, "|")
		for _, m := range []machine{machine1, machine2} {
			want := &report.Signature{Version: SignatureVersion, Coarse: c.coarse, Module: module, Fine: fmt.Sprintf("%s%s|%d|amd64", c.coarse, c.offset, m.build.Number)}
			if d := cmp.Diff(want, c.on(t, m)); d != "" {
				t.Errorf("%s, build %d (-want +got):\n%s", name, m.build.Number, d)
			}
		}
	}
}

// What is not known is left out, be it the code.
func TestSignatureWithoutFacts(t *testing.T) {
	for name, c := range map[string]struct {
		header dmptest.Header
		want   *report.Signature
	}{
		"nothing": {dmptest.Header{}, nil},
		"no build": {dmptest.Header{Code: new(uint32(0xd1)), Params: [4]uint64{0, 2, 0, exampleIP}},
			&report.Signature{Version: SignatureVersion, Coarse: "0xd1", Fine: "0xd1|amd64"}},
		"LiveKD's build": {dmptest.Header{Build: 17134, Code: new(uint32(0x9f)), Params: [4]uint64{3}, Comment: "LiveKD live system view"},
			&report.Signature{Version: SignatureVersion, Coarse: "0x9f:0x3", Fine: "0x9f:0x3|amd64"}},
	} {
		r := analyzed(t, "x.dmp", dmptest.Bitmap{Header: c.header}.Image().Data())
		if d := cmp.Diff(c.want, r.Signature); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// A signature does not depend on where the file is, nor on time, and at depth Header only lacks the module.
func TestSignatureOfPlaces(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 1)
	s.Header.Code, s.Header.Params = new(uint32(0x117)), [4]uint64{0, s.BaseAt(2) + 0x10}
	b := s.Bitmap(s.Space()).Image().Data()
	want := analyzed(t, "x.dmp", b).Signature
	if want.Coarse != "0x117|example0.sys" || want.Fine != "0x117|example0.sys+0x10|26100|amd64" {
		t.Errorf("%+v", want)
	}
	for _, place := range []string{`C:\Windows\LiveKernelReports\WATCHDOG-20250101-1200.dmp`, "/dumps/localhost/LiveDump.dmp"} {
		if d := cmp.Diff(want, analyzed(t, place, b).Signature); d != "" {
			t.Errorf("%s (-want +got):\n%s", place, d)
		}
	}
	if got := analyzedBy(t, Analyzer{Depth: report.DepthHeader}, b).Signature; got.Coarse != "0x117" || got.Fine != "0x117|26100|amd64" || got.Bucket != "" {
		t.Errorf("%+v", got)
	}
}

func TestBucket(t *testing.T) {
	for _, c := range []struct {
		code         uint32
		driver       string
		bucket, hash string
	}{
		{0x141, "nvlddmkm.sys", "LKD_0x141_IMAGE_nvlddmkm.sys", FailureHash("lkd_0x141_image_nvlddmkm.sys")},
		{0x117, "IGDKMD64.sys", "LKD_0x117_IMAGE_IGDKMD64.sys", FailureHash("lkd_0x117_image_igdkmd64.sys")},
		{0x141, "example.sys", "LKD_0x141_IMAGE_example.sys", "6242d1e5-c41a-7b7c-1a7d-fa976ca4a939"},
		{0x117, "dxgmms2.sys", "", ""},
		{0x117, "DXGKRNL.SYS", "", ""},
		{0x117, "bad name.sys", "", ""},
		{0x117, strings.Repeat("x", 64), "", ""},
		{0x116, "nvlddmkm.sys", "0x116_IMAGE_nvlddmkm.sys", "c89bfe8c-ed39-f658-ef27-f2898997fdbd"},
		{0x142, "nvlddmkm.sys", "", ""},
	} {
		s := problem{code: c.code, params: [4]uint64{0, inDriver + 1}, driver: c.driver}.on(t, machine1)
		if s.Bucket != c.bucket || s.FailureHash != c.hash || !strings.Contains(s.Coarse, "|") {
			t.Errorf("%#x %s: %+v", c.code, c.driver, s)
		}
	}
	s := problem{code: 0x141, params: [4]uint64{0, 0xffffa18c41e8b000}}.on(t, machine1)
	if s.Bucket != "" || s.Coarse != "0x141" {
		t.Errorf("a place in no module: %+v", s)
	}
}

// Pairs that debuggers printed.
func TestFailureHash(t *testing.T) {
	for s, want := range map[string]string{
		"km:av_ovsext!ovswaiteventioctl":                                     "07550bfb-c3b5-0412-b95d-f89a5c4671a9",
		"km:x64_0x7f_8_ql2300+69416":                                         "0f9ebaaf-2e04-8097-fea0-1da0b10cd026",
		"x64_0x7F_8_QL2300+69416":                                            "0f9ebaaf-2e04-8097-fea0-1da0b10cd026",
		"KM:x64_0x7f_8_ql2300+69416":                                         "0f9ebaaf-2e04-8097-fea0-1da0b10cd026",
		"0x5a_c0000428_IMAGE_filecrypt.sys":                                  "35f25777-b01e-70a1-c502-f690dab6cb3a",
		"X64_0x5C_HAL_CLOCK_INTERRUPT_NOT_RECEIVED_nt!InitBootProcessor+12a": "829a944d-7639-05f1-a55f-2677354a890e",
		"0x13a_12_driver!CreateRandomFile":                                   "ea91b8db-b8d2-b485-3fb8-7116e18cbc08",
		"LKD_0x1CC_EXRESOURCE_TIMEOUT_OWNERTHREAD_nt!KiSwapContext":          "ba09c374-1e32-1908-d12a-b95209a3dc5b",
		"AV_NETIO!StreamInvokeCalloutAndNormalizeAction":                     "c2ca2d1f-cfdc-88d5-c7bc-7693b8f0de04",
		"0x116_IMAGE_nvlddmkm.sys":                                           "c89bfe8c-ed39-f658-ef27-f2898997fdbd",
		"AV_rassstp!RetrieveSendPackets":                                     "cc96ef30-062c-2493-447f-a365f71c1c23",
	} {
		if got := FailureHash(s); got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
	}
	if FailureHash("um:a") == FailureHash("km:a") || FailureHash("um:A") != FailureHash("UM:a") {
		t.Error("um: is not kept")
	}
	if FailureHash("Ärger") != FailureHash("ärger") || FailureHash("\U0001F600") == FailureHash("\ufffd") {
		t.Error("characters beyond ASCII are lost")
	}
}

// subCodes are the codes that have a sub-code, by the parameter that it is. Whoever has to change this changes signatures: SignatureVersion
// has to grow, unless no code that was here before is concerned.
const subCodes = `
p1: 12 19 1a 3f 4e 76 79 7c 7f 85 9a 9f a0 a2 a5 bb bd c2 c4 c7 c9 ca d9 da
  e4 e6 e7 f0 f1 f4 f5 f6 f8 fa fe 103 108 10c 10d 10e 112 119 11d 121 122 124 125 126
  12a 12f 131 133 136 138 139 13a 13b 143 144 14a 159 15e 15f 164 178 187 188 18c 18e 190 193 195
  197 198 19b 19c 19d 1a0 1a7 1a8 1b0 1b8 1c4 1c5 1c6 1c7 1d2 1d3 1d4 1d7 1d8 1d9 1da 1dc 1dd 1de
  1e1 1e4 bfe bff
p1 status: 1e 32 3b 6b 6d 71 77 7e 8e 135 145
p2: d7 ef 14f 156 15c 168 16f 1a9 1aa 1ab
p2 status: 73 75 7a ed 11f c000021a
p3: 9e 153 157 166 189 1c9
p3 status: 67
p4: 93 c1 109 1f2
p4 status: 74`

func TestSubCodes(t *testing.T) {
	lines := map[string][]string{}
	largest := uint64(0)
	for _, c := range bugcheck.Codes() {
		n, typ := subCodeParameter(&c)
		if n == 0 {
			continue
		}
		key := fmt.Sprintf("p%d", n)
		if typ == bugcheck.TypeNTStatus {
			key += " status"
		} else {
			for _, v := range c.Parameters[n-1].Values {
				for _, m := range v.Match {
					largest = max(largest, m.Low, m.High)
				}
			}
		}
		lines[key] = append(lines[key], fmt.Sprintf("%x", c.Value))
	}
	if largest >= 1<<28 {
		t.Errorf("value %#x of an enumeration is taken for an address", largest)
	}
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(lines)) {
		fmt.Fprintf(&b, "\n%s:", key)
		for i, code := range lines[key] {
			if i%24 == 0 && i > 0 {
				b.WriteString("\n ")
			}
			b.WriteString(" " + code)
		}
	}
	if d := cmp.Diff(subCodes, b.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for code := range subCodeOf {
		if _, ok := bugcheck.Lookup(code); !ok {
			t.Errorf("no code is %#x", code)
		}
	}
}

// The groups of real dumps: three crashes of one driver's own code are one.
func TestCorpusSignatures(t *testing.T) {
	dir := corpus(t)
	groups := map[string]int{}
	own := map[string]int{}
	for _, row := range manifest(t, dir) {
		r := reportOn(t, filepath.Join(dir, row["file"]))
		s := r.Signature
		if s == nil || !strings.HasPrefix(s.Coarse, r.Bugcheck.Code) || !strings.HasPrefix(s.Fine, s.Coarse) {
			t.Errorf("%s: %+v", row["file"], s)
			continue
		}
		groups[s.Coarse]++
		if r.Bugcheck.Code == "0xa0000001" {
			own[s.Coarse]++
		}
	}
	for _, coarse := range slices.Sorted(maps.Keys(groups)) {
		t.Logf("%2d %s", groups[coarse], coarse)
	}
	if d := cmp.Diff(map[string]int{"0xa0000001|atikmdag.sys": 3}, own); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestNamelessModule is of an address of code in a module whose name the dump does not have: it names no module, and leaves no offset.
func TestNamelessModule(t *testing.T) {
	for _, s := range dmptest.Samples() {
		if s.Name != "triage-amd64.dmp" {
			continue
		}
		const nameLength = 0xffb8 // of the string of the driver that parameter 2 lies in
		if s.Data[nameLength] == 0 {
			t.Fatal("the sample has another layout")
		}
		b := bytes.Clone(s.Data)
		b[nameLength] = 0
		r := analyzed(t, "x.dmp", b)
		if got := r.Signature; got.Coarse != "0x7e:0xc0000005" || got.Fine != "0x7e:0xc0000005|19041|amd64" || got.Module != "" {
			t.Errorf("%+v", got)
		}
		if p := r.Bugcheck.Parameters[1]; p.Module != "" || p.Offset != "" {
			t.Errorf("%+v", p)
		}
	}
}
