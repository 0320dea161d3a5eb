package report

import (
	"strings"
	"testing"
)

func TestColumns(t *testing.T) {
	list, err := Columns(" path, code,verdict")
	if err != nil || len(list) != 3 || list[1].Name != "code" {
		t.Fatalf("%v: %v", list, err)
	}
	for names, want := range map[string]string{
		"path,cod":   `no column "cod": did you mean code?`,
		"Verdikt":    `no column "Verdikt": did you mean verdict?`,
		"everything": "no column \"everything\": there are path, ",
		"":           `no column "": there are path, `,
		"a\x1b":      `no column "a\x1b": there are path, `,
	} {
		if _, err := Columns(names); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %q", names, err, want)
		}
	}
	if all, err := Columns(AllColumns + ",problem"); err != nil || len(all) != len(columns) { // which is two of them in one
		t.Errorf("AllColumns has %d of %d: %v", len(all), len(columns), err)
	}
	if _, err := Columns(TableColumns); err != nil {
		t.Error(err)
	}
}

func TestColumnValues(t *testing.T) {
	build, rev, size := uint32(26100), uint32(4946), int64(7)
	r := &Report{
		File:    File{Path: "a.zip", Member: "b.dmp", Size: &size},
		Dump:    &Dump{Build: &build, Revision: &rev},
		Context: &Context{Module: "ntoskrnl.exe"}, Signature: &Signature{Coarse: "0xd1|example.sys"},
		Bugcheck: &Bugcheck{Parameters: []Parameter{{}, {Module: "example.sys"}, {Module: "other.sys"}}},
		Findings: []Finding{{ID: "i", Severity: "info"}, {ID: "w", Severity: "warning"}, {ID: "e", Severity: "error"}, {ID: "f", Severity: "error"}},
	}
	for name, want := range map[string]string{
		"path": "a.zip!b.dmp", "build": "26100.4946", "total": "7", "module": "example.sys", "signature": "0xd1|example.sys", "finding": "e", "error": "", "captured": "", "header": "",
	} {
		c, err := Columns(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := c[0].Value(r); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, c := range columns {
		if got := c.Value(&Report{}); got != "" {
			t.Errorf("%s of an empty report is %q", c.Name, got)
		}
		parts := &Report{Dump: &Dump{}, Bugcheck: &Bugcheck{}, Exception: &Exception{}, Origin: &Origin{}, Signature: &Signature{}, Context: &Context{},
			Process: &Process{}, Error: &Error{}}
		if got := c.Value(parts); got != "" {
			t.Errorf("%s of empty parts is %q", c.Name, got)
		}
	}
}
