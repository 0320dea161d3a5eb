package condition

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
)

func samples(t testing.TB) map[string]*report.Report {
	t.Helper()
	m := map[string]*report.Report{"empty.dmp": {File: report.File{Path: "empty.dmp"}}}
	for _, s := range dmptest.Samples() {
		r, err := (&analyze.Analyzer{}).Report(analyze.Reader(bytes.NewReader(s.Data), int64(len(s.Data)), report.File{Path: s.Name}))
		if err != nil {
			t.Fatal(err)
		}
		m[s.Name] = r
	}
	return m
}

// full has a value in every place that the expressions below look at.
func full() *report.Report {
	yes, build, size, when := true, uint32(26100), int64(300), time.Date(2025, 3, 14, 9, 26, 53, 5000, time.FixedZone("", 3600))
	return &report.Report{
		File:      report.File{Path: `\\share\dumps\MEMORY.DMP`, Size: &size},
		Dump:      &report.Dump{Format: "bitmap-kernel", Build: &build, CapturedAt: &when, Live: &yes, Attributes: []string{"live-dump"}},
		Bugcheck:  &report.Bugcheck{Code: "0x1d1", Name: "A_NAME", Parameters: []report.Parameter{{Index: 1, Value: "0x0a"}, {Index: 2, Module: "example.sys"}}},
		Signature: &report.Signature{Coarse: "0x1d1|example.sys", Module: "example.sys"},
		Origin:    &report.Origin{Source: "task-manager"},
		Sizes:     &report.Sizes{Total: 2e9},
		Context:   &report.Context{Registers: map[string]string{"rip": "0x1"}},
		Modules:   []report.Module{{Name: "ntoskrnl.exe", Size: 5}, {Name: "example.sys"}},
		Verdict:   report.Damaged,
		Findings:  []report.Finding{{ID: "truncated", Severity: "error"}, {ID: "trailing-bytes", Severity: "info"}},
		Processes: []report.Process{{Name: "a", Interrupted: &yes}, {Name: "b"}},
	}
}

func TestMatch(t *testing.T) {
	r, empty := full(), &report.Report{}
	for _, tt := range []struct {
		expression  string
		full, empty bool
	}{
		{`bugcheck.code == "0x1d1" and origin.source == "task-manager"`, true, false},
		{`bugcheck.code == "0x1D1"`, true, false},
		{`bugcheck.code in ["0x1D1", "0x1d2"]`, true, false},
		{`bugcheck.code not in ["0x1D1"]`, false, true},
		{`bugcheck.code != "0xd2"`, true, false},
		{`bugcheck.code == "1d1"`, true, false},
		{`"1D1" == bugcheck.code`, true, false},
		{`bugcheck.code == "0x000001d1"`, true, false},
		{`bugcheck.code == "0x100001d1"`, true, false},
		{`bugcheck.code != "0x100001d1"`, false, false},
		{`bugcheck?.code in ["7e", "100001D1"]`, true, false},
		{`bugcheck.code not in ["0x000001d1"]`, false, true},
		{`bugcheck.code > "d1" and bugcheck.code < "0x1000007e"`, true, false}, // as texts they would not be
		{`bugcheck.raw_code == "0x1d1"`, false, false},
		{`any(bugcheck.parameters, .value == "0x000000000000000A")`, true, false},
		{`any(bugcheck.parameters, .value in ["0xa"])`, true, false},
		{`bugcheck.parameters[0].value >= "0x9"`, true, false},
		{`module == "example.sys"`, true, false},
		{`signature.module == "example.sys"`, true, false},
		{`module == nil`, false, true},
		{`not (bugcheck.code == "0xd2")`, true, true},
		{`any(findings, .id == "truncated")`, true, false},
		{`none(findings, .id == "truncated")`, false, true},
		{`count(findings, .severity == "error") == 1`, true, false},
		{`len(findings) == 0`, false, true},
		{`sizes.total > 1e9`, true, false},
		{`dump.build >= 26100`, true, false},
		{`dump.build < 26100 or verdict == "damaged"`, true, false},
		{`dump.captured_at >= "2025-01-01" && dump.captured_at < "2025-03-14T09:00"`, true, false},
		{`dump.captured_at startsWith "2025-03-14T08:26:53"`, true, false},
		{`dump.live`, true, false},
		{`not dump.live`, false, true},
		{`dump.live == true`, true, false},
		{`dump.live ? verdict == "damaged" : true`, true, true},
		{`error == nil`, true, true},
		{`error != nil`, false, false},
		{`nil == bugcheck`, false, true},
		{`exception.code == nil`, true, true},
		{`process.name == exception.name`, false, false},
		{`lower(file.path) contains "memory" or false`, true, false},
		{`lower(process.name) contains "x" or file.size == 300`, true, false},
		{`len(process.name) > 0 or file.size == 300`, true, false},
		{`-sizes.missing < 0 or file.size == 300`, true, false},
		{`sizes.total - file.size > 5 or true`, true, true},
		{`sizes.total - file.size > 5`, true, false},
		{`file.size % 7 == 6 and file.size / 3 == 100 and file.size ** 2 == 90000 and file.size * 2 == 600 and file.size + 1 == 301`, true, false},
		{`file.size / 0 > 1`, true, false},
		{`file.size % 0 == 1 or true`, false, true},
		{`findings[0].id == "truncated" and findings[-1].id == "trailing-bytes"`, true, false},
		{`findings[7].id == "truncated" or true`, true, true},
		{`first(findings).id == "truncated"`, true, false},
		{`find(findings, .id == "zero-tail").id == "truncated" or file.size == 300`, true, false},
		{`findings | any(.severity == "error")`, true, false},
		{`any(processes, .interrupted)`, true, false},
		{`len(filter(processes, not .interrupted)) == 1`, true, false},
		{`any(modules, any(findings, .id == "truncated"))`, true, false},
		{`any(modules, any(findings, .id == "zero-tail") or any(findings, .id == "truncated") and none(.missing, # == "pdb"))`, true, false},
		{`"live-dump" in dump.attributes`, true, false},
		{`"rip" in context.registers and context.registers.rip == "0x1" and context.registers["rip"] != "0x2"`, true, false},
		{`context.registers.rax == "0x0" or true`, true, true},
		{`file.path matches "(?i)memory\\.dmp$"`, true, false},
		{`process.name matches file.path or true`, true, true},
		{`bugcheck?.code == "0x1d1"`, true, false},
		{`(process.name ?? "none") == "none"`, true, true},
		{`any(bugcheck.parameters, .module == "example.sys")`, true, false},
		{`file["size"] == 300`, true, false},
		{`true`, true, true},
	} {
		c, err := Compile(tt.expression)
		if err != nil {
			t.Errorf("%s: %v", tt.expression, err)
			continue
		}
		if got := c.Match(r); got != tt.full {
			t.Errorf("%s is %v of a full report", tt.expression, got)
		}
		if got := c.Match(empty); got != tt.empty {
			t.Errorf("%s is %v of an empty report", tt.expression, got)
		}
	}
}

func TestRefused(t *testing.T) {
	for expression, want := range map[string]string{
		`bugchek.code == "0x1"`:                          "no name bugchek: did you mean bugcheck?, at character 1",
		`true and bugcheck.cod == "0x1"`:                 "no name cod: did you mean code?, at character 19",
		`any(findings, .idd == "x")`:                     "no name idd: did you mean id?, at character 16",
		`any(findings, any(modules, .nam))`:              "no name nam: did you mean name?, at character 29",
		`file.something == 1`:                            "no name something: there are duplicate_by, duplicate_of, member, members, modified, path, samples, sha256, size, at character 6",
		`sizes["totl"] > 1`:                              "no name totl: did you mean total?, at character 6",
		`len(find(modules, true).pdb.gui)>1`:             "no name gui: did you mean guid?, at character 29",
		`countt(findings, true) > 1`:                     "no name countt: did you mean count?, at character 1",
		`bugcheck.code == 0x161`:                         `codes are texts of hexadecimal digits: write "0x1a", at character 18`,
		`bugcheck.code == "zz"`:                          `"zz" is no code: codes are hexadecimal, as in "0x1a", at character 18`,
		`any(records, .code in ["0x1", ""])`:             `"" is no code: `,
		`"0x" < exception.code`:                          `"0x" is no code: `,
		`origin.source == "taskmanager"`:                 `no origin.source is "taskmanager": did you mean task-manager?, at character 18`,
		`verdict in ["damaged", "broken"]`:               `no verdict is "broken": there are complete, damaged, not-a-dump, partial, at character 24`,
		`any(findings, .id == "truncatd")`:               `no findings.id is "truncatd": did you mean truncated?`,
		`findings[0].id != "x"`:                          `no findings.id is "x", at character 19`,
		`"bitmap" != dump?.format`:                       `no dump.format is "bitmap": there are bitmap-full, `,
		`sum([1]) > 1`:                                   "no function sum: there are abs, all, any, ",
		`map(findings, .id) == nil`:                      "no function map: there are ",
		`modul == "x"`:                                   "no name modul: did you mean module?, at character 1",
		`dump.build`:                                     "expected bool, but got int",
		`bugcheck.code`:                                  "expected bool, but got string",
		`bugcheck.code ==`:                               "unexpected token EOF, at character 16",
		``:                                               "unexpected token EOF, at character 1",
		`file.path matches "("`:                          "error parsing regexp: missing closing ): `(`, at character 11",
		`"x" in 1..9`:                                    "ranges are not supported, at character 9",
		`let x = 1; x == 1`:                              "variables are not supported, at character 5",
		`file.path[1:2] == "x"`:                          "parts of lists and texts are not supported, at character 10",
		`$env.verdict == "x"`:                            "no name $env, at character 1",
		`repeat("x", 9) == "x"`:                          "no name repeat: there are ",
		`any(modules, any(modules, any(modules, true)))`: "conditions are nested too deep",
		strings.Repeat("(", 3000):                        "the expression has 3000 bytes: at most 2000 are allowed",
		strings.Repeat("true or ", 240) + "true":         "",
		strings.Repeat("1,", 999):                        "unexpected token",
	} {
		_, err := Compile(expression)
		if want == "" {
			if err != nil {
				t.Errorf("%.60s: %v", expression, err)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60s: %v, want %s", expression, err, want)
		}
	}
}

// TestForScan tells conditions on what rows have, on what only whole ones have, and on what none has.
func TestForScan(t *testing.T) {
	for expression, want := range map[string]string{
		`bugcheck.code == "0x161"`:                     "false <nil>",
		`any(modules, .name == "example.sys")`:         "true <nil>",
		`context.registers.rip == "0x1"`:               "true <nil>",
		`len(dump.memory_runs) > 1`:                    "true <nil>",
		`any(processes, .name == "lsass.exe") or true`: "false rows of a scan have no processes",
	} {
		c, err := Compile(expression)
		if err != nil {
			t.Fatal(err)
		}
		if whole, err := c.ForScan(); fmt.Sprint(whole, " ", err) != want {
			t.Errorf("%s: %v %v", expression, whole, err)
		}
	}
}

func TestMatchOnSamples(t *testing.T) {
	all := samples(t)
	for expression, want := range map[string]int{
		`bugcheck.code == "0x161" and origin.source == "task-manager"`: 1,
		`any(findings, .id == "truncated")`:                            1,
	} {
		c, err := Compile(expression)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, r := range all {
			if c.Match(r) {
				n++
			}
		}
		if n != want {
			t.Errorf("%s is true of %d samples, want %d", expression, n, want)
		}
	}
}

// Every value of every sample can be asked for.
func TestEnvironmentOnSamples(t *testing.T) {
	names := map[string]bool{}
	for name := range parts() {
		names[name] = true
	}
	for name, r := range samples(t) {
		if env := environment(r, names); len(env) != len(parts()) {
			t.Errorf("%s has %d of %d parts", name, len(env), len(parts()))
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{`bugcheck.code == "0x161"`, `any(findings, .id == "truncated") or not dump.live`, `file.size % 0 == 1`,
		`any(modules, any(findings, #.id in ["a", nil]))`, `sizes.total ** 99 > -1e9 ? true : first(modules)?.pdb.name matches "(a*)*"`,
		`context.registers["rip"][0] == 1`, `{"a": 1}.a == 1`, "`x` == 'y'", `-9223372036854775808 % -1 == 0`, `modules == modules`, `filter(modules, true) | len() > #index`} {
		f.Add(s)
	}
	rows := []*report.Report{full(), {}}
	for _, r := range samples(f) {
		rows = append(rows, r)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		c, err := Compile(expression)
		if err != nil {
			return
		}
		for _, r := range rows {
			c.Match(r) // the work is bounded, so that it ends
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	r := samples(b)["task-manager-live.dmp"]
	for name, expression := range map[string]string{
		"fields":   `bugcheck.code == "0x161" and origin.source == "task-manager" and dump.build >= 26100`,
		"findings": `any(findings, .id == "truncated")`,
		"modules":  `any(modules, .name == "example.sys")`,
	} {
		b.Run(name, func(b *testing.B) {
			c, err := Compile(expression)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				c.Match(r)
			}
		})
	}
}
