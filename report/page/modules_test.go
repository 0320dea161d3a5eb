package page

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/report"
)

func TestModuleColumns(t *testing.T) {
	day := time.Date(2019, 5, 2, 10, 0, 0, 0, time.UTC)
	r := &report.Report{Modules: []report.Module{
		{Name: "a.sys", Base: "0x1", Size: 0x10, Timestamp: "0x5ccac8e4", Date: &day, Path: `\a.sys`},
		{Name: "b.sys", Base: "0x2", Size: 0x10, PossibleDate: &day},
		{Name: "c.sys", Base: "0x3", Size: 0x10, Reproducible: new(true)},
	}}
	want := [][]string{
		{"0x1", "0x10", "2019-05-02", "-", "a.sys", "0x5ccac8e4", `\a.sys`},
		{"0x2", "0x10", "maybe 2019-05-02", "-", "b.sys", "-", "-"},
		{"0x3", "0x10", "hash", "-", "c.sys", "-", "-"},
	}
	if d := cmp.Diff(want, table(t, Modules(r), "").Rows); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if n, _ := row(t, Modules(r), "Note"); n.Value != maybeNote {
		t.Errorf("the note is %q", n.Value)
	}
	r.Modules = r.Modules[:1]
	if n, _ := row(t, OtherModules(r), "Note"); n.Value != otherNote {
		t.Errorf("the note is %q", n.Value)
	}
	if n, _ := row(t, OtherModules(&report.Report{Modules: []report.Module{}}), "Note"); n.Value != noneOther {
		t.Errorf("the note of none is %q", n.Value)
	}
}

func TestModuleAt(t *testing.T) {
	day := time.Date(2019, 5, 2, 10, 0, 0, 0, time.UTC)
	at := &report.Location{Address: "0x11", Module: "a.sys", Offset: "0x1", Section: ".text"}
	for _, c := range []struct {
		name  string
		r     report.Report
		label string
		want  string
	}{
		{"loaded", report.Report{Location: at, Modules: []report.Module{{Name: "a.sys"}}}, "Module", "a.sys+0x1"},
		{"section", report.Report{Location: at, Modules: []report.Module{{Name: "a.sys"}}}, "Section", ".text"},
		{"no name", report.Report{Location: &report.Location{Offset: "0x1"}, Modules: []report.Module{{}}}, "Module", "one without a name+0x1"},
		{"date", report.Report{Location: at, Modules: []report.Module{{Timestamp: "0x5", Date: &day}}}, "Date", "2019-05-02, by the time stamp 0x5"},
		{"hash", report.Report{Location: at, Modules: []report.Module{{Timestamp: "0x5", Reproducible: new(true)}}}, "Date",
			"none: the time stamp 0x5 is the hash of a reproducible build"},
		{"own", report.Report{Location: at, Modules: []report.Module{{Known: new(true), Path: `\SystemRoot\a.sys`}}}, "Windows", "one of Windows' own, by its name and folder"},
		{"own, by name", report.Report{Location: at, UnloadedModules: []report.UnloadedModule{{Known: new(true)}}}, "Windows", "one of Windows' own, by its name"},
		{"not own", report.Report{Location: at, UnloadedModules: []report.UnloadedModule{{Known: new(false)}}}, "Windows", "not one of Windows' own that dmplens knows"},
		{"unloaded", report.Report{Location: at, UnloadedModules: []report.UnloadedModule{{Name: "a.sys"}}}, "Module", "a.sys+0x1, which had been unloaded"},
		{"none", report.Report{Location: &report.Location{Place: "null + 0x28"}}, "Module", "none: null + 0x28"},
	} {
		if got, _ := row(t, ModuleAt(&c.r), c.label); got.Value != c.want {
			t.Errorf("%s: %q", c.name, got.Value)
		}
	}
}
