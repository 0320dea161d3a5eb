package whea_test

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/whea"
)

// text writes fields as lines, those of a group below it.
func text(list []whea.Field, indent string) (s string) {
	for _, f := range list {
		s += indent + f.Name
		if f.Value != "" {
			s += ": " + f.Value
		}
		if f.Private {
			s += " (private)"
		}
		s += "\n" + text(f.Fields, indent+"  ")
	}
	return s
}

// said is what the sections of a record say.
func said(r *whea.Record) (s string) {
	for i := range r.Sections {
		x := &r.Sections[i]
		s += fmt.Sprintf("== %s | %s\n%s", x.TypeName(), x.Says(), text(x.Fields, "  "))
	}
	return s
}

// sections.txt is what each of dmptest's sections says. It was written down from the tables of the specification: there is no flag that updates it.
//
//go:embed testdata/sections.txt
var sections string

func TestSections(t *testing.T) {
	r, err := whea.Read(dmptest.ErrorRecord{Severity: 1, Sections: dmptest.ErrorSections()}.Image().Data())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sections, said(r)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestHeader(t *testing.T) {
	m := dmptest.ErrorRecord{Severity: 1, Notify: dmptest.NotifyMachineCheck, Time: []byte{47, 42, 11, 1, 29, 11, 12, 20}, Flags: 6,
		Platform: "01234567-89ab-cdef-0123-456789abcdef",
		Sections: []dmptest.ErrorSection{{Type: dmptest.SectionMemory, Severity: 2, Flags: 0x21, FRU: "11234567-89ab-cdef-0123-456789abcdef", FRUText: "DIMM_A2", Data: make([]byte, 8)}},
	}.Image()
	r, err := whea.Read(m.Data())
	if err != nil {
		t.Fatal(err)
	}
	s := r.Sections[0]
	got := fmt.Sprintf("%#x %s %d %s precise %v utc %v | %s | %s | %s | %s | %#x %q | %#x %d %#x %s %q %s %q", r.Revision, r.Severity, r.Length,
		r.Time.Format(time.DateTime), r.Precise, r.UTC, r.Platform, r.Partition, r.CreatorName(), r.NotificationName(), r.ID, r.FlagNames(),
		s.Offset, s.Length, s.Revision, s.Severity, s.FlagNames(), s.FRU, s.FRUText)
	const want = `0x210 fatal 208 2012-11-29 11:42:47 precise true utc true | 01234567-89ab-cdef-0123-456789abcdef | 00000000-0000-0000-0000-000000000000 | Windows | ` +
		`machine check exception | 0x1234 ["of an earlier boot" "simulated"] | 0xc8 8 0x300 corrected ["primary" "latent error"] 11234567-89ab-cdef-0123-456789abcdef "DIMM_A2"`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// What the header calls invalid is absent, though bytes are there.
	m.PutU32(0x10, 0)
	m.PutU8(0x80+0xA, 0)
	r, _ = whea.Read(m.Data())
	if s := r.Sections[0]; !r.Time.IsZero() || r.Platform != (dmpfile.GUID{}) || s.FRU != (dmpfile.GUID{}) || s.FRUText != "" {
		t.Errorf("what is not valid was read: %+v", r)
	}
}

func TestTime(t *testing.T) {
	for _, x := range []struct {
		bytes   [8]byte
		creator string
		want    string
	}{
		{[8]byte{47, 42, 11, 0, 29, 11, 12, 20}, "", "2012-11-29 11:42:47 true"},                                                    // as Windows writes
		{[8]byte{0x59, 0x42, 0x23, 0, 0x29, 0x11, 0x24, 0x20}, "57217c8d-5e66-44fb-8033-9b74cacedf5b", "2024-11-29 23:42:59 false"}, // digits
		{[8]byte{0x5A, 0x42, 0x23, 0, 0x29, 0x11, 0x24, 0x20}, "", "0001-01-01 00:00:00 false"},                                     // no digits
		{[8]byte{60, 42, 11, 0, 29, 11, 12, 20}, "", "0001-01-01 00:00:00 false"},
		{[8]byte{47, 42, 11, 0, 30, 2, 12, 20}, "", "0001-01-01 00:00:00 false"},
		{[8]byte{0, 0, 0, 0, 1, 1, 0, 0x14 + 1}, "", "0001-01-01 00:00:00 false"}, // 2100
		{[8]byte{}, "", "0001-01-01 00:00:00 false"},
	} {
		r, err := whea.Read(dmptest.ErrorRecord{Time: x.bytes[:], Creator: x.creator}.Image().Data())
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s %v", r.Time.Format(time.DateTime), r.UTC); got != x.want {
			t.Errorf("% x: %s, want %s", x.bytes, got, x.want)
		}
	}
}

// TestValidation takes the validation bits of each section away, one by one and all: no field comes, nor does another one change.
func TestValidation(t *testing.T) {
	for _, s := range dmptest.ErrorSections() {
		first := map[string]int{dmptest.SectionProcessor: 8, dmptest.SectionMemory: 8, dmptest.SectionMemory2: 8, dmptest.SectionPCIExpress: 8,
			dmptest.SectionPCIBus: 8, dmptest.SectionPCIDevice: 8}[s.Type]
		if first == 0 {
			continue
		}
		whole := lines(t, s)
		valid := binary.LittleEndian.Uint64(s.Data)
		binary.LittleEndian.PutUint64(s.Data, 0)
		if got := lines(t, s); len(got) > 0 {
			t.Errorf("%s without valid fields: %q", s.Type, got)
		}
		for bit := range 64 {
			if valid>>bit&1 == 0 {
				continue
			}
			binary.LittleEndian.PutUint64(s.Data, valid&^(1<<bit))
			less := lines(t, s)
			if rowBits := s.Type == dmptest.SectionMemory && bit == 18; rowBits { // bits of a field that another one calls valid
				if cmp.Equal(less, whole) {
					t.Error("the row has bits that are not valid")
				}
			} else if len(less) >= len(whole) {
				t.Errorf("%s: bit %d hides no field", s.Type, bit)
			}
		}
		binary.LittleEndian.PutUint64(s.Data, valid)
	}
}

// lines are the fields of a section, a line each.
func lines(t *testing.T, s dmptest.ErrorSection) (list []string) {
	t.Helper()
	r, err := whea.Read(dmptest.ErrorRecord{Sections: []dmptest.ErrorSection{s}}.Image().Data())
	if err != nil {
		t.Fatal(err)
	}
	return strings.FieldsFunc(text(r.Sections[0].Fields, ""), func(r rune) bool { return r == '\n' })
}

// TestCut cuts a record at every byte: what comes is a beginning of the whole, and the error says where it ends.
func TestCut(t *testing.T) {
	b := dmptest.ErrorRecord{Severity: 1, Sections: dmptest.ErrorSections()}.Image().Data()
	whole, _ := whea.Read(b)
	for n := range len(b) {
		r, err := whea.Read(b[:n])
		var format *dmpfile.FormatError
		if !errors.As(err, &format) || format.Offset > int64(n) {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if n < whea.HeaderSize {
			if r != nil {
				t.Fatalf("%d bytes are a record", n)
			}
			continue
		}
		if format.Offset != int64(n) {
			t.Errorf("%d bytes: stopped %v", n, err)
		}
		for i, s := range r.Sections {
			want := whole.Sections[i]
			if s.Type != want.Type || s.Offset != want.Offset {
				t.Fatalf("%d bytes: section %d is another", n, i)
			}
			if end := int(s.Offset + s.Length); end <= n && !reflect.DeepEqual(s.Fields, want.Fields) {
				t.Fatalf("%d bytes: %s, which is whole, lacks fields", n, s.TypeName())
			}
			if int(s.Offset+s.Length) > n && s.Decoded() && s.Err == nil && len(s.Fields) < len(want.Fields) {
				t.Fatalf("%d bytes: %s lacks fields, and does not say so", n, s.TypeName())
			}
		}
	}
	// Behind its end a record does not matter.
	r, err := whea.Read(append(b[:len(b):len(b)], "CPER and more"...))
	if err != nil || said(r) != said(whole) {
		t.Errorf("with more behind it: %v", err)
	}
}

func TestContradictions(t *testing.T) {
	two := func() *dmptest.Image {
		return dmptest.ErrorRecord{Sections: []dmptest.ErrorSection{dmptest.MachineCheckSection(), dmptest.NMISection()}}.Image()
	}
	for name, x := range map[string]struct {
		put      func(m *dmptest.Image)
		err      string
		sections int
	}{
		"whole":                          {func(m *dmptest.Image) {}, "", 2},
		"no record":                      {func(m *dmptest.Image) { m.PutU8(0, 'X') }, "at 0x0: no error record begins here: 0x52455058", -1},
		"wrong end of the signature":     {func(m *dmptest.Image) { m.PutU8(9, 0xFE) }, "at 0x0: no error record begins here: 0x52455043", -1},
		"too many sections":              {func(m *dmptest.Image) { m.PutU16(0xA, 60000) }, "at 0xa: the record has no room for so many sections: 0xea60", 0},
		"a section in the header":        {func(m *dmptest.Image) { m.PutU32(0x80, 0x10) }, "at 0x10: a section does not lie behind the headers and in the record, its length: 0x124", 2},
		"a section in the list":          {func(m *dmptest.Image) { m.PutU32(0x80, 0x10F) }, "at 0x10f: a section does not lie behind the headers and in the record, its length: 0x124", 2},
		"a section beyond the record":    {func(m *dmptest.Image) { m.PutU32(0xC8, 0xFFFFFFF0) }, "at 0xfffffff0: a section does not lie behind the headers and in the record, its length: 0xc", 2},
		"a section that is too long":     {func(m *dmptest.Image) { m.PutU32(0xCC, 0xFFFFFFF0) }, "at 0x234: a section does not lie behind the headers and in the record, its length: 0xfffffff0", 2},
		"a record that is shorter":       {func(m *dmptest.Image) { m.PutU32(0x14, 0x110) }, "at 0x110: a section does not lie behind the headers and in the record, its length: 0x124", 2},
		"two sections on the same bytes": {func(m *dmptest.Image) { m.PutU32(0xC8, 0x120) }, "at 0x120: two sections lie on the same bytes, the other one begins at: 0x120", 2},
		"a section in another one":       {func(m *dmptest.Image) { m.PutU32(0xC8, 0x228) }, "at 0x228: two sections lie on the same bytes, the other one begins at: 0x228", 2},
		"a length beyond the bytes":      {func(m *dmptest.Image) { m.PutU32(0x14, 0x241) }, "at 0x240: there are no more bytes, but the record says that its length is: 0x241", 2},
		"the greatest length":            {func(m *dmptest.Image) { m.PutU32(0x14, 0xFFFFFFFF) }, "at 0x240: there are no more bytes, but the record says that its length is: 0xffffffff", 2},
		"a section without its end":      {func(m *dmptest.Image) { m.PutU32(0x84, 0x40) }, "at 0x150: a section ends in its fields: 0x150", 2},
	} {
		m := two()
		x.put(m)
		r, err := whea.Read(m.Data())
		got, n := "", -1
		if err != nil {
			got = err.Error()
		}
		if r != nil {
			n = len(r.Sections)
		}
		if r != nil && r.Err != err {
			t.Errorf("%s: the record keeps the error %v", name, r.Err)
		}
		if got != x.err || n != x.sections {
			t.Errorf("%s: %q and %d sections, want %q and %d", name, got, n, x.err, x.sections)
		}
	}
	// Each of two sections says that the other one is there as well, in whatever order they are listed. One that ends where another begins does not.
	for offset, want := range map[uint32]string{
		0x120: "at 0x120: two sections lie on the same bytes, the other one begins at: 0x110",
		0x10C: "at 0x10c: a section does not lie behind the headers and in the record, its length: 0xc",
		0x234: "",
	} {
		m := two()
		m.PutU32(0xC8, offset)
		r, _ := whea.Read(m.Data())
		got := ""
		if err := r.Sections[1].Err; err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("the second section at %#x: %q, want %q", offset, got, want)
		}
	}
	if _, err := whea.Read(nil); err == nil || err.Error() != "at 0x0: there is not a byte of a record: 0x0" {
		t.Errorf("no bytes: %v", err)
	}
	// A machine check that is cut behind its status has that.
	m := two()
	m.PutU32(0x84, 0x40)
	r, _ := whea.Read(m.Data())
	if c := r.Sections[0].MachineCheck; c == nil || c.Status != 0xBE00000000800400 || c.Bank != 5 || c.APIC != nil {
		t.Errorf("a machine check of 0x40 bytes: %+v", c)
	}
	many := dmptest.ErrorRecord{Sections: make([]dmptest.ErrorSection, 65)}
	for i := range many.Sections {
		many.Sections[i] = dmptest.NMISection()
	}
	r, err := whea.Read(many.Image().Data())
	if len(r.Sections) != 64 || err == nil || err.Error() != "at 0x1280: no more sections are read than: 0x40" {
		t.Errorf("%d sections of 65: %v", len(r.Sections), err)
	}
	arm := dmptest.ARMSection()
	binary.LittleEndian.PutUint16(arm.Data[4:], 256)
	r, err = whea.Read(dmptest.ErrorRecord{Sections: []dmptest.ErrorSection{arm}}.Image().Data())
	if err == nil || r.Sections[0].Err != err {
		t.Errorf("256 structures of error information: %v", err)
	}
}

// TestLimit: where the reading stops before the record does, it is not the record that ends.
func TestLimit(t *testing.T) {
	const goes = "at 0x40000: the record goes on, but no more bytes of one are read than: 0x40000"
	for name, x := range map[string]struct {
		at, length uint32
		cut        bool
		limited    bool
	}{
		"before":  {whea.MaxSize - 12, whea.MaxSize, false, false},
		"over it": {whea.MaxSize - 4, whea.MaxSize + 8, false, true},
		"behind":  {whea.MaxSize + 4, whea.MaxSize + 16, false, true},
		"cut":     {whea.MaxSize - 4, whea.MaxSize - 2, true, false},
	} {
		m := dmptest.ErrorRecord{Sections: []dmptest.ErrorSection{dmptest.NMISection()}}.Image()
		m.PutU32(0x80, x.at)
		m.PutU32(0x14, x.length)
		m.Grow(int(x.length))
		b := m.Data()
		if x.cut {
			m.PutU32(0x14, x.length+10)
			b = m.Data()
		}
		r, err := whea.Read(b)
		s := r.Sections[0]
		if s.Cut != x.cut || s.Limited != x.limited || x.limited && s.Err.Error() != goes || !x.cut && !x.limited && err != nil {
			t.Errorf("%s: cut %v, limited %v: %v, %v", name, s.Cut, s.Limited, s.Err, err)
		}
	}
	// The sections are whole, the rest of the record is not read.
	m := dmptest.ErrorRecord{Sections: []dmptest.ErrorSection{dmptest.NMISection()}}.Image()
	m.PutU32(0x14, whea.MaxSize+1)
	m.Grow(whea.MaxSize + 1)
	if r, err := whea.Read(m.Data()); err == nil || err.Error() != goes || r.Sections[0].Err != nil {
		t.Errorf("a record that is too large: %v", err)
	}
}

func TestSeverity(t *testing.T) {
	for s, want := range map[whea.Severity]string{0: "recoverable", 3: "informational", 4: "unknown (4)", 77: "unknown (77)", 0xFFFFFFFF: "unknown (4294967295)"} {
		if got := s.String(); got != want {
			t.Errorf("%d: %q, want %q", uint32(s), got, want)
		}
	}
}

func TestStatus(t *testing.T) {
	for status, want := range map[whea.Status]string{
		0:                  "MCi_STATUS 0x0, no error code",
		0xbe00000000800400: "MCi_STATUS 0xbe00000000800400, VAL UC EN MISCV ADDRV PCC, internal timer error",
		0xfa00000000070f0f: "MCi_STATUS 0xfa00000000070f0f, VAL OVER UC EN MISCV PCC, bus or interconnect error, any level, timed out",
		0xba00000000000e0b: "MCi_STATUS 0xba00000000000e0b, VAL UC EN MISCV PCC, bus or interconnect error, any level, I/O",
		0xb200000000020005: "MCi_STATUS 0xb200000000020005, VAL UC EN PCC, internal parity error",
		0x8c00004000010091: "MCi_STATUS 0x8c00004000010091, VAL MISCV ADDRV, memory controller error, read, channel 1",
		0x8c000040000800cf: "MCi_STATUS 0x8c000040000800cf, VAL MISCV ADDRV, memory controller error, scrub",
		0x8c00000000000280: "MCi_STATUS 0x8c00000000000280, VAL MISCV ADDRV, error of memory used as a cache, channel 0",
		0xbea0000000000108: "MCi_STATUS 0xbea0000000000108, VAL UC EN MISCV ADDRV PCC, cache error, generic, level 0",
		0xbd80000000100134: "MCi_STATUS 0xbd80000000100134, VAL UC EN MISCV ADDRV, cache error, data, level 0, data read",
		0x9c0000000000110a: "MCi_STATUS 0x9c0000000000110a, VAL EN MISCV ADDRV, cache error, generic, level 2",
		0x8000000000000014: "MCi_STATUS 0x8000000000000014, VAL, TLB error, data, level 0",
		0x800000000000ffff: "MCi_STATUS 0x800000000000ffff, VAL",
	} {
		if got := status.String(); got != want {
			t.Errorf("%#x: %q, want %q", uint64(status), got, want)
		}
	}
}

func TestBankNames(t *testing.T) {
	for _, x := range []struct {
		vendor          whea.Vendor
		signature, bank uint32
		ipid            uint64
		want            string
	}{
		{whea.Intel, 0x50654, 0, 0, "instruction fetch unit"},
		{whea.Intel, 0x50654, 7, 0, "mesh to memory"},
		{whea.Intel, 0x50654, 20, 0, ""},
		{whea.Intel, 0x306F2, 7, 0, "home agent"},
		{whea.Intel, 0x906EA, 3, 0, "L2 cache"},
		{whea.Intel, 0x906EA, 5, 0, ""},
		{whea.Intel, 0xB0671, 0, 0, ""}, // hybrid: which kind of core is not said
		{whea.Intel, 0, 0, 0, ""},
		{whea.AMD, 0x800F11, 5, 0, "execution unit"},
		{whea.AMD, 0x870F10, 17, 0, ""}, // differs between models
		{whea.AMD, 0x870F10, 17, 0x0000009600000000, "memory controller"},
		{whea.AMD, 0, 1, 0x000200B000000000, "L2 cache"},
		{whea.AMD, 0, 1, 0x0003012300000000, ""},
		{whea.AMD, 0x600F12, 4, 0, "northbridge"},
		{whea.AMD, 0x100F42, 5, 0, "reorder buffer"},
		{whea.Other, 0x50654, 0, 0, ""},
	} {
		s := dmptest.AMDSection()
		binary.LittleEndian.PutUint32(s.Data[4:], uint32(x.vendor))
		binary.LittleEndian.PutUint32(s.Data[0x24:], x.bank)
		binary.LittleEndian.PutUint64(s.Data[0x48:], x.ipid)
		p := dmptest.ProcessorSection()
		binary.LittleEndian.PutUint64(p.Data[0x10:], uint64(x.signature))
		r, err := whea.Read(dmptest.ErrorRecord{Sections: []dmptest.ErrorSection{s, p}}.Image().Data())
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Sections[0].MachineCheck.BankName; got != x.want {
			t.Errorf("%s %#x, bank %d, MCA_IPID %#x: %q, want %q", x.vendor, x.signature, x.bank, x.ipid, got, x.want)
		}
	}
}

func TestRootPort(t *testing.T) {
	s := dmptest.MachineCheckSection()
	binary.LittleEndian.PutUint64(s.Data[0x28:], 0xBA00000000000E0B)
	binary.LittleEndian.PutUint64(s.Data[0x38:], 0x17<<24|3<<19|2<<16)
	port := func() string {
		r, err := whea.Read(dmptest.ErrorRecord{Sections: []dmptest.ErrorSection{s}}.Image().Data())
		if err != nil {
			t.Fatal(err)
		}
		return r.Sections[0].MachineCheck.RootPort()
	}
	if got := port(); got != "bus 23, device 3, function 2" {
		t.Errorf("an I/O machine check names the port %q", got)
	}
	binary.LittleEndian.PutUint64(s.Data[0x28:], 0xB200000000000E0B) // MCi_MISC is not valid
	if got := port(); got != "" {
		t.Errorf("without MCi_MISC it names the port %q", got)
	}
}

// TestARMType has the number that changed its meaning.
func TestARMType(t *testing.T) {
	for kind, want := range map[byte]string{0: "cache", 1: "TLB", 2: "cache (by UEFI 2.9A and later) or bus (before)", 4: "TLB", 8: "bus", 0x40: "0x40"} {
		s := dmptest.ARMSection()
		s.Data[0x2C] = kind
		r, err := whea.Read(dmptest.ErrorRecord{Sections: []dmptest.ErrorSection{s}}.Image().Data())
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Sections[0].Processor.Kind; got != want {
			t.Errorf("type %d: %q, want %q", kind, got, want)
		}
	}
}

// FuzzRead reads anything as a record. What it says is bounded by the bytes that there are.
func FuzzRead(f *testing.F) {
	f.Add(dmptest.ErrorRecord{Sections: dmptest.ErrorSections()}.Image().Data())
	for _, s := range dmptest.ErrorSections() {
		b := dmptest.ErrorRecord{Severity: 1, Notify: dmptest.NotifyPCIExpress, Time: make([]byte, 8), Sections: []dmptest.ErrorSection{s}}.Image().Data()
		f.Add(b)
		f.Add(b[:len(b)-3])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		b = b[:min(len(b), 1<<16)]
		r, err := whea.Read(b)
		var format *dmpfile.FormatError
		if err != nil && !errors.As(err, &format) || r == nil && err == nil {
			t.Fatal(err)
		}
		if r == nil {
			return
		}
		for i := range r.Sections {
			s := &r.Sections[i]
			if s.TypeName() == "" {
				t.Fatal("a section without type")
			}
			if n := len(text(s.Fields, "")); n > 100*(len(b)+100) {
				t.Fatalf("%d bytes of text from %d bytes", n, len(b))
			}
			s.Says()
		}
		r.Telling()
	})
}
