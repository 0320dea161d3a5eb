package main

import (
	"strings"
	"testing"

	"github.com/dmplens/dmplens/report"
)

func TestInModule(t *testing.T) {
	r := &report.Report{Modules: []report.Module{
		{Name: "ntkrnlmp.exe", Base: "0xfffff80312400000", Size: 0xb000},
		{Name: "Example.sys", Base: "0xfffff803214b0000", Size: 0x4000},
		{Name: "c++.sys", Base: "0xfffff80321500000", Size: 0x10},
		{Name: "twice.sys", Base: "0xfffff80321600000", Size: 0x10}, {Name: "TWICE.SYS", Base: "0xfffff80321700000", Size: 0x10},
		{Name: "stem.sys", Base: "0xfffff80321800000", Size: 0x10}, {Name: "stem.dll", Base: "0xfffff80321900000", Size: 0x10},
		{Name: "", Base: "0xfffff80321a00000", Size: 0x10}, {Name: "lost.sys", Size: 0x10},
	}}
	for place, want := range map[string]uint64{
		"example.sys+0x334c": 0xfffff803214b334c, "EXAMPLE+334c": 0xfffff803214b334c, "Example.sys": 0xfffff803214b0000, "example.sys+0n16": 0xfffff803214b0010,
		"nt+1f20": 0xfffff80312401f20, "NT": 0xfffff80312400000, "c+++1": 0xfffff80321500001, "stem.dll+0": 0xfffff80321900000,
	} {
		if got, err := inModule(place, r); err != nil || got != want {
			t.Errorf("%s is at %#x (%v), want %#x", place, got, err, want)
		}
	}
	for place, want := range map[string]string{
		"twice.sys+1": `ambiguous: twice.sys at 0xfffff80321600000, TWICE.SYS at 0xfffff80321700000`, "stem+1": "ambiguous: stem.sys at",
		"other.sys+1": "no module is named", "+1": "no module is named", "": "no module is named", "example.sys+": "is no number", "example.sys+xyz": "is no number",
		"example.sys+4000": "has only 0x4000 bytes", "example.sys+ffffffffffffffff": "has only", "lost.sys+1": "is no number",
	} {
		if got, err := inModule(place, r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is at %#x, the error is %v", place, got, err)
		}
	}
	if _, err := inModule("nt+1", &report.Report{Error: &report.Error{Message: "no list"}}); err == nil || err.Error() != "no list" {
		t.Errorf("without a list: %v", err)
	}
}
