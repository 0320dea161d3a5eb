package analyze

import (
	"bytes"
	"slices"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
)

// analyzedBriefly is what a scan says.
func analyzedBriefly(t *testing.T, blobs ...dmptest.Blob) *report.Report {
	t.Helper()
	b := machineDump(0x50, nil, blobs...)
	r, err := (&Analyzer{Brief: true}).Report(Reader(bytes.NewReader(b), int64(len(b)), report.File{Path: "x.dmp"}))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestBoots has what rows say of boots.
func TestBoots(t *testing.T) {
	for _, c := range []struct {
		name        string
		boot, clean uint32
		last        *uint32
	}{
		{"the one before", 20, 19, new(uint32(19))},
		{"long ago", 20, 3, new(uint32(3))},
		{"none yet", 1, 0, nil},
		{"a later one: ids began anew", 20, 300, nil},
		{"ones", 20, 0xFFFFFFFF, nil},
		{"no id", 0, 0, nil},
	} {
		d := analyzedBriefly(t, dmptest.BootStatus{Size: 0xC8, BootID: c.boot, LastGoodShutdown: c.clean}.Blob()).Dump
		if (d.BootID == nil) != (c.boot == 0) || d.BootID != nil && *d.BootID != c.boot {
			t.Errorf("%s: boot %v", c.name, d.BootID)
		}
		if (d.LastCleanBoot == nil) != (c.last == nil) || c.last != nil && *d.LastCleanBoot != *c.last {
			t.Errorf("%s: last clean boot %v", c.name, d.LastCleanBoot)
		}
	}
	if d := analyzedBriefly(t).Dump; d.LastCleanBoot != nil {
		t.Errorf("without boot status: %v", *d.LastCleanBoot)
	}
}

// TestDevices has the devices of rows: those that drivers of others are for, each once.
func TestDevices(t *testing.T) {
	display := dmptest.PCIFunction{Bus: 1, Vendor: 0x10DE, DeviceID: 0x2484, Class: 0x030000}
	second := display
	second.Bus = 2
	h := analyzedBriefly(t, dmptest.PCIBlob(display, second, dmptest.PCIFunction{Bus: 3, Vendor: 0x144D, DeviceID: 0xA808, Class: 0x010802},
		dmptest.PCIFunction{Bus: 4, Vendor: 0x8086, DeviceID: 0x1234, Class: 0x060400}, dmptest.PCIFunction{Bus: 5, Gone: true})).Hardware
	if h == nil || !slices.Equal(h.Devices, []string{"display adapter 10de:2484", "storage controller 144d:a808"}) {
		t.Errorf("%+v", h)
	}
}
