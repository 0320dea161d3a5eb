package main

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/batch"
	"github.com/dmplens/dmplens/report/batch/patterns"
	"github.com/dmplens/dmplens/report/html/share"
	"github.com/dmplens/dmplens/report/record"
)

// fillFields gives every field below v a value that is not zero, and another one each time, down to a depth: some types have themselves.
func fillFields(v reflect.Value, n *int, depth int) {
	if depth == 0 {
		return
	}
	*n++
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillFields(v.Elem(), n, depth-1)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2025, 3, 14, 12, 0, *n, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			fillFields(v.Field(i), n, depth-1)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillFields(v.Index(0), n, depth-1)
	case reflect.String:
		v.SetString(report.Hex(uint32(*n)))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(float64(*n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n) % 60)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n))
	}
}

// byChance leaves out what a collector has of its own in every run: a hash and its seed.
var byChance = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".seed" || p.Last().String() == ".table" }, cmp.Ignore())

// TestBriefRowsAreEnough has rows in which every field is set, read whole and in part: what counts them must not see the difference. It fails
// for a field that patterns, groups or pages look at and batch.BriefRows does not read.
func TestBriefRowsAreEnough(t *testing.T) {
	no := false
	var all []byte
	for name, change := range map[string]func(*report.Report){
		"crash":     func(r *report.Report) { r.Origin.Kind = report.KindCrash },
		"live dump": func(r *report.Report) { r.Origin.Kind, r.Origin.Source = report.KindLive, report.SourceComponent },
		"image":     func(r *report.Report) { r.Origin.Kind = report.KindMemory },
		"deliberate": func(r *report.Report) {
			r.Origin.Kind, r.Origin.Deliberate = report.KindCrash, new(true)
		},
		"a crash without a time": func(r *report.Report) { r.Origin.Kind, r.Dump.CapturedAt = report.KindCrash, nil },
		"module of Windows":      func(r *report.Report) { r.Origin.Kind, r.Suspect, r.Signature.Module = report.KindCrash, nil, "nt" },
		"damaged": func(r *report.Report) {
			r.Origin.Kind, r.Verdict, r.Findings[0].Severity = report.KindCrash, report.Damaged, report.SeverityError
		},
		"no dump":  func(r *report.Report) { r.Verdict = report.NotADump },
		"copy":     func(r *report.Report) { r.File.DuplicateOf = "another.dmp" },
		"an error": func(r *report.Report) { r.Dump, r.Verdict, r.Findings = nil, "", nil },
		"archive":  func(r *report.Report) { r.File.Member, r.Dump = "", &report.Dump{What: "zip"} },
		"no lists": func(r *report.Report) {
			r.Origin.Kind, r.Modules, r.Fault, r.Hardware.MachineID = report.KindCrash, nil, nil, ""
		},
	} {
		r, n := new(report.Report), 0
		fillFields(reflect.ValueOf(r).Elem(), &n, 9)
		r.SchemaVersion, r.Verdict, r.File.DuplicateOf, r.Origin.Deliberate = report.SchemaVersion, report.Complete, "", &no
		change(r)
		line, err := record.AppendJSONL(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		sameCounts(t, name, line)
		all = append(all, line...)
	}
	sameCounts(t, "all", all)
}

// sameCounts counts lines of rows, read whole and in part.
func sameCounts(t *testing.T, name string, lines []byte) {
	t.Helper()
	var collectors [2]patterns.Collector
	var pages [2]bytes.Buffer
	for i, read := range []readRows{batch.Rows, batch.BriefRows} {
		page := share.Share{}
		for r, err := range read(bytes.NewReader(lines)) {
			if err != nil {
				t.Fatal(err)
			}
			page.Add(r)
			collectors[i].Add(r)
			for _, by := range report.GroupKeys {
				groups, err := batch.NewGroups(by)
				if err == nil {
					_, err = groups.Add(r)
				}
				if err != nil {
					t.Fatal(err)
				}
				page.Groups = append(page.Groups, groups.List()...)
			}
		}
		if err := page.Write(&pages[i]); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(collectors[0], collectors[1], cmp.Exporter(func(reflect.Type) bool { return true }), byChance); diff != "" {
		t.Errorf("%s: patterns look at more of a row than is read (-whole +brief)\n%s", name, diff)
	}
	if pages[0].String() != pages[1].String() {
		t.Errorf("%s: pages or groups look at more of a row than is read", name)
	}
}
