package secondary

import (
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

var exampleAdapters = []dmptest.DisplayAdapter{
	{WDDM: 1300, Vendor: 0x1414, Device: 0x8D}, {WDDM: 3200, Vendor: 0x1414, Device: 0x8C, Kind: 1}, {WDDM: 2700, Vendor: 0x10DE, Device: 0x1F00, Kind: 3},
	{WDDM: 2700, Vendor: 0x4D4F4351, Device: 0x41333830, Kind: 3}, // "QCOM083A"
}

func TestDisplay(t *testing.T) {
	want := []Adapter{
		{Vendor: 0x1414, Device: 0x8D, WDDM: 1300}, {Vendor: 0x1414, Device: 0x8C, WDDM: 3200, Kind: 1}, {Vendor: 0x10DE, Device: 0x1F00, WDDM: 2700, Kind: 3},
		{ACPI: "QCOM083A", WDDM: 2700, Kind: 3},
	}
	for name, timeOut := range map[string]*dmptest.DisplayTimeOut{
		"at a stop": nil, "at a time-out": {Ticks: 5290432, Reason: 9, Node: 13, Owner: 0xFFFFF8027A9606A0},
	} {
		t.Run(name, func(t *testing.T) {
			b := dmptest.DisplayBlob(timeOut, exampleAdapters...).Data
			d, n, err := ReadDisplay(b)
			expectWhole(t, b, n, err)
			expectEqual(t, "adapters", d.Adapters, want)
			expectField(t, d, "device", "1414:008d", "1414:008c", "10de:1f00", "QCOM083A")
			expectField(t, d, "WDDM", "1.3", "3.2", "2.7", "2.7")
			expectField(t, d, "part 0x12", "8 bytes, not decoded")
			expectField(t, d, "part 0x14")
			if !d.Adapters[0].Software() || d.Adapters[2].Software() {
				t.Error("which adapter is software?")
			}
			if timeOut == nil {
				if d.TimeOut != nil {
					t.Errorf("time-out %+v", d.TimeOut)
				}
				return
			}
			expectEqual(t, "time-out", d.TimeOut, &TimeOut{
				Ticks: 5290432, ReasonCode: 9, Reason: "TdrEngineTimeoutPromotedToAdapterReset", Node: 13, Owner: 0xFFFFF8027A9606A0,
			})
			if got := d.TimeOut.SinceBoot(); got != 82663*time.Second {
				t.Errorf("it timed out %v after boot", got)
			}
			expectField(t, d, "owner", "fffff8027a9606a0")
		})
	}
	b := dmptest.DisplayBlob(&dmptest.DisplayTimeOut{Ticks: 1<<64 - 1, Reason: 2}).Data
	d, _, _ := ReadDisplay(b)
	if d.TimeOut == nil || d.TimeOut.Reason != "" || d.TimeOut.ReasonCode != 2 || d.TimeOut.SinceBoot() < 0 {
		t.Errorf("time-out %+v", d.TimeOut)
	}
}

func TestDisplayStops(t *testing.T) {
	whole := dmptest.DisplayBlob(nil, exampleAdapters...).Data
	for _, c := range []struct {
		name     string
		patch    func(m *dmptest.Image)
		off      int64
		text     string
		adapters int
	}{
		{"nothing", func(m *dmptest.Image) { m.Truncate(7) }, 0, "directory", 0},
		{"a directory of none", func(m *dmptest.Image) { m.PutU32(0, 0) }, 0, "directory", 0},
		{"a directory of many", func(m *dmptest.Image) { m.PutU32(0, 0xFFFFFFFF) }, 0, "directory", 0},
		{"a part outside", func(m *dmptest.Image) { m.PutU32(0x10, 0x7FFFFFFF) }, 0x10, "outside", 3},
		{"a part in the directory", func(m *dmptest.Image) { m.PutU32(0x10, 0xA7) }, 0x10, "outside", 3},
		{"a cut file", func(m *dmptest.Image) { m.Truncate(0xB1) }, 0x18, "outside", 1},
	} {
		m := dmptest.Load(whole)
		c.patch(m)
		d, n, err := ReadDisplay(m.Data())
		expectStop(t, c.name, n, err, c.off, c.text)
		if len(d.Adapters) != c.adapters {
			t.Errorf("%s: %d adapters, want %d", c.name, len(d.Adapters), c.adapters)
		}
	}
	m := dmptest.Load(dmptest.DisplayBlob(&dmptest.DisplayTimeOut{Ticks: 1}).Data)
	m.PutASCII(0xA8, "vTDX")
	if d, _, _ := ReadDisplay(m.Data()); d.TimeOut != nil {
		t.Errorf("a time-out without its signature: %+v", d.TimeOut)
	}
}
