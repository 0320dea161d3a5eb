package secondary

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/google/go-cmp/cmp"
)

// expectWhole wants a stream that is understood whole.
func expectWhole(t *testing.T, b []byte, n int, err error) {
	t.Helper()
	if n != len(b) || err != nil {
		t.Errorf("%d of %d bytes are understood, %v", n, len(b), err)
	}
}

// expectStop wants an error that names an offset and a part of its text.
func expectStop(t *testing.T, what string, n int, err error, off int64, text string) {
	t.Helper()
	var format *dmpfile.FormatError
	if !errors.As(err, &format) || format.Offset != off || !strings.Contains(err.Error(), text) {
		t.Errorf("%s: %d bytes, error %v; want one at %#x with %q", what, n, err, off, text)
	}
}

func expectEqual(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// find returns the fields with a name, wherever they are.
func find(fields []Field, name string) []Field {
	var found []Field
	for _, f := range fields {
		if f.Name == name {
			found = append(found, f)
		}
		found = append(found, find(f.Fields, name)...)
	}
	return found
}

func expectField(t *testing.T, v Value, name string, want ...string) {
	t.Helper()
	var got []string
	for _, f := range find(v.Fields(), name) {
		got = append(got, f.Value)
	}
	expectEqual(t, "field "+name, got, want)
}

var examplePort = dmptest.PCIFunction{
	Bus: 0, Device: 0x1C, Function: 2, Vendor: 0x8086, DeviceID: 0x06BA, Class: 0x060400, Revision: 0xF0, SubVendor: 0x1043, SubDevice: 0x8694,
	Command: 0x407, Bridge: true, Behind: 4, Express: &dmptest.PCIExpress{Type: 4, Status: 0x10, Speed: 1, Width: 1, MostSpeed: 3, MostWidth: 4},
	Errors: &dmptest.PCIErrors{Uncorrectable: 0x4020, UncorrectableMask: 0x10000, Severity: 0x60011, Correctable: 0x2041, CorrectableMask: 0x2000, Control: 0xAE,
		Log: [4]uint32{0x04000001, 0x220F, 0x01080000, 0xBA589BB6}, Root: 0x54},
}

var exampleDisk = dmptest.PCIFunction{
	Bus: 0x42, Device: 0x1F, Function: 7, Vendor: 0x144D, DeviceID: 0xA808, Class: 0x010802, Revision: 3, SubVendor: 0x144D, SubDevice: 0xA801,
	Command: 0x406, Status: 0x2000, Power: 3, Express: &dmptest.PCIExpress{Status: 0xF, Speed: 4, Width: 4, MostSpeed: 5, MostWidth: 16},
	Errors: &dmptest.PCIErrors{Uncorrectable: 0x100000, Correctable: 0xA000},
}

func TestPCI(t *testing.T) {
	b := dmptest.PCIBlob(examplePort, exampleDisk, dmptest.PCIFunction{Bus: 1, Gone: true, Vendor: 0x10DE},
		dmptest.PCIFunction{Bus: 2, Vendor: 0x10EC, DeviceID: 0x8168, Power: 1}).Data
	p, n, err := ReadPCI(b)
	expectWhole(t, b, n, err)
	if len(p.Devices) != 4 {
		t.Fatalf("%d devices", len(p.Devices))
	}
	for i := range p.Devices {
		if n := len(p.Devices[i].Ranges); n < 5 {
			t.Errorf("device %d has %d ranges", i, n)
		}
		p.Devices[i].Ranges = nil
	}
	expectEqual(t, "port", p.Devices[0], PCIDevice{
		Device: 28, Function: 2, Vendor: 0x8086, DeviceID: 0x06BA, Class: 0x060400, Revision: 0xF0, SubVendor: 0x1043, SubDevice: 0x8694,
		Command: 0x407, Status: 0x10, HeaderType: 1, Secondary: 4, Express: &PCIExpress{Type: 4, Status: 0x10}, Link: Link{1, 3, 1, 4}, Power: "D0",
		AER: &AER{Uncorrectable: 0x4020, UncorrectableMask: 0x10000, Severity: 0x60011, Correctable: 0x2041, CorrectableMask: 0x2000, FirstError: 14,
			HeaderLog: [4]uint32{0x04000001, 0x220F, 0x01080000, 0xBA589BB6}, RootStatus: 0x54},
	})
	expectEqual(t, "disk", p.Devices[1], PCIDevice{
		Bus: 66, Device: 31, Function: 7, Vendor: 0x144D, DeviceID: 0xA808, Class: 0x010802, Revision: 3, SubVendor: 0x144D, SubDevice: 0xA801,
		Command: 0x406, Status: 0x2010, Express: &PCIExpress{Status: 0xF}, Link: Link{4, 5, 4, 16}, Power: "D3",
		AER: &AER{Uncorrectable: 0x100000, Correctable: 0xA000},
	})
	expectEqual(t, "what is gone", p.Devices[2], PCIDevice{Bus: 1, Gone: true, Vendor: 0xFFFF, DeviceID: 0xFFFF})
	expectEqual(t, "network", p.Devices[3], PCIDevice{Bus: 2, Vendor: 0x10EC, DeviceID: 0x8168, Status: 0x10, Power: "D1"})
	for i, want := range []string{"00:1c.2", "42:1f.7", "01:00.0", "02:00.0"} {
		if got := p.Devices[i].Location(); got != want {
			t.Errorf("device %d is at %q, want %q", i, got, want)
		}
	}
	expectField(t, p, "link", "2.5 GT/s x1, at most 8 GT/s x4", "16 GT/s x4, at most 32 GT/s x16")
	expectField(t, p, "device", "8086:06ba", "144d:a808", "10ec:8168")
	expectField(t, p, "class", "060400 (bridge)", "010802 (storage)", "000000")
	expectField(t, p, "power", "D0", "D3", "D1")
	expectField(t, p, "uncorrectable errors", "surprise down, completion timeout", "unsupported request")
	expectField(t, p, "correctable errors", "receiver, bad TLP, advisory non-fatal", "advisory non-fatal, header log overflow")
	expectField(t, p, "header log", "04000001 0000220f 01080000 ba589bb6")
	if s := find(p.Fields(), "state"); len(s) != 1 || !strings.HasPrefix(s[0].Value, "gone") || strings.Contains(s[0].Value, "broken") {
		t.Errorf("state of what is gone: %v", s)
	}
}

func TestRealErrors(t *testing.T) {
	for _, c := range []struct {
		a                   AER
		real, uncorrectable bool
	}{
		{AER{}, false, false},
		{AER{Uncorrectable: 0x100000, Correctable: 0x2000}, false, false},
		{AER{Correctable: 0xA000}, false, false},
		{AER{Uncorrectable: 0x104000}, true, true},
		{AER{Uncorrectable: 0x20}, true, true},
		{AER{Correctable: 0x2001}, true, false},
		{AER{Correctable: 0x1000}, true, false},
	} {
		if got := c.a.Real(); got != c.real {
			t.Errorf("%#x, %#x: Real is %v", c.a.Uncorrectable, c.a.Correctable, got)
		}
		if got := c.a.RealUncorrectable(); got != c.uncorrectable {
			t.Errorf("%#x, %#x: RealUncorrectable is %v", c.a.Uncorrectable, c.a.Correctable, got)
		}
	}
	got, _ := (&AER{Uncorrectable: 0x80000001}).Errors()
	expectEqual(t, "bits without a name", got, []string{"bit 0", "bit 31"})
}

func TestPCIStops(t *testing.T) {
	whole := dmptest.PCIBlob(dmptest.PCIFunction{Vendor: 1}, examplePort).Data
	second := int(binary.LittleEndian.Uint32(whole[4:]))
	for _, c := range []struct {
		name    string
		patch   func(m *dmptest.Image)
		off     int
		text    string
		devices int
	}{
		{"no record", func(m *dmptest.Image) { m.PutASCII(second, "XCfg") }, second, "no record", 1},
		{"a record of no bytes", func(m *dmptest.Image) { m.PutU32(second+4, 0) }, second + 4, "does not end", 1},
		{"a record longer than the stream", func(m *dmptest.Image) { m.PutU32(second+4, 0xFFFFFFFF) }, second + 4, "does not end", 1},
		{"the stream ends in a record", func(m *dmptest.Image) { m.Truncate(m.Len() - 1) }, second + 4, "does not end", 1},
		{"the stream ends in a header", func(m *dmptest.Image) { m.Truncate(second + 6) }, second + 4, "does not end", 1},
		{"more ranges", func(m *dmptest.Image) { m.PutU32(second+8, 7) }, len(whole), "does not end in its record", 1},
		{"fewer ranges", func(m *dmptest.Image) { m.PutU32(second+8, 5) }, len(whole) - 0x50, "bytes follow", 1},
		{"absurdly many ranges", func(m *dmptest.Image) { m.PutU32(second+8, 0xFFFFFFFF) }, second + 8, "more ranges", 1},
		{"a range longer than its record", func(m *dmptest.Image) { m.PutU16(second+0x38+2, 0xFFFF) }, second + 0x38, "does not end in its record", 1},
		{"nothing at all", func(m *dmptest.Image) { m.PutU32(0, 0) }, 0, "no record", 0},
	} {
		m := dmptest.Load(whole)
		c.patch(m)
		p, n, err := ReadPCI(m.Data())
		expectStop(t, c.name, n, err, int64(c.off), c.text)
		if len(p.Devices) != c.devices {
			t.Errorf("%s: %d devices, want %d", c.name, len(p.Devices), c.devices)
		}
	}
	p, n, err := ReadPCI(nil)
	if p == nil || n != 0 || err != nil {
		t.Errorf("an empty stream: %v, %d, %v", p, n, err)
	}
}

// Lists of capabilities that lead nowhere, or in a circle, end.
func TestPCICapabilities(t *testing.T) {
	b := dmptest.PCIBlob(exampleDisk).Data
	config := 0x38 + 4
	pm := config + 0x40 + 4
	for name, patch := range map[string]func(m *dmptest.Image){
		"no capabilities":     func(m *dmptest.Image) { m.PutU16(config+6, 0) },
		"a list to itself":    func(m *dmptest.Image) { m.PutU8(pm+1, 0x40) },
		"a list into nothing": func(m *dmptest.Image) { m.PutU8(config+0x34, 0xF0) },
		"a list into header":  func(m *dmptest.Image) { m.PutU8(config+0x34, 0x04) },
	} {
		m := dmptest.Load(b)
		patch(m)
		p, n, err := ReadPCI(m.Data())
		expectWhole(t, b, n, err)
		d := p.Devices[0]
		if d.Express != nil || d.Link != (Link{}) || d.AER == nil {
			t.Errorf("%s: %+v", name, d)
		}
	}
	m := dmptest.Load(b)
	aer := len(b) - 0x4C
	m.PutU32(aer+4, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF) // it was powered off meanwhile
	if p, _, _ := ReadPCI(m.Data()); p.Devices[0].AER != nil {
		t.Errorf("errors of a device that is off: %+v", p.Devices[0].AER)
	}
}
