package batch

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/record"
)

// counted is what of a row BriefRows reads.
func counted(r *report.Report) *report.Report {
	b := &report.Report{SchemaVersion: r.SchemaVersion, Depth: r.Depth, Verdict: r.Verdict}
	f := r.File
	b.File = report.File{Path: f.Path, Member: f.Member, Modified: f.Modified, Members: f.Members, DuplicateOf: f.DuplicateOf}
	if r.Error != nil {
		b.Error = &report.Error{Message: r.Error.Message}
	}
	if d := r.Dump; d != nil {
		b.Dump = &report.Dump{Format: d.Format, What: d.What, Machine: d.Machine, Build: d.Build, Revision: d.Revision, CapturedAt: d.CapturedAt,
			UptimeSeconds: d.UptimeSeconds, BootID: d.BootID, LastCleanBoot: d.LastCleanBoot, DirectoryTableBase: d.DirectoryTableBase,
			PsLoadedModuleList: d.PsLoadedModuleList, KdDebuggerDataBlock: d.KdDebuggerDataBlock}
	}
	if c := r.Bugcheck; c != nil {
		b.Bugcheck = &report.Bugcheck{Code: c.Code, Name: c.Name, Bit: c.Bit}
		for _, p := range c.Parameters {
			b.Bugcheck.Parameters = append(b.Bugcheck.Parameters, report.Parameter{Value: p.Value})
		}
	}
	if r.Fault != nil {
		b.Fault = &report.Fault{Bit: r.Fault.Bit}
	}
	if r.Suspect != nil {
		b.Suspect = &report.Suspect{Module: r.Suspect.Module, Timestamp: r.Suspect.Timestamp}
	}
	if r.Process != nil {
		b.Process = &report.Process{Name: r.Process.Name}
	}
	if o := r.Origin; o != nil {
		b.Origin = &report.Origin{Kind: o.Kind, Source: o.Source, Deliberate: o.Deliberate}
	}
	if s := r.Signature; s != nil {
		b.Signature = &report.Signature{Version: s.Version, Coarse: s.Coarse, Fine: s.Fine, Module: s.Module, ModuleTimestamp: s.ModuleTimestamp}
	}
	if h := r.Hardware; h != nil {
		b.Hardware = &report.Hardware{Manufacturer: h.Manufacturer, Model: h.Model, Board: h.Board, BIOS: h.BIOS, Processor: h.Processor,
			Microcode: h.Microcode, MachineID: h.MachineID, ModelID: h.ModelID, Devices: h.Devices}
	}
	for _, m := range r.Modules {
		b.Modules = append(b.Modules, report.Module{Name: m.Name, Timestamp: m.Timestamp})
	}
	for _, f := range r.Findings {
		b.Findings = append(b.Findings, report.Finding{ID: f.ID, Severity: f.Severity, Message: f.Message})
	}
	for _, n := range r.Noticed {
		b.Noticed = append(b.Noticed, report.Noticed{Kind: n.Kind, Text: n.Text, Source: n.Source})
	}
	return b
}

// lines are the rows of all samples.
func sampleLines(t testing.TB) (lines [][]byte) {
	for _, r := range samples(t) {
		r.SchemaVersion = report.SchemaVersion
		line, err := record.AppendJSONL(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

// both reads a line as encoding/json does, and in part.
func both(t *testing.T, line []byte) (whole, brief *report.Report) {
	t.Helper()
	whole = new(report.Report)
	if err := json.Unmarshal(line, whole); err != nil {
		t.Fatal(err)
	}
	var c cursor
	brief, err := c.row(line)
	if err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return whole, brief
}

func TestBriefRow(t *testing.T) {
	for _, line := range sampleLines(t) {
		whole, brief := both(t, line)
		if diff := cmp.Diff(counted(whole), brief); diff != "" {
			t.Errorf("(-whole +brief)\n%s", diff)
		}
		for _, key := range report.GroupKeys {
			if want, got := whole.GroupKey(key), brief.GroupKey(key); got != want {
				t.Errorf("%s: %q, want %q", key, got, want)
			}
		}
		got, err := parseRow(line)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole, got); diff != "" {
			t.Errorf("a whole row (-encoding/json +ours)\n%s", diff)
		}
	}
}

// TestOddRows has lines that are rows, and some that are none.
func TestOddRows(t *testing.T) {
	const row = `"schema_version":"1.1.0","file":{"path":"a.dmp"}`
	for _, line := range []string{
		`{` + row + `}`, ` { ` + row + ` } ` + "\r\n", `{` + row + `,"dump":null,"findings":null,"modules":[],"error":null}`,
		`{` + row + `,"\u0064ump":{"bu\u0069ld":26100},"what\\":1,"new":[{"x":[1,2,{}]},null,true,-1.5e300]}`,
		`{` + row + `,"dump":{"build":1},"dump":{"revision":2}}`, `{` + row + `,"file":{"path":"b.dmp"}}`,
		`{` + row + `,"signature":{"version":"1","coarse":"0x1|x.sys"}}`, "{" + row + `,"verdict":"` + "\xff\xc3" + `\ud800"}`,
		`{"dump":{"what":"zip"},` + row + `}`,
	} {
		whole, brief := both(t, []byte(line))
		whole = counted(whole)
		if len(brief.Modules) == 0 {
			brief.Modules = nil
		}
		if diff := cmp.Diff(whole, brief); diff != "" {
			t.Errorf("%s (-whole +brief)\n%s", line, diff)
		}
	}
	for _, line := range []string{
		``, `{`, `{` + row, `{` + row + `}}`, `{` + row + `}{}`, `{` + row + `,}`, `{` + row + `,"x"}`, `{` + row + `,"x":01}`, `{` + row + `,"x":[1,]}`, `null`, `[]`, `7`,
		`{` + row + `,"verdict":7}`, `{` + row + `,"dump":[]}`, `{` + row + `,"findings":{}}`, `{` + row + `,"dump":{"build":-1}}`, `{` + row + `,"dump":{"build":4294967296}}`,
		`{` + row + `,"dump":{"captured_at":"yesterday"}}`, `{` + row + `,"dump":{"uptime_seconds":"1"}}`, `{` + row + `,"origin":{"deliberate":1}}`,
		`{` + row + `,"x":"` + "\n" + `"}`, `{` + row + `,"x":"\x"}`, `{` + row + `,"bugcheck":{"bit":1.5}}`, `{"schema_version":"1.1.0"}`, `{"schema_version":"2.0.0","file":{"path":"a"}}`,
		`{` + row + `,"x":` + strings.Repeat("[", 20_000) + `}`,
	} {
		var c cursor
		if r, err := c.row([]byte(line)); err == nil {
			t.Errorf("%.80s is a row: %+v", line, r)
		}
		if _, err := parseRow([]byte(line)); err == nil {
			t.Errorf("%.80s is a whole row", line)
		}
	}
}

// TestNextRow has rows that lack what the one before had.
func TestNextRow(t *testing.T) {
	const begin = `{"schema_version":"1.1.0","file":{"path":"a.dmp"`
	var c cursor
	for _, line := range []string{
		begin + `,"members":3},"findings":[{"id":"x","severity":"error","message":"m"},{"id":"y"}],"hardware":{"devices":["a","b"],"bios":"1"},"bugcheck":{"code":"0x1","parameters":[{"value":"1"},{"value":"2"}]}}`,
		begin + `},"findings":[{"message":"n"}],"hardware":{"devices":["c"]},"bugcheck":{"parameters":[{},{"value":"3"},{}]}}`,
		begin + `},"findings":[],"hardware":{},"bugcheck":{}}`,
		begin + `}}`,
	} {
		whole, err := parseRow([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.row([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(counted(whole), got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-whole +brief)\n%s", line, diff)
		}
	}
}

// FuzzBriefRow compares with encoding/json what is read of a line, once that was written as scans write it.
func FuzzBriefRow(f *testing.F) {
	for _, line := range sampleLines(f) {
		f.Add(line)
	}
	f.Add([]byte(`{"schema_version":"1.1.0","file":{"path":"a.dmp"},"dump":null,"\u0064ump":{"build":1}}`))
	f.Add([]byte(`{"file":{"path":"a.dmp","modified":"2025-01-01T00:00:00Z"},"dump":{"what":"zip"},"schema_version":"1.0.0"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var c cursor
		_, err := c.row(line)
		if err == nil && !json.Valid(line) {
			t.Fatalf("%q is no JSON", line)
		}
		var latest Latest
		if err := latest.Add(bytes.NewReader(append(bytes.ReplaceAll(line, []byte("\n"), nil), '\n'))); err != nil {
			t.Fatal(err)
		}
		var whole report.Report
		if json.Unmarshal(line, &whole) != nil || isRow(&whole) != nil {
			return
		}
		canonical, err := record.AppendJSONL(nil, &whole)
		if err != nil {
			return
		}
		want := new(report.Report)
		if err := json.Unmarshal(canonical, want); err != nil {
			t.Skip(err)
		}
		brief, err := c.row(canonical)
		if err != nil {
			t.Fatalf("%v in %s", err, canonical)
		}
		if len(brief.Modules) == 0 {
			brief.Modules = nil
		}
		if diff := cmp.Diff(counted(want), brief); diff != "" {
			t.Errorf("%s (-encoding/json +brief)\n%s", canonical, diff)
		}
		if got, err := parseRow(canonical); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("%s: %v (-encoding/json +ours)\n%s", canonical, err, cmp.Diff(want, got))
		}
		if latest.add(canonical); !latest.Is(latest.n, brief) {
			t.Errorf("%s is not the last row", canonical)
		}
	})
}
