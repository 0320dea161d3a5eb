package report

import (
	"encoding/json"
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
	if list, err := Columns("captured"); err != nil || list[0].Wide {
		t.Errorf("a column that was asked for is on wide tables only: %v", err)
	}
	if n := len(AllColumns()); n != len(columns)-1 {
		t.Errorf("AllColumns has %d of %d", n, len(columns))
	}
	if n := len(TableColumns()); n != 7 {
		t.Errorf("TableColumns has %d", n)
	}
}

func TestGroupTable(t *testing.T) {
	names := func(groups ...Group) string {
		var list []string
		for _, c := range GroupTable(groups) {
			name := c.Name
			if c.Wide {
				name += "?"
			}
			list = append(list, name)
		}
		return strings.Join(list, " ")
	}
	for _, c := range []struct{ got, want string }{
		{names(), ""},
		{names(Group{By: "module"}), "count first last worst? module example"},
		{names(Group{By: "signature"}, Group{By: "signature", Name: "NTFS_FILE_SYSTEM"}), "count first last worst? signature name? example"},
		{names(Group{By: "code"}), "count first last worst? code name example"},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
}

func TestModuleOfRows(t *testing.T) {
	for _, tt := range []struct{ coarse, module, want string }{
		{"0x1e:0xc0000005|nt", "", "nt"}, // as older versions wrote it
		{"0x1e:0xc0000005|nt", "nt", "nt"},
		{"0x161:task-manager", "", ""},
	} {
		coarse, want := tt.coarse, tt.want
		b, err := json.Marshal(&Report{Signature: &Signature{Version: "1", Coarse: coarse, Module: tt.module}})
		if err != nil {
			t.Fatal(err)
		}
		var r Report
		if err := json.Unmarshal(b, &r); err != nil {
			t.Fatal(err)
		}
		if s := r.Signature; s.Module != want || s.Coarse != coarse || s.Version != "1" || strings.Contains(string(b), `"module"`) != (tt.module != "") {
			t.Errorf("%s becomes %+v", b, s)
		}
	}
	if err := json.Unmarshal([]byte(`{"signature": 1}`), new(Report)); err == nil {
		t.Error("a number is a signature")
	}
}

// Columns of addresses, parameters and the machine, and of a code that is none.
func TestMoreColumns(t *testing.T) {
	up, n := 93903.9, uint32(16)
	fault := &Report{
		Signature: &Signature{Coarse: "0xd1|example.sys", Fine: "0xd1|example.sys+0x334c|26100|amd64", Module: "example.sys"},
		Exception: &Exception{Address: "0x1", Module: "other.sys", Offset: "0x1"},
		Dump:      &Dump{UptimeSeconds: &up, Processors: &n, Release: "Windows 8.1"},
		Bugcheck:  &Bugcheck{Code: "0xd1", Name: "A_NAME", Parameters: []Parameter{{Index: 2, Value: "0x2"}, {Index: 4, Value: "0x4"}}},
		Hardware:  &Hardware{Model: " Model  X ", Board: "B", BIOS: "1.0"},
	}
	module := &Report{Signature: &Signature{Coarse: "0xd1", Fine: "0xd1|26100|amd64"}, Exception: &Exception{Address: "0x1", Module: "nt", Offset: "0x5"}}
	address := &Report{Exception: &Exception{Address: "0xfffff80000000001"}, Bugcheck: &Bugcheck{Code: "0x0", RawCode: "0x0", Name: "UNDEFINED_BUG_CODE"}}
	for _, tt := range []struct {
		r            *Report
		column, want string
	}{
		{fault, "address", "example.sys+0x334c"}, {module, "address", "nt+0x5"}, {address, "address", "0xfffff80000000001"},
		{fault, "p1", ""}, {fault, "p2", "0x2"}, {fault, "p4", "0x4"}, {fault, "uptime", "93903"}, {fault, "processors", "16"},
		{fault, "model", "Model X"}, {fault, "board", "B"}, {fault, "bios", "1.0"}, {fault, "release", "Windows 8.1"},
		{fault, "suspect", ""}, {&Report{Suspect: &Suspect{Module: "example.sys", Confidence: Likely}}, "suspect", "example.sys"},
		{fault, "name", "A_NAME"}, {address, "name", "no bug check"}, // older records have a name
	} {
		c, err := Columns(tt.column)
		if err != nil {
			t.Fatal(err)
		}
		if got := c[0].Value(tt.r); got != tt.want {
			t.Errorf("%s is %q, want %q", tt.column, got, tt.want)
		}
	}
}

func TestColumnValues(t *testing.T) {
	build, rev, size := uint32(26100), uint32(4946), int64(7)
	r := &Report{
		File:    File{Path: "a.zip", Member: "b.dmp", Size: &size},
		Dump:    &Dump{Build: &build, Revision: &rev},
		Context: &Context{Module: "ntoskrnl.exe"}, Signature: &Signature{Coarse: "0xd1|example.sys", Module: "example.sys"},
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
			Process: &Process{}, Error: &Error{}, Suspect: &Suspect{Reason: "none", Confidence: ConfidenceUnknown}}
		if got := c.Value(parts); got != "" {
			t.Errorf("%s of empty parts is %q", c.Name, got)
		}
	}
}
